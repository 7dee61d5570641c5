import { describe, expect, test } from 'vitest'
import type { LaneScanFacts, TokenFacts } from '../../../core/facts.ts'
import type { PassageId } from '../../../core/ids.ts'
import { laneId } from '../../../core/ids.ts'
import { SAFETY_CLEAR_MS } from '../../../core/lane/moves.ts'
import { decideScanAtLane } from '../../../core/lane/scan.ts'
import type { LanePhase } from '../../../core/lane/state.ts'
import type { Outcome } from '../../../core/records.ts'
import type { Refusal } from '../../../core/refusals.ts'
import type { Lane } from '../../../core/site.ts'
import type { LocalDay, Now } from '../../../core/time.ts'
import { later } from '../../../core/time.ts'
import { spendIdentityOf } from '../../../core/token-spending.ts'
import type { PassHours, PresentedToken } from '../../../core/tokens.ts'
import {
  at,
  BOTH,
  COMMON,
  holderToken,
  IN,
  LANE_IN,
  LAYOUT,
  laneDevices,
  laneFacts,
  NOON,
  OPERATOR_ISSUER,
  OUT,
  overrideToken,
  POLICY,
  PRESENT,
  PRICE,
  paidPassage,
  passToken,
  payToken,
  receiptToken,
  STEPPED,
  SUPERVISOR_ISSUER,
  TOKEN_FACTS,
  ticketToken,
  vnd,
} from '../kit.ts'
import { shown } from '../model/site-model.ts'
import { siteStory } from '../model/site-story.ts'

type Given = {
  readonly token?: PresentedToken
  readonly lane?: Lane | null
  readonly facts?: Partial<LaneScanFacts>
  readonly state?: Partial<LaneScanFacts['state']>
  readonly tokenFacts?: Partial<TokenFacts>
  readonly common?: Partial<typeof COMMON>
  readonly now?: Now
}

function scanned({ token = payToken('code-1'), lane = LANE_IN, facts, state, tokenFacts, common, now = at(0) }: Given) {
  const laneGiven = laneFacts({ ...PRESENT, ...state }, { lane, ...facts })
  const place = { kind: 'lane', id: IN } as const
  return decideScanAtLane(
    shown(place, token),
    laneGiven,
    { ...TOKEN_FACTS, ...tokenFacts },
    { ...COMMON, ...common },
    now,
  )
}

const withIssuer = (issuer: TokenFacts['issuer'], over: Partial<TokenFacts> = {}): Partial<TokenFacts> => ({
  issuer,
  ...over,
})
const spentAt = (passage: PassageId | null, token = payToken('code-1')): Partial<TokenFacts> => ({
  spent: {
    identity: spendIdentityOf(token, 'live'),
    kind: 'pay',
    place: { kind: 'lane', id: IN },
    charge: null,
    passage,
    amount: vnd(PRICE),
    until: later(NOON, 60_000),
  },
})

