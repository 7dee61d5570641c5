import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING, setTimer } from '../decision.ts'
import type { OnBehalfTimer } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import type { ChargeId } from '../ids.ts'
import { positionOf } from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { Money } from '../money.ts'
import type { Now } from '../time.ts'
import { tenderAccount } from './accounts.ts'
import { openCase } from './cases.ts'
import type { CreditSender } from './credit.ts'
import type { HeldCash, StayCharge } from './facts.ts'
import type { PartOnBehalf } from './tender.ts'
import { bookPassedOn, ON_BEHALF_PARTS_MAX } from './tender.ts'

/** One transfer in the books that took such cash, passed it on, gave it back, or put it in the drawer. */
export type OnBehalfMove = HeldCash & { readonly way: 'taken' | keyof typeof FROM }

/**
 * What is still held after these moves, in the order of the books: what was passed on was the oldest, and who gives back, or says that it is in the drawer, does it out of their own. What they give back beyond what they are known to hold was theirs too, and the record that said so has been dropped:
 * so no more is held than the account says.
 */
export function heldAfter(moves: readonly OnBehalfMove[]): readonly HeldCash[] {
  let held: readonly HeldCash[] = []
  for (const { way, ...move } of moves) held = way === 'taken' ? [...held, move] : without(held, move, FROM[way])
  return held.filter(({ amount }) => amount > 0)
}

type IsFrom = readonly ((held: HeldCash, move: HeldCash) => boolean)[]

const OWN_FIRST: IsFrom = [(held, move) => held.by === move.by, ({ by }) => by === null, () => true]

/** Out of whose first, and then out of whose: each the oldest first. */
const FROM: Record<'passed-on' | 'given-back' | 'in-drawer', IsFrom> = {
  'passed-on': [() => true],
  'given-back': OWN_FIRST,
  'in-drawer': OWN_FIRST,
}

function without(held: readonly HeldCash[], move: HeldCash, from: IsFrom): readonly HeldCash[] {
  let left = move.amount
  return from.reduce(
    (rest, isFrom) =>
      rest.map((each) => {
        if (each.charge !== move.charge || !isFrom(each, move)) return each
        const part = Math.min(left, each.amount)
        left -= part
        return { ...each, amount: each.amount - part }
      }),
    held,
  )
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
 * Who sent a bank's transfer: what somebody has said of it, or what is plain. A driver who stands at an arm pays what is asked there, and away from one a part or all of it that is not just what somebody holds; nobody else holds anything, or nobody else could send it (a pass that was paid as it was sold: its text was shown to nobody). `null`: the
 * driver who was asked and paid late, or staff who hold cash of the charge; only a person finds out. What they hold is never passed on without one.
 */
export function senderOf(
  { charge, onBehalf }: StayCharge,
  by: { readonly amount: Money; readonly sender?: CreditSender },
  own: Money,
  total: Money,
  isAsking: boolean,
): CreditSender | null {
  const held = onBehalf?.held ?? []
  if (by.sender !== undefined) return by.sender
  if (held.length === 0) return 'payer'
  const { amount } = by.amount
  const asked = isAsking ? total.amount : own.amount
  if (asked === 0) return charge.session === null && held.every(isSoldWithIt) ? 'staff' : null
  // Who stands at an arm is let out; what is too much then is a case.
  if (isAsking && amount === asked) return 'payer'
  const isAsHeld = amount === sumOfParts(held) || held.some((each) => each.amount === amount)
  return !isAsHeld && (isAsking || amount <= total.amount) ? 'payer' : null
}

/** The record that opened its charge took it: nobody was asked before. */
function isSoldWithIt({ charge, seq }: HeldCash): boolean {
  return positionOf(charge)?.seq === seq
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

/** The cash of one person is in the drawer, as `by` says, who ends the case: it is looked for there. What others hold of it stays theirs, and is a case of its own at once. */
export function handedOver(
  charge: StayCharge | null,
  by: string,
  mode: Mode,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  if (charge?.onBehalf === undefined) return []
  const drawer = tenderAccount(mode, common.layout.site, 'cash')
  const { held } = charge.onBehalf
  const ofOne = ofOnePerson(held, by)
  const others = new Set(held.flatMap((each) => (ofOne.includes(each) ? [] : [each.charge])))
  return [
    ...bookPassedOn(inParts(ofOne), drawer, charge.charge.due.currency, { ...common, mode }),
    ...[...others].map((each) => setTimer({ purpose: 'on-behalf-due', charge: each }, now.at, 0)),
  ]
}

/** What who ends a case holds themselves; where they hold none, of who has held it the longest, as far as the books take it off them first. */
function ofOnePerson(held: readonly HeldCash[], by: string): readonly HeldCash[] {
  const own = held.filter((each) => each.by === by)
  if (own.length > 0) return own
  const isOldest = (each: HeldCash) => each.by === held[0]?.by
  return held.filter((each, index) =>
    held.slice(0, index + 1).every((before) => before.charge !== each.charge || isOldest(before)),
  )
}

export function sumOfParts(held: readonly PartOnBehalf[]): number {
  return held.reduce((sum, { amount }) => sum + amount, 0)
}
