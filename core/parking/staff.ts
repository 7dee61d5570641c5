import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { clearTimer, NOTHING, refuse } from '../decision.ts'
import type { EventOf, Role } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import { isUnused } from '../lane/state.ts'
import { isAmount, money } from '../money.ts'
import { isReason } from '../reason.ts'
import type { Now } from '../time.ts'
import { billFor, restOf } from './asking.ts'
import { withBeyond } from './beyond.ts'
import { CLASS_CASES, endCases, isNotReckoned } from './cases.ts'
import type { ParkingCommon, ShownFacts, StayCharge, StayFacts } from './facts.ts'
import { endStay, neverWas } from './moved.ts'
import { isOfOtherKind } from './namesakes.ts'
import { handedOver } from './on-behalf.ts'
import { unwatched } from './overdue.ts'
import { countsOf, isClassAllowed } from './places.ts'
import { priceNow } from './price.ts'
import type { StaffCase } from './session.ts'
import { isOver, plateReadByPerson, surestPlate } from './session.ts'
import { bookDebtOff } from './tender.ts'

/**
 * Staff put a stay right, with a reason: end one that no exit has seen, give it another class or plate, or let its vehicle pass once more in spite of anti-passback. Refused where it is over, or of the other mode. Of one that is over the office alone takes off what it owes (`takeOffDebt`).
 */
export function correctStay(
  { correction, reason }: EventOf<'session-corrected'>,
  role: Role | null,
  stay: StayFacts | null,
  shown: ShownFacts,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  if (stay === null || stay.session.mode !== common.mode) return refuse('stay-not-found')
  if (!isReason(reason)) return refuse('reason-missing')
  const { session } = stay
  const done = (changes: readonly Change[]): Decision => ({
    ...NOTHING,
    subject: { charge: stay.charge?.charge.id ?? null, passage: null, session: session.id },
    changes,
    keep: ['parking'],
  })
  if (isOver(session) && correction.kind !== 'debt-off') return refuse('stay-over')
  switch (correction.kind) {
    case 'close':
      return done(closed(stay, parking, common, now))
    case 'class': {
      const { vehicleClass } = correction
      const place = parking.layout.places.find(({ id }) => id === session.place)
      if (place === undefined || !isClassAllowed(place, vehicleClass)) return refuse('class-not-here')
      const answered = endCases(stay.cases, CLASS_CASES, common.reason, now)
      if (vehicleClass === session.vehicleClass) return done(answered)
      const { places } = parking.layout
      const counts = isCounted(stay)
        ? [
            ...countsOf(places, session.place, null, session.vehicleClass, session.mode),
            ...countsOf(places, null, session.place, vehicleClass, session.mode),
          ]
        : []
      const changes: readonly Change[] = [
        { kind: 'session-class', session: session.id, vehicleClass },
        ...counts,
        ...answered,
      ]
      return done(withBeyond(stay, changes, common.reason, parking, common, now))
    }
    case 'plate': {
      const plate = shown.plates[0] ?? null
      if (plate === null) return refuse('plate-unreadable')
      const isOthers = shown.found.some(
        (found) =>
          found.by === 'plate' &&
          found.stay.session.id !== session.id &&
          !isOfOtherKind(parking.layout, found.stay, stay),
      )
      if (isOthers && parking.policy.antiPassback === 'hard') return refuse('stay-open-already')
      return done([
        {
          kind: 'session-known-by',
          session: session.id,
          credential: plateReadByPerson(plate),
          instead: true,
          before: surestPlate(session)?.ref ?? null,
        },
      ])
    }
    case 'passback-reset':
      return done([{ kind: 'passback-reset', session: session.id, at: now.at }])
    case 'debt-off': {
      const off = takeOffDebt(stay, role, common, now)
      return off.ok ? done(off.changes) : refuse(off.refusal)
    }
  }
}

/**
 * What is still owed of a stay is nobody's to pay: its plate was misread, or another's. It is let go, its charge ends as paid by that, its case ends, and no vehicle is asked for it any more (docs/decisions/074-stays-are-decided-at-the-lane.md). Refused to whoever is not of the office
 * (`forbidden`), for what has yet to be reckoned (`reckoning-waits`: it would be owed anew), and where nothing is owed, a second time among it (`nothing-owed`).
 */