describe('a payment at a lane', () => {
  test('takes the price, grants one right, and opens: all in one record', () => {
    const decision = scanned({})
    const passage = 'box-1:1:100:p0'
    expect(decision.outcome).toEqual({
      ok: true,
      kind: 'paid',
      charge: 'box-1:1:100:g0',
      amount: vnd(PRICE),
      passage,
      receipt: 'box-1:1:100:r0',
    })
    expect(decision.changes.map((change) => change.kind)).toEqual([
      'charge-opened',
      'transfers',
      'claim-opened',
      'payment-taken',
      'charge-closed',
      'token-spent',
      'risk-taken',
      'passage-granted',
      'lane-state',
      'timer-set',
      'timer-set',
      'timer-set',
    ])
    expect(decision.changes.find((change) => change.kind === 'passage-granted')).toMatchObject({
      passage: {
        id: passage,
        lane: IN,
        mode: 'live',
        right: { kind: 'payment', amount: vnd(PRICE), spent: { id: 'jti:code-1' } },
        payer: 'payer-1-today',
        presence: 90,
        until: later(NOON, POLICY.passageRightMs),
        status: 'granted',
      },
    })
    expect(decision.effects.map(({ to, command }) => [to, command.type])).toEqual([
      ['in-1-barrier', 'open'],
      ['in-1-display', 'announce'],
      ['in-1-soundbox', 'announce'],
    ])
    expect(decision.effects.map((effect) => effect.id)).toEqual(['box-1:1:100:0', 'box-1:1:100:1', 'box-1:1:100:2'])
    expect(decision.documents).toHaveLength(1)
    expect(decision.keep).toEqual(['payer', 'evidence'])
    expect(decision.subject).toEqual({ charge: 'box-1:1:100:g0', passage, session: null })
  })

  test('of a price of 0 is recorded as such: nothing is spent, claimed, shared or at risk', () => {
    const story = siteStory()
    story.approach(true, BOTH)
    const token = payToken('code-1')
    expect(story.show(token, BOTH)).toMatchObject({ ok: true, kind: 'paid', amount: vnd(0) })
    expect(story.told()).toContain('yard-1-barrier open')
    expect(story.model.payments).toMatchObject([{ amount: vnd(0), claim: null }])
    expect([...story.model.charges.values()]).toMatchObject([{ status: 'paid', paid: 0 }])
    expect(story.model.claims.size).toBe(0)
    expect(story.model.spent.size).toBe(0)
    expect(story.model.ledger().accounts.size).toBe(0)
    expect(story.show(token, BOTH)).toMatchObject({ kind: 'already-accepted' })
  })

  test('of a price of 0 leaves the token to pay elsewhere, and its right to its vehicle', () => {
    const story = siteStory()
    story.approach(true, BOTH)
    const token = payToken('code-1')
    story.show(token, BOTH)
    story.result('failed', story.lastCommand(), BOTH)
    story.key(30_000)
    expect(story.pay(token)).toMatchObject({ ok: true, kind: 'paid' })
    expect(story.show(token, BOTH)).toMatchObject({ ok: true, kind: 'already-accepted' })
    expect(story.told()).toContain('yard-1-barrier open')
  })
})

