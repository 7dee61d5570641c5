import type { Change, Charge } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { Announcement } from '../effects.ts'
import type { SessionId } from '../ids.ts'
import { joinOpening } from '../lane/opening.ts'
import type { OpenByHand } from '../lane/standing.ts'
import { openByHand, stillUsable } from '../lane/standing.ts'
import type { LaneAsked, LaneUnpaid, PassageGround } from '../lane/state.ts'
import type { Money } from '../money.ts'
import { money } from '../money.ts'
import type { PaidPart } from '../payment.ts'
import { later } from '../time.ts'
import type { StayBill } from './asking.ts'
import { billFor, debtsAsked, heldAt, keptBefore, sumOf } from './asking.ts'
import { pastItsLane } from './astray.ts'
import type { AtLane } from './at-lane.ts'
import { noted, refuseAt, refuseStaff, remember, tell, visitOf } from './at-lane.ts'
import { broughtInside } from './brought-inside.ts'
import { openCase } from './cases.ts'
import { isAtThisLane } from './entry.ts'
import type { DebtFacts, FoundStay, StayFacts } from './facts.ts'
import type { Gate } from './gate.ts'
import { gateFor, letBack, letThrough } from './gate.ts'
import { seenComingIn } from './heading.ts'
import { goOn, stayFound, wayBetween } from './nested.ts'
import { wayByHand } from './open-by-hand.ts'
import type { NoPrice } from './price.ts'
import { priceNow } from './price.ts'
import type { SessionCredential } from './session.ts'
import { isOver } from './session.ts'
import { codeAtLane } from './transfer-code.ts'
import type { ClassAtExit } from './vehicle-class.ts'
import { classAtExit } from './vehicle-class.ts'

type By = Extract<PassageGround, { kind: 'session' }>['by']

/** A stay at an exit with what it is asked: its own rest, and what its plate owes from before. */
export type Asking = {
  /** As it stands after `changes`. */
  readonly stay: StayFacts
  readonly bill: StayBill
  /** What is asked: the stay's own rest, and what its plate owes from before. None where nothing is. */
  readonly parts: readonly PaidPart[]
  readonly due: Money
  readonly changes: readonly Change[]
}

/** It may go now, when that is paid. */
export type Leaving = Asking & { readonly gate: Extract<Gate, { ok: true }> }

/** What it costs nobody can say. */
export type Unpriced = {
  readonly stay: StayFacts
  readonly price: NoPrice
  readonly changes: readonly Change[]
}

export type LeavingResult =
  | { readonly ok: true; readonly leaving: Leaving }
  /** What cannot be reckoned: `stay` may be let go by a supervisor all the same. */
  | {
      readonly ok: false
      readonly unpriced: Unpriced & { readonly gate: Leaving['gate'] }
    }
  | { readonly ok: false; readonly unpriced: null; readonly decision: Decision }

/**
 * A vehicle at an exit whose stay has been found: what is due is asked and holds while it stands there; where nothing is due it is let out. Between two places it goes on
 * without being asked.
 */
export function leave(
  at: AtLane,
  found: FoundStay,
  by: SessionCredential['kind'] | 'staff',
  changes: readonly Change[] = [],
): Decision {
  const way = wayBetween(at, 'exit')
  if (way !== null) return goOn(at, found.stay, way, by, changes)
  const byHand = openByHand(at.facts.state)
  const left = byHand === null ? null : leftByHand(at, byHand, found.stay, changes)
  if (left !== null) return left
  const result = leavingOf(at, found, by, changes)
  if (!result.ok) return result.unpriced === null ? result.decision : refuseUnpriced(at, result.unpriced)
  const { leaving } = result
  const [first] = leaving.parts
  if (first !== undefined) return ask(at, leaving, first.charge)
  return letOut(at, leaving, leaving.stay, {
    by,
    changes: found.by === 'plate-candidate' ? perhapsAnother(at, leaving.stay) : [],
  })
}

