import { describe, expect, test } from 'vitest'
import { deviceId, laneId, principalOf } from '../../../core/ids.ts'
import { refusalTable } from '../../../core/refusals.ts'
import type { SiteLayout, SitePolicy } from '../../../core/site.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import { GATEWAY_LIMITS } from '../../../gateway/gateway.ts'
import type { RequestBody } from '../../../gateway/path/path.ts'
import { NEWS_MS } from '../../../gateway/sinks/last-told.ts'
import { TROUBLE_WORDS_APART_MS } from '../../../gateway/sinks/trouble-words.ts'
import {
  LANE_OUT,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  parkingPolicy,
  tariffsFile,
} from '../../support/car-park.ts'
import type { FaultyBooks } from '../../support/faulty-books.ts'
import { faultyBooks } from '../../support/faulty-books.ts'
import type { LaneDevices } from '../../support/people.ts'
import { laneOf, rigs, stallOf, walletOf } from '../../support/people.ts'
import type { Rig, RigOptions } from '../../support/rig.ts'
import { LANE, STALL } from '../../support/site.ts'
import type { WireDevice } from '../../support/wire-device.ts'
import { wireDevice } from '../../support/wire-device.ts'

const rigged = rigs()
/** Books that refuse are tried again after a pause, and who comes meanwhile is pushed back then. */
const PAUSE_MS = GATEWAY_LIMITS.refusedPauseMs + 200
const AT_EXIT = { kind: 'lane', id: LANE_OUT } as const
const ROW = refusalTable['books-unwritable']
const ASKED = { kind: 'amount-due', amount: { amount: 50_000 } }
const WITH_QR = { ...ASKED, qr: expect.stringContaining('970436') }
const CALLED = {
  kind: 'call-staff',
  refusal: 'books-unwritable',
  qr: null,
  amount: null,
  due: null,
  lines: {
    vi: [ROW.vi.short, 'Vui lòng chờ, nhân viên sẽ tới giúp'],
    en: [ROW.en.short, 'Please wait, staff will come to help'],
  },
}

type Site = { readonly rig: Rig; readonly faulty: FaultyBooks }

async function carPark(over: Partial<RigOptions> = {}): Promise<Site> {
  const faulty = faultyBooks()
  const parking = {
    layout: withAccount(parkingLayout()),
    policy: expecting(parkingPolicy()),
    devices: parkingDevices(),
  }
  const rig = await rigged({ ...parking, throughBooks: faulty.through, ...over })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return { rig, faulty }
}

/** Its merchant has an account, and its bank says what comes: so a lane that asks shows a VietQR code. */
function withAccount(layout: SiteLayout): SiteLayout {
  const account = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE' }
  return { ...layout, merchants: layout.merchants.map((merchant) => ({ ...merchant, account })) }
}

function expecting(policy: SitePolicy): SitePolicy {
  return { ...policy, parking: { ...PARKING_POLICY, bankConfirmation: 'expected' } }
}

/** A car that came in by its plate an hour ago stands at the exit, and is asked 50,000 đồng. */
async function askedAtExit(rig: Rig): Promise<LaneDevices> {
  const entry = await laneOf(rig, LANE)
  await entry.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE)
  await rig.runFor(500)
  entry.barrier.report(entry.barrier.commands.at(-1)?.id ?? '', 'done')
  await entry.barrier.ask('barrier', { state: 'open' })
  await entry.safety.ask('occupied', { occupied: true })
  await entry.approach.ask('occupied', { occupied: false })
  await entry.safety.ask('occupied', { occupied: false })
  await rig.runFor(1_000)
  await entry.barrier.ask('barrier', { state: 'closed' })
  await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
  const exit = await laneOf(rig, LANE_OUT)
  await exit.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE_OUT)
  await rig.runFor(1_000)
  expect(shown(exit.display)).toMatchObject(WITH_QR)
  return exit
}

async function sees(rig: Rig, lane: string): Promise<void> {
  const camera = wireDevice(rig, deviceId(`${lane}-camera`))
  await camera.connect()
  const plates = [{ text: '30A-123.45', confidencePermille: 962 }]
  await camera.ask('plate-seen', { plates, direction: null, vehicle: 'car', picture: null, eventId: null })
}

function shown({ commands }: WireDevice): object | undefined {
  const last = commands.at(-1)
  return last?.type === 'announce' ? last.data : undefined
}

