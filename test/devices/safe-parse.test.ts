import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { checked } from '../../devices/bounded-json.ts'
import { safeParse, UNREADABLE_LENGTH } from '../../devices/safe-parse.ts'

const NO_LENGTH = JSON.parse('{"length":{"valueOf":0,"toString":0}}')

describe('parsing what came from outside', () => {
  test.each([
    ['a text with a least length', z.string().min(1)],
    ['a text with a greatest length', z.string().max(3)],
    ['a text of one length', z.string().length(3)],
    ['a list', z.array(z.string()).max(3)],
    ['one of two', z.union([z.string().max(3), z.int()])],
  ])('refuses an object whose length is no number where %s belongs, at every depth', (_, schema) => {
    for (const [whole, value] of [
      [schema, NO_LENGTH],
      [z.array(schema), ['abc', NO_LENGTH]],
      [z.strictObject({ inner: schema, other: z.null() }), { other: null, inner: NO_LENGTH }],
    ] as const) {
      const result = safeParse(whole, value)
      expect(result.success).toBe(false)
      expect(result.error?.issues.map((issue) => [issue.code, issue.path, issue.message])).toEqual([
        ['custom', [], UNREADABLE_LENGTH],
      ])
    }
  })

  test('names nothing that the sender chose', () => {
    const sent = { '079123456789': { length: {} }, id: NO_LENGTH }
    expect(JSON.stringify(checked(z.strictObject({ id: z.string().max(9) }), sent))).not.toContain('079123456789')
  })

  test('looks through as many entries, and as deep, as a file may have', () => {
    const wide = [...Array.from({ length: 300_000 }, () => ({ x: 'x' })), NO_LENGTH]
    const schema = z.array(z.union([z.looseObject({ x: z.string() }), z.string().max(9)]))
    expect(safeParse(schema, wide).error?.issues[0]?.message).toBe(UNREADABLE_LENGTH)
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`)
    expect(
      safeParse(z.strictObject({ deep: z.unknown(), id: z.string().max(9) }), { deep, id: NO_LENGTH }).success,
    ).toBe(false)
  })

  test('takes and refuses all else as the schema does, in the words that were asked for', () => {
    const schema = z.string().max(3)
    const error = z.locales.vi().localeError
    for (const value of ['abc', 'abcd', 7, null, { length: 2 }, { length: 'x' }, []]) {
      const [ours, its] = [safeParse(schema, value, { error }), schema.safeParse(value, { error })]
      expect([ours.success, ours.data, ours.error?.issues]).toEqual([its.success, its.data, its.error?.issues])
    }
  })

  test('passes on what our own code throws', () => {
    for (const thrown of [new RangeError('ours'), new TypeError('ours')]) {
      const broken = z.strictObject({ length: z.string() }).transform(() => {
        throw thrown
      })
      expect(() => safeParse(broken, { length: 'abc' })).toThrow(thrown)
    }
  })
})
