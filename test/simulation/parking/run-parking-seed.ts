import { createHash } from 'node:crypto'
import type { EventBody } from '../../../core/events.ts'
import type { Refusal } from '../../../core/refusals.ts'
import { refusalTable } from '../../../core/refusals.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import type { GatewayNotice } from '../../../gateway/gateway.ts'
import { GATEWAY_LIMITS } from '../../../gateway/gateway.ts'
import { ticketsOf } from '../../../gateway/wiring/ticket-check.ts'
import type { Evidence, Invariant } from '../../../simulators/invariants.ts'
import { invariants } from '../../../simulators/invariants.ts'
import { parkingKit } from '../../../simulators/parking/parking-kit.ts'
import type { ParkingSite } from '../../../simulators/parking/parking-site.ts'
import { parkingSite } from '../../../simulators/parking/parking-site.ts'
import type { PhoneReads } from '../../../simulators/parking/phone.ts'
import { TOWN_TEMPO } from '../../../simulators/parking/tempo.ts'
import type { DriverKind } from '../../../simulators/parking/visits-record.ts'
import { DRIVER_KINDS } from '../../../simulators/parking/visits-record.ts'
import { witnessOf } from '../../../simulators/witness.ts'
import type { Rig } from '../../support/rig.ts'
import { deviceOf } from '../../support/site.ts'
import { clockText } from '../clock-text.ts'
import type { Counts } from '../counts.ts'
import { countsOf } from '../counts.ts'
import { createKeeping } from '../keeping.ts'
import type { Violation } from '../struck-gateway.ts'
import { struckGateway } from '../struck-gateway.ts'
import type { Stage, StruckSite, TroubleName } from '../troubles.ts'
import { startTroubles, TROUBLE_NAMES } from '../troubles.ts'
import { clerk } from './clerk.ts'
import type { Comparison } from './compare-visits.ts'
import { compareVisits } from './compare-visits.ts'
import { deskInRig } from './desk-in-rig.ts'
import type { BookedStay } from './parking-books.ts'
import { booksDisagree, chargedTwice, countKey, isOver } from './parking-books.ts'
import { parkingBranches } from './parking-branches.ts'
import { brokenFor, handedOtherwise, lockedIn, unexplained, waitedTooLong, watchArms } from './parking-truth.ts'
import type { SituationName } from './situations.ts'
import { SITUATION_NAMES, situations } from './situations.ts'
import { tariffShelf } from './tariff-shelf.ts'
import { visitTrace } from './visit-trace.ts'

export type ParkingSeedOptions = {
  readonly seed: string
  readonly days: number
  readonly arrivalsPerDay: number
  /** Nothing is broken: then everything that people do must be in the books, to the last đồng. */
  readonly isCalm?: boolean
  /** Breaks what must hold, to see that it is noticed. Called when the car park has opened. */
  readonly sabotage?: (stage: Stage<StruckSite>, site: ParkingSite) => void
  /** Tells all that concerns one visit, line by line. */
  readonly trace?: { readonly visit: string; readonly print: (line: string) => void } | undefined
}

export type ParkingSeedResult = {
  readonly seed: string
  readonly days: number
  readonly isCalm: boolean
  readonly events: number
  readonly starts: number
  readonly visits: number
  /** Visits whose stays were held against the driver's own record: nothing was broken at any of their moments, and nothing seen wrongly. */
  readonly compared: number
  /** Of these, those of which is known what they had to pay at most and at least. */
  readonly pricedBothWays: number
  /** The others, by the reason for which they were not. */
  readonly excused: Readonly<Record<string, number>>
  readonly notPricedBelow: Readonly<Record<string, number>>
  readonly openings: number
  readonly unexplainedOpenings: number
  readonly lockedIn: number
  readonly troubles: Counts<TroubleName>
  readonly refusals: Counts<Refusal>
  readonly drivers: Counts<DriverKind>
  readonly endings: Readonly<Record<string, number>>
  readonly situations: Counts<SituationName>
  readonly violations: readonly Violation[]
  readonly digest: string
}

