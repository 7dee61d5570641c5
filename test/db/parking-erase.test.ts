import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ChargeId, RightId, SessionId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { DAY_MS, HOUR_MS, instant } from '../../core/time.ts'
import { eraseDue } from '../../db/erase.ts'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import type { CarPark } from './car-park.ts'
import { PARK_OUT, RIGHT } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { days, foundBy, openPark, rows } from './parking-books.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('erasing', () => {
  const vault = (site: TestBooks, purpose: string) =>
    rows(site, 'SELECT ref, value IS NULL AS gone FROM vault WHERE purpose = ? ORDER BY ref', purpose)

  const payOff = (site: TestBooks, park: CarPark): void => {
    for (const debt of rows(site, `SELECT id, due - paid AS rest FROM charge WHERE status = 'owed'`)) {
      const amount = money(Number(debt['rest']), VND)
      const charge = String(debt['id']) as ChargeId
      park.commit({ kind: 'credit-by-charge', charge, amount, reference: 'FT26325' }, { person: true })
    }
  }

  test('keeps the plate of a stay that is open, however long, under a salt of today, and lets it go when it is over', () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    const late = days(100)
    eraseDue(site.books, late)
    // It has a name under the salt of today; its text under the old name, and the old salt, are gone.
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1, 0])
    expect(vault(site, 'period')).toEqual([
      { ref: 'period:2026-11', gone: 1 },
      { ref: 'period:2027-03', gone: 0 },
    ])
    expect(vault(site, 'picture').map((row) => row['gone'])).toEqual([1])
    expect(foundBy(site, '30A-123.45', late).found).toMatchObject([{ by: 'plate', plate: 'same' }])
    expect(site.books.isEraseDue(late)).toBe(false)

    const [open] = rows(site, 'SELECT id FROM session')
    park.commit(
      {
        kind: 'session-corrected',
        session: String(open?.['id']) as SessionId,
        correction: { kind: 'close' },
        reason: 'gone',
      },
      { person: true },
    )
    payOff(site, park)
    const later = days(200)
    eraseDue(site.books, later)
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1, 1])
    expect(vault(site, 'period').map((row) => row['gone'])).toEqual([1, 1])
    expect(foundBy(site, '30A-123.45', later).found).toEqual([])
  })

  test('keeps what is owed until it is paid', () => {
    const { site, park } = openPark()
    park.enter('29C-777.77')
    park.wait(HOUR_MS)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, '29C-777.77')
    park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, { person: true })
    park.pass(PARK_OUT)
    const late = days(100)
    eraseDue(site.books, late)
    expect(foundBy(site, '29C-777.77', late).debts).toHaveLength(1)
    payOff(site, park)
    eraseDue(site.books, days(200))
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1, 1])
    expect(foundBy(site, '29C-777.77', late).debts).toEqual([])
  })

  test('by names of another month is the same again in a rebuild', async () => {
    const { site, park } = openPark()
    park.enter('30A-123.45')
    eraseDue(site.books, days(100))
    expect(rows(site, `SELECT kind FROM journal WHERE body LIKE '%session-renamed%'`)).toHaveLength(1)
    site.books.close()
    const source = openForReading(site.file)
    const report = await rebuild(source, join(temporaryFolder(), 'new.db'))
    source.close()
    expect(report).toMatchObject({ kind: 'rebuilt', differences: [] })
  })

  test('keeps the plates of a right until it is over, and what was erased may be put on a right again', () => {
    const { site, park } = openPark()
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
    const before = days(29)
    const after = days(90)
    eraseDue(site.books, before)
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([0])
    eraseDue(site.books, after)
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([1])
    const renewed = { ...RIGHT, id: 'pass-2' as RightId, validUntil: instant(after.at + 30 * DAY_MS) }
    park.commit({ kind: 'right-put', right: renewed, plates: ['30F-246.80'] }, { person: true, now: after })
    expect(vault(site, 'plate').map((row) => row['gone'])).toEqual([0])
  })
})
