import { describe, expect, test } from 'vitest'
import type { Operation } from '../../../../gateway/http/operation.ts'
import { operations } from '../../../../gateway/http/operations.ts'
import type { DeskData } from '../../../../gateway/http/pages/desk-page.ts'
import { deskWordsOf } from '../../../../gateway/http/pages/desk-words.ts'
import { createActs } from '../../../../gateway/http/static/desk/acts.js'
import type { LateEvidence } from '../../../../gateway/http/static/desk/late-queue.js'
import { requestOf } from '../../../../gateway/http/static/desk/late-queue.js'
import { fitsBooks, outcomeLines } from '../../../../gateway/http/static/desk/outcome.js'
import { createSaid } from '../../../../gateway/http/static/desk/said.js'
import type { PassOnOffer } from '../../../../gateway/http/static/desk/wire.js'

const STAY = 'box-1:1:42:s0'
const CHARGE = 'box-1:1:50:g0'

function dataIn(language: 'vi' | 'en'): DeskData {
  const lanes = [
    { id: 'out-1', name: 'Làn ra 1', direction: 'exit', givesTickets: false, way: null, hasArm: true },
  ] as const
  const classes = [
    { id: 'car', name: 'Ô tô' },
    { id: 'motorbike', name: 'Xe máy' },
  ]
  const data: Partial<DeskData> = {
    language,
    zone: 'Asia/Ho_Chi_Minh',
    currency: 'VND',
    lanes,
    vehicleClasses: classes,
    places: [{ id: 'lot', name: 'Bãi chính' }],
    words: deskWordsOf[language],
  }
  return data as DeskData
}

const data = dataIn('vi')
const acts = createActs(data, createSaid(data))
const texts = {
  reason: 'Khách mất vé',
  tender: 'cash-on-behalf',
  vehicleClass: 'motorbike',
  plate: '30A-123.45',
  id: 'hd-118',
  holder: 'Siêu thị',
  charge: CHARGE,
}
const ON_OFFER: PassOnOffer = {
  tariff: 'cars',
  version: 'v1',
  pass: 'month',
  name: { vi: 'Vé tháng', en: 'A month' },
  vehicleClass: 'car',
  months: 1,
  covers: 'day-and-night',
  hours: [],
  places: ['lot'],
  price: { amount: 40_000, currency: 'VND' },
}
const numbers = { amount: 1_260_000, count: 37, minutes: 50, share: 1_250 }

describe('each act sends what its operation takes', () => {
  test.each([
    ['openLane', acts.openLane('out-1'), operations.openLane],
    ['askTicket', acts.askTicket('out-1'), operations.askTicket],
    ['chooseSession', acts.chooseSession('out-1', STAY, '30A12345'), operations.chooseSession],
    ['leaveOnDebt', acts.leaveOnDebt('out-1'), operations.leaveOnDebt],
    ['askSession', acts.askSession(STAY), operations.askSession],
    ['takeCash', acts.takeCash(CHARGE, []), operations.takeCash],
    ['refund', acts.refund(CHARGE, []), operations.refundCharge],
    ['refundPass', acts.refundPass(), operations.refundCharge],
    ['renewPass', acts.renewPass(ON_OFFER, 'x'), operations.sellRenewal],
    ['close', acts.close(STAY), operations.correctSession],
    ['changePlate', acts.changePlate(STAY), operations.correctSession],
    ['changeClass', acts.changeClass(STAY), operations.correctSession],
    ['resetPassback', acts.resetPassback(STAY), operations.correctSession],
    ['endCase', acts.endCase('box-1:1:60:k1', 'x'), operations.endCase],
    ['correctCount', acts.correctCount('lot', 'car', 'x'), operations.correctOccupancy],
    ['emergency', acts.emergency(true), operations.declareEmergency],
  ] as const)('%s', (_name, act, operation) => {
    sends(act.request({ texts, numbers, lines: [] }), operation)
    // What the operation asks a reason for, the form asks a reason for.
    const asks = act.fields.some(({ kind }) => kind === 'reason')
    expect(asks).toBe(operation.body?.safeParse({}).error?.issues.some(({ path }) => path[0] === 'reason') === true)
  })

  test.each([
    ['first-minutes', { kind: 'first-minutes', minutes: 50 }],
    ['amount', { kind: 'amount', amount: { amount: 1_260_000, currency: 'VND' } }],
    ['share', { kind: 'share', basisPoints: 1_250 }],
    ['covers', { kind: 'covers' }],
  ])('a validation of %s', (relief, sent) => {
    const request = acts.validate(STAY).request({ texts: { ...texts, relief }, numbers, lines: [] })
    sends(request, operations.validateSession)
    expect(request.body).toMatchObject({ id: 'hd-118', relief: sent })
  })

  test('what was noted without the box, with all that may be noted', () => {
    const event: LateEvidence = {
      n: 1,
      key: 'k',
      lane: 'out-1',
      client: 'gate-1',
      state: 'waiting',
      body: {
        kind: 'let-out',
        occurredAt: 1_795_300_000_000,
        reason: 'Hộp không trả lời',
        ticket: 'eyJ.x.y',
        plate: '30A-123.45',
        vehicleClass: 'car',
        cash: 30_000,
        tender: 'cash',
        confirmed: true,
      },
    }
    sends({ path: '/v1/lanes/out-1/late-events', body: requestOf(event, 1_795_300_060_000) }, operations.handInLate)
  })
})

