import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CaseId, ChargeId, RightId, SessionId } from '../../core/ids.ts'
import { deviceId } from '../../core/ids.ts'
import { CASES_READ_MAX, DEBTS_READ_MAX, RIGHTS_READ_MAX, STAYS_READ_MAX } from '../../core/parking/facts.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS } from '../../core/time.ts'
import type { TicketToken } from '../../core/tokens.ts'
import { openForReading } from '../../db/open.ts'
import { createParkingReader } from '../../db/parking-facts.ts'
import { SHOWN_NOTHING } from '../../db/parking-look-ups.ts'
import { createPseudonyms } from '../../db/pseudonyms.ts'
import { rebuild } from '../../db/rebuild.ts'
import { CAR, PARK_IN, PARK_OUT, PARKING, PARKING_POLICY, RIGHT } from './car-park.ts'
import { at, GATEWAY, LAYOUT, NOON, POLICY, payToken, SITE, signedClaims } from './kit.ts'
import { charge, days, foundBy, moved, openPark, projecting, rows, stay } from './parking-books.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('the cases of a lane that are read are the newest: what stands open for weeks hides none of today', () => {
  const { site, park } = openPark()
  const seen = CASES_READ_MAX + 1
  for (let n = 0; n <= seen; n += 1) {
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, `51F-${100 + n}.00`)
    park.turnRound(PARK_OUT)
  }
  expect(rows(site, "SELECT count(*) AS n FROM staff_case WHERE kind = 'exit-without-entry'")).toEqual([
    { n: seen + 1 },
  ])
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '51F-999.00')
  park.wait(4_000)
  park.see(PARK_OUT, '51F-999.00', 980)
  expect(rows(site, "SELECT count(*) AS n FROM staff_case WHERE kind = 'exit-without-entry'")).toEqual([
    { n: seen + 2 },
  ])
})

