/** What a process used in a stretch of time. */
export type Usage = {
  readonly ms: number
  /** Of one core. */
  readonly cpu: number
  /** The part of the time in which the event loop had work. */
  readonly loopBusy: number
  readonly rssMb: number
  readonly heapMb: number
}

/** Returns what this process used since the last call. */
export function usageMeter(): () => Usage {
  let loop = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  let fromMs = performance.now()
  return () => {
    const ms = performance.now() - fromMs
    const spent = process.cpuUsage(cpu)
    const busy = performance.eventLoopUtilization(loop)
    loop = performance.eventLoopUtilization()
    cpu = process.cpuUsage()
    fromMs = performance.now()
    const { rss, heapUsed } = process.memoryUsage()
    return {
      ms,
      cpu: (spent.user + spent.system) / 1_000 / ms,
      loopBusy: busy.utilization,
      rssMb: rss / 1_048_576,
      heapMb: heapUsed / 1_048_576,
    }
  }
}
