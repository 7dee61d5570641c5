import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { ClockTrust, Now } from '../../../core/time.ts'
import { DAY_MS, instant, MINUTE_MS } from '../../../core/time.ts'
import { openForReading } from '../../../db/open.ts'
import { rebuild } from '../../../db/rebuild.ts'
import { acceptedWords } from '../../../gateway/cli/clock.ts'
import { chargeOpen, event, payToken, STALL, sell } from '../../db/kit.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { daysAgo, environmentOf, marketIn, tolbooth } from './kit.ts'

const AHEAD = daysAgo(-3)
const ISSUED = daysAgo(1).at
const REASON = 'Hoa set it by hand after the battery was changed'
let folder: string
let environment: Readonly<Record<string, string>>

/** A market whose clock was right, then three days ahead, and is right now. */
beforeEach(() => {
  folder = temporaryFolder()
  environment = environmentOf(folder)
  const before = marketIn(folder, daysAgo(2))
  sell(before, 3, daysAgo(2))
  before.books.close()
  const ahead = marketIn(folder, AHEAD)
  ahead.commit([chargeOpen('ahead', 50_000, AHEAD)], AHEAD)
  ahead.commit([shown('s1', AHEAD)], AHEAD)
  ahead.books.close()
})

function shown(id: string, now: Now) {
  const token = {
    ...payToken('once', 50_000, AHEAD),
    iat: ISSUED,
    nbf: ISSUED,
    exp: instant(AHEAD.at + DAY_MS / 2),
  }
  const body = { kind: 'scan', place: { kind: 'stall', id: STALL }, reader: null, token, evidence: 'once' } as const
  return event(id, body, now)
}

function head(): { readonly seq: number; readonly hash: string } {
  const site = marketIn(folder, daysAgo(0))
  const now = site.books.head()
  site.books.close()
  return now
}

/** By the clock on the wall in Hanoi. */
function wall(awayMs = 0): string {
  return new Date(Date.now() + 7 * 3_600_000 + awayMs).toISOString().slice(0, 16)
}

const accept = (over: Readonly<Record<string, string>> = {}, now = wall(), reason = REASON) =>
  tolbooth(['clock', 'accept', '--now', now, '--reason', reason], { ...environment, ...over })

test('a clock that ran ahead is trusted again from now on by one command, which is recorded; nothing spent becomes unspent, and the books stay whole', async () => {
  const before = head()
  const doubted = await tolbooth(['doctor'], environment)
  expect(doubted.out).toContain('tolbooth clock accept')
  expect(await accept()).toMatchObject({ status: 0, out: expect.stringContaining('It is recorded') })

  const after = head()
  expect(after.seq).toBe(before.seq + 1)
  const { out } = await tolbooth(['journal', 'export', '--after', String(before.seq)], environment)
  expect(JSON.parse(out)).toMatchObject({
    clock: { state: 'stepped' },
    body: { event: { body: { kind: 'clock-accepted', over: AHEAD.at, source: { state: 'holdover' } } } },
  })
  expect(out, 'people write names there').not.toContain('Hoa')
  expect((await tolbooth(['doctor'], environment)).out).not.toContain('which is still to come')
  expect((await tolbooth(['journal', 'verify'], environment)).status).toBe(0)
  const source = openForReading(join(folder, 'books.db'))
  expect(await rebuild(source, join(folder, 'rebuilt.db'))).toMatchObject({ differences: [] })
  source.close()

  const now: Now = { ...daysAgo(0), at: instant(Date.now()) }
  const site = marketIn(folder, now)
  expect(site.books.newestTrustedAt()).toBeLessThanOrEqual(now.at)
  expect(site.books.newestTrustedAt()).toBeGreaterThan(now.at - 10 * MINUTE_MS)
  site.commit([chargeOpen('now', 50_000, now)], now)
  expect(site.commit([shown('s2', now)], now)).toMatchObject([{ outcome: { ok: false, refusal: 'token-spent' } }])
  expect(site.commit([shown('s1', AHEAD)], now), 'what was answered is answered as it was').toMatchObject([
    { repeated: true },
  ])
  site.books.close()

  expect(await accept()).toMatchObject({ status: 0, out: expect.stringContaining('nothing to do') })
})

test.each<[string, () => ReturnType<typeof accept>, RegExp, number]>([
  [
    'the box’s clock says another time than whoever looks at a watch',
    () => accept({}, wall(-10 * MINUTE_MS)),
    /Set the box’s clock first/,
    1,
  ],
  [
    'its source does not vouch for it',
    () => accept({ TOLBOOTH_CLOCK_SOURCE: 'chrony', PATH: '/nowhere' }),
    /chrony does not vouch/,
    1,
  ],
  ['nobody says why', () => accept({}, wall(), ' '), /reason/i, 1],
  ['the time is written otherwise', () => accept({}, 'now'), /2026-11-22T17:05/, 2],
])('it is refused where %s, and nothing is trusted by it', async (_where, run, said, status) => {
  const ran = await run()
  expect(ran.status).toBe(status)
  expect(ran.out + ran.err).toMatch(said)
  const site = marketIn(folder, daysAgo(0))
  expect(site.books.newestTrustedAt()).toBe(AHEAD.at)
  site.books.close()
})

test.each<[ClockTrust, RegExp]>([
  [{ state: 'synced', uncertaintyMs: 50 }, /trusted from now on/],
  [{ state: 'holdover', uncertaintyMs: 50 }, /trusted from now on/],
  [{ state: 'stepped' }, /still not trusted \(timesyncd: stepped\)/],
  [{ state: 'unknown' }, /still not trusted \(timesyncd: unknown\)/],
])('of a clock that was accepted it says whether it is trusted then: %j', (trust, said) => {
  const { vi, en } = acceptedWords(trust, instant(1_000), instant(2_000), { clockSource: 'timesyncd' })
  expect(en).toMatch(said)
  expect(vi.includes('chưa tin')).toBe(en.includes('not trusted'))
})

test('it is refused where something in force was issued at a later time', async () => {
  const site = marketIn(folder, AHEAD)
  const content = readFileSync(join(folder, 'gateway-key.pem'), 'utf8')
  const body = {
    kind: 'bundle-loaded',
    bundle: 'deny-list',
    version: { epoch: 1, n: 2 },
    hash: 'h',
    issuedAt: AHEAD.at,
  } as const
  site.books.storeBundle('deny-list', 'h', String(content.length), AHEAD)
  site.commit([event('deny', body, AHEAD)], AHEAD)
  site.books.close()
  expect(await accept()).toMatchObject({ status: 1, out: expect.stringContaining('issuedAt') })
})
