import type { DeviceId } from '../../core/ids.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { Firmware, Saying } from './firmware.ts'
import { firmwareOf } from './firmware.ts'

/** What stands before the camera: `plate` as it truly is, `null` where the vehicle bears none. */
export type VehicleInView = {
  readonly plate: string | null
  readonly vehicle: 'car' | 'motorbike'
  /** Which way it drives, as the camera hangs. */
  readonly direction: 'forward' | 'reverse'
}

/** How often, of 1, a camera does what cameras do. The first that falls is done. */
export type CameraChances = {
  /** Sees the vehicle and reads nothing. */
  readonly missing: number
  /** Reads through mud: unsure, and wrong in one or two characters. */
  readonly dirty: number
  /** Takes one character for another that looks like it, and is sure of it. */
  readonly confusable: number
}

/**
 * A number-plate camera. Each vehicle that drives into its view is one event of its own, said once or, where it misbehaves, again while the vehicle
 * waits. It speaks our own messages, so that what it says is answered and comes again where the line was down.
 */
export type PlateCamera = {
  readonly firmware: Firmware
  /** What is in view from now on: two vehicles are two events, a few hundred milliseconds apart. Returns the camera's ids of them. */
  see(...vehicles: readonly VehicleInView[]): readonly string[]
  setChances(chances: Partial<CameraChances>): void
  /** How often, of 1, it says a vehicle a second time within three seconds. */
  setTwiceChance(chance: number): void
}

type Reading = Extract<Saying, { type: 'plate-seen' }>['data']['plates'][number]

const SECOND_VEHICLE_AFTER_MOST_MS = 300
const AGAIN_AFTER_LEAST_MS = 200
const AGAIN_AFTER_MOST_MS = 2_800

/** What it may take a character for. Not the gateway's table: that is to be tested by it. */
const LOOKS_LIKE: Readonly<Record<string, readonly string[]>> = {
  '0': ['O', 'D', 'Q'],
  '1': ['I', 'L'],
  '2': ['Z'],
  '5': ['S'],
  '6': ['G'],
  '8': ['B'],
  B: ['8'],
  D: ['0'],
  G: ['6'],
  L: ['1'],
  S: ['5'],
  Z: ['2'],
}
const CHARACTERS = 'ABCDEFGHKLMNPSTUVXYZ0123456789'

export function plateCamera(world: World, device: DeviceId): PlateCamera {
  const { timeline } = world
  const firmware = firmwareOf(world, { device, firmware: 'sim-camera 1.0' })
  const random = world.random.fork(`camera/${device}`)
  let chances: CameraChances = { missing: 0, dirty: 0, confusable: 0 }
  let twiceChance = 0
  let counted = 0

  const look = (eventId: string, { plate, vehicle, direction }: VehicleInView): void => {
    const plates = plate === null ? [] : readingsOf(plate, chances, random)
    const seen: Saying = {
      type: 'plate-seen',
      data: { plates, direction, vehicle, picture: `${eventId}.jpg`, eventId },
    }
    firmware.say(seen)
    if (random.chance(twiceChance)) {
      timeline.after(random.between(AGAIN_AFTER_LEAST_MS, AGAIN_AFTER_MOST_MS), () => {
        firmware.say(seen)
      })
    }
  }

  return {
    firmware,
    see(...vehicles) {
      return vehicles.map((vehicle, index) => {
        counted += 1
        const eventId = `${device}-${counted}`
        if (index === 0) look(eventId, vehicle)
        else timeline.after(random.between(1, SECOND_VEHICLE_AFTER_MOST_MS), () => look(eventId, vehicle))
        return eventId
      })
    },
    setChances(next) {
      chances = { ...chances, ...next }
    },
    setTwiceChance(chance) {
      twiceChance = chance
    },
  }
}

function readingsOf(plate: string, chances: CameraChances, random: Random): Reading[] {
  if (random.chance(chances.missing)) return []
  if (random.chance(chances.dirty)) {
    const wrong = spoiled(random.chance(0.5) ? spoiled(plate, random) : plate, random)
    return [
      { text: wrong, confidencePermille: random.between(150, 550) },
      { text: plate, confidencePermille: random.between(50, 140) },
    ]
  }
  if (random.chance(chances.confusable)) {
    return [{ text: confused(plate, random), confidencePermille: random.between(700, 950) }]
  }
  return [{ text: plate, confidencePermille: random.between(900, 1_000) }]
}

/** One character is another that looks like it; a plate without any such character is read right. */
function confused(plate: string, random: Random): string {
  const places = [...plate].flatMap((character, place) => (LOOKS_LIKE[character] === undefined ? [] : [place]))
  if (places.length === 0) return plate
  const place = random.pick(places)
  return replaced(plate, place, random.pick(LOOKS_LIKE[plate.charAt(place)] ?? []))
}

/** One character is any other. */
function spoiled(plate: string, random: Random): string {
  const place = random.below(plate.length)
  return replaced(plate, place, random.pick([...CHARACTERS].filter((other) => other !== plate.charAt(place))))
}

function replaced(plate: string, place: number, character: string): string {
  return plate.slice(0, place) + character + plate.slice(place + 1)
}
