import { describe, expect, test } from 'vitest'
import { violationsOf } from './compare.ts'
import type { CrashOptions } from './crash-run.ts'
import { runCrashes } from './crash-run.ts'
import { reasonForNoDiskLibrary } from './disk/disk-library.ts'

/** A small version of `npm run crash`: three stalls and a lane of each make, so that devices are back soon after each start. */
const SMALL = { stalls: 3, lanesOfAMake: 1, saleEveryMs: 40, verifyEvery: 2 } as const
const TEST_MS = 240_000

const reason = reasonForNoDiskLibrary()
if (reason !== undefined) console.warn(`no power cuts here: ${reason}`)

describe('a gateway that is ended without any goodbye', () => {
  test(
    'loses, doubles and delays nothing, killed five times under load',
    async () => {
      const report = await runCrashes({ ...SMALL, what: 'kills', count: 5, seed: 'kills', left: 'any' })
      expect(report.details).toEqual([])
      expect(violationsOf(report)).toBe(0)
      expect(report.acknowledged).toBeGreaterThan(0)
      expect(report.paid).toBeGreaterThan(0)
    },
    TEST_MS,
  )

  test.skipIf(reason !== undefined)(
    'loses, doubles and delays nothing when the power fails five times',
    async () => {
      const report = await runCrashes({ ...SMALL, what: 'power-cuts', count: 5, seed: 'power', left: 'any' })
      expect(report.details).toEqual([])
      expect(violationsOf(report)).toBe(0)
      expect(report.acknowledged).toBeGreaterThan(0)
      expect(report.paid).toBeGreaterThan(0)
    },
    TEST_MS,
  )

  test.skipIf(reason !== undefined)(
    'is seen to lose what it has acknowledged where it never syncs',
    async () => {
      const unsynced: CrashOptions = {
        ...SMALL,
        what: 'power-cuts',
        count: 1,
        seed: 'unsynced',
        left: 'synced',
        sabotage: 'never-sync',
      }
      const report = await runCrashes(unsynced)
      expect(report.acknowledgedLost).toBeGreaterThan(0)
      expect(violationsOf(report)).toBeGreaterThan(0)
    },
    TEST_MS,
  )
})
