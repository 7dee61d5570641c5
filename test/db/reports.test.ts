import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { ChargeId, DocumentId } from '../../core/ids.ts'
import { deviceId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { JournalRecord } from '../../core/records.ts'
import { HOUR_MS, instant } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { recordHash } from '../../db/journal.ts'
import { createReports, JOURNAL_PAGE_MAX } from '../../db/reports.ts'
import { carPark, PARK_IN, PARK_OUT } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import {
  at,
  chargeOpen,
  event,
  GATEWAY,
  LANE,
  liveThroughADay,
  openMarket,
  payToken,
  SETTINGS,
  SITE,
  STALL,
  sale,
  scan,
  sell,
  signatureOf,
  signedClaims,
  WALLET,
} from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const WRITER = { site: SITE, gateway: GATEWAY }

function reading(site: TestBooks) {
  return createReports(site.open.db, WRITER)
}

describe('a charge', () => {
  test('is told with what has been paid on it, by which token’s claim, and its receipt', () => {
    const site = openMarket(temporaryFolder())
    const [opened] = site.commit([chargeOpen('one', 20_000)])
    const id = chargeIn(opened)
    const reports = reading(site)
    expect(reports.charge(id)).toMatchObject({
      id,
      place: { kind: 'stall', id: STALL },
      due: money(20_000, VND),
      paid: money(0, VND),
      status: 'open',
      closedAt: null,
    })
    expect(reports.payments(id)).toEqual([])

    site.commit([scan('one', 50_000)], at(5_000))
    expect(reports.charge(id)).toMatchObject({ status: 'paid', paid: money(20_000, VND), closedAt: at(5_000).at })
    const [payment] = reports.payments(id)
    expect(payment).toMatchObject({
      tender: 'token',
      amount: money(20_000, VND),
      at: at(5_000).at,
      claim: { status: 'accepted' },
    })
    const receipt = reports.receipt(payment?.receipt ?? ('' as DocumentId))
    expect(receipt?.charge).toBe(id)
    expect(signedClaims(receipt?.jws ?? '')).toMatchObject({ typ: 'receipt+jwt', sub: id, amt: 20_000 })
    site.books.close()
  })

  test('that nobody knows is undefined, without payments and without a receipt', () => {
    const site = openMarket(temporaryFolder())
    const reports = reading(site)
    expect(reports.charge('nowhere' as ChargeId)).toBeUndefined()
    expect(reports.payments('nowhere' as ChargeId)).toEqual([])
    expect(reports.receipt('nowhere' as DocumentId)).toBeUndefined()
    site.books.close()
  })
})

describe('pages of the journal', () => {
  test('go on from a cursor to the head, each record linked to the one before it, with its hash', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 12)
    const reports = reading(site)
    const records: (JournalRecord & { readonly hash: string })[] = []
    for (let page = reports.journalPage(0, 7); page.length > 0; page = reports.journalPage(records.length, 7)) {
      expect(page.length).toBeLessThanOrEqual(7)
      records.push(...page)
    }
    expect(records.map((record) => record.seq)).toEqual(
      Array.from({ length: site.books.head().seq }, (_, index) => index + 1),
    )
    expect(records.at(-1)?.hash).toBe(site.books.head().hash)
    for (const { hash, ...record } of records) {
      expect(recordHash(record, canonicalJson(record.body), canonicalJson(record.clock))).toBe(hash)
    }
    site.books.close()
  })

  test('are bounded, whatever is asked for', () => {
    const site = openMarket(temporaryFolder())
    sell(site, JOURNAL_PAGE_MAX / 2 + 5)
    expect(reading(site).journalPage(0, 1_000_000)).toHaveLength(JOURNAL_PAGE_MAX)
    site.books.close()
  })

  test('begin behind dropped records, and are linked to them', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 5)
    const before = reading(site).journalPage(0, 100)
    const last = before[7]
    site.open.db.$client
      .prepare(
        'INSERT INTO pruned_segment (snapshot_seq, from_seq, to_seq, last_hash, pruned_at) VALUES (9, 1, 8, ?, 0)',
      )
      .run(last?.hash)
    site.open.db.$client.exec('DELETE FROM journal WHERE seq <= 8')
    expect(reading(site).journalPage(0, 100)).toEqual(before.slice(8))
    site.books.close()
  })
})

