import { createHash } from 'node:crypto'
import type { Happenings } from './happenings.ts'
import type { Timeline } from './timeline.ts'

/** All that happened in a world, as one hash: two runs of one seed give the same, or the world is not deterministic. */
export type Trace = {
  /** SHA-256 over all lines so far, in hexadecimal. */
  digest(): string
  lines(): number
  /** The newest lines, for whoever looks for what went wrong. */
  newest(): readonly string[]
}

export function traceOf(happenings: Happenings, timeline: Timeline, keepLinesMax: number): Trace {
  const hash = createHash('sha256')
  const newest: string[] = []
  let lines = 0
  happenings.listen((happening) => {
    const line = `${timeline.monotonicMs()} ${JSON.stringify(happening)}`
    hash.update(line).update('\n')
    lines += 1
    newest.push(line)
    if (newest.length > keepLinesMax) newest.shift()
  })
  return { digest: () => hash.copy().digest('hex'), lines: () => lines, newest: () => newest }
}
