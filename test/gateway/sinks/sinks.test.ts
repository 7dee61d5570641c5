import { describe, expect, test } from 'vitest'
import type { EffectId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import type { ClockTrust } from '../../../core/time.ts'
import { later } from '../../../core/time.ts'
import { GATEWAY_LIMITS } from '../../../gateway/gateway.ts'
import { createDeviceSinks } from '../../../gateway/sinks/device-sinks.ts'
import { CALM } from '../../../simulators/world/memory-network.ts'
import { vnd } from '../../core/kit.ts'
import type { LaneDevices } from '../../support/people.ts'
import { laneOf, rigs, stallOf, walletOf } from '../../support/people.ts'
import { chargeOf, scanOf, word } from '../../support/requests.ts'
import type { Rig } from '../../support/rig.ts'
import { deviceOf, devicesOf, LANE, SITE, STALL } from '../../support/site.ts'
import type { WireDevice } from '../../support/wire-device.ts'
import { wireDevice } from '../../support/wire-device.ts'

const rigged = rigs()
const AT_STALL = { kind: 'stall', id: STALL } as const
const AT_LANE = { kind: 'lane', id: LANE } as const
const KEYED = { amount: 50_000, currency: 'VND' }

describe('a command', () => {
  test('says for which run of the device it is, and until when by the device’s own uptime', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    await rig.runFor(100_000)
    await comeAndPay(rig, lane)
    const [open] = lane.barrier.commands
    expect(open).toMatchObject({ type: 'open', boot: lane.barrier.boot() })
    const leftMs = (open?.notAfterUpMs ?? 0) - lane.barrier.upMs()
    expect(leftMs).toBeLessThanOrEqual(rig.policy.openWithinMs + 20)
    expect(leftMs).toBeGreaterThan(rig.policy.openWithinMs - 100)
  })

  test('to an arm that has not said hello is told to the lane at once, and the right to pass stays', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    const { barrier, display, reader } = lane
    barrier.line.cut()
    await rig.runFor(100)
    await barrier.connect({ greets: false, boot: 'another-boot' })
    const { shown } = await comeAndPay(rig, lane)
    await rig.runFor(50)
    expect(rig.lane(LANE)).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'barrier-away' })
    expect(kindsSaid(display)).toContain('call-staff')
    expect(barrier.commands).toEqual([])
    expect(rig.now().gateway.commands()).toMatchObject({ away: 1 })
    const [told] = rig.query(
      "SELECT json_extract(body, '$.event.causedBy') AS cause FROM journal WHERE event = 'command-result'",
    )
    expect(told).toEqual({ cause: expect.stringMatching(/^device:lane-in-reader\//) })

    await barrier.ask('hello', { firmware: 'test 1.0' })
    expect(await reader.ask('scan', { text: shown.text })).toMatchObject({ ok: true, kind: 'already-accepted' })
    await rig.runFor(50)
    expect(barrier.commands).toMatchObject([{ type: 'open' }])
    expect(rig.query('SELECT count(*) AS n FROM payment')).toEqual([{ n: 1 }])
  })

  test('to an arm that does not answer in time cuts its connection, calls staff and keeps the right', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    const { barrier, display, reader } = lane
    const { shown } = await comeAndPay(rig, lane)
    await rig.runFor(rig.policy.barrierAnswerMs - 100)
    expect(barrier.isUp()).toBe(true)
    await rig.runFor(200)
    expect(barrier.isUp()).toBe(false)
    expect(rig.lane(LANE)).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'barrier-no-answer' })
    await rig.runFor(100)
    expect(kindsSaid(display)).toContain('call-staff')

    await barrier.connect()
    await rig.runFor(1_000)
    expect(barrier.commands, 'nothing is sent again by itself').toHaveLength(1)
    expect(await reader.ask('scan', { text: shown.text })).toMatchObject({ kind: 'already-accepted' })
    await rig.runFor(50)
    expect(barrier.commands.map(({ type }) => type)).toEqual(['open', 'open'])
  })

  test('that the device cannot do is passed over', async () => {
    const rig = await rigged({ devices: [...devicesOf(), deviceOf('deaf', 'qr-reader', AT_STALL)] })
    const { till, soundbox } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', KEYED)
    await rig.runFor(100)
    expect(kindsSaid(till)).toEqual(['amount-due'])
    expect(soundbox.commands).toEqual([])
  })
})

