import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { SiteEvent } from '../../core/events.ts'
import type { DeviceId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { DAY_MS } from '../../core/time.ts'
import { CURSORS_WITH_GROUP_MAX } from '../../db/books.ts'
import { openForReading } from '../../db/open.ts'
import * as tables from '../../db/schema.ts'
import type { TestBooks } from './kit.ts'
import {
  at,
  chargeOpen,
  DEVICES,
  event,
  hashOf,
  LAYOUT,
  openMarket,
  openSite,
  payToken,
  SETTINGS,
  STALL,
  sale,
  scan,
  sell,
} from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

function rows(site: TestBooks, table: string): number {
  const count = site.open.db.$client.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { readonly n: number }
  return count.n
}

function only(results: readonly unknown[]): unknown {
  expect(results).toHaveLength(1)
  return results[0]
}

describe('a group of events', () => {
  test('is one transaction: a reader sees nothing of it before, and all of it after', () => {
    const seen: number[] = []
    const folder = temporaryFolder()
    let look = (): void => undefined
    const site = openMarket(folder, { atCommit: () => look() })
    const before = site.books.head().seq
    const count = (): number => {
      const reader = openForReading(site.file)
      const row = reader.db.$client.prepare('SELECT max(seq) AS head FROM journal').get() as { readonly head: number }
      reader.close()
      return row.head
    }
    look = () => seen.push(count())
    site.commit([...sale('one', 20_000), ...sale('two', 30_000)])
    expect(seen).toEqual([before, before + 4])
    site.books.close()
  })

  test('is answered in its order, each event from what the one before it left', () => {
    const site = openMarket(temporaryFolder())
    const [opened, paid, again] = site.commit([
      chargeOpen('one', 20_000),
      scan('token', 50_000),
      { ...scan('token', 50_000), key: event('other-key', { kind: 'upstream-reached' }).key },
    ])
    expect(opened).toMatchObject({ outcome: { ok: true, kind: 'charge-opened' } })
    expect(paid).toMatchObject({ outcome: { ok: true, kind: 'paid', amount: money(20_000, VND) } })
    expect(again).toMatchObject({ outcome: { ok: true, kind: 'already-accepted' }, repeated: false })
    site.books.close()
  })

  test('leaves nothing where it fails before its COMMIT: not in the file, not in memory', () => {
    let isBroken = false
    const site = openMarket(temporaryFolder(), {
      atCommit: (moment) => {
        if (isBroken && moment === 'before') throw new Error('the process is about to fall')
      },
    })
    const head = site.books.head()
    const lists = ['journal', 'seen', 'charge', 'device', 'due']
    const counts = lists.map((table) => rows(site, table))
    const enrolment = enrol('reader-9')
    isBroken = true
    expect(() => site.commit([chargeOpen('one', 20_000), enrolment])).toThrow('about to fall')
    expect(site.books.head()).toEqual(head)
    expect(lists.map((table) => rows(site, table))).toEqual(counts)
    expect(site.books.devices().map((device) => device.id)).not.toContain('reader-9')

    isBroken = false
    site.commit([chargeOpen('one', 20_000), enrolment])
    expect(site.books.head().seq).toBe(head.seq + 2)
    expect(site.books.devices().map((device) => device.id)).toContain('reader-9')
    site.books.close()
  })

  test('may be empty, and writes no record', () => {
    const site = openMarket(temporaryFolder())
    const head = site.books.head()
    expect(site.commit([])).toEqual([])
    expect(site.books.head()).toEqual(head)
    site.books.close()
  })
})

describe('the same event again', () => {
  test('gets the same bytes and writes nothing, also after a restart and in the same group', () => {
    const folder = temporaryFolder()
    const first = openMarket(folder)
    const [, paid] = first.commit(sale('one', 20_000))
    const head = first.books.head()
    const again = only(first.commit([scan('one', 20_000)]))
    expect(again).toEqual({
      kind: 'committed',
      outcome: outcome(paid),
      answer: answer(paid),
      seq: seqOf(paid),
      repeated: true,
    })
    expect(first.books.head()).toEqual(head)
    first.books.close()

    const second = openMarket(folder)
    expect(answer(only(second.commit([scan('one', 20_000)], at(3_600_000))))).toBe(answer(paid))
    const [left, right] = second.commit([chargeOpen('two', 1_000), chargeOpen('two', 1_000)])
    expect(answer(right)).toBe(answer(left))
    expect(right).toMatchObject({ repeated: true })
    second.books.close()
  })

  test('with another body is refused as key-reused, and writes nothing', () => {
    const site = openMarket(temporaryFolder())
    site.commit(sale('one', 20_000))
    const head = site.books.head()
    const other: SiteEvent = { ...scan('one', 20_000), bodyHash: hashOf('other bytes') }
    expect(site.commit([other])).toEqual([{ kind: 'refused', refusal: 'key-reused' }])
    expect(site.books.head()).toEqual(head)
    site.books.close()
  })

  test('is answered as before where it was refused', () => {
    const site = openMarket(temporaryFolder())
    const [refused] = site.commit([scan('early', 20_000)])
    expect(refused).toMatchObject({ outcome: { ok: false, refusal: 'no-open-charge', due: null } })
    site.commit([chargeOpen('one', 20_000)])
    const again = only(site.commit([scan('early', 20_000)]))
    expect(again).toMatchObject({ repeated: true, outcome: outcome(refused), answer: answer(refused) })
    site.books.close()
  })
})

describe('an event that is older than answers are remembered', () => {
  test('is refused as too-old, to the millisecond', () => {
    const site = openMarket(temporaryFolder())
    const old = chargeOpen('old', 20_000, at(-35 * DAY_MS - 1))
    const justNot = chargeOpen('just-not', 20_000, at(-35 * DAY_MS))
    expect(site.commit([old, justNot])).toMatchObject([
      { kind: 'refused', refusal: 'too-old' },
      { kind: 'committed', outcome: { ok: true } },
    ])
    site.books.close()
  })

  test('is answered where it was taken before, however old', () => {
    const site = openMarket(temporaryFolder())
    const [first] = site.commit([chargeOpen('one', 20_000)])
    const again = only(site.commit([chargeOpen('one', 20_000)], at(400 * DAY_MS)))
    expect(answer(again)).toBe(answer(first))
    site.books.close()
  })

  test('is taken where the gateway made it itself: a box that was off for months still ends its timers', () => {
    const site = openMarket(temporaryFolder())
    site.commit([chargeOpen('one', 20_000)])
    const [timer] = site.books.timers(1)
    if (timer === undefined) throw new Error('the charge has no timer')
    const due = { ...timerEvent(timer.key, timer.timer), occurredAt: { at: timer.dueAt, by: 'gateway' as const } }
    expect(only(site.commit([due], at(400 * DAY_MS)))).toMatchObject({ outcome: { ok: true } })
    expect(site.books.timers(10)).toEqual([])
    site.books.close()
  })
})

describe('an event at which our own code throws', () => {
  test('becomes a fault record, is parked whole, and the others of its group stand', () => {
    const site = openMarket(temporaryFolder(), {
      sign: () => {
        throw new Error(`the signer is broken ${'!'.repeat(600)}`)
      },
    })
    const paid = { payments: rows(site, 'payment'), spent: rows(site, 'spent'), vault: rows(site, 'vault') }
    const [opened, failed, refused] = site.commit([
      chargeOpen('one', 20_000),
      scan('one', 20_000),
      chargeOpen('two', 40_000),
    ])
    expect(opened).toMatchObject({ outcome: { ok: true } })
    expect(failed).toMatchObject({ outcome: { ok: false, refusal: 'fault' }, changes: [], effects: [] })
    expect(refused).toMatchObject({ outcome: { ok: true, kind: 'charge-opened' } })
    expect({ payments: rows(site, 'payment'), spent: rows(site, 'spent'), vault: rows(site, 'vault') }).toEqual(paid)

    const record = site.open.db.select().from(tables.journal).where(kindIs('fault')).get()
    expect(record).toMatchObject({ seq: seqOf(failed), kind: 'fault', event: 'scan' })
    expect(JSON.parse(record?.body ?? '')).toMatchObject({ error: expect.stringMatching(/^Error: the signer.{483}$/) })
    const parked = site.open.db.select().from(tables.parked).get()
    expect(parked).toMatchObject({ seq: seqOf(failed), rerunSeq: null })
    expect(JSON.parse(parked?.event ?? '')).toEqual(scan('one', 20_000))

    expect(answer(only(site.commit([scan('one', 20_000)])))).toBe(answer(failed))
    site.books.close()
  })

  test('is recorded without its body where that has no spelling in a record, and stops nobody', () => {
    const site = openMarket(temporaryFolder())
    const half = event('half', { kind: 'charge-open', stall: STALL, amount: { amount: 1.5, currency: VND } })
    const [failed, after] = site.commit([half, chargeOpen('one', 20_000)])
    expect(failed).toMatchObject({ outcome: { ok: false, refusal: 'fault' } })
    expect(after).toMatchObject({ outcome: { ok: true } })
    const record = site.open.db.select().from(tables.journal).where(kindIs('fault')).get()
    expect(JSON.parse(record?.body ?? '')).toMatchObject({ event: { body: null, bodyHash: expect.any(String) } })
    expect(site.commit([half]), 'and is the same when it comes again').toMatchObject([{ repeated: true }])
    expect(site.open.db.select().from(tables.parked).get()?.event).toBe(JSON.stringify(half))
    site.books.close()
  })

  test('for want of a layout that can be read is mended by another layout, which needs none', () => {
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    let isBroken = true
    const site = openSite(folder, {
      readers: {
        ...SETTINGS.readers,
        layout: (content) => {
          if (isBroken) throw new Error('a layout of another form')
          return SETTINGS.readers.layout(content)
        },
      },
    })
    expect(only(site.commit([chargeOpen('one', 20_000)]))).toMatchObject({ outcome: { refusal: 'fault' } })
    const text = JSON.stringify({ layout: LAYOUT })
    site.books.storeBundle('layout', hashOf(text), text, at())
    const version = { epoch: 1, n: 2 }
    const loaded = { kind: 'bundle-loaded', bundle: 'layout', version, hash: hashOf(text), issuedAt: at().at } as const
    expect(only(site.commit([event('mended', loaded)]))).toMatchObject({ outcome: { ok: true } })
    isBroken = false
    expect(only(site.commit([chargeOpen('two', 20_000)]))).toMatchObject({ outcome: { ok: true } })
    site.books.close()
  })

  test('ends its timer, so that it does not come due for ever', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    site.commit([chargeOpen('one', 20_000)])
    const [timer] = site.books.timers(1)
    if (timer === undefined) throw new Error('the charge has no timer')
    site.books.close()

    const broken = openSite(folder, {
      readers: {
        layout: () => {
          throw new Error('no layout')
        },
        policy: (content) => JSON.parse(content),
        keySet: () => ({ issuer: () => null, key: () => null, takesCodes: () => false }),
        denyList: () => ({ denies: () => null }),
        tariffs: () => {
          throw new Error('no tariffs')
        },
      },
    })
    expect(only(broken.commit([timerEvent(timer.key, timer.timer)]))).toMatchObject({
      outcome: { ok: false, refusal: 'fault' },
    })
    expect(broken.books.timers(1)).toEqual([])
    broken.books.close()
  })
})

