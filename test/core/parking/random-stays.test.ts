import fc from 'fast-check'
import { expect, test } from 'vitest'
import { debtsAccount } from '../../../core/ledger.ts'
import { giveBackAccount, unmatchedAccount } from '../../../core/parking/accounts.ts'
import { restOf } from '../../../core/parking/asking.ts'
import { SITE, SYNCED } from '../kit.ts'
import type { Park } from './park.ts'
import { park } from './park.ts'
import type { Step } from './random-steps.ts'
import { BY_BANK, COUNTED, doStep, GIVES, HANDED_IN, someSite, stepsOf, WHAT } from './random-steps.ts'
import { LOT, TWO_PRICES } from './tariff-kit.ts'

function check(p: Park): void {
  const counted = p.sessions().filter(({ status }) => status === 'inside' || status === 'leaving')
  for (const { place, vehicleClass } of COUNTED) {
    const corrected = p.changes.reduce((sum, change) => {
      const isOf = change.kind === 'occupancy-corrected' && change.place === place
      return isOf && change.vehicleClass === vehicleClass ? sum + change.count - change.before : sum
    }, 0)
    const standing = counted.filter(
      (each) => each.vehicleClass === vehicleClass && (place === LOT || each.place === place),
    )
    expect(p.count(place, vehicleClass), 'entries − exits + corrections').toBe(standing.length + corrected)
    expect(p.count(place, vehicleClass), 'no count is below 0').toBeGreaterThanOrEqual(0)
  }

  let debits = 0
  let credits = 0
  for (const { debitsPosted, creditsPosted } of p.ledger().accounts.values()) {
    debits += debitsPosted
    credits += creditsPosted
  }
  expect(debits, 'the sum over all accounts is 0').toBe(credits)
  const owed = p.charges().filter(({ status }) => status === 'owed')
  expect(p.balance(debtsAccount('live', SITE)), 'what is owed is what debts say').toBe(
    owed.reduce((sum, each) => sum + restOf(each).amount, 0),
  )
  const ofStatus = (status: string) =>
    [...p.credits.values()].reduce((sum, each) => sum + (each.status === status ? each.amount.amount : 0), 0)
  expect(p.balance(unmatchedAccount('live', SITE)), 'what nobody knows is what waits').toBe(0 - ofStatus('unmatched'))
  const back = ofStatus('refund-due') + p.charges().reduce((sum, { overpaid }) => sum + overpaid, 0)
  expect(p.balance(giveBackAccount('live', SITE)) + back, 'what came beyond what was due is to be given back').toBe(0)
  for (const { charge, paid, status } of p.charges()) {
    expect(paid, 'paid is at most due').toBeLessThanOrEqual(charge.due.amount)
    if (status === 'paid') expect(paid).toBe(charge.due.amount)
  }
  const ofStays = p.charges().map(({ charge }) => charge.session)
  expect(new Set(ofStays).size, 'a stay has one charge').toBe(ofStays.length)
  for (const { status, charge } of p.sessions()) {
    const known = p.charge(charge)
    if (status === 'left' && known !== null)
      expect(['paid', 'owed'], 'who has left has paid or owes').toContain(known.status)
  }
}

test('whatever happens: the counts hold, nobody pays twice, no đồng is lost, and every stay can end', () => {
  holdWhatever(WHAT, 400)
})

test('whatever is handed in late besides, all that holds', () => {
  holdWhatever([...WHAT, ...HANDED_IN], 200)
})

test('whatever the bank tells besides, is moved from charge to charge, and merchants give, all that holds', () => {
  holdWhatever([...WHAT, ...BY_BANK], 200)
})

function holdWhatever(what: readonly Step['what'][], numRuns: number): void {
  fc.assert(
    fc.property(someSite, stepsOf(what), ({ antiPassback, unpaid, isPriced }, steps) => {
      const p = park({
        policy: { antiPassback, validations: [GIVES] },
        lanes: { unpaid },
        tariffs: isPriced ? TWO_PRICES : null,
      })
      steps.forEach((step, index) => {
        doStep(p, step, index)
        check(p)
      })
      p.setTrust(SYNCED)
      for (const { id } of p.open()) {
        const { outcome } = p.take({
          kind: 'session-corrected',
          session: id,
          correction: { kind: 'close' },
          reason: 'the day is over',
        })
        expect(outcome.ok).toBe(true)
      }
      expect(p.open()).toEqual([])
      check(p)
    }),
    { numRuns, seed: 7 },
  )
}
