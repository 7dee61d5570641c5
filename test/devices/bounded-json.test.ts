import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MESSAGE_BYTES_MAX, NESTING_MAX, readJson, readText } from '../../devices/bounded-json.ts'

const anything = z.unknown()

describe('reading JSON within bounds', () => {
  it('reads what JSON.parse reads, and refuses what it refuses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json({ maxDepth: 6 }), fc.string()), (text) => {
        const read = readJson(anything, utf8(text))
        if (read.ok) expect(read.value).toEqual(JSON.parse(text))
        else if (read.refusal === 'not-json') expect(() => JSON.parse(text)).toThrow(SyntaxError)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both', '[{"a":', '}]'],
  ])(`takes ${NESTING_MAX} %s within one another and not one more`, (_what, open, close) => {
    const levels = open.match(/[[{]/g)?.length ?? 1
    const nested = (times: number) => `${open.repeat(times)}1${close.repeat(times)}`
    expect(readJson(anything, utf8(nested(NESTING_MAX / levels))).ok).toBe(true)
    expect(readJson(anything, utf8(nested(NESTING_MAX / levels + 1)))).toMatchObject({ refusal: 'too-deep' })
  })

  it('counts no brackets inside text', () => {
    for (const text of ['['.repeat(1_000), `\\"${'{'.repeat(1_000)}`, `\\\\\\"${'['.repeat(1_000)}`]) {
      expect(readJson(anything, utf8(`"${text}"`)).ok).toBe(true)
    }
    expect(readJson(anything, utf8(`"\\\\"${'['.repeat(1_000)}`))).toMatchObject({ refusal: 'too-deep' })
  })

  it('says too large before it decodes, and too deep before it parses', () => {
    expect(readJson(anything, new Uint8Array(MESSAGE_BYTES_MAX + 1).fill(0xff))).toMatchObject({ refusal: 'too-large' })
    expect(readJson(anything, utf8('['.repeat(MESSAGE_BYTES_MAX)))).toMatchObject({ refusal: 'too-deep' })
    expect(readText(new Uint8Array(MESSAGE_BYTES_MAX + 1))).toMatchObject({ refusal: 'too-large' })
    expect(readText(Uint8Array.of(0xff))).toMatchObject({ refusal: 'not-json' })
  })

  it.each([
    [{ a: 1 }, 'a must be of type string'],
    [{ a: 'long' }, 'a must be at most 3'],
    [{ a: '' }, 'a must be at least 1'],
    [{ a: 'x', kind: 'z' }, 'kind must be p or q'],
    [{ a: 'x', form: 'UPPER' }, 'form has the wrong form'],
    [{ a: 'x', list: ['ok', 4] }, 'list.1 must be of type string'],
    [{ a: 'x', one: {} }, 'one is none of the known kinds'],
    [{ a: 'x', even: 3 }, 'even has the wrong form'],
    [{ a: 'x', 'not-named': 1 }, 'the message has a field that is not in the schema'],
    ['text', 'the message must be of type object'],
  ])('of %j it says where and what, and nothing of what was sent', (value, detail) => {
    const schema = z.strictObject({
      a: z.string().min(1).max(3),
      kind: z.enum(['p', 'q']).optional(),
      form: z
        .string()
        .regex(/^[a-z]+$/)
        .optional(),
      list: z.array(z.string()).optional(),
      one: z.union([z.string(), z.number()]).optional(),
      even: z.number().multipleOf(2).optional(),
    })
    expect(readJson(schema, utf8(JSON.stringify(value)))).toEqual({ ok: false, refusal: 'wrong-schema', detail })
  })

  it('takes the refusal which a schema states as its own', () => {
    const schema = z.strictObject({ amount: z.int().min(1, 'amount-zero') })
    expect(readJson(schema, utf8('{"amount":0}'))).toMatchObject({ refusal: 'amount-zero' })
  })
})

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
