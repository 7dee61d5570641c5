import type { BarrierArm } from '../events.ts'
import type { ChargeId, DeviceId, EffectId, LaneId, PassageId, RightId, SessionId } from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { Money } from '../money.ts'
import type { SeenVehicle } from '../parking/events.ts'
import type { Heading } from '../parking/place.ts'
import type { PlateValue, SessionCredential } from '../parking/session.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { Instant } from '../time.ts'
import type { SpendIdentity } from '../tokens.ts'

export type PhaseOf<Kind extends LanePhase['kind']> = Extract<LanePhase, { kind: Kind }>

/** Where a lane is in letting one vehicle through. `command` is the command whose end is being waited for, and names that wait. */
export type LanePhase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'vehicle-present' }
  /**
   * A right was granted to the vehicle that stands there and it has not passed: the arm failed, or came down before it. The same code, staff, or the arm's late
   * word (`command`) lets it through. Another vehicle's coming ends this phase, not the right.
   */
  | { readonly kind: 'waiting'; readonly passage: PassageId; readonly command: EffectId | null }
  /** `followed`, here and in `open`: its vehicle has just left the loop before the barrier for the one under it, and another has come up already. */
  | {
      readonly kind: 'opening'
      readonly passage: PassageId | null
      readonly command: EffectId
      readonly followed?: true
      /** Its barrier says where the arm is, and the arm was not up: so it is to say that it is, in `ARM_UP_WITHIN_MS`. Here and in `open`. */
      readonly saysUp?: true
    }
  | {
      readonly kind: 'open'
      readonly passage: PassageId | null
      readonly command: EffectId
      readonly followed?: true
      readonly saysUp?: true
    }
  /** Somebody is under the arm, or has just left it. `followed`: another vehicle has come before the barrier since. `rightless`: the presence that stood before the barrier when somebody went under it with no right of a vehicle, where that was they: behind another, or let through by hand. */
  | {
      readonly kind: 'passing'
      readonly passage: PassageId | null
      readonly command: EffectId
      readonly followed: boolean
      readonly rightless?: number
    }
  /** `passage`: a right whose vehicle let the arm come down without passing. `isAsked`: whoever stands before it was asked before the arm was told, and is asked on. */
  | {
      readonly kind: 'closing'
      readonly passage: PassageId | null
      readonly command: EffectId
      readonly isAsked?: true
    }
  /** The emergency, until each input that asked for it (`null`: a person) has taken it back. Empty: over, but somebody stands under the arm, or it is away. */
  | {
      readonly kind: 'held-open'
      readonly by: readonly (DeviceId | null)[]
      /**
       * The arm went up by itself while nothing was heard of the gateway. What the loops said before that says nothing of who stands under it now: it is let go when they have said since that nobody
       * does.
       */
      readonly failSafe?: true
    }

export type LaneAlarm =
  | 'barrier-no-answer'
  | 'barrier-failed'
  | 'barrier-away'
  | 'no-passage'
  /** It opened for a vehicle that is not there any more, and has not passed. */
  | 'backing-out'
  | 'stuck-open'
  /** The arm says that it is down after it was told, and has said, to open; or has not said in its time that it is up. */
  | 'stuck-closed'
  /** A loop under the arm is not heard, so nobody knows who stands there: the arm is not told to come down. */
  | 'loop-away'
  /** The arm was down, and is up without anybody having opened it. */
  | 'forced-open'
  /** Two in one opening: the second had no right. */
  | 'tailgating'
  | 'unexplained-passage'
  /** The loop before the barrier says for an hour that one vehicle stands there, of which an amount is asked: nobody knows whether it does. */
  | 'loop-stuck'

/**
 * The worst first. What somebody did comes before what is broken, and that before who stands there and does not drive. The order holds where two are there at once: what is raised while nothing has moved (`worseAlarm`: a loop that is not heard, or is
 * stuck, an arm that stays down), and what a screen shows of a lane with its devices (view.ts). What the arm or a vehicle does next takes the place of what stood there, be it lesser: it is newer, and what somebody did is a case by then, which stays until it is ended.
 */
export const ALARMS_WORST_FIRST: readonly LaneAlarm[] = [
  'forced-open',
  'unexplained-passage',
  'tailgating',
  'stuck-closed',
  'stuck-open',
  'barrier-failed',
  'barrier-no-answer',
  'barrier-away',
  'loop-away',
  'loop-stuck',
  'backing-out',
  'no-passage',
]

/** `next`, unless a worse one stands there. */
export function worseAlarm(now: LaneAlarm | null, next: LaneAlarm): LaneAlarm {
  return now !== null && ALARMS_WORST_FIRST.indexOf(now) < ALARMS_WORST_FIRST.indexOf(next) ? now : next
}

