import { describe, expect, test } from 'vitest'
import { laneId, stallId } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import type { Refusal } from '../../../core/refusals.ts'
import type { Place } from '../../../core/site.ts'
import type { Instant, LocalDay, Now } from '../../../core/time.ts'
import { instant, later } from '../../../core/time.ts'
import { judgeAudience, judgeKey, judgeTimes } from '../../../core/token-policy.ts'
import { spendIdentityOf } from '../../../core/token-spending.ts'
import type { PresentedToken } from '../../../core/tokens.ts'
import type { DenyList } from '../../../gateway/tokens/deny-list.ts'
import { createDenyList } from '../../../gateway/tokens/deny-list.ts'
import type { KeyRing } from '../../../gateway/tokens/key-ring.ts'
import { createKeyRing } from '../../../gateway/tokens/key-ring.ts'
import { readShownText } from '../../../gateway/tokens/shown-text.ts'
import { createVerifier } from '../../../gateway/tokens/verify.ts'
import { BAD_KINDS, badTokens } from '../../../simulators/wallet/bad-tokens.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import type { Point } from '../../../simulators/wallet/mint.ts'
import { PASS_LIFETIME_MS, PHONE_LIMIT } from '../../../simulators/wallet/mint.ts'
import type { RandomBytes } from '../../../simulators/wallet/signing.ts'
import type { Shown, Wallet } from '../../../simulators/wallet/wallet.ts'
import { createWallet, ROTATE_MS } from '../../../simulators/wallet/wallet.ts'

const NOON = instant(Date.UTC(2026, 10, 21, 5))
const SITE = 'market-1'
const STALL: Point = { kind: 'stall', id: 'a-12' }
const LANE: Point = { kind: 'lane', id: 'in-1' }
const DUE = 50_000

describe('a payer’s good tokens', () => {
  test.each(['wallet', 'bank'] as const)('are taken by the verifier and by the policy, from a %s', async (issuer) => {
    const world = await worldOf(1, issuer)
    const shown: readonly (readonly [Shown, Point])[] = [
      [world.wallet.pay(STALL, DUE, 'place'), STALL],
      [world.wallet.pay(STALL, DUE, 'site'), STALL],
      [world.wallet.pay(LANE, DUE, 'generic'), LANE],
      [world.wallet.rotating(STALL, DUE, 'place'), STALL],
      [world.wallet.pass(), LANE],
      [world.wallet.override(LANE, 'lost ticket'), LANE],
    ]
    for (const [one, point] of shown) expect([one.what, await world.answer(one.text, point)]).toEqual([one.what, null])
  })

  test('are spent under the identities of the payer’s own record', async () => {
    const world = await worldOf(2)
    const shown = [
      world.wallet.pay(STALL, DUE, 'place'),
      world.wallet.rotating(LANE, DUE, 'site'),
      world.wallet.override(LANE, 'lost ticket'),
    ]
    for (const { text, agreement } of shown) {
      const token = await world.token(text)
      if (token.kind !== 'pay' && token.kind !== 'holder' && token.kind !== 'override') throw new Error('not spent')
      expect(agreement).toMatchObject({ ...spendIdentityOf(token, 'live'), audience: token.aud, kind: token.kind })
      if (token.kind !== 'override') expect(agreement?.amount).toEqual(token.amt)
    }
    expect(world.wallet.agreements()).toEqual(shown.map(({ agreement }) => agreement))
  })
})

describe('a phone', () => {
  test('shows the same code for a while and then another, spent as another', async () => {
    const world = await worldOf(3)
    const first = world.wallet.rotating(STALL, DUE, 'place')
    world.pass(ROTATE_MS - 1)
    expect(world.wallet.rotating(STALL, DUE, 'place')).toBe(first)
    world.pass(1)
    const second = world.wallet.rotating(STALL, DUE, 'place')
    expect(second.agreement?.id).not.toBe(first.agreement?.id)
    expect(await world.answer(second.text, STALL)).toBeNull()
  })

  test('shows another code at once for another amount or another place', async () => {
    const { wallet } = await worldOf(4)
    const first = wallet.rotating(STALL, DUE, 'place')
    expect(wallet.rotating(STALL, DUE + 1, 'place').text).not.toBe(first.text)
    expect(wallet.rotating(LANE, DUE, 'place').text).not.toBe(first.text)
  })

  test('says itself when it agrees to more than its credential is good for', async () => {
    const { wallet } = await worldOf(4)
    expect(wallet.rotating(STALL, PHONE_LIMIT, 'place').expected).toBeNull()
    expect(wallet.rotating(STALL, PHONE_LIMIT + 1, 'place').expected).toBe('amount-too-low')
  })

  test('gets a new credential before the old one ends', async () => {
    const world = await worldOf(5)
    world.wallet.rotating(STALL, DUE, 'place')
    world.pass(31 * 86_400_000)
    expect(await world.answer(world.wallet.rotating(STALL, DUE, 'place').text, STALL)).toBeNull()
  })
})

test('a pass is the same text until it ends, and then a new one', async () => {
  const world = await worldOf(6)
  const first = world.wallet.pass()
  world.pass(PASS_LIFETIME_MS - 1)
  expect(world.wallet.pass().text).toBe(first.text)
  world.pass(1)
  expect(world.wallet.pass().text).not.toBe(first.text)
})

