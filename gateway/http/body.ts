import type { z } from '@hono/zod-openapi'
import type { Refusal } from '../../core/refusals.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { JsonBounds, StrictJsonFault } from '../strict-json.ts'
import { parseJsonText } from '../strict-json.ts'
import type { FormError } from './problems.ts'
import { formErrors, isAboutAmount } from './problems.ts'

/** Numbers are spelled as their program does: `1e3` is a thousand đồng. */
export const BODY_JSON = { depthMax: 16, valuesMax: 4_096, numbers: 'any' } as const satisfies JsonBounds

export type BodyText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly refusal: 'too-large' | 'not-json' }

export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal; readonly errors: readonly FormError[] }

/** Reads a body as UTF-8, and stops at `bytesMax`. Refuses a longer one and bytes that are not UTF-8. */
export async function readText(request: Request, bytesMax: number): Promise<BodyText> {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) return { ok: false, refusal: 'too-large' }
  if (request.body === null) return { ok: true, text: '' }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body) {
    bytes += chunk.length
    if (bytes > bytesMax) return { ok: false, refusal: 'too-large' }
    chunks.push(chunk)
  }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)) }
  } catch {
    return { ok: false, refusal: 'not-json' }
  }
}

/**
 * JSON text to a trusted value. Refuses what is no JSON, goes beyond `BODY_JSON`, has a member twice (of which another reader might take the other), or does not fit the
 * schema.
 */
export function parseBody<Value>(text: string, schema: z.ZodType<Value>): Read<Value> {
  const json = parseJsonText(text, BODY_JSON)
  return json.ok ? conform('body', json.value, schema) : { ok: false, ...BAD_JSON[json.fault] }
}

const NO_JSON = { refusal: 'not-json', errors: [] } as const
const BAD_JSON: Record<StrictJsonFault, { readonly refusal: Refusal; readonly errors: readonly FormError[] }> = {
  'is not UTF-8': NO_JSON,
  'is not JSON': NO_JSON,
  'is not an object': NO_JSON,
  'has half of a surrogate pair': NO_JSON,
  'has a number in another spelling than its shortest, or one that loses digits': NO_JSON,
  'has a member twice': {
    refusal: 'wrong-schema',
    errors: [{ in: 'body', at: '/', says: 'duplicate member: a name stands there twice in one object' }],
  },
  'is nested too deeply': { refusal: 'too-deep', errors: [] },
  'has too many values': { refusal: 'too-large', errors: [] },
}

export function conform<Value>(where: FormError['in'], given: unknown, schema: z.ZodType<Value>): Read<Value> {
  const result = safeParse(schema, given)
  if (result.success) return { ok: true, value: result.data }
  const errors = formErrors(where, result.error)
  return { ok: false, refusal: isAboutAmount(errors) ? 'amount-invalid' : 'wrong-schema', errors }
}
