import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CaseId, RightId, SessionId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { StaffCaseKind } from '../../core/parking/session.ts'
import { ticketDigits } from '../../core/parking/ticket-digits.ts'
import type { Committed } from '../../db/books.ts'
import { openForReading } from '../../db/open.ts'
import type { ParkingReports } from '../../db/parking-reports.ts'
import {
  createParkingReports,
  everyValidation,
  PLATES_FOUND_MAX,
  STAYS_LISTED_MAX,
  VALIDATIONS_LISTED_MAX,
} from '../../db/parking-reports.ts'
import { rebuild } from '../../db/rebuild.ts'
import type { CarPark } from './car-park.ts'
import { BAKERY, CAR, carPark, LOT, PARK_IN, PARK_OUT, PRICE, RIGHT } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { openMarket, SETTINGS } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

function open(): { site: TestBooks; park: CarPark; reports: ParkingReports; vault: (statement: string) => void } {
  const site = openMarket(temporaryFolder())
  const park = carPark(site)
  const reports = createParkingReports(
    site.open.db,
    () => {
      const layout = site.books.layout()
      const content = site.books.bundleContent('tariffs')
      const made = layout === null || content === null ? null : SETTINGS.readers.tariffs(content, layout)
      const version = site.books.bundleInUse('tariffs')?.version
      const tariffs = made === null || version === undefined ? null : { ...made, version }
      return { layout, policy: site.books.policy(), tariffs }
    },
    park.now,
  )
  return { site, park, reports, vault: (statement) => site.open.db.$client.exec(statement) }
}

function sessionOf(result: Committed): SessionId {
  if (result.kind !== 'committed' || !result.outcome.ok) throw new Error(JSON.stringify(result))
  const changes = result.repeated ? [] : result.changes
  const begun = changes.find((change) => change.kind === 'session-begun')
  if (begun?.kind !== 'session-begun') throw new Error('no stay was begun')
  return begun.session.id
}

