import type { DeviceId } from '../../core/ids.ts'
import type { LaneGround } from '../lane-ground.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'
import { armController } from './arm-controller.ts'
import type { AnyBarrier, BarrierOptions } from './barrier.ts'
import type { BoughtDevice, BoughtOptions } from './bought-device.ts'
import { boughtDevice } from './bought-device.ts'

/** What a relay was told: on for good, on for a moment, or off. */
export type RelayOrder = { readonly command: string; readonly on: boolean; readonly pulseMs: number | null }

/** What one make of relay has of its own. */
export type RelayMake = Pick<BoughtOptions, 'subscribes' | 'will' | 'qos'> & {
  /** `undefined` for what it does not understand. */
  read(payload: Uint8Array): RelayOrder | undefined
  /** Says that an order was carried out. */
  confirm(device: BoughtDevice, order: RelayOrder, wasOn: boolean): void
  /** Answers a question about that contact, and says whether the message was one. */
  answer(device: BoughtDevice, payload: Uint8Array, isDown: boolean): boolean
  /** Says what the contact "arm is down" says. */
  tellArm(device: BoughtDevice, isDown: boolean): void
  /** It tells it again every so often, and not at connections and changes only. */
  readonly repeatEveryMs: number | null
}

/**
 * A barrier behind a relay. It does whatever it is told, as often as it is told: it knows no ids and no time by which a command is to be done. Each thing that
 * it does is seen, with the id that was sent with it, so that it can be held against what was decided.
 */
export function relayBarrier(
  world: World,
  { device, travelMs }: BarrierOptions,
  ground: LaneGround,
  make: RelayMake,
): AnyBarrier {
  const { timeline, happenings } = world
  let isOn = false
  let pulse: Alarm | undefined
  const arm = armController({ timeline, travelMs, onDown: (isDown) => make.tellArm(bought, isDown) }, ground)
  const bought = boughtDevice(world, {
    device: device satisfies DeviceId,
    subscribes: make.subscribes,
    will: make.will,
    qos: make.qos,
    greet: () => make.tellArm(bought, arm.isDown()),
    hear(payload) {
      if (make.answer(bought, payload, arm.isDown())) return
      const order = make.read(payload)
      if (order === undefined) {
        happenings.tell({ kind: 'unreadable', device, topic: make.subscribes, detail: 'no order to the relay' })
        return
      }
      const wasOn = isOn
      pulse?.cancel()
      set(order.on)
      if (order.pulseMs !== null) pulse = timeline.after(order.pulseMs, () => set(false))
      happenings.tell({
        kind: 'command',
        device,
        command: order.command,
        type: typeOf(order),
        result: 'done',
        forBoot: null,
        notAfterUpMs: null,
        boot: bought.boot(),
        upMs: bought.upMs(),
      })
      make.confirm(bought, order, wasOn)
    },
    onPowerOff() {
      pulse?.cancel()
      set(false)
    },
  })

  function set(on: boolean): void {
    isOn = on
    arm.contact(on)
  }

  if (make.repeatEveryMs !== null) {
    const everyMs = make.repeatEveryMs
    const repeat = (): void => {
      make.tellArm(bought, arm.isDown())
      timeline.after(everyMs, repeat)
    }
    timeline.after(everyMs, repeat)
  }

  return { firmware: bought, setStuck: arm.setStuck }
}

function typeOf({ on, pulseMs }: RelayOrder): 'open' | 'hold-open' | 'release' {
  if (!on) return 'release'
  return pulseMs === null ? 'hold-open' : 'open'
}
