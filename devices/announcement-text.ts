import type { Announcement } from '../core/effects.ts'
import type { Money } from '../core/money.ts'
import { subtractMoney, VND } from '../core/money.ts'
import type { Language } from '../core/money-text.ts'
import { moneyText } from '../core/money-text.ts'
import { ticketDigits } from '../core/parking/ticket-digits.ts'
import type { Refusal, RefusalText } from '../core/refusals.ts'
import { refusalTable } from '../core/refusals.ts'
import { spokenMoney } from '../core/spoken-vietnamese.ts'
import type { WireAnnouncement } from './wire.ts'

/**
 * Below this a sum may be mistaken by ear for thousands: `hai trăm` for `hai trăm nghìn` is a known fraud at stalls, so a warning sounds first.
 */
export const WARNING_BELOW_VND = 1_000

/** The facts of an announcement with their words, shown and spoken, Vietnamese and English. */
export function announcementOnWire(message: Announcement): WireAnnouncement {
  return { ...factsOf(message), tone: toneOf(message), lines: linesOf(message), speech: speechOf(message) }
}

type Facts = Pick<WireAnnouncement, 'kind' | 'charge' | 'amount' | 'due' | 'refusal' | 'qr'>
type Lines = WireAnnouncement['lines']
type Speech = WireAnnouncement['speech']

function factsOf(message: Announcement): Facts {
  const nothing = { charge: null, amount: null, due: null, refusal: null, qr: null }
  switch (message.kind) {
    case 'received':
      return { kind: message.kind, ...nothing, charge: message.charge, amount: message.amount, due: message.due }
    case 'already-received':
      return { kind: message.kind, ...nothing, charge: message.charge, amount: message.amount }
    case 'amount-due':
      return {
        kind: message.kind,
        ...nothing,
        charge: message.charge,
        amount: message.amount,
        due: message.debt ?? null,
        qr: message.qr,
      }
    case 'ticket':
      return { kind: message.kind, ...nothing, qr: message.text, due: message.debt ?? null }
    case 'debt':
      return { kind: message.kind, ...nothing, amount: message.amount }
    case 'refused':
      return { kind: message.kind, ...nothing, due: message.due, refusal: message.refusal }
    case 'charge-cancelled':
      return { kind: message.kind, ...nothing, charge: message.charge }
    case 'welcome':
      return { kind: message.kind, ...nothing, amount: message.paid, due: message.debt ?? null }
    case 'call-staff':
      return { kind: message.kind, ...nothing, refusal: message.why ?? null }
    case 'goodbye':
      return { kind: message.kind, ...nothing, amount: message.over ?? null }
    case 'drive-on':
    case 'full':
    case 'choose-staff':
    case 'idle':
      return { kind: message.kind, ...nothing }
  }
}

function toneOf(message: Announcement): WireAnnouncement['tone'] {
  switch (message.kind) {
    case 'received':
      return isMistakable(message.amount) || againstDue(message).kind === 'short' ? 'warning' : 'paid'
    case 'welcome':
      if (message.paid === null) return 'none'
      return isMistakable(message.paid) ? 'warning' : 'paid'
    case 'refused':
    case 'full':
      return 'refused'
    case 'call-staff':
      return message.why === undefined ? 'none' : 'refused'
    // The same code shown again must not sound like money.
    case 'already-received':
    case 'amount-due':
    case 'charge-cancelled':
    case 'drive-on':
    case 'goodbye':
    case 'ticket':
    case 'debt':
    case 'choose-staff':
    case 'idle':
      return 'none'
  }
}

function isMistakable(amount: Money): boolean {
  return amount.currency === VND && amount.amount < WARNING_BELOW_VND
}

