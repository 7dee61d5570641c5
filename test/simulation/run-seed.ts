import { createHash } from 'node:crypto'
import type { Refusal } from '../../core/refusals.ts'
import type { SiteLayout } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import { HOUR_MS, later, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type { GatewayNotice } from '../../gateway/gateway.ts'
import { GATEWAY_LIMITS } from '../../gateway/gateway.ts'
import type { Evidence, Invariant } from '../../simulators/invariants.ts'
import { invariants } from '../../simulators/invariants.ts'
import type { Purchase } from '../../simulators/people/payers-record.ts'
import type { SimulatedSite } from '../../simulators/site.ts'
import { simulatedSite } from '../../simulators/site.ts'
import type { SiteKit } from '../../simulators/site-kit.ts'
import { siteKitWith } from '../../simulators/site-kit.ts'
import type { Agreement } from '../../simulators/wallet/wallet.ts'
import type { Witness } from '../../simulators/witness.ts'
import { witnessOf } from '../../simulators/witness.ts'
import { randomOf } from '../../simulators/world/random.ts'
import type { Rig } from '../support/rig.ts'
import { deviceOf, NOON, policyFile } from '../support/site.ts'
import type { Counts } from './counts.ts'
import { countsOf } from './counts.ts'
import type { Branches } from './evidence.ts'
import { branches } from './evidence.ts'
import type { Excuses } from './excuses.ts'
import type { Inspector } from './inspector.ts'
import { inspector, PRACTICE_STALL, PROBE_DEVICES, PROBE_LANES, PROBE_STALL, SIMULATION_LIMITS } from './inspector.ts'
import { createKeeping, KEEP } from './keeping.ts'
import type { Manner } from './manner.ts'
import { mannerOf } from './manner.ts'
import { REFUSALS_MET } from './refusals.ts'
import type { Violation } from './struck-gateway.ts'
import { struckGateway } from './struck-gateway.ts'
import type { Stage, TroubleName } from './troubles.ts'
import { startTroubles, TROUBLE_NAMES } from './troubles.ts'
import { watch } from './watch.ts'

export type SeedOptions = {
  readonly seed: string
  readonly hours: number
  /** How often all the evidence is held together, in minutes of virtual time. */
  readonly judgeEveryMinutes: number
  /** Breaks what must hold, to see that it is noticed. Called when the site has opened. */
  readonly sabotage?: (stage: Stage) => void
}

export type SeedResult = {
  readonly seed: string
  readonly hours: number
  readonly manner: Manner
  /** Records of the journal that were written, in all branches. */
  readonly events: number
  readonly starts: number
  readonly troubles: Counts<TroubleName>
  readonly refusals: Counts<Refusal>
  /** What went past its time. */
  readonly kept: Counts<KeptName>
  readonly violations: readonly Violation[]
  /** SHA-256 over the trace of all that happened and the heads of all branches: the same for every run of a seed. */
  readonly digest: string
}

/** Records of what went, by their changes; and how often records of the journal did. */
export const KEPT_NAMES = ['spent-forgotten', 'values-erased', 'records-dropped'] as const
export type KeptName = (typeof KEPT_NAMES)[number]

const DRIFT_MOST_PER_MILLION = 60
const STALLS = 2
const ARRIVALS_AN_HOUR = 12
const INSPECTIONS_EVERY_MS = 9 * MINUTE_MS
const PEOPLE = 60
const LOOK_AGAIN_MS = 20 * SECOND_MS
const QUIET_WITHIN_MS = 2 * HOUR_MS
const LATELY_LINES = 40
const LATELY_RECORDS = 8
/** So long before a clock was wrong, and after it, a token's own times may be judged by it. */
const CLOCK_FELT_MS = 15 * MINUTE_MS

/** So long after a clock was set wrong a timer that was set by it may still be waited for: as long as the clock is wrong, and as long as any timer waits. */
const TIMER_FELT_MS = 40 * MINUTE_MS

/** So long after the alarm was taken back an arm that had been away, or a message that was, may still hold one up. */
const FIRE_FELT_MS = 15 * MINUTE_MS

const RESTORE_FELT_MS = 20 * MINUTE_MS

/** What is judged by `watch` where nothing was broken, because what was broken may be the reason. */
const JUDGED_AT_ONCE: readonly Invariant[] = ['an arm closes on nobody', 'nobody let through is left standing']

/** The simulated site, and the inspector's corner of it. */
function layoutWithProbes({ layout }: SiteKit): SiteLayout {
  return {
    ...layout,
    stalls: [
      ...layout.stalls,
      { id: PROBE_STALL, name: 'Sạp thử', merchant: layout.merchants[0]?.id ?? fail(), feeBasisPoints: 100 },
      { id: PRACTICE_STALL, name: 'Sạp tập', merchant: layout.merchants[0]?.id ?? fail(), feeBasisPoints: 100 },
    ],
    merchants: [...layout.merchants, ...probeMerchants()],
    lanes: [...layout.lanes, ...PROBE_LANES],
  }
}

/** One world from its seed: a site, its gateway, and all that goes wrong, judged on the way and at the end. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const run = prepare(options)
  try {
    await run.go()
    return run.result()
  } finally {
    run.rig.remove()
  }
}

function prepare({ seed, hours, judgeEveryMinutes, sabotage }: SeedOptions) {
  const manner = mannerOf(randomOf(seed).fork('manner'))
  const kit = siteKitWith({ site: 'market-1', stalls: STALLS, ...manner })
  const refusals = countsOf(REFUSALS_MET) as Counts<Refusal>
  const kept = countsOf(KEPT_NAMES)
  const struck = countsOf(TROUBLE_NAMES)
  const clockWrong: ClockWindow[] = []
  /** When arms were held up for fire: they open for nobody then. */
  const fires: { readonly fromMs: number; toMs: number }[] = []
  const onRefusal = (refusal: Refusal): void => {
    if (refusal in refusals) refusals[refusal] += 1
  }
  const started: { again(): void } = { again: () => undefined }
  let notice: (notice: GatewayNotice) => void = () => undefined
  const gateway = struckGateway({
    seed,
    rig: {
      startsAt: later(NOON, manner.startsAfterHours * HOUR_MS),
      layout: layoutWithProbes(kit),
      policy: kit.policy,
      devices: [
        ...kit.devices.map(({ id, driver, place, role }) => deviceOf(id, driver, place, role)),
        ...PROBE_DEVICES,
      ],
      limits: {
        ...GATEWAY_LIMITS,
        ...SIMULATION_LIMITS,
        // Often enough, and not so often that little else happens in a world where an hour is a moment.
        cursorsEveryMs: 20 * SECOND_MS,
        checkpointEveryMs: 10 * MINUTE_MS,
        forgetLookEveryMs: 20 * MINUTE_MS,
      },
      ...KEEP,
      mode: manner.mode,
    },
    lately: {
      linesMax: LATELY_LINES,
      isTold: (happening) => !('type' in happening && happening.type === 'occupied'),
    },
    clockText,
    recordsAbout: newestRecords,
    onNotice: (one) => notice(one),
    onPushedBack(events) {
      for (let n = 0; n < events; n += 1) onRefusal('not-ready')
    },
    onStarted: () => started.again(),
  })
  const { rig, machine, knobs, trace, dice, violations, violated, excuses: excuse } = gateway
  const { timeline, world } = rig
  const heads = createHash('sha256')
  const evidenceOf: Branches = branches()
  let events = 0

  started.again = ownPolicyAgain

  /** A backup may hold a policy that was in force for a moment only: somebody puts the site's own back. */
  function ownPolicyAgain(): void {
    const lookAgain = (): void => {
      timeline.after(LOOK_AGAIN_MS, ownPolicyAgain)
    }
    if (!machine.isUp() || !inspections.isQuiet()) {
      lookAgain()
      return
    }
    const { books, bundles, gateway } = rig.now()
    if (JSON.stringify(books.policy()) === JSON.stringify(rig.policy)) return
    const n = (books.bundleInUse('policy')?.version.n ?? 1) + 1
    const content = policyFile(rig.policy, { epoch: 1, n }, later(timeline.now(), -MINUTE_MS))
    timeline.join(bundles.read('policy', content), (read) => {
      if (read.ok && machine.isUp() && rig.now().gateway === gateway) void gateway.use(read.bundle)
    })
    lookAgain()
  }

  // The devices' crystals are not ours.
  const driftPerMillion = dice.between(-DRIFT_MOST_PER_MILLION, DRIFT_MOST_PER_MILLION)
  const drifting = { ...timeline, monotonicMs: () => Math.round(timeline.monotonicMs() * (1 + driftPerMillion / 1e6)) }
  const site: SimulatedSite = simulatedSite(
    { ...world, timeline: drifting },
    {
      kit,
      issuers: rig.issuers,
      arrivalsPerSecond: ARRIVALS_AN_HOUR / 3_600,
      people: PEOPLE,
      bankChance: 0,
    },
  )
  const witness: Witness = witnessOf(world.happenings, timeline)
  const judgeNow = watch({
    timeline,
    lanes: kit.lanes,
    openWithoutGateway: new Set(kit.layout.lanes.filter(({ failSafe }) => failSafe === 'open').map(({ id }) => id)),
    policy: kit.policy,
    excuses: excuse,
    starts: rig.starts,
    onViolation: violated,
  })
  const answeredAtMs = new Map<string, number>()
  world.happenings.listen((happening) => {
    judgeNow.happened(happening)
    if (happening.kind === 'answered' && happening.type === 'scan') {
      answeredAtMs.set(`${happening.device} ${happening.event}`, timeline.monotonicMs())
    }
    if (happening.kind === 'fault' && happening.fault === 'fire') {
      const atMs = timeline.monotonicMs()
      const last = fires.at(-1)
      if (happening.what === 'begins') fires.push({ fromMs: atMs, toMs: Number.POSITIVE_INFINITY })
      else if (last !== undefined) last.toMs = atMs + FIRE_FELT_MS
    }
    if (happening.kind === 'fault' && (happening.fault === 'clock-back' || happening.fault === 'clock-forward')) {
      clockWrong.push({ from: timeline.now() })
    }
  })

  const stage: Stage = {
    rig,
    site,
    box: machine,
    excuses: excuse,
    knobs,
    branch: {
      readOn: () => evidenceOf.readOn(rig),
      cutOff() {
        heads.update(rig.now().books.head().hash)
        evidenceOf.cutOff()
      },
    },
    keeping: createKeeping({
      rig,
      box: machine,
      branch: evidenceOf,
      onViolation: violated,
      onDropped() {
        kept['records-dropped'] += 1
      },
    }),
    spendToken: () => inspections.spendToken(),
    showSpentToken: () => inspections.showSpentToken(),
  }
  const inspections: Inspector = inspector({
    stage,
    mode: manner.mode,
    random: dice.fork('inspector'),
    everyMs: INSPECTIONS_EVERY_MS,
    onViolation: violated,
    onRefusal,
  })

  notice = (one) => {
    judgeNow.decided(one)
    if (one.kind === 'refused') onRefusal(one.refusal)
    if (one.kind !== 'committed' || one.committed.repeated) return
    events += 1
    for (const { kind } of one.committed.changes) if (kind in kept) kept[kind as KeptName] += 1
    if (!one.committed.outcome.ok) onRefusal(one.committed.outcome.refusal)
  }

  function evidence(): Evidence {
    const wallets = [...site.population.wallets(), ...inspections.wallets()]
    const excused = (agreement: Agreement): Agreement =>
      agreement.expected !== null && isByClock(agreement, clockWrong) ? { ...agreement, expected: null } : agreement
    return {
      mode: manner.mode,
      purchases: site.record.purchases().map((purchase) => byWrongClock(purchase, clockWrong)),
      agreements: wallets.flatMap((wallet) => wallet.agreements()).map(excused),
      books: evidenceOf.books(),
      commands: witness.commands(),
      spoken: witness.spoken(),
      openings: witness
        .openings()
        // One that went up by itself was judged when it did.
        .filter(
          ({ isByItself, atMs }) => !isByItself && !fires.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs),
        ),
      armHits: [],
      driveEnds: site.carPark.endings(),
      openedForNobodyMaxMs: GATEWAY_LIMITS.scanAgeMaxMs + kit.policy.openWithinMs + SECOND_MS,
    }
  }

  function judge(): void {
    if (!machine.isUp()) return
    evidenceOf.readOn(rig)
    const broken = evidenceOf.broken()
    if (broken !== null) violated(`the chain is broken: ${broken}`)
    for (const what of overdue(rig, excuse, clockWrong)) violated(what)
    judgeNow.look((passage) => {
      const [row] = rig.query(`SELECT status FROM passage WHERE id = '${passage}'`)
      return row === undefined ? undefined : String(row['status'])
    })
    for (const what of refusedOtherwise(site.record.purchases(), answeredAtMs, excuse)) violated(what)
    const all = evidence()
    for (const invariant of Object.keys(invariants) as Invariant[]) {
      if (JUDGED_AT_ONCE.includes(invariant)) continue
      for (const what of invariants[invariant](all)) violated(`${invariant}: ${what}`)
    }
  }

  async function go(): Promise<void> {
    await rig.setUp()
    machine.attach(rig)
    site.powerOn()
    await rig.runFor(5 * SECOND_MS)
    gateway.opened()
    site.open()
    inspections.start()
    const stopTroubles = startTroubles(stage, dice.fork('troubles'), (name) => {
      struck[name] += 1
    })
    sabotage?.(stage)
    const untilMs = gateway.openedAtMs() + hours * HOUR_MS
    while (timeline.monotonicMs() < untilMs && violations.length === 0) {
      await rig.runFor(Math.min(judgeEveryMinutes * MINUTE_MS, untilMs - timeline.monotonicMs()))
      judge()
    }
    stopTroubles()
    site.close()
    inspections.stop()
    const isQuiet = (): boolean => site.isQuiet() && inspections.isQuiet() && machine.isUp()
    if (violations.length > 0) return
    if (!(await timeline.runUntil(isQuiet, QUIET_WITHIN_MS))) violated('the site does not come to rest')
    judge()
    await gateway.judgeBooks()
  }

  return {
    rig,
    go,
    result(): SeedResult {
      heads.update(evidenceOf.head()).update(trace.digest())
      return {
        seed,
        hours,
        manner,
        events,
        starts: rig.starts(),
        troubles: struck,
        kept,
        refusals,
        violations,
        digest: heads.digest('hex'),
      }
    },
  }
}

