import { describe, expect, test } from 'vitest'
import type { Change } from '../../core/changes.ts'
import type { CaseId, DocumentId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { AssignedRight } from '../../core/parking/session.ts'
import { HOUR_MS, instant, later } from '../../core/time.ts'
import type { RightRow } from '../../db/parking-rows.ts'
import { rightOf } from '../../db/parking-rows.ts'
import { CAR, LOT, PARK_OUT, RIGHT } from './car-park.ts'
import { NOON } from './kit.ts'
import {
  begun,
  CHARGE,
  charged,
  closed,
  moved,
  opened,
  owed,
  paid,
  plateValue,
  projecting,
  raised,
  rows,
  STAY,
  staffCase,
} from './parking-books.ts'

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

  test('by a plate that a person said instead it is known alone, and by its ticket', () => {
    const { site, project } = projecting()
    const known = (name: string, instead: { readonly instead?: true } = {}): Change => ({
      kind: 'session-known-by',
      session: STAY,
      credential: { kind: 'plate', plate: plateValue(name), confidencePermille: 1_000 },
      ...instead,
    })
    const plates = () =>
      rows(site, `SELECT value FROM session_credential WHERE kind = 'plate' ORDER BY value`).map(({ value }) => value)
    project(begun, known('p1'), known('p2'))
    expect(plates()).toEqual(['p1', 'p2'])
    const others = `SELECT kind FROM session_credential WHERE kind <> 'plate' ORDER BY kind`
    const before = rows(site, others)
    project(known('p3', { instead: true }))
    expect(plates()).toEqual(['p3'])
    expect(rows(site, others)).toEqual(before)
    project(known('p3', { instead: true }))
    expect(plates()).toEqual(['p3'])
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

  test('a right is known to have been away when it was, and by records of before as long as its status says so', () => {
    const { site, project } = projecting()
    const right = { ...RIGHT, holder: null, code: null, given: null, plates: [] }
    const status = (to: 'active' | 'suspended' | 'ended', away?: AssignedRight['away']): Change => ({
      kind: 'right-status',
      right: RIGHT.id,
      status: to,
      ...(away === undefined ? {} : { away }),
      at: NOON,
    })
    const known = () => {
      const [row] = rows(site, 'SELECT * FROM assigned_right')
      return rightOf(row as RightRow, []).away
    }
    project({ kind: 'right-put', right })
    expect(known()).toBeUndefined()
    project(status('suspended'))
    expect(known(), 'a record of before').toEqual([{ from: NOON, until: null }])
    project({ kind: 'right-put', right: { ...right, status: 'suspended' } })
    expect(known(), 'of before, and renewed').toEqual([{ from: NOON, until: null }])
    project(status('active'))
    expect(known()).toBeUndefined()
    const away = [{ from: NOON, until: instant(NOON + 1) }]
    project(status('active', away))
    expect(known()).toEqual(away)
    const still = [{ from: instant(0), until: null, asked: { kind: 'something', settledAt: NOON } }] as const
    project({ kind: 'right-put', right: { ...right, away: still, status: 'suspended' } })
    expect(known()).toEqual(still)
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
    { kind: 'charge-paid-beyond', charge: CHARGE, amount: money(1, VND), at: NOON },
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
