import { existsSync, readFileSync } from 'node:fs'
import { gatewayIssuer, passIssuer } from '../../core/decision.ts'
import { instant } from '../../core/time.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import type { KeySetIssuer } from '../tokens/key-ring.ts'
import { gatewayIssuerEntry, keySetIssuerSchema } from '../tokens/key-ring.ts'
import type { PassSigner } from '../tokens/pass-codes.ts'
import { createPassSigner, passIssuerEntry } from '../tokens/pass-codes.ts'
import type { PublicKey } from '../tokens/public-key.ts'
import { readPublicKey } from '../tokens/public-key.ts'
import type { Signer } from '../tokens/signer.ts'
import { loadKeyFile, readPrivateKeyFile } from '../tokens/signer.ts'

/** The gateway's own key of today, and every public key that it has had: tickets and receipts outlive the key that signed them. */
export type OwnKeys = {
  readonly signer: Signer
  readonly issuer: KeySetIssuer
  /** All that this box signs as: itself, and the operator’s passes where it has, or had, a key for them. */
  readonly issuers: readonly KeySetIssuer[]
  /** `null` where the operator has given it no key for passes. */
  readonly passes: PassSigner | null
  publicKey(kid: string): PublicKey | undefined
}

/** Reads the keys from the data folder. Throws, with what to do, where there is none or one cannot be read. */
export function loadOwnKeys(config: GatewayConfig): OwnKeys {
  const files = dataFiles(config.dataDir)
  const loaded = loadKeyFile(files.key)
  if (!loaded.ok) throw new Error(`${loaded.problem}. Make one with: tolbooth keys`)
  const { signer } = loaded
  const keys = [keyOfToday(signer), ...oldKeys(files.oldKeys).filter((key) => key.kid !== signer.kid)]
  const byKid = new Map(
    keys.map((key) => {
      const read = readPublicKey(key.jwk)
      if (!read.ok) throw new Error(`${files.oldKeys}: key ${key.kid} ${read.fault}`)
      return [key.kid, read.key]
    }),
  )
  const issuer = gatewayIssuerEntry(gatewayIssuer(config.site, config.gateway), config.currency, keys)
  const passes = loadPassSigner(config)
  const passKeys = [...(passes === null ? [] : [keyOfToday(passes)]), ...oldKeys(files.oldPassKeys)]
  const passEntry = passIssuerEntry(passIssuer(config.site, config.gateway), config.currency, passKeys)
  return {
    signer,
    issuer,
    issuers: passKeys.length === 0 ? [issuer] : [issuer, passEntry],
    passes,
    publicKey: (kid) => byKid.get(kid),
  }
}

function keyOfToday({ kid, publicJwk }: Pick<Signer, 'kid' | 'publicJwk'>): KeySetIssuer['keys'][number] {
  return { kid, jwk: publicJwk, from: instant(0), until: null, revoked: false }
}

/** The operator’s choice: where there is no file the box signs no passes. Throws, with what to do, for one that cannot be read. */
function loadPassSigner({ dataDir, site, gateway }: GatewayConfig): PassSigner | null {
  const { passKey } = dataFiles(dataDir)
  if (!existsSync(passKey)) return null
  const read = readPrivateKeyFile(passKey, 'tolbooth keys pass')
  if (!read.ok) throw new Error(read.problem)
  return createPassSigner(read.privateKey, site, passIssuer(site, gateway))
}

/** Public keys that this gateway signed with before, as a list in a file beside the books; none where there is no file. */
function oldKeys(file: string): KeySetIssuer['keys'] {
  if (!existsSync(file)) return []
  const parsed = safeParse(keySetIssuerSchema.shape.keys, JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new Error(`${file}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`)
  return parsed.data
}
