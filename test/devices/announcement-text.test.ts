import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Announcement } from '../../core/effects.ts'
import type { DocumentId, SessionId } from '../../core/ids.ts'
import type { CurrencyCode } from '../../core/money.ts'
import { AMOUNT_MAX, money, VND } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import { refusalTable } from '../../core/refusals.ts'
import { instant } from '../../core/time.ts'
import { announcementOnWire } from '../../devices/announcement-text.ts'
import { wireAnnouncement } from '../../devices/wire.ts'

const CHARGE = 'box-1:1:41:c0'
const TICKET = {
  document: 'box-1:1:41:d0' as DocumentId,
  session: 'box-1:1:41:s0' as SessionId,
  enteredAt: instant(0),
  text: 'https://gate.example/parking#e30.e30.e30',
}
const dong = (amount: number) => money(amount, VND)
const received = (amount: number, due: number): Announcement => ({
  kind: 'received',
  amount: dong(amount),
  due: dong(due),
  charge: CHARGE,
})

describe('what a soundbox says', () => {
  it.each<[string, Announcement, string, string, string]>([
    ['a payment in full', received(50_000, 50_000), 'paid', 'Đã nhận năm mươi nghìn đồng.', 'Received 50,000 dong.'],
    [
      '200 đồng for a bill of 200.000: THIẾU comes first, and a warning before it',
      received(200, 200_000),
      'warning',
      'THIẾU một trăm chín mươi chín nghìn tám trăm đồng. Mới nhận hai trăm đồng, phải trả hai trăm nghìn đồng.',
      'SHORT by 199,800 dong. Received only 200 dong of 200,000 dong.',
    ],
    [
      'too little, though in thousands',
      received(49_000, 50_000),
      'warning',
      'THIẾU một nghìn đồng. Mới nhận bốn mươi chín nghìn đồng, phải trả năm mươi nghìn đồng.',
      'SHORT by 1,000 dong. Received only 49,000 dong of 50,000 dong.',
    ],
    [
      'too much',
      received(60_000, 50_000),
      'paid',
      'Đã nhận sáu mươi nghìn đồng, thừa mười nghìn đồng.',
      'Received 60,000 dong, 10,000 dong too much.',
    ],
    [
      '999 đồng, due in full: a warning',
      received(999, 999),
      'warning',
      'Đã nhận chín trăm chín mươi chín đồng.',
      'Received 999 dong.',
    ],
    ['1.000 đồng: no warning', received(1_000, 1_000), 'paid', 'Đã nhận một nghìn đồng.', 'Received 1,000 dong.'],
    [
      'the same code again: it must not sound like money',
      { kind: 'already-received', amount: dong(50_000), charge: CHARGE },
      'none',
      'Mã này đã trả năm mươi nghìn đồng trước đó. Không thu thêm.',
      'This code paid 50,000 dong before. Nothing more was taken.',
    ],
    [
      'a refusal at a stall',
      { kind: 'refused', refusal: 'token-expired', due: dong(50_000) },
      'refused',
      'Chưa nhận tiền. Mã đã hết hạn. Phải trả năm mươi nghìn đồng.',
      'Not paid. Code has expired. Please pay 50,000 dong.',
    ],
    [
      'a refusal at a lane',
      { kind: 'refused', refusal: 'no-vehicle', due: null },
      'refused',
      'Chưa thấy xe.',
      'No vehicle seen.',
    ],
    [
      'what is to be paid',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: null },
      'none',
      'Phải trả mười lăm nghìn đồng.',
      'Please pay 15,000 dong.',
    ],
    [
      'what is to be paid where nothing but cash works',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: null, withoutCode: true },
      'none',
      'Phải trả mười lăm nghìn đồng cho nhân viên.',
      'Please pay 15,000 dong to the staff.',
    ],
    [
      'what is to be paid where staff have been called',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: null, isStaffCalled: true },
      'none',
      'Phải trả mười lăm nghìn đồng. Vui lòng chờ, nhân viên sẽ tới giúp.',
      'Please pay 15,000 dong. Please wait, staff will come to help.',
    ],
    [
      'what is to be paid to a vendor in cash',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: null, withoutCode: true, cashFor: 'vendor' },
      'none',
      'Phải trả mười lăm nghìn đồng cho người bán.',
      'Please pay 15,000 dong to the vendor.',
    ],
    [
      'a cancelled charge',
      { kind: 'charge-cancelled', charge: CHARGE },
      'none',
      'Đã huỷ khoản thu.',
      'The charge is cancelled.',
    ],
    [
      'a paid entry',
      { kind: 'welcome', paid: dong(25_000) },
      'paid',
      'Đã nhận hai mươi lăm nghìn đồng. Xin mời qua.',
      'Received 25,000 dong. Please drive on.',
    ],
    [
      'an entry for less than a thousand',
      { kind: 'welcome', paid: dong(500) },
      'warning',
      'Đã nhận năm trăm đồng. Xin mời qua.',
      'Received 500 dong. Please drive on.',
    ],
    ['an entry by a pass', { kind: 'welcome', paid: null }, 'none', 'Xin mời qua.', 'Welcome. Please drive on.'],
    [
      'an entry of who owes',
      { kind: 'welcome', paid: null, debt: dong(25_000) },
      'none',
      'Xin mời qua.',
      'Welcome. Please drive on.',
    ],
    ['who leaves with nothing to pay', { kind: 'goodbye' }, 'none', 'Xin mời qua.', 'Goodbye. Please drive on.'],
    ['drive on', { kind: 'drive-on' }, 'none', 'Xin mời qua.', 'Please drive on.'],
    [
      'staff are called',
      { kind: 'call-staff' },
      'none',
      'Vui lòng chờ, nhân viên sẽ tới giúp.',
      'Please wait, staff will come to help.',
    ],
    [
      'staff are called for what no driver can mend',
      { kind: 'call-staff', why: 'over-transaction-limit' },
      'refused',
      `${refusalTable['over-transaction-limit'].vi.short}. Vui lòng chờ, nhân viên sẽ tới giúp.`,
      `${refusalTable['over-transaction-limit'].en.short}. Please wait, staff will come to help.`,
    ],
    ['nothing when idle', { kind: 'idle' }, 'none', '', ''],
  ])('%s', (_name, message, tone, vi, en) => {
    expect(announcementOnWire(message)).toMatchObject({ tone, speech: { vi, en } })
  })

  it('says every sum with its unit, whatever the sum', () => {
    fc.assert(
      fc.property(amounts(), amounts(), (amount, dueAmount) => {
        const { speech } = announcementOnWire(received(amount, dueAmount))
        const sums = amount < dueAmount ? 3 : amount === dueAmount ? 1 : 2
        expect(speech.vi.match(/ đồng/g)).toHaveLength(sums)
        expect(speech.vi.startsWith('THIẾU')).toBe(amount < dueAmount)
      }),
    )
  })
})

