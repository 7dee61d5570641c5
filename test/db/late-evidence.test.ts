import { afterEach, describe, expect, test } from 'vitest'
import type { SessionId } from '../../core/ids.ts'
import type { LateEvidence } from '../../core/parking/events.ts'
import type { Outcome } from '../../core/records.ts'
import type { Now } from '../../core/time.ts'
import { HOUR_MS, instant, later, MINUTE_MS } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { vnd } from '../core/kit.ts'
import type { CarPark } from './car-park.ts'
import { carPark, PARK_IN, PARK_OUT } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { event, openMarket } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const opened: TestBooks[] = []
afterEach(() => {
  for (const site of opened.splice(0)) site.books.close()
})

function openPark(): { readonly site: TestBooks; readonly park: CarPark } {
  const site = openMarket(temporaryFolder())
  opened.push(site)
  return { site, park: carPark(site) }
}

let count = 0

function handIn(
  site: TestBooks,
  now: Now,
  ageMs: number,
  over: Partial<LateEvidence>,
  mode: 'live' | 'training' = 'live',
): Extract<Outcome, { kind: 'evidence-taken' }> {
  count += 1
  const body: LateEvidence = {
    kind: 'late-evidence',
    lane: PARK_OUT,
    what: 'let-out',
    saidAt: later(now.at, -ageMs),
    handedInAt: now.at,
    ticket: null,
    plate: null,
    vehicleClass: null,
    cash: null,
    reason: 'no power',
    ...over,
  }
  const happened = { at: later(now.at, -ageMs), by: 'device' } as const
  const [result] = site.commit([{ ...event(`late-${count}`, body, now, { mode }), occurredAt: happened }], now)
  if (result?.kind !== 'committed' || !result.outcome.ok || result.outcome.kind !== 'evidence-taken')
    throw new Error(JSON.stringify(result))
  return result.outcome
}

const rows = (site: TestBooks, statement: string): readonly unknown[] => site.open.db.$client.prepare(statement).all()

