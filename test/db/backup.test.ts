import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import type { SiteEvent } from '../../core/events.ts'
import { deviceId, gatewayId } from '../../core/ids.ts'
import { unknownLane } from '../../core/lane/state.ts'
import type { Now } from '../../core/time.ts'
import type { RestoreResult } from '../../db/backup.ts'
import { backup, EPOCHS_SKIPPED_MAX, restore, takeIntoUse } from '../../db/backup.ts'
import { BooksUnusableError } from '../../db/faults.ts'
import type { Head } from '../../db/journal.ts'
import { readHead } from '../../db/journal.ts'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import * as tables from '../../db/schema.ts'
import { verifyJournal } from '../../db/verify.ts'
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
  SITE,
  STALL,
  scan,
  sell,
} from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const WRITER = { site: SITE, gateway: GATEWAY }
const OPTIONS = { now: at(HOUR), writer: WRITER, epochsSkipped: 0 }

function headIn(file: string): Head {
  const open = openForReading(file)
  const head = readHead(open.db)
  open.close()
  return head
}

async function restored(file: string, books: string): Promise<Extract<RestoreResult, { kind: 'restored' }>> {
  const result = await restore(file, books, OPTIONS)
  if (result.kind !== 'restored') throw new Error(JSON.stringify(result))
  return result
}

/** Books, their backup, and what was sold after it. */
async function grown(): Promise<{
  readonly books: string
  readonly copy: string
  readonly parent: Head
  readonly lost: Head
}> {
  const folder = temporaryFolder()
  const site = openMarket(folder)
  sell(site, 10)
  const copy = join(folder, 'backup.db')
  const made = await backup(site.file, copy)
  if (made.kind !== 'made') throw new Error('the backup is unsound')
  sell(site, 10, at(), 'after')
  const lost = site.books.head()
  site.books.close()
  return { books: site.file, copy, parent: made.head, lost }
}

