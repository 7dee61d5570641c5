import type { Decision } from '../decision.ts'
import { NOTHING, refuse } from '../decision.ts'
import type { EventOf } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { DocumentId } from '../ids.ts'
import { idAt } from '../ids.ts'
import { stateAfter } from '../lane/display.ts'
import type { Who } from '../lane/doubt.ts'
import { isShownBefore } from '../lane/standing.ts'
import type { Now } from '../time.ts'
import { askedAgain, askedOfRight } from './ask-again.ts'
import type { AtLane } from './at-lane.ts'
import { atLane, leadsOut, plateOf, refuseAt, refuseStaff, remember, visitOf } from './at-lane.ts'
import { moveCredit, takeCreditByCharge, takeCreditByText } from './bank-credit.ts'
import { withBeyond } from './beyond.ts'
import { endCases } from './cases.ts'
import { quoteStay, takeMoney } from './counter.ts'
import { enter } from './entry.ts'
import { leave, setAside } from './exit.ts'
import type { StayFacts } from './facts.ts'
import { driveOn } from './gate.ts'
import { takeLateEvidence } from './late-evidence.ts'
import { letOutPaid } from './let-out-paid.ts'
import { askForStay, goOn, wayBetween } from './nested.ts'
import { cancelSale, isPastSale, refundCharge, sellPass, withSale } from './pass-sale.ts'
import { leaveOnDebt } from './pay-at-lane.ts'
import type { ParkingQuestion } from './question.ts'
import { codeRight, moveRight, putRight } from './rights.ts'
import { seePlate, whoIsSeen } from './seen.ts'
import { correctCount, correctStay, endCase } from './staff.ts'
import { onceTold } from './told-apart.ts'
import { reckonStay, takeCashWithoutPrice } from './without-price.ts'

/** What happens in a car park beside scans, loops and barriers. A site or a lane without a car park has none of it. */
export function decideParking(question: ParkingQuestion, common: CommonFacts, now: Now): Decision {
  switch (question.kind) {
    case 'plate-seen': {
      const { body } = question
      return decideAtLane(question.lane, common, now, (at) =>
        onceTold(at, whoIsSeen(body, at), 'plate', (told) => seePlate(body, told)),
      )
    }
    case 'ticket-asked': {
      const { body } = question
      return decideAtLane(question.lane, common, now, (at) =>
        onceTold(at, isShownBefore(at.facts.state, common, now) ? null : 'another', 'person', (told) =>
          askTicket(body, told),
        ),
      )
    }
    case 'session-chosen': {
      const { body } = question
      return decideAtLane(question.lane, common, now, (at) =>
        onceTold(at, whoIsChosen(body, at), 'person', (told) => chooseStay(body, told)),
      )
    }
    case 'leave-on-debt': {
      const { body } = question
      return decideAtLane(question.lane, common, now, (at) => leaveOnDebt(at, body.reason))
    }
    case 'session-quoted': {
      const { parking, stay, lane } = question
      return parking === null ? refuse('no-car-park') : quoteStay(stay, lane, parking, common, now)
    }
    case 'session-corrected': {
      const { parking, stay, shown, lane, body, role } = question
      if (parking === null) return refuse('no-car-park')
      return askedAgain(correctStay(body, role, stay, shown, parking, common, now), lane, common, now)
    }
    case 'credit-by-charge':
      return withSale(takeCreditByCharge(question.body, question, common, now), question, now)
    case 'credit-by-text':
      return withSale(takeCreditByText(question.body, question, common, now), question, now)
    case 'credit-moved':
      return withSale(moveCredit(question.body, question, common, now), question, now)
    case 'cash-without-price': {
      const { parking, stay, lane, body } = question
      if (parking === null) return refuse('no-car-park')
      return takeCashWithoutPrice(body, stay, lane, parking, common, now)
    }
    case 'stay-reckoned': {
      const { parking, stay, body } = question
      return parking === null ? refuse('no-car-park') : reckonStay(body, stay, parking, common, now)
    }
    case 'cash-taken':
    case 'refund':
    case 'pass-sale-cancelled':
      return decideMoney(question, common, now)
    case 'pass-sold':
      return sellPass(question, common, now)
    case 'right-put': {
      const { parking, known, plates, holder, stay, lanes, givenToday, body } = question
      if (parking === null) return refuse('no-car-park')
      const { currency } = common.layout
      const { day } = now.local
      const put = putRight(body, known?.right ?? null, { plates, holder }, stay, givenToday, parking, currency, day)
      if (!put.ok) return refuse(put.refusal)
      const changes = stay === null ? [put.value] : withBeyond(stay, [put.value], null, parking, common, now)
      return askedOfRight({ ...NOTHING, changes, keep: ['parking'] }, lanes, common, now)
    }
    case 'right-status': {
      const { parking, known, stay, lanes, hasCome, body } = question
      if (parking === null) return refuse('no-car-park')
      const moved = moveRight(known, body, stay, hasCome, now)
      if (!moved.ok) return refuse(moved.refusal)
      const hasStayMoved = stay !== null && moved.value.length > 0
      const changes = hasStayMoved ? withBeyond(stay, moved.value, common.reason, parking, common, now) : moved.value
      return askedOfRight({ ...NOTHING, changes }, lanes, common, now)
    }
    case 'right-coded': {
      const { parking, known } = question
      if (parking === null) return refuse('no-car-park')
      const coded = codeRight(known?.right ?? null, idAt<DocumentId>(common.position, 'd', 0), now.at)
      return coded.ok
        ? { ...NOTHING, outcome: coded.value.issued, changes: [coded.value.change] }
        : refuse(coded.refusal)
    }
    case 'occupancy-corrected':
      return question.parking === null
        ? refuse('no-car-park')
        : correctCount(question.body, question.parking, common, now)
    case 'case-ended':
      return question.parking === null
        ? refuse('no-car-park')
        : endCase(question.known, question.charge, question.by, question.body.reason, common, now)
    case 'late-evidence':
      return takeLateEvidence(question.body, question.facts, common, now)
  }
}

