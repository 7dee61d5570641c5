export type InFlight = {
  /** Runs the work now or when its turn has come; `busy` at once if as many wait as may wait. */
  run<Value>(work: () => Promise<Value>): Promise<Value> | 'busy'
  readonly inFlight: number
  readonly waiting: number
}

/** At most `inFlightMax` at work, and `waitingMax` waiting in the order in which they came. */
export function createInFlight(inFlightMax: number, waitingMax: number): InFlight {
  const waiting: (() => void)[] = []
  let inFlight = 0

  const run = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    // A place that becomes free is handed on, so that nobody who comes later can take it.
    if (inFlight >= inFlightMax) await new Promise<void>((resolve) => waiting.push(resolve))
    else inFlight += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) inFlight -= 1
      else next()
    }
  }
  return {
    run: (work) => (inFlight >= inFlightMax && waiting.length >= waitingMax ? 'busy' : run(work)),
    get inFlight() {
      return inFlight
    },
    get waiting() {
      return waiting.length
    },
  }
}
