import { describe, expect, test } from 'vitest'
import type { CaseId, ChargeId, SessionId } from '../../core/ids.ts'
import { deviceId, principalOf, siteId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts'
import { transferReference } from '../../core/transfer-reference.ts'
import { stillHeld } from '../../db/on-behalf.ts'
import { openForReading } from '../../db/open.ts'
import { standing } from '../../db/takings.ts'
import type { RequestBody } from '../../gateway/path/path.ts'
import { parkingDevices, parkingLayout, parkingPolicy, TARIFF_TEXT, tariffsFile } from '../support/car-park.ts'
import { drivesThrough, laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()

async function submit(rig: Rig, id: string, by: string, body: RequestBody) {
  const reply = rig.now().gateway.submit({
    source: principalOf('client', by),
    id,
    bytes: id,
    actor: { kind: 'client', id: by, role: 'operator' },
    body,
  })
  await rig.runFor(500)
  return reply
}

/** A stay of an hour inside, and its charge. */
async function inside(): Promise<{ rig: Rig; charge: ChargeId; due: number }> {
  const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, rig.timeline.now(), TARIFF_TEXT))
  const entry = await laneOf(rig, LANE)
  await entry.approach.ask('occupied', { occupied: true })
  const camera = wireDevice(rig, deviceId(`${LANE}-camera`))
  await camera.connect()
  const plates = [{ text: '30A-123.45', confidencePermille: 962 }]
  await camera.ask('plate-seen', { plates, direction: null, vehicle: 'car', picture: null, eventId: null })
  await drivesThrough(rig, entry)
  await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
  const session = String(rig.query('SELECT id FROM session')[0]?.['id']) as SessionId
  await submit(rig, 'quote', 'gate-1', { kind: 'session-quoted', session })
  const row = rig.query('SELECT id, due FROM charge')[0]
  return { rig, charge: String(row?.['id']) as ChargeId, due: Number(row?.['due']) }
}

function books<Result>(rig: Rig, ask: (db: Parameters<typeof stillHeld>[0]) => Result): Result {
  const open = openForReading(rig.file)
  try {
    return ask(open.db)
  } finally {
    open.close()
  }
}

describe('cash that an attendant transfers', () => {
  test('is listed by its person and charge until a transfer is known to be theirs, is a case after a day, and is no overpayment', async () => {
    const { rig, charge, due } = await inside()
    const held = () => books(rig, (db) => [...stillHeld(db)])
    const stands = () => books(rig, (db) => standing(db, siteId(rig.layout.site)))
    const cases = () => rig.query(`SELECT kind FROM staff_case WHERE status = 'open'`).map(({ kind }) => kind)
    await submit(rig, 'cash', 'gate-1', {
      kind: 'cash-taken',
      charge,
      tender: 'cash-on-behalf',
      amount: money(due, VND),
    })
    expect(held()).toMatchObject([{ charge, by: 'gate-1', amount: due, mode: 'live', since: expect.any(Number) }])
    expect(stands()).toMatchObject([{ mode: 'live', onBehalf: due, toGiveBack: 0 }])
    await rig.runFor(DAY_MS)
    expect(cases()).toContain('on-behalf')
    const credit = (id: string) =>
      submit(rig, id, 'bank', { kind: 'credit-by-charge', charge, amount: money(due, VND), reference: id })
    expect(await credit('FT1')).toMatchObject({ outcome: { ok: true, kind: 'credit-unmatched' } })
    expect(rig.query(`SELECT charge FROM staff_case WHERE kind = 'credit-unmatched'`)).toMatchObject([{ charge }])
    expect(held(), 'not passed on by what the driver may have sent').toMatchObject([{ charge, amount: due }])
    const assign = (id: string, sender: 'payer' | 'staff' | null) =>
      submit(rig, id, 'office', {
        kind: 'credit-moved',
        reference: 'FT1',
        charge,
        reason: 'asked gate-1',
        ...(sender === null ? {} : { sender }),
      })
    expect(await assign('a', null)).toMatchObject({ outcome: { ok: false, refusal: 'credit-sender-missing' } })
    expect(await assign('b', 'staff')).toMatchObject({ outcome: { kind: 'credited', overpaid: { amount: 0 } } })
    expect([held(), cases().filter((kind) => kind === 'on-behalf' || kind === 'overpaid')]).toEqual([[], []])
    expect(stands()).toMatchObject([{ onBehalf: 0, toGiveBack: 0 }])
  })

  test('and the driver’s own transfer, slow, is a case: theirs is too much, and staff hold the cash still', async () => {
    const { rig, charge, due } = await inside()
    await submit(rig, 'cash', 'gate-1', {
      kind: 'cash-taken',
      charge,
      tender: 'cash-on-behalf',
      amount: money(due, VND),
    })
    const text = `CT ${transferReference(charge, siteId(rig.layout.site))}`
    const told = { kind: 'credit-by-text', reference: 'FT2', amount: money(due, VND), text, toldAt: null } as const
    expect(await submit(rig, 'FT2', 'bank', told)).toMatchObject({ outcome: { ok: true, kind: 'credit-unmatched' } })
    const named = {
      kind: 'credit-moved',
      reference: 'FT2',
      charge,
      reason: 'has shown the app',
      sender: 'payer',
    } as const
    expect(await submit(rig, 'named', 'office', named)).toMatchObject({
      outcome: { kind: 'credited', overpaid: { amount: due } },
    })
    expect(books(rig, (db) => standing(db, siteId(rig.layout.site)))).toMatchObject([
      { onBehalf: due, toGiveBack: due, unmatched: 0 },
    ])
    expect(rig.query(`SELECT kind FROM staff_case WHERE status = 'open' AND charge = '${charge}'`)).toMatchObject([
      { kind: 'overpaid' },
    ])
  })

  test('is in the drawer by the word of one of two who hold it: the list names the other still, and their case comes at once', async () => {
    const { rig, charge, due } = await inside()
    const held = () => books(rig, (db) => [...stillHeld(db)])
    const cases = () => rig.query(`SELECT id FROM staff_case WHERE kind = 'on-behalf' AND status = 'open'`)
    for (const [by, amount] of [
      ['gate-1', due - 5_000],
      ['gate-2', 5_000],
    ] as const)
      await submit(rig, by, by, { kind: 'cash-taken', charge, tender: 'cash-on-behalf', amount: money(amount, VND) })
    await rig.runFor(DAY_MS)
    const end = (by: string) =>
      submit(rig, `${by}-ends`, by, {
        kind: 'case-ended',
        case: String(cases()[0]?.['id']) as CaseId,
        reason: 'drawer',
      })
    expect(await end('gate-2')).toMatchObject({ outcome: { ok: true } })
    expect(held()).toMatchObject([{ charge, by: 'gate-1', amount: due - 5_000 }])
    expect(cases()).toHaveLength(1)
    await end('gate-1')
    expect([held(), cases()]).toEqual([[], []])
  })
})
