import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { Change } from '../../core/changes.ts'
import type { Effect } from '../../core/effects.ts'
import type { BarrierArm, EventBody } from '../../core/events.ts'
import type { EffectId, LaneId } from '../../core/ids.ts'
import { deviceId } from '../../core/ids.ts'
import type { LaneState, Passage } from '../../core/lane/state.ts'
import { isUnused, spentFor, unknownLane } from '../../core/lane/state.ts'
import type { Mode } from '../../core/mode.ts'
import type { Question } from '../../core/questions.ts'
import type { Now } from '../../core/time.ts'
import { DAY_MS, later, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import { spendIdentityOf } from '../../core/token-spending.ts'
import type { PresentedToken } from '../../core/tokens.ts'
import {
  at,
  BOTH,
  holderToken,
  IN,
  KEY,
  LAYOUT,
  laneDevices,
  NOON,
  OPERATOR_ISSUER,
  OUT,
  overrideToken,
  POLICY,
  passToken,
  payToken,
  STALL_DEVICES,
  STALL_ID,
  STEPPED,
  SUPERVISOR_ISSUER,
  vnd,
  WALLET_ISSUER,
} from './kit.ts'
import type { SiteModel, Taken } from './model/site-model.ts'
import { atRiskBy, shown, siteModel } from './model/site-model.ts'

/**
 * Days on which everything happens in any order: devices that say anything, commands whose results come late, twice or never, timers that come late. After each
 * event the rules of money and of passage must hold; and at the end of each day whoever paid and has not passed gets through.
 */

const LANES = [IN, OUT, BOTH] as const
const FIRE = ['fire-1', 'fire-2'].map(deviceId)
const ANY_LANE = fc.constantFrom(...LANES)

/** Few payers and few tokens, so that the same ones come again, at both places, spent and unspent. */
const TOKENS: readonly PresentedToken[] = [
  ...['1', '2', '3', '4'].flatMap((n) => [
    payToken(`pay-a${n}`, { sub: 'a' }),
    payToken(`pay-b${n}`, { sub: 'b' }),
    holderToken(`kb-c${n}`, { sub: 'c', cnfThumbprint: 'phone-c' }),
    holderToken(`kb-a${n}`, { sub: 'a', cnfThumbprint: 'phone-a' }),
  ]),
  payToken('too-little', { amt: vnd(1_000) }),
  payToken('expired', { exp: later(NOON, -SECOND_MS) }),
  payToken('elsewhere', { aud: ['urn:tolbooth:market-2'] }),
  payToken('anywhere', { aud: ['urn:tolbooth:any'] }),
  payToken('denied', { sub: 'denied' }),
  payToken('dollars', { amt: { ...vnd(50_000), currency: 'USD' as ReturnType<typeof vnd>['currency'] } }),
  passToken('pass-1'),
  passToken('pass-2', { lanes: [IN] }),
  overrideToken('override-1'),
  overrideToken('override-2', { lanes: [OUT] }),
]

type Happening =
  | { readonly kind: 'event'; readonly body: EventBody; readonly mode: Mode; readonly siteMode: Mode }
  | {
      readonly kind: 'result'
      readonly lane: LaneId
      readonly age: number
      readonly result: 'done' | 'failed' | 'late' | 'away'
    }
  | { readonly kind: 'wait'; readonly ms: number; readonly timersCome: boolean }
  | { readonly kind: 'presence'; readonly lane: LaneId; readonly present: boolean }
  | { readonly kind: 'loop-cut'; readonly lane: LaneId }
  | { readonly kind: 'clock'; readonly trusted: boolean }

const anyMode = fc.constantFrom<Mode>('live', 'live', 'live', 'live', 'training')
const event = (body: fc.Arbitrary<EventBody>): fc.Arbitrary<Happening> =>
  fc.record({ kind: fc.constant('event' as const), body, mode: anyMode, siteMode: anyMode })
const anyToken = fc.nat(TOKENS.length - 1).map((index) => TOKENS[index] ?? payToken('none'))

const anyLoop = fc
  .tuple(
    ANY_LANE,
    fc.constantFrom('approach' as const, 'safety' as const),
    fc.boolean(),
    fc.constantFrom(false, false, false, false, true),
  )
  .map(
    ([lane, role, occupied, late]): EventBody => ({
      kind: 'loop',
      lane,
      device: deviceId(`${lane}-${role}`),
      role,
      occupied,
      late,
    }),
  )
const anyArm = fc
  .tuple(ANY_LANE, fc.constantFrom<BarrierArm>('open', 'closed', 'moving'), fc.constantFrom(false, false, false, true))
  .map(
    ([lane, state, late]): EventBody => ({
      kind: 'barrier-state',
      lane,
      device: deviceId(`${lane}-barrier`),
      state,
      late,
    }),
  )

const loopOf = (lane: LaneId, role: 'approach' | 'safety', occupied: boolean, late = false): EventBody => ({
  kind: 'loop',
  lane,
  device: deviceId(`${lane}-${role}`),
  role,
  occupied,
  late,
})
const armOf = (lane: LaneId, state: BarrierArm, late = false): EventBody => ({
  kind: 'barrier-state',
  lane,
  device: deviceId(`${lane}-barrier`),
  state,
  late,
})
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: event(anyLoop) },
  { weight: 3, arbitrary: event(anyArm) },
  {
    weight: 8,
    arbitrary: event(fc.tuple(ANY_LANE, anyToken).map(([id, token]) => shown({ kind: 'lane', id }, token))),
  },
  { weight: 4, arbitrary: event(anyToken.map((token) => shown({ kind: 'stall', id: STALL_ID }, token))) },
  {
    weight: 3,
    arbitrary: event(
      fc
        .constantFrom(800, 30_000, 60_000)
        .map((amount) => ({ kind: 'charge-open', stall: STALL_ID, amount: vnd(amount) })),
    ),
  },
  { weight: 1, arbitrary: event(fc.constant({ kind: 'charge-cancel', stall: STALL_ID, charge: null })) },
  {
    weight: 1,
    arbitrary: event(ANY_LANE.map((lane) => ({ kind: 'open-by-hand', lane, reason: 'a lorry with the vegetables' }))),
  },
  {
    weight: 1,
    arbitrary: event(
      fc
        .tuple(fc.constantFrom(...FIRE, null), fc.boolean())
        .map(([device, active]) => ({ kind: 'emergency', device, active })),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('result' as const),
      lane: ANY_LANE,
      age: fc.constantFrom(0, 0, 0, 0, 1, 2),
      result: fc.constantFrom(
        'done' as const,
        'done' as const,
        'done' as const,
        'failed' as const,
        'late' as const,
        'away' as const,
      ),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 50, 300, 600, 1_500, 2_500, 11_000, 31_000, 5 * MINUTE_MS, 31 * MINUTE_MS),
      timersCome: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('presence' as const),
      lane: ANY_LANE,
      present: fc.constantFrom(true, true, false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('loop-cut' as const), lane: ANY_LANE }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), trusted: fc.constantFrom(true, true, false) }),
  },
)