describe('a timer', () => {
  test('that was set anew while an older one was on its way is still to come', () => {
    const site = openMarket(temporaryFolder())
    site.commit([loop('loop-1', 'approach', true), openByHand('first')])
    const older = site.books.timers(10).find((timer) => timer.timer.purpose === 'barrier-answer')
    site.commit([openByHand('second')])
    const newer = site.books.timers(10).find((timer) => timer.timer.purpose === 'barrier-answer')
    if (older === undefined || newer === undefined) throw new Error('the lane has no timer')
    expect(newer.key).not.toBe(older.key)

    site.commit([timerEvent(older.key, older.timer)])
    expect(site.books.timers(10).map((timer) => timer.key)).toContain(newer.key)
    site.commit([timerEvent(newer.key, newer.timer)])
    expect(site.books.timers(10).map((timer) => timer.key)).not.toContain(newer.key)
    site.books.close()
  })
})

describe('the journal', () => {
  const attempts = [
    ['an update', "UPDATE journal SET mode = 'training' WHERE seq = 2", 'never updated'],
    ['an update of the hash', "UPDATE journal SET hash = 'x' WHERE seq = 2", 'never updated'],
    ['a delete', 'DELETE FROM journal WHERE seq = 2', 'only behind a signed snapshot'],
    ['a delete of all', 'DELETE FROM journal', 'only behind a signed snapshot'],
    [
      'a replacement',
      "INSERT OR REPLACE INTO journal SELECT seq, epoch, at, clock, key, kind, event, mode, charge, passage, '{}', hash, session FROM journal WHERE seq = 2",
      'only behind a signed snapshot',
    ],
    ['another amount of a transfer', 'UPDATE transfer SET amount = 1', 'mended only by another transfer'],
  ] as const
  test.each(attempts)('refuses %s by a trigger', (_name, statement, reason) => {
    const site = openMarket(temporaryFolder())
    site.commit(sale('one', 20_000))
    expect(() => site.open.db.$client.exec(statement)).toThrow(reason)
    site.books.close()
  })

  test('holds no payer and no token text: they stand in the vault, with a salt that is the same for a day', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 3)
    const bodies = site.open.db.select({ body: tables.journal.body }).from(tables.journal).all()
    for (const { body } of bodies) {
      expect(body).not.toContain('payer-s')
      expect(body).not.toContain('evidence-of')
    }
    const values = site.open.db.select().from(tables.vault).all()
    const purposes = values.map((value) => value.purpose)
    expect(purposes.filter((purpose) => purpose === 'payer-day')).toHaveLength(1)
    expect(purposes.filter((purpose) => purpose === 'payer')).toHaveLength(3)
    expect(values.find((value) => value.purpose === 'token')?.value).toBe('evidence-of-s0')
    site.books.close()
  })

  test('keeps nothing of a payer who was refused', () => {
    const site = openMarket(temporaryFolder())
    site.commit([scan('refused', 20_000)])
    const purposes = site.open.db.select({ purpose: tables.vault.purpose }).from(tables.vault).all()
    expect(purposes).toEqual([{ purpose: 'payer-day' }])
    site.books.close()
  })

  test('meets a day whose salt was erased, where the clock was set back, with a new one', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 1)
    site.commit([event('erase', { kind: 'erase-due' }, at(400 * DAY_MS))], at(400 * DAY_MS))
    const [, paid] = site.commit(sale('back', 20_000))
    expect(paid).toMatchObject({ outcome: { ok: true, kind: 'paid' } })
    site.books.close()
  })
})

