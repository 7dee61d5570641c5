import type { Money } from '../money.ts'
import { money, subtractMoney } from '../money.ts'
import type { Instant } from '../time.ts'
import { later } from '../time.ts'
import type { Bill } from './quote.ts'

export type AmountDue = {
  /** What is still to be paid now. */
  readonly due: Money
  /** What has been paid beyond the bill. */
  readonly overpaid: Money
  /** Until then, this instant included, nothing more is asked; `null` where no grace runs. */
  readonly graceUntil: Instant | null
}

/**
 * What is due after `paid` of a stay that costs `bill` now. Within `graceMs` of `paidUpAt` nothing is. After it everything since is due, the time of the grace as well: a grace
 * gives time to leave, no free time. `paidUpAt` is the last payment by which all of the bill of its own moment was paid (`isPaidUp`), `null` where there was none: a part payment
 * begins no grace, so graces make no chain. Before `paidUpAt`, by a clock that was put back, nothing is due either. Throws on two currencies.
 */
export function amountDue(bill: Bill, paid: Money, paidUpAt: Instant | null, graceMs: number, now: Instant): AmountDue {
  const none = money(0, bill.total.currency)
  const isOver = paid.amount > bill.total.amount
  const overpaid = isOver ? subtractMoney(paid, bill.total) : none
  const owed = isOver ? none : subtractMoney(bill.total, paid)
  const graceUntil = paidUpAt === null ? null : later(paidUpAt, graceMs)
  if (graceUntil === null || now > graceUntil) return { due: owed, overpaid, graceUntil: null }
  return { due: none, overpaid, graceUntil }
}

/** Whether a payment that brings the sum to `paid` leaves nothing open of the bill of that moment: then the grace begins. Without a payment none does. */
export function isPaidUp(billAtPayment: Bill, paid: Money): boolean {
  return paid.amount > 0 && paid.currency === billAtPayment.total.currency && paid.amount >= billAtPayment.total.amount
}