describe('what a till or a display shows', () => {
  it.each<[string, Announcement, readonly string[], readonly string[]]>([
    [
      'a payment in full',
      received(50_000, 50_000),
      ['Đã nhận 50.000\u00a0₫', 'Cảm ơn quý khách'],
      ['Received 50,000 VND', 'Thank you'],
    ],
    [
      'too little',
      received(200, 200_000),
      ['THIẾU 199.800\u00a0₫', 'Mới nhận 200\u00a0₫, cần 200.000\u00a0₫'],
      ['SHORT 199,800 VND', 'Received only 200 VND of 200,000 VND'],
    ],
    [
      'too much',
      received(60_000, 50_000),
      ['Đã nhận 60.000\u00a0₫', 'Thừa 10.000\u00a0₫'],
      ['Received 60,000 VND', '10,000 VND too much'],
    ],
    [
      'what is to be paid',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: null },
      ['Phải trả 15.000\u00a0₫', 'Đưa mã QR vào đầu đọc'],
      ['To pay: 15,000 VND', 'Show your QR code to the reader'],
    ],
    [
      'what is to be paid, of which some is owed from an earlier visit',
      { kind: 'amount-due', amount: dong(120_000), charge: CHARGE, qr: 'x', debt: dong(60_000) },
      ['Phải trả 120.000\u00a0₫', 'Gồm nợ lượt trước 60.000\u00a0₫. Quét VietQR này hoặc đưa mã vào đầu đọc'],
      ['To pay: 120,000 VND', '60,000 VND of it from an earlier visit. Scan this VietQR, or show your code'],
    ],
    [
      'what is to be paid by a bank’s app or a code',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: 'x' },
      ['Phải trả 15.000\u00a0₫', 'Quét VietQR này hoặc đưa mã vào đầu đọc'],
      ['To pay: 15,000 VND', 'Scan this VietQR, or show your code'],
    ],
    [
      'what is to be paid where nobody’s codes are taken',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: 'x', withoutCode: true },
      ['Phải trả 15.000\u00a0₫', 'Quét VietQR này để chuyển khoản'],
      ['To pay: 15,000 VND', 'Scan this VietQR with your bank’s app'],
    ],
    [
      'what is to be paid where nothing but cash works',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: null, withoutCode: true },
      ['Phải trả 15.000\u00a0₫', 'Trả tiền mặt cho nhân viên'],
      ['To pay: 15,000 VND', 'Pay cash to the staff'],
    ],
    [
      'what is to be paid where staff have been called',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: 'x', isStaffCalled: true },
      ['Phải trả 15.000\u00a0₫', 'Vui lòng chờ, nhân viên sẽ tới giúp'],
      ['To pay: 15,000 VND', 'Please wait, staff will come to help'],
    ],
    [
      'what is to be paid to a vendor in cash',
      { kind: 'amount-due', amount: dong(15_000), charge: CHARGE, qr: null, withoutCode: true, cashFor: 'vendor' },
      ['Phải trả 15.000\u00a0₫', 'Trả tiền mặt cho người bán'],
      ['To pay: 15,000 VND', 'Pay cash to the vendor'],
    ],
    [
      'a refusal, with what to do',
      { kind: 'refused', refusal: 'token-spent', due: dong(50_000) },
      ['Mã đã dùng', 'Mã này đã trả một lần rồi. Tạo mã mới.'],
      ['Code already used', 'It has paid once. Make a new code.'],
    ],
    [
      'a code whose signature does not hold, to the one who shows it, and not to staff',
      { kind: 'refused', refusal: 'token-signature', due: null },
      ['Mã này không dùng được', 'Đưa lại vé hoặc mã. Không được thì gọi nhân viên.'],
      ['This code is not good', 'Show it again. If that fails, call staff.'],
    ],
    [
      'that it may go, of what came beyond the price, and who gives it back',
      { kind: 'goodbye', over: dong(10_000) },
      ['Trả thừa 10.000\u00a0₫. Mời xe qua', 'Nhân viên trả lại tiền thừa'],
      ['10,000 VND too much. Drive on', 'Staff give the rest back'],
    ],
    [
      'the same code again',
      { kind: 'already-received', amount: dong(50_000), charge: CHARGE },
      ['Đã trả trước đó: 50.000\u00a0₫', 'Không thu thêm'],
      ['Paid before: 50,000 VND', 'Nothing more was taken'],
    ],
  ])('%s', (_name, message, vi, en) => {
    expect(announcementOnWire(message).lines).toEqual({ vi, en })
  })
})

