import { writeFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { deviceId, principalOf } from '../../core/ids.ts'
import { later, MINUTE_MS } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { readConfig } from '../../gateway/config.ts'
import type { RequestBody } from '../../gateway/path/path.ts'
import { loadBundleFiles } from '../../gateway/wiring/bundle-files.ts'
import { SYNCED } from '../core/kit.ts'
import { LANE_OUT } from '../support/car-park.ts'
import type { LaneDevices } from '../support/people.ts'
import { laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE, layoutFile, SITE } from '../support/site.ts'
import type { TemporaryFolder } from '../support/temporary-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()
const folders: TemporaryFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

/** Puts a layout of these lanes into the site's file and has it read, as SIGHUP does. */
function reloading(rig: Rig): (...lanes: readonly string[]) => Promise<readonly string[]> {
  const folder = temporaryFolder()
  folders.push(folder)
  const config = readConfig({}, { site: SITE, dataDir: folder.path })
  if (!config.ok) throw new Error(config.problems.join('\n'))
  let n = 1
  return (...lanes) => {
    n += 1
    const layout = { ...rig.layout, lanes: rig.layout.lanes.filter(({ id }) => lanes.includes(id)) }
    const issuedAt = later(rig.timeline.now(), -MINUTE_MS)
    writeFileSync(config.config.layoutFile, layoutFile(layout, { epoch: 1, n }, issuedAt))
    const { gateway, bundles, books } = rig.now()
    return rig.until(loadBundleFiles(gateway, bundles, config.config, books, { at: rig.timeline.now(), trust: SYNCED }))
  }
}

let asked = 0
async function ask(rig: Rig, body: RequestBody): Promise<void> {
  asked += 1
  const actor = { kind: 'client', id: 'gate', role: 'attendant' } as const
  const id = `asked-${asked}`
  const reply = await rig.until(
    rig.now().gateway.submit({ source: principalOf('client', 'gate'), id, bytes: id, actor, body }),
  )
  expect(reply).toMatchObject({ kind: 'committed', outcome: { ok: true } })
  await rig.runFor(1_000)
}

const emergency = (active: boolean): RequestBody => ({ kind: 'emergency', device: null, active })
const byHand: RequestBody = { kind: 'open-by-hand', lane: LANE, reason: 'khách cần giúp' }

async function isDown({ barrier }: LaneDevices): Promise<void> {
  const told = barrier.commands.findLast(({ type }) => type === 'close')
  if (told === undefined) throw new Error('the arm was not told to close')
  barrier.report(told.id, 'done')
  await barrier.ask('barrier', { state: 'closed' })
}

describe('a layout that takes a lane away', () => {
  test('is refused while an emergency holds its arm, and taken when the arm is down', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    const reload = reloading(rig)
    await ask(rig, emergency(true))
    await lane.barrier.ask('barrier', { state: 'open' })
    expect(await reload(LANE_OUT)).toEqual([
      expect.stringMatching(/it has no lane \S+, and an emergency holds its arm up\..*\(làn \S+: đang mở khẩn cấp/),
    ])
    await ask(rig, emergency(false))
    expect(await reload(LANE_OUT)).toEqual([expect.stringMatching(/and its arm is up\..*cần đang mở/)])
    await isDown(lane)
    expect(await reload(LANE_OUT)).toEqual([])
  })

  test('is refused while somebody stands under an arm that staff have opened by hand', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    const reload = reloading(rig)
    await lane.safety.ask('occupied', { occupied: true })
    expect(await reload(LANE_OUT)).toEqual([
      expect.stringMatching(/loop under the arm says that somebody stands there/),
    ])
    await lane.safety.ask('occupied', { occupied: false })
    await ask(rig, byHand)
    expect(await reload(LANE_OUT)).toEqual([expect.stringMatching(/and its arm is up/)])
    await lane.barrier.ask('barrier', { state: 'open' })
    await lane.safety.ask('occupied', { occupied: true })
    expect(await reload(LANE_OUT)).toEqual([expect.stringMatching(/and its arm is up/)])
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(10_000)
    await isDown(lane)
    expect(await reload(LANE_OUT)).toEqual([])
  })

  test('is taken where the barrier whose arm was up is revoked', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    const reload = reloading(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    expect(await reload(LANE_OUT)).toEqual([expect.stringMatching(/a barrier that is gone for good is revoked first/)])
    await ask(rig, emergency(true))
    expect(await reload(LANE_OUT), 'the way out of it is said also in an emergency').toEqual([
      expect.stringMatching(/an emergency holds its arm up.*a barrier that is gone for good is revoked first/),
    ])
    await ask(rig, { kind: 'device-revoked', device: lane.barrier.id })
    expect(await reload(LANE_OUT)).toEqual([])
  })

  test('is refused for no lane that the layout in force has not either, whatever the books hold of it from before', async () => {
    const rig = await rigged()
    await laneOf(rig, LANE_OUT)
    const reload = reloading(rig)
    expect(await reload(LANE)).toEqual([])
    const { $client } = rig.now().db.db
    const before = rig.lane(LANE_OUT as typeof LANE)
    const left = [
      { ...before, arm: 'open', phase: { kind: 'held-open', by: [null] } },
      { ...before, arm: 'open' },
      { ...before, safety: true },
    ]
    for (const state of left) {
      $client.prepare('UPDATE lane_state SET state = ? WHERE lane = ?').run(JSON.stringify(state), LANE_OUT)
      expect(await reload(LANE), JSON.stringify(state)).toEqual([])
    }
    expect(await reload(LANE, LANE_OUT)).toEqual([])
    expect(await reload(LANE), 'it begins with nothing known').toEqual([])
  })
})

