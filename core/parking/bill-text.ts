import { money } from '../money.ts'
import type { Language } from '../money-text.ts'
import { moneyText } from '../money-text.ts'
import type { Instant } from '../time.ts'
import type { Bill, BillLine, NamedRight, QuoteRefusal } from './bill.ts'
import type { Band, Rounding } from './tariff.ts'
import type { ZoneRules } from './zone-time.ts'
import { localTimeAt } from './zone-time.ts'

/** The bill for people, a line for each of its lines and the total last. Times are those of the site's clock. */
export function billText(bill: Bill, zone: ZoneRules, language: Language): readonly string[] {
  const words = billWords[language]
  const currency = bill.total.currency
  const sum = (amount: number): string => {
    const text = moneyText(money(Math.abs(amount), currency), language)
    return amount < 0 ? `−${text}` : text
  }
  const lines = bill.lines.map((line) => {
    const text = lineText(line, { words, sum, time: (at) => timeText(at, zone), language })
    return `${text}: ${sum(line.amount)}`
  })
  const stay = words.stay(timeText(bill.stay.from, zone), timeText(bill.stay.until, zone))
  return [stay, ...lines, `${words.total}: ${sum(bill.total.amount)}`]
}

/** For whoever stands at the gate: what is wrong, and what to do. */
export const quoteRefusalTable: Record<
  QuoteRefusal,
  Record<Language, { readonly short: string; readonly help: string }>
> = {
  'no-tariff': {
    vi: {
      short: 'Chưa có bảng giá',
      help: 'Không có bảng giá nào áp dụng cho loại xe, bãi và thời gian này. Không thu 0 đồng: gọi quản lý để quyết định và bổ sung bảng giá.',
    },
    en: {
      short: 'No tariff in force',
      help: 'No tariff is in force for this class, place and time. Do not charge 0: a supervisor decides, and the tariff must be completed.',
    },
  },
  'stay-reversed': {
    vi: {
      short: 'Giờ ra trước giờ vào',
      help: 'Đồng hồ đã bị chỉnh lùi. Kiểm tra giờ hệ thống, xem giờ vào trên vé và để quản lý quyết định.',
    },
    en: {
      short: 'The stay ends before it begins',
      help: 'The clock was put back. Check the time of the system, look at the ticket’s time of entry, and let a supervisor decide.',
    },
  },
  'stay-too-long': {
    vi: {
      short: 'Gửi quá lâu',
      help: 'Lượt gửi dài hơn một năm. Kiểm tra giờ vào và ngày của hệ thống; quản lý quyết định số tiền.',
    },
    en: {
      short: 'The stay is too long',
      help: 'It is longer than a year. Check the time of entry and the system’s date; a supervisor decides what is to be paid.',
    },
  },
  'too-many-rights': {
    vi: {
      short: 'Quá nhiều ưu đãi',
      help: 'Lượt gửi có nhiều vé tháng hoặc ưu đãi hơn mức cho phép. Bỏ bớt rồi tính lại.',
    },
    en: {
      short: 'Too many passes and validations',
      help: 'The stay has more of them than are taken. Remove some, and ask for the price again.',
    },
  },
}

type Sentence = {
  readonly words: BillWords
  readonly sum: (amount: number) => string
  readonly time: (at: Instant) => string
  readonly language: Language
}

function lineText(line: BillLine, { words, sum, time, language }: Sentence): string {
  switch (line.kind) {
    case 'visit':
      return `${words.visit(words.bands[line.band])} (${time(line.from)} – ${time(line.until)})`
    case 'visit-day-and-night':
      return words.dayAndNight(time(line.at), sum(line.price), sum(line.charged))
    case 'hours':
      return `${words.hours(line.firstHour, line.firstHour + line.units - 1)}${words.ofBand(line.band)} (${time(line.from)} – ${time(line.until)}), ${line.units} × ${sum(line.price)}`
    case 'blocks':
      return `${words.blocks(line.units, line.blockMinutes)}${words.ofBand(line.band)} (${time(line.from)} – ${time(line.until)}), ${line.units} × ${sum(line.price)}`
    case 'flat':
      return words.flat(time(line.at), line.band)
    case 'free-minutes':
      return `${words.free(line.minutes)} (${time(line.from)} – ${time(line.until)})`
    case 'covered':
      return `${words.covered(rightText(line.right, words))} (${time(line.from)} – ${time(line.until)})`
    case 'cap-per-day':
      return words.capPerDay(dayText(line.day), sum(line.cap))
    case 'cap-per-stay':
      return words.capPerStay(sum(line.cap))
    case 'share-off':
      return words.shareOff(percentText(line.basisPoints, language), rightText(line.right, words))
    case 'amount-off':
      return words.amountOff(sum(line.worth), rightText(line.right, words))
    case 'rounding':
      return words.rounding(line.rounding.mode, sum(line.rounding.to))
  }
}

