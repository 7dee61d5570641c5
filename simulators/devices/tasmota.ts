import type { LaneGround } from '../lane-ground.ts'
import type { World } from '../world/world.ts'
import type { AnyBarrier, BarrierOptions } from './barrier.ts'
import type { RelayMake } from './relay.ts'
import { relayBarrier } from './relay.ts'

/** `Backlog0` of the commands that the driver sends, and no others. */
const BACKLOG = /^(?:PulseTime1 (\d+); )?Power1 (ON|OFF); Publish (\S+)\/stat\/DONE (\S+)$/
const TENTH_OF_A_SECOND_MS = 100
/** `TelePeriod 60`. */
const REPEAT_EVERY_MS = 60_000

const MAKE: RelayMake = {
  subscribes: 'cmnd/Backlog0',
  will: { leaf: 'tele/LWT', online: 'Online', offline: 'Offline' },
  qos: 0,
  repeatEveryMs: REPEAT_EVERY_MS,
  read(payload) {
    const read = BACKLOG.exec(new TextDecoder().decode(payload))
    const [, pulse, power, , command] = read ?? []
    if (power === undefined || command === undefined) return undefined
    const tenths = pulse === undefined ? 0 : Number(pulse)
    return { command, on: power === 'ON', pulseMs: tenths === 0 ? null : tenths * TENTH_OF_A_SECOND_MS }
  },
  confirm(device, { command, on }) {
    device.say('stat/POWER', on ? 'ON' : 'OFF')
    device.say('stat/DONE', command)
  },
  answer: () => false,
  tellArm(device, isDown) {
    device.say('tele/SENSOR', { Time: '2026-11-22T00:00:00', Switch1: isDown ? 'ON' : 'OFF' })
  },
}

/** A relay with the Tasmota firmware, wired as in devices/barrier-tasmota/settings.md. All that it says is QoS 0. */
export function tasmotaBarrier(world: World, options: BarrierOptions, ground: LaneGround): AnyBarrier {
  return relayBarrier(world, options, ground, MAKE)
}
