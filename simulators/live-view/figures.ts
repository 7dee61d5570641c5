import { createHistogram } from 'node:perf_hooks'
import type { Answer } from '../world/answer.ts'
import { isAccepted } from '../world/answer.ts'
import type { Happening, Happenings } from '../world/happenings.ts'

/** What is counted of a site that runs. A scan is one reading of a code by a reader, however often it is sent. */
export type Figures = {
  readonly scans: number
  /** Paid, or let through; what was accepted before and shown again is in `again`. */
  readonly accepted: number
  readonly again: number
  /** Read, and answered with what is to be paid. */
  readonly asked: number
  readonly acceptedAmount: number
  /** By refusal. */
  readonly refused: Readonly<Record<string, number>>
  /** Scans that the gateway acknowledged. */
  readonly acknowledged: number
  /** Scans without an answer yet, or given up without one. */
  readonly waiting: number
  readonly givenUp: number
  /** Commands that came to devices. */
  readonly commands: number
  readonly devicesConnected: number
  /** From the first sending of a scan to its answer, in ms; `null` before there is one. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** Newest last. */
  readonly spoken: readonly string[]
  readonly faults: readonly string[]
}

export type Counting = {
  figures(): Figures
}

const KEPT_LINES = 3
const NS_PER_US = 1_000
const WAIT_MAX_US = 600_000_000

/** Counts all that happens from now on. `nowUs` is any clock of microseconds that does not go back. */
export function countingOf(happenings: Happenings, nowUs: () => number): Counting {
  const latencies = createHistogram({ lowest: 1, highest: WAIT_MAX_US, figures: 3 })
  const sentAtUs = new Map<string, number>()
  const acknowledgedScans = new Set<string>()
  const refused: Record<string, number> = {}
  const connected = new Set<string>()
  const spoken: string[] = []
  const faults: string[] = []
  let scans = 0
  let accepted = 0
  let again = 0
  let asked = 0
  let acceptedAmount = 0
  let acknowledged = 0
  let givenUp = 0
  let commands = 0

  const keep = (lines: string[], line: string): void => {
    lines.push(line)
    if (lines.length > KEPT_LINES) lines.shift()
  }

  function countAnswer(answer: Answer): void {
    if (!answer.ok) {
      refused[answer.refusal] = (refused[answer.refusal] ?? 0) + 1
    } else if (isAccepted(answer) && answer.kind !== 'already-accepted') {
      accepted += 1
      acceptedAmount += answer.amount?.amount ?? 0
    } else if (answer.kind === 'amount-asked') {
      asked += 1
    } else {
      again += 1
    }
  }

  function acknowledge(scan: string): void {
    if (!sentAtUs.has(scan) || acknowledgedScans.has(scan)) return
    acknowledgedScans.add(scan)
    acknowledged += 1
  }

  function settle(scan: string): number | undefined {
    const atUs = sentAtUs.get(scan)
    sentAtUs.delete(scan)
    acknowledgedScans.delete(scan)
    return atUs
  }

  happenings.listen((happening: Happening) => {
    switch (happening.kind) {
      case 'sent': {
        const scan = `${happening.device} ${happening.event}`
        if (happening.type !== 'scan' || happening.attempt > 1 || sentAtUs.has(scan)) return
        sentAtUs.set(scan, nowUs())
        scans += 1
        return
      }
      case 'acknowledged':
        acknowledge(`${happening.device} ${happening.event}`)
        return
      case 'answered': {
        // An answer is more than an acknowledgement, and may come before it.
        acknowledge(`${happening.device} ${happening.event}`)
        const atUs = settle(`${happening.device} ${happening.event}`)
        if (atUs === undefined) return
        latencies.record(Math.min(Math.max(1, Math.round(nowUs() - atUs)), WAIT_MAX_US))
        countAnswer(happening.answer)
        return
      }
      case 'given-up':
        if (settle(`${happening.device} ${happening.event}`) !== undefined) givenUp += 1
        return
      case 'connected':
        connected.add(happening.device)
        return
      case 'disconnected':
        connected.delete(happening.device)
        return
      case 'command':
        commands += 1
        return
      case 'announced':
        if (happening.speech !== '') keep(spoken, `${happening.device}: ${happening.speech}`)
        return
      case 'fault':
        keep(faults, `${happening.fault}: ${happening.what}`)
        return
      case 'unreadable':
      case 'arm':
      case 'fail-safe':
      case 'zone':
      case 'arm-hit':
      case 'person':
        return
    }
  })

  return {
    figures: () => ({
      scans,
      accepted,
      again,
      asked,
      acceptedAmount,
      refused,
      acknowledged,
      waiting: sentAtUs.size,
      givenUp,
      commands,
      devicesConnected: connected.size,
      p50Ms: percentileMs(latencies, 50),
      p99Ms: percentileMs(latencies, 99),
      spoken,
      faults,
    }),
  }
}

function percentileMs(histogram: ReturnType<typeof createHistogram>, percentile: number): number | null {
  return histogram.count === 0 ? null : Math.round(histogram.percentile(percentile) / 10) / (NS_PER_US / 10)
}
