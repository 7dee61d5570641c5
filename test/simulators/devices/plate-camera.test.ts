import { beforeEach, describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { plateSkeleton, readPlate } from '../../../core/parking/plate.ts'
import type { PlateCamera, VehicleInView } from '../../../simulators/devices/plate-camera.ts'
import { plateCamera } from '../../../simulators/devices/plate-camera.ts'
import type { Desk } from '../desk.ts'
import { desk } from '../desk.ts'

const CAMERA = deviceId('camera-1')
const CAR: VehicleInView = { plate: '30A12345', vehicle: 'car', direction: 'forward' }
const MOTORBIKE: VehicleInView = { plate: '59P167890', vehicle: 'motorbike', direction: 'reverse' }

let at: Desk
let camera: PlateCamera
beforeEach(async () => {
  at = desk()
  await at.start()
  camera = plateCamera(at.world, CAMERA)
  camera.firmware.powerOn()
  await at.timeline.runFor(1_000)
})

function seen() {
  return at
    .events(CAMERA, 'plate-seen')
    .flatMap(({ event }) => ('type' in event && event.type === 'plate-seen' ? [event.data] : []))
}

function skeletonOf(text: string): string {
  const read = readPlate(text)
  if (!read.ok) throw new Error(`${text} is no plate`)
  return plateSkeleton(read.plate.text)
}

async function look(times: number, vehicle: VehicleInView): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    camera.see(vehicle)
    await at.timeline.runFor(5_000)
  }
}

describe('a camera', () => {
  test('that behaves says each vehicle once, with its plate, and is sure of it', async () => {
    const ids = camera.see(CAR)
    await at.timeline.runFor(10_000)
    expect(seen()).toMatchObject([
      { plates: [{ text: '30A12345' }], direction: 'forward', vehicle: 'car', picture: 'camera-1-1.jpg' },
    ])
    expect(seen().map(({ eventId }) => eventId)).toEqual(ids)
    expect(seen()[0]?.plates[0]?.confidencePermille).toBeGreaterThanOrEqual(900)
  })

  test('sees a vehicle without a plate, and one whose plate it cannot read', async () => {
    await look(1, { ...MOTORBIKE, plate: null })
    camera.setChances({ missing: 1 })
    await look(1, CAR)
    expect(seen()).toMatchObject([
      { plates: [], vehicle: 'motorbike' },
      { plates: [], vehicle: 'car' },
    ])
  })

  test('before a dirty plate is unsure and wrong, and has the right one as its second guess', async () => {
    camera.setChances({ dirty: 1 })
    await look(20, CAR)
    for (const { plates } of seen()) {
      const [first, second] = plates
      expect(first?.confidencePermille).toBeLessThan(600)
      expect(second).toMatchObject({ text: '30A12345' })
      expect(second?.confidencePermille).toBeLessThan(first?.confidencePermille ?? 0)
    }
    expect(seen().filter(({ plates }) => plates[0]?.text !== '30A12345').length).toBeGreaterThan(15)
  })

  test('that confuses is sure, and wrong only where characters look alike', async () => {
    camera.setChances({ confusable: 1 })
    await look(20, CAR)
    for (const { plates } of seen()) {
      expect(plates).toHaveLength(1)
      expect(plates[0]?.confidencePermille).toBeGreaterThanOrEqual(700)
      expect(plates[0]?.text).not.toBe('30A12345')
      expect(skeletonOf(plates[0]?.text ?? '')).toBe(skeletonOf('30A12345'))
    }
    expect(seen()).toHaveLength(20)
    await look(1, { plate: 'TM4397', vehicle: 'car', direction: 'forward' })
    expect(seen().at(-1)?.plates[0]?.text).toBe('TM4397')
  })

  test('that says a vehicle twice does so within three seconds and under one id', async () => {
    camera.setTwiceChance(1)
    await look(1, CAR)
    const said = at.events(CAMERA, 'plate-seen').map(({ event }) => event.upMs)
    expect(said).toHaveLength(2)
    expect((said[1] ?? 0) - (said[0] ?? 0)).toBeLessThan(3_000)
    expect(new Set(seen().map(({ eventId }) => eventId)).size).toBe(1)
  })

  test('that has two vehicles in view says two, under two ids', async () => {
    const ids = camera.see(CAR, MOTORBIKE)
    await at.timeline.runFor(1_000)
    expect(seen().map(({ eventId, plates }) => [eventId, plates[0]?.text])).toEqual([
      [ids[0], '30A12345'],
      [ids[1], '59P167890'],
    ])
  })

  test('says nothing while it is off', async () => {
    camera.firmware.powerOff()
    camera.see(CAR)
    await at.timeline.runFor(1_000)
    expect(seen()).toEqual([])
  })
})
