import type { Tender } from '../../core/ledger.ts'
import type { Instant, Now } from '../../core/time.ts'
import type { CountedRecord } from '../../db/takings.ts'
import { countTakings } from '../../db/takings.ts'
import type { TakenBy, TakingsView } from '../http/reads.ts'

/** What came and went of the site's money, live mode, by tender. Counted in memory as it is booked: a restart begins anew, and `tolbooth report totals` has the whole of any day. */
export type DayTakings = {
  add(record: CountedRecord): void
  view(): TakingsView
}

/** By the site's own day: what is booked after its midnight is of the next, as in the report. */
export function createDayTakings(now: () => Now): DayTakings {
  const all = countTakings()
  let day = now().local.day
  let since: Instant | null = now().at
  let today = countTakings()

  const turn = (): void => {
    const { local } = now()
    if (local.day === day) return
    // A clock that was set back is in a day of which most was counted elsewhere.
    since = local.day > day ? null : now().at
    day = local.day
    today = countTakings()
  }

  return {
    add(record) {
      turn()
      all.add(record)
      today.add(record)
    },
    view() {
      turn()
      return { tenders: liveOf(all), today: { day, since, tenders: liveOf(today) } }
    },
  }
}

const TENDERS: Readonly<Record<Tender, number>> = {
  cash: 0,
  'cash-on-behalf': 1,
  'bank-transfer': 2,
  token: 3,
  pass: 4,
  validation: 5,
  waiver: 6,
  'late-evidence': 7,
  correction: 8,
  debt: 9,
}

function liveOf(counted: ReturnType<typeof countTakings>): readonly TakenBy[] {
  return counted
    .takings()
    .tenders.filter(({ mode }) => mode === 'live')
    .map(({ tender, taken, givenBack, payments }) => ({ tender, taken, givenBack, payments }))
    .toSorted((left, right) => TENDERS[left.tender] - TENDERS[right.tender])
}
