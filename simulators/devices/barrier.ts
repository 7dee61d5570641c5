import type { DeviceId } from '../../core/ids.ts'
import type { WireFailSafe } from '../../devices/wire.ts'
import type { LaneGround } from '../lane-ground.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'
import type { Firmware, Powered } from './firmware.ts'
import { firmwareOf } from './firmware.ts'

/**
 * A barrier: an arm that takes its time, and two limit switches that say where it is. It does each command once, and none that is late or for another run of
 * its board (the firmware sees to that). It does not look at loops: not closing on somebody is the gateway's duty. What it is to do without a gateway stands in its flash, and it goes by that
 * also when it has been switched off and on again.
 */
export type Barrier = {
  readonly firmware: Firmware
  /** The motor does not turn. Its board does not know: it answers `done`, and its limit switches say where the arm still is. */
  setStuck(stuck: boolean): void
}

/** Ours, or one behind a relay that was bought. */
export type AnyBarrier = Omit<Barrier, 'firmware'> & { readonly firmware: Powered }

/** A motor that does not turn when the arm is to go up by itself is tried again so much later. */
export const GO_UP_AGAIN_MS = 5_000

export type BarrierOptions = { readonly device: DeviceId; readonly travelMs: number }

export function barrier(world: World, { device, travelMs }: BarrierOptions, ground: LaneGround): Barrier {
  const { timeline } = world
  let isStuck = false
  let isHeldOpen = false
  let isUpByItself = false
  let setting: WireFailSafe | undefined
  let travel: Alarm | undefined
  let fuse: Alarm | undefined

  const firmware = firmwareOf(world, {
    device,
    firmware: 'sim-barrier 1.1',
    levels: () => [limits()],
    heardFailSafe(next) {
      setting = next
      lightFuse()
      // Whoever was away does not know it yet, or heard it too late.
      if (isUpByItself) firmware.say(limits())
    },
    perform(command) {
      if (isStuck && command.type !== 'announce') {
        timeline.after(travelMs, () => firmware.say(limits()))
        return 'done'
      }
      switch (command.type) {
        case 'open':
          move('rising', 'open')
          return 'done'
        case 'close':
          if (isHeldOpen || isUpByItself) return 'failed'
          move('falling', 'closed')
          return 'done'
        case 'hold-open':
          isHeldOpen = true
          move('rising', 'open')
          return 'done'
        case 'release':
          isHeldOpen = false
          isUpByItself = false
          move('falling', 'closed')
          return 'done'
        case 'announce':
          return 'failed'
      }
    },
  })

  function limits() {
    const arm = ground.arm()
    const state = arm === 'open' || arm === 'closed' ? arm : 'moving'
    const why = isUpByItself && state !== 'closed' ? ({ reason: 'fail-safe' } as const) : {}
    return { type: 'barrier', data: { state, ...why } } as const
  }

  function lightFuse(): void {
    fuse?.cancel()
    fuse = undefined
    if (setting?.arm === 'open' && firmware.isOn()) fuse = timeline.after(setting.afterMs, goUp)
  }

  function goUp(): void {
    fuse = undefined
    if (isStuck) {
      fuse = timeline.after(GO_UP_AGAIN_MS, goUp)
      return
    }
    isUpByItself = true
    world.happenings.tell({ kind: 'fail-safe', lane: ground.lane, device })
    if (ground.arm() === 'open' || ground.arm() === 'rising') firmware.say(limits())
    else move('rising', 'open')
  }

  function move(by: 'rising' | 'falling', to: 'open' | 'closed'): void {
    if (ground.arm() === to || ground.arm() === by) return
    const wasMoving = travel !== undefined
    travel?.cancel()
    ground.setArm(by)
    if (!wasMoving) firmware.say(limits())
    travel = timeline.after(travelMs, () => {
      travel = undefined
      ground.setArm(to)
      firmware.say(limits())
    })
  }

  return {
    firmware: {
      ...firmware,
      powerOn() {
        firmware.powerOn()
        lightFuse()
      },
      powerOff() {
        fuse?.cancel()
        firmware.powerOff()
      },
    },
    setStuck(stuck) {
      isStuck = stuck
    },
  }
}
