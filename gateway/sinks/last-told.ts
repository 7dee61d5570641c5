import type { Announcement } from '../../core/effects.ts'
import type { DeviceId } from '../../core/ids.ts'
import type { Clock } from '../clock/clock.ts'

/** What somebody has just been told is read first: for so long no words that no decision told cover it. An amount is asked for longer, and comes back. */
export const NEWS_MS = 5_000

/** What decisions have told each display last, since this start. */
export type LastTold = {
  /** A display is being handed this, by a decision. */
  told(display: DeviceId, message: Announcement): void
  /** `undefined`: nothing since this start, so what it shows is not known. */
  message(display: DeviceId): Announcement | undefined
  /** For so many ms more it is read, and not covered; 0 where it may be. */
  newsMs(display: DeviceId): number
}

export function createLastTold(clock: Pick<Clock, 'monotonicMs'>): LastTold {
  const last = new Map<DeviceId, { readonly message: Announcement; readonly atMs: number }>()
  return {
    told: (display, message) => void last.set(display, { message, atMs: clock.monotonicMs() }),
    message: (display) => last.get(display)?.message,
    newsMs(display) {
      const told = last.get(display)
      if (told === undefined || mayBeCovered(told.message)) return 0
      return Math.max(0, told.atMs + NEWS_MS - clock.monotonicMs())
    },
  }
}

/** What stands there again when words that no decision told are over: what still holds, or nothing. */
export function standsAgain(last: Announcement | undefined): Announcement {
  return last !== undefined && standsUntilAnswered(last) ? last : { kind: 'idle' }
}

/** An amount is asked for as long as it takes, and comes back; and an idle display says nothing to anybody. */
function mayBeCovered({ kind }: Announcement): boolean {
  return kind === 'amount-due' || kind === 'idle'
}

/**
 * What is as true a moment later as when it was told, whoever stands there then. Not what was said of one moment and one payer: that something was paid, said again, is money to the ear of a stall (see `decideScanAtStall`), and the ticket
 * of who has driven in is not for who comes after them.
 */
function standsUntilAnswered(message: Announcement): boolean {
  switch (message.kind) {
    case 'amount-due':
    case 'call-staff':
    case 'choose-staff':
    case 'full':
      return true
    case 'refused':
      return message.due !== null
    case 'received':
    case 'already-received':
    case 'ticket':
    case 'debt':
    case 'charge-cancelled':
    case 'welcome':
    case 'goodbye':
    case 'drive-on':
    case 'idle':
      return false
  }
}
