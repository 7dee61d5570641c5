import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StrictJsonFault } from '../../gateway/strict-json.ts'
import { parseJsonText, parseStrictJson, parseStrictJsonValue, TOKEN_JSON } from '../../gateway/strict-json.ts'

const { depthMax: JSON_DEPTH_MAX, valuesMax: JSON_VALUES_MAX } = TOKEN_JSON

test.each([
  '{}',
  '{"a":1,"b":[true,false,null,"x"],"c":{"d":-7}}',
  ' {\t"a" :\n[ ] , "b":{ } }\r ',
  '{"text":"đã nhận 60.000 ₫ \\u00e9\\n\\"\\\\\\/"}',
  '{"amt":9007199254740991,"least":-9007199254740991,"zero":0}',
  '{"fraction":1.5}',
  '{"pair":"\\ud83d\\ude00 😀"}',
])('reads %s as JSON.parse does', (text) => {
  expect(read(text)).toEqual(JSON.parse(text))
})

const LOSSY = 'has a number in another spelling than its shortest, or one that loses digits'

const faults: readonly (readonly [name: string, text: string, fault: StrictJsonFault])[] = [
  ['nothing', '', 'is not JSON'],
  ['a half', '{"a":1', 'is not JSON'],
  ['something behind the end', '{} {}', 'is not JSON'],
  ['a comma too many', '{"a":1,}', 'is not JSON'],
  ['a comma too many in a list', '{"a":[1,]}', 'is not JSON'],
  ['no colon', '{"a" 1}', 'is not JSON'],
  ['a name without quotes', '{a:1}', 'is not JSON'],
  ['single quotes', "{'a':1}", 'is not JSON'],
  ['a comment', '{"a":1/**/}', 'is not JSON'],
  ['an unknown word', '{"a":nul}', 'is not JSON'],
  ['NaN', '{"a":NaN}', 'is not JSON'],
  ['an unknown escape', '{"a":"\\x41"}', 'is not JSON'],
  ['a half of an escape', '{"a":"\\u12"}', 'is not JSON'],
  ['a line’s end in a text', '{"a":"\n"}', 'is not JSON'],
  ['a byte order mark', '\ufeff{}', 'is not JSON'],
  ['a list', '[1]', 'is not an object'],
  ['a text', '"a"', 'is not an object'],
  ['null', 'null', 'is not an object'],
  ['a member twice', '{"exp":1,"exp":2}', 'has a member twice'],
  ['a member twice in another spelling', '{"exp":1,"\\u0065xp":2}', 'has a member twice'],
  ['a member twice within', '{"a":{"b":1,"b":1}}', 'has a member twice'],
  ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'has a member twice'],
  ['an exponent', '{"amt":5e4}', LOSSY],
  ['a point for nothing', '{"amt":50000.0}', LOSSY],
  ['minus zero', '{"amt":-0}', LOSSY],
  ['more digits than a number holds', '{"amt":9007199254740993}', LOSSY],
  ['a fraction that would be lost', '{"amt":50000.00000000000000001}', LOSSY],
  ['an infinite number', '{"amt":1e999}', LOSSY],
  ['a leading zero', '{"amt":050}', 'is not JSON'],
  ['a plus', '{"amt":+5}', 'is not JSON'],
  ['half of a surrogate pair', '{"a":"\\ud83d"}', 'has half of a surrogate pair'],
]

test.each(faults)('refuses %s', (_name, text, fault) => {
  expect(parseStrictJson(bytesOf(text))).toEqual({ ok: false, fault })
})

test('refuses bytes that are not UTF-8', () => {
  const fault = 'is not UTF-8'
  expect(parseStrictJson(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d))).toEqual({ ok: false, fault })
  expect(parseStrictJson(new Uint8Array(Buffer.from('{}', 'utf16le')))).toEqual({ ok: false, fault: 'is not JSON' })
})

test('a member named __proto__ is a member and changes no object', () => {
  const value = read('{"__proto__":{"exp":1}}')
  expect(Object.keys(value)).toEqual(['__proto__'])
  expect(value['exp']).toBeUndefined()
})

describe('limits', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

  test(`nesting of ${JSON_DEPTH_MAX} is read, one more is refused`, () => {
    expect(parseStrictJson(bytesOf(nested(JSON_DEPTH_MAX))).ok).toBe(true)
    expect(parseStrictJson(bytesOf(nested(JSON_DEPTH_MAX + 1)))).toEqual({ ok: false, fault: 'is nested too deeply' })
  })

  test(`${JSON_VALUES_MAX} values are read, one more is refused`, () => {
    const list = (values: number) => `{"a":[${Array.from({ length: values - 2 }, () => 0).join()}]}`
    expect(parseStrictJson(bytesOf(list(JSON_VALUES_MAX))).ok).toBe(true)
    expect(parseStrictJson(bytesOf(list(JSON_VALUES_MAX + 1)))).toEqual({ ok: false, fault: 'has too many values' })
  })

  test('a megabyte of opening brackets is refused without running out of stack', () => {
    expect(parseStrictJson(bytesOf('['.repeat(1 << 20)))).toEqual({ ok: false, fault: 'is nested too deeply' })
  })
})

describe('whatever it reads, JSON.parse reads the same', () => {
  test('for any value that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const text = JSON.stringify(value)
        const parsed = parseStrictJsonValue(bytesOf(text))
        if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text))
        else expect(parsed.fault).not.toBe('is not JSON')
      }),
    )
  })

  test('for any text, and where JSON.parse throws it refuses', () => {
    const scraps = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '"a"', '\\', '1', '-', '.', 'e', 'true', ' ', '0')
    fc.assert(
      fc.property(fc.array(scraps, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        const parsed = parseStrictJsonValue(bytesOf(text))
        if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text))
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('within bounds of the caller’s', () => {
  const bounds = { depthMax: 2, valuesMax: 4, numbers: 'any' } as const

  test.each(['1e3', '50000.0', '-0', '9007199254740993', '[[1,2]]'])('reads %s as JSON.parse does', (text) => {
    expect(parseJsonText(text, bounds)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  test.each<[string, StrictJsonFault]>([
    ['[[[1]]]', 'is nested too deeply'],
    ['[1,2,3,4]', 'has too many values'],
    ['{"a":1,"a":1}', 'has a member twice'],
    ['01', 'is not JSON'],
  ])('refuses %s, which %s', (text, fault) => {
    expect(parseJsonText(text, bounds)).toEqual({ ok: false, fault })
  })
})

function read(text: string) {
  const parsed = parseStrictJson(bytesOf(text))
  if (!parsed.ok) throw new Error(parsed.fault)
  return parsed.value
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
