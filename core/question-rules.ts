import type { Decision } from './decision.ts'
import { refuse } from './decision.ts'
import type { CommonFacts, LaneFacts, StallFacts } from './facts.ts'
import { decideBarrierState, decideCommandResult } from './lane/arm.ts'
import { decideLaneTimer } from './lane/due.ts'
import { decideEmergency, decideFailSafeOver } from './lane/emergency.ts'
import { decideLoop, decideLoopAway } from './lane/loops.ts'
import { decideOpenByHand } from './lane/opening.ts'
import { decidePassageLapse } from './lane/rights.ts'
import { decideScanAtLane } from './lane/scan.ts'
import { withToldAgain } from './lane/told-again.ts'
import { decideChargeCancel, decideChargeExpiry, decideChargeOpen, decideScanAtStall } from './market.ts'
import { withArmBack } from './parking/arm-back.ts'
import { withArrival } from './parking/arrival.ts'
import { decideParking } from './parking/decide-parking.ts'
import type { ParkingCommon } from './parking/facts.ts'
import { askAnew } from './parking/hold.ts'
import { decideOnBehalf } from './parking/on-behalf.ts'
import { decideOverdue } from './parking/overdue.ts'
import { lapseSale } from './parking/pass-sale.ts'
import { payAway } from './parking/pay-away.ts'
import type { StaffCase } from './parking/session.ts'
import { meetUnpaid } from './parking/unpaid.ts'
import type { Question, SiteQuestion } from './questions.ts'
import type { Now } from './time.ts'

/** Everything about one kind of question that needs the site's own rules. Methods, so that the row of a question's own kind may be asked with any question (TypeScript compares the parameters of methods both ways). */
export type QuestionRules<Asked> = {
  decide(question: Asked, common: CommonFacts, now: Now): Decision
  /** Whether it is of the box's own mode, or else whether devices of the other mode stand where it is asked. */
  company(question: Asked, common: CommonFacts): 'own' | 'nobody' | 'others'
  /** What is counted of the car park that it is about. */
  counted(question: Asked): CountedFacts
  /** The lanes that it is about, as they stand before it is answered. */
  lanes(question: Asked): readonly (LaneFacts | null)[]
  /**
   * Whether it was for a vehicle that stood at a lane then. Run again after a fault it would open for another, begin a stay of nobody, or take money behind the back of somebody who has paid by other means since. What
   * loops, arms and cameras said is evidence by then (`asEvidence`); due times and money ask the books as they are now.
   */
  readonly isForWhoStoodThere: boolean
}

/** What is counted of a car park, and the open cases that are known there; `parking` is `null` where nobody is moved in or out. */
export type CountedFacts = { readonly parking: ParkingCommon | null; readonly cases: readonly StaffCase[] }

export function rulesOf(question: SiteQuestion): QuestionRules<SiteQuestion> {
  return rules[question.kind]
}

export function isOfSite(question: Question): question is SiteQuestion {
  return question.kind in rules
}

/** Of a union that names several kinds at once, too. */
type QuestionOf<Kind, Asked = SiteQuestion> = Asked extends { readonly kind: infer Kinds }
  ? Kind extends Kinds
    ? Asked
    : never
  : never

const AT_STALL = { company: atStall, counted: ofNobody, lanes: none, isForWhoStoodThere: false } as const
const AT_LANE = { company: atLane, counted: ofLane, lanes: itsLane, isForWhoStoodThere: false } as const
/** A due time has no mode of its own: an arm is in the mode of the box. */
const OF_BOX = { company: ofBox, counted: ofNobody, lanes: none, isForWhoStoodThere: false } as const
const LANE_WAITS = { ...OF_BOX, counted: ofLane, lanes: itsLane } as const
const PARK_LANE = { ...AT_LANE, decide: decideParking } as const
/** Asked at a counter, on a phone or by a bank, at no lane: books of its own, and nobody's display. */
const PARK_AWAY = {
  decide: decideParking,
  company: away,
  counted: ofNobody,
  lanes: none,
  isForWhoStoodThere: false,
} as const
const PARK_MONEY = { ...PARK_AWAY, counted: ofPaying, lanes: itsLane } as const

