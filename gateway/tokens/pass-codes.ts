import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import type { DocumentId, RightId, SiteId, VehicleClass } from '../../core/ids.ts'
import type { Instant } from '../../core/time.ts'
import { later, SECOND_MS } from '../../core/time.ts'
import { tokenPolicy } from '../../core/token-policy.ts'
import type { KeySetIssuer } from './key-ring.ts'
import type { PublicJwk } from './public-key.ts'
import { readPublicKey } from './public-key.ts'
import { compactSigner } from './sign-compact.ts'

/** What is signed of a pass: which right it stands for, and which of its codes this one is. */
export type PassCode = {
  readonly right: RightId
  readonly id: DocumentId
  readonly issuedAt: Instant
  /** For people who look into the code, `null` for all; what the right is for, the books say. */
  readonly vehicleClass: VehicleClass | null
}

export type SignedPassCode = { readonly text: string; readonly expiresAt: Instant }

/** The key that the operator has given this box to sign codes of passes with. None of its members shows it. */
export type PassSigner = {
  readonly kid: string
  readonly publicJwk: PublicJwk
  /** The same code of the same right gives the same text, byte for byte: none is kept anywhere. */
  sign(code: PassCode): SignedPassCode
}

/** Of an operator: it signs passes for this site, and nothing else. */
export function passIssuerEntry(
  iss: string,
  currency: KeySetIssuer['currency'],
  keys: KeySetIssuer['keys'],
): KeySetIssuer {
  return { iss, role: 'operator', kinds: ['pass'], scope: 'site', currency, presentWithinMs: 1, keys }
}

/** A signer of an Ed25519 key. Throws on another one. */
export function createPassSigner(privateKey: KeyObject, site: SiteId, iss: string): PassSigner {
  const read = readPublicKey(createPublicKey(privateKey).export({ format: 'jwk' }))
  if (!read.ok || read.key.algorithm !== 'Ed25519') throw new TypeError('passes are signed with an Ed25519 key')
  const { thumbprint: kid, jwk: publicJwk } = read.key
  const sign = compactSigner({ typ: tokenPolicy.pass.typ, kid }, privateKey, 'Ed25519')
  return Object.freeze({
    kid,
    publicJwk,
    sign({ right, id, issuedAt, vehicleClass }: PassCode) {
      const seconds = Math.floor(issuedAt / SECOND_MS)
      // As long as a pass may live: when it ends, is suspended or renewed, the books say.
      const expiresAt = later((seconds * SECOND_MS) as Instant, tokenPolicy.pass.lifetimeMaxMs)
      const text = sign({
        iss,
        sub: right,
        aud: `urn:tolbooth:${site}`,
        iat: seconds,
        nbf: seconds,
        exp: expiresAt / SECOND_MS,
        jti: id,
        right,
        class: vehicleClass ?? 'any',
        lanes: [],
        hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1_440 }],
      })
      return { text, expiresAt }
    },
  })
}
