import { describe, expect, test } from 'vitest'
import { deviceId, laneId } from '../../../core/ids.ts'
import { HOUR_MS, later } from '../../../core/time.ts'
import { CHATTER_CALM_MS, CHATTER_MAX, CHATTER_WITHIN_MS } from '../../../gateway/intake/chatter.ts'
import { WORD_OF_NOBODY_PAUSE_MS, WORD_PAUSE_MS, WORDS_OF_ONE_MAX } from '../../../gateway/intake/word-chatter.ts'
import { LANE_OUT, PARKING, parkingDevices, parkingLayout, parkingPolicy, tariffsFile } from '../../support/car-park.ts'
import { laneOf, rigs, walletOf } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { deviceOf, LANE, SITE, STALL } from '../../support/site.ts'
import type { WireDevice } from '../../support/wire-device.ts'
import { wireDevice } from '../../support/wire-device.ts'

const rigged = rigs()
const IN = laneId(LANE)
/** A button that is jammed, or a tree before a camera, says so much a second. */
const EVERY_MS = 100
const noted = { ok: true, kind: 'noted' }
const noVehicle = { ok: false, refusal: 'no-vehicle' }

async function carPark(): Promise<Rig> {
  const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return rig
}

async function connected(rig: Rig, id: string): Promise<WireDevice> {
  const device = wireDevice(rig, deviceId(id))
  await device.connect()
  return device
}

const buttonOf = (rig: Rig): Promise<WireDevice> => connected(rig, `${LANE}-ticket-button`)
const cameraOf = (rig: Rig, lane: string): Promise<WireDevice> => connected(rig, `${lane}-camera`)

const records = (rig: Rig): number =>
  Number(rig.query(`SELECT count(*) AS n FROM journal WHERE event IN ('ticket-asked', 'plate-seen')`)[0]?.['n'])
const staysOf = (rig: Rig): readonly object[] => rig.query('SELECT status, entry_by FROM session')
const chatters = (rig: Rig, { id }: WireDevice): boolean => rig.now().gateway.intake.isChattering(id)
const named = (rig: Rig): readonly unknown[] => rig.notices.filter(({ kind }) => kind === 'chatter')
const dropped = (rig: Rig, { id }: WireDevice): number =>
  rig.notices.filter((notice) => notice.kind === 'dropped' && notice.device === id).length

function press(button: WireDevice): Promise<unknown> {
  return button.ask('ticket-asked', {})
}

async function presses(rig: Rig, button: WireDevice, times: number, everyMs = EVERY_MS): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await rig.runFor(everyMs)
    await press(button)
  }
}

function look(text: string, sure = 962): object {
  return {
    plates: [{ text, confidencePermille: sure }],
    direction: null,
    vehicle: 'car',
    picture: null,
    eventId: null,
  }
}

/** Another plate each time. */
const rubbish = (n: number): object => look(`30A-${String(10_000 + n)}`)

async function reads(rig: Rig, camera: WireDevice, times: number, everyMs = EVERY_MS): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await rig.runFor(everyMs)
    await camera.ask('plate-seen', rubbish(n))
  }
}

describe('a button that is pressed', () => {
  test('as often as vehicles can come is taken each time; once more within that time, and it is said to chatter', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    await presses(rig, button, CHATTER_MAX)
    expect(records(rig)).toBe(CHATTER_MAX)
    expect(chatters(rig, button)).toBe(false)
    await rig.runFor(EVERY_MS)
    expect(await press(button)).toEqual(noted)
    expect(records(rig)).toBe(CHATTER_MAX)
    expect(named(rig)).toEqual([{ kind: 'chatter', device: button.id, chatters: true }])
    expect(dropped(rig, button)).toBe(1)
  })

  test('as fast as that and then more slowly is taken each time: only what lies within that time counts', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    await presses(rig, button, 2 * CHATTER_MAX, CHATTER_WITHIN_MS / CHATTER_MAX)
    expect(records(rig)).toBe(2 * CHATTER_MAX)
    expect(chatters(rig, button)).toBe(false)
  })

  test('before nobody while it is jammed makes as many records as vehicles could, and then one in a long while', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    await presses(rig, button, CHATTER_MAX)
    const after = (10 * WORD_OF_NOBODY_PAUSE_MS) / EVERY_MS
    await presses(rig, button, after)
    expect(records(rig)).toBe(CHATTER_MAX + 10)
    expect(dropped(rig, button)).toBe(after - 10)
    expect(chatters(rig, button)).toBe(true)
  })

  test('is said to chatter until it has been calm for long, and then is taken as ever', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    await presses(rig, button, CHATTER_MAX + 1)
    await rig.runFor(CHATTER_CALM_MS - 1_000)
    expect(chatters(rig, button)).toBe(true)
    await rig.runFor(1_000)
    expect(chatters(rig, button)).toBe(false)
    expect(named(rig)).toHaveLength(2)
    expect(await press(button)).toMatchObject(noVehicle)
    expect(await press(button)).toMatchObject(noVehicle)
  })

  test('and that came so late that it is refused unread makes no record, and counts for nothing', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    await rig.runFor(HOUR_MS)
    for (let n = 0; n < 2 * CHATTER_MAX; n += 1) {
      expect(await button.answer(button.say('ticket-asked', {}, { agoMs: HOUR_MS / 2 }))).toMatchObject({
        ok: false,
        refusal: 'stale-scan',
      })
    }
    expect(records(rig)).toBe(0)
    expect(chatters(rig, button)).toBe(false)
  })
})

