import { expect, test } from 'vitest'
import { z } from 'zod'
import { deviceId, laneId, placeId } from '../../core/ids.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import {
  CAR,
  LOT,
  PARKING,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  parkingPolicy,
  tariffsFile,
} from '../support/car-park.ts'
import { laneOf as devicesAt, drivesThrough, rigs, walletOf } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { deviceOf, LANE, laneDevices, laneOf } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()
const VIP = placeId('vip')
const VIP_IN = laneId('vip-in')
const VIP_OUT = laneId('vip-out')
const takes = ['pay', 'holder', 'pass', 'ticket', 'override'] as const
const ticketShown = z.object({ data: z.object({ kind: z.literal('ticket'), qr: z.string() }) })

/** A lot with another in it, which has a lane for each way, and a camera and a button at every entry. */
async function nestedPark(): Promise<Rig> {
  const layout = parkingLayout()
  const ways = PARKING.lanes[0]
  if (ways === undefined) throw new Error('the car park has no lane')
  const inner = [
    ['entry', VIP_IN],
    ['exit', VIP_OUT],
  ] as const
  const rig = await rigged({
    layout: {
      ...layout,
      lanes: [...layout.lanes, ...inner.map(([direction, id]) => laneOf(id, { direction, price: null, takes }))],
      parking: {
        ...PARKING,
        places: [
          ...PARKING.places,
          { id: VIP, name: 'VIP', parent: LOT, capacities: [{ vehicleClasses: [CAR], spaces: 5 }] },
        ],
        lanes: [
          ...PARKING.lanes.map((lane) => ({ ...lane, entryBy: [...lane.entryBy, 'token' as const] })),
          ...inner.map(([, lane]) => ({ ...ways, lane, inside: VIP, outside: LOT })),
        ],
      },
    },
    policy: { ...parkingPolicy(), parking: { ...PARKING_POLICY, antiPassback: 'hard' } },
    devices: [
      ...parkingDevices(),
      ...inner.flatMap(([, id]) => [
        ...laneDevices(id),
        deviceOf(deviceId(`${id}-camera`), 'camera', { kind: 'lane', id }),
        deviceOf(`${id}-ticket-button`, 'ticket-button', { kind: 'lane', id }),
      ]),
    ],
  })
  expect(await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))).toMatchObject(
    {
      kind: 'committed',
      outcome: { ok: true },
    },
  )
  return rig
}

const plate = (text: string): object => ({
  plates: [{ text, confidencePermille: 962 }],
  direction: null,
  vehicle: 'car',
  picture: 'vip/000417.jpg',
  eventId: null,
})

