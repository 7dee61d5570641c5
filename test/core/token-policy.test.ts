import { describe, expect, test } from 'vitest'
import { laneId, stallId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Place } from '../../core/site.ts'
import type { ClockTrust, Instant, LocalDay, Now } from '../../core/time.ts'
import { DAY_MS, instant, later } from '../../core/time.ts'
import { judgeAudience, judgeKey, judgeTimes, scopeOfPayment, tokenPolicy } from '../../core/token-policy.ts'
import type {
  HolderToken,
  IssuerKey,
  OverrideToken,
  PassToken,
  PayToken,
  TicketToken,
  TokenScope,
} from '../../core/tokens.ts'

const NOON = instant(Date.UTC(2026, 10, 21, 5))
const POLICY = { clockWideningMaxMs: 120_000 }
const SITE = 'market-1'
const STALL: Place = { kind: 'stall', id: stallId('a-12') }
const LANE: Place = { kind: 'lane', id: laneId('in-1') }
const WHOLE_SITE: Place = { kind: 'site' }

const SYNCED: ClockTrust = { state: 'synced', uncertaintyMs: 0 }
const ROUGH: ClockTrust = { state: 'holdover', uncertaintyMs: 30_000 }
const VERY_ROUGH: ClockTrust = { state: 'holdover', uncertaintyMs: 3_600_000 }
const STEPPED: ClockTrust = { state: 'stepped' }
const UNKNOWN: ClockTrust = { state: 'unknown' }

const SIGNED = {
  key: { issuer: 'https://wallet.example', kid: 'k1', thumbprint: 't1' },
  iss: 'https://wallet.example',
  sub: 'payer-1',
  aud: [`urn:tolbooth:${SITE}:stall:a-12`],
  iat: NOON,
  nbf: NOON,
  exp: later(NOON, 300_000),
  jti: 'j1',
}
const PAY: PayToken = { ...SIGNED, kind: 'pay', amt: money(50_000, VND), scope: 'region' }
const HOLDER: HolderToken = {
  ...SIGNED,
  kind: 'holder',
  amt: money(50_000, VND),
  lim: money(200_000, VND),
  cnfThumbprint: 'phone',
  nonce: 'n',
  nbf: later(NOON, -DAY_MS),
  credentialIat: later(NOON, -DAY_MS),
  exp: later(NOON, DAY_MS),
  scope: 'holder',
}
const TICKET: TicketToken = { ...SIGNED, kind: 'ticket', session: 'box-1:1:7:s0', lane: 'in-1', enteredAt: NOON }
const PASS: PassToken = {
  ...SIGNED,
  kind: 'pass',
  aud: [`urn:tolbooth:${SITE}`],
  vehicleClass: 'motorbike',
  lanes: [],
  hours: [],
}
const OVERRIDE: OverrideToken = { ...SIGNED, kind: 'override', aud: ['urn:tolbooth:any'], lanes: [], reason: 'late' }

describe('the table', () => {
  test('gives every kind a typ of its own, so that no token passes for another kind', () => {
    const types = Object.values(tokenPolicy).flatMap((row) => [row.typ, row.presentation?.typ ?? []].flat())
    expect(new Set(types).size).toBe(types.length)
  })

  test('wants Ed25519 first of every kind', () => {
    for (const row of Object.values(tokenPolicy)) expect(row.algorithms[0]).toBe('Ed25519')
  })

  test('lets nobody but a supervisor sign an override, and nobody but the gateway a ticket or a receipt', () => {
    expect(tokenPolicy.override.signers).toEqual(['supervisor'])
    expect(tokenPolicy.ticket.signers).toEqual(['gateway'])
    expect(tokenPolicy.receipt.signers).toEqual(['gateway'])
  })

  test('demands an end of everything that pays or opens', () => {
    for (const kind of ['pay', 'holder', 'pass', 'ticket', 'override'] as const) {
      expect(tokenPolicy[kind].requiredClaims).toContain('exp')
    }
  })
})

