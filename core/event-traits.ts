import type { EventBody } from './events.ts'
import type { EffectId, LaneId, StallId } from './ids.ts'
import type { ParkingEvent } from './parking/events.ts'
import type { RecordedEventBody } from './records.ts'
import type { Place } from './site.ts'

/** Whether the rules of a car park decide it; its record then holds no plate and no name. */
export function isOfCarPark(event: EventBody): event is ParkingEvent {
  return traits[event.kind].isOfCarPark
}

/** Where it happened, as its record says; `null` where that is nowhere, or the record does not say. */
export function placeOf(recorded: RecordedEventBody): Place | null {
  const of: EventTraits<EventBody, RecordedEventBody> = traits[recorded.kind]
  return of.place(recorded)
}

/** An event as it is run again after a fault: what a device said of its lane then says nothing of it now. */
export function asEvidence(event: EventBody): EventBody {
  const of: EventTraits<EventBody, RecordedEventBody> = traits[event.kind]
  return of.asEvidence(event)
}

/** Methods, so that the row of an event's own kind may be asked with any event (TypeScript compares the parameters of methods both ways). */
type EventTraits<Event, Recorded, IsOfCarPark extends boolean = boolean> = {
  readonly isOfCarPark: IsOfCarPark
  place(recorded: Recorded): Place | null
  asEvidence(event: Event): EventBody
}

const OF_SITE = { isOfCarPark: false, place: nowhere, asEvidence: asItCame } as const
const OF_CAR_PARK = { isOfCarPark: true, place: nowhere, asEvidence: asItCame } as const
const NO_COMMAND = 'none' as EffectId

/** What is true of an event by its kind, a row each: one that is forgotten does not compile. */
const traits: {
  readonly [Kind in EventBody['kind']]: EventTraits<
    Extract<EventBody, { kind: Kind }>,
    Extract<RecordedEventBody, { kind: Kind }>,
    Kind extends ParkingEvent['kind'] ? true : false
  >
} = {
  scan: { ...OF_SITE, place: ({ place }) => place },
  'charge-open': { ...OF_SITE, place: ofStall },
  'charge-cancel': { ...OF_SITE, place: ofStall },
  loop: { ...OF_SITE, place: ofLane, asEvidence: late },
  'barrier-state': { ...OF_SITE, place: ofLane, asEvidence: late },
  'command-result': {
    ...OF_SITE,
    place: ofLane,
    // One that named no command would be taken for the answer to whatever is waited for now.
    asEvidence: (event) => ({ ...event, command: event.command ?? NO_COMMAND }),
  },
  'open-by-hand': { ...OF_SITE, place: ofLane },
  'fail-safe-over': { ...OF_SITE, place: ofLane },
  'loop-away': { ...OF_SITE, place: ofLane },
  emergency: OF_SITE,
  // The place of a timer's charge is not in its record.
  timer: { ...OF_SITE, place: ({ timer }) => ('lane' in timer ? ofLane(timer) : null) },
  'device-enrolled': { ...OF_SITE, place: ({ device }) => device.place },
  'device-revoked': OF_SITE,
  'bundle-loaded': OF_SITE,
  'access-changed': OF_SITE,
  'upstream-reached': OF_SITE,
  'clock-accepted': OF_SITE,
  'erase-due': OF_SITE,
  'erase-asked': OF_SITE,
  'forget-due': OF_SITE,
  'plate-seen': { ...OF_CAR_PARK, place: ofLane, asEvidence: late },
  'ticket-asked': { ...OF_CAR_PARK, place: ofLane },
  'session-chosen': { ...OF_CAR_PARK, place: ofLane },
  'leave-on-debt': { ...OF_CAR_PARK, place: ofLane },
  'late-evidence': { ...OF_CAR_PARK, place: ofLane },
  'session-quoted': OF_CAR_PARK,
  'session-corrected': OF_CAR_PARK,
  'cash-taken': OF_CAR_PARK,
  'cash-without-price': OF_CAR_PARK,
  'stay-reckoned': OF_CAR_PARK,
  'credit-by-charge': OF_CAR_PARK,
  'credit-by-text': OF_CAR_PARK,
  'credit-moved': OF_CAR_PARK,
  refund: OF_CAR_PARK,
  'right-put': OF_CAR_PARK,
  'right-status': OF_CAR_PARK,
  'right-coded': OF_CAR_PARK,
  'pass-sold': OF_CAR_PARK,
  'pass-sale-cancelled': OF_CAR_PARK,
  'occupancy-corrected': OF_CAR_PARK,
  'case-ended': OF_CAR_PARK,
}

function nowhere(): null {
  return null
}

function ofStall({ stall }: { readonly stall: StallId }): Place {
  return { kind: 'stall', id: stall }
}

function ofLane({ lane }: { readonly lane: LaneId | null }): Place | null {
  return lane === null ? null : { kind: 'lane', id: lane }
}

function asItCame<Event extends EventBody>(event: Event): Event {
  return event
}

function late<Event extends { readonly late: boolean }>(event: Event): Event {
  return { ...event, late: true }
}
