import { hash } from 'node:crypto'
import type { DeviceId } from '../../core/ids.ts'
import type { Clock } from '../clock/clock.ts'
import type { Chatter } from './chatter.ts'
import { CHATTER_WITHIN_MS, hasRoom } from './chatter.ts'

export type WordChatterParts = {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly chatter: Chatter
}

/** Who stands at the lane of a device: their presence by the books; `nobody`; `unknown` where no loop before its barrier is heard. */
export type WhoStands = number | 'nobody' | 'unknown'

/**
 * Bounds what a button that is jammed, a camera that reads what is no vehicle, or a reader before which a code lies brings: each press and each reading is a record, for as long as nobody mends it. Whoever really stands there is still served: by the first words since they came
 * (docs/decisions/106).
 */
export type WordChatter = {
  /** A press, or a reading. Whether it is to be taken; `drop`: to be acknowledged, and in no record. */
  said(device: DeviceId, stands: WhoStands): 'take' | 'drop'
  /** The same of a code, which counts once the reader has read it `WORDS_OF_ONE_MAX` times a moment before: another one is always taken. */
  read(device: DeviceId, text: string, stands: WhoStands): 'take' | 'drop'
  /** What happened `agoMs` ago and is evidence; `null` where nobody knows when. Counted by when it happened: what a device has kept while its line was away comes all at once. */
  saidLate(device: DeviceId, agoMs: number | null): 'take' | 'drop'
}

/*
 * A record of a press is 1.6 KB, of a reading 3.4 KB. Where a loop says who stands there, a device that chatters brings in a day 2,880 of them before nobody, 5 and 10 MB, and 28,800 before one vehicle that stays; where the loop is broken too 115,200,
 * 184 and 392 MB. Where no loop is heard 86,400.
 */

/** Taken at once of whoever has come: a camera that reads rubbish reads their plate among it. */
export const WORDS_OF_ONE_MAX = 8
/** After those, of who stands there still: what kept them out may have changed. */
export const WORD_PAUSE_MS = 3_000
/** With nobody there: a press comes to nothing, and a plate is read again when its vehicle has come to the loop. */
export const WORD_OF_NOBODY_PAUSE_MS = 30_000

/** So many codes a reader is remembered to have read last: as many as may lie before it. */
export const CODES_REMEMBERED_MAX = 16

/** Times on the monotonic clock, each list at most `CHATTER_MAX`, but for what is taken between others while it chatters. */
type Spoken = {
  readonly saidAtMs: number[]
  readonly lateAtMs: number[]
  readonly takenAtMs: number[]
  /** Taken at once, of those who had come. */
  readonly ofSomebodyAtMs: number[]
  /** For whom it was taken last while it chattered, and how often. */
  presence: number | undefined
  ofPresence: number
}

type ReadCode = { readonly atMs: number; readonly times: number }

export function createWordChatter({ clock, chatter }: WordChatterParts): WordChatter {
  const devices = new Map<DeviceId, Spoken>()
  /** When, and how often, each reader has read a code, by the code's hash, that which was read last at the end. */
  const readers = new Map<DeviceId, Map<string, ReadCode>>()

  return {
    said,
    read: (id, text, stands) => (isReadAgain(id, hash('sha256', text)) ? said(id, stands) : 'take'),
    saidLate(id, agoMs) {
      return chatter.isTooMany(id, spokenOf(id).lateAtMs, clock.monotonicMs() - (agoMs ?? 0)) ? 'drop' : 'take'
    },
  }

  function said(id: DeviceId, stands: WhoStands): 'take' | 'drop' {
    const spoken = spokenOf(id)
    const nowMs = clock.monotonicMs()
    chatter.isTooMany(id, spoken.saidAtMs, nowMs)
    if (chatter.isChattering(id) && !isNews(spoken, stands, nowMs)) return 'drop'
    hasRoom(spoken.takenAtMs, nowMs)
    spoken.takenAtMs.push(nowMs)
    return 'take'
  }

  function isReadAgain(id: DeviceId, code: string): boolean {
    const nowMs = clock.monotonicMs()
    const codes = readers.get(id) ?? new Map<string, ReadCode>()
    readers.set(id, codes)
    const { atMs, times } = codes.get(code) ?? { atMs: nowMs, times: 0 }
    const timesNow = nowMs - atMs <= CHATTER_WITHIN_MS ? times + 1 : 1
    codes.delete(code)
    codes.set(code, { atMs: nowMs, times: timesNow })
    const [oldest] = codes.keys()
    if (codes.size > CODES_REMEMBERED_MAX && oldest !== undefined) codes.delete(oldest)
    return timesNow > WORDS_OF_ONE_MAX
  }

  function spokenOf(id: DeviceId): Spoken {
    const known = devices.get(id)
    if (known !== undefined) return known
    const spoken: Spoken = {
      saidAtMs: [],
      lateAtMs: [],
      takenAtMs: [],
      ofSomebodyAtMs: [],
      presence: undefined,
      ofPresence: 0,
    }
    devices.set(id, spoken)
    return spoken
  }
}

function isNews(spoken: Spoken, stands: WhoStands, nowMs: number): boolean {
  if (stands === 'unknown') return hasRoom(spoken.takenAtMs, nowMs)
  if (stands !== 'nobody' && isOfWhoCame(spoken, stands, nowMs)) return true
  const pauseMs = stands === 'nobody' ? WORD_OF_NOBODY_PAUSE_MS : WORD_PAUSE_MS
  return nowMs - (spoken.takenAtMs.at(-1) ?? 0) >= pauseMs
}

function isOfWhoCame(spoken: Spoken, presence: number, nowMs: number): boolean {
  if (spoken.presence !== presence) {
    spoken.presence = presence
    spoken.ofPresence = 0
  }
  if (spoken.ofPresence >= WORDS_OF_ONE_MAX || !hasRoom(spoken.ofSomebodyAtMs, nowMs)) return false
  spoken.ofPresence += 1
  spoken.ofSomebodyAtMs.push(nowMs)
  return true
}
