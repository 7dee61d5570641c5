import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openHeadFile } from '../../db/head-file.ts'
import { readHead } from '../../db/journal.ts'
import * as tables from '../../db/schema.ts'
import type { TestBooks } from './kit.ts'
import { at, chargeOpen, event, openMarket, openSite, payToken, STALL, scan, sell } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const HOUR = 3_600_000

function epochs(site: TestBooks): unknown {
  return site.open.db.select().from(tables.epoch).all()
}

describe('new books', () => {
  test('begin with the genesis of epoch 1, which has no parent', () => {
    const site = openSite(temporaryFolder())
    expect(site.books.head()).toMatchObject({ epoch: 1, seq: 1 })
    expect(site.books.epoch()).toEqual({ startedAt: at().at, openLoss: false })
    const [record] = site.open.db.select().from(tables.journal).all()
    expect(record).toMatchObject({ seq: 1, kind: 'genesis', epoch: 1 })
    expect(JSON.parse(record?.body ?? '')).toMatchObject({ reason: 'new', parent: null, lost: null })
    site.books.close()
  })

  test('go on in the same epoch at the next start', () => {
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    const site = openMarket(folder, {}, at(HOUR))
    expect(epochs(site)).toMatchObject([{ epoch: 1, reason: 'new' }])
    site.books.close()
  })

  test('where others were remembered begin an epoch that is known to have lost them', () => {
    const folder = temporaryFolder()
    const first = openMarket(folder)
    const lost = first.books.head()
    first.books.close()
    for (const file of ['books.db', 'books.db-wal', 'books.db-shm']) rmSync(join(folder, file), { force: true })
    const site = openSite(folder, {}, at(HOUR))
    expect(epochs(site)).toMatchObject([{ epoch: 2, reason: 'behind-head', parentEpoch: null, genesisSeq: 1 }])
    expect(genesisOf(site)).toMatchObject({ parent: null, lost })
    expect(site.books.epoch().openLoss).toBe(true)
    site.books.close()
  })
})

describe('books that were put back from a copy', () => {
  test('begin a new epoch before the first write, whose genesis names its parent and what was lost', () => {
    const { folder, copied, lost } = putBack()
    const site = openMarket(folder, {}, at(HOUR))
    expect(genesisOf(site)).toEqual({
      kind: 'genesis',
      reason: 'behind-head',
      parent: copied,
      lost,
      changes: [],
      effects: [],
    })
    expect(epochs(site)).toMatchObject([
      { epoch: 1 },
      { epoch: 2, reason: 'behind-head', parentEpoch: 1, parentSeq: copied.seq, parentHash: copied.hash },
    ])
    expect(site.books.head()).toMatchObject({ epoch: 2, seq: copied.seq + 1 })
    site.books.close()

    const again = openMarket(folder, {}, at(2 * HOUR))
    expect(epochs(again)).toHaveLength(2)
    again.books.close()
  })

  test('refuse tokens of before, so that nothing spent becomes unspent; those issued since are taken', () => {
    const { folder } = putBack()
    const site = openMarket(folder, {}, at(HOUR))
    const soon = at(HOUR + 900_000)
    site.commit([chargeOpen('a', 20_000, soon)], soon)
    const old = { ...payToken('s30', 20_000, at()), exp: at(2 * HOUR).at }
    const body = {
      kind: 'scan',
      place: { kind: 'stall', id: STALL },
      reader: null,
      token: old,
      evidence: 'old',
    } as const
    const [refused] = site.commit([event('old-token', body, soon)], soon)
    expect(refused).toMatchObject({ outcome: { ok: false, refusal: 'token-before-epoch' } })
    const [taken] = site.commit([scan('new', 20_000, soon)], soon)
    expect(taken).toMatchObject({ outcome: { ok: true, kind: 'paid' } })
    site.books.close()
  })

  test('are noticed also when they have grown past the head that is remembered', () => {
    const folder = temporaryFolder()
    const first = openMarket(folder)
    first.books.close()
    const copies = [copyOf(folder), copyOf(folder)] as const
    const [one, other] = copies.map((copy) => openMarket(copy, {}, at(HOUR)))
    one?.commit([chargeOpen('in-one', 20_000, at(HOUR))])
    for (const id of ['a', 'b', 'c']) other?.commit([chargeOpen(`in-other-${id}`, 30_000, at(HOUR))])
    one?.books.close()
    other?.books.close()
    copyFileSync(join(copies[1], 'books.db'), join(copies[0], 'books.db'))

    const site = openMarket(copies[0], {}, at(2 * HOUR))
    expect(epochs(site)).toMatchObject([{ epoch: 1 }, { epoch: 2, reason: 'behind-head' }])
    site.books.close()
  })
})

