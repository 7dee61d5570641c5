import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ParkingEvent } from '../../core/parking/events.ts'
import type { Desk, DeskAnswer, DeskRequest, OpenStay } from '../parking/desk.ts'
import { deskAnswer } from '../parking/desk.ts'
import type { DriversPage } from '../parking/driver-visit.ts'
import { pause } from '../parking/waiting.ts'
import type { Timeline } from '../world/timeline.ts'
import type { CarParkReads } from './car-park-reads.ts'
import type { Address } from './http-calls.ts'
import { posted } from './http-calls.ts'

export type DeskOverHttpOptions = {
  readonly address: Address
  readonly timeline: Timeline
  /** What its console shows of the car park. */
  readonly reads: CarParkReads
}

/** For so long people ask again, with the same key, where nobody answers or they are told to come later. */
const PATIENCE_MS = 30_000
const AGAIN_AFTER_MS = 500

const problem = z.object({
  refusal: z.string(),
  tryAgain: z.string(),
  due: z.object({ amount: z.int(), currency: z.string() }).nullable().default(null),
})
const issued = z.object({ outcome: deskAnswer })
const found = z.object({
  found: z.array(
    z.object({
      id: z.string(),
      vehicleClass: z.string(),
      place: z.string(),
      entry: z.object({ at: z.int() }),
      plate: z.string(),
      owes: z.boolean(),
    }),
  ),
})

/** The console of a car park's staff, and the bank, by the gateway's API. */
export function deskOverHttp({ address, timeline, reads }: DeskOverHttpOptions): Desk {
  async function ask(request: DeskRequest): Promise<DeskAnswer | undefined> {
    const { path, body } = callOf(request)
    const response = await patiently(timeline, address, path, body)
    return response === undefined ? undefined : answerOf(response.ok, await response.json())
  }

  return {
    ask,
    stays: () => reads.seen()?.stays ?? [],
    async search(plate): Promise<readonly OpenStay[]> {
      const response = await patiently(timeline, address, '/v1/sessions/search', { plate })
      if (response?.ok !== true) return []
      return found
        .parse(await response.json())
        .found.filter(({ owes }) => !owes)
        .map(({ id, vehicleClass, place, entry, plate: borne }) => ({
          session: id,
          vehicleClass,
          place,
          enteredAt: entry.at,
          plates: [borne],
        }))
        .toSorted((left, right) => left.enteredAt - right.enteredAt)
    },
  }
}

/** The page on a driver's phone, read as its driver reads it, and the transfer that the driver's bank then tells of. */
export function driversPage({ address, timeline }: Omit<DeskOverHttpOptions, 'reads'>): DriversPage {
  let transfers = 0
  return {
    async askToPay(ticket) {
      const form = new URLSearchParams({ ticket })
      const response = await fetch(`${address.httpUrl}/parking/pay?lang=en`, { method: 'POST', body: form }).catch(
        () => undefined,
      )
      if (response?.ok !== true) return undefined
      const page = await response.text()
      const reference = /<dd><b>([A-Z0-9]+)<\/b><\/dd>/.exec(page)?.[1]
      const amount = Number(/<dd class="big">([^<]+)<\/dd>/.exec(page)?.[1]?.replace(/\D/g, ''))
      return reference === undefined || !(amount > 0) ? undefined : { amount, reference }
    },
    async transfer(amount, text) {
      transfers += 1
      const body = {
        reference: `FT${randomUUID().slice(0, 8).toUpperCase()}${transfers}`,
        amount: { amount, currency: 'VND' },
        text: `NGUYEN VAN A chuyen tien ${text}`,
      }
      const response = await patiently(timeline, address, '/v1/bank-credits', body)
      return response === undefined ? undefined : answerOf(response.ok, await response.json())
    },
  }
}

/** Sends it again under its key until somebody answers it; `undefined` where nobody has. */
async function patiently(
  timeline: Timeline,
  address: Address,
  path: string,
  body: unknown,
): Promise<Response | undefined> {
  const key = randomUUID()
  const untilMs = timeline.monotonicMs() + PATIENCE_MS
  while (timeline.monotonicMs() < untilMs) {
    const response = await posted(address, path, key, body).catch(() => undefined)
    // What says when to come again was not decided; all else was, and stands under its key.
    if (response !== undefined && !response.headers.has('retry-after')) return response
    await response?.body?.cancel()
    await pause(timeline, AGAIN_AFTER_MS)
  }
  return undefined
}

function answerOf(isOk: boolean, said: unknown): DeskAnswer | undefined {
  if (!isOk) {
    const read = problem.safeParse(said)
    return read.success ? { ok: false, ...read.data } : undefined
  }
  return issued.safeParse(said).data?.outcome ?? deskAnswer.safeParse(said).data
}

