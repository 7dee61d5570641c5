import { describe, expect, test } from 'vitest'
import type { ClockTrust } from '../../../core/time.ts'
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
      let stated: ClockTrust = { state: 'unknown' }
      const rig = await rigged({ trust: () => stated })
      const issuedAt = later(rig.timeline.now(), HOUR_MS)
      const version = { epoch: 1, n: 2 }
      const bundle =
        kind === 'key-set' ? rig.issuers.keySet(version, issuedAt) : rig.issuers.denyList(version, issuedAt)
      await rig.load(kind, JSON.stringify(bundle))
      stated = { state: 'synced', uncertaintyMs: 0 }
      expect(timeFloor(rig.now().books)).toBe(issuedAt)
      expect(rig.now().clock.now().trust).toEqual({ state: 'stepped' })
      await rig.runFor(HOUR_MS)
      expect(rig.now().clock.now().trust.state).toBe('synced')
    },
  )

  test('is not raised by a bundle from ahead of a clock that is trusted: it is refused, and the clock is believed on', async () => {
    const rig = await rigged()
    const floor = timeFloor(rig.now().books)
    const ahead = later(rig.timeline.now(), HOUR_MS)
    const reply = await rig.load('key-set', JSON.stringify(rig.issuers.keySet({ epoch: 1, n: 2 }, ahead)))
    expect(reply).toMatchObject({ kind: 'committed', outcome: { ok: false, refusal: 'bundle-from-future' } })
    expect(timeFloor(rig.now().books)).toBeLessThan(ahead)
    expect(timeFloor(rig.now().books)).toBeGreaterThanOrEqual(floor)
    expect(rig.now().clock.now().trust.state).toBe('synced')
  })
})
