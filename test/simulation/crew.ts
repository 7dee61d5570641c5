import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SeedOptions, SeedResult } from './run-seed.ts'

/** Runs all tasks, as many at a time as there are workers, and hands each result on as it comes. Rejects where a worker breaks off. */
export async function runAll(
  tasks: readonly SeedOptions[],
  workers: number,
  onResult: (result: SeedResult) => void,
): Promise<void> {
  const waiting = [...tasks]
  await Promise.all(
    Array.from({ length: Math.min(workers, tasks.length) }, async () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url))
      try {
        for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
          worker.postMessage(task)
          const [result] = (await once(worker, 'message')) as [SeedResult]
          onResult(result)
        }
      } finally {
        await worker.terminate()
      }
    }),
  )
}