describe('a code at a lane is refused', () => {
  const open = (passage: PassageId | null): LanePhase => ({ kind: 'open', passage, command: 'box-1:1:1:0' as never })
  const pass = passToken('pass-1')
  const asPass = withIssuer(OPERATOR_ISSUER)
  const asOverride = withIssuer(SUPERVISOR_ISSUER)
  const cases: readonly (readonly [string, Given, Refusal])[] = [
    ['where there is no such lane', { lane: null }, 'lane-unknown'],
    ['of a kind that the lane does not take', { token: ticketToken() }, 'token-kind-not-taken'],
    [
      'of a kind that opens nothing, whatever the layout says (ticket)',
      {
        token: ticketToken(),
        lane: { ...LANE_IN, takes: ['ticket'] },
        tokenFacts: withIssuer({ ...OPERATOR_ISSUER, kinds: ['ticket'] }),
      },
      'token-kind-not-taken',
    ],
    [
      'of a kind that opens nothing, whatever the layout says (receipt)',
      {
        token: receiptToken(),
        lane: { ...LANE_IN, takes: ['receipt'] },
        tokenFacts: withIssuer({ ...OPERATOR_ISSUER, kinds: ['receipt'] }),
      },
      'token-kind-not-taken',
    ],
    ['in an emergency: just drive through', { state: { phase: { kind: 'held-open', by: [null] } } }, 'lane-held-open'],
    ['that was spent elsewhere', { tokenFacts: spentAt(null) }, 'token-spent'],
    ['that was spent here, and passed', { tokenFacts: spentAt(paidPassage().id) }, 'token-spent'],
    [
      'that was spent, also where it has expired since: it learns no more',
      { token: payToken('code-1', { exp: NOON }), tokenFacts: spentAt(null) },
      'token-spent',
    ],
    [
      'that was spent, also where its payer is denied: it learns no more',
      { tokenFacts: { ...spentAt(null), denied: 'payer' } },
      'token-spent',
    ],
    [
      'that was spent, also where nobody stands there',
      { state: { approach: false, presence: null }, tokenFacts: spentAt(null) },
      'token-spent',
    ],
    [
      'that was spent elsewhere, also where another’s right waits',
      { facts: { unused: paidPassage() }, tokenFacts: spentAt(null) },
      'token-spent',
    ],
    ['that has expired', { token: payToken('code-1', { exp: NOON }) }, 'token-expired'],
    [
      'that is for elsewhere, also where a right waits',
      { token: payToken('x', { aud: ['urn:tolbooth:market-2'] }), facts: { unused: paidPassage() } },
      'token-audience',
    ],
    ['with nobody on the loop', { state: { approach: false, presence: null } }, 'no-vehicle'],
    ['where the barrier is away', { facts: { barrierPresent: false } }, 'barrier-away'],
    [
      'where no barrier is enrolled',
      { facts: { devices: laneDevices(IN).filter((device) => device.kind !== 'barrier') } },
      'barrier-away',
    ],
    [
      'while another passes',
      { state: { phase: open(paidPassage().id) }, facts: { current: paidPassage() } },
      'lane-busy',
    ],
    ['while it is open by hand', { state: { phase: open(null) } }, 'lane-busy'],
    [
      'with its own right, while another passes',
      { facts: { unused: paidPassage() }, state: { phase: open('box-1:1:70:p0' as PassageId) } },
      'lane-busy',
    ],
    ['where no price is set: never 0 because something is missing', { lane: { ...LANE_IN, price: null } }, 'no-price'],
    ['for less than the price', { token: payToken('x', { amt: vnd(PRICE - 1) }) }, 'amount-too-low'],
    [
      'that is a pass for other lanes',
      { token: passToken('p', { lanes: [OUT] }), tokenFacts: asPass },
      'pass-not-here',
    ],
    ['that is a pass for no hours', { token: passToken('p', { hours: [] }), tokenFacts: asPass }, 'pass-not-now'],
    [
      'that is a pass which is inside',
      { token: pass, tokenFacts: asPass, facts: { passSide: 'inside' } },
      'pass-already-inside',
    ],
    [
      'that is a pass which never came in',
      { token: pass, lane: { ...LANE_IN, direction: 'exit' }, tokenFacts: asPass },
      'pass-not-inside',
    ],
    [
      'that is a pass which went out',
      { token: pass, lane: { ...LANE_IN, direction: 'exit' }, tokenFacts: asPass, facts: { passSide: 'outside' } },
      'pass-not-inside',
    ],
    [
      'that is a pass for which another lane is opening',
      { token: pass, tokenFacts: asPass, facts: { isPassElsewhere: true } },
      'pass-in-use',
    ],
    [
      'that is an override for other lanes',
      { token: overrideToken('o', { lanes: [OUT] }), tokenFacts: asOverride },
      'pass-not-here',
    ],
  ]

  test.each(cases)('%s', (_what, given, refusal) => {
    const decision = scanned(given)
    expect(decision.outcome).toMatchObject({ ok: false, refusal })
    expect(decision).toMatchObject({ changes: [], documents: [], keep: [] })
    const told = decision.effects.map(({ to, command }) => [to, command])
    const due = given.lane === null || given.lane?.price === null ? null : vnd(PRICE)
    const message = { kind: 'refused', refusal, due }
    expect(told).toEqual([
      ['in-1-display', { type: 'announce', message }],
      ['in-1-soundbox', { type: 'announce', message }],
    ])
  })
})

describe('a code that was shown before the vehicle came that stands there', () => {
  const shownFrom = later(NOON, -5_000)
  const given = (happenedMs: number, over: Partial<Given> = {}): Given => ({
    state: { shownFrom },
    common: { happenedAt: later(NOON, happenedMs) },
    ...over,
  })

  test('was shown for another: it is stale, and nothing is spent or opened; at that moment it is this one’s', () => {
    const decision = scanned(given(-5_001))
    expect(decision).toMatchObject({ outcome: { ok: false, refusal: 'stale-scan' }, changes: [], keep: [] })
    expect(decision.effects.filter(({ command }) => command.type === 'open')).toEqual([])
    expect(scanned(given(-5_000)).outcome).toMatchObject({ kind: 'paid' })
  })

  test('opens nothing by the right that it has bought either', () => {
    const bought = { facts: { unused: paidPassage() }, tokenFacts: spentAt(paidPassage().id, payToken('paid')) }
    const token = payToken('paid')
    expect(scanned(given(-5_001, { ...bought, token }))).toMatchObject({
      outcome: { ok: false, refusal: 'stale-scan' },
      changes: [],
    })
  })

  test('is told that nobody stands there, where that is so', () => {
    const gone = { approach: false, presence: null, phase: { kind: 'idle' }, shownFrom } as const
    expect(scanned(given(-5_001, { state: gone })).outcome).toMatchObject({ refusal: 'no-vehicle' })
  })

  test('is taken where the clock was set back since the vehicle came, or where nothing is known of its coming', () => {
    expect(scanned(given(-1_000, { state: { shownFrom: later(NOON, 1) } })).outcome).toMatchObject({ kind: 'paid' })
    expect(scanned(given(-10_000, { state: { shownFrom: null } })).outcome).toMatchObject({ kind: 'paid' })
  })
})