/** Staff have opened by hand for it before it was known: it leaves by that, and what it has not paid is owed. */
function leftByHand(at: AtLane, byHand: OpenByHand, stay: StayFacts, changes: readonly Change[]): Decision | null {
  const { facts, parking, common, now } = at
  const visit = { ...visitOf(at), session: stay.session.id }
  const known = { ...facts, state: { ...facts.state, visit }, parking: { ...parking, visiting: stay } }
  const way = wayByHand(known, common, now)
  if (way === null) return null
  const joined = joinOpening(known.state, byHand, way.passage, common, now)
  const subject = { charge: way.charge, passage: way.passage.id, session: stay.session.id }
  return { ...noted(at, [...changes, ...way.changes, ...joined]), subject }
}

/** A stay whose price nobody knows stays: a case, and staff. */
export function refuseUnpriced(at: AtLane, { stay, price, changes }: Unpriced): Decision {
  const { common, now, lane } = at
  const about = { lane: lane.id, session: stay.session.id, charge: null, pictures: [visitOf(at).picture] }
  const kept = [
    ...changes,
    remember(at, { ...visitOf(at), session: stay.session.id }),
    ...openCase(price.staffCase, about, stay.cases, common, now),
  ]
  return refuseAt(at, price.refusal, kept, null, { kind: 'call-staff' })
}

/** Everything between a stay that was found and what it is asked; refused where it is over, leaves elsewhere, or its plate is another's. */
export function leavingOf(at: AtLane, found: FoundStay, by: By, before: readonly Change[] = []): LeavingResult {
  const { common, now } = at
  const { stay } = found
  const passage = isAtThisLane(at, stay) && isLeaving(stay) ? stillUsable(stay.passage, common, now) : null
  if (passage !== null) return decided(letBack(at, passage, before))
  const gate = gateFor(at, null)
  const no = by === 'staff' ? refuseStaff : refuseAt
  // Of whom it is known by then who stands there, that is remembered until the arm is back.
  const isArmAway = !gate.ok && gate.refusal === 'barrier-away' && by !== 'staff'
  if (!gate.ok && !isArmAway) return decided(no(at, gate.refusal, before))
  if (isOver(stay.session) && stay.session.status !== 'void') return decided(no(at, 'stay-over', before))
  const elsewhere = isLeaving(stay) && stay.passage !== null && !isAtThisLane(at, stay) ? stay.passage : null
  // One that is under the arm there is gone; one that has not driven yet staff may bring here.
  const isGoing = elsewhere?.status === 'passing' || (by !== 'staff' && stillUsable(elsewhere, common, now) !== null)
  if (isGoing) {
    return decided(no(at, 'stay-leaving-elsewhere', before))
  }
  const mismatch = plateMismatch(at, found, by)
  if (mismatch !== null)
    return decided(refuseAt(at, 'plate-mismatch', [...before, ...mismatch], null, { kind: 'choose-staff' }))
  // Staff who have chosen are not asked again.
  const known: ClassAtExit = by === 'staff' ? { kind: 'fits', stay, changes: [] } : classAtExit(at, stay)
  if (known.kind === 'other') {
    const kept = [...before, ...classCase(at, stay)]
    return decided(refuseAt(at, 'class-mismatch', kept, null, { kind: 'call-staff' }))
  }
  if (!gate.ok) return decided(refuseAt(at, gate.refusal, [...before, ...knownHere(at, found)]))

  const { session, asked, picture } = visitOf(at)
  // What staff have ended about it comes back by nothing that is asked again.
  const past = session === stay.session.id && asked !== null ? [] : pastItsLane(at, known.stay, picture)
  const reckoned = reckonAt(at, known.stay, [...before, ...known.changes, ...seenComingIn(at, found, by), ...past])
  return reckoned.ok
    ? { ok: true, leaving: { gate, ...reckoned.asking } }
    : { ok: false, unpriced: { gate, ...reckoned.unpriced } }
}

/** A plate that was read names its stay anew; what else was shown is shown once. */
function knownHere(at: AtLane, { by, stay }: FoundStay): readonly Change[] {
  const isByPlate = by === 'plate' || by === 'plate-candidate'
  return isByPlate ? [] : [remember(at, { ...visitOf(at), session: stay.session.id })]
}

