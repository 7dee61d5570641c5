import type { Refusal, RefusalText } from '../../core/refusals.ts'

export type ReaderWords = { readonly vi: RefusalText; readonly en: RefusalText }

/** Words for whoever reads an answer of this operation or page, where those of the table speak to somebody else: at a lane, or in the office. */
export function readerWords(operation: string, refusal: Refusal): ReaderWords | undefined {
  if (DRIVER_PAGES.has(operation)) return FOR_DRIVERS[refusal]
  return TYPED_PLATES.has(operation) ? FOR_TYPED_PLATES[refusal] : undefined
}

const DRIVER_PAGES: ReadonlySet<string> = new Set(['page-parking', 'page-parking-stay', 'page-parking-pay'])
const TYPED_PLATES: ReadonlySet<string> = new Set([
  'issuePass',
  'renewPass',
  'bringPass',
  'correctSession',
  'searchSessions',
])

const PAGE_AWAY: ReaderWords = {
  vi: { short: 'Trang chưa dùng được', help: 'Thử lại sau vài phút, hoặc trả ở lối ra. Gặp nhân viên nếu cần.' },
  en: { short: 'This page is not working', help: 'Try again in a few minutes, or pay at the exit. Staff can help.' },
}

const FOR_DRIVERS: Partial<Record<Refusal, ReaderWords>> = {
  fault: PAGE_AWAY,
  'not-ready': PAGE_AWAY,
  'no-car-park': PAGE_AWAY,
  'stay-not-found': {
    vi: { short: 'Không tìm thấy lượt gửi', help: 'Xem lại biển số và các số trên vé, hoặc quét mã QR trên vé.' },
    en: { short: 'No stay found', help: 'Look at the plate and the digits again, or scan the QR code on the ticket.' },
  },
}

const FOR_TYPED_PLATES: Partial<Record<Refusal, ReaderWords>> = {
  'plate-unreadable': {
    vi: { short: 'Biển số gõ sai', help: 'Xem lại biển số đã gõ, ví dụ 30A-123.45; khi tìm thì gõ ít nhất 4 ký tự.' },
    en: {
      short: 'Plate is not valid',
      help: 'Look at what was typed, such as 30A-123.45; a search takes 4 characters.',
    },
  },
}
