import { describe, expect, test } from 'vitest'
import { deviceId, laneId } from '../../../core/ids.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import { announcementOnWire } from '../../../devices/announcement-text.ts'
import { SCAN_TEXT_CHARACTERS_MAX } from '../../../devices/wire.ts'
import { CODE_WORDS_MAX, CODE_WORDS_MS, CODE_WORDS_WITHIN_MS } from '../../../gateway/sinks/code-words.ts'
import { NEWS_MS } from '../../../gateway/sinks/last-told.ts'
import { LANE_OUT, parkingDevices, parkingLayout, parkingPolicy, tariffsFile } from '../../support/car-park.ts'
import type { LaneDevices } from '../../support/people.ts'
import { laneOf, rigs, stallOf, walletOf } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { LANE, STALL } from '../../support/site.ts'
import type { WireDevice } from '../../support/wire-device.ts'
import { wireDevice } from '../../support/wire-device.ts'

const rigged = rigs()
const AT_EXIT = { kind: 'lane', id: LANE_OUT } as const
const ID_CARD = '001099012345|123456789|Nguyễn Văn A|01011990|Nam|Hà Nội|01012021'
const VIETQR = '00020101021138540010A00000072701240006970436011000112345670208QRIBFTTA53037045802VN6304ABCD'

async function carPark(): Promise<Rig> {
  const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return rig
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
  await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
  const exit = await laneOf(rig, LANE_OUT)
  await exit.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE_OUT)
  await rig.runFor(1_000)
  expect(shown(exit.display)).toMatchObject(ASKED)
  return exit
}

async function opens(rig: Rig, { barrier }: LaneDevices): Promise<void> {
  await rig.runFor(200)
  barrier.report(barrier.commands.at(-1)?.id ?? '', 'done')
  await barrier.ask('barrier', { state: 'open' })
}

async function sees(rig: Rig, lane: string): Promise<void> {
  const camera = wireDevice(rig, deviceId(`${lane}-camera`))
  await camera.connect()
  const plates = [{ text: '30A-123.45', confidencePermille: 962 }]
  await camera.ask('plate-seen', { plates, direction: null, vehicle: 'car', picture: null, eventId: null })
}

const ASKED = { kind: 'amount-due', amount: { amount: 50_000 } }

function shown({ commands }: WireDevice): object | undefined {
  const last = commands.at(-1)
  return last?.type === 'announce' ? last.data : undefined
}

function toldSince({ commands }: WireDevice, count: number): readonly unknown[] {
  return commands.slice(count).map((command) => (command.type === 'announce' ? command.data.kind : command.type))
}

/** With one character of its signature changed. */
function forged(rig: Rig): string {
  const { text } = walletOf(rig, 'payer-1').pay(AT_EXIT, 90_000, 'place')
  return `${text.slice(0, -10)}${text.at(-10) === 'A' ? 'B' : 'A'}${text.slice(-9)}`
}

const records = (rig: Rig) => rig.query('SELECT count(*) AS n FROM journal')

