import type { Change } from '../changes.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { ChargeId, PassageId } from '../ids.ts'
import { idAt } from '../ids.ts'
import type { Passage } from '../lane/state.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { billFor } from './asking.ts'
import { pastItsLane } from './astray.ts'
import { unwatched } from './overdue.ts'
import { priceNow } from './price.ts'

/**
 * Staff open an exit by hand for a vehicle whose stay is known there: it leaves by that, so that nobody is inside for ever in the books. What it has not paid is owed, and a case.
 * `null` where no stay is known: then the opening is explained by its reason alone.
 */
export function wayByHand(
  { lane, state, parking }: LaneFacts,
  common: CommonFacts,
  now: Now,
): { readonly passage: Passage; readonly charge: ChargeId | null; readonly changes: readonly Change[] } | null {
  const { visit, presence } = state
  const stay = parking?.visiting ?? null
  if (lane === null || parking === null || stay === null || presence === null || visit?.presence !== presence)
    return null
  const { session } = stay
  const isExit = parking.lane.outside === null && lane.direction !== 'entry'
  if (!isExit || session.status !== 'inside') return null
  const price = priceNow(stay, parking, now)
  const passage: Passage = {
    id: idAt<PassageId>(common.position, 'p', 0),
    lane: lane.id,
    mode: common.mode,
    right: { kind: 'session', session: session.id, side: 'exit', by: 'staff', paid: null },
    payer: null,
    presence,
    grantedAt: now.at,
    until: later(now.at, common.policy.passageRightMs),
    status: 'granted',
  }
  const bill = price.ok ? billFor(stay, price, visit.asked, parking, common, now) : null
  return {
    passage,
    charge: bill?.charge?.id ?? session.charge,
    changes: [
      ...(bill?.changes ?? []),
      { kind: 'passage-granted', passage },
      ...pastItsLane({ lane, parking, common, now }, stay, visit.picture),
      ...unwatched(stay, now),
      {
        kind: 'session-moved',
        session: session.id,
        status: 'leaving',
        place: session.place,
        lane: lane.id,
        at: now.at,
      },
    ],
  }
}
