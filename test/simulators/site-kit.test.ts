import { describe, expect, test } from 'vitest'
import { driverNamed } from '../../devices/registry.ts'
import { siteKit } from '../../simulators/site-kit.ts'

const KIT = siteKit({ site: 'market-1', stalls: 20 })

describe('the site kit', () => {
  test('is a market of so many stalls with three devices each, and two lanes with five', () => {
    expect(KIT.layout.stalls).toHaveLength(20)
    expect(KIT.layout.lanes.map(({ direction }) => direction)).toEqual(['entry', 'exit'])
    expect(KIT.devices).toHaveLength(20 * 3 + 2 * 5 + 1)
    expect(new Set(KIT.devices.map(({ id }) => id)).size).toBe(KIT.devices.length)
  })

  test('names drivers that exist, and gives a role to loops alone', () => {
    for (const { driver, role } of KIT.devices) {
      const known = driverNamed(driver)
      expect(known).toBeDefined()
      expect(role !== null).toBe(known?.kind === 'loop')
    }
  })

  test('pays merchants that are in it, and dares nothing without an end', () => {
    const merchants = new Set(KIT.layout.merchants.map(({ id }) => id))
    for (const { merchant } of [...KIT.layout.stalls, ...KIT.layout.lanes]) expect(merchants).toContain(merchant)
    const limits = Object.values(KIT.policy).filter((limit) => typeof limit === 'number')
    expect(limits.length).toBeGreaterThan(10)
    expect(limits.every(Number.isSafeInteger)).toBe(true)
  })
})
