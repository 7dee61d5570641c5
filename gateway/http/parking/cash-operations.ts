import { madeIdParameter } from '../fields.ts'
import { asked, LANE_STAFF, operation } from '../operation.ts'
import { cashRequest, refundRequest } from './cash-schemas.ts'

/** Cash of a stay. */
export const cashOperations = {
  takeCash: operation({
    method: 'post',
    path: '/v1/charges/{id}/cash',
    summary: 'Book cash that was taken for a stay',
    description:
      'What is handed over beyond what is asked is to be given back as change. More than what is asked, rounded up to the largest note (`cashNoteMax` of the policy), is refused as `cash-unlikely` with what is asked in `due`, unless `confirmed` is true; cash for what asks nothing, too. Confirmed or not, more than `cashOverMax` beyond what is asked is refused as `cash-too-high`. Cash for the sale of a pass that is paid, taken back or lapsed is `pass-sale-over`, whatever its amount.',
    tag: 'money',
    access: LANE_STAFF,
    params: madeIdParameter,
    query: null,
    body: cashRequest,
    keyed: true,
    answers: asked('What it paid, what is left to pay, and what is to be given back.'),
  }),
  refundCharge: operation({
    method: 'post',
    path: '/v1/charges/{id}/refunds',
    summary: 'Give money of a stay, or of a pass, back out of the cash',
    description:
      'What was paid beyond what is due, without a cap. While the vehicle is inside, what is more than the stay costs by now: an operator or admin all, others in all up to `refundMax` of the policy (`refund-while-inside`). Once it has left, of what was due, up to `refundMax` too: refused as `refund-of-price`, with what is too much in `due`, unless `confirmed` is true, for somebody else may have given that back already. `ofPrice` in the answer says how much was of the price. Of a pass’s price an operator or admin gives back all, and others up to the same cap (`pass-refund-too-high`). It takes all the time that was bought: a part of the price is refused as `pass-refund-part`, with all of it in `due`, unless `confirmed` is true. While the clock is not trusted none of it is given back (`pass-clock-not-trusted`), what was paid beyond it is. `pass` in the answer says until when the pass is good still.',
    tag: 'money',
    access: LANE_STAFF,
    params: madeIdParameter,
    query: null,
    body: refundRequest,
    keyed: true,
    answers: asked('Booked: hand it over.'),
  }),
}