describe('what is kept beside the journal', () => {
  test('a cursor is written with the next group, or by flush, and is there after a restart', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    site.books.moveCursor('soundbox-1', 7, 0)
    site.books.moveCursor('soundbox-1', 7, 1)
    expect(site.books.cursors().size).toBe(0)
    site.commit([chargeOpen('one', 20_000)])
    site.books.moveCursor('till-1', 8, 0)
    site.books.flush()
    site.books.moveCursor('lost-1', 9, 0)
    site.books.close()
    const again = openMarket(folder)
    expect([...again.books.cursors()]).toEqual([
      ['soundbox-1', { seq: 7, index: 1 }],
      ['till-1', { seq: 8, index: 0 }],
    ])
    again.books.close()
  })

  test('a group takes so many cursors along, those first that have waited longest; a flush takes them all', () => {
    const site = openMarket(temporaryFolder())
    const waiting = Array.from({ length: CURSORS_WITH_GROUP_MAX * 2 + 1 }, (_, index) => `sink-${index}`)
    for (const sink of waiting) site.books.moveCursor(sink, 7, 0)
    site.books.moveCursor('sink-0', 8, 0)
    site.commit([chargeOpen('one', 20_000)])
    expect([...site.books.cursors().keys()].sort()).toEqual(waiting.slice(0, CURSORS_WITH_GROUP_MAX).sort())
    expect(site.books.cursors().get('sink-0')).toEqual({ seq: 8, index: 0 })
    site.books.flush()
    expect(site.books.cursors().size).toBe(waiting.length)
    site.books.close()
  })

  test('a payer who comes again is kept once a day, and again after a group that was not written', () => {
    let fails = false
    const site = openMarket(temporaryFolder(), {
      atCommit(moment) {
        if (fails && moment === 'before') throw new Error('no')
      },
    })
    site.commit([chargeOpen('one', 20_000)])
    const before = rows(site, 'vault')
    fails = true
    expect(() => site.commit([scan('one', 20_000)])).toThrow('no')
    fails = false
    expect(rows(site, 'vault')).toBe(before)
    site.commit([scan('one', 20_000)])
    // The day's salt, the payer, the token.
    expect(rows(site, 'vault')).toBe(before + 3)
    site.commit([chargeOpen('two', 20_000)])
    const { body, ...again } = scan('two', 20_000)
    const token = body.kind === 'scan' ? payToken('two', 20_000, at(), 'payer-one') : null
    site.commit([{ ...again, body: { ...body, token } as SiteEvent['body'] }])
    expect(rows(site, 'vault')).toBe(before + 4)
    site.books.close()
  })

  test('a checkpoint signs the head once', () => {
    const site = openMarket(temporaryFolder())
    site.books.checkpoint(at())
    site.books.checkpoint(at(60_000))
    site.commit([chargeOpen('one', 20_000)])
    site.books.checkpoint(at(120_000))
    const checkpoints = site.open.db.select().from(tables.checkpoint).all()
    expect(checkpoints.map((checkpoint) => checkpoint.seq)).toEqual([10, 11])
    expect(checkpoints[1]).toMatchObject({ ...site.books.head(), at: at(120_000).at })
    site.books.close()
  })

  test('a bundle that is stored twice is there once', () => {
    const site = openSite(temporaryFolder())
    site.books.storeBundle('layout', 'h', 'text', at())
    site.books.storeBundle('layout', 'h', 'text', at())
    expect(rows(site, 'bundle')).toBe(1)
    site.books.close()
  })
})

