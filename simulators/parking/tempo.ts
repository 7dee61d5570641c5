import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type { Random } from '../world/random.ts'

/** Whole units of time, from the least to the most, both included. */
export type Span = { readonly least: number; readonly most: number; readonly unitMs: number }

export function throwSpan({ least, most, unitMs }: Span, random: Random): number {
  return random.between(least, most) * unitMs
}

/** How long people take. What a lane takes (to come up to it, to hold a code up, to drive under the arm) is the same for everybody. */
export type ParkingTempo = {
  /** Of each kind of stay how long it is, and how many of a hundred are of it. */
  readonly stays: Readonly<Record<StayKind, Span & { readonly weight: number }>>
  /** Vehicles come by the hours of a town's day; otherwise evenly. */
  readonly hasRushHours: boolean
  /** For so long people wait for the lane to say something before they try another way, and for a ticket to come. */
  readonly wordWithinMs: number
  readonly ticketWithinMs: number
  /** Whoever stood at a way out for so long and is still there is locked in. */
  readonly lockedInAfterMs: number
  /** At a way in people drive on sooner. */
  readonly turnedAwayAfterMs: number
  /** Who means to go through behind somebody waits for one to come up at most so long. */
  readonly lurksAtMostMs: number
  /** Who pays before leaving does it so long before that. */
  readonly paysBefore: Span
  /** And who stays on after it. */
  readonly staysOn: Span
  readonly toRamp: Span
  /** Between two tries to come down it. */
  readonly atRampAgainMs: number
  /** From leaving on debt to paying it. */
  readonly paysDebtAfter: Span
  /** From a queue that was too long, and from turning back at the exit, to coming again. */
  readonly comesAgain: Span
  readonly thinksAgain: Span
  /** Between two tries of an attendant. */
  readonly helpAgain: Span
  readonly attendantComes: Span
  /** Whoever calls nobody looks so long at what the lane does. */
  readonly looksOnMs: number
  /** From a payer's transfer to the site's being told of it. */
  readonly bankTells: Span
  /** From taking cash to letting go by hand, where nothing has opened by itself. */
  readonly pleaseTryMs: number
  /** A stay that began so near to somebody's own time may be theirs. */
  readonly sameTimeMs: number
  /** A stay whose vehicle nobody sees was begun so long ago at least. */
  readonly ghostAgeMs: number
  readonly refundEveryMs: number
}

export type StayKind = 'moment' | 'errand' | 'meal' | 'work' | 'night'

/** As people are. */
export const TOWN_TEMPO: ParkingTempo = {
  stays: {
    moment: { least: 2, most: 9, unitMs: MINUTE_MS, weight: 8 },
    errand: { least: 20, most: 150, unitMs: MINUTE_MS, weight: 40 },
    meal: { least: 60, most: 240, unitMs: MINUTE_MS, weight: 27 },
    work: { least: 420, most: 600, unitMs: MINUTE_MS, weight: 20 },
    night: { least: 600, most: 900, unitMs: MINUTE_MS, weight: 5 },
  },
  hasRushHours: true,
  wordWithinMs: 6 * SECOND_MS,
  ticketWithinMs: 3 * SECOND_MS,
  lockedInAfterMs: 45 * MINUTE_MS,
  turnedAwayAfterMs: 12 * MINUTE_MS,
  lurksAtMostMs: 40 * MINUTE_MS,
  paysBefore: { least: 2, most: 12, unitMs: MINUTE_MS },
  staysOn: { least: 8, most: 90, unitMs: MINUTE_MS },
  toRamp: { least: 20, most: 90, unitMs: SECOND_MS },
  atRampAgainMs: 20 * SECOND_MS,
  paysDebtAfter: { least: 10, most: 300, unitMs: MINUTE_MS },
  comesAgain: { least: 1, most: 5, unitMs: MINUTE_MS },
  thinksAgain: { least: 1, most: 30, unitMs: MINUTE_MS },
  helpAgain: { least: 10, most: 30, unitMs: SECOND_MS },
  looksOnMs: 75 * SECOND_MS,
  attendantComes: { least: 10 * SECOND_MS, most: 60 * SECOND_MS, unitMs: 1 },
  bankTells: { least: 2 * SECOND_MS, most: 25 * SECOND_MS, unitMs: 1 },
  pleaseTryMs: 4 * SECOND_MS,
  sameTimeMs: 90 * SECOND_MS,
  ghostAgeMs: 2 * HOUR_MS,
  refundEveryMs: MINUTE_MS,
}

/** A town in a hurry, to be looked at for a minute: what takes an hour is over in seconds. */
export const HURRIED_TEMPO: ParkingTempo = {
  stays: {
    moment: { least: 1, most: 3, unitMs: SECOND_MS, weight: 25 },
    errand: { least: 3, most: 8, unitMs: SECOND_MS, weight: 40 },
    meal: { least: 6, most: 20, unitMs: SECOND_MS, weight: 20 },
    work: { least: 30, most: 90, unitMs: SECOND_MS, weight: 10 },
    night: { least: 90, most: 240, unitMs: SECOND_MS, weight: 5 },
  },
  hasRushHours: false,
  wordWithinMs: 2.5 * SECOND_MS,
  ticketWithinMs: 1.2 * SECOND_MS,
  lockedInAfterMs: 45 * MINUTE_MS,
  turnedAwayAfterMs: 40 * SECOND_MS,
  lurksAtMostMs: 10 * SECOND_MS,
  paysBefore: { least: 1, most: 3, unitMs: SECOND_MS },
  staysOn: { least: 5, most: 20, unitMs: SECOND_MS },
  toRamp: { least: 1, most: 3, unitMs: SECOND_MS },
  atRampAgainMs: 2 * SECOND_MS,
  paysDebtAfter: { least: 5, most: 20, unitMs: SECOND_MS },
  comesAgain: { least: 2, most: 5, unitMs: SECOND_MS },
  thinksAgain: { least: 2, most: 10, unitMs: SECOND_MS },
  helpAgain: { least: 1, most: 3, unitMs: SECOND_MS },
  looksOnMs: 5 * SECOND_MS,
  attendantComes: { least: 1 * SECOND_MS, most: 3 * SECOND_MS, unitMs: 1 },
  bankTells: { least: 300, most: 2 * SECOND_MS, unitMs: 1 },
  pleaseTryMs: 2 * SECOND_MS,
  sameTimeMs: 2 * SECOND_MS,
  ghostAgeMs: DAY_MS,
  refundEveryMs: SECOND_MS,
}
