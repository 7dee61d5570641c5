import type { HolidayGap } from '../../core/parking/holidays-ahead.ts'
import type { ParkingLayout } from '../../core/parking/place.ts'
import type { Names } from '../../core/parking/tariff.ts'
import { NO_DAY } from '../../core/parking/tariff-check.ts'
import type { TariffGap } from '../../core/parking/tariff-cover.ts'
import { UNREADABLE_LENGTH } from '../../devices/safe-parse.ts'

/** Of many the first are named, and the others counted. */
const GAPS_NAMED_MAX = 3

/** What is missing, or will be, and what to do, for somebody who has never seen a tariff file. `gaps` are all of the same kind, and one at least. */
export function gapsInWords(
  gaps: readonly TariffGap[],
  parking: ParkingLayout,
): { readonly vi: string; readonly en: string } {
  const named = (language: 'vi' | 'en'): string => {
    const first = gaps.slice(0, GAPS_NAMED_MAX).map((gap) => gapText(gap, parking, language))
    const others = gaps.length - first.length
    const more = language === 'vi' ? `và ${others} chỗ khác` : `and ${others} more`
    return [...first, ...(others > 0 ? [more] : [])].join('; ')
  }
  const isNow = gaps.some(({ kind }) => kind === 'none')
  return isNow
    ? {
        vi: `Chưa có giá: ${named('vi')}. Xe vào được mà không tính được tiền, phải gọi nhân viên. Thêm giá vào tariffs.json, tăng version, rồi nạp lại.`,
        en: `No tariff is in force for ${named('en')}. Such vehicles come in, and nobody can say what they pay: staff are called. Add it to tariffs.json with a higher version, and reload.`,
      }
    : {
        vi: `Giá sắp hết hạn: ${named('vi')}. Thêm giá mới vào tariffs.json, tăng version, rồi nạp lại.`,
        en: `A tariff ends soon, and none follows it: ${named('en')}. Add the next one to tariffs.json with a higher version, and reload.`,
      }
}

function gapText(gap: TariffGap, { places, vehicleClasses }: ParkingLayout, language: 'vi' | 'en'): string {
  const names = vehicleClasses.find(({ id }) => id === gap.vehicleClass)
  const place = places.find(({ id }) => id === gap.place)?.name ?? gap.place
  const what = `${names === undefined ? gap.vehicleClass : names[language]} (${gap.vehicleClass})`
  const where = language === 'vi' ? `${what} ở ${place}` : `${what} at ${place}`
  if (gap.kind === 'none') return where
  return language === 'vi' ? `${where} hết ngày ${gap.lastDay}` : `${where} after ${gap.lastDay}`
}

/** Holidays that are missing, and how to enter them. `gaps` has one at least. */
export function holidaysInWords(gaps: readonly HolidayGap[]): Names {
  const named = (language: 'vi' | 'en'): string => {
    const first = gaps.slice(0, GAPS_NAMED_MAX).map((gap) => holidayText(gap, language))
    const others = gaps.length - first.length
    const more = language === 'vi' ? `và ${others} biểu giá khác` : `and ${others} more`
    return [...first, ...(others > 0 ? [more] : [])].join('; ')
  }
  return {
    vi: `Thiếu ngày lễ: ${named('vi')}. Khi đó tính theo giá ngày thường. Thêm ngày vào specialDays, tăng version, rồi nạp lại.`,
    en: `Holidays are missing: ${named('en')}. Those days are charged as usual ones. Add them to specialDays with a higher version, and reload.`,
  }
}

function holidayText(gap: HolidayGap, language: 'vi' | 'en'): string {
  if (gap.kind === 'none-ahead') {
    return language === 'vi'
      ? `${gap.tariff} không còn ngày lễ nào trong 12 tháng tới`
      : `${gap.tariff} has none in the coming 12 months`
  }
  const { tariff, from, to } = gap
  if (from === to) return language === 'vi' ? `${tariff} chưa có Tết ${from}` : `${tariff} has no Tết (${from})`
  return language === 'vi'
    ? `${tariff} chưa có Tết (trong khoảng ${from} đến ${to})`
    : `${tariff} has no Tết (some day from ${from} to ${to})`
}

/** What is in force and does not fit the layout that is. */
export function misfitInWords(problem: Names): { readonly vi: string; readonly en: string } {
  return {
    vi: `Bảng giá đang dùng không khớp với sơ đồ (${problem.vi}): không tính được tiền gửi xe. Sửa tariffs.json hoặc layout.json, tăng version, rồi nạp lại.`,
    en: `The tariffs in force do not fit the layout in force (${problem.en}), so no stay can be priced. Put a right tariffs.json or layout.json with a higher version in place, and reload.`,
  }
}

/** What is wrong with the shape of a member, where the library that reads shapes has no words of its own. */
export const SHAPE_WORDS = {
  slug: {
    vi: 'phải là 1 đến 63 ký tự a-z, 0-9 và dấu gạch ở giữa',
    en: 'must be 1 to 63 of a-z, 0-9 and inner dashes',
  },
  name: { vi: 'không được có ký tự điều khiển', en: 'must have no control characters' },
  day: NO_DAY,
  time: { vi: 'phải là giờ trong ngày như 06:00', en: 'must be a time of day such as 06:00' },
  version: { vi: 'phải là 1 đến 40 chữ, số, dấu chấm và gạch', en: 'must be 1 to 40 letters, digits, dots and dashes' },
  currency: { vi: 'phải là mã ISO 4217 như VND', en: 'must be an ISO 4217 code such as VND' },
  length: { vi: 'phải là chữ hoặc danh sách ở chỗ có đối tượng với mục length không phải số', en: UNREADABLE_LENGTH },
} as const satisfies Record<string, Names>

/** A fault of shape in both languages: in our own words, or, where they are the library's, in those that it has. */
export function saidOf(en: string, inVietnamese: string | undefined): Names {
  const own = Object.values(SHAPE_WORDS).find((words) => words.en === en)
  return own ?? { vi: inVietnamese ?? en, en }
}

/** One problem of a file as one line for people. */
export function problemText(
  {
    file,
    line,
    path,
    problem,
  }: { readonly file: string; readonly line: number; readonly path: string; readonly problem: Names },
  language: 'vi' | 'en',
): string {
  const where = language === 'vi' ? `${file}, dòng ${line}` : `${file}, line ${line}`
  return `${where}${path === '' ? '' : `, ${path}`}: ${problem[language]}`
}
