/** What canonical JSON is made of: numbers are whole, because no float ever enters a record. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json | undefined }

/**
 * The one spelling of a value, by RFC 8785: members sorted by UTF-16 code units, no spaces. Members that are `undefined` are left out. Throws on fractions,
 * NaN, infinities, whole numbers beyond 2^53 - 1, strings with a lone surrogate, and objects of a class (a Date, a Map, bytes), which would lose what they hold: none of
 * them may stand in a record.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError(`number ${value} has no place in a record`)
      return Object.is(value, -0) ? '0' : String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return list(value)
      if (!isPlain(value)) throw new TypeError(`a ${value.constructor.name} has no place in a record`)
      return members(value)
    case 'undefined':
    case 'function':
    case 'symbol':
    case 'bigint':
      throw new TypeError(`a ${typeof value} has no place in a record`)
  }
}

/** Stands in JSON as it is, and so does nearly every text of a record. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

function text(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate has no place in a record')
  return JSON.stringify(value)
}

function list(values: readonly unknown[]): string {
  let out = '['
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) out += ','
    out += canonicalJson(values[index])
  }
  return `${out}]`
}

function members(value: Record<string, unknown>): string {
  let out = '{'
  for (const name of sorted(Object.keys(value))) {
    const member = value[name]
    if (member === undefined) continue
    if (out.length > 1) out += ','
    out += spelled(name)
    out += typeof member === 'string' ? text(member) : canonicalJson(member)
  }
  return `${out}}`
}

/** Records name their members with the same few hundred words again and again. What others name theirs takes up this much room and no more. */
const NAMES_KEPT_MAX = 1_000
const NAME_CHARACTERS_KEPT_MAX = 64
const namesKept = new Map<string, string>()

/** A member's name with its colon. */
function spelled(name: string): string {
  const kept = namesKept.get(name)
  if (kept !== undefined) return kept
  const made = `${text(name)}:`
  if (namesKept.size < NAMES_KEPT_MAX && name.length <= NAME_CHARACTERS_KEPT_MAX) namesKept.set(name, made)
  return made
}

const FEW_NAMES_MAX = 24

/** By UTF-16 code units, as `<` compares. A few names are put in order where they stand, which costs a tenth of calling for it; of many that would be quadratic. */
function sorted(names: string[]): readonly string[] {
  if (names.length > FEW_NAMES_MAX) return names.sort()
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] as string
    let place = index
    // Never asked for what stands before the first: the engine would look for a member of that name.
    while (place > 0 && (names[place - 1] as string) > name) {
      names[place] = names[place - 1] as string
      place -= 1
    }
    names[place] = name
  }
  return names
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
