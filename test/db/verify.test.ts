import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import type { EventKey } from '../../core/ids.ts'
import { NOTHING_PERSONAL, recorded } from '../../core/recorded.ts'
import type { Instant } from '../../core/time.ts'
import type { JournalRow } from '../../db/journal.ts'
import { createJournalWriter, recordHash } from '../../db/journal.ts'
import { openForReading } from '../../db/open.ts'
import type { JournalFault, JournalReport, SignedHead, VerifyOptions } from '../../db/verify.ts'
import { verifyJournal } from '../../db/verify.ts'
import { at, event, GATEWAY, LANE, openMarket, SITE, sale, sell, signatureOf, signedClaims } from './kit.ts'
import { keptFolder, temporaryFolder } from './temporary-folder.ts'

const HOUR = 3_600_000
/** Books with everything in them: two epochs, faults, checkpoints, erased values. Made once, copied for each test. */
let original: string
let headSeq: number

beforeAll(() => {
  const folder = keptFolder()
  original = join(folder, 'books.db')
  const first = openMarket(folder)
  sell(first, 10)
  first.books.checkpoint(at())
  first.books.close()
  rmSync(`${original}.head`)
  copyFileSync(original, join(folder, 'copy'))
  const grown = openMarket(folder)
  sell(grown, 3, at(), 'lost')
  grown.books.close()
  for (const file of ['-wal', '-shm']) rmSync(`${original}${file}`, { force: true })
  copyFileSync(join(folder, 'copy'), original)

  const second = openMarket(
    folder,
    {
      sign: (typ, claims) => {
        if (claims['amt'] === 66_666) throw new Error('broken')
        return signatureOf({ typ, ...claims })
      },
    },
    at(HOUR),
  )
  const later = at(2 * HOUR)
  sell(second, 7, later, 'b')
  second.commit(sale('fault', 66_666, later), later)
  second.books.checkpoint(later)
  sell(second, 10, later, 'c', 4)
  second.books.checkpoint(later)
  second.commit([event('erase', { kind: 'erase-due' }, at(91 * 24 * HOUR))], at(91 * 24 * HOUR))
  sell(second, 3, at(92 * 24 * HOUR), 'd')
  second.books.checkpoint(at(93 * 24 * HOUR))
  headSeq = second.books.head().seq
  second.books.close()
})

/** Somebody with the file and a program changes it; then it is verified. */
async function tampered(
  change: (client: Database.Database) => void,
  options: VerifyOptions = SIGNED,
): Promise<JournalReport> {
  const file = join(temporaryFolder(), 'books.db')
  copyFileSync(original, file)
  const client = new Database(file)
  for (const name of triggers(client)) client.exec(`DROP TRIGGER "${name}"`)
  change(client)
  client.close()
  const open = openForReading(file)
  const report = await verifyJournal(open, options)
  open.close()
  return report
}

const SIGNED: VerifyOptions = { checkpointOf: (jws) => (signedClaims(jws) as SignedHead | undefined) ?? undefined }

function sql(statement: string): (client: Database.Database) => void {
  return (client) => {
    client.exec(statement)
  }
}

describe('a journal as it was written', () => {
  test('is whole, and the report says what it cannot know', async () => {
    const progress: (readonly [number, number])[] = []
    const report = await tampered(() => undefined, { ...SIGNED, onProgress: (read, of) => progress.push([read, of]) })
    expect(report).toMatchObject({
      isWhole: true,
      faults: [],
      records: headSeq,
      firstSeq: 1,
      epochs: 2,
      checkpoints: 4,
      confirmedUpTo: null,
    })
    expect(report.unknowns).toEqual([{ kind: 'after-receipt', after: 0 }])
    expect(progress.at(-1)).toEqual([headSeq, headSeq])
  })

  test('without a way to check signatures says that it has not checked them', async () => {
    const report = await tampered(() => undefined, {})
    expect(report.isWhole).toBe(true)
    expect(report.unknowns).toContainEqual({ kind: 'signatures-unchecked', checkpoints: 4 })
  })

  test('is known up to the newest receipt of somebody outside', async () => {
    const receipts = await headsAt([12, 40])
    const report = await tampered(() => undefined, { ...SIGNED, receipts })
    expect(report).toMatchObject({ isWhole: true, confirmedUpTo: 40 })
    expect(report.unknowns).toEqual([{ kind: 'after-receipt', after: 40 }])
  })
})

