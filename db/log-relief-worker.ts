import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { sqliteCodeOf } from './faults.ts'

/** What the thread is told, and what it says back. */
export type ReliefQuestion = 'relieve' | 'stop'
export type ReliefAnswer =
  | { readonly kind: 'relieved'; readonly logPages: number; readonly writtenBack: number }
  | { readonly kind: 'failed'; readonly code: string }

const { file } = workerData as { readonly file: string }
const port = parentPort
if (port === null) throw new Error('this file is a thread of db/log-relief.ts')

const client = new Database(file, { fileMustExist: true, timeout: 0 })
client.pragma('synchronous = FULL')
client.pragma('wal_autocheckpoint = 0')
const writeBack = client.prepare('PRAGMA wal_checkpoint(PASSIVE)')

port.on('message', (question: ReliefQuestion) => {
  if (question === 'stop') {
    client.close()
    port.close()
    return
  }
  port.postMessage(relieve())
})

function relieve(): ReliefAnswer {
  try {
    const { log, checkpointed } = writeBack.get() as { readonly log: number; readonly checkpointed: number }
    return { kind: 'relieved', logPages: log, writtenBack: checkpointed }
  } catch (error) {
    return { kind: 'failed', code: sqliteCodeOf(error) ?? String(error) }
  }
}
