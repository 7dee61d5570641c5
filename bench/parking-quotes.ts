import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { RightId } from '../core/ids.ts'
import { placeId, vehicleClass } from '../core/ids.ts'
import { money, VND } from '../core/money.ts'
import type { Stay, StayRight } from '../core/parking/bill.ts'
import { quote } from '../core/parking/quote.ts'
import type { RateTable, Tariff } from '../core/parking/tariff.ts'
import { tariffId } from '../core/parking/tariff.ts'
import type { TariffBook } from '../core/parking/tariff-book.ts'
import { createTariffBook } from '../core/parking/tariff-book.ts'
import type { LocalDay } from '../core/time.ts'
import { DAY_MS, instant, MINUTE_MS } from '../core/time.ts'
import { createZoneRules } from '../gateway/clock/zone-rules.ts'
import { median, rounded, table } from './figures.ts'

/**
 * How many quotes a second one core makes: `node bench/parking-quotes.ts [--seconds 1] [--rounds 5] [--json]`. Stays of 3 days under the hardest tariff: a new version, a
 * holiday and a weekend in mid-stay, hours by day in steps, blocks by night, caps of day and stay, free minutes, rounding, in a zone with daylight saving.
 */
export type QuoteFigures = {
  /** Without a right: what a driver's page, a lane and a pay station ask for. */
  readonly quotesPerSecond: number
  /** With a pass by day and a merchant's validation: all four ways of using them are tried. */
  readonly quotesWithTwoRightsPerSecond: number
  readonly medianMicroseconds: number
}

const LOT = placeId('lot')
const CAR = vehicleClass('car-9-seats')
const STAYS = 4_096

export function measureParkingQuotes(options: { readonly seconds: number; readonly rounds: number }): QuoteFigures {
  const book = hardestTariffs()
  const stays = someStays()
  const without: number[] = []
  const withRights: number[] = []
  drive(book, stays, [], options.seconds / 4)
  drive(book, stays, twoRights, options.seconds / 4)
  // In rounds, because whatever else the machine does comes and goes.
  for (let round = 0; round < options.rounds; round += 1) {
    without.push(drive(book, stays, [], options.seconds))
    withRights.push(drive(book, stays, twoRights, options.seconds))
  }
  const quotesPerSecond = median(without)
  return {
    quotesPerSecond: rounded(quotesPerSecond),
    quotesWithTwoRightsPerSecond: rounded(median(withRights)),
    medianMicroseconds: rounded(1_000_000 / quotesPerSecond),
  }
}

const zone = createZoneRules()('Europe/Berlin')

/** Quotes in a second of a core, which is not one of the clock where others use the machine. What comes out is looked at, so that none of it is optimised away. */
function drive(book: TariffBook, stays: readonly Stay[], rights: readonly StayRight[], seconds: number): number {
  const until = performance.now() + seconds * 1_000
  const begun = process.cpuUsage()
  let quotes = 0
  let due = 0
  // Once at least: where others use the machine the time can be over before the first.
  do {
    for (const stay of stays) {
      const quoted = quote(stay, book, rights, zone)
      if (!quoted.ok) throw new Error(`refused: ${quoted.refusal}`)
      due += quoted.total.amount
    }
    quotes += stays.length
  } while (performance.now() < until)
  const { user, system } = process.cpuUsage(begun)
  if (due === 0) throw new Error('nothing was due for all these stays')
  return (quotes * 1_000_000) / (user + system)
}

/** Three days each, a few minutes apart, over the night in which the clock is put back. */
function someStays(): readonly Stay[] {
  const first = Date.parse('2026-10-23T04:00:00Z')
  return Array.from({ length: STAYS }, (_none, index) => {
    const from = instant(first + index * MINUTE_MS)
    return { vehicleClass: CAR, place: LOT, from, until: instant(from + 3 * DAY_MS - (index % 97) * MINUTE_MS) }
  })
}

const twoRights: readonly StayRight[] = [
  {
    id: 'pass-1' as RightId,
    kind: 'pass',
    validFrom: instant(Date.parse('2026-10-01T00:00:00Z')),
    validUntil: instant(Date.parse('2026-10-31T00:00:00Z')),
    hours: [{ weekdays: [1, 2, 3, 4, 5], fromMinute: 420, toMinute: 1_140 }],
    relief: { kind: 'covers' },
  },
  {
    id: 'shop-1' as RightId,
    kind: 'validation',
    validFrom: instant(Date.parse('2026-10-01T00:00:00Z')),
    validUntil: instant(Date.parse('2026-11-30T00:00:00Z')),
    hours: [],
    relief: { kind: 'amount', amount: money(20_000, VND) },
  },
]

function hardestTariffs(): TariffBook {
  const rates = (factor: number): RateTable => ({
    vehicleClasses: [CAR],
    freeMinutes: { minutes: 15, longerStays: 'pay-from-then' },
    rateLines: [
      {
        band: 'day',
        rate: {
          kind: 'per-hour',
          steps: [
            { fromHour: 1, toHour: 2, price: 25_000 * factor },
            { fromHour: 3, toHour: 4, price: 35_000 * factor },
            { fromHour: 5, toHour: 12, price: 45_000 * factor },
            { fromHour: 13, toHour: null, price: 20_000 * factor },
          ],
        },
      },
      { band: 'night', rate: { kind: 'per-block', minutes: 30, price: 7_000 * factor, first: null } },
    ],
    capPerDay: 500_000 * factor,
    capPerStay: 1_500_000 * factor,
  })
  const version = (name: string, validFrom: string, factor: number): Tariff => ({
    id: tariffId('cars'),
    version: name,
    name: { vi: 'Ô tô', en: 'Cars' },
    currency: VND,
    validFrom: validFrom as LocalDay,
    validTo: null,
    places: [LOT],
    bands: [
      { band: 'day', fromMinute: 360, toMinute: 720 },
      { band: 'night', fromMinute: 720, toMinute: 780 },
      { band: 'day', fromMinute: 780, toMinute: 1_320 },
      { band: 'night', fromMinute: 1_320, toMinute: 360 },
    ],
    rounding: { to: 1_000, mode: 'up' },
    graceMinutes: 15,
    rateTables: [rates(factor)],
    specialDays: [
      { name: { vi: 'Lễ', en: 'Holiday' }, days: ['2026-10-26', '12-25'], weekdays: [], rateTables: [rates(3)] },
      { name: { vi: 'Cuối tuần', en: 'Weekend' }, days: [], weekdays: [6, 7], rateTables: [rates(2)] },
    ],
    passes: [],
  })
  const made = createTariffBook([version('1', '2020-01-01', 1), version('2', '2026-10-25', 2)], {
    currency: VND,
    places: [{ id: LOT, parent: null }],
    vehicleClasses: [{ id: CAR }],
  })
  if (!made.ok) throw new Error(`the tariffs are refused: ${JSON.stringify(made.problems)}`)
  return made.book
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '5' },
    },
  })
  const figures = measureParkingQuotes({ seconds: Number(values.seconds), rounds: Number(values.rounds) })
  console.log(
    values.json
      ? JSON.stringify(figures, null, 2)
      : table(Object.entries(figures).map(([name, figure]) => [name, String(figure)])),
  )
}