describe('a plate', () => {
  test('stands in no record, and its text is in the vault under what the record names', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    const [open] = rows(site, 'SELECT id FROM session')
    park.commit(
      {
        kind: 'session-corrected',
        session: String(open?.['id']) as SessionId,
        correction: { kind: 'plate', plate: '51G-999.99' },
        reason: 'the camera was dirty',
      },
      { person: true },
    )
    const journal = rows(site, 'SELECT body FROM journal').map((row) => String(row['body']))
    for (const text of ['30A', '123.45', '12345', '30F', '24680', '51G', 'snapshot-of']) {
      expect(journal.filter((body) => body.includes(text))).toEqual([])
    }
    const said = journal.find((body) => body.includes('"kind":"plate-seen"')) ?? ''
    const [kept] = rows(site, `SELECT ref FROM vault WHERE value = '30A12345'`)
    expect(said).toContain(String(kept?.['ref']))
    expect(rows(site, `SELECT value FROM vault WHERE purpose = 'plate' ORDER BY value`)).toEqual([
      { value: '30A12345' },
      { value: '30F24680' },
      { value: '51G99999' },
    ])
    expect(rows(site, `SELECT value FROM vault WHERE purpose = 'picture'`)).toEqual([
      { value: 'snapshot-of-30A-123.45' },
    ])
  })

  test('is found months later by the salt of the month in which it came', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    const later = days(45)
    expect(foundBy(site, '30A 12345', later).found).toMatchObject([{ by: 'plate', plate: 'same' }])
    expect(foundBy(site, '30A-123.46', later).found).toEqual([])
    expect(rows(site, `SELECT ref FROM vault WHERE purpose = 'period' ORDER BY ref`)).toEqual([
      { ref: 'period:2026-11' },
      { ref: 'period:2027-01' },
    ])
  })

  test('that cameras take for one that is inside is found as a candidate, and corrects nothing', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    const { found, plates } = foundBy(site, '3OA-I23.45', days(0))
    expect(found).toMatchObject([{ by: 'plate-candidate', plate: 'candidate' }])
    const [inside] = rows(site, `SELECT value FROM session_credential WHERE kind = 'plate'`)
    expect(plates[0]?.mac).not.toBe(inside?.['value'])
  })

  test.each(['Х'.repeat(6), '3\u200b0A12345', 'A'.repeat(200), ''])('that is none (%j) finds nothing', (text) => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    expect(foundBy(site, text, days(0))).toMatchObject({ plates: [null], found: [], debts: [], rights: [] })
  })

  test('that owes more often than is read: the oldest are asked, and all of it counts against what may be owed', () => {
    const { site, project } = projecting()
    const pseudonyms = createPseudonyms(site.open.db, (length) => Buffer.alloc(length, 7))
    const plate = pseudonyms.plate('30A-123.45')?.ofPeriod(at(), DAY_MS)
    if (plate === undefined) throw new Error('30A-123.45 is a plate')
    const credentials = [{ kind: 'plate', plate, confidencePermille: 900 }] as const
    for (let n = DEBTS_READ_MAX + 3; n > 0; n -= 1) {
      const session = `s${n}` as SessionId
      const owing = charge({ id: `c${n}` as ChargeId, session })
      const entry = { ...stay().entry, at: later(NOON, n) }
      project(
        { kind: 'session-begun', session: stay({ id: session, entry, credentials }) },
        { kind: 'charge-opened', charge: owing },
        { kind: 'session-charged', session, charge: owing.id },
        moved('left', session),
        { kind: 'charge-owed', charge: owing.id, at: NOON },
      )
    }
    const { debts, owed } = foundBy(site, '30A-123.45', at())
    expect(debts.map(({ session }) => session)).toEqual(Array.from({ length: DEBTS_READ_MAX }, (_, n) => `s${n + 1}`))
    expect(owed).toBe((DEBTS_READ_MAX + 3) * 50_000)
  })

  test('that owes is read with its case of that, until somebody has ended it', () => {
    const { site, project } = projecting()
    const pseudonyms = createPseudonyms(site.open.db, (length) => Buffer.alloc(length, 7))
    const plate = pseudonyms.plate('30A-123.45')?.ofPeriod(at(), DAY_MS)
    if (plate === undefined) throw new Error('30A-123.45 is a plate')
    const session = 's1' as SessionId
    const owing = charge({ id: 'c1' as ChargeId, session })
    const about = { mode: 'live', lane: null, session, charge: owing.id, openedAt: NOON, pictures: [] } as const
    const [other, unpaid] = ['k1' as CaseId, 'k2' as CaseId]
    const read = () => foundBy(site, '30A-123.45', at()).debts[0]?.charge.leftUnpaid
    project(
      {
        kind: 'session-begun',
        session: stay({ id: session, credentials: [{ kind: 'plate', plate, confidencePermille: 900 }] }),
      },
      { kind: 'charge-opened', charge: owing },
      { kind: 'session-charged', session, charge: owing.id },
      moved('left', session),
      { kind: 'charge-owed', charge: owing.id, at: NOON },
      { kind: 'case-opened', case: { id: other, kind: 'overpaid', ...about, status: 'open' } },
    )
    expect(read()).toBeUndefined()
    project({ kind: 'case-opened', case: { id: unpaid, kind: 'left-unpaid', ...about, status: 'open' } })
    expect(read()).toBe(unpaid)
    project({ kind: 'case-ended', case: unpaid, reason: 'it has paid', at: NOON })
    expect(read()).toBeUndefined()
    expect(rows(site, `SELECT status, reason FROM staff_case WHERE kind = 'left-unpaid'`)).toEqual([
      { status: 'ended', reason: 'it has paid' },
    ])
  })

  test('asks for what it owes, at whichever lane and in whichever month', () => {
    const { site, park } = openPark()
    park.enter('29C-777.77')
    park.wait(HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '29C-777.77')
    park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, { person: true })
    park.pass(PARK_OUT)
    const { found, debts } = foundBy(site, '29C77777', days(40))
    expect(found).toEqual([])
    expect(debts).toMatchObject([{ charge: { status: 'owed', charge: { due: { amount: 50_000 } } } }])
  })

  test('of a right is known in every month while the right lasts', () => {
    const { site, park } = openPark()
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    expect(foundBy(site, '30F-246.80', days(80)).rights).toMatchObject([{ right: { id: RIGHT.id }, others: 0 }])
    park.enter('30F-246.80')
    expect(foundBy(site, '30F-246.80', days(0)).rights).toMatchObject([{ others: 1 }])
  })

  test('finds the pass that is good for longest among all that it ever had', () => {
    const { site, park } = openPark()
    for (let month = 1; month <= RIGHTS_READ_MAX + 2; month += 1) {
      const over = {
        id: `month-${month}` as RightId,
        validFrom: instant(1),
        validUntil: instant(NOON - DAY_MS + month),
      }
      park.commit({ kind: 'right-put', right: { ...RIGHT, ...over }, plates: ['30F-246.80'] }, { person: true })
    }
    park.commit(
      { kind: 'right-put', right: { ...RIGHT, id: 'now' as RightId }, plates: ['30F-246.80'] },
      { person: true },
    )
    park.enter('30F-246.80')
    expect(rows(site, 'SELECT entry_by FROM session')).toEqual([{ entry_by: 'right' }])
    expect(rows(site, `SELECT value FROM session_credential WHERE kind = 'right'`)).toEqual([{ value: 'now' }])
  })

  test('finds the pass that is good among all that are sold to its plate and not paid', () => {
    const { site, park } = openPark()
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    for (let nth = 1; nth <= RIGHTS_READ_MAX; nth += 1) {
      park.commit(
        {
          kind: 'right-put',
          right: { ...RIGHT, id: `sold-${nth}` as RightId, validUntil: instant(RIGHT.validUntil + 1) },
          plates: ['30F-246.80'],
        },
        { person: true },
      )
    }
    expect(foundBy(site, '30F-246.80', days(0)).rights.map(({ right }) => right.id)).not.toContain(RIGHT.id)
    site.open.db.$client.exec(`UPDATE assigned_right SET status = 'unpaid' WHERE id LIKE 'sold-%'`)
    expect(foundBy(site, '30F-246.80', days(0)).rights).toMatchObject([{ right: { id: RIGHT.id } }])
  })

  test('of a stay finds a validation that holds behind as many as are read that were ended as mistakes', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    const session = String(rows(site, 'SELECT id FROM session')[0]?.['id']) as SessionId
    const give = (id: string) =>
      park.commit(
        {
          kind: 'right-put',
          right: { ...RIGHT, id: id as RightId, kind: 'validation', session },
          plates: [],
          reason: 'a guest',
        },
        { person: true },
      )
    for (let nth = 1; nth <= RIGHTS_READ_MAX; nth += 1) give(`wrong-${nth}`)
    site.open.db.$client.exec(`UPDATE assigned_right SET status = 'ended'`)
    give('right')
    const [found] = foundBy(site, '30A-123.45', days(0)).found
    expect(found?.stay.rights.map(({ right }) => right.id)).toContain('right')
  })

  test('of a pass finds whoever came in by its code, and the code that was issued last stays in the books', async () => {
    const { site, park } = openPark()
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    park.commit({ kind: 'right-coded', right: RIGHT.id }, { person: true })
    const [coded] = rows(site, 'SELECT code, coded_at FROM assigned_right')
    expect(coded?.['code']).toMatch(/:d0$/)
    park.arrive(PARK_IN)
    const { amt: _amt, scope: _scope, ...signed } = payToken(String(coded?.['code']), 1, park.now())
    park.show(PARK_IN, {
      ...signed,
      kind: 'pass',
      aud: [`urn:tolbooth:${SITE}`],
      vehicleClass: CAR,
      lanes: [],
      hours: RIGHT.hours,
      right: RIGHT.id,
    })
    park.pass(PARK_IN)
    expect(rows(site, 'SELECT kind FROM session_credential')).toEqual([{ kind: 'right' }])
    park.wait(60_000)
    park.arrive(PARK_OUT)
    expect(park.see(PARK_OUT, '30F-246.80')).toMatchObject({ outcome: { kind: 'let-through' } })
    park.commit({ kind: 'right-put', right: { ...RIGHT, spaces: 2 }, plates: ['30F-246.80'] }, { person: true })
    expect(rows(site, 'SELECT code, coded_at FROM assigned_right'), 'renewed').toEqual([coded])
    site.books.close()
    const source = openForReading(site.file)
    const report = await rebuild(source, join(temporaryFolder(), 'new.db'))
    source.close()
    expect(report).toMatchObject({ kind: 'rebuilt', differences: [] })
  })

  test('that fits more stays than are read finds so many and no more', () => {
    const { site, project } = projecting()
    const pseudonyms = createPseudonyms(site.open.db, (length) => Buffer.alloc(length, 7))
    const plate = pseudonyms.plate('30A-123.45')?.ofPeriod(at(), DAY_MS)
    if (plate === undefined) throw new Error('30A-123.45 is a plate')
    for (let n = 0; n <= STAYS_READ_MAX; n += 1) {
      const credentials = [{ kind: 'plate', plate, confidencePermille: 900 }] as const
      project({ kind: 'session-begun', session: stay({ id: `s${n}` as SessionId, credentials }) })
    }
    expect(foundBy(site, '30A-123.45', at()).found).toHaveLength(STAYS_READ_MAX)
  })
})