type Day = {
  readonly model: SiteModel
  readonly commands: Map<LaneId, EffectId[]>
  now: ReturnType<typeof at>
  readonly reached: Set<string>
}

function newDay(reached: Set<string> = new Set()): Day {
  return {
    model: siteModel({
      layout: LAYOUT,
      policy: { ...POLICY, payerDayMax: 30_000 },
      devices: [...STALL_DEVICES, ...LANES.flatMap(laneDevices)],
      issuers: [WALLET_ISSUER, OPERATOR_ISSUER, SUPERVISOR_ISSUER],
      key: KEY,
      denied: (token) => (token.sub === 'denied' ? 'payer' : null),
      bundlesIssuedAt: later(NOON, -DAY_MS),
    }),
    commands: new Map(LANES.map((lane) => [lane, []])),
    now: at(0),
    reached,
  }
}

function happen(day: Day, happening: Happening): void {
  const { model } = day
  switch (happening.kind) {
    case 'event':
      checkEvent(day, happening)
      return
    case 'result': {
      const { lane, age, result } = happening
      const command = day.commands.get(lane)?.at(-1 - age)
      if (command === undefined) return
      const body = { kind: 'command-result', device: deviceId(`${lane}-barrier`), lane, command, result } as const
      checkAll(day, [model.take(body, day.now)])
      return
    }
    case 'wait':
      day.now = { ...day.now, at: later(day.now.at, happening.ms) }
      if (happening.timersCome) checkAll(day, model.takeDue(day.now))
      return
    case 'presence':
      model.setBarrierPresent(happening.lane, happening.present)
      return
    case 'loop-cut':
      model.cutSafetyLoop(happening.lane)
      // Its lane is told where it waits for it.
      checkAll(day, [
        model.take({ kind: 'loop-away', lane: happening.lane, device: deviceId(`${happening.lane}-safety`) }, day.now),
      ])
      return
    case 'clock':
      day.now = { ...day.now, trust: happening.trusted ? at(0).trust : STEPPED }
      return
  }
}

