import type { Money } from './money.ts'
import { VND } from './money.ts'

export type Language = 'vi' | 'en'

/**
 * An amount for people to read. Vietnamese as CLDR's vi-VN writes it: `50.000`, a no-break space, `₫`; English `50,000 VND`. Written out here
 * and not asked of Intl, so that it is the same on every machine and in every replay. Of another currency its smallest units and its code.
 */
export function moneyText(money: Money, language: Language): string {
  if (language === 'en') return `${grouped(money.amount, ',')} ${money.currency}`
  return `${grouped(money.amount, '.')}${NO_BREAK_SPACE}${money.currency === VND ? '₫' : money.currency}`
}

const NO_BREAK_SPACE = '\u00a0'

function grouped(amount: number, separator: string): string {
  return String(amount).replace(/\B(?=(?:\d{3})+$)/g, separator)
}
