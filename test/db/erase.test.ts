import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { eraseDue } from '../../db/erase.ts'
import { ERASE_AT_ONCE_MAX } from '../../db/erase-due.ts'
import { openForReading } from '../../db/open.ts'
import * as tables from '../../db/schema.ts'
import { verifyJournal } from '../../db/verify.ts'
import type { TestBooks } from './kit.ts'
import { at, openMarket, sale, scan, sell, signatureOf } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Whether a text stands anywhere in the files of the books: in a row, in free space, or in the log. */
function stands(site: TestBooks, text: string): boolean {
  return ['', '-wal'].some(
    (beside) => existsSync(`${site.file}${beside}`) && readFileSync(`${site.file}${beside}`).includes(text),
  )
}

function kept(site: TestBooks): readonly (typeof tables.vault.$inferSelect)[] {
  return site.open.db
    .select()
    .from(tables.vault)
    .all()
    .filter((value) => value.value !== null)
}

describe('personal values past their time', () => {
  test('are erased by a record that names them, and others stay', async () => {
    const site = openMarket(temporaryFolder())
    sell(site, 3)
    sell(site, 2, at(3 * DAY_MS), 'later')
    expect(eraseDue(site.books, at(8 * DAY_MS))).toEqual({ kind: 'erased', values: 4 })
    const left = kept(site)
    // Of the first day: the payers and the day's salt are gone, the evidence for the claims is not.
    expect(left.map((value) => value.purpose).toSorted()).toEqual([
      'payer',
      'payer',
      'payer-day',
      ...Array(5).fill('token'),
    ])
    const erased = site.open.db
      .select()
      .from(tables.vault)
      .all()
      .filter((value) => value.value === null)
    for (const value of erased) expect(value).toMatchObject({ salt: null, value: null, erasedSeq: expect.any(Number) })
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    site.books.close()
  })

  test('stand nowhere in the files any more: not in the table, not in its free space, not in the log', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 40)
    expect(stands(site, 'evidence-of-s7')).toBe(true)
    expect(stands(site, 'payer-s7')).toBe(true)
    eraseDue(site.books, at(100 * DAY_MS))
    for (let n = 0; n < 40; n += 1) {
      expect(stands(site, `evidence-of-s${n}`)).toBe(false)
      expect(stands(site, `payer-s${n}`)).toBe(false)
    }
    site.books.close()
  })

  test('are gone from the log as soon as the reader that was in the way is', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 5)
    const reader = openForReading(site.file)
    reader.db.$client.exec('BEGIN')
    reader.db.$client.prepare('SELECT count(*) FROM journal').get()
    eraseDue(site.books, at(100 * DAY_MS))
    expect(stands(site, 'evidence-of-s1')).toBe(true)
    reader.close()
    site.books.checkpoint(at(100 * DAY_MS))
    expect(stands(site, 'evidence-of-s1')).toBe(false)
    site.books.close()
  })

  test('are gone also where rows of any size came and went in any order', () => {
    const sizes = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 9_000 }), keepDays: fc.integer({ min: 1, max: 6 }) }),
      {
        minLength: 20,
        maxLength: 120,
      },
    )
    fc.assert(
      fc.property(sizes, (drawn) => {
        const site = openMarket(temporaryFolder())
        const insert = site.open.db.$client.prepare(
          "INSERT INTO vault (ref, salt, value, purpose, erase_at) VALUES (?, 'salt', ?, 'plate', ?)",
        )
        drawn.forEach(({ size, keepDays }, index) => {
          insert.run(`ref-${index}`, `<<plate-${index}>>${'x'.repeat(size)}<<end-${index}>>`, at(keepDays * DAY_MS).at)
        })
        for (let day = 1; day <= 6; day += 1) {
          eraseDue(site.books, at(day * DAY_MS))
          drawn.forEach(({ keepDays }, index) => {
            if (keepDays > day) return
            expect(stands(site, `<<plate-${index}>>`)).toBe(false)
            expect(stands(site, `<<end-${index}>>`)).toBe(false)
          })
        }
        site.books.close()
      }),
      { numRuns: 15 },
    )
  })

  test('stay while the clock is not trusted', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 2)
    const before = kept(site).length
    for (const trust of [{ state: 'stepped' }, { state: 'unknown' }] as const) {
      expect(eraseDue(site.books, at(100 * DAY_MS, trust))).toEqual({ kind: 'refused', reason: 'clock-not-trusted' })
    }
    expect(kept(site)).toHaveLength(before)
    site.books.close()
  })

  test('go in bounded records, however many there are', () => {
    const site = openMarket(temporaryFolder())
    const insert = site.open.db.$client.prepare(
      "INSERT INTO vault (ref, salt, value, purpose, erase_at) VALUES (?, 's', 'v', 'plate', 0)",
    )
    const many = 2 * ERASE_AT_ONCE_MAX + 1
    site.open.db.$client.transaction(() => {
      for (let n = 0; n < many; n += 1) insert.run(`ref-${n}`)
    })()
    const before = site.books.head().seq
    expect(eraseDue(site.books, at())).toEqual({ kind: 'erased', values: many })
    expect(site.books.head().seq).toBe(before + 4)
    site.books.close()
  })

  test('go with the events that were parked, and the record of the fault stays', async () => {
    const site = openMarket(temporaryFolder(), {
      sign: (typ, claims) => {
        if (claims['amt'] === 66_666) throw new Error('broken')
        return signatureOf({ typ, ...claims })
      },
    })
    site.commit(sale('parked', 66_666))
    expect(stands(site, 'evidence-of-parked')).toBe(true)
    eraseDue(site.books, at(91 * DAY_MS))
    expect(stands(site, 'evidence-of-parked')).toBe(false)
    const [parked] = site.open.db.select().from(tables.parked).all()
    expect(parked).toMatchObject({ event: null })
    // What it was can be told by nothing any more, so it is not known to be the same.
    expect(site.commit([scan('parked', 66_666)])).toEqual([{ kind: 'refused', refusal: 'key-reused' }])
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    site.books.close()
  })
})