describe('one flipped bit', () => {
  const columns = ['epoch', 'at', 'clock', 'key', 'kind', 'event', 'mode', 'charge', 'passage', 'body', 'hash'] as const
  const rows = [1, 2, 11, 17, 31, 45]
  const cases = columns.flatMap((column) => rows.map((seq) => [column, seq] as const))

  test.each(cases)('in %s of record %i is found, at that record', async (column, seq) => {
    const report = await tampered((client) => flip(client, 'journal', column, seq))
    expect(report.isWhole).toBe(false)
    expect(report.faults[0]).toMatchObject({ seq })
    expect(kindsExpected(column)).toContain(report.faults[0]?.kind)
  })

  test.each(columns.filter((column) => column !== 'hash'))('in %s of the newest record is found', async (column) => {
    const report = await tampered((client) => {
      client.exec('DELETE FROM checkpoint WHERE seq = (SELECT max(seq) FROM journal)')
      flip(client, 'journal', column, headSeq)
    })
    expect(report.faults[0]).toMatchObject({ seq: headSeq })
  })

  test('names one record and no other', async () => {
    const body = await tampered((client) => flip(client, 'journal', 'body', 17))
    expect(body.faults).toEqual([{ kind: 'content-changed', seq: 17 }])
    const hash = await tampered((client) => flip(client, 'journal', 'hash', 17))
    expect(hash.faults).toEqual([{ kind: 'hash-changed', seq: 17 }])
  })

  test.each(['epoch', 'hash', 'at', 'jws', 'seq'] as const)('in %s of a checkpoint is found', async (column) => {
    const report = await tampered((client) => flip(client, 'checkpoint', column, 30, 'seq > 30'))
    expect(report.isWhole).toBe(false)
    expect(report.faults.every((fault) => fault.kind === 'checkpoint')).toBe(true)
  })

  test.each([
    'site',
    'gateway',
    'genesis_seq',
    'started_at',
    'reason',
    'parent_epoch',
    'parent_seq',
    'parent_hash',
  ] as const)('in %s of an epoch is found, at its genesis', async (column) => {
    const report = await tampered((client) => flip(client, 'epoch', column, 2, 'epoch = 2'))
    expect(report.isWhole).toBe(false)
    const genesis = 31
    expect(report.faults.some((fault) => fault.seq === genesis || column === 'genesis_seq')).toBe(true)
  })

  test.each(['answer', 'body_hash', 'seq', 'key'] as const)('in %s of what was answered is found', async (column) => {
    const report = await tampered((client) => flip(client, 'seen', column, 17, 'seq = 17'))
    expect(report.faults).toEqual([{ kind: 'answer', seq: 17, what: column === 'key' ? 'missing' : 'other' }])
  })

  test.each(['value', 'salt'] as const)('in the %s of a token kept as evidence is found', async (column) => {
    const report = await tampered((client) =>
      flip(client, 'vault', column, 0, "purpose = 'token' AND value IS NOT NULL"),
    )
    expect(report.faults).toMatchObject([{ kind: 'vault' }])
  })
})

describe('the register of what is spent', () => {
  test('that was emptied is named at each record that spent something', async () => {
    const report = await tampered(sql('DELETE FROM spent'))
    expect(report.isWhole).toBe(false)
    expect(report.faults.map(({ kind }) => kind)).toEqual(Array.from({ length: 30 }, () => 'spent'))
  })

  test.each([
    ['lacks one row', 'DELETE FROM spent WHERE rowid = (SELECT max(rowid) FROM spent)', 'missing'],
    [
      'would let go of one too early',
      'UPDATE spent SET until = 0 WHERE rowid = (SELECT max(rowid) FROM spent)',
      'other',
    ],
  ])('that %s is named', async (_what, statement, what) => {
    expect((await tampered(sql(statement))).faults).toEqual([{ kind: 'spent', seq: expect.any(Number), what }])
  })

  test('may lack what a later record has let go of, and that alone', async () => {
    const site = openMarket(temporaryFolder())
    sell(site, 3)
    const now = at(24 * HOUR)
    site.commit([event('forget', { kind: 'forget-due', until: now.at }, now)], now)
    sell(site, 3, now, 'since')
    expect(site.open.db.$client.prepare('SELECT count(*) AS n FROM spent').get()).toEqual({ n: 3 })
    expect((await verifyJournal(site.open)).faults).toEqual([])
    site.open.db.$client.exec('DELETE FROM spent')
    expect((await verifyJournal(site.open)).faults.map(({ kind }) => kind)).toEqual(['spent', 'spent', 'spent'])
    site.books.close()
  })
})

