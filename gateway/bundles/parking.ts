import { z } from 'zod'
import { deviceId, isSlug, laneId, merchantId, placeId, vehicleClass } from '../../core/ids.ts'
import { KEYED_AMOUNT_MAX } from '../../core/money.ts'
import type { ParkingLayout, ParkingPolicy } from '../../core/parking/place.ts'
import { TRANSFER_WITHIN_USUAL_MS } from '../../core/parking/place.ts'
import { VALIDATION_SHARE_MAX } from '../../core/parking/validation.ts'
import type { SiteLayout } from '../../core/site.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'

export const PLACES_MAX = 64
export const PLACE_DEPTH_MAX = 8
export const VEHICLE_CLASSES_MAX = 32
export const SPACES_MAX = 100_000
const PARKING_LANES_MAX = 256
export const VALIDATING_MERCHANTS_MAX = 20_000
export const VALIDATIONS_OF_DAY_MAX = 100_000
/** A leap year. */
const VALIDATION_MINUTES_MAX = 366 * 24 * 60
export const LANE_CAMERAS_MAX = 8

const slug = z.string().refine(isSlug, 'must be 1 to 63 of a-z, 0-9 and inner dashes')
const label = z.string().trim().min(1).max(80)
const amount = z.int().min(0)
const heading = z.enum(['in', 'out']).nullable()
const classes = z.array(slug.transform(vehicleClass)).min(1).max(VEHICLE_CLASSES_MAX)

/** The car park of a layout; what it says of the site's lanes and merchants is checked by `parkingFaults`. */
export const parkingLayoutSchema: z.ZodType<ParkingLayout> = z.strictObject({
  vehicleClasses: z
    .array(
      z.strictObject({
        id: slug.transform(vehicleClass),
        vi: label,
        en: label,
        seenAs: z.enum(['car', 'motorbike']).optional(),
      }),
    )
    .min(1)
    .max(VEHICLE_CLASSES_MAX),
  places: z
    .array(
      z.strictObject({
        id: slug.transform(placeId),
        name: label,
        parent: slug.transform(placeId).nullable(),
        capacities: z
          .array(z.strictObject({ vehicleClasses: classes, spaces: z.int().min(0).max(SPACES_MAX) }))
          .min(1)
          .max(VEHICLE_CLASSES_MAX),
      }),
    )
    .min(1)
    .max(PLACES_MAX),
  lanes: z
    .array(
      z.strictObject({
        lane: slug.transform(laneId),
        inside: slug.transform(placeId),
        outside: slug.transform(placeId).nullable(),
        vehicleClasses: classes,
        entryBy: z.array(z.enum(['ticket', 'plate', 'pass', 'token'])).max(4),
        barrier: z.enum(['arm', 'none']),
        plateConfidenceMinPermille: z.int().min(0).max(1_000),
        unpaid: z.enum(['wait', 'call-staff', 'leave-on-debt', 'open']),
        isFullRefused: z.boolean(),
        cameras: z
          .array(
            z.strictObject({ device: slug.transform(deviceId), forward: heading, reverse: heading, unsaid: heading }),
          )
          .max(LANE_CAMERAS_MAX)
          .optional(),
      }),
    )
    .min(1)
    .max(PARKING_LANES_MAX),
  merchant: slug.transform(merchantId),
})

/** The largest note of Việt Nam. */
export const CASH_NOTE_VND_MAX = 500_000

/** An amount is asked anew when its hold ends, with a record and a word to the display, for as long as a vehicle stands there: at most 120 an hour. */
export const QUOTE_HOLD_MIN_MS = 30 * SECOND_MS
/** Whoever looks for a phone is given some time before staff are called, or before the lane lets leave on debt. */
export const UNPAID_AFTER_MIN_MS = 30 * SECOND_MS
export const UNPAID_AFTER_USUAL_MS = 3 * MINUTE_MS
/** What of confirmed cash may come beyond what is asked, where the policy says nothing: four of the largest notes of Việt Nam. */
export const CASH_OVER_USUAL_MAX = 2_000_000

/** So long without a word from upstream, and a bank's word is not waited for at a lane. */
export const BANK_AWAY_AFTER_USUAL_MS = 10 * MINUTE_MS

/** What an operator may move of a transfer, where the policy says nothing. */
export const CREDIT_MOVE_USUAL_MAX = 5_000_000

