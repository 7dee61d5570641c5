import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, test } from 'vitest'
import { VND } from '../../../core/money.ts'
import { refusalTable } from '../../../core/refusals.ts'
import type { Now } from '../../../core/time.ts'
import { DAY_MS } from '../../../core/time.ts'
import { EPOCHS_SKIPPED_MAX } from '../../../db/backup.ts'
import type { Head } from '../../../db/journal.ts'
import { event, hashOf, LANE, liveThroughADay, sale, sell, WALLET } from '../../db/kit.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { PARKING_POLICY, parkingLayout, parkingPolicy, TARIFF_TEXT } from '../../support/car-park.ts'
import { daysAgo, environmentOf, marketIn, tolbooth } from './kit.ts'

let folder: string
let environment: Readonly<Record<string, string>>
let books: string
let head: Head

/** A market that has sold for a day, some days ago. */
beforeEach(() => {
  folder = temporaryFolder()
  environment = environmentOf(folder)
  books = join(folder, 'books.db')
  const site = marketIn(folder, daysAgo(2))
  sell(site, 20, daysAgo(2))
  liveThroughADay(site, daysAgo(2))
  site.books.checkpoint(daysAgo(2))
  head = site.books.head()
  site.books.close()
})

function change(file: string, statement: string): void {
  const client = new Database(file)
  for (const row of client.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) {
    client.exec(`DROP TRIGGER "${(row as { readonly name: string }).name}"`)
  }
  client.exec(statement)
  client.close()
}

describe('tolbooth journal verify', () => {
  test('says in both languages that the journal is whole, and what it cannot know', async () => {
    const { status, out } = await tolbooth(['journal', 'verify'], environment)
    expect(status).toBe(0)
    expect(out).toContain(`✓ Sổ toàn vẹn: ${head.seq} bản ghi`)
    expect(out).toContain(`The journal is whole: ${head.seq} records, 1 to ${head.seq}, 1 epoch(s), 1 checkpoint(s).`)
    expect(out).toContain('No record is confirmed by anyone outside')
  })

  test('names the first record that is wrong, says what to do, and ends with 1', async () => {
    change(books, "UPDATE journal SET mode = 'training' WHERE seq = 15; UPDATE journal SET at = at + 1 WHERE seq = 20")
    const { status, out } = await tolbooth(['journal', 'verify'], environment)
    expect(status).toBe(1)
    const lines = out.split('\n')
    expect(lines[0]).toBe('✗ Bản ghi 15: cột mode không khớp với nội dung.')
    expect(lines[1]).toBe('  Record 15: the column mode does not say what the record says.')
    expect(out).toContain('Record 20: its content was changed.')
    expect(out).toContain('restore it (tolbooth restore FILE)')
  })

  test('keeps to one screen where everything is wrong; programs are told more', async () => {
    change(books, 'UPDATE journal SET charge = NULL')
    const { out } = await tolbooth(['journal', 'verify'], environment)
    expect(out.split('\n').length).toBeLessThan(40)
    expect(out).toMatch(/… and \d+ more/)
    const { status, ...said } = await tolbooth(['journal', 'verify', '--json'], environment)
    expect(status).toBe(1)
    expect((said.json() as { readonly faults: unknown[] }).faults.length).toBeGreaterThan(20)
  })

  test('finds a checkpoint that the gateway did not sign, and says where it has no key to check one with', async () => {
    change(books, "UPDATE checkpoint SET jws = substr(jws, 1, length(jws) - 8) || 'AAAAAAAA'")
    expect(await tolbooth(['journal', 'verify'], environment)).toMatchObject({
      status: 1,
      out: expect.stringContaining(`Record ${head.seq}: the signature of its checkpoint does not hold.`),
    })
    const elsewhere = { ...environment, TOLBOOTH_DATA_DIR: temporaryFolder() }
    const { status, out } = await tolbooth(['journal', 'verify', books], elsewhere)
    expect(status).toBe(0)
    expect(out).toContain('The signatures of 1 checkpoint(s) were not checked')
  })

  test('takes heads that upstream has signed for, and finds an end that was lost', async () => {
    const receipts = join(folder, 'receipts.json')
    writeFileSync(receipts, JSON.stringify([{ epoch: 1, seq: head.seq, hash: head.hash }]))
    const whole = await tolbooth(['journal', 'verify', '--receipts', receipts, '--json'], environment)
    expect(whole.json()).toMatchObject({ isWhole: true, confirmedUpTo: head.seq })
    writeFileSync(receipts, JSON.stringify([{ epoch: 1, seq: head.seq + 3, hash: head.hash }]))
    const cut = await tolbooth(['journal', 'verify', '--receipts', receipts], environment)
    expect(cut).toMatchObject({
      status: 1,
      out: expect.stringContaining(`records ${head.seq + 1} to ${head.seq + 3} are lost`),
    })
    writeFileSync(receipts, '[{"epoch": 1}]')
    expect((await tolbooth(['journal', 'verify', '--receipts', receipts], environment)).status).toBe(2)
  })
})

