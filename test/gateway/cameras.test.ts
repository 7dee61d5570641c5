import { describe, expect, test } from 'vitest'
import { deviceId, laneId, vehicleClass } from '../../core/ids.ts'
import type { ParkingLayout } from '../../core/parking/place.ts'
import type { SiteLayout } from '../../core/site.ts'
import { CAR, PARKING, parkingDevices, parkingLayout, parkingPolicy } from '../support/car-park.ts'
import type { LaneDevices } from '../support/people.ts'
import { laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { deviceOf, LANE, SITE } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()
const CAMERA = deviceId('gate-cam')
const BIKE = vehicleClass('motorbike')

type Reading = { readonly plate: string; readonly sure: number }
type Sight = {
  /** What the camera follows. */
  readonly of: string
  readonly readings: readonly Reading[]
  readonly vehicle?: 'car' | 'motorbike'
  readonly way?: 'forward' | 'reverse' | 'none'
}

/** A camera with its own words: what it says of a sight, as its topic and its bytes. */
type Spoken = { readonly driver: string; readonly says: (sight: Sight) => readonly (readonly [string, string])[] }

const frigate: Spoken = {
  driver: 'frigate-camera',
  says({ of: id, readings, vehicle = 'car' }) {
    const plate = readings.map((reading) => reading.plate).join(',')
    const score = readings[0]?.sure ?? null
    const label = vehicle === 'car' ? 'car' : 'motorcycle'
    const object = (said: unknown) => ({ id, camera: CAMERA, label, recognized_license_plate: said })
    const event = { type: 'update', before: object(null), after: object(plate === '' ? null : [plate, score]) }
    return [['events', JSON.stringify(event)]]
  },
}

const hikvision: Spoken = {
  driver: 'hikvision-camera',
  says: ({ of: id, readings, vehicle = 'car', way = 'forward' }) =>
    (readings.length === 0 ? [{ plate: 'unknown', sure: 0 }] : readings).map(({ plate, sure }, index) => [
      'alert',
      `<EventNotificationAlert><eventType>ANPR</eventType><eventState>active</eventState><ANPR><licensePlate>${plate}</licensePlate>${way === 'none' ? '' : `<direction>${way}</direction>`}<confidenceLevel>${Math.round(sure * 100)}</confidenceLevel><twoWheelVehicle>${vehicle === 'car' ? 'no' : 'yes'}</twoWheelVehicle><vehicleType>vehicle</vehicleType></ANPR><UUID>${id}${'x'.repeat(index)}</UUID></EventNotificationAlert>`,
    ]),
}

const bothWays = (): SiteLayout => {
  const layout = parkingLayout()
  const [first, ...rest] = PARKING.lanes
  if (first === undefined) throw new Error('no lane')
  const cameras = [{ device: CAMERA, forward: 'in' as const, reverse: 'out' as const, unsaid: null }]
  const parking: ParkingLayout = {
    ...PARKING,
    vehicleClasses: [
      { id: CAR, vi: 'Ô tô', en: 'Car', seenAs: 'car' },
      { id: BIKE, vi: 'Xe máy', en: 'Motorbike', seenAs: 'motorbike' },
    ],
    places: PARKING.places.map((place) => ({
      ...place,
      capacities: [...place.capacities, { vehicleClasses: [BIKE], spaces: 50 }],
    })),
    lanes: [{ ...first, vehicleClasses: [CAR, BIKE], cameras }, ...rest],
  }
  const lanes = layout.lanes.map((lane) => (lane.id === LANE ? { ...lane, direction: 'both' as const } : lane))
  return { ...layout, lanes, parking }
}

type At = { readonly rig: Rig; readonly lane: LaneDevices; see(sight: Sight): Promise<void> }

async function at({ driver, says }: Spoken, layout: SiteLayout = parkingLayout()): Promise<At> {
  const camera = deviceOf(CAMERA, driver, { kind: 'lane', id: laneId(LANE) })
  const rig = await rigged({ layout, policy: parkingPolicy(), devices: [...parkingDevices(), camera] })
  const lane = await laneOf(rig, LANE)
  return {
    rig,
    lane,
    async see(sight) {
      for (const [leaf, text] of says(sight)) {
        const payload = new TextEncoder().encode(text)
        const topic = `tolbooth/v1/${SITE}/${CAMERA}/${leaf}`
        const { intake } = rig.now().gateway
        expect(await rig.until(intake.take({ device: CAMERA, topic, payload, qos: 0, duplicate: false }))).toBe(
          'acknowledge',
        )
      }
    },
  }
}

const stands = ({ lane }: At): Promise<unknown> => lane.approach.ask('occupied', { occupied: true })
const sessionsOf = ({ rig }: At): readonly object[] => rig.query('SELECT vehicle_class, entry_by FROM session')
const recordsOf = ({ rig }: At): readonly { readonly body: string }[] =>
  rig.query(`SELECT body FROM journal WHERE event = 'plate-seen'`) as { body: string }[]
const casesOf = ({ rig }: At): readonly unknown[] => rig.query('SELECT kind FROM staff_case').map(({ kind }) => kind)
const one = (plate: string, sure: number): readonly Reading[] => [{ plate, sure }]

describe.each([frigate, hikvision])('a $driver, from its bytes to the books:', (spoken) => {
  test('a plate that it is sure of begins a stay; the same one within three seconds is one sighting', async () => {
    const here = await at(spoken)
    await stands(here)
    await here.see({ of: 'v-1', readings: one('30A-123.45', 0.95) })
    await here.rig.runFor(1_000)
    await here.see({ of: 'v-1', readings: one('30A12345', 0.95) })
    await here.see({ of: 'v-2', readings: one('30A 123 45', 0.9) })
    expect(sessionsOf(here)).toEqual([{ vehicle_class: 'car', entry_by: 'plate' }])
    expect(recordsOf(here)).toHaveLength(1)
  })

  test('a plate that it is not sure of names nobody; when it is, it does', async () => {
    const here = await at(spoken)
    await stands(here)
    await here.see({ of: 'v-1', readings: one('30A-123.45', 0.5) })
    expect(sessionsOf(here)).toEqual([])
    await here.rig.runFor(1_000)
    await here.see({ of: 'v-1', readings: one('30A-123.45', 0.95) })
    expect(sessionsOf(here)).toHaveLength(1)
  })

  test('a vehicle without a plate begins nothing, and its driver takes a ticket', async () => {
    const here = await at(spoken)
    await stands(here)
    await here.see({ of: 'v-1', readings: [] })
    expect(sessionsOf(here)).toEqual([])
    const button = wireDevice(here.rig, deviceId(`${LANE}-ticket-button`))
    await button.connect()
    await button.ask('ticket-asked', {})
    expect(sessionsOf(here)).toEqual([{ vehicle_class: 'car', entry_by: 'ticket' }])
  })

  test('two plates at once open for neither', async () => {
    const here = await at(spoken)
    await here.see({ of: 'v-1', readings: [...one('30A-123.45', 0.95), ...one('29A-678.90', 0.95)] })
    await here.rig.runFor(500)
    await stands(here)
    expect(sessionsOf(here)).toEqual([])
  })

  test('the same event of one vehicle, read otherwise, is a correction; said again later it is nothing new', async () => {
    const here = await at(spoken)
    await here.see({ of: 'v-1', readings: one('30A-123.45', 0.95) })
    await here.see({ of: 'v-1', readings: one('51G-999.99', 0.9) })
    await here.rig.runFor(30_000)
    await here.see({ of: 'v-1', readings: one('51G-999.99', 0.9) })
    const bodies = recordsOf(here).map(({ body }) => body)
    expect(bodies).toHaveLength(2)
    expect(bodies[1]).toContain('"corrects":true')
  })

  test('what kind of vehicle it sees is the class of who comes in', async () => {
    const layout = bothWays()
    const here = await at(spoken, { ...layout, lanes: parkingLayout().lanes })
    await stands(here)
    await here.see({ of: 'v-1', readings: one('29-H1 678.90', 0.95), vehicle: 'motorbike' })
    expect(sessionsOf(here)).toEqual([{ vehicle_class: 'motorbike', entry_by: 'plate' }])
  })
})

describe('a picture that is sent along', () => {
  const NAME = `${'a'.repeat(64)}.jpg`
  const post = async ({ rig }: At, plate: string, keep: () => string | undefined) => {
    const [said] = hikvision.says({ of: plate, readings: one(plate, 0.95) })
    const payload = new TextEncoder().encode(said?.[1])
    const topic = `tolbooth/v1/${SITE}/${CAMERA}/alert`
    await rig.until(rig.now().gateway.intake.take({ device: CAMERA, topic, payload, qos: 0, duplicate: false }, keep))
  }

  test('is kept where it is of something new, and is named in the vault alone', async () => {
    const here = await at(hikvision)
    let kept = 0
    const keep = () => {
      kept += 1
      return NAME
    }
    await stands(here)
    await post(here, '30A-123.45', keep)
    await post(here, '30A-123.45', keep)
    expect(kept).toBe(1)
    expect(here.rig.query(`SELECT value FROM vault WHERE purpose = 'picture'`)).toEqual([{ value: NAME }])
    expect(recordsOf(here).filter(({ body }) => body.includes(NAME))).toEqual([])
  })

  test('that could not be kept holds up nobody', async () => {
    const here = await at(hikvision)
    await stands(here)
    await post(here, '30A-123.45', () => undefined)
    expect(sessionsOf(here)).toHaveLength(1)
    expect(casesOf(here)).toEqual([])
  })
})

describe('at a lane of both ways', () => {
  test('a camera that saw it come lets in, one that saw it go calls staff, and one that says neither asks for a ticket', async () => {
    const coming = await at(hikvision, bothWays())
    await stands(coming)
    await coming.see({ of: 'v-1', readings: one('30A-123.45', 0.95), way: 'forward' })
    expect(sessionsOf(coming)).toHaveLength(1)

    const going = await at(hikvision, bothWays())
    await stands(going)
    await going.see({ of: 'v-1', readings: one('30A-123.45', 0.95), way: 'reverse' })
    expect([sessionsOf(going), casesOf(going)]).toEqual([[], ['exit-without-entry']])

    // The same plate again within the window, and now it says the way.
    const later = await at(hikvision, bothWays())
    await stands(later)
    await later.see({ of: 'v-1', readings: one('30A-123.45', 0.95), way: 'none' })
    expect(sessionsOf(later)).toEqual([])
    await later.see({ of: 'v-1', readings: one('30A-123.45', 0.95), way: 'forward' })
    expect(sessionsOf(later)).toHaveLength(1)

    const neither = await at(frigate, bothWays())
    await stands(neither)
    await neither.see({ of: 'v-1', readings: one('30A-123.45', 0.95) })
    expect([sessionsOf(neither), casesOf(neither)]).toEqual([[], []])
  })
})