function linesOf(message: Announcement): Lines {
  const vi = (sum: Money) => moneyText(sum, 'vi')
  const en = (sum: Money) => moneyText(sum, 'en')
  switch (message.kind) {
    case 'received':
      return receivedLines(message)
    case 'already-received':
      return {
        vi: [`Đã trả trước đó: ${vi(message.amount)}`, 'Không thu thêm'],
        en: [`Paid before: ${en(message.amount)}`, 'Nothing more was taken'],
      }
    case 'refused': {
      const row = wordsFor(message.refusal)
      return { vi: [row.vi.short, row.vi.help], en: [row.en.short, row.en.help] }
    }
    case 'amount-due':
      return {
        vi: [`Phải trả ${vi(message.amount)}`, `${ofItBefore(message).vi}${waysToPay[wayOf(message)].vi}`],
        en: [`To pay: ${en(message.amount)}`, `${ofItBefore(message).en}${waysToPay[wayOf(message)].en}`],
      }
    case 'ticket': {
      // A link to the driver’s page ends in the ticket.
      const digits = ticketDigits(message.text.slice(message.text.lastIndexOf('#') + 1)) ?? ''
      const keep = { vi: 'Chụp mã hoặc giữ vé để ra', en: 'Photograph the code or keep the ticket to leave' }
      return message.debt === undefined
        ? { vi: [`Vé số ${digits}. Mời xe qua`, keep.vi], en: [`Ticket ${digits}. Drive on`, keep.en] }
        : {
            vi: [`Vé số ${digits}. Chụp mã`, owedBefore(message.debt).vi],
            en: [`Ticket ${digits}. Photograph it`, owedBefore(message.debt).en],
          }
    }
    case 'full':
      return { vi: ['Bãi đã đầy', 'Mời quay ra, xin lỗi quý khách'], en: ['Car park full', 'Please turn round. Sorry'] }
    case 'debt':
      return {
        vi: [`Còn nợ ${vi(message.amount)}`, 'Mời xe qua. Trả khi ra ở lần gửi xe tới'],
        en: [`Owed: ${en(message.amount)}`, 'Drive on. To be paid at the exit of your next visit'],
      }
    case 'choose-staff':
      return {
        vi: ['Vui lòng chờ', 'Nhân viên tìm lượt gửi xe'],
        en: ['Please wait', 'Staff will find your stay'],
      }
    case 'charge-cancelled':
      return { vi: ['Đã huỷ khoản thu', 'Không thu tiền'], en: ['Cancelled', 'Nothing was taken'] }
    case 'welcome':
      if (message.paid !== null) {
        return {
          vi: [`Đã nhận ${vi(message.paid)}`, 'Mời xe qua'],
          en: [`Received ${en(message.paid)}`, 'Please drive on'],
        }
      }
      return message.debt === undefined
        ? { vi: ['Xin chào', 'Mời xe qua'], en: ['Welcome', 'Please drive on'] }
        : {
            vi: ['Xin chào. Mời xe qua', owedBefore(message.debt).vi],
            en: ['Welcome. Drive on', owedBefore(message.debt).en],
          }
    case 'goodbye':
      return message.over === undefined
        ? { vi: ['Tạm biệt', 'Mời xe qua'], en: ['Goodbye', 'Please drive on'] }
        : {
            vi: [`Trả thừa ${vi(message.over)}. Mời xe qua`, 'Nhân viên trả lại tiền thừa'],
            en: [`${en(message.over)} too much. Drive on`, 'Staff give the rest back'],
          }
    case 'drive-on':
      return { vi: ['Mời xe qua', ''], en: ['Please drive on', ''] }
    case 'call-staff': {
      const [vi, en] = ['Vui lòng chờ, nhân viên sẽ tới giúp', 'Please wait, staff will come to help']
      if (message.why === undefined)
        return { vi: ['Vui lòng chờ', 'Nhân viên sẽ tới giúp'], en: ['Please wait', 'Staff will come to help'] }
      const row = wordsFor(message.why)
      return { vi: [row.vi.short, vi], en: [row.en.short, en] }
    }
    case 'idle':
      return { vi: ['Sẵn sàng', ''], en: ['Ready', ''] }
  }
}

type Words = { readonly vi: RefusalText; readonly en: RefusalText }

/** Whoever stands before a display can do nothing with what staff are told: not to let through by a code, to look at an id, to tell the technician. */
const FOR_DRIVERS: Partial<Record<Refusal, Words>> = {
  'token-signature': {
    vi: { short: 'Mã này không dùng được', help: 'Đưa lại vé hoặc mã. Không được thì gọi nhân viên.' },
    en: { short: 'This code is not good', help: 'Show it again. If that fails, call staff.' },
  },
  'token-key-unknown': {
    vi: { short: 'Chưa nhận được mã này', help: 'Dùng mã khác, hoặc gọi nhân viên.' },
    en: { short: 'This code is not known here', help: 'Use another code, or call staff.' },
  },
  'token-issued-in-future': {
    vi: { short: 'Mã ghi giờ chưa tới', help: 'Xem lại giờ của điện thoại, hoặc gọi nhân viên.' },
    en: { short: 'Code is from the future', help: 'Look at the time of the phone, or call staff.' },
  },
  'right-unknown': {
    vi: { short: 'Không có vé này', help: 'Lấy vé lượt hoặc trả theo lượt. Cần giúp thì gọi nhân viên.' },
    en: { short: 'No such pass', help: 'Take a ticket or pay for this stay, or call staff.' },
  },
  'right-ended': {
    vi: { short: 'Vé đã hết hạn', help: 'Trả theo lượt, hoặc gọi nhân viên.' },
    en: { short: 'Pass has ended', help: 'Pay for this stay, or call staff.' },
  },
  fault: {
    vi: { short: 'Máy bị lỗi', help: 'Vui lòng gọi nhân viên.' },
    en: { short: 'A fault of our own', help: 'Please call staff.' },
  },
}

