import type { Change, Charge } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { ScanEvent } from '../events.ts'
import type { TokenFacts } from '../facts.ts'
import type { PassageId } from '../ids.ts'
import { idAt } from '../ids.ts'
import type { LaneVisit } from '../lane/state.ts'
import type { Accepted, PayableToken } from '../payment.ts'
import { judgePayment, spentUntil, takePayment } from '../payment.ts'
import type { Refusal } from '../refusals.ts'
import { spendIdentityOf } from '../token-spending.ts'
import type { OverrideToken } from '../tokens.ts'
import type { AtLane } from './at-lane.ts'
import { leadsOut, plateOf, refuseAt, refuseStaff, remember, tell, visitOf } from './at-lane.ts'
import { openCase } from './cases.ts'
import { enter } from './entry.ts'
import type { Asking, Leaving } from './exit.ts'
import { ask, leavingOf, letOut, paidMore, refuseUnpriced } from './exit.ts'
import type { FoundStay, StayFacts } from './facts.ts'
import { gateFor, letThrough } from './gate.ts'
import { isHeadingOut } from './heading.ts'
import type { Way } from './nested.ts'
import { goOn, wayBetween } from './nested.ts'
import { settled } from './settled.ts'
import { bookRelief } from './tender.ts'

type PayScan = ScanEvent & { readonly token: PayableToken }
type OverrideScan = ScanEvent & { readonly token: OverrideToken }

/** What the payer cannot mend at the lane: the site's own limits while it is offline. Then the lane does what the site has decided. */
const SITE_LIMITS: readonly Refusal[] = [
  'over-transaction-limit',
  'over-generic-limit',
  'over-payer-day-limit',
  'over-exposure-limit',
  'offline-too-long',
  'key-set-too-old',
  'deny-list-too-old',
  'clock-not-trusted',
  'token-before-epoch',
]

/**
 * A payer's code at an exit pays all that is asked there, by one claim: the stay's rest and what its plate owes from before. Where nothing is due nothing is spent.
 */
export function payAndLeave(
  at: AtLane,
  found: FoundStay,
  scan: PayScan,
  judged: Accepted,
  facts: TokenFacts,
): Decision {
  const { common, now } = at
  const result = leavingOf(at, found, 'payer')
  if (!result.ok) return result.unpriced === null ? result.decision : refuseUnpriced(at, result.unpriced)
  const { leaving } = result
  const [first, ...others] = leaving.parts
  if (first === undefined) return letOut(at, leaving, leaving.stay, { by: 'payer', payer: facts.payer.mac })
  // Never more than what was shown: what has risen since is shown first.
  const { asked } = visitOf(at)
  if (asked !== null && leaving.due.amount > asked.due.amount) return ask(at, leaving, first.charge)
  const bad = judgePayment(scan.token, leaving.due, judged, facts, common, now)
  if (bad !== undefined) return refuseCode(at, leaving, first.charge, bad)
  const passage = idAt<PassageId>(common.position, 'p', 0)
  const taken = takePayment(scan, [first, ...others], passage, judged.issuer, facts, common, now)
  const { rest, charge } = leaving.bill
  const paidUp = rest.amount === 0 ? [] : settled(leaving.stay, at.parking, now)
  const after = paidMore(leaving.stay, charge, rest.amount, rest.amount === 0 ? null : now.at)
  const decision = letOut(at, leaving, after, {
    by: 'payer',
    payer: facts.payer.mac,
    receipt: taken.receipt.id,
    paid: { charge: first.charge.id, amount: leaving.due, spent: spendIdentityOf(scan.token, common.mode) },
    changes: [...taken.changes, ...paidUp],
  })
  return { ...decision, documents: [taken.receipt], keep: [...decision.keep, ...taken.keep] }
}

/** Where a payment is refused that its driver cannot mend, the lane does at once what the site has decided for who cannot pay. */
function refuseCode(at: AtLane, leaving: Leaving, charge: Charge, refusal: Refusal): Decision {
  const act = SITE_LIMITS.includes(refusal) ? actUnpaid(at, leaving) : 'wait'
  switch (act) {
    case 'wait': {
      const asked = remember(at, { ...visitOf(at), session: leaving.stay.session.id })
      return refuseAt(at, refusal, [...leaving.changes, asked], leaving.due)
    }
    case 'call-staff': {
      const { visit, cases } = staffCalled(at, leaving, charge)
      const changes = [...leaving.changes, ...cases, remember(at, visit)]
      return refuseAt(at, refusal, changes, leaving.due, { kind: 'call-staff', why: refusal })
    }
    case 'let-owe':
      return letOwe(at, leaving, 'policy')
  }
}

