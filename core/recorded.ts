import { isOfCarPark } from './event-traits.ts'
import type { EventBody, SiteEvent } from './events.ts'
import type { ParkingPersonal } from './parking/recorded.ts'
import { recordedParking } from './parking/recorded.ts'
import type { PersonalValue, RecordedReason } from './personal-value.ts'
import type { RecordedEvent, RecordedEventBody } from './records.ts'

/** The personal values of an event as its facts name them; `null` for what may not be said of it. */
export type PersonalFacts = {
  readonly payer: PersonalValue | null
  readonly parking: ParkingPersonal | null
  readonly reason: PersonalValue | null
}

/** Where nothing may be said of an event: what is personal in it stands in no record. */
export const NOTHING_PERSONAL: PersonalFacts = { payer: null, parking: null, reason: null }

/** The event as the record holds it: without the payer, the token's text, the plates and what somebody typed to say why, whose places in the vault are named instead. */
export function recorded(event: SiteEvent, personal: PersonalFacts): RecordedEvent {
  const { bodyHash, actor, mode, occurredAt, causedBy, isRerun } = event
  const again = isRerun === true ? { isRerun } : {}
  return { bodyHash, actor, mode, occurredAt, causedBy, ...again, body: recordedBody(event.body, personal) }
}

/** What a record holds of what somebody typed to say why: the counterpart of `reasonOf` (core/events.ts). */
export function recordedReasonOf(body: RecordedEventBody): RecordedReason {
  if (body.kind === 'scan') return body.token.kind === 'override' ? body.token.reason : null
  if (body.kind === 'barrier-state') return null
  const reason = 'reason' in body ? body.reason : undefined
  return reason ?? null
}

function recordedBody(body: EventBody, { payer, parking, reason }: PersonalFacts): RecordedEventBody {
  if (isOfCarPark(body)) return recordedParking(body, parking, reason)
  if (body.kind === 'open-by-hand' || body.kind === 'clock-accepted') return { ...body, reason }
  if (body.kind !== 'scan') return body
  const { token, evidence: _text, ...rest } = body
  const { sub: _payer, ...known } = token
  const said = known.kind === 'override' ? { ...known, reason } : known
  return { ...rest, token: said, payer } as RecordedEventBody
}
