import { describe, expect, test } from 'vitest'
import { money, VND } from '../../core/money.ts'
import { crc16, PURPOSE_CHARACTERS_MAX, purposeText, vietQr } from '../../core/vietqr.ts'

const account = { bankBin: '970416', number: '257678859' }

describe('a VietQR code', () => {
  test('is the text that NAPAS publishes for a transfer of 10.000 with a purpose', () => {
    expect(vietQr(account, money(10_000, VND), 'Chuyen tien')).toBe(
      '00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA53037045405100005802VN62150811Chuyen tien630453E6',
    )
  })

  test('ends with the checksum of the catalogues', () => {
    expect(crc16('123456789')).toBe('29B1')
  })

  test.each([
    '00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F',
    '00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52',
    '00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E',
    '00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F',
    '00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA53037045405100005802VN62150811Chuyen tien630453E6',
  ])('has the checksum that a published example has: %s', (text) => {
    expect(crc16(text.slice(0, -4))).toBe(text.slice(-4))
  })

  test('without a purpose says none', () => {
    expect(vietQr(account, money(60_000, VND), '')).not.toContain('5802VN62')
  })

  test.each([
    ['another currency', account, money(1, 'USD' as typeof VND), ''],
    ['an amount of 0', account, money(0, VND), ''],
    ['a BIN of five digits', { ...account, bankBin: '97041' }, money(1, VND), ''],
    ['an account of 20 characters', { ...account, number: '1'.repeat(20) }, money(1, VND), ''],
    ['a purpose with accents', account, money(1, VND), 'gửi xe'],
    ['a purpose that is too long', account, money(1, VND), 'A'.repeat(PURPOSE_CHARACTERS_MAX + 1)],
  ])('is not made of %s', (_what, to, amount, purpose) => {
    expect(() => vietQr(to, amount, purpose)).toThrow(RangeError)
  })

  test.each([
    ['Đỗ xe – lượt 12', 'Do xe luot 12'],
    ['  gui   xe\tA ', 'gui xe A'],
    ['A'.repeat(40), 'A'.repeat(25)],
    ['🚗', ''],
  ])('carries %j as %j', (text, carried) => {
    expect(purposeText(text)).toBe(carried)
  })
})

test('a purpose keeps its letters and loses their accents, small and capital', () => {
  expect(purposeText('gửi xe đêm, Đống Đa')).toBe('gui xe dem Dong Da')
})
