import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { answerParent } from './asking.ts'
import { collectGarbage } from './garbage.ts'
import type { Usage } from './usage.ts'
import { usageMeter } from './usage.ts'

/** What can be asked of a server that was started with `--import` of this file: it looks on and changes nothing. */
export type ObserverQuestions = {
  /** Since the last time that it was asked. */
  usage: { ask: null; answer: Usage }
  /** MiB of the heap that are still in use after all garbage was collected. */
  liveHeapMb: { ask: null; answer: number }
  startProfile: { ask: null; answer: null }
  stopProfile: { ask: { file: string }; answer: null }
}

const SAMPLE_EVERY_US = 200

// A server that has stopped ends, whoever looks on.
process.channel?.unref()

const usage = usageMeter()
let session: Session | undefined

answerParent<ObserverQuestions>({
  usage: () => usage(),
  liveHeapMb() {
    collectGarbage()
    return process.memoryUsage().heapUsed / 1_048_576
  },
  async startProfile() {
    session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US })
    await session.post('Profiler.start')
    return null
  },
  async stopProfile({ file }) {
    if (session === undefined) throw new Error('startProfile comes first')
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    session = undefined
    writeFileSync(file, JSON.stringify(profile))
    return null
  },
})