/** The box may have been put into the other mode since, and somebody may train beside it. */
function checkEvent(day: Day, { body, mode, siteMode }: Extract<Happening, { kind: 'event' }>): void {
  const taken = day.model.take(freshened(body, day.now), day.now, mode, siteMode)
  checkAll(day, [taken])
  // A fire is no practice: whoever says that there is one is believed.
  const isFire = body.kind === 'emergency' && body.active
  if (mode === siteMode || isFire) return
  expect(taken.decision.effects, `${body.kind} in ${mode} at a box in ${siteMode} reaches a device`).toEqual([])
  expect(taken.decision.changes.filter(({ kind }) => kind === 'lane-state' || kind === 'passage-granted')).toEqual([])
}

/** A phone makes its rotating code when it shows it. */
function freshened(body: EventBody, now: Now): EventBody {
  if (body.kind !== 'scan' || body.token.kind !== 'holder') return body
  return { ...body, token: { ...body.token, iat: now.at } }
}

function checkAll(day: Day, taken: readonly Taken[]): void {
  for (const one of taken) {
    for (const effect of one.decision.effects) {
      if (effect.command.type === 'open' || effect.command.type === 'close') commandsOf(day, effect).push(effect.id)
    }
    reach(day, one)
    checkMoney(day.model, one)
    checkArms(one)
    checkPassages(day.model, one)
  }
  checkWaits(day.model)
}

function commandsOf(day: Day, effect: Effect): EffectId[] {
  const lane = LANES.find((id) => effect.to === `${id}-barrier`)
  if (lane === undefined) throw new Error(`${effect.to} is told to move an arm`)
  return day.commands.get(lane) ?? []
}

/** What the random days have come through: if something is never reached, they prove nothing of it. */
function reach(day: Day, { decision }: Taken): void {
  const { outcome } = decision
  day.reached.add(outcome.ok ? outcome.kind : outcome.refusal)
  for (const change of decision.changes) {
    if (change.kind === 'lane-state') {
      day.reached.add(`phase ${change.state.phase.kind}`)
      day.reached.add(`alarm ${change.state.alarm}`)
    }
    if (change.kind === 'passage-moved') day.reached.add(`passage ${change.status}`)
  }
}

