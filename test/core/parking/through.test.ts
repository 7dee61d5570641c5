import { describe, expect, test } from 'vitest'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { newest, OTHER, overrideNow, PLATE, passNow, payNow, put, said } from './driver.ts'
import { BIKE_IN, BIKE_OUT, GATE, park } from './park.ts'
import { BIKE } from './tariff-kit.ts'

/** A lane of both ways without an arm: what is let through is through, and its vehicle still stands before the reader. */
const both = () => park({ lanes: { barrier: 'none' } })

describe('at a lane of both ways without an arm', () => {
  test('a pass that is read twice goes in once', () => {
    const p = both()
    p.arrive(GATE)
    expect(said(p.show(GATE, passNow('m-1')))).toBe('let-through')
    p.wait(500)
    expect(said(p.show(GATE, passNow('m-1')))).toBe('already-accepted')
    expect(p.open().map(({ status }) => status)).toEqual(['inside'])
  })

  test('and goes out once', () => {
    const p = both()
    p.arrive(GATE)
    p.show(GATE, passNow('m-1'))
    p.reverse(GATE)
    p.wait(MINUTE_MS)
    p.arrive(GATE)
    expect(said(p.show(GATE, passNow('m-1')))).toBe('let-through')
    p.wait(500)
    expect(said(p.show(GATE, passNow('m-1')))).toBe('already-accepted')
    expect(p.sessions().map(({ status }) => status)).toEqual(['left'])
  })

  test('its plate after its pass, and its pass after its plate, are the same vehicle', () => {
    const p = both()
    put(p, 'm-1', [PLATE])
    p.arrive(GATE)
    p.show(GATE, passNow('m-1'))
    p.wait(SECOND_MS)
    expect(said(p.see(GATE, PLATE))).toBe('already-accepted')
    const q = both()
    put(q, 'm-1', [PLATE])
    expect(said(q.see(GATE, PLATE)), 'read before it stands there').toBe('let-through')
    q.wait(2 * SECOND_MS)
    q.arrive(GATE)
    q.wait(2 * SECOND_MS)
    expect(said(q.show(GATE, passNow('m-1')))).toBe('already-accepted')
    for (const each of [p, q]) expect(each.sessions().map(({ status }) => status)).toEqual(['inside'])
  })

  test('the ticket that it was given, or its payer’s next code, is the same vehicle; a supervisor’s word is of another, and a receipt of none', () => {
    const p = both()
    p.arrive(GATE)
    p.ticket(GATE)
    p.wait(SECOND_MS)
    expect(said(p.show(GATE, p.ticketOf(newest(p))))).toBe('already-accepted')
    const receipt = { ...payNow(p, 'r'), iss: p.ticketOf(newest(p)).iss, kind: 'receipt' as const, charge: 'c' }
    expect(said(p.show(GATE, receipt))).toBe('token-kind-not-taken')
    expect(said(p.show(GATE, overrideNow(p, 'o'))), 'whoever stands there now comes in by it').toBe('let-through')
    expect(p.sessions().map(({ status, entry }) => [status, entry.by])).toEqual([
      ['inside', 'ticket'],
      ['inside', 'staff'],
    ])
    const q = both()
    q.seeIn(GATE, '')
    q.arrive(GATE)
    expect(said(q.show(GATE, payNow(q, 'a')))).toBe('let-through')
    q.wait(SECOND_MS)
    expect(said(q.show(GATE, payNow(q, 'b')))).toBe('already-accepted')
    expect(q.sessions().map(({ status }) => status)).toEqual(['inside'])
  })

  test('two plates of one pass are two vehicles', () => {
    const p = both()
    put(p, 'm-1', [PLATE, OTHER], { spaces: 2 })
    expect(said(p.see(GATE, PLATE))).toBe('let-through')
    p.wait(4 * SECOND_MS)
    expect(said(p.see(GATE, OTHER))).toBe('let-through')
    expect(p.open()).toHaveLength(2)
  })

  test('another vehicle beside it is another', () => {
    const p = both()
    p.arrive(GATE)
    p.show(GATE, passNow('m-1'))
    p.wait(SECOND_MS)
    expect(said(p.show(GATE, passNow('m-2')))).toBe('let-through')
    expect(p.open()).toHaveLength(2)
  })

  test('the same pass at the next coming goes out', () => {
    const p = both()
    p.arrive(GATE)
    p.show(GATE, passNow('m-1'))
    p.reverse(GATE)
    p.wait(SECOND_MS)
    p.arrive(GATE)
    expect(said(p.show(GATE, passNow('m-1')))).toBe('let-through')
    expect(p.open()).toHaveLength(0)
  })
})

test('where no loop tells one vehicle from the next, ten seconds do', () => {
  const p = both()
  expect(said(p.show(GATE, passNow('m-1')))).toBe('let-through')
  p.wait(10 * SECOND_MS)
  expect(said(p.show(GATE, passNow('m-1')))).toBe('already-accepted')
  p.wait(1)
  expect(said(p.show(GATE, passNow('m-1')))).toBe('let-through')
  expect(p.open()).toHaveLength(0)
})

test('a pass that is read twice at a way out without an arm has left once', () => {
  const p = park()
  p.show(BIKE_IN, passNow('m-1', { vehicleClass: BIKE }))
  expect(p.open()).toHaveLength(1)
  p.wait(MINUTE_MS)
  expect(said(p.show(BIKE_OUT, passNow('m-1', { vehicleClass: BIKE })))).toBe('let-through')
  p.wait(500)
  expect(said(p.show(BIKE_OUT, passNow('m-1', { vehicleClass: BIKE })))).toBe('already-accepted')
})
