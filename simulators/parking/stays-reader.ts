import { z } from 'zod'

/** The stays and counts of a car park as somebody outside keeps them, from the records of the journal alone. */
export type StaysReader = {
  take(record: unknown): void
  stays(): StaysBooked
}

export type StaysBooked = {
  /** Stays that the loops have shown inside, and those that they have shown outside. */
  readonly entries: number
  readonly exits: number
  readonly open: number
  /** Stays that began by a ticket. */
  readonly tickets: number
  /** What people have put right, in vehicles: more is above 0. */
  readonly corrections: number
  /** What must stand in each place, by `countKey`. */
  readonly counts: ReadonlyMap<string, number>
}

/** A place, and the one around it. */
export type PlaceAround = { readonly id: string; readonly parent: string | null }

const status = z.enum(['entering', 'inside', 'leaving', 'left', 'void', 'closed'])
type Status = z.infer<typeof status>

const change = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('session-begun'),
    session: z.object({
      id: z.string(),
      status,
      place: z.string(),
      vehicleClass: z.string(),
      credentials: z.array(z.object({ kind: z.string() })),
    }),
  }),
  z.object({ kind: z.literal('session-moved'), session: z.string(), status, place: z.string() }),
  z.object({ kind: z.literal('session-class'), session: z.string(), vehicleClass: z.string() }),
  z.object({
    kind: z.literal('occupancy-corrected'),
    place: z.string(),
    vehicleClass: z.string(),
    count: z.int(),
    before: z.int(),
  }),
])

const record = z.object({ body: z.object({ changes: z.array(z.looseObject({ kind: z.string() })) }) })

type Stay = { status: Status; place: string; vehicleClass: string }

export const countKey = (place: string, vehicleClass: string): string => `${place}/${vehicleClass}`

export function staysReader(places: readonly PlaceAround[]): StaysReader {
  const stays = new Map<string, Stay>()
  const counts = new Map<string, number>()
  let entries = 0
  let exits = 0
  let tickets = 0
  let corrections = 0

  function count(place: string, vehicleClass: string, by: number): void {
    const key = countKey(place, vehicleClass)
    counts.set(key, (counts.get(key) ?? 0) + by)
  }

  function countAround({ status: now, place, vehicleClass }: Stay, by: 1 | -1): void {
    if (now !== 'inside' && now !== 'leaving') return
    for (const around of placesAround(places, place)) count(around, vehicleClass, by)
  }

  function move(stay: Stay, to: Partial<Stay>): void {
    countAround(stay, -1)
    Object.assign(stay, to)
    countAround(stay, 1)
  }

  function takeChange(one: unknown): void {
    const read = change.safeParse(one)
    if (!read.success) return
    const { data } = read
    switch (data.kind) {
      case 'session-begun': {
        const { id, credentials, ...stay } = data.session
        stays.set(id, stay)
        countAround(stay, 1)
        if (stay.status === 'inside') entries += 1
        if (credentials.some(({ kind }) => kind === 'ticket')) tickets += 1
        return
      }
      case 'session-moved': {
        const stay = stays.get(data.session)
        if (stay === undefined) return
        if (stay.status === 'entering' && data.status === 'inside') entries += 1
        if (data.status === 'left') exits += 1
        const isCounted = stay.status === 'inside' || stay.status === 'leaving'
        if (data.status === 'closed' && isCounted) corrections -= 1
        move(stay, { status: data.status, place: data.place })
        return
      }
      case 'session-class': {
        const stay = stays.get(data.session)
        if (stay !== undefined) move(stay, { vehicleClass: data.vehicleClass })
        return
      }
      case 'occupancy-corrected':
        count(data.place, data.vehicleClass, data.count - data.before)
        // Of nested places each has a count of its own: what stands in one within is counted in the outer one too.
        if (placesAround(places, data.place).length === 1) corrections += data.count - data.before
        return
    }
  }

  return {
    take(given) {
      const read = record.safeParse(given)
      if (read.success) for (const one of read.data.body.changes) takeChange(one)
    },
    stays: () => ({
      entries,
      exits,
      open: [...stays.values()].filter(({ status: now }) => now !== 'left' && now !== 'void' && now !== 'closed')
        .length,
      tickets,
      corrections,
      counts,
    }),
  }
}

/** A place and all that lie around it, the innermost first. */
function placesAround(places: readonly PlaceAround[], place: string): readonly string[] {
  const found: string[] = []
  for (let id: string | null = place; id !== null; ) {
    found.push(id)
    const inner: string = id
    id = places.find((each) => each.id === inner)?.parent ?? null
  }
  return found
}