/** What the site has decided for who cannot pay here: nobody owes more than `debtMax`, and nobody whose plate is not known, but where the lane opens for all. */
export function actUnpaid(at: AtLane, leaving: Leaving): 'wait' | 'call-staff' | 'let-owe' {
  switch (at.parking.lane.unpaid) {
    case 'wait':
      return 'wait'
    case 'call-staff':
      return 'call-staff'
    case 'leave-on-debt':
      return judgeDebt(at, leaving) === undefined ? 'let-owe' : 'call-staff'
    case 'open':
      return 'let-owe'
  }
}

/** Staff are called to a lane at which somebody cannot pay, or does not: by a case, once at one visit. */
export function staffCalled(
  at: AtLane,
  { stay, due }: Asking,
  charge: Charge,
): { readonly visit: LaneVisit; readonly cases: readonly Change[] } {
  const { lane, common, now } = at
  const visit = { ...visitOf(at), session: stay.session.id }
  if (visit.unpaid?.isStaffCalled === true) return { visit, cases: [] }
  // A code that is refused may be the first that is heard of it.
  const waited = visit.unpaid ?? { charge: charge.id, since: now.at, waitMs: 0, due: due.amount }
  const about = { lane: lane.id, session: stay.session.id, charge: charge.id, pictures: [visit.picture] }
  return {
    visit: { ...visit, unpaid: { ...waited, isStaffCalled: true } },
    cases: openCase('unpaid-at-lane', about, stay.cases, common, now),
  }
}

/** Lets the vehicle at an exit leave and owe: by staff, or by the lane's policy. At most `debtMax` for its plate altogether, and never without a plate that can be asked again. */
export function leaveOnDebt(at: AtLane, reason: string): Decision {
  const { visiting } = at.parking
  if (reason.trim() === '') return refuseStaff(at, 'reason-missing')
  if (visiting === null || !leadsOut(at, chosen(visiting))) return refuseStaff(at, 'stay-not-found')
  // Between two places nothing is asked, so nothing is owed there.
  if (wayBetween(at, 'exit') !== null) return refuseStaff(at, 'nothing-due')
  const result = leavingOf(at, chosen(visiting), 'staff')
  if (!result.ok) return result.unpriced === null ? result.decision : refuseUnpriced(at, result.unpriced)
  const { leaving } = result
  if (leaving.due.amount === 0) return letOut(at, leaving, leaving.stay, { by: 'staff' })
  const no = judgeDebt(at, leaving)
  return no === undefined ? letOwe(at, leaving, 'debt') : refuseStaff(at, no, leaving.changes, leaving.due)
}

function judgeDebt(at: AtLane, leaving: Leaving): Refusal | undefined {
  const owes = leaving.bill.rest.amount + at.parking.shown.owed
  if (owes > at.parking.policy.debtMax) return 'debt-too-high'
  return plateOf(at) === null && !hasPlate(leaving.stay) ? 'plate-needed' : undefined
}

/** It goes, and its plate owes. */
export function letOwe(at: AtLane, leaving: Leaving, by: 'debt' | 'policy'): Decision {
  const plate = plateOf(at)
  const known: readonly Change[] =
    plate === null || hasPlate(leaving.stay)
      ? []
      : [{ kind: 'session-known-by', session: leaving.stay.session.id, credential: plate }]
  const told = { kind: 'debt', amount: leaving.due } as const
  return letOut(at, leaving, leaving.stay, { by, changes: known, told })
}

function hasPlate({ session }: StayFacts): boolean {
  return session.credentials.some(({ kind }) => kind === 'plate')
}

/** A stay that staff have chosen, or that was found at this visit before. */
export function chosen(stay: StayFacts): FoundStay {
  return { by: 'staff', stay, plate: 'unknown' }
}

/**
 * A supervisor's signed word. At an entry a stay begins by it, whatever stands against it. At an exit what the stay asks is let go. Where its price is not known, it leaves all the same; where no stay is known, the vehicle is let out, and staff
 * look into it. What a plate owes from before stays owed.
 */
