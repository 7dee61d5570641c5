import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { Charge } from '../../core/changes.ts'
import { timerId } from '../../core/changes.ts'
import { decide } from '../../core/decide.ts'
import { gatewayIssuer, NOTHING, receiptFor } from '../../core/decision.ts'
import type { AccessChange, Actor, ClockAccepted, EventBody, SiteEvent } from '../../core/events.ts'
import { reasonOf } from '../../core/events.ts'
import type { CommonFacts } from '../../core/facts.ts'
import type { ChargeId, EffectId, PassageId } from '../../core/ids.ts'
import { deviceId, eventKey, principalOf } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import { NOTHING_SHOWN } from '../../core/parking/facts.ts'
import type { Question } from '../../core/questions.ts'
import { NOTHING_PERSONAL, recorded, recordedReasonOf } from '../../core/recorded.ts'
import { BUNDLE_AHEAD_MAX_MS } from '../../core/setup.ts'
import type { BundleVersion, Device } from '../../core/site.ts'
import { compareVersions } from '../../core/site.ts'
import type { ClockTrust } from '../../core/time.ts'
import { DAY_MS, instant, isTrusted, later, uncertaintyMsOf } from '../../core/time.ts'
import { scopeOfPayment } from '../../core/token-policy.ts'
import { passIdentityOf, spendIdentityOf } from '../../core/token-spending.ts'
import { audiencesOf } from '../../core/tokens.ts'
import {
  at,
  BARRIER,
  COMMON,
  deviceAt,
  holderToken,
  IN,
  laneFacts,
  NOON,
  overrideToken,
  PRESENT,
  paidPassage,
  passToken,
  payToken,
  SITE,
  STALL,
  STALL_FACTS,
  STALL_ID,
  STEPPED,
  SYNCED,
  TOKEN_FACTS,
  vnd,
} from './kit.ts'
import { shown } from './model/site-model.ts'

const COMMAND = 'box-1:1:1:0' as EffectId
const CHARGE = 'box-1:1:90:g0' as ChargeId
const atLane = shown({ kind: 'lane', id: IN }, payToken('a'))
const atStall = shown({ kind: 'stall', id: STALL_ID }, payToken('a'))
const loop = {
  kind: 'loop',
  lane: IN,
  device: deviceId('in-1-approach'),
  role: 'approach',
  occupied: true,
  late: false,
} as const
const laneTimer = { purpose: 'passage-due', lane: IN, command: COMMAND } as const
const chargeTimer = { purpose: 'charge-expires', charge: CHARGE } as const

/** Each question that needs the site's own rules, and what it is answered when it is asked of an empty site. */
const SITE_QUESTIONS: readonly (readonly [Question, string])[] = [
  [{ kind: 'scan-at-stall', body: atStall, stall: STALL_FACTS, token: TOKEN_FACTS }, 'no-open-charge'],
  [{ kind: 'scan-at-lane', body: atLane, lane: laneFacts(), token: TOKEN_FACTS }, 'no-vehicle'],
  [
    { kind: 'scan-nowhere', body: shown({ kind: 'site' }, payToken('a')), token: TOKEN_FACTS, paying: null },
    'token-kind-not-taken',
  ],
  [
    { kind: 'charge-open', body: { kind: 'charge-open', stall: STALL_ID, amount: vnd(5) }, stall: STALL_FACTS },
    'charge-opened',
  ],
  [
    {
      kind: 'charge-cancel',
      body: { kind: 'charge-cancel', stall: STALL_ID, charge: null },
      stall: { ...STALL_FACTS, named: null },
    },
    'no-open-charge',
  ],
  [{ kind: 'charge-expires', timer: chargeTimer, expiry: { charge: null, devices: [] } }, 'noted'],
  [{ kind: 'loop', body: loop, lane: laneFacts() }, 'noted'],
  [
    {
      kind: 'barrier-state',
      body: { kind: 'barrier-state', lane: IN, device: BARRIER, state: 'closed', late: false },
      lane: laneFacts(),
    },
    'noted',
  ],
  [
    {
      kind: 'command-result',
      body: { kind: 'command-result', lane: null, device: BARRIER, command: COMMAND, result: 'done' },
      lane: null,
    },
    'noted',
  ],
  [{ kind: 'lane-timer', timer: laneTimer, lane: laneFacts() }, 'noted'],
  [{ kind: 'passage-lapses', lapse: { passage: paidPassage(), parking: null, stay: null } }, 'noted'],
  [{ kind: 'emergency', active: true, device: null, lanes: [laneFacts()] }, 'noted'],
  [{ kind: 'fail-safe-over', lane: laneFacts() }, 'noted'],
  [{ kind: 'loop-away', lane: laneFacts() }, 'noted'],
  [
    { kind: 'open-by-hand', body: { kind: 'open-by-hand', lane: IN, reason: 'flat tyre' }, lane: laneFacts(PRESENT) },
    'noted',
  ],
]