describe('whoever stands at a lane whose button is jammed', () => {
  test('gets a ticket by its first press, however often it was pressed before them', async () => {
    const rig = await carPark()
    const { approach } = await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    await presses(rig, button, 3 * CHATTER_MAX)
    const before = records(rig)
    await approach.ask('occupied', { occupied: true })
    expect(await press(button)).toMatchObject({ ok: true, kind: 'let-through' })
    expect(staysOf(rig)).toEqual([{ status: 'entering', entry_by: 'ticket' }])
    // It goes on while they stand there.
    await presses(rig, button, WORDS_OF_ONE_MAX - 1 + WORD_PAUSE_MS / EVERY_MS)
    expect(records(rig)).toBe(before + WORDS_OF_ONE_MAX + 1)
    await presses(rig, button, (2 * WORD_PAUSE_MS) / EVERY_MS)
    expect(records(rig)).toBe(before + WORDS_OF_ONE_MAX + 3)
    expect(staysOf(rig)).toHaveLength(1)
  })

  test('also where somebody stood there while it began, and the next one as well', async () => {
    const rig = await carPark()
    const { approach, safety, barrier } = await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    for (let vehicle = 0; vehicle < 3; vehicle += 1) {
      await approach.ask('occupied', { occupied: true })
      expect(await press(button)).toMatchObject({ ok: true, kind: 'let-through' })
      await presses(rig, button, CHATTER_MAX, 10)
      barrier.report(barrier.commands.findLast(({ type }) => type === 'open')?.id ?? '', 'done')
      await barrier.ask('barrier', { state: 'open' })
      await safety.ask('occupied', { occupied: true })
      await approach.ask('occupied', { occupied: false })
      await safety.ask('occupied', { occupied: false })
      await rig.runFor(2_000)
      barrier.report(barrier.commands.findLast(({ type }) => type === 'close')?.id ?? '', 'done')
      await barrier.ask('barrier', { state: 'closed' })
      await presses(rig, button, CHATTER_MAX)
    }
    expect(staysOf(rig)).toHaveLength(3)
  })

  test('is not told by it where the loop chatters too: no more than vehicles can come are taken at once', async () => {
    const rig = await carPark()
    const { approach } = await laneOf(rig, LANE)
    const button = await buttonOf(rig)
    await presses(rig, button, CHATTER_MAX + 1)
    const before = records(rig)
    // Quiet for just so long that each time somebody counts as gone: as many of them as can be.
    for (let n = 0; n < 30; n += 1) {
      await approach.ask('occupied', { occupied: true })
      for (let each = 0; each < WORDS_OF_ONE_MAX; each += 1) await press(button)
      await approach.ask('occupied', { occupied: false })
      await rig.runFor(2_000)
    }
    const pauses = Math.ceil(60_000 / WORD_PAUSE_MS)
    expect(records(rig)).toBeGreaterThanOrEqual(before + CHATTER_MAX)
    expect(records(rig)).toBeLessThanOrEqual(before + CHATTER_MAX + pauses)
  })
})

