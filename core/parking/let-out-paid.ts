import type { Decision } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import { money } from '../money.ts'
import type { Now } from '../time.ts'
import { atLane, leadsOut } from './at-lane.ts'
import { ask, leavingOf, letOut } from './exit.ts'
import type { LaneParkingFacts, StayFacts } from './facts.ts'
import { chosen } from './pay-at-lane.ts'

/**
 * Money came for a stay whose vehicle stands at an exit: where nothing is asked there any more, it is let out; of a part, the rest is asked. The answer stays that of the money; whatever the lane says against it (nobody on the loop,
 * an arm that is away) changes nothing of what was paid.
 */
export function letOutPaid(taken: Decision, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { outcome } = taken
  const stay = facts.parking?.visiting ?? null
  const isPaid = outcome.ok && (outcome.kind === 'paid' || outcome.kind === 'credited') && outcome.amount.amount > 0
  if (!isPaid || stay === null || facts.parking === null) return taken
  const after = withPaid(taken, stay, facts.parking)
  const here = atLane(
    { ...facts, parking: { ...facts.parking, visiting: after.stay, shown: after.shown } },
    common,
    now,
  )
  if (!here.ok || here.at.parking.visiting === null || here.at.parking.lane.outside !== null) return taken
  const found = chosen(after.stay)
  if (after.stay.session.status !== 'inside' || !leadsOut(here.at, found)) return taken
  const result = leavingOf(here.at, found, 'staff')
  if (!result.ok) return taken
  const { leaving } = result
  const [first] = leaving.parts
  if (first !== undefined) {
    const again = ask(here.at, leaving, first.charge)
    const keep = [...taken.keep, ...again.keep]
    return { ...taken, changes: [...taken.changes, ...again.changes], effects: again.effects, keep }
  }
  const out = letOut(here.at, leaving, after.stay, { by: 'paid' })
  return { ...taken, changes: [...taken.changes, ...out.changes], effects: out.effects, subject: out.subject }
}

/** The stay, and the debts of its plate, as they stand after the money. */
function withPaid(
  { changes }: Decision,
  stay: StayFacts,
  { shown }: LaneParkingFacts,
): { readonly stay: StayFacts; readonly shown: LaneParkingFacts['shown'] } {
  const paid = changes.flatMap((change) => (change.kind === 'payment-taken' ? [change] : []))
  const raised = changes.flatMap((change) => (change.kind === 'charge-raised' ? [change] : []))
  const settled = changes.flatMap((change) => (change.kind === 'session-settled' ? [change.at] : []))
  const credited = <Charge extends NonNullable<StayFacts['charge']>>(row: Charge): Charge => {
    const amount = paid
      .filter(({ charge }) => charge === row.charge.id)
      .reduce((sum, each) => sum + each.amount.amount, 0)
    const due = raised.find(({ charge }) => charge === row.charge.id)?.due ?? row.charge.due
    return { ...row, charge: { ...row.charge, due: money(due.amount, due.currency) }, paid: row.paid + amount }
  }
  return {
    stay: {
      ...stay,
      session: { ...stay.session, settledAt: settled[0] ?? stay.session.settledAt },
      charge: stay.charge && credited(stay.charge),
    },
    shown: { ...shown, debts: shown.debts.map((debt) => ({ ...debt, charge: credited(debt.charge) })) },
  }
}