type BillWords = {
  readonly total: string
  readonly bands: Record<Band, string>
  readonly rights: Record<NamedRight['kind'], string>
  readonly stay: (from: string, until: string) => string
  readonly ofBand: (band: Band | null) => string
  readonly visit: (band: string) => string
  readonly dayAndNight: (at: string, price: string, charged: string) => string
  readonly hours: (first: number, last: number) => string
  readonly blocks: (units: number, minutes: number) => string
  readonly flat: (at: string, band: Band | null) => string
  readonly free: (minutes: number) => string
  readonly covered: (right: string) => string
  readonly capPerDay: (day: string, cap: string) => string
  readonly capPerStay: (cap: string) => string
  readonly shareOff: (percent: string, right: string) => string
  readonly amountOff: (worth: string, right: string) => string
  readonly rounding: (mode: Rounding['mode'], to: string) => string
}

const billWords: Record<Language, BillWords> = {
  vi: {
    total: 'Tổng cộng',
    bands: { day: 'ban ngày', night: 'ban đêm' },
    rights: { pass: 'vé tháng', validation: 'phiếu ưu đãi' },
    stay: (from, until) => `Gửi xe từ ${from} đến ${until}`,
    ofBand: (band) => (band === null ? '' : ` ${billWords.vi.bands[band]}`),
    visit: (band) => `Lượt ${band}`,
    dayAndNight: (at, price, charged) => `Lượt cả ngày và đêm từ ${at}: ${price}, đã tính ${charged}`,
    hours: (first, last) => (first === last ? `Giờ thứ ${first}` : `Giờ thứ ${first} đến ${last}`),
    blocks: (units, minutes) => `${units} lần ${minutesText(minutes, 'vi')}`,
    flat: (at, band) => (band === null ? `Trọn gói cả lượt từ ${at}` : `Trọn gói ${billWords.vi.bands[band]} từ ${at}`),
    free: (minutes) => `Miễn phí ${minutesText(minutes, 'vi')} đầu`,
    covered: (right) => `Thời gian thuộc ${right}`,
    capPerDay: (day, cap) => `Không quá ${cap} cho ngày ${day}`,
    capPerStay: (cap) => `Không quá ${cap} cho cả lượt`,
    shareOff: (percent, right) => `Giảm ${percent} theo ${right}`,
    amountOff: (worth, right) => `Trừ tối đa ${worth} theo ${right}`,
    rounding: (mode, to) => `Làm tròn ${roundingModes.vi[mode]} ${to}`,
  },
  en: {
    total: 'Total',
    bands: { day: 'by day', night: 'by night' },
    rights: { pass: 'pass', validation: 'validation' },
    stay: (from, until) => `Parked from ${from} to ${until}`,
    ofBand: (band) => (band === null ? '' : ` ${billWords.en.bands[band]}`),
    visit: (band) => `Visit ${band}`,
    dayAndNight: (at, price, charged) => `Visit by day and night from ${at}: ${price}, of which charged ${charged}`,
    hours: (first, last) => (first === last ? `Hour ${first}` : `Hours ${first} to ${last}`),
    blocks: (units, minutes) => `${units} times ${minutesText(minutes, 'en')}`,
    flat: (at, band) =>
      band === null ? `Flat for the stay from ${at}` : `Flat ${billWords.en.bands[band]} from ${at}`,
    free: (minutes) => `First ${minutesText(minutes, 'en')} free`,
    covered: (right) => `Time covered by ${right}`,
    capPerDay: (day, cap) => `At most ${cap} for ${day}`,
    capPerStay: (cap) => `At most ${cap} for the stay`,
    shareOff: (percent, right) => `${percent} off by ${right}`,
    amountOff: (worth, right) => `Up to ${worth} off by ${right}`,
    rounding: (mode, to) => `Rounded ${roundingModes.en[mode]} ${to}`,
  },
}

const roundingModes: Record<Language, Record<Rounding['mode'], string>> = {
  vi: { up: 'lên bội số của', down: 'xuống bội số của', nearest: 'đến bội số gần nhất của' },
  en: { up: 'up to a multiple of', down: 'down to a multiple of', nearest: 'to the nearest multiple of' },
}

function rightText(right: NamedRight, words: BillWords): string {
  return `${words.rights[right.kind]} ${right.id}`
}

function minutesText(minutes: number, language: Language): string {
  const hours = minutes / 60
  if (Number.isInteger(hours)) return language === 'vi' ? `${hours} giờ` : `${hours} h`
  return language === 'vi' ? `${minutes} phút` : `${minutes} min`
}

/** 1,250 basis points are 12.5 %. */
function percentText(basisPoints: number, language: Language): string {
  const percent = String(basisPoints / 100)
  return language === 'vi' ? `${percent.replace('.', ',')}%` : `${percent} %`
}

/** `21/11 07:30`, as it is written in Việt Nam and understood elsewhere. */
function timeText(at: Instant, zone: ZoneRules): string {
  const { day, minuteOfDay } = localTimeAt(zone, at)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${dayText(day)} ${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`
}

function dayText(day: string): string {
  return `${day.slice(8)}/${day.slice(5, 7)}`
}
