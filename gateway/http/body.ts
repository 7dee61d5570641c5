import type { z } from '@hono/zod-openapi'
import type { Refusal } from '../../core/refusals.ts'
import type { FormError } from './problems.ts'
import { formErrors, isAboutAmount } from './problems.ts'

export const JSON_DEPTH_MAX = 16

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

/** JSON text to a trusted value. Refuses what is no JSON, nests deeper than `JSON_DEPTH_MAX`, or does not fit the schema. */
export function parseBody<Value>(text: string, schema: z.ZodType<Value>): Read<Value> {
  if (depthOf(text) > JSON_DEPTH_MAX) return { ok: false, refusal: 'too-deep', errors: [] }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { ok: false, refusal: 'not-json', errors: [] }
  }
  return conform('body', json, schema)
}

export function conform<Value>(where: FormError['in'], given: unknown, schema: z.ZodType<Value>): Read<Value> {
  const result = schema.safeParse(given)
  if (result.success) return { ok: true, value: result.data }
  const errors = formErrors(where, result.error)
  return { ok: false, refusal: isAboutAmount(errors) ? 'amount-invalid' : 'wrong-schema', errors }
}

/** How deep the brackets nest, without parsing; brackets inside strings do not count. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (inString) {
      if (character === '\\') index += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (character === '}' || character === ']') depth -= 1
  }
  return deepest
}
