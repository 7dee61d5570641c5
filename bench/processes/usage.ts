/** What a process used in a stretch of time. */
export type Usage = {
  readonly ms: number
  /** Of one core. */
  readonly cpu: number
  /** Milliseconds of a core: of all its threads, and of the one that runs its code. */
  readonly cpuMs: number
  readonly mainCpuMs: number
  /** The part of the time in which the event loop had work. */
  readonly loopBusy: number
  readonly rssMb: number
  readonly heapMb: number
}

/** Returns what this process used since the last call. */
export function usageMeter(): () => Usage {
  let loop = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  let main = process.threadCpuUsage()
  let fromMs = performance.now()
  return () => {
    const ms = performance.now() - fromMs
    const spent = process.cpuUsage(cpu)
    const mainSpent = process.threadCpuUsage(main)
    const busy = performance.eventLoopUtilization(loop)
    loop = performance.eventLoopUtilization()
    cpu = process.cpuUsage()
    main = process.threadCpuUsage()
    fromMs = performance.now()
    const { rss, heapUsed } = process.memoryUsage()
    return {
      ms,
      cpu: coreMs(spent) / ms,
      cpuMs: coreMs(spent),
      mainCpuMs: coreMs(mainSpent),
      loopBusy: busy.utilization,
      rssMb: rss / 1_048_576,
      heapMb: heapUsed / 1_048_576,
    }
  }
}

function coreMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000
}