function checkMoney(model: SiteModel, { decision, before }: Taken): void {
  const { accounts } = model.ledger()
  const balances = [...accounts.values()]
  expect(
    balances.reduce((sum, row) => sum + row.debitsPosted - row.creditsPosted, 0),
    'the sum over all accounts',
  ).toBe(0)
  for (const mode of ['live', 'training'] as const) {
    const of = [...accounts].filter(([id]) => id.startsWith(`${mode}:`)).map(([, row]) => row)
    const owed = of.reduce((sum, row) => sum + row.debitsPosted, 0)
    const paid = model.payments
      .filter((row) => model.charges.get(row.charge)?.charge.mode === mode)
      .reduce((sum, row) => sum + row.amount.amount, 0)
    expect(owed, `what issuers owe in ${mode}`).toBe(paid)
    expect(model.exposure.get(mode) ?? 0).toBe(atRiskBy(model.claims, mode))
  }
  const { outcome } = decision
  const taken = decision.changes.filter((change) => change.kind === 'payment-taken')
  expect(taken.length).toBe(outcome.ok && outcome.kind === 'paid' ? 1 : 0)
  if (outcome.ok) return
  for (const change of decision.changes) {
    if (change.kind !== 'lane-state') throw new Error(`what is refused moves nothing: ${change.kind}`)
    const { saysArmAway: _, ...state } = change.state
    const { saysArmAway: __, ...was } = before.get(change.state.lane) ?? unknownLane(change.state.lane, state.since)
    expect(state, 'but what the display says of the arm').toEqual(was)
  }
}

function isHeard(question: Question, lane: LaneId | undefined): boolean | undefined {
  if (question.kind === 'emergency') return question.lanes.find((facts) => facts.lane?.id === lane)?.safetyHeard
  return 'lane' in question ? question.lane?.safetyHeard : undefined
}

/** Nothing closes on anybody, and nothing opens without a right, a hand, an emergency or somebody under the arm. */
function checkArms({ decision, question, before, body }: Taken): void {
  expect(new Set(decision.effects.map((effect) => effect.id)).size).toBe(decision.effects.length)
  for (const effect of decision.effects) {
    const lane = LANES.find((id) => effect.to === `${id}-barrier`)
    const state = lane === undefined ? undefined : (stateIn(decision.changes, lane) ?? before.get(lane))
    switch (effect.command.type) {
      case 'close':
      case 'release':
        expect(state?.safety, 'somebody stands under the arm that is told to close').toBe(false)
        expect(isHeard(question, lane), 'nobody can know who stands under the arm that is told to close').toBe(true)
        break
      case 'hold-open':
        expect(body).toMatchObject({ kind: 'emergency', active: true })
        break
      case 'open': {
        const { outcome } = decision
        const isForRight =
          question.kind === 'scan-at-lane' && outcome.ok && 'passage' in outcome && outcome.passage !== null
        const isByHand = question.kind === 'open-by-hand'
        const isUnderArm = body.kind === 'loop' && body.role === 'safety' && body.occupied && !body.late
        expect(isForRight || isByHand || isUnderArm, `an open command for ${question.kind}`).toBe(true)
        break
      }
      case 'announce':
      case 'cut-connection':
        break
    }
  }
}

function checkPassages(model: SiteModel, { decision, question, before }: Taken): void {
  const { outcome } = decision
  if (question.kind !== 'scan-at-lane' || question.lane.lane === null) return
  const lane = question.lane.lane.id
  if (!outcome.ok) return
  if (outcome.kind === 'paid' || outcome.kind === 'let-through') {
    const state = before.get(lane)
    expect(state?.presence, 'nobody stood there').not.toBeNull()
    expect(question.lane.barrierPresent).toBe(true)
    expect(decision.effects.some((effect) => effect.command.type === 'open')).toBe(true)
    const others = [...model.passages.values()].filter(
      (row) =>
        row.id !== outcome.passage &&
        row.presence === state?.presence &&
        row.lane === lane &&
        isUsable(row, decision.changes),
    )
    expect(others, 'the vehicle had a right already').toEqual([])
  }
  if (outcome.kind === 'already-accepted') {
    const passage = outcome.passage === null ? undefined : model.passages.get(outcome.passage)
    expect(['granted', 'opened', 'passing']).toContain(passage?.status)
    expect(decision.changes.map((change) => change.kind)).not.toContain('passage-granted')
  }

  function isUsable(row: Passage, changes: readonly Change[]): boolean {
    const granted = changes.find((change) => change.kind === 'passage-granted')
    const isOver = granted?.kind !== 'passage-granted' || granted.passage.grantedAt >= row.until
    return isUnused(row.status) && !isOver && row.mode === granted.passage.mode
  }
}