describe('an announcement', () => {
  /** A sale at the stall; its soundbox is not there to be told. */
  async function soldWhileAway(rig: Rig): Promise<WireDevice> {
    const { till, reader, soundbox } = await stallOf(rig, STALL)
    soundbox.line.cut()
    await rig.runFor(100)
    await till.ask('amount-keyed', KEYED)
    await reader.ask('scan', { text: walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place').text })
    return soundbox
  }

  test('waits for its device as long as it is worth saying', async () => {
    const rig = await rigged()
    const soundbox = await soldWhileAway(rig)
    await rig.runFor(rig.policy.announceWithinMs - 1_000)
    await soundbox.connect()
    await rig.runFor(100)
    expect(kindsSaid(soundbox)).toEqual(['received'])
  })

  test('that is too late is never said', async () => {
    const rig = await rigged()
    const soundbox = await soldWhileAway(rig)
    await rig.runFor(rig.policy.announceWithinMs + 1_000)
    await soundbox.connect()
    await rig.runFor(100)
    expect(soundbox.commands).toEqual([])
    expect(rig.now().gateway.commands().late).toBe(1)
  })

  test.each([-86_400_000, 86_400_000])(
    'is as late as it is, also when the wall clock is set by %i ms',
    async (byMs) => {
      const rig = await rigged()
      const soundbox = await soldWhileAway(rig)
      rig.timeline.stepWallClock(byMs)
      await rig.runFor(30_000)
      await soundbox.connect()
      await rig.runFor(100)
      const [said] = soundbox.commands
      expect(kindsSaid(soundbox)).toEqual(['received'])
      const leftMs = (said?.notAfterUpMs ?? 0) - soundbox.upMs()
      expect(Math.abs(leftMs - (rig.policy.announceWithinMs - 30_000))).toBeLessThan(300)
    },
  )

  test('for a device that takes nothing more holds up no other, and is handed over when there is room', async () => {
    // So long is a packet of the network on its way to a device that one fills its backlog.
    const rig = await rigged({ backlogMax: 1, weather: { ...CALM, delayLeastMs: 1, delayMostMs: 3_000 } })
    const { till, soundbox } = await stallOf(rig, STALL)
    await rig.runFor(5_000)
    await rig.until(rig.now().gateway.submit(chargeOf('app', 'c1', 1_000)))
    await rig.until(rig.now().gateway.submit(chargeOf('app', 'c2', 2_000)))
    const shown = walletOf(rig, 'payer-1').pay(AT_STALL, 2_000, 'place')
    expect(word(await rig.until(rig.now().gateway.submit(scanOf('app', 's1', shown.text))))).toBe('paid')
    expect(rig.now().gateway.commands().commands).toBe(2)
    await rig.runFor(30_000)
    expect(kindsSaid(soundbox)).toEqual(['received'])
    expect(kindsSaid(till)).toEqual(['amount-due', 'amount-due', 'received'])
  })

  test('is told of when its sending begins: over a broker of its own the acknowledgement comes later, and words that are shown meanwhile would cover it with what is older', async () => {
    const rig = await rigged()
    await stallOf(rig, STALL)
    const { books, clock, gateway, transport } = rig.now()
    const order: string[] = []
    const acknowledge: (() => void)[] = []
    const sinks = createDeviceSinks({
      site: SITE,
      books: { ...books, moveCursor: () => undefined },
      clock,
      transport: {
        ...transport,
        send(device) {
          order.push(`sent to ${device}`)
          return new Promise((resolve) => acknowledge.push(() => resolve('handed-over')))
        },
      },
      device: gateway.device,
      uptime: gateway.intake.uptime,
      isHeldOpen: () => false,
      onAway: () => undefined,
      onTold: (device) => order.push(`told ${device}`),
      waitingMax: 10,
      lookBackRecordsMax: 1_000,
      retryMs: 1_000,
      start: 'another',
      publicUrl: null,
    })
    const at = clock.now().at
    const to = deviceId(`${STALL}-till`)
    const message = { kind: 'amount-due', amount: vnd(2_000), charge: 'c2', qr: null } as const
    const effect = {
      to,
      delivery: 'repeatable',
      notAfter: later(at, 60_000),
      command: { type: 'announce', message },
    } as const
    sinks.wake(
      1,
      [
        { ...effect, id: 'gateway:1:1:0' as EffectId },
        { ...effect, id: 'gateway:1:1:1' as EffectId },
      ],
      at,
    )
    expect(order).toEqual([`sent to ${to}`, `told ${to}`])
    acknowledge.shift()?.()
    await rig.runFor(1)
    expect(order).toEqual([`sent to ${to}`, `told ${to}`, `sent to ${to}`, `told ${to}`])
  })

  test('past the limit pushes the oldest out', async () => {
    const rig = await rigged({ limits: { ...GATEWAY_LIMITS, sinkWaitingMax: 3 } })
    const { till } = await stallOf(rig, STALL)
    till.line.cut()
    await rig.runFor(100)
    for (let n = 1; n <= 5; n += 1) {
      await rig.until(rig.now().gateway.submit(chargeOf('app', `c${n}`, n * 1_000)))
    }
    expect(rig.now().gateway.commands().dropped).toBe(2)
    await till.connect()
    await rig.runFor(100)
    expect(till.commands.map((command) => command.type === 'announce' && command.data.amount?.amount)).toEqual([
      3_000, 4_000, 5_000,
    ])
  })
})

describe('after a crash between the commit and the sending', () => {
  test('no `once` command of an earlier start is ever sent', async () => {
    const { rig, crashAtNextCommit } = await crashing(
      devicesOf().map((device) =>
        device.id === `${LANE}-barrier` ? deviceOf(device.id, 'barrier-shelly-gen2', device.place) : device,
      ),
    )
    const relay = wireDevice(rig, deviceId(`${LANE}-barrier`))
    await openShelly(relay)
    const reader = wireDevice(rig, deviceId(`${LANE}-reader`))
    await reader.connect()
    const approach = wireDevice(rig, deviceId(`${LANE}-approach`))
    await approach.connect()
    await approach.ask('occupied', { occupied: true })
    crashAtNextCommit()
    reader.say('scan', { text: walletOf(rig, 'payer-1').pay(AT_LANE, 20_000, 'place').text })
    await rig.runFor(1_000)
    expect(rig.fatal).toHaveLength(1)
    rig.crash()
    await rig.start()
    expect(openEffects(rig)).toBe(1)
    expect(handedOverAtStart(rig)).toEqual([])
    await rig.runFor(100)
    await openShelly(relay)
    await rig.runFor(10_000)
    expect(relay.received).toEqual([])

    async function openShelly(device: typeof relay): Promise<void> {
      const topics = `tolbooth/v1/${SITE}/${LANE}-barrier`
      let isUp = false
      device.line.open(
        { subscribes: [`${topics}/rpc`], will: { topic: `${topics}/online`, payload: new Uint8Array(), retain: true } },
        {
          up() {
            isUp = true
          },
          down() {},
          message: (topic, payload) => device.received.push({ topic, text: new TextDecoder().decode(payload) }),
        },
      )
      await rig.timeline.runUntil(() => isUp, 10_000)
    }
  })

  test('an arm that knows ids is not moved either: its lane is told, and the same code opens', async () => {
    const { rig, crashAtNextCommit } = await crashing()
    const lane = await laneOf(rig, LANE)
    await lane.approach.ask('occupied', { occupied: true })
    const shown = walletOf(rig, 'payer-1').pay(AT_LANE, 20_000, 'place')
    crashAtNextCommit()
    const scan = lane.reader.say('scan', { text: shown.text })
    await rig.runFor(1_000)
    rig.crash()
    await rig.start()
    await rig.runFor(1_000)
    expect(rig.lane(LANE).phase.kind).toBe('waiting')
    for (const device of Object.values(lane)) await device.connect()
    await rig.runFor(5_000)
    expect(lane.barrier.commands).toEqual([])
    lane.reader.sayAgain(scan)
    expect(await lane.reader.answer(scan)).toMatchObject({ kind: 'paid' })
    expect(await lane.reader.ask('scan', { text: shown.text })).toMatchObject({ kind: 'already-accepted' })
    await rig.runFor(50)
    expect(lane.barrier.commands).toMatchObject([{ type: 'open' }])
  })

  test('an announcement is made once when its device is back, if it is not too late', async () => {
    const { rig, crashAtNextCommit } = await crashing()
    const { till, reader, soundbox } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', KEYED)
    await rig.runFor(2_000)
    crashAtNextCommit()
    reader.say('scan', { text: walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place').text })
    await rig.runFor(1_000)
    rig.crash()
    await rig.start()
    await rig.runFor(100)
    await soundbox.connect()
    await rig.runFor(1_000)
    expect(kindsSaid(soundbox)).toEqual(['received'])

    await rig.runFor(2_000)
    rig.crash()
    await rig.start()
    await rig.runFor(100)
    await soundbox.connect()
    await rig.runFor(1_000)
    expect(kindsSaid(soundbox)).toEqual(['received'])
  })

  test.each([
    ['too late', 61_000, 0],
    ['of an unknown lateness, for the clock is not trusted', 1_000, -3_600_000],
  ])('an announcement that is %s is not made', async (_what, offMs, stepMs) => {
    let trust: ClockTrust = { state: 'synced', uncertaintyMs: 50 }
    const { rig, crashAtNextCommit } = await crashing(devicesOf(), () => trust)
    const { till, reader, soundbox } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', KEYED)
    await rig.runFor(2_000)
    crashAtNextCommit()
    reader.say('scan', { text: walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place').text })
    await rig.runFor(offMs)
    rig.crash()
    rig.timeline.stepWallClock(stepMs)
    if (stepMs !== 0) trust = { state: 'unknown' }
    await rig.start()
    await rig.runFor(100)
    await soundbox.connect()
    await rig.runFor(1_000)
    expect(soundbox.commands).toEqual([])
  })

  async function crashing(
    devices = devicesOf(),
    trust: () => ClockTrust = () => ({ state: 'synced', uncertaintyMs: 50 }),
  ) {
    let isDue = false
    const rig = await rigged({
      devices,
      trust,
      atCommit(moment) {
        if (!isDue || moment !== 'after') return
        isDue = false
        throw new Error('the power is gone')
      },
    })
    return {
      rig,
      crashAtNextCommit() {
        isDue = true
      },
    }
  }
})

async function comeAndPay(rig: Rig, { approach, reader }: LaneDevices) {
  await approach.ask('occupied', { occupied: true })
  const shown = walletOf(rig, 'payer-1').pay(AT_LANE, 20_000, 'place')
  expect(await reader.ask('scan', { text: shown.text })).toMatchObject({ kind: 'paid' })
  await rig.runFor(10)
  return { shown }
}

function kindsSaid({ commands }: { readonly commands: LaneDevices['display']['commands'] }): string[] {
  return commands.flatMap((command) => (command.type === 'announce' ? [command.data.kind] : []))
}

/** What sinks that start now say to devices which are all on the line already. */
function handedOverAtStart(rig: Rig): string[] {
  const { books, clock, gateway, transport } = rig.now()
  const said: string[] = []
  createDeviceSinks({
    site: SITE,
    books,
    clock,
    transport: {
      ...transport,
      isPresent: () => true,
      send(device, { topic }) {
        said.push(`${device} ${topic}`)
        return Promise.resolve('handed-over')
      },
    },
    device: gateway.device,
    uptime: () => undefined,
    isHeldOpen: () => false,
    onAway: (device) => said.push(`${device} is away`),
    onTold: () => undefined,
    waitingMax: 10,
    lookBackRecordsMax: 1_000,
    retryMs: 1_000,
    start: 'another',
    publicUrl: null,
  }).start()
  return said
}

function openEffects(rig: Rig): number {
  return rig
    .query('SELECT body FROM journal')
    .flatMap(({ body }) => (JSON.parse(String(body)) as { effects: { command: { type: string } }[] }).effects)
    .filter(({ command }) => command.type === 'open').length
}