/** When the gateway's clock was wrong, by everybody else's. */
type ClockWindow = { readonly from: Instant }

const BY_CLOCK: readonly (Refusal | null)[] = [
  'token-expired',
  'token-not-yet',
  'token-issued-in-future',
  'presentation-stale',
  'token-key-out-of-time',
]

/** A wrong clock cannot know what is expired. */
function isByClock({ expected, agreedAt }: Agreement, windows: readonly ClockWindow[]): boolean {
  return (
    BY_CLOCK.includes(expected) &&
    windows.some(({ from }) => agreedAt >= from - CLOCK_FELT_MS && agreedAt <= from + 2 * CLOCK_FELT_MS)
  )
}

function byWrongClock(purchase: Purchase, windows: readonly ClockWindow[]): Purchase {
  const tokens = purchase.tokens.map((token) =>
    token.agreement !== null && isByClock(token.agreement, windows) ? { ...token, expected: null } : token,
  )
  return { ...purchase, tokens }
}

/** A due time that has come is taken, and its row is gone. What was set while the clock was set back is waited for as long as was meant. */
function overdue({ now, query, timeline }: Rig, excuse: Excuses, windows: readonly ClockWindow[]): readonly string[] {
  if (windows.some(({ from }) => timeline.now() - from < TIMER_FELT_MS)) return []
  if (excuse.since(timeline.monotonicMs() - 2 * MINUTE_MS) !== undefined) return []
  return query(`SELECT id, due_at FROM due WHERE due_at < ${now().clock.now().at - MINUTE_MS}`).map(
    ({ id, due_at }) => `${String(id)} was due at ${String(due_at)} and nobody has taken it`,
  )
}

