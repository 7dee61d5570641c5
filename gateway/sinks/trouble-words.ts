import type { Announcement } from '../../core/effects.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { isAtRest } from '../../core/lane/state.ts'
import type { Device, Place } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { Alarm, Clock } from '../clock/clock.ts'
import type { HandOver } from '../mqtt/transport.ts'
import type { LastTold } from './last-told.ts'
import { standsAgain } from './last-told.ts'

/** The words come to one display no more often than this, whatever covers them and however often it connects anew or the books change their mind. */
export const TROUBLE_WORDS_APART_MS = 5_000
/** They stand until another thing is shown; a display that has not had them by then drops them. */
const SHOWN_WITHIN_MS = 60_000

export type TroubleWordsParts = {
  readonly books: Pick<Books, 'devices' | 'laneState'>
  readonly clock: Pick<Clock, 'after' | 'monotonicMs' | 'soon'>
  readonly lastTold: Pick<LastTold, 'message' | 'newsMs'>
  /** An emergency has the arm at this place up, in the books or not: who is there drives. */
  readonly isHeldOpen: (place: Place) => boolean
  /** Shows it at once, without the books, in the order in which it is called. */
  readonly show: (display: DeviceId, message: Announcement, forMs: number) => Promise<HandOver>
}

/**
 * The words while the books cannot be written. Nothing can be decided then, so no effect tells the displays, and what they showed before, an amount with its VietQR code, would ask on for money that nobody books. They are shown at once at the lanes
 * before which somebody stands and at stalls that ask, and wherever somebody comes meanwhile; they stand for as long as it lasts, and are said again only where something has covered them, or the display is new on its line. When the books take what comes again,
 * what was asked stands there again, or nothing does: unless the decision that ended it tells the display itself.
 */
export type TroubleWords = {
  /** The books begin to refuse. */
  began(): void
  /** They take what comes again. */
  ended(): void
  /** They have refused what was said from there: somebody is there. Nothing where they refuse nothing. */
  refused(place: Place): void
  /** An emergency opens the arms: who reads there that nothing can be booked is to drive. */
  openedAll(): void
  /** A display is being handed something by a decision, which was told to `LastTold` already. */
  told(display: DeviceId): void
  /** The display has said hello, and what waited for it is handed over. */
  arrived(display: DeviceId): void
  gone(display: DeviceId): void
  /** The words stand there, or are about to. */
  isCovering(display: DeviceId): boolean
  stop(): void
}

/** `standing`: the words are what the display was handed last. `isSaid`: it was handed them at all, this time. */
type Cover = { standing: boolean; isSaid: boolean; alarm: Alarm | undefined }