export function waiveAndLeave(at: AtLane, scan: OverrideScan): Decision {
  const { common, now, lane, parking } = at
  const spend = spendOf(at, scan)
  const { visiting } = parking
  // From the street into the car park: it is inside from then on, and counts. At a lane of both ways whoever was not seen driving out is coming in (085).
  const isFromStreet = parking.lane.outside === null && lane.direction !== 'exit' && !isHeadingOut(at)
  if (visiting === null && isFromStreet) {
    const plate = plateOf(at)
    const entered = enter(at, {
      by: 'staff',
      credentials: plate === null ? [] : [plate],
      vehicleClass: null,
      pass: null,
      isTicketGiven: parking.lane.entryBy.includes('ticket'),
      isOrdered: true,
      changes: [],
    })
    const isIn = entered.outcome.ok && entered.outcome.kind === 'let-through'
    return isIn ? { ...entered, changes: [spend, ...entered.changes] } : entered
  }
  if (visiting === null) {
    const gate = gateFor(at, null)
    if (!gate.ok) return refuseAt(at, gate.refusal)
    const about = { lane: lane.id, session: null, charge: null, pictures: [visitOf(at).picture] }
    const cases = openCase('exit-without-entry', about, parking.cases, common, now, visitOf(at).since)
    const through = letThrough(at, gate, null, { kind: 'override', spent: spend.spent.identity }, null, visitOf(at))
    tell(at, ['display'], { kind: 'goodbye' })
    return {
      outcome: { ok: true, kind: 'let-through', passage: through.passage.id },
      subject: { charge: null, passage: through.passage.id, session: null },
      changes: [spend, ...cases, ...through.changes],
      effects: at.effects.all,
      documents: [],
      keep: ['parking'],
    }
  }
  const result = leavingOf(at, chosen(visiting), 'staff')
  if (result.ok) {
    const { leaving } = result
    const { charge, rest } = leaving.bill
    const waived = charge === null ? [] : bookRelief(charge, rest, 'waiver', common, now)
    const after = paidMore(leaving.stay, charge, rest.amount, null)
    return letOut(at, leaving, after, { by: 'override', changes: [spend, ...waived] })
  }
  if (result.unpriced === null) {
    const { outcome, changes } = result.decision
    // Whoever has signed it stands before the display, and not at a desk.
    return outcome.ok ? result.decision : refuseAt(at, outcome.refusal, changes)
  }
  const { gate, stay, price, changes } = result.unpriced
  const about = { lane: lane.id, session: stay.session.id, charge: null, pictures: [visitOf(at).picture] }
  const cases = openCase(price.staffCase, about, stay.cases, common, now)
  const none = { charge: null, total: zeroOf(at), paid: 0, rest: zeroOf(at), segments: [], changes: [] }
  const leaving: Leaving = { gate, stay, bill: none, parts: [], due: zeroOf(at), changes: [...changes, ...cases] }
  return letOut(at, leaving, stay, { by: 'override', changes: [spend] })
}

function zeroOf({ common }: AtLane) {
  return { amount: 0, currency: common.layout.currency }
}

/**
 * A supervisor's signed word between two places: the stay goes on, whatever anti-passback or a full place says, and nothing is waived, for nothing is asked there. What goes on as no stay (it is over, or leaves elsewhere, or its class may not stand
 * there) is let through all the same, as one of which no stay is known.
 */
export function goOnByWord(at: AtLane, stay: StayFacts, way: Way, scan: OverrideScan): Decision {
  const on = goOn(at, stay, way, 'override')
  if (!on.outcome.ok) return waiveAndLeave({ ...at, parking: { ...at.parking, visiting: null } }, scan)
  return on.outcome.kind === 'let-through' ? { ...on, changes: [spendOf(at, scan), ...on.changes] } : on
}

/** The word is spent for the way through that it buys. */
function spendOf({ common }: AtLane, { token, place }: OverrideScan): Extract<Change, { kind: 'token-spent' }> {
  return {
    kind: 'token-spent',
    spent: {
      identity: spendIdentityOf(token, common.mode),
      kind: 'override',
      place,
      charge: null,
      passage: idAt<PassageId>(common.position, 'p', 0),
      amount: null,
      until: spentUntil(token, common),
    },
  }
}