describe('a question of the site', () => {
  test.each(SITE_QUESTIONS.map(([question, said]) => [question.kind, said, question] as const))(
    '%s is answered %s, and before there is a layout and a policy: not ready',
    (_kind, said, question) => {
      const { outcome } = decide(question, COMMON, at(0))
      expect(outcome.ok ? outcome.kind : outcome.refusal).toBe(said)
      expect(decide(question, null, at(0))).toMatchObject({
        outcome: { ok: false, refusal: 'not-ready' },
        changes: [],
        effects: [],
      })
    },
  )

  test('with the same facts at the same time has the same answer', () => {
    for (const [question] of SITE_QUESTIONS) {
      expect(canonicalJson(decide(question, COMMON, at(0)))).toBe(canonicalJson(decide(question, COMMON, at(0))))
    }
  })
})

describe('what failed and is run again', () => {
  const again: CommonFacts = { ...COMMON, isRerun: true }
  const ofWhoStoodThere = ['scan-at-lane', 'open-by-hand', 'fail-safe-over', 'loop-away', 'emergency']

  test.each(SITE_QUESTIONS.map(([question, said]) => [question.kind, said, question] as const))(
    '%s is stale where it was for who stood at a lane then, and else is answered by what is true now',
    (kind, said, question) => {
      const { outcome, changes, effects } = decide(question, again, at(0))
      const isStale = ofWhoStoodThere.includes(kind)
      expect(outcome.ok ? outcome.kind : outcome.refusal).toBe(isStale ? 'stale-scan' : said)
      if (isStale) expect([changes, effects]).toEqual([[], []])
    },
  )

  test.each([
    ['ticket-asked', 'stale-scan'],
    ['session-chosen', 'stale-scan'],
    ['leave-on-debt', 'stale-scan'],
    ['plate-seen', 'no-car-park'],
    ['session-quoted', 'no-car-park'],
    ['session-corrected', 'no-car-park'],
    ['cash-taken', 'no-car-park'],
    ['credit-by-charge', 'no-car-park'],
    ['credit-by-text', 'no-car-park'],
    ['credit-moved', 'no-car-park'],
    ['refund', 'no-car-park'],
    ['right-put', 'no-car-park'],
    ['right-status', 'no-car-park'],
    ['right-coded', 'no-car-park'],
    ['occupancy-corrected', 'no-car-park'],
    ['case-ended', 'no-car-park'],
    ['late-evidence', 'lane-unknown'],
  ])('%s is answered %s where there is no car park by now', (kind, refusal) => {
    const none = {
      parking: null,
      lane: null,
      lanes: [],
      known: null,
      stay: null,
      charge: null,
      plates: [],
      shown: NOTHING_SHOWN,
    }
    const lane = kind === 'plate-seen' ? laneFacts() : null
    const question = { kind, body: { kind }, ...none, lane, facts: { ...none, cases: [] } }
    expect(decide(question as unknown as Question, again, at(0)).outcome).toMatchObject({ ok: false, refusal })
  })
})

