import { passIssuer } from '../decision.ts'
import type { CommonFacts } from '../facts.ts'
import type { DocumentId, PlaceId, RightId, VehicleClass } from '../ids.ts'
import { positionOf } from '../ids.ts'
import type { CurrencyCode } from '../money.ts'
import type { PersonalValue } from '../personal-value.ts'
import { isReason } from '../reason.ts'
import type { Outcome } from '../records.ts'
import type { Refusal } from '../refusals.ts'
import type { Instant, LocalDay, Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import type { PassToken } from '../tokens.ts'
import type { ParkingChange } from './changes.ts'
import type { ParkingEvent } from './events.ts'
import type { ParkingCommon, RightFacts, StayFacts } from './facts.ts'
import type { ParkingLayout } from './place.ts'
import { placesAround } from './places.ts'
import type { AskedBefore, AssignedRight, PlateValue, Relief, RightAway, RightHours } from './session.ts'
import { isOver } from './session.ts'
import { judgeValidation } from './validation.ts'

export const RIGHT_PLATES_MAX = 16
export const RIGHT_HOURS_MAX = 14
export const RIGHT_SPACES_MAX = 1_000
/** The last moment with a year of four digits (RFC 3339): what has no end may end there. */
export const RIGHT_UNTIL_MAX = 253_402_300_799_999
/** So many times in which a right was away are known; beyond that the two oldest are one, with the time between them: it counts for less then, and never for more. */
export const RIGHT_AWAY_MAX = 64
const MINUTES_OF_DAY = 24 * 60
const BEGINNING = 0 as Instant
const BASIS_POINTS_MAX = 10_000

/**
 * The right under which a vehicle parks: the first of its own that is in force here and has a space left. Several plates that share one space park under it
 * one after the other; who comes while it is taken is a visitor (`null`). A right's hours change what is due and let nobody in or out.
 */
export function rightToParkUnder(
  rights: readonly RightFacts[],
  layout: ParkingLayout,
  place: PlaceId,
  vehicleClass: VehicleClass,
  at: Instant,
): AssignedRight | null {
  const found = rights.find(
    ({ right, others }) => others < right.spaces && isInForce(right, layout, place, vehicleClass, at),
  )
  return found?.right ?? null
}

/** Whether a pass is good at a place for a class now. */
export function isInForce(
  right: AssignedRight,
  layout: ParkingLayout,
  place: PlaceId,
  vehicleClass: VehicleClass,
  at: Instant,
): boolean {
  const isNow = at >= right.validFrom && at < right.validUntil
  return right.kind === 'pass' && right.status === 'active' && isNow && isRightHere(right, layout, place, vehicleClass)
}

/** Whether a right counts in a place for a class of vehicle, whenever. One that names no places or no classes is for all of them. */
export function isRightHere(
  right: AssignedRight,
  { places }: ParkingLayout,
  place: PlaceId,
  vehicleClass: VehicleClass,
): boolean {
  const around = placesAround(places, place).map(({ id }) => id)
  return (
    (right.vehicleClasses.length === 0 || right.vehicleClasses.includes(vehicleClass)) &&
    (right.places.length === 0 || right.places.some((id) => around.includes(id)))
  )
}

type RightPutEvent = Extract<ParkingEvent, { kind: 'right-put' }>
type RightShape = Omit<RightPutEvent['right'], 'holder' | 'status'>

export type Judged<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Issues a right, renews it, or brings it to other plates: it is put as a whole but for its status, and what stands inside under it stays so. `plates` are the pseudonyms of the
 * texts, in their order, `null` for one that is no plate; `holder` is the name's place in the vault. Refuses what is no right (dates, hours, spaces, relief, places or classes that the site has not), a right that was
 * ended, one that is issued under an id in use, a pass, more of its time, or a validation that no merchant bears, given with no reason, a validation without an open stay, and one that was another stay's.
 */
export function putRight(
  { right, isNew, merchant, reason }: Pick<RightPutEvent, 'right' | 'isNew' | 'merchant' | 'reason'>,
  known: AssignedRight | null,
  { plates, holder }: { readonly plates: readonly (PlateValue | null)[]; readonly holder: PersonalValue | null },
  stay: StayFacts | null,
  givenToday: number,
  { layout, policy }: ParkingCommon,
  currency: CurrencyCode,
  today: LocalDay,
): Judged<ParkingChange> {
  if (known?.status === 'ended') return no('right-ended')
  // What was sold is as it was sold: it is paid, or its sale is taken back.
  if (known?.status === 'unpaid') return no('pass-unpaid')
  // Its holder would lose it without anybody’s having said so.
  if (known !== null && isNew === true) return no('right-exists')
  // What is sold says by its price why it is there, and a merchant bears what it gives.
  const isMore = isNew === true || (known !== null && isLonger(right, known))
  const isGiven = reason !== undefined || (isMore && merchant === undefined)
  if (isGiven && !isReason(reason ?? '')) return no('reason-missing')
  if (known !== null && known.kind !== right.kind) return no('right-ended')
  // What one stay has used would be taken off another one too.
  if (known !== null && known.session !== right.session) return no('right-invalid')
  const read = plates.filter((plate) => plate !== null)
  if (read.length < plates.length) return no('plate-unreadable')
  if (!isRight(right, layout, currency) || plates.length > RIGHT_PLATES_MAX) return no('right-invalid')
  if (right.kind === 'validation' && (stay === null || isOver(stay.session))) return no('stay-over')
  if (merchant !== undefined) {
    const refusal = judgeValidation(right, merchant, stay, policy.validations ?? [], givenToday)
    if (refusal !== undefined) return no(refusal)
  }
  // Who renews a right has not said that its suspension is over: that is said by itself, with a reason.
  const status = known?.status ?? right.status
  const away = known === null && status !== 'active' ? [{ from: BEGINNING, until: null }] : known?.away
  return {
    ok: true,
    value: {
      kind: 'right-put',
      right: {
        ...right,
        status,
        ...(away === undefined ? {} : { away }),
        holder,
        plates: read,
        code: known?.code ?? null,
        given: merchant === undefined ? (known?.given ?? null) : { merchant, on: today },
      },
    },
  }
}

/**
 * Suspends a right, takes it up again, or ends it for good, with a reason. It holds from now on: what the right has covered until then stays covered, and what came while it was away stays due. The same status again
 * changes nothing. A right that is lost or stolen is stopped by any clock: by one that is not trusted from `hasCome` on, a time that is known to have come, or from the clock's own where that is before it, so that it covers nothing of the time in between.
 * Of a validation it is written down what its stay (`stay`; `null`: of a pass) had been asked until then, for no clock can turn that round.
 * Refused: to take it up by such a clock, which would leave it away until that one is right; while it waits to be paid; and to end one of which a renewal does.
 */
export function moveRight(
  facts: RightFacts | null,
  { status, reason }: Pick<Extract<ParkingEvent, { kind: 'right-status' }>, 'status' | 'reason'>,
  stay: StayFacts | null,
  hasCome: Instant,
  { at, trust }: Pick<Now, 'at' | 'trust'>,
): Judged<readonly ParkingChange[]> {
  if (facts === null) return no('right-unknown')
  const { right: known, isSaleOpen } = facts
  if (reason.trim() === '') return no('reason-missing')
  if (known.status === 'unpaid') return no('pass-unpaid')
  if (known.status === status) return { ok: true, value: [] }
  if (known.status === 'ended') return no('right-ended')
  // Its payment would find nothing to pay for.
  if (status === 'ended' && isSaleOpen) return no('pass-sale-open')
  const isSure = isTrusted(trust)
  if (status === 'active' && !isSure) return no('pass-clock-not-trusted')
  // What is suspended already has not come to be so earlier because a clock was set back.
  const isByClock = isSure || (known.status === 'active' && at < hasCome)
  return { ok: true, value: [statusMoved(known, status, isByClock ? at : hasCome, at, stay && askedOf(stay))] }
}

/** What a stay has been asked so far. One that was let out with nothing to pay was asked that. */
function askedOf({ session: { status, charge, settledAt } }: StayFacts): AskedBefore {
  const isNothing = charge === null && status === 'inside'
  return isNothing ? { kind: 'nothing' } : { kind: 'something', settledAt }
}

/** A right that moves to another status, as of `from`; the record is written at `at`. `askedNow`: what the stay that it is for has been asked until now. */
export function statusMoved(
  known: AssignedRight,
  status: 'active' | 'suspended' | 'ended',
  from: Instant,
  at: Instant,
  askedNow: AskedBefore | null = null,
): ParkingChange {
  const { id, status: before, away = [] } = known
  const begins: RightAway = { from, until: null, ...(askedNow === null ? {} : { asked: askedNow }) }
  // Ended while it was suspended it goes on as it was.
  const moved = status === 'active' ? awayUpTo(away, from) : withAway(away, begins)
  return { kind: 'right-status', right: id, status, before, away: moved, at }
}

/** What is away still is so up to now. What was to begin later began by a clock that has been set back since: nobody knows when, and nothing of it is to come. */
function awayUpTo(away: readonly RightAway[], at: Instant): readonly RightAway[] {
  return away.flatMap(({ from, until }) => (until === null && from > at ? [] : [{ from, until: until ?? at }]))
}

/** Another time in which a right was away, in its place among those that are known; what overlaps is one, and what still is says what had been asked as it began. Beyond `RIGHT_AWAY_MAX` the two oldest are one. */
export function withAway(away: readonly RightAway[], more: RightAway): readonly RightAway[] {
  const known: RightAway[] = []
  for (const next of [...away, more].sort((one, other) => one.from - other.from)) {
    const last = known.at(-1)
    if (last === undefined || (last.until !== null && last.until <= next.from)) known.push(next)
    else
      known[known.length - 1] = {
        ...(last.until === null ? last : next),
        from: last.from,
        until: laterEnd(last.until, next.until),
      }
  }
  return known.length > RIGHT_AWAY_MAX ? oldestAsOne(known) : known
}

function laterEnd(one: Instant | null, other: Instant | null): Instant | null {
  return one === null || other === null ? null : (Math.max(one, other) as Instant)
}

function oldestAsOne(away: readonly RightAway[]): readonly RightAway[] {
  const [from, until] = [away.slice(0, 1), away.slice(1, 2)]
  return [...from.flatMap((first) => until.map((second) => ({ ...first, until: second.until }))), ...away.slice(2)]
}

/** Issues a code for a pass, in place of the one before. Refuses a right that is unknown, that was ended, or that is no pass. */
export function codeRight(
  known: AssignedRight | null,
  id: DocumentId,
  at: Instant,
): Judged<{ readonly change: ParkingChange; readonly issued: Extract<Outcome, { kind: 'code-issued' }> }> {
  if (known === null) return no('right-unknown')
  if (known.kind !== 'pass') return no('right-invalid')
  if (known.status === 'ended') return no('right-ended')
  const vehicleClass = known.vehicleClasses[0] ?? null
  return {
    ok: true,
    value: {
      change: { kind: 'right-coded', right: known.id, code: { id, issuedAt: at } },
      issued: { ok: true, kind: 'code-issued', right: known.id, code: id, issuedAt: at, vehicleClass },
    },
  }
}

/** The right for which a pass stands that was shown: the one that it names, or that has its own id. */
export function rightOfToken(token: Pick<PassToken, 'jti' | 'right'>): RightId {
  return (token.right ?? token.jti) as RightId
}

/**
 * Whether a pass that was shown is the code in force of its right: one that was lost is worth nothing once another has been issued. `newer`: this box has signed it after the one that stands in the books, and a
 * restore has lost the record of that; then it is the newest, and calls in the one that these books still hold good. Which of two is later their places in the journal say, for a clock may have been set back between them.
 */
export function codeShown(
  token: Pick<PassToken, 'iss' | 'jti'>,
  { code, id }: Pick<AssignedRight, 'code' | 'id'>,
  common: Pick<CommonFacts, 'layout' | 'position'>,
): 'in-force' | 'newer' | 'replaced' {
  if (token.jti === (code?.id ?? id)) return 'in-force'
  const made = issuedBeforeEpoch(token, common)
  if (made === null) return 'replaced'
  const known = code === null ? null : positionOf(code.id)
  if (known === null) return 'newer'
  const isLater = made.epoch === known.epoch ? made.seq > known.seq : made.epoch > known.epoch
  return isLater ? 'newer' : 'replaced'
}

/** Where in its journal this box has issued a code in an epoch before the one in force, which a restore may have lost; `null` of every other code: what this epoch has issued stands in its books. */
export function issuedBeforeEpoch(
  { iss, jti }: Pick<PassToken, 'iss' | 'jti'>,
  { layout, position }: Pick<CommonFacts, 'layout' | 'position'>,
): ReturnType<typeof positionOf> {
  const made = positionOf(jti)
  if (made === null || made.gateway !== position.gateway || made.epoch >= position.epoch) return null
  return iss === passIssuer(layout.site, position.gateway) ? made : null
}

export function isRight(right: RightShape, layout: ParkingLayout, currency: CurrencyCode): boolean {
  const { places, vehicleClasses, spaces, validFrom, validUntil, hours, relief, session, kind } = right
  return (
    validFrom >= 0 &&
    validFrom < validUntil &&
    validUntil <= RIGHT_UNTIL_MAX &&
    Number.isInteger(spaces) &&
    spaces >= 1 &&
    spaces <= RIGHT_SPACES_MAX &&
    places.every((id) => layout.places.some((place) => place.id === id)) &&
    vehicleClasses.every((id) => layout.vehicleClasses.some((each) => each.id === id)) &&
    hours.length <= RIGHT_HOURS_MAX &&
    hours.every(isHours) &&
    isRelief(relief, currency) &&
    (kind === 'validation') === (session !== null)
  )
}

function isLonger(to: Pick<RightShape, 'validFrom' | 'validUntil'>, known: typeof to): boolean {
  return to.validFrom < known.validFrom || to.validUntil > known.validUntil
}

function isHours({ weekdays, fromMinute, toMinute }: RightHours): boolean {
  const minutes = [fromMinute, toMinute]
  return (
    weekdays.length > 0 &&
    weekdays.every((day) => Number.isInteger(day) && day >= 1 && day <= 7) &&
    minutes.every((minute) => Number.isInteger(minute) && minute >= 0 && minute <= MINUTES_OF_DAY) &&
    // Midnight begins the day after: hours end there, and none begin.
    fromMinute < MINUTES_OF_DAY &&
    fromMinute !== toMinute
  )
}

function isRelief(relief: Relief, currency: CurrencyCode): boolean {
  switch (relief.kind) {
    case 'covers':
      return true
    case 'first-minutes':
      return Number.isInteger(relief.minutes) && relief.minutes > 0
    case 'amount':
      // Taken off a bill in another one, it would leave the stay without a price, and its vehicle inside.
      return relief.amount.amount > 0 && relief.amount.currency === currency
    case 'share':
      return Number.isInteger(relief.basisPoints) && relief.basisPoints > 0 && relief.basisPoints <= BASIS_POINTS_MAX
  }
}

function no(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal }
}
