import type { Evidence, Violation } from './invariants.ts'
import { doubledTokens, judge, lostTokens } from './invariants.ts'
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
  /** What should have held and did not. */
  readonly violations: readonly Violation[]
}

export type Run = { readonly seed: string; readonly seconds: number; readonly gatewayStarts: number }

export function summaryOf(run: Run, figures: Figures, evidence: Evidence): Summary {
  return {
    ...run,
    scans: figures.scans,
    accepted: figures.accepted,
    again: figures.again,
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
    violations: judge(evidence),
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
    `scans        ${summary.scans}: ${summary.accepted} accepted, ${summary.again} shown again, ${refused} refused, ${summary.unanswered} unanswered`,
    ...refusals.map(([refusal, count]) => `  ${String(count).padStart(6)}  ${refusal}`),
    `commands     ${summary.commands}`,
    `answered in  p50 ${summary.p50Ms ?? '-'} ms, p99 ${summary.p99Ms ?? '-'} ms`,
    `acknowledged ${summary.acknowledged}, of which lost ${summary.lost}, doubled ${summary.doubled}`,
    `ledger       sums to ${summary.ledgerSum}; the journal ${summary.chainVerified ? 'is whole' : 'IS BROKEN'}`,
    held ? 'Everything that must hold has held.' : `${summary.violations.length} things did not hold:`,
    ...summary.violations.slice(0, VIOLATIONS_SHOWN).map(({ invariant, what }) => `  ${invariant}: ${what}`),
  ]
}
