import type { Relief } from '../../../core/parking/session.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import type { SimplePrices } from '../../../simulators/parking/parking-kit.ts'
import { FREE_MINUTES, PRICES } from '../../../simulators/parking/parking-kit.ts'

/** A moment that is known to lie between two, in ms since 1970. */
export type Between = { readonly earliest: number; readonly latest: number }
export type Bounds = { readonly least: number; readonly most: number }
/** What shops have let off a stay: that of which its driver was told, and that of which nobody heard. */
export type LetOff = { readonly sure: readonly Relief[]; readonly perhaps: readonly Relief[] }

const NOTHING_OFF: LetOff = { sure: [], perhaps: [] }

/**
 * What a stay may cost its driver at least and at most, by anybody's own reckoning from the sign at the way in: not by the gateway's code. A stay that the change of prices falls into lies
 * between what the two signs say.
 */
export function fairPrice(vehicleClass: string, from: Between, until: Between, off = NOTHING_OFF): Bounds {
  const signs = PRICES.filter(
    ({ validFrom }, index) =>
      startOf(validFrom) <= until.latest && startOf(PRICES[index + 1]?.validFrom ?? '9999-12-31') > from.earliest,
  )
  // Whoever comes a minute later may pay more: its last hour begins after midnight, under the cap of another day.
  const ways = signs.flatMap((sign) => momentsOf(from).map((at) => ({ sign, at })))
  return {
    least: Math.min(
      ...ways.map(({ sign, at }) => reckoned(sign, vehicleClass, at, until.earliest, [...off.sure, ...off.perhaps])),
    ),
    most: Math.max(...ways.map(({ sign, at }) => reckoned(sign, vehicleClass, at, until.latest, off.sure))),
  }
}

function momentsOf({ earliest, latest }: Between): readonly number[] {
  const between = Array.from(
    { length: Math.floor((latest - earliest) / MINUTE_MS) },
    (_, n) => earliest + n * MINUTE_MS,
  )
  return [...between, latest]
}

/** Hours that a shop gives come first, where that is cheaper; then the greatest share, rounded for the driver; then amounts; and what is left is rounded up to whole thousands. */
function reckoned(
  sign: SimplePrices,
  vehicleClass: string,
  from: number,
  until: number,
  reliefs: readonly Relief[],
): number {
  if (until - from <= FREE_MINUTES * MINUTE_MS) return 0
  const of = (read: (relief: Relief) => number): readonly number[] => [0, ...reliefs.map(read)]
  const covered = Math.max(...of((each) => (each.kind === 'first-minutes' ? each.minutes : 0)))
  const share = Math.max(...of((each) => (each.kind === 'share' ? each.basisPoints : 0)))
  const amounts = of((each) => (each.kind === 'amount' ? each.amount.amount : 0)).reduce((sum, each) => sum + each)
  const gross = Math.min(
    ...[from, from + covered * MINUTE_MS].map((begins) => bySign(sign, vehicleClass, begins, until)),
  )
  const net = gross - Math.ceil((gross * share) / BASIS_POINTS)
  return Math.ceil(Math.max(0, net - amounts) / ROUNDED_TO) * ROUNDED_TO
}

const BASIS_POINTS = 10_000
const ROUNDED_TO = 1_000

function bySign({ hourly, visit }: SimplePrices, vehicleClass: string, from: number, until: number): number {
  if (vehicleClass !== 'car' && vehicleClass !== 'van') return visits(visit, from, until)
  const { first, more, cap } = hourly[vehicleClass]
  const byDay = new Map<number, number>()
  for (let hour = 0; from + hour * HOUR_MS < until; hour += 1) {
    const day = localDay(from + hour * HOUR_MS)
    byDay.set(day, (byDay.get(day) ?? 0) + (hour < 2 ? first : more))
  }
  return [...byDay.values()].reduce((sum, ofDay) => sum + Math.min(ofDay, cap), 0)
}

/** A visit lasts a day, and costs more where it has seen both day and night. */
function visits({ day, night, dayAndNight }: SimplePrices['visit'], from: number, until: number): number {
  let sum = 0
  for (let begins = from; begins < until; begins += DAY_MS) {
    const ends = Math.min(until, begins + DAY_MS)
    sum += nextTurn(begins) < ends ? dayAndNight : isDay(begins) ? day : night
  }
  return sum
}

const HANOI_AHEAD_MS = 7 * HOUR_MS
const DAY_BEGINS_MS = 6 * HOUR_MS
const NIGHT_BEGINS_MS = 18 * HOUR_MS

function startOf(localDate: string): number {
  return Date.parse(`${localDate}T00:00:00+07:00`)
}

function localDay(ms: number): number {
  return Math.floor((ms + HANOI_AHEAD_MS) / DAY_MS)
}

function intoDay(ms: number): number {
  return (ms + HANOI_AHEAD_MS) % DAY_MS
}

function isDay(ms: number): boolean {
  return intoDay(ms) >= DAY_BEGINS_MS && intoDay(ms) < NIGHT_BEGINS_MS
}

/** When day turns to night next, or night to day. */
function nextTurn(ms: number): number {
  const into = intoDay(ms)
  const turn = into < DAY_BEGINS_MS ? DAY_BEGINS_MS : into < NIGHT_BEGINS_MS ? NIGHT_BEGINS_MS : DAY_MS + DAY_BEGINS_MS
  return ms - into + turn
}