describe('a code is shown again', () => {
  test('while the arm has not said yet that it is up: accepted, and not told again', () => {
    const story = siteStory()
    story.approach(true)
    story.show(payToken('code-1'))
    const command = story.lastCommand()
    story.wait(1_500)
    expect(story.show(payToken('code-1'))).toMatchObject({ ok: true, kind: 'already-accepted', amount: vnd(PRICE) })
    expect(story.told()).toEqual(['in-1-display drive-on'])
    expect(story.lastCommand()).toBe(command)
    story.wait(500)
    expect(story.lane().alarm).toBe('barrier-no-answer')
  })

  test('while the arm is up and the vehicle stands there: it opens again, for an arm that came down by itself', () => {
    const story = siteStory()
    story.approach(true)
    story.show(payToken('code-1'))
    story.result('done')
    expect(story.show(payToken('code-1'))).toMatchObject({ kind: 'already-accepted' })
    expect(story.told()).toEqual(['in-1-barrier open', 'in-1-display drive-on'])
    expect(story.model.payments).toHaveLength(1)
  })

  test('while its vehicle is under the arm: accepted, and nothing is told to anybody', () => {
    const story = siteStory()
    story.approach(true)
    story.show(payToken('code-1'))
    story.result('done')
    story.safety(true)
    expect(story.show(payToken('code-1'))).toMatchObject({ ok: true, kind: 'already-accepted' })
    expect(story.told()).toEqual([])
  })

  test('after its vehicle has passed: spent', () => {
    const story = siteStory()
    story.approach(true)
    story.show(payToken('code-1'))
    story.safety(true)
    story.approach(false)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
    expect(story.show(payToken('code-1'))).toMatchObject({ ok: false, refusal: 'token-spent' })
  })

  test('after it has expired, been denied and its key revoked: it was accepted, and stands', () => {
    const token = payToken('code-1', { exp: NOON })
    const unused = paidPassage({ right: { ...paidRight, spent: spendIdentityOf(token, 'live') } })
    const decision = scanned({
      token,
      facts: { unused },
      tokenFacts: { ...spentAt(unused.id, token), denied: 'payer', key: null },
      now: at(1_000),
    })
    expect(decision.outcome).toMatchObject({ ok: true, kind: 'already-accepted', passage: unused.id })
  })

  test('at another lane: spent', () => {
    const story = siteStory({ layout: { ...LAYOUT, lanes: LAYOUT.lanes.map((lane) => ({ ...lane, price: PRICE })) } })
    story.approach(true)
    story.show(payToken('code-1'))
    story.result('failed')
    story.approach(true, BOTH)
    expect(story.show(payToken('code-1'), BOTH)).toMatchObject({ ok: false, refusal: 'token-spent' })
  })

  test('in its next form by a phone that rotates it: accepted, before, while and not after the vehicle passes', () => {
    const story = siteStory()
    story.approach(true)
    expect(story.show(holderToken('nonce-1'))).toMatchObject({ kind: 'paid' })
    expect(story.show(holderToken('nonce-2'))).toMatchObject({ kind: 'already-accepted' })
    story.result('done')
    story.safety(true)
    expect(story.show(holderToken('nonce-3'))).toMatchObject({ kind: 'already-accepted' })
    expect(story.told()).toEqual([])
    expect(story.model.payments).toHaveLength(1)
  })

  test('by another payer where a vehicle that has paid stands: nothing is taken, and the vehicle gets its arm', () => {
    const story = siteStory()
    story.approach(true)
    story.show(payToken('code-1'))
    story.result('failed')
    expect(story.show(payToken('code-2', { sub: 'payer-2' }))).toMatchObject({ ok: true, kind: 'already-accepted' })
    expect(story.told()).toContain('in-1-barrier open')
    expect(story.model.payments).toHaveLength(1)
    expect(story.model.spent.size).toBe(1)
  })

  test('by another payer while a vehicle passes: they wait', () => {
    const story = siteStory()
    story.approach(true)
    story.show(payToken('code-1'))
    story.safety(true)
    expect(story.show(payToken('code-2', { sub: 'payer-2' }))).toMatchObject({ ok: false, refusal: 'lane-busy' })
  })

  test.each([
    ['a moment before its time is over', POLICY.passageRightMs - 1, undefined, 'already-accepted'],
    ['at its time', POLICY.passageRightMs, undefined, 'token-spent'],
    ['long after its time, by a clock that is not trusted', 100 * POLICY.passageRightMs, STEPPED, 'already-accepted'],
  ] as const)('for a right that nobody used, %s', (_what, ms, trust, what) => {
    const token = payToken('code-1')
    const unused = paidPassage({ right: { ...paidRight, spent: spendIdentityOf(token, 'live') } })
    const { outcome } = scanned({ token, facts: { unused }, tokenFacts: spentAt(unused.id), now: at(ms, trust) })
    expect(said(outcome)).toBe(what)
  })

  test.each(['passing', 'used', 'lapsed'] as const)('for a right that is %s opens nothing', (status) => {
    const token = payToken('code-1')
    const unused = paidPassage({ status, right: { ...paidRight, spent: spendIdentityOf(token, 'live') } })
    expect(said(scanned({ token, facts: { unused }, tokenFacts: spentAt(unused.id) }).outcome)).toBe('token-spent')
  })
})