describe('a ticket', () => {
  test('is signed, stored with its stay, and handed to the display as it was signed', () => {
    const { site, park } = openPark()
    park.arrive(PARK_IN)
    const given = park.commit({ kind: 'ticket-asked', lane: PARK_IN, vehicleClass: null })
    if (given.kind !== 'committed' || given.repeated) throw new Error('not committed')
    const [stored] = rows(site, `SELECT session, jws FROM document WHERE typ = 'ticket+jwt'`)
    const [open] = rows(site, 'SELECT id, entry_by FROM session')
    expect(stored?.['session']).toBe(open?.['id'])
    expect(open?.['entry_by']).toBe('ticket')
    const shown = given.effects.flatMap(({ to, command }) =>
      command.type === 'announce' && command.message.kind === 'ticket' ? [[to, command.message.text]] : [],
    )
    expect(shown).toEqual([[deviceId(`${PARK_IN}-display`), stored?.['jws']]])
    expect(signedClaims(String(stored?.['jws']))).toMatchObject({
      typ: 'ticket+jwt',
      sub: open?.['id'],
      session: open?.['id'],
      lane: PARK_IN,
      class: CAR,
    })
    const [record] = rows(site, 'SELECT body FROM journal WHERE session = ?', String(open?.['id']))
    expect(String(record?.['body'])).toContain(String(stored?.['jws']))
  })

  test('finds its stay at the exit, also when that is over', () => {
    const { site, park } = openPark()
    park.arrive(PARK_IN)
    park.commit({ kind: 'ticket-asked', lane: PARK_IN, vehicleClass: null })
    park.pass(PARK_IN)
    const [open] = rows(site, 'SELECT id FROM session')
    const session = String(open?.['id']) as SessionId
    const token: TicketToken = {
      kind: 'ticket',
      key: { issuer: 'gateway', kid: 'k', thumbprint: 't' },
      iss: `urn:tolbooth:${SITE}:gateway:${GATEWAY}`,
      sub: session,
      aud: [`urn:tolbooth:${SITE}`],
      iat: NOON,
      nbf: NOON,
      exp: later(NOON, DAY_MS),
      jti: 'd1',
      session,
      lane: PARK_IN,
      enteredAt: NOON,
    }
    const look = (over: Partial<TicketToken> = {}) => {
      const pseudonyms = createPseudonyms(site.open.db, (length) => Buffer.alloc(length, 7))
      const reading = createParkingReader(site.open.db, pseudonyms).at(
        () => ({
          layout: { ...LAYOUT, parking: PARKING },
          policy: { ...POLICY, parking: PARKING_POLICY },
          tariffs: null,
        }),
        'live',
        { gateway: GATEWAY, epoch: 1, seq: 9_999 },
        park.now(),
      )
      return reading.shown({ ...SHOWN_NOTHING, lookUp: true, token: { ...token, ...over } })
    }
    expect(look().found).toMatchObject([{ by: 'ticket', stay: { session: { status: 'inside' } } }])
    const [given] = rows(site, `SELECT value FROM session_credential WHERE kind = 'ticket'`)
    const goneOn = look({ session: 'box-1:1:9:s0', jti: String(given?.['value']) })
    expect(goneOn.found, 'known by the ticket of one that was given up').toMatchObject([
      { by: 'ticket', stay: { session: { id: session } } },
    ])
    park.commit(
      { kind: 'session-corrected', session, correction: { kind: 'close' }, reason: 'counted out' },
      { person: true },
    )
    expect(look().found).toMatchObject([{ by: 'ticket', stay: { session: { status: 'closed' } } }])
  })
})

