import { slugParameter } from '../fields.ts'
import { asked, json, LANE_STAFF, operation, reading } from '../operation.ts'
import { reasonRequest } from './fields.ts'
import { lateEvidenceRequest, sessionChoice, ticketKeys, ticketRequest } from './lane-schemas.ts'

/** What staff do for a vehicle at a lane of a car park, and with no box. */
export const laneOperations = {
  askTicket: operation({
    method: 'post',
    path: '/v1/lanes/{id}/ticket',
    summary: 'Give the vehicle at an entry a ticket',
    tag: 'lanes',
    access: LANE_STAFF,
    params: slugParameter,
    query: null,
    body: ticketRequest,
    keyed: true,
    answers: asked('The ticket is on the display, and the arm goes up.'),
  }),
  chooseSession: operation({
    method: 'post',
    path: '/v1/lanes/{id}/session',
    summary: 'Say which stay the vehicle at an exit is',
    description: 'A lost ticket, or a plate that nobody can read. Recorded with who said so and why.',
    tag: 'lanes',
    access: LANE_STAFF,
    params: slugParameter,
    query: null,
    body: sessionChoice,
    keyed: true,
    answers: asked('What is asked of it, or that it may go.'),
  }),
  leaveOnDebt: operation({
    method: 'post',
    path: '/v1/lanes/{id}/debt',
    summary: 'Let a vehicle leave unpaid: its plate owes',
    tag: 'lanes',
    access: LANE_STAFF,
    params: slugParameter,
    query: null,
    body: reasonRequest,
    keyed: true,
    answers: asked('It may go, and owes.'),
  }),
  handInLate: operation({
    method: 'post',
    path: '/v1/lanes/{id}/late-events',
    summary: 'Hand in whom you let in or out while the box was dead',
    description:
      'Late evidence (the address calls it an event, and keeps that name): it opens nothing, and what stands at the lane stays as it is. A let-out ends the stay of the ticket, or the one open stay of the plate, and books the cash; a let-in begins one by its plate. `handedInAt` is the phone’s clock at the moment of this request, so that its error falls out of the time that is booked: set it anew at each try. The same Idempotency-Key with another `handedInAt` is the same event, and gets the same answer. What does not fit the books is kept with a case and moves nothing (`misfit`); send the entries before the exits. Cash beyond what change explains is refused as `cash-unlikely` unless `confirmed` is true; more than `cashOverMax` beyond the price as `evidence-cash-too-high`, unless an operator or admin hands it in, and confirms it.',
    tag: 'lanes',
    access: LANE_STAFF,
    params: slugParameter,
    query: null,
    body: lateEvidenceRequest,
    keyed: true,
    answers: asked('In the books: what it did, what of the cash is booked, and what is still owed.'),
  }),
  readTicketKeys: operation({
    method: 'get',
    path: '/v1/ticket-keys',
    summary: 'Get the keys by which a phone checks tickets and receipts with no box',
    description:
      'Public keys of this gateway, today’s first and old ones after it (Ed25519, JWS header `alg` EdDSA). A ticket is genuine where the key of its `kid` verifies it; whether it has been used to leave only the books know.',
    tag: 'parking',
    access: LANE_STAFF,
    params: null,
    ...reading,
    answers: [json(200, 'The keys; keep them on the phone.', ticketKeys)],
  }),
}