function takeOffDebt(
  stay: StayFacts,
  role: Role | null,
  common: CommonFacts,
  now: Now,
):
  | { readonly ok: true; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly refusal: 'forbidden' | 'reckoning-waits' | 'nothing-owed' } {
  const { charge: owed } = stay
  if (role !== 'operator' && role !== 'admin') return { ok: false, refusal: 'forbidden' }
  if (isNotReckoned(stay)) return { ok: false, refusal: 'reckoning-waits' }
  const rest = owed?.status === 'owed' ? restOf(owed).amount : 0
  if (owed === null || rest === 0) return { ok: false, refusal: 'nothing-owed' }
  const { charge, leftUnpaid } = owed
  const changes: readonly Change[] = [
    ...bookDebtOff(charge, money(rest, charge.due.currency), common, now),
    { kind: 'charge-closed', charge: charge.id, status: 'paid', at: now.at },
    ...(leftUnpaid === undefined
      ? []
      : [{ kind: 'case-ended', case: leftUnpaid, reason: common.reason, at: now.at } as const]),
  ]
  return { ok: true, changes }
}

/**
 * Ends a stay at once: it counts no more, and what it costs by now and has not paid is owed. Without a price nothing more is asked than was. A way through that it still had is gone. One that was let
 * in and that nobody saw inside costs nothing, as where its way in lapses: a plate that was read before its vehicle backed away owes nobody an hour.
 */
function closed(stay: StayFacts, parking: ParkingCommon, common: CommonFacts, now: Now): readonly Change[] {
  const { session, passage } = stay
  const lapsed: readonly Change[] =
    passage === null || !isUnused(passage.status)
      ? []
      : [
          { kind: 'passage-moved', passage: passage.id, status: 'lapsed', at: now.at },
          clearTimer({ purpose: 'passage-lapses', passage: passage.id }),
        ]
  const moved: Change = {
    kind: 'session-moved',
    session: session.id,
    status: 'closed',
    place: session.place,
    lane: null,
    at: now.at,
  }
  if (!isCounted(stay)) return [...lapsed, moved, ...neverWas(stay, common, now)]
  const price = priceNow(stay, parking, now)
  const bill = price.ok ? billFor(stay, price, null, parking, common, now) : null
  const charge =
    bill === null || bill.charge === null
      ? stay.charge
      : {
          ...(stay.charge ?? { status: 'open', paid: 0, overpaid: 0, refunded: 0, relief: 0, movedBeyond: 0 }),
          charge: bill.charge,
        }
  return [
    ...lapsed,
    ...unwatched(stay, now),
    moved,
    ...countsOf(parking.layout.places, session.place, null, session.vehicleClass, session.mode),
    ...(bill?.changes ?? []),
    ...endStay({ ...stay, charge }, now.at, 'staff', parking, common, now),
  ]
}

/** Whether it stands in the counts: one that was let in and not seen inside does not yet. */
function isCounted({ session }: StayFacts): boolean {
  return session.status === 'inside' || session.status === 'leaving'
}

/** Nobody counts more: as many spaces as a bundle may give a place. */
export const VEHICLES_COUNTED_MAX = 100_000

/**
 * Staff have counted a place: that one alone, whatever lies in it or around it. Below the books' count or above the capacity, it is as they say; what is above is full, and what is found missing
 * when a vehicle leaves is corrected then (core/parking/counts.ts).
 */
export function correctCount(
  { place, vehicleClass, count, reason }: EventOf<'occupancy-corrected'>,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  if (!isReason(reason)) return refuse('reason-missing')
  const found = parking.layout.places.find(({ id }) => id === place)
  if (found === undefined || !isClassAllowed(found, vehicleClass)) return refuse('place-unknown')
  if (!isAmount(count) || count > VEHICLES_COUNTED_MAX) return refuse('amount-invalid')
  const before =
    parking.occupancy.find((each) => each.place === place && each.vehicleClass === vehicleClass)?.count ?? 0
  return {
    ...NOTHING,
    changes: [{ kind: 'occupancy-corrected', mode: common.mode, place, vehicleClass, count, before, at: now.at }],
  }
}

/** Staff end a case with a reason. Cash of one person that was not transferred is then in the drawer. Ended already: nothing more to do. `by`: who ends it. */
export function endCase(
  known: StaffCase | null,
  charge: StayCharge | null,
  by: string,
  reason: string,
  common: CommonFacts,
  now: Now,
): Decision {
  if (known === null) return refuse('case-unknown')
  if (!isReason(reason)) return refuse('reason-missing')
  const subject = { charge: known.charge, passage: null, session: known.session }
  if (known.status === 'ended') return { ...NOTHING, subject }
  // It ends with its money: booked to a charge, or sent back. Ended before, nobody would be called for it.
  if (known.kind === 'credit-unmatched') return refuse('credit-waits')
  // It ends with its price. Ended before, nobody would ever ask for it.
  if (known.kind === 'not-reckoned') return refuse('reckoning-waits')
  // Whoever ends it by hand says that the cash is in the drawer: it is looked for there.
  const inDrawer = known.kind === 'on-behalf' ? handedOver(charge, by, known.mode, common, now) : []
  return {
    ...NOTHING,
    subject,
    changes: [...inDrawer, { kind: 'case-ended', case: known.id, reason: common.reason, at: now.at }],
  }
}
