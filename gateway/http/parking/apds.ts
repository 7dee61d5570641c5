import { z } from '@hono/zod-openapi'
import type { VehicleClass } from '../../../core/ids.ts'
import type { OccupancyCount, TariffsInForce } from '../../../core/parking/facts.ts'
import type { ParkingLayout, ParkingPlace } from '../../../core/parking/place.ts'
import { placesAround } from '../../../core/parking/places.ts'
import type { Names, Rate, RateLine, Tariff } from '../../../core/parking/tariff.ts'
import type { PassOnOffer } from '../../../core/parking/tariff-book.ts'
import { passesOnOffer } from '../../../core/parking/tariff-book.ts'
import type { ZoneRules } from '../../../core/parking/zone-time.ts'
import {
  dayNumber,
  dayStart,
  isLocalDay,
  localDayOf,
  localTimeAt,
  offsetMsAt,
} from '../../../core/parking/zone-time.ts'
import type { SiteLayout } from '../../../core/site.ts'
import type { Instant, LocalDay } from '../../../core/time.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { hours } from './right-schemas.ts'
import { passHoursWire } from './tariffs-wire.ts'

/**
 * Places, rates and occupancy in the shapes and names of APDS 4 (ISO/TS 5206-1): Place and IdentifiedArea with their supply and demand, RateTable with its collections and lines. Made from the
 * layout and the tariffs; only the members below are used. What APDS has no member for stands under `extensions`. Amounts are in whole units of the currency, as APDS writes them.
 */

type Exported<Schema extends z.ZodType> = z.output<Schema>

export function apdsPlaces(layout: SiteLayout, parking: ParkingLayout, version: number, at: Instant): ApdsPlaces {
  const data = parking.places.map((place) => placeOf(place, layout, parking, version))
  return { meta: metaOf(data.length, at), data }
}

/**
 * The same elements with their demand instead of all that does not change: one demand for each supply, of all the classes that share it, in the order of the supplies. A percentage is of the supply, rounded down, so that 100 is
 * full, and never more than that, as the standard has it; how many of each class there are stands under `extensions`.
 */
export function apdsOccupancy(
  parking: ParkingLayout,
  occupancy: readonly OccupancyCount[],
  version: number,
  at: Instant,
): ApdsOccupancy {
  const timestamp = new Date(at).toISOString()
  const data = parking.places.map((place) => ({
    elementId: referenceOf(place, version),
    demandTable: [
      {
        timestamp,
        demandType: place.capacities.map(({ vehicleClasses, spaces }) => {
          const counts = vehicleClasses.map((vehicleClass) => ({
            vehicleClass: vehicleClass as string,
            count: occupancy.find((each) => each.place === place.id && each.vehicleClass === vehicleClass)?.count ?? 0,
          }))
          // The books may hold a class below 0, after a correction that was wrong.
          const count = notNegative(counts.reduce((sum, each) => sum + each.count, 0))
          return {
            count,
            percentage: count >= spaces ? 100 : Math.floor((count * 1_000) / spaces) / 10,
            occupancyCalculation: 'counted' as const,
            recordDateTime: timestamp,
            extensions: {
              vehicleClasses: [...vehicleClasses],
              counts: counts.map((each) => ({ ...each, count: notNegative(each.count) })),
            },
          }
        }),
      },
    ],
  }))
  return { meta: metaOf(data.length, at), data }
}

const notNegative = (count: number): number => Math.max(0, count)

/**
 * A RateTable for each of a tariff's tables; special days are tables of their own, and so is each pass that is on offer on the day. `null`: no tariffs are in use.
 *
 * The versions of one tariff have one id and are numbered in the order of their days. Each is valid up to the moment at which the next one begins, or at which its own last day is over: moments of
 * the site's clock, with its offset.
 *
 * A collection has no member for hours of the day (`validStart` and `validEnd` are moments): those of day and night stand under the table's `extensions.bands`, and each collection, and each price of a visit, names its band. A cap of a day begins anew at
 * `resetTime`. How a bill is rounded, and what the free minutes are to a longer stay, have no member either.
 */