/** What a stay is asked where its vehicle stands, and what its plate owes from before. */
export function reckonAt(
  at: AtLane,
  found: StayFacts,
  before: readonly Change[],
): { readonly ok: true; readonly asking: Asking } | { readonly ok: false; readonly unpriced: Unpriced } {
  const { parking, common, now } = at
  const { stay, changes: moved } = broughtInside(at, found)
  const changes = [...before, ...moved, ...stayFound(at)]
  const price = priceNow(stay, parking, now)
  if (!price.ok) return { ok: false, unpriced: { stay, price, changes } }
  const bill = billFor(stay, price, heldAt(at.facts.state, stay.session.id, now), parking, common, now)
  const parts = partsOf(
    bill,
    parking.shown.debts.filter(({ session }) => session !== found.session.id),
  )
  const due = sumOf(
    money(0, common.layout.currency),
    parts.map(({ amount }) => amount),
  )
  return { ok: true, asking: { stay, bill, parts, due, changes: [...changes, ...bill.changes, ...tooLong(at, stay)] } }
}

function partsOf({ charge, rest }: StayBill, debts: readonly DebtFacts[]): readonly PaidPart[] {
  const own: readonly PaidPart[] =
    charge === null || rest.amount === 0
      ? []
      : [{ charge, amount: rest, feeBasisPoints: 0, closes: false, isOwed: false }]
  const before = debtsAsked(debts).map(
    ({ charge: owed, rest: amount }): PaidPart => ({
      charge: owed.charge,
      amount,
      feeBasisPoints: 0,
      closes: true,
      isOwed: true,
      ...(owed.leftUnpaid === undefined ? {} : { answers: owed.leftUnpaid }),
    }),
  )
  return [...own, ...before]
}

export type WayOut = {
  readonly by: By
  readonly paid?: Extract<PassageGround, { kind: 'session' }>['paid']
  readonly payer?: string
  readonly receipt?: string
  readonly changes?: readonly Change[]
  /** What it is told where nothing was paid here. */
  readonly told?: Announcement
}

/** Lets it out. `stay` is as it stands after what was paid. */
export function letOut(at: AtLane, leaving: Leaving, stay: StayFacts, way: WayOut): Decision {
  const { by, paid = null, payer = null, receipt = null, changes = [], told = { kind: 'goodbye' } } = way
  const session = stay.session.id
  const right: PassageGround = { kind: 'session', session, side: 'exit', by, paid }
  const through = letThrough(at, leaving.gate, withCharge(stay, leaving.bill.charge), right, payer, {
    ...visitOf(at),
    session,
  })
  if (paid === null) tell(at, ['display'], told)
  else tell(at, ['display', 'soundbox'], { kind: 'welcome', paid: paid.amount })
  const passage = through.passage.id
  return {
    outcome:
      paid === null
        ? { ok: true, kind: 'let-through', passage }
        : { ok: true, kind: 'paid', charge: paid.charge, amount: paid.amount, passage, receipt },
    subject: { charge: leaving.bill.charge?.id ?? null, passage, session },
    changes: [...leaving.changes, ...changes, ...askedNoMoreElsewhere(at, session), ...through.changes],
    effects: at.effects.all,
    documents: [],
    keep: ['parking'],
  }
}

