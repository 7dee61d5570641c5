import { answerParent } from '../processes/asking.ts'
import type { Usage } from '../processes/usage.ts'
import { usageMeter } from '../processes/usage.ts'
import type { ExitPass, ParkLoad, ParkLoadOptions } from './park-load.ts'
import { openParkLoad } from './park-load.ts'

/** What can be asked of the process in which the devices of a car park's exits live. */
export type ParkLoadQuestions = {
  open: { ask: ParkLoadOptions; answer: { connections: number } }
  exitAll: { ask: { count: number }; answer: ExitPass }
  exitPaced: { ask: { perSecond: number; count: number }; answer: ExitPass }
  /** Since the last time that it was asked. */
  usage: { ask: null; answer: Usage }
}

const usage = usageMeter()
let load: ParkLoad | undefined

answerParent<ParkLoadQuestions>({
  async open(options) {
    load = await openParkLoad(options)
    return { connections: load.connections }
  },
  exitAll: ({ count }) => opened().exitAll(count),
  exitPaced: ({ perSecond, count }) => opened().exitPaced(perSecond, count),
  usage: () => usage(),
})

function opened(): ParkLoad {
  if (load === undefined) throw new Error('open comes first')
  return load
}