describe('tolbooth journal', () => {
  test('tail shows the newest records, one a line', async () => {
    const { out } = await tolbooth(['journal', 'tail', '--records', '3'], environment)
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[2]).toMatch(new RegExp(`^ +${head.seq}  \\d{4}-\\d\\d-\\d\\dT`))
    const whole = await tolbooth(['journal', 'tail', '--records', '1', '--json'], environment)
    expect(whole.json()).toMatchObject({ seq: head.seq, hash: head.hash })
    expect((await tolbooth(['journal', 'tail', '--records', 'all'], environment)).status).toBe(2)
  })

  test('export writes records as JSON, one a line, between two of them', async () => {
    const all = await tolbooth(['journal', 'export'], environment)
    expect(all.out.trimEnd().split('\n')).toHaveLength(head.seq)
    const part = await tolbooth(['journal', 'export', '--after', '5', '--to', '9'], environment)
    expect(
      part.out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly seq: number }).seq),
    ).toEqual([6, 7, 8, 9])
    expect(all.out).not.toContain('evidence-of')
  })

  test('export --out writes a new file for its owner alone, and over none', async () => {
    const file = join(folder, 'journal.ndjson')
    const { status, out } = await tolbooth(['journal', 'export', '--out', file], environment)
    expect({ status, out }).toEqual({ status: 0, out: `${head.seq} records in ${file}\n` })
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(head.seq)
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
    expect(await tolbooth(['journal', 'export', '--out', file], environment)).toMatchObject({
      status: 1,
      err: expect.stringContaining('Name a new file'),
    })
  })
})

describe('tolbooth report', () => {
  test('answers from the books', async () => {
    const ledger = await tolbooth(['report', 'ledger'], environment)
    expect(ledger).toMatchObject({
      status: 0,
      out: '✓ live VND: 0 posted, 0 pending\n✓ training VND: 0 posted, 0 pending\n',
    })
    const exposure = await tolbooth(['report', 'exposure', '--json'], environment)
    expect(exposure.json()).toMatchObject([
      { mode: 'live', claims: 23 },
      { mode: 'training', claims: 1 },
    ])
    const { day } = daysAgo(2).local
    const totals = await tolbooth(['report', 'totals', '--day', day], environment)
    expect(totals.out).toContain(`${day}, Asia/Ho_Chi_Minh\n`)
    expect(totals.out).toMatch(/^live: \d+ VND in \d+ payment\(s\), 0 VND given back {2}payment codes$/m)
    const today = await tolbooth(['report', 'totals', '--json'], environment)
    expect(today.json()).toMatchObject({ takings: { tenders: [], cash: [] }, drawer: [] })
    expect(await tolbooth(['report', 'totals', '--day', '2026-02-30'], environment)).toMatchObject({ status: 2 })
    const debts = await tolbooth(['report', 'debts'], environment)
    expect(debts).toMatchObject({ status: 0, out: 'nobody who has left owes anything\n' })
    expect(await tolbooth(['report', 'corrections', '--lang', 'vi'], environment)).toMatchObject({ status: 0, out: '' })
    expect(await tolbooth(['report', 'corrections', '--lang', 'fr'], environment)).toMatchObject({ status: 2 })
    const postings = await tolbooth(['report', 'postings'], environment)
    expect(
      postings.out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly id: string }).id),
    ).toContain('jti:s7')
    expect((await tolbooth(['report', 'opened'], environment)).out).toMatch(/by hand, by test: the reader is wet/)
    expect((await tolbooth(['report', 'unpassed'], environment)).status).toBe(0)
  })

  test('ends with 1 where the ledger does not come to 0', async () => {
    change(books, "UPDATE account SET credits_posted = credits_posted - 1 WHERE id = 'live:merchant:m-1'")
    expect(await tolbooth(['report', 'ledger'], environment)).toMatchObject({
      status: 1,
      out: expect.stringContaining('✗ live VND: 1 posted'),
    })
  })
})