export function createTroubleWords({ books, clock, lastTold, isHeldOpen, show }: TroubleWordsParts): TroubleWords {
  /** Displays that have the words, are to have them, or are still to be shown what stands there again. */
  const covers = new Map<DeviceId, Cover>()
  /** When each display was last handed the words, this time or the time before. */
  const saidAt = new Map<DeviceId, number>()
  const uncovering = new Set<DeviceId>()
  let isTrouble = false
  let isStopped = false

  return {
    began() {
      if (isTrouble || isStopped) return
      isTrouble = true
      for (const cover of covers.values()) forgetAlarm(cover)
      for (const device of books.devices()) if (isShowing(device) && isAsking(device)) cover(device)
    },
    ended() {
      if (!isTrouble) return
      isTrouble = false
      for (const cover of covers.values()) forgetAlarm(cover)
      // A decision that has ended it tells first.
      clock.soon(() => {
        for (const display of [...covers.keys()]) if (!isTrouble) void uncover(display)
      })
    },
    refused(place) {
      if (!isTrouble) return
      for (const device of books.devices()) if (isShowing(device) && isAt(device, place)) cover(device)
    },
    openedAll() {
      for (const { id, place } of books.devices()) {
        const known = covers.get(id)
        if (known?.standing !== true || !isHeldOpen(place)) continue
        known.standing = false
        void show(id, { kind: 'drive-on' }, SHOWN_WITHIN_MS)
      }
    },
    told(display) {
      const known = covers.get(display)
      if (known === undefined) return
      forgetAlarm(known)
      known.standing = false
      if (isTrouble) coverAgain(display)
      else covers.delete(display)
    },
    arrived(display) {
      if (isTrouble) coverAgain(display)
      else void uncover(display)
    },
    gone(display) {
      const known = covers.get(display)
      if (known !== undefined && isTrouble) known.standing = false
    },
    isCovering: (display) => isTrouble && covers.has(display),
    stop() {
      isStopped = true
      isTrouble = false
      for (const cover of covers.values()) forgetAlarm(cover)
      covers.clear()
    },
  }

  function coverAgain(display: DeviceId): void {
    if (!covers.has(display)) return
    const device = books.devices().find(({ id }) => id === display)
    if (device !== undefined && isShowing(device)) cover(device)
  }

  /** Says the words, unless they stand there or are about to: what was just told is read first, and they come only so often. */
  function cover(device: Device): void {
    const { id, place } = device
    if (isHeldOpen(place)) return
    const known = covers.get(id) ?? { standing: false, isSaid: false, alarm: undefined }
    covers.set(id, known)
    if (known.standing || known.alarm !== undefined) return
    const nowMs = clock.monotonicMs()
    const notBeforeMs = (saidAt.get(id) ?? nowMs - TROUBLE_WORDS_APART_MS) + TROUBLE_WORDS_APART_MS
    const waitMs = Math.max(lastTold.newsMs(id), notBeforeMs - nowMs)
    if (waitMs > 0) coverAfter(waitMs, device, known)
    else void say(device, known)
  }

  function coverAfter(waitMs: number, device: Device, known: Cover): void {
    known.alarm = clock.after(waitMs, () => {
      known.alarm = undefined
      cover(device)
    })
  }

  async function say(device: Device, known: Cover): Promise<void> {
    const before = { isSaid: known.isSaid, atMs: saidAt.get(device.id) }
    const atMs = clock.monotonicMs()
    known.standing = true
    known.isSaid = true
    saidAt.set(device.id, atMs)
    const handedOver = await show(device.id, wordsFor(device), SHOWN_WITHIN_MS)
    if (handedOver === 'handed-over' || !known.standing || saidAt.get(device.id) !== atMs) return
    known.standing = false
    // One that is away has them when it is back, at once; one that takes nothing now, a little later.
    if (handedOver === 'away') {
      known.isSaid = before.isSaid
      if (before.atMs === undefined) saidAt.delete(device.id)
      else saidAt.set(device.id, before.atMs)
    } else if (isTrouble) cover(device)
  }

  /** What stands there again. Where nobody knows what that is, since this process did not tell it, and something is asked, staff come until the lane asks anew. */
  async function uncover(display: DeviceId): Promise<void> {
    const known = covers.get(display)
    if (known === undefined || known.alarm !== undefined || uncovering.has(display)) return
    if (!known.isSaid) {
      covers.delete(display)
      return
    }
    const last = lastTold.message(display)
    known.standing = false
    uncovering.add(display)
    const handedOver = await show(
      display,
      last === undefined && isAskedAt(display) ? { kind: 'call-staff' } : standsAgain(last),
      SHOWN_WITHIN_MS,
    )
    uncovering.delete(display)
    if (isTrouble || covers.get(display) !== known) return
    // They refused, and took what came, once more meanwhile.
    if (known.standing) void uncover(display)
    else if (handedOver === 'handed-over') covers.delete(display)
    else if (handedOver === 'refused') {
      known.alarm = clock.after(TROUBLE_WORDS_APART_MS, () => {
        known.alarm = undefined
        void uncover(display)
      })
    }
  }

  function forgetAlarm(cover: Cover): void {
    cover.alarm?.cancel()
    cover.alarm = undefined
  }

  /** Somebody stands before the lane's arm and is not being let through; or the stall asks, as far as anybody knows. */
  function isAsking({ id, place }: Device): boolean {
    const last = lastTold.message(id)
    if (place.kind === 'stall') return last === undefined || last.kind === 'amount-due'
    if (place.kind !== 'lane') return false
    const state = books.laneState(place.id)
    if (state === null) return last?.kind === 'amount-due'
    return isAtRest(state.phase) && (state.presence !== null || isAsked(place.id) || last?.kind === 'amount-due')
  }

  function isAskedAt(display: DeviceId): boolean {
    const place = books.devices().find(({ id }) => id === display)?.place
    return place?.kind === 'lane' && isAsked(place.id)
  }

  function isAsked(lane: LaneId): boolean {
    return (books.laneState(lane)?.visit?.asked ?? null) !== null
  }
}

/** A driver is told to wait for staff, a vendor what it means. Neither hears of money. */
function wordsFor({ place }: Device): Announcement {
  if (place.kind === 'lane') return { kind: 'call-staff', why: 'books-unwritable' }
  return { kind: 'refused', refusal: 'books-unwritable', due: null }
}

function isShowing({ kind, place, status }: Device): boolean {
  return status === 'active' && (kind === 'display' || (kind === 'till' && place.kind === 'stall'))
}

function isAt({ place }: Device, at: Place): boolean {
  return at.kind !== 'site' && place.kind === at.kind && place.id === at.id
}