describe('a record', () => {
  test('that is missing is named, and how many', async () => {
    const one = await tampered(sql('DELETE FROM journal WHERE seq = 20'))
    expect(one.faults.filter(isOfChain)).toEqual([{ kind: 'missing', seq: 20, count: 1 }])
    const three = await tampered(sql('DELETE FROM journal WHERE seq BETWEEN 20 AND 22'))
    expect(three.faults.filter(isOfChain)).toEqual([{ kind: 'missing', seq: 20, count: 3 }])
  })

  test('that is missing at the beginning is named', async () => {
    const report = await tampered(sql('DELETE FROM journal WHERE seq < 3'))
    expect(report.faults[0]).toMatchObject({ seq: 1 })
    expect(report.faults.filter(isOfChain)).toEqual([{ kind: 'missing', seq: 1, count: 2 }])
  })

  test('that was taken out, and those after it moved down, is named', async () => {
    const report = await tampered((client) => {
      client.exec('DELETE FROM journal WHERE seq = 20')
      renumber(client, 20, -1)
    })
    expect(report.faults.filter(isOfChain)).toEqual([{ kind: 'missing', seq: 20, count: 1 }])
  })

  test('that was written in the place of another is named as doubled', async () => {
    const report = await tampered((client) => {
      client.exec('DELETE FROM journal WHERE seq = 20')
      copyRecord(client, 19, 20)
    })
    expect(report.faults.filter(isOfChain)[0]).toEqual({ kind: 'doubled', seq: 20, of: 19 })
  })

  test('that was put in a second time, and those after it moved up, is named as doubled', async () => {
    const report = await tampered((client) => {
      renumber(client, 20, 1)
      copyRecord(client, 19, 20)
    })
    expect(report.faults.filter(isOfChain)).toEqual([{ kind: 'doubled', seq: 20, of: 19 }])
  })

  test('that changed places with another is named, with which it is', async () => {
    const report = await tampered((client) => swap(client, 20, 21))
    expect(report.faults.filter(isOfChain)).toEqual([
      { kind: 'moved', seq: 20, isRecord: 21 },
      { kind: 'moved', seq: 21, isRecord: 20 },
    ])
    const far = await tampered((client) => swap(client, 20, 25))
    expect(far.faults.filter(isOfChain)).toEqual([
      { kind: 'moved', seq: 20, isRecord: 25 },
      { kind: 'moved', seq: 25, isRecord: 20 },
    ])
  })

  test('whose content and hash were both made to fit is named at the record after it', async () => {
    const report = await tampered((client) => {
      client.exec("UPDATE journal SET body = replace(body, '10003', '99999') WHERE seq = 17")
      client.exec("UPDATE journal SET hash = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' WHERE seq = 17")
    })
    expect(report.faults[0]).toMatchObject({ seq: 17 })
  })
})

describe('the end of the journal', () => {
  test('that was cut off is noticed by a checkpoint beyond it', async () => {
    const report = await tampered(sql(`DELETE FROM journal WHERE seq > ${headSeq - 5}`))
    expect(report.faults).toContainEqual({ kind: 'tail-lost', seq: headSeq - 4, upTo: headSeq, known: 'checkpoint' })
  })

  test('that was cut off with its checkpoints is noticed by a receipt', async () => {
    const receipts = await headsAt([headSeq])
    const report = await tampered(
      (client) => {
        client.exec(`DELETE FROM journal WHERE seq > ${headSeq - 2}`)
        client.exec(`DELETE FROM checkpoint WHERE seq > ${headSeq - 2}`)
      },
      { ...SIGNED, receipts },
    )
    expect(report.faults).toContainEqual({ kind: 'tail-lost', seq: headSeq - 1, upTo: headSeq, known: 'receipt' })
  })

  test('that was cut off is noticed by the head that is remembered beside the books', async () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 5)
    const upTo = site.books.head().seq
    for (const name of triggers(site.open.db.$client)) site.open.db.$client.exec(`DROP TRIGGER "${name}"`)
    site.open.db.$client.exec(`DELETE FROM journal WHERE seq > ${upTo - 2}`)
    const report = await verifyJournal(site.open)
    expect(report.faults).toContainEqual({ kind: 'tail-lost', seq: upTo - 1, upTo, known: 'head-file' })
    site.books.close()
  })

  test('that was cut off with all that remembers it cannot be noticed: the report says so', async () => {
    const report = await tampered((client) => {
      client.exec(`DELETE FROM journal WHERE seq > ${headSeq - 2}`)
      client.exec(`DELETE FROM checkpoint WHERE seq > ${headSeq - 2}`)
    })
    expect(report.isWhole).toBe(true)
    expect(report.unknowns).toContainEqual({ kind: 'after-receipt', after: 0 })
  })
})

