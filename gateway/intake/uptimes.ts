import type { DeviceId } from '../../core/ids.ts'

/**
 * How the uptimes of devices lie on our own monotonic clock. A device's hello begins it and each of its messages makes it surer, for a message
 * can be late and never early: what came quickest is nearest to the truth. Nothing is believed of a device's wall clock.
 */
export type Uptimes = {
  /** A hello: from now on this boot, and nothing that was known before. */
  greeted(device: DeviceId, boot: string, upMs: number): void
  /** A message of a device; one of another boot than its hello's says nothing. */
  heard(device: DeviceId, boot: string, upMs: number): void
  gone(device: DeviceId): void
  /** Whole ms since it happened: at least so much. `undefined` where the boot is not the one that said hello on this connection. */
  ageMs(device: DeviceId, boot: string, upMs: number): number | undefined
  /** The uptime at which the device may be taken to be now, for the times that it is given. */
  now(device: DeviceId): Uptime | undefined
}

export type Uptime = { readonly boot: string; readonly upMs: number }

/** Two cheap crystals, each wrong by half of it, part by so many millionths: 8.6 s in a day in which nothing is heard. */
const DRIFT_PER_MILLION = 100
/** A device that has been silent for long is given at most so much more time, for its clock may have run ahead. */
export const SLACK_MAX_MS = 2_000

/** By how much the device's uptime was ahead of our clock, at least, as of when it was last heard. */
type Session = { readonly boot: string; readonly aheadMs: number; readonly heardAtMs: number }

export function createUptimes(monotonicMs: () => number): Uptimes {
  const sessions = new Map<DeviceId, Session>()

  const sessionOf = (device: DeviceId, boot: string): Session | undefined => {
    const session = sessions.get(device)
    return session?.boot === boot ? session : undefined
  }

  return {
    greeted(device, boot, upMs) {
      const heardAtMs = monotonicMs()
      sessions.set(device, { boot, aheadMs: upMs - heardAtMs, heardAtMs })
    },
    heard(device, boot, upMs) {
      const session = sessionOf(device, boot)
      if (session === undefined) return
      const heardAtMs = monotonicMs()
      const aheadMs = Math.max(upMs - heardAtMs, leastAheadMs(session, heardAtMs))
      sessions.set(device, { boot, aheadMs, heardAtMs })
    },
    gone(device) {
      sessions.delete(device)
    },
    ageMs(device, boot, upMs) {
      const session = sessionOf(device, boot)
      if (session === undefined) return undefined
      const nowMs = monotonicMs()
      return Math.max(0, Math.floor(nowMs + leastAheadMs(session, nowMs) - upMs))
    },
    now(device) {
      const session = sessions.get(device)
      if (session === undefined) return undefined
      const nowMs = monotonicMs()
      const slackMs = Math.min(driftMs(nowMs - session.heardAtMs), SLACK_MAX_MS)
      return { boot: session.boot, upMs: Math.max(0, Math.floor(nowMs + session.aheadMs + slackMs)) }
    },
  }
}

/** The device's clock may have lost time against ours since it was last heard. */
function leastAheadMs({ aheadMs, heardAtMs }: Session, nowMs: number): number {
  return aheadMs - driftMs(nowMs - heardAtMs)
}

function driftMs(elapsedMs: number): number {
  return (elapsedMs * DRIFT_PER_MILLION) / 1_000_000
}
