import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import type { SimplePrices } from '../../../simulators/parking/parking-kit.ts'
import { FREE_MINUTES, PRICES } from '../../../simulators/parking/parking-kit.ts'

/**
 * What a stay of so long may cost at most, and at least, by anybody's own reckoning from the sign at the way in: not by the gateway's code. A stay that the change of
 * prices falls into lies between the two.
 */
export function dearest(vehicleClass: string, ms: number): number {
  return Math.max(...PRICES.map((prices) => reckoned(prices, vehicleClass, ms, 'most')))
}

export function cheapest(vehicleClass: string, ms: number): number {
  return Math.min(...PRICES.map((prices) => reckoned(prices, vehicleClass, ms, 'least')))
}

const VISIT_HOURS = 24

function reckoned({ hourly, visit }: SimplePrices, vehicleClass: string, ms: number, bound: 'most' | 'least'): number {
  if (ms <= FREE_MINUTES * MINUTE_MS) return 0
  const hours = Math.ceil(ms / HOUR_MS)
  if (vehicleClass !== 'car' && vehicleClass !== 'van') {
    const visits = Math.ceil(hours / VISIT_HOURS)
    return visits * (bound === 'most' ? visit.dayAndNight : Math.min(visit.day, visit.night))
  }
  const { first, more, cap } = hourly[vehicleClass]
  const uncapped = Math.min(hours, 2) * first + Math.max(0, hours - 2) * more
  // A day's cap can only make it less; a stay that is over one day costs at least the cap where it would have cost more.
  return bound === 'most' ? uncapped : Math.min(uncapped, cap)
}
