import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ticketDigits } from '../../../../core/parking/ticket-digits.ts'
import { fits } from '../../../../gateway/http/static/desk/ed25519.js'
import type { TicketKey } from '../../../../gateway/http/static/desk/ticket.js'
import {
  readTicket,
  TICKET_CHARACTERS_MAX,
  ticketKeyOf,
  ticketTag,
} from '../../../../gateway/http/static/desk/ticket.js'
import { createSigner } from '../../../../gateway/tokens/signer.ts'

const NOW = Date.UTC(2026, 10, 22, 15, 5)
const IN = NOW / 1_000 - 7_200
const signer = createSigner(generateKeyPairSync('ed25519').privateKey)
const other = createSigner(generateKeyPairSync('ed25519').privateKey)
const claims = {
  iss: 'urn:tolbooth:gate-park:gateway:box-1',
  sub: 'box-1:1:42:s0',
  aud: 'urn:tolbooth:gate-park',
  iat: IN,
  nbf: IN,
  exp: IN + 86_400,
  jti: 'box-1:1:42:d0',
  session: 'box-1:1:42:s0',
  lane: 'in-1',
  entered: IN,
  class: 'car',
}
const ticket = signer.sign('ticket+jwt', claims)
const says = {
  session: 'box-1:1:42:s0',
  lane: 'in-1',
  enteredAtMs: IN * 1_000,
  untilMs: (IN + 86_400) * 1_000,
  vehicleClass: 'car',
}

const keyOf = (of: typeof signer, from = 0, until: number | null = null): TicketKey => {
  const key = ticketKeyOf({ kid: of.kid, jwk: of.publicJwk, from, until })
  if (key === undefined) throw new Error('the signer has a key')
  return key
}
const read = (text: string, keys: readonly TicketKey[] = [keyOf(signer)], nowMs = NOW) =>
  readTicket(text, { keys, site: 'gate-park', isTraining: false, nowMs, verify: fits })

const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const [head = '', body = '', signature = ''] = ticket.split('.')

