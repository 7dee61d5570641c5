import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Runs all tasks by a worker's script, as many at a time as there are workers, and hands each result on as it comes. Rejects where a worker breaks off. */
export async function runAll<Task, Result>(
  script: URL,
  tasks: readonly Task[],
  workers: number,
  onResult: (result: Result) => void,
): Promise<void> {
  const waiting = [...tasks]
  await Promise.all(
    Array.from({ length: Math.min(workers, tasks.length) }, async () => {
      const worker = new Worker(script)
      try {
        for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
          worker.postMessage(task)
          const [result] = (await once(worker, 'message')) as [Result]
          onResult(result)
        }
      } finally {
        await worker.terminate()
      }
    }),
  )
}
