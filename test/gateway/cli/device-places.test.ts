import { expect, test } from 'vitest'
import { laneId, stallId } from '../../../core/ids.ts'
import { devicePlaceFindings, NAMED_MAX } from '../../../gateway/cli/doctor-device-places.ts'
import { deviceOf, devicesOf, layoutOf } from '../../support/site.ts'

const astray = (count: number) =>
  Array.from({ length: count }, (_, n) => deviceOf(`astray-${n}`, 'till', { kind: 'stall', id: stallId('gone') }))

test('doctor says nothing of devices that stand where the layout has a place, or while there is no layout', () => {
  expect(devicePlaceFindings(layoutOf(), devicesOf())).toEqual([])
  expect(devicePlaceFindings(null, astray(1))).toEqual([])
})

test('doctor names devices whose stall or lane the layout has not, but for those that were revoked', () => {
  const devices = [
    ...devicesOf(),
    ...astray(1),
    deviceOf('arm-9', 'barrier', { kind: 'lane', id: laneId('lane-9') }),
    { ...deviceOf('old-1', 'till', { kind: 'stall', id: stallId('gone') }), status: 'revoked' as const },
  ]
  expect(devicePlaceFindings(layoutOf(), devices)).toEqual([
    expect.objectContaining({
      state: 'warn',
      en: expect.stringMatching(/: astray-0 \(stall gone\), arm-9 \(lane lane-9\)\. Mend the layout/),
    }),
  ])
})

test.each([
  [NAMED_MAX, /astray-9 \(stall gone\)\. /],
  [NAMED_MAX + 1, /astray-9 \(stall gone\), \+1\. /],
])('doctor names of %i so many and counts the others', (count, said) => {
  expect(devicePlaceFindings(layoutOf(), astray(count))[0]?.en).toMatch(said)
})
