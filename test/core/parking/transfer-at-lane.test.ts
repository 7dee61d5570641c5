import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import { merchantId } from '../../../core/ids.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { SITE, vnd } from '../kit.ts'
import { announced, asked, carInside, cash, credit, newest, PLATE, said, toExit, told } from './driver.ts'
import type { ParkSettings } from './park.ts'
import { CAR_OUT, park } from './park.ts'

const ACCOUNT = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE SO 1' }
const WITH_BANK: ParkSettings = {
  policy: { bankConfirmation: 'expected' },
  merchants: [{ id: merchantId('car-park'), name: 'Bãi xe', account: ACCOUNT }],
}

/** What the display is told to ask, and by which code a bank's app pays it. */
function shown({ effects }: Decision): {
  readonly due: number
  readonly qr: string | null
  readonly withoutCode: boolean
} {
  for (const { command } of effects) {
    if (command.type !== 'announce' || command.message.kind !== 'amount-due') continue
    const { amount, qr, withoutCode = false } = command.message
    return { due: amount.amount, qr, withoutCode }
  }
  throw new Error('nothing is asked')
}

describe('at an exit', () => {
  test('the display shows the VietQR of what is asked, and the bank’s word of it opens the arm and closes the books', () => {
    const p = park(WITH_BANK)
    const id = carInside(p)
    p.wait(90 * MINUTE_MS)
    const question = toExit(p)
    const { charge, due } = asked(question)
    const { qr } = shown(question)
    expect(qr).toContain('00110012345670208QRIBFTTA53037045405500005802VN')
    expect(qr, 'it names the charge').toContain(transferReference(charge, SITE))
    const paid = credit(p, charge, due.amount)
    expect(paid.outcome).toMatchObject({ kind: 'credited', rest: vnd(0), overpaid: vnd(0) })
    expect(told(paid)).toContain('open')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 50_000 })
    expect(p.balance('live:bank-transfer:market-1')).toBe(50_000)
    expect(p.balance('live:merchant:car-park')).toBe(-50_000)
  })

  test('more than is asked opens it too, and the display says how much is to be given back', () => {
    const p = park(WITH_BANK)
    carInside(p)
    p.wait(58 * MINUTE_MS)
    const { charge } = asked(toExit(p))
    credit(p, charge, 10_000)
    const over = credit(p, charge, 25_000)
    expect(over.outcome).toMatchObject({ kind: 'credited', overpaid: vnd(10_000) })
    expect(told(over)).toContain('open')
    expect(announced(over, 'goodbye')).toEqual({ kind: 'goodbye', over: vnd(10_000) })
    expect(p.cases()).toEqual(['overpaid'])
  })

  test('of a part the rest is asked anew, with a code for the rest, and the price holds as it was first said', () => {
    const p = park(WITH_BANK)
    const id = carInside(p)
    p.wait(58 * MINUTE_MS)
    const { charge } = asked(toExit(p))
    p.wait(4 * MINUTE_MS)
    const part = credit(p, charge, 15_000)
    expect(part.outcome, 'the second hour has begun, and is not asked').toMatchObject({ rest: vnd(10_000) })
    expect(shown(part)).toMatchObject({ due: 10_000, qr: expect.stringContaining('540510000') })
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ due: vnd(10_000) })
    expect(told(cash(p, charge, 10_000))).toContain('open')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000, overpaid: 0 })
  })

  test('when the price has ceased to hold, a part is a part of what it costs by then', () => {
    const p = park(WITH_BANK)
    carInside(p)
    p.wait(58 * MINUTE_MS)
    const { charge } = asked(toExit(p))
    p.wait(6 * MINUTE_MS)
    const late = credit(p, charge, 20_000)
    expect(late.outcome).toMatchObject({ amount: vnd(20_000), rest: vnd(30_000) })
    expect(shown(late).due).toBe(30_000)
    expect(told(credit(p, charge, 30_000))).toContain('open')
  })

  test.each(['credit', 'cash'] as const)(
    'what the plate owes from before is asked together with the stay, and one %s pays both',
    (how) => {
      const p = park(WITH_BANK)
      carInside(p)
      const debt = asked(toExit(p)).charge
      p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
      p.drive(CAR_OUT)
      p.wait(HOUR_MS)
      carInside(p)
      const question = toExit(p)
      const { charge, due } = asked(question)
      expect([charge === debt, due]).toEqual([false, vnd(50_000)])
      expect(shown(question).qr).toContain('540550000')
      const part = how === 'credit' ? credit(p, charge, 30_000) : cash(p, charge, 30_000)
      expect(part.outcome).toMatchObject({ amount: vnd(30_000), rest: vnd(0), debts: vnd(20_000), overpaid: vnd(0) })
      expect(p.charge(debt)).toMatchObject({ status: 'owed', paid: 5_000 })
      // The stay itself is paid by now: the rest is the debt’s, and a transfer that names it opens for whoever stands there.
      expect(asked(p.choose(CAR_OUT, newest(p))).charge).toBe(debt)
      const paid = how === 'credit' ? credit(p, debt, 20_000) : cash(p, debt, 20_000)
      expect(told(paid)).toContain('open')
      expect(p.charge(debt)).toMatchObject({ status: 'paid', paid: 25_000 })
      p.drive(CAR_OUT)
      expect(p.charge(charge)).toMatchObject({ status: 'paid' })
      expect(p.balance('live:debts:market-1')).toBe(0)
    },
  )

  test('all of it at once ends every debt that was asked, and what is beyond is to be given back', () => {
    const p = park(WITH_BANK)
    carInside(p)
    const debt = asked(toExit(p)).charge
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    carInside(p)
    const { charge } = asked(toExit(p))
    expect(said(cash(p, charge, 500_001)), 'one note covers both').toBe('cash-unlikely')
    const paid = credit(p, charge, 60_000)
    expect(paid.outcome).toMatchObject({ amount: vnd(50_000), rest: vnd(0), overpaid: vnd(10_000) })
    expect(told(paid)).toContain('open')
    expect([p.charge(debt)?.status, p.charge(charge)?.overpaid]).toEqual(['paid', 10_000])
  })

  test.each<[string, ParkSettings]>([
    ['no bank tells of it in time', { ...WITH_BANK, policy: { bankConfirmation: 'none' } }],
    ['the site has no account', { policy: { bankConfirmation: 'expected' } }],
    ['nobody’s money is to move', { ...WITH_BANK, mode: 'training' }],
  ])('no code is shown where %s', (_why, settings) => {
    const p = park(settings)
    carInside(p, PLATE)
    expect(shown(toExit(p)).qr).toBeNull()
  })

  test.each<[string, ParkSettings, boolean]>([
    ['an issuer of codes is known', {}, false],
    ['none is known', { takesCodes: false }, true],
    ['the lane takes none', { takes: ['ticket', 'pass'] }, true],
    ['the lane takes those of wallets alone', { takes: ['ticket', 'holder'] }, false],
  ])('a code is asked for only where one pays: where %s', (_why, settings, withoutCode) => {
    const p = park(settings)
    carInside(p, PLATE)
    expect(shown(toExit(p)).withoutCode).toBe(withoutCode)
  })
})
