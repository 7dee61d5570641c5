import type { DeviceId } from '../../core/ids.ts'
import type { CommandResult } from '../../devices/driver.ts'
import type { WireCommand } from '../../devices/wire.ts'
import type { Answer } from './answer.ts'

/**
 * What can be seen in a simulated world by whoever stands in it. The live view counts it, the trace hashes it, the invariants judge it.
 */
export type Happening =
  | { readonly kind: 'connected'; readonly device: DeviceId; readonly boot: string }
  | { readonly kind: 'disconnected'; readonly device: DeviceId; readonly reason: string }
  /** A device sent an event or a result, for the `attempt`th time. */
  | {
      readonly kind: 'sent'
      readonly device: DeviceId
      readonly type: string
      readonly event: string
      readonly attempt: number
    }
  | { readonly kind: 'acknowledged'; readonly device: DeviceId; readonly type: string; readonly event: string }
  /** `waitedMs` since the event was sent first. */
  | {
      readonly kind: 'answered'
      readonly device: DeviceId
      readonly type: string
      readonly event: string
      readonly answer: Answer
      readonly waitedMs: number
    }
  /** It will not be sent again: the device was switched off, its memory was full, or nobody answered for too long. */
  | { readonly kind: 'given-up'; readonly device: DeviceId; readonly type: string; readonly event: string }
  /** A device could not read what it was sent. */
  | { readonly kind: 'unreadable'; readonly device: DeviceId; readonly topic: string; readonly detail: string }
  | CommandSeen
  /** A soundbox says something, a till or a display shows it: the first line, and the words if they are spoken. */
  | {
      readonly kind: 'announced'
      readonly device: DeviceId
      readonly announcement: string
      readonly charge: string | null
      readonly amount: number | null
      readonly line: string
      readonly speech: string
    }
  | { readonly kind: 'arm'; readonly lane: string; readonly arm: Arm }
  /** The arm is about to go up, or stays up, by itself: its barrier was not told in time what it is told over and over. */
  | { readonly kind: 'fail-safe'; readonly lane: string; readonly device: DeviceId }
  | { readonly kind: 'zone'; readonly lane: string; readonly zone: Zone; readonly vehicles: readonly string[] }
  /** The arm came down on somebody. */
  | { readonly kind: 'arm-hit'; readonly lane: string; readonly vehicles: readonly string[] }
  /** People: a vendor, a payer, a driver. */
  | { readonly kind: 'person'; readonly who: string; readonly did: string }
  | { readonly kind: 'fault'; readonly fault: string; readonly what: string }

/** Before the arm, where a driver shows a code; and under it. */
export type Zone = 'approach' | 'safety'

/** Where the arm truly is, whatever its limit switches say. */
export type Arm = 'closed' | 'rising' | 'open' | 'falling'

/** What a device made of a command. */
export type CommandSeen = {
  readonly kind: 'command'
  readonly device: DeviceId
  readonly command: string
  readonly type: WireCommand['type']
  readonly result: CommandResult
  /** The run of the device that it was for, and by when; `null`: for every run, at any time. */
  readonly forBoot: string | null
  readonly notAfterUpMs: number | null
  /** The run of the device that it came to, and when. */
  readonly boot: string
  readonly upMs: number
}

export type Happenings = {
  tell(happening: Happening): void
  /** Called with all that happens from now on, in order. */
  listen(listener: (happening: Happening) => void): void
}

export function happenings(): Happenings {
  const listeners: ((happening: Happening) => void)[] = []
  return {
    tell(happening) {
      for (const listener of listeners) listener(happening)
    },
    listen(listener) {
      listeners.push(listener)
    },
  }
}