type MoneyQuestion = Extract<ParkingQuestion, { kind: 'cash-taken' | 'refund' | 'pass-sale-cancelled' }>

function decideMoney(question: MoneyQuestion, common: CommonFacts, now: Now): Decision {
  const { parking, lane, body } = question
  if (body.kind === 'pass-sale-cancelled') return cancelSale(body, question, common, now)
  if (parking === null) return refuse('no-car-park')
  if (body.kind === 'refund') return refundCharge(body, question, parking, common, now)
  if (isPastSale(question, common)) return refuse('pass-sale-over')
  const taken = withSale(takeMoney(question, body, parking, common, now), question, now)
  return lane === null ? taken : letOutPaid(taken, lane, common, now)
}

function decideAtLane(facts: LaneFacts, common: CommonFacts, now: Now, decideHere: (at: AtLane) => Decision): Decision {
  const found = atLane(facts, common, now)
  return found.ok ? decideHere(found.at) : found.refused
}

/** Somebody at an entry wants a ticket. The plate, where it was read, goes with it. */
function askTicket({ vehicleClass }: EventOf<'ticket-asked'>, at: AtLane): Decision {
  const { parking } = at
  // Between two places whoever stands there has a ticket, or a pass: another one would be a second stay.
  if (!leadsOut(at, null) && wayBetween(at, 'entry') !== null) return askForStay(at)
  if (!parking.lane.entryBy.includes('ticket')) return refuseAt(at, 'entry-not-by-this')
  // At a lane of both ways whoever presses behind one that drives out waits until that one is through.
  const isBehind = at.lane.direction === 'both' && at.facts.state.phase.kind === 'passing'
  if (leadsOut(at, null)) return refuseAt(at, isBehind ? 'lane-busy' : 'entry-not-by-this')
  // Who stands on the loop of a lane without an arm has its ticket.
  if (at.through !== null && at.facts.state.presence !== null) return driveOn(at, at.through)
  const plate = plateOf(at)
  return enter(at, {
    by: 'ticket',
    credentials: plate === null ? [] : [plate],
    vehicleClass,
    pass: null,
    isTicketGiven: true,
    isOrdered: false,
    changes: [],
  })
}

/** Staff who say why have looked. */
function whoIsChosen({ reason, session }: EventOf<'session-chosen'>, { parking }: AtLane): Who | null {
  if (reason.trim() === '') return null
  return parking.passing?.session.id === session ? 'same' : 'another'
}

/**
 * Staff say which stay the vehicle at this lane is: a lost ticket, a plate that nobody can read, two that differ. What had been asked of it before is asked of this stay.
 */
function chooseStay({ reason }: EventOf<'session-chosen'>, at: AtLane): Decision {
  const { parking, common, now } = at
  if (reason.trim() === '') return refuseStaff(at, 'reason-missing')
  const found = parking.shown.found.find(({ by }) => by === 'staff')
  if (found === undefined) return refuseStaff(at, 'stay-not-found')
  const answered = endCases(found.stay.cases, ['plate-mismatch', 'class-mismatch'], common.reason, now)
  if (leadsOut(at, found)) {
    return withOther(at, found.stay, leave(at, found, 'staff', [...answered, ...setAside(at, found.stay)]))
  }
  const way = wayBetween(at, 'entry')
  if (way === null) return refuseStaff(at, 'ticket-not-here')
  return withOther(at, found.stay, goOn(at, found.stay, way, 'staff', answered))
}

/** Staff who are refused, as while the arm is away, have let nobody through; but they have said that who stands there is another than the stay which was named for it. */
function withOther(at: AtLane, chosen: StayFacts, decision: Decision): Decision {
  const { visiting } = at.parking
  if (decision.outcome.ok || visiting === null || visiting.session.id === chosen.session.id) return decision
  const then = { ...at, facts: { ...at.facts, state: stateAfter(at.facts.state, decision) } }
  const visit = { ...visitOf(then), otherThan: visiting.session.id }
  return { ...decision, changes: [...decision.changes, remember(then, visit)] }
}
