import { expect, test } from 'vitest'
import type { ChargeId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { DAY_MS, instant } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { openDebts } from '../../db/debts.ts'
import { standing } from '../../db/takings.ts'
import { carPark, parkThroughADay } from './car-park.ts'
import { at, openMarket, SITE } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('what is in the drawer is cash less what was given back of it; a bank’s money is counted apart, also that of which nobody knows what it is for', async () => {
  const site = openMarket(temporaryFolder())
  parkThroughADay(site)
  const { charge, amount } = site.open.db.$client
    .prepare<[], { charge: ChargeId; amount: number }>(
      `SELECT payment.charge, amount FROM payment JOIN charge ON charge.id = payment.charge
        WHERE tender = 'cash' AND session IS NOT NULL`,
    )
    .get() ?? { charge: '' as ChargeId, amount: 0 }
  const park = carPark(site, at(DAY_MS / 2), true)
  const refunded = park.commit(
    { kind: 'refund', charge, amount: money(5_000, VND), reason: 'the hour was not over', confirmed: true },
    { person: true },
  )
  expect(refunded).toMatchObject({ outcome: { ok: true } })
  const ofPass = 1_500_000
  const always = { from: instant(0), until: instant(at().at + 2 * DAY_MS) }
  const { takings, scans, accepted } = await createAudit(site.open.db).totals(always, site.books.head().seq)
  const letThrough = site.open.db.$client
    .prepare<[], { scans: number; others: number }>(
      `SELECT sum(body ->> '$.event.body.kind' = 'scan') AS scans, sum(body ->> '$.event.body.kind' <> 'scan') AS others
        FROM journal WHERE body ->> '$.outcome.kind' IN ('paid', 'let-through')`,
    )
    .get()
  expect([accepted <= scans, accepted], 'plates and buttons let through too, and are no scans').toEqual([
    true,
    letThrough?.scans,
  ])
  expect(letThrough?.others).toBeGreaterThan(0)
  const live = { mode: 'live', currency: VND }
  expect(takings.tenders.filter(({ tender }) => tender === 'cash')).toEqual([
    { ...live, tender: 'cash', taken: amount + ofPass, givenBack: 15_000, payments: 2 },
  ])
  expect(takings.tenders.filter(({ tender }) => tender === 'bank-transfer')).toMatchObject([
    { ...live, givenBack: 0, payments: 1 },
  ])
  expect(takings.passes, 'of which one was sold, and ended by a refund').toEqual([
    { ...live, sold: ofPass, returned: 10_000, payments: 1 },
  ])
  expect(takings.cash).toEqual([{ ...live, by: 'gate-1', taken: amount + ofPass, givenBack: 15_000, payments: 2 }])
  const [now, ...none] = standing(site.open.db, SITE)
  expect(none).toEqual([])
  expect(now).toMatchObject({ ...live, toGiveBack: 0 })
  expect((now?.unmatched ?? 0) > 0 && (now?.debts ?? 0) > 0).toBe(true)
  const debts = openDebts(site.open.db, null)
  expect(
    debts.reduce((sum, { rest }) => sum + rest, 0),
    'each of them, and all together',
  ).toBe(now?.debts)
  const paged = debts.flatMap((_debt, index) => openDebts(site.open.db, debts[index - 1] ?? null, 1))
  expect(paged, 'page by page').toEqual(debts)
  expect(debts[0]).toMatchObject({ mode: 'live', currency: VND, session: expect.stringMatching(/:s\d+$/) })
  site.books.close()
})
