import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Role } from '../../core/events.ts'
import type { ChargeId, SessionId, VehicleClass } from '../../core/ids.ts'
import { deviceId, laneId, principalOf, vehicleClass } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { SiteLayout } from '../../core/site.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import { createCorrections } from '../../db/corrections.ts'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import type { RequestBody } from '../../gateway/path/path.ts'
import {
  CAR,
  LANE_OUT,
  PARKING,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  TARIFF_TEXT,
  tariffsFile,
} from '../support/car-park.ts'
import { drivesThrough, laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE, policyOf } from '../support/site.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()
const TRUCK = vehicleClass('truck')

/** Cameras call cars and trucks alike, and an hour of a truck costs 40.000. */
async function ofTwoClasses({ refundMax = PARKING_POLICY.refundMax } = {}): Promise<Rig> {
  const both = [TRUCK, CAR]
  const layout: SiteLayout = {
    ...parkingLayout(),
    parking: {
      ...PARKING,
      vehicleClasses: [...PARKING.vehicleClasses, { id: TRUCK, vi: 'Xe tải', en: 'Truck' }],
      places: PARKING.places.map((place) => ({ ...place, capacities: [{ vehicleClasses: both, spaces: 300 }] })),
      lanes: PARKING.lanes.map((lane) => ({ ...lane, vehicleClasses: both })),
    },
  }
  const rig = await rigged({
    layout,
    policy: policyOf({ parking: { ...PARKING_POLICY, refundMax } }),
    devices: parkingDevices(),
  })
  const [head = '', table = '', tail = ''] = TARIFF_TEXT.split(/rateTables: \[|\],\n {2}specialDays/)
  const trucks = table.replace("'car'", "'truck'").replace('25000', '40000')
  const text = `${head}rateTables: [${table}${trucks}],\n  specialDays${tail}`
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS), text))
  return rig
}

async function submit(rig: Rig, id: string, body: RequestBody, role: Role = 'operator') {
  const reply = rig.now().gateway.submit({
    source: principalOf('client', 'gate-1'),
    id,
    bytes: id,
    actor: { kind: 'client', id: 'gate-1', role },
    body,
  })
  await rig.runFor(500)
  return reply
}

async function sees(rig: Rig, lane: string): Promise<void> {
  const camera = wireDevice(rig, deviceId(`${lane}-camera`))
  await camera.connect()
  await camera.ask('plate-seen', {
    plates: [{ text: '30A-123.45', confidencePermille: 962 }],
    direction: null,
    vehicle: 'car',
    picture: null,
    eventId: null,
  })
}

/** A car that was taken for a truck, and is asked for as one by now. */
async function truckInside(policy: { readonly refundMax?: number } = {}) {
  const rig = await ofTwoClasses(policy)
  const entry = await laneOf(rig, LANE)
  await entry.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE)
  await drivesThrough(rig, entry)
  await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
  const [stay] = rig.query('SELECT id, vehicle_class FROM session')
  expect(stay).toMatchObject({ vehicle_class: 'truck' })
  const session = String(stay?.['id']) as SessionId
  expect(await submit(rig, 'quote', { kind: 'session-quoted', session })).toMatchObject({ outcome: { ok: true } })
  const charge = String(rig.query('SELECT id FROM charge')[0]?.['id']) as ChargeId
  return { rig, session, charge }
}

