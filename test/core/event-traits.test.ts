import { describe, expect, test } from 'vitest'
import { asEvidence, isOfCarPark, placeOf } from '../../core/event-traits.ts'
import type { EventBody } from '../../core/events.ts'
import type { EffectId } from '../../core/ids.ts'
import { deviceId, laneId, stallId } from '../../core/ids.ts'
import type { RecordedEventBody } from '../../core/records.ts'

const lane = laneId('in-1')
const there = { kind: 'lane', id: lane } as const
const stall = stallId('a-12')
const device = deviceId('d-1')

describe('where something happened', () => {
  const commanded = { kind: 'command-result', device, command: null, result: 'done' } as const
  const command = 'box-1:1:1:0' as EffectId
  test.each<readonly [string, unknown, ReturnType<typeof placeOf>]>([
    ['a code was shown', { kind: 'scan', place: { kind: 'site' } }, { kind: 'site' }],
    ['an amount was keyed', { kind: 'charge-open', stall }, { kind: 'stall', id: stall }],
    ['a loop changed', { kind: 'loop', lane }, there],
    ['an arm answered', { ...commanded, lane }, there],
    ['a sign answered that stands at no lane', { ...commanded, lane: null }, null],
    ['a lane waited', { kind: 'timer', timer: { purpose: 'close-due', lane, command } }, there],
    ['a charge expired, which says no place', { kind: 'timer', timer: { purpose: 'charge-expires' } }, null],
    ['a device was enrolled', { kind: 'device-enrolled', device: { id: device, place: there } }, there],
    ['evidence was handed in late', { kind: 'late-evidence', lane }, there],
    ['cash was taken, of which its record says no place', { kind: 'cash-taken' }, null],
    ['a count was corrected, which is of a place of the car park', { kind: 'occupancy-corrected', place: 'lot' }, null],
  ])('%s', (_what, recorded, place) => {
    expect(placeOf(recorded as RecordedEventBody)).toEqual(place)
  })
})

describe('as evidence of then', () => {
  test.each(['loop', 'barrier-state', 'plate-seen'] as const)('%s came late', (kind) => {
    const event = { kind, lane, device, late: false } as unknown as EventBody
    expect(asEvidence(event)).toEqual({ ...event, late: true })
  })

  test('an answer that named no command is the answer to none that is waited for now', () => {
    const event = { kind: 'command-result', device, lane, command: null, result: 'done' } as const
    expect(asEvidence(event)).toEqual({ ...event, command: 'none' })
    const named = { ...event, command: 'box-1:1:1:0' as EffectId }
    expect(asEvidence(named)).toEqual(named)
  })

  test('what a person did is what it was', () => {
    const event = { kind: 'open-by-hand', lane, reason: 'stuck' } as const
    expect(asEvidence(event)).toBe(event)
    expect([isOfCarPark(event), isOfCarPark({ kind: 'session-quoted', session: 's' } as EventBody)]).toEqual([
      false,
      true,
    ])
  })
})
