import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Random } from '../../simulators/world/random.ts'

/** What lies on the disk of the gateway's machine, byte for byte. */
export type DiskImage = { readonly books: Buffer; readonly log: Buffer; readonly head: Buffer | undefined }

/** SQLite's log begins with so many bytes, and then holds frames: a head and a page each. */
const LOG_HEAD_BYTES = 32
const FRAME_BYTES = 24 + 4_096

export function readDisk(file: string): DiskImage {
  const head = `${file}.head`
  return {
    books: readFileSync(file),
    log: existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : Buffer.alloc(0),
    head: existsSync(head) ? readFileSync(head) : undefined,
  }
}

export function writeDisk(file: string, { books, log, head }: DiskImage): void {
  rmSync(`${file}-shm`, { force: true })
  writeFileSync(file, books)
  if (log.length === 0) rmSync(`${file}-wal`, { force: true })
  else writeFileSync(`${file}-wal`, log)
  if (head !== undefined) writeFileSync(`${file}.head`, head)
}

/**
 * The power goes while a commit is being written, before its sync has ended: of the frames that it wrote to the log each is there, or what was there before, and
 * the last may be half of both. The head beside the books, which nobody syncs, is either one too. Where the commit had gone so far as to write the log back into
 * the books it had been synced, and all of it is there.
 */
export function tornBetween(before: DiskImage, after: DiskImage, random: Random): DiskImage {
  if (!before.books.equals(after.books)) return after
  const length = Math.max(before.log.length, after.log.length)
  const was = padded(before.log, length)
  const is = padded(after.log, length)
  const torn = Buffer.from(is)
  for (let from = LOG_HEAD_BYTES; from < length; from += FRAME_BYTES) {
    const to = Math.min(from + FRAME_BYTES, length)
    if (is.subarray(from, to).equals(was.subarray(from, to)) || random.chance(0.5)) continue
    const cut = random.chance(0.3) ? random.between(from, to) : from
    was.copy(torn, cut, cut, to)
  }
  const cutAt = random.chance(0.5) ? length : Math.min(length, Math.max(before.log.length, random.below(length + 1)))
  return { books: after.books, log: torn.subarray(0, cutAt), head: random.chance(0.5) ? before.head : after.head }
}

function padded(bytes: Buffer, length: number): Buffer {
  return bytes.length === length ? bytes : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)])
}
