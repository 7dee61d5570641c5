import { z } from 'zod'
import type { OpenStay, PlaceCount } from '../parking/desk.ts'
import type { Address } from './http-calls.ts'
import { fetched } from './http-calls.ts'

/** What the gateway's own lists say of its car park, as a console that looks again and again has them. */
export type CarParkReads = {
  /** What was read last; `undefined` before the first time. A console keeps its lists while the gateway is down. */
  seen(): CarParkSeen | undefined
  /** Looks once more. False where the gateway does not say. */
  look(): Promise<boolean>
  /** Looks every so often until the returned function is called. */
  start(): () => void
}

export type CarParkSeen = {
  /** Open by the books. */
  readonly stays: readonly OpenStay[]
  readonly counts: readonly SeenCount[]
  readonly lanes: readonly SeenLane[]
}

export type SeenCount = PlaceCount & { readonly name: string; readonly spaces: number }

export type SeenLane = {
  readonly id: string
  readonly name: string
  /** In the words of the lane's own screens. */
  readonly phase: string
  readonly alarm: string | null
  /** What is asked of whoever stands there, in the smallest unit. */
  readonly asked: number | null
}

const LOOK_EVERY_MS = 700
const PAGE_STAYS = 200
const PAGES_MAX = 5

const stays = z.object({
  sessions: z.array(
    z.object({ id: z.string(), vehicleClass: z.string(), place: z.string(), entry: z.object({ at: z.int() }) }),
  ),
  next: z.string().nullable(),
})
const occupancy = z.object({
  occupancy: z.array(
    z.object({
      place: z.string(),
      name: z.string(),
      vehicleClass: z.string(),
      count: z.int(),
      spaces: z.int(),
    }),
  ),
})
const lanes = z.object({
  lanes: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      view: z.object({ phase: z.string(), alarm: z.string().nullable() }),
      visit: z
        .object({ asked: z.object({ due: z.object({ amount: z.int() }) }).nullable() })
        .nullable()
        .default(null),
    }),
  ),
})

export function carParkReads(address: Address): CarParkReads {
  let seen: CarParkSeen | undefined
  let isLooking = false

  async function read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> {
    const answer = await fetched(address, path).catch(() => undefined)
    if (answer?.ok === true) return schema.parse(await answer.json())
    await answer?.body?.cancel()
    return undefined
  }

  async function openStays(): Promise<readonly OpenStay[] | undefined> {
    const found: OpenStay[] = []
    let after = ''
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const listed = await read(`/v1/sessions?order=oldest&limit=${PAGE_STAYS}${after}`, stays)
      if (listed === undefined) return undefined
      for (const { id, vehicleClass, place, entry } of listed.sessions) {
        found.push({ session: id, vehicleClass, place, enteredAt: entry.at, plates: [] })
      }
      if (listed.next === null) break
      after = `&after=${encodeURIComponent(listed.next)}`
    }
    return found
  }

  async function look(): Promise<boolean> {
    const [open, counted, stood] = await Promise.all([
      openStays(),
      read('/v1/occupancy', occupancy),
      read('/v1/lanes', lanes),
    ])
    if (open === undefined || counted === undefined || stood === undefined) return false
    seen = {
      stays: open,
      counts: counted.occupancy,
      lanes: stood.lanes.map(({ id, name, view, visit }) => ({
        id,
        name,
        phase: view.phase,
        alarm: view.alarm,
        asked: visit?.asked?.due.amount ?? null,
      })),
    }
    return true
  }

  return {
    seen: () => seen,
    look,
    start() {
      const looks = setInterval(() => {
        if (isLooking) return
        isLooking = true
        void look().finally(() => {
          isLooking = false
        })
      }, LOOK_EVERY_MS)
      return () => clearInterval(looks)
    },
  }
}
