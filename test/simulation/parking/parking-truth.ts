import type { DeviceId } from '../../../core/ids.ts'
import { MINUTE_MS } from '../../../core/time.ts'
import type { ParkingLaneKit } from '../../../simulators/parking/parking-kit.ts'
import type { Handed, VisitRecord } from '../../../simulators/parking/visits-record.ts'
import type { Happening } from '../../../simulators/world/happenings.ts'
import type { Timeline } from '../../../simulators/world/timeline.ts'
import type { Excuses } from '../excuses.ts'
import type { ParkingBranches } from './parking-branches.ts'

/** An arm that began to rise, and what it was told; `isByItself`: its board did so at that moment, because it heard of no gateway. */
export type Rise = {
  readonly lane: string
  readonly atMs: number
  command: string | null
  isHeld: boolean
  readonly isByItself: boolean
}

/** What somebody who watches the arms all month writes down. */
export type ArmsWatched = {
  rises(): readonly Rise[]
  /** Those until then that have not been looked into yet; they are forgotten here. */
  take(untilMs: number): readonly Rise[]
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
  const byItselfAtMs = new Map<string, number>()
  listen((happening) => {
    // The board says so, and then it moves the arm.
    if (happening.kind === 'fail-safe') byItselfAtMs.set(happening.lane, timeline.monotonicMs())
    if (happening.kind === 'arm' && happening.arm === 'rising') {
      const { lane } = happening
      const atMs = timeline.monotonicMs()
      rises.push({ lane, atMs, command: null, isHeld: false, isByItself: byItselfAtMs.get(lane) === atMs })
      return
    }
    if (happening.kind !== 'command' || happening.result !== 'done') return
    const lane = laneOfBarrier.get(happening.device)
    // The arm moves, and then its board says that it has done as it was told.
    const rise = rises.findLast((each) => each.lane === lane && each.atMs === timeline.monotonicMs())
    if (rise === undefined) return
    if (happening.type !== 'open' && happening.type !== 'hold-open') return
    rise.command = happening.command
    rise.isHeld = happening.type === 'hold-open'
  })
  return {
    rises: () => rises,
    take(untilMs) {
      const taken = rises.filter(({ atMs }) => atMs <= untilMs)
      rises = rises.filter(({ atMs }) => atMs > untilMs)
      return taken
    },
  }
}

/**
 * Openings that nothing explains: an arm that nobody told, of which no attendant says that it was lifted by hand, one that went up by itself and whose barrier does not say so, a command that no right and no person's word stands behind, or one to stay up while the journal knows of no emergency. What an emergency tells the
 * arms goes to them before it is written down.
 */
export function unexplained(
  rises: readonly Rise[],
  branches: Pick<ParkingBranches, 'opening' | 'wasEmergency' | 'wasLifted' | 'wentUpByItself'>,
  wallMs: (ms: number) => number,
): readonly string[] {
  return rises.flatMap(({ lane, atMs, command, isHeld, isByItself }) => {
    if (isHeld) {
      const isKnown = typeof branches.opening(command ?? '')?.because === 'string' || branches.wasEmergency(atMs)
      return isKnown
        ? []
        : [`${lane} was held open at ${atMs} ms by ${command}, and the journal knows of no emergency then`]
    }
    if (command === null && isByItself && !branches.wentUpByItself(lane, atMs))
      return [`${lane} opened by itself at ${atMs} ms, and its barrier has not said so`]
    const isOwn = isByItself || branches.wasLifted(lane, wallMs(atMs))
    if (command === null && isOwn) return []
    if (command === null) return [`${lane} opened at ${atMs} ms, and nobody told it to`]
    const opening = branches.opening(command)
    if (opening === undefined) return [`${lane} opened at ${atMs} ms by ${command}, which is in no journal`]
    return opening.because === null ? [`${lane} opened at ${atMs} ms by ${command}, for which there is no reason`] : []
  })
}