const VEHICLES = 140
/** Of these it is to be known when they were in the books. */
const TIMED: readonly EventBody['kind'][] = ['emergency', 'barrier-state']
/** Whoever has waited for so long for any answer goes on by hand. */
const TAKEN_FOR_DEAD_MS = 90 * SECOND_MS
/** Late evidence is taken for a day less than answers are known: for more than the policy’s four hours. */
const SEEN_KEEP_MS = 30 * HOUR_MS
const QUIET_WITHIN_MS = 36 * HOUR_MS
const LAST_ROUND_AFTER_MS = 3 * HOUR_MS
const JUDGE_EVERY_MS = 12 * HOUR_MS
/** So long after it, what attendants have noted of an arm that they lifted may still be on their phone. */
const NOTED_WITHIN_MS = HOUR_MS
const LATELY_LINES = 60
const LATELY_RECORDS = 6
const ABOUT_RECORDS = 20
/** A car park is struck less often than a market's two days: over a month that is often enough. */
const TROUBLES_EVERY = 6
const CALM_AT_THE_END_MS = 12 * HOUR_MS

/** Whoever keeps the books by records of a month lets nobody drop them; who shows one code at two gates, and repeats, is tried beside. */
const ELSEWHERE: readonly TroubleName[] = ['pruning', 'two-gates']
export const PARKING_TROUBLES: readonly TroubleName[] = TROUBLE_NAMES.filter((name) => !ELSEWHERE.includes(name))

/** What of the market's invariants is meant for a car park too. */
const JUDGED: readonly Invariant[] = [
  'acknowledged means booked',
  'booked at most once',
  'booked as agreed',
  'a bad token gets nothing',
  'a command is done once, in time, by the run it was for',
  'an arm moves by a decision',
  'the ledger sums to zero',
  'the chain is whole',
]

/** One car park from its seed, judged on the way and at the end. */
export async function runParkingSeed(options: ParkingSeedOptions): Promise<ParkingSeedResult> {
  const run = prepare(options)
  try {
    await run.go()
    return run.result()
  } finally {
    run.rig.remove()
  }
}

