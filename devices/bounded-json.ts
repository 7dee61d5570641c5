import type { z } from 'zod'
import type { Refusal } from '../core/refusals.ts'
import { isRefusal } from '../core/refusals.ts'
import { safeParse } from './safe-parse.ts'

/** The longest message of a device that is read, in bytes. The longest of ours, a token of 10 kB held up to a reader, fits. */
export const MESSAGE_BYTES_MAX = 16_384
/** How many objects and arrays may stand within one another. A relay's full status has 5. */
export const NESTING_MAX = 8

export type Read<Value> = { readonly ok: true; readonly value: Value } | Unread
export type Unread = { readonly ok: false; readonly refusal: Refusal; readonly detail: string }

/**
 * Bytes to a checked value. Refuses what is over `MESSAGE_BYTES_MAX` before anything is decoded (`too-large`), bytes that are not UTF-8 or not JSON
 * (`not-json`), nesting over `NESTING_MAX` before it is parsed (`too-deep`), and what the schema does not take (`wrong-schema`, or the
 * refusal which the schema itself gives as its error). `detail` says where and what was wanted, and repeats nothing of what was sent: a
 * reader's message may hold somebody's token or identity card.
 */
export function readJson<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array): Read<z.output<Schema>> {
  const read = readText(bytes)
  if (!read.ok) return read
  if (isTooDeep(read.value)) return unread('too-deep', `more than ${NESTING_MAX} objects and arrays within one another`)
  const json = parsedJson(read.value)
  if (json === undefined) return unread('not-json', 'not JSON')
  return checked(schema, json.value)
}

/** A value that has been read already, by its schema. Refused as `readJson` does. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): Read<z.output<Schema>> {
  const result = safeParse(schema, value)
  return result.success ? { ok: true, value: result.data } : refusedBySchema(result.error)
}

/** Bytes to text, for devices that say `ON`. Refuses what is too large or not UTF-8. */
export function readText(bytes: Uint8Array): Read<string> {
  if (bytes.length > MESSAGE_BYTES_MAX) return unread('too-large', `more than ${MESSAGE_BYTES_MAX} bytes`)
  try {
    return { ok: true, value: utf8.decode(bytes) }
  } catch {
    return unread('not-json', 'not UTF-8')
  }
}

export function unread(refusal: Refusal, detail: string): Unread {
  return { ok: false, refusal, detail }
}

// A byte order mark stays, and is then no JSON: two spellings of one message would be two bodies under one id.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parsedJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** Counts brackets outside strings. Up to the first fault of a text that is not JSON, it sees the same brackets as the parser would. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let isInString = false
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (isInString) {
      if (code === BACKSLASH) index += 1
      else if (code === QUOTE) isInString = false
    } else if (code === QUOTE) {
      isInString = true
    } else if (OPENING.has(code)) {
      depth += 1
      if (depth > NESTING_MAX) return true
    } else if (CLOSING.has(code)) {
      depth -= 1
    }
  }
  return false
}

function refusedBySchema(error: z.ZodError): Unread {
  const issue = error.issues[0]
  if (issue === undefined) return unread('wrong-schema', 'does not fit')
  const place = issue.path.length === 0 ? 'the message' : issue.path.map(String).join('.')
  return unread(isRefusal(issue.message) ? issue.message : 'wrong-schema', `${place} ${wanted(issue)}`)
}

/** Only words of the schema: neither a value nor a name that the sender chose. */
function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be of type ${issue.expected}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'unrecognized_keys':
      return 'has a field that is not in the schema'
    case 'invalid_union':
      return 'is none of the known kinds'
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'has the wrong form'
  }
}