describe('a ticket, read on a phone with no box', () => {
  test.each([
    ['as it is', ticket],
    ['with a line’s end behind it', `${ticket}\n`],
    ['as the fragment of a link', `https://gate.example/parking#${ticket}`],
    ['as the fragment of a link in a local network', `http://192.168.1.10:8080/parking#${ticket}`],
  ])('is genuine %s', (_how, text) => {
    expect(read(text)).toEqual({ kind: 'genuine', text: ticket, says })
  })

  test('signed by an old key is genuine where that key still signed then, and forged where it did not any more', () => {
    expect(read(ticket, [keyOf(other), keyOf(signer, 0, (IN + 1) * 1_000)]).kind).toBe('genuine')
    expect(read(ticket, [keyOf(signer, 0, (IN - 1) * 1_000)]).kind).toBe('forged')
    expect(read(ticket, [keyOf(signer, (IN + 1) * 1_000)]).kind).toBe('forged')
  })

  test('is expired from its last second on, and says so with what stands on it', () => {
    expect(read(ticket, [keyOf(signer)], says.untilMs - 1).kind).toBe('genuine')
    expect(read(ticket, [keyOf(signer)], says.untilMs)).toEqual({ kind: 'expired', text: ticket, says })
  })

  test('whose vehicle comes in later than this phone’s clock says that the clock is to be looked at', () => {
    expect(read(ticket, [keyOf(signer)], IN * 1_000 - 60_000).kind).toBe('genuine')
    expect(read(ticket, [keyOf(signer)], IN * 1_000 - 180_000).kind).toBe('not-yet')
  })

  test('of another site is told from a forged one', () => {
    expect(read(signer.sign('ticket+jwt', { ...claims, aud: 'urn:tolbooth:other' })).kind).toBe('other-site')
    expect(read(signer.sign('ticket+jwt', { ...claims, aud: 'urn:tolbooth:gate-park-2' })).kind).toBe('other-site')
  })

  test('of practice is none where money is real, nor a real one in practice', () => {
    const session = 'box-1:1:42:practice0'
    const practice = signer.sign('ticket+jwt', { ...claims, session })
    const of = (text: string, isTraining: boolean) =>
      readTicket(text, { keys: [keyOf(signer)], site: 'gate-park', isTraining, nowMs: NOW, verify: fits })
    expect(of(practice, false)).toEqual({ kind: 'other-mode', text: practice, says: { ...says, session } })
    expect([of(practice, true).kind, of(ticket, true).kind, of(ticket, false).kind]).toEqual([
      'genuine',
      'other-mode',
      'genuine',
    ])
  })

  test('is told from another by when its vehicle came in and by the digits of the gateway', () => {
    for (let n = 0; n < 200; n += 1) {
      const text = signer.sign('ticket+jwt', { ...claims, jti: String(n) })
      expect(ticketTag(text)).toEqual({ enteredAtMs: says.enteredAtMs, digits: ticketDigits(text) })
    }
    for (const text of ['', 'x', `${head}.${body}`, `${head}.${body}.AAA`, `${head}.e30.${signature}`])
      expect(ticketTag(text), text).toBeUndefined()
  })

  test('of a key that this phone does not hold cannot be checked', () => {
    expect(read(other.sign('ticket+jwt', claims))).toEqual({ kind: 'unknown-key' })
    expect(read(ticket, [])).toEqual({ kind: 'unknown-key' })
  })

  test.each([
    ['another time of entry', `${head}.${b64({ ...claims, entered: IN + 3_600 })}.${signature}`],
    ['another stay', `${head}.${b64({ ...claims, session: 'box-1:1:43:s0' })}.${signature}`],
    ['a signature that was cut short', ticket.slice(0, -2)],
    ['the signature in another spelling', respelled(ticket)],
    ['no algorithm', `${b64({ alg: 'none', kid: signer.kid, typ: 'ticket+jwt' })}.${body}.${signature}`],
    ['HMAC by the public key', `${b64({ alg: 'HS256', kid: signer.kid, typ: 'ticket+jwt' })}.${body}.${signature}`],
    [
      'a key of its own in the header',
      `${b64({ alg: 'EdDSA', kid: signer.kid, typ: 'ticket+jwt', jwk: other.publicJwk })}.${body}.${signature}`,
    ],
    ['the kid of our key and the signature of another', forgedBy(other)],
  ])('with %s is forged', (_what, text) => {
    expect(read(text)).toEqual({ kind: 'forged' })
  })

  test.each([
    ['nothing', ''],
    ['a plate', '30A-123.45'],
    ['a receipt', signer.sign('receipt+jwt', claims)],
    ['two parts', `${head}.${body}`],
    ['four parts', `${ticket}.x`],
    ['white space within', `${head}.${body} .${signature}`],
    ['an unsigned one', `${head}.${body}.`],
    ['a list as its header', `${b64([])}.${body}.${signature}`],
    ['one over the limit', `${head}.${'A'.repeat(TICKET_CHARACTERS_MAX)}.${signature}`],
  ])('is not one where it is %s', (_what, text) => {
    expect(read(text)).toEqual({ kind: 'not-a-ticket' })
  })

  test('with claims that say too little is not believed, signed or not', () => {
    for (const left of ['session', 'lane', 'entered', 'exp', 'iat'] as const) {
      const { [left]: _left, ...less } = claims
      expect(read(signer.sign('ticket+jwt', less)), left).toEqual({ kind: 'forged' })
    }
    expect(read(signer.sign('ticket+jwt', { ...claims, class: 7 }))).toEqual({ kind: 'forged' })
  })

  test('a key of another kind is none', () => {
    for (const listed of [
      null,
      {},
      { kid: 'k', jwk: { kty: 'EC', crv: 'P-256', x: 'AA' } },
      { kid: 'k', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' } },
    ]) {
      expect(ticketKeyOf(listed)).toBeUndefined()
    }
  })
})

function forgedBy(signerOfAnother: typeof signer): string {
  const parts = signerOfAnother.sign('ticket+jwt', claims).split('.')
  return `${head}.${parts[1]}.${parts[2]}`
}

/** The last of 86 characters stands for two bits: the other four are spare, and decode to nothing. */
function respelled(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return `${text.slice(0, -1)}${alphabet[alphabet.indexOf(text.slice(-1)) + 1]}`
}
