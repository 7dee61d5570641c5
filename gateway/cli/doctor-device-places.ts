import type { Device, SiteLayout } from '../../core/site.ts'
import { unknownPlace } from '../wiring/device-place.ts'
import type { Finding } from './finding.ts'
import { warn } from './finding.ts'

export const NAMED_MAX = 10

/** Devices that stand where the layout has nothing: they were enrolled before there was a layout, or it has dropped their place since. Whatever they say is refused. */
export function devicePlaceFindings(layout: SiteLayout | null, devices: readonly Device[]): readonly Finding[] {
  if (layout === null) return []
  const astray = devices.filter(
    ({ place, status }) => status === 'active' && unknownPlace(place, [layout]) !== undefined,
  )
  if (astray.length === 0) return []
  const named = astray
    .slice(0, NAMED_MAX)
    .map(({ id, place }) => (place.kind === 'site' ? id : `${id} (${place.kind} ${place.id})`))
  const more = astray.length - named.length
  const names = `${named.join(', ')}${more > 0 ? `, +${more}` : ''}`
  return [
    warn(
      'devices',
      `Thiết bị ở quầy hoặc làn không có trong layout: ${names}. Sửa layout, hoặc thu hồi rồi thêm lại đúng chỗ.`,
      `Devices at a stall or a lane that the layout has not: ${names}. Mend the layout, or revoke them and add them again where they stand.`,
    ),
  ]
}
