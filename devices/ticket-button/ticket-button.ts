import { ownDevice } from '../own-device.ts'

/** The button at an entry by which a driver asks for a ticket. */
export const ticketButton = ownDevice({ name: 'ticket-button', kind: 'button', says: ['ticket-asked'], does: [] })
