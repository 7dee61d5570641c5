import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Change, Charge } from '../../core/changes.ts'
import type { CaseId, ChargeId, DocumentId, MerchantId, RightId, SessionId } from '../../core/ids.ts'
import { deviceId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { CASES_READ_MAX, DEBTS_READ_MAX, RIGHTS_READ_MAX, STAYS_READ_MAX } from '../../core/parking/facts.ts'
import type { PlateValue, Session, StaffCase } from '../../core/parking/session.ts'
import type { Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS } from '../../core/time.ts'
import type { TicketToken } from '../../core/tokens.ts'
import { eraseDue } from '../../db/erase.ts'
import { openForReading } from '../../db/open.ts'
import { createParkingReader } from '../../db/parking-facts.ts'
import { SHOWN_NOTHING } from '../../db/parking-look-ups.ts'
import { createProjector } from '../../db/project.ts'
import { createPseudonyms } from '../../db/pseudonyms.ts'
import { rebuild } from '../../db/rebuild.ts'
import type { CarPark } from './car-park.ts'
import { CAR, carPark, LOT, PARK_IN, PARK_OUT, PARKING, PARKING_POLICY, RIGHT } from './car-park.ts'
import { recordOf } from './changes-record.ts'
import type { TestBooks } from './kit.ts'
import { at, GATEWAY, LAYOUT, NOON, openMarket, openSite, POLICY, payToken, SITE, signedClaims } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Row = Readonly<Record<string, string | number | null>>

const STAY = 's1' as SessionId
const CHARGE = 'c1' as ChargeId

function rows(site: TestBooks, statement: string, ...values: readonly (string | number)[]): readonly Row[] {
  return site.open.db.$client.prepare<(string | number)[], Row>(statement).all(...values)
}

const plateValue = (name: string): PlateValue => ({
  ref: `plate:2026-11:${name}`,
  mac: name,
  likeness: `like-${name}`,
  tail: `tail-${name}`,
})

const stay = (over: Partial<Session> = {}): Session => ({
  id: STAY,
  mode: 'live',
  vehicleClass: CAR,
  place: LOT,
  entry: { lane: PARK_IN, at: NOON, by: 'plate', isFromTicket: false },
  credentials: [
    { kind: 'plate', plate: plateValue('p1'), confidencePermille: 900 },
    { kind: 'ticket', ticket: 't1' as DocumentId },
    { kind: 'payer', payer: { ref: 'payer:2026-11:m', mac: 'm' } },
    { kind: 'right', right: 'r1' as RightId },
  ],
  status: 'entering',
  charge: null,
  settledAt: null,
  ...over,
})

const charge = (over: Partial<Charge> = {}): Charge => ({
  id: CHARGE,
  place: { kind: 'site' },
  merchant: 'park' as MerchantId,
  due: money(50_000, VND),
  mode: 'live',
  session: STAY,
  openedAt: NOON,
  expiresAt: later(NOON, DAY_MS),
  ...over,
})

const staffCase = (over: Partial<StaffCase> = {}): StaffCase => ({
  id: 'k1' as CaseId,
  kind: 'plate-mismatch',
  mode: 'live',
  lane: PARK_OUT,
  session: STAY,
  charge: null,
  openedAt: NOON,
  pictures: ['picture:1', 'picture:2'],
  status: 'open',
  ...over,
})

const begun: Change = { kind: 'session-begun', session: stay() }
const opened: Change = { kind: 'charge-opened', charge: charge() }
const charged: Change = { kind: 'session-charged', session: STAY, charge: CHARGE }
const moved = (status: Session['status'], session = STAY): Change => ({
  kind: 'session-moved',
  session,
  status,
  place: LOT,
  lane: PARK_OUT,
  at: later(NOON, HOUR_MS),
})
const paid = (amount: number): Change => ({
  kind: 'payment-taken',
  charge: CHARGE,
  tender: 'cash',
  amount: money(amount, VND),
  claim: null,
  payer: null,
  at: NOON,
})
const raised = (amount: number): Change => ({ kind: 'charge-raised', charge: CHARGE, due: money(amount, VND) })
const closed: Change = { kind: 'charge-closed', charge: CHARGE, status: 'paid', at: NOON }
const owed: Change = { kind: 'charge-owed', charge: CHARGE, at: NOON }

function projecting(): { readonly site: TestBooks; readonly project: (...changes: readonly Change[]) => void } {
  const site = openSite(temporaryFolder())
  const projector = createProjector(site.open.db)
  let seq = 1
  return {
    site,
    project(...changes) {
      seq += 1
      const { db } = site.open
      db.$client.exec('SAVEPOINT record')
      try {
        projector.project(recordOf(seq, changes))
        db.$client.exec('RELEASE record')
      } catch (error) {
        db.$client.exec('ROLLBACK TO record; RELEASE record')
        throw error
      }
    },
  }
}

describe('what a record does to the books of a car park', () => {
  test('a stay is found by each of its credentials while it is open, and by none when it is over', () => {
    const { site, project } = projecting()
    const held = () => rows(site, 'SELECT kind, value, held FROM session_credential ORDER BY kind')
    project(begun)
    expect(held()).toEqual([
      { kind: 'payer', value: 'm', held: 'open' },
      { kind: 'plate', value: 'p1', held: 'open' },
      { kind: 'right', value: 'r1', held: 'open' },
      { kind: 'ticket', value: 't1', held: 'open' },
    ])
    project(moved('inside'), moved('leaving'))
    expect(held().every((row) => row['held'] === 'open')).toBe(true)
    project(moved('left'))
    expect(held().every((row) => row['held'] === null)).toBe(true)
    expect(rows(site, 'SELECT status, place, moved_at, moved_lane FROM session')).toEqual([
      { status: 'left', place: LOT, moved_at: NOON + HOUR_MS, moved_lane: PARK_OUT },
    ])
  })

  test('a stay that left and owes is found until some later credit has paid it', () => {
    const { site, project } = projecting()
    const held = () => rows(site, `SELECT held FROM session_credential WHERE kind = 'plate'`)
    project(begun, opened, charged)
    project(owed, moved('left'))
    expect(held()).toEqual([{ held: 'owed' }])
    project(paid(50_000), closed)
    expect(held()).toEqual([{ held: null }])
  })

  test('in whichever order a record says that it left and that it owes', () => {
    const { site, project } = projecting()
    project(begun, opened, charged, moved('left'), owed)
    expect(rows(site, `SELECT held FROM session_credential WHERE kind = 'plate'`)).toEqual([{ held: 'owed' }])
  })

  test('the same plate again keeps what the camera was surest of', () => {
    const { site, project } = projecting()
    const again = (confidencePermille: number): Change => ({
      kind: 'session-known-by',
      session: STAY,
      credential: { kind: 'plate', plate: plateValue('p1'), confidencePermille },
    })
    project(begun, again(950), again(700))
    expect(rows(site, `SELECT confidence_permille FROM session_credential WHERE kind = 'plate'`)).toEqual([
      { confidence_permille: 950 },
    ])
  })

  test('a charge is raised while it is open and never falls; nothing here opens one again that was closed, or is owed', () => {
    const { site, project } = projecting()
    const now = () => rows(site, 'SELECT due, paid, status, closed_at FROM charge')[0]
    project(begun, opened, charged, paid(50_000))
    project(raised(75_000))
    expect(now()).toEqual({ due: 75_000, paid: 50_000, status: 'open', closed_at: null })
    expect(() => project(raised(74_999))).toThrow('charge-raised finds no row')
    project(paid(25_000), closed)
    const before = now()
    expect(() => project(raised(100_000))).toThrow('charge-raised finds no row')
    expect(now()).toEqual(before)
    const other = projecting()
    other.project(begun, opened, charged, moved('left'), owed)
    expect(() => other.project(raised(100_000))).toThrow('charge-raised finds no row')
  })

  test('a stay that has some of its segments written before it ends has in the end those that were written last', () => {
    const { site, project } = projecting()
    const written = (...hours: readonly number[]): Change => ({
      kind: 'segments-written',
      session: STAY,
      segments: hours.map((hour, index) => ({
        session: STAY,
        index,
        place: LOT,
        from: later(NOON, (hour - 1) * HOUR_MS),
        until: later(NOON, hour * HOUR_MS),
        tariff: null,
        right: null,
        amount: money(25_000, VND),
      })),
    })
    project(begun, written(1, 2))
    project(moved('inside'), written(1))
    project(written(1, 2, 3))
    expect(rows(site, 'SELECT segment_index FROM segment ORDER BY segment_index')).toEqual(
      [0, 1, 2].map((each) => ({ segment_index: each })),
    )
  })

  test('what was paid too much, and given back, stands with the charge; no more is given back than came', () => {
    const { site, project } = projecting()
    const over = (amount: number): Change => ({
      kind: 'charge-overpaid',
      charge: CHARGE,
      amount: money(amount, VND),
      at: NOON,
    })
    const back = (ofOverpaid: number, ofPaid: number): Change => ({
      kind: 'charge-refunded',
      charge: CHARGE,
      ofOverpaid: money(ofOverpaid, VND),
      ofPaid: money(ofPaid, VND),
      at: NOON,
    })
    project(begun, opened, charged, paid(50_000), over(20_000), back(15_000, 0), back(5_000, 50_000))
    expect(rows(site, 'SELECT paid, overpaid, refunded FROM charge')).toEqual([
      { paid: 50_000, overpaid: 0, refunded: 50_000 },
    ])
    expect(() => project(back(1, 0))).toThrow('charge-refunded finds no row')
    expect(() => project(back(0, 1))).toThrow('charge-refunded finds no row')
  })

  test('what stands in a place is counted for each mode, and corrected by hand', () => {
    const { site, project } = projecting()
    const by = (count: 1 | -1, mode: 'live' | 'training' = 'live'): Change => ({
      kind: 'occupancy-moved',
      mode,
      place: LOT,
      vehicleClass: CAR,
      by: count,
    })
    project(by(1), by(1), by(-1), by(1, 'training'))
    const corrected = { kind: 'occupancy-corrected', mode: 'live', place: LOT, vehicleClass: CAR } as const
    project({ ...corrected, count: 17, before: 1, at: NOON }, by(1))
    expect(rows(site, 'SELECT mode, count, corrected_at FROM occupancy ORDER BY mode')).toEqual([
      { mode: 'live', count: 18, corrected_at: NOON },
      { mode: 'training', count: 1, corrected_at: null },
    ])
  })

  test('a right that is put again has the plates that it is put with, and no others', () => {
    const { site, project } = projecting()
    const put = (...names: readonly string[]): Change => ({
      kind: 'right-put',
      right: { ...RIGHT, holder: null, code: null, given: null, plates: names.map(plateValue) },
    })
    project(put('a', 'b'), { kind: 'right-status', right: RIGHT.id, status: 'suspended', at: NOON })
    project(put('b', 'c'))
    expect(rows(site, 'SELECT mac FROM right_plate ORDER BY mac')).toEqual([{ mac: 'b' }, { mac: 'c' }])
    expect(rows(site, 'SELECT status FROM assigned_right')).toEqual([{ status: 'active' }])
  })

  test('a case is opened once and ended once, with a reason', () => {
    const { site, project } = projecting()
    const said = { ref: 'reason:box-1:1:9', mac: 'm' }
    const ended: Change = { kind: 'case-ended', case: 'k1' as CaseId, reason: said, at: NOON }
    project({ kind: 'case-opened', case: staffCase() })
    project(ended)
    expect(rows(site, 'SELECT status, reason, reason_ref, reason_mac, pictures FROM staff_case')).toEqual([
      {
        status: 'ended',
        reason: null,
        reason_ref: said.ref,
        reason_mac: said.mac,
        pictures: '["picture:1","picture:2"]',
      },
    ])
    expect(() => project(ended)).toThrow('case-ended finds no row')
    expect(() => project({ kind: 'case-opened', case: staffCase() })).toThrow()
  })

  const missing: readonly Change[] = [
    moved('inside'),
    { kind: 'session-known-by', session: STAY, credential: { kind: 'ticket', ticket: 't2' as DocumentId } },
    charged,
    { kind: 'session-entered', session: STAY, at: NOON },
    { kind: 'session-settled', session: STAY, at: NOON },
    { kind: 'passback-reset', session: STAY, at: NOON },
    { kind: 'session-class', session: STAY, vehicleClass: CAR },
    { kind: 'segments-written', session: STAY, segments: [] },
    raised(1),
    owed,
    { kind: 'charge-overpaid', charge: CHARGE, amount: money(1, VND), at: NOON },
    { kind: 'charge-refunded', charge: CHARGE, ofOverpaid: money(0, VND), ofPaid: money(1, VND), at: NOON },
    { kind: 'right-status', right: RIGHT.id, status: 'ended', at: NOON },
    { kind: 'case-ended', case: 'k1' as CaseId, reason: 'given back', at: NOON },
  ]
  test.each(missing)('$kind is a fault of ours where there is no row', (change) => {
    expect(() => projecting().project(change)).toThrow(`${change.kind} finds no row`)
  })

  test('a stay that is over goes nowhere any more, and has one charge', () => {
    const { project } = projecting()
    project(begun, opened, charged)
    expect(() => project(charged)).toThrow('session-charged finds no row')
    project(moved('left'))
    expect(() => project(moved('inside'))).toThrow('session-moved finds no row')
  })
})

function openPark(): { readonly site: TestBooks; readonly park: CarPark } {
  const site = openMarket(temporaryFolder())
  return { site, park: carPark(site) }
}

/** So many days later on Hanoi's clock. */
function days(count: number, from: Now = at()): Now {
  const when = later(from.at, count * DAY_MS)
  const day = new Date(when + 7 * HOUR_MS).toISOString().slice(0, 10)
  return { ...from, at: when, local: { ...from.local, day: day as Now['local']['day'] } }
}

/** What the books find by a plate at the exit, at that time. */
function foundBy(site: TestBooks, plate: string, now: Now) {
  const pseudonyms = createPseudonyms(site.open.db, (length) => Buffer.alloc(length, 7))
  const rules = {
    layout: { ...LAYOUT, parking: PARKING },
    policy: { ...POLICY, parking: PARKING_POLICY },
    tariffs: null,
  }
  const reading = createParkingReader(site.open.db, pseudonyms).at(
    () => rules,
    'live',
    { gateway: GATEWAY, epoch: 1, seq: 1_000_000 },
    now,
  )
  return reading.shown({ ...SHOWN_NOTHING, lookUp: true, plates: [plate] })
}

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

describe('erasing', () => {
  const vault = (site: TestBooks, purpose: string) =>
    rows(site, 'SELECT ref, value IS NULL AS gone FROM vault WHERE purpose = ? ORDER BY ref', purpose)

  const payOff = (site: TestBooks, park: CarPark): void => {
    for (const debt of rows(site, `SELECT id, due - paid AS rest FROM charge WHERE status = 'owed'`)) {
      const amount = money(Number(debt['rest']), VND)
      const charge = String(debt['id']) as ChargeId
      park.commit({ kind: 'credit-by-charge', charge, amount, reference: 'FT26325' }, { person: true })
    }
  }

  test('keeps the plate of a stay that is open, however long, under a salt of today, and lets it go when it is over', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    const late = days(100)
    eraseDue(site.books, late)
    // It has a name under the salt of today; its text under the old name, and the old salt, are gone.
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1, 0])
    expect(vault(site, 'period')).toEqual([
      { ref: 'period:2026-11', gone: 1 },
      { ref: 'period:2027-03', gone: 0 },
    ])
    expect(vault(site, 'picture').map((row) => row['gone'])).toEqual([1])
    expect(foundBy(site, '30A-123.45', late).found).toMatchObject([{ by: 'plate', plate: 'same' }])
    expect(site.books.isEraseDue(late)).toBe(false)

    const [open] = rows(site, 'SELECT id FROM session')
    park.commit(
      {
        kind: 'session-corrected',
        session: String(open?.['id']) as SessionId,
        correction: { kind: 'close' },
        reason: 'gone',
      },
      { person: true },
    )
    payOff(site, park)
    const later = days(200)
    eraseDue(site.books, later)
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1, 1])
    expect(vault(site, 'period').map((row) => row['gone'])).toEqual([1, 1])
    expect(foundBy(site, '30A-123.45', later).found).toEqual([])
  })

  test('keeps what is owed until it is paid', () => {
    const { site, park } = openPark()
    park.enter('29C-777.77')
    park.wait(HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '29C-777.77')
    park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, { person: true })
    park.pass(PARK_OUT)
    const late = days(100)
    eraseDue(site.books, late)
    expect(foundBy(site, '29C-777.77', late).debts).toHaveLength(1)
    payOff(site, park)
    eraseDue(site.books, days(200))
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1, 1])
    expect(foundBy(site, '29C-777.77', late).debts).toEqual([])
  })

  test('by names of another month is the same again in a rebuild', async () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    eraseDue(site.books, days(100))
    expect(rows(site, `SELECT kind FROM journal WHERE body LIKE '%session-renamed%'`)).toHaveLength(1)
    site.books.close()
    const source = openForReading(site.file)
    const report = await rebuild(source, join(temporaryFolder(), 'new.db'))
    source.close()
    expect(report).toMatchObject({ kind: 'rebuilt', differences: [] })
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

  test('keeps the plates of a right until it is over, and what was erased may be put on a right again', () => {
    const { site, park } = openPark()
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    const before = days(29)
    const after = days(90)
    eraseDue(site.books, before)
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([0])
    eraseDue(site.books, after)
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1])
    const renewed = { ...RIGHT, id: 'pass-2' as RightId, validUntil: instant(after.at + 30 * DAY_MS) }
    park.commit({ kind: 'right-put', right: renewed, plates: ['30F-246.80'] }, { person: true, now: after })
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([0])
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