describe('a camera', () => {
  test('that reads rubbish all day makes as many records as vehicles could, and then one in a long while', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE_OUT)
    const camera = await cameraOf(rig, LANE_OUT)
    await reads(rig, camera, CHATTER_MAX)
    expect(records(rig)).toBe(CHATTER_MAX)
    expect(chatters(rig, camera)).toBe(false)
    await reads(rig, camera, (10 * WORD_OF_NOBODY_PAUSE_MS) / EVERY_MS)
    expect(records(rig)).toBe(CHATTER_MAX + 10)
    expect(named(rig)).toEqual([{ kind: 'chatter', device: camera.id, chatters: true }])
  })

  test('that says one plate again and again says nothing new, and does not chatter', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE_OUT)
    const camera = await cameraOf(rig, LANE_OUT)
    for (let n = 0; n < 3 * CHATTER_MAX; n += 1) {
      await rig.runFor(EVERY_MS)
      expect(await camera.ask('plate-seen', look('30A-123.45'))).toEqual(noted)
    }
    expect(records(rig)).toBe(1)
    expect(chatters(rig, camera)).toBe(false)
  })

  test('that read rubbish reads the plate of whoever comes then: a stay begins by it', async () => {
    const rig = await carPark()
    const { approach } = await laneOf(rig, LANE)
    const camera = await cameraOf(rig, LANE)
    await reads(rig, camera, 2 * CHATTER_MAX)
    // What was not taken is not remembered as seen.
    expect(await camera.ask('plate-seen', look('30A-123.45'))).toEqual(noted)
    await approach.ask('occupied', { occupied: true })
    expect(await camera.ask('plate-seen', look('30A-123.45'))).toMatchObject({ ok: true, kind: 'let-through' })
    expect(staysOf(rig)).toEqual([{ status: 'entering', entry_by: 'plate' }])
  })

  test('at a lane at which no loop is heard is taken as often as vehicles can come, and no more: nobody knows who stands there', async () => {
    const rig = await carPark()
    const camera = await cameraOf(rig, LANE_OUT)
    const halfMs = CHATTER_WITHIN_MS / CHATTER_MAX / 2
    await reads(rig, camera, CHATTER_MAX, halfMs)
    expect(records(rig)).toBe(CHATTER_MAX)
    await reads(rig, camera, CHATTER_MAX - 10, halfMs)
    expect(records(rig)).toBe(CHATTER_MAX)
    expect(chatters(rig, camera)).toBe(true)
    // What was taken at first is long ago by then; what was not taken stands in nobody's way.
    await reads(rig, camera, CHATTER_MAX + 20, halfMs)
    expect(records(rig)).toBe(2 * CHATTER_MAX)
  })

  test('what it has kept of an hour comes all at once, and is all evidence; more than vehicles can come is not', async () => {
    const rig = await carPark()
    await laneOf(rig, LANE_OUT)
    const camera = await cameraOf(rig, LANE_OUT)
    await rig.runFor(HOUR_MS)
    const says = (n: number, agoMs: number) => camera.answer(camera.say('plate-seen', rubbish(n), { agoMs }))
    for (let n = 0; n < 2 * CHATTER_MAX; n += 1) expect(await says(n, HOUR_MS - 10_000 * (n + 1))).toEqual(noted)
    expect(records(rig)).toBe(2 * CHATTER_MAX)
    expect(chatters(rig, camera)).toBe(false)
    for (let n = 0; n < CHATTER_MAX; n += 1) await says(1_000 + n, HOUR_MS / 6 - n)
    expect(records(rig)).toBe(3 * CHATTER_MAX)
    expect(chatters(rig, camera)).toBe(false)
    for (let n = 0; n < CHATTER_MAX; n += 1) expect(await says(2_000 + n, HOUR_MS / 6 - CHATTER_MAX - n)).toEqual(noted)
    expect(records(rig)).toBe(3 * CHATTER_MAX)
    expect(chatters(rig, camera)).toBe(true)
    expect(dropped(rig, camera)).toBe(CHATTER_MAX)
  })

  test('that posts its words: nothing of what is not taken is kept, no picture either', async () => {
    const id = deviceId('gate-cam')
    const posting = deviceOf(id, 'hikvision-camera', { kind: 'lane', id: IN })
    const rig = await rigged({
      layout: { ...parkingLayout(), parking: PARKING },
      policy: parkingPolicy(),
      devices: [...parkingDevices(), posting],
    })
    await laneOf(rig, LANE)
    let kept = 0
    const posts = async (n: number): Promise<void> => {
      const text = `<EventNotificationAlert><eventType>ANPR</eventType><eventState>active</eventState><ANPR><licensePlate>30A${String(10_000 + n)}</licensePlate><direction>forward</direction><confidenceLevel>95</confidenceLevel><twoWheelVehicle>no</twoWheelVehicle><vehicleType>vehicle</vehicleType></ANPR><UUID>v-${n}</UUID></EventNotificationAlert>`
      const payload = new TextEncoder().encode(text)
      const message = {
        device: id,
        topic: `tolbooth/v1/${SITE}/${id}/alert`,
        payload,
        qos: 0,
        duplicate: false,
      } as const
      const keep = (): string => {
        kept += 1
        return `picture-${kept}`
      }
      expect(await rig.until(rig.now().gateway.intake.take(message, keep))).toBe('acknowledge')
      await rig.runFor(EVERY_MS)
    }
    for (let n = 0; n < 2 * CHATTER_MAX; n += 1) await posts(n)
    expect([records(rig), kept]).toEqual([CHATTER_MAX, CHATTER_MAX])
    expect(rig.now().gateway.intake.isChattering(id)).toBe(true)
  })
})