export function apdsRates(inUse: TariffsInForce | null, at: Instant): ApdsRates {
  if (inUse === null) return { meta: metaOf(0, at), data: [] }
  const { book, zone } = inUse
  const ofStays = book.tariffs.flatMap((tariff) => {
    const dated = versionOf(tariff, inUse)
    return [
      ...tariff.rateTables.map((table, index) => rateTableOf(tariff, dated, table, `${tariff.id}:${index}`, null, [])),
      ...tariff.specialDays.flatMap(({ name, days, weekdays, rateTables }, special) =>
        rateTables.map((table, index) =>
          rateTableOf(tariff, dated, table, `${tariff.id}:special-${special}:${index}`, name, [
            ...days,
            ...weekdays.map((weekday) => `weekday-${weekday}`),
          ]),
        ),
      ),
    ]
  })
  const ofPasses = passesOnOffer(book, localTimeAt(zone, at).day).map((pass) =>
    passTableOf(pass, versionOf(pass.tariff, inUse)),
  )
  const data = [...ofStays, ...ofPasses]
  return { meta: metaOf(data.length, at), data }
}

const text = z.array(z.strictObject({ language: z.enum(['vi', 'en']), string: z.string() }))
const time = z.iso.datetime()
const meta = z
  .strictObject({
    referenceInstant: z.int().openapi({ description: 'Unix seconds.' }),
    offset: z.literal(0),
    pageSize: z.int(),
    total: z.int(),
  })
  .openapi('ApdsMeta')
const reference = z
  .strictObject({ id: z.string(), version: z.int(), className: z.enum(['Place', 'IdentifiedArea']) })
  .openapi('ApdsReference')
const supply = z.strictObject({
  supplyViewType: z.literal('vehicleView'),
  supplyQuantity: z.int().min(0),
  extensions: z.strictObject({
    vehicleClasses: z.array(z.string()),
    vehicleClassNames: z.array(z.strictObject({ id: z.string(), name: text })),
  }),
})

export const apdsPlacesSchema = z
  .strictObject({
    meta,
    data: z.array(
      z
        .strictObject({
          id: z.string(),
          version: z.int(),
          type: z.enum(['place', 'identifiedArea']),
          name: text,
          layer: z.int().min(0),
          parentId: reference.optional(),
          childIds: z.array(reference),
          timeZone: z.string(),
          hierarchyElementReference: z.strictObject({ elementId: reference, supply: z.array(supply) }),
        })
        .openapi('ApdsHierarchyElement'),
    ),
  })
  .openapi('ApdsPlaces')
export type ApdsPlaces = Exported<typeof apdsPlacesSchema>

export const apdsOccupancySchema = z
  .strictObject({
    meta,
    data: z.array(
      z
        .strictObject({
          elementId: reference,
          demandTable: z.array(
            z.strictObject({
              timestamp: time,
              demandType: z.array(
                z.strictObject({
                  count: z.int().min(0),
                  percentage: z.number().min(0).max(100),
                  occupancyCalculation: z.literal('counted'),
                  recordDateTime: time,
                  extensions: z
                    .strictObject({
                      vehicleClasses: z.array(z.string()),
                      counts: z.array(z.strictObject({ vehicleClass: z.string(), count: z.int().min(0) })),
                    })
                    .openapi({ description: 'The classes that share the spaces of one supply.' }),
                }),
              ),
            }),
          ),
        })
        .openapi('ApdsHierarchyElementReference'),
    ),
  })
  .openapi('ApdsOccupancy')
export type ApdsOccupancy = Exported<typeof apdsOccupancySchema>

const siteTime = z.iso.datetime({ offset: true })
const timeOfDay = z.string().regex(/^\d{2}:\d{2}:\d{2}$/)
const bandHours = z.strictObject({ band: z.enum(['day', 'night']), from: timeOfDay, to: timeOfDay })

