import { z } from '@hono/zod-openapi'
import { KEYED_AMOUNT_MAX } from '../../core/money.ts'

/** What the wire forms of every subject are made of: names, ids, times and money. */

export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
  .openapi('Name', { description: '1 to 63 of a-z, 0-9 and inner dashes.' })

/** Ids that a decision makes: the gateway, its epoch, the seq, a letter and a number. */
export const madeId = z
  .string()
  .regex(/^[a-z0-9-]{1,63}:\d{1,16}:\d{1,16}:[a-z]\d{1,6}$/)
  .openapi('Id', {
    description: 'An id that a decision made: gateway, epoch, seq, a letter and a number.',
    example: 'box-1:1:42:g0',
  })

export const passage = madeId.openapi({ description: 'The right to pass a lane once.' })

export const slugParameter = z.object({ id: slug })
export const madeIdParameter = z.object({ id: madeId })

/** Far above what a journal holds. */
export const SEQ_MAX = 999_999_999_999_999

export const instant = z
  .int()
  .openapi('Instant', { description: 'Milliseconds since 1970-01-01T00:00:00Z.', example: 1_795_300_000_000 })
export const count = z.int().min(0)
export const mode = z
  .enum(['live', 'training'])
  .openapi('Mode', { description: 'Training money never mixes with live money.' })

export const money = z
  .strictObject({
    amount: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    currency: z.string().regex(/^[A-Z]{3}$/),
  })
  .openapi('Money', {
    description: 'A whole number of the currency’s smallest unit (đồng for VND); no fractions, below 2^53.',
    example: { amount: 60_000, currency: 'VND' },
  })

/** Money that a person keys. */
export const keyedMoney = z
  .strictObject({ ...money.shape, amount: z.int().min(0).max(KEYED_AMOUNT_MAX) })
  .openapi('KeyedMoney', {
    description: 'As `Money`; over 500,000,000 it is taken for a slip of the finger.',
    example: { amount: 60_000, currency: 'VND' },
  })

/** Money that is taken or given back: none at all is a slip of a finger, and a slip must not use up the key of a request. */
export const takenMoney = z
  .strictObject({ ...money.shape, amount: z.int().min(1).max(KEYED_AMOUNT_MAX) })
  .openapi('TakenMoney', {
    description: 'More than 0, in the currency of the charge.',
    example: { amount: 60_000, currency: 'VND' },
  })

export const place = z
  .union([
    z.strictObject({ kind: z.literal('stall'), id: slug }),
    z.strictObject({ kind: z.literal('lane'), id: slug }),
    z.strictObject({ kind: z.literal('site') }),
  ])
  .openapi('Place', { example: { kind: 'stall', id: 'stall-1' } })

/** Longer texts are refused before they are looked at; from 2,049 characters on as `token-too-long`. */
const SHOWN_CHARACTERS_MAX = 12_288
export const shownText = z.string().min(1).max(SHOWN_CHARACTERS_MAX)
/** What is typed on a page; the books keep longer ones as well (core/reason.ts). */
export const TYPED_REASON_CHARACTERS_MAX = 200

/** Ends the line, or turns the text around it round: `202E` shows what follows backwards, on every page and report that tells it again. */
const DISTURBING = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
/** Something to see: no space, no mark alone, none of the letters that are drawn as nothing. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\u115F\u1160\u2800\u3164\uFFA0]/u

/** What a person types and others read again: a name, a reason. Of text in which there is nothing to see nothing is left, and what would disturb the text around it is refused. */
export const typedText = z
  .string()
  .overwrite((text) => (VISIBLE.test(text) ? text.trim() : ''))
  .refine((text) => !DISTURBING.test(text), {
    params: { says: 'has a line end, or a character that nobody sees and that turns text round: type it anew' },
  })

/** Digits and nothing else: not what JavaScript would take for a number as well (an empty text, `1e3`, `0x10`). */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((number) => number >= min && number <= max)
}

/** An enumeration that does not compile when the union has grown. */
export function oneOfKeys<Name extends string>(names: Record<Name, true>): z.ZodEnum<{ [Key in Name]: Key }> {
  return z.enum(Object.keys(names) as [Name, ...Name[]]) as unknown as z.ZodEnum<{ [Key in Name]: Key }>
}

/** Said so that both halves stand in the document: `nullable()` on a named schema would not let null through. */
export function orNull<Schema extends z.ZodType>(schema: Schema): z.ZodUnion<[Schema, z.ZodNull]> {
  return z.union([schema, z.null()])
}
