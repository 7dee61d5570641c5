import type { EventKey } from '../core/ids.ts'
import { RECORD_VERSION } from '../core/records.ts'
import type { Instant } from '../core/time.ts'
import type { Head, JournalRow, Writer } from './journal.ts'
import { recordHash } from './journal.ts'

/** What a look at the chain alone can find. */
export type ChainFault =
  /** What the record says is not what its hash was made of. */
  | { readonly kind: 'content-changed'; readonly seq: number }
  /** The record's own hash was changed: its content fits the record after it. */
  | { readonly kind: 'hash-changed'; readonly seq: number }
  /** Nothing sound comes after it that would say which of the two was changed. */
  | { readonly kind: 'content-or-hash-changed'; readonly seq: number }
  | { readonly kind: 'missing'; readonly seq: number; readonly count: number }
  /** Another record stands here. */
  | { readonly kind: 'moved'; readonly seq: number; readonly isRecord: number }
  | { readonly kind: 'doubled'; readonly seq: number; readonly of: number }

export type ChainSettings = {
  /** What the first row is linked to. */
  readonly start: Head
  readonly writer: (epoch: number) => Writer | undefined
  /** The rows from `NEAR_RECORDS` before a seq to as many after it, rising. */
  readonly near: (seq: number) => readonly JournalRow[]
  readonly fault: (fault: ChainFault) => void
}

/** Takes the rows in order. `next` says whether the row is what its hash was made of; each fault is told once, at the record where it shows first. */
export type Chain = { next(row: JournalRow): boolean; end(): void }

export const NEAR_RECORDS = 16
/** Looking around a bad row costs some thousand hashes; in a journal that is bad all over, that is done so often and no more. */
export const LOOK_AROUNDS_MAX = 1_000

/** How the next row may be linked: to which hash, and how far the rows have moved from where they were written. */
type Link = { readonly prev: string; readonly shift: number }

export function createChain({ start, writer, near, fault }: ChainSettings): Chain {
  let links: readonly Link[] = [{ prev: start.hash, shift: 0 }]
  /** What the next row is linked to is not known: it can be read, and not checked. */
  let isLinkLost = false
  let expected = start.seq + 1
  /** A row of which either the content or the hash was changed; the row after it tells which. */
  let unsettled: { readonly seq: number; readonly stored: string } | undefined
  let lookArounds = 0

  return {
    next(row) {
      if (row.seq > expected) gap(row)
      expected = row.seq + 1
      const link = links.find((each) => hashAs(row, row.seq - each.shift, each.prev) === row.hash)
      if (link !== undefined) return sound(row, link)
      return lookAround(row)
    },
    end: settle,
  }

  function sound(row: JournalRow, link: Link): true {
    if (unsettled !== undefined) {
      const kind = link.prev === unsettled.stored ? 'content-changed' : 'hash-changed'
      fault({ kind, seq: unsettled.seq })
      unsettled = undefined
    }
    links = [{ prev: row.hash, shift: link.shift }]
    isLinkLost = false
    return true
  }

  function gap(row: JournalRow): void {
    settle()
    fault({ kind: 'missing', seq: expected, count: row.seq - expected })
    links = []
    isLinkLost = true
  }

  function settle(): void {
    if (unsettled !== undefined) fault({ kind: 'content-or-hash-changed', seq: unsettled.seq })
    unsettled = undefined
  }

  /** The row does not follow the one before it. What stands around may say why. */
  function lookAround(row: JournalRow): boolean {
    const shift = links[0]?.shift ?? 0
    if (lookArounds < LOOK_AROUNDS_MAX) {
      lookArounds += 1
      const rows = near(row.seq)
      const original = rows.find((other) => other.hash === row.hash && other.seq < row.seq)
      if (original !== undefined) {
        settle()
        fault({ kind: 'doubled', seq: row.seq, of: original.seq })
        // Whether it was put between two others, or in the place of one, the next row shows.
        links = [
          { prev: row.hash, shift: shift + row.seq - original.seq },
          ...rows.filter((other) => other.seq === row.seq - 1).map((other) => ({ prev: other.hash, shift: shift + 1 })),
        ]
        isLinkLost = true
        return false
      }
      const place = placeOf(row, shift, rows)
      if (place !== undefined) {
        settle()
        if (place.seq !== row.seq - shift) fault({ kind: 'moved', seq: row.seq, isRecord: place.seq })
        links = [
          { prev: row.hash, shift },
          { prev: row.hash, shift: row.seq - place.seq },
        ]
        isLinkLost = false
        return place.seq === row.seq - shift
      }
      const after = rows.find((other) => other.seq === row.seq + 1)
      const moved = after === undefined ? undefined : shiftOf(after, shift, row.hash)
      if (moved !== undefined) {
        settle()
        fault(
          moved < shift
            ? { kind: 'missing', seq: row.seq, count: shift - moved }
            : { kind: 'moved', seq: row.seq, isRecord: row.seq - moved },
        )
        links = [{ prev: row.hash, shift: moved }]
        isLinkLost = false
        return false
      }
    }
    settle()
    if (!isLinkLost) unsettled = { seq: row.seq, stored: row.hash }
    links = [
      { prev: row.hash, shift },
      ...links.map((link) => ({ prev: hashAs(row, row.seq - link.shift, link.prev), shift: link.shift })),
    ].slice(0, 4)
    isLinkLost = false
    return false
  }

  /** Which record a row is, by its own hash: where it would fit among those around it. First of all in its own place, behind one that was moved. */
  function placeOf(row: JournalRow, shift: number, rows: readonly JournalRow[]): { readonly seq: number } | undefined {
    const own = row.seq - shift
    const around = Array.from({ length: 2 * NEAR_RECORDS + 1 }, (_, index) => own - NEAR_RECORDS + index)
    for (const seq of [own, ...around]) {
      if (rows.some((other) => other.seq !== row.seq && hashAs(row, seq, other.hash) === row.hash)) return { seq }
    }
    return undefined
  }

  /** By how much a row has moved if it follows `prev`, where that is another distance than the rows before it. */
  function shiftOf(row: JournalRow, shift: number, prev: string): number | undefined {
    for (let by = 1; by <= NEAR_RECORDS; by += 1) {
      for (const moved of [shift - by, shift + by]) {
        if (hashAs(row, row.seq - moved, prev) === row.hash) return moved
      }
    }
    return undefined
  }

  function hashAs(row: JournalRow, seq: number, prev: string): string {
    const by = writer(row.epoch)
    // Of an epoch that the books do not know: no hash fits.
    if (by === undefined) return ''
    const { site, gateway } = by
    const { epoch, key, kind, at } = row
    return recordHash(
      { v: RECORD_VERSION, site, gateway, epoch, seq, prev, key: key as EventKey, kind, at: at as Instant },
      row.body,
      row.clock,
    )
  }
}