describe('whoever paid by the wrong, dearer class', () => {
  test('gets what is too much back as soon as it is put right, and what they leave is to be given back when they have left', async () => {
    const { rig, session, charge } = await truckInside()
    const amount = (of: number) => money(of, VND)
    await submit(rig, 'cash', { kind: 'cash-taken', charge, tender: 'cash', amount: amount(80_000) })
    await submit(rig, 'class', {
      kind: 'session-corrected',
      session,
      correction: { kind: 'class', vehicleClass: CAR },
      reason: 'a car',
    })
    expect(rig.query(`SELECT kind FROM staff_case WHERE status = 'open'`)).toEqual([{ kind: 'overpaid' }])
    const back = (id: string, of: number) =>
      submit(rig, id, { kind: 'refund', charge, amount: amount(of), reason: 'a car' })
    expect(await back('too-high', 30_001)).toMatchObject({ outcome: { ok: false, refusal: 'refund-too-high' } })
    expect(await back('back', 10_000)).toMatchObject({ outcome: { ok: true, kind: 'refunded' } })
    await submit(rig, 'end', { kind: 'session-corrected', session, correction: { kind: 'close' }, reason: 'gone' })
    expect(rig.query('SELECT status, paid, overpaid, refunded FROM charge')).toEqual([
      { status: 'paid', paid: 80_000, overpaid: 20_000, refunded: 0 },
    ])
    expect(rig.query(`SELECT kind FROM staff_case WHERE status = 'open'`)).toEqual([{ kind: 'overpaid' }])
    expect(await back('rest', 20_000)).toMatchObject({ outcome: { ok: true, kind: 'refunded' } })
    expect(rig.query(`SELECT kind FROM staff_case WHERE status = 'open'`)).toEqual([])
    expect(await back('again', 20_000), 'by another phone').toMatchObject({
      outcome: { ok: false, refusal: 'refund-of-price', due: amount(0) },
    })
  })

  test('is let go the difference where they had not paid yet, and the corrections say who had put it right, and why', async () => {
    const { rig, session, charge } = await truckInside()
    const asClass = (id: string, of: VehicleClass, reason: string) =>
      submit(rig, id, { kind: 'session-corrected', session, correction: { kind: 'class', vehicleClass: of }, reason })
    await asClass('class', CAR, 'a car')
    await submit(rig, 'cash', { kind: 'cash-taken', charge, tender: 'cash', amount: money(50_000, VND) })
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await sees(rig, LANE_OUT)
    await drivesThrough(rig, exit)
    expect(rig.query(`SELECT amount FROM payment WHERE tender = 'correction'`)).toEqual([{ amount: 30_000 }])
    const open = openForReading(rig.file)
    const { corrections } = createCorrections(open.db.$client)('live', 0)
    open.close()
    expect(corrections.map(({ kind, of, after, by, reason }) => [kind, of, after, by, reason])).toEqual([
      ['stay-class', session, CAR, 'gate-1', 'a car'],
      ['let-go', session, '30000 VND', 'gate-1', 'a car'],
    ])
  })

  test('gets no more than that of an attendant where the same hands it in as left: no loop has shown it through', async () => {
    const { rig, session, charge } = await truckInside({ refundMax: 10_000 })
    const amount = (of: number) => money(of, VND)
    let asks = 0
    const attendant = (body: RequestBody) => {
      asks += 1
      return submit(rig, `ask-${asks}`, body, 'attendant')
    }
    await attendant({ kind: 'cash-taken', charge, tender: 'cash', amount: amount(80_000) })
    await attendant({
      kind: 'session-corrected',
      session,
      correction: { kind: 'class', vehicleClass: CAR },
      reason: 'seen',
    })
    const at = rig.timeline.now()
    const said = { saidAt: at, handedInAt: at, ticket: null, plate: '30A-123.45', vehicleClass: null, cash: null }
    await rig.runFor(MINUTE_MS)
    const left = {
      kind: 'late-evidence',
      lane: laneId(LANE_OUT),
      what: 'let-out',
      ...said,
      reason: 'power cut',
    } as const
    expect(await attendant(left)).toMatchObject({ outcome: { ok: true } })
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'left' }])
    const back = (of: number) => attendant({ kind: 'refund', charge, amount: amount(of), reason: 'a car' })
    const refused = { ok: false, refusal: 'refund-while-inside' }
    expect(await back(10_001)).toMatchObject({ outcome: refused })
    expect(await back(10_000)).toMatchObject({ outcome: { ok: true, kind: 'refunded' } })
    expect(await back(1)).toMatchObject({ outcome: refused })
  })

  test('gets at most what an attendant may give back of it while inside, in all, however often the class is put right', async () => {
    const { rig, session, charge } = await truckInside({ refundMax: 40_000 })
    const amount = (of: number) => money(of, VND)
    let asks = 0
    const attendant = (body: RequestBody) => {
      asks += 1
      return submit(rig, `ask-${asks}`, body, 'attendant')
    }
    const asClass = (of: VehicleClass) =>
      attendant({
        kind: 'session-corrected',
        session,
        correction: { kind: 'class', vehicleClass: of },
        reason: 'seen',
      })
    const back = (of: number) => attendant({ kind: 'refund', charge, amount: amount(of), reason: 'a car' })
    const pay = (of: number) => attendant({ kind: 'cash-taken', charge, tender: 'cash', amount: amount(of) })
    await pay(80_000)
    await asClass(CAR)
    expect(await back(30_000)).toMatchObject({ outcome: { ok: true, kind: 'refunded' } })
    await asClass(TRUCK)
    await pay(30_000)
    await asClass(CAR)
    const refused = { ok: false, refusal: 'refund-while-inside' }
    expect(await back(10_001), 'and paid as a truck again').toMatchObject({ outcome: refused })
    expect(await back(10_000)).toMatchObject({ outcome: { ok: true, kind: 'refunded' } })
    expect(await back(1)).toMatchObject({ outcome: refused })
    const closed = { kind: 'session-corrected', session, correction: { kind: 'close' }, reason: 'gone' } as const
    expect(await attendant(closed)).toMatchObject({ outcome: { ok: true } })
    expect(await back(1), 'nobody has seen it leave').toMatchObject({ outcome: refused })
    const byOperator = { kind: 'refund', charge, amount: amount(20_000), reason: 'a car' } as const
    expect(await submit(rig, 'operator', byOperator)).toMatchObject({ outcome: { ok: true, kind: 'refunded' } })
  })
})

