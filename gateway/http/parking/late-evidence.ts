import { z } from '@hono/zod-openapi'
import { laneId, vehicleClass } from '../../../core/ids.ts'
import { instant, later } from '../../../core/time.ts'
import type { PathReply, PathRequest, RequestBody } from '../../path/path.ts'
import { mayActAt } from '../clients.ts'
import type { HttpClock } from '../clock.ts'
import type { Given } from '../operation.ts'
import type { Tickets } from '../ports.ts'
import type { SiteReads } from '../reads.ts'
import type { Call } from '../respond.ts'
import { clientOf, refuse } from '../respond.ts'
import type { lateEvidenceRequest } from './lane-schemas.ts'

type LateEvidenceRequest = z.output<typeof lateEvidenceRequest>

export type LateEvidenceParts = {
  readonly tickets: Tickets
  readonly clock: HttpClock
  readonly reads: Pick<SiteReads, 'layout'>
  ask(given: Given<unknown, unknown, unknown>, body: RequestBody, over: Partial<PathRequest>): Promise<PathReply>
  answerTo(c: Call, reply: PathReply): Response | Promise<Response>
}

/**
 * A phone hands in what its attendant did while nothing decided at the lane. How long ago that was, by the phone's own clock, is taken off ours: what it is wrong by falls out, unless it was put right between the note and this request. A forged ticket is
 * refused here. What the key stands for is everything but `handedInAt`: a phone that was not answered sends the same event at another time. Taken before the reason lost the spaces at its ends, the key stands for it as it was typed.
 */
export async function handInLate(
  given: Given<{ id: string }, unknown, LateEvidenceRequest>,
  { tickets, clock, reads, ask, answerTo }: LateEvidenceParts,
): Promise<Response> {
  const { c, body, bytes } = given
  const lane = laneId(given.params.id)
  if (!mayActAt(clientOf(c), { kind: 'lane', id: lane })) return refuse(c, 'forbidden')
  const currency = reads.layout()?.currency
  if (currency === undefined) return refuse(c, 'not-ready')
  const ticket = body.ticket === undefined ? null : tickets.read(body.ticket)
  if (ticket !== null && !ticket.ok) return refuse(c, ticket.refusal)
  const { kind, occurredAt, handedInAt, plate = null, cash, tender = 'cash', confirmed, ...rest } = body
  const saidAt = instant(Date.parse(occurredAt))
  const sentAt = instant(Date.parse(handedInAt))
  const { handedInAt: _now, ...same } = body
  const addressed = `${c.req.method} ${c.req.path}\n`
  const askWith = (reason: string) =>
    ask(
      given,
      {
        kind: 'late-evidence',
        lane,
        what: kind,
        saidAt,
        handedInAt: sentAt,
        ticket: ticket?.token ?? null,
        plate,
        vehicleClass: rest.vehicleClass === undefined ? null : vehicleClass(rest.vehicleClass),
        cash:
          cash === undefined
            ? null
            : { tender, amount: { amount: cash, currency }, ...(confirmed === true ? { confirmed } : {}) },
        reason: rest.reason.trim(),
      },
      {
        bytes: `${addressed}${JSON.stringify({ ...same, reason })}`,
        occurredAt: { at: later(clock.now().at, saidAt - sentAt), by: 'device' },
      },
    )
  const reply = await askWith(body.reason)
  if (reply.kind !== 'refused' || reply.refusal !== 'key-reused') return answerTo(c, reply)
  const { reason: typed } = asTyped.parse(JSON.parse(bytes.slice(addressed.length)))
  // The key is known, so nothing is booked by asking again.
  return answerTo(c, typed === body.reason ? reply : await askWith(typed))
}

const asTyped = z.object({ reason: z.string() })