export type LaneState = {
  readonly lane: LaneId
  readonly phase: LanePhase
  readonly approach: boolean
  readonly safety: boolean
  readonly arm: BarrierArm
  /** The seq of the record in which the vehicle that stands there came; `null` with nobody there. One payment for one presence. */
  readonly presence: number | null
  /** A code that was shown before this was shown for another vehicle than the one that stands there; `null` where that is not known. */
  readonly shownFrom: Instant | null
  /** The presence that ended last. Loops flicker: a vehicle that is back within a moment is the same one. `happenedAt`: when it left, where that was said later. */
  readonly left: { readonly presence: number; readonly at: Instant; readonly happenedAt?: Instant } | null
  /** When the loop under the arm was clear last, by when that happened: its word may have come later. */
  readonly clearAt?: Instant
  readonly alarm: LaneAlarm | null
  /** The arm was left up when all was done, for a loop under it was not heard: it comes down when the loop has said since that nobody is there. */
  readonly isUpUnheard?: true
  /** Its display was told last that the arm is away: it is told otherwise when the arm has said where it is (core/parking/arm-back.ts). */
  readonly saysArmAway?: true
  /** Its arm was held open, and has been told to let go. It may not have heard that, and takes no other word then: with each word to come down it is told again, until it has said that it is down. */
  readonly isLetGo?: true
  /** It has been told to come down, and has not said since that it is: up before a lane at rest, it is told again. */
  readonly isToldDown?: true
  /** What is known of the vehicle that stands there, in a car park; another's coming clears it. */
  readonly visit: LaneVisit | null
  /**
   * The right of a vehicle that the loop under the arm has seen, while somebody stood on the loop before it all the time: it has rolled back, or the next has closed up (decision 096). Absent: nothing is in doubt.
   */
  readonly perhapsThrough?: PassageId
  /** The presence for which staff opened by hand while no right of it was known, and when: what becomes known of it while the arm is up is its way (decision 096). */
  readonly byHand?: { readonly presence: number; readonly at: Instant }
  /** The right for which an arm that had not answered, or was away, was told to open once more (told-again.ts). */
  readonly toldAgain?: PassageId
  /** When the phase began. */
  readonly since: Instant
}

/** What is known of the vehicle at a lane of a car park. */
export type LaneVisit = {
  /** The presence that it is about; `null` for a plate that was read before its vehicle had come to the loop. */
  readonly presence: number | null
  readonly since: Instant
  /** What the camera read, and how sure it was. */
  readonly plate: { readonly value: PlateValue; readonly confidencePermille: number } | null
  readonly picture: PersonalValue | null
  /** Which way a camera saw it drive, and what it takes it for. Absent: no camera has said. */
  readonly heading?: Heading
  readonly vehicle?: SeenVehicle
  /** Two plates were read surely that cannot be one: nobody knows which of them stands here, so neither names a stay by itself. `in-one-picture`: the camera may still say which of them it follows. */
  readonly isOneOfTwo?: true | 'in-one-picture'
  /** Its plate may be that of the vehicle ahead, or of one that has turned away since: it names nobody until it is read again. */
  readonly isDoubted?: true
  /** The stay that was named for it, where another plate was read of it since, or staff have chosen another and were refused: by that stay nothing opens for it by itself (decision 116). */
  readonly otherThan?: SessionId
  /** What was read while this one was on its way through, and is perhaps another's: of whoever comes up next (decision 093). */
  readonly behind?: LaneVisit
  readonly session: SessionId | null
  readonly right: RightId | null
  /** What was asked of it, and until when that amount holds. */
  readonly asked: LaneAsked | null
  /** Absent: nothing has been asked of it, or the lane waits for ever. */
  readonly unpaid?: LaneUnpaid
}

export type LaneAsked = {
  /** The first of what is asked: the stay's own, where that asks anything. */
  readonly charge: ChargeId
  /** What is owed from before and asked with it. Absent: nothing. */
  readonly debts?: readonly ChargeId[]
  readonly due: Money
  readonly at: Instant
  readonly holdsUntil: Instant
  /** How often it has been asked anew with nobody doing anything; absent: never. */
  readonly again?: number
  /** What its charge comes to when this is paid, with all that was paid of it before. Absent: the first of what is asked is a debt; and in records of before this was kept. */
  readonly upTo?: number
  /** The other amount that this lane showed the same vehicle before it: a transfer of that may be on its way. Absent: none, or in records of before this was kept. */
  readonly before?: Omit<LaneAsked, 'again' | 'before'>
}

/** How a lane waits for what it asks, also while it asks anew. */
export type LaneUnpaid = {
  readonly charge: ChargeId
  /** Since when nothing has come of it. */
  readonly since: Instant
  readonly waitMs: number
  /** What was asked last: where that is more than what is asked now, something has come. */
  readonly due: number
  /** Once for one visit. */
  readonly isStaffCalled?: true
}

