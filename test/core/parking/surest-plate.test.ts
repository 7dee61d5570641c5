import { expect, test } from 'vitest'
import { surestPlate } from '../../../core/parking/session.ts'
import { vnd } from '../kit.ts'
import { CAR_IN, CAR_OUT, park, plateValue } from './park.ts'

const PLATE = '30A-123.45'
const OTHER = '51G-000.11'

test.each([
  ['of none', [], null],
  ['of one', [[PLATE, 100]], PLATE],
  [
    'the better one, read first',
    [
      [PLATE, 960],
      [OTHER, 950],
    ],
    PLATE,
  ],
  [
    'the better one, read later',
    [
      [PLATE, 950],
      [OTHER, 960],
    ],
    OTHER,
  ],
  [
    'of equals the last',
    [
      [PLATE, 1_000],
      [OTHER, 1_000],
    ],
    OTHER,
  ],
] as const)('the surest plate of a stay: %s', (_name, read, expected) => {
  const credentials = read.flatMap(([text, confidencePermille]) => {
    const plate = plateValue(text)
    return plate === null ? [] : [{ kind: 'plate', plate, confidencePermille } as const]
  })
  const plate = surestPlate({ credentials: [{ kind: 'payer', payer: { ref: 'p', mac: 'p' } }, ...credentials] })
  expect(plate).toEqual(expected === null ? null : plateValue(expected))
})

test('who shows a ticket is asked what the plate owes that staff wrote, and not what the misread one owes', () => {
  const p = park({ policy: { debtMax: 10_000_000 } })
  const enter = (plate: string) => {
    p.arrive(CAR_IN)
    p.seeIn(CAR_IN, plate)
    p.drive(CAR_IN)
    const id = p.open().at(-1)?.id
    if (id === undefined) throw new Error('nobody came in')
    return id
  }
  const leaveOwing = (plate: string, hours: number) => {
    enter(plate)
    p.wait(hours * 3_600_000)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, plate)
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
  }
  leaveOwing(PLATE, 1)
  leaveOwing(OTHER, 2)
  const id = enter(PLATE)
  p.take({ kind: 'session-corrected', session: id, correction: { kind: 'plate', plate: OTHER }, reason: 'misread' })
  p.wait(60_000)
  p.arrive(CAR_OUT)
  p.show(CAR_OUT, p.ticketOf(id))
  // Its own first hour, and the two hours of the plate that staff wrote.
  expect(p.lane(CAR_OUT).visit?.asked?.due).toEqual(vnd(25_000 + 50_000))
})
