import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RightId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { AssignedRight } from '../../core/parking/session.ts'
import type { JournalRecord } from '../../core/records.ts'
import type { Now } from '../../core/time.ts'
import { DAY_MS, instant, later } from '../../core/time.ts'
import { eraseDue } from '../../db/erase.ts'
import { openForReading } from '../../db/open.ts'
import type { ParkingReports } from '../../db/parking-reports.ts'
import { createParkingReports } from '../../db/parking-reports.ts'
import { createProjector } from '../../db/project.ts'
import { hmac } from '../../db/pseudonyms.ts'
import { rebuild } from '../../db/rebuild.ts'
import { verifyJournal } from '../../db/verify.ts'
import type { CarPark } from './car-park.ts'
import { carPark, PARKING, PARKING_POLICY, RIGHT } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { at, LAYOUT, NOON, openMarket, POLICY } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const NAME = 'Nguyễn Thị Hương, căn hộ 12A'
const LAYOUT_WITH = { ...LAYOUT, parking: PARKING }
const POLICY_WITH = { ...POLICY, parking: PARKING_POLICY }

type Value = { readonly ref: string; readonly mac: string }
type Kept = { readonly ref: string; readonly salt: string | null; readonly value: string | null }

function openPark(): { site: TestBooks; park: CarPark } {
  const site = openMarket(temporaryFolder())
  return { site, park: carPark(site) }
}

function days(count: number): Now {
  return at(count * DAY_MS)
}

function reports(site: TestBooks): ParkingReports {
  const rules = { layout: LAYOUT_WITH, policy: POLICY_WITH, tariffs: null }
  return createParkingReports(
    site.open.db,
    () => rules,
    () => at(),
  )
}

function put(park: CarPark, more: Partial<typeof RIGHT> = {}, now: Now = park.now()): void {
  const right = { ...RIGHT, holder: NAME, ...more }
  park.commit({ kind: 'right-put', right, plates: ['30F-246.80'] }, { person: true, now })
}

function kept(site: TestBooks, purpose: string): readonly Kept[] {
  return site.open.db.$client
    .prepare<[string], Kept>('SELECT ref, salt, value FROM vault WHERE purpose = ? ORDER BY rowid')
    .all(purpose)
}

/** The events that are recorded of a kind, oldest first. */
function recorded(site: TestBooks, kind: string): readonly { readonly event: unknown; readonly text: string }[] {
  return site.open.db.$client
    .prepare<[string], { body: string }>('SELECT body FROM journal WHERE event = ? ORDER BY seq')
    .all(kind)
    .map(({ body }) => ({ event: JSON.parse(body).event.body as unknown, text: body }))
}

function stands(site: TestBooks, text: string): boolean {
  return ['', '-wal'].some(
    (beside) => existsSync(`${site.file}${beside}`) && readFileSync(`${site.file}${beside}`).includes(text),
  )
}

async function rebuiltWithout(site: TestBooks): Promise<unknown> {
  site.books.close()
  const source = openForReading(site.file)
  try {
    return await rebuild(source, join(temporaryFolder(), 'new.db'))
  } finally {
    source.close()
  }
}

