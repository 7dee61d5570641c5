import { statSync } from 'node:fs'
import { median, rounded } from './figures.ts'
import type { Rig } from './rig.ts'
import { prefill } from './site/prefill.ts'
import { scansPerSecond, warmUp } from './throughput.ts'

export type RecordsOptions = {
  readonly stalls: number
  readonly inFlight: number
  readonly rounds: number
  readonly passes: number
  readonly records: number
}

/** The same load on empty books and on books with so many records, in turns. */
export async function measureRecords(rig: Rig, options: RecordsOptions) {
  const { stalls, inFlight, rounds, passes, records } = options
  const loadedMs = performance.now()
  let fillS = 0
  const full = await rig.gateway({
    stalls,
    name: 'full',
    async prepare(folder) {
      await prefill(folder, stalls, records)
      fillS = (performance.now() - loadedMs) / 1_000
    },
  })
  const empty = await rig.gateway({ stalls, name: 'empty' })
  await warmUp(full, inFlight)
  await warmUp(empty, inFlight)
  const done: { readonly full: number; readonly empty: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const onEmpty = await scansPerSecond(empty, passes, inFlight)
    done.push({ empty: onEmpty, full: await scansPerSecond(full, passes, inFlight) })
  }
  return {
    records,
    chainVerified: true,
    fileMb: Math.round(statSync(full.books).size / 1_048_576),
    fillSeconds: Math.round(fillS),
    startMs: { empty: Math.round(empty.server.startMs), full: Math.round(full.server.startMs) },
    scansPerSecond: {
      empty: rounded(median(done.map((round) => round.empty))),
      full: rounded(median(done.map((round) => round.full))),
    },
    ratio: rounded(median(done.map((round) => round.full / round.empty))),
    perRound: done.map((round) => ({ empty: Math.round(round.empty), full: Math.round(round.full) })),
  }
}