describe('tolbooth backup and restore', () => {
  test('copy the books, and put the copy back as a new epoch with the old ones aside', async () => {
    const copy = join(folder, 'backup.db')
    expect(await tolbooth(['backup', copy], environment)).toMatchObject({
      status: 0,
      out: expect.stringContaining(`up to record ${head.seq}, verified`),
    })
    expect(await tolbooth(['backup', copy], environment)).toMatchObject({
      status: 1,
      err: expect.stringContaining('nothing is written over'),
    })
    expect((await tolbooth(['journal', 'verify', copy], environment)).status).toBe(0)

    const grown = marketIn(folder, daysAgo(1))
    sell(grown, 5, daysAgo(1), 'later')
    const lost = grown.books.head()
    grown.books.close()
    const restored = await tolbooth(['restore', copy], environment)
    expect(restored.status).toBe(0)
    expect(restored.out).toMatch(new RegExp(`Restored up to record ${head.seq}; epoch \\d+ begins\\.`))
    expect(restored.out).toContain(`This box had record ${lost.seq} (epoch 1)`)
    expect(readdirSync(folder).filter((name) => name.startsWith('books.db.replaced-'))).toHaveLength(1)
    expect((await tolbooth(['journal', 'verify'], environment)).out).toContain('2 epoch(s)')
    expect((await tolbooth(['journal', 'tail', '--records', '1'], environment)).out).toContain(
      'genesis          restored',
    )
  })

  test('say whether the backup holds an emergency, which raises the arms, or that whoever is in one says it again', async () => {
    const emergency = (id: string, active: boolean): void => {
      const site = marketIn(folder, daysAgo(1))
      site.commit([event(id, { kind: 'emergency', device: null, active }, daysAgo(1))], daysAgo(1))
      site.books.close()
    }
    const [calm, burning] = [join(folder, 'calm.db'), join(folder, 'burning.db')]
    const back = (copy: string) => tolbooth(['restore', copy], environment)
    await tolbooth(['backup', calm], environment)
    const quiet = await back(calm)
    expect(quiet.out).toContain('Bản sao không có khẩn cấp nào.')
    expect(quiet.out).toContain('The backup holds no emergency. If there is one now, say it again at /desk')

    emergency('fire', true)
    await tolbooth(['backup', burning], environment)
    const forgotten = await back(calm)
    expect(forgotten.out).toContain('Sổ vừa thay đang giữ một khẩn cấp')
    expect(forgotten.out).toContain('The books that were here held an emergency, and the backup holds none')

    const raised = await back(burning)
    expect(raised.out).toContain('Bản sao giữ một khẩn cấp: mọi thanh chắn sẽ mở khi chạy.')
    expect(raised.out).toContain('The backup holds an emergency: every arm goes up at the start.')
    for (const { out } of [quiet, forgotten, raised]) expect(out.match(/emergency/g)).toHaveLength(1)
    expect((await tolbooth(['restore', burning, '--json'], environment)).json()).toMatchObject({
      emergency: { inBackup: true, inReplaced: true },
    })
    writeFileSync(books, 'not a database any more')
    expect((await tolbooth(['restore', calm, '--json'], environment)).json()).toMatchObject({
      emergency: { inBackup: false, inReplaced: false },
    })
  })

  test('put one backup back on several boxes as epochs of different numbers', async () => {
    const copy = join(folder, 'backup.db')
    await tolbooth(['backup', copy], environment)
    const epochs = new Set<number>()
    for (let box = 0; box < 4; box += 1) {
      const restored = await tolbooth(['restore', copy, '--json'], {
        ...environment,
        TOLBOOTH_DATA_DIR: temporaryFolder(),
      })
      epochs.add((restored.json() as { readonly head: Head }).head.epoch)
    }
    // That all four are the same by chance happens once in a thousand million times.
    expect(epochs.size).toBeGreaterThan(1)
    for (const epoch of epochs) expect(epoch).toBeLessThanOrEqual(2 + EPOCHS_SKIPPED_MAX)
  })

  test('refuse what does not verify, and change nothing', async () => {
    const copy = join(folder, 'backup.db')
    await tolbooth(['backup', copy, '--json'], environment)
    change(copy, "UPDATE journal SET mode = 'training' WHERE seq = 15")
    const before = readFileSync(books)
    expect(await tolbooth(['restore', copy], environment)).toMatchObject({
      status: 1,
      out: expect.stringContaining('Record 15'),
    })
    expect(readFileSync(books)).toEqual(before)
    change(books, "UPDATE journal SET mode = 'training' WHERE seq = 16")
    expect(await tolbooth(['backup', join(folder, 'other.db')], environment)).toMatchObject({
      status: 1,
      out: expect.stringContaining('Record 16'),
    })
    expect(existsSync(join(folder, 'other.db'))).toBe(false)
  })
})

