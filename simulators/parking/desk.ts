import { z } from 'zod'
import type { EventBody } from '../../core/events.ts'
import type { ParkingEvent } from '../../core/parking/events.ts'

/**
 * Where the people of a car park do their work: the attendant's console, the ticket machine's button, the page on a driver's phone, the bank. Each request has an id of its own
 * and is sent again under it until it is answered, so that nothing is done twice.
 */
export type Desk = {
  /** `undefined`: nobody has answered in time. Returns the id under which it is known. */
  ask(request: DeskRequest, by?: 'operator' | 'admin'): Promise<DeskAnswer | undefined>
  /** Stays that are open by the books, as the console lists them. None, or those of before, while the gateway is down. */
  stays(): readonly OpenStay[]
  /** Those of a plate, the oldest first. */
  search(plate: string): Promise<readonly OpenStay[]>
}

/** The lists by which people go round. Empty while the gateway is down. */
export type Office = {
  cases(): readonly OpenCase[]
  counts(): readonly PlaceCount[]
  /** Transfers of which nobody knows what they are for, and those that are to go back to their payers. */
  creditsWaiting(): readonly { readonly reference: string; readonly isToGoBack: boolean }[]
  /** Overpaid and not given back yet. */
  toGiveBack(): readonly { readonly charge: string; readonly amount: number }[]
}

export type DeskRequest = Exclude<ParkingEvent, { kind: 'plate-seen' }> | Extract<EventBody, { kind: 'open-by-hand' }>

export type OpenStay = {
  readonly session: string
  readonly vehicleClass: string
  readonly enteredAt: number
  readonly place: string
  /** As they were read, where the list names them; none where the text is in no vault any more. */
  readonly plates: readonly string[]
}

export type OpenCase = { readonly id: string; readonly kind: string; readonly session: string | null }
export type PlaceCount = { readonly place: string; readonly vehicleClass: string; readonly count: number }

const sum = z.object({ amount: z.int(), currency: z.string() })

/** What people make of an answer: members that they have no use for are passed over. */
export const deskAnswer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    kind: z.string(),
    charge: z.string().nullable().default(null),
    session: z.string().nullable().default(null),
    passage: z.string().nullable().default(null),
    due: sum.nullable().default(null),
    amount: sum.nullable().default(null),
    rest: sum.nullable().default(null),
    overpaid: sum.nullable().default(null),
    stay: z.enum(['begun', 'ended', 'untouched']).nullable().default(null),
  }),
  z.object({ ok: z.literal(false), refusal: z.string(), tryAgain: z.string(), due: sum.nullable().default(null) }),
])

export type DeskAnswer = z.infer<typeof deskAnswer>

export function isLetThrough(answer: DeskAnswer | undefined): boolean {
  return answer?.ok === true && (answer.kind === 'let-through' || answer.kind === 'already-accepted')
}

/** What was asked, in the words of a person who waits: `let-through`, `place-full`, `silence`. */
export function wordOf(answer: DeskAnswer | undefined): string {
  if (answer === undefined) return 'silence'
  return answer.ok ? answer.kind : answer.refusal
}
