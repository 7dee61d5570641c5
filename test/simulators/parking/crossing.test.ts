import { expect, test } from 'vitest'
import { cross } from '../../../simulators/parking/crossing.ts'
import { laneStation } from '../../../simulators/parking/lane-station.ts'
import { IN_1, parkingKit } from '../../../simulators/parking/parking-kit.ts'
import { payersRecord } from '../../../simulators/people/payers-record.ts'
import type { Zone } from '../../../simulators/world/happenings.ts'
import { desk } from '../desk.ts'

test('whoever follows through where the arm is still up is on the line for a moment before it is under the arm', async () => {
  const at = desk()
  await at.start()
  const [kit] = parkingKit('hoa-binh').lanes.filter(({ id }) => id === IN_1)
  if (kit === undefined) throw new Error('no such lane')
  const station = laneStation(at.world, kit)
  const payers = payersRecord()
  const point = { kind: 'lane', id: IN_1 } as const
  // Who was let through has turned round: the arm stands open.
  station.ground.setArm('open')
  const comesAtMs: Partial<Record<Zone, number>> = {}
  at.world.happenings.listen((each) => {
    if (each.kind === 'zone' && each.vehicles.length > 0) comesAtMs[each.zone] = at.timeline.monotonicMs()
  })
  const crossed = cross(
    {
      world: at.world,
      random: at.world.random,
      station,
      payers,
      purchase: payers.begin({ payer: 'somebody', point, amount: null }),
      vehicle: 'vehicle-1',
      inView: [],
      camera: { missing: 0, dirty: 0, confusable: 0 },
      comesUp: 'hasty',
      onClosedUp: () => undefined,
    },
    async () => 'back',
  )
  await at.timeline.runFor(10_000)
  expect(await crossed).toMatchObject({ kind: 'through', how: 'behind' })
  const { approach = Number.NaN, safety = Number.NaN } = comesAtMs
  expect(safety - approach).toBeGreaterThanOrEqual(300)
})