function prepare({ seed, days, arrivalsPerDay, isCalm = false, sabotage, trace: traced }: ParkingSeedOptions) {
  const kit = parkingKit('market-1')
  const { parking } = kit.layout
  if (parking === null) throw new Error('the kit has no car park')
  const refusals = countsOf(Object.keys(refusalTable) as Refusal[])
  const struck = countsOf(TROUBLE_NAMES)
  const started: { again(): void } = { again: () => undefined }
  let notice: (notice: GatewayNotice) => void = () => undefined
  const gateway = struckGateway({
    seed,
    rig: {
      layout: kit.layout,
      policy: kit.policy,
      devices: kit.devices.map(({ id, driver, place, role }) => deviceOf(id, driver, place, role)),
      limits: { ...GATEWAY_LIMITS, cursorsEveryMs: 10 * MINUTE_MS, checkpointEveryMs: HOUR_MS },
      seenKeepMs: SEEN_KEEP_MS,
    },
    lately: {
      linesMax: LATELY_LINES,
      isTold: (happening) =>
        !('type' in happening && happening.type === 'occupied') &&
        happening.kind !== 'connected' &&
        happening.kind !== 'acknowledged',
    },
    clockText,
    recordsAbout: recordsOf,
    onNotice: (one) => notice(one),
    onPushedBack: () => undefined,
    onStarted: () => started.again(),
  })
  const { rig, machine, knobs, trace, dice, violations, violated, openedAtMs, excuses: excuse } = gateway
  const { timeline, world } = rig
  const branches = parkingBranches(parking.places)
  const arms = watchArms(world.happenings.listen, kit.lanes, timeline)
  const heads = createHash('sha256')
  /** Visits that are over, and whether anything was broken for them. */
  const broken = new Map<string, string | null>()
  let events = 0
  let comparison: Comparison = NOTHING_COMPARED
  let openings = 0
  let unexplainedOpenings = 0

  const tariffs = tariffShelf({ rig, layout: kit.layout, excuses: excuse, isUp: machine.isUp })
  started.again = tariffs.lookAgain

  const desk = deskInRig(
    () => rig,
    () => machine.isUp(),
  )
  let downSinceMs = Number.POSITIVE_INFINITY
  world.happenings.listen((happening) => {
    if (happening.kind !== 'fault') return
    if (happening.what === 'down') downSinceMs = timeline.monotonicMs()
    if (happening.what === 'up') downSinceMs = Number.POSITIVE_INFINITY
  })
  const opensWithoutGateway = new Set<string>(
    kit.layout.lanes.filter(({ failSafe }) => failSafe === 'open').map(({ id }) => id),
  )
  world.happenings.listen((happening) => {
    if (happening.kind !== 'fail-safe') return
    const { lane } = happening
    if (!opensWithoutGateway.has(lane)) violated(`${lane} opened by itself, and is to stay closed`)
    else if (excuse.since(timeline.monotonicMs() - GATEWAY_LIMITS.failSafeAfterMs, lane) === undefined)
      violated(`${lane} opened by itself, and nothing was broken`)
  })
  const tickets = ticketsOf(rig.ownKeys)
  const readTicket: PhoneReads['readTicket'] = (text) => {
    const read = tickets.read(text)
    return read.ok ? read.token : null
  }
  const site = parkingSite(world, {
    kit,
    issuers: rig.issuers,
    desk,
    office: desk,
    page: null,
    tempo: TOWN_TEMPO,
    leftOut: [],
    atClose: 'everybody-leaves',
    arrivalsPerDay,
    vehicles: VEHICLES,
    onBroken: (error) => violated(`a behaviour broke: ${error instanceof Error ? error.stack : String(error)}`),
    phone: { isBoxDead: () => timeline.monotonicMs() - downSinceMs > TAKEN_FOR_DEAD_MS, readTicket },
  })
  const witness = witnessOf(world.happenings, timeline)
  const stage: Stage<StruckSite> = {
    rig,
    site: struckSiteOf(site),
    box: machine,
    excuses: excuse,
    knobs,
    branch: {
      readOn: () => branches.readOn(rig),
      cutOff() {
        heads.update(rig.now().books.head().hash)
        branches.cutOff(timeline.monotonicMs())
      },
    },
    keeping: createKeeping({
      rig,
      box: machine,
      branch: branches,
      onViolation: violated,
      onDropped: () => violated('records were dropped, and nobody prunes here'),
    }),
    spendToken: () => undefined,
    showSpentToken: () => undefined,
  }
  const oddities = clerk({
    rig,
    desk,
    random: dice.fork('clerk'),
    excuses: excuse,
    isUp: () => machine.isUp(),
    onViolation: violated,
    tariffs,
    lanes: kit.lanes.map(({ id }) => id),
    creditMoveMax: kit.policy.parking?.creditMoveMax ?? 0,
  })

  const tracing =
    traced === undefined
      ? undefined
      : visitTrace({ ...traced, rig, lanes: kit.lanes, visits: site.record.visits, openedAtMs })

  notice = (one) => {
    tracing?.noticed(one)
    if (one.kind === 'committed' && TIMED.includes(one.event.body.kind))
      branches.heard(one.event.key, timeline.monotonicMs())
    if (one.kind === 'refused') refusals[one.refusal] += 1
    if (one.kind !== 'committed' || one.committed.repeated) return
    events += 1
    if (!one.committed.outcome.ok) refusals[one.committed.outcome.refusal] += 1
  }

  const wallMs = (ms: number): number => timeline.now() - timeline.monotonicMs() + ms

  function evidence(): Evidence {
    const agreements = site.population.wallets().flatMap((wallet) => wallet.agreements())
    return {
      mode: 'live',
      purchases: site.payers.purchases(),
      agreements,
      books: branches.ledger(),
      commands: witness.commands(),
      spoken: [],
      openings: [],
      armHits: [],
      driveEnds: { passed: 0, tailgated: 0, refused: 0, 'turned-back': 0, stranded: 0, 'no-answer': 0 },
      openedForNobodyMaxMs: 0,
    }
  }

  /** What can be told at any time. */
  function judge(unexplainedFromMs = timeline.monotonicMs() - NOTED_WITHIN_MS): void {
    if (!machine.isUp()) return
    branches.readOn(rig)
    const brokenAt = branches.broken()
    if (brokenAt !== null) violated(`the chain is broken: ${brokenAt}`)
    for (const what of branches.problems().slice(0, 5)) violated(what)
    for (const what of booksDisagree(branches.books(), kit.layout.site)) violated(what)
    const rises = arms.take(unexplainedFromMs)
    openings += rises.length
    for (const what of unexplained(rises, branches, wallMs)) {
      unexplainedOpenings += 1
      violated(what)
    }
    countsDiffer()
    const ended = site.record.visits().filter(({ id, ending }) => ending !== 'under-way' && !broken.has(id))
    for (const visit of ended) broken.set(visit.id, brokenFor(visit, excuse, timeline.monotonicMs()))
    for (const what of waitedTooLong(ended, excuse)) violated(what)
    for (const visit of lockedIn(site.record.visits())) violated(`${visit.id} of ${visit.vehicle} is locked in`)
  }

  /** Two stays of one plate are somebody's doing where the visit with which one of them began was misread, went past the books, or had something broken. */
  function areExcused(...stays: readonly BookedStay[]): boolean {
    return site.record.visits().some((visit) => {
      const isTroubled = (broken.get(visit.id) ?? null) !== null || visit.unseen !== null || visit.isMisread
      const isIts = stays.some(
        ({ id, enteredAt, entryLane }) =>
          visit.sessions.includes(id) ||
          visit.moments.some(({ lane, fromMs, toMs }) => {
            const isThen = enteredAt >= wallMs(fromMs) - MINUTE_MS && enteredAt <= wallMs(toMs ?? fromMs) + MINUTE_MS
            return lane === entryLane && isThen
          }),
      )
      return isTroubled && isIts
    })
  }

  function countsDiffer(): void {
    const mine = branches.books().counts
    const theirs = new Map(desk.counts().map((each) => [countKey(each.place, each.vehicleClass), each.count]))
    for (const key of new Set([...mine.keys(), ...theirs.keys()])) {
      const [counted, stands] = [mine.get(key) ?? 0, theirs.get(key) ?? 0]
      if (counted !== stands)
        violated(`${key} stands at ${stands}, and entries less exits and corrections are ${counted}`)
    }
  }

  /** What needs all of it at once. */
  function judgeAll(): void {
    if (!machine.isUp()) return
    judge(timeline.monotonicMs())
    const all = evidence()
    for (const invariant of JUDGED) {
      for (const what of invariants[invariant](all).slice(0, 3)) violated(`${invariant}: ${what}`)
    }
    for (const what of handedOtherwise(site.record.visits(), branches)) violated(what)
    comparison = compareVisits({
      visits: site.record.visits(),
      books: branches.books(),
      brokenFor: ({ id }) => broken.get(id) ?? null,
      isSuspended: oddities.isSuspended,
      wallMs,
      passageRightMs: kit.policy.passageRightMs,
    })
    for (const what of comparison.found.slice(0, 5)) violated(what)
    for (const [stay, other] of chargedTwice(branches.books())) {
      if (!areExcused(stay, other)) violated(`${stay.id} and ${other.id} charge one plate for the same minutes`)
    }
  }

  async function go(): Promise<void> {
    await rig.setUp()
    machine.attach(rig)
    await rig.until(tariffs.putIn())
    site.powerOn()
    await rig.runFor(5 * SECOND_MS)
    gateway.opened()
    site.open()
    oddities.start()
    const stopTroubles = isCalm
      ? () => undefined
      : startTroubles(
          stage,
          seldom(dice.fork('troubles')),
          (name) => {
            struck[name] += 1
          },
          PARKING_TROUBLES,
        )
    sabotage?.(stage, site)
    const untilMs = openedAtMs() + days * DAY_MS
    const troublesUntilMs = untilMs - Math.min(CALM_AT_THE_END_MS, (days * DAY_MS) / 4)
    let isStopped = false
    while (timeline.monotonicMs() < untilMs && violations.length === 0) {
      await rig.runFor(Math.min(JUDGE_EVERY_MS, untilMs - timeline.monotonicMs()))
      if (!isStopped && timeline.monotonicMs() >= troublesUntilMs) {
        stopTroubles()
        isStopped = true
      }
      judge()
    }
    stopTroubles()
    site.close()
    oddities.stop()
    if (violations.length > 0) return
    const isQuiet = (): boolean => site.isQuiet() && machine.isUp() && oddities.isQuiet()
    if (!(await timeline.runUntil(isQuiet, QUIET_WITHIN_MS))) {
      violated(`the car park does not come to rest: ${stuck(site)}`)
      return
    }
    await rig.runFor(LAST_ROUND_AFTER_MS)
    await rig.until(site.attendant.goRound(desk))
    judgeAll()
    tracing?.end()
    everyStayEnds()
    for (const { kit: lane, ground } of site.stations) {
      if (lane.arm !== null && ground.arm() !== 'closed') violated(`the arm of ${lane.id} stays ${ground.arm()}`)
    }
    await gateway.judgeBooks()
  }

  /** When everybody has gone and people have gone round, no stay is open, and nothing is counted. */
  function everyStayEnds(): void {
    for (const { session } of desk.stays()) violated(`${session} cannot be ended`)
    for (const stay of branches.books().sessions.values()) {
      if (!isOver(stay.status)) violated(`${stay.id} is still ${stay.status}`)
    }
    for (const { place, vehicleClass, count } of desk.counts()) {
      if (count !== 0) violated(`${count} ${vehicleClass} are counted in ${place}, and nobody is there`)
    }
  }

  return {
    rig,
    go,
    result(): ParkingSeedResult {
      tracing?.end()
      heads.update(branches.head()).update(trace.digest())
      const visits = site.record.visits()
      const drivers = countsOf(DRIVER_KINDS)
      const endings: Record<string, number> = {}
      const met = countsOf(SITUATION_NAMES)
      for (const visit of visits) {
        const { kinds, ending } = visit
        const situated = { visit, broken: broken.get(visit.id) ?? null }
        for (const name of SITUATION_NAMES) if (situations[name].meets(situated)) met[name] += 1
        for (const kind of kinds) drivers[kind] += 1
        endings[ending] = (endings[ending] ?? 0) + 1
      }
      return {
        seed,
        days,
        isCalm,
        events,
        starts: rig.starts(),
        visits: visits.length,
        compared: comparison.compared,
        pricedBothWays: comparison.pricedBothWays,
        excused: comparison.excused,
        notPricedBelow: comparison.notPricedBelow,
        openings,
        unexplainedOpenings,
        lockedIn: lockedIn(visits).length,
        troubles: struck,
        refusals,
        drivers,
        endings,
        situations: met,
        violations,
        digest: heads.digest('hex'),
      }
    },
  }
}