describe('a backup', () => {
  test('is the books of one moment, taken while another process writes them', async () => {
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    const writer = await writing(folder)
    try {
      const before = headIn(join(folder, 'books.db'))
      const steps: string[] = []
      const result = await backup(join(folder, 'books.db'), join(folder, 'backup.db'), {
        onProgress: (step) => steps.push(step),
      })
      if (result.kind !== 'made') throw new Error(JSON.stringify(result))
      expect(result.head.seq).toBeGreaterThanOrEqual(before.seq)
      expect(result.report).toMatchObject({ isWhole: true, head: result.head })
      expect(headIn(join(folder, 'backup.db'))).toEqual(result.head)
      expect(new Set(steps)).toEqual(new Set(['copy', 'verify']))
    } finally {
      await kill(writer)
    }
    const site = openMarket(folder)
    const reader = openForReading(join(folder, 'backup.db'))
    const target = join(temporaryFolder(), 'new.db')
    expect(await rebuild(reader, target)).toMatchObject({ kind: 'rebuilt', differences: [] })
    reader.close()
    site.books.close()
  })

  test('is one file by itself, its owner’s alone, and can be read where nothing can be written', async () => {
    const { copy } = await grown()
    expect((statSync(copy).mode & 0o777).toString(8)).toBe('600')
    expect(readdirSync(dirname(copy)).filter((name) => name.startsWith('backup.db'))).toEqual(['backup.db'])
    // Bytes 18 and 19 of the header: 1 is a file without a log, 2 one that wants a log beside it.
    expect([...readFileSync(copy).subarray(18, 20)]).toEqual([1, 1])
    chmodSync(copy, 0o400)
    const open = openForReading(copy)
    expect((await verifyJournal(open)).isWhole).toBe(true)
    open.close()
  })

  test('writes over nothing, and clears away what an interrupted one has left', async () => {
    const { books, copy } = await grown()
    const before = readFileSync(copy)
    await expect(backup(books, copy)).rejects.toThrow('is there already')
    expect(readFileSync(copy)).toEqual(before)
    const other = join(temporaryFolder(), 'other.db')
    writeFileSync(`${other}.part`, 'half of a backup')
    expect(await backup(books, other)).toMatchObject({ kind: 'made' })
    expect(existsSync(`${other}.part`)).toBe(false)
  })

  test('that does not verify is none: the report says what is wrong, and nothing is left', async () => {
    const { books } = await grown()
    change(books, "UPDATE journal SET mode = 'training' WHERE seq = 15")
    const file = join(temporaryFolder(), 'backup.db')
    const result = await backup(books, file)
    expect(result).toMatchObject({ kind: 'unsound', report: { faults: [{ kind: 'column', seq: 15, column: 'mode' }] } })
    expect(readdirSync(dirname(file))).toEqual([])
  })

  test('of books that are not there is refused', async () => {
    const folder = temporaryFolder()
    await expect(backup(join(folder, 'books.db'), join(folder, 'backup.db'))).rejects.toThrow('There are no books')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a restore', () => {
  test('puts the backup in the place of the books, keeps those aside, and begins an epoch that names what was lost', async () => {
    const { books, copy, parent, lost } = await grown()
    const result = await restored(copy, books)
    expect(result).toMatchObject({ parent, lost, head: { epoch: 2, seq: parent.seq + 1 } })
    expect(headIn(result.replaced ?? '')).toEqual(lost)

    const site = openMarket(dirname(books), {}, at(2 * HOUR))
    expect(site.books.head()).toEqual(result.head)
    expect(site.books.epoch()).toEqual({ startedAt: at(HOUR).at, openLoss: true })
    const epochs = site.open.db.select().from(tables.epoch).all()
    expect(epochs).toMatchObject([
      { epoch: 1 },
      { epoch: 2, reason: 'restored', parentSeq: parent.seq, parentHash: parent.hash },
    ])
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    sell(site, 3, at(2 * HOUR), 'new')
    site.books.close()
    const again = openMarket(dirname(books), {}, at(3 * HOUR))
    expect(again.open.db.select().from(tables.epoch).all()).toHaveLength(2)
    again.books.close()
  })

  test('makes nothing that was spent good again', async () => {
    const { books, copy } = await grown()
    await restored(copy, books)
    const site = openMarket(dirname(books), {}, at(2 * HOUR))
    const now = at(2 * HOUR)
    site.commit([chargeOpen('a', 10_003, now)], now)
    // Spent after the backup: the books know nothing of it any more.
    const token = { ...payToken('after3', 10_003), exp: at(3 * HOUR).at }
    const body = { kind: 'scan', place: { kind: 'stall', id: STALL }, reader: null, token, evidence: 'e' } as const
    const [shown] = site.commit([event('shown-again', body, now)], now)
    expect(shown).toMatchObject({ outcome: { ok: false, refusal: 'token-before-epoch' } })
    const [fresh] = site.commit([scan('fresh', 10_003, now)], now)
    expect(fresh).toMatchObject({ outcome: { ok: true, kind: 'paid' } })
    site.books.close()
  })

  test('is refused while a gateway runs', async () => {
    const { copy } = await grown()
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    const writer = await writing(folder)
    const books = join(folder, 'books.db')
    try {
      await expect(restore(copy, books, OPTIONS)).rejects.toThrow('Another process has these books open')
    } finally {
      await kill(writer)
    }
    expect(readdirSync(folder).filter((name) => name.includes('replaced') || name.includes('restoring'))).toEqual([])
  })

  test('keeps the log of a gateway that was killed: what it held is in the books that are kept aside', async () => {
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    const copy = join(folder, 'backup.db')
    await backup(join(folder, 'books.db'), copy)
    await kill(await writing(folder))
    const last = headIn(join(folder, 'books.db'))
    const result = await restored(copy, join(folder, 'books.db'))
    expect(result.lost).toEqual(last)
    expect(headIn(result.replaced ?? '')).toEqual(last)
    const site = openMarket(folder, {}, at(2 * HOUR))
    expect(site.books.head()).toEqual(result.head)
    site.books.close()
  })

  test('takes the place of books that cannot be read, and knows from the file beside them what was lost', async () => {
    const { books, copy, lost } = await grown()
    writeFileSync(books, 'burnt')
    const result = await restored(copy, books)
    expect(result.lost).toEqual(lost)
    expect(readFileSync(result.replaced ?? '', 'utf8')).toBe('burnt')
    openMarket(dirname(books), {}, at(2 * HOUR)).books.close()
  })

  test('on a new box begins a new epoch too', async () => {
    const { copy, parent } = await grown()
    const folder = temporaryFolder()
    const result = await restored(copy, join(folder, 'books.db'))
    expect(result).toMatchObject({ head: { epoch: 2 }, parent, lost: null, replaced: null })
    const site = openMarket(folder, {}, at(2 * HOUR))
    expect(site.books.epoch().openLoss).toBe(true)
    site.books.close()
  })

  test('may happen twice: each begins an epoch of its own', async () => {
    const { books, copy } = await grown()
    const first = await restored(copy, books)
    const second = await restored(copy, books)
    expect(second.head.epoch).toBe(first.head.epoch + 1)
    expect(second.lost).toEqual(first.head)
    expect(second.replaced).not.toBe(first.replaced)
    const site = openMarket(dirname(books), {}, at(2 * HOUR))
    expect(site.books.head()).toEqual(second.head)
    site.books.close()
  })

  test('of one backup on two boxes begins epochs of different numbers: no id of the one is an id of the other', async () => {
    const { copy, parent } = await grown()
    const heads = await Promise.all(
      [0, 7].map(async (epochsSkipped) => {
        const folder = temporaryFolder()
        const result = await restore(copy, join(folder, 'books.db'), { ...OPTIONS, epochsSkipped })
        if (result.kind !== 'restored') throw new Error(JSON.stringify(result))
        const site = openMarket(folder, {}, at(2 * HOUR))
        const [opened] = site.commit([chargeOpen('a', 10_000, at(2 * HOUR))], at(2 * HOUR))
        expect((await verifyJournal(site.open)).faults).toEqual([])
        expect(await rebuild(site.open, join(folder, 'rebuilt.db'))).toMatchObject({ differencesInAll: 0 })
        site.books.close()
        return { head: result.head, charge: JSON.stringify(opened) }
      }),
    )
    expect(heads.map(({ head }) => head.epoch)).toEqual([parent.epoch + 1, parent.epoch + 8])
    expect(heads[0]?.head.hash).not.toBe(heads[1]?.head.hash)
    expect(heads.map(({ charge }) => charge.includes(`box-1:${parent.epoch + 8}:`))).toEqual([false, true])
  })

  test.each([-1, 0.5, EPOCHS_SKIPPED_MAX + 1, Number.NaN])(
    'that is to skip %d epochs is refused, and nothing is touched: another number than was said would be that of another box',
    async (epochsSkipped) => {
      const { books, copy } = await grown()
      const before = readFileSync(books)
      await expect(restore(copy, books, { ...OPTIONS, epochsSkipped })).rejects.toThrow(RangeError)
      expect(readFileSync(books).equals(before)).toBe(true)
    },
  )

  test('that may skip as many epochs as a reference has room for skips them', async () => {
    const { copy, parent } = await grown()
    const file = join(temporaryFolder(), 'books.db')
    const result = await restore(copy, file, { ...OPTIONS, epochsSkipped: EPOCHS_SKIPPED_MAX })
    expect(result).toMatchObject({ kind: 'restored', head: { epoch: parent.epoch + 1 + EPOCHS_SKIPPED_MAX } })
  })

  test('that was killed leaves personal values in no file: the next start of the gateway removes what is left', async () => {
    const { books, copy } = await grown()
    for (const beside of ['', '-wal', '-journal', '.lock'])
      writeFileSync(`${books}.restoring${beside}`, readFileSync(copy))
    openMarket(dirname(books), {}, at(2 * HOUR)).books.close()
    expect(readdirSync(dirname(books)).filter((name) => name.includes('restoring'))).toEqual([])
    // Without books it may be the newest that there is, and somebody has to look at it.
    const alone = temporaryFolder()
    writeFileSync(join(alone, 'books.db.restoring'), readFileSync(copy))
    openMarket(alone).books.close()
    expect(existsSync(join(alone, 'books.db.restoring'))).toBe(true)
  })

  test('that falls after the new file has its name, and before its head is remembered, is known by its genesis', async () => {
    const { books, copy, parent, lost } = await grown()
    const head = readFileSync(`${books}.head`)
    const result = await restored(copy, books)
    writeFileSync(`${books}.head`, head)
    const site = openMarket(dirname(books), {}, at(2 * HOUR))
    expect(site.books.head()).toEqual(result.head)
    sell(site, lost.seq - parent.seq, at(2 * HOUR), 'grows-past')
    site.books.close()
    writeFileSync(`${books}.head`, head)
    const again = openMarket(dirname(books), {}, at(3 * HOUR))
    expect(again.open.db.select().from(tables.epoch).all()).toHaveLength(2)
    again.books.close()
  })

  test.each<[string, (copy: string) => void, RegExp]>([
    ['that is no database', (copy) => writeFileSync(copy, 'no backup'), /is no backup of Tolbooth/],
    ['that was changed', (copy) => change(copy, "UPDATE journal SET mode = 'training' WHERE seq = 15"), /column/],
    ['that is not there', (copy) => rmSync(copy), /There is no file/],
  ])('refuses a backup %s, and changes nothing', async (_what, spoil, reason) => {
    const { books, copy } = await grown()
    spoil(copy)
    const before = readFileSync(books)
    const said = await restore(copy, books, OPTIONS).then(JSON.stringify, (error: unknown) => String(error))
    expect(said).toMatch(reason)
    expect(readFileSync(books)).toEqual(before)
    expect(
      readdirSync(dirname(books)).filter((name) => name.includes('replaced') || name.includes('restoring')),
    ).toEqual([])
    openMarket(dirname(books)).books.close()
  })

  test('refuses the backup of another gateway', async () => {
    const { books, copy } = await grown()
    const writer = { ...WRITER, gateway: gatewayId('box-2') }
    await expect(restore(copy, books, { ...OPTIONS, writer })).rejects.toThrow(
      /is of gateway box-1 .* and this is gateway box-2/,
    )
    await expect(restore(copy, books, { ...OPTIONS, writer })).rejects.toThrow(BooksUnusableError)
  })
})

describe('lanes after a restore', () => {
  const loop = (id: string, role: 'approach' | 'safety', occupied: boolean, now: Now): SiteEvent => {
    const device = deviceId(role === 'approach' ? 'loop-1' : 'loop-2')
    return event(id, { kind: 'loop', lane: LANE, device, role, occupied, late: false }, now)
  }
  const show = (id: string, now: Now): SiteEvent => {
    const token = { ...payToken('paid', 5_000, at()), aud: [`urn:tolbooth:${SITE}:lane:${LANE}`] }
    return event(id, { kind: 'scan', place: { kind: 'lane', id: LANE }, reader: null, token, evidence: 'paid' }, now)
  }
  const armUp = (now: Now): SiteEvent =>
    event(
      'arm-up',
      { kind: 'barrier-state', lane: LANE, device: deviceId('barrier-1'), state: 'open', late: false },
      now,
    )
  const rights = (site: TestBooks): unknown =>
    site.open.db.select({ status: tables.passage.status }).from(tables.passage).all()

  test.each<[string, readonly SiteEvent[], string]>([
    ['was asked', [], 'granted'],
    ['was up', [armUp(at())], 'opened'],
    ['had the vehicle under it', [armUp(at()), loop('under', 'safety', true, at())], 'opened'],
  ])(
    'are not known, where the arm %s at the backup: the right of who paid is there for its vehicle',
    async (_when, then, status) => {
      const folder = temporaryFolder()
      const before = openMarket(folder)
      before.commit([loop('comes', 'approach', true, at()), show('pays', at()), ...then])
      expect(before.books.timers(50).some(({ timer }) => timer.purpose === 'passage-lapses')).toBe(true)
      before.books.close()
      const copy = join(folder, 'backup.db')
      await backup(before.file, copy)
      await restore(copy, before.file, { ...OPTIONS, now: at(MINUTE) })

      const now = at(2 * MINUTE)
      const site = openMarket(folder, {}, now)
      expect(site.books.laneState(LANE)).toEqual(unknownLane(LANE, at(MINUTE).at))
      expect(site.books.timers(50).map(({ timer }) => timer.purpose)).toEqual(['passage-lapses'])
      expect(rights(site)).toEqual([{ status }])
      // Nobody is known to stand there until the loop says so; then the same code opens, and takes nothing.
      expect(site.commit([show('too-soon', now)], now)).toMatchObject([{ outcome: { refusal: 'no-vehicle' } }])
      const [, opened] = site.commit([loop('is-there', 'approach', true, now), show('again', now)], now)
      expect(opened).toMatchObject({
        outcome: { ok: true, kind: 'already-accepted' },
        effects: expect.arrayContaining([expect.objectContaining({ command: { type: 'open' } })]),
      })
      expect((await verifyJournal(site.open)).faults).toEqual([])
      const again = await rebuild(site.open, join(folder, 'rebuilt.db'))
      expect(again).toMatchObject({ kind: 'rebuilt', differencesInAll: 0 })
      site.books.close()
    },
  )
})

describe('rebuilt books', () => {
  test('take the place of those they were made of, in the same epoch', async () => {
    const site = openMarket(temporaryFolder())
    liveThroughADay(site)
    const head = site.books.head()
    site.books.close()
    change(site.file, 'DELETE FROM spent WHERE rowid = 1')
    const rebuilt = await rebuiltFrom(site)
    const { replaced } = takeIntoUse(rebuilt, site.file, at(HOUR))
    expect(headIn(replaced ?? '')).toEqual(head)
    const again = openMarket(dirname(site.file), {}, at(HOUR))
    expect(again.books.head()).toEqual(head)
    const reader = openForReading(site.file)
    expect(await rebuild(reader, join(temporaryFolder(), 'new.db'))).toMatchObject({ differences: [] })
    reader.close()
    again.books.close()
  })

  test('do not take the place of books that have moved on since', async () => {
    const site = openMarket(temporaryFolder())
    const rebuilt = await rebuiltFrom(site)
    sell(site, 1)
    site.books.close()
    expect(() => takeIntoUse(rebuilt, site.file, at(HOUR))).toThrow('have moved on')
  })
})

async function rebuiltFrom(site: TestBooks): Promise<string> {
  const reader = openForReading(site.file)
  const file = join(temporaryFolder(), 'new.db')
  await rebuild(reader, file)
  reader.close()
  return file
}

function change(file: string, statement: string): void {
  const client = new Database(file)
  for (const row of client.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) {
    client.exec(`DROP TRIGGER "${(row as { readonly name: string }).name}"`)
  }
  client.exec(statement)
  client.close()
}

/** A process of its own that sells and sells. Resolves when it has begun. */
function writing(folder: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'writer-process.ts')
  const writer = spawn(process.execPath, [script, folder, 'sell', '0', '1000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    writer.stdout.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('ack 50')) resolve(writer)
    })
    writer.once('exit', (code) => reject(new Error(`the other process ended with ${code}`)))
  })
}

function kill(writer: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    writer.removeAllListeners('exit')
    writer.once('exit', () => resolve())
    writer.kill('SIGKILL')
  })
}
