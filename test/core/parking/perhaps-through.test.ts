import { describe, expect, test } from 'vitest'
import type { CaseId, SessionId } from '../../../core/ids.ts'
import { deviceId, merchantId } from '../../../core/ids.ts'
import { isInDoubt } from '../../../core/lane/state.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { POLICY, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  changed,
  correct,
  newest,
  OTHER,
  overrideNow,
  PLATE,
  payNow,
  rightOf,
  said,
  ticketInside,
  toExit,
  told,
} from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, park } from './park.ts'
import { CAR, LOT } from './tariff-kit.ts'

const BY_PLATE = { lanes: { entryBy: ['plate'] } } as const

/** Under the arm and off the loop there again; somebody has stood on the loop before it all the time. */
function nose(p: Park, lane: typeof CAR_IN): void {
  p.take({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state: 'open', late: false })
  p.wait(SECOND_MS)
  p.loop(lane, 'safety', true)
  p.wait(1_500)
  p.loop(lane, 'safety', false)
  p.wait(SECOND_MS)
  p.due('close-due')
}

/** Whoever stands on the loop drives under the arm and away. */
function driveOff(p: Park, lane: typeof CAR_IN): void {
  p.loop(lane, 'safety', true)
  p.reverse(lane)
  p.wait(2 * SECOND_MS)
  p.loop(lane, 'safety', false)
  p.wait(SECOND_MS)
  p.due('close-due')
  p.armDown(lane)
}

/** One that has paid at the exit, and noses under the arm. */
function paidAndNosed(p: Park) {
  const id = carInside(p)
  const other = carInside(p, OTHER)
  p.wait(30 * MINUTE_MS)
  toExit(p)
  const code = payNow(p, 'a')
  expect(said(p.show(CAR_OUT, code))).toBe('paid')
  nose(p, CAR_OUT)
  return { id, other, code }
}

describe('a code that tells nothing of who stands there', () => {
  test('ends no stay: a wallet that is shown after cash was paid, and a code that is refused', () => {
    const p = park()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    const { charge, due } = asked(toExit(p))
    expect(said(cash(p, charge, due.amount))).toBe('credited')
    expect(p.session(id).status).toBe('leaving')
    nose(p, CAR_OUT)
    const shown = p.show(CAR_OUT, payNow(p, 'a'))
    expect([said(shown), told(shown), p.session(id).status]).toEqual([
      'stay-not-found',
      ['refused', 'refused'],
      'leaving',
    ])

    const q = park()
    const over = carInside(q, '51G-111.11')
    correct(q, over, { kind: 'close' })
    const paid = paidAndNosed(q)
    const refused = q.show(CAR_OUT, q.ticketOf(over))
    expect([said(refused), told(refused), changed(refused)]).toEqual(['stay-over', ['refused', 'refused'], []])
    expect(q.session(paid.id).status).toBe('leaving')
    expect(said(q.show(CAR_OUT, paid.code)), 'it goes on as it was').toBe('already-accepted')
  })
})

describe('where the loop before the barrier is not heard, and nobody is known to stand on it,', () => {
  test('who has paid and was under the arm has gone through', () => {
    const p = park()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    p.setApproachHeard(false)
    const chosen = p.take({ kind: 'session-chosen', lane: CAR_OUT, session: id, reason: 'asked for by the driver' })
    const { charge, due } = asked(chosen)
    expect(said(cash(p, charge, due.amount))).toBe('credited')
    nose(p, CAR_OUT)
    expect([p.session(id).status, [...p.passages.values()].at(-1)?.status, p.lane(CAR_OUT).phase.kind]).toEqual([
      'left',
      'used',
      'closing',
    ])
  })
})

