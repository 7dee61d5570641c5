import { describe, expect, test } from 'vitest'
import type { ChargeId } from '../../core/ids.ts'
import { siteId } from '../../core/ids.ts'
import { chargeOfReference, TRANSFER_TEXT_CHARACTERS_MAX, transferReference } from '../../core/transfer-reference.ts'
import { PURPOSE_CHARACTERS_MAX, purposeText } from '../../core/vietqr.ts'

const CHARGE = 'box-1:1:4217:g0' as ChargeId
const SITE = siteId('market-1')

function referenceOf(charge: string, site = SITE): string {
  const reference = transferReference(charge as ChargeId, site)
  if (reference === null) throw new Error(`no reference of ${charge}`)
  return reference
}
const chargeIn = (text: string) => chargeOfReference(text, SITE, 'box-1')

describe('the reference of a transfer', () => {
  const reference = referenceOf(CHARGE)

  test.each([
    ['as it is', reference],
    ['in small letters', reference.toLowerCase()],
    ['with the payer’s name before it', `NGUYEN VAN A chuyen tien ${reference}`],
    ['between the bank’s own words', `MBVCB.123.${reference}.CT tu 0011`],
    ['behind a number without a space', `IBFT 6832${reference} 221126`],
    ['with words run on to it', `ChuyenTien${reference}FT26326482910`],
    ['broken in two', `${reference.slice(0, 9)} ${reference.slice(9)} GD 482910`],
    ['with punctuation put in', `${reference.slice(0, 6)}-${reference.slice(6)}.`],
    ['twice', `${reference} ${reference}`],
  ])('names its charge %s', (_how, text) => {
    expect(chargeIn(text)).toBe(CHARGE)
  })

  test('fits a VietQR code as it is, also after years, and is none where it would not', () => {
    const long = referenceOf('box-1:123:999999999:g64')
    expect(long).toHaveLength(PURPOSE_CHARACTERS_MAX)
    expect(purposeText(long)).toBe(long)
    expect(chargeIn(long)).toBe('box-1:123:999999999:g64')
    expect(transferReference('box-1:123:9999999999:g64' as ChargeId, SITE)).toBeNull()
  })

  test('with one digit or letter changed, or two neighbours swapped, names nothing', () => {
    for (let at = 0; at < reference.length; at += 1) {
      const character = reference[at] ?? ''
      for (const other of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
        if (other === character) continue
        expect(chargeIn(reference.slice(0, at) + other + reference.slice(at + 1)), `${at} ${other}`).toBeNull()
      }
    }
    expect(chargeIn(reference.replace('4217', '4271'))).toBeNull()
  })

  test('of another site or gateway that shares the account names nothing here', () => {
    expect(chargeIn(referenceOf('box-2:1:4217:g0'))).toBeNull()
    expect(chargeIn(referenceOf(CHARGE, siteId('market-2')))).toBeNull()
    expect(chargeOfReference(referenceOf('box-2:1:4217:g0'), SITE, 'box-2')).toBe('box-2:1:4217:g0')
  })

  test('is not guessed from two, from none, with a digit run on to it, or from a text without end', () => {
    expect(chargeIn(`${reference} ${referenceOf('box-1:1:4218:g0')}`)).toBeNull()
    expect(chargeIn('chuyen tien')).toBeNull()
    expect(chargeIn(`${reference}7`)).toBeNull()
    const most = TRANSFER_TEXT_CHARACTERS_MAX - reference.length
    expect(chargeIn(' '.repeat(most) + reference)).toBe(CHARGE)
    expect(chargeIn(' '.repeat(most + 1) + reference)).toBeNull()
  })
})

test.each(['', 'box-1:1:42:c0', 'box-1:1:42', 'box-1:1:42:g'])(
  'no reference is made of %j, which is no charge',
  (id) => {
    expect(transferReference(id as ChargeId, SITE)).toBeNull()
  },
)
