import type { BarrierArm, Mode } from './events.ts'
import type { ChargeId, EffectId, LaneId, PassageId } from './ids.ts'
import type { Money } from './money.ts'
import type { Instant } from './time.ts'
import type { SpendIdentity } from './tokens.ts'

/** Where a lane is in letting one vehicle through. `command` is the open or close command that is being waited for. */
export type LanePhase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'vehicle-present' }
  | { readonly kind: 'opening'; readonly passage: PassageId | null; readonly command: EffectId }
  | { readonly kind: 'open'; readonly passage: PassageId | null; readonly command: EffectId }
  | { readonly kind: 'passing'; readonly passage: PassageId | null }
  | { readonly kind: 'closing'; readonly command: EffectId }
  | { readonly kind: 'held-open' }

export type LaneAlarm =
  | 'barrier-no-answer'
  | 'barrier-failed'
  | 'barrier-away'
  | 'no-passage'
  | 'stuck-open'
  | 'unexplained-passage'

export type LaneState = {
  readonly lane: LaneId
  readonly phase: LanePhase
  readonly approach: boolean
  readonly safety: boolean
  readonly arm: BarrierArm
  /** The seq of the record in which the vehicle that stands there came; `null` with nobody there. One payment for one presence. */
  readonly presence: number | null
  readonly alarm: LaneAlarm | null
  readonly since: Instant
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

export type PassageGround =
  | { readonly kind: 'payment'; readonly charge: ChargeId; readonly amount: Money; readonly spent: SpendIdentity }
  | { readonly kind: 'pass'; readonly iss: string; readonly jti: string }
  | { readonly kind: 'override'; readonly spent: SpendIdentity; readonly reason: string }

/** A lane of which nothing has been heard yet. */
export function unknownLane(lane: LaneId, since: Instant): LaneState {
  return {
    lane,
    phase: { kind: 'idle' },
    approach: false,
    safety: false,
    arm: 'unknown',
    presence: null,
    alarm: null,
    since,
  }
}

export function isUnused(status: PassageStatus): boolean {
  return status === 'granted' || status === 'opened'
}
