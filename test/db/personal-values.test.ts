import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { Change } from '../../core/changes.ts'
import type { EventBody, SiteEvent } from '../../core/events.ts'
import type { CaseId, ChargeId, RightId, SessionId } from '../../core/ids.ts'
import type { Passage } from '../../core/lane/state.ts'
import { money, VND } from '../../core/money.ts'
import type { AssignedRight } from '../../core/parking/session.ts'
import type { JournalRecord } from '../../core/records.ts'
import type { Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later } from '../../core/time.ts'
import type { PresentedToken } from '../../core/tokens.ts'
import { createAudit } from '../../db/audit.ts'
import { eraseDue, eraseOfRecord } from '../../db/erase.ts'
import { openForReading } from '../../db/open.ts'
import type { ParkingReports } from '../../db/parking-reports.ts'
import { createParkingReports } from '../../db/parking-reports.ts'
import { createProjector } from '../../db/project.ts'
import type { PruneSettings } from '../../db/prune.ts'
import { prune } from '../../db/prune.ts'
import { hmac } from '../../db/pseudonyms.ts'
import { createReasonText } from '../../db/reason-texts.ts'
import { rebuild } from '../../db/rebuild.ts'
import { PROJECTIONS } from '../../db/table-sets.ts'
import { verifyJournal } from '../../db/verify.ts'
import type { CarPark } from './car-park.ts'
import {
  CAR,
  carPark,
  LOT,
  PARK_IN,
  PARK_OUT,
  PARKING,
  PARKING_POLICY,
  RIGHT,
  ticketFor,
  WITH_TICKETS,
} from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { at, event, GATEWAY, LAYOUT, NOON, openMarket, openSite, POLICY, payToken, SITE } from './kit.ts'
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

function put(
  park: CarPark,
  more: Partial<typeof RIGHT> = {},
  now: Now = park.now(),
  why: { readonly reason?: string } = {},
): void {
  const right = { ...RIGHT, holder: NAME, ...more }
  park.commit({ kind: 'right-put', right, plates: ['30F-246.80'], ...why }, { person: true, now })
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
    put(park, { validUntil: later(until, 30 * DAY_MS) }, days(20), { reason: 'đã trả cho cả năm' })
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
  const back = { kind: 'credit-moved', reference: 'FT26325000001', charge: null, reason: 'nobody knows it' } as const
  park.commit(back, { person: true })
  park.commit({ ...back, sentBack: 'FT26325000002' }, { person: true })
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

const WHY = 'chị Hương, 0903 555 017, mất vé'

/** Somebody shows a ticket under another plate: a case. `choose`: staff say whose stay it is, while nobody knows whether the arm is there. */
function openMismatch(): { readonly site: TestBooks; readonly choose: () => unknown } {
  let isPresent = true
  const site = openMarket(temporaryFolder(), { ...WITH_TICKETS, isPresent: () => isPresent })
  const park = carPark(site)
  park.enter('30A-123.45')
  park.wait(HOUR_MS)
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '29C-777.77')
  const ticket = ticketFor(site, park)
  park.show(PARK_OUT, ticket)
  return {
    site,
    choose() {
      isPresent = false
      return park.commit(
        { kind: 'session-chosen', lane: PARK_OUT, session: ticket.session as SessionId, reason: WHY },
        { person: true },
      )
    },
  }
}

