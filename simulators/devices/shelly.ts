import { z } from 'zod'
import type { DeviceId } from '../../core/ids.ts'
import type { LaneGround } from '../lane-ground.ts'
import type { Zone } from '../world/happenings.ts'
import type { World } from '../world/world.ts'
import type { AnyBarrier, BarrierOptions } from './barrier.ts'
import type { BoughtDevice } from './bought-device.ts'
import { boughtDevice } from './bought-device.ts'
import type { AnyLoop } from './loop.ts'
import type { RelayMake } from './relay.ts'
import { relayBarrier } from './relay.ts'

const WILL = { leaf: 'online', online: 'true', offline: 'false' } as const
const CHATTER_CHANGES = 4
const CHATTER_EVERY_MS = 40

const request = z.looseObject({
  id: z.string(),
  src: z.string(),
  method: z.literal('Switch.Set'),
  params: z.looseObject({ id: z.literal(0), on: z.boolean(), toggle_after: z.number().optional() }),
})

const question = z.looseObject({
  id: z.string(),
  src: z.string(),
  method: z.literal('Input.GetStatus'),
  params: z.looseObject({ id: z.literal(0) }),
})

const SOURCE = 'shellyplus1-a8032ab1c2d3'

const MAKE: RelayMake = {
  subscribes: 'rpc',
  will: WILL,
  qos: 1,
  repeatEveryMs: null,
  read(payload) {
    const read = request.safeParse(jsonOf(payload))
    if (!read.success) return undefined
    const { id, params } = read.data
    const pulseMs = params.toggle_after === undefined ? null : params.toggle_after * 1_000
    return { command: id, on: params.on, pulseMs }
  },
  confirm(device, { command }, wasOn) {
    device.say('response/rpc', { id: command, src: SOURCE, result: { was_on: wasOn } })
  },
  answer: answerOfInput,
  tellArm(device, isDown) {
    device.say('status/input:0', { id: 0, state: isDown })
  },
}

/** A Shelly relay of the second generation, wired as in devices/barrier-shelly-gen2/settings.md. */
export function shellyBarrier(world: World, options: BarrierOptions, ground: LaneGround): AnyBarrier {
  return relayBarrier(world, options, ground, MAKE)
}

/** A loop detector's contact on the input of a Shelly: a level at each change and at each connection, without a number. */
export function shellyLoop(world: World, device: DeviceId, ground: LaneGround, zone: Zone): AnyLoop {
  const { timeline } = world
  const random = world.random.fork(`shelly/${device}`)
  let level = ground.isOccupied(zone)
  let chatterChance = 0

  const say = (state: boolean): void => bought.say('status/input:0', { id: 0, state })
  const bought = boughtDevice(world, {
    device,
    subscribes: 'rpc',
    will: WILL,
    qos: 1,
    greet: () => say(level),
    hear: (payload) => void answerOfInput(bought, payload, level),
    onPowerOff: () => undefined,
  })
  const chatter = (changesLeft: number): void => {
    if (changesLeft === 0) return
    say(changesLeft % 2 === 0 ? !level : level)
    timeline.after(CHATTER_EVERY_MS, () => chatter(changesLeft - 1))
  }

  ground.watch(() => {
    const next = ground.isOccupied(zone)
    if (next === level) return
    level = next
    say(level)
    if (random.chance(chatterChance)) timeline.after(CHATTER_EVERY_MS, () => chatter(CHATTER_CHANGES))
  })

  return {
    firmware: bought,
    setChatterChance(chance) {
      chatterChance = chance
    },
  }
}

/** The response goes where the question says, which is below the device's own prefix. */
function answerOfInput(device: BoughtDevice, payload: Uint8Array, state: boolean): boolean {
  const read = question.safeParse(jsonOf(payload))
  if (!read.success) return false
  const { id, src } = read.data
  device.say('response/rpc', { id, src: SOURCE, dst: src, result: { id: 0, state } })
  return true
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return undefined
  }
}