/** A row for each kind: one that is forgotten does not compile. */
const rules: { readonly [Kind in SiteQuestion['kind']]: QuestionRules<QuestionOf<Kind>> } = {
  'scan-at-stall': {
    ...AT_STALL,
    decide: ({ body, stall, token }, common, now) => decideScanAtStall(body, stall, token, common, now),
  },
  'charge-open': { ...AT_STALL, decide: ({ body, stall }, common, now) => decideChargeOpen(body, stall, common, now) },
  'charge-cancel': {
    ...AT_STALL,
    decide: ({ body, stall }, common, now) => decideChargeCancel(body, stall, common, now),
  },
  'charge-expires': {
    ...OF_BOX,
    decide: ({ expiry }, common, now) => decideChargeExpiry(expiry, common, now),
    // The charge that it ends has a mode.
    company: ({ expiry }, { siteMode }) => ((expiry.charge?.charge.mode ?? siteMode) === siteMode ? 'own' : 'nobody'),
  },
  'scan-at-lane': {
    ...AT_LANE,
    decide: ({ body, lane, token }, common, now) => decideScanAtLane(body, lane, token, common, now),
    isForWhoStoodThere: true,
  },
  loop: {
    ...AT_LANE,
    decide: ({ body, lane }, common, now) => {
      const arrived = withArrival(decideLoop(body, lane, common, now), lane, common, now)
      return body.late ? arrived : withToldAgain(arrived, lane, common, now)
    },
  },
  'barrier-state': {
    ...AT_LANE,
    decide: ({ body, lane }, common, now) => {
      const arrived = withArrival(decideBarrierState(body, lane, common, now), lane, common, now)
      if (body.late) return arrived
      return withArmBack(withToldAgain(arrived, lane, common, now), lane, common, now)
    },
  },
  'command-result': {
    ...AT_LANE,
    decide: ({ body, lane }, common, now) => decideCommandResult(body, lane, common, now),
  },
  'open-by-hand': {
    ...AT_LANE,
    decide: ({ body, lane }, common, now) => decideOpenByHand(body, lane, common, now),
    isForWhoStoodThere: true,
  },
  'fail-safe-over': {
    ...AT_LANE,
    decide: ({ lane }, common, now) => decideFailSafeOver(lane, common, now),
    // What its loops said then says nothing of who is under the arm now.
    isForWhoStoodThere: true,
  },
  'loop-away': {
    ...AT_LANE,
    decide: ({ lane }, common, now) => decideLoopAway(lane, common, now),
    // By the time that it is run again the loop may have been back and gone once more.
    isForWhoStoodThere: true,
  },
  'lane-timer': {
    ...LANE_WAITS,
    decide: ({ timer, lane }, common, now) => withArrival(decideLaneTimer(timer, lane, common, now), lane, common, now),
  },
  'quote-lapses': { ...LANE_WAITS, decide: ({ timer, lane }, common, now) => askAnew(timer, lane, common, now) },
  'unpaid-due': { ...LANE_WAITS, decide: ({ timer, lane }, common, now) => meetUnpaid(timer, lane, common, now) },
  'passage-lapses': { ...OF_BOX, decide: ({ lapse }, common, now) => decidePassageLapse(lapse, common, now) },
  'pass-sale-due': {
    ...OF_BOX,
    decide: ({ timer, paying }, common, now) => lapseSale(timer, paying, common, now),
    // What it ends has a mode.
    company: ({ paying }, { siteMode }) => ((paying.sale?.sale.mode ?? siteMode) === siteMode ? 'own' : 'nobody'),
  },
  'on-behalf-due': {
    ...OF_BOX,
    decide: ({ timer, charge }, common, now) => decideOnBehalf(timer, charge, common, now),
  },
  'paid-stay-due': {
    ...OF_BOX,
    decide: ({ timer, overdue }, common, now) => decideOverdue(timer, overdue, common, now),
  },
  emergency: {
    decide: ({ active, device, lanes }, common, now) => decideEmergency(active, device, lanes, common, now),
    // Whoever sees a fire may say so; only the box's own people say that it is over.
    company: ({ active }, common) => (isOwn(common) || active ? 'own' : 'others'),
    counted: ({ lanes }) => {
      const parks = lanes.flatMap(({ parking }) => (parking === null ? [] : [parking]))
      return { parking: parks[0] ?? null, cases: parks.flatMap(({ cases }) => cases) }
    },
    lanes: ({ lanes }) => lanes,
    isForWhoStoodThere: true,
  },
  'scan-nowhere': {
    ...PARK_AWAY,
    decide: ({ body, paying, token }, common, now) =>
      paying === null ? refuse('token-kind-not-taken') : payAway(body, paying, token, common, now),
    counted: ({ paying }) => (paying === null ? NOT_COUNTED : ofPaying(paying)),
    lanes: ({ paying }) => (paying === null ? [] : itsLane(paying)),
  },
  'plate-seen': PARK_LANE,
  'ticket-asked': { ...PARK_LANE, isForWhoStoodThere: true },
  'session-chosen': { ...PARK_LANE, isForWhoStoodThere: true },
  'leave-on-debt': { ...PARK_LANE, isForWhoStoodThere: true },
  'session-quoted': { ...PARK_AWAY, lanes: itsLane },
  'session-corrected': {
    ...PARK_AWAY,
    counted: ({ parking, stay }) => ({ parking, cases: stay?.cases ?? [] }),
    lanes: itsLane,
  },
  'cash-taken': PARK_MONEY,
  'cash-without-price': PARK_AWAY,
  'stay-reckoned': PARK_AWAY,
  'credit-by-charge': PARK_MONEY,
  'credit-by-text': PARK_MONEY,
  'credit-moved': PARK_MONEY,
  refund: PARK_MONEY,
  // Passes have no mode: what is practised with must not suspend one that is paid for. A validation is of one stay.
  'right-put': {
    ...PARK_AWAY,
    counted: ({ parking, lanes }) => ({ parking, cases: lanes[0]?.parking?.cases ?? [] }),
    lanes: ({ lanes }) => lanes,
    company: ({ body }, common) => (isOwn(common) ? 'own' : body.right.kind === 'pass' ? 'others' : 'nobody'),
  },
  // As a pass that is put: what is practised with must not put one in force.
  'pass-sold': { ...PARK_AWAY, company: (_asked, common) => (isOwn(common) ? 'own' : 'others') },
  'pass-sale-cancelled': PARK_MONEY,
  'right-status': {
    ...PARK_AWAY,
    counted: ({ parking, lanes }) => ({ parking, cases: lanes[0]?.parking?.cases ?? [] }),
    lanes: ({ lanes }) => lanes,
    company: ofKnownRight,
  },
  'right-coded': { ...PARK_AWAY, company: ofKnownRight },
  'occupancy-corrected': PARK_AWAY,
  'case-ended': PARK_AWAY,
  'late-evidence': { ...PARK_AWAY, counted: ({ facts: { parking, cases } }) => ({ parking, cases }) },
}

