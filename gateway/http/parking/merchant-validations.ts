import type { z } from '@hono/zod-openapi'
import type { RightId, SessionId } from '../../../core/ids.ts'
import { stallId } from '../../../core/ids.ts'
import { later } from '../../../core/time.ts'
import type { RequestBody } from '../../path/path.ts'
import { mayActAt } from '../clients.ts'
import type { Given } from '../operation.ts'
import type { Tickets } from '../ports.ts'
import type { SiteReads } from '../reads.ts'
import { clientOf, refuse } from '../respond.ts'
import type { NamedStay } from './named-stay.ts'
import { nameStay, unbookedAs } from './named-stay.ts'
import type { PlateLooks } from './plate-looks.ts'
import { reliefOf } from './relief.ts'
import type { merchantValidationRequest } from './validation-schemas.ts'

export type MerchantValidationParts = {
  readonly reads: SiteReads
  readonly tickets: Tickets
  readonly plateLooks: PlateLooks
  submit(given: Given<unknown, unknown, unknown>, body: RequestBody): Promise<Response>
}

type Body = z.output<typeof merchantValidationRequest>

/**
 * A merchant validates a customer's stay, at a stall of its own: by the ticket's code, by the plate and the digits on the ticket, or, by whoever may list stays, by the stay's id. What it may give is decided in the path; of the
 * stay it is told nothing.
 */
export function validateAtStall(
  given: Given<{ id: string }, unknown, Body>,
  { reads, tickets, plateLooks, submit }: MerchantValidationParts,
): Promise<Response> {
  const { c, body, params } = given
  const client = clientOf(c)
  const id = stallId(params.id)
  if (!mayActAt(client, { kind: 'stall', id })) return refuse(c, 'forbidden')
  // Ids can be guessed one after another; a customer shows a ticket, or says its digits.
  if (body.stay.kind === 'session' && client.role === 'vendor') return refuse(c, 'forbidden')
  const layout = reads.layout()
  const stall = layout?.stalls.find((each) => each.id === id)
  if (stall === undefined) return refuse(c, 'stall-unknown')
  const common = reads.parking.common(client.mode)
  if (common === null) return refuse(c, 'no-car-park')
  const named = nameOf(body.stay)
  if (!named.ok) {
    const { refusal, retryAfterMs } = named
    return refuse(c, refusal, {}, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
  const stay = reads.parking.stay(named.session, client.mode)
  if (stay === null) return refuse(c, unbookedAs(body.stay.kind))
  const relief = reliefOf(body.relief, layout?.currency)
  if (relief === null) return refuse(c, 'right-invalid')
  const validFrom = stay.session.entry.at
  return submit(given, {
    kind: 'right-put',
    right: {
      // A sale of one stall is no sale of another.
      id: `${stall.id}:${body.id}` as RightId,
      kind: 'validation',
      status: 'active',
      holder: stall.name,
      places: [],
      vehicleClasses: [],
      spaces: 1,
      validFrom,
      validUntil: later(validFrom, common.policy.stayMaxMs),
      hours: [],
      session: stay.session.id,
      relief,
    },
    plates: [],
    isNew: true,
    merchant: stall.merchant,
  })

  function nameOf(stay: Body['stay']): NamedStay {
    if (stay.kind === 'session') return { ok: true, session: stay.id as SessionId }
    return nameStay(stay, { client: client.id, mode: client.mode }, { tickets, plateLooks })
  }
}
