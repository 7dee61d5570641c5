import { answerParent } from '../processes/asking.ts'
import type { CommitLimit } from './commit-limit.ts'
import { measureCommits, seenGroupSize } from './commit-limit.ts'
import { measureVerifies } from './verify-limit.ts'

/** What can be asked of the process that finds out what this machine allows. */
export type LimitQuestions = {
  /** Ed25519 signatures a second on all cores: without anything around them, and through the gateway's verifier. */
  verify: { ask: { forMs: number }; answer: { raw: number; verifier: number } }
  /** Scans in one commit of these books, after a record. */
  groupSize: { ask: { books: string; afterSeq: number }; answer: { groupSize: number; headSeq: number } }
  /** The rows of the newest scans of these books, written again into new ones. */
  commit: { ask: { books: string; groupSize: number; scans: number }; answer: CommitLimit }
}

answerParent<LimitQuestions>({
  verify: ({ forMs }) => measureVerifies(forMs),
  groupSize: ({ books, afterSeq }) => seenGroupSize(books, afterSeq),
  commit: ({ books, groupSize, scans }) => measureCommits(books, groupSize, scans),
})