function toldSince({ commands }: WireDevice, count: number): readonly unknown[] {
  return commands.slice(count).map((command) => (command.type === 'announce' ? command.data.kind : command.type))
}

const payment = (rig: Rig): object => ({ text: walletOf(rig, 'payer-1').pay(AT_EXIT, 90_000, 'place').text })

/** Something on the other side of the site is said, so that the gateway sees how its books are. */
async function noticed(rig: Rig): Promise<void> {
  await submitted(rig, { kind: 'device-revoked', device: deviceId('nobody') })
  await rig.runFor(200)
}

async function submitted(rig: Rig, body: RequestBody): Promise<void> {
  const id = `said-${rig.timeline.now()}`
  const actor = { kind: 'client', id: 'gate', role: 'attendant' } as const
  await rig.until(rig.now().gateway.submit({ source: principalOf('client', 'gate'), id, bytes: id, actor, body }))
}

async function connectAnew(rig: Rig, device: WireDevice): Promise<void> {
  rig.now().transport.disconnect(device.id)
  await rig.runFor(100)
  await device.connect()
  await rig.runFor(200)
}

describe('that the books cannot be written', () => {
  test('is said at once at the lane that asks, without its VietQR, once, and what was asked stands there again', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    const before = exit.display.commands.length
    faulty.set('refuse')
    const scan = exit.reader.say('scan', payment(rig))
    await rig.runFor(200)
    expect(shown(exit.display)).toMatchObject(CALLED)
    expect(exit.reader.answersTo(scan), 'the code is held back').toEqual([])
    for (let minute = 0; minute < 5; minute++) {
      await noticed(rig)
      await rig.runFor(MINUTE_MS)
    }
    expect(toldSince(exit.display, before)).toEqual(['call-staff'])
    faulty.set('none')
    await noticed(rig)
    expect(shown(exit.display)).toMatchObject(WITH_QR)
    expect(toldSince(exit.display, before)).toEqual(['call-staff', 'amount-due'])
  })

  test('is over with the code that they take: the display hears the decision alone', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    faulty.set('refuse')
    const scan = exit.reader.say('scan', payment(rig))
    await rig.runFor(3_000)
    faulty.set('none')
    const before = exit.display.commands.length
    await connectAnew(rig, exit.reader)
    exit.reader.sayAgain(scan)
    expect(await exit.reader.answer(scan)).toMatchObject({ kind: 'paid' })
    await rig.runFor(1_000)
    expect(toldSince(exit.display, before)).toEqual(['welcome'])
  })

  test('is what a code hears that was held back for it, and comes again too late; afterwards it hears that it came late', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    faulty.set('refuse')
    const scan = exit.reader.say('scan', payment(rig))
    await rig.runFor(15_000)
    await connectAnew(rig, exit.reader)
    exit.reader.sayAgain(scan)
    expect(await exit.reader.answer(scan)).toMatchObject({ refusal: 'books-unwritable' })
    expect(shown(exit.display)).toMatchObject(CALLED)
    faulty.set('none')
    await noticed(rig)
    const late = exit.reader.say('scan', payment(rig), { agoMs: 15_000 })
    expect(await exit.reader.answer(late)).toMatchObject({ refusal: 'stale-scan' })
  })

  test('is said to who comes up meanwhile, and not where nobody stands', async () => {
    const { rig, faulty } = await carPark()
    const exit = await laneOf(rig, LANE_OUT)
    await rig.runFor(1_000)
    const before = exit.display.commands.length
    faulty.set('refuse')
    await noticed(rig)
    await rig.runFor(MINUTE_MS)
    expect(toldSince(exit.display, before)).toEqual([])
    exit.approach.say('occupied', { occupied: true })
    await rig.runFor(PAUSE_MS)
    expect(shown(exit.display)).toMatchObject(CALLED)
    faulty.set('none')
    await noticed(rig)
    expect(toldSince(exit.display, before)).toEqual(['call-staff', 'idle'])
  })

  test('is said again to a display that is new on its line, and no more often than so however often it connects', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    faulty.set('refuse')
    await noticed(rig)
    await rig.runFor(MINUTE_MS)
    await connectAnew(rig, exit.display)
    expect(toldSince(exit.display, exit.display.commands.length - 2)).toEqual(['call-staff', 'call-staff'])
    const before = exit.display.commands.length
    const CONNECTS = 60
    const beganMs = rig.timeline.monotonicMs()
    for (let n = 0; n < CONNECTS; n++) {
      await connectAnew(rig, exit.display)
      await rig.runFor(200)
    }
    const most = Math.floor((rig.timeline.monotonicMs() - beganMs) / TROUBLE_WORDS_APART_MS) + 1
    const told = toldSince(exit.display, before)
    expect(told.every((kind) => kind === 'call-staff')).toBe(true)
    expect(told.length).toBeGreaterThan(1)
    expect(told.length).toBeLessThanOrEqual(most)
    expect(most, 'or this tries nothing').toBeLessThan(CONNECTS / 2)
  })

  test('is said at once to a display that was away when it began, and one that was away when it ended asks again', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    rig.now().transport.disconnect(exit.display.id)
    faulty.set('refuse')
    await noticed(rig)
    await exit.display.connect()
    await rig.runFor(200)
    expect(shown(exit.display)).toMatchObject(CALLED)
    rig.now().transport.disconnect(exit.display.id)
    faulty.set('none')
    await noticed(rig)
    expect(shown(exit.display)).toMatchObject(CALLED)
    await exit.display.connect()
    await rig.runFor(200)
    expect(shown(exit.display)).toMatchObject(ASKED)
  })

  test('is said at once over an amount that had waited for its display', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    rig.now().transport.disconnect(exit.display.id)
    await rig.runFor(PARKING_POLICY.quoteHoldMs)
    faulty.set('refuse')
    await noticed(rig)
    const before = exit.display.commands.length
    await exit.display.connect()
    await rig.runFor(200)
    expect(toldSince(exit.display, before)).toEqual(['amount-due', 'call-staff'])
  })

  test('is said a little later where the line to a display takes nothing, and so is what was asked', async () => {
    let isFull = false
    const { rig, faulty } = await carPark({
      throughTransport: (transport) => ({
        ...transport,
        send: (device, message) =>
          isFull && device === `${LANE_OUT}-display` ? Promise.resolve('refused') : transport.send(device, message),
      }),
    })
    const exit = await askedAtExit(rig)
    isFull = true
    faulty.set('refuse')
    await noticed(rig)
    expect(shown(exit.display)).toMatchObject(ASKED)
    isFull = false
    await rig.runFor(TROUBLE_WORDS_APART_MS)
    expect(shown(exit.display)).toMatchObject(CALLED)
    isFull = true
    faulty.set('none')
    await noticed(rig)
    expect(shown(exit.display)).toMatchObject(CALLED)
    isFull = false
    await rig.runFor(TROUBLE_WORDS_APART_MS)
    expect(shown(exit.display)).toMatchObject(ASKED)
  })

  test('comes no more often than so where the books change their mind with each word', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    const before = exit.display.commands.length
    const beganMs = rig.timeline.monotonicMs()
    for (let n = 0; n < 30; n++) {
      faulty.set('refuse')
      await noticed(rig)
      faulty.set('none')
      await noticed(rig)
    }
    const most = Math.floor((rig.timeline.monotonicMs() - beganMs) / TROUBLE_WORDS_APART_MS) + 1
    const told = toldSince(exit.display, before)
    expect(told.filter((kind) => kind === 'call-staff').length).toBeLessThanOrEqual(most)
    expect(told.length).toBeLessThanOrEqual(2 * most)
    expect(shown(exit.display)).toMatchObject(ASKED)
  })

  test('covers nothing that was just told before it is read, and stands over words about a code', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    expect(await exit.reader.ask('scan', payment(rig))).toMatchObject({ kind: 'paid' })
    await rig.runFor(200)
    faulty.set('refuse')
    exit.reader.say('scan', payment(rig))
    await rig.runFor(1_000)
    expect(shown(exit.display)).toMatchObject({ kind: 'welcome' })
    await rig.runFor(NEWS_MS)
    expect(shown(exit.display)).toMatchObject(CALLED)
    const before = exit.display.commands.length
    await connectAnew(rig, exit.reader)
    exit.reader.say('scan', { text: 'rubbish' })
    await rig.runFor(10_000)
    expect(toldSince(exit.display, before)).toEqual([])
  })

  test('takes the place of words about a code that stand there', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    exit.reader.say('scan', { text: 'rubbish' })
    await rig.runFor(200)
    expect(shown(exit.display)).toMatchObject({ refusal: 'not-a-token' })
    faulty.set('refuse')
    await noticed(rig)
    await rig.runFor(MINUTE_MS)
    expect(shown(exit.display)).toMatchObject(CALLED)
  })

  test.each(['an input says', 'a person calls out'] as const)(
    'holds nobody up before an arm where %s an emergency: they drive on',
    async (who) => {
      const { rig, faulty } = await carPark()
      const exit = await askedAtExit(rig)
      const input = wireDevice(rig, deviceId('emergency-1'))
      await input.connect()
      faulty.set('refuse')
      await noticed(rig)
      expect(shown(exit.display)).toMatchObject(CALLED)
      const before = exit.display.commands.length
      if (who === 'an input says') input.say('emergency', { active: true })
      else await submitted(rig, { kind: 'emergency', device: null, active: true })
      await rig.runFor(200)
      expect(exit.barrier.commands.at(-1)).toMatchObject({ type: 'hold-open' })
      exit.reader.say('scan', payment(rig))
      await rig.runFor(MINUTE_MS)
      expect(toldSince(exit.display, before)).toEqual(['drive-on'])
    },
  )

  test('covers after a start what a lane may still ask, and staff come there until it asks anew', async () => {
    const { rig, faulty } = await carPark()
    const exit = await askedAtExit(rig)
    rig.crash()
    await rig.start()
    await rig.runFor(1_000)
    for (const [index, device] of Object.values(exit).entries()) await device.connect({ boot: `second-boot-${index}` })
    await exit.approach.ask('occupied', { occupied: true })
    const before = exit.display.commands.length
    faulty.set('refuse')
    await noticed(rig)
    expect(shown(exit.display)).toMatchObject(CALLED)
    faulty.set('none')
    await noticed(rig)
    expect(toldSince(exit.display, before)).toEqual(['call-staff', 'call-staff'])
    expect(shown(exit.display)).toMatchObject({ kind: 'call-staff', refusal: null })
    await rig.runFor((rig.lane(laneId(LANE_OUT)).visit?.asked?.holdsUntil ?? 0) - rig.timeline.now() + 2_000)
    expect(shown(exit.display)).toMatchObject({ kind: 'amount-due' })
  })
})