describe('whoever had left the loop before the barrier while they were under the arm, as that loop says seconds later,', () => {
  const gone = (p: Park, lane: typeof CAR_IN, ageMs: number) => {
    p.wait(2 * SECOND_MS)
    return p.take(
      { kind: 'loop', lane, device: deviceId(`${lane}-approach`), role: 'approach', occupied: false, late: false },
      ageMs,
    )
  }

  test('has gone through: the stay has left, the arm comes down, and the paid code lets nobody else out', () => {
    const p = park()
    const { id, code } = paidAndNosed(p)
    const decision = gone(p, CAR_OUT, 3_500)
    expect(decision.effects.map(({ command }) => command.type)).toContain('close')
    expect([p.session(id).status, [...p.passages.values()].at(-1)?.status]).toEqual(['left', 'used'])
    expect([p.lane(CAR_OUT).phase.kind, p.lane(CAR_OUT).presence, p.lane(CAR_OUT).alarm]).toEqual([
      'closing',
      null,
      null,
    ])
    p.armDown(CAR_OUT)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, code))).toBe('token-spent')
  })

  test('has come in, and is counted', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    nose(p, CAR_IN)
    expect(p.session(newest(p)).status).toBe('entering')
    gone(p, CAR_IN, 3_500)
    expect([p.session(newest(p)).status, p.count(LOT, CAR)]).toEqual(['inside', 1])
  })

  test('and not who left it when the loop under the arm was clear already: that one has backed off, and keeps its right', () => {
    const p = park()
    const { id } = paidAndNosed(p)
    const decision = gone(p, CAR_OUT, SECOND_MS)
    expect(decision.effects).toEqual([])
    expect(p.session(id).status).toBe('leaving')
  })

  test('nor of whom the loop under the arm says late that it had been clear before they left the other: they stand in the lane again, with their right', () => {
    const p = park()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    toExit(p)
    const code = payNow(p, 'a')
    expect(said(p.show(CAR_OUT, code))).toBe('paid')
    p.take({ kind: 'barrier-state', lane: CAR_OUT, device: deviceId(`${CAR_OUT}-barrier`), state: 'open', late: false })
    p.loop(CAR_OUT, 'safety', true)
    p.wait(3 * SECOND_MS)
    p.reverse(CAR_OUT)
    p.wait(SECOND_MS)
    const clear = { kind: 'loop', lane: CAR_OUT, device: deviceId(`${CAR_OUT}-safety`), role: 'safety' } as const
    p.take({ ...clear, occupied: false, late: false }, 3 * SECOND_MS)
    p.wait(500)
    const effects = p.due('close-due').flatMap((decision) => decision.effects)
    expect(effects.map(({ command }) => command.type)).not.toContain('close')
    expect([p.session(id).status, p.lane(CAR_OUT).phase.kind]).toEqual(['leaving', 'open'])
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, code)), 'it is still its own').toBe('already-accepted')
  })
})

describe('one that has paid, noses under the arm and rolls back, with the loop before it never clear,', () => {
  test('has not left: the arm stays up, its stay and its right are as they were', () => {
    const p = park()
    const { id } = paidAndNosed(p)
    expect(p.session(id).status).toBe('leaving')
    expect(p.lane(CAR_OUT).phase.kind).toBe('open')
    expect([...p.passages.values()].at(-1)?.status).toBe('opened')
    expect(p.count(LOT, CAR)).toBe(2)
  })

  test('is shown to be there by its own code, ticket and plate, and drives off as one', () => {
    for (const again of [
      (p: Park, { code }: ReturnType<typeof paidAndNosed>) => p.show(CAR_OUT, code),
      (p: Park, _: ReturnType<typeof paidAndNosed>) => p.show(CAR_OUT, payNow(p, 'its next code')),
      (p: Park, { id }: ReturnType<typeof paidAndNosed>) => p.show(CAR_OUT, p.ticketOf(id)),
      (p: Park, { id }: ReturnType<typeof paidAndNosed>) => p.choose(CAR_OUT, id),
      (p: Park) => {
        p.wait(4 * SECOND_MS)
        return p.see(CAR_OUT, PLATE)
      },
    ]) {
      const p = park()
      const gone = paidAndNosed(p)
      expect(again(p, gone).outcome.ok).toBe(true)
      driveOff(p, CAR_OUT)
      expect([p.session(gone.id).status, p.cases(), p.count(LOT, CAR)]).toEqual(['left', [], 1])
    }
  })

  test('a plate that its camera only says again says nothing', () => {
    const p = park({ policy: { sightingWindowMs: 10 * SECOND_MS } })
    const { id } = paidAndNosed(p)
    p.see(CAR_OUT, PLATE, 960)
    driveOff(p, CAR_OUT)
    expect([p.session(id).status, p.cases()]).toEqual(['left', ['tailgating']])
  })

  test('does not drive: after its time staff see that nobody has passed, the arm comes down, and its code still lets it out', () => {
    const p = park()
    const { id, code } = paidAndNosed(p)
    p.wait(POLICY.passWithinMs)
    expect(p.due('passage-due').flatMap(told)).toEqual(['call-staff', 'call-staff', 'close'])
    expect(p.lane(CAR_OUT)).toMatchObject({ alarm: 'no-passage', phase: { kind: 'closing' } })
    p.armDown(CAR_OUT)
    expect(said(p.show(CAR_OUT, code))).toBe('already-accepted')
    p.drive(CAR_OUT)
    expect([p.session(id).status, p.cases()]).toEqual(['left', []])
  })

  test('backs off for good: the arm comes down before the next, who is asked, and its stay goes on when its right lapses', () => {
    const p = park()
    const { id, other } = paidAndNosed(p)
    p.wait(SECOND_MS)
    p.reverse(CAR_OUT)
    p.wait(SECOND_MS)
    expect(told(p.arrive(CAR_OUT))).toContain('close')
    expect(p.lane(CAR_OUT).alarm).toBe('backing-out')
    expect(asked(p.see(CAR_OUT, OTHER)).due).toEqual(vnd(25_000))
    p.wait(POLICY.passageRightMs)
    p.due('passage-lapses')
    expect([p.session(id).status, p.session(other).status]).toEqual(['inside', 'inside'])
  })

  test('and goes under the arm without a word, or another after it: two may have gone, and staff are told', () => {
    const p = park()
    const { id, other } = paidAndNosed(p)
    p.loop(CAR_OUT, 'safety', true)
    expect(p.lane(CAR_OUT).alarm).toBe('tailgating')
    expect([p.cases(), p.session(id).status, p.session(other).status]).toEqual([['tailgating'], 'left', 'inside'])
    const q = park()
    const gone = paidAndNosed(q)
    q.reverse(CAR_OUT)
    q.loop(CAR_OUT, 'safety', true)
    expect([q.cases(), q.session(gone.id).status], 'off the first loop before it is on the other').toEqual([
      ['tailgating'],
      'left',
    ])
  })

  test('and was taken for two though it was the same: staff let it out by hand and end the case, and the count is right', () => {
    const p = park()
    const { id } = paidAndNosed(p)
    p.loop(CAR_OUT, 'safety', true)
    p.loop(CAR_OUT, 'safety', false)
    p.wait(SECOND_MS)
    p.due('close-due')
    p.wait(POLICY.passWithinMs)
    p.due('passage-due')
    p.armDown(CAR_OUT)
    const inside = p.count(LOT, CAR)
    expect([p.session(id).status, p.cases(), inside]).toEqual(['left', ['tailgating'], 1])
    expect(said(p.show(CAR_OUT, p.ticketOf(id))), 'it has paid, and its stay is over').toBe('stay-over')
    const byHand = p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'it has paid and was taken for two' })
    expect([said(byHand), told(byHand)]).toEqual(['noted', expect.arrayContaining(['open'])])
    p.drive(CAR_OUT)
    const [opened] = p.casesNow()
    p.take({ kind: 'case-ended', case: opened?.id ?? ('' as CaseId), reason: 'it was the same vehicle' })
    expect([p.cases(), p.count(LOT, CAR), p.lane(CAR_OUT).phase.kind]).toEqual([[], inside, 'idle'])
  })
})