describe('whoever trains at a live site, or the other way about', () => {
  const modes = [
    ['training', 'live'],
    ['live', 'training'],
  ] as const
  const common = (mode: Mode, siteMode: Mode): CommonFacts => ({ ...COMMON, mode, siteMode })
  const withDevices = SITE_QUESTIONS.map(([question, said]) => [question, said] as const).filter(
    ([{ kind }]) => !['scan-nowhere', 'charge-expires', 'lane-timer', 'passage-lapses', 'emergency'].includes(kind),
  )

  test.each(modes)('in %s at a site in %s may say that there is a fire, and not that it is over', (mode, siteMode) => {
    const fire = (active: boolean): Question => ({ kind: 'emergency', active, device: null, lanes: [laneFacts()] })
    expect(decide(fire(true), common(mode, siteMode), at(0)).effects).toMatchObject([
      { command: { type: 'hold-open' } },
    ])
    expect(decide(fire(false), common(mode, siteMode), at(0)).outcome).toMatchObject({ refusal: 'mode-not-here' })
  })

  test.each(modes)('in %s at a site in %s is refused wherever a device stands, and at every lane', (mode, siteMode) => {
    expect(STALL_FACTS.devices).not.toEqual([])
    for (const [question] of withDevices) {
      expect(decide(question, common(mode, siteMode), at(0)), question.kind).toMatchObject({
        outcome: { ok: false, refusal: 'mode-not-here' },
        changes: [],
        effects: [],
      })
    }
    const unheardOf = laneFacts({}, { lane: null, devices: [] })
    const atNoLane: Question = { kind: 'loop', body: loop, lane: unheardOf }
    expect(decide(atNoLane, common(mode, siteMode), at(0)).outcome).toMatchObject({ refusal: 'mode-not-here' })
  })

  test.each(modes)('in %s at a site in %s is answered as ever at a stall where nothing stands', (mode, siteMode) => {
    const bare = { ...STALL_FACTS, devices: [] }
    const questions: readonly (readonly [Question, object])[] = [
      [{ kind: 'scan-at-stall', body: atStall, stall: bare, token: TOKEN_FACTS }, { refusal: 'no-open-charge' }],
      [
        { kind: 'charge-open', body: { kind: 'charge-open', stall: STALL_ID, amount: vnd(5) }, stall: bare },
        { kind: 'charge-opened' },
      ],
      [
        {
          kind: 'charge-cancel',
          body: { kind: 'charge-cancel', stall: STALL_ID, charge: null },
          stall: { ...bare, named: null },
        },
        { refusal: 'no-open-charge' },
      ],
    ]
    for (const [question, outcome] of questions) {
      expect(decide(question, common(mode, siteMode), at(0)), question.kind).toMatchObject({ outcome, effects: [] })
    }
  })

  test.each(modes)('has a charge of %s that expires at a site in %s without a word to anybody', (mode, siteMode) => {
    const charge: Charge = {
      id: CHARGE,
      place: { kind: 'stall', id: STALL_ID },
      merchant: STALL.merchant,
      due: vnd(5),
      mode,
      session: null,
      openedAt: NOON,
      expiresAt: NOON,
    }
    const left = { charge, status: 'open', paid: 0 } as const
    const expiry = { charge: left, devices: STALL_FACTS.devices }
    const question: Question = { kind: 'charge-expires', timer: chargeTimer, expiry }
    for (const asked of ['live', 'training'] as const) {
      const decision = decide(question, common(asked, siteMode), at(0))
      expect(decision.effects).toEqual([])
      expect(decision.changes).toMatchObject([{ kind: 'charge-closed', status: 'expired' }, { kind: 'timer-cleared' }])
    }
    expect(decide(question, common('live', mode), at(0)).effects).not.toEqual([])
  })
})

describe('access that is given or taken back', () => {
  const device = deviceAt({ kind: 'site' }, 'till')
  const changed = (what: AccessChange, known: Device | null): Question => ({
    kind: 'access-changed',
    body: { kind: 'access-changed', what },
    known,
  })
  const password = { kind: 'device-password', device: device.id } as const

  test.each([
    [
      'a client is let in',
      changed({ kind: 'client-added', client: 'hoa', role: 'admin', mode: 'live', stalls: [], lanes: 'all' }, null),
      null,
    ],
    ['a client is let in no more', changed({ kind: 'client-revoked', client: 'hoa' }, null), null],
    ['a device gets a new password', changed(password, device), null],
    ['a device that was revoked', changed(password, { ...device, status: 'revoked' }), 'device-unknown'],
    ['a device that nobody knows', changed(password, null), 'device-unknown'],
  ] as const)('%s: it is noted before there is a layout, and changes no book', (_what, question, refusal) => {
    const { outcome, changes, effects } = decide(question, null, at(0))
    expect(outcome).toMatchObject(refusal === null ? { ok: true, kind: 'noted' } : { ok: false, refusal })
    expect([changes, effects]).toEqual([[], []])
  })
})

