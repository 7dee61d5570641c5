import { expect, test } from 'vitest'
import { laneId, stallId } from '../../../core/ids.ts'
import { layoutMisfits } from '../../../gateway/bundles/fits.ts'
import { devicePlaceFindings, NAMED_MAX } from '../../../gateway/cli/doctor-device-places.ts'
import { armlessLane } from '../../../gateway/device-place.ts'
import { PARKING } from '../../support/car-park.ts'
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

test('a barrier is not enrolled where the layout has a lane without an arm, and no layout follows that has none where one is', () => {
  const barrier = { driver: 'barrier-tasmota', place: { kind: 'lane', id: laneId('lane-in') } } as const
  const parked = (kind: 'arm' | 'none') =>
    layoutOf({ parking: { ...PARKING, lanes: PARKING.lanes.map((lane) => ({ ...lane, barrier: kind })) } })
  expect(armlessLane(barrier, [parked('none')])).toMatchObject({
    refusal: 'barrier-not-in-layout',
    says: expect.stringMatching(/lane lane-in has no barrier.*"barrier": "arm"/),
  })
  expect(
    armlessLane(barrier, [parked('none'), parked('arm')]),
    'the file’s is in force at the next start',
  ).toBeUndefined()
  expect(armlessLane({ ...barrier, driver: 'qr-reader' }, [parked('none')])).toBeUndefined()
  expect(armlessLane(barrier, [layoutOf()]), 'no car park').toBeUndefined()
  const nobody = { stays: () => [], lanesUnderWay: () => [], laneStates: () => [] }
  const arm = deviceOf('arm-1', 'barrier', barrier.place)
  expect(layoutMisfits(parked('none'), null, nobody, [arm], null)).toEqual([
    expect.stringMatching(/lane lane-in has no barrier, and arm-1 is enrolled there.*Revoke it first/),
  ])
  expect(layoutMisfits(parked('none'), null, nobody, [{ ...arm, status: 'revoked' }], null)).toEqual([])
  expect(layoutMisfits(parked('arm'), null, nobody, [arm], null)).toEqual([])
})

test('doctor names a second arm, a second loop of one role, and an arm where the layout has none, from before they were refused', () => {
  const place = { kind: 'lane', id: laneId('lane-in') } as const
  const layout = layoutOf({
    parking: { ...PARKING, lanes: PARKING.lanes.map((lane) => ({ ...lane, barrier: 'none' })) },
  })
  const second = [deviceOf('arm-a', 'barrier', place), deviceOf('arm-b', 'barrier', place)]
  const loops = [deviceOf('loop-a', 'loop', place, 'safety'), deviceOf('loop-b', 'loop', place, 'safety')]
  const said = (of: typeof layout, devices: Parameters<typeof devicePlaceFindings>[1]) =>
    devicePlaceFindings(of, devices).map(({ en }) => en)
  expect(said(layoutOf(), [...second, ...loops])).toEqual([
    expect.stringMatching(/More than one .*: arm-a \(lane lane-in\), arm-b .*, loop-a .*, loop-b /),
  ])
  expect(said(layout, second.slice(1))).toEqual([expect.stringMatching(/lanes that have none by the layout: arm-b /)])
  expect(
    said(layoutOf(), [deviceOf('loop-c', 'loop', place, 'approach'), ...second.slice(1), ...loops.slice(1)]),
  ).toEqual([])
})
