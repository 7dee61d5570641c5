import type { EventOf } from '../events.ts'
import type { PersonalValue, RecordedReason } from '../personal-value.ts'
import type { LateEvidence, ParkingEvent, RightTerms } from './events.ts'
import type { PlateValue } from './session.ts'

/** The personal values of one event of a car park, as its facts name them, in the order in which the event lists their texts. */
export type ParkingPersonal = {
  readonly plates: readonly (PlateValue | null)[]
  readonly picture: PersonalValue | null
  /** What the payer of a transfer wrote. */
  readonly text?: PersonalValue
  /** To whom a right was issued. */
  readonly holder?: PersonalValue | null
}

/** An event of which nothing but the reason, if there is one, stands elsewhere than in the record. */
type PlainEvent = Exclude<
  ParkingEvent,
  | EventOf<'credit-by-text'>
  | EventOf<'plate-seen'>
  | EventOf<'right-put'>
  | EventOf<'pass-sold'>
  | EventOf<'session-corrected'>
  | LateEvidence
>

type WithReason<Event> = Event extends { readonly reason: string }
  ? Omit<Event, 'reason'> & { readonly reason: RecordedReason }
  : Event

/** An event of a car park as a record holds it: no plate's text, no name of a person or a picture, nothing that somebody typed, but their places in the vault. `null` where nothing may be said of them. */
export type RecordedParkingEvent =
  | WithReason<PlainEvent>
  | (Omit<EventOf<'plate-seen'>, 'readings' | 'picture'> & {
      readonly readings: readonly { readonly plate: PlateValue | null; readonly confidencePermille: number }[]
      readonly picture: PersonalValue | null
    })
  | (Omit<EventOf<'credit-by-text'>, 'text'> & { readonly text: PersonalValue | null })
  | (Omit<EventOf<'right-put'>, 'right' | 'plates' | 'reason'> & {
      readonly reason?: RecordedReason
      readonly right: Omit<RightTerms, 'holder'> & { readonly holder: PersonalValue | null }
      readonly plates: readonly (PlateValue | null)[]
    })
  | (Omit<EventOf<'pass-sold'>, 'holder' | 'plates'> & {
      readonly holder: PersonalValue | null
      readonly plates: readonly (PlateValue | null)[]
    })
  | (Omit<WithReason<LateEvidence>, 'plate'> & { readonly plate: PlateValue | null })
  | (Omit<WithReason<EventOf<'session-corrected'>>, 'correction'> & {
      readonly correction:
        | Exclude<EventOf<'session-corrected'>['correction'], { kind: 'plate' }>
        | { readonly kind: 'plate'; readonly plate: PlateValue | null }
    })

/** The event without personal values. What `personal` does not name is left out: a fault's record may say nothing of it. */
export function recordedParking(
  event: ParkingEvent,
  personal: ParkingPersonal | null,
  reason: PersonalValue | null,
): RecordedParkingEvent {
  switch (event.kind) {
    case 'plate-seen': {
      const { readings, picture: _name, ...rest } = event
      return {
        ...rest,
        readings: readings.map(({ confidencePermille }, index) => ({
          plate: personal?.plates[index] ?? null,
          confidencePermille,
        })),
        picture: personal?.picture ?? null,
      }
    }
    case 'right-put': {
      const { plates, right, reason: typed, ...rest } = event
      return {
        ...rest,
        ...(typed === undefined ? {} : { reason }),
        right: { ...right, holder: personal?.holder ?? null },
        plates: plates.map((_text, index) => personal?.plates[index] ?? null),
      }
    }
    case 'pass-sold':
      return {
        ...event,
        holder: personal?.holder ?? null,
        plates: event.plates.map((_text, index) => personal?.plates[index] ?? null),
      }
    case 'session-corrected': {
      const { correction, ...rest } = event
      if (correction.kind !== 'plate') return { ...rest, correction, reason }
      return { ...rest, correction: { kind: 'plate', plate: personal?.plates[0] ?? null }, reason }
    }
    case 'late-evidence':
      return { ...event, plate: personal?.plates[0] ?? null, reason }
    case 'credit-by-text':
      return { ...event, text: personal?.text ?? null }
    case 'cash-without-price':
    case 'stay-reckoned':
    case 'credit-moved':
    case 'session-chosen':
    case 'refund':
    case 'pass-sale-cancelled':
    case 'leave-on-debt':
    case 'right-status':
    case 'occupancy-corrected':
    case 'case-ended':
      return { ...event, reason }
    case 'ticket-asked':
    case 'session-quoted':
    case 'cash-taken':
    case 'credit-by-charge':
    case 'right-coded':
      return event
  }
}
