import { hash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { canonicalJson } from '../core/canonical-json.ts'
import type { Head } from './journal.ts'

/**
 * The newest head, remembered beside the books, so that books which were put back from a copy are noticed even when nobody said so. Written after each commit and
 * not synced: after a power cut it may be behind, which is harmless, and it is never ahead of what was committed. A write that fails is behind in the same way,
 * and must not look like a commit that failed: `remember` never throws.
 */
export type HeadFile = { remember(head: Head): void; remembered(): Head | null; close(): void }

const SLOT_BYTES = 256

/** Two slots, written in turn, each with its own check: a torn write leaves the other. */
export function openHeadFile(file: string): HeadFile {
  const remembered = readHeadFile(file)
  const descriptor = openSync(file, existsSync(file) ? 'r+' : 'w+', 0o600)
  let slot = 0
  return {
    remembered: () => remembered,
    remember(head) {
      const text = canonicalJson(head)
      const bytes = Buffer.alloc(SLOT_BYTES, ' ')
      bytes.write(`${check(text)} ${text}\n`)
      try {
        writeSync(descriptor, bytes, 0, SLOT_BYTES, slot * SLOT_BYTES)
      } catch {
        return
      }
      slot = 1 - slot
    },
    close: () => closeSync(descriptor),
  }
}

/** What is remembered, or `null` where nothing is or nothing can be read. */
export function readHeadFile(file: string): Head | null {
  return existsSync(file) ? newest(readFileSync(file)) : null
}

function newest(bytes: Buffer): Head | null {
  const heads = [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)].flatMap((slot) => {
    const [sum, text] = slot.toString('utf8').split('\n')[0]?.split(' ') ?? []
    return sum !== undefined && text !== undefined && sum === check(text) ? [JSON.parse(text) as Head] : []
  })
  return heads.sort((left, right) => right.epoch - left.epoch || right.seq - left.seq)[0] ?? null
}

function check(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16)
}
