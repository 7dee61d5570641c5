import type { CaseId, ChargeId } from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { Money } from '../money.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { Instant } from '../time.ts'

/** Whose transfer it is: of who was asked, or of staff who pass on cash that they took for the charge. */
export type CreditSender = 'payer' | 'staff'

/** Money that a bank has told of, once for each of its own references. */
export type BankCredit = {
  readonly reference: string
  readonly mode: Mode
  readonly amount: Money
  /** What its payer wrote, in the vault; `null` where somebody has entered it for a charge by hand. */
  readonly text: PersonalValue | null
  /** When the bank says that it came. */
  readonly toldAt: Instant | null
  readonly at: Instant
  /** `unmatched`: nobody knows what it is for. `refund-due`: it is for nothing here, and goes back to its payer by the bank. `returned`: it has been sent back, and nothing is owed for it. */
  readonly status: 'booked' | 'unmatched' | 'refund-due' | 'returned'
  /** The bank's own reference of the transfer by which it was sent back. Absent: it was not. */
  readonly sentBack?: string
  /** What it paid of which charge; the first is the one that it was booked to, and gives back what came beyond. All of it less than the amount: the rest passed on what staff had taken to transfer it themselves. */
  readonly parts: readonly { readonly charge: ChargeId; readonly amount: number }[]
  readonly overpaid: number
  /** The case that waits for whoever finds out what it is for. */
  readonly case: CaseId | null
}
