import { create } from 'qrcode'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ChargeId, RightId } from '../../core/ids.ts'
import { deviceId, laneId, principalOf } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { RightTerms } from '../../core/parking/events.ts'
import { RIGHT_UNTIL_MAX } from '../../core/parking/rights.ts'
import { ticketDigits } from '../../core/parking/ticket-digits.ts'
import type { ClockTrust } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS } from '../../core/time.ts'
import { transferReference } from '../../core/transfer-reference.ts'
import { layoutMisfits } from '../../gateway/bundles/fits.ts'
import { PUBLIC_URL_CHARACTERS_MAX } from '../../gateway/config.ts'
import type { RequestBody } from '../../gateway/path/path.ts'
import {
  LANE_OUT,
  PARKING,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  parkingPolicy,
  tariffsFile,
} from '../support/car-park.ts'
import type { LaneDevices } from '../support/people.ts'
import { drivesThrough, laneOf, rigs } from '../support/people.ts'
import type { Rig, RigOptions } from '../support/rig.ts'
import { LANE, layoutFile, SITE } from '../support/site.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()
const ticketSchema = z.object({ data: z.object({ kind: z.literal('ticket'), qr: z.string() }) })

async function carPark(over: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = await rigged({
    layout: parkingLayout(),
    policy: parkingPolicy(),
    devices: parkingDevices(),
    ...over,
  })
  const reply = await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  expect(reply).toMatchObject({ kind: 'committed', outcome: { ok: true } })
  return rig
}

/** What is asked stands as a VietQR on the display, and the bank tells of it. */
async function carParkWithAccount(): Promise<Rig> {
  const { merchants, ...layout } = parkingLayout()
  const account = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE' }
  return carPark({
    layout: { ...layout, merchants: merchants.map((each) => ({ ...each, account })) },
    policy: { ...parkingPolicy(), parking: { ...PARKING_POLICY, bankConfirmation: 'expected' } },
  })
}

async function cameraOf(rig: Rig, lane: string): Promise<WireDevice> {
  const camera = wireDevice(rig, deviceId(`${lane}-camera`))
  await camera.connect()
  return camera
}

const seen = (text: string, more: object = {}): object => ({
  plates: [{ text, confidencePermille: 962 }],
  direction: null,
  vehicle: 'car',
  picture: 'gate-1/000417.jpg',
  eventId: null,
  ...more,
})

const PASS: RightTerms = {
  id: 'm-1' as RightId,
  kind: 'pass',
  status: 'active',
  holder: 'Căn hộ 12A',
  places: [],
  vehicleClasses: [],
  spaces: 2,
  validFrom: instant(0),
  validUntil: instant(RIGHT_UNTIL_MAX),
  hours: [],
  session: null,
  relief: { kind: 'covers' },
}

function credit(rig: Rig, charge: ChargeId, amount: number, reference: string) {
  const { gateway } = rig.now()
  return gateway.submit({
    source: principalOf('gateway', 'bank-credits'),
    id: `bank:${reference}`,
    bytes: JSON.stringify([charge, amount, VND]),
    actor: { kind: 'client', id: 'owner', role: 'operator' },
    body: { kind: 'credit-by-charge', charge, amount: money(amount, VND), reference },
  })
}

