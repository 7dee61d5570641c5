import { z } from 'zod'

/** What stands in the error where zod itself failed at a value. */
export const UNREADABLE_LENGTH = 'must be text or a list where it has an object whose member length is no number'

export type SafelyParsed<Value> =
  | { readonly success: true; readonly data: Value; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: z.ZodError }

/**
 * `schema.safeParse`, for values from outside: the bounds of zod's texts and lists compare the member `length` of whatever stands there,
 * before it is known to be text or a list, and throw a `TypeError` at one that is no number, such as `{"length":{"valueOf":0,"toString":0}}`
 * (zod 4.6.7). Here such a value is refused as any other that does not fit. biome.json keeps devices/ and gateway/ to it.
 */
export function safeParse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  params?: z.core.ParseContext<z.core.$ZodIssue>,
): SafelyParsed<z.output<Schema>> {
  try {
    return schema.safeParse(value, params)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return {
      success: false,
      error: new z.ZodError([{ code: 'custom', path: [], input: value, message: UNREADABLE_LENGTH }]),
    }
  }
}
