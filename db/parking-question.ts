import type { Actor } from '../core/events.ts'
import type { LaneFacts } from '../core/facts.ts'
import type { ChargeId, GatewayId, LaneId } from '../core/ids.ts'
import type { ParkingEvent } from '../core/parking/events.ts'
import { PLATE_READINGS_MAX } from '../core/parking/events.ts'
import type { StayFacts } from '../core/parking/facts.ts'
import { NOTHING_SHOWN } from '../core/parking/facts.ts'
import { sameVisit } from '../core/parking/late-evidence.ts'
import type { ParkingQuestion, PayingFacts } from '../core/parking/question.ts'
import type { AssignedRight } from '../core/parking/session.ts'
import type { Lane, SiteLayout } from '../core/site.ts'
import type { Instant } from '../core/time.ts'
import { chargeOfReference } from '../core/transfer-reference.ts'
import type { ParkingLookUps, Shown } from './parking-look-ups.ts'
import { SHOWN_NOTHING, WHAT_STANDS_THERE } from './parking-look-ups.ts'

/** What is asked of the books beside the car park's own tables. */
export type LaneLookUps = {
  readonly gateway: GatewayId
  readonly site: SiteLayout['site'] | null
  lane(id: LaneId): Lane | null
  laneFacts(id: LaneId, shown: Shown): LaneFacts
  /** The newest time that was trusted, or at which a bundle in use was issued: nothing that happens now is before it. */
  hasCome(): Instant
}

/** What each event of a car park asks of the books. `role`: of who sent it. `happenedAt`: when it was, by our clock. */
export function parkingQuestion(
  body: ParkingEvent,
  { id: by, role }: Pick<Actor, 'id' | 'role'>,
  park: ParkingLookUps,
  lanes: LaneLookUps,
  happenedAt: Instant,
): ParkingQuestion {
  switch (body.kind) {
    case 'plate-seen': {
      const plates = body.readings.slice(0, PLATE_READINGS_MAX).map(({ text }) => text)
      const shown: Shown = { ...WHAT_STANDS_THERE, plates, picture: body.picture }
      return { kind: body.kind, body, lane: lanes.laneFacts(body.lane, shown) }
    }
    case 'ticket-asked':
      return { kind: body.kind, body, lane: lanes.laneFacts(body.lane, WHAT_STANDS_THERE) }
    case 'session-chosen': {
      const shown: Shown = { ...WHAT_STANDS_THERE, session: body.session }
      return { kind: body.kind, body, lane: lanes.laneFacts(body.lane, shown) }
    }
    case 'leave-on-debt':
      return { kind: body.kind, body, lane: lanes.laneFacts(body.lane, WHAT_STANDS_THERE) }
    case 'session-quoted':
      return {
        kind: body.kind,
        body,
        parking: park.common(),
        ...whereStanding(park.stay(body.session), SHOWN_NOTHING, park, lanes),
      }
    case 'session-corrected': {
      const { correction } = body
      return {
        kind: body.kind,
        body,
        role,
        parking: park.common(),
        ...whereStanding(park.stay(body.session), WHAT_STANDS_THERE, park, lanes),
        shown:
          correction.kind === 'plate' ? park.shown({ ...SHOWN_NOTHING, plates: [correction.plate] }) : NOTHING_SHOWN,
      }
    }
    case 'cash-without-price':
      return {
        kind: body.kind,
        body,
        parking: park.common(),
        ...whereStanding(park.stay(body.session), SHOWN_NOTHING, park, lanes),
      }
    case 'stay-reckoned':
      return { kind: body.kind, body, parking: park.common(), stay: park.stay(body.session) }
    case 'cash-taken':
    case 'refund':
    case 'pass-sale-cancelled':
      return { kind: body.kind, body, role, ...payingFacts(body.charge, park, lanes, by) }
    case 'credit-by-charge':
      return { kind: body.kind, body, ...payingFacts(body.charge, park, lanes), known: park.credit(body.reference) }
    case 'credit-by-text': {
      const named = lanes.site === null ? null : chargeOfReference(body.text, lanes.site, lanes.gateway)
      return {
        kind: body.kind,
        body,
        ...payingFacts(named, park, lanes),
        known: park.credit(body.reference),
        text: park.transferText(body.text),
      }
    }
    case 'credit-moved': {
      const known = park.credit(body.reference)
      return {
        kind: body.kind,
        body,
        ...payingFacts(body.charge, park, lanes),
        known,
        from: (known?.parts ?? []).map(({ charge }) => park.chargeOf(charge)),
        isCaseOpen: known?.case != null && park.staffCase(known.case)?.status === 'open',
        role,
      }
    }
    case 'right-put':
      return {
        kind: body.kind,
        body,
        parking: park.common(),
        known: park.right(body.right.id),
        plates: park.rightPlates(body.plates, body.right.validUntil),
        holder: park.rightHolder(body.right.holder),
        givenToday: park.givenToday(body.merchant),
        stay: park.stay(body.right.session),
        lanes: lanesUnder(body.right, park, lanes),
      }
    case 'right-status': {
      const known = park.right(body.right)
      return {
        kind: body.kind,
        body,
        parking: park.common(),
        known,
        stay: park.stay(known?.right.session ?? null),
        lanes: known === null ? [] : lanesUnder(known.right, park, lanes),
        hasCome: lanes.hasCome(),
      }
    }
    case 'pass-sold':
      return {
        kind: body.kind,
        body,
        parking: park.common(),
        known: park.right(body.right),
        // They are kept as long as the right that names them, however long that turns out to be.
        plates: park.rightPlates(body.plates, happenedAt),
        holder: park.rightHolder(body.holder),
      }
    case 'right-coded':
      return { kind: body.kind, body, parking: park.common(), known: park.right(body.right) }
    case 'occupancy-corrected':
      return { kind: body.kind, body, parking: park.common() }
    case 'case-ended': {
      const known = park.staffCase(body.case)
      const charge = known?.kind === 'on-behalf' && known.charge !== null ? park.chargeOf(known.charge).charge : null
      return { kind: body.kind, body, parking: park.common(), known, charge, by }
    }
    case 'late-evidence': {
      const plates = body.plate === null ? [] : [body.plate]
      const shown = park.shown({ ...WHAT_STANDS_THERE, plates, token: body.ticket })
      const facts = {
        parking: park.common(),
        lane: lanes.lane(body.lane),
        shown,
        left: body.plate === null ? null : park.leftBy(body.plate, sameVisit(body.what, happenedAt)),
        cases: park.casesAt(body.lane),
        known: shown.found.map(({ stay: { session } }) => ({
          ...park.whereabouts(session.id, happenedAt),
          shownAt: park.shownAt(session.id, happenedAt),
        })),
        wasServing: park.wasServing(happenedAt),
        role,
      }
      return { kind: body.kind, body, facts }
    }
  }
}

