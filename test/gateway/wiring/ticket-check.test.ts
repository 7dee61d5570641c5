import { describe, expect, test } from 'vitest'
import { VND } from '../../../core/money.ts'
import { instant } from '../../../core/time.ts'
import type { KeySetIssuer } from '../../../gateway/tokens/key-ring.ts'
import { gatewayIssuerEntry } from '../../../gateway/tokens/key-ring.ts'
import { readPublicKey } from '../../../gateway/tokens/public-key.ts'
import type { Signer } from '../../../gateway/tokens/signer.ts'
import { createSigner } from '../../../gateway/tokens/signer.ts'
import { ticketsOf } from '../../../gateway/wiring/ticket-check.ts'
import { createKey } from '../../../simulators/wallet/signing.ts'
import { randomOf } from '../../../simulators/world/random.ts'
import { bytesOf } from '../../support/rig.ts'

const ISS = 'urn:tolbooth:market-1:gateway:box-1'
const IAT = 1_795_300_000
const signerOf = (name: string): Signer => createSigner(createKey(name, 'EdDSA', bytesOf(randomOf(name))).privateKey)
const [today, old, lost, stranger] = [signerOf('today'), signerOf('old'), signerOf('lost'), signerOf('stranger')]
const keyOf = (signer: Signer, over: Partial<KeySetIssuer['keys'][number]> = {}): KeySetIssuer['keys'][number] => ({
  kid: signer.kid,
  jwk: signer.publicJwk,
  from: instant(0),
  until: null,
  revoked: false,
  ...over,
})
const until = instant((IAT + 60) * 1_000)
const tickets = ticketsOf({
  issuer: gatewayIssuerEntry(ISS, VND, [keyOf(today), keyOf(old, { until }), keyOf(lost, { revoked: true })]),
  publicKey(kid) {
    const signer = [today, old, lost].find((each) => each.kid === kid)
    const read = signer === undefined ? undefined : readPublicKey(signer.publicJwk)
    return read?.ok === true ? read.key : undefined
  },
})

const ticket = (by: Signer, over: Record<string, string | number> = {}): string =>
  by.sign('ticket+jwt', {
    iss: ISS,
    sub: 'box-1:1:7:s0',
    aud: 'urn:tolbooth:market-1',
    iat: IAT,
    nbf: IAT,
    exp: IAT + 86_400,
    jti: 'box-1:1:7:d0',
    session: 'box-1:1:7:s0',
    lane: 'lane-in',
    entered: IAT,
    class: 'car',
    ...over,
  })

describe('a ticket that a phone hands in', () => {
  test.each([
    ['by its text, under the key of today', ticket(today)],
    ['under an old key, signed in its time', ticket(old)],
    ['as the link that stands in its code', `https://park.example/parking#${ticket(today)}`],
  ])('is read %s', (_what, shown) => {
    expect(tickets.read(shown)).toMatchObject({
      ok: true,
      token: { kind: 'ticket', session: 'box-1:1:7:s0', lane: 'lane-in', enteredAt: IAT * 1_000, vehicleClass: 'car' },
    })
  })

  test.each([
    ['signed by nobody that this gateway knows', ticket(stranger), 'token-key-unknown'],
    ['under a key that was revoked', ticket(lost), 'token-key-unknown'],
    ['under an old key, after its time', ticket(old, { iat: IAT + 60, nbf: IAT + 60 }), 'token-key-out-of-time'],
    ['that names another issuer', ticket(today, { iss: 'urn:tolbooth:other' }), 'token-issuer-unknown'],
    ['with a claim of another form', ticket(today, { entered: 'noon' }), 'token-claims'],
    ['of another kind', today.sign('receipt+jwt', { iss: ISS }), 'token-kind-unknown'],
    ['in another spelling', `${ticket(today)}=`, 'token-not-canonical'],
    ['that is an identity card', '001099012345|123456789|A|01011999|Nam|HN|01012021', 'id-card-shown'],
    ['that is too long', `${ticket(today)}${'a'.repeat(2_048)}`, 'token-too-long'],
  ])('is refused %s', (_what, shown, refusal) => {
    expect(tickets.read(shown)).toEqual({ ok: false, refusal })
  })
})

test('a phone is given the public keys of today and of before, and none that was revoked', () => {
  expect(tickets.keys()).toEqual([
    { kid: today.kid, jwk: today.publicJwk, from: 0, until: null },
    { kid: old.kid, jwk: old.publicJwk, from: 0, until },
  ])
  expect(tickets.keys().some(({ jwk }) => 'd' in jwk)).toBe(false)
})