/** Everything that staff do with a reason, once each and taken. */
function actWithReasons(site: TestBooks, park: CarPark): readonly EventBody['kind'][] {
  const person = { person: true } as const
  const done: EventBody['kind'][] = []
  const act = (body: EventBody): void => {
    const result = park.commit(body, person)
    if (result.kind !== 'committed' || !result.outcome.ok) throw new Error(`${body.kind}: ${JSON.stringify(result)}`)
    done.push(body.kind)
  }
  const charge = (): ChargeId =>
    site.open.db.$client.prepare<[], { id: ChargeId }>('SELECT id FROM charge ORDER BY seq DESC').get()?.id ??
    ('none' as ChargeId)
  const stay = (): SessionId =>
    site.open.db.$client.prepare<[], { id: SessionId }>('SELECT id FROM session ORDER BY seq DESC').get()?.id ??
    ('none' as SessionId)

  put(park, { holder: '' })
  act({ kind: 'right-status', right: RIGHT.id, status: 'suspended', reason: WHY })
  act({ kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 3, reason: WHY })
  park.enter('30A-123.45')
  act({ kind: 'session-corrected', session: stay(), correction: { kind: 'passback-reset' }, reason: WHY })
  park.wait(HOUR_MS)
  park.arrive(PARK_OUT)
  act({ kind: 'session-chosen', lane: PARK_OUT, session: stay(), reason: WHY })
  act({ kind: 'leave-on-debt', lane: PARK_OUT, reason: WHY })
  park.pass(PARK_OUT)
  const amount = money(1_000_000, VND)
  act({ kind: 'cash-taken', charge: charge(), tender: 'cash', amount, confirmed: true })
  act({ kind: 'refund', charge: charge(), amount: money(1_000, VND), reason: WHY })
  const transfer = { reference: 'FT1', amount: money(25_000, VND), text: 'tiền gửi xe', toldAt: null }
  act({ kind: 'credit-by-text', ...transfer })
  act({ kind: 'credit-moved', reference: 'FT1', charge: null, reason: WHY })
  act({ kind: 'open-by-hand', lane: PARK_OUT, reason: WHY })
  park.pass(PARK_OUT)
  // Nobody knows what stay this vehicle is: a case, which somebody ends.
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '29C-777.77')
  const waiting = reports(site).openCases('live', null, null, 10).cases
  const ended = waiting.find(({ kind }) => kind === 'exit-without-entry')
  if (ended === undefined) throw new Error(`no case: ${JSON.stringify(waiting)}`)
  act({ kind: 'case-ended', case: ended.id, reason: WHY })
  park.turnRound(PARK_OUT)
  act({
    kind: 'late-evidence',
    lane: PARK_IN,
    what: 'let-in',
    saidAt: park.now().at,
    handedInAt: park.now().at,
    ticket: null,
    plate: '51D-222.22',
    vehicleClass: CAR,
    cash: null,
    reason: WHY,
  })
  park.arrive(PARK_IN)
  const order = { ...payToken('order', 0, park.now()), kind: 'override', aud: [`urn:tolbooth:${SITE}`], lanes: [] }
  park.show(PARK_IN, { ...order, reason: WHY } as unknown as PresentedToken)
  return done
}

