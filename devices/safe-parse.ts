import { z } from 'zod'

/** What stands in the error where zod itself failed at a value. */
export const UNREADABLE_LENGTH = 'must be text or a list where it has an object whose member length is no number'

export type SafelyParsed<Value> =
  | { readonly success: true; readonly data: Value; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: z.ZodError }

/**
 * `schema.safeParse`, for values from outside: the bounds of zod's texts and lists compare the member `length` of whatever stands there,
 * before it is known to be text or a list, and throw a `TypeError` at one that is no number, such as `{"length":{"valueOf":0,"toString":0}}`
 * (zod 4.6.7). Here such a value is refused as any other that does not fit, and its place is named; the other faults of the whole are not told with it. biome.json keeps devices/ and gateway/ to it.
 */
export function safeParse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  params?: z.core.ParseContext<z.core.$ZodIssue>,
): SafelyParsed<z.output<Schema>> {
  try {
    return schema.safeParse(value, params)
  } catch (error) {
    const path = error instanceof TypeError ? placeOfUnreadableLength(value) : undefined
    // What our own code threw.
    if (path === undefined) throw error
    return {
      success: false,
      error: new z.ZodError([{ code: 'custom', path, input: value, message: UNREADABLE_LENGTH }]),
    }
  }
}

/** Where in a value read from JSON an object stands whose `length` is an object itself. Without recursion: nobody has bounded the depth of every file. */
function placeOfUnreadableLength(value: unknown): (string | number)[] | undefined {
  const toLookAt: { readonly value: unknown; readonly path: (string | number)[] }[] = [{ value, path: [] }]
  for (const { value: one, path } of toLookAt) {
    if (typeof one !== 'object' || one === null) continue
    if (Array.isArray(one)) {
      toLookAt.push(...one.map((inner: unknown, index) => ({ value: inner, path: [...path, index] })))
      continue
    }
    if ('length' in one && typeof one.length === 'object' && one.length !== null) return path
    toLookAt.push(...Object.entries(one).map(([name, inner]) => ({ value: inner, path: [...path, name] })))
  }
  return undefined
}