describe('what the books know of a stay whose leaving is handed in late', () => {
  test('they saw it come in, and nothing after: it left at any time since', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(HOUR_MS)
    expect(handIn(site, park.now(), 2 * HOUR_MS, { plate: '30A-123.45' }).misfit).toBe('before-last-fact')
    expect(handIn(site, park.now(), 10 * MINUTE_MS, { plate: '30A-123.45' })).toMatchObject({ stay: 'ended' })
  })

  test('they saw it come to the exit, and it was let out there by hand: not before it came', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '30A-123.45')
    park.wait(20 * MINUTE_MS)
    expect(handIn(site, park.now(), 21 * MINUTE_MS, { plate: '30A-123.45' }).misfit).toBe('before-last-fact')
    expect(handIn(site, park.now(), 19 * MINUTE_MS, { plate: '30A-123.45' })).toMatchObject({ stay: 'ended' })
  })

  test('a camera read it at the exit, and it backed away: not before that, whoever stands there now, and what was asked stays asked', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(3 * HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '30A-123.45')
    park.turnRound(PARK_OUT)
    park.wait(10 * MINUTE_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '51G-999.99')
    park.wait(10 * MINUTE_MS)
    const before = rows(site, 'SELECT due, paid, status FROM charge')
    expect(handIn(site, park.now(), HOUR_MS, { plate: '30A-123.45' })).toMatchObject({
      stay: 'untouched',
      misfit: 'before-last-fact',
      cases: ['late-evidence'],
    })
    expect(rows(site, 'SELECT due, paid, status FROM charge')).toEqual(before)
    expect(rows(site, 'SELECT status FROM session')).toEqual([{ status: 'inside' }])
    expect(handIn(site, park.now(), 15 * MINUTE_MS, { plate: '30A-123.45' })).toMatchObject({ stay: 'ended' })
  })

  test('staff chose it for whoever stood at the exit, and it backed away: not before that', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(3 * HOUR_MS)
    park.arrive(PARK_OUT)
    const [stay] = rows(site, 'SELECT id FROM session')
    const { id } = stay as { readonly id: SessionId }
    park.commit({ kind: 'session-chosen', lane: PARK_OUT, session: id, reason: 'no ticket' }, { person: true })
    park.turnRound(PARK_OUT)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '51G-999.99')
    park.wait(10 * MINUTE_MS)
    expect(handIn(site, park.now(), HOUR_MS, { plate: '30A-123.45' }).misfit).toBe('before-last-fact')
  })

  test('a moment about which these books were writing is taken, with a case: nothing was dead', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(HOUR_MS)
    park.enter('51G-111.11')
    park.wait(MINUTE_MS)
    park.enter('51G-222.22')
    park.wait(HOUR_MS)
    expect(handIn(site, park.now(), HOUR_MS + 30_000, { plate: '30A-123.45' })).toMatchObject({
      stay: 'ended',
      misfit: null,
      cases: ['late-evidence'],
    })
    expect(handIn(site, park.now(), 30 * MINUTE_MS, { plate: '51G-111.11' }).cases).toEqual([])
  })

  test.each([
    [2 * MINUTE_MS, ['late-evidence']],
    [2 * MINUTE_MS + 1, []],
  ])('of a moment between two records that lie %i ms apart the cases are %j', (gapMs, cases) => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(HOUR_MS)
    park.enter('51G-111.11')
    const from = park.now().at
    // Each record takes its while by itself.
    park.wait(gapMs - 400)
    park.arrive(PARK_IN)
    expect(park.now().at - from).toBe(gapMs)
    const ageMs = park.now().at - later(from, MINUTE_MS)
    expect(handIn(site, park.now(), ageMs, { plate: '30A-123.45' })).toMatchObject({ stay: 'ended', cases })
  })

  test('they supposed that it had stayed, because its way out lapsed: that is no fact, and it left before', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    park.wait(HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '30A-123.45')
    park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, { person: true })
    park.turnRound(PARK_OUT)
    park.wait(HOUR_MS)
    for (const { timer, key } of site.books.timers(50)) {
      if (timer.purpose !== 'passage-lapses') continue
      const actor = { kind: 'gateway', id: 'timer', role: null } as const
      site.commit([event(key, { kind: 'timer', timer }, park.now(), { principal: 'gateway:timer', actor })], park.now())
    }
    expect(rows(site, 'SELECT status, moved_lane FROM session')).toEqual([{ status: 'inside', moved_lane: null }])
    expect(handIn(site, park.now(), 50 * MINUTE_MS, { plate: '30A-123.45' })).toMatchObject({ stay: 'ended' })
  })
})

test('one phone has handed in its way in and out: the way in that another noted begins no second stay, and its cash is booked once', () => {
  const { site, park } = openPark()
  const plate = '21A-111.11'
  const cash = { tender: 'cash', amount: vnd(30_000) } as const
  handIn(site, park.now(), 60 * MINUTE_MS, { lane: PARK_IN, what: 'let-in', plate })
  const first = handIn(site, park.now(), 30 * MINUTE_MS, { plate, cash: { ...cash, confirmed: true } })
  expect(first.stay).toBe('ended')
  const another = { stay: 'untouched', session: first.session, misfit: 'already-over', paid: vnd(0) }
  expect(
    handIn(site, park.now(), 58 * MINUTE_MS, { lane: PARK_IN, what: 'let-in', plate: plate.toLowerCase() }),
  ).toMatchObject(another)
  expect(handIn(site, park.now(), 29 * MINUTE_MS, { plate, cash })).toMatchObject(another)
  expect(rows(site, 'SELECT status FROM session')).toEqual([{ status: 'left' }])
  expect(rows(site, 'SELECT kind FROM staff_case')).toContainEqual({ kind: 'late-evidence' })
  expect(rows(site, 'SELECT count FROM occupancy')).toEqual([{ count: 0 }])
  expect(rows(site, `SELECT count(*) AS payments FROM payment WHERE tender = 'cash'`)).toEqual([{ payments: 1 }])
})