describe('the stays of a car park, for people', () => {
  test('are listed newest first, by place and by the lane of the entry, in pages that neither miss nor repeat one', () => {
    const { park, reports } = open()
    const ids = ['30A-123.45', '30A-123.46', '29B-555.55'].map((plate) => sessionOf(park.enter(plate))).reverse()
    const all = reports.openStays('live', { place: LOT, lane: PARK_IN }, null, 10)
    expect(all.stays.map(({ id }) => id)).toEqual(ids)
    expect(all.next).toBeNull()
    const first = reports.openStays('live', { place: null, lane: null }, null, 2)
    const second = reports.openStays('live', { place: null, lane: null }, first.next, 2)
    expect([...first.stays, ...second.stays].map(({ id }) => id)).toEqual(ids)
    expect(second.next).toBeNull()
    expect(reports.openStays('live', { place: null, lane: PARK_OUT }, null, 10).stays).toEqual([])
    const everywhere = { place: null, lane: null }
    const oldest = reports.openStays('live', everywhere, null, 2, 'oldest')
    const rest = reports.openStays('live', everywhere, oldest.next, 2, 'oldest')
    expect([...oldest.stays, ...rest.stays].map(({ id }) => id)).toEqual(ids.toReversed())
    expect(rest.next).toBeNull()
    expect(reports.openStays('training', { place: null, lane: null }, null, 10).stays).toEqual([])
  })

  test('are listed at most so many at a time, whatever is asked', () => {
    const { park, reports, vault } = open()
    const id = sessionOf(park.enter('30A-123.45'))
    vault(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${STAYS_LISTED_MAX + 5})
      INSERT INTO session SELECT 'copy-' || i, mode, vehicle_class, place, entry_lane, entered_at + i, entry_by, is_from_ticket, status, charge,
        settled_at, moved_at, moved_lane, passback_reset_at, seq, is_entry_unsure, grace_ms FROM session, n WHERE id = '${id}'`)
    const page = reports.openStays('live', { place: null, lane: null }, null, 100_000)
    expect(page.stays).toHaveLength(STAYS_LISTED_MAX)
    expect(page.next).not.toBeNull()
    expect(reports.openStays('live', { place: null, lane: null }, page.next, 100_000).stays).toHaveLength(6)
  })

  test('can be read one by one in the mode that they are of', () => {
    const { park, reports } = open()
    const id = sessionOf(park.enter('30A-123.45'))
    const stay = reports.stay(id, 'live')
    expect(stay?.session).toMatchObject({ id, vehicleClass: CAR, place: LOT, status: 'inside' })
    expect(stay === null ? null : reports.plateText(stay.session)).toBe('30A12345')
    expect(reports.stay(id, 'training')).toBeNull()
    expect(reports.stay('nobody' as SessionId, 'live')).toBeNull()
  })

  test.each(['30A-123.46', '51G-777.77'])('show the plate that staff have put right: %s', (plate) => {
    const { park, reports } = open()
    const id = sessionOf(park.enter('30A-123.45'))
    const correction = { kind: 'plate', plate } as const
    park.commit({ kind: 'session-corrected', session: id, correction, reason: 'misread' }, { person: true })
    const stay = reports.stay(id, 'live')
    expect(stay === null ? null : reports.plateText(stay.session)).toBe(plate.replace(/[-.]/g, ''))
  })
})

describe('a search by a part of a plate', () => {
  const ANYBODYS = () => true
  const found = (reports: ParkingReports, part: string): readonly string[] | null => {
    const result = reports.searchPlates(part, 'live', ANYBODYS)
    return result.ok ? result.found.map(({ plate }) => plate) : null
  }

  test('finds by the end and by what stands in the middle, spelled as people spell it', () => {
    const { park, reports } = open()
    for (const plate of ['30A-123.45', '30A-123.46', '29B-555.55']) park.enter(plate)
    expect(found(reports, '123.45')).toEqual(['30A12345'])
    expect(found(reports, '30a-1234')?.toSorted()).toEqual(['30A12345', '30A12346'])
    expect(found(reports, '9999')).toEqual([])
  })

  test.each(['30A1Z345', '3OA12345', '30a-I23.45', 'IZ345', '3OA1Z34S'])(
    'finds 30A12345 for whoever types %s: characters that are taken for each other are one, and what is shown is the plate itself',
    (typed) => {
      const { park, reports } = open()
      for (const plate of ['30A-123.45', '30A-123.46']) park.enter(plate)
      expect(found(reports, typed)).toEqual(['30A12345'])
    },
  )

  test.each(['', '5', '345', 'А123', 'x'.repeat(200)])('refuses %j: too short, too long or of look-alikes', (part) => {
    expect(found(open().reports, part)).toBeNull()
  })

  test('names no more than it may, and tells nothing of a stay that is over', () => {
    const { park, reports } = open()
    for (let index = 0; index < PLATES_FOUND_MAX + 2; index += 1) park.enter(`30A-${100 + index}.77`)
    expect(found(reports, '30A1')).toHaveLength(PLATES_FOUND_MAX)
    expect(reports.searchPlates('30A1', 'live', ANYBODYS), 'more were found').toMatchObject({ isWhole: false })
    const all = reports.openStays('live', { place: null, lane: null }, null, PLATES_FOUND_MAX + 2).stays
    const tended = all.slice(-PLATES_FOUND_MAX).map(({ id }) => id)
    const search = reports.searchPlates('30A1', 'live', ({ id }) => tended.includes(id))
    expect(search.ok && search.found.map(({ id }) => id).toSorted(), 'of those that one may see').toEqual(
      tended.toSorted(),
    )
    expect(search, 'and no more were found of those').toMatchObject({ isWhole: true })
    const gone = sessionOf(park.enter('51G-987.65'))
    park.commit(
      { kind: 'session-corrected', session: gone, correction: { kind: 'close' }, reason: 'gone' },
      { person: true },
    )
    const after = reports.searchPlates('98765', 'live', ANYBODYS)
    expect(after.ok && after.found.every(({ owes }) => owes)).toBe(true)
  })

  test('finds nothing any more once the vault has let the plates go', () => {
    const { park, reports, vault } = open()
    park.enter('30A-123.45')
    vault("UPDATE vault SET value = NULL, salt = NULL WHERE purpose IN ('plate', 'period')")
    expect(found(reports, '12345')).toEqual([])
  })
})

describe('a driver without an account', () => {
  test('is found by plate and the digits on the ticket together, never by one of them', () => {
    const { park, reports, vault } = open()
    park.arrive(PARK_IN)
    park.see(PARK_IN, '30A-123.45')
    // The signatures of these tests are all the same.
    vault(`UPDATE document SET jws = 'head.claims.${'Zk3_-aQ9'.repeat(10)}' WHERE typ = 'ticket+jwt'`)
    const stays = reports.openStays('live', { place: null, lane: null }, null, 10).stays
    const [stay] = stays
    const tickets =
      stay === undefined
        ? []
        : (reports.stay(stay.id, 'live')?.session.credentials.filter((each) => each.kind === 'ticket') ?? [])
    const [ticket] = tickets
    if (stay === undefined || ticket?.kind !== 'ticket') throw new Error('the entry gave no ticket')
    const session = reports.stay(stay.id, 'live')?.session
    const digits = session === undefined ? null : reports.ticketDigits(session)
    if (digits === null) throw new Error('no digits')
    expect(digits).toBe(ticketDigits(`x.y.${'Zk3_-aQ9'.repeat(2)}`))
    expect(reports.stayOfTicket('30A 12345', digits, 'live')).toBe(stay.id)
    expect(reports.stayOfTicket('30A 12345', digits === '0000' ? '0001' : '0000', 'live')).toBeNull()
    expect(reports.stayOfTicket('30A 12346', digits, 'live')).toBeNull()
    expect(reports.stayOfTicket('not a plate!', digits, 'live')).toBeNull()
  })
})

describe('a driver to whom no ticket was given', () => {
  test('is found by the whole plate alone while the vehicle is inside, and nobody is who has a ticket', () => {
    const { park, reports, vault } = open()
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    const id = sessionOf(park.enter('30F-246.80'))
    const credentials = reports.stay(id, 'live')?.session.credentials.map(({ kind }) => kind)
    expect(credentials, 'under a pass no ticket is given').toEqual(['plate', 'right'])
    expect(reports.stayWithoutTicket('30f 246.80', 'live')).toBe(id)
    expect(reports.stayWithoutTicket('30F-246.8', 'live'), 'not the whole of it').toBeNull()
    expect(reports.stayWithoutTicket('30F-246.80', 'training')).toBeNull()
    expect(reports.stayWithoutTicket('not a plate!', 'live')).toBeNull()

    const withTicket = sessionOf(park.enter('30A-123.45'))
    expect(reports.stayWithoutTicket('30A-123.45', 'live'), 'it has a ticket').toBeNull()
    vault(`UPDATE session_credential SET value = (SELECT value FROM session_credential WHERE session = '${id}' AND kind = 'plate')
      WHERE session = '${withTicket}' AND kind = 'plate'`)
    expect(reports.stayWithoutTicket('30F-246.80', 'live'), 'two of one plate').toBeNull()
    vault(`UPDATE session_credential SET held = NULL WHERE session = '${withTicket}'`)
    expect(reports.stayWithoutTicket('30F-246.80', 'live')).toBe(id)
    vault(`UPDATE session SET status = 'entering' WHERE id = '${id}'`)
    expect(reports.stayWithoutTicket('30F-246.80', 'live'), 'what may never come in').toBeNull()
    vault(`UPDATE session SET status = 'leaving' WHERE id = '${id}'`)
    expect(reports.stayWithoutTicket('30F-246.80', 'live')).toBe(id)
    vault(`UPDATE session_credential SET held = 'owed' WHERE session = '${id}'`)
    expect(reports.stayWithoutTicket('30F-246.80', 'live'), 'what has left and owes').toBeNull()
  })
})

describe('rights and cases', () => {
  test('a right says what plates it is for while the vault has them', () => {
    const { park, reports, vault } = open()
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    expect(reports.right(RIGHT.id, 'live')).toMatchObject({ right: { id: RIGHT.id }, plateTexts: ['30F24680'] })
    expect(reports.rights('live', null, 10).map(({ right }) => right.id)).toEqual([RIGHT.id])
    expect(reports.rights('live', RIGHT.id, 10)).toEqual([])
    vault("UPDATE vault SET value = NULL, salt = NULL WHERE purpose = 'plate'")
    expect(reports.right(RIGHT.id, 'live')?.plateTexts).toEqual([null])
  })

  test('what a merchant gave, and bears once the vehicle has left, is told by day; a rebuild says the same', async () => {
    const { park, reports, site } = open()
    const [first, second] = ['30F-246.80', '30F-135.79'].map((plate) => {
      park.enter(plate)
      return reports.openStays('live', { place: null, lane: null }, null, 1).stays[0]?.id
    })
    for (const [id, session] of [
      ['hd-1', first],
      ['hd-2', second],
      ['hd-3', second],
    ] as const) {
      const { commit } = park
      if (session === undefined) throw new Error('nobody came in')
      const right = { ...RIGHT, id: `bakery:${id}` as RightId, kind: 'validation', session } as const
      const relief = { kind: 'amount', amount: money(5_000, VND) } as const
      commit(
        { kind: 'right-put', right: { ...right, relief }, plates: [], isNew: true, merchant: BAKERY },
        { person: true },
      )
    }
    const day = park.now().local.day
    const bakery = { day, merchant: BAKERY, given: 2, borne: 0 }
    expect(everyValidation(reports, 'live', day, day), 'the third is of a stay that it has validated').toEqual([bakery])
    const asked = park.commit({ kind: 'session-quoted', session: first as SessionId }, { person: true })
    if (asked.kind !== 'committed' || !asked.outcome.ok || asked.outcome.kind !== 'amount-asked')
      throw new Error('asked')
    expect(asked.outcome.due).toEqual(money(PRICE - 5_000, VND))
    const { charge, due: amount } = asked.outcome
    park.commit({ kind: 'cash-taken', charge, tender: 'cash', amount }, { person: true })
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '30F-246.80')
    park.pass(PARK_OUT)
    expect(everyValidation(reports, 'live', day, day)).toEqual([{ ...bakery, borne: 5_000 }])
    expect(everyValidation(reports, 'training', day, day)).toEqual([])
    expect(everyValidation(reports, 'live', '2027-01-01', '2027-12-31')).toEqual([])
    const account = site.open.db.$client.prepare('SELECT debits_posted AS owes FROM account WHERE id = ?')
    expect(account.get(`live:merchant:${BAKERY}`)).toEqual({ owes: 5_000 })
    site.books.close()
    const source = openForReading(site.file)
    const report = await rebuild(source, join(temporaryFolder(), 'new.db'))
    source.close()
    expect(report).toMatchObject({ kind: 'rebuilt', differences: [] })
  })

  test('what merchants gave is told in pages, newest day first, and added up of all of them', () => {
    const { reports, site } = open()
    const days = 3
    const merchants = VALIDATIONS_LISTED_MAX / 2
    site.open.db.$client.exec(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${days * merchants - 1})
      INSERT INTO assigned_right (id, kind, status, places, vehicle_classes, spaces, valid_from, valid_until, hours, session, relief, merchant, given_on, borne, seq)
      SELECT 'v' || i, 'validation', 'active', '[]', '[]', 1, 0, 1, '[]', 's', '{}', printf('m-%04d', i / ${days}), '2026-11-0' || (1 + i % ${days}), 1000, 1 FROM n;
      INSERT INTO session (id, mode, vehicle_class, place, entry_lane, entered_at, entry_by, is_from_ticket, status, moved_at, seq)
      VALUES ('s', 'live', 'car', 'lot', 'park-in', 0, 'plate', 0, 'left', 0, 1);
    `)
    const first = reports.validations('live', '2026-11-01', '2026-11-30', null, VALIDATIONS_LISTED_MAX)
    expect(first.validations).toHaveLength(VALIDATIONS_LISTED_MAX)
    expect(first.next).toEqual({ day: '2026-11-02', merchant: 'm-0499' })
    const rest = reports.validations('live', '2026-11-01', '2026-11-30', first.next, VALIDATIONS_LISTED_MAX)
    expect([rest.validations.length, rest.next]).toEqual([merchants, null])
    const all = everyValidation(reports, 'live', '2026-11-01', '2026-11-30')
    expect(all.map(({ day, merchant }) => `${day} ${merchant}`)).toEqual(
      ['2026-11-03', '2026-11-02', '2026-11-01'].flatMap((day) =>
        Array.from({ length: merchants }, (_each, n) => `${day} m-${String(n).padStart(4, '0')}`),
      ),
    )
    expect(all.reduce((sum, { borne }) => sum + borne, 0)).toBe(days * merchants * 1_000)
    const exact = reports.validations('live', '2026-11-02', '2026-11-03', null, VALIDATIONS_LISTED_MAX)
    expect([exact.validations.length, exact.next]).toEqual([VALIDATIONS_LISTED_MAX, null])
  })

  test('what was given in practice uses up nothing of what a merchant may give in a day', () => {
    const { park, reports, site } = open()
    const give = (n: number) => {
      park.enter(`30F-100.0${n}`)
      const [stay] = reports.openStays('live', { place: null, lane: null }, null, 1).stays
      if (stay === undefined) throw new Error('nobody came in')
      const relief = { kind: 'amount', amount: money(5_000, VND) } as const
      const right = { ...RIGHT, id: `b:${n}` as RightId, kind: 'validation', session: stay.id, relief } as const
      const put = park.commit({ kind: 'right-put', right, plates: [], isNew: true, merchant: BAKERY }, { person: true })
      return put.kind === 'committed' && put.outcome
    }
    const noted = { ok: true, kind: 'noted' }
    expect([give(0), give(1), give(2)]).toEqual([noted, noted, noted])
    expect(give(3)).toMatchObject({ ok: false, refusal: 'validation-day-full' })
    site.open.db.$client.exec("UPDATE session SET mode = 'training' WHERE rowid % 2 = 0")
    expect(give(4)).toEqual(noted)
  })

  test('open cases come oldest first and go when they are ended', () => {
    const { park, reports } = open()
    for (const plate of ['30A-111.11', '30A-222.22']) {
      park.arrive(PARK_OUT)
      park.see(PARK_OUT, plate)
      park.turnRound(PARK_OUT)
    }
    const { cases } = reports.openCases('live', null, null, 10)
    expect(cases.map(({ kind }) => kind)).toContain('exit-without-entry')
    const [first] = cases
    if (first === undefined) throw new Error('no case')
    expect(reports.openCases('live', null, first.id, 10).cases).toHaveLength(cases.length - 1)
    park.commit({ kind: 'case-ended', case: first.id, reason: 'seen to' }, { person: true })
    expect(reports.openCases('live', null, null, 10).cases).toHaveLength(cases.length - 1)
    expect(reports.staffCase(first.id, 'live')).toMatchObject({ status: 'ended', reason: 'seen to' })
    expect(reports.staffCase(first.id, 'training')).toBeNull()
  })

  test('open cases of one kind come in pages that are full, however many of others lie between', () => {
    const { reports, site } = open()
    site.open.db.$client.exec(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
      INSERT INTO staff_case (id, kind, mode, opened_at, pictures, status, seq)
      SELECT printf('box-1:1:%d:k0', 1000 + i), CASE i % 20 WHEN 0 THEN 'not-reckoned' ELSE 'plate-mismatch' END, 'live', i / 40, '[]', 'open', 1 FROM n;
    `)
    const page = (kind: StaffCaseKind | null, after: CaseId | null, limit: number) => {
      const { cases, next } = reports.openCases('live', kind, after, limit)
      return { ids: cases.map(({ id }) => Number(id.split(':')[2]) - 1_000), next }
    }
    const first = page('not-reckoned', null, 2)
    expect(first).toEqual({ ids: [0, 20], next: 'box-1:1:1020:k0' })
    const second = page('not-reckoned', first.next, 2)
    expect(second).toEqual({ ids: [40, 60], next: 'box-1:1:1060:k0' })
    expect(page('not-reckoned', second.next, 2), 'nothing comes after the last').toEqual({ ids: [80], next: null })
    expect(page('not-reckoned', null, 5).next, 'as many as there are').toBeNull()
    expect(page('overpaid', null, 5)).toEqual({ ids: [], next: null })
    expect(page(null, null, 100).next).toBeNull()
    expect(page(null, null, 99).next).toBe('box-1:1:1098:k0')
  })

  test('a case names its pictures by their places, each with its lane; one that was erased has no name any more', () => {
    const { park, reports, vault } = open()
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '30A-111.11')
    const ref = reports.openCases('live', null, null, 10).cases[0]?.pictures[0] ?? ''
    expect(reports.picture(ref)).toEqual({ name: 'snapshot-of-30A-111.11', lane: PARK_OUT, mode: 'live' })
    expect(reports.picture(`${ref}0`)).toBeNull()
    vault("UPDATE vault SET value = NULL, salt = NULL WHERE purpose = 'picture'")
    expect(reports.picture(ref)?.name).toBeNull()
    vault("INSERT INTO vault (ref, value, purpose, erase_at) VALUES ('picture:box-1:9:1', 'lost', 'picture', 0)")
    expect(reports.picture('picture:box-1:9:1'), 'of a branch that is no more').toEqual({
      name: 'lost',
      lane: null,
      mode: null,
    })
    for (const other of ['plate:rights:x', '']) expect(reports.picture(other)).toBeNull()
  })
})
