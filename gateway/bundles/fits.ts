import { canonicalJson } from '../../core/canonical-json.ts'
import type { LaneId, PlaceId, VehicleClass } from '../../core/ids.ts'
import { keptBy } from '../../core/lane/layout.ts'
import type { LaneState } from '../../core/lane/state.ts'
import { isClassAllowed } from '../../core/parking/places.ts'
import type { Tariff } from '../../core/parking/tariff.ts'
import type { TariffBook } from '../../core/parking/tariff-book.ts'
import { ratesOn } from '../../core/parking/tariff-book.ts'
import type { DayNumber, ZoneRules } from '../../core/parking/zone-time.ts'
import { dayNumberAt, localDayOf } from '../../core/parking/zone-time.ts'
import type { Device, SiteLayout } from '../../core/site.ts'
import type { Instant, Now } from '../../core/time.ts'
import { isTrusted } from '../../core/time.ts'
import type { StandingReader, StandingStays } from '../../db/standing-stays.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import { tariffsBundleSchema, tariffsFor } from './tariffs.ts'

/**
 * Why a layout that is right in itself cannot follow the one in force: stays that are open would stand nowhere, or have no way out, somebody is at a lane that would be gone, or the tariffs (those that come with it, or else
 * those in force) would price nothing. Empty where it can. Said with what to do.
 * `inForce`: the layout that it follows, and whose lanes alone it can take away (decision 111); `null` where none can be read: then any lane of which the books hold something may have been one of it.
 */
export function layoutMisfits(
  layout: SiteLayout,
  inForce: SiteLayout | null,
  standing: StandingReader,
  devices: readonly Device[],
  tariffs: { readonly content: string; readonly isComing: boolean } | null,
): readonly string[] {
  const places = layout.parking?.places ?? []
  const stays = standing.stays().flatMap(({ place, vehicleClass, count, one }) => {
    const found = places.find(({ id }) => id === place)
    const who = `${count} open stay(s) of class ${vehicleClass} stand in ${place}, ${one} among them`
    if (found === undefined)
      return [
        `it has no place ${place}, and ${who}: nobody could let them out. Keep the id (its name may change), or wait until they have left (tolbooth session list --place ${place})`,
      ]
    if (!isClassAllowed(found, vehicleClass))
      return [
        `its place ${place} takes no ${vehicleClass}, and ${who}. Keep the class until they have left, or correct it`,
      ]
    return isLetOut(vehicleClass, layout)
      ? []
      : [`no lane of it lets a ${vehicleClass} out into the street, and ${who}. Keep a way out until they have left`]
  })
  const kept = new Set(layout.lanes.map(({ id }) => id))
  const isTaken = (lane: LaneId) => !kept.has(lane) && (inForce === null || inForce.lanes.some(({ id }) => id === lane))
  const lanes = standing
    .lanesUnderWay()
    .filter(isTaken)
    .map(
      (lane) =>
        `it has no lane ${lane}, and somebody who was let through stands there. Load it when nobody does (làn ${lane}: xe đã được cho qua còn ở đó, chờ qua hẳn rồi nạp lại)`,
    )
  const held = standing
    .laneStates()
    .filter(({ lane }) => isTaken(lane) && !lanes.some((problem) => problem.startsWith(`it has no lane ${lane},`)))
    .flatMap((state) => laneMisfits(state, devices))
  const armless = new Set(
    (layout.parking?.lanes ?? []).flatMap(({ lane, barrier }) => (barrier === 'none' ? [lane] : [])),
  )
  const arms = devices
    .filter(
      ({ kind, status, place }) =>
        kind === 'barrier' && status === 'active' && place.kind === 'lane' && armless.has(place.id),
    )
    .map(
      ({ id, place }) =>
        `it says that lane ${place.kind === 'lane' ? place.id : ''} has no barrier, and ${id} is enrolled there: its arm would be told nothing and stay down. Revoke it first, or keep "barrier": "arm"`,
    )
  return [...stays, ...lanes, ...held, ...arms, ...(layout.parking === null ? [] : tariffMisfits(layout, tariffs))]
}

/** Nothing that happens at a lane without a layout is heard: its arm would stay where it is, and nobody be told. */
function laneMisfits(state: LaneState, devices: readonly Device[]): readonly string[] {
  const { lane } = state
  const here = devices.filter(({ place, status }) => status === 'active' && place.kind === 'lane' && place.id === lane)
  const by = keptBy(state, here)
  if (by === null) return []
  const { en, vi } = KEPT_BY[by]
  return [`it has no lane ${lane}, and ${en} (làn ${lane}: ${vi})`]
}

const KEPT_BY: Record<NonNullable<ReturnType<typeof keptBy>>, { readonly en: string; readonly vi: string }> = {
  emergency: {
    en: 'an emergency holds its arm up. Load it when that is over and the arm is down; a barrier that is gone for good is revoked first',
    vi: 'đang mở khẩn cấp, chờ hết khẩn cấp và cần đã hạ rồi nạp lại; barie bỏ hẳn thì thu hồi trước',
  },
  'arm-up': {
    en: 'its arm is up. Load it when the arm is down; a barrier that is gone for good is revoked first',
    vi: 'cần đang mở, chờ cần hạ rồi nạp lại; barie bỏ hẳn thì thu hồi trước',
  },
  'under-arm': {
    en: 'its loop under the arm says that somebody stands there. Load it when nobody does; a loop that is gone for good is revoked first',
    vi: 'có xe dưới cần, chờ xe qua rồi nạp lại; vòng từ bỏ hẳn thì thu hồi trước',
  },
}