describe('a bundle', () => {
  const version = (epoch: number, n: number): BundleVersion => ({ epoch, n })
  const load = (current: BundleVersion | null, hash = 'other'): Question => ({
    kind: 'bundle-loaded',
    body: { kind: 'bundle-loaded', bundle: 'policy', version: version(2, 5), hash: 'hash', issuedAt: NOON },
    bundle: {
      bundle: 'policy',
      current: current === null ? null : { version: current, hash, issuedAt: NOON },
      lanes: null,
    },
  })

  test.each([
    ['the first one is in use', load(null), 'in-use'],
    ['a newer one is in use', load(version(2, 4)), 'in-use'],
    ['one of a newer epoch of upstream is in use, whatever its number', load(version(1, 99)), 'in-use'],
    ['the same one again changes nothing', load(version(2, 5), 'hash'), 'nothing'],
    ['another one under the same version is refused', load(version(2, 5)), 'bundle-version-taken'],
    ['an older one is refused', load(version(2, 6)), 'bundle-older'],
    ['one of an older epoch is refused', load(version(3, 0)), 'bundle-older'],
  ])('%s', (_what, question, what) => {
    const { outcome, changes } = decide(question, null, at(0))
    expect(outcome).toMatchObject(what.startsWith('bundle-') ? { refusal: what } : { ok: true, kind: 'noted' })
    const inUse = { kind: 'bundle-current', bundle: 'policy', version: version(2, 5), hash: 'hash', issuedAt: NOON }
    expect(changes).toEqual(what === 'in-use' ? [inUse] : [])
  })

  describe('that was issued ahead of our clock', () => {
    const aheadBy = (ms: number, trust: ClockTrust, current: BundleVersion | null = null): unknown => {
      const question = load(current, 'hash')
      const { outcome } = decide(question, null, at(-ms, trust))
      return outcome.ok ? outcome.kind : outcome.refusal
    }
    const holdover: ClockTrust = { state: 'holdover', uncertaintyMs: 60_000 }

    test.each<[string, ClockTrust, number]>([
      ['that is synced', SYNCED, BUNDLE_AHEAD_MAX_MS],
      ['in holdover, beyond what it may be wrong by', holdover, BUNDLE_AHEAD_MAX_MS + 60_000],
    ])('%s is refused beyond the tolerance, and taken at it', (_what, trust, ms) => {
      expect(aheadBy(ms, trust)).toBe('noted')
      expect(aheadBy(ms + 1, trust)).toBe('bundle-from-future')
    })

    test('is taken where the clock is not trusted: it may be the bundle that knows the time', () => {
      for (const state of ['stepped', 'unknown'] as const) expect(aheadBy(DAY_MS, { state })).toBe('noted')
    })

    test('changes nothing where it is in force already', () => {
      expect(aheadBy(DAY_MS, SYNCED, version(2, 5))).toBe('noted')
    })
  })

  test('versions stand in the order of their epoch and their number', () => {
    expect(compareVersions(version(1, 9), version(2, 1))).toBeLessThan(0)
    expect(compareVersions(version(2, 2), version(2, 1))).toBeGreaterThan(0)
    expect(compareVersions(version(2, 1), version(2, 1))).toBe(0)
  })
})

