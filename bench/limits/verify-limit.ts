import { webcrypto } from 'node:crypto'
import { tokenPolicy } from '../../core/token-policy.ts'
import type { KeyRing } from '../../gateway/tokens/key-ring.ts'
import { createKeyRing } from '../../gateway/tokens/key-ring.ts'
import { createVerifier } from '../../gateway/tokens/verify.ts'
import { signed } from '../../simulators/wallet/signing.ts'
import { AMOUNT, benchIssuers } from '../site/bench-site.ts'

const TOKENS = 256
const IN_FLIGHT = 64

/** Signatures a second, with so many under way that every core has some. */
export async function measureVerifies(forMs: number): Promise<{ raw: number; verifier: number }> {
  const ring = await ringOf()
  const { wallet } = benchIssuers()
  const key = ring.key(wallet.iss, wallet.current.kid)?.public.cryptoKey
  if (key === undefined) throw new Error('the ring has no key')
  const texts = Array.from({ length: TOKENS }, (_, index) => token(`t${index}`))
  const parts = texts.map((text) => {
    const end = text.lastIndexOf('.')
    return { input: Buffer.from(text.slice(0, end)), signature: Buffer.from(text.slice(end + 1), 'base64url') }
  })
  const verifier = createVerifier({ keyRing: () => ring, inFlightMax: 64, waitingMax: 1_024, phoneKeysMax: 16 })

  return {
    raw: await perSecond(forMs, async (index) => {
      const part = parts[index % TOKENS]
      if (part === undefined || !(await webcrypto.subtle.verify('Ed25519', key, part.signature, part.input))) {
        throw new Error('a good signature was not verified')
      }
    }),
    verifier: await perSecond(forMs, async (index) => {
      const verified = await verifier.verify(texts[index % TOKENS] ?? '')
      if (!verified.ok) throw new Error(`a good token was refused: ${verified.refusal}`)
    }),
  }
}

async function perSecond(forMs: number, work: (index: number) => Promise<void>): Promise<number> {
  let count = 0
  const fromMs = performance.now()
  const lane = async (): Promise<void> => {
    while (performance.now() - fromMs < forMs) {
      await work(count)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return (count * 1_000) / (performance.now() - fromMs)
}

async function ringOf(): Promise<KeyRing> {
  const bundle = benchIssuers().keySet({ epoch: 1, n: 1 }, benchIssuers().retiredAt)
  const made = await createKeyRing(bundle, [])
  if (!made.ok) throw new Error(made.problems.join('\n'))
  return made.ring
}

function token(jti: string): string {
  const { wallet, currency } = benchIssuers()
  const { alg, kid } = wallet.current
  const iat = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: wallet.iss,
    sub: 'payer-1',
    aud: 'urn:tolbooth:bench:stall:a-01',
    iat,
    nbf: iat,
    exp: iat + 3_600,
  }
  return signed(wallet.current, { alg, typ: tokenPolicy.pay.typ, kid }, { ...claims, jti, cur: currency, amt: AMOUNT })
}