describe('what the box has decided', () => {
  const dong = (amount: number) => ({ amount, currency: 'VND' })
  const evidence = { ok: true, kind: 'evidence-taken', session: STAY, charge: CHARGE, cases: [] }
  test.each([
    [{ kind: 'amount-asked', due: dong(85_000) }, ['To pay: 85,000 VND']],
    [{ kind: 'nothing-due' }, ['Nothing to pay: the vehicle may leave.']],
    [
      { kind: 'credited', amount: dong(60_000), rest: dong(25_000), overpaid: dong(0) },
      ['Booked 60,000 VND', 'STILL TO PAY: 25,000 VND'],
    ],
    [
      { kind: 'credited', amount: dong(85_000), rest: dong(0), overpaid: dong(15_000) },
      [
        'Booked 85,000 VND',
        'All is paid.',
        'TOO MUCH BY 15,000 VND: give it back, then book that (“Give money back” of its stay)',
      ],
    ],
    [{ kind: 'refunded', amount: dong(15_000) }, ['Hand the customer 15,000 VND']],
    [{ kind: 'refunded', amount: dong(15_000), ofPrice: dong(0) }, ['Hand the customer 15,000 VND']],
    [
      { kind: 'refunded', amount: dong(15_000), ofPrice: dong(5_000) },
      ['Hand the customer 15,000 VND', '5,000 VND of it is of the price, not of what was too much.'],
    ],
    [
      { kind: 'refunded', amount: dong(15_000), pass: { right: 've-1', goodUntil: null } },
      ['Hand the customer 15,000 VND', 'PASS ve-1 IS OVER FROM NOW ON.'],
    ],
    [
      { kind: 'refunded', amount: dong(15_000), pass: { right: 've-1', goodUntil: 1_795_300_000_000 } },
      ['Hand the customer 15,000 VND', expect.stringMatching(/^Pass ve-1 is good until .+ still\.$/)],
    ],
    [{ kind: 'noted' }, ['Booked.']],
    [
      { ...evidence, stay: 'ended', paid: dong(25_000), owed: dong(5_000), overpaid: dong(0), misfit: null },
      ['The stay was ended.', 'Booked 25,000 VND', 'STILL TO PAY: 5,000 VND'],
    ],
    [
      { ...evidence, stay: 'untouched', paid: dong(0), owed: null, overpaid: dong(0), misfit: 'no-stay' },
      [
        'Recorded; no stay was changed.',
        'This vehicle has no open stay. If its way in is not noted yet, note that, then send this one again.',
      ],
    ],
  ])('%j is said to whoever stands there', (outcome, lines) => {
    expect(outcomeLines(outcome, createSaid(dataIn('en')))).toEqual(lines)
    expect(fitsBooks(outcome)).toBe(!('misfit' in outcome) || outcome.misfit === null)
  })
})

function sends(request: { readonly path: string; readonly body?: unknown }, operation: Operation): void {
  const address = new RegExp(`^${operation.path.replace(/\{\w+\}/, '([^/]+)')}$`).exec(request.path)
  expect(address, request.path).not.toBeNull()
  if (operation.params !== null) {
    const id = decodeURIComponent(address?.[1] ?? '')
    expect(operation.params.safeParse({ id }).error, id).toBeUndefined()
  }
  if (operation.body === null) expect(request.body).toBeUndefined()
  else expect(operation.body.safeParse(request.body).error, JSON.stringify(request.body)).toBeUndefined()
}
