import type { Change } from '../changes.ts'
import type { LaneFacts } from '../facts.ts'
import type { RightFacts, StayCharge, StayFacts } from './facts.ts'
import type { Session } from './session.ts'

/** A charge as it stands after changes that the books have not seen yet: what came for it and beyond it, what was taken off it again and whether it asks that, and what it was raised to. */
export function chargeAfter(row: StayCharge, changes: readonly Change[]): StayCharge {
  const of = changes.filter((change) => 'charge' in change && change.charge === row.charge.id)
  const came = of.flatMap((change) => (change.kind === 'payment-taken' ? [change.amount.amount] : []))
  const off = of.flatMap((change) => (change.kind === 'credit-reversed' ? [change.ofPaid.amount] : []))
  const back = of.flatMap((change) => (change.kind === 'credit-reversed' ? [change.ofOverpaid.amount] : []))
  const beyond = of.flatMap((change) => (change.kind === 'charge-overpaid' ? [change.amount.amount] : []))
  const tooMuch = of.flatMap((change) => (change.kind === 'charge-paid-beyond' ? [change.amount.amount] : []))
  const due = of.flatMap((change) => (change.kind === 'charge-raised' ? [change.due] : [])).at(-1)
  const reopened = of.flatMap((change) => (change.kind === 'credit-reversed' ? [change.status] : [])).at(-1)
  return {
    ...row,
    status: reopened ?? row.status,
    charge: { ...row.charge, due: due ?? row.charge.due },
    paid: row.paid + sum(came) - sum(off) - sum(tooMuch),
    overpaid: row.overpaid + sum(beyond) - sum(back) + sum(tooMuch),
  }
}

/** A stay after them, with its charge, its class, its validations, its cases, whether all that was asked of it is paid, and whether it is over. */
export function stayAfter(stay: StayFacts, changes: readonly Change[]): StayFacts {
  const { id } = stay.session
  const status = changes.flatMap((change) =>
    change.kind === 'session-moved' && change.session === id ? [change.status] : [],
  )
  const asClass = changes.flatMap((change) =>
    change.kind === 'session-class' && change.session === id ? [change.vehicleClass] : [],
  )
  const given = changes.flatMap((change): readonly RightFacts[] =>
    change.kind === 'right-put' && change.right.session === id
      ? [{ right: change.right, others: 0, isSaleOpen: false }]
      : [],
  )
  const { graceMs: _, ...before } = stay.session
  const { settledAt, graceMs } = changes.reduce<Pick<Session, 'settledAt' | 'graceMs'>>((paid, change) => {
    if (change.kind === 'session-settled' && change.session === id) return paidUp(change.at, change.graceMs)
    if (change.kind === 'credit-reversed' && change.session === id) return { settledAt: null }
    return change.kind === 'session-class' && change.session === id ? { settledAt: paid.settledAt } : paid
  }, stay.session)
  const opened = changes.flatMap((change) =>
    change.kind === 'case-opened' && change.case.session === id ? [change.case] : [],
  )
  const ended = changes.flatMap((change) => (change.kind === 'case-ended' ? [change.case] : []))
  return {
    ...stay,
    cases: [...stay.cases, ...opened].filter((each) => !ended.includes(each.id)),
    session: {
      ...before,
      ...paidUp(settledAt, graceMs),
      status: status.at(-1) ?? stay.session.status,
      vehicleClass: asClass.at(-1) ?? stay.session.vehicleClass,
    },
    charge: stay.charge && chargeAfter(stay.charge, changes),
    rights: [...stay.rights.filter(({ right }) => given.every((each) => each.right.id !== right.id)), ...given].map(
      (each) => rightAfter(each, changes),
    ),
  }
}

function paidUp(settledAt: Session['settledAt'], graceMs: number | undefined): Pick<Session, 'settledAt' | 'graceMs'> {
  return graceMs === undefined ? { settledAt } : { settledAt, graceMs }
}

/** A right that a stay goes by, as it has been put, suspended or taken up again. */
function rightAfter({ right, others, isSaleOpen }: RightFacts, changes: readonly Change[]): RightFacts {
  let after = right
  for (const change of changes) {
    if (change.kind === 'right-put' && change.right.id === right.id) after = change.right
    if (change.kind === 'right-status' && change.right === right.id) {
      const { kind, right: id, at, ...moved } = change
      after = { ...after, ...moved }
    }
  }
  return { right: after, others, isSaleOpen }
}

/** A lane after them: the stay that stands there, and what its plate owes. */
export function laneAfter<Lane extends LaneFacts>(lane: Lane, changes: readonly Change[]): Lane {
  if (lane.parking === null) return lane
  const { visiting, shown } = lane.parking
  return {
    ...lane,
    parking: {
      ...lane.parking,
      visiting: visiting && stayAfter(visiting, changes),
      shown: {
        ...shown,
        debts: shown.debts.map((debt) => ({ ...debt, charge: chargeAfter(debt.charge, changes) })),
      },
    },
  }
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0)
