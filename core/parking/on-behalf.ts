import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING, setTimer } from '../decision.ts'
import type { OnBehalfTimer } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import type { ChargeId } from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { Money } from '../money.ts'
import type { Now } from '../time.ts'
import { tenderAccount } from './accounts.ts'
import { openCase } from './cases.ts'
import type { HeldCash, StayCharge } from './facts.ts'
import type { PartOnBehalf } from './tender.ts'
import { bookPassedOn, ON_BEHALF_PARTS_MAX } from './tender.ts'

/** One transfer in the books that took such cash, or passed it on. */
export type OnBehalfMove = HeldCash & { readonly way: 'taken' | 'passed-on' | 'given-back' }

/** What is still held after these moves, in the order of the books: what was passed on was the oldest, and who gives back does it out of their own. */
export function heldAfter(moves: readonly OnBehalfMove[]): readonly HeldCash[] {
  let held: readonly HeldCash[] = []
  for (const { way, ...move } of moves) {
    if (way === 'taken') held = [...held, move]
    else held = without(held, move, way === 'given-back' ? move.by : null)
  }
  return held.filter(({ amount }) => amount > 0)
}

function without(held: readonly HeldCash[], move: HeldCash, whose: string | null): readonly HeldCash[] {
  let left = move.amount
  return held.map((each) => {
    if (each.charge !== move.charge || (whose !== null && each.by !== whose)) return each
    const part = Math.min(left, each.amount)
    left -= part
    return { ...each, amount: each.amount - part }
  })
}

/** What a bank's transfer of `amount` passes on of cash that is held: at most so much, of its own charge first. */
export function passedOn({ onBehalf }: StayCharge, amount: number): readonly PartOnBehalf[] {
  let left = amount
  return inParts(onBehalf?.held ?? [])
    .map(({ charge, amount: held }) => {
      const part = Math.min(left, held)
      left -= part
      return { charge, amount: part }
    })
    .filter((part) => part.amount > 0)
}

/**
 * Whether a bank's transfer is of who holds cash of the charge, before anything else is paid by it: nobody waits at a lane for it and the charge itself asks nothing, or it is of just what is held. A driver who is asked at a lane, or pays just what the charge
 * asks, pays that.
 */
export function isOfStaff(
  { onBehalf }: StayCharge,
  { amount }: Money,
  own: Money,
  total: Money,
  isAsking: boolean,
): boolean {
  const held = sumOfParts(onBehalf?.held ?? [])
  if (held === 0) return false
  if (isAsking) return amount === held && amount !== total.amount
  return own.amount === 0 || (amount === held && amount !== own.amount)
}

/** One part for each charge. */
export function inParts(held: readonly HeldCash[]): readonly PartOnBehalf[] {
  const parts = new Map<ChargeId, number>()
  for (const { charge, amount } of held) parts.set(charge, (parts.get(charge) ?? 0) + amount)
  return [...parts].map(([charge, amount]) => ({ charge, amount })).slice(0, ON_BEHALF_PARTS_MAX)
}

/** Nobody holds anything of it any more by this: its case ends. */
export function onBehalfEnded(
  { onBehalf }: StayCharge,
  passed: number,
  reason: 'it has paid' | 'given back',
  now: Now,
): readonly Change[] {
  if (onBehalf === undefined || onBehalf.case === null || sumOfParts(onBehalf.held) > passed) return []
  return [{ kind: 'case-ended', case: onBehalf.case, reason, at: now.at }]
}

/** Whether cash that staff say they transfer themselves has been transferred by now: a bank has told of so much of the charge beyond what is asked. */
export function isTransferred({ onBehalf }: StayCharge, amount: Money, asked: Money): boolean {
  const beyond = amount.amount - asked.amount
  return beyond > 0 && onBehalf !== undefined && beyond <= onBehalf.banked
}

/** Cash that staff are to transfer is waited for: `transferWithinMs` of the policy from when it was taken, by whatever decision. */
export function watchOnBehalf(decision: Decision, common: CommonFacts, now: Now): Decision {
  const afterMs = common.policy.parking?.transferWithinMs
  if (afterMs === undefined) return decision
  const account = tenderAccount(common.mode, common.layout.site, 'cash-on-behalf')
  const taken = decision.changes.flatMap((change) =>
    change.kind === 'transfers' ? change.linked.filter(({ debit }) => debit === account) : [],
  )
  const first = taken[0]?.charge ?? null
  if (first === null) return decision
  return {
    ...decision,
    changes: [...decision.changes, setTimer({ purpose: 'on-behalf-due', charge: first }, now.at, afterMs)],
  }
}

/** Staff hold cash of this charge still, and no bank has told of their transfer: a case, until it comes or the cash is in the drawer. */
export function decideOnBehalf(
  { charge: id }: OnBehalfTimer,
  charge: StayCharge | null,
  common: CommonFacts,
  now: Now,
): Decision {
  if (charge?.onBehalf === undefined || charge.onBehalf.case !== null || charge.onBehalf.held.length === 0)
    return NOTHING
  const { session, mode } = charge.charge
  return {
    ...NOTHING,
    subject: { charge: id, passage: null, session },
    changes: openCase('on-behalf', { lane: null, session, charge: id, pictures: [] }, [], { ...common, mode }, now),
  }
}

/** The cash is in the drawer, as somebody says who ends the case: it is looked for there. */
export function handedOver(charge: StayCharge | null, mode: Mode, common: CommonFacts): readonly Change[] {
  if (charge?.onBehalf === undefined) return []
  const drawer = tenderAccount(mode, common.layout.site, 'cash')
  return bookPassedOn(inParts(charge.onBehalf.held), drawer, charge.charge.due.currency, { ...common, mode })
}

export function sumOfParts(held: readonly PartOnBehalf[]): number {
  return held.reduce((sum, { amount }) => sum + amount, 0)
}