function wordsFor(refusal: Refusal): Words {
  return FOR_DRIVERS[refusal] ?? refusalTable[refusal]
}

/** Whoever has paid for this visit on the phone sees why the exit asks for more. */
function ofItBefore({ debt }: AmountDue): { readonly vi: string; readonly en: string } {
  if (debt === undefined) return { vi: '', en: '' }
  return {
    vi: `Gồm nợ lượt trước ${moneyText(debt, 'vi')}. `,
    en: `${moneyText(debt, 'en')} of it from an earlier visit. `,
  }
}

/** Said at the way in of what is asked at the way out of the same stay. */
function owedBefore(debt: Money): { readonly vi: string; readonly en: string } {
  return {
    vi: `Nợ cũ ${moneyText(debt, 'vi')}, trả khi ra`,
    en: `${moneyText(debt, 'en')} from before, paid on leaving`,
  }
}

function speechOf(message: Announcement): Speech {
  const vi = spokenMoney
  const en = spokenEnglish
  switch (message.kind) {
    case 'received':
      return receivedSpeech(message)
    case 'already-received':
      return {
        vi: `Mã này đã trả ${vi(message.amount)} trước đó. Không thu thêm.`,
        en: `This code paid ${en(message.amount)} before. Nothing more was taken.`,
      }
    case 'refused':
      return refusedSpeech(message)
    case 'amount-due':
      return amountDueSpeech(message)
    case 'ticket':
      return { vi: 'Mời lấy vé. Xin mời qua.', en: 'Please take your ticket.' }
    case 'full':
      return { vi: 'Bãi đã đầy.', en: 'The car park is full.' }
    case 'debt':
      return { vi: `Còn nợ ${vi(message.amount)}.`, en: `${en(message.amount)} is owed.` }
    case 'goodbye':
      return message.over === undefined
        ? { vi: 'Xin mời qua.', en: 'Goodbye. Please drive on.' }
        : {
            vi: `Trả thừa ${vi(message.over)}, nhân viên trả lại. Xin mời qua.`,
            en: `${en(message.over)} too much, staff give it back. Please drive on.`,
          }
    case 'choose-staff':
      return { vi: 'Vui lòng chờ, nhân viên sẽ tới giúp.', en: 'Please wait, staff will come to help.' }
    case 'charge-cancelled':
      return { vi: 'Đã huỷ khoản thu.', en: 'The charge is cancelled.' }
    case 'welcome':
      return message.paid === null
        ? { vi: 'Xin mời qua.', en: 'Welcome. Please drive on.' }
        : {
            vi: `Đã nhận ${vi(message.paid)}. Xin mời qua.`,
            en: `Received ${en(message.paid)}. Please drive on.`,
          }
    case 'drive-on':
      return { vi: 'Xin mời qua.', en: 'Please drive on.' }
    case 'call-staff': {
      const [vi, en] = ['Vui lòng chờ, nhân viên sẽ tới giúp.', 'Please wait, staff will come to help.']
      if (message.why === undefined) return { vi, en }
      const row = wordsFor(message.why)
      return { vi: `${row.vi.short}. ${vi}`, en: `${row.en.short}. ${en}` }
    }
    case 'idle':
      return { vi: '', en: '' }
  }
}

/** Who is to be paid is said where nothing but cash works. */
function amountDueSpeech(message: AmountDue): Speech {
  const [vi, en] = [spokenMoney(message.amount), spokenEnglish(message.amount)]
  switch (wayOf(message)) {
    case 'staff':
      return { vi: `Phải trả ${vi} cho nhân viên.`, en: `Please pay ${en} to the staff.` }
    case 'vendor':
      return { vi: `Phải trả ${vi} cho người bán.`, en: `Please pay ${en} to the vendor.` }
    case 'called':
      return {
        vi: `Phải trả ${vi}. Vui lòng chờ, nhân viên sẽ tới giúp.`,
        en: `Please pay ${en}. Please wait, staff will come to help.`,
      }
    case 'code':
    case 'transfer':
    case 'either':
      return { vi: `Phải trả ${vi}.`, en: `Please pay ${en}.` }
  }
}

