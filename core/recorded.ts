import { isOfCarPark } from './event-traits.ts'
import type { EventBody, SiteEvent } from './events.ts'
import type { ParkingPersonal } from './parking/recorded.ts'
import { recordedParking } from './parking/recorded.ts'
import type { PersonalValue } from './personal-value.ts'
import type { RecordedEvent, RecordedEventBody } from './records.ts'

/** The event as the record holds it: without the payer, the token's text and the plates, whose places in the vault are named instead. */
export function recorded(
  event: SiteEvent,
  payer: PersonalValue | null,
  parking: ParkingPersonal | null,
): RecordedEvent {
  const { bodyHash, actor, mode, occurredAt, causedBy, isRerun } = event
  const again = isRerun === true ? { isRerun } : {}
  return { bodyHash, actor, mode, occurredAt, causedBy, ...again, body: recordedBody(event.body, payer, parking) }
}

function recordedBody(
  body: EventBody,
  payer: PersonalValue | null,
  parking: ParkingPersonal | null,
): RecordedEventBody {
  if (isOfCarPark(body)) return recordedParking(body, parking)
  if (body.kind !== 'scan') return body
  const { token, evidence: _text, ...rest } = body
  const { sub: _payer, ...known } = token
  return { ...rest, token: known, payer } as RecordedEventBody
}
