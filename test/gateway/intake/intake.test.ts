import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { GATEWAY_LIMITS } from '../../../gateway/gateway.ts'
import { faultyBooks } from '../../support/faulty-books.ts'
import { laneOf, rigs, stallOf, walletOf } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { enrolment } from '../../support/rig.ts'
import { deviceOf, devicesOf, LANE, SITE, STALL } from '../../support/site.ts'
import { wireDevice } from '../../support/wire-device.ts'

const rigged = rigs()
const AT_STALL = { kind: 'stall', id: STALL } as const
const AT_LANE = { kind: 'lane', id: LANE } as const
const { scanAgeMaxMs } = GATEWAY_LIMITS

describe('a scan', () => {
  test('older than the limit is refused as stale and spends nothing; at the limit it is taken', async () => {
    const rig = await rigged()
    const { till, reader } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    await rig.runFor(60_000)
    const { text } = walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place')
    const { seq } = rig.now().books.head()

    const stale = reader.say('scan', { text }, { agoMs: scanAgeMaxMs + 50 })
    expect(await reader.answer(stale)).toMatchObject({ ok: false, refusal: 'stale-scan' })
    await rig.runFor(100)
    expect(reader.acknowledged).toContain(stale)
    expect(rig.now().books.head().seq).toBe(seq)

    const fresh = reader.say('scan', { text }, { agoMs: scanAgeMaxMs - 50 })
    expect(await reader.answer(fresh)).toMatchObject({ ok: true, kind: 'paid' })
  })

  test('of a boot that has not said hello on this connection is stale: its age is unknown', async () => {
    const rig = await rigged()
    const { till } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    const reader = wireDevice(rig, deviceId('stall-2-reader'))
    const text = walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'site').text
    await reader.connect({ greets: false, boot: 'boot-0001' })
    expect(await reader.ask('scan', { text })).toMatchObject({ refusal: 'stale-scan' })

    reader.line.cut()
    await rig.runFor(100)
    await reader.connect({ boot: 'boot-0002' })
    const old = new TextEncoder().encode(
      JSON.stringify({ v: 1, boot: 'boot-0001', seq: 9, upMs: reader.upMs(), type: 'scan', data: { text } }),
    )
    reader.sendBytes('event', old, 'boot-0001:9')
    expect(await reader.answer('boot-0001:9')).toMatchObject({ refusal: 'stale-scan' })
  })

  test('that was taken is answered with the same bytes when it comes again an hour later', async () => {
    const rig = await rigged()
    const { till, reader } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    const scan = reader.say('scan', { text: walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place').text })
    expect(await reader.answer(scan)).toMatchObject({ kind: 'paid' })
    await rig.runFor(3_600_000)
    reader.sayAgain(scan)
    await rig.runFor(1_000)
    const [first, again] = reader.answersTo(scan)
    expect(again).toBe(first)
  })

  test('at a lane spends nothing when it is stale, and opens nothing', async () => {
    const rig = await rigged()
    const { reader, approach, barrier } = await laneOf(rig, LANE)
    const { text } = walletOf(rig, 'payer-1').pay(AT_LANE, 20_000, 'place')
    await rig.runFor(60_000)
    await approach.ask('occupied', { occupied: true })
    const stale = reader.say('scan', { text }, { agoMs: 11_000 })
    expect(await reader.answer(stale)).toMatchObject({ refusal: 'stale-scan' })
    expect(barrier.commands).toEqual([])
    expect(await reader.ask('scan', { text })).toMatchObject({ kind: 'paid' })
  })
})

describe('time', () => {
  test('is mapped by the hello: what happened is dated by our clock, less its age', async () => {
    const rig = await rigged()
    const { till } = await stallOf(rig, STALL)
    await rig.runFor(60_000)
    const at = rig.timeline.now()
    const keyed = till.say('amount-keyed', { amount: 50_000, currency: 'VND' }, { agoMs: 20_000 })
    await till.answer(keyed)
    const { occurredAt } = lastEvent(rig)
    expect(occurredAt.by).toBe('device')
    expect(occurredAt.at - (at - 20_000)).toBeLessThan(50)
    expect(occurredAt.at - (at - 20_000)).toBeGreaterThanOrEqual(0)
  })

  test('of a hello that was long on its way is mended by what came after it, and its arm is not told too early', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    await rig.runFor(60_000)
    const { barrier, approach, reader } = lane
    await barrier.ask('hello', { firmware: 'late 1.0' })
    const late = barrier.say('hello', { firmware: 'late 1.0' }, { agoMs: 30_000 })
    await barrier.answer(late)
    await barrier.ask('barrier', { state: 'closed' })
    await approach.ask('occupied', { occupied: true })
    await reader.ask('scan', { text: walletOf(rig, 'payer-1').pass().text })
    await rig.runFor(10)
    const [open] = barrier.commands
    expect((open?.notAfterUpMs ?? 0) - barrier.upMs()).toBeGreaterThan(rig.policy.openWithinMs - 100)
  })
})

