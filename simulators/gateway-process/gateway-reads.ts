import { setTimeout as passed } from 'node:timers/promises'
import { z } from 'zod'
import type { JournalReader } from '../journal-books.ts'
import { journalReader } from '../journal-books.ts'
import type { Address } from './http-calls.ts'
import { fetched } from './http-calls.ts'

const PAGE_RECORDS = 500
const TRIES_MAX = 30

const page = z.object({ records: z.array(z.unknown()), next: z.int().nullable() })
const exposure = z.object({ atRisk: z.object({ amount: z.int() }) })

/** Reads the whole journal by its pages, and makes books of it; `also` takes each record too. */
export async function readJournal(
  address: Address,
  also: (record: unknown) => void = () => {},
): Promise<JournalReader> {
  const reader = journalReader()
  for (let after: number | null = 0; after !== null; ) {
    const read: z.infer<typeof page> = page.parse(
      await ask(address, `/v1/journal?after=${after}&limit=${PAGE_RECORDS}`),
    )
    for (const record of read.records) {
      reader.take(record)
      also(record)
    }
    after = read.next
  }
  return reader
}

/** What is at risk now, in the smallest unit; `undefined` where the gateway does not say. */
export async function readExposure(address: Address): Promise<number | undefined> {
  const answer = await fetched(address, '/v1/exposure').catch(() => undefined)
  if (answer?.ok !== true) return undefined
  return exposure.safeParse(await answer.json()).data?.atRisk.amount
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