describe('signatures', () => {
  test('of a checkpoint that somebody else made are refused', async () => {
    const report = await tampered(sql("UPDATE checkpoint SET jws = 'signed.e30.by-somebody' WHERE seq = 30"))
    expect(report.faults).toEqual([{ kind: 'checkpoint', seq: 30, what: 'signature' }])
  })

  test('show a journal that was rewritten by one who has no key', async () => {
    const report = await tampered((client) => rewriteFrom(client, 35))
    expect(report.faults.length).toBeGreaterThan(0)
    expect(report.faults.every((fault) => fault.kind === 'checkpoint' && fault.what === 'other-hash')).toBe(true)
  })

  test('of receipts show a journal that was rewritten by one who has the key', async () => {
    const receipts = await headsAt([40])
    const report = await tampered(
      (client) => {
        rewriteFrom(client, 35)
        client.exec('DELETE FROM checkpoint')
      },
      { ...SIGNED, receipts },
    )
    expect(report.faults).toEqual([{ kind: 'receipt', seq: 40, what: 'other-hash' }])
  })

  test('for records of a branch that was lost are told as such, and are no fault', async () => {
    const receipts = [{ epoch: 1, seq: 34, hash: 'of a record that was lost' }]
    const report = await tampered(() => undefined, { ...SIGNED, receipts })
    expect(report.isWhole).toBe(true)
    expect(report.unknowns).toContainEqual({ kind: 'lost-branch', epoch: 1, after: 30, upTo: 34 })
  })
})

describe('epochs', () => {
  test('that begin without a genesis are found', async () => {
    const report = await tampered((client) => {
      client.exec(
        'INSERT INTO epoch SELECT 3, site, gateway, 999, started_at, reason, parent_epoch, parent_seq, parent_hash, reconciled_at FROM epoch WHERE epoch = 2',
      )
    })
    expect(report.faults).toEqual([{ kind: 'epoch', seq: 999, what: 'without-genesis' }])
  })

  test('whose row is gone are found at their genesis', async () => {
    const report = await tampered(sql('DELETE FROM epoch WHERE epoch = 2'))
    expect(report.faults[0]).toMatchObject({ seq: 31 })
  })
})

test('a journal that is many times larger than the memory is read in pages', () => {
  const folder = temporaryFolder()
  const site = openMarket(folder)
  const writer = { site: SITE, gateway: GATEWAY }
  const journal = createJournalWriter(site.open.db)
  const { at: when, trust } = at()
  const said = event('long', { kind: 'open-by-hand', lane: LANE, reason: 'x'.repeat(4_000) })
  const body = {
    kind: 'fault',
    event: recorded(said, NOTHING_PERSONAL),
    error: 'none',
    changes: [],
    effects: [],
  } as const
  site.open.db.$client.exec('DELETE FROM seen; BEGIN')
  let head = site.books.head()
  for (let n = 0; n < 25_000; n += 1) {
    head = journal.append(head, writer, { epoch: 1, key: said.key, at: when, clock: trust, body }).head
  }
  site.open.db.$client.exec('COMMIT')
  site.books.close()
  const script = join(import.meta.dirname, 'verify-process.ts')
  const run = spawnSync(process.execPath, ['--max-old-space-size=48', script, site.file], { encoding: 'utf8' })
  expect(JSON.parse(run.stdout)).toMatchObject({ isWhole: true, records: head.seq })
})