test('money that comes while its vehicle stands at the exit is decided with that lane in view', () => {
  const { site, park } = openPark()
  park.enter('30A-123.45')
  park.wait(HOUR_MS + MINUTE_MS)
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '30A-123.45')
  const [open] = rows(site, 'SELECT id, charge FROM session')
  const nobody = 'box-1:1:9999:g0' as ChargeId
  const pseudonyms = createPseudonyms(site.open.db, (length) => Buffer.alloc(length, 7))
  const reading = createParkingReader(site.open.db, pseudonyms).at(
    () => ({ layout: null, policy: null, tariffs: null }),
    'live',
    { gateway: GATEWAY, epoch: 1, seq: 9_999 },
    park.now(),
  )
  expect(reading.laneOf(String(open?.['id']) as SessionId, nobody)).toBe(PARK_OUT)
  expect(reading.laneOf(null, nobody)).toBeNull()
  expect(reading.laneOf(null, String(open?.['charge']) as ChargeId), 'a debt from before that is asked there').toBe(
    PARK_OUT,
  )
  // A lane without an arm remembers whom it has let through, and asks nothing of it.
  site.open.db.$client.exec(`UPDATE lane_state SET state = json_set(
    (SELECT state FROM lane_state WHERE lane = '${PARK_OUT}'), '$.visit.asked', NULL) WHERE lane = '${PARK_IN}'`)
  expect(reading.laneOf(String(open?.['id']) as SessionId, nobody)).toBe(PARK_OUT)
  site.open.db.$client.exec(`UPDATE lane_state SET state = json_set(state, '$.visit', NULL) WHERE lane = '${PARK_IN}'`)
  park.turnRound(PARK_OUT)
  expect(reading.laneOf(String(open?.['id']) as SessionId, nobody)).toBeNull()
})
