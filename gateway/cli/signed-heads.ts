import { z } from 'zod'
import type { Head } from '../../db/journal.ts'
import type { SignedHead } from '../../db/verify.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { GatewayConfig } from '../config.ts'
import { verifyGatewayToken } from '../tokens/signer.ts'
import { loadOwnKeys } from '../wiring/own-keys.ts'

const checkpointClaims = z.looseObject({
  gateway: z.string(),
  epoch: z.int(),
  seq: z.int(),
  hash: z.string(),
  at: z.int(),
})

/** What the gateway's own signatures vouch for, with its key of today and those before; `undefined`, with the reason, where there is no key to check them with. */
export function checkpointReader(
  config: GatewayConfig,
):
  | { readonly ok: true; readonly read: (jws: string) => SignedHead | undefined }
  | { readonly ok: false; readonly why: string } {
  let keyOf: ReturnType<typeof loadOwnKeys>['publicKey']
  try {
    keyOf = loadOwnKeys(config).publicKey
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) }
  }
  return {
    ok: true,
    read(jws) {
      const opened = verifyGatewayToken('checkpoint+jwt', jws, keyOf)
      if (!opened.ok) return undefined
      const claims = safeParse(checkpointClaims, opened.value)
      return claims.success ? claims.data : undefined
    },
  }
}

const heads = z
  .array(z.object({ epoch: z.int().min(1), seq: z.int().min(1), hash: z.string().length(43) }))
  .max(100_000)

/** Heads that somebody outside holds, as a JSON list of `{epoch, seq, hash}`. Throws, with what is wrong, for anything else. */
export function readHeads(text: string): readonly Head[] {
  const parsed = safeParse(heads, JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}
