import { readFileSync } from 'node:fs'

/** What disk.c records of a program, in the order in which it happened. `file` tells files apart, also where one has taken another's name. */
export type DiskOperation =
  | { readonly kind: 'open'; readonly file: bigint; readonly name: string; readonly isNew: boolean }
  | { readonly kind: 'write'; readonly file: bigint; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: bigint; readonly length: number }
  | { readonly kind: 'sync'; readonly file: bigint }
  /** The program was told EIO. What was to be synced is clean for the kernel from now on, and not on the disk. */
  | { readonly kind: 'sync-failed'; readonly file: bigint }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'sync-folder' }

const HEAD_BYTES = 32

/** Reads a log. A last record that is not whole is that of a program which was killed while it was written, and counts for nothing. */
export function readDiskLog(file: string): readonly DiskOperation[] {
  const bytes = readFileSync(file)
  const operations: DiskOperation[] = []
  let at = 0
  while (at + HEAD_BYTES <= bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at + 24))
    const end = at + HEAD_BYTES + length
    if (end > bytes.length) break
    operations.push(operationOf(bytes.subarray(at, at + HEAD_BYTES), bytes.subarray(at + HEAD_BYTES, end)))
    at = end
  }
  return operations
}

function operationOf(head: Buffer, body: Buffer): DiskOperation {
  const file = head.readBigUInt64LE(8)
  const offset = Number(head.readBigUInt64LE(16))
  const op = head.readUInt32LE(0)
  switch (op) {
    case 1:
      return { kind: 'open', file, name: body.toString(), isNew: head.readUInt32LE(4) === 1 }
    case 2:
      return { kind: 'write', file, offset, bytes: body }
    case 3:
      return { kind: 'truncate', file, length: offset }
    case 4:
      return { kind: 'sync', file }
    case 5:
      return { kind: 'sync-failed', file }
    case 6:
      return { kind: 'unlink', name: body.toString() }
    case 7: {
      const [from = '', to = ''] = body.toString().split('/')
      return { kind: 'rename', from, to }
    }
    case 8:
      return { kind: 'sync-folder' }
    default:
      throw new Error(`the log of the disk has an operation ${op}`)
  }
}
