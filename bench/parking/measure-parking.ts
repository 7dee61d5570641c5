import { statSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { openForReading } from '../../db/open.ts'
import { dataFiles } from '../../gateway/config.ts'
import { median, quantile, rounded } from '../figures.ts'
import { measureParkingQuotes } from '../parking-quotes.ts'
import type { Rig } from '../rig.ts'
import { benchIssuers, SECRET } from '../site/bench-site.ts'
import { provision } from '../site/provision.ts'
import { fillPark, verifyPark } from './park-books.ts'
import type { ExitPass } from './park-load.ts'
import { parkKit, writeTariffs } from './park-site.ts'

export type ParkingOptions = {
  readonly open: number
  readonly past: number
  readonly lanes: number
  /** In each round, and as many at half the rate. */
  readonly exits: number
  readonly rounds: number
  /** Where to leave a CPU profile of the gateway at half the rate. */
  readonly profile: string | undefined
  /** Of each round of quotes; 1 where it is not said. */
  readonly quoteSeconds?: number
}

const QUOTE_ROUNDS = 5
const MB = 1_048_576

/**
 * A car park under load. First quotes on one core (bench/parking-quotes.ts). Then books that are filled with stays (`fillPark`), whose every record is verified, and over them the gateway as it is shipped, in
 * a process of its own; the exits' devices live in another. `exitsPerSecond`: whole exits with all lanes busy, the median of the rounds. A lane by itself cannot do more than two of them a second, for
 * the loop under the arm must stay clear for half a second: so there must be many lanes before the gateway is what is measured, and `loopBusy` says whether it was. `p50Ms` and `p99Ms`: from the code at the
 * reader to the open command at the barrier, at half of that rate, with all that the other lanes do meanwhile; a third of them tickets that were paid before, a third payers' codes that name their
 * stay, a third codes that pay what was asked after the camera had read the plate.
 *
 * It would be wrong if exits were refused (then it throws), if the load or other users of the machine were what is slow (`shownLateP99Ms`, `load`), if the same few stays were
 * looked up again and again (each leaves once, in no order), or if the file were read from a slow disk: after filling it is in memory, so a first look-up after a cold start is not in these figures.
 * The disk's syncs are in all of them: with `TMPDIR=/dev/shm` they cost nothing, which tells what of a slow exit is theirs.
 */
export async function measureParking(rig: Rig, options: ParkingOptions) {
  const { open, past, lanes, exits, rounds, profile, quoteSeconds = 1 } = options
  const quotes = measureParkingQuotes({ seconds: quoteSeconds, rounds: QUOTE_ROUNDS })
  await setImmediate()

  const data = join(rig.folder, 'park')
  const departuresFile = join(rig.folder, 'departures.json')
  const kit = parkKit(lanes)
  const tariffs = writeTariffs(data, new Date(Date.now() - 60_000).toISOString())
  provision(data, kit, benchIssuers(), SECRET)
  const fillSeconds = await secondsOf(async () => fillPark(data, { open, past, tariffs, departuresFile }, kit))
  let records = 0
  const verifySeconds = await secondsOf(async () => {
    records = (await verifyPark(data)).records
  })
  const { books } = dataFiles(data)
  const before = staysIn(books)
  const fileMb = statSync(books).size / MB

  const park = await rig.park({ data, lanes, departuresFile })
  allLeft(await park.load('exitAll', { count: exits }))
  const done: { readonly perSecond: number; readonly loopBusy: number; readonly cycleMs: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    await park.server.ask('usage', null)
    const pass = allLeft(await park.load('exitAll', { count: exits }))
    const { loopBusy } = await park.server.ask('usage', null)
    done.push({ perSecond: (pass.exits * 1_000) / pass.ms, loopBusy, cycleMs: quantile(pass.cyclesMs, 0.5) })
  }
  const perSecond = median(done.map((round) => round.perSecond))
  const loadBefore = loadavg()[0] ?? Number.NaN
  if (profile !== undefined) await park.server.ask('startProfile', null)
  await Promise.all([park.server.ask('usage', null), park.load('usage', null)])
  const half = allLeft(await park.load('exitPaced', { perSecond: perSecond / 2, count: exits }))
  const [gateway, client] = await Promise.all([park.server.ask('usage', null), park.load('usage', null)])
  if (profile !== undefined) await park.server.ask('stopProfile', { file: profile })
  const latenciesMs = Object.values(half.latenciesMs).flat()
  const after = staysIn(books)

  return {
    ...quotes,
    openSessions: before.open,
    pastSessions: before.over,
    records,
    chainVerified: true,
    fileMb: Math.round(fileMb),
    fillSeconds: Math.round(fillSeconds),
    verifySeconds: Math.round(verifySeconds),
    startMs: Math.round(park.server.startMs),
    connections: park.connections,
    lanes,
    exitsPerRound: exits,
    exitsPerSecond: rounded(perSecond),
    /** With all lanes busy. */
    loopBusy: rounded(median(done.map((round) => round.loopBusy))),
    cycleP50Ms: rounded(median(done.map((round) => round.cycleMs))),
    p50Ms: rounded(quantile(latenciesMs, 0.5)),
    p99Ms: rounded(quantile(latenciesMs, 0.99)),
    byKind: Object.fromEntries(
      Object.entries(half.latenciesMs).map(([kind, ms]) => [
        kind,
        { p50Ms: rounded(quantile(ms, 0.5)), p99Ms: rounded(quantile(ms, 0.99)) },
      ]),
    ),
    shownLateP99Ms: rounded(quantile(half.shownLateMs, 0.99)),
    queued: half.queued,
    atHalf: {
      gatewayLoop: rounded(gateway.loopBusy),
      gatewayCores: rounded(gateway.cpu),
      clientCores: rounded(client.cpu),
      gatewayMainCpuUsPerExit: rounded((gateway.mainCpuMs * 1_000) / exits),
      clientLoop: rounded(client.loopBusy),
    },
    rssMb: Math.round(gateway.rssMb),
    leftInAll: exitsCounted(after.over - before.over, exits * (rounds + 2)),
    machine: { cores: availableParallelism(), node: process.version, loadBefore: rounded(loadBefore) },
    perRound: done.map((round) => rounded(round.perSecond)),
  }
}

/** Every vehicle that was let out is out, and nobody else. */
function exitsCounted(left: number, letOut: number): number {
  if (left !== letOut) throw new Error(`${letOut} vehicles were let out, and the books say that ${left} have left`)
  return left
}

/** Whoever is refused costs less than who is let out: it would make a figure that means nothing. */
function allLeft(pass: ExitPass): ExitPass {
  if (Object.keys(pass.refused).length > 0) throw new Error(`exits were refused: ${JSON.stringify(pass.refused)}`)
  return pass
}

function staysIn(file: string): { readonly open: number; readonly over: number } {
  const books = openForReading(file)
  try {
    const rows = books.db.$client
      .prepare<[], { status: string; count: number }>('SELECT status, count(*) AS count FROM session GROUP BY status')
      .all()
    const of = (...status: readonly string[]): number =>
      rows.filter((row) => status.includes(row.status)).reduce((sum, row) => sum + row.count, 0)
    return { open: of('entering', 'inside', 'leaving'), over: of('left', 'void', 'closed') }
  } finally {
    books.close()
  }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const fromMs = performance.now()
  await work()
  return (performance.now() - fromMs) / 1_000
}