describe('a device', () => {
  const device: Device = deviceAt({ kind: 'lane', id: IN }, 'barrier')
  const revoked: Device = { ...device, status: 'revoked' }
  const enrol = (known: Device | null, beside: readonly Device[] = [], asked: Device = device): Question => ({
    kind: 'device-enrolled',
    body: { kind: 'device-enrolled', device: asked },
    known,
    beside,
  })
  const loop = (id: string, role: 'approach' | 'safety'): Device => ({
    ...device,
    id: deviceId(id),
    kind: 'loop',
    role,
  })
  const reader: Device = { ...device, id: deviceId('reader'), kind: 'qr-reader' }
  const revoke = (known: Device | null): Question => ({
    kind: 'device-revoked',
    body: { kind: 'device-revoked', device: device.id },
    known,
  })

  test.each([
    ['is enrolled', enrol(null), [{ kind: 'device-put', device }]],
    ['is enrolled again after it was revoked', enrol(revoked), [{ kind: 'device-put', device }]],
    [
      'is enrolled beside loops and readers',
      enrol(null, [loop('a', 'approach'), reader]),
      [{ kind: 'device-put', device }],
    ],
    [
      'is a loop under the arm beside the one before it',
      enrol(null, [loop('a', 'approach'), device], loop('b', 'safety')),
      [{ kind: 'device-put', device: loop('b', 'safety') }],
    ],
    [
      'is a second reader',
      enrol(null, [reader], { ...reader, id: deviceId('b') }),
      [{ kind: 'device-put', device: { ...reader, id: deviceId('b') } }],
    ],
    ['is revoked', revoke(device), [{ kind: 'device-revoked', device: device.id }]],
    ['that is revoked is not revoked again', revoke(revoked), []],
  ])('%s', (_what, question, changes) => {
    expect(decide(question, null, at(0))).toMatchObject({ outcome: { ok: true, kind: 'noted' }, changes })
  })

  test.each([
    ['that is there is not put in its place', enrol(device), 'device-exists'],
    ['is no second barrier of a lane', enrol(null, [{ ...device, id: deviceId('other') }]), 'device-place-taken'],
    ['is no second loop under an arm', enrol(null, [loop('a', 'safety')], loop('b', 'safety')), 'device-place-taken'],
    ['is no second loop before it', enrol(null, [loop('a', 'approach')], loop('b', 'approach')), 'device-place-taken'],
    ['that nobody knows is not revoked', revoke(null), 'device-unknown'],
  ])('%s', (_what, question, refusal) => {
    expect(decide(question, null, at(0))).toMatchObject({ outcome: { ok: false, refusal }, changes: [] })
  })
})

describe('the site’s own housekeeping', () => {
  test('upstream was reached: offline time begins anew', () => {
    expect(decide({ kind: 'upstream-reached' }, null, at(7)).changes).toEqual([
      { kind: 'upstream-contact', at: later(NOON, 7) },
    ])
  })

  test('upstream was reached by a clock that is not trusted: the older date stays, for years ahead it would never be too old', () => {
    for (const trust of [STEPPED, { state: 'unknown' } as const]) {
      expect(decide({ kind: 'upstream-reached' }, null, at(10 * 365 * DAY_MS, trust))).toMatchObject({
        outcome: { ok: true, kind: 'noted' },
        changes: [],
      })
    }
  })

  test('personal values past their time go, but not by a clock that is not trusted', () => {
    const asked: Question = { kind: 'erase-asked', refs: ['reason:1'] }
    expect(decide(asked, COMMON, at(0, STEPPED)).changes).toEqual([{ kind: 'values-erased', refs: ['reason:1'] }])
    expect(decide({ ...asked, refs: [] }, COMMON, at(0)).changes).toEqual([])
    const due: Question = { kind: 'erase-due', refs: ['payer:1'], renamed: [] }
    expect(decide(due, null, at(0)).changes).toEqual([{ kind: 'values-erased', refs: ['payer:1'] }])
    expect(decide({ ...due, refs: [] }, null, at(0)).changes).toEqual([])
    expect(decide(due, null, at(0, STEPPED))).toMatchObject({ outcome: { refusal: 'clock-not-trusted' }, changes: [] })
  })
})

describe('a clock that ran ahead and is right now', () => {
  const body: ClockAccepted = {
    kind: 'clock-accepted',
    over: later(NOON, DAY_MS),
    source: { state: 'holdover', uncertaintyMs: 500 },
    reason: 'set by hand',
  }
  const accepted = (more: Partial<ClockAccepted>, issuedAt = NOON): Question => ({
    kind: 'clock-accepted',
    body: { ...body, ...more },
    issuedAt,
  })

  test('is accepted on an operator’s word, and changes nothing that is written', () => {
    expect(decide(accepted({}), null, at(0, STEPPED))).toEqual(NOTHING)
    expect(decide(accepted({}, later(NOON, BUNDLE_AHEAD_MAX_MS)), null, at(0, STEPPED))).toEqual(NOTHING)
  })

  test('leaves what somebody typed in the vault', () => {
    const reason = { ref: 'reason:1', mac: 'mac' }
    const event = { body } as unknown as SiteEvent
    expect(recorded(event, { ...NOTHING_PERSONAL, reason }).body).toEqual({ ...body, reason })
  })

  test.each<[string, Question, string]>([
    ['without a reason', accepted({ reason: ' ' }), 'reason-missing'],
    ['where its own source does not vouch for it', accepted({ source: { state: 'unknown' } }), 'clock-not-trusted'],
    [
      'where something in force was issued after it',
      accepted({}, later(NOON, BUNDLE_AHEAD_MAX_MS + 1)),
      'clock-not-trusted',
    ],
  ])('is not accepted %s', (_what, question, refusal) => {
    expect(decide(question, null, at(0, STEPPED))).toMatchObject({ outcome: { ok: false, refusal }, changes: [] })
  })
})