/** Where vehicles stand and are asked whose stays go by this right. */
function lanesUnder(
  { id, session }: Pick<AssignedRight, 'id' | 'session'>,
  park: ParkingLookUps,
  { laneFacts }: LaneLookUps,
): readonly LaneFacts[] {
  return park.lanesOfRight(id, session).map((lane) => laneFacts(lane, WHAT_STANDS_THERE))
}

function whereStanding(
  stay: StayFacts | null,
  shown: Shown,
  park: ParkingLookUps,
  { laneFacts }: LaneLookUps,
): { readonly stay: StayFacts | null; readonly lane: LaneFacts | null } {
  const at = stay === null ? null : park.laneOf(stay.session.id, stay.session.charge)
  return { stay, lane: at === null ? null : laneFacts(at, shown) }
}

/** What the books say of a charge that is paid away from a lane. `null`: of money that names none. */
export function payingFacts(
  id: ChargeId | null,
  park: ParkingLookUps,
  { laneFacts }: Pick<LaneLookUps, 'laneFacts'>,
  by: string | null = null,
): PayingFacts {
  if (id === null)
    return { parking: park.common(), charge: null, stay: null, lane: null, sale: null, debts: [], askedWith: [] }
  const { charge, stay, sale } = park.chargeOf(id, by)
  const at = park.laneOf(stay?.session.id ?? null, id)
  const lane = at === null ? null : laneFacts(at, WHAT_STANDS_THERE)
  const askedWith = park.stillOwed(charge?.askedWith?.debts ?? [])
  return { parking: park.common(), charge, stay, lane, sale, debts: park.debtsOf(stay), askedWith }
}
