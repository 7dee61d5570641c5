import type { DeviceId } from '../../core/ids.ts'
import { prefixOf } from '../../devices/topics.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'
import type { Powered } from './firmware.ts'

export type BoughtOptions = {
  readonly device: DeviceId
  /** Topics below the device's own prefix. */
  readonly subscribes: string
  readonly will: { readonly leaf: string; readonly online: string; readonly offline: string }
  /** What its firmware publishes at. */
  readonly qos: 0 | 1
  /** The whole of its state, told at each connection. */
  greet(): void
  hear(payload: Uint8Array): void
  /** The power is gone, and with it what its outputs held. */
  onPowerOff(): void
}

/**
 * A device that was not made for us: it knows no hello, no ids and no answers, sends nothing again within a connection, and forgets what it could not send. What it
 * says while it has no connection is lost; at the next one it tells the whole of its state.
 */
export type BoughtDevice = Powered & {
  say(leaf: string, payload: object | string): void
  boot(): string
  upMs(): number
}

const RECONNECT_LEAST_MS = 1_000
const RECONNECT_MOST_MS = 5_000
/** A packet that is not acknowledged for so long: the line is dead. */
const ACKNOWLEDGE_WITHIN_MS = 15_000

export function boughtDevice(world: World, options: BoughtOptions): BoughtDevice {
  const { device, will } = options
  const { timeline, happenings } = world
  const random = world.random.fork(`bought/${device}`)
  const line = world.line(device)
  const prefix = prefixOf({ site: world.site, device })
  let run: { readonly boot: string; readonly bootedAtMs: number } | undefined
  let hasCable = true
  let isUp = false
  let isOpening = false
  let reconnectAlarm: Alarm | undefined
  /** Told apart, so that what one connection waited for does not end the next. */
  let connections = 0

  function connect(): void {
    if (run === undefined || !hasCable || isUp || isOpening) return
    const { boot } = run
    isOpening = true
    line.open(
      { subscribes: [`${prefix}/${options.subscribes}`], will: status(will.offline), isStream: true },
      {
        up() {
          isOpening = false
          isUp = true
          connections += 1
          happenings.tell({ kind: 'connected', device, boot })
          line.publish(status(will.online), () => undefined)
          options.greet()
        },
        down,
        message: (_topic, payload) => options.hear(payload),
      },
    )
  }

  function down(reason: string): void {
    gone(reason)
    reconnectAlarm = timeline.after(random.between(RECONNECT_LEAST_MS, RECONNECT_MOST_MS), connect)
  }

  function gone(reason: string): void {
    if (isUp) happenings.tell({ kind: 'disconnected', device, reason })
    isUp = false
    isOpening = false
    reconnectAlarm?.cancel()
  }

  function status(text: string) {
    return { topic: `${prefix}/${will.leaf}`, payload: new TextEncoder().encode(text), retain: true }
  }

  return {
    device,
    say(leaf, payload) {
      if (!isUp) return
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
      const message = { topic: `${prefix}/${leaf}`, payload: new TextEncoder().encode(text), retain: false }
      if (options.qos === 0) {
        line.publish({ ...message, qos: 0 }, () => undefined)
        return
      }
      const connection = connections
      const alarm = timeline.after(ACKNOWLEDGE_WITHIN_MS, () => {
        if (!isUp || connection !== connections) return
        line.cut()
        down('nothing was acknowledged')
      })
      line.publish(message, alarm.cancel)
    },
    powerOn() {
      if (run !== undefined) return
      run = { boot: random.hex(8), bootedAtMs: timeline.monotonicMs() }
      connect()
    },
    powerOff() {
      if (run === undefined) return
      line.cut()
      gone('switched off')
      run = undefined
      options.onPowerOff()
    },
    pullCable() {
      if (!hasCable) return
      hasCable = false
      line.cut()
      gone('cable pulled')
    },
    plugCable() {
      hasCable = true
      connect()
    },
    isConnected: () => isUp,
    isOn: () => run !== undefined,
    outboxSize: () => 0,
    boot: () => run?.boot ?? '',
    upMs: () => (run === undefined ? 0 : timeline.monotonicMs() - run.bootedAtMs),
  }
}
