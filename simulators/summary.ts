import type { Evidence } from './invariants.ts'
import { doubledTokens, lostTokens } from './invariants.ts'
import type { Figures } from './live-view/figures.ts'

/** How a run ended, for people and for programs. */
export type Summary = {
  readonly seed: string
  readonly seconds: number
  readonly gatewayStarts: number
  readonly scans: number
  readonly accepted: number
  /** Accepted before, and shown or sent again: no money moved. */
  readonly again: number
  /** A ticket or a plate that was answered with what is to be paid. */
  readonly asked: number
  readonly refused: Readonly<Record<string, number>>
  /** Scans that no answer came to: the reader was switched off, or the run ended. */
  readonly unanswered: number
  /** Commands that came to devices. */
  readonly commands: number
  /** Scans that the gateway acknowledged. */
  readonly acknowledged: number
  /** Tokens that were acknowledged as paid and do not stand so in the books. */
  readonly lost: number
  /** Tokens that stand in the books more than once. */
  readonly doubled: number
  /** What merchants and the market were given, less what the issuers owe for it. */
  readonly ledgerSum: number
  readonly chainVerified: boolean
  /** From the first sending of a scan to its answer; `null` where there was none. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly stays: StaysSummary
  /** What should have held and did not. */
  readonly violations: readonly Found[]
}

/** Of the car park. The count of all places at the street is `entries` - `exits` + `corrections`. */
export type StaysSummary = {
  /** Vehicles that the loops have shown inside, and outside again. */
  readonly entries: number
  readonly exits: number
  /** Stays that are open in the books. */
  readonly open: number
  /** Stays that began by a ticket. */
  readonly tickets: number
  /** What people have put right by hand, in vehicles. */
  readonly corrections: number
  /** What the gateway counts in each place, a place within another in both. */
  readonly occupancy: readonly {
    readonly place: string
    readonly vehicleClass: string
    readonly count: number
    readonly spaces: number
  }[]
  /** Vehicles that truly stand inside when all is over, and those of them and of all others that stand at a lane. */
  readonly inside: number
  readonly standing: number
}

/** What did not hold, by the sentence that should have. */
export type Found = { readonly invariant: string; readonly what: string }

export type Run = { readonly seed: string; readonly seconds: number; readonly gatewayStarts: number }

export function summaryOf(
  run: Run,
  figures: Figures,
  evidence: Evidence,
  stays: StaysSummary,
  violations: readonly Found[],
): Summary {
  return {
    ...run,
    scans: figures.scans,
    accepted: figures.accepted,
    again: figures.again,
    asked: figures.asked,
    refused: figures.refused,
    unanswered: figures.waiting + figures.givenUp,
    commands: figures.commands,
    acknowledged: figures.acknowledged,
    lost: lostTokens(evidence).length,
    doubled: doubledTokens(evidence.books.postings).length,
    ledgerSum: evidence.books.ledgerSum,
    chainVerified: evidence.books.chainVerified,
    p50Ms: figures.p50Ms,
    p99Ms: figures.p99Ms,
    stays,
    violations,
  }
}

const VIOLATIONS_SHOWN = 10

/** For people. */
export function summaryLines(summary: Summary): readonly string[] {
  const refusals = Object.entries(summary.refused).sort(([, left], [, right]) => right - left)
  const refused = refusals.reduce((sum, [, count]) => sum + count, 0)
  const held = summary.violations.length === 0
  return [
    '',
    `${summary.seconds} s, seed ${summary.seed}, gateway started ${summary.gatewayStarts} time(s)`,
    `scans        ${summary.scans}: ${summary.accepted} accepted, ${summary.again} shown again, ${summary.asked} told what to pay, ${refused} refused, ${summary.unanswered} unanswered`,
    ...refusals.map(([refusal, count]) => `  ${String(count).padStart(6)}  ${refusal}`),
    `commands     ${summary.commands}`,
    `answered in  p50 ${summary.p50Ms ?? '-'} ms, p99 ${summary.p99Ms ?? '-'} ms`,
    `acknowledged ${summary.acknowledged}, of which lost ${summary.lost}, doubled ${summary.doubled}`,
    ...staysLines(summary.stays),
    `ledger       sums to ${summary.ledgerSum}; the journal ${summary.chainVerified ? 'is whole' : 'IS BROKEN'}`,
    held ? 'Everything that must hold has held.' : `${summary.violations.length} things did not hold:`,
    ...summary.violations.slice(0, VIOLATIONS_SHOWN).map(({ invariant, what }) => `  ${invariant}: ${what}`),
  ]
}

function staysLines({
  entries,
  exits,
  corrections,
  open,
  tickets,
  occupancy,
  inside,
  standing,
}: StaysSummary): readonly string[] {
  const counted = occupancy.filter(({ count }) => count !== 0)
  const places = counted.map(
    ({ place, vehicleClass, count, spaces }) => `${place} ${count} of ${spaces} ${vehicleClass}`,
  )
  return [
    `stays        ${entries} came in, ${exits} left, ${corrections} put right by hand; ${open} open in the books, ${tickets} began by a ticket`,
    `             ${inside} vehicles stay inside${standing === 0 ? '' : `, ${standing} STAND AT A LANE`}${places.length === 0 ? '' : `; counted: ${places.join(', ')}`}`,
  ]
}