test('a plate that fits nothing stands in no record: its text is in the vault, where the case says', () => {
  const { site, park } = openPark()
  expect(handIn(site, park.now(), 0, { plate: '51G-999.99' }).misfit).toBe('no-stay')
  const journal = rows(site, 'SELECT body FROM journal').map((row) => (row as { readonly body: string }).body)
  expect(journal.filter((body) => /51G|99999|999\.99/.test(body))).toEqual([])
  const [kept] = rows(site, `SELECT ref FROM vault WHERE value = '51G99999'`)
  const { ref } = kept as { readonly ref: string }
  expect(rows(site, 'SELECT kind, lane, pictures FROM staff_case')).toEqual([
    { kind: 'late-evidence', lane: PARK_OUT, pictures: JSON.stringify([ref]) },
  ])
})

test('one case says that a count was too low, however many leave by what is handed in', () => {
  const { site, park } = openPark()
  for (const plate of ['30A-111.11', '30A-222.22'])
    handIn(site, park.now(), 0, { lane: PARK_IN, what: 'let-in', plate })
  const [counted] = rows(site, 'SELECT place, vehicle_class FROM occupancy') as readonly {
    readonly place: string
    readonly vehicle_class: string
  }[]
  park.commit({
    kind: 'occupancy-corrected',
    place: counted?.place,
    vehicleClass: counted?.vehicle_class,
    count: 0,
    reason: 'counted by hand',
  } as Parameters<CarPark['commit']>[0])
  for (const plate of ['30A-111.11', '30A-222.22']) handIn(site, park.now(), 0, { plate })
  expect(rows(site, `SELECT lane FROM staff_case WHERE kind = 'count-differs'`)).toEqual([{ lane: PARK_OUT }])
  expect(rows(site, 'SELECT count FROM occupancy')).toEqual([{ count: 0 }])
})

test('what is handed in for practice stands in books of its own', () => {
  const { site, park } = openPark()
  handIn(site, park.now(), 0, { lane: PARK_IN, what: 'let-in', plate: '30A-123.45' }, 'training')
  expect(rows(site, 'SELECT mode, count FROM occupancy')).toEqual([{ mode: 'training', count: 1 }])
  expect(handIn(site, park.now(), 0, { plate: '30A-123.45' }).misfit).toBe('no-stay')
})

test('what had been asked and is not due until the time that is handed in is a line of the takings and of the openings, by whom: no validation’s', async () => {
  const { site, park } = openPark()
  park.enter('30A-123.45')
  park.wait(3 * HOUR_MS)
  const [stay] = rows(site, 'SELECT id FROM session')
  const { id } = stay as { readonly id: SessionId }
  park.commit({ kind: 'session-quoted', session: id }, { person: true })
  const [asked] = rows(site, 'SELECT due FROM charge') as readonly [{ readonly due: number }]
  const note = handIn(site, park.now(), 2 * HOUR_MS, { plate: '30A-123.45' })
  expect(note).toMatchObject({ stay: 'ended', misfit: null })
  const letGo = asked.due - (note.owed?.amount ?? 0)
  expect(letGo).toBeGreaterThan(0)
  const audit = createAudit(site.open.db)
  const { takings } = await audit.totals({ from: instant(0), until: later(park.now().at, HOUR_MS) }, 10_000)
  expect(takings.tenders).toMatchObject([{ tender: 'late-evidence', taken: letGo }])
  expect(takings.letGo).toMatchObject([{ by: 'test', taken: letGo }])
  expect(audit.openedWithoutPayment(0).openings).toMatchObject([{ why: { kind: 'late-evidence', letGo: vnd(letGo) } }])
})
