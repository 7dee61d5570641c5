import { describe, expect, test } from 'vitest'
import type { CaseId, ChargeId } from '../../core/ids.ts'
import { deviceId, laneId, principalOf } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import { createCorrections } from '../../db/corrections.ts'
import { ANSWERED_MAX, ANSWERED_REFUSED_MAX, endAnsweredCases } from '../../gateway/path/answered-cases.ts'
import type { PathReply, RequestBody } from '../../gateway/path/path.ts'
import { LANE_OUT, parkingDevices, parkingLayout, parkingPolicy, tariffsFile } from '../support/car-park.ts'
import type { LaneDevices } from '../support/people.ts'
import { laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()

async function asAttendant(rig: Rig, id: string, body: RequestBody): Promise<void> {
  const reply = rig.now().gateway.submit({
    source: principalOf('client', 'gate-1'),
    id,
    bytes: id,
    actor: { kind: 'client', id: 'gate-1', role: 'attendant' },
    body,
  })
  expect(await rig.until(reply)).toMatchObject({ outcome: { ok: true } })
}

async function reads(rig: Rig, lane: string): Promise<void> {
  const camera = wireDevice(rig, deviceId(`${lane}-camera`))
  await camera.connect()
  const plates = [{ text: '30A-123.45', confidencePermille: 962 }]
  await camera.ask('plate-seen', { plates, direction: null, vehicle: 'car', picture: null, eventId: null })
  await rig.runFor(500)
}

async function passes(rig: Rig, { approach, safety, barrier }: LaneDevices): Promise<void> {
  barrier.report(barrier.commands.findLast(({ type }) => type === 'open')?.id ?? '', 'done')
  await safety.ask('occupied', { occupied: true })
  await rig.runFor(2_000)
  await approach.ask('occupied', { occupied: false })
  await safety.ask('occupied', { occupied: false })
  await rig.runFor(5_000)
}

const cases = (rig: Rig) => rig.query(`SELECT kind, status FROM staff_case`)
const endings = (rig: Rig) =>
  rig.query(`SELECT body ->> '$.event.actor.id' AS by FROM journal WHERE body ->> '$.event.body.kind' = 'case-ended'`)

test('what a version before has left open of who left unpaid and has paid since is ended at the start, once, by records that say so', async () => {
  const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  const entry = await laneOf(rig, LANE)
  await entry.approach.ask('occupied', { occupied: true })
  await reads(rig, LANE)
  await passes(rig, entry)
  await rig.runFor(MINUTE_MS)
  const exit = await laneOf(rig, LANE_OUT)
  await exit.approach.ask('occupied', { occupied: true })
  await reads(rig, LANE_OUT)
  await asAttendant(rig, 'by-hand', { kind: 'open-by-hand', lane: laneId(LANE_OUT), reason: 'has no money' })
  await rig.runFor(500)
  await passes(rig, exit)
  expect(cases(rig)).toEqual([{ kind: 'left-unpaid', status: 'open' }])

  // Who owes keeps the case, over a start too.
  rig.crash()
  await rig.start()
  await rig.runFor(MINUTE_MS)
  expect([cases(rig), endings(rig)]).toEqual([[{ kind: 'left-unpaid', status: 'open' }], []])
  const [charge] = rig.query('SELECT id FROM charge')
  const id = String(charge?.['id']) as ChargeId
  await asAttendant(rig, 'cash', { kind: 'cash-taken', charge: id, amount: money(25_000, VND), tender: 'cash' })
  expect(cases(rig)).toEqual([{ kind: 'left-unpaid', status: 'ended' }])

  // As it stood in books of before.
  rig
    .now()
    .db.db.$client.exec(
      `UPDATE staff_case SET status = 'open', ended_at = NULL, reason = NULL WHERE kind = 'left-unpaid'`,
    )
  for (const start of [1, 2]) {
    rig.crash()
    await rig.start()
    await rig.runFor(MINUTE_MS)
    expect([cases(rig), endings(rig)], `start ${start}`).toEqual([
      [{ kind: 'left-unpaid', status: 'ended' }],
      [{ by: 'cases' }],
    ])
  }
  const put = createCorrections(rig.now().db.db.$client)('live', 0).corrections
  expect(put, 'no person has put anything right').toEqual([])
})

describe('what a version before has left open', () => {
  const ended = { kind: 'committed', answer: '', outcome: { ok: true, kind: 'noted' }, repeated: false } as const
  const refused = { ...ended, outcome: { ok: false, refusal: 'no-car-park', due: null } } as const
  const pushedBack = { kind: 'pushed-back', refusal: 'busy', retryAfterMs: 1_000 } as const

  /** Of so many cases, each answered so: the ids of the events that were handed in. */
  async function handedIn(count: number, answer: (n: number) => PathReply): Promise<readonly string[]> {
    const ids: string[] = []
    const books = {
      head: () => ({ epoch: 3, seq: 100 + ids.length }) as never,
      nextAnsweredCase: (after: { readonly openedAt: number } | null) => {
        const openedAt = (after?.openedAt ?? 0) + 1
        return openedAt > count ? null : { id: `c-${openedAt}` as CaseId, openedAt }
      },
    }
    await endAnsweredCases(
      books,
      async ({ id }) => {
        ids.push(id)
        return answer(ids.length)
      },
      () => false,
    )
    return ids
  }

  test('is gone on with behind a case that is refused, and that one is a new event at the next start', async () => {
    expect(await handedIn(3, (n) => (n === 1 ? refused : ended))).toEqual([
      'answered:3:100:c-1',
      'answered:3:101:c-2',
      'answered:3:102:c-3',
    ])
  })

  test('is ended at one start so far and no further, and left to the next where all are refused or the books take none', async () => {
    expect(await handedIn(ANSWERED_MAX, () => ended)).toHaveLength(ANSWERED_MAX)
    expect(await handedIn(ANSWERED_MAX + 1, () => ended)).toHaveLength(ANSWERED_MAX)
    expect(await handedIn(ANSWERED_MAX, () => refused)).toHaveLength(ANSWERED_REFUSED_MAX)
    expect(await handedIn(3, () => pushedBack)).toHaveLength(1)
  })

  test('ends nobody’s process where it cannot be read: the next start goes on', async () => {
    const unread = {
      head: () => ({ epoch: 3, seq: 1 }) as never,
      nextAnsweredCase: () => {
        throw new Error('the books are shut')
      },
    }
    await expect(
      endAnsweredCases(
        unread,
        async () => ended,
        () => false,
      ),
    ).resolves.toBeUndefined()
  })
})
