import { describe, expect, test } from 'vitest'
import type { Change } from '../../../core/changes.ts'
import type { AccountId, ChargeId, TransferId } from '../../../core/ids.ts'
import type { Tender } from '../../../core/ledger.ts'
import type { Mode } from '../../../core/mode.ts'
import { money, VND } from '../../../core/money.ts'
import type { LocalDay, Now } from '../../../core/time.ts'
import { instant } from '../../../core/time.ts'
import { createDayTakings } from '../../../gateway/wiring/day-takings.ts'

const START = Date.UTC(2026, 10, 22, 2)

function clockAt(day: string, hour: number): Now {
  return {
    at: instant(START + hour * 3_600_000),
    trust: { state: 'synced', uncertaintyMs: 5 },
    local: { day: day as LocalDay, weekday: 7, minuteOfDay: hour * 60 },
  }
}

function recordOf(changes: readonly Change[], mode: Mode = 'live') {
  return { event: { mode, actor: { kind: 'client', id: 'gate-1', role: 'operator' } }, changes } as const
}

function handed(tender: Tender, amount: number, isBack = false, mode: Mode = 'live') {
  const [drawer, park] = [`${mode}:${tender}:site`, `${mode}:parking:site`] as readonly string[]
  const [debit, credit] = (isBack ? [park, drawer] : [drawer, park]) as [AccountId, AccountId]
  const transfer = {
    id: 't' as TransferId,
    debit,
    credit,
    amount: money(amount, VND),
    code: 'parking',
    charge: null,
    phase: { kind: 'posted' },
  } as unknown as Extract<Change, { kind: 'transfers' }>['linked'][number]
  return recordOf([{ kind: 'transfers', linked: [transfer] }], mode)
}

function byCode(amount: number) {
  const paid = {
    charge: 'c' as ChargeId,
    tender: 'token',
    amount: money(amount, VND),
    claim: null,
    payer: null,
  } as const
  return recordOf([{ kind: 'payment-taken', ...paid, at: instant(START) }])
}

describe('what came today', () => {
  test('is told by tender, cash first, with what was given back; practice is no money', () => {
    const takings = createDayTakings(() => clockAt('2026-11-22', 0))
    expect(takings.view()).toEqual({ tenders: [], today: { day: '2026-11-22', since: START, tenders: [] } })
    for (const record of [byCode(30_000), handed('bank-transfer', 25_000), handed('cash', 50_000)]) takings.add(record)
    takings.add(handed('cash', 10_000, true))
    takings.add(handed('cash', 70_000, false, 'training'))
    const expected = [
      { tender: 'cash', taken: 50_000, givenBack: 10_000, payments: 1 },
      { tender: 'bank-transfer', taken: 25_000, givenBack: 0, payments: 1 },
      { tender: 'token', taken: 30_000, givenBack: 0, payments: 1 },
    ]
    expect(takings.view()).toMatchObject({ tenders: expected, today: { tenders: expected } })
  })

  test('begins anew at the site’s midnight, and is the whole day then; what rises since the start goes on rising', () => {
    let now = clockAt('2026-11-22', 10)
    const takings = createDayTakings(() => now)
    takings.add(handed('cash', 50_000))
    now = clockAt('2026-11-23', 15)
    expect(takings.view().today, 'also where nothing was booked since').toEqual({
      day: '2026-11-23',
      since: null,
      tenders: [],
    })
    takings.add(handed('cash', 20_000))
    expect(takings.view()).toMatchObject({
      tenders: [{ tender: 'cash', taken: 70_000, payments: 2 }],
      today: { since: null, tenders: [{ tender: 'cash', taken: 20_000, payments: 1 }] },
    })
  })

  test('by a clock that was set back a day is not said to be all of it', () => {
    let now = clockAt('2026-11-22', 10)
    const takings = createDayTakings(() => now)
    now = clockAt('2026-11-21', 9)
    expect(takings.view().today).toMatchObject({ day: '2026-11-21', since: now.at })
  })
})
