import { describe, expect, test } from 'vitest'
import { judgeStays } from '../../simulators/demo-evidence.ts'
import { staysReader } from '../../simulators/parking/stays-reader.ts'
import type { StaysSummary } from '../../simulators/summary.ts'

const PLACES = [
  { id: 'lot', parent: null },
  { id: 'upper', parent: 'lot' },
]

type Change = Readonly<Record<string, unknown>> & { readonly kind: string }

function read(...changes: readonly Change[]) {
  const reader = staysReader(PLACES)
  for (const change of changes) reader.take({ body: { kind: 'decision', changes: [change], effects: [] } })
  return reader.stays()
}

const begun = (id: string, credential = 'plate'): Change => ({
  kind: 'session-begun',
  session: { id, status: 'entering', place: 'lot', vehicleClass: 'car', credentials: [{ kind: credential }] },
})
const moved = (session: string, status: string, place = 'lot'): Change => ({
  kind: 'session-moved',
  session,
  status,
  place,
})

describe('the stays that a journal tells of', () => {
  test('are entries, exits and what is open, and each place counts what stands in it and within it', () => {
    const stays = read(
      begun('s1', 'ticket'),
      moved('s1', 'inside'),
      begun('s2'),
      moved('s2', 'inside'),
      moved('s2', 'inside', 'upper'),
      begun('s3'),
      moved('s3', 'inside'),
      moved('s3', 'leaving'),
      moved('s3', 'left'),
    )
    expect(stays).toMatchObject({ entries: 3, exits: 1, open: 2, tickets: 1, corrections: 0 })
    expect(stays.counts).toEqual(
      new Map([
        ['lot/car', 2],
        ['upper/car', 1],
      ]),
    )
  })

  test('count nobody who was let in and never came, and call it a correction where people put a count right', () => {
    const stays = read(
      begun('s1'),
      moved('s1', 'void'),
      begun('s2'),
      moved('s2', 'inside'),
      moved('s2', 'closed'),
      { kind: 'occupancy-corrected', place: 'lot', vehicleClass: 'car', count: 3, before: 0 },
      { kind: 'occupancy-corrected', place: 'upper', vehicleClass: 'car', count: 2, before: 0 },
    )
    expect(stays).toMatchObject({ entries: 1, exits: 0, open: 0, corrections: -1 + 3 })
    expect(stays.counts.get('lot/car')).toBe(3)
  })

  test('follow a stay to another class', () => {
    const stays = read(begun('s1'), moved('s1', 'inside'), {
      kind: 'session-class',
      session: 's1',
      vehicleClass: 'van',
    })
    expect([stays.counts.get('lot/car'), stays.counts.get('lot/van')]).toEqual([0, 1])
  })

  test('pass over what is no decision and what they have no use for', () => {
    const reader = staysReader(PLACES)
    reader.take({ body: { kind: 'genesis' } })
    reader.take({ body: { kind: 'decision', changes: [{ kind: 'token-spent' }] } })
    expect(reader.stays()).toMatchObject({ entries: 0, open: 0 })
  })
})

describe('the stays of a demo', () => {
  const counts = new Map([['lot/car', 1]])
  const good: StaysSummary = {
    entries: 3,
    exits: 2,
    open: 1,
    tickets: 1,
    corrections: 0,
    occupancy: [
      { place: 'lot', vehicleClass: 'car', count: 1, spaces: 24 },
      { place: 'upper', vehicleClass: 'car', count: 0, spaces: 6 },
    ],
    inside: 1,
    standing: 0,
  }

  test('hold where what is counted is entries less exits, with corrections', () => {
    expect(judgeStays(good, { counts }, PLACES, false)).toEqual([])
  })

  test.each([
    [{ ...good, exits: 1 }, counts, '1 are counted, and entries less exits with corrections are 2'],
    [{ ...good, corrections: 1 }, counts, 'with corrections are 2'],
    [good, new Map([['lot/car', 2]]), 'lot/car stands at 1, and by the journal it is 2'],
    [good, new Map([...counts, ['upper/car', 1]]), 'upper/car stands at 0, and by the journal it is 1'],
    [{ ...good, standing: 1 }, counts, '1 vehicles still stand at one'],
  ])('do not hold where one of them is another (%#)', (stays, booked, said) => {
    const found = judgeStays(stays, { counts: booked }, PLACES, false)
    expect(found.map(({ what }) => what).join('; ')).toContain(said)
  })

  test('may leave somebody at a lane where whoever looked on did not wait', () => {
    expect(judgeStays({ ...good, standing: 1 }, { counts }, PLACES, true)).toEqual([])
  })
})
