import type { DeviceId } from '../../core/ids.ts'
import type { Alarm, Clock } from '../clock/clock.ts'

export type AskingParts = {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  /** Told apart from every other start of the gateway. */
  readonly start: string
  /** As `DeviceTransport.listening`. */
  readonly listening: (device: DeviceId) => number | null
  /** Whether its driver has a way to ask. */
  readonly canBeAsked: (device: DeviceId) => boolean
  readonly ask: (device: DeviceId, ask: string) => void
  /** It is there, and has not answered `SILENT_AFTER_ASKS` times. Told once a connection of the device. */
  readonly onSilent: (device: DeviceId) => void
}

/**
 * Tells what devices say from what they said before, behind a broker that keeps messages and hands them over when the gateway is back (docs/decisions/092). A device is asked, with an id that nobody
 * could know before. What comes from it after its answer was said after it: a broker keeps the order of what one client says on a topic.
 */
export type Asking = {
  /** The device is there. It is asked where that is not known yet of this connection of ours to the broker. */
  arrived(device: DeviceId): void
  gone(device: DeviceId): void
  /** What it has said counts no more: it is asked as if it came now. */
  anew(device: DeviceId): void
  /** Whether that is the newest ask of this device, answered in time. Once for each. */
  answered(device: DeviceId, ask: string): boolean
  /** Whether what comes from the device now is said now, but for the way here. */
  isHeardNow(device: DeviceId): boolean
  /** It says something: one that was asked in vain may answer now. */
  spoke(device: DeviceId): void
  /** It is there, and has not answered `SILENT_AFTER_ASKS` times. */
  isSilent(device: DeviceId): boolean
}

/** An answer that was longer on its way proves nothing: by so much the device's time may be taken for earlier than it is. */
export const ASK_ANSWER_MAX_MS = 5_000
/** Until it is asked again: first so long, then twice as long each time. */
export const ASK_AGAIN_MS = 5_000
export const SILENT_AFTER_ASKS = 3
/** So often in a row, within some forty minutes; after that only when it says something. */
export const ASKS_MAX = 10
/** One that says something is asked by that, no more often than this. */
export const ASK_BY_WORD_MS = 30_000

type Open = { readonly ask: string; readonly askedAtMs: number; readonly asks: number; readonly again: Alarm | null }

export function createAsking(parts: AskingParts): Asking {
  const { clock } = parts
  /** On which connection to the broker each device has answered. */
  const answeredOn = new Map<DeviceId, number>()
  const open = new Map<DeviceId, Open>()
  const silent = new Set<DeviceId>()
  let counted = 0

  const isHeardNow = (device: DeviceId): boolean => {
    const listening = parts.listening(device)
    return listening === null || answeredOn.get(device) === listening || !parts.canBeAsked(device)
  }

  return {
    arrived(device) {
      if (!isHeardNow(device) && !open.has(device)) ask(device, 1, pauseMs(1))
    },
    gone: close,
    anew(device) {
      close(device)
      answeredOn.delete(device)
      if (!isHeardNow(device)) ask(device, 1, pauseMs(1))
    },
    answered(device, given) {
      const waiting = open.get(device)
      const listening = parts.listening(device)
      if (waiting?.ask !== given || listening === null) return false
      if (clock.monotonicMs() - waiting.askedAtMs > ASK_ANSWER_MAX_MS) return false
      close(device)
      answeredOn.set(device, listening)
      return true
    },
    isHeardNow,
    spoke(device) {
      const waiting = open.get(device)
      if (waiting === undefined || clock.monotonicMs() - waiting.askedAtMs < ASK_BY_WORD_MS) return
      waiting.again?.cancel()
      ask(device, waiting.asks, pauseMs(waiting.asks))
    },
    isSilent: (device) => silent.has(device),
  }

  /** `asks`: how often it has been asked by then, but for those by its word. */
  function ask(device: DeviceId, asks: number, waitMs: number): void {
    counted += 1
    const id = `ask/${parts.start}/${counted}`
    const again = asks >= ASKS_MAX ? null : clock.after(waitMs, () => goOn(device, asks))
    open.set(device, { ask: id, askedAtMs: clock.monotonicMs(), asks, again })
    parts.ask(device, id)
  }

  function goOn(device: DeviceId, asks: number): void {
    if (asks >= SILENT_AFTER_ASKS && !silent.has(device)) {
      silent.add(device)
      parts.onSilent(device)
    }
    ask(device, asks + 1, pauseMs(asks + 1))
  }

  function pauseMs(asks: number): number {
    return ASK_AGAIN_MS * 2 ** (asks - 1)
  }

  function close(device: DeviceId): void {
    silent.delete(device)
    open.get(device)?.again?.cancel()
    open.delete(device)
  }
}