/** How what is due can be paid there: what does not work is not asked for. */
const waysToPay = {
  code: { vi: 'Đưa mã QR vào đầu đọc', en: 'Show your QR code to the reader' },
  transfer: { vi: 'Quét VietQR này để chuyển khoản', en: 'Scan this VietQR with your bank’s app' },
  either: { vi: 'Quét VietQR này hoặc đưa mã vào đầu đọc', en: 'Scan this VietQR, or show your code' },
  staff: { vi: 'Trả tiền mặt cho nhân viên', en: 'Pay cash to the staff' },
  vendor: { vi: 'Trả tiền mặt cho người bán', en: 'Pay cash to the vendor' },
  /** What worked before works still; nothing came by it. */
  called: { vi: 'Vui lòng chờ, nhân viên sẽ tới giúp', en: 'Please wait, staff will come to help' },
} as const

type AmountDue = Extract<Announcement, { kind: 'amount-due' }>

function wayOf({ qr, withoutCode, cashFor, isStaffCalled }: AmountDue): keyof typeof waysToPay {
  if (isStaffCalled === true) return 'called'
  if (withoutCode === true) return qr === null ? (cashFor ?? 'staff') : 'transfer'
  return qr === null ? 'code' : 'either'
}

type Received = Extract<Announcement, { kind: 'received' }>

/** What came set against what was due. A sum in another currency is never called short or over: it cannot be compared. */
type AgainstDue = { readonly kind: 'exact' } | { readonly kind: 'short' | 'over'; readonly difference: Money }

function againstDue({ amount, due }: Received): AgainstDue {
  if (amount.currency !== due.currency || amount.amount === due.amount) return { kind: 'exact' }
  return amount.amount < due.amount
    ? { kind: 'short', difference: subtractMoney(due, amount) }
    : { kind: 'over', difference: subtractMoney(amount, due) }
}

function receivedLines(message: Received): Lines {
  const write = (sum: Money, language: Language) => moneyText(sum, language)
  const { amount, due } = message
  const against = againstDue(message)
  switch (against.kind) {
    case 'exact':
      return {
        vi: [`Đã nhận ${write(amount, 'vi')}`, 'Cảm ơn quý khách'],
        en: [`Received ${write(amount, 'en')}`, 'Thank you'],
      }
    case 'short':
      return {
        vi: [`THIẾU ${write(against.difference, 'vi')}`, `Mới nhận ${write(amount, 'vi')}, cần ${write(due, 'vi')}`],
        en: [`SHORT ${write(against.difference, 'en')}`, `Received only ${write(amount, 'en')} of ${write(due, 'en')}`],
      }
    case 'over':
      return {
        vi: [`Đã nhận ${write(amount, 'vi')}`, `Thừa ${write(against.difference, 'vi')}`],
        en: [`Received ${write(amount, 'en')}`, `${write(against.difference, 'en')} too much`],
      }
  }
}

function receivedSpeech(message: Received): Speech {
  const { amount, due } = message
  const against = againstDue(message)
  switch (against.kind) {
    case 'exact':
      return { vi: `Đã nhận ${spokenMoney(amount)}.`, en: `Received ${spokenEnglish(amount)}.` }
    case 'short':
      return {
        vi: `THIẾU ${spokenMoney(against.difference)}. Mới nhận ${spokenMoney(amount)}, phải trả ${spokenMoney(due)}.`,
        en: `SHORT by ${spokenEnglish(against.difference)}. Received only ${spokenEnglish(amount)} of ${spokenEnglish(due)}.`,
      }
    case 'over':
      return {
        vi: `Đã nhận ${spokenMoney(amount)}, thừa ${spokenMoney(against.difference)}.`,
        en: `Received ${spokenEnglish(amount)}, ${spokenEnglish(against.difference)} too much.`,
      }
  }
}

/** Never a sum alone after a refusal: the word that it was not received comes first. */
function refusedSpeech(message: Extract<Announcement, { kind: 'refused' }>): Speech {
  const row = wordsFor(message.refusal)
  if (message.due === null) return { vi: `${row.vi.short}.`, en: `${row.en.short}.` }
  return {
    vi: `Chưa nhận tiền. ${row.vi.short}. Phải trả ${spokenMoney(message.due)}.`,
    en: `Not paid. ${row.en.short}. Please pay ${spokenEnglish(message.due)}.`,
  }
}

/** English voices read digits well, and spell `VND` letter by letter. */
function spokenEnglish(sum: Money): string {
  const text = moneyText(sum, 'en')
  return sum.currency === VND ? text.replace(VND, 'dong') : text
}
