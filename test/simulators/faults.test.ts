import { describe, expect, test } from 'vitest'
import { FAULT_NAMES, faultNamesOf, faults } from '../../simulators/faults.ts'

describe('faults', () => {
  test('are named one by one, or all at once, each once', () => {
    expect(faultNamesOf([])).toEqual([])
    expect(faultNamesOf(['two-gates', 'reader-repeats', 'two-gates'])).toEqual(['reader-repeats', 'two-gates'])
    expect(faultNamesOf(['two-gates', 'all'])).toEqual(FAULT_NAMES)
  })

  test('refuse a name that is none, and say which there are', () => {
    expect(() => faultNamesOf(['two-gates', 'flood', 'fire'])).toThrow(
      'no such fault: flood, fire. Choose of: reader-repeats, device-drops-out, two-gates, kill-gateway, all',
    )
  })

  test('say what each of them does', () => {
    for (const name of FAULT_NAMES) expect(faults[name].does).not.toBe('')
  })
})
