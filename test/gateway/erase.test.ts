import { expect, test } from 'vitest'
import type { ClockTrust } from '../../core/time.ts'
import { DAY_MS, HOUR_MS } from '../../core/time.ts'
import { GATEWAY_LIMITS } from '../../gateway/gateway.ts'
import { rigs, stallOf, walletOf } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { STALL } from '../support/site.ts'

const rigged = rigs()
const AFTER_ITS_TIME_MS = 92 * DAY_MS

/** Somebody pays, so that a payer and a token are in the vault; the box is then off until their time is over. */
async function restartedAfter(ms: number, trust: () => ClockTrust, eraseRecordsMax = 200): Promise<Rig> {
  const rig = await rigged({ trust, limits: { ...GATEWAY_LIMITS, eraseRecordsMax } })
  const { till, reader } = await stallOf(rig, STALL)
  await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
  await reader.ask('scan', { text: walletOf(rig, 'payer-1').pay({ kind: 'stall', id: STALL }, 50_000, 'place').text })
  expect(kept(rig)).toEqual(['payer', 'payer-day', 'token'])
  rig.crash()
  rig.timeline.stepWallClock(ms)
  await rig.start()
  return rig
}

const SYNCED: ClockTrust = { state: 'synced', uncertaintyMs: 50 }

test('a gateway that runs erases what is past its time by itself, and writes nothing where nothing is', async () => {
  const rig = await restartedAfter(AFTER_ITS_TIME_MS, () => SYNCED)
  await rig.runFor(HOUR_MS + 1_000)
  expect(kept(rig)).toEqual([])
  expect(erasings(rig)).toBe(1)
  await rig.runFor(3 * HOUR_MS)
  expect(erasings(rig)).toBe(1)
})

test('what is not past its time stays', async () => {
  const rig = await restartedAfter(DAY_MS / 2, () => SYNCED)
  await rig.runFor(2 * HOUR_MS)
  expect(kept(rig)).toEqual(['payer', 'payer-day', 'token'])
  expect(erasings(rig)).toBe(0)
})

test('while the clock is not trusted nothing is erased', async () => {
  let trust: ClockTrust = { ...SYNCED }
  const rig = await restartedAfter(AFTER_ITS_TIME_MS, () => trust)
  trust = { state: 'unknown' }
  await rig.runFor(3 * HOUR_MS)
  expect(kept(rig)).toEqual(['payer', 'payer-day', 'token'])
  trust = SYNCED
  await rig.runFor(2 * HOUR_MS)
  expect(kept(rig)).toEqual([])
})

function kept(rig: Rig): unknown[] {
  return rig
    .query('SELECT DISTINCT purpose FROM vault WHERE value IS NOT NULL ORDER BY purpose')
    .map(({ purpose }) => purpose)
}

function erasings(rig: Rig): number {
  return rig.query("SELECT seq FROM journal WHERE event = 'erase-due'").length
}
