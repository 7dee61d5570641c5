import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { Announcement } from '../effects.ts'
import type { ScanEvent } from '../events.ts'
import type { CommonFacts, LaneScanFacts, TokenFacts } from '../facts.ts'
import { isPayer } from '../facts.ts'
import type { DocumentId, RightId, VehicleClass } from '../ids.ts'
import type { Who } from '../lane/doubt.ts'
import { isShownBefore, ofMode, stillUsable } from '../lane/standing.ts'
import type { Passage } from '../lane/state.ts'
import { isGrantedFor } from '../lane/state.ts'
import type { Accepted, PayableToken } from '../payment.ts'
import { judgeToken } from '../payment.ts'
import type { Refusal } from '../refusals.ts'
import type { Now } from '../time.ts'
import { later, MINUTE_MS } from '../time.ts'
import type { OverrideToken, PassToken, TicketToken } from '../tokens.ts'
import type { AtLane } from './at-lane.ts'
import { anew, anewFor, atLane, leadsOut, plateOf, refuseAt, visitOf } from './at-lane.ts'
import { stayFromTicket } from './brought-inside.ts'
import { openCase } from './cases.ts'
import { enter, letBackIn } from './entry.ts'
import { leave } from './exit.ts'
import type { FoundStay, StayFacts } from './facts.ts'
import { driveOn, letBack } from './gate.ts'
import { askForStay, goOn, standingHere, wayBetween, within } from './nested.ts'
import { chosen, goOnByWord, payAndLeave, waiveAndLeave } from './pay-at-lane.ts'
import { codeShown, isInForce, issuedBeforeEpoch, rightOfToken } from './rights.ts'
import { exitStay } from './seen.ts'
import type { AssignedRight } from './session.ts'
import { onceTold } from './told-apart.ts'
import { classAmong } from './vehicle-class.ts'

/**
 * A code at a lane of a car park. A ticket, a pass or a payer's code names the stay, a payment pays what it asks, a supervisor's word lets it go. What has been spent speaks for
 * the way through that it bought, and for nothing else.
 */
export function decideScanAtParkingLane(
  scan: ScanEvent,
  facts: LaneScanFacts,
  tokenFacts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const found = atLane(facts, common, now)
  if (!found.ok) return found.refused
  const { at } = found
  const { token } = scan
  if (!at.lane.takes.includes(token.kind)) return refuseAt(at, 'token-kind-not-taken')
  if (facts.state.phase.kind === 'held-open') return refuseAt(at, 'lane-held-open')

  const { spent } = tokenFacts
  if (spent !== null) {
    const bought = waysAt(at, facts.unused).find(
      (way) => way.id === spent.passage || isGrantedFor(way.right, spent.identity),
    )
    if (bought === undefined) return refuseAt(at, 'token-spent')
    return onceTold(at, bought.id === facts.current?.id ? 'same' : null, 'code', (told) => letBack(told, bought))
  }
  const judged = judgeToken(scan, tokenFacts, common, now)
  if (!judged.ok) return judged.refusal === 'ticket-too-old' ? tooOld(at) : refuseAt(at, judged.refusal)
  if (at.through !== null && isOf(token, at.through, at)) return driveOn(at, at.through)
  return onceTold(at, whoShows(at, token, tokenFacts), 'code', (told) => shown(told, scan, facts, judged, tokenFacts))
}

/**
 * Who stands there where that is in doubt, by a code that is good: the vehicle of the lane's right shows what names that, and whoever shows another thing is another. So nobody drives on another's right by a wallet that names no stay,
 * also where the one ahead has paid in cash, or nothing: at an exit no stay is found by it, and that ends nothing (`onceTold`).
 */
function whoShows({ facts, parking, ...at }: AtLane, token: ScanEvent['token'], tokenFacts: TokenFacts): Who | null {
  if (token.kind === 'receipt' || isShownBefore(facts.state, at.common, at.now)) return null
  const { passing } = parking
  const isTheirs = passing !== null && isOf(token, passing, { ...at, facts, parking })
  return isTheirs || isPayer(facts.current?.payer ?? null, tokenFacts) ? 'same' : 'another'
}

/** The ways through that are there already for whoever stands here. */
function waysAt({ facts, common, now }: AtLane, unused: Passage | null): readonly Passage[] {
  const passing = facts.state.phase.kind === 'passing' ? ofMode(facts.current, common) : null
  return [passing, stillUsable(unused, common, now), stillUsable(facts.current, common, now)].filter(
    (way) => way !== null,
  )
}