/** Asks for an amount. It holds for as long as was first said while the same vehicle stands there, also where it is asked again, or for the rest after a part was paid. `lapsed`: what it asks anew by itself. A lane that asked for the same stay before asks for it no more. */
export function ask(
  at: AtLane,
  { stay, bill, parts, due, changes }: Asking,
  charge: Charge,
  kinds: readonly string[] = ['display', 'soundbox'],
  lapsed: LaneAsked | null = null,
): Decision {
  const { parking, now } = at
  const visit = visitOf(at)
  const still = visit.asked
  const isAgain =
    still !== null && still.charge === charge.id && still.due.amount >= due.amount && now.at < still.holdsUntil
  const [, ...others] = parts
  const debts = others.length === 0 ? {} : { debts: others.map((part) => part.charge.id) }
  const since = isAgain ? still : { at: now.at, holdsUntil: later(now.at, parking.policy.quoteHoldMs) }
  const times = isAgain ? still.again : lapsed === null ? 0 : (lapsed.again ?? 0) + 1
  const before = isAgain ? still : keptBefore(still ?? lapsed, due)
  const isOwn = charge.session === stay.session.id
  const asked: LaneAsked = {
    charge: charge.id,
    ...debts,
    due,
    at: since.at,
    holdsUntil: since.holdsUntil,
    ...(times === undefined || times === 0 ? {} : { again: times }),
    ...(isOwn ? { upTo: bill.paid + bill.rest.amount } : {}),
    ...(before.before === undefined ? {} : { before: before.before }),
  }
  const unpaid = waitedFor(at, charge, due)
  const qr = codeAtLane(charge, due, parking, at.common, now)
  const takesCode = at.common.takesCodes && at.lane.takes.some((kind) => kind === 'pay' || kind === 'holder')
  const how = takesCode ? {} : { withoutCode: true as const }
  const called = unpaid?.isStaffCalled === true ? { isStaffCalled: true as const } : {}
  const owed = debtOf(parts, due.currency)
  const debt = owed.amount === 0 ? {} : { debt: owed }
  tell(at, kinds, { kind: 'amount-due', amount: due, charge: charge.id, qr, ...debt, ...how, ...called })
  return {
    outcome: {
      ok: true,
      kind: 'amount-asked',
      session: stay.session.id,
      charge: charge.id,
      due,
      holdsUntil: asked.holdsUntil,
    },
    subject: { charge: charge.id, passage: null, session: stay.session.id },
    changes: [
      ...changes,
      ...askedWith(stay, charge, others, due),
      ...askedNoMoreElsewhere(at, stay.session.id),
      remember(at, { ...visit, session: stay.session.id, asked, ...(unpaid === undefined ? {} : { unpaid }) }),
    ],
    effects: at.effects.all,
    documents: [],
    keep: ['parking'],
  }
}

/** What of it is from an earlier visit. */
function debtOf(parts: readonly PaidPart[], currency: Money['currency']): Money {
  return sumOf(
    money(0, currency),
    parts.filter(({ isOwed }) => isOwed).map(({ amount }) => amount),
  )
}

/**
 * Which debts were asked with a stay is kept with its charge, for money that comes when this lane asks no more. The stay itself gets nothing by it: whoever shows its ticket, or a picture of it, may be another, and so may the plate that was read. What is asked next stands in its place.
 */
function askedWith(
  { session, charge: known }: StayFacts,
  { id, session: of }: Charge,
  others: readonly PaidPart[],
  due: Money,
): readonly Change[] {
  const isNone = others.length === 0 && known?.askedWith === undefined
  if (of !== session.id || isNone) return []
  return [{ kind: 'charge-asked-with', charge: id, debts: others.map((part) => part.charge.id), due }]
}

/** For how long it is waited for with nothing coming: what is asked anew goes on being waited for, and a part that has come begins it anew. Staff that have been called are not called again at the same visit. */
export function waitedFor(at: AtLane, { id }: Charge, { amount: due }: Money): LaneUnpaid | undefined {
  const { unpaid: known } = visitOf(at)
  if (at.parking.lane.unpaid === 'wait' || known?.isStaffCalled === true) return known
  const isSame = known?.charge === id && known.due <= due
  if (isSame) return { ...known, due }
  return { charge: id, since: at.now.at, waitMs: at.parking.policy.unpaidAfterMs, due }
}

/** One stay stands at one lane: where another has asked for it, nothing can be paid for it any more, and whoever stands there is another, of whom staff say who it is. */
function askedNoMoreElsewhere({ facts, effects, common, now }: AtLane, session: SessionId): readonly Change[] {
  return facts.askedElsewhere.flatMap(({ state, devices }): readonly Change[] => {
    const { visit } = state
    if (visit === null || visit.session !== session) return []
    effects.announce(devices, ['display'], later(now.at, common.policy.announceWithinMs), { kind: 'choose-staff' })
    return [{ kind: 'lane-state', state: { ...state, visit: { ...visit, session: null, asked: null } } }]
  })
}