describe('judgeTimes', () => {
  type Case = readonly [
    name: string,
    token: PayToken | HolderToken | TicketToken,
    atMs: number,
    trust: ClockTrust,
    answer: Refusal | undefined,
  ]
  const cases: readonly Case[] = [
    ['a pay token in its time is good', PAY, 0, SYNCED, undefined],
    ['a pay token is good in the last millisecond before exp', PAY, 299_999, SYNCED, undefined],
    ['a pay token ends at exp', PAY, 300_000, SYNCED, 'token-expired'],
    ['its end widens by our clock’s uncertainty', PAY, 329_999, ROUGH, undefined],
    ['and by no more than that', PAY, 330_000, ROUGH, 'token-expired'],
    ['an uncertainty of an hour widens to the limit', PAY, 419_999, VERY_ROUGH, undefined],
    ['and stops at the limit', PAY, 420_000, VERY_ROUGH, 'token-expired'],
    ['nothing widens while the clock has stepped', PAY, 300_000, STEPPED, 'token-expired'],
    ['a pay token is judged by an untrusted clock without widening', PAY, 299_999, STEPPED, undefined],
    ['the same where nothing is known of the clock', PAY, 299_999, UNKNOWN, undefined],
    ['an issuer’s clock may be five seconds ahead', PAY, -5_000, SYNCED, undefined],
    ['an iat further ahead is from the future', PAY, -5_001, SYNCED, 'token-issued-in-future'],
    ['our own clock may be behind by its uncertainty', PAY, -35_000, ROUGH, undefined],
    ['and no more', PAY, -35_001, ROUGH, 'token-issued-in-future'],
    ['a ticket that we signed by a clock that ran ahead is none from the future', TICKET, -DAY_MS, SYNCED, undefined],
    ['and ends in its time', TICKET, 300_000, SYNCED, 'ticket-too-old'],
    ['nbf ahead of iat is waited for', { ...PAY, nbf: later(NOON, 60_000) }, 54_999, SYNCED, 'token-not-yet'],
    ['nbf is met within the issuer’s leeway', { ...PAY, nbf: later(NOON, 60_000) }, 55_000, SYNCED, undefined],
    ['a presentation is good when it is made', HOLDER, 0, SYNCED, undefined],
    ['a presentation is good at sixty seconds', HOLDER, 60_000, SYNCED, undefined],
    ['a presentation is stale a millisecond later', HOLDER, 60_001, SYNCED, 'presentation-stale'],
    ['its window widens by our clock’s uncertainty', HOLDER, 90_000, ROUGH, undefined],
    ['and no more', HOLDER, 90_001, ROUGH, 'presentation-stale'],
    ['its window stops widening at the limit', HOLDER, 180_001, VERY_ROUGH, 'presentation-stale'],
    ['a phone’s clock may be fifteen seconds ahead', HOLDER, -15_000, SYNCED, undefined],
    ['a presentation further ahead is from the future', HOLDER, -15_001, SYNCED, 'token-issued-in-future'],
    ['a presentation is refused while the clock has stepped', HOLDER, 0, STEPPED, 'clock-not-trusted'],
    ['a presentation is refused by a clock nothing is known of', HOLDER, 0, UNKNOWN, 'clock-not-trusted'],
    [
      'a credential issued in the future is refused however fresh its presentation',
      { ...HOLDER, credentialIat: later(NOON, 6_000) },
      0,
      SYNCED,
      'token-issued-in-future',
    ],
    ['a credential that has ended is refused', { ...HOLDER, exp: later(NOON, 10) }, 10, SYNCED, 'token-expired'],
  ]

  test.each(cases)('%s', (_name, token, atMs, trust, answer) => {
    expect(judgeTimes(token, nowAt(later(NOON, atMs), trust), POLICY)).toBe(answer)
  })

  test('a code of a pass that this box signed is none from the future, whatever our clock said then; that of another operator is, and each ends in its time', () => {
    const dayBefore = nowAt(later(NOON, -DAY_MS), SYNCED)
    const own = { ...PASS, right: 'm-1', iss: 'urn:own' }
    expect(judgeTimes(own, dayBefore, POLICY, 'urn:own')).toBeUndefined()
    expect(judgeTimes({ ...own, iss: 'urn:other' }, dayBefore, POLICY, 'urn:own')).toBe('token-issued-in-future')
    expect(judgeTimes(own, dayBefore, POLICY)).toBe('token-issued-in-future')
    const { right: _right, ...ofItself } = own
    expect(judgeTimes(ofItself, dayBefore, POLICY, 'urn:own'), 'worth what it says').toBe('token-issued-in-future')
    expect(judgeTimes({ ...PAY, iss: 'urn:own' }, dayBefore, POLICY, 'urn:own')).toBe('token-issued-in-future')
    expect(judgeTimes(own, nowAt(own.exp, SYNCED), POLICY, 'urn:own')).toBe('token-expired')
  })

  test('a clock set back a day finds the token in the future', () => {
    expect(judgeTimes(PAY, nowAt(later(NOON, -DAY_MS), SYNCED), POLICY)).toBe('token-issued-in-future')
  })

  test('a clock set forward ten years finds the token expired', () => {
    expect(judgeTimes(PAY, nowAt(later(NOON, 3_653 * DAY_MS), SYNCED), POLICY)).toBe('token-expired')
  })
})