describe('what staff type to say why', () => {
  test('stands in no record and in no row but the vault’s, whatever they did; reports tell it while the vault has it', () => {
    const { site, park } = openPark()
    const done = actWithReasons(site, park).filter((kind) => kind !== 'cash-taken' && kind !== 'credit-by-text')
    const rows = kept(site, 'reason')
    // Every kind of act that asks for a reason, and a supervisor's signed word.
    expect(done).toHaveLength(10)
    expect(rows.map(({ value }) => value)).toEqual(Array(11).fill(WHY))
    const journal = site.open.db.$client.prepare<[], { body: string }>('SELECT body FROM journal ORDER BY seq').all()
    expect(journal.map(({ body }) => body).join('\n')).not.toMatch(/Hương|0903/)
    for (const kind of done) {
      const { ref } = recordedReason(site, kind)
      const row = rows.find((each) => each.ref === ref)
      expect(recordedReason(site, kind), kind).toEqual({ ref, mac: hmac(row?.salt ?? '', WHY) })
    }
    for (const { name } of PROJECTIONS) {
      expect(JSON.stringify(site.open.db.$client.prepare(`SELECT * FROM ${name}`).all()), name).not.toContain('Hương')
    }
    const { openings } = createAudit(site.open.db).openedWithoutPayment(0)
    expect(openings.map(({ why }) => [why.kind, 'reason' in why ? why.reason : ''])).toEqual([
      ['on-debt', WHY],
      ['by-hand', WHY],
      ['late-evidence', WHY],
      ['override', WHY],
    ])
    const all = [...createAudit(site.open.db).openings(0)].filter(({ event }) => event === 'open-by-hand')
    expect(all).toMatchObject([{ why: { kind: 'by-hand' }, reason: WHY }])
    expect(endedCase(site)).toMatchObject({ status: 'ended', reason: WHY })
  })

  test('goes with the evidence, out of every file; then reports say that it is not there, the chain is whole, and a rebuild makes the same books', async () => {
    const { site, park } = openPark()
    actWithReasons(site, park)
    expect((await verifyJournal(site.open)).faults).toEqual([])
    expect(stands(site, 'Hương')).toBe(true)
    eraseDue(site.books, days(89))
    expect(stands(site, 'Hương')).toBe(true)
    eraseDue(site.books, days(91))
    expect(stands(site, 'Hương')).toBe(false)
    const { openings } = createAudit(site.open.db).openedWithoutPayment(0)
    expect(openings.map(({ why }) => ('reason' in why ? why.reason : ''))).toEqual([null, null, null, null])
    expect(endedCase(site)).toMatchObject({ status: 'ended', reason: null })
    expect((await verifyJournal(site.open)).faults).toEqual([])
    expect(await rebuiltWithout(site)).toMatchObject({ kind: 'rebuilt', differences: [] })
  })

  test('is not kept of what was refused, and not told by a fault', () => {
    const { site, park } = openPark()
    park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: WHY }, { person: true })
    expect(recorded(site, 'leave-on-debt')).toMatchObject([{ event: { reason: null } }])
    expect(kept(site, 'reason')).toEqual([])
    expect(stands(site, 'Hương')).toBe(false)
  })

  test('is kept of what was refused where a case has ended by it, and goes in its time like others', async () => {
    const { site, choose } = openMismatch()
    const refused = choose()
    expect(refused).toMatchObject({ outcome: { ok: false, refusal: 'barrier-away' } })
    const [row] = kept(site, 'reason')
    expect(row?.value).toBe(WHY)
    expect(recordedReason(site, 'session-chosen')).toEqual({ ref: row?.ref, mac: hmac(row?.salt ?? '', WHY) })
    expect(endedCase(site, 'plate-mismatch')).toMatchObject({ status: 'ended', reason: WHY })
    expect((await verifyJournal(site.open)).faults).toEqual([])
    eraseDue(site.books, days(91))
    expect(endedCase(site, 'plate-mismatch')).toMatchObject({ status: 'ended', reason: null })
    expect((await verifyJournal(site.open)).faults).toEqual([])
  })

  test('by which a case has ended is missed where the vault never had it, once for its record', async () => {
    const { site, choose } = openMismatch()
    choose()
    const [row] = kept(site, 'reason')
    site.open.db.$client.prepare("DELETE FROM vault WHERE purpose = 'reason'").run()
    expect((await verifyJournal(site.open)).faults).toMatchObject([{ kind: 'vault', ref: row?.ref }])
  })

  test('goes when somebody asks for it, of one record and whatever the clock says; others stay', async () => {
    const { site, park } = openPark()
    const acts = [WHY, 'xe cấp cứu'].map((reason) =>
      park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason }, { person: true }),
    )
    put(park)
    const seqs = acts.map((act) => (act.kind === 'committed' ? act.seq : 0))
    const unsure: Now = { ...park.now(), trust: { state: 'unknown' } }
    expect(eraseOfRecord(site.books, seqs[0] ?? 0, unsure)).toBe(1)
    expect(stands(site, '0903')).toBe(false)
    expect(kept(site, 'reason').map(({ value }) => value)).toEqual([null, 'xe cấp cứu'])
    expect(recorded(site, 'erase-asked')).toMatchObject([{ event: { record: seqs[0] } }])
    expect(eraseOfRecord(site.books, seqs[0] ?? 0, unsure), 'it is gone').toBe(0)
    expect(eraseOfRecord(site.books, 1_000_000, unsure), 'there is no such record').toBe(0)
    expect(eraseOfRecord(site.books, (seqs[1] ?? 0) + 1, unsure), 'a holder').toBe(1)
    expect(reports(site).right(RIGHT.id, 'live')).toMatchObject({ holderName: null })
    expect((await verifyJournal(site.open)).faults).toEqual([])
    expect(await rebuiltWithout(site)).toMatchObject({ kind: 'rebuilt', differences: [] })
  })

  test('that somebody has changed in the vault is found', async () => {
    const { site, park } = openPark()
    park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: WHY }, { person: true })
    const [row] = kept(site, 'reason')
    site.open.db.$client.prepare("UPDATE vault SET value = 'xe cấp cứu' WHERE purpose = 'reason'").run()
    expect((await verifyJournal(site.open)).faults).toMatchObject([{ kind: 'vault', ref: row?.ref }])
  })

  test('of a record of before is read from that record, and no row is made of it', () => {
    const { site } = openPark()
    const project = (change: Change): void => {
      createProjector(site.open.db).project({
        seq: 1_000_000,
        at: NOON,
        body: { kind: 'fault', changes: [change], effects: [] },
      } as unknown as JournalRecord)
    }
    const about = { lane: null, session: null, charge: null, openedAt: NOON, pictures: [], mode: 'live' } as const
    const [seen, left] = ['k1' as CaseId, 'k2' as CaseId]
    for (const id of [seen, left])
      project({ kind: 'case-opened', case: { id, kind: 'overpaid', ...about, status: 'open' } })
    project({ kind: 'case-ended', case: seen, reason: WHY as never, at: NOON })
    project({ kind: 'case-ended', case: left, reason: 'it has left', at: NOON })
    expect(reports(site).staffCase(seen, 'live')).toMatchObject({ status: 'ended', reason: null })
    expect(reports(site).staffCase(left, 'live')).toMatchObject({ status: 'ended', reason: 'it has left' })
    const spent = { iss: 'supervisor', id: 'jti:1' }
    const granted = { id: 'p1', lane: PARK_OUT, mode: 'live', payer: null, presence: 1, grantedAt: NOON, until: NOON }
    const right = { kind: 'override', spent, reason: WHY }
    project({ kind: 'passage-granted', passage: { ...granted, right, status: 'used' } as unknown as Passage })
    expect(site.open.db.$client.prepare("SELECT ground FROM passage WHERE id = 'p1'").get()).toEqual({
      ground: canonicalJson({ kind: 'override', spent }),
    })
    expect(stands(site, 'Hương')).toBe(false)
    expect(createReasonText(site.open.db.$client)(WHY)).toBe(WHY)
  })
})