function shown(at: AtLane, scan: ScanEvent, facts: LaneScanFacts, judged: Accepted, tokenFacts: TokenFacts): Decision {
  const { token } = scan
  switch (token.kind) {
    case 'ticket':
      return ticketShown(at, token)
    case 'pass':
      return passShown(at, token)
    case 'pay':
    case 'holder': {
      const isGone = at.facts.current === null && facts.unused?.id === facts.current?.id
      // The payer's next rotating code stands for what the one before has bought.
      const theirs = waysAt(at, isGone ? null : facts.unused).find((way) => isPayer(way.payer, tokenFacts))
      return theirs === undefined ? payerShown(at, { ...scan, token }, judged, tokenFacts) : letBack(at, theirs)
    }
    case 'override':
      return overrideShown(at, { ...scan, token })
    case 'receipt':
      return refuseAt(at, 'token-kind-not-taken')
  }
}

/** Whether a code names a stay: as its ticket, its pass or its payer's. */
function isOf(token: ScanEvent['token'], { session }: StayFacts, { parking: { shown } }: AtLane): boolean {
  switch (token.kind) {
    case 'ticket':
      return token.session === session.id
    case 'pass':
      return session.credentials.some((each) => each.kind === 'right' && each.right === rightOfToken(token))
    case 'pay':
    case 'holder':
      return session.credentials.some((each) => each.kind === 'payer' && each.payer.mac === shown.payer?.mac)
    case 'override':
    case 'receipt':
      return false
  }
}

function ticketShown(at: AtLane, token: TicketToken): Decision {
  const known = at.parking.shown.found.find(({ by }) => by === 'ticket') ?? null
  if (known !== null) {
    const { stay } = known
    if (leadsOut(at, known)) return leave(at, known, 'ticket')
    const way = wayBetween(at, 'entry')
    if (way !== null) return goOn(at, stay, way, 'ticket')
    const waiting = stay.passage?.lane === at.lane.id ? stillUsable(stay.passage, at.common, at.now) : null
    if (waiting === null) return refuseAt(at, 'ticket-not-here')
    return stay.session.status === 'entering' ? letBackIn(at, stay, waiting) : letBack(at, waiting)
  }
  const way = leadsOut(at, null) ? null : wayBetween(at, 'entry')
  if (at.lane.direction === 'entry' && way === null) return refuseAt(at, 'ticket-not-here')
  if (token.enteredAt > at.now.at) return fromTheFuture(at)
  const begun = stayFromTicket(way === null ? at : within(at, way.from), token, visitOf(at).vehicle)
  if (begun === null) return refuseAt(at, 'stay-not-found')
  if (way !== null) return goOn(at, begun.stay, way, 'ticket', begun.changes)
  return leave(at, { by: 'ticket', stay: begun.stay, plate: 'unknown' }, 'ticket', begun.changes)
}

/** A ticket that is past its time opens and asks nothing. Whoever has come with it to leave waits for staff, whom a case of its stay calls, or of the lane where these books do not know it. */
function tooOld(at: AtLane): Decision {
  if (at.lane.direction === 'entry' && wayBetween(at, 'entry') === null) return refuseAt(at, 'ticket-not-here')
  const known = at.parking.shown.found.find(({ by }) => by === 'ticket')?.stay ?? null
  return staffCalled(at, 'stay-too-long', 'ticket-too-old', known, {
    kind: 'refused',
    refusal: 'ticket-too-old',
    due: null,
  })
}

/** What this box has signed by a clock that ran ahead, of a time that is still to come: a ticket of a stay that these books do not know, or the code of a pass that has yet to begin. Nothing is begun by it, and whoever holds it is for staff. */
function fromTheFuture(at: AtLane): Decision {
  return staffCalled(at, 'time-unclear', 'stay-time-unclear')
}

/** Where no loop tells who stands at a lane, what is shown there so soon after is taken for the same driver’s: one who tries five times is one case. */
const SAME_DRIVER_MS = 5 * MINUTE_MS

