import { slugParameter } from '../fields.ts'
import { asked, json, OFFICE, operation, STALL_STAFF } from '../operation.ts'
import { sessionParameter } from './stay-schemas.ts'
import { merchantValidationRequest, validationRequest, validations, validationsQuery } from './validation-schemas.ts'

/** What merchants let their customers have. */
export const validationOperations = {
  validateSession: operation({
    method: 'post',
    path: '/v1/sessions/{id}/validations',
    summary: 'Take something off a stay’s bill for nothing',
    description:
      'So much time, an amount or a share is taken off its bill, and the site bears it: with a reason. What a merchant bears it gives at its stall. An id in use is refused as `right-exists`.',
    tag: 'parking',
    access: OFFICE,
    params: sessionParameter,
    query: null,
    body: validationRequest,
    keyed: true,
    answers: asked('Booked.'),
  }),
  validateAtStall: operation({
    method: 'post',
    path: '/v1/stalls/{id}/validations',
    summary: 'Validate a customer’s stay: the merchant bears it',
    description:
      'At a stall of one’s own, within what the policy lets its merchant give: of one validation, and in a day. Once for a stay and merchant, before it is paid. Of the stay nothing is told.',
    tag: 'parking',
    access: STALL_STAFF,
    params: slugParameter,
    query: null,
    body: merchantValidationRequest,
    keyed: true,
    answers: asked('Given.'),
  }),
  readValidations: operation({
    method: 'get',
    path: '/v1/validations',
    summary: 'Read what merchants gave and bear, by day',
    tag: 'parking',
    access: OFFICE,
    params: null,
    query: validationsQuery,
    body: null,
    keyed: false,
    answers: [json(200, 'Newest day first.', validations)],
  }),
}
