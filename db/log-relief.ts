import { Worker } from 'node:worker_threads'
import type { ReliefAnswer, ReliefQuestion } from './log-relief-worker.ts'

/** Records between two reliefs: some 900 pages of the log. */
export const RELIEF_EVERY_RECORDS = 200

/**
 * Writes the log back into the file from a thread of its own while the books are written, so that the commit that reaches SQLite's own limit finds little left to do: on large books and
 * slow disks it held everybody up for tens of milliseconds (docs/decisions/078). It changes nothing of what is durable: the log is, and it is emptied by the books alone.
 */
export type LogRelief = {
  /** After a commit, with how many records it wrote. */
  committed(records: number): void
  /** Ends the thread; a relief under way is finished first. Before the books are closed. */
  stop(): Promise<void>
}

export type LogReliefSettings = {
  readonly file: string
  /** The disk failed under a sync, and what is on it is unknown: the process must end (architecture, section 1). */
  readonly onFatal: (error: Error) => void
  /** What each relief came to, for who wants to know. */
  readonly onAnswer?: (answer: ReliefAnswer) => void
}

export function relieveLog({ file, onFatal, onAnswer }: LogReliefSettings): LogRelief {
  const worker = new Worker(new URL('./log-relief-worker.ts', import.meta.url), { workerData: { file } })
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let sinceLast = 0
  let isUnderWay = false
  let isStopping = false
  worker.unref()
  worker.on('error', (error) => {
    // A thread that cannot be had is missed by nobody: the books write their log back themselves.
    isStopping = true
    onAnswer?.({ kind: 'failed', code: String(error) })
  })
  worker.on('message', (answer: ReliefAnswer) => {
    isUnderWay = false
    onAnswer?.(answer)
    if (isFatalToBooks(answer)) onFatal(new Error(`the disk failed while the log was written back: ${answer.code}`))
  })
  return {
    committed(records) {
      sinceLast += records
      if (sinceLast < RELIEF_EVERY_RECORDS || isUnderWay || isStopping) return
      sinceLast = 0
      isUnderWay = true
      ask('relieve')
    },
    stop() {
      isStopping = true
      // It is waited for now: a process with nothing else to do would end before its books are closed.
      worker.ref()
      ask('stop')
      return ended
    },
  }

  function ask(question: ReliefQuestion): void {
    worker.postMessage(question)
  }
}

/** A full disk is met by the next commit, which refuses and can be tried again. What a failed sync has left on the disk nobody knows. */
export function isFatalToBooks(answer: ReliefAnswer): answer is Extract<ReliefAnswer, { kind: 'failed' }> {
  return answer.kind === 'failed' && answer.code.startsWith('SQLITE_IOERR')
}
