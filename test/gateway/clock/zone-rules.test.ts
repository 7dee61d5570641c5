import { describe, expect, test } from 'vitest'
import { createZoneRules, ZONE_OFFSETS_MAX, ZONES_KEPT_MAX, zoneRules } from '../../../gateway/clock/zone-rules.ts'

describe('the rules of a zone', () => {
  test('of a zone without daylight saving are one offset', () => {
    expect(zoneRules('Asia/Ho_Chi_Minh').offsets.map(({ offsetMs }) => offsetMs)).toEqual([7 * 3_600_000])
  })

  test('of one with it rise and fall twice a year, in order', () => {
    const { offsets } = zoneRules('Europe/Berlin')
    expect(offsets).toHaveLength(201)
    expect(offsets.every(({ from }, index) => index === 0 || from > (offsets[index - 1]?.from ?? from))).toBe(true)
  })

  test('of zones all over the world are whole minutes, and within the limit', () => {
    for (const zone of Intl.supportedValuesOf('timeZone').filter((_zone, index) => index % 9 === 0)) {
      expect(zoneRules(zone).offsets.length, zone).toBeLessThanOrEqual(ZONE_OFFSETS_MAX)
    }
  })

  test('of a zone that nobody knows are refused', () => {
    expect(() => zoneRules('Asia/Atlantis')).toThrow(RangeError)
  })

  test('are worked out once for each zone, and at most a few are kept', () => {
    const rulesOf = createZoneRules()
    const hanoi = rulesOf('Asia/Ho_Chi_Minh')
    expect(rulesOf('Asia/Ho_Chi_Minh')).toBe(hanoi)
    for (const zone of Intl.supportedValuesOf('timeZone').slice(0, ZONES_KEPT_MAX)) rulesOf(zone)
    expect(rulesOf('Asia/Ho_Chi_Minh')).not.toBe(hanoi)
    expect(rulesOf('Asia/Ho_Chi_Minh')).toEqual(hanoi)
  })
})
