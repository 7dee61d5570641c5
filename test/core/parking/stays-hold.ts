import { expect } from 'vitest'
import { debtsAccount } from '../../../core/ledger.ts'
import { giveBackAccount, unmatchedAccount } from '../../../core/parking/accounts.ts'
import { restOf } from '../../../core/parking/asking.ts'
import { unpaidAt } from '../../../core/parking/hold.ts'
import { SITE } from '../kit.ts'
import type { Park } from './park.ts'
import { COUNTED, LANES } from './random-steps.ts'
import { LOT } from './tariff-kit.ts'

/** What staff have corrected of each count, and how many of the changes that is of. */
const corrected = new WeakMap<Park, { upTo: number; readonly sums: Map<string, number> }>()

function correctedOf(p: Park, place: string, vehicleClass: string): number {
  const known = corrected.get(p) ?? { upTo: 0, sums: new Map<string, number>() }
  for (; known.upTo < p.changes.length; known.upTo += 1) {
    const change = p.changes[known.upTo]
    if (change?.kind !== 'occupancy-corrected') continue
    const key = `${change.place}/${change.vehicleClass}`
    known.sums.set(key, (known.sums.get(key) ?? 0) + change.count - change.before)
  }
  corrected.set(p, known)
  return known.sums.get(`${place}/${vehicleClass}`) ?? 0
}

/** It is asked a million times over: only what differs is worth a message. */
function same(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) expect(actual, what).toBe(expected)
}

function holdsThat(what: string, isSo: boolean, actual: unknown): void {
  if (!isSo) expect.unreachable(`${what}: ${String(actual)}`)
}

/** What holds of a car park's books after every step, whatever it was. */
export function holds(p: Park): void {
  const counted = p.sessions().filter(({ status }) => status === 'inside' || status === 'leaving')
  for (const { place, vehicleClass } of COUNTED) {
    const standing = counted.filter(
      (each) => each.vehicleClass === vehicleClass && (place === LOT || each.place === place),
    )
    const count = p.count(place, vehicleClass)
    same('entries − exits + corrections', count, standing.length + correctedOf(p, place, vehicleClass))
    holdsThat('no count is below 0', count >= 0, count)
  }

  let debits = 0
  let credits = 0
  for (const { debitsPosted, creditsPosted } of p.ledger().accounts.values()) {
    debits += debitsPosted
    credits += creditsPosted
  }
  same('the sum over all accounts is 0', debits, credits)
  const charges = p.charges()
  const owed = charges.reduce((sum, each) => sum + (each.status === 'owed' ? restOf(each).amount : 0), 0)
  same('what is owed is what debts say', p.balance(debtsAccount('live', SITE)), owed)
  const ofStatus = (status: string): number =>
    [...p.credits.values()].reduce((sum, each) => sum + (each.status === status ? each.amount.amount : 0), 0)
  same('what nobody knows is what waits', p.balance(unmatchedAccount('live', SITE)), 0 - ofStatus('unmatched'))
  const back = ofStatus('refund-due') + charges.reduce((sum, { overpaid }) => sum + overpaid, 0)
  same('what came beyond what was due is to be given back', p.balance(giveBackAccount('live', SITE)) + back, 0)
  for (const { charge, paid, status } of charges) {
    holdsThat(`${charge.id}: paid is at most due`, paid <= charge.due.amount, paid)
    if (status === 'paid') same(`${charge.id} is closed as paid`, paid, charge.due.amount)
  }
  const ofStays = charges.map(({ charge }) => charge.session)
  same('a stay has one charge', new Set(ofStays).size, ofStays.length)
  for (const { status, charge } of p.sessions()) {
    const known = p.charge(charge)
    if (status === 'left' && known !== null)
      holdsThat('who has left has paid or owes', known.status === 'paid' || known.status === 'owed', known.status)
  }
}

/** What a lane at rest asks is waited for by its own name, and by nothing else; a lane that lets somebody through, or is held open, asks nothing. */
export function asksAreWaitedFor(p: Park): void {
  const waits = p.waits().flatMap((timer) => (timer.purpose === 'quote-lapses' ? [timer] : []))
  for (const lane of LANES) {
    const { phase, visit } = p.lane(lane)
    const own = waits.filter((timer) => timer.lane === lane)
    const asked = visit?.asked ?? null
    if (phase.kind === 'idle' || phase.kind === 'vehicle-present')
      expect(own, 'what is asked lapses').toEqual(
        asked === null ? [] : [{ purpose: 'quote-lapses', lane, charge: asked.charge, askedAt: asked.at }],
      )
    else if (phase.kind !== 'waiting' && phase.kind !== 'closing') expect(own, 'nothing is asked').toEqual([])
    const unpaid = unpaidAt(p.lane(lane))
    const named = { purpose: 'unpaid-due', lane, charge: unpaid?.charge, since: unpaid?.since }
    for (const timer of p.waits())
      if (timer.purpose === 'unpaid-due' && timer.lane === lane) expect(timer, 'what is waited for').toEqual(named)
  }
}