describe('a bad token gets the refusal that the payer expects', () => {
  for (const kind of BAD_KINDS) {
    test.each(['wallet', 'bank'] as const)(`${kind}, of a %s`, async (issuer) => {
      const world = await worldOf(7, issuer)
      const bad = world.wallet.bad(kind, STALL, DUE)
      expect(bad).toMatchObject({ what: kind, expected: badTokens[kind].expected })
      expect(await world.answer(bad.text, STALL)).toBe(bad.expected)
    })
  }
})

test('a bad token binds the payer only where it is well signed', async () => {
  const { wallet } = await worldOf(8)
  for (const kind of BAD_KINDS) wallet.bad(kind, STALL, DUE)
  const judgedByMoment: readonly (Refusal | null)[] = [
    'token-expired',
    'token-not-yet',
    'token-issued-in-future',
    'token-audience',
    'amount-too-low',
    'token-denied',
    'payer-denied',
    'presentation-stale',
  ]
  const expected = new Set(wallet.agreements().map((one) => one.expected))
  expect([...expected].toSorted()).toEqual(judgedByMoment.toSorted())
})

test('the same token again is expected to be refused as spent, and binds to nothing new', async () => {
  const { wallet } = await worldOf(9)
  expect(wallet.again(STALL)).toBeNull()
  const first = wallet.pay(STALL, DUE, 'place')
  expect(wallet.again(STALL)).toEqual({ ...first, expected: 'token-spent' })
  expect(wallet.agreements()).toHaveLength(1)
})

test('a seed gives the same payer again, letter by letter', async () => {
  const act = async (seed: number) => {
    const { wallet } = await worldOf(seed)
    const good = [wallet.pay(STALL, DUE, 'place'), wallet.rotating(LANE, DUE, 'site'), wallet.pass()]
    return [...good, ...BAD_KINDS.map((kind) => wallet.bad(kind, STALL, DUE))].map(({ text }) => text)
  }
  expect(await act(10)).toEqual(await act(10))
  expect(await act(10)).not.toEqual(await act(11))
})

type World = {
  readonly wallet: Wallet
  pass(ms: number): void
  token(text: string): Promise<PresentedToken>
  /** What a gateway would say before it opens its books; `null`: nothing against it. */
  answer(text: string, point: Point): Promise<Refusal | null>
}

async function worldOf(seed: number, issuer: 'wallet' | 'bank' = 'wallet'): Promise<World> {
  let at: Instant = NOON
  const random = diceOf(seed)
  const issuers = createIssuers({ site: SITE, currency: VND, random, from: later(NOON, -30 * 86_400_000) })
  const wallet = createWallet({ site: SITE, payer: 'payer-1', issuers, issuer, random, now: () => at })
  const ring = await ringOf(issuers.keySet({ epoch: 1, n: 1 }, NOON))
  const denyList = denyListOf(issuers.denyList({ epoch: 1, n: 1 }, NOON))
  const verifier = createVerifier({ keyRing: () => ring, inFlightMax: 4, waitingMax: 4, phoneKeysMax: 4 })
  return {
    wallet,
    pass: (ms) => {
      at = later(at, ms)
    },
    async token(text) {
      const verified = await verifier.verify(text)
      if (!verified.ok) throw new Error(`${verified.refusal}: ${verified.detail}`)
      return verified.token
    },
    async answer(text, point) {
      const shown = readShownText(text)
      if (!shown.ok) return shown.refusal
      const verified = await verifier.verify(shown.text)
      return verified.ok ? judged(verified.token, point, at, ring, denyList) : verified.refusal
    },
  }
}

function judged(token: PresentedToken, point: Point, at: Instant, ring: KeyRing, denyList: DenyList): Refusal | null {
  const now: Now = {
    at,
    trust: { state: 'synced', uncertaintyMs: 0 },
    local: { day: '2026-11-21' as LocalDay, weekday: 6, minuteOfDay: 720 },
  }
  const key = ring.key(token.iss, token.key.kid)
  if (key === undefined) return 'token-key-unknown'
  const denied = denyList.denied(token)
  const audience = judgeAudience(token, SITE, placeOf(point))
  const keyRefusal = judgeKey(key, token)
  if (keyRefusal !== undefined) return keyRefusal
  if (denied !== null) return denied === 'payer' ? 'payer-denied' : 'token-denied'
  const times = judgeTimes(token, now, { clockWideningMaxMs: 120_000 })
  if (times !== undefined) return times
  if (!audience.ok) return audience.refusal
  if (token.kind === 'pay') return token.amt.amount < DUE ? 'amount-too-low' : null
  if (token.kind === 'holder') return Math.min(token.amt.amount, token.lim.amount) < DUE ? 'amount-too-low' : null
  return null
}

function placeOf(point: Point): Place {
  return point.kind === 'stall' ? { kind: 'stall', id: stallId(point.id) } : { kind: 'lane', id: laneId(point.id) }
}

async function ringOf(file: object): Promise<KeyRing> {
  const made = await createKeyRing(file, [])
  if (!made.ok) throw new Error(made.problems.join('\n'))
  return made.ring
}

function denyListOf(file: object): DenyList {
  const made = createDenyList(file)
  if (!made.ok) throw new Error(made.problems.join('\n'))
  return made.list
}

/** mulberry32: enough to tell seeds apart, and the same on every machine. */
function diceOf(seed: number): RandomBytes {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) & 0xff
  }
  return (bytes) => Uint8Array.from({ length: bytes }, next)
}