function none(): readonly [] {
  return []
}

function itsLane({ lane }: { readonly lane: LaneFacts | null }): readonly (LaneFacts | null)[] {
  return [lane]
}

function isOwn({ mode, siteMode }: CommonFacts): boolean {
  return mode === siteMode
}

function ofBox(): 'own' {
  return 'own'
}

function atStall({ stall }: { readonly stall: StallFacts }, common: CommonFacts): 'own' | 'nobody' | 'others' {
  if (isOwn(common)) return 'own'
  return stall.devices.length === 0 ? 'nobody' : 'others'
}

function atLane(_asked: unknown, common: CommonFacts): 'own' | 'others' {
  return isOwn(common) ? 'own' : 'others'
}

function away(_asked: unknown, common: CommonFacts): 'own' | 'nobody' {
  return isOwn(common) ? 'own' : 'nobody'
}

function ofKnownRight(
  { known }: QuestionOf<'right-status' | 'right-coded'>,
  common: CommonFacts,
): 'own' | 'nobody' | 'others' {
  if (isOwn(common)) return 'own'
  return known?.right.kind === 'validation' ? 'nobody' : 'others'
}

const NOT_COUNTED: CountedFacts = { parking: null, cases: [] }

/** It moves nobody in or out. */
function ofNobody(): CountedFacts {
  return NOT_COUNTED
}

function ofLane({ lane }: { readonly lane: LaneFacts | null }): CountedFacts {
  return { parking: lane?.parking ?? null, cases: lane?.parking?.cases ?? [] }
}

function ofPaying({
  parking,
  lane,
}: {
  readonly parking: ParkingCommon | null
  readonly lane: LaneFacts | null
}): CountedFacts {
  return { parking, cases: lane?.parking?.cases ?? [] }
}
