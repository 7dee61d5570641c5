import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { BooksUnusableError } from '../../db/faults.ts'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import { START_SPENDS_MAX } from '../../db/register.ts'
import type { TestBooks } from './kit.ts'
import { at, event, openMarket, scan, sell } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

function closed(site: TestBooks, change: string): void {
  site.open.db.$client.exec(change)
  site.books.close()
}

describe('a start with books whose register of spent tokens', () => {
  test('was emptied is refused with what to do, and after that no token is taken twice', async () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 2)
    // The sales lie further back than the newest records that are looked at.
    for (let n = 0; n < START_SPENDS_MAX; n += 1) site.commit([event(`contact-${n}`, { kind: 'upstream-reached' })])
    closed(site, 'DELETE FROM spent')
    expect(() => openMarket(folder)).toThrow(BooksUnusableError)
    expect(() => openMarket(folder)).toThrow(
      /record \d+ spent, so a token could be taken twice.*tolbooth rebuild --replace/,
    )

    const source = openForReading(site.file)
    expect(await rebuild(source, join(folder, 'rebuilt.db'))).toMatchObject({ kind: 'rebuilt' })
    source.close()
    for (const end of ['-wal', '-shm']) rmSync(`${site.file}${end}`, { force: true })
    renameSync(join(folder, 'rebuilt.db'), site.file)
    const again = openMarket(folder)
    const shown = { ...scan('s0', 10_000), key: event('shown-again', { kind: 'upstream-reached' }).key }
    expect(again.commit([shown])).toMatchObject([{ outcome: { ok: false, refusal: 'token-spent' } }])
    again.books.close()
  })

  test('was cut short by its newest row is refused', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 100)
    closed(site, 'DELETE FROM spent WHERE seq = (SELECT max(seq) FROM spent)')
    expect(() => openMarket(folder)).toThrow(/could be taken twice/)
  })

  test('has let go of what is past its time goes on', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 3)
    const now = at(DAY_MS)
    site.commit([event('forget', { kind: 'forget-due', until: now.at }, now)], now)
    closed(site, 'SELECT 1')
    openMarket(folder, {}, now).books.close()
  })
})