describe('levels', () => {
  test('that are said again are answered and not journaled, and after a hello they are news once', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await approach.ask('occupied', { occupied: true })
    const { seq } = rig.now().books.head()
    for (let n = 0; n < 5; n += 1) {
      expect(await approach.ask('occupied', { occupied: true })).toEqual({ ok: true, kind: 'noted' })
    }
    expect(rig.now().books.head().seq).toBe(seq)
    await approach.ask('hello', { firmware: 'test 1.0' })
    await approach.ask('occupied', { occupied: true })
    await approach.ask('occupied', { occupied: true })
    expect(rig.now().books.head().seq).toBe(seq + 1)
    expect(rig.lane(LANE).approach).toBe(true)
  })

  test('that come late are evidence, never the lane’s present state; the next one is news', async () => {
    const rig = await rigged()
    const { approach, safety } = await laneOf(rig, LANE)
    await rig.runFor(60_000)
    const late = approach.say('occupied', { occupied: true }, { agoMs: rig.policy.stateAgeMaxMs + 100 })
    expect(await approach.answer(late)).toEqual({ ok: true, kind: 'noted' })
    expect(lastEvent(rig).body).toMatchObject({ kind: 'loop', occupied: true, late: true })
    expect(rig.lane(LANE)).toMatchObject({ approach: false, phase: { kind: 'idle' } })

    const { seq } = rig.now().books.head()
    await safety.ask('occupied', { occupied: false })
    expect(rig.now().books.head().seq).toBe(seq)
    await approach.ask('occupied', { occupied: false })
    expect(rig.now().books.head().seq).toBe(seq + 1)
  })

  test('of a device that knows no ids get theirs from the gateway’s own count, new at each start', async () => {
    const bought = deviceOf('bought-loop', 'loop-shelly-input', { kind: 'lane', id: LANE }, 'approach')
    const without = devicesOf().filter(({ id }) => id !== `${LANE}-approach`)
    const rig = await rigged({ devices: [...without, bought] })
    const loop = wireDevice(rig, bought.id)
    const level = (state: boolean): void => {
      loop.line.publish(
        {
          topic: `tolbooth/v1/${SITE}/bought-loop/status/input:0`,
          payload: new TextEncoder().encode(JSON.stringify({ id: 0, state })),
          retain: false,
        },
        () => {},
      )
    }
    await loop.connect({ greets: false })
    level(true)
    level(true)
    level(false)
    level(true)
    await rig.runFor(1_000)
    expect(rig.lane(LANE).approach).toBe(true)
    expect(keysOf(rig, 'bought-loop')).toEqual(['start-1:1', 'start-1:2', 'start-1:3'])
    rig.crash()
    await rig.start()
    await rig.runFor(100)
    await loop.connect({ greets: false })
    level(false)
    await rig.runFor(1_000)
    expect(keysOf(rig, 'bought-loop').at(-1)).toBe('start-2:1')
  })
})

