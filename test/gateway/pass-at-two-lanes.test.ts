import { expect, test } from 'vitest'
import { laneId } from '../../core/ids.ts'
import { MINUTE_MS } from '../../core/time.ts'
import { laneOf, rigs, walletOf } from '../support/people.ts'
import { devicesOf, LANE, laneDevices, laneOf as laneNamed, layoutOf } from '../support/site.ts'

const rigged = rigs()
const OTHER = laneId('lane-in-2')

test('one pass lets one vehicle in at a time, at whichever lane', async () => {
  const layout = layoutOf()
  const rig = await rigged({
    layout: { ...layout, lanes: [...layout.lanes, laneNamed(OTHER)] },
    devices: [...devicesOf(), ...laneDevices(OTHER)],
  })
  const [first, second] = [await laneOf(rig, LANE), await laneOf(rig, OTHER)]
  const { text } = walletOf(rig, 'payer-1').pass()
  for (const { approach } of [first, second]) await approach.ask('occupied', { occupied: true })

  expect(await first.reader.ask('scan', { text })).toMatchObject({ ok: true, kind: 'let-through' })
  expect(await second.reader.ask('scan', { text })).toMatchObject({ ok: false, refusal: 'pass-in-use' })
  await rig.runFor(1_000)
  expect(second.barrier.commands).toEqual([])

  // It never passed there: when that right has lapsed, the pass is free again.
  await rig.runFor(11 * MINUTE_MS)
  expect(await second.reader.ask('scan', { text })).toMatchObject({ ok: true, kind: 'let-through' })
})