const NOTHING_COMPARED: Comparison = { compared: 0, pricedBothWays: 0, excused: {}, notPricedBelow: {}, found: [] }

/** The same dice, that take longer. */
function seldom(random: Rig['random']): Rig['random'] {
  return {
    ...random,
    fork(name) {
      const dice = random.fork(name)
      return { ...dice, waitMs: (meanMs) => dice.waitMs(meanMs * TROUBLES_EVERY) }
    },
  }
}

function struckSiteOf(site: ParkingSite): StruckSite {
  const armed = site.stations.flatMap(({ kit, reader, approach, arm }) =>
    arm === null ? [] : [{ kit, reader, approach, safety: arm.safety, barrier: arm.barrier }],
  )
  return {
    devices: site.devices,
    emergency: site.emergency,
    changeManners: () => undefined,
    // Readers without an arm beside them.
    market: { stalls: site.stations.filter(({ arm }) => arm === null) },
    carPark: { lanes: armed },
    kit: {
      lanes: site.kit.lanes.map(({ id, reader, approach, display, arm, camera }) => ({
        id,
        reader,
        approach,
        display,
        barrier: arm?.barrier ?? camera,
        safety: arm?.safety ?? camera,
      })),
    },
  }
}

function stuck(site: ParkingSite): string {
  const visits = site.record.visits().filter(({ ending }) => ending === 'under-way')
  const lanes = site.stations.filter((station) => !station.isQuiet()).map(({ kit }) => kit.id)
  const devices = site.devices.filter((device) => device.outboxSize() > 0).map(({ device }) => device)
  return JSON.stringify({ visits: visits.slice(0, 4), lanes, devices })
}

/** The newest records, and the newest of those that speak of what the sentence names. */
function recordsOf(rig: Rig, what: string): readonly string[] {
  if (!rig.isRunning()) return []
  const named = what.match(/\b[a-z0-9-]+:[0-9]+:[0-9]+:[a-z]+[0-9]+\b/g) ?? []
  const about = [...new Set(named)].flatMap((id) =>
    rig.query(
      `SELECT seq, at, key, body FROM journal WHERE body LIKE '%"${id}"%' ORDER BY seq DESC LIMIT ${ABOUT_RECORDS}`,
    ),
  )
  const newest = rig.query(`SELECT seq, at, key, body FROM journal ORDER BY seq DESC LIMIT ${LATELY_RECORDS}`)
  const bySeq = new Map([...newest, ...about].map((row) => [Number(row['seq']), row]))
  return [...bySeq]
    .toSorted(([left], [right]) => left - right)
    .map(([seq, { at, key, body }]) => `record ${seq} at ${at} of ${key}: ${String(body).slice(0, 2_000)}`)
}