describe('what is not journaled', () => {
  test.each([
    ['no JSON', 'not-json', '{"v":1,'],
    ['another form', 'wrong-schema', '{"v":1,"boot":"boot-0001","seq":1,"upMs":1,"type":"scan","data":{}}'],
    [
      'a kind that this device does not send',
      'wrong-schema',
      '{"v":1,"boot":"boot-0001","seq":1,"upMs":1,"type":"amount-cleared","data":{}}',
    ],
  ])('%s: it is acknowledged and counted', async (_what, refusal, text) => {
    const rig = await rigged()
    const { reader } = await stallOf(rig, STALL)
    const { seq } = rig.now().books.head()
    reader.sendBytes('event', new TextEncoder().encode(text), 'bad')
    await rig.runFor(100)
    expect(reader.acknowledged).toContain('bad')
    expect(rig.now().books.head().seq).toBe(seq)
    expect(rig.notices.at(-1)).toMatchObject({ kind: 'refused', refusal, source: `device:${reader.id}` })
  })

  test('a malformed event whose id can be read: its sender is told, so that it does not send the same for ever', async () => {
    const rig = await rigged()
    const { till } = await stallOf(rig, STALL)
    const text =
      '{"v":1,"boot":"boot-0001","seq":77,"upMs":1,"type":"amount-keyed","data":{"amount":0,"currency":"VND"}}'
    till.sendBytes('event', new TextEncoder().encode(text), 'boot-0001:77')
    expect(await till.answer('boot-0001:77')).toMatchObject({ ok: false, refusal: 'amount-zero' })
  })

  test('a message of a device that nobody enrolled, or that was revoked, where its line cannot be cut', async () => {
    const rig = await rigged({ throughTransport: (transport) => ({ ...transport, dismiss: () => false }) })
    const stranger = wireDevice(rig, deviceId('stranger'))
    await stranger.connect()
    expect(rig.notices.at(-1)).toMatchObject({ kind: 'refused', refusal: 'device-unknown' })

    const { reader } = await stallOf(rig, STALL)
    const revoked = rig.now().gateway.submit({
      ...enrolment(deviceOf(reader.id, 'qr-reader', AT_STALL)),
      id: 'revoke-1',
      body: { kind: 'device-revoked', device: reader.id },
    })
    await rig.until(revoked)
    const { seq } = rig.now().books.head()
    const scan = reader.say('scan', { text: walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place').text })
    await rig.runFor(1_000)
    expect(reader.acknowledged).toContain(scan)
    expect(reader.answersTo(scan)).toEqual([])
    expect(rig.now().books.head().seq).toBe(seq)
  })

  test('what a soundbox did of what it was told; what an arm did is', async () => {
    const rig = await rigged()
    const { soundbox } = await stallOf(rig, STALL)
    const { barrier } = await laneOf(rig, LANE)
    const { seq } = rig.now().books.head()
    const said = soundbox.report('box-1:1:1:0', 'done')
    expect(await soundbox.answer(said)).toEqual({ ok: true, kind: 'noted' })
    expect(rig.now().books.head().seq).toBe(seq)
    await barrier.answer(barrier.report('box-1:1:1:0', 'done'))
    expect(lastEvent(rig).body).toMatchObject({ kind: 'command-result', result: 'done' })
  })

  test('an amount keyed where no stall is, refused with what is wrong', async () => {
    const rig = await rigged({
      devices: [...devicesOf(), deviceOf('lost-till', 'till', { kind: 'lane', id: LANE })],
    })
    const till = wireDevice(rig, deviceId('lost-till'))
    await till.connect()
    expect(await till.ask('amount-keyed', { amount: 5_000, currency: 'VND' })).toMatchObject({
      refusal: 'stall-unknown',
    })
  })
})

describe('an event that is pushed back', () => {
  test('is not acknowledged and not answered; when it comes again it is taken', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    const { till } = await stallOf(rig, STALL)
    books.set('refuse')
    const keyed = till.say('amount-keyed', { amount: 50_000, currency: 'VND' })
    await rig.runFor(10_000)
    expect([till.acknowledged.includes(keyed), till.answersTo(keyed)]).toEqual([false, []])
    books.set('none')
    await rig.runFor(15_000)
    expect(till.isUp(), 'the hold’s limit has closed the connection').toBe(false)
    await till.connect()
    till.sayAgain(keyed)
    expect(await till.answer(keyed)).toMatchObject({ ok: true, kind: 'charge-opened' })
  })

  test('is not overtaken by what the device said after it', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through, holdMaxMs: 3_600_000 })
    const { till } = await stallOf(rig, STALL)
    books.set('refuse')
    const first = till.say('amount-keyed', { amount: 50_000, currency: 'VND' })
    await rig.runFor(2_000)
    books.set('none')
    const second = till.say('amount-keyed', { amount: 60_000, currency: 'VND' })
    await rig.runFor(5_000)
    expect(till.answersTo(second)).toEqual([])

    till.sayAgain(first)
    await till.answer(first)
    till.sayAgain(second)
    await till.answer(second)
    expect(rig.query('SELECT due, status FROM charge ORDER BY seq')).toEqual([
      { due: 50_000, status: 'cancelled' },
      { due: 60_000, status: 'open' },
    ])
  })

  test('leaves a level unsaid: the same level again is news', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through, holdMaxMs: 3_600_000 })
    const { approach } = await laneOf(rig, LANE)
    books.set('refuse')
    const first = approach.say('occupied', { occupied: true })
    await rig.runFor(2_000)
    books.set('none')
    approach.sayAgain(first)
    await approach.answer(first)
    expect(rig.lane(LANE).approach).toBe(true)
  })
})

