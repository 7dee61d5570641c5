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
      expectNothingLost(await runCrashes({ ...SMALL, what: 'kills', count: 5, seed: 'kills', left: 'any' }))
    },
    TEST_MS,
  )

  test.skipIf(reason !== undefined)(
    'loses, doubles and delays nothing when the power fails five times',
    async () => {
      expectNothingLost(await runCrashes({ ...SMALL, what: 'power-cuts', count: 5, seed: 'power', left: 'any' }))
    },
    TEST_MS,
  )

  test.skipIf(reason !== undefined)(
    'is seen to lose what it has acknowledged, or its books, where it never syncs',
    async () => {
      // A cut that falls where nothing has been promised yet loses nothing: one of a few does.
      let isSeen = false
      for (let cut = 0; cut < UNSYNCED_CUTS_MAX && !isSeen; cut += 1) {
        isSeen = await isLossSeen({
          ...SMALL,
          what: 'power-cuts',
          count: 1,
          seed: `unsynced-${cut}`,
          left: 'synced',
          sabotage: 'never-sync',
        })
      }
      expect(isSeen).toBe(true)
    },
    TEST_MS,
  )
})

function expectNothingLost(report: Awaited<ReturnType<typeof runCrashes>>): void {
  expect(report.details).toEqual([])
  expect(violationsOf(report)).toBe(0)
  expect(report.acknowledged).toBeGreaterThan(0)
  expect(report.paid).toBeGreaterThan(0)
}

const UNSYNCED_CUTS_MAX = 6

/** Whether a run is judged to have lost something. Where the cut falls between the pages of a checkpoint not even the file is left, and the next start refuses it. */
async function isLossSeen(options: CrashOptions): Promise<boolean> {
  try {
    const report = await runCrashes(options)
    return report.acknowledgedLost > 0 && violationsOf(report) > 0
  } catch (error) {
    if (error instanceof Error && /books at .* are damaged/.test(error.message)) return true
    throw error
  }
}