type CallOf = { readonly path: string; readonly body: unknown }

function callOf(request: DeskRequest): CallOf {
  return request.kind === 'open-by-hand'
    ? { path: `/v1/lanes/${request.lane}/open`, body: { reason: request.reason } }
    : parkingCallOf(request)
}

function parkingCallOf(request: ParkingEvent): CallOf {
  switch (request.kind) {
    case 'ticket-asked':
      return { path: `/v1/lanes/${request.lane}/ticket`, body: { vehicleClass: request.vehicleClass } }
    case 'session-chosen':
      return {
        path: `/v1/lanes/${request.lane}/session`,
        body: { session: request.session, reason: request.reason },
      }
    case 'leave-on-debt':
      return { path: `/v1/lanes/${request.lane}/debt`, body: { reason: request.reason } }
    case 'session-quoted':
      return { path: `/v1/sessions/${request.session}/charge`, body: undefined }
    case 'session-corrected':
      return {
        path: `/v1/sessions/${request.session}/corrections`,
        body: { correction: request.correction, reason: request.reason },
      }
    case 'cash-taken':
      return {
        path: `/v1/charges/${request.charge}/cash`,
        body: { amount: request.amount, tender: request.tender },
      }
    case 'cash-without-price': {
      const { session, amount, tender, reason } = request
      return { path: `/v1/sessions/${session}/cash`, body: { amount, tender, reason } }
    }
    case 'stay-reckoned': {
      const { session, due, reason } = request
      return { path: `/v1/sessions/${session}/reckoning`, body: { ...(due === null ? {} : { due }), reason } }
    }
    case 'credit-by-charge':
      return {
        path: `/v1/charges/${request.charge}/credits`,
        body: { amount: request.amount, reference: request.reference },
      }
    case 'refund':
      return {
        path: `/v1/charges/${request.charge}/refunds`,
        body: {
          amount: request.amount,
          reason: request.reason,
          ...(request.confirmed === true ? { confirmed: true } : {}),
        },
      }
    case 'credit-by-text':
      return {
        path: '/v1/bank-credits',
        body: { reference: request.reference, amount: request.amount, text: request.text },
      }
    case 'right-put':
      return rightCall(request)
    case 'pass-sold':
      return saleCall(request)
    case 'pass-sale-cancelled':
      return { path: `/v1/pass-sales/${request.charge}/cancellation`, body: { reason: request.reason } }
    case 'right-status':
      return { path: `/v1/rights/${request.right}/status`, body: { status: request.status, reason: request.reason } }
    case 'occupancy-corrected': {
      const { place, vehicleClass, count, reason } = request
      return { path: '/v1/occupancy', body: { place, vehicleClass, count, reason } }
    }
    case 'case-ended':
      return { path: `/v1/cases/${request.case}/end`, body: { reason: request.reason } }
    case 'credit-moved':
      return creditCall(request)
    case 'plate-seen':
    case 'right-coded':
    case 'late-evidence':
      throw new Error(`nobody of the simulated staff asks for ${request.kind} over HTTP`)
  }
}

function creditCall({
  reference,
  charge,
  reason,
  sender,
  sentBack,
}: Extract<DeskRequest, { kind: 'credit-moved' }>): CallOf {
  if (charge !== null) return { path: '/v1/bank-credits/assignments', body: { reference, charge, reason, sender } }
  return sentBack === undefined
    ? { path: '/v1/bank-credits/returns', body: { reference, reason } }
    : { path: '/v1/bank-credits/returns/sent', body: { reference, sent: sentBack, reason } }
}

function saleCall({ right, sells, offer, holder, plates, cash }: Extract<DeskRequest, { kind: 'pass-sold' }>): CallOf {
  const paid = cash === null ? {} : { cash }
  return sells === 'renewal'
    ? { path: `/v1/rights/${right}/sales`, body: { offer, ...paid } }
    : { path: '/v1/pass-sales', body: { id: right, holder: holder || right, plates, offer, ...paid } }
}

/** What a shop gives is entered by the office here, and the site bears it: this market's stalls give none. */
function rightCall({ right, plates, reason = 'theo hợp đồng' }: Extract<DeskRequest, { kind: 'right-put' }>): CallOf {
  const { id, holder, relief, session, places, vehicleClasses, spaces, validFrom, validUntil, hours } = right
  if (session !== null) return { path: `/v1/sessions/${session}/validations`, body: { id, holder, relief, reason } }
  return {
    path: '/v1/rights',
    body: { id, holder: holder || id, places, vehicleClasses, spaces, validFrom, validUntil, hours, plates, reason },
  }
}