describe('an emergency', () => {
  test('opens all arms before the books are written, also when they refuse, and is journaled after', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    const { barrier } = await laneOf(rig, LANE)
    const other = await laneOf(rig, 'lane-out')
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    books.set('refuse')
    const alarm = input.say('emergency', { active: true })
    await rig.runFor(100)
    for (const arm of [barrier, other.barrier]) expect(arm.commands).toMatchObject([{ type: 'hold-open', boot: null }])
    expect(input.acknowledged).not.toContain(alarm)
    books.set('none')
    await rig.runFor(2_000)
    input.sayAgain(alarm)
    await input.answer(alarm)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open', by: ['emergency-1'] })
  })

  test('is let go by the books alone: an arm that another input holds stays up', async () => {
    const rig = await rigged({ devices: [...devicesOf(), deviceOf('emergency-2', 'emergency', { kind: 'site' })] })
    const { barrier } = await laneOf(rig, LANE)
    const inputs = ['emergency-1', 'emergency-2'].map((id) => wireDevice(rig, deviceId(id)))
    for (const input of inputs) {
      await input.connect()
      await input.ask('emergency', { active: true })
    }
    await inputs[0]?.ask('emergency', { active: false })
    await rig.runFor(1_000)
    expect(barrier.commands.map(({ type }) => type)).not.toContain('release')
    await inputs[1]?.ask('emergency', { active: false })
    await rig.runFor(1_000)
    expect(barrier.commands.map(({ type }) => type)).toContain('release')
  })

  test('reaches an arm that was away as soon as it is back', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    barrier.line.cut()
    await rig.runFor(1_000)
    await input.ask('emergency', { active: true })
    await rig.runFor(60_000)
    expect(barrier.commands).toEqual([])
    await barrier.connect({ boot: 'another-boot' })
    await rig.runFor(100)
    expect(barrier.commands[0]).toMatchObject({ type: 'hold-open' })

    await input.ask('emergency', { active: false })
    barrier.line.cut()
    await rig.runFor(1_000)
    const before = barrier.commands.length
    await barrier.connect({ boot: 'third-boot' })
    await rig.runFor(1_000)
    expect(barrier.commands.slice(before).map(({ type }) => type)).not.toContain('hold-open')
  })
})

type RecordedEvent = { body: Record<string, unknown>; occurredAt: { at: number; by: string } }

function lastEvent(rig: Rig): RecordedEvent {
  const [row] = rig.query("SELECT body FROM journal WHERE kind = 'decision' ORDER BY seq DESC LIMIT 1")
  return (JSON.parse(String(row?.['body'])) as { event: RecordedEvent }).event
}

function keysOf(rig: Rig, device: string): string[] {
  return rig
    .query(`SELECT key FROM journal WHERE key LIKE 'device:${device}/%' ORDER BY seq`)
    .map(({ key }) => String(key).slice(`device:${device}/`.length))
}
