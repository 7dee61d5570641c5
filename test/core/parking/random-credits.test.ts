import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change } from '../../../core/changes.ts'
import type { PassageGround } from '../../../core/lane/state.ts'
import { restOf } from '../../../core/parking/asking.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { SITE, vnd } from '../kit.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, park } from './park.ts'
import { holds } from './stays-hold.ts'

const PLATE = '30A-123.45'

/** One vehicle that comes again and again, owes from before, and stands at the exit while its money is told of, and is moved from one of its stays to another. */
const WHAT = [
  'come',
  'stand',
  'stand',
  'tell',
  'tell',
  'tell',
  'move',
  'move',
  'move',
  'move',
  'owe',
  'drive',
  'reverse',
  'hurry',
  'wait',
] as const

type Step = { readonly what: (typeof WHAT)[number]; readonly pick: number; readonly size: number }

const steps = fc.array(fc.record({ what: fc.constantFrom(...WHAT), pick: fc.nat(7), size: fc.nat(4) }), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
})

function doStep(p: Park, { what, pick, size }: Step, index: number): unknown {
  const charges = p.charges()
  const charge = charges[pick % Math.max(1, charges.length)]
  switch (what) {
    case 'come':
      if (p.open().length > 0) return
      p.arrive(CAR_IN)
      p.seeIn(CAR_IN, PLATE)
      return p.drive(CAR_IN)
    case 'stand':
      p.wait(10 * SECOND_MS)
      p.arrive(CAR_OUT)
      return p.see(CAR_OUT, PLATE)
    case 'tell': {
      if (charge === undefined) return
      const amount = amountFor(restOf(charge).amount, charge.charge.due.amount, size)
      const text = transferReference(charge.charge.id, SITE) ?? ''
      return p.take({ kind: 'credit-by-text', reference: `FT${index}`, amount: vnd(amount), text, toldAt: null })
    }
    case 'move': {
      const references = [...p.credits.keys()]
      const reference = references[size % Math.max(1, references.length)]
      if (reference === undefined || charge === undefined) return
      return p.take({ kind: 'credit-moved', reference, charge: charge.charge.id, reason: 'asked the payer' })
    }
    case 'owe':
      p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
      return p.drive(CAR_OUT)
    case 'drive':
      return p.drive(CAR_OUT)
    case 'reverse':
      return p.reverse(CAR_OUT)
    case 'hurry':
      return p.wait(2 * MINUTE_MS)
    case 'wait':
      return p.wait((1 + pick) * 40 * MINUTE_MS)
  }
}

/** What is asked, half of it, more than it, all that the stay costs, or something else. */
function amountFor(rest: number, due: number, size: number): number {
  return [rest, Math.ceil(rest / 2), rest + 5_000, due, 25_000][size] || 10_000
}

/** Where nobody has agreed that less is paid. */
const PAID_FOR: ReadonlySet<Extract<PassageGround, { kind: 'session' }>['by']> = new Set([
  'paid',
  'payer',
  'ticket',
  'plate',
  'right',
])

/** Whoever is let out as paid has paid all that its own stay asks, by the books as they stand after the record. */
function nobodyLeavesUnpaid(p: Park, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.kind !== 'passage-granted' || change.passage.right.kind !== 'session') continue
    const { session, side, by } = change.passage.right
    const charge = p.charge(p.session(session).charge)
    if (side === 'entry' || !PAID_FOR.has(by) || charge === null) continue
    expect(restOf(charge).amount, `${session} is let out as ${by}, and its charge still asks`).toBe(0)
  }
}

/** A stay that was paid up is so until money that paid for it is taken off. */
function nothingUnsettles(p: Park, settledBefore: ReadonlySet<string>, changes: readonly Change[]): void {
  for (const { id, settledAt, charge } of p.sessions()) {
    if (settledAt !== null || !settledBefore.has(id)) continue
    const off = changes.flatMap((each) =>
      each.kind === 'credit-reversed' && each.charge === charge ? [each.ofPaid.amount] : [],
    )
    expect(
      off.reduce((sum, each) => sum + each, 0),
      `${id} is paid up no more`,
    ).toBeGreaterThan(0)
  }
}

const settled = (p: Park): ReadonlySet<string> =>
  new Set(p.sessions().flatMap(({ id, settledAt }) => (settledAt === null ? [] : [id])))

test('however money is moved between the stays of one plate while it stands at the exit: what is closed as paid is paid, and nobody is let out by money that was taken off', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const p = park()
      all.forEach((step, index) => {
        const [seen, before] = [p.changes.length, settled(p)]
        doStep(p, step, index)
        const changes = p.changes.slice(seen)
        holds(p)
        nobodyLeavesUnpaid(p, changes)
        nothingUnsettles(p, before, changes)
      })
    }),
    { numRuns: 1_500, seed: 7 },
  )
})
