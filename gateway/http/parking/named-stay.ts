import { z } from '@hono/zod-openapi'
import type { SessionId } from '../../../core/ids.ts'
import type { Mode } from '../../../core/mode.ts'
import type { Refusal } from '../../../core/refusals.ts'
import { shownText } from '../fields.ts'
import type { Tickets } from '../ports.ts'
import { plate } from './fields.ts'
import type { PlateLooks } from './plate-looks.ts'

/** How somebody without the right to list stays names one: by its ticket's code, or by its plate and the digits on its ticket. */
export const stayByTicket = z.strictObject({
  kind: z.literal('ticket'),
  text: shownText.openapi({ description: 'What the camera read of the ticket’s code, or its link.' }),
})

export const stayByPlate = z.strictObject({ kind: z.literal('plate'), plate, digits: z.string().regex(/^\d{1,8}$/) })

/** At a pay station its driver may have no ticket: then the plate alone, where the site lets it be paid so. */
export const stayToPay = stayByPlate.extend({
  digits: stayByPlate.shape.digits.optional().openapi({
    description:
      'Left out: a stay that no ticket was given for, by its whole plate, for a pay station alone, where the policy says `payByPlateAlone`.',
  }),
})

export type NamedStay =
  | { readonly ok: true; readonly session: SessionId }
  | { readonly ok: false; readonly refusal: Refusal; readonly retryAfterMs?: number }

/** The stay that is named so, whether it is open or not. A ticket's signature cannot be guessed and is not counted; digits can, so looks by them are few (`PlateLooks`). */
export function nameStay(
  stay: z.output<typeof stayByTicket> | z.output<typeof stayByPlate>,
  by: { readonly client: string; readonly mode: Mode },
  { tickets, plateLooks }: { readonly tickets: Pick<Tickets, 'read'>; readonly plateLooks: PlateLooks },
): NamedStay {
  switch (stay.kind) {
    case 'ticket': {
      const read = tickets.read(stay.text)
      return read.ok ? { ok: true, session: read.token.session as SessionId } : read
    }
    case 'plate':
      return plateLooks.look(`client:${by.client}`, stay.plate, stay.digits, by.mode)
  }
}

/** What is said where the books do not have a stay that was named: a ticket of ours outlives them, for one that was given since the backup which was put back is good at the exit. */
export function unbookedAs(named: 'ticket' | 'plate' | 'session'): 'ticket-not-booked' | 'stay-not-found' {
  return named === 'ticket' ? 'ticket-not-booked' : 'stay-not-found'
}
