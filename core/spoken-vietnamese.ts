import type { Money } from './money.ts'
import { isAmount, VND } from './money.ts'

/**
 * Reads a whole number aloud in Vietnamese, as a soundbox says it: `105000` is `một trăm lẻ năm nghìn`. Refuses (throws) what is not a whole
 * number from 0 to 2^53 - 1. The rules: inside a number the hundreds of a group are always read (`không trăm`), a zero before the units
 * is `lẻ`; after tens 1 is `mốt`, 4 is `tư`, 5 is `lăm`, but after `mười` only 5 changes.
 */
export function spokenNumber(value: number): string {
  if (!isAmount(value)) throw new RangeError(`cannot read ${value} aloud: not a whole number from 0 to 2^53 - 1`)
  if (value === 0) return digitName(0)
  return words(value, false).join(' ')
}

/**
 * An amount with its unit in full, so that nobody hears `hai trăm` and thinks of thousands: `hai trăm đồng`. Of another currency the code is
 * said, because its smallest unit has no Vietnamese name here.
 */
export function spokenMoney(money: Money): string {
  return `${spokenNumber(money.amount)} ${money.currency === VND ? 'đồng' : money.currency}`
}

const BILLION = 1_000_000_000

/** From a billion on, a number is read as so many billions (themselves a number) and the rest. */
function words(value: number, isInside: boolean): readonly string[] {
  if (value >= BILLION) {
    const rest = value % BILLION
    return [...words((value - rest) / BILLION, isInside), 'tỷ', ...words(rest, true)]
  }
  const millions = Math.floor(value / 1_000_000)
  const thousands = Math.floor(value / 1_000) % 1_000
  const units = value % 1_000
  return [
    ...group(millions, isInside, 'triệu'),
    ...group(thousands, isInside || millions > 0, 'nghìn'),
    ...group(units, isInside || millions > 0 || thousands > 0, undefined),
  ]
}

/** Three digits and what they count; nothing at all for 000. `isInside`: something was said before it, so the hundreds are read though they are 0. */
function group(value: number, isInside: boolean, scale: string | undefined): readonly string[] {
  if (value === 0) return []
  const hundreds = Math.floor(value / 100)
  const belowHundred = value % 100
  const saysHundreds = isInside || hundreds > 0
  return [
    ...(saysHundreds ? [digitName(hundreds), 'trăm'] : []),
    ...tensAndUnits(belowHundred, saysHundreds),
    ...(scale === undefined ? [] : [scale]),
  ]
}

function tensAndUnits(value: number, afterHundreds: boolean): readonly string[] {
  const tens = Math.floor(value / 10)
  const units = value % 10
  if (tens === 0) {
    if (units === 0) return []
    return afterHundreds ? ['lẻ', digitName(units)] : [digitName(units)]
  }
  if (tens === 1) return ['mười', ...(units === 0 ? [] : [units === 5 ? 'lăm' : digitName(units)])]
  return [digitName(tens), 'mươi', ...(units === 0 ? [] : [unitsAfterTens(units)])]
}

function unitsAfterTens(units: number): string {
  if (units === 1) return 'mốt'
  if (units === 4) return 'tư'
  if (units === 5) return 'lăm'
  return digitName(units)
}

const DIGITS = 'không một hai ba bốn năm sáu bảy tám chín'.split(' ')

function digitName(digit: number): string {
  return String(DIGITS[digit])
}