describe('the head that is remembered beside the books', () => {
  test('is the newest of those committed, and survives a write that was torn', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 2)
    const head = site.books.head()
    site.books.close()
    const file = `${site.file}.head`
    expect(openHeadFile(file).remembered()).toEqual(head)

    const bytes = readFileSync(file)
    const torn = bytes.indexOf(`"seq":${head.seq}`)
    bytes.write('"seq":99999', torn)
    writeFileSync(file, bytes)
    const remembered = openHeadFile(file).remembered()
    expect(remembered?.seq).toBeLessThan(head.seq)

    const again = openMarket(folder)
    expect(epochs(again)).toHaveLength(1)
    again.books.close()
  })

  test.each([
    ['is empty', Buffer.alloc(0)],
    ['is cut off', Buffer.from('0123456789abcdef {"epoch":1,')],
    ['holds something else', Buffer.alloc(4_096, 'x')],
    ['says nonsense under a right sum', Buffer.from('\n'.repeat(512))],
  ])('is done without where it %s', (_what, bytes) => {
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    writeFileSync(join(folder, 'books.db.head'), bytes)
    const site = openMarket(folder)
    expect(epochs(site)).toHaveLength(1)
    site.commit([chargeOpen('one', 20_000)])
    site.books.close()
    expect(openHeadFile(`${site.file}.head`).remembered()).toEqual(site.books.head())
  })

  test('is made anew where it is gone', () => {
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    rmSync(join(folder, 'books.db.head'))
    const site = openMarket(folder)
    site.commit([chargeOpen('one', 20_000)])
    expect(existsSync(`${site.file}.head`)).toBe(true)
    expect(epochs(site)).toHaveLength(1)
    site.books.close()
  })

  test('that cannot be written takes nothing from a commit', () => {
    const file = openHeadFile(join(temporaryFolder(), 'head'))
    file.close()
    expect(() => file.remember({ epoch: 1, seq: 1, hash: 'h' })).not.toThrow()
  })
})

/** Books of which a copy was put back after they had grown. */
function putBack() {
  const folder = temporaryFolder()
  const site = openMarket(folder)
  sell(site, 20)
  const copied = readHead(site.open.db)
  site.books.close()
  copyFileSync(site.file, join(folder, 'copy'))

  const grown = openMarket(folder)
  sell(grown, 20, at(), 'later')
  const lost = grown.books.head()
  grown.books.close()
  for (const file of ['books.db-wal', 'books.db-shm']) rmSync(join(folder, file), { force: true })
  copyFileSync(join(folder, 'copy'), site.file)
  return { folder, copied, lost }
}

function copyOf(folder: string): string {
  const copy = temporaryFolder()
  for (const file of ['books.db', 'books.db.head']) copyFileSync(join(folder, file), join(copy, file))
  return copy
}

function genesisOf(site: TestBooks): unknown {
  const { seq } = site.books.head()
  const row = site.open.db
    .select()
    .from(tables.journal)
    .all()
    .find((each) => each.seq === seq)
  return JSON.parse(row?.body ?? 'null')
}
