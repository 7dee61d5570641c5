import { createPublicKey, verify } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deviceId, laneId, principalOf } from '../../core/ids.ts'
import type { Instant } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import { verifyJournal } from '../../db/verify.ts'
import type { HttpApp } from '../../gateway/http/app.ts'
import { createHttpApp } from '../../gateway/http/app.ts'
import { ticketsOf } from '../../gateway/wiring/ticket-check.ts'
import {
  LANE_OUT,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  parkingPolicy,
  tariffsFile,
} from '../support/car-park.ts'
import type { LaneDevices } from '../support/people.ts'
import { laneOf, rigs } from '../support/people.ts'
import type { Rig, RigOptions } from '../support/rig.ts'
import { LANE } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'
import { kit, tokenFor } from './http/kit.ts'

const rigged = rigs()

async function carPark(over: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices(), ...over })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return rig
}

/** The HTTP side of the gateway that runs now, over its path and its books. */
function httpOf(rig: Rig): HttpApp {
  const { gateway, clock } = rig.now()
  const fake = kit()
  return createHttpApp({
    ...fake.parts,
    path: gateway.path,
    clock,
    reads: { ...fake.parts.reads, layout: () => rig.layout },
    tickets: ticketsOf(rig.ownKeys),
  })
}

type Who = 'attendant' | 'anyLane' | 'operator' | 'vendor'
type Said = { readonly status: number; readonly text: string; readonly json: Record<string, unknown> }

async function ask(rig: Rig, app: HttpApp, as: Who, address: string, key?: string, body?: object): Promise<Said> {
  const headers = new Headers({ authorization: `Bearer ${tokenFor(as)}`, 'content-type': 'application/json' })
  if (key !== undefined) headers.set('idempotency-key', key)
  const method = body === undefined ? 'GET' : 'POST'
  const answered = Promise.resolve(
    app.fetch(
      new Request(`http://gateway.test${address}`, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      }),
    ),
  )
  // The body is read in real time; what comes after it happens in virtual time.
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  const answer = await rig.until(answered)
  const text = await answer.text()
  return { status: answer.status, text, json: JSON.parse(text) as Record<string, unknown> }
}

/** A phone whose clock is wrong by so much: what it says of a moment. */
const phoneOf =
  (rig: Rig, wrongByMs: number) =>
  (at: Instant = rig.timeline.now()): string =>
    new Date(at + wrongByMs).toISOString()

async function comesIn(rig: Rig, entry: LaneDevices): Promise<string> {
  const button = wireDevice(rig, deviceId(`${LANE}-ticket-button`))
  await button.connect()
  await entry.approach.ask('occupied', { occupied: true })
  expect(await button.ask('ticket-asked', {})).toMatchObject({ ok: true })
  await rig.runFor(500)
  const open = entry.barrier.commands.findLast((command) => command.type === 'open')
  entry.barrier.report(open?.id ?? '', 'done')
  await entry.barrier.ask('barrier', { state: 'open' })
  await entry.safety.ask('occupied', { occupied: true })
  await rig.runFor(2_000)
  await entry.approach.ask('occupied', { occupied: false })
  await entry.safety.ask('occupied', { occupied: false })
  await rig.runFor(2_000)
  await entry.barrier.ask('barrier', { state: 'closed' })
  const [ticket] = rig.query(`SELECT jws FROM document WHERE typ = 'ticket+jwt' ORDER BY seq DESC LIMIT 1`)
  return String(ticket?.['jws'])
}

const keysSchema = z.object({ keys: z.array(z.object({ kid: z.string(), jwk: z.record(z.string(), z.string()) })) })
type Keys = z.infer<typeof keysSchema>['keys']

/** All that a phone can do with no box. */
function isGenuine(keys: Keys, ticket: string): boolean {
  const [header = '', payload = '', signature = ''] = ticket.split('.')
  const { kid } = z
    .object({ kid: z.string(), alg: z.literal('EdDSA') })
    .parse(JSON.parse(Buffer.from(header, 'base64url').toString()))
  const key = keys.find((each) => each.kid === kid)
  if (key === undefined) return false
  const publicKey = createPublicKey({ key: key.jwk, format: 'jwk' })
  return verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))
}

const forged = (ticket: string): string => {
  const [header = '', payload = '', signature = ''] = ticket.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const other = { ...claims, entered: Number(claims['entered']) + 3_600 }
  return [header, Buffer.from(JSON.stringify(other)).toString('base64url'), signature].join('.')
}

const total = (rig: Rig, account: string): unknown =>
  rig.query(`SELECT debits_posted - credits_posted AS balance FROM account WHERE id = '${account}'`)[0]?.['balance']

