import { setTimeout as passed } from 'node:timers/promises'
import { z } from 'zod'
import type { JournalReader } from '../journal-books.ts'
import { journalReader } from '../journal-books.ts'
import type { Address } from './http-calls.ts'
import { fetched } from './http-calls.ts'

const PAGE_RECORDS = 500
const TRIES_MAX = 30

const page = z.object({ records: z.array(z.looseObject({ seq: z.int() })), next: z.int().nullable() })
const stay = z.object({ ticketDigits: z.string().nullable(), plateEnd: z.string().nullable() })
const exposure = z.object({ atRisk: z.object({ amount: z.int() }) })

/** Reads the whole journal by its pages, and makes books of it. */
export async function readJournal(address: Address): Promise<JournalReader> {
  const reader = journalReader()
  await readRecords(address, 0, reader.take)
  return reader
}

/** Hands over the records after this seq, in their order, and returns the seq of the last one. */
export async function readRecords(address: Address, after: number, take: (record: unknown) => void): Promise<number> {
  let last = after
  for (let next: number | null = after; next !== null; ) {
    const read: z.infer<typeof page> = page.parse(await ask(address, `/v1/journal?after=${next}&limit=${PAGE_RECORDS}`))
    for (const record of read.records) {
      take(record)
      last = record.seq
    }
    next = read.next
  }
  return last
}

/** What is at risk now, in the smallest unit; `undefined` where the gateway does not say. */
export async function readExposure(address: Address): Promise<number | undefined> {
  const answer = await fetched(address, '/v1/exposure').catch(() => undefined)
  if (answer?.ok !== true) return undefined
  return exposure.safeParse(await answer.json()).data?.atRisk.amount
}

/** What a driver types at the driver's page. */
export type TicketInHand = { readonly plate: string; readonly digits: string }

/** What is on the ticket of a stay; `undefined` where it has none, or the books know no such plate of it. */
export async function readTicket(address: Address, session: string, plate: string): Promise<TicketInHand | undefined> {
  const answer = await fetched(address, `/v1/sessions/${session}`).catch(() => undefined)
  if (answer?.ok !== true) return undefined
  const { ticketDigits, plateEnd } = stay.parse(await answer.json())
  return ticketDigits === null || plateEnd === null || !plate.endsWith(plateEnd)
    ? undefined
    : { plate, digits: ticketDigits }
}

/** Asks until it is answered: a gateway lets each client ask only so often. */
async function ask(address: Address, path: string): Promise<unknown> {
  for (let triesLeft = TRIES_MAX; ; triesLeft -= 1) {
    const answer = await fetched(address, path)
    if (answer.ok) return answer.json()
    const isForLater = answer.status === 429 || answer.status === 503
    if (!isForLater || triesLeft <= 1) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
    await passed(Number(answer.headers.get('retry-after') ?? 1) * 1_000)
  }
}