describe('what whoever checks a site asks', () => {
  test('the ledger comes to 0 in each mode and currency', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 5)
    site.commit(sale('training', 30_000, at(), 'training'))
    const sums = createAudit(site.open.db).ledgerSums()
    expect(sums).toEqual([
      { mode: 'live', currency: 'VND', posted: 0, pending: 0 },
      { mode: 'training', currency: 'VND', posted: 0, pending: 0 },
    ])
    site.open.db.$client.exec("UPDATE account SET debits_posted = debits_posted + 1 WHERE id LIKE 'live:issuer%'")
    expect(createAudit(site.open.db).ledgerSums()[0]).toMatchObject({ mode: 'live', posted: 1 })
    site.books.close()
  })

  test('the exposure is told by mode and issuer', () => {
    const site = openMarket(temporaryFolder())
    site.commit([...sale('a', 20_000), ...sale('b', 30_000), ...sale('t', 70_000, at(), 'training')])
    expect(createAudit(site.open.db).exposures()).toEqual([
      { mode: 'live', issuer: WALLET, amount: 50_000, claims: 2 },
      { mode: 'training', issuer: WALLET, amount: 70_000, claims: 1 },
    ])
    expect(reading(site).exposure()).toBe(50_000)
    site.books.close()
  })

  test('postings are told token by token, page by page, each once', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 25)
    const audit = createAudit(site.open.db)
    const postings = []
    for (let page = audit.postings('', 10); page.length > 0; page = audit.postings(postings.at(-1)?.claim ?? '', 10)) {
      postings.push(...page)
    }
    expect(postings.map((posting) => `${posting.iss} ${posting.id} ${posting.amount.amount}`).toSorted()).toEqual(
      Array.from({ length: 25 }, (_, index) => `${WALLET} jti:s${index} ${10_000 + index}`).toSorted(),
    )
    expect(new Set(postings.map((posting) => posting.charge)).size).toBe(25)
    site.books.close()
  })

  test('who paid and never passed is named when the right has lapsed', () => {
    const site = openMarket(temporaryFolder())
    liveThroughADay(site)
    site.open.db.$client.exec("UPDATE passage SET status = 'lapsed', moved_at = 5 WHERE ground LIKE '%leaves%'")
    const [first, ...more] = createAudit(site.open.db).paidNeverPassed(0, 10)
    expect(first).toMatchObject({ lane: LANE, amount: money(5_000, VND), mode: 'live', lapsedAt: 5 })
    expect(more).toEqual([])
    expect(createAudit(site.open.db).paidNeverPassed(first?.seq ?? 0, 10)).toEqual([])
    site.books.close()
  })

  test('what opened with no payment is named: by hand with the reason, an emergency, a passage that nothing explains', () => {
    const site = openMarket(temporaryFolder())
    const commit = (id: string, body: Parameters<typeof event>[1]): void => {
      site.commit([event(id, body)])
    }
    commit('hand', { kind: 'open-by-hand', lane: LANE, reason: 'the reader is wet' })
    commit('fire', { kind: 'emergency', device: null, active: true })
    commit('over', { kind: 'emergency', device: null, active: false })
    commit('closed', { kind: 'barrier-state', lane: LANE, device: 'barrier-1' as never, state: 'closed', late: false })
    commit('under', {
      kind: 'loop',
      lane: LANE,
      device: 'loop-2' as never,
      role: 'safety',
      occupied: true,
      late: false,
    })
    sell(site, 1_200, at(), 'between', 64)
    const audit = createAudit(site.open.db)
    const openings = []
    for (let next: number | null = 0; next !== null; ) {
      const page: ReturnType<typeof audit.openedWithoutPayment> = audit.openedWithoutPayment(next)
      openings.push(...page.openings)
      next = page.next
    }
    expect(openings.map((opening) => opening.why)).toEqual([
      { kind: 'by-hand', by: 'test', reason: 'the reader is wet' },
      { kind: 'emergency', device: null },
      { kind: 'unexplained-passage' },
    ])
    site.books.close()
  })

  test('a car that was let out on debt, one let out by hand, and an arm that went up by itself opened with no payment', () => {
    const site = openMarket(temporaryFolder())
    const park = carPark(site)
    const leaves = (plate: string, how: Parameters<typeof park.commit>[0]): void => {
      park.enter(plate)
      park.wait(HOUR_MS)
      park.arrive(PARK_OUT)
      park.see(PARK_OUT, plate)
      park.commit(how, { person: true })
      park.pass(PARK_OUT)
    }
    leaves('30A-123.45', { kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' })
    leaves('29C-777.77', { kind: 'open-by-hand', lane: PARK_OUT, reason: 'in a hurry' })
    const arm = { kind: 'barrier-state', lane: PARK_OUT, device: deviceId(`${PARK_OUT}-barrier`), late: false } as const
    park.commit({ ...arm, state: 'open' })
    const underIt = { kind: 'loop', lane: PARK_OUT, device: deviceId(`${PARK_OUT}-under`), role: 'safety' } as const
    park.commit({ ...underIt, occupied: true, late: false })
    park.commit({ ...underIt, occupied: false, late: false })
    park.arrive(PARK_OUT)

    const { openings } = createAudit(site.open.db).openedWithoutPayment(0)
    expect(openings.map(({ lane, why }) => ({ lane, why }))).toEqual([
      { lane: PARK_OUT, why: { kind: 'on-debt', by: 'gate-1', reason: 'no money', charge: expect.any(String) } },
      { lane: PARK_OUT, why: { kind: 'by-hand', by: 'gate-1', reason: 'in a hurry' } },
      { lane: PARK_OUT, why: { kind: 'forced-open' } },
      { lane: PARK_OUT, why: { kind: 'unexplained-passage' } },
    ])
    site.books.close()
  })

  test('a supervisor’s signed word, at an entry and at an exit: who, why, which stay, and what was let go', () => {
    const site = openMarket(temporaryFolder())
    const park = carPark(site)
    const order = (jti: string, reason: string) => {
      const { amt: _amt, scope: _scope, ...signed } = payToken(jti, 1, park.now())
      return { ...signed, kind: 'override', aud: [`urn:tolbooth:${SITE}`], lanes: [], reason } as const
    }
    park.arrive(PARK_IN)
    park.show(PARK_IN, order('o-1', 'ambulance'))
    park.pass(PARK_IN)
    park.enter('30A-123.45')
    park.wait(HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '30A-123.45')
    park.show(PARK_OUT, order('o-2', 'broken printer'))
    park.pass(PARK_OUT)
    const { openings } = createAudit(site.open.db).openedWithoutPayment(0)
    const word = { kind: 'override', by: expect.any(String), session: expect.stringMatching(/:s0$/) }
    expect(openings.map(({ lane, why }) => ({ lane, why }))).toEqual([
      { lane: PARK_IN, why: { ...word, reason: 'ambulance', waived: null } },
      { lane: PARK_OUT, why: { ...word, reason: 'broken printer', waived: { amount: 50_000, currency: 'VND' } } },
    ])
    site.books.close()
  })

  test.each(['leave-on-debt', 'open'] as const)(
    'a car that the lane itself lets out to owe (%s) opened with no payment',
    (unpaid) => {
      const site = openMarket(temporaryFolder(), {
        readers: {
          ...SETTINGS.readers,
          layout(content) {
            const layout = SETTINGS.readers.layout(content)
            const { parking } = layout
            if (parking === null) return layout
            return { ...layout, parking: { ...parking, lanes: parking.lanes.map((lane) => ({ ...lane, unpaid })) } }
          },
          policy: (content) => ({ ...SETTINGS.readers.policy(content), transactionMax: 1_000 }),
        },
      })
      const park = carPark(site)
      park.enter('30A-123.45')
      park.wait(HOUR_MS)
      park.arrive(PARK_OUT)
      park.see(PARK_OUT, '30A-123.45')
      const token = { ...payToken('rich', 50_000, park.now()), aud: [`urn:tolbooth:${SITE}:lane:${PARK_OUT}`] }
      expect(park.show(PARK_OUT, token)).toMatchObject({ outcome: { ok: true, kind: 'let-through' } })
      const { openings } = createAudit(site.open.db).openedWithoutPayment(0)
      expect(openings).toMatchObject([{ lane: PARK_OUT, why: { kind: 'on-debt', by: null, reason: null } }])
      site.books.close()
    },
  )

  test('totals are counted from the records: taken by mode and tender, refused by reason, faults', async () => {
    const site = openMarket(temporaryFolder(), {
      sign: (typ, claims) => {
        if (claims['amt'] === 66_666) throw new Error('broken')
        return signatureOf({ typ, ...claims })
      },
    })
    const from = site.books.head().seq
    site.commit([...sale('a', 20_000), ...sale('b', 30_000), ...sale('t', 70_000, at(), 'training')])
    site.commit([scan('nothing-open', 1_000), scan('again', 1_000), chargeOpen('c', 66_666), scan('c', 66_666)])
    const audit = createAudit(site.open.db)
    const steps: string[] = []
    const always = { from: instant(0), until: instant(at().at + 1) }
    const before = await audit.totals(always, from)
    const totals = await audit.totals(always, site.books.head().seq, (done, of) => steps.push(`${done}/${of}`))
    const token = { currency: VND, tender: 'token', givenBack: 0 }
    expect(totals).toEqual({
      records: before.records + 10,
      faults: 1,
      scans: 5,
      accepted: 3,
      refused: { 'no-open-charge': 2 },
      takings: {
        tenders: [
          { ...token, mode: 'live', taken: 50_000, payments: 2 },
          { ...token, mode: 'training', taken: 70_000, payments: 1 },
        ],
        passes: [],
        cash: [],
        letGo: [],
      },
      oldest: { seq: 1, at: expect.any(Number) },
    })
    const head = site.books.head().seq
    expect(steps.at(-1)).toBe(`${head}/${head}`)
    expect(await audit.totals(always, from + 2)).toMatchObject({ records: before.records + 2, scans: 1, accepted: 1 })
    const none = { from: instant(at().at + 1), until: instant(at().at + 2) }
    expect(await audit.totals(none, head)).toMatchObject({ records: 0, scans: 0, takings: { tenders: [], cash: [] } })
    site.books.close()
  })
})

function chargeIn(result: unknown): ChargeId {
  return (result as { readonly outcome: { readonly charge: ChargeId } }).outcome.charge
}
