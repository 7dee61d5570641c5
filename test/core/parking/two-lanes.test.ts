import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { SessionId } from '../../../core/ids.ts'
import { laneId } from '../../../core/ids.ts'
import { MINUTE_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { asked, carInside, cash, chargeOf, credit, OTHER, PLATE, payNow, said, toExit } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_OUT, GATE, park } from './park.ts'

/** What each display is told, by its lane. */
const displays = ({ effects }: Decision): Readonly<Record<string, string>> =>
  Object.fromEntries(
    effects.flatMap(({ to, command }) =>
      command.type === 'announce' && to.endsWith('-display')
        ? [[to.replace(/-display$/, ''), command.message.kind] as const]
        : [],
    ),
  )

/** A stay that was asked at one way out, and that staff have brought to another: whose vehicle stands where, nobody knows but they. */
function askedAtTwo(): { readonly p: Park; readonly id: SessionId; readonly moved: Decision } {
  const p = park()
  const id = carInside(p)
  p.wait(50 * MINUTE_MS)
  expect(asked(toExit(p)).due).toEqual(vnd(25_000))
  p.arrive(GATE)
  p.wait(MINUTE_MS)
  return { p, id, moved: p.choose(GATE, id, 'it stands here') }
}

describe('one stay that is asked at two lanes', () => {
  test('is asked at the second alone: the first asks nothing any more, and calls for staff', () => {
    const { p, id, moved } = askedAtTwo()
    expect(asked(moved).due).toEqual(vnd(25_000))
    expect(displays(moved)).toEqual({ [CAR_OUT]: 'choose-staff', [GATE]: 'amount-due' })
    expect(p.lane(CAR_OUT).visit).toMatchObject({ session: null, asked: null, plate: { value: { mac: '30A12345' } } })
    expect(p.lane(GATE).visit).toMatchObject({ session: id })
    expect(p.waits().filter(({ purpose }) => purpose === 'quote-lapses')).toMatchObject([{ lane: GATE }])
  })

  test('is paid once, by a code, and at the first lane a code pays nothing and is not spent', () => {
    const { p, id } = askedAtTwo()
    const first = p.show(CAR_OUT, payNow(p, 'first'))
    expect([first.outcome.ok, first.changes.some(({ kind }) => kind === 'token-spent')]).toEqual([false, false])
    expect(p.show(GATE, payNow(p, 'second')).outcome).toMatchObject({ kind: 'paid', amount: vnd(25_000) })
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('stay-leaving-elsewhere')
    p.drive(GATE)
    const late = p.show(CAR_OUT, payNow(p, 'first'))
    expect([late.outcome.ok, late.changes.some(({ kind }) => kind === 'token-spent')]).toEqual([false, false])
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 25_000, overpaid: 0 })
  })

  test('is paid once, by cash or a transfer, which open the second lane and not the first', () => {
    for (const pay of [cash, credit]) {
      const { p, id } = askedAtTwo()
      const charge = chargeOf(p, id)
      const paid = pay(p, charge, 25_000)
      expect(paid.effects.filter(({ command }) => command.type === 'open').map(({ to }) => to)).toEqual([
        `${GATE}-barrier`,
      ])
      expect(p.lane(CAR_OUT).phase.kind).toBe('vehicle-present')
      expect(said(cash(p, charge, 25_000)), 'nobody takes cash for it again').toBe('cash-unlikely')
    }
  })

  test('whoever pays the code that the first display showed, after all: it is to be given back, and is a case', () => {
    const { p, id } = askedAtTwo()
    p.show(GATE, payNow(p, 'second'))
    p.drive(GATE)
    expect(credit(p, chargeOf(p, id), 25_000).outcome).toMatchObject({
      kind: 'credited',
      amount: vnd(0),
      overpaid: vnd(25_000),
    })
    expect(p.cases()).toEqual(['overpaid'])
  })

  test('is asked at the first again where its driver shows the ticket there: at the second no more', () => {
    const { p, id } = askedAtTwo()
    const back = p.show(CAR_OUT, p.ticketOf(id))
    expect(asked(back).due).toEqual(vnd(25_000))
    expect(displays(back)).toEqual({ [CAR_OUT]: 'amount-due', [GATE]: 'choose-staff' })
    expect(p.lane(GATE).visit).toMatchObject({ session: null, asked: null })
  })

  test('is let out at the second with nothing to pay there: the first asks nothing any more', () => {
    const { p, id } = askedAtTwo()
    p.show(CAR_OUT, p.ticketOf(id))
    p.choose(GATE, id, 'it stands here after all')
    expect(said(p.take({ kind: 'leave-on-debt', lane: GATE, reason: 'no money' }))).toBe('let-through')
    expect(p.lane(CAR_OUT).visit?.asked).toBeNull()
  })

  test('another stay that is asked elsewhere is left alone', () => {
    const p = park()
    carInside(p)
    carInside(p, OTHER)
    p.wait(50 * MINUTE_MS)
    toExit(p, PLATE)
    p.arrive(GATE)
    const other = p.seeOut(GATE, OTHER)
    expect(asked(other).due).toEqual(vnd(25_000))
    expect(displays(other)).toEqual({ [GATE]: 'amount-due' })
    expect(p.lane(CAR_OUT).visit?.asked?.due).toEqual(vnd(25_000))
    expect(p.lane(laneId('ramp')).visit).toBeNull()
  })

  test('and so is one whose plate cameras take for that which is asked here', () => {
    const p = park()
    const like = carInside(p, '3OA-I23.45')
    const id = carInside(p)
    expect(like).not.toBe(id)
    p.wait(50 * MINUTE_MS)
    p.arrive(CAR_OUT)
    p.choose(CAR_OUT, like)
    p.arrive(GATE)
    expect(displays(p.seeOut(GATE, PLATE))).toEqual({ [GATE]: 'amount-due' })
    expect(p.lane(GATE).visit?.session).toBe(id)
    expect(p.lane(CAR_OUT).visit).toMatchObject({ session: like, asked: { due: vnd(25_000) } })
  })
})
