import { availableParallelism } from 'node:os'
import { median, quantile, rounded } from './figures.ts'
import type { Pass } from './load/market-load.ts'
import type { Loaded, Rig } from './rig.ts'

export type ThroughputOptions = {
  readonly stalls: number
  readonly inFlight: number
  readonly rounds: number
  readonly passes: number
  /** Where to leave a CPU profile of the gateway under full load. */
  readonly profile: string | undefined
}

export type Throughput = Readonly<Record<string, unknown>> & { readonly ofLimit: number; readonly vsScript: number }

type Round = {
  readonly ours: number
  readonly echo: number
  readonly script: number
  readonly cycles: number
  readonly raw: number
  readonly verifier: number
  readonly commits: number
  readonly commitScans: number
}

const LIMIT_MS = 500
const LIMIT_SCANS = 2_000
const CYCLE_MS = 1_000

/**
 * The gateway, an echo through the same broker, the script of an afternoon and the machine's own limits, in turns: on a machine whose other tenants come and go only
 * figures of the same minute can be set against each other.
 */
export async function measureThroughput(rig: Rig, options: ThroughputOptions): Promise<Throughput> {
  const { stalls, inFlight, rounds, passes } = options
  const ours = await rig.gateway({ stalls })
  await warmUp(ours, inFlight)
  const echo = await rig.echo(stalls, ours)
  await warmUp(echo, inFlight)
  const { script, broker, brokers } = await betterScript(rig, stalls, inFlight)
  const limits = rig.limits()
  const before = await limits('groupSize', { books: ours.books, afterSeq: 0 })

  const done: Round[] = []
  let groupSize = 0
  let busy = { gateway: 0, gatewayCpu: 0, client: 0, cpuUs: 0, mainCpuUs: 0 }
  for (let round = 0; round < rounds; round += 1) {
    const isProfiled = options.profile !== undefined && round === Math.floor(rounds / 2)
    if (isProfiled) await ours.server.ask('startProfile', null)
    await Promise.all([ours.server.ask('usage', null), ours.load('usage', null)])
    const scans = await scansPerSecond(ours, passes, inFlight)
    const [gateway, client] = await Promise.all([ours.server.ask('usage', null), ours.load('usage', null)])
    if (isProfiled) await ours.server.ask('stopProfile', { file: options.profile ?? '' })
    const cycles = stalls * passes
    busy = {
      gateway: gateway.loopBusy,
      gatewayCpu: gateway.cpu,
      client: client.cpu,
      cpuUs: (gateway.cpuMs * 1_000) / cycles,
      mainCpuUs: (gateway.mainCpuMs * 1_000) / cycles,
    }
    groupSize = (await limits('groupSize', { books: ours.books, afterSeq: before.headSeq })).groupSize
    const cycled = await ours.load('cycle', { inFlight, forMs: CYCLE_MS })
    const commit = await limits('commit', {
      books: ours.books,
      groupSize: Math.max(1, Math.round(groupSize)),
      scans: LIMIT_SCANS,
    })
    const verify = await limits('verify', { forMs: LIMIT_MS })
    done.push({
      ours: scans,
      echo: await scansPerSecond(echo, passes, inFlight),
      script: await scansPerSecond(script, passes, inFlight),
      cycles: perSecond(cycled),
      raw: verify.raw,
      verifier: verify.verifier,
      commits: commit.commitsPerSecond,
      commitScans: commit.scansPerSecond,
    })
  }

  const of = (name: keyof Round): number => median(done.map((round) => round[name]))
  const scriptHalf = await paced(script, of('script') / 2, rounds * passes)
  // A latency is set against no other figure of the same minute: the gateway has the machine to itself for it, as on its box.
  for (const other of [echo, script]) await other.stop()
  const half = await paced(ours, of('ours') / 2, rounds * passes)
  const cyclesHalf = await ours.load('cyclePaced', { perSecond: of('cycles') / 2, forMs: rounds * CYCLE_MS })
  const { rssMb } = await ours.server.ask('usage', null)

  const lowest = Math.min(of('raw'), of('commitScans'), of('echo'))
  return {
    connections: ours.connections,
    inFlight,
    rounds,
    scansPerRound: stalls * passes,
    scansPerSecond: rounded(of('ours')),
    p50Ms: rounded(quantile(half.latenciesMs, 0.5)),
    p99Ms: rounded(quantile(half.latenciesMs, 0.99)),
    sentLateP99Ms: rounded(quantile(half.sentLateMs, 0.99)),
    cyclesPerSecond: rounded(of('cycles')),
    cycleP50Ms: rounded(quantile(cyclesHalf.latenciesMs, 0.5)),
    cycleP99Ms: rounded(quantile(cyclesHalf.latenciesMs, 0.99)),
    rssMb: Math.round(rssMb),
    groupSize: rounded(groupSize),
    verifiesPerSecond: rounded(of('raw')),
    verifierPerSecond: rounded(of('verifier')),
    commitsPerSecond: rounded(of('commits')),
    committedScansPerSecond: rounded(of('commitScans')),
    echoPerSecond: rounded(of('echo')),
    ofLimit: rounded(median(done.map((round) => round.ours / Math.min(round.raw, round.commitScans, round.echo)))),
    lowestLimit: lowest === of('raw') ? 'verify' : lowest === of('echo') ? 'echo' : 'commit',
    vsScript: rounded(median(done.map((round) => round.ours / round.script))),
    script: {
      broker,
      brokers,
      scansPerSecond: rounded(of('script')),
      p50Ms: rounded(quantile(scriptHalf.latenciesMs, 0.5)),
      p99Ms: rounded(quantile(scriptHalf.latenciesMs, 0.99)),
    },
    busy: {
      gatewayLoop: rounded(busy.gateway),
      gatewayCores: rounded(busy.gatewayCpu),
      clientCores: rounded(busy.client),
      /** Of one keyed amount and its scan, in all threads and in the main one. */
      gatewayCpuUsPerSale: rounded(busy.cpuUs),
      gatewayMainCpuUsPerSale: rounded(busy.mainCpuUs),
    },
    machine: { cores: availableParallelism(), node: process.version },
    perRound: done.map((round) =>
      Object.fromEntries(Object.entries(round).map(([name, value]) => [name, Math.round(value)])),
    ),
  }
}