test('a transfer of what an exit asked for a stay and its plate’s debts pays both also when the vehicle has left on debt, and the next visit is not asked again', async () => {
  const rig = await ofTwoClasses()
  const entry = await laneOf(rig, LANE)
  const exit = await laneOf(rig, LANE_OUT)
  let visits = 0
  const visit = async () => {
    visits += 1
    await entry.approach.ask('occupied', { occupied: true })
    await sees(rig, LANE)
    await drivesThrough(rig, entry)
    await exit.approach.ask('occupied', { occupied: true })
    await sees(rig, LANE_OUT)
    await rig.runFor(500)
    return exit.display.commands.at(-1)
  }
  const onDebt = async () => {
    await submit(rig, `debt-${visits}`, { kind: 'leave-on-debt', lane: laneId(LANE_OUT), reason: 'no money' })
    await drivesThrough(rig, exit)
  }
  await visit()
  await onDebt()
  expect(await visit()).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 80_000 } } })
  await onDebt()
  const [, newest] = rig.query('SELECT id FROM charge ORDER BY rowid')
  const charge = String(newest?.['id']) as ChargeId
  const late = submit(rig, 'bank', { kind: 'credit-by-charge', charge, amount: money(80_000, VND), reference: 'FT1' })
  expect(await late).toMatchObject({ outcome: { ok: true, rest: { amount: 0 }, overpaid: { amount: 0 } } })
  expect(rig.query('SELECT status, paid, overpaid FROM charge')).toEqual([
    { status: 'paid', paid: 40_000, overpaid: 0 },
    { status: 'paid', paid: 40_000, overpaid: 0 },
  ])
  expect(await visit()).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 40_000 } } })
})

test('a ticket alone that is shown at an exit before a plate that owes is no stay of that plate by it; a transfer of all that was asked there pays both when the vehicle has backed away', async () => {
  const rig = await ofTwoClasses()
  const entry = await laneOf(rig, LANE)
  const exit = await laneOf(rig, LANE_OUT)
  await entry.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE)
  await drivesThrough(rig, entry)
  await exit.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE_OUT)
  await submit(rig, 'debt', { kind: 'leave-on-debt', lane: laneId(LANE_OUT), reason: 'no money' })
  await drivesThrough(rig, exit)

  await entry.approach.ask('occupied', { occupied: true })
  await submit(rig, 'ticket', { kind: 'ticket-asked', lane: laneId(LANE), vehicleClass: TRUCK })
  await drivesThrough(rig, entry)
  await exit.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE_OUT)
  const [ticket] = rig.query(`SELECT jws FROM document WHERE typ = 'ticket+jwt' ORDER BY seq DESC`)
  const asked = await exit.reader.ask('scan', { text: ticket?.['jws'] })
  expect(asked).toMatchObject({ ok: true, kind: 'amount-asked', due: { amount: 80_000 } })
  await exit.approach.ask('occupied', { occupied: false })
  const [debt, own] = rig.query('SELECT id FROM charge ORDER BY rowid').map(({ id }) => String(id))
  const known = () =>
    rig.query(`SELECT kind FROM session_credential WHERE session = (SELECT session FROM charge WHERE id = '${own}')`)
  const kept = () => rig.query(`SELECT asked_with FROM charge WHERE id = '${own}'`)
  expect(known()).toEqual([{ kind: 'ticket' }])
  expect(kept()).toEqual([{ asked_with: JSON.stringify({ debts: [debt], due: 80_000 }) }])

  const folder = temporaryFolder()
  const rebuilt = await rebuild(rig.now().db, join(folder.path, 'again.db'))
  expect(rebuilt).toMatchObject({ kind: 'rebuilt', differencesInAll: 0 })
  folder.remove()

  const charge = String(own) as ChargeId
  const late = submit(rig, 'bank', { kind: 'credit-by-charge', charge, amount: money(80_000, VND), reference: 'FT1' })
  expect(await late).toMatchObject({ outcome: { ok: true, rest: { amount: 0 }, overpaid: { amount: 0 } } })
  expect(rig.query('SELECT paid, overpaid FROM charge')).toEqual([
    { paid: 40_000, overpaid: 0 },
    { paid: 40_000, overpaid: 0 },
  ])
})