function staffCalled(
  at: AtLane,
  kind: 'time-unclear' | 'pass-lost' | 'stay-too-long',
  refusal: Refusal,
  stay: StayFacts | null = null,
  told: Announcement = { kind: 'call-staff' },
): Decision {
  const { facts, lane, parking, common, now } = at
  const { picture, since } = visitOf(at)
  const about = { lane: lane.id, session: stay?.session.id ?? null, charge: null, pictures: [picture] }
  if (stay !== null) return refuseAt(at, refusal, openCase(kind, about, stay.cases, common, now), null, told)
  const from = facts.state.presence === null ? later(now.at, -SAME_DRIVER_MS) : since
  return refuseAt(at, refusal, openCase(kind, about, parking.cases, common, now, from), null, told)
}

function passShown(at: AtLane, token: PassToken): Decision {
  const { parking } = at
  const id = rightOfToken(token)
  const known = parking.shown.rights.find(({ right }) => right.id === id)?.right ?? null
  // What the site issued is in its books, or was lost with them: by itself the code says nothing of what it is worth.
  if (known === null && token.right !== undefined) return passLost(at, token)
  if (known === null) return passKnown(at, token, null)
  switch (codeShown(token, known, at.common)) {
    case 'in-force':
      return passKnown(at, token, known)
    case 'replaced':
      return refuseAt(at, 'pass-code-replaced')
    case 'newer': {
      const code = { id: token.jti as DocumentId, issuedAt: token.iat }
      const decided = passKnown(at, token, { ...known, code })
      // Also where it opens nothing now: from here on the one before it is called in again.
      return { ...decided, changes: [{ kind: 'right-coded', right: id, code }, ...decided.changes] }
    }
  }
}

/** Where this box has signed it before a restore, its pass was sold since the backup that was put back: its driver may have paid for it, so staff look at the receipt and issue it again. Nobody is let in by it (decision 111). */
function passLost(at: AtLane, token: PassToken): Decision {
  if (issuedBeforeEpoch(token, at.common) === null) return refuseAt(at, 'right-unknown')
  return staffCalled(at, 'pass-lost', 'right-unknown')
}

const NOT_IN_FORCE = {
  suspended: 'right-suspended',
  ended: 'right-ended',
  unpaid: 'pass-unpaid',
} as const satisfies Record<Exclude<AssignedRight['status'], 'active'>, Refusal>

/** `known`: what the books say of its right, whose code in force it is. */
function passKnown(at: AtLane, token: PassToken, known: AssignedRight | null): Decision {
  const { parking, now } = at
  const pass = known ?? rightOfPass(token)
  const put: readonly Change[] = known === null ? [{ kind: 'right-put', right: pass }] : []
  const inside = stayUnder(pass, at)
  if (leadsOut(at, inside)) {
    return inside === null ? refuseAt(at, 'pass-not-inside') : leave(at, inside, 'right')
  }
  const way = wayBetween(at, 'entry')
  if (way !== null) return inside === null ? askForStay(at) : goOn(at, inside.stay, way, 'right')
  if (pass.status !== 'active') return refuseAt(at, NOT_IN_FORCE[pass.status])
  if (!parking.lane.entryBy.includes('pass')) return refuseAt(at, 'entry-not-by-this')
  const { vehicleClasses } = pass
  const ofLane = parking.lane.vehicleClasses
  const good = vehicleClasses.length === 0 ? ofLane : ofLane.filter((each) => vehicleClasses.includes(each))
  const asClass = classAmong(at, good, visitOf(at).vehicle)?.vehicleClass
  if (asClass === undefined || !namesLane(token, at)) return refuseAt(at, 'pass-not-here')
  if (token.iat > now.at && pass.validFrom > now.at) return fromTheFuture(at)
  if (!isInForce(pass, parking.layout, parking.lane.inside, asClass, now.at)) return refuseAt(at, 'pass-not-here')
  const plate = plateOf(at)
  const rights =
    known === null ? [...parking.shown.rights, { right: pass, others: 0, isSaleOpen: false }] : parking.shown.rights
  const withPass: AtLane = { ...at, parking: { ...parking, shown: { ...parking.shown, rights } } }
  return enter(withPass, {
    by: 'right',
    credentials: plate === null ? [] : [plate],
    vehicleClass: asClass,
    pass,
    isTicketGiven: false,
    isOrdered: false,
    changes: put,
  })
}

