import type { DeviceId } from '../../../core/ids.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import type { ParkingLaneKit } from '../../../simulators/parking/parking-kit.ts'
import { BIKE_LANE } from '../../../simulators/parking/parking-kit.ts'
import type { Crossing, VisitRecord } from '../../../simulators/parking/visits-record.ts'
import type { Happening } from '../../../simulators/world/happenings.ts'
import type { Timeline } from '../../../simulators/world/timeline.ts'
import type { Excuses } from '../excuses.ts'
import { cheapest, dearest } from './fair-price.ts'
import type { BookedStay, ParkingBooks } from './parking-books.ts'
import type { ParkingBranches } from './parking-branches.ts'

/** An arm that began to rise, and what it was told. */
export type Rise = { readonly lane: string; readonly atMs: number; command: string | null; isHeld: boolean }

/** What somebody who watches the arms all month writes down. */
export type ArmsWatched = {
  rises(): readonly Rise[]
  /** Those that have not been looked into yet; they are forgotten here. */
  take(): readonly Rise[]
}

export function watchArms(
  listen: (listener: (happening: Happening) => void) => void,
  lanes: readonly ParkingLaneKit[],
  timeline: Timeline,
): ArmsWatched {
  const laneOfBarrier = new Map<DeviceId, string>(
    lanes.flatMap(({ id, arm }) => (arm === null ? [] : [[arm.barrier, id] as const])),
  )
  let rises: Rise[] = []
  listen((happening) => {
    if (happening.kind === 'arm' && happening.arm === 'rising') {
      rises.push({ lane: happening.lane, atMs: timeline.monotonicMs(), command: null, isHeld: false })
      return
    }
    if (happening.kind !== 'command' || happening.result !== 'done') return
    const lane = laneOfBarrier.get(happening.device)
    // The arm moves, and then its board says that it has done as it was told.
    const rise = rises.findLast((each) => each.lane === lane && each.atMs === timeline.monotonicMs())
    if (rise === undefined) return
    if (happening.type === 'open') rise.command = happening.command
    if (happening.type === 'hold-open') rise.isHeld = true
  })
  return {
    rises: () => rises,
    take() {
      const taken = rises
      rises = []
      return taken
    },
  }
}

/** Openings that nothing explains: an arm that nobody told, or a command that no right and no person's word stands behind. */
export function unexplained(rises: readonly Rise[], branches: ParkingBranches): readonly string[] {
  return rises.flatMap(({ lane, atMs, command, isHeld }) => {
    if (isHeld) return []
    if (command === null) return [`${lane} opened at ${atMs} ms, and nobody told it to`]
    const opening = branches.opening(command)
    if (opening === undefined) return [`${lane} opened at ${atMs} ms by ${command}, which is in no journal`]
    return opening.because === null ? [`${lane} opened at ${atMs} ms by ${command}, for which there is no reason`] : []
  })
}

/** Whether anything was broken for anybody while this one was there. To be asked soon after it has left: excuses are forgotten. */
export function wasBroken({ entered, left, comesAtMs }: VisitRecord, excuses: Excuses, nowMs: number): boolean {
  const fromMs = (entered?.atMs ?? comesAtMs) - MINUTE_MS
  return excuses.during(fromMs, (left?.atMs ?? nowMs) + MINUTE_MS) !== undefined
}

/** Nobody waits at a way out for longer than it takes to be helped, unless something was broken for them. */
export const OUT_WITHIN_MS = 8 * MINUTE_MS

export function waitedTooLong(visits: readonly VisitRecord[], excuses: Excuses): readonly string[] {
  return visits.flatMap(({ id, vehicle, waits }) =>
    waits.flatMap(({ lane, fromMs, toMs }) => {
      if (toMs === null || toMs - fromMs <= OUT_WITHIN_MS || excuses.during(fromMs, toMs, lane) !== undefined) return []
      return [`${vehicle} (${id}) stood at ${lane} for ${toMs - fromMs} ms with nothing broken`]
    }),
  )
}

export function lockedIn(visits: readonly VisitRecord[]): readonly VisitRecord[] {
  return visits.filter(({ ending }) => ending === 'locked-in')
}

const SAME_MOMENT_MS = 15 * SECOND_MS
const UNDER_ARM_MS = 2_300
const LET_THROUGH_BEFORE_MS = 40 * SECOND_MS
/** A grace, an amount that holds while its vehicle stands there, and the time in which a right to leave is used. */
const ALLOWED_MS = 45 * MINUTE_MS

export type Comparison = { readonly compared: number; readonly found: readonly string[] }

/**
 * The drivers' own record against the books, visit by visit: who came in by the books is out by the same stay, one stay is one visit, nobody is charged for more than the
 * time for which the vehicle stood there, and nobody leaves for nothing. `wallMs` of a moment in the drivers' time.
 */