describe('tolbooth rebuild', () => {
  test('says that the tables are what the journal says', async () => {
    const target = join(folder, 'new.db')
    const { status, out } = await tolbooth(['rebuild', target], environment)
    expect(status).toBe(0)
    expect(out).toContain('the same as the books')
    expect(existsSync(target)).toBe(true)
    expect((await tolbooth(['rebuild', target], environment)).status).toBe(1)
  })

  test('leaves no file behind that nobody named', async () => {
    const { status, out } = await tolbooth(['rebuild'], environment)
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringContaining('the same as the books.\n') })
    expect(readdirSync(folder).filter((name) => name.includes('rebuilt'))).toEqual([])
  })

  test('names what is different, and mends it with --replace', async () => {
    change(books, "DELETE FROM spent WHERE id = 'jti:s7'; UPDATE charge SET status = 'open' WHERE rowid = 3")
    const compared = await tolbooth(['rebuild', join(folder, 'a.db')], environment)
    expect(compared.status).toBe(1)
    expect(compared.out).toContain(
      '✗ spent https://wallet.example jti:s7: the journal makes it, and the books do not have it',
    )
    expect(compared.out).toMatch(/charge box-1:1:\d+:g0: status is "open", and by the journal "paid"/)
    const replaced = await tolbooth(['rebuild', join(folder, 'b.db'), '--replace', '--json'], environment)
    expect(replaced).toMatchObject({ status: 0 })
    expect(replaced.json()).toMatchObject({
      differencesInAll: 2,
      replaced: expect.stringContaining('books.db.replaced-'),
    })
    expect((await tolbooth(['rebuild', join(folder, 'c.db')], environment)).status).toBe(0)
  })
})

describe('a file that is not where it was said', () => {
  test.each([
    ['backup', 'nonexist/x.db'],
    ['rebuild', 'nope/x.db'],
  ])('tolbooth %s %s says that its folder is missing', async (command, file) => {
    const { status, err } = await tolbooth([command, join(folder, file)], environment)
    expect(status).toBe(1)
    expect(err).toMatch(/There is no folder .+\. Make it, or name a file in another\./)
    expect(err).not.toContain('ENOENT')
  })

  test.each(['', ' while a gateway runs'])('tolbooth restore of no backup says so%s', async (when) => {
    const gateway = when === '' ? undefined : marketIn(folder, daysAgo(1))
    const key = join(folder, 'gateway-key.pem')
    const said = async (file: string): Promise<string> => (await tolbooth(['restore', file], environment)).err
    expect(await said(join(folder, 'nope'))).toContain('There is no file')
    expect(await said(key)).toContain(`${key} is no backup of Tolbooth`)
    expect(await said(folder)).toContain(`${folder} is no backup of Tolbooth`)
    gateway?.books.close()
    expect((await tolbooth(['journal', 'verify'], environment)).status).toBe(0)
  })

  test('books that are not there are looked for where TOLBOOTH_DATA_DIR says', async () => {
    const { err } = await tolbooth(['device', 'list'], { ...environment, TOLBOOTH_DATA_DIR: join(folder, 'other') })
    expect(err).toContain('TOLBOOTH_DATA_DIR')
    expect(err).not.toContain('--data-dir')
  })
})

