import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../core/canonical-json.ts'

describe('the vectors of RFC 8785', () => {
  test('3.2.2: literals and strings are spelled as ECMAScript spells them', () => {
    const value = { string: '\u20ac$\u000F\nA\'B"\\\\"/', literals: [null, true, false] }
    expect(canonicalJson(value)).toBe('{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}')
  })

  test('3.2.3: members stand in the order of their UTF-16 code units', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toEqual([
      // A name that looks like an index comes first in any JavaScript object; what counts is the text, below.
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",' +
        '"\u20ac":"Euro Sign","\u{1f600}":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    )
  })

  test('3.2.4: as bytes it is UTF-8', () => {
    const bytes = new TextEncoder().encode(canonicalJson({ d: '\u{1f600}', c: '₫' }))
    expect(Buffer.from(bytes).toString('hex')).toBe('7b2263223a22e282ab222c2264223a22f09f9880227d')
  })

  test.each([
    [
      'an order of the alphabet that is no language’s',
      { peach: 1, péché: 2, pêche: 3, sin: 4 },
      '{"peach":1,"péché":2,"pêche":3,"sin":4}',
    ],
    ['members within members', { b: [{ y: 1, x: 2 }], a: { d: 1, c: [] } }, '{"a":{"c":[],"d":1},"b":[{"x":2,"y":1}]}'],
    ['nothing', {}, '{}'],
    ['an empty name', { '': '' }, '{"":""}'],
    [
      'control characters by their short names where they have some',
      '\b\t\n\f\r\u0000\u001f\u007f',
      '"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f"',
    ],
    ['a line separator as it is', '\u2028', '"\u2028"'],
  ])('%s', (_what, value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  test.each([
    [0, '0'],
    [-0, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
  ])('appendix B, as far as numbers are whole: %d', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })
})

describe('what may not stand in a record', () => {
  class Money {
    readonly amount = 1
  }
  test.each([
    ['a fraction', 1.5],
    ['2^53', 2 ** 53],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', '\ud83d'],
    ['a lone surrogate in a name', { '\ude00': 1 }],
    ['a value of its own that is missing', undefined],
    ['a missing value in a list', [1, undefined]],
    ['a hole in a list', Array(1)],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['a date, which would be spelled as nothing', new Date(0)],
    ['a map, which would be spelled as nothing', { accounts: new Map([['a', 1]]) }],
    ['bytes, which would be spelled as a list with names', new Uint8Array([1])],
    ['an object of a class', new Money()],
  ])('%s', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow('has no place in a record')
  })
})

test('members are put in order however many there are, and whatever they are called', () => {
  for (const count of [1, 2, 24, 25, 2_000]) {
    const names = Array.from({ length: count }, (_, index) => `${(index * 7_919) % count}:${'n'.repeat(index % 80)}`)
    const value = Object.fromEntries(names.map((name, index) => [name, index]))
    const spelled = canonicalJson(value)
    expect(spelled).toBe(JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))))
    // Again, with the names known.
    expect(canonicalJson(value)).toBe(spelled)
  }
})

test('a member that is undefined is left out, and an object need not have a prototype', () => {
  const bare: Record<string, unknown> = Object.create(null)
  bare['b'] = 1
  expect(canonicalJson({ c: undefined, a: bare, d: undefined })).toBe('{"a":{"b":1}}')
})

test('one value has one spelling: whatever the order of its members, and after being read again', () => {
  const name = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.maxSafeInteger(),
      name,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(name, tie('json'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(JSON.parse(text))).toBe(text)
      expect(canonicalJson(turnedRound(value))).toBe(text)
    }),
  )
})

function turnedRound(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedRound)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turnedRound(member)]),
  )
}
