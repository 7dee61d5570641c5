import { describe, expect, test } from 'vitest'
import { deviceId, principalOf } from '../../core/ids.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import { LANE_OUT, parkingDevices, parkingLayout, parkingPolicy, tariffsFile } from '../support/car-park.ts'
import { laneOf, rigs, walletOf } from '../support/people.ts'
import { chargeOf, scanOf, word } from '../support/requests.ts'
import type { Rig } from '../support/rig.ts'
import { LANE, layoutFile, policyFile, STALL } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()
const AT_STALL = { kind: 'stall', id: STALL } as const
const SECOND = { epoch: 1, n: 2 }

/** As an upgrade may find it: it was checked by the version of before, and this one asks for more. */
function spoil(rig: Rig, kind: string): void {
  rig
    .now()
    .db.db.$client.prepare('UPDATE bundle SET content = ? WHERE kind = ?')
    .run('{"version":{"epoch":1,"n":1},"issuedAt":"2026-01-01T00:00:00Z"}', kind)
}

async function restartedWithout(kind: string): Promise<Rig> {
  const rig = await rigged()
  expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'c1', 50_000))))).toBe('charge-opened')
  spoil(rig, kind)
  rig.crash()
  await rig.start()
  return rig
}

test.each(['layout', 'policy'])(
  'a %s in force that cannot be read ends no start, takes nothing, and is named',
  async (kind) => {
    const rig = await restartedWithout(kind)
    expect([...rig.now().gateway.unreadable().keys()]).toEqual([kind])
    const before = rig.now().books.head().seq
    const reply = await rig.until(rig.now().gateway.submit(chargeOf('till', 'c2', 10_000)))
    expect(reply).toMatchObject({ kind: 'pushed-back', refusal: 'not-ready' })
    await rig.runFor(1_000)
    expect(rig.now().books.head().seq).toBe(before)
    expect(rig.query("SELECT seq FROM journal WHERE kind = 'fault'")).toEqual([])
    expect(rig.fatal).toEqual([])
  },
)

test.each(['key-set', 'deny-list'] as const)(
  'a %s in force that cannot be read has codes refused by name, and nothing else: what was paid keeps its answer, and staff go on',
  async (kind) => {
    const rig = await rigged()
    const [first, second] = [
      walletOf(rig, 'Hoa').pay(AT_STALL, 50_000, 'place'),
      walletOf(rig, 'Lan').pay(AT_STALL, 50_000, 'place'),
    ]
    expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'c1', 50_000))))).toBe('charge-opened')
    const paid = await rig.until(rig.now().gateway.submit(scanOf('phone', 's1', first.text)))
    expect(word(paid)).toBe('paid')
    spoil(rig, kind)
    rig.crash()
    await rig.start()
    expect([...rig.now().gateway.unreadable().keys()]).toEqual([kind])
    expect(rig.now().books.takesCodes()).toBe(false)

    expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'c2', 50_000))))).toBe('charge-opened')
    const { gateway } = rig.now()
    expect(word(await rig.until(gateway.submit(scanOf('phone', 's2', second.text))))).toBe('refused: codes-unchecked')
    expect(await rig.until(gateway.submit(scanOf('phone', 's1', first.text)))).toEqual({ ...paid, repeated: true })
    const byHand = await rig.until(
      gateway.submit({
        source: principalOf('client', 'gate'),
        id: 'h1',
        bytes: 'h1',
        actor: { kind: 'client', id: 'gate', role: 'attendant' },
        body: { kind: 'open-by-hand', lane: LANE, reason: 'a trolley' },
      }),
    )
    expect(word(byHand), 'its barrier is away').toBe('barrier-away')
    expect(rig.query('SELECT count(*) AS n FROM spent')).toEqual([{ n: 1 }])
    expect(rig.fatal).toEqual([])
    expect(rig.query("SELECT seq FROM journal WHERE kind = 'fault'")).toEqual([])

    const issuedAt = later(rig.timeline.now(), -HOUR_MS)
    const right = kind === 'key-set' ? rig.issuers.keySet(SECOND, issuedAt) : rig.issuers.denyList(SECOND, issuedAt)
    expect(await rig.load(kind, JSON.stringify(right))).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    expect(rig.now().gateway.unreadable().size).toBe(0)
    expect(word(await rig.until(gateway.submit(scanOf('phone', 's3', second.text))))).toBe('paid')
  },
)

test('due times wait for a policy where the books have none in force: none is lost, and none comes before its time', async () => {
  const rig = await rigged()
  expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'c1', 50_000))))).toBe('charge-opened')
  rig.now().db.db.$client.exec("DELETE FROM current_bundle WHERE kind = 'policy'")
  rig.crash()
  await rig.start()
  const { seq } = rig.now().books.head()
  await rig.runFor(2 * rig.policy.chargeOpenMaxMs)
  expect(rig.now().books.head().seq, 'nothing was decided of it').toBe(seq)
  expect(rig.query('SELECT status FROM charge')).toEqual([{ status: 'open' }])
  await rig.load('policy', policyFile(rig.policy, SECOND, later(rig.timeline.now(), -HOUR_MS)))
  await rig.runFor(5_000)
  expect(rig.query('SELECT status FROM charge')).toEqual([{ status: 'expired' }])
})

