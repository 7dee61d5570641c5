import type { EventBody, Role } from '../../core/events.ts'
import type { ChargeId, DeviceId, SessionId } from '../../core/ids.ts'
import { deviceId, laneId, principalOf, stallId } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import { money, VND } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { BundleKind, Device, SitePolicy } from '../../core/site.ts'
import { DAY_MS, HOUR_MS, isTrusted, later, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import { tokenPolicy } from '../../core/token-policy.ts'
import type { PathReply, PathRequest, RequestBody } from '../../gateway/path/path.ts'
import { BAD_KINDS } from '../../simulators/wallet/bad-tokens.ts'
import { signed } from '../../simulators/wallet/signing.ts'
import type { Wallet } from '../../simulators/wallet/wallet.ts'
import { createWallet } from '../../simulators/wallet/wallet.ts'
import type { Random } from '../../simulators/world/random.ts'
import { deviceOf, laneOf, layoutFile, policyFile } from '../support/site.ts'
import type { Heard, Probe } from './probe.ts'
import { probe } from './probe.ts'
import type { Stage } from './troubles.ts'
import { fire, SYNCED } from './troubles.ts'

/** The inspector's own corner of the site: a stall and two lanes to which nobody else comes, with devices that only the inspector switches on. */
export const PROBE_STALL = stallId('probe')
/** A stall where nothing stands: whoever has no devices, and whoever is of the other mode than the box, can do something there. */
export const PRACTICE_STALL = stallId('practice')
export const PROBE_IN = laneId('probe-in')
export const PROBE_IN_2 = laneId('probe-in-2')
export const PROBE_OUT = laneId('probe-out')
export const PROBE_LANES = [
  laneOf(PROBE_IN, { direction: 'entry', price: 10_000 }),
  laneOf(PROBE_IN_2, { direction: 'entry', price: 10_000 }),
  laneOf(PROBE_OUT, { direction: 'exit', price: null, takes: ['pay', 'pass'] }),
] as const

const at = (lane: typeof PROBE_IN) => ({ kind: 'lane', id: lane }) as const
const AT_STALL = { kind: 'stall', id: PROBE_STALL } as const
const AT_PRACTICE = { kind: 'stall', id: PRACTICE_STALL } as const
const AT_IN = at(PROBE_IN)
const AT_OUT = at(PROBE_OUT)

export const PROBE_DEVICES: readonly Device[] = [
  deviceOf('probe-till', 'till', AT_STALL),
  deviceOf('probe-reader', 'qr-reader', AT_STALL),
  ...[AT_IN, at(PROBE_IN_2), AT_OUT].flatMap((place) => [
    deviceOf(`${place.id}-reader`, 'qr-reader', place),
    deviceOf(`${place.id}-loop`, 'loop', place, 'approach'),
    deviceOf(`${place.id}-safety`, 'loop', place, 'safety'),
    deviceOf(`${place.id}-arm`, 'barrier', place),
  ]),
]

/** What a scenario finds: what it was told, beside what it should have been. */
type Finding = { readonly expected: string; readonly got: string | undefined }

type Bench = {
  readonly stage: Stage
  readonly random: Random
  /** A fresh payer. */
  wallet(): Wallet
  device(id: string): Promise<Probe | undefined>
  till(): Promise<Probe | undefined>
  reader(): Promise<Probe | undefined>
  app(body: EventBody): Promise<PathReply | undefined>
  /** What a client of the other mode than the box asks. */
  practise(body: RequestBody): Promise<PathReply | undefined>
  load(kind: BundleKind, content: string): Promise<string | undefined>
  sleep(ms: number): Promise<void>
  /** Remembers a code that has paid. */
  keep(text: string): void
  /** One of them, from long ago. */
  longAgo(): string | undefined
}

/** A code that has paid. */
type Used = { readonly text: string; readonly atMs: number }

type Scenario = (bench: Bench) => Promise<readonly Finding[]>

export type InspectorOptions = {
  readonly stage: Stage
  /** Of the box. */
  readonly mode: Mode
  readonly random: Random
  /** Between two inspections, on average. */
  readonly everyMs: number
  readonly onViolation: (what: string) => void
  /** A refusal that reaches nobody's count otherwise: of a bundle that was never taken to the path, or of a request that was pushed back. */
  readonly onRefusal: (refusal: Refusal) => void
}

export type Inspector = {
  start(): void
  stop(): void
  isQuiet(): boolean
  wallets(): readonly Wallet[]
  /** Pays now, and shows the same token again when it is asked for: an old backup knows nothing of the first time. */
  spendToken(): void
  showSpentToken(): void
}

/** Somebody who goes round and tries everything that must be refused, and looks whether it is refused by its name. */
export function inspector(options: InspectorOptions): Inspector {
  const { stage, random, onViolation } = options
  const { rig, excuses } = stage
  const { timeline } = rig
  const wallets: Wallet[] = []
  const names = Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[]
  let requests = 0
  let isOpen = false
  let isBusy = false
  let spent: string | undefined
  const used: Used[] = []

  const walletOf = (payer: string): Wallet => {
    const wallet = createWallet({
      site: rig.layout.site,
      payer,
      issuers: rig.issuers,
      issuer: 'wallet',
      random: random.fork(payer).bytes,
      now: timeline.now,
    })
    wallets.push(wallet)
    return wallet
  }

  function benchOf(name: string, number: number): Bench & { close(): void } {
    const dice = random.fork(`${name}/${number}`)
    const probes: Probe[] = []
    let payers = 0
    const device = async (id: string): Promise<Probe | undefined> => {
      const one = probe({
        timeline,
        network: rig.network,
        random: dice.fork(`${id}/${probes.length}`),
        site: rig.layout.site,
        device: deviceId(id),
      })
      probes.push(one)
      return (await one.connect()) ? one : undefined
    }
    return {
      stage,
      random: dice,
      wallet() {
        payers += 1
        return walletOf(`inspector-${number}-${payers}`)
      },
      device,
      till: () => device('probe-till'),
      reader: () => device('probe-reader'),
      async app(body) {
        if (!rig.isRunning()) return undefined
        requests += 1
        const id = `inspector-${requests}`
        const actor = { kind: 'client', id: 'inspector', role: 'admin' satisfies Role } as const
        const request = { source: principalOf('client', 'inspector'), id, bytes: JSON.stringify(body), actor }
        if (body.kind === 'scan') throw new Error('the inspector shows codes to readers')
        const reply = await inTime(rig.now().gateway.submit({ ...request, body }))
        if (reply?.kind === 'pushed-back') options.onRefusal(reply.refusal)
        return reply
      },
      async practise(body) {
        if (!rig.isRunning()) return undefined
        requests += 1
        const request: PathRequest = {
          source: principalOf('client', 'practice'),
          id: `practice-${requests}`,
          bytes: JSON.stringify(body),
          actor: { kind: 'client', id: 'practice', role: 'operator' satisfies Role },
          mode: options.mode === 'live' ? 'training' : 'live',
          occurredAt: { at: rig.now().clock.now().at, by: 'gateway' },
          causedBy: null,
          body,
        }
        return inTime(rig.now().gateway.path.submit(request))
      },
      async load(kind, content) {
        if (!rig.isRunning()) return undefined
        const { bundles, gateway } = rig.now()
        const read = await joined(bundles.read(kind, content))
        if (!read.ok) {
          options.onRefusal(read.refusal)
          return read.refusal
        }
        if (!rig.isRunning() || rig.now().gateway !== gateway) return undefined
        return wordOf(await inTime(gateway.use(read.bundle)))
      },
      keep(text) {
        used.push({ text, atMs: timeline.monotonicMs() })
        if (used.length > USED_MAX) used.shift()
      },
      longAgo() {
        const old = used.filter(({ atMs }) => atMs < timeline.monotonicMs() - LONG_AGO_MS)
        return old.length === 0 ? undefined : dice.pick(old).text
      },
      sleep: (ms) => new Promise((resolve) => timeline.after(ms, resolve)),
      close() {
        for (const one of probes) one.close()
      },
    }
  }

  /** The process may end with a request in it, and then nobody answers. */
  function inTime<Value>(promise: Promise<Value>): Promise<Value | undefined> {
    return new Promise((resolve) => {
      const alarm = timeline.after(MINUTE_MS, () => resolve(undefined))
      void promise.then((value) => {
        alarm.cancel()
        resolve(value)
      })
    })
  }

  function joined<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve) => timeline.join(promise, resolve))
  }

  function inspect(name: string, scenario: Scenario, number: number): void {
    const bench = benchOf(name, number)
    const beganMs = timeline.monotonicMs()
    isBusy = true
    void scenario(bench).then(
      (findings) => {
        isBusy = false
        bench.close()
        for (const { expected, got } of findings) {
          if (got === undefined || got === expected || excuses.since(beganMs) !== undefined) continue
          onViolation(`${name}: ${expected} was to be said, and ${got} was`)
        }
      },
      (error: unknown) => {
        isBusy = false
        bench.close()
        onViolation(
          `${name}: the inspection broke off: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
        )
      },
    )
  }

  function next(number: number): void {
    timeline.after(random.waitMs(options.everyMs), () => {
      if (!isOpen) return
      if (!isBusy) {
        // There are many kinds of bad tokens, and one scenario for all.
        const name = random.chance(BAD_TOKEN_CHANCE) ? 'a bad token' : random.pick(names)
        inspect(name, SCENARIOS[name], number)
      }
      next(number + 1)
    })
  }

  return {
    start() {
      isOpen = true
      next(1)
    },
    stop() {
      isOpen = false
    },
    isQuiet: () => !isBusy,
    wallets: () => wallets,
    spendToken() {
      spent = undefined
      if (isBusy) return
      inspect(
        'a payment that will be lost',
        async (bench) => {
          const reader = await bench.reader()
          const { text } = bench.wallet().pay(AT_STALL, 60_000, 'place')
          if (reader === undefined || !(await charge(bench, 50_000))) return []
          const heard = await reader.ask('scan', { text })
          if (heard?.kind === 'paid') spent = text
          return [found('paid', heard)]
        },
        LOST_FIRST + wallets.length,
      )
    },
    showSpentToken() {
      const text = spent
      if (text === undefined || isBusy) return
      inspect('a token from before a restore', (bench) => showAgain(bench, text), LOST_FIRST + wallets.length)
    },
  }
}

const BAD_TOKEN_CHANCE = 0.2
const USED_MAX = 200
const LONG_AGO_MS = HOUR_MS

/** Numbers of inspections that are not in the round. */
const LOST_FIRST = 1_000_000

/** What must be refused, each by its name. */
const SCENARIOS = {
  'a message that is no JSON': wire('{"v":1,'),
  'a message of another form': wire('{"v":1,"type":"scan"}'),
  'a message that is too large': wire(JSON.stringify({ note: 'x'.repeat(20_000) })),
  'a message that is too deep': wire('['.repeat(40) + ']'.repeat(40)),
  'a topic that nobody knows': async ({ reader }) => {
    const probed = await reader()
    probed?.send('nonsense', new TextEncoder().encode('{}'))
    return []
  },
  'a device that nobody enrolled': async ({ device }) => {
    const stranger = await device('stranger')
    return stranger === undefined ? [] : [{ expected: 'silence', got: 'an answer' }]
  },
  'an id with another body': async ({ till }) => {
    const probed = await till()
    if (probed === undefined) return []
    const first = await probed.ask('amount-keyed', { amount: 12_000, currency: 'VND' })
    const second = await probed.ask('amount-keyed', { amount: 13_000, currency: 'VND' }, { seq: probed.lastSeq() })
    return [found('charge-opened', first), found('key-reused', second)]
  },
  'a message from before all that is remembered': async ({ till }) => {
    const keyed = await (await till())?.ask('amount-keyed', { amount: 12_000, currency: 'VND' }, { agoMs: 7 * HOUR_MS })
    return [found('too-old', keyed)]
  },
  'an old scan': async (bench) => {
    const scan = await scanned(bench, (wallet) => wallet.pay(AT_STALL, 60_000, 'place').text, { agoMs: 12 * SECOND_MS })
    return [found('stale-scan', scan)]
  },
  'a bad token': async (bench) => {
    const kind = bench.random.pick(BAD_KINDS)
    const opened = await charge(bench, 50_000)
    if (!opened) return []
    const shown = bench.wallet().bad(kind, AT_STALL, 50_000)
    return [found(shown.expected ?? 'paid', await (await bench.reader())?.ask('scan', { text: shown.text }))]
  },
  'a token with no charge open': async (bench) => {
    await bench.app({ kind: 'charge-cancel', stall: PROBE_STALL, charge: null })
    return [found('no-open-charge', await scanned(bench, (wallet) => wallet.pay(AT_STALL, 60_000, 'place').text))]
  },
  'a token for a second sale': async (bench) => {
    const reader = await bench.reader()
    const { text } = bench.wallet().pay(AT_STALL, 50_000, 'place')
    if (reader === undefined || !(await charge(bench, 50_000))) return []
    const first = await reader.ask('scan', { text })
    const again = await reader.ask('scan', { text })
    if (first?.kind === 'paid') bench.keep(text)
    if (!(await charge(bench, 40_000))) return []
    return [
      found('paid', first),
      found('already-accepted', again),
      found('token-spent', await reader.ask('scan', { text })),
    ]
  },
  'a phone that was left before the reader': async (bench) => {
    const reader = await bench.reader()
    const wallet = bench.wallet()
    if (reader === undefined || !(await charge(bench, 50_000))) return []
    const { text } = wallet.rotating(AT_STALL, 50_000, 'place')
    const first = await reader.ask('scan', { text })
    if (first?.kind === 'paid') bench.keep(text)
    await bench.sleep(21 * SECOND_MS)
    if (!(await charge(bench, 40_000))) return []
    const second = await reader.ask('scan', { text: wallet.rotating(AT_STALL, 50_000, 'place').text })
    return [found('paid', first), found('payer-just-paid', second)]
  },
  'a stay where none are charged': async ({ app }) => [
    {
      expected: 'no-car-park',
      got: wordOf(await app({ kind: 'session-quoted', session: 'box-1:9:9:s0' as SessionId })),
    },
  ],
  'practice where devices stand': async ({ practise }) => [
    {
      expected: 'mode-not-here',
      got: wordOf(await practise({ kind: 'charge-open', stall: PROBE_STALL, amount: money(5_000, VND) })),
    },
    {
      expected: 'mode-not-here',
      got: wordOf(await practise({ kind: 'open-by-hand', lane: PROBE_IN, reason: 'to see' })),
    },
  ],
  'practice where nothing stands': async (bench) => {
    const { text } = bench.wallet().pay(AT_PRACTICE, 60_000, 'site')
    const sale = (): Promise<PathReply | undefined> =>
      bench.practise({ kind: 'charge-open', stall: PRACTICE_STALL, amount: money(50_000, VND) })
    const show = (): Promise<PathReply | undefined> =>
      bench.practise({ kind: 'shown', place: AT_PRACTICE, reader: null, text })
    if (wordOf(await sale()) !== 'charge-opened') return []
    const practised = { expected: 'paid', got: wordOf(await show()) }
    // It still pays, once; and it still cannot be practised with a second time.
    const reader = await bench.reader()
    if (reader === undefined || !(await charge(bench, 50_000))) return [practised]
    const paid = found('paid', await reader.ask('scan', { text }))
    if (wordOf(await sale()) !== 'charge-opened') return [practised, paid]
    const again = { expected: 'token-spent', got: wordOf(await show()) }
    await bench.practise({ kind: 'charge-cancel', stall: PRACTICE_STALL, charge: null })
    return [practised, paid, again]
  },
  'a code that was used long ago': async (bench) => {
    const text = bench.longAgo()
    if (text === undefined || !(await charge(bench, 50_000))) return []
    const heard = await (await bench.reader())?.ask('scan', { text })
    // Whatever it is refused for: it has been forgotten, or is remembered. That it pays nothing twice is judged by the books, also where something is broken.
    return [{ expected: 'no money', got: heard?.kind === 'paid' ? 'money' : heard && 'no money' }]
  },
  'a pass at a stall': async (bench) => [
    found('token-kind-not-taken', await scanned(bench, (wallet) => wallet.pass().text)),
  ],
  'an amount of 0': async ({ till }) => {
    const probed = await till()
    return [found('amount-zero', await probed?.ask('amount-keyed', { amount: 0, currency: 'VND' }))]
  },
  'an amount below 0': async ({ till }) => {
    const probed = await till()
    return [found('amount-invalid', await probed?.ask('amount-keyed', { amount: -5, currency: 'VND' }))]
  },
  'an amount in dollars': async ({ app }) => [
    {
      expected: 'token-currency',
      got: wordOf(await app({ kind: 'charge-open', stall: PROBE_STALL, amount: money(5, 'USD' as typeof VND) })),
    },
  ],
  'a stall that is none': async ({ app }) => [
    {
      expected: 'stall-unknown',
      got: wordOf(await app({ kind: 'charge-open', stall: stallId('nowhere'), amount: money(5_000, VND) })),
    },
  ],
  'a charge that is none': async ({ app }) => {
    const body = { kind: 'charge-cancel', stall: PROBE_STALL, charge: 'box-1:9:9:g0' as ChargeId } as const
    return [{ expected: 'charge-unknown', got: wordOf(await app(body)) }]
  },
  'a charge that is closed': async ({ till, app }) => {
    const keyed = await (await till())?.ask('amount-keyed', { amount: 12_000, currency: 'VND' })
    if (typeof keyed?.charge !== 'string') return []
    const body = { kind: 'charge-cancel', stall: PROBE_STALL, charge: keyed.charge as ChargeId } as const
    return [
      { expected: 'charge-cancelled', got: wordOf(await app(body)) },
      { expected: 'charge-closed', got: wordOf(await app(body)) },
    ]
  },
  'a payment over the limit of one': tight({ transactionMax: 1_000 }, 'over-transaction-limit'),
  'a payment to wherever': tight({ genericAudienceMax: 1_000 }, 'over-generic-limit', 'generic'),
  'a payer’s day': tight({ payerDayMax: 1_000 }, 'over-payer-day-limit'),
  'too much at risk': tight({ exposureMax: 1_000 }, 'over-exposure-limit'),
  'old keys': tight({ keySetAgeMaxMs: MINUTE_MS }, 'key-set-too-old'),
  'an old deny list': tight({ denyListAgeMaxMs: MINUTE_MS }, 'deny-list-too-old'),
  'too long without a network': async (bench) => {
    // A contact is dated by the gateway's clock, and would be held to be years ago when that has been mended.
    if (bench.stage.knobs.trust !== SYNCED) return []
    await bench.app({ kind: 'upstream-reached' })
    await bench.sleep(65 * SECOND_MS)
    return tight({ offlineMaxMs: MINUTE_MS }, 'offline-too-long')(bench)
  },
  'a rotating code by a clock nobody trusts': async (bench) => {
    const { knobs } = bench.stage
    const reader = await bench.reader()
    if (reader === undefined || !(await charge(bench, 50_000)) || knobs.trust !== SYNCED) return []
    const nobody = { state: 'unknown' } as const
    knobs.trust = nobody
    const heard = await reader.ask('scan', { text: bench.wallet().rotating(AT_STALL, 50_000, 'place').text })
    if (knobs.trust === nobody) knobs.trust = SYNCED
    return [found('clock-not-trusted', heard)]
  },
  'a lane that is none': async ({ app }) => [
    {
      expected: 'lane-unknown',
      got: wordOf(await app({ kind: 'open-by-hand', lane: laneId('nowhere'), reason: 'to see' })),
    },
  ],
  'an opening without a reason': async ({ app }) => [
    { expected: 'reason-missing', got: wordOf(await app({ kind: 'open-by-hand', lane: PROBE_IN, reason: ' ' })) },
  ],
  'a lane with nobody there': lane(PROBE_IN, false, async (bench, { reader }) => [
    found('no-vehicle', await reader.ask('scan', { text: bench.wallet().pay(AT_IN, 10_000, 'place').text })),
  ]),
  'a lane with somebody else in it': lane(PROBE_IN, true, async (bench, { reader, loop, arm }) => {
    const first = await reader.ask('scan', { text: bench.wallet().override(AT_IN, 'to see').text })
    const open = await arm.told('open')
    if (open === undefined) return []
    await arm.report(open.id, 'done')
    // Another vehicle has come up, and the arm is up for the one before it.
    await loop.ask('occupied', { occupied: false })
    await bench.sleep(2 * SECOND_MS)
    await loop.ask('occupied', { occupied: true })
    const second = await reader.ask('scan', { text: bench.wallet().pay(AT_IN, 10_000, 'place').text })
    return [found('let-through', first), found('lane-busy', second)]
  }),
  'a lane with no arm': async (bench) => {
    // It was there once since the last fire, and is down.
    const arm = await bench.device(`${PROBE_IN}-arm`)
    const closed = await arm?.ask('barrier', { state: 'closed' })
    if (arm === undefined || closed === undefined) return []
    arm.close()
    await bench.sleep(SECOND_MS)
    const loop = await bench.device(`${PROBE_IN}-loop`)
    const reader = await bench.device(`${PROBE_IN}-reader`)
    if (loop === undefined || reader === undefined) return []
    await loop.ask('occupied', { occupied: true })
    const heard = await reader.ask('scan', { text: bench.wallet().pay(AT_IN, 10_000, 'place').text })
    await loop.ask('occupied', { occupied: false })
    return [found('barrier-away', heard)]
  },
  'a lane with no price': lane(PROBE_OUT, true, async (bench, { reader }) => [
    found('no-price', await reader.ask('scan', { text: bench.wallet().pay(AT_OUT, 10_000, 'place').text })),
  ]),
  'a pass for another lane': lane(PROBE_IN, true, async (bench, { reader }) => [
    found('pass-not-here', await reader.ask('scan', { text: passOf(bench, { lanes: ['elsewhere'] }) })),
  ]),
  'a pass for another hour': lane(PROBE_IN, true, async (bench, { reader }) => {
    const minute = Math.floor(bench.stage.rig.timeline.now() / MINUTE_MS + 7 * 60) % 1_440
    // Far from now, and over no midnight: there an hour ends before it begins.
    const from = (minute + 300) % 1_380
    const hours = [{ days: [1, 2, 3, 4, 5, 6, 7], from, to: from + 60 }]
    return [found('pass-not-now', await reader.ask('scan', { text: passOf(bench, { hours }) }))]
  }),
  'a pass that is inside already': async (bench) => {
    const { text } = bench.wallet().pass()
    const first = await lane(PROBE_IN, true, (_bench, devices) => through(bench, devices, text))(bench)
    if (first.length === 0 || first.some(({ expected, got }) => got !== expected)) return first
    const second = await lane(PROBE_IN, true, async (_bench, { reader }) => [
      found('pass-already-inside', await reader.ask('scan', { text })),
    ])(bench)
    return [...first, ...second]
  },
  'a pass that goes in elsewhere': lane(PROBE_IN, true, async (bench, { reader, arm }) => {
    const { text } = bench.wallet().pass()
    const first = await reader.ask('scan', { text })
    const open = await arm.told('open')
    if (open === undefined) return []
    await arm.report(open.id, 'done')
    const second = await lane(PROBE_IN_2, true, async (_bench, beside) => [
      found('pass-in-use', await beside.reader.ask('scan', { text })),
    ])(bench)
    return [found('let-through', first), ...second]
  }),
  'a pass that is not inside': lane(PROBE_OUT, true, async (bench, { reader }) => [
    found('pass-not-inside', await reader.ask('scan', { text: bench.wallet().pass().text })),
  ]),
  'a lane that is held open': async (bench) => {
    const over = fire(bench.stage)
    await bench.sleep(SECOND_MS)
    const reader = await bench.device(`${PROBE_IN}-reader`)
    const heard = await reader?.ask('scan', { text: bench.wallet().pay(AT_IN, 10_000, 'place').text })
    over()
    return [found('lane-held-open', heard)]
  },
  'an older bundle': async ({ stage, load }) => {
    const { rig } = stage
    const content = policyFile(rig.policy, { epoch: 0, n: 1 }, later(rig.timeline.now(), -HOUR_MS))
    return [{ expected: 'bundle-older', got: await load('policy', content) }]
  },
  'another bundle under the same version': async ({ stage, load }) => {
    const { rig } = stage
    if (!rig.isRunning()) return []
    const inForce = rig.now().books.bundleInUse('policy')
    if (inForce === null) return []
    const content = policyFile({ ...rig.policy, transactionMax: 1 }, inForce.version, inForce.issuedAt)
    return [{ expected: 'bundle-version-taken', got: await load('policy', content) }]
  },
  'a bundle from the future': async ({ stage, load }) => {
    const { rig } = stage
    if (!rig.isRunning() || !isTrusted(rig.now().clock.now().trust)) return []
    const inForce = rig.now().books.bundleInUse('policy')
    if (inForce === null) return []
    const { epoch, n } = inForce.version
    const issuedAt = later(rig.now().clock.now().at, DAY_MS)
    return [
      {
        expected: 'bundle-from-future',
        got: await load('policy', policyFile(rig.policy, { epoch, n: n + 1 }, issuedAt)),
      },
    ]
  },
  'a bundle that is none': async ({ stage, load }) => {
    const { rig } = stage
    const broken = layoutFile({ ...rig.layout, zone: 'Asia/Nowhere' }, { epoch: 9, n: 9 }, rig.timeline.now())
    return [{ expected: 'bundle-invalid', got: await load('layout', broken) }]
  },
  'a device that exists': async ({ app }) => {
    const [known] = PROBE_DEVICES
    if (known === undefined) return []
    return [{ expected: 'device-exists', got: wordOf(await app({ kind: 'device-enrolled', device: known })) }]
  },
  'a second arm, and a second loop under it': async ({ app }) => {
    const [arm, loop] = [
      deviceOf('probe-second-arm', 'barrier', AT_IN),
      deviceOf('probe-second-loop', 'loop', AT_IN, 'safety'),
    ]
    return [
      { expected: 'device-place-taken', got: wordOf(await app({ kind: 'device-enrolled', device: arm })) },
      { expected: 'device-place-taken', got: wordOf(await app({ kind: 'device-enrolled', device: loop })) },
    ]
  },
  'a device to revoke that is none': async ({ app }) => {
    const body = { kind: 'device-revoked', device: 'nobody' as DeviceId } as const
    return [{ expected: 'device-unknown', got: wordOf(await app(body)) }]
  },
  'more at once than one may have under way': async ({ stage, app }) => {
    const { sourceQueueMax } = SIMULATION_LIMITS
    const body = { kind: 'open-by-hand', lane: laneId('nowhere'), reason: 'to see' } as const
    const replies = await Promise.all(Array.from({ length: sourceQueueMax + 4 }, () => app(body)))
    const busy = replies.filter((reply) => reply?.kind === 'pushed-back' && reply.refusal === 'busy').length
    return stage.box.isUp() && replies.every((reply) => reply !== undefined)
      ? [{ expected: '4 pushed back', got: `${busy} pushed back` }]
      : []
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof SCENARIOS

/** Small, so that they are reached. */
export const SIMULATION_LIMITS = { sourceQueueMax: 16, queueMax: 48 } as const

type LaneProbes = { readonly reader: Probe; readonly loop: Probe; readonly safety: Probe; readonly arm: Probe }

/** At a lane of the inspector's, with or without a vehicle before it; afterwards nobody is there. */
function lane(
  id: typeof PROBE_IN,
  withVehicle: boolean,
  scenario: (bench: Bench, devices: LaneProbes) => Promise<readonly Finding[]>,
): Scenario {
  return async (bench) => {
    const arm = await bench.device(`${id}-arm`)
    const loop = await bench.device(`${id}-loop`)
    const safety = await bench.device(`${id}-safety`)
    const reader = await bench.device(`${id}-reader`)
    if (arm === undefined || loop === undefined || safety === undefined || reader === undefined) return []
    // The last inspection may have broken off with somebody at the line, or under the arm.
    await loop.ask('occupied', { occupied: false })
    await safety.ask('occupied', { occupied: false })
    await arm.ask('barrier', { state: 'closed' })
    await bench.sleep(2 * SECOND_MS)
    await loop.ask('occupied', { occupied: withVehicle })
    const findings = await scenario(bench, { reader, loop, safety, arm })
    await loop.ask('occupied', { occupied: false })
    await safety.ask('occupied', { occupied: false })
    await arm.ask('barrier', { state: 'closed' })
    for (const one of [reader, loop, safety, arm]) one.close()
    // What the lane still waits for comes to its end before somebody else comes.
    await bench.sleep(2 * MINUTE_MS)
    return findings
  }
}

/** A whole passage, from the code to the arm that is down again. */
async function through(
  bench: Bench,
  { reader, loop, safety, arm }: LaneProbes,
  text: string,
): Promise<readonly Finding[]> {
  const heard = await reader.ask('scan', { text })
  const open = await arm.told('open')
  if (open === undefined) return []
  await arm.report(open.id, 'done')
  await arm.ask('barrier', { state: 'open' })
  await safety.ask('occupied', { occupied: true })
  await loop.ask('occupied', { occupied: false })
  await bench.sleep(SECOND_MS)
  await safety.ask('occupied', { occupied: false })
  const close = await arm.told('close')
  if (close !== undefined) await arm.report(close.id, 'done')
  return [found('let-through', heard), { expected: 'close', got: close?.type }]
}

function wire(text: string): Scenario {
  return async ({ reader }) => {
    const probed = await reader()
    probed?.send('event', new TextEncoder().encode(text))
    return []
  }
}

async function charge(bench: Bench, amount: number): Promise<boolean> {
  const keyed = await (await bench.till())?.ask('amount-keyed', { amount, currency: 'VND' })
  return keyed?.kind === 'charge-opened'
}

async function scanned(bench: Bench, code: (wallet: Wallet) => string, how: { agoMs?: number } = {}): Promise<Heard> {
  const reader = await bench.reader()
  return reader?.ask('scan', { text: code(bench.wallet()) }, how)
}

/** Under a policy that dares less, which is taken back afterwards. */
function tight(over: Partial<SitePolicy>, expected: Refusal, meant: 'place' | 'generic' = 'place'): Scenario {
  return async (bench) => {
    const { rig } = bench.stage
    const policy = (next: SitePolicy): Promise<string | undefined> =>
      bench.load('policy', policyFile(next, nextVersion(bench), later(rig.timeline.now(), -MINUTE_MS)))
    const reader = await bench.reader()
    if (reader === undefined || !(await charge(bench, 50_000))) return []
    const taken = await policy({ ...rig.policy, ...over })
    const heard =
      taken === 'noted'
        ? await reader.ask('scan', { text: bench.wallet().pay(AT_STALL, 50_000, meant).text })
        : undefined
    // Whatever goes wrong, the site gets its own policy back.
    while ((await policy(rig.policy)) !== 'noted') await bench.sleep(30 * SECOND_MS)
    return [found(expected, heard)]
  }
}

/** Every few seconds, as somebody would who hopes to pay twice with one token. */
async function showAgain(bench: Bench, text: string): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (let time = 0; time < 4; time += 1) {
    await bench.sleep(3 * SECOND_MS)
    const reader = await bench.reader()
    if (reader === undefined || !(await charge(bench, 50_000))) continue
    findings.push(found('token-before-epoch', await reader.ask('scan', { text })))
    reader.close()
  }
  return findings
}

function nextVersion({ stage }: Bench): { epoch: number; n: number } {
  const inForce = stage.rig.isRunning() ? stage.rig.now().books.bundleInUse('policy')?.version : undefined
  return { epoch: inForce?.epoch ?? 1, n: (inForce?.n ?? 1) + 1 }
}

function passOf({ stage, random }: Bench, over: object): string {
  const { issuers, timeline, layout } = stage.rig
  const { operator } = issuers
  const iat = Math.floor(timeline.now() / SECOND_MS)
  const claims = {
    iss: operator.iss,
    sub: 'inspector',
    aud: `urn:tolbooth:${layout.site}`,
    iat,
    nbf: iat,
    exp: iat + 86_400,
    jti: random.hex(16),
    class: 'motorbike',
    lanes: [],
    hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1_440 }],
    ...over,
  }
  const header = { alg: operator.current.alg, typ: tokenPolicy.pass.typ, kid: operator.current.kid }
  return signed(operator.current, header, claims)
}

function found(expected: string, heard: Heard): Finding {
  return { expected, got: heard === undefined ? undefined : (heard.refusal ?? heard.kind) }
}

function wordOf(reply: PathReply | undefined): string | undefined {
  if (reply === undefined || reply.kind === 'pushed-back') return undefined
  if (reply.kind === 'refused') return reply.refusal
  return reply.outcome.ok ? reply.outcome.kind : reply.outcome.refusal
}
