import { z } from 'zod'
import type { Instant } from '../../core/time.ts'
import { instant } from '../../core/time.ts'

/** `(upstream epoch, n)`: see `compareVersions` in core. */
export const bundleVersionSchema = z.strictObject({
  epoch: z.int().min(0),
  n: z.int().min(0),
})

/** RFC 3339 in UTC, because people read and write these files: `2026-11-21T05:00:00Z`. */
export const instantSchema = z.iso
  .datetime({ error: 'must be a time in UTC such as 2026-11-21T05:00:00Z' })
  .transform((text): Instant => instant(Date.parse(text)))

/** Names that stand in tokens and headers: printable ASCII without spaces, so that they are safe in a lookup, a log and a topic (RFC 8725, 3.10). */
export const printable = (charactersMax: number) =>
  z
    .string()
    .min(1)
    .max(charactersMax)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')

export const ISSUER_CHARACTERS_MAX = 256
export const NAME_CHARACTERS_MAX = 128

/** Who mends this many looks again; a file that is rubbish from end to end fills no log. */
export const PROBLEMS_MAX = 50

/** Each fault of a file as a line that names the place, such as `issuers[1].keys[0].kid: …`; at most `PROBLEMS_MAX`, and how many more there are. */
export function problemsOf(error: z.ZodError): readonly string[] {
  const more = error.issues.length - PROBLEMS_MAX
  const lines = error.issues.slice(0, PROBLEMS_MAX).map((issue) => {
    const place = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
    return `${place.replace(/^\./, '') || 'the file'}: ${issue.message}`
  })
  return more > 0 ? [...lines, `and ${more} more`] : lines
}