describe('a code that is refused before the path', () => {
  test.each([
    ['forged', 'token-signature', forged],
    ['no code of ours', 'not-a-token', () => 'https://example.org/'],
    ['an identity card', 'id-card-shown', () => ID_CARD],
    ['a bank’s QR code', 'bank-qr-shown', () => VIETQR],
    ['too long', 'token-too-long', () => 'x'.repeat(11_000)],
    ['longer than a reader may say', 'token-too-long', () => 'x'.repeat(SCAN_TEXT_CHARACTERS_MAX + 1)],
    ['larger than a message may be', 'token-too-long', () => 'x'.repeat(20_000)],
  ] as const)(
    'because it is %s says so at the lane in both languages, for a moment: then the amount stands there again',
    async (_how, refusal, text) => {
      const rig = await carPark()
      const exit = await askedAtExit(rig)
      const before = records(rig)
      exit.reader.say('scan', { text: text(rig) })
      await rig.runFor(200)
      const { lines } = announcementOnWire({ kind: 'refused', refusal, due: null })
      expect(shown(exit.display)).toMatchObject({
        kind: 'refused',
        refusal,
        lines,
      })
      await rig.runFor(CODE_WORDS_MS)
      expect(shown(exit.display)).toMatchObject(ASKED)
      expect(records(rig), 'nothing is journaled').toEqual(before)
      expect(rig.lane(laneId(LANE_OUT)).visit?.asked?.due.amount).toBe(50_000)
    },
  )

  test('again and again fills no display: no words while some stand, and so many a minute', async () => {
    const rig = await carPark()
    const exit = await askedAtExit(rig)
    const before = exit.display.commands.length
    const words = () =>
      exit.display.commands
        .slice(before)
        .filter((command) => command.type === 'announce' && command.data.kind === 'refused').length
    const STEP_MS = 250
    for (let ms = 0; ms < CODE_WORDS_WITHIN_MS - 2_000; ms += STEP_MS) {
      exit.reader.say('scan', { text: `rubbish ${ms}` })
      await rig.runFor(STEP_MS)
    }
    expect(words()).toBe(CODE_WORDS_MAX)
    expect(shown(exit.display)).toMatchObject(ASKED)
    expect(exit.display.commands.length - before, 'each with what is shown again').toBe(2 * CODE_WORDS_MAX)
    await rig.runFor(5_000)
    exit.reader.say('scan', { text: 'rubbish again' })
    await rig.runFor(200)
    expect(words()).toBe(CODE_WORDS_MAX + 1)
  })

  test('says nothing where nobody stands, while somebody is let through, and over what was told a moment ago', async () => {
    const rig = await carPark()
    const exit = await askedAtExit(rig)
    const says = async () => {
      exit.reader.say('scan', { text: 'rubbish' })
      await rig.runFor(200)
      return shown(exit.display)
    }
    const { text } = walletOf(rig, 'payer-1').pay(AT_EXIT, 90_000, 'place')
    expect(await exit.reader.ask('scan', { text })).toMatchObject({ kind: 'paid' })
    await opens(rig, exit)
    await rig.runFor(NEWS_MS + 1_000)
    expect(await says(), 'the arm is up').toMatchObject({ kind: 'welcome' })
    await exit.safety.ask('occupied', { occupied: true })
    await exit.approach.ask('occupied', { occupied: false })
    await exit.safety.ask('occupied', { occupied: false })
    await rig.runFor(2_000)
    await exit.barrier.ask('barrier', { state: 'closed' })
    await rig.runFor(MINUTE_MS)
    const last = shown(exit.display)
    expect(await says(), 'nobody stands there').toEqual(last)
    await exit.approach.ask('occupied', { occupied: true })
    await exit.reader.ask('scan', { text })
    await rig.runFor(200)
    expect(shown(exit.display)).toMatchObject({ kind: 'refused' })
    const told = shown(exit.display)
    expect(await says(), 'what was told a moment ago').toEqual(told)
    await rig.runFor(NEWS_MS)
    expect(await says()).toMatchObject({ refusal: 'not-a-token' })
    await rig.runFor(CODE_WORDS_MS)
    expect(shown(exit.display), 'what was said to one who is not asked anything').toMatchObject({ kind: 'idle' })
  })

  test('covers nothing that a decision has told meanwhile', async () => {
    const rig = await carPark()
    const exit = await askedAtExit(rig)
    exit.reader.say('scan', { text: 'rubbish' })
    await rig.runFor(200)
    const { text } = walletOf(rig, 'payer-1').pay(AT_EXIT, 90_000, 'place')
    expect(await exit.reader.ask('scan', { text })).toMatchObject({ kind: 'paid' })
    await opens(rig, exit)
    await rig.runFor(CODE_WORDS_MS * 2)
    expect(shown(exit.display)).toMatchObject({ kind: 'welcome' })
  })

  test('after a start covers no amount that could not be shown again', async () => {
    const rig = await carPark()
    const exit = await askedAtExit(rig)
    rig.crash()
    await rig.start()
    await rig.runFor(1_000)
    for (const [index, device] of Object.values(exit).entries()) await device.connect({ boot: `second-boot-${index}` })
    await exit.approach.ask('occupied', { occupied: true })
    const before = exit.display.commands.length
    exit.reader.say('scan', { text: 'rubbish' })
    await rig.runFor(CODE_WORDS_MS * 2)
    expect(exit.display.commands.length).toBe(before)
  })

  test('says so on the till of a stall, and its amount stands there again', async () => {
    const rig = await rigged()
    const { till, reader } = await stallOf(rig, STALL)
    reader.say('scan', { text: ID_CARD })
    await rig.runFor(200)
    expect(shown(till)).toMatchObject({ kind: 'refused', refusal: 'id-card-shown' })
    await rig.runFor(CODE_WORDS_MS)
    expect(shown(till)).toMatchObject({ kind: 'idle' })
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    await rig.runFor(200)
    expect(shown(till)).toMatchObject(ASKED)
    reader.say('scan', { text: VIETQR })
    await rig.runFor(200)
    expect(shown(till)).toMatchObject({ kind: 'refused', refusal: 'bank-qr-shown' })
    await rig.runFor(CODE_WORDS_MS)
    expect(shown(till)).toMatchObject(ASKED)
  })

  test('says of no charge again that it was paid: a stall would hear money in whatever its next customer shows', async () => {
    const rig = await rigged()
    const { till, reader } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    await rig.runFor(200)
    const { text } = walletOf(rig, 'payer-1').pay({ kind: 'stall', id: STALL }, 50_000, 'place')
    expect(await reader.ask('scan', { text })).toMatchObject({ kind: 'paid' })
    await rig.runFor(NEWS_MS + 1_000)
    expect(shown(till)).toMatchObject({ kind: 'received' })
    const before = till.commands.length
    reader.say('scan', { text: 'rubbish' })
    await rig.runFor(CODE_WORDS_MS + 500)
    expect(toldSince(till, before)).toEqual(['refused', 'idle'])
  })
})
