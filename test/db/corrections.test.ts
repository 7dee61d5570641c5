import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EventBody } from '../../core/events.ts'
import type { CaseId, SessionId } from '../../core/ids.ts'
import { vehicleClass } from '../../core/ids.ts'
import { HOUR_MS } from '../../core/time.ts'
import { CORRECTIONS_LOOKED_THROUGH_MAX, createCorrections } from '../../db/corrections.ts'
import { openDebts } from '../../db/debts.ts'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import { vnd } from '../core/kit.ts'
import { CAR, carPark, LOT, PRICE, RIGHT } from './car-park.ts'
import { openMarket } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

type One = { readonly value: string | number }

test('what people have put right can be read: who, when, what stood there before and after, and why, until that is erased', () => {
  const site = openMarket(temporaryFolder())
  const park = carPark(site)
  const { $client: client } = site.open.db
  const one = (statement: string) => String((client.prepare(statement).get() as One).value)
  const act = (body: Parameters<typeof park.commit>[0]) => {
    const done = park.commit(body, { person: true })
    expect(done).toMatchObject({ kind: 'committed', outcome: { ok: true } })
  }
  park.enter('30A-123.45')
  const session = one("SELECT id AS value FROM session WHERE status = 'inside'") as SessionId
  act({
    kind: 'session-corrected',
    session,
    correction: { kind: 'plate', plate: '30A-123.46' },
    reason: 'misread in the rain',
  })
  act({
    kind: 'session-corrected',
    session,
    correction: { kind: 'plate', plate: '30A-123.47' },
    reason: 'looked once more',
  })
  act({ kind: 'session-corrected', session, correction: { kind: 'passback-reset' }, reason: 'went out on foot' })
  act({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'], isNew: true, reason: 'of the staff' })
  act({ kind: 'right-put', right: RIGHT, plates: ['30F-246.81'] })
  for (const status of ['suspended', 'suspended', 'active', 'suspended', 'ended'] as const)
    act({ kind: 'right-status', right: RIGHT.id, status, reason: `now ${status}` })
  act({ kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 7, reason: 'counted by hand' })
  park.wait(3 * HOUR_MS)
  act({ kind: 'session-quoted', session })
  const charge = one('SELECT id AS value FROM charge') as never
  const due = Number(one('SELECT due AS value FROM charge'))
  act({ kind: 'cash-taken', charge, tender: 'cash', amount: vnd(due + 3_000), confirmed: true })
  act({ kind: 'refund', charge, amount: vnd(1_000), reason: 'waited long' })
  act({ kind: 'session-corrected', session, correction: { kind: 'close' }, reason: 'it has gone' })
  const found = one("SELECT id AS value FROM staff_case WHERE status = 'open'") as CaseId
  act({ kind: 'case-ended', case: found, reason: 'money is given back' })
  expect(
    park.commit(
      { kind: 'occupancy-corrected', place: LOT, vehicleClass: vehicleClass('ship'), count: 1, reason: 'x' },
      { person: true },
    ),
    'refused: nothing was put right',
  ).toMatchObject({ outcome: { ok: false } })

  const corrections = createCorrections(client)
  const [first, next] = [corrections('live', 0), corrections('live', corrections('live', 0).next ?? 0)]
  expect(first.corrections.map(({ kind, of, before, after, reason }) => [kind, of, before, after, reason])).toEqual([
    ['stay-plate', session, '30A12345', '30A12346', 'misread in the rain'],
    ['stay-plate', session, '30A12346', '30A12347', 'looked once more'],
    ['passback-reset', session, null, null, 'went out on foot'],
    ['pass-given', RIGHT.id, null, null, 'of the staff'],
    ['pass-plates', RIGHT.id, null, '30F24681', null],
    ['right-status', RIGHT.id, 'active', 'suspended', 'now suspended'],
    ['right-status', RIGHT.id, 'suspended', 'active', 'now active'],
    ['right-status', RIGHT.id, 'active', 'suspended', 'now suspended'],
    ['right-status', RIGHT.id, 'suspended', 'ended', 'now ended'],
    ['count', `${LOT}/${CAR}`, '1', '7', 'counted by hand'],
    ['refund', charge, null, '1000 VND', 'waited long'],
    ['stay-closed', session, 'open', 'closed', 'it has gone'],
    ['case-ended', found, 'open', 'ended', 'money is given back'],
  ])
  expect(first.corrections.every(({ by, at }) => by !== '' && at > 0)).toBe(true)
  expect(next).toEqual({ corrections: [], next: null })
  expect(corrections('training', 0).corrections).toEqual([])

  // As records of before say it: by when it was away alone.
  client.exec('DROP TRIGGER journal_never_updated')
  client.exec(`UPDATE journal SET body = replace(replace(body, '"before":"active",', ''), '"before":"suspended",', '')`)
  expect(corrections('live', 0)).toEqual(first)

  client.exec("UPDATE vault SET value = NULL WHERE purpose IN ('reason', 'plate')")
  const erased = corrections('live', 0).corrections
  expect(erased.map(({ reason }) => reason)).toEqual(erased.map(() => null))
  expect(erased[0]).toMatchObject({ kind: 'stay-plate', before: null, after: null })
  site.books.close()
})

test('a debt that the office takes off is said once: who, of which stay, how much and why; no vehicle is asked for it, and a rebuild says the same', async () => {
  const site = openMarket(temporaryFolder())
  const park = carPark(site)
  const { $client: client } = site.open.db
  park.enter('30A-123.45')
  const session = String((client.prepare('SELECT id FROM session').get() as { readonly id: string }).id) as SessionId
  const put = (correction: Extract<EventBody, { kind: 'session-corrected' }>['correction'], reason: string) =>
    park.commit({ kind: 'session-corrected', session, correction, reason }, { person: true })
  put({ kind: 'class', vehicleClass: CAR }, 'looked at it')
  put({ kind: 'close' }, 'it has gone')
  expect(client.prepare("SELECT held FROM session_credential WHERE kind = 'plate'").pluck().all()).toEqual(['owed'])
  expect(put({ kind: 'debt-off' }, 'a cloned plate')).toMatchObject({ outcome: { ok: true } })
  expect(put({ kind: 'debt-off' }, 'once more')).toMatchObject({ outcome: { ok: false, refusal: 'nothing-owed' } })
  expect(client.prepare("SELECT held FROM session_credential WHERE kind = 'plate'").pluck().all()).toEqual([null])
  expect(client.prepare('SELECT status, due = paid AS whole FROM charge').all()).toEqual([{ status: 'paid', whole: 1 }])
  expect(client.prepare("SELECT count(*) FROM staff_case WHERE status = 'open'").pluck().get()).toBe(0)
  expect(openDebts(site.open.db, null)).toEqual([])
  const { corrections } = createCorrections(client)('live', 0)
  expect(corrections.map(({ kind, of, before, after, by, reason }) => [kind, of, before, after, by, reason])).toEqual([
    ['stay-closed', session, 'open', 'closed', 'gate-1', 'it has gone'],
    ['debt-off', session, `${PRICE} VND`, '0 VND', 'gate-1', 'a cloned plate'],
  ])
  site.books.close()
  const source = openForReading(site.file)
  expect(await rebuild(source, join(temporaryFolder(), 'new.db'))).toMatchObject({ kind: 'rebuilt', differences: [] })
  source.close()
})

test('so many records are looked through at a time, and the next page goes on after them', () => {
  const site = openMarket(temporaryFolder())
  const park = carPark(site)
  const { $client: client } = site.open.db
  const body = { kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 7, reason: 'counted' } as const
  park.commit(body, { person: true })
  const { last } = client.prepare('SELECT max(seq) AS last FROM journal').get() as { readonly last: number }
  const columns = (client.pragma('table_info(journal)') as { readonly name: string }[]).map(({ name }) => name)
  const values = columns.map((name) => {
    if (name === 'seq') return 'seq + i'
    if (name === 'key') return "key || '-' || i"
    return name === 'event' ? "'loop'" : name
  })
  client.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${CORRECTIONS_LOOKED_THROUGH_MAX})
    INSERT INTO journal (${columns.join()}) SELECT ${values.join()} FROM journal, n WHERE seq = ${last}`)
  const corrections = createCorrections(client)
  const page = corrections('live', last)
  expect(page).toEqual({ corrections: [], next: last + CORRECTIONS_LOOKED_THROUGH_MAX })
  expect(corrections('live', last - 1)).toMatchObject({
    corrections: [{ kind: 'count' }],
    next: last - 1 + CORRECTIONS_LOOKED_THROUGH_MAX,
  })
  site.books.close()
})

test('what the office gives for nothing by a validation, and a pass that is brought to other plates, is said: who, which stay or pass, and what', () => {
  const site = openMarket(temporaryFolder())
  const park = carPark(site)
  park.enter('30A-123.45')
  const { $client: client } = site.open.db
  const row = client.prepare<[], { id: SessionId }>('SELECT id FROM session').get()
  const session = row?.id ?? null
  const put = (right: object, more: object = {}) =>
    expect(
      park.commit({ kind: 'right-put', right: { ...RIGHT, ...right }, plates: [], ...more } as never, { person: true }),
    ).toMatchObject({ outcome: { ok: true } })
  const validation = { kind: 'validation', session, spaces: 1 }
  put({ ...validation, id: 'op-1', relief: { kind: 'covers' } }, { isNew: true, reason: 'the gate was shut' })
  put({ ...validation, id: 'op-2', relief: { kind: 'amount', amount: vnd(5_000) } }, { isNew: true, reason: 'a guest' })
  put({ ...validation, id: 'op-3', relief: { kind: 'share', basisPoints: 2_500 } }, { isNew: true, reason: 'rain' })
  put({ ...validation, id: 'op-4', relief: { kind: 'first-minutes', minutes: 60 } })
  put({}, { isNew: true, reason: 'of the staff' })
  put({}, { plates: ['29B-123.45'] })
  const { corrections } = createCorrections(client)('live', 0)
  expect(corrections.map(({ kind, of, after, reason }) => [kind, of, after, reason])).toEqual([
    ['validation-given', session, 'covers all', 'the gate was shut'],
    ['validation-given', session, '5000 VND', 'a guest'],
    ['validation-given', session, '25 %', 'rain'],
    ['validation-given', session, '60 min', null],
    ['pass-given', RIGHT.id, null, 'of the staff'],
    ['pass-plates', RIGHT.id, '29B12345', null],
  ])
  expect(corrections.every(({ by }) => by !== '')).toBe(true)
  site.books.close()
})
