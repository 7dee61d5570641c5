import { expect, test } from 'vitest'
import { cross } from '../../../simulators/parking/crossing.ts'
import type { ComesUp } from '../../../simulators/parking/lane-station.ts'
import { laneStation } from '../../../simulators/parking/lane-station.ts'
import { IN_1, parkingKit } from '../../../simulators/parking/parking-kit.ts'
import { payersRecord } from '../../../simulators/people/payers-record.ts'
import type { Zone } from '../../../simulators/world/happenings.ts'
import { desk } from '../desk.ts'

/** One vehicle that comes up to the first entry, whose arm stands open, and would turn round of itself. */
async function comingUp(comesUp: ComesUp, onClosedUp: () => void) {
  const at = desk()
  await at.start()
  const [kit] = parkingKit('hoa-binh').lanes.filter(({ id }) => id === IN_1)
  if (kit === undefined) throw new Error('no such lane')
  const station = laneStation(at.world, kit)
  const payers = payersRecord()
  const point = { kind: 'lane', id: IN_1 } as const
  station.ground.setArm('open')
  const come = () =>
    cross(
      {
        world: at.world,
        random: at.world.random,
        station,
        payers,
        purchase: payers.begin({ payer: 'somebody', point, amount: null }),
        vehicle: 'vehicle-1',
        inView: [],
        camera: { missing: 0, dirty: 0, confusable: 0 },
        comesUp,
        onClosedUp,
      },
      async () => 'back',
    )
  return { at, station, come }
}

test.each([
  ['is on the line still', 0, 1],
  ['has left it for so short a time that no loop tells them apart', 150, 1],
  ['has left it before', 400, 0],
])('whoever is bumper to bumper behind one that %s closes up, or does not', async (_what, leftBeforeMs, times) => {
  let closedUp = 0
  const { at, station, come } = await comingUp('close', () => {
    closedUp += 1
  })
  station.ground.enter('approach', 'vehicle-0')
  station.ground.enter('safety', 'vehicle-0')
  const crossed = come()
  // It is on its way for 400 ms.
  if (leftBeforeMs > 0) at.timeline.after(400 - leftBeforeMs, () => station.ground.leave('approach', 'vehicle-0'))
  await at.timeline.runFor(10_000)
  expect(await crossed).toMatchObject({ kind: 'back' })
  expect(closedUp).toBe(times)
})

test('whoever follows through where the arm is still up is on the line for a moment before it is under the arm', async () => {
  // Who was let through has turned round: the arm stands open.
  const { at, come } = await comingUp('hasty', () => undefined)
  const comesAtMs: Partial<Record<Zone, number>> = {}
  at.world.happenings.listen((each) => {
    if (each.kind === 'zone' && each.vehicles.length > 0) comesAtMs[each.zone] = at.timeline.monotonicMs()
  })
  const crossed = come()
  await at.timeline.runFor(10_000)
  expect(await crossed).toMatchObject({ kind: 'through', how: 'behind' })
  const { approach = Number.NaN, safety = Number.NaN } = comesAtMs
  expect(safety - approach).toBeGreaterThanOrEqual(300)
})