describe('the car park', () => {
  test('reads a plate, gives a ticket as a code, counts the car in, and knows it by its ticket at the exit', async () => {
    const rig = await carPark()
    const entry = await laneOf(rig, LANE)
    const camera = await cameraOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    const answered = await camera.ask('plate-seen', seen('30A-123.45'))
    expect(answered).toMatchObject({ ok: true })
    await drivesThrough(rig, entry)

    expect(rig.query('SELECT status, vehicle_class, entry_by FROM session')).toEqual([
      { status: 'inside', vehicle_class: 'car', entry_by: 'plate' },
    ])
    expect(rig.query('SELECT place, count FROM occupancy')).toEqual([{ place: 'lot', count: 1 }])
    expect(rig.query(`SELECT value FROM vault WHERE purpose = 'plate'`)).toEqual([{ value: '30A12345' }])

    const shown = entry.display.commands.flatMap((command) => {
      const ticket = ticketSchema.safeParse(command)
      return ticket.success ? [ticket.data.data.qr] : []
    })
    expect(shown).toHaveLength(1)
    expect(rig.query(`SELECT jws FROM document WHERE typ = 'ticket+jwt'`)).toEqual([{ jws: shown[0] }])

    await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await exit.reader.ask('scan', { text: shown[0] })
    await rig.runFor(1_000)
    expect(exit.display.commands.at(-1)).toMatchObject({
      data: { kind: 'amount-due', amount: { amount: 50_000, currency: 'VND' } },
    })
    expect(rig.query('SELECT due, status, paid FROM charge')).toEqual([{ due: 50_000, status: 'open', paid: 0 }])
  })

  test('shows the VietQR of what is asked at the exit, and opens for the vehicle that stands there when the bank has told of it', async () => {
    const rig = await carParkWithAccount()
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
    await drivesThrough(rig, entry)
    await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE_OUT)).ask('plate-seen', seen('30A-123.45'))
    await rig.runFor(1_000)
    const [charge] = rig.query('SELECT id FROM charge')
    const id = String(charge?.['id']) as ChargeId
    const shown = exit.display.commands.at(-1)
    expect(shown).toMatchObject({ data: { kind: 'amount-due', qr: expect.stringContaining('540550000') } })
    expect(JSON.stringify(shown)).toContain(transferReference(id, SITE))

    const credited = credit(rig, id, 50_000, 'FT26326482910')
    await rig.runFor(500)
    expect(await credited).toMatchObject({
      kind: 'committed',
      outcome: { ok: true, kind: 'credited', rest: { amount: 0 } },
    })
    await drivesThrough(rig, exit)
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'left' }])
    expect(rig.query('SELECT due, paid, status FROM charge')).toEqual([{ due: 50_000, paid: 50_000, status: 'paid' }])
    expect(rig.query('SELECT tender, amount FROM payment')).toEqual([{ tender: 'bank-transfer', amount: 50_000 }])
  })

  test('asks and lets out who came in by a lane that the layout has no more; the last way out may not go while anybody is inside', async () => {
    const rig = await carPark()
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
    const without = (lane: string) => ({
      ...rig.layout,
      lanes: rig.layout.lanes.filter(({ id }) => id !== lane),
      parking: { ...PARKING, lanes: PARKING.lanes.filter((each) => each.lane !== lane) },
    })
    const misfits = (lane: string) => layoutMisfits(without(lane), rig.layout, rig.now().books.standing, [], null)
    expect(misfits(LANE)).toEqual([expect.stringMatching(/it has no lane \S+, and somebody who was let through/)])
    await drivesThrough(rig, entry)
    expect(misfits(LANE)).toEqual([])
    expect(misfits(LANE_OUT)).toEqual([
      expect.stringMatching(
        /no lane of it lets a car out into the street, and 1 open stay\(s\) of class car stand in lot/,
      ),
    ])
    const loaded = await rig.load('layout', layoutFile(without(LANE), { epoch: 1, n: 9 }, rig.timeline.now()))
    expect(loaded).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE_OUT)).ask('plate-seen', seen('30A-123.45'))
    await rig.runFor(1_000)
    expect(exit.display.commands.at(-1)).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 50_000 } } })
    const [charge] = rig.query('SELECT id FROM charge')
    const credited = credit(rig, String(charge?.['id']) as ChargeId, 50_000, 'FT1')
    await rig.runFor(500)
    await credited
    await drivesThrough(rig, exit)
    expect(rig.query('SELECT status, entry_lane FROM session')).toEqual([{ status: 'left', entry_lane: LANE }])
    expect(rig.query('SELECT sum(amount) AS amount FROM segment')).toEqual([{ amount: 50_000 }])
    expect(rig.query('SELECT count FROM occupancy')).toEqual([{ count: 0 }])
  })

  test('asks nobody any more at a lane that goes with a new layout: its display does not go on showing the VietQR, and what was paid by it lets out all the same', async () => {
    const rig = await carParkWithAccount()
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
    await drivesThrough(rig, entry)
    await rig.runFor(HOUR_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE_OUT)).ask('plate-seen', seen('30A-123.45'))
    await rig.runFor(1_000)
    expect(exit.display.commands.at(-1)).toMatchObject({ data: { kind: 'amount-due', qr: expect.any(String) } })
    const without = {
      ...rig.layout,
      lanes: rig.layout.lanes.filter(({ id }) => id !== LANE_OUT),
      parking: { ...PARKING, lanes: PARKING.lanes.filter(({ lane }) => lane !== LANE_OUT) },
    }
    const load = (layout: typeof rig.layout, n: number) =>
      rig.load('layout', layoutFile(layout, { epoch: 1, n }, rig.timeline.now()))
    expect(await load(without, 8)).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    await rig.runFor(1_000)
    const told = exit.display.commands.length
    expect(exit.display.commands.at(-1)).toMatchObject({ data: { kind: 'refused', refusal: 'lane-unknown', qr: null } })
    const [charge] = rig.query('SELECT id FROM charge')
    const credited = credit(rig, String(charge?.['id']) as ChargeId, 50_000, 'FT1')
    await rig.runFor(500)
    expect(await credited).toMatchObject({ kind: 'committed', outcome: { ok: true, rest: { amount: 0 } } })
    expect(exit.display.commands.length, 'and nothing after it').toBe(told)
    expect(await load(rig.layout, 9)).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    await rig.runFor(1_000)
    expect(exit.display.commands.at(-1), 'put back, it is ready').toMatchObject({ data: { kind: 'idle' } })
    for (const loop of [exit.safety, exit.approach, exit.barrier]) await loop.connect()
    await exit.barrier.ask('barrier', { state: 'closed' })
    await exit.safety.ask('occupied', { occupied: false })
    await exit.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE_OUT)).ask('plate-seen', seen('30A-123.45'))
    await rig.runFor(1_000)
    expect(exit.barrier.commands.at(-1)).toMatchObject({ type: 'open' })
  })

  test('asks anew at the exit when the amount holds no more, also over a restart: display and VietQR show what is taken', async () => {
    const rig = await carParkWithAccount()
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
    await drivesThrough(rig, entry)
    await rig.runFor(59 * MINUTE_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE_OUT)).ask('plate-seen', seen('30A-123.45'))
    await rig.runFor(1_000)
    const asks = () => exit.display.commands.at(-1)
    expect(asks()).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 25_000 } } })
    expect(rig.query("SELECT count(*) AS waits FROM due WHERE id LIKE 'quote-lapses:%'")).toEqual([{ waits: 1 }])
    rig.crash()
    await rig.start()
    await rig.runFor(1_000)
    await exit.display.connect({ boot: 'display-boot-2' })
    await exit.approach.connect({ boot: 'approach-boot-2' })
    await exit.approach.ask('occupied', { occupied: true })
    await rig.runFor(PARKING_POLICY.quoteHoldMs + 5_000)
    expect(asks()).toMatchObject({
      data: { kind: 'amount-due', amount: { amount: 50_000 }, qr: expect.stringContaining('540550000') },
    })
  })

  test('tells who stands at the exit of a debt that is paid at its own charge meanwhile, and of a pass that is renewed', async () => {
    const rig = await carParkWithAccount()
    const submit = async (id: string, body: RequestBody) => {
      const reply = rig.now().gateway.submit({
        source: principalOf('client', 'gate-1'),
        id,
        bytes: id,
        actor: { kind: 'client', id: 'gate-1', role: 'operator' },
        body,
      })
      await rig.runFor(500)
      expect(await reply).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    }
    const began = instant(rig.timeline.now())
    const pass = (days: number): RequestBody => ({
      kind: 'right-put',
      right: {
        id: 'm-1' as RightId,
        kind: 'pass',
        status: 'active',
        holder: '',
        places: [],
        vehicleClasses: [],
        spaces: 1,
        validFrom: began,
        validUntil: later(rig.timeline.now(), days * DAY_MS),
        hours: [],
        session: null,
        relief: { kind: 'covers' },
      },
      plates: ['30A-123.45'],
      reason: 'of the staff',
    })
    const entry = await laneOf(rig, LANE)
    const exit = await laneOf(rig, LANE_OUT)
    const [cameraIn, cameraOut] = [await cameraOf(rig, LANE), await cameraOf(rig, LANE_OUT)]
    const comesIn = async () => {
      await entry.approach.ask('occupied', { occupied: true })
      await cameraIn.ask('plate-seen', seen('30A-123.45'))
      await drivesThrough(rig, entry)
    }
    const atExit = async () => {
      await exit.approach.ask('occupied', { occupied: true })
      await cameraOut.ask('plate-seen', seen('30A-123.45'))
      await rig.runFor(1_000)
    }
    const shown = () => exit.display.commands.at(-1)
    await comesIn()
    await atExit()
    const [debt] = rig.query('SELECT id FROM charge')
    await submit('on-debt', { kind: 'leave-on-debt', lane: laneId(LANE_OUT), reason: 'no money on him' })
    await drivesThrough(rig, exit)
    await submit('pass-1', pass(1))
    await comesIn()
    await rig.runFor(DAY_MS + 30 * MINUTE_MS)
    await atExit()
    expect(shown()).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 50_000 } } })
    const credited = credit(rig, String(debt?.['id']) as ChargeId, 25_000, 'FT1')
    await rig.runFor(500)
    expect(await credited).toMatchObject({ outcome: { ok: true, kind: 'credited', overpaid: { amount: 0 } } })
    expect(shown()).toMatchObject({
      data: { kind: 'amount-due', amount: { amount: 25_000 }, qr: expect.stringContaining('540525000') },
    })
    await submit('pass-2', pass(30))
    expect(shown()).toMatchObject({ data: { kind: 'goodbye' } })
    await drivesThrough(rig, exit)
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'left' }, { status: 'left' }])
  })

  test.each(['call-staff', 'leave-on-debt'] as const)(
    'at a lane whose policy is to %s acts on who pays nothing and shows nothing, in its time and over a restart, once',
    async (unpaid) => {
      const layout = parkingLayout()
      const parking = { ...PARKING, lanes: PARKING.lanes.map((each) => ({ ...each, unpaid })) }
      const rig = await carPark({ layout: { ...layout, parking } })
      const entry = await laneOf(rig, LANE)
      await entry.approach.ask('occupied', { occupied: true })
      await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
      await drivesThrough(rig, entry)
      await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
      const exit = await laneOf(rig, LANE_OUT)
      await exit.approach.ask('occupied', { occupied: true })
      await (await cameraOf(rig, LANE_OUT)).ask('plate-seen', seen('30A-123.45'))
      await rig.runFor(PARKING_POLICY.unpaidAfterMs - 30_000)
      rig.crash()
      await rig.start()
      await rig.runFor(1_000)
      await exit.display.connect({ boot: 'display-boot-2' })
      await exit.barrier.connect({ boot: 'barrier-boot-2' })
      await exit.approach.connect({ boot: 'approach-boot-2' })
      await exit.approach.ask('occupied', { occupied: true })
      const shows = () => JSON.stringify(exit.display.commands.at(-1))
      expect(shows()).not.toContain('nhân viên sẽ tới giúp')
      await rig.runFor(35_000)
      const called = () => rig.query("SELECT status FROM staff_case WHERE kind = 'unpaid-at-lane'")
      if (unpaid === 'call-staff') {
        expect(shows()).toContain('Vui lòng chờ, nhân viên sẽ tới giúp')
        expect(shows()).toContain('Please wait, staff will come to help')
        expect(exit.display.commands.at(-1)).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 50_000 } } })
        expect(called()).toEqual([{ status: 'open' }])
        await rig.runFor(PARKING_POLICY.quoteHoldMs + PARKING_POLICY.unpaidAfterMs)
        expect([called(), shows()]).toEqual([[{ status: 'open' }], expect.stringContaining('nhân viên sẽ tới giúp')])
        return
      }
      expect(exit.display.commands).toContainEqual(
        expect.objectContaining({ data: expect.objectContaining({ kind: 'debt' }) }),
      )
      expect(exit.barrier.commands.filter(({ type }) => type === 'open')).toHaveLength(1)
      expect(rig.query("SELECT count(*) AS waits FROM due WHERE id LIKE 'unpaid-due:%'")).toEqual([{ waits: 0 }])
      expect(called()).toEqual([])
    },
  )

  test('asks for no transfer at the lane while upstream has gone silent, and for one again when it is heard of', async () => {
    const rig = await carParkWithAccount()
    const heard = (id: string) =>
      rig.now().gateway.submit({
        source: principalOf('gateway', 'upstream'),
        id,
        bytes: id,
        actor: { kind: 'client', id: 'owner', role: 'operator' },
        body: { kind: 'upstream-reached' },
      })
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
    await drivesThrough(rig, entry)
    const first = heard('contact-1')
    await rig.runFor(PARKING_POLICY.bankAwayAfterMs + MINUTE_MS)
    await first
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE_OUT)).ask('plate-seen', seen('30A-123.45'))
    await rig.runFor(1_000)
    expect(exit.display.commands.at(-1)).toMatchObject({ data: { kind: 'amount-due', qr: null } })
    const second = heard('contact-2')
    await rig.runFor(PARKING_POLICY.quoteHoldMs + 1_000)
    await second
    expect(exit.display.commands.at(-1)).toMatchObject({ data: { kind: 'amount-due', qr: expect.any(String) } })
  })

  test('gives out tickets as links to the driver’s page where it has a public address, and its readers know them', async () => {
    const rig = await carPark({ publicUrl: 'https://baixe.example' })
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
    await drivesThrough(rig, entry)
    const shown = entry.display.commands.flatMap((command) => ticketSchema.safeParse(command).data?.data.qr ?? [])
    const [ticket] = rig.query(`SELECT jws FROM document WHERE typ = 'ticket+jwt'`)
    const jws = String(ticket?.['jws'])
    expect(shown).toEqual([`https://baixe.example/parking#${jws}`])
    expect(JSON.stringify(entry.display.commands)).toContain(`Vé số ${ticketDigits(jws)}`)
    const bodies = rig.query('SELECT body FROM journal').map((row) => String(row['body']))
    expect(
      bodies.filter((body) => body.includes('baixe.example')),
      'no record knows the address',
    ).toEqual([])

    await rig.runFor(MINUTE_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    expect(await exit.reader.ask('scan', { text: shown[0] })).toMatchObject({ ok: true, kind: 'amount-asked' })
  })

  test('makes of a ticket and the longest address a code which a cheap reader takes', async () => {
    const rig = await carPark({ publicUrl: `https://${'a'.repeat(PUBLIC_URL_CHARACTERS_MAX - 8)}` })
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await (await cameraOf(rig, LANE)).ask('plate-seen', seen('30A-123.45'))
    await rig.runFor(500)
    const [link] = entry.display.commands.flatMap((command) => ticketSchema.safeParse(command).data?.data.qr ?? [])
    expect(link).toMatch(/^https:\/\/a{72}\/parking#ey/)
    // 93 modules a side with 15 % of it mended, and 85 with 7 %: readers for tickets of events take as much.
    expect(create(link ?? '', { errorCorrectionLevel: 'M' }).version).toBeLessThanOrEqual(19)
    expect(create(link ?? '', { errorCorrectionLevel: 'L' }).version).toBeLessThanOrEqual(17)
  })

  test('prints a ticket for whoever presses for one, and none for who has gone since', async () => {
    const rig = await carPark()
    const entry = await laneOf(rig, LANE)
    const button = wireDevice(rig, deviceId(`${LANE}-ticket-button`))
    const printer = wireDevice(rig, deviceId(`${LANE}-printer`))
    await button.connect()
    await printer.connect()
    expect(await button.ask('ticket-asked', {})).toMatchObject({ ok: false, refusal: 'no-vehicle' })
    await entry.approach.ask('occupied', { occupied: true })
    await rig.runFor(30_000)
    const late = button.say('ticket-asked', {}, { agoMs: 25_000 })
    expect(await button.answer(late)).toMatchObject({ ok: false, refusal: 'stale-scan' })
    expect(await button.ask('ticket-asked', {})).toMatchObject({ ok: true })
    await drivesThrough(rig, entry)
    const printed = printer.commands.map((command) => ticketSchema.parse(command).data.qr)
    expect(rig.query(`SELECT jws FROM document WHERE typ = 'ticket+jwt'`)).toEqual(printed.map((jws) => ({ jws })))
    expect(printed).toHaveLength(1)
    expect(rig.query('SELECT status, entry_by FROM session')).toEqual([{ status: 'inside', entry_by: 'ticket' }])
  })

  test('hears a plate that is said again and again as one sighting, and answers each', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE)
    const camera = await cameraOf(rig, LANE)
    const { seq } = rig.now().books.head()
    for (let n = 0; n < 5; n += 1) {
      expect(await camera.ask('plate-seen', seen('30A-123.45'))).toMatchObject({ ok: true })
    }
    expect(rig.now().books.head().seq).toBe(seq + 1)
    await camera.ask('plate-seen', seen('30A-123.99'))
    expect(rig.now().books.head().seq).toBe(seq + 2)
    await rig.runFor(MINUTE_MS)
    await camera.ask('plate-seen', seen('30A-123.99'))
    expect(rig.now().books.head().seq).toBe(seq + 3)
  })

  test('takes the word of a camera that could read nothing, and of one that stands at no lane not at all', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE)
    const camera = await cameraOf(rig, LANE)
    await camera.ask('plate-seen', { ...seen(''), plates: [] })
    expect(rig.query(`SELECT count(*) AS records FROM journal WHERE event = 'plate-seen'`)).toEqual([{ records: 1 }])
    expect(rig.fatal).toEqual([])
  })

  test('writes no plate into a record, whatever becomes of the event', async () => {
    const rig = await carPark()
    const entry = await laneOf(rig, LANE)
    const camera = await cameraOf(rig, LANE)
    await camera.ask('plate-seen', seen('30A-123.45'))
    await entry.approach.ask('occupied', { occupied: true })
    await camera.ask('plate-seen', seen('51G-999.99'))
    await drivesThrough(rig, entry)
    const bodies = rig.query('SELECT body FROM journal').map((row) => String(row['body']))
    expect(bodies.filter((body) => /30A|51G|12345|99999|000417/.test(body))).toEqual([])
  })

  test.each([
    ['back a day', -DAY_MS],
    ['forward ten years', 3_653 * DAY_MS],
  ])(
    'whose clock is set %s while it runs and a car is inside: nothing is asked by it, nothing is erased, and all is well when it is right',
    async (_how, wrongByMs) => {
      let trust: ClockTrust = { state: 'synced', uncertaintyMs: 50 }
      const rig = await carPark({ trust: () => trust })
      const entry = await laneOf(rig, LANE)
      const camera = await cameraOf(rig, LANE)
      await entry.approach.ask('occupied', { occupied: true })
      await camera.ask('plate-seen', seen('30A-123.45'))
      await drivesThrough(rig, entry)
      const ticket = entry.display.commands.flatMap((command) => {
        const shown = ticketSchema.safeParse(command)
        return shown.success ? [shown.data.data.qr] : []
      })[0]
      await rig.runFor(HOUR_MS + 5 * MINUTE_MS)

      rig.setClockWrongBy(wrongByMs)
      // No source says that a clock is right which somebody has set.
      trust = { state: 'unknown' }
      const exit = await laneOf(rig, LANE_OUT)
      await exit.approach.ask('occupied', { occupied: true })
      expect(await exit.reader.ask('scan', { text: ticket })).toMatchObject({ ok: false })
      // Long enough for all that a gateway does by itself.
      await rig.runFor(3 * HOUR_MS)
      expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'inside' }])
      expect(rig.query('SELECT due FROM charge')).toEqual([])
      expect(rig.query(`SELECT value FROM vault WHERE purpose = 'plate'`)).toEqual([{ value: '30A12345' }])
      expect(rig.fatal).toEqual([])

      rig.setClockWrongBy(0)
      trust = { state: 'synced', uncertaintyMs: 50 }
      await rig.runFor(MINUTE_MS)
      await exit.approach.ask('occupied', { occupied: false })
      await exit.approach.ask('occupied', { occupied: true })
      // An hour and three more, begun ones counted: five of 25,000.
      expect(await exit.reader.ask('scan', { text: ticket })).toMatchObject({
        ok: true,
        kind: 'amount-asked',
        due: { amount: 125_000 },
      })
    },
  )

  test.each([
    ['back a day', -DAY_MS, 50_000],
    ['forward ten years', 3_653 * DAY_MS, 25_000],
  ])(
    'whose clock is set %s stops a stolen pass all the same: its vehicle is a visitor, and what is inside under it pays from the last time that is sure, or from what that clock says where it is before',
    async (_how, wrongByMs, due) => {
      let trust: ClockTrust = { state: 'synced', uncertaintyMs: 50 }
      const rig = await carPark({ trust: () => trust })
      const told = (id: string, body: RequestBody) => {
        const { gateway } = rig.now()
        const source = principalOf('client', 'owner')
        return rig.until(
          gateway.submit({ source, id, bytes: id, actor: { kind: 'client', id: 'owner', role: 'operator' }, body }),
        )
      }
      const moved = (status: 'active' | 'suspended') =>
        told(status, { kind: 'right-status', right: PASS.id, status, reason: 'stolen' })
      await told('put', {
        kind: 'right-put',
        right: PASS,
        plates: ['30A-123.45', '30A-123.46'],
        isNew: true,
        reason: 'of the staff',
      })
      const comes = async (plate: string) => {
        const entry = await laneOf(rig, LANE)
        const camera = await cameraOf(rig, LANE)
        await entry.approach.ask('occupied', { occupied: true })
        await camera.ask('plate-seen', seen(plate))
        await drivesThrough(rig, entry)
      }
      await comes('30A-123.45')
      await rig.runFor(HOUR_MS)
      rig.setClockWrongBy(wrongByMs)
      trust = { state: 'unknown' }
      expect(await moved('suspended')).toMatchObject({ outcome: { ok: true } })
      expect(await moved('active')).toMatchObject({ outcome: { ok: false, refusal: 'pass-clock-not-trusted' } })
      await comes('30A-123.46')
      expect(rig.query('SELECT entry_by AS by FROM session ORDER BY rowid')).toEqual([{ by: 'right' }, { by: 'plate' }])

      rig.setClockWrongBy(0)
      trust = { state: 'synced', uncertaintyMs: 50 }
      await rig.runFor(MINUTE_MS)
      const exit = await laneOf(rig, LANE_OUT)
      const camera = await cameraOf(rig, LANE_OUT)
      await exit.approach.ask('occupied', { occupied: true })
      expect(await camera.ask('plate-seen', seen('30A-123.45'))).toMatchObject({
        ok: true,
        kind: 'amount-asked',
        due: { amount: due },
      })
    },
  )

  test('takes a ticket that it signed while its clock ran ahead for the stay’s ticket: staff are called with a case, as for its plate, and the driver is asked when that time has come', async () => {
    const rig = await carPark()
    rig.setClockWrongBy(2 * HOUR_MS)
    const entry = await laneOf(rig, LANE)
    const camera = await cameraOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await camera.ask('plate-seen', seen('30A-123.45'))
    await drivesThrough(rig, entry)
    const ticket = entry.display.commands.flatMap((command) => {
      const shown = ticketSchema.safeParse(command)
      return shown.success ? [shown.data.data.qr] : []
    })[0]
    expect(ticket).toBeDefined()

    rig.setClockWrongBy(0)
    const before = await laneOf(rig, LANE_OUT)
    await before.approach.ask('occupied', { occupied: true })
    const refused = async ({ reader, display }: LaneDevices, refusal: string): Promise<void> => {
      expect(await reader.ask('scan', { text: ticket })).toMatchObject({ ok: false, refusal })
      await rig.runFor(1_000)
      expect(display.commands.at(-1)).toMatchObject({ data: { kind: 'call-staff' } })
    }
    const cases = () => rig.query(`SELECT kind, session FROM staff_case WHERE status = 'open'`)
    const [stay] = rig.query('SELECT id FROM session')
    await refused(before, 'clock-not-trusted')
    expect(cases()).toEqual([{ kind: 'time-unclear', session: stay?.['id'] }])

    const { books, gateway } = rig.now()
    const source = { state: 'synced', uncertaintyMs: 50 } as const
    const accepted = gateway.submit({
      source: principalOf('gateway', 'operator'),
      id: 'accepted',
      bytes: 'accepted',
      actor: { kind: 'gateway', id: 'operator', role: null },
      body: { kind: 'clock-accepted', over: books.newestTrustedAt(), source, reason: 'it was two hours ahead' },
    })
    expect(await rig.until(accepted)).toMatchObject({ outcome: { ok: true } })
    rig.crash()
    await rig.start()
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await refused(exit, 'stay-time-unclear')
    expect(cases()).toEqual([{ kind: 'time-unclear', session: stay?.['id'] }])
    expect(exit.barrier.commands).toEqual([])

    await rig.runFor(2 * HOUR_MS + MINUTE_MS)
    expect(await exit.reader.ask('scan', { text: ticket })).toMatchObject({ ok: true, kind: 'amount-asked' })
  })
})
