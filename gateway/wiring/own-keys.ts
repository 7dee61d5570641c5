import { existsSync, readFileSync } from 'node:fs'
import { gatewayIssuer } from '../../core/decision.ts'
import { instant } from '../../core/time.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import type { KeySetIssuer } from '../tokens/key-ring.ts'
import { gatewayIssuerEntry, keySetIssuerSchema } from '../tokens/key-ring.ts'
import type { PublicKey } from '../tokens/public-key.ts'
import { readPublicKey } from '../tokens/public-key.ts'
import type { Signer } from '../tokens/signer.ts'
import { loadKeyFile } from '../tokens/signer.ts'

/** The gateway's own key of today, and every public key that it has had: tickets and receipts outlive the key that signed them. */
export type OwnKeys = {
  readonly signer: Signer
  readonly issuer: KeySetIssuer
  publicKey(kid: string): PublicKey | undefined
}

/** Reads the keys from the data folder. Throws, with what to do, where there is none or one cannot be read. */
export function loadOwnKeys(config: GatewayConfig): OwnKeys {
  const files = dataFiles(config.dataDir)
  const loaded = loadKeyFile(files.key)
  if (!loaded.ok) throw new Error(`${loaded.problem}. Make one with: tolbooth keys`)
  const { signer } = loaded
  const today = { kid: signer.kid, jwk: signer.publicJwk, from: instant(0), until: null, revoked: false }
  const keys = [today, ...oldKeys(files.oldKeys).filter((key) => key.kid !== signer.kid)]
  const byKid = new Map(
    keys.map((key) => {
      const read = readPublicKey(key.jwk)
      if (!read.ok) throw new Error(`${files.oldKeys}: key ${key.kid} ${read.fault}`)
      return [key.kid, read.key]
    }),
  )
  return {
    signer,
    issuer: gatewayIssuerEntry(gatewayIssuer(config.site, config.gateway), config.currency, keys),
    publicKey: (kid) => byKid.get(kid),
  }
}

/** Public keys that this gateway signed with before, as a list in a file beside the books; none where there is no file. */
function oldKeys(file: string): KeySetIssuer['keys'] {
  if (!existsSync(file)) return []
  const parsed = keySetIssuerSchema.shape.keys.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new Error(`${file}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`)
  return parsed.data
}