describe('the box is dead', () => {
  test('an attendant’s phone checks tickets by itself, and hands in later whom it let in and out: booked once, at the right time, and the books are whole', async () => {
    const rig = await carPark()
    const ticket = await comesIn(rig, await laneOf(rig, LANE))
    const before = httpOf(rig)
    const { keys } = keysSchema.parse((await ask(rig, before, 'attendant', '/v1/ticket-keys')).json)
    await rig.runFor(30 * MINUTE_MS)
    const exit = await laneOf(rig, LANE_OUT)
    rig.crash()

    expect(isGenuine(keys, ticket)).toBe(true)
    expect(isGenuine(keys, forged(ticket))).toBe(false)
    await rig.runFor(20 * MINUTE_MS)
    const leftAt = rig.timeline.now()
    await rig.runFor(10 * MINUTE_MS)
    const cameAt = rig.timeline.now()
    await rig.runFor(HOUR_MS)

    await rig.start()
    await rig.runFor(10 * SECOND_MS)
    const app = httpOf(rig)
    // The phone is wrong by three hours, which falls out.
    const phone = phoneOf(rig, -3 * HOUR_MS)
    const lanes = rig.query('SELECT * FROM lane_state ORDER BY lane')
    const told = exit.barrier.commands.length
    const letOut = {
      kind: 'let-out',
      occurredAt: phone(leftAt),
      ticket: `https://park.example/parking#${ticket}`,
      plate: '30A-123.45',
      cash: 20_000,
      reason: 'Mất điện',
    }
    const address = `/v1/lanes/${LANE_OUT}/late-events`
    const first = await ask(rig, app, 'anyLane', address, 'out-1', { ...letOut, handedInAt: phone() })
    expect(first).toMatchObject({
      status: 200,
      json: {
        kind: 'evidence-taken',
        stay: 'ended',
        paid: { amount: 20_000 },
        owed: { amount: 5_000 },
        misfit: null,
        cases: [],
      },
    })
    await rig.runFor(5 * MINUTE_MS)
    const again = await ask(rig, app, 'anyLane', address, 'out-1', { ...letOut, handedInAt: phone() })
    expect(again.text, 'sent again later with another clock: the same event').toBe(first.text)
    const other = await ask(rig, app, 'operator', address, 'out-2', { ...letOut, handedInAt: phone() })
    expect(other.json, 'by another phone').toMatchObject({ stay: 'untouched', misfit: 'already-over' })
    const reused = await ask(rig, app, 'anyLane', address, 'out-1', { ...letOut, cash: 25_000, handedInAt: phone() })
    expect(reused.json).toMatchObject({ refusal: 'key-reused' })

    const letIn = { kind: 'let-in', occurredAt: phone(cameAt), plate: '29A-678.90', reason: 'Vé giấy số 12' }
    const began = await ask(rig, app, 'attendant', `/v1/lanes/${LANE}/late-events`, 'in-1', {
      ...letIn,
      handedInAt: phone(),
    })
    expect(began.json).toMatchObject({ stay: 'begun', misfit: null })

    expect(rig.query('SELECT status, moved_at, moved_lane FROM session ORDER BY seq')).toEqual([
      { status: 'left', moved_at: leftAt, moved_lane: LANE_OUT },
      { status: 'inside', moved_at: cameAt, moved_lane: LANE },
    ])
    expect(rig.query('SELECT due, paid, status FROM charge')).toEqual([{ due: 25_000, paid: 20_000, status: 'owed' }])
    expect(rig.query('SELECT tender, amount FROM payment')).toEqual([{ tender: 'cash', amount: 20_000 }])
    expect(total(rig, 'live:cash:market-1')).toBe(20_000)
    expect(rig.query('SELECT count FROM occupancy')).toEqual([{ count: 1 }])
    expect(rig.query('SELECT * FROM lane_state ORDER BY lane'), 'the lanes are as they were').toEqual(lanes)
    expect(exit.barrier.commands).toHaveLength(told)
    const bodies = rig.query('SELECT body FROM journal').map((row) => String(row['body']))
    expect(bodies.filter((body) => /30A12345|123\.45|29A67890|678\.90/.test(body))).toEqual([])
    expect(rig.fatal).toEqual([])

    const file = rig.file
    await rig.stop()
    const open = openForReading(file)
    try {
      const openings = createAudit(open.db).openedWithoutPayment(0).openings
      expect(openings.map(({ lane, why }) => ({ lane, why }))).toMatchObject([
        {
          lane: LANE_OUT,
          why: {
            kind: 'late-evidence',
            what: 'let-out',
            by: 'gate-all',
            reason: 'Mất điện',
            occurredAt: { at: leftAt, by: 'device' },
          },
        },
        { lane: LANE_OUT, why: { kind: 'late-evidence', by: 'office' } },
        { lane: LANE, why: { what: 'let-in', by: 'gate-1', reason: 'Vé giấy số 12', occurredAt: { at: cameAt } } },
      ])
      expect(await verifyJournal(open)).toMatchObject({ isWhole: true, faults: [] })
      expect(await rebuild(open, `${file}.rebuilt`)).toMatchObject({ kind: 'rebuilt', differences: [] })
    } finally {
      open.close()
    }
  })
})