describe('the register of what is spent', () => {
  const forget = (until: number): Question => ({ kind: 'forget-due', until: later(NOON, until) })

  test('forgets what nobody could show any more', () => {
    expect(decide(forget(0), null, at(0)).changes).toEqual([{ kind: 'spent-forgotten', until: NOON }])
  })

  test.each([
    ['what could still be shown', forget(1), at(0)],
    ['anything by a clock that is not trusted', forget(0), at(0, STEPPED)],
  ])('does not forget %s', (_what, question, now) => {
    expect(decide(question, null, now)).toMatchObject({ outcome: { refusal: 'clock-not-trusted' }, changes: [] })
  })
})

describe('the record of an event', () => {
  const actor: Actor = { kind: 'device', id: 'reader-1', role: null }
  const event = (body: EventBody): SiteEvent => ({
    key: eventKey(principalOf('device', 'reader-1'), 'b:1'),
    bodyHash: 'hash',
    actor,
    mode: 'live',
    occurredAt: { at: NOON, by: 'device' },
    causedBy: null,
    body,
  })

  test('holds neither the payer nor the text of a token, but where the vault has them', () => {
    const token = payToken('a', { sub: 'somebody-by-name' })
    const body = { ...shown({ kind: 'stall', id: STALL_ID }, token), evidence: 'the.secret.text' }
    const record = recorded(event(body), { ...NOTHING_PERSONAL, payer: { ref: 'payer:1', mac: 'mac' } })
    const { sub: _payer, ...known } = token
    expect(record).toEqual({
      bodyHash: 'hash',
      actor,
      mode: 'live',
      occurredAt: { at: NOON, by: 'device' },
      causedBy: null,
      body: { kind: 'scan', place: body.place, reader: null, token: known, payer: { ref: 'payer:1', mac: 'mac' } },
    })
    expect(canonicalJson(record)).not.toMatch(/somebody-by-name|the\.secret\.text/)
  })

  test('holds nothing of what somebody typed to say why, but where the vault has it; where it may not say, nothing', () => {
    const reason = { ref: 'reason:1', mac: 'mac' }
    const word = 'let my cousin Hương through'
    const byHand = { kind: 'open-by-hand', lane: IN, reason: word } as const
    const order = { ...shown({ kind: 'stall', id: STALL_ID }, overrideToken('o', { reason: word })), evidence: '' }
    for (const body of [byHand, order]) {
      const kept = recorded(event(body), { ...NOTHING_PERSONAL, reason }).body
      expect(recordedReasonOf(kept)).toEqual(reason)
      expect(canonicalJson(kept)).not.toContain('Hương')
      const untold = recorded(event(body), NOTHING_PERSONAL).body
      expect(recordedReasonOf(untold)).toBeNull()
      expect(canonicalJson(untold)).not.toContain('Hương')
    }
    expect(recordedReasonOf(recorded(event(loop), { ...NOTHING_PERSONAL, reason }).body)).toBeNull()
    const plain = { ...shown({ kind: 'stall', id: STALL_ID }, payToken('a')), evidence: '' }
    expect(recordedReasonOf(recorded(event(plain), { ...NOTHING_PERSONAL, reason }).body)).toBeNull()
    const state = { state: 'open', reason: 'fail-safe', late: false } as const
    const arm = { kind: 'barrier-state', lane: IN, device: BARRIER, ...state } as const
    expect([byHand, order, loop, plain, arm].map(reasonOf)).toEqual([word, word, null, null, null])
    expect(recordedReasonOf(recorded(event(arm), { ...NOTHING_PERSONAL, reason }).body)).toBeNull()
  })

  test('of anything else is as it came', () => {
    expect(recorded(event(loop), NOTHING_PERSONAL).body).toBe(loop)
  })

  test('says of one that was run again that it was, and of any other nothing', () => {
    expect(recorded({ ...event(loop), isRerun: true }, NOTHING_PERSONAL)).toMatchObject({ isRerun: true, body: loop })
    expect(recorded(event(loop), NOTHING_PERSONAL)).not.toHaveProperty('isRerun')
  })
})