describe('training', () => {
  test('rights open nothing for live codes, nor the other way about', () => {
    for (const [paidIn, shownIn] of [
      ['live', 'training'],
      ['training', 'live'],
    ] as const) {
      const story = siteStory()
      story.approach(true)
      expect(story.show(payToken('code-1'), IN, paidIn)).toMatchObject({ kind: 'paid' })
      story.result('failed')
      expect(story.show(payToken('code-2', { sub: 'payer-2' }), IN, shownIn)).toMatchObject({ kind: 'paid' })
      const modes = [...story.model.ledger().accounts.keys()].map((id) => id.slice(0, id.indexOf(':')))
      expect(new Set(modes)).toEqual(new Set(['live', 'training']))
    }
  })

  test.each([
    ['live', 'training'],
    ['training', 'live'],
  ] as const)('spends a code of %s for nothing in %s: there it is taken, once', (paidIn, shownIn) => {
    const story = siteStory()
    story.approach(true)
    for (const mode of [paidIn, shownIn] as const) {
      expect(story.show(payToken('code-1'), IN, mode)).toMatchObject({ kind: 'paid' })
      story.result('failed')
    }
    expect(story.show(payToken('code-1'), IN, shownIn)).toMatchObject({ kind: 'already-accepted' })
    expect([...story.model.spent.values()].map(({ identity }) => identity.id).toSorted()).toEqual([
      'jti:code-1',
      'training:jti:code-1',
    ])
  })

  test('leaves a pass on its own side of the barriers', () => {
    const pass = passToken('pass-1')
    const story = siteStory()
    story.approach(true)
    expect(story.show(pass, IN, 'training')).toMatchObject({ kind: 'let-through' })
    story.result('done')
    story.safety(true)
    story.wait(1_000)
    story.approach(false)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    story.arm('closed')
    story.approach(true)
    expect(story.show(pass, IN, 'training')).toMatchObject({ refusal: 'pass-already-inside' })
    expect(story.show(pass, IN, 'live')).toMatchObject({ kind: 'let-through' })
  })

  test('is kept out also where the facts mix it up', () => {
    const unused = paidPassage({ mode: 'training' })
    expect(scanned({ facts: { unused } }).outcome).toMatchObject({ kind: 'paid' })
    const phase: LanePhase = { kind: 'passing', passage: unused.id, command: 'box-1:1:1:0' as never, followed: false }
    expect(scanned({ state: { phase }, facts: { current: unused } }).outcome).toMatchObject({ refusal: 'lane-busy' })
  })
})

