import { canonicalJson } from '../../core/canonical-json.ts'
import { isPlaceTaken } from '../../core/setup.ts'
import type { Device, SiteLayout } from '../../core/site.ts'
import { armlessLane, unknownPlace } from '../device-place.ts'
import type { Finding } from './finding.ts'
import { warn } from './finding.ts'

export const NAMED_MAX = 10

/**
 * Devices of which nobody would hear as they should: those that stand where the layout has nothing (enrolled before there was a layout, or it has dropped their place since), a second barrier or loop of one role at a lane, and a barrier where
 * the layout has none. None of them is enrolled any more; they may be there from before.
 */
export function devicePlaceFindings(layout: SiteLayout | null, devices: readonly Device[]): readonly Finding[] {
  if (layout === null) return []
  const inUse = devices.filter(({ status }) => status === 'active')
  const astray = inUse.filter(({ place }) => unknownPlace(place, [layout]) !== undefined)
  const crowded = inUse.filter((device) =>
    isPlaceTaken(
      device,
      inUse.filter(({ place }) => canonicalJson(place) === canonicalJson(device.place)),
    ),
  )
  const armless = inUse.filter((device) => armlessLane(device, [layout]) !== undefined)
  return [
    ...found(
      astray,
      (names) =>
        `Thiết bị ở quầy hoặc làn không có trong layout: ${names}. Sửa layout, hoặc thu hồi rồi thêm lại đúng chỗ.`,
      (names) =>
        `Devices at a stall or a lane that the layout has not: ${names}. Mend the layout, or revoke them and add them again where they stand.`,
    ),
    ...found(
      crowded,
      (names) => `Hơn một thanh chắn hoặc vòng từ cùng loại ở một làn: ${names}. Chỉ một được nghe: thu hồi cái thừa.`,
      (names) =>
        `More than one barrier, or loop of one role, at a lane: ${names}. Only one is heard or told: revoke the others.`,
    ),
    ...found(
      armless,
      (names) =>
        `Thanh chắn ở làn mà layout ghi là không có: ${names}. Sửa layout thành "barrier": "arm", hoặc thu hồi.`,
      (names) =>
        `Barriers at lanes that have none by the layout: ${names}. Write "barrier": "arm" there, or revoke them.`,
    ),
  ]
}

function found(
  devices: readonly Device[],
  vi: (names: string) => string,
  en: (names: string) => string,
): readonly Finding[] {
  if (devices.length === 0) return []
  const named = devices
    .slice(0, NAMED_MAX)
    .map(({ id, place }) => (place.kind === 'site' ? id : `${id} (${place.kind} ${place.id})`))
  const more = devices.length - named.length
  const names = `${named.join(', ')}${more > 0 ? `, +${more}` : ''}`
  return [warn('devices', vi(names), en(names))]
}