test('a car that came in by the button and whose plate is read at the way into the lot within it has one stay, by its ticket, and a copy of that lets in nobody', async () => {
  const rig = await nestedPark()
  const entry = await devicesAt(rig, LANE)
  const button = wireDevice(rig, deviceId(`${LANE}-ticket-button`))
  await button.connect()
  const comesIn = async (): Promise<string> => {
    await entry.approach.ask('occupied', { occupied: true })
    await button.ask('ticket-asked', {})
    await drivesThrough(rig, entry)
    const shown = entry.display.commands.flatMap((command) => {
      const read = ticketShown.safeParse(command)
      return read.success ? [read.data.data.qr] : []
    })
    return shown.at(-1) ?? ''
  }
  const ticket = await comesIn()
  const own = await comesIn()
  expect(own).not.toBe(ticket)
  const places = () => rig.query('SELECT status, place FROM session ORDER BY entered_at')
  const counts = () => rig.query('SELECT place, count FROM occupancy ORDER BY place')

  await rig.runFor(30 * MINUTE_MS)
  const vipIn = await devicesAt(rig, VIP_IN)
  const camera = wireDevice(rig, deviceId(`${VIP_IN}-camera`))
  await camera.connect()
  const vipButton = wireDevice(rig, deviceId(`${VIP_IN}-ticket-button`))
  await vipButton.connect()
  await vipIn.approach.ask('occupied', { occupied: true })
  expect(await camera.ask('plate-seen', plate('30A-123.45'))).toMatchObject({ ok: false, refusal: 'stay-not-found' })
  expect(await vipButton.ask('ticket-asked', {})).toMatchObject({ ok: false, refusal: 'stay-not-found' })
  await rig.runFor(500)
  expect(vipIn.display.commands.at(-1)).toMatchObject({ data: { kind: 'refused', refusal: 'stay-not-found' } })
  expect(rig.query('SELECT count(*) AS stays FROM session')).toEqual([{ stays: 2 }])
  expect(await vipIn.reader.ask('scan', { text: ticket })).toMatchObject({ ok: true, kind: 'let-through' })
  await drivesThrough(rig, vipIn)
  expect(places()).toEqual([
    { status: 'inside', place: 'vip' },
    { status: 'inside', place: 'lot' },
  ])
  expect(counts()).toEqual([
    { place: 'lot', count: 2 },
    { place: 'vip', count: 1 },
  ])

  // Another one with a photograph of that ticket.
  await vipIn.approach.ask('occupied', { occupied: true })
  expect(await vipIn.reader.ask('scan', { text: ticket })).toMatchObject({ ok: false, refusal: 'stay-open-already' })
  expect(rig.query('SELECT kind, lane FROM staff_case')).toEqual([{ kind: 'second-entry', lane: 'vip-in' }])
  await vipIn.approach.ask('occupied', { occupied: false })
  // And one who got in behind somebody, and drives out by a ticket of the lot.
  const vipOut = await devicesAt(rig, VIP_OUT)
  await vipOut.approach.ask('occupied', { occupied: true })
  expect(await vipOut.reader.ask('scan', { text: own })).toMatchObject({ ok: false, refusal: 'stay-not-inside' })
  expect(counts()).toEqual([
    { place: 'lot', count: 2 },
    { place: 'vip', count: 1 },
  ])
})

test('a wallet pays nothing between two places: its stay goes on from where it stands, and no other does', async () => {
  const rig = await nestedPark()
  const code = (payer: string, lane: string): string =>
    walletOf(rig, payer).pay({ kind: 'lane', id: laneId(lane) }, 500_000, 'place').text
  const entry = await devicesAt(rig, LANE)
  for (const payer of ['an', 'binh']) {
    await entry.approach.ask('occupied', { occupied: true })
    expect(await entry.reader.ask('scan', { text: code(payer, LANE) })).toMatchObject({ ok: true, kind: 'let-through' })
    await drivesThrough(rig, entry)
  }
  const vipIn = await devicesAt(rig, VIP_IN)
  await vipIn.approach.ask('occupied', { occupied: true })
  expect(await vipIn.reader.ask('scan', { text: code('an', VIP_IN) })).toMatchObject({ ok: true, kind: 'let-through' })
  await drivesThrough(rig, vipIn)
  await rig.runFor(30 * MINUTE_MS)

  const vipOut = await devicesAt(rig, VIP_OUT)
  await vipOut.approach.ask('occupied', { occupied: true })
  expect(await vipOut.reader.ask('scan', { text: code('binh', VIP_OUT) })).toMatchObject({ refusal: 'stay-not-inside' })
  await vipOut.approach.ask('occupied', { occupied: false })
  await rig.runFor(MINUTE_MS)
  await vipOut.approach.ask('occupied', { occupied: true })
  expect(await vipOut.reader.ask('scan', { text: code('an', VIP_OUT) })).toMatchObject({
    ok: true,
    kind: 'let-through',
  })
  await drivesThrough(rig, vipOut)
  expect(rig.query('SELECT status, place FROM session')).toEqual([
    { status: 'inside', place: 'lot' },
    { status: 'inside', place: 'lot' },
  ])
  expect(rig.query('SELECT place, count FROM occupancy ORDER BY place')).toEqual([
    { place: 'lot', count: 2 },
    { place: 'vip', count: 0 },
  ])
  expect(rig.query('SELECT count(*) AS charges FROM charge')).toEqual([{ charges: 0 }])
  expect(rig.query('SELECT kind, lane FROM staff_case')).toEqual([{ kind: 'exit-without-entry', lane: 'vip-out' }])
})
