import { madeIdParameter } from '../fields.ts'
import { asked, json, LANE_STAFF, operation, reading } from '../operation.ts'
import { reasonRequest } from './fields.ts'
import { passPayment, passRenewalRequest, passSale, passSaleRequest, soldPass } from './pass-sale-schemas.ts'
import { rightParameter } from './right-schemas.ts'

const SOLD = [json(201, 'Sold: in force, or waiting to be paid.', soldPass)]

/** Passes that are sold by an offer of the tariff in force. */
export const passSaleOperations = {
  sellPass: operation({
    method: 'post',
    path: '/v1/pass-sales',
    summary: 'Sell a pass that the tariff has on offer',
    description:
      'Hours, places, spaces and price come from the offer. With cash for all of it, it is in force at once; without, from its payment: cash or a bank’s credit for its charge (POST /v1/charges/{id}/cash, a transfer with its reference), or a payer’s code. A vehicle that is inside goes by it from its next entry on. What nobody has paid within seven days comes to nothing.',
    tag: 'parking',
    access: LANE_STAFF,
    params: null,
    query: null,
    body: passSaleRequest,
    keyed: true,
    answers: SOLD,
  }),
  sellRenewal: operation({
    method: 'post',
    path: '/v1/rights/{id}/sales',
    summary: 'Renew a pass by what the tariff has on offer',
    description:
      'The offer must be of the same hours, places, class and spaces. The time goes on where the pass ends; one that has run out is good again from the payment.',
    tag: 'parking',
    access: LANE_STAFF,
    params: rightParameter,
    query: null,
    body: passRenewalRequest,
    keyed: true,
    answers: SOLD,
  }),
  readPassSale: operation({
    method: 'get',
    path: '/v1/pass-sales/{id}',
    summary: 'Read a sale of a pass, by its charge',
    tag: 'parking',
    access: LANE_STAFF,
    params: madeIdParameter,
    ...reading,
    answers: [json(200, 'What was sold, what is paid of it, and by which transfer the rest can be.', passSale)],
  }),
  cancelPassSale: operation({
    method: 'post',
    path: '/v1/pass-sales/{id}/cancellation',
    summary: 'Take a sale back that is not paid',
    description: 'What had been paid of it is to be given back. One that is paid is ended by a refund.',
    tag: 'parking',
    access: LANE_STAFF,
    params: madeIdParameter,
    query: null,
    body: reasonRequest,
    keyed: true,
    answers: asked('Taken back.'),
  }),
  payPass: operation({
    method: 'post',
    path: '/v1/rights/{id}/payments',
    summary: 'Pay for a pass with a payer’s code',
    description: 'It pays what its newest sale still asks.',
    tag: 'parking',
    access: LANE_STAFF,
    params: rightParameter,
    query: null,
    body: passPayment,
    keyed: true,
    answers: asked('Paid, and in force.'),
  }),
}
