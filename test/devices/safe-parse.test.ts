import { describe, expect, test } from 'vitest'
import { z } from 'zod'
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
    for (const [whole, value, place] of [
      [schema, NO_LENGTH, []],
      [z.array(schema), ['abc', NO_LENGTH], [1]],
      [z.strictObject({ inner: schema, other: z.null() }), { other: null, inner: NO_LENGTH }, ['inner']],
    ] as const) {
      const result = safeParse(whole, value)
      expect(result.success).toBe(false)
      expect(result.error?.issues.map((issue) => [issue.code, issue.path, issue.message])).toEqual([
        ['custom', place, UNREADABLE_LENGTH],
      ])
    }
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
