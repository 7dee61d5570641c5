import type { MerchantId } from '../ids.ts'
import type { Refusal } from '../refusals.ts'
import type { RightTerms } from './events.ts'
import type { StayFacts } from './facts.ts'
import type { ValidationAllowance } from './place.ts'

/** Validations of one stay, each of another merchant: with its passes they are no more than a quote takes. */
export const VALIDATIONS_OF_STAY_MAX = 4

/** Just below all of a stay, in basis points. */
export const VALIDATION_SHARE_MAX = 9_999

/**
 * Whether a merchant may give this to this stay, or `undefined`. Refuses what is beyond its allowance: more at once, more in a day, or all of a stay whatever it lasts; a stay that is paid
 * (nothing would be taken off), that it has validated before, or that `VALIDATIONS_OF_STAY_MAX` have.
 */
export function judgeValidation(
  { kind, relief }: Pick<RightTerms, 'kind' | 'relief'>,
  merchant: MerchantId,
  stay: StayFacts | null,
  allowances: readonly ValidationAllowance[],
  givenToday: number,
): Refusal | undefined {
  if (kind !== 'validation' || stay === null) return 'right-invalid'
  const allowance = allowances.find((each) => each.merchant === merchant)
  if (allowance === undefined) return 'validation-not-allowed'
  const given = stay.rights.flatMap(({ right }) => (right.given === null ? [] : [right.given]))
  if (given.some((each) => each.merchant === merchant)) return 'validation-given'
  if (stay.session.settledAt !== null) return 'stay-paid'
  if (given.length >= VALIDATIONS_OF_STAY_MAX) return 'over-validation-limit'
  if (!isWithin(relief, allowance)) return 'over-validation-limit'
  return givenToday >= allowance.dayMax ? 'validation-day-full' : undefined
}

function isWithin(relief: RightTerms['relief'], allowance: ValidationAllowance): boolean {
  switch (relief.kind) {
    case 'covers':
      // However long it stays: nobody has agreed to bear that.
      return false
    case 'first-minutes':
      return relief.minutes <= allowance.minutesMax
    case 'amount':
      return relief.amount.amount <= allowance.amountMax
    case 'share':
      return relief.basisPoints <= Math.min(allowance.basisPointsMax, VALIDATION_SHARE_MAX)
  }
}