describe('names', () => {
  test('of timers are of what they wait for, so that setting one again moves it', () => {
    const timers = [
      chargeTimer,
      { purpose: 'passage-lapses', passage: 'box-1:1:95:p0' as PassageId },
      laneTimer,
      { ...laneTimer, purpose: 'barrier-answer' },
      { ...laneTimer, purpose: 'close-due' },
    ] as const
    expect(timers.map(timerId)).toEqual([
      'charge-expires:box-1:1:90:g0',
      'passage-lapses:box-1:1:95:p0',
      'passage-due:in-1',
      'barrier-answer:in-1',
      'close-due:in-1',
    ])
  })

  test('of what is spent in training, and of the side of a pass, are others than live', () => {
    expect(spendIdentityOf(payToken('a'), 'training').id).toBe('training:jti:a')
    expect(spendIdentityOf(overrideToken('a'), 'training').id).toBe('training:jti:a')
    expect(spendIdentityOf(holderToken('n'), 'training').id).toBe('training:kb:phone-1:n')
    const { iss, jti } = passToken('a')
    expect(passIdentityOf({ iss, jti }, 'live')).toEqual({ iss, jti })
    expect(passIdentityOf({ iss, jti }, 'training')).toEqual({ iss: `training:${iss}`, jti })
  })

  test('of what is spent are of the token, and of one showing of a rotating code', () => {
    expect(spendIdentityOf(payToken('a'), 'live').id).toBe('jti:a')
    expect(spendIdentityOf(overrideToken('a'), 'live').id).toBe('jti:a')
    expect(spendIdentityOf(holderToken('n'), 'live').id).toBe('kb:phone-1:n')
  })

  test('of audiences are of the place, the site, and any site', () => {
    expect(audiencesOf(SITE, { kind: 'lane', id: IN })).toEqual({
      place: 'urn:tolbooth:market-1:lane:in-1',
      site: 'urn:tolbooth:market-1',
      generic: 'urn:tolbooth:any',
    })
    expect(scopeOfPayment(['urn:tolbooth:market-1'], 'region')).toBe('site')
  })

  test('on a receipt are of the gateway that signed it and of where it was paid', () => {
    expect(gatewayIssuer(SITE, 'box-1')).toBe('urn:tolbooth:market-1:gateway:box-1')
    const charge = {
      id: CHARGE,
      merchant: 'co-ba',
      due: vnd(5),
      mode: 'live',
      session: null,
      openedAt: NOON,
      expiresAt: NOON,
    } as const
    const placed = (place: { kind: 'site' } | { kind: 'lane'; id: typeof IN }) =>
      receiptFor(COMMON, { ...charge, merchant: 'co-ba' as never, place }, vnd(5), later(NOON, 999)).claims
    expect(placed({ kind: 'site' })).toMatchObject({ place: 'site', iat: NOON / 1000 })
    expect(placed({ kind: 'lane', id: IN })).toMatchObject({ place: 'lane:in-1' })
  })
})

describe('time', () => {
  test.each([0.5, Number.NaN, 2 ** 53])('is in whole milliseconds, and not %d', (ms) => {
    expect(() => instant(ms)).toThrow(RangeError)
    expect(() => later(NOON, ms)).toThrow(RangeError)
  })

  test.each([
    ['synced', { state: 'synced', uncertaintyMs: 5 }, true, 5],
    ['holdover', { state: 'holdover', uncertaintyMs: 900 }, true, 900],
    ['stepped', { state: 'stepped' }, false, undefined],
    ['unknown', { state: 'unknown' }, false, undefined],
  ] as const)('by a clock that is %s', (_state, trust, trusted, uncertaintyMs) => {
    expect(isTrusted(trust)).toBe(trusted)
    expect(uncertaintyMsOf(trust)).toBe(uncertaintyMs)
  })
})