describe('what came is told again by its key', () => {
  const transfer = (text: string): SiteEvent =>
    event('FT9', {
      kind: 'credit-by-text',
      reference: 'FT9',
      amount: money(25_000, VND),
      text,
      toldAt: null,
    })

  test('and by a hash that nobody can try texts against: it is made with a salt, which stands with the answer', async () => {
    const { site } = openPark()
    const told = transfer('Hương gửi xe')
    const [first] = site.commit([told])
    const [row] = seen(site, told)
    expect(row?.salt).toMatch(/^[\w-]{22}$/)
    expect(row?.body_hash).toBe(hmac(row?.salt ?? '', told.bodyHash))
    const journal = site.open.db.$client.prepare<[], { body: string }>('SELECT body FROM journal ORDER BY seq').all()
    expect(journal.map(({ body }) => body).join('\n')).not.toContain(told.bodyHash)
    expect(journal.at(-1)?.body).toContain(row?.body_hash)
    const [again, other] = site.commit([transfer('Hương gửi xe'), transfer('Hương gửi xe lần hai')])
    expect(again).toMatchObject({ repeated: true, answer: first?.kind === 'committed' ? first.answer : '' })
    expect(other).toEqual({ kind: 'refused', refusal: 'key-reused' })
    expect((await verifyJournal(site.open)).faults).toEqual([])
    // As a box that was restarted, or restored, is asked.
    site.books.close()
    const reopened = openSite('', {}, at(), site.file)
    expect(reopened.commit([transfer('Hương gửi xe')])).toMatchObject([{ repeated: true }])
    reopened.books.close()
  })

  test('and one of before, whose hash is as it was, is compared as it was', async () => {
    const { site } = openPark()
    const told = transfer('Hương gửi xe')
    site.commit([told])
    site.open.db.$client
      .prepare('UPDATE seen SET salt = NULL, body_hash = ? WHERE key = ?')
      .run(told.bodyHash, told.key)
    expect(site.commit([transfer('Hương gửi xe')])).toMatchObject([{ repeated: true }])
    expect(site.commit([transfer('khác')])).toEqual([{ kind: 'refused', refusal: 'key-reused' }])
  })

  test('and once a personal value of its record is erased, the salt goes with it: the same cannot be told from another', async () => {
    const { site, park } = openPark()
    park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: WHY }, { person: true })
    const last = () => site.open.db.$client.prepare<[], SeenRow>('SELECT * FROM seen ORDER BY rowid DESC').get()
    const before = last()
    expect(before?.salt).toHaveLength(22)
    eraseDue(site.books, days(91))
    const row = site.open.db.$client
      .prepare<[string], SeenRow>('SELECT * FROM seen WHERE key = ?')
      .get(before?.key ?? '')
    expect(row).toMatchObject({ salt: '', body_hash: before?.body_hash })
    expect(stands(site, before?.salt ?? '')).toBe(false)
    const again = event('again', { kind: 'open-by-hand', lane: PARK_OUT, reason: WHY })
    expect(site.commit([{ ...again, key: (before?.key ?? '') as SiteEvent['key'] }])).toEqual([
      { kind: 'refused', refusal: 'key-reused' },
    ])
    expect((await verifyJournal(site.open)).faults).toEqual([])
  })
})

