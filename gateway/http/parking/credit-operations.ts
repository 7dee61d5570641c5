import { madeIdParameter } from '../fields.ts'
import { asked, json, OFFICE, operation } from '../operation.ts'
import {
  bankCreditRequest,
  creditAssignment,
  creditRequest,
  creditReturn,
  creditSent,
  credits,
  creditsQuery,
} from './credit-schemas.ts'

/** Money that a bank tells of. */
export const creditOperations = {
  creditCharge: operation({
    method: 'post',
    path: '/v1/charges/{id}/credits',
    summary: 'Enter a bank transfer that names a charge',
    description:
      'For whoever has read it in the bank’s own list. Each reference is taken once, whoever enters it and under whichever Idempotency-Key; with another charge or amount it is refused as `credit-known`.',
    tag: 'money',
    access: OFFICE,
    params: madeIdParameter,
    query: null,
    body: creditRequest,
    keyed: true,
    answers: asked('What it paid, what is left to pay, and what is to be given back.'),
  }),
  takeBankCredit: operation({
    method: 'post',
    path: '/v1/bank-credits',
    summary: 'Enter a bank transfer with what its payer wrote',
    description:
      'A reference with its check digits in the text books it to that charge, and opens for a vehicle that stands at an exit. What may be of its driver or of staff who hold cash of that charge (`cash-on-behalf`) waits as `credit-unmatched`, and its case names the charge. All else waits too, as `credit-unmatched` for a person. Each of the bank’s references is taken once, whoever brings it and under whichever Idempotency-Key; with other content it is refused as `credit-known`. What was refused may be sent again.',
    tag: 'money',
    access: OFFICE,
    params: null,
    query: null,
    body: bankCreditRequest,
    keyed: true,
    answers: asked('What it paid, or that it waits.'),
  }),
  readBankCredits: operation({
    method: 'get',
    path: '/v1/bank-credits',
    summary: 'List the transfers that are booked to nothing',
    description:
      'Those that wait for somebody who knows what they are for, and those that are to go back. Amount and time make suggestions, and book nothing.',
    tag: 'money',
    access: OFFICE,
    params: null,
    query: creditsQuery,
    body: null,
    keyed: false,
    answers: [json(200, 'Oldest first.', credits)],
  }),
  assignBankCredit: operation({
    method: 'post',
    path: '/v1/bank-credits/assignments',
    summary: 'Say which charge a transfer is for, with a reason',
    description:
      'Of one that waits, or of one that was booked to a wrong charge: it is taken off that and booked to this in one record, by an operator up to `creditMoveMax` of the policy, by an admin without a limit.',
    tag: 'money',
    access: OFFICE,
    params: null,
    query: null,
    body: creditAssignment,
    keyed: true,
    answers: asked('What it paid, what is left to pay, and what is to be given back.'),
  }),
  returnBankCredit: operation({
    method: 'post',
    path: '/v1/bank-credits/returns',
    summary: 'Say that a transfer is for nothing here and goes back to its payer, with a reason',
    description: 'The books then owe it, and its case stays, until somebody has sent it and says so.',
    tag: 'money',
    access: OFFICE,
    params: null,
    query: null,
    body: creditReturn,
    keyed: true,
    answers: asked('Booked as to be given back.'),
  }),
  sendBankCreditBack: operation({
    method: 'post',
    path: '/v1/bank-credits/returns/sent',
    summary: 'Say that a transfer has been sent back, by the bank’s own reference of that',
    description:
      'Of one that is to go back. The books owe it no more, its case ends, and it is listed no more. The same again changes nothing; another reference is refused.',
    tag: 'money',
    access: OFFICE,
    params: null,
    query: null,
    body: creditSent,
    keyed: true,
    answers: asked('Booked as sent back.'),
  }),
}