const rateLineType = z.enum(['incrementingRate', 'flatRate'])
const rateLine = z
  .strictObject({
    id: z.string(),
    sequence: z.int().min(1),
    rateLineType,
    value: z.int().min(0),
    incrementPeriod: z.string().optional().openapi({ description: 'An ISO 8601 duration.' }),
    durationStart: z.int().optional().openapi({ description: 'Minutes of the stay.' }),
    durationEnd: z.int().optional(),
    description: text,
    extensions: z
      .strictObject({
        band: z.enum(['day', 'night', 'day-and-night']).openapi({ description: 'When a visit pays this.' }),
      })
      .optional(),
  })
  .openapi('ApdsRateLine')

const passOfTable = z
  .strictObject({
    id: z.string(),
    months: z.int().min(1),
    covers: z.enum(['day', 'night', 'day-and-night']),
    hours,
  })
  .openapi({ description: 'The table is the price of this pass, and of no stay.' })

export const apdsRatesSchema = z
  .strictObject({
    meta,
    data: z.array(
      z
        .strictObject({
          id: z.string(),
          version: z.int().openapi({
            description: 'Of the versions of one id: the day on which it begins, as a number that rises by one a day.',
          }),
          rateTableName: text,
          availability: z.literal('public'),
          validityStart: siteTime,
          validityEnd: siteTime.optional().openapi({ description: 'The moment from which it holds no more.' }),
          rateLineCollections: z.array(
            z.strictObject({
              id: z.string(),
              collectionSequence: z.int().min(1),
              applicableCurrency: z.string(),
              relativeTimes: z.literal(true),
              taxIncluded: z.literal(true),
              resetTime: timeOfDay.optional().openapi({ description: 'When what a day costs at most begins anew.' }),
              maxValuePerDay: z.int().optional(),
              maxValuePerStay: z.int().optional(),
              rateLines: z.array(rateLine),
              extensions: z.strictObject({
                band: z.enum(['day', 'night', 'any']).openapi({ description: 'In which hours it holds.' }),
              }),
            }),
          ),
          extensions: z.strictObject({
            tariffVersion: z.string(),
            places: z.array(z.string()),
            vehicleClasses: z.array(z.string()),
            specialDays: z.array(z.string()),
            bands: z.array(bandHours).openapi({ description: 'The hours of day and night, by the site’s clock.' }),
            rounding: z
              .strictObject({ to: z.int().min(1), mode: z.enum(['up', 'down', 'nearest']) })
              .openapi({ description: 'Of the whole stay, once, at the end; `to` in the smallest unit.' }),
            freeMinutes: z.int(),
            longerStays: z.enum(['pay-from-entry', 'pay-from-then']).openapi({
              description: 'Whether a stay that is longer than the free minutes pays for these too.',
            }),
            graceMinutes: z.int(),
            pass: passOfTable.optional(),
          }),
        })
        .openapi('ApdsRateTable'),
    ),
  })
  .openapi('ApdsRates')
export type ApdsRates = Exported<typeof apdsRatesSchema>

function metaOf(total: number, at: Instant): z.output<typeof meta> {
  return { referenceInstant: Math.floor(at / SECOND_MS), offset: 0, pageSize: total, total }
}

function placeOf(
  place: ParkingPlace,
  layout: SiteLayout,
  parking: ParkingLayout,
  version: number,
): ApdsPlaces['data'][number] {
  const parent = parking.places.find(({ id }) => id === place.parent)
  const elementId = referenceOf(place, version)
  return {
    id: place.id,
    version,
    type: parent === undefined ? 'place' : 'identifiedArea',
    name: [{ language: 'vi', string: place.name }],
    layer: placesAround(parking.places, place.id).length - 1,
    ...(parent === undefined ? {} : { parentId: referenceOf(parent, version) }),
    childIds: parking.places.filter((each) => each.parent === place.id).map((each) => referenceOf(each, version)),
    timeZone: layout.zone,
    hierarchyElementReference: {
      elementId,
      supply: place.capacities.map(({ vehicleClasses, spaces }) => ({
        supplyViewType: 'vehicleView',
        supplyQuantity: spaces,
        extensions: {
          vehicleClasses: vehicleClasses.map((id): string => id),
          vehicleClassNames: parking.vehicleClasses
            .filter(({ id }) => vehicleClasses.includes(id))
            .map(({ id, vi, en }) => ({ id, name: both(vi, en) })),
        },
      })),
    },
  }
}