describe('a disk without room', () => {
  test.each(['backup', 'rebuild'])('is told before tolbooth %s writes anything', async (command) => {
    // A file with a hole in it: larger than any disk of a box.
    truncateSync(books, 2 ** 43)
    const { status, err } = await tolbooth([command, join(folder, 'new.db')], environment)
    expect(status).toBe(1)
    expect(err).toMatch(/MB are needed in .+, and \d+ MB are free/)
    expect(existsSync(join(folder, 'new.db'))).toBe(false)
  })
})

describe('tolbooth erase', () => {
  test('removes what is past its time, from the file itself', async () => {
    const site = marketIn(folder, daysAgo(100))
    sell(site, 5, daysAgo(100), 'old')
    site.books.close()
    expect(readFileSync(books).includes('evidence-of-old3')).toBe(true)
    expect(await tolbooth(['erase', '--json'], environment)).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\{"kind":"erased","values":\d+\}\n$/),
    })
    expect(readFileSync(books).includes('evidence-of-old3')).toBe(false)
    expect(readFileSync(books).includes('evidence-of-s3')).toBe(true)
    expect((await tolbooth(['erase'], environment)).out).toContain('0 personal value(s)')
  })

  test('does nothing on a clock that the gateway would not trust', async () => {
    const chrony = { ...environment, TOLBOOTH_CLOCK_SOURCE: 'chrony', PATH: '/nowhere' }
    expect(await tolbooth(['erase'], chrony)).toMatchObject({
      status: 1,
      out: expect.stringContaining('The clock is not trusted'),
    })
    // The newest record is from the future, by this clock: one of the two is wrong.
    const site = marketIn(folder, daysAgo(-3))
    sell(site, 1, daysAgo(-3), 'future')
    site.books.close()
    expect((await tolbooth(['erase'], environment)).status).toBe(1)
  })

  test('removes what was typed in one record, because somebody asked for it', async () => {
    const site = marketIn(folder, daysAgo(1))
    const [opened] = site.commit([
      event('by-hand', { kind: 'open-by-hand', lane: LANE, reason: 'chị Hương mất vé' }, daysAgo(1)),
    ])
    site.books.close()
    expect(readFileSync(books).includes('Hương')).toBe(true)
    const seq = String(opened?.kind === 'committed' ? opened.seq : 0)
    expect((await tolbooth(['report', 'opened'], environment)).out).toContain('chị Hương mất vé')
    expect((await tolbooth(['erase', '--record', seq], environment)).out).toContain(
      `1 value(s) of record ${seq} are gone`,
    )
    expect(readFileSync(books).includes('Hương')).toBe(false)
    expect((await tolbooth(['report', 'opened'], environment)).out).toContain('by hand, by test: (erased)')
    expect(await tolbooth(['erase', '--record', seq, '--json'], environment)).toMatchObject({
      status: 0,
      out: '{"kind":"erased","values":0}\n',
    })
    expect((await tolbooth(['erase', '--record', 'all'], environment)).status).toBe(2)
  })
})

describe('tolbooth prune', () => {
  test('makes a snapshot, waits for upstream, and drops when upstream has held it for long enough', async () => {
    const options = ['prune', '--snapshot-records', '1']
    const first = await tolbooth(options, environment)
    expect(first).toMatchObject({
      status: 0,
      out: expect.stringContaining(`The snapshot at record ${head.seq} waits: upstream has not said`),
    })
    const client = new Database(books)
    client
      .prepare('INSERT INTO upstream_receipt (seq, epoch, hash, durable, received_at, jws) VALUES (?, 1, ?, 1, ?, ?)')
      .run(head.seq, head.hash, daysAgo(40).at, 'signed')
    client.close()
    expect((await tolbooth(options, environment)).out).toContain('these days are not closed')
    const dropped = await tolbooth([...options, '--without-closings', '--json'], environment)
    expect(dropped.json()).toMatchObject({ kind: 'pruned', dropped: { from: 1, to: head.seq } })
    expect((await tolbooth(['journal', 'verify'], environment)).out).toContain(
      `The records up to ${head.seq} were dropped`,
    )
    expect((await tolbooth(['rebuild', join(folder, 'new.db')], environment)).out).toContain(
      `from the snapshot at record ${head.seq}`,
    )
  })

  test('makes no snapshot of tables that do not say what the journal says', async () => {
    change(books, "DELETE FROM spent WHERE id = 'jti:s7'")
    expect(await tolbooth(['prune'], environment)).toMatchObject({
      status: 1,
      err: expect.stringContaining('tolbooth rebuild'),
    })
    expect(readdirSync(folder).filter((name) => name.includes('compared'))).toEqual([])
  })
})