describe('a code that lies before a reader', () => {
  const readerOf = (rig: Rig, place: string): Promise<WireDevice> => connected(rig, `${place}-reader`)
  const scans = (rig: Rig): number =>
    Number(rig.query(`SELECT count(*) AS n FROM journal WHERE event = 'scan'`)[0]?.['n'])
  const codeAt = (rig: Rig, payer: string): string =>
    walletOf(rig, payer).pay({ kind: 'stall', id: STALL }, 50_000, 'place').text

  async function lies(rig: Rig, reader: WireDevice, texts: readonly string[], times: number): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      await rig.runFor(EVERY_MS)
      await reader.ask('scan', { text: texts[n % texts.length] ?? '' })
    }
  }

  test('makes as many records as vehicles could, and then one in a long while, also where it lies beside another', async () => {
    for (const payers of [['payer-1'], ['payer-1', 'payer-2']]) {
      const rig = await carPark()
      await laneOf(rig, LANE_OUT)
      const reader = await readerOf(rig, LANE_OUT)
      const texts = payers.map((payer) => codeAt(rig, payer))
      const most = CHATTER_MAX + texts.length * WORDS_OF_ONE_MAX
      await lies(rig, reader, texts, most)
      expect(scans(rig)).toBe(most)
      expect(chatters(rig, reader)).toBe(false)
      const after = (10 * WORD_OF_NOBODY_PAUSE_MS) / EVERY_MS
      await lies(rig, reader, texts, after)
      expect(scans(rig)).toBe(most + 10)
      expect(named(rig)).toEqual([{ kind: 'chatter', device: reader.id, chatters: true }])
      expect(dropped(rig, reader)).toBe(after - 10)
    }
  })

  test('keeps nobody from paying: another code is taken each time', async () => {
    const rig = await carPark()
    const reader = await readerOf(rig, STALL)
    const code = codeAt(rig, 'payer-1')
    await lies(rig, reader, [code], 3 * CHATTER_MAX)
    expect(chatters(rig, reader)).toBe(true)
    const till = await connected(rig, `${STALL}-till`)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    expect(await reader.ask('scan', { text: codeAt(rig, 'payer-2') })).toMatchObject({ ok: true, kind: 'paid' })
    expect(await reader.ask('scan', { text: code })).toEqual(noted)
    const other = codeAt(rig, 'payer-3')
    for (let n = 0; n < WORDS_OF_ONE_MAX; n += 1)
      expect(await reader.ask('scan', { text: other }), 'shown again, or sent again').not.toEqual(noted)
  })

  test('and as many others as vehicles show in that time are no chatter, nor is one that comes again later', async () => {
    const rig = await carPark()
    const reader = await readerOf(rig, STALL)
    const code = codeAt(rig, 'payer-1')
    for (let n = 0; n < 2 * CHATTER_MAX; n += 1) {
      await rig.runFor(EVERY_MS)
      await reader.ask('scan', { text: `code ${n}` })
    }
    await reader.ask('scan', { text: code })
    for (let n = 0; n < 3; n += 1) {
      await rig.runFor(CHATTER_WITHIN_MS + 1_000)
      await reader.ask('scan', { text: code })
    }
    expect(chatters(rig, reader)).toBe(false)
    expect(dropped(rig, reader)).toBe(0)
  })
})
