import type { Mode } from '../../../core/mode.ts'
import type { ParkingCommon } from '../../../core/parking/facts.ts'
import type { SiteReads } from '../reads.ts'

/** The car park's rules in force and the site's zone; `null` where the site has no car park. */
export function commonOf(
  reads: SiteReads,
  mode: Mode,
): { readonly parking: ParkingCommon; readonly zone: string } | null {
  const common = reads.parking.common(mode)
  const zone = reads.layout()?.zone
  return common === null || zone === undefined ? null : { parking: common, zone }
}