describe('of a record that was dropped', () => {
  const settings: PruneSettings = {
    receiptAgeMinMs: 0,
    seenKeepMs: 35 * DAY_MS,
    spentKeepMs: 30 * DAY_MS,
    closings: 'not-kept',
    snapshotRecordsMin: 1,
  }

  /** Books that write in another name than before, and have dropped the record of an opening by hand. */
  async function pruned(): Promise<{ site: TestBooks; seq: number; salt: string }> {
    const { site, park } = openPark()
    const act = park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: WHY }, { person: true })
    const seq = act.kind === 'committed' ? act.seq : 0
    const client = site.open.db.$client
    const salt = client.prepare<[number], { salt: string }>('SELECT salt FROM seen WHERE seq = ?').get(seq)?.salt ?? ''
    park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: 'xe cấp cứu' }, { person: true })
    await prune(site.open, site.books, settings, park.now())
    const { epoch, hash } = site.books.head()
    client
      .prepare("INSERT INTO upstream_receipt (seq, epoch, hash, durable, received_at, jws) VALUES (?, ?, ?, 1, 0, '')")
      .run(site.books.head().seq, epoch, hash)
    expect(await prune(site.open, site.books, settings, park.now())).toMatchObject({ dropped: { from: 1 } })
    expect(client.prepare('SELECT seq FROM journal WHERE seq = ?').get(seq)).toBeUndefined()
    return { site, seq, salt }
  }

  test('the salt of what came goes with its reason', async () => {
    const { site, seq, salt } = await pruned()
    expect(salt).toHaveLength(22)
    eraseDue(site.books, days(91))
    expect(kept(site, 'reason').map(({ value }) => value)).toEqual([null, null])
    expect(site.open.db.$client.prepare('SELECT salt FROM seen WHERE seq = ?').get(seq)).toEqual({ salt: '' })
    expect(stands(site, salt)).toBe(false)
    expect((await verifyJournal(site.open)).faults).toEqual([])
  })

  test('the reason goes when somebody asks for it, the salt with it, and those of others stay', async () => {
    const { site, seq, salt } = await pruned()
    const others = () => site.open.db.$client.prepare("SELECT count(*) AS n FROM seen WHERE salt <> ''").get()
    const before = others() as { readonly n: number }
    expect(eraseOfRecord(site.books, seq, days(1))).toBe(1)
    expect(kept(site, 'reason').map(({ value }) => value)).toEqual([null, 'xe cấp cứu'])
    expect(stands(site, salt)).toBe(false)
    // One went, and the erasing itself came.
    expect(others()).toEqual(before)
    expect(eraseOfRecord(site.books, seq, days(1)), 'it is gone').toBe(0)
  })

  test('that another gateway wrote, before these books were this one’s, its reason goes too', async () => {
    const { site, park } = openPark()
    const act = park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: WHY }, { person: true })
    const seq = act.kind === 'committed' ? act.seq : 0
    const client = site.open.db.$client
    client
      .prepare(
        "INSERT INTO epoch SELECT 0, site, 'box-0', 0, started_at, reason, parent_epoch, parent_seq, parent_hash, reconciled_at FROM epoch",
      )
      .run()
    client.prepare("UPDATE vault SET ref = replace(ref, ?, ':box-0:0:') WHERE purpose = 'reason'").run(`:${GATEWAY}:1:`)
    expect(eraseOfRecord(site.books, seq, days(1))).toBe(1)
    expect(kept(site, 'reason')).toMatchObject([{ value: null }])
  })
})