describe('at a stall, that the books cannot be written', () => {
  test('is said by the till that asks, without any money, and its amount stands there again', async () => {
    const faulty = faultyBooks()
    const rig = await rigged({ throughBooks: faulty.through })
    const { till, reader, soundbox } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    await rig.runFor(200)
    expect(shown(till)).toMatchObject(ASKED)
    const [before, heard] = [till.commands.length, soundbox.commands.length]
    faulty.set('refuse')
    reader.say('scan', { text: walletOf(rig, 'payer-1').pay({ kind: 'stall', id: STALL }, 50_000, 'place').text })
    await rig.runFor(200)
    expect(shown(till)).toMatchObject({
      kind: 'refused',
      refusal: 'books-unwritable',
      amount: null,
      due: null,
      qr: null,
      lines: { vi: [ROW.vi.short, ROW.vi.help], en: [ROW.en.short, ROW.en.help] },
      speech: { vi: `${ROW.vi.short}.`, en: `${ROW.en.short}.` },
    })
    await rig.runFor(MINUTE_MS)
    faulty.set('none')
    await noticed(rig)
    expect(toldSince(till, before)).toEqual(['refused', 'amount-due'])
    expect(toldSince(soundbox, heard), 'nobody hears of money').toEqual([])
  })

  test('is said by the till on which an amount is keyed meanwhile, and by none that asks nothing', async () => {
    const faulty = faultyBooks()
    const rig = await rigged({ throughBooks: faulty.through })
    const { till } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    await till.ask('amount-cleared', {})
    await rig.runFor(NEWS_MS)
    const before = till.commands.length
    faulty.set('refuse')
    await noticed(rig)
    await rig.runFor(MINUTE_MS)
    expect(toldSince(till, before)).toEqual([])
    till.say('amount-keyed', { amount: 70_000, currency: 'VND' })
    await rig.runFor(PAUSE_MS)
    expect(toldSince(till, before)).toEqual(['refused'])
    faulty.set('none')
    await noticed(rig)
    expect(toldSince(till, before)).toEqual(['refused', 'idle'])
  })
})
