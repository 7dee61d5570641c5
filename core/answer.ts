import type { Money } from './money.ts'
import type { Outcome } from './records.ts'
import type { Refusal, RefusalText, TryAgain } from './refusals.ts'
import { refusalTable } from './refusals.ts'

/** What a sender is told: an outcome in words that people and programs understand. Money is `{amount, currency}` in the smallest unit. */
export type Answer = (Extract<Outcome, { ok: true }> & { readonly receiptJws?: string }) | RefusedAnswer

export type RefusedAnswer = {
  readonly ok: false
  readonly refusal: Refusal
  readonly tryAgain: TryAgain
  readonly vi: RefusalText
  readonly en: RefusalText
  readonly due: Money | null
}

/**
 * The answer as JSON text. It is made once, stored, and given again byte for byte. `receiptJws` is the signed receipt that the outcome names.
 */
export function answerText(outcome: Outcome, receiptJws?: string): string {
  return JSON.stringify(outcome.ok ? accepted(outcome, receiptJws) : refused(outcome.refusal, outcome.due))
}

/** What a stored answer says: the outcome that `answerText` was made of, so that it outlives a record that was pruned. */
export function outcomeOf(answer: string): Outcome {
  const said = JSON.parse(answer) as Answer
  if (!said.ok) return { ok: false, refusal: said.refusal, due: said.due }
  const { receiptJws: _document, ...outcome } = said
  return outcome
}

/** The answer to what was refused before any record was made. */
export function refusalText(refusal: Refusal): string {
  return JSON.stringify(refused(refusal, null))
}

function accepted(outcome: Extract<Outcome, { ok: true }>, receiptJws: string | undefined): Answer {
  return receiptJws === undefined ? outcome : { ...outcome, receiptJws }
}

function refused(refusal: Refusal, due: Money | null): RefusedAnswer {
  const { tryAgain, vi, en } = refusalTable[refusal]
  return { ok: false, refusal, tryAgain, vi, en, due }
}