describe('what a transfer’s payer wrote', () => {
  const told = {
    kind: 'credit-by-text',
    reference: 'FT7',
    amount: money(25_000, VND),
    text: WHY,
    toldAt: null,
  } as const
  const texts = (site: TestBooks) => kept(site, 'transfer-text').map(({ value }) => value)

  test('is kept while it waits for a person, however long, and goes as long after that as plates do', () => {
    const { site, park } = openPark()
    park.commit(told, { person: true })
    eraseDue(site.books, days(300))
    expect(texts(site)).toEqual([WHY])
    expect(reports(site).waitingCredits('live', 10)).toMatchObject([{ says: WHY }])
    const back = { kind: 'credit-moved', reference: 'FT7', charge: null, reason: 'nobody knows it' } as const
    park.commit(back, { person: true, now: days(300) })
    eraseDue(site.books, days(400))
    expect(texts(site), 'it is still to go back').toEqual([WHY])
    park.commit({ ...back, sentBack: 'FT8' }, { person: true, now: days(400) })
    eraseDue(site.books, days(429))
    expect(texts(site)).toEqual([WHY])
    eraseDue(site.books, days(431))
    expect(texts(site)).toEqual([null])
    expect(stands(site, '0903')).toBe(false)
  })

  test('of one that a person assigned goes as long after that', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '30A-123.45')
    park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, { person: true })
    park.pass(PARK_OUT)
    const charge = site.open.db.$client.prepare<[], { id: ChargeId }>('SELECT id FROM charge').get()?.id ?? null
    park.commit(told, { person: true })
    park.commit({ kind: 'credit-moved', reference: 'FT7', charge, reason: 'his' }, { person: true, now: days(200) })
    eraseDue(site.books, days(229))
    expect(texts(site)).toEqual([WHY])
    eraseDue(site.books, days(231))
    expect(texts(site)).toEqual([null])
  })
})

type SeenRow = { readonly key: string; readonly body_hash: string; readonly salt: string | null }

function seen(site: TestBooks, { key }: SiteEvent): readonly SeenRow[] {
  return site.open.db.$client.prepare<[string], SeenRow>('SELECT * FROM seen WHERE key = ?').all(key)
}

function recordedReason(site: TestBooks, kind: string): Value {
  const [said] = recorded(site, kind)
  if (said === undefined) throw new Error(`no record of ${kind}`)
  return (said.event as { readonly reason: Value }).reason
}

function endedCase(site: TestBooks, kind = 'exit-without-entry') {
  const row = site.open.db.$client
    .prepare<[string], { id: CaseId }>('SELECT id FROM staff_case WHERE kind = ?')
    .get(kind)
  return reports(site).staffCase(row?.id ?? ('none' as CaseId), 'live')
}

function instantOf(time: number): Now {
  return at(instant(time) - NOON)
}