/** By some lane into the street. Wherever a stay was seen last, it is where its vehicle stands: each such lane will do, whichever way it came in. */
function isLetOut(vehicleClass: VehicleClass, { lanes, parking }: SiteLayout): boolean {
  const out = new Set(lanes.filter(({ direction }) => direction !== 'entry').map(({ id }) => id))
  return (parking?.lanes ?? []).some(
    ({ lane, outside, vehicleClasses }) => outside === null && out.has(lane) && vehicleClasses.includes(vehicleClass),
  )
}

function tariffMisfits(
  layout: SiteLayout,
  tariffs: { readonly content: string; readonly isComing: boolean } | null,
): readonly string[] {
  const bundle = tariffs === null ? undefined : safeParse(tariffsBundleSchema, JSON.parse(tariffs.content))
  if (tariffs === null || bundle?.success !== true) return []
  const made = tariffsFor(bundle.data.tariffs, layout)
  if (made.ok) return []
  const whose = tariffs.isComing
    ? 'the tariffs that come with it do not fit it'
    : 'the tariffs in force do not fit it: put a tariffs.json with a higher version beside it'
  return [`${whose} (${made.problems.slice(0, 3).join('; ')})`]
}

/**
 * The tariffs whose prices changed under an id and a version that are in force: a stay that was priced would name one version for two prices. When and where it is valid and what it is called may change.
 */
export function repricedTariffs(next: readonly Tariff[], inForce: readonly Tariff[]): readonly string[] {
  const before = new Map(inForce.map((tariff) => [`${tariff.id} ${tariff.version}`, pricesOf(tariff)]))
  return next.flatMap((tariff) => {
    const known = before.get(`${tariff.id} ${tariff.version}`)
    return known === undefined || known === pricesOf(tariff)
      ? []
      : [
          `the tariff ${tariff.id}, version ${tariff.version}, has other prices than the one of this version that is in force: give it a version of its own`,
        ]
  })
}

/**
 * Where the version would change by which a vehicle inside has parked already: a stay is reckoned anew until it ends, and who came in by one price, and has perhaps paid it and is on the way out, would be asked for another. A day that has begun
 * keeps its version for each class of which somebody stands there, from the day on which the first of them came. Where no tariff was in force one may begin; and one that is wrong may be taken back, for then nobody is asked, and staff decide.
 */
export function begunDaysChanged(
  next: TariffBook,
  inForce: TariffBook,
  stays: readonly StandingStays[],
  zone: ZoneRules,
  now: Pick<Now, 'at' | 'trust'>,
): readonly string[] {
  // A clock that starts behind is no way round it: it is at least as late as the last of them came. By one that is trusted nobody came later than now: a clock that ran ahead has said so.
  const came = (at: Instant): number => (isTrusted(now.trust) ? Math.min(at, now.at) : at)
  const today = dayNumberAt(zone, Math.max(now.at, ...stays.map(({ newest }) => came(newest))) as Instant)
  return [...Map.groupBy(stays, ({ vehicleClass }) => vehicleClass)].flatMap(([vehicleClass, standing]) => {
    const since = dayNumberAt(zone, Math.min(...standing.map((stay) => came(stay.since))) as Instant)
    const versionsAt = (book: TariffBook, place: PlaceId) => book.rates.get(place)?.get(vehicleClass) ?? []
    const changed = [...inForce.rates.keys()].flatMap((place) => {
      const [old, coming] = [versionsAt(inForce, place), versionsAt(next, place)]
      // Between two of these nothing changes.
      const days = [since, ...[...old, ...coming].flatMap(({ fromDay, toDay }) => [fromDay, toDay + 1])]
      const had = (day: DayNumber) => ratesOn(old, day)?.tariff
      const has = (day: DayNumber) => ratesOn(coming, day)?.tariff
      return days.flatMap((day) => {
        const [before, would] = [had(day), has(day)]
        const isOther = before !== undefined && would !== undefined && nameOf(before) !== nameOf(would)
        return since <= day && day <= today && isOther ? [{ place, day, would }] : []
      })
    })
    const [first] = changed.toSorted((left, right) => left.day - right.day)
    if (first === undefined) return []
    const { place, day, would } = first
    const tomorrow = localDayOf(today + 1)
    return [
      `its tariff ${nameOf(would)} would hold on ${localDayOf(day)} in ${place}, and vehicles of class ${vehicleClass} are inside since ${localDayOf(since)}: the hours that they have parked for, and perhaps paid, would cost something else. Let other prices begin on ${tomorrow} or later (validFrom, and validTo of the version before), or load it when none of them is inside (giá mới chỉ được bắt đầu từ ${tomorrow}, vì còn xe ${vehicleClass} đang gửi)`,
    ]
  })
}

function nameOf({ id, version }: Tariff): string {
  return `${id} ${version}`
}

function pricesOf({ validFrom: _from, validTo: _to, name: _name, places: _places, ...prices }: Tariff): string {
  return canonicalJson(prices)
}