/** A right to pass a lane once, used up by the loops' evidence and not by a command (architecture, section 5). */
export type Passage = {
  readonly id: PassageId
  readonly lane: LaneId
  readonly mode: Mode
  readonly right: PassageGround
  /** The payer's pseudonym of the day, where a payer is known. */
  readonly payer: string | null
  readonly presence: number | null
  readonly grantedAt: Instant
  readonly until: Instant
  readonly status: PassageStatus
}

export type PassageStatus = 'granted' | 'opened' | 'passing' | 'used' | 'lapsed'

/** How a right may move. `passing` goes back to `opened` where the loop only flickered; what is used or lapsed stays so. */
export const passageMoves: Record<PassageStatus, readonly PassageStatus[]> = {
  granted: ['opened', 'passing', 'lapsed'],
  opened: ['passing', 'lapsed'],
  passing: ['opened', 'used'],
  used: [],
  lapsed: [],
}

export type PassageGround =
  | { readonly kind: 'payment'; readonly charge: ChargeId; readonly amount: Money; readonly spent: SpendIdentity }
  | { readonly kind: 'pass'; readonly iss: string; readonly jti: string }
  /** Why, the record says that granted it. */
  | { readonly kind: 'override'; readonly spent: SpendIdentity }
  /** A stay goes in or out. `paid`: what a token that was shown for this passage paid, so that the same code gets the arm again. */
  | {
      readonly kind: 'session'
      readonly session: SessionId
      readonly side: 'entry' | 'exit'
      /** `paid`: money came for it away from the lane while it stood there; nobody let it out by hand. */
      readonly by: SessionCredential['kind'] | 'override' | 'staff' | 'debt' | 'policy' | 'paid'
      readonly paid: { readonly charge: ChargeId; readonly amount: Money; readonly spent: SpendIdentity } | null
    }

/** Whether a right was granted for what was spent under this identity. */
export function isGrantedFor(right: PassageGround, { iss, id }: SpendIdentity): boolean {
  const spent = spentFor(right)
  return spent !== null && spent.iss === iss && spent.id === id
}

/** The token that a right was granted for, where it is of a kind that is spent. */
export function spentFor(right: PassageGround): SpendIdentity | null {
  switch (right.kind) {
    case 'payment':
    case 'override':
      return right.spent
    case 'session':
      return right.paid?.spent ?? null
    case 'pass':
      return null
  }
}

/** A lane of which nothing has been heard yet. */
export function unknownLane(lane: LaneId, since: Instant): LaneState {
  return {
    lane,
    phase: { kind: 'idle' },
    approach: false,
    safety: false,
    arm: 'unknown',
    presence: null,
    shownFrom: null,
    left: null,
    alarm: null,
    visit: null,
    since,
  }
}

export function isUnused(status: PassageStatus): boolean {
  return status === 'granted' || status === 'opened'
}

/** Whether who stands before the barrier, or stood there last, may be the vehicle of the lane's right, which has rolled back from under the arm, or the next (decision 096). */
export function isInDoubt({ perhapsThrough, presence, left }: LaneState, current: Passage | null): boolean {
  if (perhapsThrough === undefined || current?.id !== perhapsThrough || current.status === 'used') return false
  return current.presence === (presence ?? left?.presence)
}

export function withoutPerhaps({ perhapsThrough, ...state }: LaneState): LaneState {
  return state
}

/** Nothing is under way at the lane: where it has a barrier, the arm is to be down. */
export function isAtRest(phase: LanePhase): boolean {
  return phase.kind === 'idle' || phase.kind === 'vehicle-present' || phase.kind === 'waiting'
}

/** The arm is up, or on its way up, for somebody who has not left it yet. */
export type UnderWay = PhaseOf<'opening' | 'open' | 'passing'>

/** Whether the arm is up, or on its way up, for somebody who has not left it yet. */
export function isUnderWay(phase: LanePhase): phase is UnderWay {
  return phase.kind === 'opening' || phase.kind === 'open' || phase.kind === 'passing'
}

/** The phase of a lane in which nothing is under way: a right that is left waits with its vehicle. */
export function atRest(state: LaneState, passage: Passage | null, command: EffectId | null): LaneState {
  if (passage !== null) return { ...state, phase: { kind: 'waiting', passage: passage.id, command } }
  return { ...state, phase: state.approach ? { kind: 'vehicle-present' } : { kind: 'idle' } }
}

/** What is asked of who stands there now. A way through answers it: what was asked before that is over, whatever becomes of the way. */
export function standingOf({ visit, phase, since }: LaneState): LaneAsked | null {
  const asked = visit?.asked ?? null
  switch (phase.kind) {
    case 'idle':
    case 'vehicle-present':
      return asked
    case 'waiting':
    case 'closing': {
      const isAskedOn = phase.kind === 'closing' && phase.isAsked === true
      return asked !== null && (isAskedOn || asked.at >= since) ? asked : null
    }
    case 'opening':
    case 'open':
    case 'passing':
    case 'held-open':
      return null
  }
}
