import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ClockTrust } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import { rebuild } from '../../db/rebuild.ts'
import { verifyJournal } from '../../db/verify.ts'
import { GATEWAY_LIMITS } from '../../gateway/gateway.ts'
import { faultyBooks } from '../support/faulty-books.ts'
import { rigs, stallOf, walletOf } from '../support/people.ts'
import { chargeOf, word } from '../support/requests.ts'
import type { Rig, RigOptions } from '../support/rig.ts'
import { policyFile, STALL } from '../support/site.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const rigged = rigs()
const SYNCED: ClockTrust = { state: 'synced', uncertaintyMs: 50 }
const TO_THE_NIGHT_MS = 2 * HOUR_MS + MINUTE_MS
const SEEN_KEEP_MS = 30 * DAY_MS
/** The rigs begin at noon: this ends at midnight. */
const PAST_ALL_MS = 70 * DAY_MS - 12 * HOUR_MS

/** Somebody pays; the box is then off for so long. */
async function restartedAfter(ms: number, over: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = await rigged({ trust: () => SYNCED, seenKeepMs: SEEN_KEEP_MS, ...over })
  const { till, reader } = await stallOf(rig, STALL)
  await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
  await reader.ask('scan', { text: walletOf(rig, 'payer-1').pay({ kind: 'stall', id: STALL }, 50_000, 'place').text })
  expect(count(rig, 'spent')).toBe(1)
  rig.crash()
  rig.timeline.stepWallClock(ms)
  await rig.start()
  // A record of today: what came before it is older than it.
  expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'today', 1_000))))).toBe('charge-opened')
  return rig
}

test('a gateway that runs forgets old answers and spent tokens at night, and not before', async () => {
  const rig = await restartedAfter(PAST_ALL_MS)
  const before = oldAnswers(rig)
  await rig.runFor(HOUR_MS + MINUTE_MS)
  expect(count(rig, 'spent')).toBe(1)
  expect(oldAnswers(rig)).toBe(before)
  await rig.runFor(HOUR_MS)
  expect(count(rig, 'spent')).toBe(0)
  expect(oldAnswers(rig)).toBe(0)
  await rebuildsEqual(rig)
})

test('what was forgotten leaves one record, and a night with nothing to forget leaves none', async () => {
  const rig = await restartedAfter(PAST_ALL_MS)
  await rig.runFor(TO_THE_NIGHT_MS)
  expect(forgettings(rig)).toBe(1)
  await rig.runFor(3 * DAY_MS)
  expect(forgettings(rig)).toBe(1)
})

test('a box that is off by night forgets at the first look of its day', async () => {
  const rig = await restartedAfter(PAST_ALL_MS + 8 * HOUR_MS)
  expect(rig.now().clock.now().local.minuteOfDay).toBe(8 * 60)
  await rig.runFor(HOUR_MS + MINUTE_MS)
  expect(count(rig, 'spent')).toBe(0)
})

test('what is not past its time stays', async () => {
  const rig = await restartedAfter(20 * DAY_MS - 12 * HOUR_MS)
  const before = oldAnswers(rig)
  await rig.runFor(TO_THE_NIGHT_MS)
  expect(count(rig, 'spent')).toBe(1)
  expect(oldAnswers(rig)).toBe(before)
})

test('while the clock is not trusted nothing is forgotten', async () => {
  let trust: ClockTrust = SYNCED
  const rig = await restartedAfter(PAST_ALL_MS, { trust: () => trust })
  trust = { state: 'unknown' }
  const before = oldAnswers(rig)
  await rig.runFor(DAY_MS)
  expect(count(rig, 'spent')).toBe(1)
  expect(oldAnswers(rig)).toBe(before)
  trust = SYNCED
  await rig.runFor(DAY_MS)
  expect(count(rig, 'spent')).toBe(0)
})

test('one bite takes so many rows and no more, one look so many bites, and the next look goes on', async () => {
  const rig = await restartedAfter(PAST_ALL_MS, {
    limits: { ...GATEWAY_LIMITS, forgetRowsMax: 2, forgetBitesMax: 3 },
  })
  const before = oldAnswers(rig)
  await rig.runFor(TO_THE_NIGHT_MS)
  expect(before - oldAnswers(rig)).toBe(6)
  await rig.runFor(HOUR_MS)
  expect(before - oldAnswers(rig)).toBe(12)
  await rig.runFor(DAY_MS / 2)
  expect(count(rig, 'spent')).toBe(0)
})

test('between two bites the path goes on: a charge is opened while the gateway forgets', async () => {
  const rig = await restartedAfter(PAST_ALL_MS, { limits: { ...GATEWAY_LIMITS, forgetRowsMax: 1 } })
  await rig.runFor(2 * HOUR_MS + 300)
  const left = oldAnswers(rig)
  expect(count(rig, 'spent')).toBe(1)
  expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'by-night', 1_000))))).toBe('charge-opened')
  expect(count(rig, 'spent')).toBe(1)
  await rig.runFor(1_000)
  expect(oldAnswers(rig)).toBeLessThan(left)
})

test('books that refuse to be written are tried again at the next look', async () => {
  const books = faultyBooks()
  const rig = await restartedAfter(PAST_ALL_MS, { throughBooks: books.through })
  books.set('refuse')
  await rig.runFor(TO_THE_NIGHT_MS)
  expect(count(rig, 'spent')).toBe(1)
  books.set('none')
  await rig.runFor(2 * HOUR_MS)
  expect(count(rig, 'spent')).toBe(0)
  expect(rig.fatal).toEqual([])
})

test('replaced policies go when they have been out of force for long, and the one that was in force then stays', async () => {
  const rig = await rigged({ trust: () => SYNCED })
  const policies = (): unknown[] =>
    rig
      .query("SELECT json_extract(content, '$.version.n') AS n FROM bundle WHERE kind = 'policy' ORDER BY n")
      .map(({ n }) => n)
  const load = (n: number): Promise<unknown> =>
    rig.load('policy', policyFile(rig.policy, { epoch: 1, n }, later(rig.timeline.now(), -HOUR_MS)))
  const away = async (ms: number): Promise<void> => {
    await rig.stop()
    rig.timeline.stepWallClock(ms)
    await rig.start()
  }
  await load(2)
  await load(3)
  await rig.runFor(DAY_MS)
  expect(policies()).toEqual([1, 2, 3])

  await away(30 * DAY_MS)
  await load(5)
  // Stored, refused as older, and never in force.
  await load(4)
  await away(70 * DAY_MS)
  await rig.runFor(DAY_MS)
  // 3 was in force until 71 days ago.
  expect(policies()).toEqual([3, 4, 5])

  await away(30 * DAY_MS)
  await rig.runFor(DAY_MS)
  expect(policies()).toEqual([5])
  await rebuildsEqual(rig)
})

function count(rig: Rig, table: string): number {
  return Number(rig.query(`SELECT count(*) AS n FROM ${table}`)[0]?.['n'])
}

function oldAnswers(rig: Rig): number {
  return count(rig, `seen WHERE at < ${rig.now().clock.now().at - 2 * DAY_MS}`)
}

function forgettings(rig: Rig): number {
  return rig.query("SELECT seq FROM journal WHERE event = 'forget-due'").length
}

async function rebuildsEqual(rig: Rig): Promise<void> {
  const folder = temporaryFolder()
  try {
    const { db } = rig.now()
    expect((await verifyJournal(db)).isWhole).toBe(true)
    expect(await rebuild(db, join(folder.path, 'again.db'))).toMatchObject({ kind: 'rebuilt', differencesInAll: 0 })
  } finally {
    folder.remove()
  }
}
