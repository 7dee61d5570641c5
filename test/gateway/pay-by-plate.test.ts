import { describe, expect, test } from 'vitest'
import { deviceId } from '../../core/ids.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import type { HttpServer } from '../../gateway/http/server.ts'
import {
  LANE_OUT,
  PARKING,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  parkingPolicy,
  tariffsFile,
} from '../support/car-park.ts'
import { drivesThrough, laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'
import { tokenFor } from './http/kit.ts'
import { inBothTimes, servers } from './served.ts'

const rigged = rigs()
const served = servers()

/** Its lanes know vehicles by their plates, and give no tickets. */
async function carParkWithoutTickets(payByPlateAlone: boolean): Promise<Rig> {
  const { merchants, ...layout } = parkingLayout()
  const account = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE' }
  const lanes = PARKING.lanes.map((lane) => ({ ...lane, entryBy: ['plate'] as const }))
  const parking = { ...PARKING_POLICY, bankConfirmation: 'expected' as const, payByPlateAlone }
  const rig = await rigged({
    layout: {
      ...layout,
      merchants: merchants.map((each) => ({ ...each, account })),
      parking: { ...PARKING, lanes },
    },
    policy: { ...parkingPolicy(), parking },
    devices: parkingDevices(),
  })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return rig
}

const seen = {
  plates: [{ text: '30A-123.45', confidencePermille: 962 }],
  direction: null,
  vehicle: 'car',
  picture: 'gate-1/000417.jpg',
  eventId: null,
}

async function onPhone(rig: Rig, server: HttpServer, address: string) {
  const body = new URLSearchParams({ plate: '30a 12345', digits: '' })
  const answer = await inBothTimes(rig, fetch(`${server.address}${address}?lang=en`, { method: 'POST', body }))
  return { status: answer.status, text: await answer.text() }
}

describe('a vehicle that came in by its plate, with no ticket', () => {
  test('is paid for on a phone by its plate before the exit, by transfer, and is let out there without being asked anything', async () => {
    const rig = await carParkWithoutTickets(true)
    const server = await served(rig)
    const entry = await laneOf(rig, LANE)
    const [cameraIn, cameraOut] = [LANE, LANE_OUT].map((lane) => wireDevice(rig, deviceId(`${lane}-camera`)))
    await cameraIn?.connect()
    await cameraOut?.connect()
    await entry.approach.ask('occupied', { occupied: true })
    await cameraIn?.ask('plate-seen', seen)
    await drivesThrough(rig, entry)
    expect(rig.query(`SELECT count(*) AS tickets FROM document WHERE typ = 'ticket+jwt'`)).toEqual([{ tickets: 0 }])
    await rig.runFor(50 * MINUTE_MS)

    const looked = await onPhone(rig, server, '/parking')
    expect(looked.text).toContain('25,000')
    const asked = await onPhone(rig, server, '/parking/pay')
    const [, reference = ''] = /<b>(TB[0-9A-Z]+)<\/b>/.exec(asked.text) ?? []
    expect(reference).not.toBe('')
    const credit = await inBothTimes(
      rig,
      fetch(`${server.address}/v1/bank-credits`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tokenFor('operator')}`,
          'content-type': 'application/json',
          'idempotency-key': 'credit-1',
        },
        body: JSON.stringify({ reference: 'FT26-1', amount: { amount: 25_000, currency: 'VND' }, text: reference }),
      }),
    )
    expect([credit.status, await credit.text()]).toEqual([200, expect.stringContaining('"ok":true')])
    expect((await onPhone(rig, server, '/parking')).text).toContain('This stay is paid')

    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await cameraOut?.ask('plate-seen', seen)
    await drivesThrough(rig, exit)
    expect(JSON.stringify(exit.display.commands)).not.toContain('amount-due')
    await rig.runFor(MINUTE_MS)
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'left' }])
    expect((await onPhone(rig, server, '/parking')).status, 'it is not told where it was').toBe(404)
  })

  test('is found by nobody where the policy does not say so', async () => {
    const rig = await carParkWithoutTickets(false)
    const server = await served(rig)
    const entry = await laneOf(rig, LANE)
    const camera = wireDevice(rig, deviceId(`${LANE}-camera`))
    await camera.connect()
    await entry.approach.ask('occupied', { occupied: true })
    await camera.ask('plate-seen', seen)
    await drivesThrough(rig, entry)
    expect(await onPhone(rig, server, '/parking')).toMatchObject({
      status: 404,
      text: expect.stringContaining('stay-not-found'),
    })
  })
})