describe('every announcement', () => {
  it('fits the wire, with the largest sums and every refusal', () => {
    const largest = dong(AMOUNT_MAX)
    const messages: readonly Announcement[] = [
      received(AMOUNT_MAX - 1, AMOUNT_MAX),
      received(AMOUNT_MAX, AMOUNT_MAX - 1),
      received(AMOUNT_MAX, AMOUNT_MAX),
      { kind: 'already-received', amount: largest, charge: CHARGE },
      { kind: 'amount-due', amount: largest, charge: CHARGE, qr: null },
      { kind: 'charge-cancelled', charge: CHARGE },
      { kind: 'welcome', paid: largest },
      { kind: 'welcome', paid: null },
      { kind: 'welcome', paid: null, debt: largest },
      { kind: 'ticket', ...TICKET, debt: largest },
      { kind: 'debt', amount: largest },
      { kind: 'goodbye' },
      { kind: 'drive-on' },
      { kind: 'call-staff' },
      { kind: 'idle' },
      ...(Object.keys(refusalTable) as Refusal[]).flatMap((refusal): Announcement[] => [
        { kind: 'refused', refusal, due: largest },
        { kind: 'refused', refusal, due: null },
        { kind: 'call-staff', why: refusal },
      ]),
    ]
    const unfit = messages.map(announcementOnWire).filter((message) => !wireAnnouncement.safeParse(message).success)
    expect(unfit).toEqual([])
  })

  it('tells no driver what staff are to do: to let nobody through, to open by hand, to tell a technician, to look at an id', () => {
    for (const refusal of [
      'token-signature',
      'token-key-unknown',
      'token-issued-in-future',
      'right-unknown',
      'right-ended',
      'fault',
    ] as const) {
      const { lines, speech } = announcementOnWire({ kind: 'refused', refusal, due: null })
      expect(lines.vi[1], refusal).toMatch(/gọi nhân viên/)
      expect(lines.en[1], refusal).toMatch(/call staff/)
      expect(speech.vi).toBe(`${lines.vi[0]}.`)
      expect(lines.en[1], 'the table speaks to staff').not.toBe(refusalTable[refusal].en.help)
    }
  })

  it('carries the facts besides the words', () => {
    expect(announcementOnWire({ kind: 'goodbye', over: dong(10_000) })).toMatchObject({
      kind: 'goodbye',
      amount: { amount: 10_000, currency: 'VND' },
      tone: 'none',
      speech: { vi: 'Trả thừa mười nghìn đồng, nhân viên trả lại. Xin mời qua.' },
    })

    expect(announcementOnWire(received(200, 200_000))).toMatchObject({
      kind: 'received',
      charge: CHARGE,
      amount: { amount: 200, currency: 'VND' },
      due: { amount: 200_000, currency: 'VND' },
      refusal: null,
      qr: null,
    })
    expect(announcementOnWire({ kind: 'refused', refusal: 'token-spent', due: null })).toMatchObject({
      kind: 'refused',
      charge: null,
      amount: null,
      due: null,
      refusal: 'token-spent',
    })
  })

  it('compares no sums of two currencies', () => {
    const amount = money(50, 'USD' as CurrencyCode)
    const message = announcementOnWire({ kind: 'received', amount, due: dong(50_000), charge: CHARGE })
    expect(message.tone).toBe('paid')
    expect(message.speech).toEqual({ vi: 'Đã nhận năm mươi USD.', en: 'Received 50 USD.' })
  })
})

function amounts(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: 1, max: 2_000_000 }), fc.integer({ min: 1, max: AMOUNT_MAX }))
}
