import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SYNCED } from '../kit.ts'
import { park } from './park.ts'
import type { Step } from './random-steps.ts'
import { BY_BANK, doStep, GIVES, HANDED_IN, someSite, stepsOf, WHAT } from './random-steps.ts'
import { asksAreWaitedFor, holds } from './stays-hold.ts'
import { TWO_PRICES } from './tariff-kit.ts'

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
        holds(p)
        asksAreWaitedFor(p)
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
      holds(p)
    }),
    { numRuns, seed: 7 },
  )
}
