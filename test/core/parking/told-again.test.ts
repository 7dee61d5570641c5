import { describe, expect, test } from 'vitest'
import { NOTHING } from '../../../core/decision.ts'
import { deviceId } from '../../../core/ids.ts'
import { withToldAgain } from '../../../core/lane/told-again.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { COMMON, laneFacts } from '../kit.ts'
import { asked, carInside, cash, OTHER, said, ticketInside, toExit, told } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, park } from './park.ts'

/** A car at an exit has paid, and the arm that was told to open has given no answer. */
function paidBeforeSilentArm() {
  const p = park()
  const id = carInside(p)
  p.wait(30 * MINUTE_MS)
  const { charge, due } = asked(toExit(p))
  expect(told(cash(p, charge, due.amount))).toContain('open')
  silent(p)
  return { p, id }
}

function silent(p: Park, lane = CAR_OUT): void {
  p.wait(10 * SECOND_MS)
  const decided = p.due('barrier-answer').flatMap(told)
  expect([decided.includes('call-staff'), p.lane(lane).alarm]).toEqual([true, 'barrier-no-answer'])
}

describe('an arm that gave no answer, and then says that it is down,', () => {
  test('is told once more for who has paid and stands there: they show nothing, and drive out', () => {
    const { p, id } = paidBeforeSilentArm()
    p.wait(SECOND_MS)
    const again = p.armDown(CAR_OUT)
    expect([told(again), again.subject.session]).toEqual([['open', 'drive-on'], id])
    expect([p.lane(CAR_OUT).phase.kind, p.lane(CAR_OUT).alarm]).toEqual(['opening', null])
    p.drive(CAR_OUT)
    expect([p.session(id).status, p.charges().length]).toEqual(['left', 1])
  })

  test('once for a right: silent a second time it is for staff, whatever it says then', () => {
    const { p } = paidBeforeSilentArm()
    p.armDown(CAR_OUT)
    silent(p)
    expect(told(p.armDown(CAR_OUT))).toEqual([])
    p.arrive(CAR_OUT)
    expect(told(p.armDown(CAR_OUT))).toEqual([])
  })

  test('is told so when the loop is heard, where the arm was first', () => {
    const { p, id } = paidBeforeSilentArm()
    p.setApproachHeard(false)
    expect(told(p.armDown(CAR_OUT)), 'nobody is known to stand there').toEqual([])
    p.setApproachHeard(true)
    const again = p.arrive(CAR_OUT)
    expect([told(again), again.subject.session]).toEqual([['open', 'drive-on'], id])
  })

  test('at an entry too', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(told(p.see(CAR_IN, '30A-123.45'))).toContain('open')
    silent(p, CAR_IN)
    expect(told(p.armDown(CAR_IN))).toContain('open')
  })

  test.each([
    ['who has paid has driven off', (p: Park) => p.loop(CAR_OUT, 'approach', false)],
    [
      'another stands there',
      (p: Park) => {
        p.loop(CAR_OUT, 'approach', false)
        p.wait(10 * SECOND_MS)
        p.arrive(CAR_OUT)
      },
    ],
    ['it is not there', (p: Park) => p.setBarrierPresent(false)],
    ['staff have chosen another stay for who stands there', (p: Park) => p.choose(CAR_OUT, carInside(p, OTHER))],
    [
      'another plate has been read of who stands there',
      (p: Park) => {
        carInside(p, OTHER)
        p.see(CAR_OUT, OTHER)
        expect(p.cases()).toContain('plate-mismatch')
      },
    ],
    [
      'the time of the right is over by a clock that nobody trusts',
      (p: Park) => {
        p.setTrust({ state: 'unknown' })
        p.wait(12 * HOUR_MS)
        p.due('passage-lapses')
        expect(p.lane(CAR_OUT).phase.kind).toBe('waiting')
      },
    ],
  ])('opens for nobody where %s', (_case, happens) => {
    const { p } = paidBeforeSilentArm()
    happens(p)
    expect(told(p.armDown(CAR_OUT))).not.toContain('open')
  })

  test('opens for nobody where who stands there has shown another ticket: they are asked for that one', () => {
    const p = park()
    const [first, other] = [ticketInside(p), ticketInside(p)]
    p.wait(50 * MINUTE_MS)
    p.arrive(CAR_OUT)
    const { charge, due } = asked(p.show(CAR_OUT, p.ticketOf(first)))
    cash(p, charge, due.amount)
    silent(p)
    expect(said(p.show(CAR_OUT, p.ticketOf(other)))).toBe('amount-asked')
    expect(told(p.armDown(CAR_OUT))).toEqual([])
  })

  test('opens for nobody by a word that is late, nor where the right has lapsed, nor while it says nothing of itself', () => {
    const { p } = paidBeforeSilentArm()
    const word = { kind: 'barrier-state', lane: CAR_OUT, device: deviceId('car-out-barrier') } as const
    expect(told(p.take({ ...word, state: 'closed', late: true }))).toEqual([])
    expect(told(p.take({ ...word, state: 'moving', late: false }))).toEqual([])
    expect(told(p.loop(CAR_OUT, 'approach', true))).toEqual([])
    p.wait(60 * MINUTE_MS)
    expect(said(p.armDown(CAR_OUT))).toBe('noted')
    expect(p.lane(CAR_OUT).phase.kind).toBe('waiting')
  })

  test('is nobody’s to tell where it was revoked meanwhile', () => {
    const { p } = paidBeforeSilentArm()
    const state = { ...p.lane(CAR_OUT), arm: 'closed' as const }
    const facts = laneFacts(state, { devices: [], barrierPresent: false })
    expect(withToldAgain(NOTHING, facts, COMMON, p.now())).toBe(NOTHING)
  })
})
