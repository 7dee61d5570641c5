import { parentPort } from 'node:worker_threads'
import { z } from 'zod'
import { runSeed } from './run-seed.ts'

const taskSchema = z.object({ seed: z.string(), hours: z.number(), judgeEveryMinutes: z.number() })

/** Runs the seeds that it is handed, one after the other. */
parentPort?.on('message', (task: unknown) => {
  void runSeed(taskSchema.parse(task)).then((result) => parentPort?.postMessage(result))
})