export function compareVisits(
  visits: readonly VisitRecord[],
  books: ParkingBooks,
  isExcused: (visit: VisitRecord) => boolean,
  wallMs: (ms: number) => number,
): Comparison {
  const found: string[] = []
  const byEntry = Map.groupBy(books.sessions.values(), (stay) => stay.entryLane)
  const byExit = Map.groupBy(books.sessions.values(), (stay) => stay.outLane ?? '')
  const taken = new Map<string, VisitRecord>()
  let compared = 0
  for (const visit of visits) {
    const { entered, left } = visit
    if (visit.ending !== 'left' || entered === null || left === null) continue
    const came = nearest(byEntry.get(entered.lane) ?? [], (stay) => stay.inAt, entered, visit, wallMs)
    const went = nearest(byExit.get(left.lane) ?? [], (stay) => stay.outAt, left, visit, wallMs)
    for (const stay of new Set([came, went])) {
      if (stay === undefined) continue
      const other = taken.get(stay.id)
      const isSure = [visit, other].every((each) => each === undefined || (!isExcused(each) && !each.isMisread))
      if (other !== undefined && other !== visit && isSure)
        found.push(`${stay.id} is the stay of two visits, ${other.id} and ${visit.id}`)
      taken.set(stay.id, visit)
    }
    if (isExcused(visit) || visit.isUnseen || visit.isMisread) continue
    compared += 1
    if (came === undefined)
      found.push(`${visit.id} of ${visit.vehicle} came in by ${entered.lane}, and no stay began then`)
    if (went === undefined)
      found.push(`${visit.id} of ${visit.vehicle} went out by ${left.lane}, and no stay ended then`)
    if (came !== undefined && went !== undefined && came !== went)
      found.push(`${visit.id} of ${visit.vehicle} came in as ${came.id} and went out as ${went.id}`)
    found.push(...chargedOtherwise(visit, [came, went], books, left.atMs - entered.atMs))
  }
  return { compared, found }
}

function chargedOtherwise(
  visit: VisitRecord,
  stays: readonly (BookedStay | undefined)[],
  books: ParkingBooks,
  stoodMs: number,
): readonly string[] {
  const known = [...new Set(stays)].filter((stay) => stay !== undefined)
  const charges = known.flatMap(({ charge }) => {
    const booked = charge === null ? undefined : books.charges.get(charge)
    return booked === undefined ? [] : [booked]
  })
  const due = charges.reduce((sum, charge) => sum + charge.due, 0)
  const most = dearest(visit.vehicleClass, stoodMs + MINUTE_MS)
  const who = `${visit.id} of ${visit.vehicle} (${visit.vehicleClass}) stood there for ${stoodMs} ms`
  if (due > most) return [`${who} and was charged ${due}, at most ${most} by the sign`]
  const isFree = known.some(({ rights, outBy }) => rights > 0 || outBy === 'override')
  if (isFree || visit.kinds.includes('validated') || visit.kinds.includes('turns-back-out')) return []
  const least = cheapest(visit.vehicleClass, Math.max(0, stoodMs - ALLOWED_MS))
  return due < least ? [`${who} and was charged ${due}, at least ${least} by the sign`] : []
}

/** Of the stays that moved at that moment the one that moved closest to it: when the vehicle had left the arm, or, where there is none, when it was let through. */
function nearest(
  stays: readonly BookedStay[],
  at: (stay: BookedStay) => number | null,
  crossing: Crossing,
  visit: VisitRecord,
  wallMs: (ms: number) => number,
): BookedStay | undefined {
  const isFree = crossing.lane === BIKE_LANE
  const expectedMs = wallMs(crossing.atMs) + (isFree ? 0 : UNDER_ARM_MS)
  const mostMs = isFree ? LET_THROUGH_BEFORE_MS : SAME_MOMENT_MS
  const offMs = (stay: BookedStay): number => Math.abs((at(stay) ?? Number.NEGATIVE_INFINITY) - expectedMs)
  const near = stays.filter((stay) => stay.vehicleClass === visit.vehicleClass && offMs(stay) <= mostMs)
  const [closest] = near.toSorted((left, right) => offMs(left) - offMs(right))
  return near.find(({ id }) => visit.sessions.includes(id)) ?? closest
}

/** Every đồng that a driver gave to a person or a bank and heard was taken is in the books once, and none that nobody gave. */
export function handedOtherwise(visits: readonly VisitRecord[], branches: ParkingBranches): readonly string[] {
  const given = new Map<string, { sure: number; perhaps: number }>()
  for (const { handed } of visits) {
    for (const { charge, amount, answer } of handed) {
      const known = given.get(charge) ?? { sure: 0, perhaps: 0 }
      if (answer === 'credited') known.sure += amount
      else if (answer !== 'refused') known.perhaps += amount
      given.set(charge, known)
    }
  }
  const booked = new Map<string, number>()
  for (const { charge, amount } of branches.handed().values()) booked.set(charge, (booked.get(charge) ?? 0) + amount)
  const charges = new Set([...given.keys(), ...booked.keys()])
  return [...charges].flatMap((charge) => {
    const { sure, perhaps } = given.get(charge) ?? { sure: 0, perhaps: 0 }
    const inBooks = booked.get(charge) ?? 0
    if (inBooks >= sure && inBooks <= sure + perhaps) return []
    return [
      `${sure} was handed over for ${charge}${perhaps > 0 ? ` (perhaps ${perhaps} more)` : ''}, and ${inBooks} is booked`,
    ]
  })
}
