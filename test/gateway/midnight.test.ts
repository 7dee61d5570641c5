import { expect, test } from 'vitest'
import { HOUR_MS, later } from '../../core/time.ts'
import { laneOf, rigs, stallOf, walletOf } from '../support/people.ts'
import { LANE, LANE_PRICE, NOON, STALL } from '../support/site.ts'

const rigged = rigs()

/** A quarter of a minute before the site's midnight, when each payer gets another pseudonym. */
const BEFORE_MIDNIGHT = later(NOON, 12 * HOUR_MS - 15_000)
const OVER_MIDNIGHT_MS = 30_000

test('a rotating code left before the reader at midnight does not pay for the next customer', async () => {
  const rig = await rigged({ startsAt: BEFORE_MIDNIGHT })
  const { till, reader } = await stallOf(rig, STALL)
  const wallet = walletOf(rig, 'payer-1')
  const shown = (): string => wallet.rotating({ kind: 'stall', id: STALL }, 50_000, 'place').text

  await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
  expect(await reader.ask('scan', { text: shown() })).toMatchObject({ ok: true, kind: 'paid' })
  await rig.runFor(OVER_MIDNIGHT_MS)
  expect(await reader.ask('scan', { text: shown() })).toMatchObject({ ok: true, kind: 'already-accepted' })
  await till.ask('amount-keyed', { amount: 45_000, currency: 'VND' })
  expect(await reader.ask('scan', { text: shown() })).toMatchObject({ ok: false, refusal: 'payer-just-paid' })
  expect(rig.query('SELECT amount FROM payment')).toEqual([{ amount: 50_000 }])
})

test('whoever paid before midnight and whose arm did not go up is let through after it by the next form of the code', async () => {
  const rig = await rigged({ startsAt: BEFORE_MIDNIGHT })
  const { reader, approach, barrier } = await laneOf(rig, LANE)
  const wallet = walletOf(rig, 'payer-1')
  const shown = (): string => wallet.rotating({ kind: 'lane', id: LANE }, LANE_PRICE, 'place').text

  await approach.ask('occupied', { occupied: true })
  expect(await reader.ask('scan', { text: shown() })).toMatchObject({ ok: true, kind: 'paid' })
  await approach.ask('occupied', { occupied: false })
  await rig.runFor(OVER_MIDNIGHT_MS)
  await barrier.connect()
  await approach.ask('occupied', { occupied: true })
  expect(await reader.ask('scan', { text: shown() })).toMatchObject({ ok: true, kind: 'already-accepted' })
  expect(rig.query('SELECT amount FROM payment')).toEqual([{ amount: LANE_PRICE }])
})
