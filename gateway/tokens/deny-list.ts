import { z } from 'zod'
import type { BundleVersion } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import type { PresentedToken } from '../../core/tokens.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import {
  bundleVersionSchema,
  ISSUER_CHARACTERS_MAX,
  instantSchema,
  NAME_CHARACTERS_MAX,
  printable,
  problemsOf,
} from './bundle-fields.ts'

/** About 25 MB of JSON; a longer list wants another form. */
export const DENIED_MAX = 200_000

export type DenyListFile = z.input<typeof denyListSchema>

/** What is denied, of one version. It never changes: another bundle makes another list. */
export type DenyList = {
  readonly version: BundleVersion
  readonly issuedAt: Instant
  readonly size: number
  /** What of this token is denied, if anything: first its key, then the token, then its payer. */
  denied(token: PresentedToken): 'key' | 'token' | 'payer' | null
}

export type DenyListResult =
  | { readonly ok: true; readonly list: DenyList }
  | { readonly ok: false; readonly refusal: 'bundle-invalid'; readonly problems: readonly string[] }

const iss = printable(ISSUER_CHARACTERS_MAX)
const name = printable(NAME_CHARACTERS_MAX)

export const denyListSchema = z.strictObject({
  version: bundleVersionSchema,
  issuedAt: instantSchema,
  entries: z
    .array(
      z.discriminatedUnion('what', [
        z.strictObject({ what: z.literal('key'), iss, kid: name }),
        /** Of a rotating code the `jti` is the credential's: all its presentations are denied. */
        z.strictObject({ what: z.literal('token'), iss, jti: name }),
        z.strictObject({ what: z.literal('payer'), iss, sub: name }),
      ]),
    )
    .max(DENIED_MAX),
})

/** Makes a list of what was read from JSON, or says every fault with its place. An entry that stands there twice counts once. */
export function createDenyList(file: unknown): DenyListResult {
  const parsed = safeParse(denyListSchema, file)
  if (!parsed.success) return { ok: false, refusal: 'bundle-invalid', problems: problemsOf(parsed.error) }
  const { version, issuedAt, entries } = parsed.data

  const keys = new Set<string>()
  const tokens = new Set<string>()
  const payers = new Set<string>()
  for (const entry of entries) {
    switch (entry.what) {
      case 'key':
        keys.add(pair(entry.iss, entry.kid))
        break
      case 'token':
        tokens.add(pair(entry.iss, entry.jti))
        break
      case 'payer':
        payers.add(pair(entry.iss, entry.sub))
        break
    }
  }
  return {
    ok: true,
    list: Object.freeze({
      version,
      issuedAt,
      size: keys.size + tokens.size + payers.size,
      denied: (token: PresentedToken) => {
        if (keys.has(pair(token.iss, token.key.kid))) return 'key'
        if (tokens.has(pair(token.iss, token.jti))) return 'token'
        return payers.has(pair(token.iss, token.sub)) ? 'payer' : null
      },
    }),
  }
}

/** No name has a space in it, so two pairs never make one text. */
function pair(issuer: string, id: string): string {
  return `${issuer} ${id}`
}
