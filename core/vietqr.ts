import type { Money } from './money.ts'
import { isAmount, VND } from './money.ts'

/** Where bank transfers go: the bank by its BIN of six digits, an account number, and whose it is. */
export type BankAccount = { readonly bankBin: string; readonly number: string; readonly holder: string }

export const ACCOUNT_CHARACTERS_MAX = 19
export const PURPOSE_CHARACTERS_MAX = 25

/**
 * The text of a VietQR code (EMVCo merchant-presented, NAPAS 247 to an account): dynamic, for one amount, with what the payer's bank writes beside the transfer. Throws on what a code
 * cannot say: another currency than đồng, an amount of 0, a BIN or number of another form, a purpose of more than `PURPOSE_CHARACTERS_MAX` or of other characters than
 * `purposeText` leaves.
 */
export function vietQr(account: Pick<BankAccount, 'bankBin' | 'number'>, amount: Money, purpose: string): string {
  if (amount.currency !== VND || !isAmount(amount.amount) || amount.amount === 0)
    throw new RangeError('a VietQR code asks for a whole amount of đồng above 0')
  if (!isBankAccount(account)) throw new RangeError('a bank’s BIN has 6 digits, an account 1 to 19 letters and digits')
  if (purpose.length > PURPOSE_CHARACTERS_MAX || purpose !== purposeText(purpose))
    throw new RangeError(`a purpose has at most ${PURPOSE_CHARACTERS_MAX} letters and digits without accents`)
  const consumer = field('00', account.bankBin) + field('01', account.number)
  const text =
    field('00', '01') +
    field('01', '12') +
    field('38', field('00', NAPAS) + field('01', consumer) + field('02', TO_ACCOUNT)) +
    field('53', DONG) +
    field('54', String(amount.amount)) +
    field('58', 'VN') +
    (purpose === '' ? '' : field('62', field('08', purpose))) +
    CRC_HEAD
  return text + crc16(text)
}

export function isBankAccount({ bankBin, number }: Pick<BankAccount, 'bankBin' | 'number'>): boolean {
  return /^\d{6}$/.test(bankBin) && /^[A-Za-z0-9]{1,19}$/.test(number)
}

/** What banks pass on of a text: letters without accents, digits and single spaces, the first `PURPOSE_CHARACTERS_MAX` of them. */
export function purposeText(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[đĐ]/g, (letter) => (letter === 'đ' ? 'd' : 'D'))
    .replace(/[^A-Za-z0-9]+/g, (between) => (/^\p{M}+$/u.test(between) ? '' : ' '))
    .trim()
    .slice(0, PURPOSE_CHARACTERS_MAX)
    .trim()
}

/** CRC-16/CCITT-FALSE, four hexadecimal digits: polynomial 1021, initial value FFFF. */
export function crc16(text: string): string {
  let crc = 0xffff
  for (let at = 0; at < text.length; at += 1) {
    crc ^= text.charCodeAt(at) << 8
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
    crc &= 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}

const NAPAS = 'A000000727'
const TO_ACCOUNT = 'QRIBFTTA'
/** ISO 4217's number of the đồng. */
const DONG = '704'
const CRC_HEAD = '6304'

function field(id: string, value: string): string {
  return id + String(value.length).padStart(2, '0') + value
}
