import { describe, expect, test } from 'vitest'
import { randomOf, xoshiro128 } from '../../../simulators/world/random.ts'

describe('the generator', () => {
  test('gives the published numbers of xoshiro128** for the state 1, 2, 3, 4', () => {
    const next = xoshiro128([1, 2, 3, 4])
    expect(Array.from({ length: 10 }, next)).toEqual([
      11_520, 0, 5_927_040, 70_819_200, 2_031_721_883, 1_637_235_492, 1_287_239_034, 3_734_860_849, 3_729_100_597,
      4_258_142_804,
    ])
  })
})

describe('the dice', () => {
  test('of one seed fall the same again, and of another seed otherwise', () => {
    const thrown = (seed: string) => Array.from({ length: 20 }, randomOf(seed).next)
    expect(thrown('market')).toEqual(thrown('market'))
    expect(thrown('market')).not.toEqual(thrown('car park'))
  })

  test('of a fork depend on its name alone, not on what was thrown before', () => {
    const fresh = randomOf(7)
    const used = randomOf(7)
    for (let throws = 0; throws < 13; throws += 1) used.next()
    expect(used.fork('reader').hex(16)).toBe(fresh.fork('reader').hex(16))
    expect(fresh.fork('reader').hex(16)).not.toBe(fresh.fork('till').hex(16))
  })

  test('are fair on sides that do not divide 2^32', () => {
    const random = randomOf('fair')
    const counts = [0, 0, 0, 0, 0, 0]
    for (let throws = 0; throws < 60_000; throws += 1) {
      const side = random.below(6)
      counts[side] = (counts[side] ?? 0) + 1
    }
    // Chi-square with 5 degrees of freedom: 20.5 is passed by chance once in a thousand seeds, and this seed is fixed.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
    expect(chiSquare).toBeLessThan(20.5)
  })

  test('reach both ends of a range, and nothing beyond', () => {
    const random = randomOf('ends')
    const thrown = new Set(Array.from({ length: 200 }, () => random.between(-1, 2)))
    expect([...thrown].sort((left, right) => left - right)).toEqual([-1, 0, 1, 2])
  })

  test('never say yes to a chance of 0 and always to a chance of 1', () => {
    const random = randomOf('certain')
    expect(Array.from({ length: 100 }, () => random.chance(0))).not.toContain(true)
    expect(Array.from({ length: 100 }, () => random.chance(1))).not.toContain(false)
  })

  test('pick by weight, and never what weighs nothing', () => {
    const random = randomOf('weights')
    const picked = Array.from({ length: 4_000 }, () => random.weighted({ often: 3, seldom: 1, never: 0 }))
    const often = picked.filter((name) => name === 'often').length
    expect(picked).not.toContain('never')
    expect(often).toBeGreaterThan(2_850)
    expect(often).toBeLessThan(3_150)
  })

  test('wait for about the mean, in whole milliseconds, and never for ever', () => {
    const random = randomOf('waits')
    const waits = Array.from({ length: 20_000 }, () => random.waitMs(1_000))
    expect(waits.every((wait) => Number.isInteger(wait) && wait >= 0 && wait <= 10_000)).toBe(true)
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length
    expect(Math.abs(mean - 1_000)).toBeLessThan(40)
  })

  test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('refuse %d sides', (sides) => {
    expect(() => randomOf('x').below(sides)).toThrow(RangeError)
  })
})