describe('a lane that is put back', () => {
  test('in an emergency is opened and held as every other, and let go with them', async () => {
    const rig = await rigged()
    const reload = reloading(rig)
    const [entry, exit] = [await laneOf(rig, LANE), await laneOf(rig, LANE_OUT)]
    expect(await reload(LANE)).toEqual([])
    await ask(rig, emergency(true))
    expect(entry.barrier.commands.at(-1)).toMatchObject({ type: 'hold-open' })
    // Every arm of the site is told so without the books, also one that is of no lane.
    expect(exit.barrier.commands).toMatchObject([{ type: 'hold-open' }])
    expect(await reload(LANE, LANE_OUT)).toEqual([])
    await rig.runFor(1_000)
    expect(exit.barrier.commands).toMatchObject([{ type: 'hold-open' }, { type: 'hold-open' }])
    expect(rig.lane(LANE_OUT as typeof LANE).phase).toEqual({ kind: 'held-open', by: [null] })
    expect(exit.barrier.isUp(), 'it is held, and not sent away').toBe(true)
    expect([exit.safety.isUp(), exit.approach.isUp()], 'they are to say what is there').toEqual([false, false])
    for (const loop of [exit.safety, exit.approach]) {
      await loop.connect()
      await loop.ask('occupied', { occupied: false })
    }
    await exit.barrier.ask('barrier', { state: 'open' })
    const audit = createAudit(rig.now().db.db)
    const explained = [...audit.openings(0)].map(({ lane, why }) => [lane, why.kind])
    expect(explained).toEqual([LANE, LANE_OUT].map((lane) => [lane, 'emergency']))
    const record = rig.query("SELECT max(seq) AS seq FROM journal WHERE body LIKE '%bundle-loaded%'")[0]?.['seq']
    expect(audit.openedWithoutPayment(0).openings).toContainEqual(
      expect.objectContaining({ seq: record, lane: LANE_OUT, why: { kind: 'emergency', device: null } }),
    )
    await ask(rig, emergency(false))
    expect(exit.barrier.commands.slice(-2)).toMatchObject([{ type: 'release' }, { type: 'close' }])
  })

  test('is held also where an input burns, and where its arm is away until later', async () => {
    const rig = await rigged()
    const reload = reloading(rig)
    const exit = await laneOf(rig, LANE_OUT)
    expect(await reload(LANE)).toEqual([])
    rig.now().transport.disconnect(exit.barrier.id)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    await input.ask('emergency', { active: true })
    expect(await reload(LANE, LANE_OUT)).toEqual([])
    expect(rig.lane(LANE_OUT as typeof LANE).phase).toEqual({ kind: 'held-open', by: ['emergency-1'] })
    await exit.barrier.connect()
    await rig.runFor(1_000)
    expect(exit.barrier.commands.at(-1)).toMatchObject({ type: 'hold-open' })
  })

  test('begins with what its devices say now, and not with what was there before', async () => {
    const rig = await rigged()
    const reload = reloading(rig)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    expect(rig.lane(LANE_OUT as typeof LANE).presence).not.toBeNull()
    expect(await reload(LANE)).toEqual([])
    expect(rig.lane(LANE_OUT as typeof LANE)).toMatchObject({
      phase: { kind: 'idle' },
      approach: false,
      presence: null,
    })
    await exit.approach.ask('occupied', { occupied: false })
    expect(await reload(LANE, LANE_OUT)).toEqual([])
    await rig.runFor(1_000)
    expect(rig.lane(LANE_OUT as typeof LANE)).toMatchObject({ arm: 'unknown', approach: false, safety: false })
    const waits = [exit.approach, exit.safety, exit.barrier].map((device) => device.isUp())
    expect(waits, 'each is made to say again what is there').toEqual([false, false, false])
    for (const device of [exit.approach, exit.safety, exit.barrier]) await device.connect()
    expect(await exit.approach.ask('occupied', { occupied: true })).toMatchObject({ ok: true })
    expect(await exit.safety.ask('occupied', { occupied: false })).toMatchObject({ ok: true })
    expect(await exit.barrier.ask('barrier', { state: 'closed' })).toMatchObject({ ok: true })
    expect(rig.lane(LANE_OUT as typeof LANE)).toMatchObject({
      phase: { kind: 'vehicle-present' },
      alarm: null,
      arm: 'closed',
    })
  })
})
