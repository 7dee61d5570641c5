import { beforeEach, describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { SCAN_TEXT_CHARACTERS_MAX } from '../../../devices/wire.ts'
import { barrier, GO_UP_AGAIN_MS } from '../../../simulators/devices/barrier.ts'
import { display } from '../../../simulators/devices/display.ts'
import { emergencyInput } from '../../../simulators/devices/emergency-input.ts'
import { loop } from '../../../simulators/devices/loop.ts'
import { qrReader } from '../../../simulators/devices/qr-reader.ts'
import { soundbox } from '../../../simulators/devices/soundbox.ts'
import { till } from '../../../simulators/devices/till.ts'
import type { LaneGround } from '../../../simulators/lane-ground.ts'
import { laneGround } from '../../../simulators/lane-ground.ts'
import type { Desk } from '../desk.ts'
import { CLOSE, desk, OPEN, READER, received } from '../desk.ts'

const BARRIER = deviceId('barrier-1')
const LOOP = deviceId('loop-1')
const BOX = deviceId('soundbox-1')
const TILL = deviceId('till-1')
const TRAVEL_MS = 1_200
const HOLD_OPEN = { type: 'hold-open', data: {} } as const
const RELEASE = { type: 'release', data: {} } as const

let at: Desk
let ground: LaneGround
beforeEach(async () => {
  at = desk()
  ground = laneGround('in-1', at.world.happenings)
  await at.start()
})

describe('a barrier', () => {
  async function on() {
    const device = barrier(at.world, { device: BARRIER, travelMs: TRAVEL_MS }, ground)
    device.firmware.powerOn()
    await at.timeline.runFor(1_000)
    return device
  }
  const states = () =>
    at
      .events(BARRIER, 'barrier')
      .map(({ event }) => ('type' in event && event.type === 'barrier' ? event.data.state : ''))

  test('says where its arm is after the hello, while it moves, and where it stops', async () => {
    await on()
    at.order(BARRIER, OPEN)
    await at.timeline.runFor(TRAVEL_MS - 100)
    expect(ground.arm()).toBe('rising')
    await at.timeline.runFor(1_000)
    at.order(BARRIER, CLOSE)
    await at.timeline.runFor(TRAVEL_MS + 1_000)
    expect(states()).toEqual(['closed', 'moving', 'open', 'moving', 'closed'])
    expect(at.results(BARRIER)).toEqual(['done', 'done'])
  })

  test('never moves for a command that comes too late or was meant for another run, and says late', async () => {
    await on()
    at.order(BARRIER, OPEN, { withinMs: -1 })
    at.order(BARRIER, OPEN, { boot: 'another-run' })
    await at.timeline.runFor(5_000)
    expect(at.happened.filter(({ kind }) => kind === 'arm')).toEqual([])
    expect(at.results(BARRIER)).toEqual(['late', 'late'])
  })

  test('never does a late command in any storm, nor one twice', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      at = desk({
        seed: `storm-${seed}`,
        weather: { delayMostMs: 4_000, dropChance: 0.1, duplicateChance: 0.3, overtakeChance: 0.5 },
      })
      ground = laneGround('in-1', at.world.happenings)
      await at.start()
      const device = await on()
      await at.timeline.runUntil(() => at.events(BARRIER, 'hello').length > 0, 60_000)
      for (let orders = 0; orders < 20; orders += 1) {
        if (device.firmware.isConnected()) at.order(BARRIER, orders % 2 === 0 ? OPEN : CLOSE, { withinMs: 2_000 })
        await at.timeline.runFor(1_500)
        if (orders === 10) device.firmware.powerOff()
        if (orders === 11) device.firmware.powerOn()
      }
      const seen = at.happened.flatMap((happening) => (happening.kind === 'command' ? [happening] : []))
      const done = seen.filter(({ result }) => result === 'done')
      expect(seen.some(({ result }) => result === 'late')).toBe(true)
      expect(new Set(done.map(({ command }) => command)).size).toBe(done.length)
      for (const { forBoot, boot, notAfterUpMs, upMs } of done) {
        expect(forBoot).toBe(boot)
        expect(upMs).toBeLessThanOrEqual(notAfterUpMs ?? 0)
      }
    }
  })

  test('turns round in mid-movement', async () => {
    await on()
    at.order(BARRIER, OPEN)
    await at.timeline.runFor(TRAVEL_MS + 1_000)
    at.order(BARRIER, CLOSE)
    await at.timeline.runFor(500)
    expect(ground.arm()).toBe('falling')
    at.order(BARRIER, OPEN)
    await at.timeline.runFor(TRAVEL_MS + 1_000)
    expect(ground.arm()).toBe('open')
  })

  test('that is held open does not close until it is released', async () => {
    await on()
    at.order(BARRIER, HOLD_OPEN)
    await at.timeline.runFor(3_000)
    at.order(BARRIER, CLOSE)
    await at.timeline.runFor(3_000)
    expect(ground.arm()).toBe('open')
    at.order(BARRIER, RELEASE)
    await at.timeline.runFor(3_000)
    expect(ground.arm()).toBe('closed')
    expect(at.results(BARRIER)).toEqual(['done', 'failed', 'done'])
  })

  test('that is stuck says that it did it, does not move, and says where it still is', async () => {
    const device = await on()
    device.setStuck(true)
    const said = at.events(BARRIER, 'barrier').length
    at.order(BARRIER, OPEN)
    await at.timeline.runFor(3_000)
    expect(ground.arm()).toBe('closed')
    expect(at.results(BARRIER)).toEqual(['done'])
    expect(at.events(BARRIER, 'barrier').slice(said)).toMatchObject([{ event: { data: { state: 'closed' } } }])
  })

  const AFTER_MS = 30_000
  const tell = (arm: 'open' | 'closed') =>
    at.say(BARRIER, 'fail-safe', JSON.stringify({ v: 1, arm, afterMs: AFTER_MS }))
  const reasons = () =>
    at
      .events(BARRIER, 'barrier')
      .flatMap(({ event }) => ('type' in event && event.type === 'barrier' ? [event.data] : []))
      .map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`))

  describe('that is to go up without a gateway', () => {
    test('goes up when it has not been told so again in time, and says why with each of its words', async () => {
      await on()
      tell('open')
      await at.timeline.runFor(AFTER_MS - 2_000)
      tell('open')
      await at.timeline.runFor(AFTER_MS - 2_000)
      expect(ground.arm()).toBe('closed')
      await at.timeline.runFor(4_000)
      expect(ground.arm()).toBe('open')
      expect(reasons()).toEqual(['closed', 'moving: fail-safe', 'open: fail-safe'])
    })

    test('is put off by nothing but its setting: answers and commands come from a gateway that may not serve', async () => {
      await on()
      tell('open')
      await at.timeline.runFor(AFTER_MS - 5_000)
      at.order(BARRIER, CLOSE)
      await at.timeline.runFor(7_000)
      expect(at.results(BARRIER)).toEqual(['done'])
      expect(ground.arm()).toBe('open')
    })

    test('does so with its cable out, and after it was switched off and on again', async () => {
      const device = await on()
      tell('open')
      await at.timeline.runFor(1_000)
      device.firmware.pullCable()
      device.firmware.powerOff()
      await at.timeline.runFor(2 * AFTER_MS)
      expect(ground.arm(), 'without power it is moved by nothing').toBe('closed')
      device.firmware.powerOn()
      await at.timeline.runFor(AFTER_MS - 1_000)
      expect(ground.arm()).toBe('closed')
      await at.timeline.runFor(3_000)
      expect(ground.arm()).toBe('open')
      device.firmware.plugCable()
      await at.timeline.runFor(10_000)
      expect(reasons().at(-1)).toBe('open: fail-safe')
    })

    test('stays up when the gateway is back, says so once more, and comes down by a release alone', async () => {
      await on()
      tell('open')
      await at.timeline.runFor(AFTER_MS + 3_000)
      const said = reasons().length
      tell('open')
      at.order(BARRIER, CLOSE)
      await at.timeline.runFor(3_000)
      expect(ground.arm()).toBe('open')
      expect(reasons().slice(said)).toEqual(['open: fail-safe'])
      at.order(BARRIER, RELEASE)
      await at.timeline.runFor(3_000)
      expect(at.results(BARRIER)).toEqual(['failed', 'done'])
      expect(reasons().slice(said + 1)).toEqual(['moving', 'closed'])
    })

    test('says why also where it was up already', async () => {
      await on()
      at.order(BARRIER, OPEN)
      tell('open')
      await at.timeline.runFor(AFTER_MS + 1_000)
      expect(reasons()).toEqual(['closed', 'moving', 'open', 'open: fail-safe'])
    })

    test('tries again where its motor did not turn at that moment', async () => {
      const device = await on()
      tell('open')
      await at.timeline.runFor(1_000)
      device.setStuck(true)
      await at.timeline.runFor(AFTER_MS + 1_000)
      expect(ground.arm()).toBe('closed')
      device.setStuck(false)
      await at.timeline.runFor(GO_UP_AGAIN_MS + 3_000)
      expect(ground.arm()).toBe('open')
      expect(reasons().at(-1)).toBe('open: fail-safe')
    })

    test('moves nothing once it is told to stay closed, while its motor does not turn, or by what it cannot read', async () => {
      const device = await on()
      at.say(BARRIER, 'fail-safe', '{"v":1,"arm":"up"}')
      await at.timeline.runFor(1_000)
      expect(at.happened.filter(({ kind }) => kind === 'unreadable')).toHaveLength(1)
      tell('open')
      await at.timeline.runFor(1_000)
      device.setStuck(true)
      await at.timeline.runFor(AFTER_MS + 1_000)
      device.setStuck(false)
      tell('closed')
      await at.timeline.runFor(2 * AFTER_MS)
      expect(reasons()).toEqual(['closed'])
    })
  })

  test('that comes down on somebody is seen', async () => {
    await on()
    at.order(BARRIER, OPEN)
    await at.timeline.runFor(3_000)
    ground.enter('safety', 'vehicle-1')
    at.order(BARRIER, CLOSE)
    await at.timeline.runFor(3_000)
    expect(at.happened).toContainEqual({ kind: 'arm-hit', lane: 'in-1', vehicles: ['vehicle-1'] })
  })
})

describe('a loop', () => {
  async function on() {
    const device = loop(at.world, LOOP, ground, 'approach')
    device.firmware.powerOn()
    await at.timeline.runFor(1_000)
    return device
  }
  const levels = () =>
    at.events(LOOP, 'occupied').map(({ event }) => 'type' in event && event.type === 'occupied' && event.data.occupied)

  test('says its level after the hello, at each change, and again now and then', async () => {
    await on()
    ground.enter('approach', 'vehicle-1')
    await at.timeline.runFor(1_000)
    ground.enter('approach', 'vehicle-2')
    ground.leave('approach', 'vehicle-1')
    await at.timeline.runFor(1_000)
    expect(levels()).toEqual([false, true])
    await at.timeline.runFor(60_000)
    ground.leave('approach', 'vehicle-2')
    await at.timeline.runFor(1_000)
    expect(levels()).toEqual([false, true, true, false])
  })

  test('does not feel what stands on the other loop', async () => {
    await on()
    ground.enter('safety', 'vehicle-1')
    await at.timeline.runFor(1_000)
    expect(levels()).toEqual([false])
  })

  test('says what is there now when it was switched off meanwhile', async () => {
    const device = await on()
    device.firmware.powerOff()
    ground.enter('approach', 'vehicle-1')
    device.firmware.powerOn()
    await at.timeline.runFor(1_000)
    expect(levels()).toEqual([false, true])
  })

  test('with a bad joint chatters, and ends on the truth', async () => {
    const device = await on()
    device.setChatterChance(1)
    ground.enter('approach', 'vehicle-1')
    await at.timeline.runFor(5_000)
    expect(levels().length).toBeGreaterThan(3)
    expect(levels().at(-1)).toBe(true)
  })
})

describe('a QR reader', () => {
  test('says what is held up to it as it is, and hands on the answer', async () => {
    const reader = qrReader(at.world, READER)
    reader.firmware.powerOn()
    await at.timeline.runFor(1_000)
    at.script.answer = () => ({ ok: false, refusal: 'token-spent', tryAgain: 'new-token', vi: {}, en: {}, due: null })
    const answers: unknown[] = []
    const id = reader.show('https://pay.example/#mã', (answer) => answers.push(answer))
    await at.timeline.runFor(1_000)
    const [scan] = at.events(READER, 'scan')
    expect(scan?.event).toMatchObject({ id, data: { text: 'https://pay.example/#mã' } })
    expect(answers).toEqual([{ ok: false, refusal: 'token-spent', tryAgain: 'new-token' }])
  })

  test('says the beginning of what is longer than a message may hold, and all of what just fits', async () => {
    const reader = qrReader(at.world, READER)
    reader.firmware.powerOn()
    await at.timeline.runFor(1_000)
    reader.show('x'.repeat(SCAN_TEXT_CHARACTERS_MAX), () => {})
    reader.show('x'.repeat(SCAN_TEXT_CHARACTERS_MAX + 1), () => {})
    await at.timeline.runFor(1_000)
    for (const { event } of at.events(READER, 'scan')) {
      expect('type' in event && event.type === 'scan' && event.data.text).toHaveLength(SCAN_TEXT_CHARACTERS_MAX)
    }
    expect(at.events(READER, 'scan')).toHaveLength(2)
  })

  test('that misbehaves reads the same code a second time, as a scan of its own', async () => {
    const reader = qrReader(at.world, READER)
    reader.firmware.powerOn()
    await at.timeline.runFor(1_000)
    reader.setRereadChance(1)
    reader.show('a code', () => {})
    await at.timeline.runFor(3_000)
    const scans = at.events(READER, 'scan').map(({ event }) => event)
    expect(scans).toHaveLength(2)
    expect(scans[1]?.seq).not.toBe(scans[0]?.seq)
  })

  test('that misbehaves does not read again what no longer lies before it', async () => {
    const reader = qrReader(at.world, READER)
    reader.firmware.powerOn()
    await at.timeline.runFor(1_000)
    reader.setRereadChance(1)
    reader.show('a code', () => {})
    reader.setRereadChance(0)
    reader.show('another code', () => {})
    await at.timeline.runFor(3_000)
    expect(at.events(READER, 'scan')).toHaveLength(2)
  })

  test('that is off reads nothing', () => {
    expect(qrReader(at.world, READER).show('a code', () => {})).toBeUndefined()
  })
})

describe('a soundbox', () => {
  test('says each id once, and keeps what it has said', async () => {
    const box = soundbox(at.world, BOX)
    const heard: string[] = []
    box.onAnnounced(({ speech }) => heard.push(speech.vi))
    box.firmware.powerOn()
    await at.timeline.runFor(1_000)
    at.order(BOX, received('charge-1', 60_000), { id: 'box-1:1:5:0' })
    at.order(BOX, received('charge-1', 60_000), { id: 'box-1:1:5:0' })
    at.order(BOX, received('charge-2', 5_000), { id: 'box-1:1:9:0' })
    await at.timeline.runFor(1_000)
    expect(heard).toEqual(['Đã nhận 60000 đồng', 'Đã nhận 5000 đồng'])
    expect(box.announced().map(({ charge }) => charge)).toEqual(['charge-1', 'charge-2'])
    expect(at.results(BOX)).toEqual(['done', 'repeated', 'done'])
  })

  test('does not say late what was paid long ago', async () => {
    const box = soundbox(at.world, BOX)
    box.firmware.powerOn()
    await at.timeline.runFor(1_000)
    at.order(BOX, received('charge-1', 60_000), { withinMs: -1 })
    await at.timeline.runFor(1_000)
    expect(box.announced()).toEqual([])
  })

  test('cannot open anything', async () => {
    soundbox(at.world, BOX).firmware.powerOn()
    await at.timeline.runFor(1_000)
    at.order(BOX, OPEN)
    await at.timeline.runFor(1_000)
    expect(at.results(BOX)).toEqual(['failed'])
  })
})

describe('a till', () => {
  test('keys an amount, takes it back, shows what it is told', async () => {
    const keypad = till(at.world, TILL)
    keypad.firmware.powerOn()
    await at.timeline.runFor(1_000)
    const answers: unknown[] = []
    keypad.key(50_000, 'VND', (answer) => answers.push(answer))
    keypad.clear((answer) => answers.push(answer))
    at.order(TILL, received('charge-1', 50_000))
    await at.timeline.runFor(1_000)
    expect(at.events(TILL, 'amount-keyed')[0]?.event).toMatchObject({ data: { amount: 50_000, currency: 'VND' } })
    expect(at.events(TILL, 'amount-cleared')).toHaveLength(1)
    expect(answers).toHaveLength(2)
    expect(keypad.announced()).toHaveLength(1)
  })

  test('that is off says so at once to the vendor', () => {
    const answers: unknown[] = []
    const keypad = till(at.world, TILL)
    keypad.key(1, 'VND', (answer) => answers.push(answer))
    keypad.clear((answer) => answers.push(answer))
    expect(answers).toEqual([undefined, undefined])
  })
})

describe('a display', () => {
  test('shows the lines, and speaks no word', async () => {
    display(at.world, BOX).firmware.powerOn()
    await at.timeline.runFor(1_000)
    at.order(BOX, received('charge-1', 60_000))
    await at.timeline.runFor(1_000)
    const [shown] = at.happened.filter(({ kind }) => kind === 'announced')
    expect(shown).toMatchObject({ line: 'Đã nhận', speech: '' })
  })

  test('shows the lines of a kind that its firmware is too old to know', async () => {
    const shows = display(at.world, BOX)
    shows.firmware.powerOn()
    await at.timeline.runFor(1_000)
    const { data, ...command } = received('charge-1', 60_000)
    at.order(BOX, { ...command, data: { ...data, kind: 'made-up-next-year' as 'idle' } })
    await at.timeline.runFor(1_000)
    expect(shows.announced()).toMatchObject([{ kind: 'unknown', lines: { vi: ['Đã nhận', expect.any(String)] } }])
    expect(at.results(BOX)).toEqual(['done'])
  })
})

describe('an emergency input', () => {
  test('says its level at each change and after each hello', async () => {
    const input = emergencyInput(at.world, BOX)
    input.firmware.powerOn()
    await at.timeline.runFor(1_000)
    input.set(true)
    input.set(true)
    await at.timeline.runFor(1_000)
    input.firmware.pullCable()
    input.firmware.plugCable()
    await at.timeline.runFor(1_000)
    const levels = at
      .events(BOX, 'emergency')
      .map(({ event }) => 'type' in event && event.type === 'emergency' && event.data.active)
    expect(levels).toEqual([false, true, true])
  })
})
