import { json, OFFICE, operation } from '../operation.ts'
import { corrections, correctionsQuery } from './correction-schemas.ts'

/** What people have put right in the books, and why. */
export const correctionOperations = {
  readCorrections: operation({
    method: 'get',
    path: '/v1/corrections',
    summary: 'Read what people have put right, and why',
    description:
      'Corrections of counts and stays, refunds, the status of passes, cases that were ended, assignments of a bank’s credit: when, by whom, what stood there before and after, and the reason as it was typed. So many records of the journal are looked through at a time: a page may be empty and have a next one.',
    tag: 'parking',
    access: OFFICE,
    params: null,
    query: correctionsQuery,
    body: null,
    keyed: false,
    answers: [json(200, 'In the order of their seq.', corrections)],
  }),
}
