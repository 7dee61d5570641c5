import { buildDiskLibrary, slowDisk } from '../test/crash/disk/disk-library.ts'
import { median, quantile, rounded } from './figures.ts'
import type { Rig } from './rig.ts'
import { paced, scansPerSecond, warmUp } from './throughput.ts'

export type SlowDiskOptions = {
  readonly stalls: number
  readonly inFlight: number
  readonly rounds: number
  readonly passes: number
  readonly slowFsyncMs: number
}

/** The same load where every fsync takes so much longer, as on an SD card: on the gateway and, in turns, on the script. */
export async function measureSlowDisk(rig: Rig, options: SlowDiskOptions) {
  const { stalls, inFlight, rounds, passes, slowFsyncMs } = options
  const environment = slowDisk(buildDiskLibrary(rig.folder), slowFsyncMs)
  const ours = await rig.gateway({ stalls, name: 'slow', environment })
  const script = await rig.script(stalls, 'mosquitto', environment)
  const limits = rig.limits()
  await warmUp(ours, inFlight)
  const { headSeq } = await limits('groupSize', { books: ours.books, afterSeq: 0 })
  const done: { readonly ours: number; readonly script: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const scans = await scansPerSecond(ours, passes, inFlight)
    done.push({ ours: scans, script: await scansPerSecond(script, 1, inFlight) })
  }
  const { groupSize } = await limits('groupSize', { books: ours.books, afterSeq: headSeq })
  const rate = median(done.map((round) => round.ours))
  const half = await paced(ours, rate / 2, rounds)
  return {
    slowFsyncMs,
    scansPerSecond: rounded(rate),
    groupSize: rounded(groupSize),
    p50Ms: rounded(quantile(half.latenciesMs, 0.5)),
    p99Ms: rounded(quantile(half.latenciesMs, 0.99)),
    script: { scansPerSecond: rounded(median(done.map((round) => round.script))) },
    vsScript: rounded(median(done.map((round) => round.ours / round.script))),
    perRound: done.map((round) => ({ ours: Math.round(round.ours), script: Math.round(round.script) })),
  }
}