describe('tolbooth parked', () => {
  test('lists what our own code failed at, and runs it again', async () => {
    expect((await tolbooth(['parked', 'list'], environment)).out).toBe('nothing is parked\n')
    const site = marketIn(folder, daysAgo(1), {
      sign: () => {
        throw new Error('the signer was broken')
      },
    })
    const [, failed] = site.commit(sale('parked', 30_000, daysAgo(1)), daysAgo(1))
    site.books.close()
    const seq = failed?.kind === 'committed' ? failed.seq : 0
    expect((await tolbooth(['parked', 'list'], environment)).out).toMatch(
      new RegExp(`^ +${seq} .* scan +waits +Error: the signer was broken$`, 'm'),
    )
    // Its wallet is not in the key set that is in force: that is the answer, and no fault.
    const again = await tolbooth(['parked', 'rerun', String(seq)], environment)
    expect(again).toMatchObject({
      status: 1,
      out: expect.stringContaining(refusalTable['token-issuer-unknown'].en.short),
    })
    expect(await tolbooth(['parked', 'rerun', '1'], environment)).toMatchObject({
      status: 2,
      err: expect.stringContaining('no event is parked'),
    })
  })
})

describe('tolbooth parked rerun', () => {
  /** Books in which a payer's code was parked, by a wallet whose key is in the key set in force. */
  function parkedSale(): number {
    const now = daysAgo(0)
    let isBroken = false
    const site = marketIn(folder, now, {
      sign: () => {
        if (isBroken) throw new Error('the signer was broken')
        return 'signed'
      },
    })
    const issuer = {
      iss: WALLET,
      role: 'wallet',
      kinds: ['pay'],
      scope: 'site',
      currency: VND,
      presentWithinMs: DAY_MS,
    }
    const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
    const keys = JSON.stringify({
      version: { epoch: 1, n: 2 },
      issuedAt: new Date(now.at).toISOString(),
      issuers: [{ ...issuer, keys: [{ kid: 'k1', jwk, from: '2026-01-01T00:00:00Z' }] }],
    })
    const version = { epoch: 1, n: 2 }
    site.books.storeBundle('key-set', hashOf(keys), keys, now)
    site.commit(
      [event('keys', { kind: 'bundle-loaded', bundle: 'key-set', version, hash: hashOf(keys), issuedAt: now.at }, now)],
      now,
    )
    isBroken = true
    const failed = site.commit(sale('late', 30_000, now), now)[1]
    site.books.close()
    return failed?.kind === 'committed' ? failed.seq : 0
  }

  test('brings a payer’s code to its payment, by the keys in force', async () => {
    const seq = parkedSale()
    const again = await tolbooth(['parked', 'rerun', String(seq)], environment)
    expect(again).toMatchObject({ status: 0, err: '', out: expect.stringContaining('paid') })
    expect((await tolbooth(['parked', 'list'], environment)).out).toMatch(new RegExp(`^ +${seq} .*run again as`))
  })

  test('is refused where what is in force cannot be read, and writes nothing', async () => {
    const seq = parkedSale()
    change(books, `UPDATE bundle SET content = '{}' WHERE kind = 'key-set'`)
    const before = (await tolbooth(['journal', 'tail', '--records', '1', '--json'], environment)).json()
    expect(await tolbooth(['parked', 'rerun', String(seq)], environment)).toMatchObject({
      status: 2,
      err: expect.stringContaining('the key-set in force cannot be read'),
    })
    expect((await tolbooth(['journal', 'tail', '--records', '1', '--json'], environment)).json()).toEqual(before)
    const waiting = (await tolbooth(['parked', 'list', '--json'], environment)).json()
    expect(waiting).toMatchObject([{ seq, rerunSeq: null }])
  })
})

