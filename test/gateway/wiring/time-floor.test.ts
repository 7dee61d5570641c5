import { describe, expect, test } from 'vitest'
import { HOUR_MS, later } from '../../../core/time.ts'
import { timeFloor } from '../../../gateway/wiring/time-floor.ts'
import { rigs } from '../../support/people.ts'

const rigged = rigs()

describe('the floor of the time', () => {
  test('is the newest record of trusted time', async () => {
    const rig = await rigged()
    const { books } = rig.now()
    expect(timeFloor(books)).toBe(books.newestTrustedAt())
  })

  test.each(['key-set', 'deny-list'] as const)(
    'is the issue of the %s in force where that is newer: a clock below it is not believed',
    async (kind) => {
      const rig = await rigged()
      const issuedAt = later(rig.timeline.now(), HOUR_MS)
      const version = { epoch: 1, n: 2 }
      const bundle =
        kind === 'key-set' ? rig.issuers.keySet(version, issuedAt) : rig.issuers.denyList(version, issuedAt)
      expect(rig.now().clock.now().trust.state).toBe('synced')
      await rig.load(kind, JSON.stringify(bundle))
      expect(timeFloor(rig.now().books)).toBe(issuedAt)
      expect(rig.now().clock.now().trust).toEqual({ state: 'stepped' })
      await rig.runFor(HOUR_MS)
      expect(rig.now().clock.now().trust.state).toBe('synced')
    },
  )
})
