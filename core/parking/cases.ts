import type { CommonFacts } from '../facts.ts'
import type { CaseId, ChargeId, LaneId, SessionId } from '../ids.ts'
import { idAt } from '../ids.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { Instant, Now } from '../time.ts'
import type { ParkingChange } from './changes.ts'
import type { StayCharge } from './facts.ts'
import type { CaseAnswer, StaffCase, StaffCaseKind } from './session.ts'

export type CaseAbout = {
  readonly lane: LaneId | null
  readonly session: SessionId | null
  readonly charge: ChargeId | null
  readonly pictures: readonly (PersonalValue | null)[]
}

/** Its row in the table of kinds gives a case its id, so that one decision can open several. */
export const KINDS = {
  'plate-mismatch': 0,
  'exit-without-entry': 1,
  'second-entry': 2,
  'forced-open': 3,
  tailgating: 4,
  'no-tariff': 5,
  overpaid: 6,
  'paid-never-left': 7,
  'left-unpaid': 8,
  'plate-unreadable': 9,
  'count-differs': 10,
  'time-unclear': 11,
  'stay-too-long': 12,
  'late-evidence': 13,
  'class-unclear': 14,
  'class-mismatch': 15,
  'credit-unmatched': 16,
  'stuck-closed': 17,
  'loop-away': 18,
  'not-reckoned': 19,
  'unpaid-at-lane': 20,
  'pass-lost': 21,
  'on-behalf': 22,
} as const satisfies Record<StaffCaseKind, number>

/**
 * Opens a case for staff, unless the same is open already about the same: a driver who tries five times is one case. At a lane, of no stay, what was opened before `since` is about
 * another vehicle: nobody's case is hidden behind it.
 */
export function openCase(
  kind: StaffCaseKind,
  about: CaseAbout,
  open: readonly StaffCase[],
  common: CommonFacts,
  now: Now,
  since: Instant | null = null,
): readonly ParkingChange[] {
  const isOpen = open.some(
    (each) =>
      each.kind === kind &&
      each.status === 'open' &&
      each.charge === about.charge &&
      (since === null || each.openedAt >= since),
  )
  if (isOpen) return []
  const { pictures, ...rest } = about
  return [
    {
      kind: 'case-opened',
      case: {
        id: idAt<CaseId>(common.position, 'k', KINDS[kind]),
        kind,
        mode: common.mode,
        ...rest,
        openedAt: now.at,
        pictures: pictures.flatMap((picture) => (picture === null ? [] : [picture.ref])),
        status: 'open',
      },
    },
  ]
}

/** Ends open cases of these kinds that have answered themselves: what was missing has been found. */
export function endCases(
  open: readonly StaffCase[],
  kinds: readonly StaffCaseKind[],
  reason: CaseAnswer,
  now: Now,
): readonly ParkingChange[] {
  return open
    .filter((each) => each.status === 'open' && kinds.includes(each.kind))
    .map((each) => ({ kind: 'case-ended', case: each.id, reason, at: now.at }))
}

/** What was owed is paid: nobody has to look after it any more. For whoever closes its charge. */
export function leftUnpaidEnded({ leftUnpaid }: Pick<StayCharge, 'leftUnpaid'>, now: Now): readonly ParkingChange[] {
  return leftUnpaid === undefined ? [] : [{ kind: 'case-ended', case: leftUnpaid, reason: 'it has paid', at: now.at }]
}

/** Cases that are answered by whoever says of which class a stay is: while one is open, nobody knows. */
export const CLASS_CASES: readonly StaffCaseKind[] = ['class-unclear', 'class-mismatch']

/** Whether what a stay costs is still to be reckoned, or to be said by a supervisor (docs/decisions/098-stays-without-a-price.md). */
export function isNotReckoned({ cases }: { readonly cases: readonly StaffCase[] }): boolean {
  return cases.some(({ kind }) => kind === 'not-reckoned')
}
