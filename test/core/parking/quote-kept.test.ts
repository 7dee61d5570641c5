import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../../core/canonical-json.ts'
import { quote } from '../../../core/parking/quote.ts'
import { tariffId } from '../../../core/parking/tariff.ts'
import { instantOf } from '../../../core/parking/zone-time.ts'
import { bookOf, FIRST_DAY, LEVEL, LOT, minutesLater, someRights, someTariffs, stayOf } from './tariff-kit.ts'
import { BERLIN, HANOI, LORD_HOWE, NEW_YORK } from './zones.ts'

const someStay = fc.record({
  lot: someTariffs,
  level: fc.option(someTariffs),
  rights: someRights,
  zone: fc.constantFrom(HANOI, BERLIN, NEW_YORK, LORD_HOWE),
  start: fc.integer({ min: 0, max: 8 * 1_440 * 60 }),
  /** In seconds: how long it stands before each move, and at last. */
  stands: fc.array(fc.integer({ min: 0, max: 2 * 1_440 * 60 }), { minLength: 1, maxLength: 4 }),
})

/** Bills were written down by their hash before the meter was made faster; whoever changes a rule of the quote writes down the new one. */
test('each line of 3,000 random bills, over one lot or several, is what it was', () => {
  const hash = createHash('sha256')
  const seen = { segments: 0, lines: 0, moved: 0, rights: 0 }
  for (const { lot, level, rights, zone, start, stands } of fc.sample(someStay, { numRuns: 3_000, seed: 109 })) {
    const onLevel = (level ?? []).map((one) => ({ ...one, id: tariffId('level'), places: [LEVEL] as const }))
    const from = minutesLater(instantOf(HANOI, FIRST_DAY, 0), start / 60)
    let until = from
    const moves = stands.map((seconds, index) => {
      const move = { place: index % 2 === 1 ? LEVEL : LOT, from: until }
      until = minutesLater(until, seconds / 60)
      return move
    })
    const stay = stayOf(from, until, stands.length === 1 ? {} : { moves: moves.slice(1) })
    const quoted = quote(stay, bookOf(...lot, ...onLevel), rights, zone)
    hash.update(canonicalJson(quoted))
    if (!quoted.ok) continue
    seen.segments += quoted.segments.length
    seen.lines += quoted.lines.length
    seen.moved += quoted.segments.some(({ place }) => place === LEVEL) ? 1 : 0
    seen.rights += quoted.rights.length
  }
  expect(seen).toEqual({ segments: 15_430, lines: 27_954, moved: 2_124, rights: 1_144 })
  expect(hash.digest('hex')).toBe('73fc1f7600798ae681acc104c8138a32ad5091ac694f7c26ae0ee84dc29d9936')
})