/** The timers that wait are those that the lanes, the open charges and the unused rights ask for: none is forgotten, and none is left over. */
function checkWaits(model: SiteModel): void {
  const wanted = [
    ...LANES.flatMap((lane) => waitsFor(model.lane(lane))),
    ...[...model.charges.values()]
      .filter((row) => row.status === 'open')
      .map((row) => ({ purpose: 'charge-expires', charge: row.charge.id })),
    ...[...model.passages.values()]
      .filter((row) => row.status !== 'used' && row.status !== 'lapsed')
      .map((row) => ({ purpose: 'passage-lapses', passage: row.id })),
  ]
  const waiting = [...model.due.values()].map((row) => row.timer)
  expect(waiting.map(canonicalJson).sort()).toEqual(wanted.map(canonicalJson).sort())
}

function waitsFor({ lane, phase, safety, arm }: LaneState): readonly object[] {
  switch (phase.kind) {
    case 'opening':
      return ['barrier-answer', 'passage-due'].map((purpose) => ({ purpose, lane, command: phase.command }))
    case 'open':
      return [
        { purpose: 'passage-due', lane, command: phase.command },
        ...(phase.saysUp === true && arm !== 'open' ? [{ purpose: 'up-due', lane, command: phase.command }] : []),
      ]
    case 'passing':
      return safety ? [] : [{ purpose: 'close-due', lane, command: phase.command }]
    case 'closing':
      return [{ purpose: 'close-due', lane, command: phase.command }]
    case 'idle':
    case 'vehicle-present':
    case 'waiting':
    case 'held-open':
      return []
  }
}

function stateIn(changes: readonly Change[], lane: LaneId): LaneState | undefined {
  const change = changes.findLast((one) => one.kind === 'lane-state' && one.state.lane === lane)
  return change?.kind === 'lane-state' ? change.state : undefined
}

const DAYS = { numRuns: 500, seed: 20_261_121 }
const anyDay = fc.array(anyHappening, { minLength: 1, maxLength: 120, size: 'max' })

test('money in is money out, no token, charge or right counts twice, no arm falls on anybody, and no wait is forgotten, whatever happens', () => {
  const reached = new Set<string>()
  fc.assert(
    fc.property(anyDay, (happenings) => {
      const day = newDay(reached)
      for (const happening of happenings) happen(day, happening)
    }),
    DAYS,
  )
  expect([...reached].sort()).toEqual(expect.arrayContaining(REACHED))
})

test('whoever has a right and has not passed gets through with the same code, whatever has happened', () => {
  let passed = 0
  fc.assert(
    fc.property(anyDay, (happenings) => {
      const day = newDay()
      for (const happening of happenings) happen(day, happening)
      calm(day)
      for (const passage of day.model.passages.values()) {
        const now = day.model.passages.get(passage.id)
        if (now === undefined || !isUnused(now.status) || day.now.at >= now.until) continue
        passes(day, now)
        passed += 1
      }
    }),
    DAYS,
  )
  expect(passed).toBeGreaterThan(30)
})

test('every right ends as used or lapsed, and a lane that is left alone comes to rest with nothing to wait for', () => {
  fc.assert(
    fc.property(anyDay, (happenings) => {
      const day = newDay()
      for (const happening of happenings) happen(day, happening)
      calm(day)
      for (let round = 0; round < 4; round += 1) happen(day, { kind: 'wait', ms: 31 * MINUTE_MS, timersCome: true })
      expect(
        [...day.model.passages.values()].filter((row) => row.status !== 'used' && row.status !== 'lapsed'),
      ).toEqual([])
      expect([...day.model.due.values()]).toEqual([])
      for (const lane of LANES)
        expect(['idle', 'vehicle-present', 'waiting']).toContain(day.model.lane(lane).phase.kind)
    }),
    DAYS,
  )
})