test('a journal that is bad all over is told in bounded faults, and all are counted', async () => {
  const report = await tampered((client) => {
    for (let seq = 2; seq <= headSeq; seq += 2) flip(client, 'journal', 'mode', seq)
    flip(client, 'journal', 'body', 3)
  })
  expect(report.faults.length).toBeLessThanOrEqual(100)
  expect(report.faultsInAll).toBeGreaterThan(20)
  expect(report.faults[0]).toMatchObject({ seq: 2 })
})

function kindsExpected(column: string): readonly string[] {
  if (column === 'hash') return ['hash-changed', 'content-or-hash-changed', 'epoch']
  if (column === 'event' || column === 'mode' || column === 'charge' || column === 'passage') return ['column']
  return ['content-changed', 'content-or-hash-changed', 'checkpoint', 'epoch']
}

function isOfChain(fault: JournalFault): boolean {
  return ['content-changed', 'hash-changed', 'content-or-hash-changed', 'missing', 'moved', 'doubled'].includes(
    fault.kind,
  )
}

/** Flips one bit of one value; what is empty gets something. */
function flip(client: Database.Database, table: string, column: string, seq: number, where = `seq = ${seq}`): void {
  const row = client.prepare(`SELECT rowid AS id, "${column}" AS value FROM ${table} WHERE ${where} LIMIT 1`).get()
  if (row === undefined) throw new Error(`no row where ${where}`)
  const { id, value } = row as { readonly id: number; readonly value: string | number | null }
  client.prepare(`UPDATE ${table} SET "${column}" = ? WHERE rowid = ?`).run(flipped(value), id)
}

function flipped(value: string | number | null): string | number {
  if (value === null) return 'x'
  if (typeof value === 'number') return value % 2 === 0 ? value + 1 : value - 1
  const bytes = Buffer.from(value)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  return bytes.toString()
}

function renumber(client: Database.Database, from: number, by: number): void {
  const order = by > 0 ? 'DESC' : 'ASC'
  const seqs = client.prepare(`SELECT seq FROM journal WHERE seq >= ? ORDER BY seq ${order}`).all(from)
  for (const row of seqs) {
    const { seq } = row as { readonly seq: number }
    client.prepare('UPDATE journal SET seq = ? WHERE seq = ?').run(seq + by, seq)
  }
}

function copyRecord(client: Database.Database, from: number, to: number): void {
  client
    .prepare(
      `INSERT INTO journal SELECT ?, epoch, at, clock, key, kind, event, mode, charge, passage, body, hash, session FROM journal WHERE seq = ?`,
    )
    .run(to, from)
}

function swap(client: Database.Database, left: number, right: number): void {
  client.prepare('UPDATE journal SET seq = -1 WHERE seq = ?').run(left)
  client.prepare('UPDATE journal SET seq = ? WHERE seq = ?').run(left, right)
  client.prepare('UPDATE journal SET seq = ? WHERE seq = -1').run(right)
}

/** Changes one word and makes all hashes from there on fit again, as one would who can run the program. */
function rewriteFrom(client: Database.Database, from: number): void {
  const rows = client.prepare('SELECT * FROM journal WHERE seq >= ? - 1 ORDER BY seq').all(from) as JournalRow[]
  let prev = rows[0]?.hash ?? ''
  for (const row of rows.slice(1)) {
    const body = row.seq === from ? row.body.replace('"by":"gateway"', '"by":"device"') : row.body
    const { epoch, seq, key, kind, at: when } = row
    const fields = {
      v: 1 as const,
      site: SITE,
      gateway: GATEWAY,
      epoch,
      seq,
      prev,
      key: key as EventKey,
      kind,
      at: when as Instant,
    }
    prev = recordHash(fields, body, row.clock)
    client.prepare('UPDATE journal SET body = ?, hash = ? WHERE seq = ?').run(body, prev, seq)
  }
}

function triggers(client: Database.Database): readonly string[] {
  return client
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .all()
    .map((row) => (row as { readonly name: string }).name)
}

async function headsAt(seqs: readonly number[]): Promise<readonly { epoch: number; seq: number; hash: string }[]> {
  const open = openForReading(original)
  const heads = seqs.map((seq) =>
    open.db.$client.prepare('SELECT epoch, seq, hash FROM journal WHERE seq = ?').get(seq),
  )
  open.close()
  return heads as { epoch: number; seq: number; hash: string }[]
}