describe('a car park', () => {
  async function withOneInside(): Promise<{ readonly rig: Rig; readonly ticket: string }> {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
    await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
    const entry = await laneOf(rig, LANE)
    await entry.approach.ask('occupied', { occupied: true })
    await plateSeen(rig, LANE)
    await rig.runFor(500)
    const open = entry.barrier.commands.findLast(({ type }) => type === 'open')
    entry.barrier.report(open?.id ?? '', 'done')
    await entry.barrier.ask('barrier', { state: 'open' })
    await entry.safety.ask('occupied', { occupied: true })
    await entry.approach.ask('occupied', { occupied: false })
    await entry.safety.ask('occupied', { occupied: false })
    await rig.runFor(2_000)
    await entry.barrier.ask('barrier', { state: 'closed' })
    const [document] = rig.query("SELECT jws FROM document WHERE typ = 'ticket+jwt'")
    return { rig, ticket: String(document?.['jws']) }
  }

  async function plateSeen(rig: Rig, lane: string): Promise<void> {
    const camera = wireDevice(rig, deviceId(`${lane}-camera`))
    await camera.connect()
    const plates = [{ text: '30A-123.45', confidencePermille: 962 }]
    await camera.ask('plate-seen', { plates, direction: null, vehicle: 'car', picture: null, eventId: null })
  }

  async function without(rig: Rig, kind: string): Promise<void> {
    spoil(rig, kind)
    rig.crash()
    await rig.start()
    await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
  }

  test.each(['a ticket of the box itself', 'a plate'])(
    'whose keys cannot be read asks for cash or a transfer, and is told of a stay by %s',
    async (by) => {
      const { rig, ticket } = await withOneInside()
      await without(rig, 'key-set')
      const exit = await laneOf(rig, LANE_OUT)
      await exit.approach.ask('occupied', { occupied: true })
      if (by === 'a plate') await plateSeen(rig, LANE_OUT)
      else await exit.reader.ask('scan', { text: ticket })
      await rig.runFor(1_000)
      expect(exit.display.commands.at(-1)).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 50_000 } } })
      expect(exit.display.commands.at(-1), 'and for no code').toMatchObject({
        data: { lines: { en: expect.arrayContaining(['Pay cash to the staff']) } },
      })
      expect(rig.query('SELECT due, paid FROM charge')).toEqual([{ due: 50_000, paid: 0 }])
      expect(exit.barrier.commands).toEqual([])
    },
  )

  test.each([
    ['of another form', '{"version":{"epoch":1,"n":1},"issuedAt":"2026-01-01T00:00:00Z"}'],
    ['not even JSON', '{"version":'],
  ])('whose tariffs are %s quotes nothing, opens for nobody, and says so', async (_what, content) => {
    const { rig } = await withOneInside()
    rig.now().db.db.$client.prepare("UPDATE bundle SET content = ? WHERE kind = 'tariffs'").run(content)
    rig.crash()
    await rig.start()
    expect([...rig.now().gateway.unreadable().keys()]).toEqual(['tariffs'])
    await rig.runFor(HOUR_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await plateSeen(rig, LANE_OUT)
    await rig.runFor(1_000)
    expect(rig.query("SELECT seq FROM journal WHERE kind = 'fault'")).toEqual([])
    expect(rig.query('SELECT due FROM charge')).toEqual([])
    expect(rig.query('SELECT kind FROM staff_case')).toEqual([{ kind: 'no-tariff' }])
    expect(exit.barrier.commands).toEqual([])
    const right = tariffsFile(SECOND, later(rig.timeline.now(), -HOUR_MS))
    expect(await rig.load('tariffs', right)).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    expect(rig.now().gateway.unreadable().size).toBe(0)
  })
})

test.each(['layout', 'policy'] as const)(
  'a right %s with a higher version mends it, and no due time was lost or hurried meanwhile',
  async (kind) => {
    const rig = await restartedWithout(kind)
    await rig.runFor(rig.policy.chargeOpenMaxMs / 2)
    const issuedAt = later(rig.timeline.now(), -HOUR_MS)
    const file = kind === 'layout' ? layoutFile(rig.layout, SECOND, issuedAt) : policyFile(rig.policy, SECOND, issuedAt)
    expect(await rig.load(kind, file)).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    expect(rig.now().gateway.unreadable().size).toBe(0)
    expect(rig.query('SELECT status FROM charge')).toEqual([{ status: 'open' }])
    await rig.runFor(rig.policy.chargeOpenMaxMs)
    expect(rig.query('SELECT status FROM charge')).toEqual([{ status: 'expired' }])
  },
)
