import type { PublicKeyResult, VerifyingKey } from './public-key.ts'
import { readPublicJwk, readPublicKey, thumbprintOf } from './public-key.ts'

export type PhoneKeys = {
  /** As `readPublicKey`, and quicker for a key that is kept. */
  read(jwk: unknown): PublicKeyResult
  /** The key for WebCrypto, if it is kept. */
  kept(thumbprint: string): VerifyingKey | undefined
  /** Keeps a key whose credential has been checked; the one that was used longest ago goes, if there are too many. */
  keep(key: VerifyingKey): void
}

/**
 * The keys of the phones that were here last. A rotating code brings its phone's key along, and reading and importing it takes longer than
 * the signature. Only keys under a good signature come in, so that rubbish cannot push them out.
 */
export function createPhoneKeys(keysMax: number): PhoneKeys {
  const byThumbprint = new Map<string, VerifyingKey>()
  return {
    read(jwk) {
      const stated = readPublicJwk(jwk)
      const key = stated.ok ? byThumbprint.get(thumbprintOf(stated.jwk)) : undefined
      return key === undefined ? readPublicKey(jwk) : { ok: true, key }
    },
    kept: (thumbprint) => byThumbprint.get(thumbprint),
    keep(key) {
      byThumbprint.delete(key.thumbprint)
      byThumbprint.set(key.thumbprint, key)
      if (byThumbprint.size <= keysMax) return
      for (const oldest of byThumbprint.keys()) {
        byThumbprint.delete(oldest)
        return
      }
    },
  }
}