/** A ticket, a payer or a pass of one vehicle, or of none that is known, and the plate of another: staff compare the pictures and choose. Staff who have chosen are not asked again. */
function plateMismatch(at: AtLane, { plate, stay }: FoundStay, by: By): readonly Change[] | null {
  const visit = visitOf(at)
  const isOther = plate === 'other' || (plate === 'unknown' && isOfVisit(at, stay))
  if (!isOther || !isReadSurely(at) || by === 'staff') return null
  const about = { lane: at.lane.id, session: stay.session.id, charge: null, pictures: [stay.picture, visit.picture] }
  return openCase('plate-mismatch', about, stay.cases, at.common, at.now)
}

/**
 * Staff choose a stay for a vehicle whose plate was read surely, and is that of another which was found by it: they may, for they have looked, and it is a case of the stay that they set aside. It stays inside with all that it costs, and
 * somebody compares the pictures.
 */
export function setAside(at: AtLane, chosen: StayFacts): readonly Change[] {
  const { visiting } = at.parking
  if (visiting === null || !isReadSurely(at) || !isOfVisit(at, chosen)) return []
  const pictures = [visitOf(at).picture, chosen.picture]
  const about = { lane: at.lane.id, session: visiting.session.id, charge: null, pictures }
  return openCase('plate-mismatch', about, visiting.cases, at.common, at.now)
}

function isReadSurely(at: AtLane): boolean {
  const { plate } = visitOf(at)
  return plate !== null && plate.confidencePermille >= at.parking.lane.plateConfidenceMinPermille
}

/** Whether the plate that was read here is that of another stay, which it was taken for until now: a stay that knows no plate is not to carry it out. */
function isOfVisit(at: AtLane, stay: StayFacts): boolean {
  const { visiting } = at.parking
  const mac = visitOf(at).plate?.value.mac
  if (visiting === null || visiting.session.id === stay.session.id) return false
  return visiting.session.credentials.some((each) => each.kind === 'plate' && each.plate.mac === mac)
}

/** What stands here is not what the stay says: staff look, and say of which class it is. No price of a class that it may not be is asked. */
export function classCase(at: AtLane, stay: StayFacts): readonly Change[] {
  const pictures = [stay.picture, visitOf(at).picture]
  const about = { lane: at.lane.id, session: stay.session.id, charge: null, pictures }
  return openCase('class-mismatch', about, stay.cases, at.common, at.now)
}

/** A plate that may have been another leaves with nothing due: nobody was asked for anything, so somebody compares the pictures. */
function perhapsAnother(at: AtLane, stay: StayFacts): readonly Change[] {
  const pictures = [stay.picture, visitOf(at).picture]
  const about = { lane: at.lane.id, session: stay.session.id, charge: null, pictures }
  return openCase('plate-mismatch', about, stay.cases, at.common, at.now)
}

function tooLong(at: AtLane, stay: StayFacts): readonly Change[] {
  const { parking, common, now, lane } = at
  if (now.at - stay.session.entry.at <= parking.policy.stayMaxMs) return []
  const about = { lane: lane.id, session: stay.session.id, charge: null, pictures: [stay.picture] }
  return openCase('stay-too-long', about, stay.cases, common, now)
}

function withCharge(stay: StayFacts, charge: Charge | null): StayFacts {
  if (charge === null) return stay
  const known = stay.charge ?? { charge, status: 'open', paid: 0, overpaid: 0, refunded: 0, relief: 0, movedBeyond: 0 }
  return { ...stay, charge: { ...known, charge } }
}

/** The stay after `amount` more of its charge has been paid; all of it at `settledAt`, at which nobody has to say what it costs. */
export function paidMore(
  stay: StayFacts,
  charge: Charge | null,
  amount: number,
  settledAt: StayFacts['movedAt'] | null,
): StayFacts {
  const known = withCharge(stay, charge)
  return {
    ...known,
    session: settledAt === null ? known.session : { ...known.session, settledAt, graceMs: 0 },
    charge: known.charge === null ? null : { ...known.charge, paid: known.charge.paid + amount },
  }
}

function isLeaving({ session }: StayFacts): boolean {
  return session.status === 'leaving'
}

function decided(decision: Decision): LeavingResult {
  return { ok: false, unpriced: null, decision }
}
