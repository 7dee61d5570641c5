import { describe, expect, test } from 'vitest'
import { deviceId, laneId, principalOf } from '../../../core/ids.ts'
import { HOUR_MS } from '../../../core/time.ts'
import { ARM_PAUSE_MS } from '../../../gateway/intake/barrier-chatter.ts'
import { CHATTER_CALM_MS, CHATTER_MAX, CHATTER_WITHIN_MS } from '../../../gateway/intake/chatter.ts'
import { QUIET_MS } from '../../../gateway/intake/held-words.ts'
import { parkingDevices, parkingLayout, parkingPolicy } from '../../support/car-park.ts'
import type { LaneDevices } from '../../support/people.ts'
import { laneOf, rigs } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { LANE } from '../../support/site.ts'
import type { WireDevice } from '../../support/wire-device.ts'
import { wireDevice } from '../../support/wire-device.ts'

const rigged = rigs()
const IN = laneId(LANE)
/** As fast as a broker takes it of one device. */
const EVERY_MS = 20
const noted = { ok: true, kind: 'noted' }

const records = (rig: Rig): number =>
  Number(rig.query(`SELECT count(*) AS n FROM journal WHERE event = 'barrier-state'`)[0]?.['n'])
const forced = (rig: Rig): number => rig.query(`SELECT kind FROM staff_case WHERE kind = 'forced-open'`).length
const chatters = (rig: Rig, { id }: WireDevice): boolean => rig.now().gateway.intake.isChattering(id)
function lastWord(rig: Rig): unknown {
  const [last] = rig.query(`SELECT body FROM journal WHERE event = 'barrier-state' ORDER BY seq DESC LIMIT 1`)
  return (JSON.parse(String(last?.['body'])) as { event: { body: unknown } }).event.body
}

async function atRest(): Promise<{ readonly rig: Rig } & LaneDevices> {
  const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
  return { rig, ...(await laneOf(rig, LANE)) }
}

/** Each in turn, so often: after an even number of two it says the second. */
async function says(
  rig: Rig,
  barrier: WireDevice,
  states: readonly string[],
  times: number,
  everyMs = EVERY_MS,
): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await rig.runFor(everyMs)
    expect(await barrier.ask('barrier', { state: states[n % states.length] })).toEqual(noted)
  }
}