/** What was broken at any time at which a visit was at a lane, its driver at a desk, or what an attendant had noted of it on its way to the gateway, which dates it by its own clock; `null` for nothing. To be asked soon after it has left: excuses are forgotten. */
export function brokenFor({ moments, lates }: VisitRecord, excuses: Excuses, nowMs: number): string | null {
  for (const { lane, fromMs, toMs } of moments) {
    const isNoted = lates.some((note) => {
      const isThen = note.atMs >= fromMs && note.atMs <= (toMs ?? nowMs)
      return note.lane === lane && isThen && (note.answer === 'begun' || note.answer === 'ended')
    })
    // What people did instead is in the books, as if the box had been there.
    const except = isNoted ? BOX_IS_DEAD : undefined
    const what = excuses.during(fromMs - FELT_MS, (toMs ?? nowMs) + FELT_MS, lane ?? undefined, except)
    if (what !== undefined) return named(what)
  }
  for (const { fromMs, toMs } of lates.flatMap(({ handings }) => handings)) {
    const what = excuses.during(fromMs - FELT_MS, (toMs ?? nowMs) + FELT_MS, undefined, BOX_IS_DEAD)
    if (what !== undefined) return named(what)
  }
  return null
}

/** Which device of how many it was is of no account here. */
function named(what: string): string {
  return what.split(': ').at(-1) ?? what
}

const BOX_IS_DEAD = 'the gateway is down (long-outage)'

/** So long before and after, what was broken may be felt: a message is sent again, a right of before is still about. */
const FELT_MS = MINUTE_MS

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

/** Every đồng that a driver gave to a person or a bank and heard was taken is in the books once, and none that nobody gave. */
export function handedOtherwise(
  visits: readonly VisitRecord[],
  branches: Pick<ParkingBranches, 'handed' | 'credits'>,
): readonly string[] {
  const given = visits.flatMap(({ handed }) => handed)
  return [
    ...cashOtherwise(
      given.filter(({ reference }) => reference === null),
      branches.handed().values(),
    ),
    ...transferredOtherwise(given, branches.credits()),
  ]
}

function cashOtherwise(
  given: readonly Handed[],
  inBooks: Iterable<{ readonly charge: string; readonly amount: number }>,
): readonly string[] {
  const byCharge = new Map<string, { sure: number; perhaps: number }>()
  for (const { charge, amount, answer } of given) {
    const known = byCharge.get(charge) ?? { sure: 0, perhaps: 0 }
    if (answer === 'credited') known.sure += amount
    else if (answer !== 'refused') known.perhaps += amount
    byCharge.set(charge, known)
  }
  const booked = new Map<string, number>()
  for (const { charge, amount } of inBooks) booked.set(charge, (booked.get(charge) ?? 0) + amount)
  const charges = new Set([...byCharge.keys(), ...booked.keys()])
  return [...charges].flatMap((charge) => {
    const { sure, perhaps } = byCharge.get(charge) ?? { sure: 0, perhaps: 0 }
    const taken = booked.get(charge) ?? 0
    if (taken >= sure && taken <= sure + perhaps) return []
    return [
      `${sure} was handed over for ${charge}${perhaps > 0 ? ` (perhaps ${perhaps} more)` : ''}, and ${taken} is booked`,
    ]
  })
}

/** Whatever became of it since: a transfer of which the site was told is in its books, whole, and under its own reference. */
function transferredOtherwise(
  given: readonly Handed[],
  credits: ReadonlyMap<string, { readonly amount: number }>,
): readonly string[] {
  const byReference = new Map(given.flatMap((each) => (each.reference === null ? [] : [[each.reference, each]])))
  const lost = [...byReference].flatMap(([reference, { amount, answer }]) => {
    const isSure = answer === 'credited' || answer === 'astray'
    return isSure && !credits.has(reference)
      ? [`${amount} was sent as ${reference}, and no such transfer is booked`]
      : []
  })
  const other = [...credits].flatMap(([reference, { amount }]) => {
    const sent = byReference.get(reference)
    if (sent === undefined) return [`${reference} is booked, and nobody has sent it`]
    return sent.amount === amount ? [] : [`${sent.amount} was sent as ${reference}, and ${amount} is booked`]
  })
  return [...lost, ...other]
}
