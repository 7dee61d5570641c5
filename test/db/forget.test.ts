import { expect, test } from 'vitest'
import { DAY_MS, later } from '../../core/time.ts'
import { createForgetting } from '../../db/forget.ts'
import { at, openMarket, sell } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const HOLDOVER = { state: 'holdover', uncertaintyMs: 500 } as const
const SETTINGS = { seenKeepMs: 35 * DAY_MS, spentKeepMs: 60 * DAY_MS, bundleKeepMs: 90 * DAY_MS }
const ROWS_MAX = 200

test('a spent token is remembered however often a start believes a wrong clock, until something surely came after it', () => {
  const site = openMarket(temporaryFolder())
  sell(site, 3, at(0, HOLDOVER))
  const forgetting = createForgetting(site.open.db, SETTINGS)
  for (const starts of [1, 2, 3, 4])
    expect(forgetting.spentUntil(at(starts * 44 * DAY_MS, HOLDOVER), ROWS_MAX)).toBeNull()

  const rightNow = at(90 * DAY_MS, HOLDOVER)
  expect(forgetting.spentUntil(rightNow, ROWS_MAX), 'on somebody’s word alone').toBeNull()
  expect(forgetting.spentUntil(at(90 * DAY_MS), ROWS_MAX), 'a source has measured it').not.toBeNull()
  site.open.db.$client
    .prepare("UPDATE current_bundle SET issued_at = ? WHERE kind = 'key-set'")
    .run(later(rightNow.at, -DAY_MS))
  expect(forgetting.spentUntil(rightNow, ROWS_MAX), 'keys were issued long after').not.toBeNull()
  // A bundle that says a time to come brings nothing forward.
  site.open.db.$client
    .prepare("UPDATE current_bundle SET issued_at = ? WHERE kind = 'key-set'")
    .run(later(rightNow.at, 900 * DAY_MS))
  expect(forgetting.spentUntil(at(50 * DAY_MS, HOLDOVER), ROWS_MAX)).toBeNull()
  site.books.close()
})

test('answers outlive a clock that is believed and is ahead by as much as a site may stand still', () => {
  const site = openMarket(temporaryFolder())
  sell(site, 3, at(0, HOLDOVER))
  const forgetting = createForgetting(site.open.db, SETTINGS)
  expect(forgetting.answers(at(44 * DAY_MS, HOLDOVER), ROWS_MAX)).toBe(0)
  expect(forgetting.answers(at(36 * DAY_MS), ROWS_MAX)).toBeGreaterThan(0)
  site.books.close()
})
