import { parentPort } from 'node:worker_threads'
import { z } from 'zod'
import { runParkingSeed } from './run-parking-seed.ts'

const taskSchema = z.object({ seed: z.string(), days: z.number(), arrivalsPerDay: z.number(), isCalm: z.boolean() })

/** Runs the car parks that it is handed, one after the other. */
parentPort?.on('message', (task: unknown) => {
  void runParkingSeed(taskSchema.parse(task)).then((result) => parentPort?.postMessage(result))
})