describe('the next, which has closed up bumper to bumper,', () => {
  test('is bidden to drive by no wallet that names no stay: it would be out for nothing behind one that paid in cash, and staff say which is its own', () => {
    const p = park()
    const ahead = carInside(p)
    const other = carInside(p, OTHER)
    p.wait(30 * MINUTE_MS)
    const { charge, due } = asked(toExit(p))
    expect(said(cash(p, charge, due.amount))).toBe('credited')
    nose(p, CAR_OUT)
    const shown = p.show(CAR_OUT, payNow(p, 'b', { sub: 'another' }))
    expect([said(shown), told(shown)]).toEqual(['stay-not-found', ['refused', 'refused']])
    expect(asked(p.choose(CAR_OUT, other)).due).toEqual(vnd(25_000))
    expect(p.session(ahead).status).toBe('left')
    p.armDown(CAR_OUT)
    expect(said(p.show(CAR_OUT, payNow(p, 'c', { sub: 'another' })))).toBe('paid')
    p.drive(CAR_OUT)
    expect([p.open(), p.cases()]).toEqual([[], []])
  })

  test('begins a stay of its own by a wallet at the entry, behind one that came in by its plate', () => {
    const p = park({ lanes: { entryBy: ['plate', 'token'] } })
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    nose(p, CAR_IN)
    const come = p.show(CAR_IN, payNow(p, 'in', { sub: 'by wallet' }))
    expect([said(come), told(come)]).toEqual(['let-through', ['welcome', 'open']])
    p.drive(CAR_IN)
    expect(p.open().map(({ status, credentials }) => [status, credentials.map(({ kind }) => kind)])).toEqual([
      ['inside', ['plate']],
      ['inside', ['payer']],
    ])
    expect([p.count(LOT, CAR), p.cases()]).toEqual([2, []])
  })

  test('is known at the exit by its plate, its ticket, and by staff: the one ahead has left, and it is asked for its own stay', () => {
    for (const come of [
      (p: Park) => p.see(CAR_OUT, OTHER),
      (p: Park, other: ReturnType<typeof newest>) => p.show(CAR_OUT, p.ticketOf(other)),
      (p: Park, other: ReturnType<typeof newest>) => p.choose(CAR_OUT, other),
    ]) {
      const p = park()
      const { id, other } = paidAndNosed(p)
      const shown = come(p, other)
      expect([asked(shown).due, shown.subject.session, told(shown)]).toEqual([
        vnd(25_000),
        other,
        ['close', 'amount-due', 'amount-due'],
      ])
      expect([p.session(id).status, p.count(LOT, CAR), p.cases()]).toEqual(['left', 1, []])
      p.armDown(CAR_OUT)
      expect(said(p.show(CAR_OUT, payNow(p, 'b')))).toBe('paid')
      p.drive(CAR_OUT)
      expect([p.open(), p.cases()]).toEqual([[], []])
    }
  })

  test('is another by a code that is not the payer’s, and by a supervisor’s word: nothing of the one ahead is theirs', () => {
    const p = park()
    const { id } = paidAndNosed(p)
    const phone = payNow(p, 'b', { sub: 'another payer' })
    expect(said(p.show(CAR_OUT, phone))).toBe('stay-not-found')
    expect(p.session(id).status, 'a second wallet is no second vehicle').toBe('leaving')
    p.wait(SECOND_MS)
    expect(said(p.see(CAR_OUT, OTHER))).toBe('amount-asked')
    expect(p.session(id).status).toBe('left')
    const q = park()
    const gone = paidAndNosed(q)
    expect([said(q.show(CAR_OUT, overrideNow(q, 'o'))), q.cases()]).toEqual(['let-through', ['exit-without-entry']])
    expect(q.session(gone.id).status).toBe('left')
  })

  test('is another by the wallet with which it came in: the one ahead, who paid in cash, has gone through, and it is asked for its own stay', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, payNow(p, 'in', { sub: 'by wallet' })))).toBe('let-through')
    p.drive(CAR_IN)
    const own = newest(p)
    const ahead = carInside(p)
    p.wait(30 * MINUTE_MS)
    const { charge, due } = asked(toExit(p))
    expect(said(cash(p, charge, due.amount))).toBe('credited')
    nose(p, CAR_OUT)
    p.show(CAR_OUT, payNow(p, 'out', { sub: 'by wallet' }))
    expect(p.session(ahead).status).toBe('left')
    driveOff(p, CAR_OUT)
    expect([p.session(own).status, p.cases()]).toEqual(['left', []])
    expect(p.charge(p.session(own).charge ?? charge)).toMatchObject({ status: 'paid' })
  })

  test('is asked at once by a charge of its own where that of the one ahead, all of whose time a merchant bears, is opened as it ends', () => {
    const merchant = merchantId('bakery')
    const allowed = { merchant, minutesMax: 60, amountMax: 0, basisPointsMax: 0, dayMax: 9 }
    for (const tell of [
      (p: Park) => p.see(CAR_OUT, OTHER),
      (p: Park, other: SessionId) => p.choose(CAR_OUT, other),
      (p: Park, other: SessionId) => p.show(CAR_OUT, p.ticketOf(other)),
    ]) {
      const p = park({ policy: { validations: [allowed] } })
      const ahead = carInside(p)
      const other = carInside(p, OTHER)
      const relief = { kind: 'first-minutes', minutes: 60 } as const
      const right = rightOf('sale-1', { kind: 'validation', session: ahead, relief, hours: [] })
      p.take({ kind: 'right-put', right, plates: [], isNew: true, merchant })
      p.wait(30 * MINUTE_MS)
      expect(said(toExit(p))).toBe('let-through')
      nose(p, CAR_OUT)
      p.wait(4 * SECOND_MS)
      const { charge } = asked(tell(p, other))
      expect([p.session(other).charge, p.session(ahead).status]).toEqual([charge, 'left'])
      expect(p.charge(p.session(ahead).charge ?? charge)).toMatchObject({ status: 'paid', relief: 25_000 })
      expect(p.session(ahead).charge).not.toBe(charge)
    }
  })

  test('begins a stay of its own at the entry, by its plate and by the button, and the arm is not told to come down first', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    nose(p, CAR_IN)
    const come = p.see(CAR_IN, OTHER)
    expect([said(come), told(come)]).toEqual(['let-through', ['welcome', 'open']])
    p.drive(CAR_IN)
    expect(p.open().map(({ status, credentials }) => [status, credentials.length])).toEqual([
      ['inside', 1],
      ['inside', 1],
    ])
    const q = park()
    q.arrive(CAR_IN)
    q.see(CAR_IN, PLATE)
    nose(q, CAR_IN)
    expect(said(q.ticket(CAR_IN))).toBe('let-through')
    expect(
      q.session(newest(q)).credentials.map(({ kind }) => kind),
      'the plate of the one ahead is not its own',
    ).toEqual(['ticket'])
    q.drive(CAR_IN)
    expect([q.open().map(({ status }) => status), q.count(LOT, CAR)]).toEqual([['inside', 'inside'], 2])
  })

  test('takes the last space that is left by the one ahead, and no more', () => {
    const p = park()
    carInside(p, '51G-111.11')
    carInside(p, '51G-222.22')
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    nose(p, CAR_IN)
    expect(said(p.see(CAR_IN, OTHER))).toBe('place-full')
    expect([p.count(LOT, CAR), p.lane(CAR_IN).phase.kind]).toEqual([3, 'closing'])
  })

  test('is not told apart by a plate where that of the one ahead was not read and nobody inside has it; at the exit its stay tells', () => {
    const p = park({ lanes: { entryBy: ['ticket'] } })
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    nose(p, CAR_IN)
    expect(said(p.see(CAR_IN, OTHER))).toBe('noted')
    expect(p.lane(CAR_IN).perhapsThrough).toBeDefined()
    const q = park()
    const id = ticketInside(q)
    const other = carInside(q, OTHER)
    q.arrive(CAR_OUT)
    q.show(CAR_OUT, q.ticketOf(id))
    q.show(CAR_OUT, payNow(q, 'a'))
    nose(q, CAR_OUT)
    expect(asked(q.see(CAR_OUT, OTHER)).due).toEqual(vnd(25_000))
    expect([q.session(id).status, q.session(other).status, q.cases()]).toEqual(['left', 'inside', []])
  })

  test('is known by what was said too late, unsurely or with nothing by nobody', () => {
    for (const word of [
      (p: Park) => p.see(CAR_OUT, OTHER, 500),
      (p: Park) => p.see(CAR_OUT, OTHER, 950, null, { late: true }),
      (p: Park) => p.see(CAR_OUT, OTHER, 950, null, { corrects: true }),
      (p: Park) => p.choose(CAR_OUT, newest(p), ' '),
      (p: Park) => p.show(CAR_OUT, { ...payNow(p, 'old'), exp: p.now().at }),
    ]) {
      const p = park()
      const { id } = paidAndNosed(p)
      expect(changed(word(p))).not.toContain('session-moved')
      expect([p.session(id).status, p.lane(CAR_OUT).phase.kind]).toEqual(['leaving', 'open'])
    }
  })

  test('is nobody who pressed or showed before it came', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    nose(p, CAR_IN)
    const pressed = p.take({ kind: 'ticket-asked', lane: CAR_IN, vehicleClass: null }, MINUTE_MS)
    expect([said(pressed), p.lane(CAR_IN).phase.kind]).toEqual(['stale-scan', 'open'])
    const code = { ...payNow(p, 'b'), sub: 'another payer' }
    const shown = {
      kind: 'scan',
      place: { kind: 'lane', id: CAR_IN },
      reader: null,
      token: code,
      evidence: '',
    } as const
    p.take(shown, MINUTE_MS)
    expect([p.sessions().length, p.lane(CAR_IN).perhapsThrough === undefined]).toEqual([1, false])
  })

  test('is in doubt at no lane of which no vehicle is known', () => {
    const p = park()
    paidAndNosed(p)
    const state = { ...p.lane(CAR_OUT), presence: null, left: null }
    expect(isInDoubt(state, [...p.passages.values()].at(-1) ?? null)).toBe(false)
  })

  test('comes after the arm has come down, and after the right of the one ahead is over: it is still another', () => {
    const p = park()
    const { id, other } = paidAndNosed(p)
    p.wait(POLICY.passWithinMs)
    p.due('passage-due')
    p.armDown(CAR_OUT)
    expect(asked(p.see(CAR_OUT, OTHER)).due).toEqual(vnd(25_000))
    expect(p.session(id).status).toBe('left')
    const q = park()
    const gone = paidAndNosed(q)
    q.wait(POLICY.passWithinMs)
    q.due('passage-due')
    q.armDown(CAR_OUT)
    q.wait(POLICY.passageRightMs)
    q.due('passage-lapses')
    expect(q.session(gone.id).status).toBe('inside')
    const come = q.show(CAR_OUT, q.ticketOf(gone.other))
    expect([asked(come).due, come.subject.session]).toEqual([vnd(25_000), gone.other])
    expect(other).toBe(gone.other)
  })
})