/** What a good token may meet where nothing is broken: another was quicker, the vendor took the amount back, or the site dares no more. */
const FOR_GOOD_TOKENS: ReadonlySet<string> = new Set<Refusal>([
  'no-open-charge',
  'token-spent',
  'payer-just-paid',
  'amount-too-low',
  'no-vehicle',
  'lane-busy',
  'pass-already-inside',
  'pass-not-inside',
  'over-transaction-limit',
  'over-generic-limit',
  'over-payer-day-limit',
  'over-exposure-limit',
  'offline-too-long',
  'key-set-too-old',
  'deny-list-too-old',
  // An inspector tries it, for a moment.
  'clock-not-trusted',
  'lane-held-open',
])

/** Where nothing is broken a bad token is refused by its own name, and a good one by none that speaks ill of it. */
function refusedOtherwise(
  purchases: readonly Purchase[],
  answeredAtMs: ReadonlyMap<string, number>,
  excuse: Excuses,
): readonly string[] {
  return purchases.flatMap(({ payer, point, tokens, isShared }) =>
    tokens.flatMap(({ what, expected, showings }) =>
      showings.flatMap(({ reader, event, answer }) => {
        const atMs = answeredAtMs.get(`${reader} ${event}`)
        if (typeof answer === 'string' || answer.ok || atMs === undefined) return []
        if (answer.refusal === expected || FOR_GOOD_TOKENS.has(answer.refusal)) return []
        // A code for one stall was held up at another too.
        if (isShared && answer.refusal === 'token-audience') return []
        const lane = point.kind === 'lane' ? point.id : undefined
        // After a restore tokens count as old until the first sure time, and then for as long as they live.
        const feltMs = answer.refusal === 'token-before-epoch' ? RESTORE_FELT_MS : MINUTE_MS
        if (excuse.during(atMs - feltMs, atMs, lane) !== undefined) return []
        const should = expected ?? 'taken'
        return [`${payer} showed a token (${what}) at ${reader}: it was to be ${should}, and was ${answer.refusal}`]
      }),
    ),
  )
}

function newestRecords(rig: Rig): readonly string[] {
  if (!rig.isRunning()) return []
  return rig
    .query(`SELECT seq, at, key, body FROM journal ORDER BY seq DESC LIMIT ${LATELY_RECORDS}`)
    .reverse()
    .map(({ seq, at, key, body }) => `record ${seq} at ${at} of ${key}: ${String(body).slice(0, 600)}`)
}

function clockText(ms: number): string {
  const part = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0')
  const [hour, minute, second] = [ms / HOUR_MS, (ms / MINUTE_MS) % 60, (ms / SECOND_MS) % 60]
  return `${part(hour, 2)}:${part(minute, 2)}:${part(second, 2)}.${part(ms % SECOND_MS, 3)}`
}

function probeMerchants() {
  const { merchant } = PROBE_LANES[0]
  return [{ id: merchant, name: 'Bãi xe thử' }]
}

function fail(): never {
  throw new Error('the kit has no merchant')
}
