import { describe, expect, test } from 'vitest'
import { deviceId, principalOf } from '../../core/ids.ts'
import type { RequestBody } from '../../gateway/path/path.ts'
import { laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()

function ask(rig: Rig, id: string, body: RequestBody): Promise<unknown> {
  const actor = { kind: 'client', id: 'gate', role: 'attendant' } as const
  return rig.until(rig.now().gateway.submit({ source: principalOf('client', 'gate'), id, bytes: id, actor, body }))
}

const said = (active: boolean): RequestBody => ({ kind: 'emergency', device: null, active })

describe('a person’s word in an emergency', () => {
  test('opens and holds every lane, and ends it', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    await ask(rig, 'fire', said(true))
    await rig.runFor(1_000)
    expect(barrier.commands.at(-1)).toMatchObject({ type: 'hold-open' })
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    expect(barrier.commands.slice(-2)).toMatchObject([{ type: 'release' }, { type: 'close' }])
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'closing' })
  })

  test('ends it also where the input that began it is gone for good', async () => {
    const rig = await rigged()
    await laneOf(rig, LANE)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    await input.ask('emergency', { active: true })
    await ask(rig, 'revoked', { kind: 'device-revoked', device: deviceId('emergency-1') })
    await rig.runFor(60_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open', by: ['emergency-1'] })
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'closing' })
  })
})