describe('a pass', () => {
  const local = (weekday: number, minuteOfDay: number): Now => ({
    ...at(0),
    local: { day: '2026-11-21' as LocalDay, weekday, minuteOfDay },
  })
  const day: PassHours = { weekdays: [1, 2, 3, 4, 5], fromMinute: 6 * 60, toMinute: 18 * 60 }
  const night: PassHours = { weekdays: [5], fromMinute: 22 * 60, toMinute: 6 * 60 }
  const sundayNight: PassHours = { weekdays: [7], fromMinute: 22 * 60, toMinute: 6 * 60 }

  test.each([
    ['on its day at its first minute', day, 1, 6 * 60, true],
    ['a minute before', day, 1, 6 * 60 - 1, false],
    ['in its last minute', day, 5, 18 * 60 - 1, true],
    ['at its end', day, 5, 18 * 60, false],
    ['on another day', day, 6, 12 * 60, false],
    ['of a night, in the evening on which it begins', night, 5, 22 * 60, true],
    ['of a night, in the evening after', night, 6, 22 * 60, false],
    ['of a night, before the morning on which it ends', night, 6, 6 * 60 - 1, true],
    ['of a night, at its end', night, 6, 6 * 60, false],
    ['of a night, in the morning before it begins', night, 5, 6 * 60 - 1, false],
    ['of a Sunday night, on Monday morning', sundayNight, 1, 60, true],
  ] as const)('%s', (_what, hours, weekday, minute, isTaken) => {
    const token = passToken('pass-1', { hours: [hours] })
    const { outcome } = scanned({ token, tokenFacts: withIssuer(OPERATOR_ISSUER), now: local(weekday, minute) })
    expect(said(outcome)).toBe(isTaken ? 'let-through' : 'pass-not-now')
  })

  test.each([
    ['at the lane that it names', { token: passToken('p', { lanes: [laneId('yard-9'), IN] }) }],
    ['at an exit, when it is inside', { lane: { ...LANE_IN, direction: 'exit' }, facts: { passSide: 'inside' } }],
    ['at an entry, when it went out', { facts: { passSide: 'outside' } }],
    [
      'at a lane for both directions, wherever it is',
      { lane: { ...LANE_IN, direction: 'both' }, facts: { passSide: 'inside', isPassElsewhere: true } },
    ],
    [
      'wherever it is, with no anti-passback',
      { facts: { passSide: 'inside', isPassElsewhere: true }, common: { policy: { ...POLICY, antiPassback: 'off' } } },
    ],
  ] as const satisfies readonly (readonly [string, Given])[])(
    'is let through %s, and takes no money',
    (_what, given) => {
      const decision = scanned({ token: passToken('p'), tokenFacts: withIssuer(OPERATOR_ISSUER), ...given })
      expect(decision.outcome).toEqual({ ok: true, kind: 'let-through', passage: 'box-1:1:100:p0' })
      expect(decision.changes.map((change) => change.kind)).not.toContain('payment-taken')
      expect(decision).toMatchObject({ keep: [], documents: [] })
      expect(decision.effects.map(({ to }) => to)).toEqual(['in-1-barrier', 'in-1-display'])
    },
  )

  test('whose vehicle is under the arm is accepted again, and another pass is not', () => {
    const story = siteStory()
    story.approach(true)
    story.show(passToken('pass-1'))
    story.safety(true)
    expect(story.show(passToken('pass-1'))).toMatchObject({ ok: true, kind: 'already-accepted' })
    expect(story.show(passToken('pass-2'))).toMatchObject({ ok: false, refusal: 'lane-busy' })
  })
})

describe('an override', () => {
  test('opens once, its reason in no way through, and lives in the register as long as it could be shown', () => {
    const token = overrideToken('o-1', { lanes: [IN] })
    const decision = scanned({ token, tokenFacts: withIssuer(SUPERVISOR_ISSUER) })
    expect(decision.outcome).toMatchObject({ ok: true, kind: 'let-through' })
    expect(decision.changes[0]).toMatchObject({
      kind: 'token-spent',
      spent: { kind: 'override', charge: null, amount: null, passage: 'box-1:1:100:p0' },
    })
    expect(decision.changes[1]).toMatchObject({
      passage: { right: { kind: 'override', spent: spendIdentityOf(token, 'live') } },
    })
    expect(JSON.stringify(decision)).not.toContain(token.reason)
    const story = siteStory()
    story.approach(true)
    story.show(token)
    story.safety(true)
    story.approach(false)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.show(token)).toMatchObject({ ok: false, refusal: 'token-spent' })
  })
})

const paidRight = { kind: 'payment', charge: 'box-1:1:95:g0' as never, amount: vnd(PRICE) } as const

function said(outcome: Outcome): string {
  return outcome.ok ? outcome.kind : outcome.refusal
}
