import type { Change } from '../changes.ts'
import type { Role } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import type { ChargeId } from '../ids.ts'
import type { Money } from '../money.ts'
import { money } from '../money.ts'
import type { Instant, Now } from '../time.ts'
import { tenderAccount } from './accounts.ts'
import { stayAfter } from './after.ts'
import { billFor, chargeOpened } from './asking.ts'
import type { AtPlace } from './at-lane.ts'
import { borneNow } from './borne.ts'
import { openCase } from './cases.ts'
import { doubtOf } from './counter.ts'
import type { LateEvidence } from './events.ts'
import { paidMore } from './exit.ts'
import type { StayFacts } from './facts.ts'
import { endStayAt } from './moved.ts'
import { unwatched } from './overdue.ts'
import type { ParkingPolicy } from './place.ts'
import { countsOf } from './places.ts'
import { priceNow } from './price.ts'
import type { LateEvidenceFacts } from './question.ts'
import { bookMoney } from './tender.ts'
import { asWasTaken } from './without-price.ts'

/** A stay’s vehicle at a lane at the time at which it passed there: `place.now` is that time, `now` the present. */
export type Handed = {
  readonly body: LateEvidence
  readonly place: AtPlace
  readonly facts: LateEvidenceFacts
  readonly common: CommonFacts
  readonly now: Now
}

type LateCashDoubt = 'cash-unlikely' | 'evidence-cash-too-high'

export type HandedOut =
  | { readonly ok: false; readonly refusal: LateCashDoubt; readonly asked: Money }
  | {
      readonly ok: true
      readonly stay: StayFacts
      readonly charge: ChargeId | null
      /** Of the cash: what paid the stay, and what came beyond that. `owed` is `null` where nobody can say what it costs. */
      readonly money: { readonly paid: number; readonly overpaid: number; readonly owed: number | null }
      readonly changes: readonly Change[]
    }

/**
 * The end of a stay that an attendant let out by hand: it costs what the tariff says of the time until then, the cash that was taken pays it, and the rest is owed by its plate; where it has none, staff look for
 * whom to ask. Without a price the leaving stands, the cash is booked as it was taken, and what more is due is for staff to say: never 0 because something is missing.
 */
export function handedOut(
  { body, place, facts, common, now }: Handed,
  { stay, changes }: { readonly stay: StayFacts; readonly changes: readonly Change[] },
  until: Instant,
): HandedOut {
  const { parking, lane } = place
  const { session } = stay
  const { currency } = common.layout
  const cash = body.cash?.amount.amount ?? 0
  const price = priceNow(stay, parking, { ...now, at: until })
  const asked = billFor(stay, price.ok ? price : asWasTaken(stay, cash, currency), null, parking, common, now)
  const doubt = price.ok && body.cash !== null ? lateDoubtOf(body.cash, asked.rest, parking.policy, facts.role) : null
  if (doubt !== null) return { ok: false, refusal: doubt, asked: asked.rest }
  const paid = Math.min(asked.rest.amount, cash)
  const overpaid = cash - paid
  // What is free is paid by nothing: all of it came beyond.
  const bill =
    asked.charge === null && overpaid > 0
      ? { ...asked, ...chargeOpened(session, money(0, currency), parking, common, now) }
      : asked
  const { charge } = bill
  const booked =
    charge === null || body.cash === null
      ? []
      : bookMoney(
          [{ charge, isOwed: false, amount: money(paid, currency) }],
          body.cash.tender,
          tenderAccount(charge.mode, common.layout.site, body.cash.tender),
          money(overpaid, currency),
          common,
          now,
        )
  const hasPlate = session.credentials.some(({ kind }) => kind === 'plate')
  const about = { lane: null, session: session.id, charge: charge?.id ?? null, pictures: [stay.picture] }
  const caseOf = (kind: Parameters<typeof openCase>[0]): readonly Change[] =>
    openCase(kind, about, stay.cases, common, now)
  const over = overpaid > 0 ? [...booked.filter(({ kind }) => kind === 'charge-overpaid'), ...caseOf('overpaid')] : []
  return {
    ok: true,
    stay,
    charge: charge?.id ?? null,
    money: { paid, overpaid, owed: price.ok ? asked.rest.amount - paid : null },
    changes: [
      ...changes,
      ...bill.changes,
      ...booked.filter(({ kind }) => kind !== 'charge-overpaid'),
      ...unwatched(stay, now),
      {
        kind: 'session-moved',
        session: session.id,
        status: 'left',
        place: session.place,
        lane: lane.id,
        at: place.now.at,
      },
      ...countsOf(parking.layout.places, session.place, null, session.vehicleClass, session.mode),
      ...over,
      ...endStayAt(
        stayAfter(paidMore(stay, charge, paid, null), over),
        price.ok ? price : null,
        price.ok ? borneNow(stay, parking, until, now) : [],
        hasPlate ? 'debt' : 'staff',
        until,
        parking,
        common,
        now,
        'late-evidence',
      ),
      ...(price.ok ? [] : caseOf(price.staffCase)),
    ],
  }
}

/**
 * What was taken in a dead hour is in the drawer, and nobody can give it back any more: beyond what the policy lets an attendant confirm an operator or an admin does, so that it can be booked.
 */
function lateDoubtOf(
  cash: NonNullable<LateEvidence['cash']>,
  asked: Money,
  policy: ParkingPolicy,
  role: Role | null,
): LateCashDoubt | null {
  const doubt = doubtOf(cash, asked, policy)
  if (doubt !== 'cash-too-high') return doubt
  if (role !== 'operator' && role !== 'admin') return 'evidence-cash-too-high'
  return cash.confirmed === true ? null : 'cash-unlikely'
}
