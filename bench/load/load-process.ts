import { answerParent } from '../processes/asking.ts'
import type { Usage } from '../processes/usage.ts'
import { usageMeter } from '../processes/usage.ts'
import type { HeardPackets, MarketLoad, MarketLoadOptions, Pass } from './market-load.ts'
import { openMarketLoad } from './market-load.ts'

/** What can be asked of the process in which the devices of a market live. */
export type LoadQuestions = {
  open: { ask: MarketLoadOptions; answer: { connections: number } }
  /** Keys every stall and scans every stall, so many times; the keying is not in the passes' time. */
  scanAll: { ask: { passes: number; inFlight: number }; answer: { passes: Pass[]; keyingMs: number[] } }
  scanPaced: { ask: { passes: number; perSecond: number }; answer: { passes: Pass[] } }
  cycle: { ask: { inFlight: number; forMs: number }; answer: Pass }
  cyclePaced: { ask: { perSecond: number; forMs: number }; answer: Pass }
  heard: { ask: null; answer: HeardPackets }
  /** Since the last time that it was asked. */
  usage: { ask: null; answer: Usage }
}

const usage = usageMeter()
let load: MarketLoad | undefined

answerParent<LoadQuestions>({
  async open(options) {
    load = await openMarketLoad(options)
    return { connections: load.connections }
  },
  async scanAll({ passes, inFlight }) {
    const market = opened()
    const done: Pass[] = []
    const keyingMs: number[] = []
    for (let pass = 0; pass < passes; pass += 1) {
      keyingMs.push(await market.keyAll())
      done.push(await market.scanAll(inFlight))
    }
    return { passes: done, keyingMs }
  },
  async scanPaced({ passes, perSecond }) {
    const market = opened()
    const done: Pass[] = []
    for (let pass = 0; pass < passes; pass += 1) {
      await market.keyAll()
      done.push(await market.scanPaced(perSecond))
    }
    return { passes: done }
  },
  cycle: ({ inFlight, forMs }) => opened().cycle(inFlight, forMs),
  cyclePaced: ({ perSecond, forMs }) => opened().cyclePaced(perSecond, forMs),
  heard: () => opened().heard(),
  usage: () => usage(),
})

function opened(): MarketLoad {
  if (load === undefined) throw new Error('open comes first')
  return load
}
