import type { Decision } from './decision.ts'
import { refuse } from './decision.ts'
import type { CommonFacts } from './facts.ts'
import { keepTold } from './lane/display.ts'
import { keepCounts } from './parking/counts.ts'
import { keepAsked } from './parking/hold.ts'
import { watchOnBehalf } from './parking/on-behalf.ts'
import { watchPaid } from './parking/overdue.ts'
import { isOfSite, rulesOf } from './question-rules.ts'
import type { Question, SiteQuestion } from './questions.ts'
import { decideSetup } from './setup.ts'
import type { Now } from './time.ts'

/**
 * The one place at which Tolbooth makes up its mind: pure, serial, and given everything. Before the site has a layout and a policy only what sets it up is
 * decided; everything else is refused as `not-ready`. What is decided of each kind of question stands in its row of question-rules.ts.
 */
export function decide(question: Question, common: CommonFacts | null, now: Now): Decision {
  if (!isOfSite(question)) return decideSetup(question, now)
  return common === null ? refuse('not-ready') : decideInMode(question, common, now)
}

/**
 * Whoever trains at a live site, or the other way about, is refused wherever something stands that would speak, show or move: at a stall with devices, and at every
 * lane. Elsewhere it is decided in books of its own, and nothing is sent to anybody.
 */
function decideInMode(question: SiteQuestion, common: CommonFacts, now: Now): Decision {
  const rules = rulesOf(question)
  if (common.isRerun === true && rules.isForWhoStoodThere) return refuse('stale-scan')
  switch (rules.company(question, common)) {
    case 'own':
      return decideCounting(question, common, now)
    case 'nobody':
      return { ...decideCounting(question, common, now), effects: [] }
    case 'others':
      return refuse('mode-not-here')
  }
}

/** What moves somebody in or out of a car park leaves no count below 0, and what a lane has asked lapses in its time, whichever question it answers. */
function decideCounting(question: SiteQuestion, common: CommonFacts, now: Now): Decision {
  const rules = rulesOf(question)
  const about = rules.lanes(question).filter((lane) => lane !== null)
  const asking = about.flatMap((lane) => (lane.parking === null ? [] : [lane, ...lane.askedElsewhere]))
  const asked = keepAsked(watchOnBehalf(rules.decide(question, common, now), common, now), asking, common, now)
  const decision = keepTold(asked, about)
  const { parking, cases } = rules.counted(question)
  return parking === null
    ? decision
    : keepCounts(watchPaid(decision, parking, now), parking.occupancy, cases, common, now)
}
