import { expect, test } from 'vitest'
import { laneId } from '../../../core/ids.ts'
import type { Device } from '../../../core/site.ts'
import { failSafeFindings } from '../../../gateway/cli/doctor-fail-safe.ts'
import { laneDevices, laneOf, layoutOf } from '../../support/site.ts'

const IN = laneOf(laneId('in-1'))
const OUT = laneOf(laneId('out-1'), { failSafe: 'open' })
const LAYOUT = layoutOf({ lanes: [IN, OUT] })
const CONFIG = { failSafeAfterMs: 30_000 }

const found = (devices: readonly Device[], layout: Parameters<typeof failSafeFindings>[0] = LAYOUT) =>
  failSafeFindings(layout, devices, CONFIG).map(({ state, en }) => `${state}: ${en}`)

test('doctor says which lanes open by themselves without a gateway, and after how long', () => {
  expect(found(laneDevices('out-1'))).toEqual([
    expect.stringMatching(/^good: Lanes that open by themselves 30 s after the gateway can no longer serve: out-1\./),
  ])
  expect(found(laneDevices('in-1'), layoutOf({ lanes: [IN] })), 'closed needs nothing').toEqual([])
  expect(found([], null)).toEqual([])
})

test('doctor names a barrier whose lane is no more in the layout: it may still go up by what it keeps', () => {
  const without = layoutOf({ lanes: [IN] })
  expect(found(laneDevices('out-1'), without)).toEqual([
    expect.stringMatching(/^warn: Barriers of lanes that the layout has no more: out-1-barrier\./),
  ])
  expect(found(laneDevices('out-1', 'barrier-tasmota'), without), 'it keeps nothing').toEqual([])
})

test.each([
  ['a relay that keeps no setting', laneDevices('out-1', 'barrier-tasmota')],
  ['no barrier', laneDevices('in-1')],
  ['one of each', [...laneDevices('out-1'), ...laneDevices('out-1', 'barrier-shelly-gen2')]],
  ['one that was revoked', laneDevices('out-1').map((device) => ({ ...device, status: 'revoked' as const }))],
])('doctor names a lane that is to stand open and has %s: nobody may rely on it', (_what, devices) => {
  expect(found(devices)).toEqual([
    expect.stringMatching(
      /^warn: Lanes that are to open by themselves without gateway or power: out-1\. .*cannot tell/,
    ),
  ])
})

test('doctor says that an arm which goes up by itself wants a loop under it, or a person, to come down', () => {
  const [good, warned, ...others] = found(laneDevices('out-1').filter(({ role }) => role !== 'safety'))
  expect(good).toMatch(/^good: /)
  expect(warned).toMatch(/^warn: Lanes that open by themselves and have no loop under their arm: out-1\./)
  expect(others).toEqual([])
})