describe('the name of who has a right', () => {
  test('stands in no record and in no row but the vault’s, and whoever reads the right is told it', () => {
    const { site, park } = openPark()
    put(park)
    const [name] = kept(site, 'holder')
    expect(name?.value).toBe(NAME)
    const [said] = recorded(site, 'right-put')
    const value: Value = { ref: name?.ref ?? '', mac: hmac(name?.salt ?? '', NAME) }
    expect(said?.event).toMatchObject({ right: { holder: value } })
    expect(said?.text).not.toContain('Hương')
    expect(JSON.stringify(site.open.db.$client.prepare('SELECT * FROM assigned_right').all())).not.toContain('Hương')
    expect(reports(site).right(RIGHT.id, 'live')).toMatchObject({ right: { holder: value }, holderName: NAME })
    expect(reports(site).rights('live', null, 10)).toMatchObject([{ holderName: NAME }])
  })

  test('is kept as long as the right lives and plates are kept after it, and a renewal keeps it longer', () => {
    const { site, park } = openPark()
    const until = later(NOON, 30 * DAY_MS)
    put(park)
    put(park, { validUntil: later(until, 30 * DAY_MS) }, days(20))
    eraseDue(site.books, days(89))
    expect(
      kept(site, 'holder').map(({ value }) => value),
      'the name of before goes',
    ).toEqual([null, NAME])
    eraseDue(site.books, instantOf(later(until, 60 * DAY_MS)))
    expect(kept(site, 'holder').map(({ value }) => value)).toEqual([null, null])
    expect(reports(site).right(RIGHT.id, 'live')).toMatchObject({ holderName: null })
  })

  test('goes as long after the right was ended as after its time, however long that was', () => {
    const { site, park } = openPark()
    put(park, { validUntil: later(NOON, 4_000 * DAY_MS) })
    eraseDue(site.books, days(900))
    expect(kept(site, 'holder')).toMatchObject([{ value: NAME }])
    const ended = { kind: 'right-status', right: RIGHT.id, status: 'ended', reason: 'moved out' } as const
    park.commit(ended, { person: true, now: days(900) })
    eraseDue(site.books, days(929))
    expect(kept(site, 'holder')).toMatchObject([{ value: NAME }])
    eraseDue(site.books, days(931))
    expect(kept(site, 'holder')).toMatchObject([{ value: null, salt: null }])
  })

  test('of nobody is nothing in the vault', () => {
    const { site, park } = openPark()
    put(park, { holder: '' })
    expect(kept(site, 'holder')).toEqual([])
    expect(reports(site).right(RIGHT.id, 'live')).toMatchObject({ right: { holder: null }, holderName: null })
  })

  test('of a right that was refused is not kept', () => {
    const { site, park } = openPark()
    put(park, { id: 'v' as RightId, spaces: 0 })
    expect(kept(site, 'holder')).toEqual([])
    expect(stands(site, 'Hương')).toBe(false)
  })

  test('that was erased stands nowhere in the files; the chain is whole, and a rebuild makes the same books', async () => {
    const { site, park } = openPark()
    put(park)
    expect(stands(site, 'Hương')).toBe(true)
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    expect(eraseDue(site.books, days(200))).toMatchObject({ kind: 'erased' })
    expect(stands(site, 'Hương')).toBe(false)
    expect(kept(site, 'holder')).toMatchObject([{ salt: null, value: null }])
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    expect(await rebuiltWithout(site)).toMatchObject({ kind: 'rebuilt', differences: [] })
  })

  test('that somebody has changed in the vault is found', async () => {
    const { site, park } = openPark()
    put(park)
    site.open.db.$client.prepare("UPDATE vault SET value = 'Nguyễn Văn Tám' WHERE purpose = 'holder'").run()
    const report = await verifyJournal(site.open)
    expect(report.faults).toMatchObject([{ kind: 'vault', ref: kept(site, 'holder')[0]?.ref }])
  })
})

test('a picture’s name is checked against its record by the salt that is kept with it, until both are erased', async () => {
  const { site, park } = openPark()
  park.enter('30A-123.45')
  const [picture] = kept(site, 'picture')
  const sightings = site.open.db.$client
    .prepare<[], { ref: string; mac: string }>('SELECT picture_ref AS ref, picture_mac AS mac FROM sighting')
    .all()
  expect(sightings).toEqual([{ ref: picture?.ref, mac: hmac(picture?.salt ?? '', picture?.value ?? '') }])
  expect((await verifyJournal(site.open)).isWhole).toBe(true)
  site.open.db.$client.prepare("UPDATE vault SET value = 'another-picture' WHERE purpose = 'picture'").run()
  expect((await verifyJournal(site.open)).faults).toMatchObject([{ kind: 'vault', ref: picture?.ref }])
  eraseDue(site.books, days(100))
  expect(kept(site, 'picture')).toMatchObject([{ salt: null, value: null }])
  expect((await verifyJournal(site.open)).isWhole).toBe(true)
})

test('a transfer’s text that somebody has changed in the vault is found, and one that was erased is not missed', async () => {
  const { site, park } = openPark()
  const transfer = { reference: 'FT26325000001', amount: money(25_000, VND), text: 'Hương gửi xe', toldAt: null }
  park.commit({ kind: 'credit-by-text', ...transfer }, { person: true })
  expect((await verifyJournal(site.open)).isWhole).toBe(true)
  site.open.db.$client.prepare("UPDATE vault SET value = 'tiền nhà' WHERE purpose = 'transfer-text'").run()
  expect((await verifyJournal(site.open)).faults).toMatchObject([{ kind: 'vault' }])
  eraseDue(site.books, days(100))
  expect((await verifyJournal(site.open)).isWhole).toBe(true)
})

test('of a record of before, in which a holder is a text, no name is brought back', () => {
  const { site } = openPark()
  const right = { ...RIGHT, holder: NAME, plates: [], code: null, given: null } as unknown as AssignedRight
  createProjector(site.open.db).project({
    seq: 1_000_000,
    body: { kind: 'fault', changes: [{ kind: 'right-put', right }], effects: [] },
  } as unknown as JournalRecord)
  expect(reports(site).right(RIGHT.id, 'live')).toMatchObject({ right: { holder: null }, holderName: null })
  expect(stands(site, 'Hương')).toBe(false)
})

function instantOf(time: number): Now {
  return at(instant(time) - NOON)
}