function referenceOf(place: ParkingPlace, version: number): z.output<typeof reference> {
  return { id: place.id, version, className: place.parent === null ? 'Place' : 'IdentifiedArea' }
}

/** Which of its tariff's versions a RateTable is, and when it holds. */
type DatedVersion = Pick<ApdsRates['data'][number], 'version' | 'validityStart' | 'validityEnd'>

function versionOf(tariff: Tariff, { book, zone }: TariffsInForce): DatedVersion {
  const versions = book.tariffs.filter(({ id }) => id === tariff.id)
  const next = versions[versions.indexOf(tariff) + 1]
  // No version ends later than the next one begins: tariffs that overlap are refused when they are loaded.
  const endsOn = tariff.validTo === null ? next?.validFrom : localDayOf(dayNumber(tariff.validTo) + 1)
  return {
    // By its day: what a reader has kept stays older also where an old version is loaded no more.
    version: dayNumber(tariff.validFrom),
    validityStart: beginningOf(tariff.validFrom, zone),
    // The calendar ends with the year 9999: what holds to its last day has no end.
    ...(endsOn === undefined || !isLocalDay(endsOn) ? {} : { validityEnd: beginningOf(endsOn, zone) }),
  }
}

/** The first moment of a day at the site: `2026-12-01T00:00:00+07:00`. */
function beginningOf(day: LocalDay, zone: ZoneRules): string {
  const at = dayStart(zone, dayNumber(day))
  const shown = localTimeAt(zone, at)
  const offset = offsetMsAt(zone, at) / MINUTE_MS
  const apart = timeText(Math.abs(offset)).slice(0, 'hh:mm'.length)
  return `${shown.day}T${timeText(shown.minuteOfDay)}${offset < 0 ? '-' : '+'}${apart}`
}

function rateTableOf(
  tariff: Tariff,
  dated: DatedVersion,
  table: Tariff['rateTables'][number],
  id: string,
  special: Names | null,
  specialDays: readonly string[],
): ApdsRates['data'][number] {
  const name = (language: 'vi' | 'en') =>
    special === null ? tariff.name[language] : `${tariff.name[language]}: ${special[language]}`
  return {
    id,
    ...dated,
    rateTableName: [
      { language: 'vi', string: name('vi') },
      { language: 'en', string: name('en') },
    ],
    availability: 'public',
    rateLineCollections: table.rateLines.map((line, index) => ({
      id: `${id}:${line.band}`,
      collectionSequence: index + 1,
      applicableCurrency: tariff.currency,
      relativeTimes: true,
      taxIncluded: true,
      ...(table.capPerDay === null ? {} : { resetTime: timeText(0), maxValuePerDay: table.capPerDay }),
      ...(table.capPerStay === null ? {} : { maxValuePerStay: table.capPerStay }),
      rateLines: rateLinesOf(line.rate, line.band).map((each, at) => ({
        id: `${id}:${line.band}:${at + 1}`,
        sequence: at + 1,
        ...each,
      })),
      extensions: { band: line.band },
    })),
    extensions: {
      tariffVersion: tariff.version,
      places: tariff.places.map((place): string => place),
      vehicleClasses: table.vehicleClasses.map((each: VehicleClass): string => each),
      specialDays: [...specialDays],
      bands: bandsOf(tariff),
      rounding: { to: tariff.rounding.to, mode: tariff.rounding.mode },
      freeMinutes: table.freeMinutes.minutes,
      longerStays: table.freeMinutes.longerStays,
      graceMinutes: tariff.graceMinutes,
    },
  }
}

