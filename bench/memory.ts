import { median, rounded } from './figures.ts'
import type { Rig } from './rig.ts'
import { warmUp } from './throughput.ts'

export type MemoryOptions = {
  readonly stalls: number
  readonly inFlight: number
  readonly minutes: number
}

const SLICE_MS = 10_000
const RATE_MS = 4_000

/**
 * Keying and scanning at half of what it can, for minutes, and what the process holds meanwhile. The first minute is for its caches and tables to fill; after that
 * it is to be flat.
 */
export async function measureMemory(rig: Rig, { stalls, inFlight, minutes }: MemoryOptions) {
  const gateway = await rig.gateway({ stalls })
  await warmUp(gateway, inFlight)
  const full = await gateway.load('cycle', { inFlight, forMs: RATE_MS })
  const perSecond = (full.scans * 1_000) / full.ms / 2
  const samples: { readonly minute: number; readonly rssMb: number; readonly liveHeapMb: number }[] = []
  let scans = 0
  const fromMs = performance.now()
  while (performance.now() - fromMs < minutes * 60_000) {
    scans += (await gateway.load('cyclePaced', { perSecond, forMs: SLICE_MS })).scans
    const { rssMb } = await gateway.server.ask('usage', null)
    const liveHeapMb = await gateway.server.ask('liveHeapMb', null)
    samples.push({
      minute: rounded((performance.now() - fromMs) / 60_000),
      rssMb: Math.round(rssMb),
      liveHeapMb: Math.round(liveHeapMb),
    })
  }
  const settled = samples.filter(({ minute }) => minute >= 1)
  const third = Math.max(1, Math.floor(settled.length / 3))
  const [first, last] = [settled.slice(0, third), settled.slice(-third)].map((part) =>
    median(part.map(({ rssMb }) => rssMb)),
  )
  return {
    minutes,
    cyclesPerSecond: rounded(perSecond),
    scans,
    rssFirstThirdMb: first,
    rssLastThirdMb: last,
    rssMostMb: Math.max(...samples.map(({ rssMb }) => rssMb)),
    samples,
  }
}
