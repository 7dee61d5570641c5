import type { Place, SiteLayout } from '../core/site.ts'
import { driverNamed } from '../devices/registry.ts'
import { unknownAmong } from './unknown-among.ts'

/**
 * What is wrong with where a device is to stand; `undefined` where one of the layouts has it, or none is known yet. A typing error in the name of a stall or a lane is told while the person who made it is still there: the device would be let in, and whatever it
 * says refused. A layout that is put in force later may drop the place of a device that is enrolled, for the device is not lost by that; `tolbooth doctor` names it then.
 */
export function unknownPlace(
  place: Place,
  layouts: readonly SiteLayout[],
): { readonly refusal: 'stall-unknown' | 'lane-unknown'; readonly says: string } | undefined {
  if (place.kind === 'site' || layouts.length === 0) return undefined
  const known = layouts.flatMap((layout) => (place.kind === 'stall' ? layout.stalls : layout.lanes).map(({ id }) => id))
  const unknown = unknownAmong(place.kind, [place.id], [...new Set<string>(known)])
  if (unknown === undefined) return undefined
  return { refusal: `${place.kind}-unknown`, says: `${unknown.says}. Put a layout in force that has it, then enrol` }
}

/** A barrier at a lane that has none by every layout: nothing would ever be told to it, and whoever pays there would stand before an arm that stays down. `undefined` where it is none, or a layout has an arm there. */
export function armlessLane(
  { driver, place }: { readonly driver: string; readonly place: Place },
  layouts: readonly SiteLayout[],
): { readonly refusal: 'barrier-not-in-layout'; readonly says: string } | undefined {
  if (place.kind !== 'lane' || driverNamed(driver)?.kind !== 'barrier') return undefined
  const rows = layouts.flatMap(({ parking }) => (parking?.lanes ?? []).filter(({ lane }) => lane === place.id))
  if (rows.length === 0 || rows.some(({ barrier }) => barrier === 'arm')) return undefined
  return {
    refusal: 'barrier-not-in-layout',
    says: `the layout says that lane ${place.id} has no barrier: this one would never be told anything. Put a layout in force with "barrier": "arm" there, then enrol`,
  }
}
