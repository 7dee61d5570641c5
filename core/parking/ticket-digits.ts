import type { DocumentId } from '../ids.ts'

/** The digits of a ticket's number that stand on it, and that a driver types beside the plate. */
export const TICKET_DIGITS = 4

/** The last digits of a ticket's number: of the record in which it was made, which its id names. */
export function ticketDigits(ticket: DocumentId): string {
  const seq = ticket.split(':').at(-2) ?? ''
  return seq.padStart(TICKET_DIGITS, '0').slice(-TICKET_DIGITS)
}
