import type { CaseId, ChargeId, LaneId, MerchantId, RightId, SessionId } from '../core/ids.ts'
import type { LaneState, Passage } from '../core/lane/state.ts'
import { doesPlateWait } from '../core/parking/arrival.ts'
import type { BankCredit } from '../core/parking/credit.ts'
import type {
  DebtFacts,
  LaneParkingFacts,
  ParkingCommon,
  RightFacts,
  ShownFacts,
  StayFacts,
  Whereabouts,
} from '../core/parking/facts.ts'
import type { CreditedCharge, LeftWithin } from '../core/parking/question.ts'
import type { PlateValue, StaffCase } from '../core/parking/session.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import type { Instant } from '../core/time.ts'
import type { PresentedToken } from '../core/tokens.ts'

/** What an event names of a vehicle at a lane, before the books are asked. `lookUp` false: it names nothing, and what stands there is not looked up again. */
export type Shown = {
  readonly lookUp: boolean
  readonly plates: readonly string[]
  readonly picture: string | null
  readonly token: PresentedToken | null
  readonly session: SessionId | null
}

export const SHOWN_NOTHING: Shown = { lookUp: false, plates: [], picture: null, token: null, session: null }

/** The event names no plate: the one that was read of the vehicle that stands there is looked up. */
export const WHAT_STANDS_THERE: Shown = { ...SHOWN_NOTHING, lookUp: true }

/** An arm may be down now, or be back: whoever waits before it with a plate that was read is heard then. */
export function whenDown(state: LaneState): Shown {
  return doesPlateWait(state) || state.saysArmAway === true ? WHAT_STANDS_THERE : SHOWN_NOTHING
}

/** All that a decision about a car park may ask of the books, of the mode of its event. */
export type ParkingLookUps = {
  /** `null` where the layout or the policy says nothing of a car park. */
  common(): ParkingCommon | null
  lane(id: LaneId, state: LaneState, current: Passage | null, shown: Shown): LaneParkingFacts | null
  /** Whatever stands at any lane. */
  shown(shown: Shown): ShownFacts
  stay(id: SessionId | null): StayFacts | null
  /** With the cash that staff transfer themselves; `by`: who asks. */
  chargeOf(id: ChargeId, by?: string | null): CreditedCharge
  /**
   * The lane before which the vehicle of a stay stands, as the lane's visit says, or that asks for this charge, alone or with others: a debt from before. `null` where there is none. One that asks something comes first: a
   * lane without an arm remembers whom it has let through.
   */
  laneOf(id: SessionId | null, charge: ChargeId | null): LaneId | null
  /** The lanes that ask, or have given up asking, of a stay which is known by this right, or is this one: that of a validation. */
  lanesOfRight(right: RightId, session: SessionId | null): readonly LaneId[]
  /** What the plate by which a stay is known best owes from before, the oldest first; at most `DEBTS_READ_MAX`. */
  debtsOf(stay: StayFacts | null): readonly DebtFacts[]
  /** Those of these charges that are owed now, in their order. */
  stillOwed(charges: readonly ChargeId[]): readonly DebtFacts[]
  /** What is known of where it was after `since`. */
  whereabouts(id: SessionId, since: Instant): Whereabouts
  /** When a record says last, after `since`, that its vehicle was at a lane, or before somebody. */
  shownAt(id: SessionId, since: Instant): Instant | null
  /** Whether the books wrote shortly before this moment and shortly after it. */
  wasServing(at: Instant): boolean
  /** Of the stays of this plate that are over because it left, and lie so: that which left first. */
  leftBy(plate: string, within: LeftWithin): StayFacts | null
  /** Open cases of a lane that are of no stay. */
  casesAt(lane: LaneId): readonly StaffCase[]
  right(id: RightId): RightFacts | null
  /** Validations that a merchant has given today. */
  givenToday(merchant: MerchantId | undefined): number
  /** Pseudonyms of plates under the salt of rights, which is kept as long as there are rights. */
  rightPlates(texts: readonly string[], validUntil: number): readonly (PlateValue | null)[]
  /** The place in the vault of the name of who has a right; `null` where nobody is named. It is kept as long as the right that names it (db/erase-due.ts). */
  rightHolder(name: string): PersonalValue | null
  staffCase(id: CaseId): StaffCase | null
  /** What is known of a bank's reference, of the mode in which is asked. */
  credit(reference: string): BankCredit | null
  /** The place in the vault of what a transfer's payer wrote. */
  transferText(text: string): PersonalValue
}