/** The script on both brokers, briefly: the faster one is set against ours. */
async function betterScript(rig: Rig, stalls: number, inFlight: number) {
  const onMosquitto = await rig.script(stalls, 'mosquitto')
  const onAedes = await rig.script(stalls, 'aedes')
  for (const script of [onMosquitto, onAedes]) await warmUp(script, inFlight)
  const brokers = {
    mosquitto: Math.round(await scansPerSecond(onMosquitto, 4, inFlight)),
    aedes: Math.round(await scansPerSecond(onAedes, 4, inFlight)),
  }
  const isMosquitto = brokers.mosquitto >= brokers.aedes
  await (isMosquitto ? onAedes : onMosquitto).stop()
  return isMosquitto
    ? { script: onMosquitto, broker: 'mosquitto', brokers }
    : { script: onAedes, broker: 'aedes', brokers }
}

export async function warmUp(loaded: Loaded, inFlight: number): Promise<void> {
  await scansPerSecond(loaded, 4, inFlight)
}

export async function scansPerSecond(loaded: Loaded, passes: number, inFlight: number): Promise<number> {
  const { passes: done } = await loaded.load('scanAll', { passes, inFlight })
  for (const pass of done) allPaid(pass)
  return perSecond({ scans: sum(done.map(({ scans }) => scans)), ms: sum(done.map(({ ms }) => ms)) })
}

/** Scans at this rate. Garbage of before is collected at the load's end; the server's own is its own affair. */
export async function paced(
  loaded: Loaded,
  rate: number,
  passes: number,
): Promise<Pick<Pass, 'latenciesMs' | 'sentLateMs'>> {
  const { passes: done } = await loaded.load('scanPaced', { passes, perSecond: rate })
  for (const pass of done) allPaid(pass)
  return {
    latenciesMs: done.flatMap(({ latenciesMs }) => latenciesMs),
    sentLateMs: done.flatMap(({ sentLateMs }) => sentLateMs),
  }
}

/** A refusal costs less than a payment: it would make a figure that means nothing. */
function allPaid({ refused }: Pass): void {
  if (Object.keys(refused).length > 0) throw new Error(`scans were refused: ${JSON.stringify(refused)}`)
}

function perSecond({ scans, ms }: { readonly scans: number; readonly ms: number }): number {
  return (scans * 1_000) / ms
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
