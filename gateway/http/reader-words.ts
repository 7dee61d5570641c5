import type { Refusal, RefusalText } from '../../core/refusals.ts'

export type ReaderWords = { readonly vi: RefusalText; readonly en: RefusalText }

/** Words for whoever reads an answer of this operation or page, where those of the table speak to somebody else: at a lane, or in the office. */
export function readerWords(operation: string, refusal: Refusal): ReaderWords | undefined {
  if (DRIVER_PAGES.has(operation)) return FOR_DRIVERS[refusal]
  if (SCANNED_TICKETS.has(operation) && FOR_TICKETS[refusal] !== undefined) return FOR_TICKETS[refusal]
  return TYPED_PLATES.has(operation) ? FOR_TYPED_PLATES[refusal] : undefined
}

const DRIVER_PAGES: ReadonlySet<string> = new Set(['page-parking', 'page-parking-stay', 'page-parking-pay'])
const TYPED_PLATES: ReadonlySet<string> = new Set([
  'issuePass',
  'renewPass',
  'bringPass',
  'sellPass',
  'correctSession',
  'searchSessions',
  'handInLate',
])
/** Pay stations, attendants and vendors read tickets there: whoever stands before them has no wallet open. */
const SCANNED_TICKETS: ReadonlySet<string> = new Set(['findSession', 'handInLate', 'validateAtStall'])

const PAGE_AWAY: ReaderWords = {
  vi: { short: 'Trang chưa dùng được', help: 'Thử lại sau vài phút, hoặc trả ở lối ra. Gặp nhân viên nếu cần.' },
  en: { short: 'This page is not working', help: 'Try again in a few minutes, or pay at the exit. Staff can help.' },
}

const FOR_DRIVERS: Partial<Record<Refusal, ReaderWords>> = {
  fault: PAGE_AWAY,
  'not-ready': PAGE_AWAY,
  'no-car-park': PAGE_AWAY,
  'stay-not-found': {
    vi: {
      short: 'Không tìm thấy lượt gửi',
      help: 'Xem lại biển số và các số trên vé, hoặc quét mã QR trên vé. Không có vé: trả ở lối ra.',
    },
    en: {
      short: 'No stay found',
      help: 'Look at the plate and digits again, or scan the ticket’s QR code. No ticket: pay at the exit.',
    },
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

const NO_TICKET: ReaderWords = {
  vi: {
    short: 'Không phải mã trên vé',
    help: 'Quét lại mã QR trên vé gửi xe, hoặc tìm theo biển số. Nếu không được, gọi nhân viên.',
  },
  en: {
    short: 'Not the code of a ticket',
    help: 'Scan the QR code on the parking ticket again, or use the plate. If that fails, call staff.',
  },
}

const NOT_OUR_TICKET: ReaderWords = {
  vi: { short: 'Vé không phải của bãi này', help: 'Không xác nhận được vé này. Tìm theo biển số, hoặc gọi nhân viên.' },
  en: {
    short: 'Not a ticket of this car park',
    help: 'This ticket cannot be confirmed. Use the plate, or call staff.',
  },
}

const FOR_TICKETS: Partial<Record<Refusal, ReaderWords>> = {
  'not-a-token': NO_TICKET,
  'bank-qr-shown': NO_TICKET,
  'token-too-long': NO_TICKET,
  'token-malformed': NO_TICKET,
  'token-not-canonical': NO_TICKET,
  'token-header-forbidden': NO_TICKET,
  'token-kind-unknown': NO_TICKET,
  'token-algorithm': NO_TICKET,
  'token-claims': NO_TICKET,
  'token-issuer-unknown': NOT_OUR_TICKET,
  'token-key-unknown': NOT_OUR_TICKET,
  'token-signature': NOT_OUR_TICKET,
  'token-key-out-of-time': NOT_OUR_TICKET,
  'token-key-revoked': NOT_OUR_TICKET,
  'token-audience': NOT_OUR_TICKET,
  'id-card-shown': {
    vi: { short: 'Đây là mã căn cước', help: 'Không quét căn cước; không có gì được lưu. Quét mã QR trên vé gửi xe.' },
    en: {
      short: 'That is an ID card',
      help: 'Do not scan ID cards; nothing was kept. Scan the QR code on the parking ticket.',
    },
  },
  'ticket-needed': {
    vi: {
      short: 'Hãy quét mã QR trên vé',
      help: 'Biển số này bị gõ kèm số sai quá nhiều lần. Quét mã QR trên vé, hoặc gọi nhân viên.',
    },
    en: {
      short: 'Scan the QR code on the ticket',
      help: 'Wrong digits were typed with this plate too often. Scan the ticket’s QR code, or call staff.',
    },
  },
}