const parkingPolicyShape = z.strictObject({
  antiPassback: z.enum(['hard', 'soft', 'off']),
  quoteHoldMs: z.int().min(QUOTE_HOLD_MIN_MS).max(HOUR_MS),
  unpaidAfterMs: z.int().min(UNPAID_AFTER_MIN_MS).max(HOUR_MS).default(UNPAID_AFTER_USUAL_MS),
  debtMax: amount,
  refundMax: amount,
  validations: z
    .array(
      z.strictObject({
        merchant: slug.transform(merchantId),
        minutesMax: z.int().min(0).max(VALIDATION_MINUTES_MAX),
        amountMax: z.int().min(0).max(KEYED_AMOUNT_MAX),
        // All of a stay, however long, is no merchant's to give.
        basisPointsMax: z.int().min(0).max(VALIDATION_SHARE_MAX),
        dayMax: z.int().min(0).max(VALIDATIONS_OF_DAY_MAX),
      }),
    )
    .max(VALIDATING_MERCHANTS_MAX)
    .refine((all) => new Set(all.map(({ merchant }) => merchant)).size === all.length, 'a merchant stands there twice')
    .optional(),
  cashNoteMax: z.int().min(1).default(CASH_NOTE_VND_MAX),
  cashOverMax: amount.default(CASH_OVER_USUAL_MAX),
  creditMoveMax: amount.default(CREDIT_MOVE_USUAL_MAX),
  bankConfirmation: z.enum(['expected', 'none']).default('none'),
  bankAwayAfterMs: z.int().min(MINUTE_MS).max(DAY_MS).default(BANK_AWAY_AFTER_USUAL_MS),
  payByPlateAlone: z.boolean().optional(),
  ticketLifetimeMs: z
    .int()
    .min(HOUR_MS)
    .max(366 * DAY_MS),
  // A day at least: what was read at midnight is looked up after it.
  plateKeepMs: z
    .int()
    .min(DAY_MS)
    .max(3 * 366 * DAY_MS),
  sightingWindowMs: z.int().min(0).max(MINUTE_MS),
  stayMaxMs: z
    .int()
    .min(HOUR_MS)
    .max(366 * DAY_MS),
  // A day: who paid at noon and drives home at night is no case.
  paidStayMs: z
    .int()
    .min(HOUR_MS)
    .max(366 * DAY_MS)
    .default(DAY_MS),
  // A day: whoever was on a night shift is in the next evening.
  transferWithinMs: z
    .int()
    .min(HOUR_MS)
    .max(31 * DAY_MS)
    .default(TRANSFER_WITHIN_USUAL_MS),
  // A week: who was on the shift is still known, and what they remember.
  lateEvidenceAgeMaxMs: z
    .int()
    .min(MINUTE_MS)
    .max(31 * DAY_MS)
    .default(7 * DAY_MS),
})

/** What a site dares in its car park. Every limit must be stated, but those that came after policies without them were in force: such a policy stays good. */
export const parkingPolicySchema: z.ZodType<ParkingPolicy> = parkingPolicyShape

/** The same of a policy that is in force already: a limit that became narrower since is kept to, and ends no start. */
export const parkingPolicyInForceSchema: z.ZodType<ParkingPolicy> = parkingPolicyShape.extend({
  quoteHoldMs: z
    .int()
    .min(SECOND_MS)
    .max(HOUR_MS)
    .transform((ms) => Math.max(ms, QUOTE_HOLD_MIN_MS)),
})

export type ParkingFault = { readonly path: readonly (string | number)[]; readonly problem: string }

/**
 * What is wrong between the parts of a car park: a place, class, lane or merchant that is not there or stands there twice, a ring of places, a place nested too deep,
 * a class with two capacities in one place, a camera with two meanings at one lane, a lane that leads out of a place that does not lie beside the one it leads into.
 */
export function parkingFaults(
  parking: ParkingLayout,
  site: Pick<SiteLayout, 'lanes' | 'merchants'>,
): readonly ParkingFault[] {
  const faults: ParkingFault[] = []
  const fault = (path: readonly (string | number)[], problem: string): void => {
    faults.push({ path: ['parking', ...path], problem })
  }
  const { places, vehicleClasses, lanes } = parking
  for (const id of twice(places.map((place) => place.id))) fault(['places'], `${id} stands there twice`)
  for (const id of twice(vehicleClasses.map((each) => each.id))) fault(['vehicleClasses'], `${id} stands there twice`)
  for (const id of twice(lanes.map((each) => each.lane))) fault(['lanes'], `${id} stands there twice`)
  const classes = new Set(vehicleClasses.map((each) => each.id))
  const parents = new Map(places.map((place) => [place.id, place.parent]))
  for (const [index, place] of places.entries()) {
    if (place.parent !== null && !parents.has(place.parent))
      fault(['places', index, 'parent'], `${place.parent} is no place of this layout`)
    const depth = depthOf(place.id, parents)
    if (depth > PLACE_DEPTH_MAX)
      fault(['places', index, 'parent'], `it lies around itself, or more than ${PLACE_DEPTH_MAX} places deep`)
    const named = place.capacities.flatMap((capacity) => capacity.vehicleClasses)
    for (const id of named)
      if (!classes.has(id)) fault(['places', index, 'capacities'], `${id} is no class of this layout`)
    for (const id of twice(named)) fault(['places', index, 'capacities'], `${id} has two capacities`)
  }
  for (const [index, each] of lanes.entries()) {
    if (!site.lanes.some((lane) => lane.id === each.lane))
      fault(['lanes', index, 'lane'], `${each.lane} is no lane of this layout`)
    for (const side of ['inside', 'outside'] as const) {
      const id = each[side]
      if (id !== null && !parents.has(id)) fault(['lanes', index, side], `${id} is no place of this layout`)
    }
    if (each.inside === each.outside) fault(['lanes', index, 'outside'], 'it leads from a place into the same place')
    for (const id of each.vehicleClasses)
      if (!classes.has(id)) fault(['lanes', index, 'vehicleClasses'], `${id} is no class of this layout`)
    for (const id of twice((each.cameras ?? []).map(({ device }) => device)))
      fault(['lanes', index, 'cameras'], `${id} stands there twice`)
  }
  if (!site.merchants.some((merchant) => merchant.id === parking.merchant))
    fault(['merchant'], `${parking.merchant} is no merchant of this layout`)
  return faults
}

/** How many places lie around one, itself among them; past the limit it stops, also in a ring. */
function depthOf(place: string, parents: ReadonlyMap<string, string | null>): number {
  let depth = 0
  let id: string | null = place
  while (id !== null && depth <= PLACE_DEPTH_MAX) {
    depth += 1
    id = parents.get(id) ?? null
  }
  return depth
}

function twice(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return ids.filter((id) => seen.size === seen.add(id).size)
}
