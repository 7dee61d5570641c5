import type { DeviceId } from '../../core/ids.ts'
import type { WireAnnouncement } from '../../devices/wire.ts'
import type { World } from '../world/world.ts'
import type { Firmware } from './firmware.ts'
import { firmwareOf } from './firmware.ts'

/** What a device remembers of what it was told to show or say. */
export const ANNOUNCEMENTS_KEPT_MAX = 64

/** Anything that can be told something to show or to say. */
export type Announcer = {
  readonly firmware: Firmware
  /** Newest last. */
  announced(): readonly WireAnnouncement[]
  /** Called with each announcement when it is shown or has begun to be said: once for each id. */
  onAnnounced(listener: (announcement: WireAnnouncement) => void): void
}

export type AnnouncerOptions = {
  readonly device: DeviceId
  readonly firmware: string
  /** A soundbox speaks the words, a display shows the lines. */
  readonly speaks: boolean
}

export function announcer(world: World, { device, speaks, ...options }: AnnouncerOptions): Announcer {
  const announced: WireAnnouncement[] = []
  const listeners: ((announcement: WireAnnouncement) => void)[] = []
  const firmware = firmwareOf(world, {
    device,
    firmware: options.firmware,
    perform(command) {
      if (command.type !== 'announce') return 'failed'
      const { data } = command
      announced.push(data)
      if (announced.length > ANNOUNCEMENTS_KEPT_MAX) announced.shift()
      world.happenings.tell({
        kind: 'announced',
        device,
        announcement: data.kind,
        charge: data.charge,
        amount: data.amount?.amount ?? null,
        line: data.lines.vi[0],
        speech: speaks ? data.speech.vi : '',
      })
      for (const listener of listeners) listener(data)
      return 'done'
    },
  })
  return {
    firmware,
    announced: () => announced,
    onAnnounced(listener) {
      listeners.push(listener)
    },
  }
}