/** The price of a pass: flat, for so many months. */
function passTableOf(
  { tariff, pass, vehicleClass, places, price }: PassOnOffer,
  dated: DatedVersion,
): ApdsRates['data'][number] {
  const id = `${tariff.id}:pass:${pass.id}:${vehicleClass}`
  return {
    id,
    ...dated,
    rateTableName: both(`${tariff.name.vi}: ${pass.name.vi}`, `${tariff.name.en}: ${pass.name.en}`),
    availability: 'public',
    rateLineCollections: [
      {
        id: `${id}:any`,
        collectionSequence: 1,
        applicableCurrency: price.currency,
        relativeTimes: true,
        taxIncluded: true,
        rateLines: [
          {
            id: `${id}:any:1`,
            sequence: 1,
            rateLineType: 'flatRate',
            value: price.amount,
            incrementPeriod: `P${pass.months}M`,
            description: both(pass.name.vi, pass.name.en),
          },
        ],
        extensions: { band: 'any' },
      },
    ],
    extensions: {
      tariffVersion: tariff.version,
      places: places.map((place): string => place),
      vehicleClasses: [vehicleClass],
      specialDays: [],
      bands: bandsOf(tariff),
      rounding: { to: 1, mode: 'nearest' },
      freeMinutes: 0,
      longerStays: 'pay-from-entry',
      graceMinutes: 0,
      pass: {
        id: pass.id,
        months: pass.months,
        covers: pass.covers,
        hours: passHoursWire(tariff, pass),
      },
    },
  }
}

function bandsOf({ bands }: Tariff): z.output<typeof bandHours>[] {
  return bands.map(({ band, fromMinute, toMinute }) => ({ band, from: timeText(fromMinute), to: timeText(toMinute) }))
}

/** `18:00:00`; the end of the day is its beginning, as with other times of a day. */
function timeText(minute: number): string {
  const digits = (part: number): string => String(part).padStart(2, '0')
  return `${digits(Math.floor(minute / 60) % 24)}:${digits(minute % 60)}:00`
}

type LineToSay = Omit<z.output<typeof rateLine>, 'id' | 'sequence'>

function rateLinesOf(rate: Rate, band: RateLine['band']): readonly LineToSay[] {
  const flat = (value: number, vi: string, en: string): LineToSay => ({
    rateLineType: 'flatRate',
    value,
    description: both(vi, en),
  })
  switch (rate.kind) {
    case 'per-visit':
      return [
        { ...flat(rate.day, 'Lượt ban ngày', 'Visit by day'), extensions: { band: 'day' } },
        { ...flat(rate.night, 'Lượt ban đêm', 'Visit by night'), extensions: { band: 'night' } },
        {
          ...flat(rate.dayAndNight, 'Lượt cả ngày và đêm', 'Visit by day and night'),
          extensions: { band: 'day-and-night' },
        },
      ]
    case 'per-hour':
      return rate.steps.map(({ fromHour, toHour, price }) => ({
        rateLineType: 'incrementingRate',
        value: price,
        incrementPeriod: 'PT1H',
        durationStart: (fromHour - 1) * 60,
        ...(toHour === null ? {} : { durationEnd: toHour * 60 }),
        description: both(`Mỗi giờ từ giờ thứ ${fromHour}`, `Each hour from hour ${fromHour}`),
      }))
    case 'per-block': {
      const { first, minutes, price } = rate
      const rest: LineToSay = {
        rateLineType: 'incrementingRate',
        value: price,
        incrementPeriod: `PT${minutes}M`,
        durationStart: first?.minutes ?? 0,
        description: both(`Mỗi ${minutes} phút`, `Each ${minutes} minutes`),
      }
      if (first === null) return [rest]
      const opening = flat(first.price, `${first.minutes} phút đầu`, `First ${first.minutes} minutes`)
      return [{ ...opening, durationStart: 0, durationEnd: first.minutes }, rest]
    }
    case 'flat':
      return [flat(rate.price, FLAT[band].vi, FLAT[band].en)]
  }
}

const FLAT: Record<RateLine['band'], Names> = {
  any: { vi: 'Trọn gói cả lượt', en: 'Flat for the stay' },
  day: { vi: 'Trọn gói ban ngày', en: 'Flat by day' },
  night: { vi: 'Trọn gói ban đêm', en: 'Flat by night' },
}

function both(vi: string, en: string): z.output<typeof text> {
  return [
    { language: 'vi', string: vi },
    { language: 'en', string: en },
  ]
}