/** The stay under a pass that was shown: that of the plate which stands there, where it is one of them; it may have been found by that plate first. */
function stayUnder({ id }: AssignedRight, at: AtLane): FoundStay | null {
  const all = [...at.parking.shown.found, ...at.namesakes].filter(({ stay }) =>
    stay.session.credentials.some((each) => each.kind === 'right' && each.right === id),
  )
  // Of several vehicles without a plate it is one that stands before this lane.
  const under = all.some(({ plate }) => plate === 'same') ? all : standingHere(at, all)
  return under.find(({ plate }) => plate === 'same') ?? under.find(({ plate }) => plate !== 'other') ?? under[0] ?? null
}

/** A pass that these books do not know is signed all the same: it becomes a right as it says, and its plate, once it is put, is the same right. */
function rightOfPass(token: PassToken): AssignedRight {
  return {
    id: token.jti as RightId,
    kind: 'pass',
    status: 'active',
    holder: null,
    places: [],
    vehicleClasses: [token.vehicleClass as VehicleClass],
    plates: [],
    spaces: 1,
    validFrom: token.nbf,
    validUntil: token.exp,
    hours: token.hours,
    code: null,
    given: null,
    session: null,
    relief: { kind: 'covers' },
  }
}

function payerShown(
  came: AtLane,
  scan: ScanEvent & { readonly token: PayableToken },
  judged: Accepted,
  tokenFacts: TokenFacts,
): Decision {
  const theirs = came.parking.shown.found.filter(({ by }) => by === 'payer')
  // Whether the one that was asked still stands there no loop can say: a wallet's code is good for its own stay.
  const given = came.facts.state.presence !== null && !came.facts.approachHeard ? anew(came) : came
  const own = exitStay(withFound(given, theirs))
  const at = own === null || isOfPayer(given, theirs) ? given : anewFor(given, own.stay)
  const { parking } = at
  const { visiting, shown } = parking
  const found: FoundStay | null = visiting === null ? own : chosen(visiting)
  if (leadsOut(at, found)) {
    if (found === null) return refuseAt(at, 'stay-not-found')
    const on = wayBetween(at, 'exit')
    return on === null ? payAndLeave(at, found, scan, judged, tokenFacts) : goOn(at, found.stay, on, 'payer')
  }
  const way = wayBetween(at, 'entry')
  if (way !== null) return found === null ? askForStay(at) : goOn(at, found.stay, way, 'payer')
  if (!parking.lane.entryBy.includes('token') || shown.payer === null) return refuseAt(at, 'entry-not-by-this')
  const plate = plateOf(at)
  // The payer's pseudonym is what the stay is known by. Nothing is spent at an entry.
  return enter(at, {
    by: 'payer',
    credentials: [{ kind: 'payer', payer: shown.payer }, ...(plate === null ? [] : [plate])],
    vehicleClass: null,
    pass: null,
    isTicketGiven: false,
    isOrdered: false,
    changes: [],
  })
}

/** Whether the stay of the visit is one of the payer's own: who came in twice pays for the one that stands here. */
function isOfPayer({ parking: { visiting } }: AtLane, theirs: readonly FoundStay[]): boolean {
  return theirs.some(({ stay }) => stay.session.id === visiting?.session.id)
}

function overrideShown(at: AtLane, scan: ScanEvent & { readonly token: OverrideToken }): Decision {
  if (!namesLane(scan.token, at)) return refuseAt(at, 'pass-not-here')
  const { visiting } = at.parking
  const stays = visiting === null ? exitStay(at) : chosen(visiting)
  const way = wayBetween(at, leadsOut(at, stays) ? 'exit' : 'entry')
  if (stays !== null && way !== null) return goOnByWord(at, stays.stay, way, scan)
  if (visiting === null || leadsOut(at, chosen(visiting))) return waiveAndLeave(at, scan)
  // Let in already, and still before the arm: nothing has to be signed for that.
  const passage = stillUsable(visiting.passage, at.common, at.now)
  return passage === null
    ? waiveAndLeave({ ...at, parking: { ...at.parking, visiting: null } }, scan)
    : letBack(at, passage)
}

/** An empty list of lanes means every lane of the site. */
function namesLane({ lanes }: PassToken | OverrideToken, { lane }: AtLane): boolean {
  return lanes.length === 0 || lanes.includes(lane.id)
}

function withFound(at: AtLane, found: readonly FoundStay[]): AtLane {
  return { ...at, parking: { ...at.parking, shown: { ...at.parking.shown, found } } }
}