describe('judgeAudience', () => {
  const stall = `urn:tolbooth:${SITE}:stall:a-12`
  const lane = `urn:tolbooth:${SITE}:lane:in-1`
  const site = `urn:tolbooth:${SITE}`
  const any = 'urn:tolbooth:any'
  type Case = readonly [
    name: string,
    token: PayToken | HolderToken | PassToken | OverrideToken,
    place: Place,
    answer: string | Refusal,
  ]
  const cases: readonly Case[] = [
    ['a token for this stall names the place', { ...PAY, aud: [stall] }, STALL, 'place'],
    ['a token for this lane names the place', { ...PAY, aud: [lane] }, LANE, 'place'],
    ['a token for the site names the site', { ...PAY, aud: [site] }, STALL, 'site'],
    ['a token for any site is generic', { ...PAY, aud: [any] }, STALL, 'generic'],
    ['of several audiences the narrowest counts', { ...PAY, aud: [any, site, stall] }, STALL, 'place'],
    ['the site itself is a place', { ...PAY, aud: [site] }, WHOLE_SITE, 'place'],
    ['a stall’s token is not taken for the whole site', { ...PAY, aud: [stall] }, WHOLE_SITE, 'token-audience'],
    ['a token for another stall is refused', { ...PAY, aud: [`${site}:stall:a-13`] }, STALL, 'token-audience'],
    ['a token for a stall is refused at a lane of that name', { ...PAY, aud: [stall] }, LANE, 'token-audience'],
    ['a token for another site is refused', { ...PAY, aud: ['urn:tolbooth:market-2'] }, STALL, 'token-audience'],
    ['a longer name that begins alike is refused', { ...PAY, aud: [`${stall}0`] }, STALL, 'token-audience'],
    ['a pass for the site is good at its lanes', PASS, LANE, 'site'],
    ['a pass for any site is refused', { ...PASS, aud: [any] }, LANE, 'token-audience'],
    ['an override for any site is refused', OVERRIDE, LANE, 'token-audience'],
    ['a credential without limits of place goes anywhere', { ...HOLDER, aud: [stall] }, STALL, 'place'],
    ['a credential for this site is good here', { ...HOLDER, credentialAud: [site] }, STALL, 'place'],
    ['a credential for another site is refused here', { ...HOLDER, credentialAud: ['x'] }, STALL, 'token-audience'],
  ]

  test.each(cases)('%s', (_name, token, place, answer) => {
    const judged = judgeAudience(token, SITE, place)
    expect(judged.ok ? judged.audience : judged.refusal).toBe(answer)
  })
})

describe('judgeKey', () => {
  const KEY: IssuerKey = { kid: 'k1', thumbprint: 't1', from: NOON, until: null, revoked: false }
  const retired = { ...KEY, until: later(NOON, 1_000) }
  type Case = readonly [
    name: string,
    key: IssuerKey,
    token: PayToken | HolderToken | TicketToken,
    answer: Refusal | undefined,
  ]
  const cases: readonly Case[] = [
    ['a key in use is good from its first moment', KEY, PAY, undefined],
    ['a key is no good before it was in use', KEY, { ...PAY, iat: later(NOON, -1) }, 'token-key-out-of-time'],
    ['a retired key is good for what it signed in its time', retired, { ...PAY, iat: later(NOON, 999) }, undefined],
    ['a retired key ends at until', retired, { ...PAY, iat: later(NOON, 1_000) }, 'token-key-out-of-time'],
    ['a revoked key is never good', { ...KEY, revoked: true }, PAY, 'token-key-revoked'],
    ['a credential is judged by when it was issued, not presented', KEY, HOLDER, 'token-key-out-of-time'],
    [
      'a presentation made after the issuer’s key was retired is good',
      { ...KEY, from: later(NOON, -2 * DAY_MS), until: later(NOON, -1_000) },
      HOLDER,
      undefined,
    ],
  ]

  test.each(cases)('%s', (_name, key, token, answer) => {
    expect(judgeKey(key, token)).toBe(answer)
  })
})

describe('scopeOfPayment', () => {
  const cases: readonly (readonly [aud: readonly string[], issuerScope: TokenScope, scope: TokenScope])[] = [
    [['urn:tolbooth:market-1'], 'region', 'site'],
    [['urn:tolbooth:market-1', 'urn:tolbooth:market-1:stall:a-12'], 'region', 'site'],
    [['urn:tolbooth:market-1', 'urn:tolbooth:market-2'], 'region', 'region'],
    [['urn:tolbooth:any'], 'region', 'region'],
    [['urn:tolbooth:market-1', 'urn:tolbooth:any'], 'holder', 'holder'],
    [['https://elsewhere.example'], 'region', 'region'],
    [[], 'region', 'region'],
    [['urn:tolbooth:any'], 'site', 'site'],
  ]

  test.each(cases)('audiences %j of an issuer of scope %s are of scope %s', (aud, issuerScope, scope) => {
    expect(scopeOfPayment(aud, issuerScope)).toBe(scope)
  })
})

function nowAt(at: Instant, trust: ClockTrust): Now {
  return { at, trust, local: { day: '2026-11-21' as LocalDay, weekday: 6, minuteOfDay: 720 } }
}
