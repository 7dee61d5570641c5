/** A parsed value. Objects have no prototype, so that a member named `__proto__` is a member like any other. */
export type StrictJson = null | boolean | number | string | readonly StrictJson[] | StrictJsonObject
export type StrictJsonObject = { readonly [member: string]: StrictJson }

/** How much is read, and whether a number may be spelled in any way that JSON knows, as `1e3` or `1.0`. */
export type JsonBounds = {
  readonly depthMax: number
  readonly valuesMax: number
  readonly numbers: 'shortest' | 'any'
}

/** More than any token needs. */
export const TOKEN_JSON = { depthMax: 8, valuesMax: 256, numbers: 'shortest' } as const satisfies JsonBounds

export type StrictJsonResult<Value = StrictJsonObject> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: StrictJsonFault }

/** Never speaks of the content: it goes into logs. */
export type StrictJsonFault =
  | 'is not UTF-8'
  | 'is not JSON'
  | 'is not an object'
  | 'has a member twice'
  | 'has a number in another spelling than its shortest, or one that loses digits'
  | 'has half of a surrogate pair'
  | 'is nested too deeply'
  | 'has too many values'

/**
 * Reads bytes as one JSON object in UTF-8 (RFC 8259), more strictly than `JSON.parse`, for that takes a member twice and keeps the last, reads `1e3`, and
 * rounds what has too many digits: with any of these, two readers see two tokens under one signature. Refuses a byte order mark, and
 * whatever goes beyond the bounds. Takes no longer than a few passes over the text.
 */
export function parseStrictJson(bytes: Uint8Array): StrictJsonResult {
  const parsed = parseStrictJsonValue(bytes)
  if (!parsed.ok) return parsed
  return isObject(parsed.value) ? { ok: true, value: parsed.value } : { ok: false, fault: 'is not an object' }
}

/** The same for any one value. */
export function parseStrictJsonValue(bytes: Uint8Array): StrictJsonResult<StrictJson> {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { ok: false, fault: 'is not UTF-8' }
  }
  return parseJsonText(text, TOKEN_JSON)
}

/** Any one value of a text within bounds of the caller's. A member twice is refused whatever they are. */
export function parseJsonText(text: string, bounds: JsonBounds): StrictJsonResult<StrictJson> {
  try {
    return { ok: true, value: new Reader(text, bounds).whole() }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.fault }
    throw error
  }
}

export function isObject(value: StrictJson | undefined): value is StrictJsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Leaves the recursion; never leaves this file. */
class Fault extends Error {
  readonly fault: StrictJsonFault
  constructor(fault: StrictJsonFault) {
    super(fault)
    this.fault = fault
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const STRING = /"(?:[^"\\]|\\.)*"/sy

/** Undoes the escapes of what stands between quotes; `undefined` for an escape that JSON does not know, and for control characters. */
function stringOf(spelled: string): string | undefined {
  try {
    const value: unknown = JSON.parse(spelled)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

class Reader {
  readonly #text: string
  readonly #bounds: JsonBounds
  #at = 0
  #values = 0

  constructor(text: string, bounds: JsonBounds) {
    this.#text = text
    this.#bounds = bounds
  }

  whole(): StrictJson {
    const value = this.#value(0)
    this.#space()
    if (this.#at !== this.#text.length) throw new Fault('is not JSON')
    return value
  }

  #value(depth: number): StrictJson {
    if (depth > this.#bounds.depthMax) throw new Fault('is nested too deeply')
    this.#values += 1
    if (this.#values > this.#bounds.valuesMax) throw new Fault('has too many values')
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(depth: number): StrictJsonObject {
    const members: Record<string, StrictJson> = Object.create(null)
    this.#at += 1
    if (this.#skips('}')) return members
    do {
      this.#space()
      const name = this.#string()
      if (name in members) throw new Fault('has a member twice')
      if (!this.#skips(':')) throw new Fault('is not JSON')
      members[name] = this.#value(depth + 1)
    } while (this.#skips(','))
    if (!this.#skips('}')) throw new Fault('is not JSON')
    return members
  }

  #array(depth: number): readonly StrictJson[] {
    const items: StrictJson[] = []
    this.#at += 1
    if (this.#skips(']')) return items
    do items.push(this.#value(depth + 1))
    while (this.#skips(','))
    if (!this.#skips(']')) throw new Fault('is not JSON')
    return items
  }

  #string(): string {
    const spelled = this.#match(STRING)
    if (spelled === undefined) throw new Fault('is not JSON')
    const value = stringOf(spelled)
    if (value === undefined) throw new Fault('is not JSON')
    if (!value.isWellFormed()) throw new Fault('has half of a surrogate pair')
    return value
  }

  #number(): number {
    const spelled = this.#match(NUMBER)
    if (spelled === undefined) throw new Fault('is not JSON')
    const value = Number(spelled)
    if (this.#bounds.numbers === 'shortest' && String(value) !== spelled) {
      throw new Fault('has a number in another spelling than its shortest, or one that loses digits')
    }
    return value
  }

  #word<Value extends boolean | null>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw new Fault('is not JSON')
    this.#at += word.length
    return value
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #skips(mark: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== mark) return false
    this.#at += 1
    return true
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
}