function enrol(id: string): SiteEvent {
  const [reader] = DEVICES
  if (reader === undefined) throw new Error('no device to take after')
  return event(`enrol-${id}`, { kind: 'device-enrolled', device: { ...reader, id: id as DeviceId } })
}

function loop(device: string, role: 'approach' | 'safety', occupied: boolean): SiteEvent {
  const lane = DEVICES.find((each) => each.id === device)?.place
  if (lane?.kind !== 'lane') throw new Error(`${device} is at no lane`)
  return event(`${device}-${occupied}`, {
    kind: 'loop',
    lane: lane.id,
    device: device as DeviceId,
    role,
    occupied,
    late: false,
  })
}

function openByHand(id: string): SiteEvent {
  const lane = DEVICES.find((each) => each.place.kind === 'lane')?.place
  if (lane?.kind !== 'lane') throw new Error('there is no lane')
  return event(`open-${id}`, { kind: 'open-by-hand', lane: lane.id, reason: 'the barrier is stuck' })
}

function timerEvent(key: string, timer: Extract<SiteEvent['body'], { readonly kind: 'timer' }>['timer']): SiteEvent {
  const actor = { kind: 'gateway', id: 'timer', role: null } as const
  return event(key, { kind: 'timer', timer }, at(), { principal: 'gateway:timer', actor })
}

function kindIs(kind: 'fault') {
  return eq(tables.journal.kind, kind)
}

function outcome(result: unknown): unknown {
  return (result as { readonly outcome: unknown }).outcome
}

function answer(result: unknown): string {
  return (result as { readonly answer: string }).answer
}

function seqOf(result: unknown): number {
  return (result as { readonly seq: number }).seq
}