describe('a barrier whose limit switch has a bad joint', () => {
  test('is believed as often as vehicles can move it; once more within that time, and it is said to chatter', async () => {
    const { rig, barrier } = await atRest()
    await rig.runFor(CHATTER_WITHIN_MS)
    const before = records(rig)
    await says(rig, barrier, ['open', 'closed'], CHATTER_MAX)
    expect(records(rig)).toBe(before + CHATTER_MAX)
    expect(chatters(rig, barrier)).toBe(false)
    await says(rig, barrier, ['open'], 1)
    expect(records(rig)).toBe(before + CHATTER_MAX + 1)
    expect(chatters(rig, barrier)).toBe(true)
  })

  test('makes, with nobody there, no more records than vehicles could, and one case, and ends on the truth', async () => {
    const { rig, barrier } = await atRest()
    await rig.runFor(CHATTER_WITHIN_MS)
    const before = records(rig)
    await says(rig, barrier, ['open', 'closed'], 3_000)
    expect(records(rig)).toBe(before + CHATTER_MAX + 1)
    expect(forced(rig)).toBe(1)
    expect(rig.lane(IN)).toMatchObject({ arm: 'open', alarm: 'forced-open' })
    await rig.runFor(QUIET_MS)
    expect(records(rig)).toBe(before + CHATTER_MAX + 2)
    expect(rig.lane(IN).arm).toBe('closed')
  })

  test('makes none by the switch that says that the arm is down, either: what waits is the last word', async () => {
    const { rig, barrier } = await atRest()
    await says(rig, barrier, ['moving', 'closed'], CHATTER_MAX + 2)
    const before = records(rig)
    await says(rig, barrier, ['moving', 'closed'], 500)
    expect(records(rig)).toBe(before)
    await rig.runFor(2 * QUIET_MS)
    expect(records(rig)).toBe(before + 1)
    expect(rig.lane(IN).arm).toBe('closed')
    await says(rig, barrier, ['moving', 'closed', 'moving'], 3)
    await rig.runFor(QUIET_MS - 100)
    expect(records(rig)).toBe(before + 1)
    await rig.runFor(100)
    expect(records(rig)).toBe(before + 2)
    expect(rig.lane(IN).arm).toBe('moving')
  })

  test('says at once that the arm is up, also while it chatters', async () => {
    const { rig, barrier } = await atRest()
    await says(rig, barrier, ['moving', 'closed'], CHATTER_MAX + 2)
    await rig.runFor(HOUR_MS / 30)
    expect(forced(rig)).toBe(0)
    await says(rig, barrier, ['open'], 1)
    expect(forced(rig)).toBe(1)
    expect(rig.lane(IN)).toMatchObject({ arm: 'open', alarm: 'forced-open' })
  })

  test('has said where the arm is before whoever comes is decided upon: an arm that stays down is found out', async () => {
    const { rig, barrier, approach } = await atRest()
    const button = wireDevice(rig, deviceId(`${LANE}-ticket-button`))
    await button.connect()
    await says(rig, barrier, ['open', 'closed'], CHATTER_MAX + 2)
    expect(rig.lane(IN).arm).toBe('open')
    await approach.ask('occupied', { occupied: true })
    expect(rig.lane(IN).arm).toBe('closed')
    expect(await button.ask('ticket-asked', {})).toMatchObject({ ok: true, kind: 'let-through' })
    await rig.runFor(100)
    barrier.report(barrier.commands.findLast(({ type }) => type === 'open')?.id ?? '', 'done')
    await rig.runFor(15_000)
    expect(rig.lane(IN).alarm).toBe('stuck-closed')
  })

  test('makes, while somebody is there, a few records a second, and ends on the truth within one', async () => {
    const { rig, barrier, approach } = await atRest()
    await approach.ask('occupied', { occupied: true })
    await says(rig, barrier, ['open', 'closed'], CHATTER_MAX + 2)
    const perSecond = async (states: readonly string[]): Promise<number> => {
      const [before, fromMs] = [records(rig), rig.timeline.monotonicMs()]
      await says(rig, barrier, states, 1_500)
      return (records(rig) - before) / ((rig.timeline.monotonicMs() - fromMs) / 1_000)
    }
    const two = await perSecond(['open', 'closed'])
    expect(two).toBeGreaterThan(1.8)
    expect(two).toBeLessThan(2.1)
    const three = await perSecond(['moving', 'open', 'moving', 'closed'])
    expect(three).toBeLessThan(5.1)
    await rig.runFor(ARM_PAUSE_MS)
    expect(rig.lane(IN).arm).toBe('closed')
    const settled = records(rig)
    await rig.runFor(2 * QUIET_MS)
    expect(records(rig)).toBe(settled)
  })

  test('has said where the arm is before whoever stands there asks for a ticket', async () => {
    const { rig, barrier, approach } = await atRest()
    const button = wireDevice(rig, deviceId(`${LANE}-ticket-button`))
    await button.connect()
    await approach.ask('occupied', { occupied: true })
    await says(rig, barrier, ['open', 'closed'], CHATTER_MAX + 2)
    expect(rig.lane(IN).arm).toBe('open')
    expect(await button.ask('ticket-asked', {})).toMatchObject({ ok: true, kind: 'let-through' })
    expect(rig.lane(IN).phase).toMatchObject({ kind: 'opening', saysUp: true })
    // What it said before its command is said once.
    const before = records(rig)
    await rig.runFor(2 * ARM_PAUSE_MS)
    expect(records(rig)).toBe(before)
  })

  test('and is told to open by hand before nobody: what it said before that is in the books then, and no later', async () => {
    const { rig, barrier } = await atRest()
    await says(rig, barrier, ['open', 'closed'], CHATTER_MAX + 2)
    const reply = await rig.until(
      rig.now().gateway.submit({
        source: principalOf('client', 'operator-1'),
        id: 'by-hand',
        bytes: 'by-hand',
        actor: { kind: 'client', id: 'operator-1', role: 'operator' },
        body: { kind: 'open-by-hand', lane: IN, reason: 'xe cứu thương' },
      }),
    )
    expect(reply).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    await rig.runFor(100)
    const before = records(rig)
    expect(lastWord(rig)).toMatchObject({ device: barrier.id, state: 'closed', late: false })
    barrier.report(barrier.commands.findLast(({ type }) => type === 'open')?.id ?? '', 'done')
    await barrier.ask('barrier', { state: 'open' })
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'open' }, arm: 'open' })
    await rig.runFor(2 * QUIET_MS)
    expect(records(rig)).toBe(before + 1)
  })

  test('and is cut off while it says that the arm is down: that is evidence, until it says so again', async () => {
    const { rig, barrier } = await atRest()
    await says(rig, barrier, ['open', 'closed'], CHATTER_MAX + 2)
    barrier.line.cut()
    await rig.runFor(QUIET_MS + 1_000)
    expect(lastWord(rig)).toMatchObject({ state: 'closed', late: true })
    expect(rig.lane(IN).arm).toBe('open')
    await barrier.connect({ boot: 'boot-0002' })
    await barrier.ask('barrier', { state: 'closed' })
    await rig.runFor(QUIET_MS)
    expect(rig.lane(IN).arm).toBe('closed')
  })

  test('is believed as ever when it has been calm for long', async () => {
    const { rig, barrier } = await atRest()
    await says(rig, barrier, ['open', 'closed'], CHATTER_MAX + 2)
    await rig.runFor(CHATTER_CALM_MS)
    expect(chatters(rig, barrier)).toBe(false)
    const before = records(rig)
    await says(rig, barrier, ['open', 'closed'], 2)
    expect(records(rig)).toBe(before + 2)
  })

  test('and tells of it late makes no more records than vehicles could, by when it happened', async () => {
    const { rig, barrier } = await atRest()
    await rig.runFor(HOUR_MS)
    const before = records(rig)
    const late = (n: number, agoMs: number) =>
      barrier.answer(barrier.say('barrier', { state: n % 2 === 0 ? 'open' : 'closed' }, { agoMs }))
    for (let n = 0; n < CHATTER_MAX; n += 1) expect(await late(n, HOUR_MS / 2 - n)).toEqual(noted)
    expect(records(rig)).toBe(before + CHATTER_MAX)
    expect(chatters(rig, barrier)).toBe(false)
    for (let n = 0; n < CHATTER_MAX; n += 1) expect(await late(n, HOUR_MS / 2 - CHATTER_MAX - n)).toEqual(noted)
    expect(records(rig)).toBe(before + CHATTER_MAX)
    expect(chatters(rig, barrier)).toBe(true)
    expect(forced(rig)).toBe(0)
  })
})
