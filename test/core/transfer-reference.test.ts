import { describe, expect, test } from 'vitest'
import type { ChargeId } from '../../core/ids.ts'
import { chargeOfReference, transferReference } from '../../core/transfer-reference.ts'
import { PURPOSE_CHARACTERS_MAX, purposeText } from '../../core/vietqr.ts'

const CHARGE = 'box-1:1:4217:g0' as ChargeId

describe('the reference of a transfer', () => {
  test('names its charge, however a bank dresses it up', () => {
    const reference = transferReference(CHARGE)
    for (const text of [
      reference,
      reference.toLowerCase(),
      `NGUYEN VAN A chuyen tien ${reference}`,
      `MBVCB.123.${reference}.CT tu 0011`,
      `${reference} ${reference}`,
    ]) {
      expect(chargeOfReference(text, 'box-1'), text).toBe(CHARGE)
    }
  })

  test('fits a VietQR code as it is, also after years', () => {
    const long = transferReference('box-1:12:999999999999:g0' as ChargeId)
    expect(long.length).toBeLessThanOrEqual(PURPOSE_CHARACTERS_MAX)
    expect(purposeText(long)).toBe(long)
  })

  test('with one digit changed, or two neighbours swapped, names nothing', () => {
    const reference = transferReference(CHARGE)
    for (let at = 0; at < reference.length; at += 1) {
      const character = reference[at] ?? ''
      if (!/\d/.test(character)) continue
      for (const other of '0123456789') {
        if (other === character) continue
        expect(chargeOfReference(reference.slice(0, at) + other + reference.slice(at + 1), 'box-1')).toBeNull()
      }
    }
    expect(chargeOfReference(reference.replace('4217', '4271'), 'box-1')).toBeNull()
  })

  test('is not guessed from two, from none, or from a text without end', () => {
    const one = transferReference(CHARGE)
    const two = transferReference('box-1:1:4218:g0' as ChargeId)
    expect(chargeOfReference(`${one} ${two}`, 'box-1')).toBeNull()
    expect(chargeOfReference('chuyen tien', 'box-1')).toBeNull()
    expect(chargeOfReference(`${' '.repeat(600)}${one}`, 'box-1')).toBeNull()
  })
})

test('no reference is made of what is no charge of a gateway', () => {
  for (const charge of ['', 'box-1:1:42:c0', 'box-1:1:42', 'box-1:12345:1:g0']) {
    expect(() => transferReference(charge as ChargeId), charge).toThrow('no reference can be made')
  }
})
