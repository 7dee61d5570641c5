import { z } from 'zod'

/** What stands in the error where zod itself failed at a value. */
export const UNREADABLE_LENGTH = 'must be text or a list where it has an object whose member length is no number'

export type SafelyParsed<Value> =
  | { readonly success: true; readonly data: Value; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: z.ZodError }

/**
 * `schema.safeParse`, for values from outside: the bounds of zod's texts and lists compare the member `length` of whatever stands there,
 * before it is known to be text or a list, and throw a `TypeError` at one that is no number, such as `{"length":{"valueOf":0,"toString":0}}`
 * (zod 4.6.7). Here such a value is refused as any other that does not fit, as a whole: neither its place nor the other faults are told, because the names on the way to it are the sender's own. biome.json keeps devices/ and gateway/ to it.
 */
export function safeParse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  params?: z.core.ParseContext<z.core.$ZodIssue>,
): SafelyParsed<z.output<Schema>> {
  try {
    return schema.safeParse(value, params)
  } catch (error) {
    // What our own code threw is passed on.
    if (!(error instanceof TypeError && holdsUnreadableLength(value))) throw error
    return {
      success: false,
      error: new z.ZodError([{ code: 'custom', path: [], message: UNREADABLE_LENGTH }]),
    }
  }
}

/** Whether an object stands anywhere in it whose `length` is an object itself. Without recursion: a file may be nested as deep as its bytes allow. */
function holdsUnreadableLength(value: unknown): boolean {
  const within: unknown[] = [value]
  for (let one = within.pop(); one !== undefined; one = within.pop()) {
    if (typeof one !== 'object' || one === null) continue
    if (!Array.isArray(one) && 'length' in one && typeof one.length === 'object' && one.length !== null) return true
    for (const inner of Object.values(one)) if (typeof inner === 'object') within.push(inner)
  }
  return false
}
