import type { DeviceCommand } from '../../core/effects.ts'

/** Where the driver's page stands under the public address. */
const DRIVER_PAGE = '/parking'

/**
 * A command as it is handed over: the code of a ticket is a link to the driver's page, with the ticket behind the `#`, which no server is told. Put on here and not in the records: another
 * address tomorrow changes no book, and what is announced again has the new one. Without a public address the ticket stands alone.
 */
export function withTicketLink(command: DeviceCommand, publicUrl: string | null): DeviceCommand {
  if (publicUrl === null || command.type !== 'announce' || command.message.kind !== 'ticket') return command
  const { message } = command
  return { type: 'announce', message: { ...message, text: ticketLink(message.text, publicUrl) } }
}

/** The driver's page of a signed ticket. */
export function ticketLink(ticket: string, publicUrl: string): string {
  return `${publicUrl}${DRIVER_PAGE}#${ticket}`
}
