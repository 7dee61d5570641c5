import type { ParkingLayout } from '../../core/parking/place.ts'
import type { TariffGap } from '../../core/parking/tariff-cover.ts'

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

/** What is in force and does not fit the layout that is. */
export function misfitInWords(problem: string): { readonly vi: string; readonly en: string } {
  return {
    vi: `Bảng giá đang dùng không khớp với sơ đồ (${problem}): không tính được tiền gửi xe. Sửa tariffs.json hoặc layout.json, tăng version, rồi nạp lại.`,
    en: `The tariffs in force do not fit the layout in force (${problem}), so no stay can be priced. Put a right tariffs.json or layout.json with a higher version in place, and reload.`,
  }
}