/** The emergency is over, the clock is right, the barriers are there and do as they are told, and nobody stands anywhere. */
function calm(day: Day): void {
  happen(day, { kind: 'clock', trusted: true })
  happen(day, {
    kind: 'event',
    mode: 'live',
    siteMode: 'live',
    body: { kind: 'emergency', device: null, active: false },
  })
  for (const lane of LANES) {
    day.model.setBarrierPresent(lane, true)
    happen(day, { kind: 'event', mode: 'live', siteMode: 'live', body: loopOf(lane, 'safety', false) })
    happen(day, { kind: 'event', mode: 'live', siteMode: 'live', body: loopOf(lane, 'approach', false) })
  }
  for (let round = 0; round < 6; round += 1) {
    happen(day, { kind: 'wait', ms: 11 * SECOND_MS, timersCome: true })
    for (const lane of LANES)
      happen(day, { kind: 'event', mode: 'live', siteMode: 'live', body: armOf(lane, 'closed') })
  }
}

function passes(day: Day, passage: Passage): void {
  const { lane, mode } = passage
  const token = TOKENS.find((one) => isGroundOf(one, passage))
  if (token === undefined) throw new Error(`nobody holds what ${passage.id} was granted for`)
  const say = (body: EventBody): Taken => {
    const taken = day.model.take(freshened(body, day.now), day.now, mode)
    checkAll(day, [taken])
    return taken
  }
  say(loopOf(lane, 'approach', true))
  const { decision } = say(shown({ kind: 'lane', id: lane }, token))
  expect(decision.outcome).toMatchObject({ ok: true, kind: 'already-accepted', passage: passage.id })
  expect(decision.effects.map((effect) => effect.command.type)).toContain('open')
  happen(day, { kind: 'result', lane, age: 0, result: 'done' })
  say(loopOf(lane, 'safety', true))
  happen(day, { kind: 'wait', ms: SECOND_MS, timersCome: true })
  say(loopOf(lane, 'approach', false))
  say(loopOf(lane, 'safety', false))
  happen(day, { kind: 'wait', ms: SECOND_MS, timersCome: true })
  expect(day.model.passages.get(passage.id)?.status).toBe('used')
  expect(day.model.lane(lane).phase.kind).toBe('closing')
  say(armOf(lane, 'closed'))
}

function isGroundOf(token: PresentedToken, { right, mode }: Passage): boolean {
  if (right.kind === 'pass') return token.kind === 'pass' && token.jti === right.jti
  if (token.kind !== 'pay' && token.kind !== 'holder' && token.kind !== 'override') return false
  return spendIdentityOf(token, mode).id === spentFor(right)?.id
}

const REACHED = [
  'already-accepted',
  'amount-too-low',
  'barrier-away',
  'charge-cancelled',
  'charge-opened',
  'clock-not-trusted',
  'lane-busy',
  'lane-held-open',
  'let-through',
  'no-open-charge',
  'no-price',
  'no-vehicle',
  'over-payer-day-limit',
  'paid',
  'pass-not-here',
  'pass-not-inside',
  'payer-denied',
  'payer-just-paid',
  'token-audience',
  'token-currency',
  'token-expired',
  'token-spent',
  ...['idle', 'vehicle-present', 'waiting', 'opening', 'open', 'passing', 'closing', 'held-open'].map(
    (kind) => `phase ${kind}`,
  ),
  ...['barrier-no-answer', 'barrier-failed', 'barrier-away', 'no-passage', 'stuck-open', 'unexplained-passage'].map(
    (kind) => `alarm ${kind}`,
  ),
  ...['opened', 'passing', 'used', 'lapsed'].map((status) => `passage ${status}`),
]