describe('tolbooth doctor', () => {
  const putCarPark = (tariff: string | null): void => {
    const head = { version: { epoch: 1, n: 1 }, issuedAt: '2026-11-21T04:00:00Z' }
    writeFileSync(join(folder, 'layout.json'), JSON.stringify({ ...head, layout: parkingLayout() }))
    if (tariff === null) return
    writeFileSync(join(folder, 'tariffs.json'), JSON.stringify({ ...head, files: ['cars.json5'] }))
    writeFileSync(join(folder, 'cars.json5'), tariff)
  }

  test('looks at everything and says what to do, in both languages', async () => {
    const { out } = await tolbooth(['doctor'], environment)
    for (const what of ['settings', 'clock', 'disk', 'key', 'layout', 'policy', 'key-set', 'books', 'broker', 'http']) {
      expect(out).toMatch(new RegExp(`^[✓!✗] ${what} `, 'm'))
    }
    expect(out).toContain(`The books can be read: record ${head.seq}`)
  })

  type Found = readonly { readonly what: string; readonly state: string; readonly vi: string; readonly en: string }[]
  const found = async (over: Readonly<Record<string, string>> = {}, ...options: string[]): Promise<Found> => {
    const { json } = await tolbooth(['doctor', '--json', ...options], { ...environment, ...over })
    return json() as Found
  }

  test('says of a file that was changed under the number that is in force that the gateway refuses it', async () => {
    putCarPark(null)
    const layout = (await found()).find(({ what }) => what === 'layout')
    expect(layout).toMatchObject({
      state: 'bad',
      en: expect.stringMatching(/its version is not higher.*Raise version\.n/),
    })
  })

  test('ends with 1 where something is bad, and names it', async () => {
    const { status, json } = await tolbooth(['doctor', '--json'], environment)
    expect(status).toBe(1)
    const bad = (json() as Found).filter((finding) => finding.state === 'bad').map((finding) => finding.what)
    expect(bad).toEqual(['layout', 'policy', 'key-set'])
  })

  test.each<[string, string, RegExp, (() => void) | null, Readonly<Record<string, string>>]>([
    ['books that are damaged', 'books', /damaged/, () => writeFileSync(books, 'burnt'.repeat(1_000)), {}],
    ['a folder that is not there', 'disk', /There is no folder/, null, { TOLBOOTH_DATA_DIR: '/nowhere/at/all' }],
    [
      'chrony that does not answer',
      'clock',
      /chronyc tracking/,
      null,
      { TOLBOOTH_CLOCK_SOURCE: 'chrony', PATH: '/nowhere' },
    ],
    [
      'a broker that does not answer',
      'broker',
      /does not answer/,
      null,
      { TOLBOOTH_BROKER: 'external', TOLBOOTH_MQTT_URL: 'mqtt://127.0.0.1:1' },
    ],
    ['books of another site', 'books', /at site market-1.*TOLBOOTH_SITE/, null, { TOLBOOTH_SITE: 'elsewhere' }],
    ['books in another currency', 'books', /kept in VND.*TOLBOOTH_CURRENCY/, null, { TOLBOOTH_CURRENCY: 'USD' }],
    [
      'a layout in another currency',
      'layout',
      /its currency is VND, and the service runs with USD/,
      () => putCarPark(TARIFF_TEXT),
      { TOLBOOTH_SITE: parkingLayout().site, TOLBOOTH_CURRENCY: 'USD' },
    ],
    [
      'a layout of another site',
      'layout',
      /it is of site/,
      () => putCarPark(TARIFF_TEXT),
      { TOLBOOTH_SITE: 'elsewhere' },
    ],
    ['settings that are wrong', 'settings', /TOLBOOTH_SITE/, null, { TOLBOOTH_SITE: 'Not A Site' }],
    ['a car park without tariffs', 'tariffs', /There is no .*tariffs\.json/, () => putCarPark(null), {}],
    [
      'a class that a lane lets in without a tariff in force',
      'tariffs',
      /No tariff is in force for Car \(car\) at Bãi chính/,
      () => putCarPark(TARIFF_TEXT.replace('validTo: null', "validTo: '2019-01-01'")),
      {},
    ],
    [
      'a bank that is expected, and no account',
      'bank',
      /no account of/,
      () => {
        putCarPark(TARIFF_TEXT)
        const parking = { ...PARKING_POLICY, bankConfirmation: 'expected' }
        const head = { version: { epoch: 1, n: 1 }, issuedAt: '2026-11-21T04:00:00Z' }
        writeFileSync(join(folder, 'policy.json'), JSON.stringify({ ...head, policy: { ...parkingPolicy(), parking } }))
      },
      {},
    ],
    [
      'a tariff that is wrong, by its line',
      'tariffs',
      /cars\.json5, line 11, graceMinutes/,
      () => putCarPark(TARIFF_TEXT.replace('graceMinutes: 15', 'graceMinutes: -1')),
      {},
    ],
  ])('finds %s', async (_what, what, said, spoil, over) => {
    spoil?.()
    const finding = (await found(over)).find((each) => each.what === what && each.state === 'bad')
    expect(finding?.en).toMatch(said)
    expect(finding?.vi).not.toBe('')
  })

  test('warns of a tariff that ends soon, and of a class that no tariff prices', async () => {
    const soon = new Date(Date.now() + 2 * DAY_MS).toISOString().slice(0, 10)
    putCarPark(TARIFF_TEXT.replace('validTo: null', `validTo: '${soon}'`))
    const layout = parkingLayout()
    const bikes = { id: 'bike', vi: 'Xe máy', en: 'Motorbike' }
    const parking = { ...layout.parking, vehicleClasses: [...(layout.parking?.vehicleClasses ?? []), bikes] }
    const head = { version: { epoch: 1, n: 1 }, issuedAt: '2026-11-21T04:00:00Z' }
    writeFileSync(join(folder, 'layout.json'), JSON.stringify({ ...head, layout: { ...layout, parking } }))
    const warnings = (await found()).filter(({ what, state }) => what === 'tariffs' && state === 'warn')
    expect(warnings.map(({ en }) => en)).toEqual([
      expect.stringContaining(`after ${soon}`),
      expect.stringContaining('no tariff prices: bike'),
    ])
  })

  test.each([
    ['none', {}, 'good', /bare code/],
    ['one of the site’s own network', { TOLBOOTH_PUBLIC_URL: 'http://10.0.0.5' }, 'warn', /not encrypted/],
    [
      'one for everybody',
      { TOLBOOTH_PUBLIC_URL: 'https://park.example' },
      'good',
      /opens https:\/\/park\.example\/parking/,
    ],
  ])('says what a ticket’s code is with %s as the public address', async (_what, over, state, said) => {
    putCarPark(TARIFF_TEXT)
    const finding = (await found(over as Readonly<Record<string, string>>)).find(({ what }) => what === 'tickets')
    expect(finding?.state).toBe(state)
    expect(finding?.en).toMatch(said)
  })

  test('finds books that were put back, a clock that is behind them, and events that are parked', async () => {
    writeFileSync(join(folder, 'books.db.head'), readFileSync(join(folder, 'books.db.head')))
    const site = marketIn(folder, daysAgo(-3), {
      sign: () => {
        throw new Error('broken')
      },
    })
    site.commit(sale('parked', 30_000, daysAgo(-3)), daysAgo(-3))
    // A record by the right clock, which nobody trusts then, hides nothing.
    const since: Now = { ...daysAgo(0), trust: { state: 'stepped' } }
    site.commit(sale('since', 30_000, since), since)
    site.books.close()
    const findings = await found()
    expect(findings.find((each) => each.what === 'faults')?.en).toContain('2 event(s)')
    expect(findings.find((each) => each.what === 'clock' && each.state === 'bad')?.en).toContain('is still to come')
    change(books, 'DELETE FROM journal WHERE seq > 20; DELETE FROM seen WHERE seq > 20')
    expect((await found()).find((each) => each.what === 'books' && each.state === 'warn')?.en).toContain(
      'they were put back',
    )
  })

  test('--deep reads the whole file', async () => {
    const bytes = readFileSync(books)
    bytes.fill(0xa5, bytes.length - 8_192, bytes.length - 4_096)
    writeFileSync(books, bytes)
    const deep = (await found({}, '--deep')).find((each) => each.what === 'books')
    expect(deep).toMatchObject({ state: 'bad', en: expect.stringMatching(/damaged|malformed/) })
  })
})