test('late evidence is taken for a day less than answers are known, also by a policy in force that says more: nothing is booked twice', async () => {
  const seenKeepMs = PARKING_POLICY.lateEvidenceAgeMaxMs - 2 * DAY_MS
  const rig = await carPark({ seenKeepMs })
  expect(rig.now().books.policy()?.parking).toEqual({
    ...PARKING_POLICY,
    lateEvidenceAgeMaxMs: seenKeepMs - DAY_MS,
  })
  await laneOf(rig, LANE)
  const phone = phoneOf(rig, 0)
  const handIn = async (key: string, ageMs: number): Promise<Said> => {
    const letIn = { kind: 'let-in', plate: `29A-678.${key}`, reason: 'Mất điện' }
    const [occurredAt, handedInAt] = [phone(later(rig.timeline.now(), -ageMs)), phone()]
    return ask(rig, httpOf(rig), 'attendant', `/v1/lanes/${LANE}/late-events`, key, {
      ...letIn,
      occurredAt,
      handedInAt,
    })
  }
  expect((await handIn('10', seenKeepMs - DAY_MS - MINUTE_MS)).json).toMatchObject({ stay: 'begun' })
  expect((await handIn('11', seenKeepMs - DAY_MS + MINUTE_MS)).json).toMatchObject({ refusal: 'evidence-too-old' })
  expect((await handIn('12', seenKeepMs + MINUTE_MS)).json, 'by the books themselves').toMatchObject({
    refusal: 'too-old',
  })
})

test('a note that was taken before its reason lost the space at its end is the same when it comes again, and another reason is not', async () => {
  const rig = await carPark()
  await laneOf(rig, LANE)
  const phone = phoneOf(rig, 0)
  const note = { kind: 'let-in', occurredAt: phone(), plate: '29A-678.90', reason: 'Mất điện ' } as const
  const address = `/v1/lanes/${LANE}/late-events`
  const said = instant(Date.parse(note.occurredAt))
  const before = rig.now().gateway.submit({
    source: principalOf('client', 'gate-1'),
    id: 'in-1',
    bytes: `POST ${address}\n${JSON.stringify(note)}`,
    actor: { kind: 'client', id: 'gate-1', role: 'attendant' },
    body: {
      kind: 'late-evidence',
      lane: laneId(LANE),
      what: 'let-in',
      saidAt: said,
      handedInAt: said,
      ticket: null,
      plate: note.plate,
      vehicleClass: null,
      cash: null,
      reason: 'Mất điện',
    },
  })
  await rig.runFor(500)
  expect(await before).toMatchObject({ kind: 'committed', outcome: { kind: 'evidence-taken' } })
  const handIn = (reason: string) =>
    ask(rig, httpOf(rig), 'attendant', address, 'in-1', { ...note, reason, handedInAt: phone() })
  expect(await handIn(note.reason)).toMatchObject({ status: 200, json: { kind: 'evidence-taken' } })
  expect((await handIn('Mất điện  ')).json).toMatchObject({ refusal: 'key-reused' })
  expect((await handIn('Mất điện')).json).toMatchObject({ refusal: 'key-reused' })
  expect(rig.query('SELECT id FROM session')).toHaveLength(1)
})

describe('what a phone hands in is refused at the edge', () => {
  test.each([
    ['with a forged ticket', (ticket: string) => ({ ticket: forged(ticket) }), 'token-signature'],
    ['with a token of another kind', () => ({ ticket: 'x.y.z' }), 'not-a-token'],
    ['with cash of 0', (ticket: string) => ({ ticket, cash: 0 }), 'wrong-schema'],
    ['with a fraction of a đồng', (ticket: string) => ({ ticket, cash: 0.5 }), 'wrong-schema'],
    ['with a day that is none', (ticket: string) => ({ ticket, occurredAt: '2026-02-30T10:00:00Z' }), 'wrong-schema'],
    ['with a time of no zone', (ticket: string) => ({ ticket, occurredAt: '2026-11-22T10:00:00' }), 'wrong-schema'],
    ['of another lane than theirs', (ticket: string) => ({ ticket }), 'forbidden'],
  ] as const)('%s: nothing is journaled', async (what, over, refusal) => {
    const rig = await carPark()
    const ticket = await comesIn(rig, await laneOf(rig, LANE))
    const { seq } = rig.now().books.head()
    const phone = phoneOf(rig, 0)
    const body = { kind: 'let-out', occurredAt: phone(), handedInAt: phone(), reason: 'x', ...over(ticket) }
    const as = what === 'of another lane than theirs' ? 'attendant' : 'anyLane'
    const said = await ask(rig, httpOf(rig), as, `/v1/lanes/${LANE_OUT}/late-events`, 'k', body)
    expect(said.json).toMatchObject({ refusal })
    expect(rig.now().books.head().seq).toBe(seq)
  })
})
