import { beforeEach, describe, expect, test } from 'vitest'
import { deviceId, siteId } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import { DAY_MS, later } from '../../../core/time.ts'
import type { QrReader } from '../../../simulators/devices/qr-reader.ts'
import { qrReader } from '../../../simulators/devices/qr-reader.ts'
import { soundbox } from '../../../simulators/devices/soundbox.ts'
import { till } from '../../../simulators/devices/till.ts'
import type { LaneGround } from '../../../simulators/lane-ground.ts'
import { laneGround } from '../../../simulators/lane-ground.ts'
import type { DriveEnd } from '../../../simulators/people/driver.ts'
import { DRIVER_TEMPO, driveThrough } from '../../../simulators/people/driver.ts'
import type { Manners } from '../../../simulators/people/payer.ts'
import { MANNERS, payHere } from '../../../simulators/people/payer.ts'
import type { PayersRecord, Purchase } from '../../../simulators/people/payers-record.ts'
import { payersRecord } from '../../../simulators/people/payers-record.ts'
import { population } from '../../../simulators/people/population.ts'
import { vendor } from '../../../simulators/people/vendor.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import type { Wallet } from '../../../simulators/wallet/wallet.ts'
import type { Desk, Heard } from '../desk.ts'
import { desk, NOTED, READER, received } from '../desk.ts'

const STALL = { kind: 'stall', id: 'a-01' } as const
const LANE = { kind: 'lane', id: 'in-1' } as const
const PLAIN: Manners = {
  badChance: 0,
  rotatingChance: 0,
  moreChance: 0,
  siteChance: 0,
  genericChance: 0,
  againChance: 0,
  walksAwayChance: 0,
  twoReadersChance: 0,
}
const TEMPO = { fumbleLeastMs: 100, fumbleMostMs: 500, patienceMs: 3_000 }
const PAID = { ok: true, kind: 'paid', charge: 'charge-1', amount: { amount: 50_000, currency: 'VND' }, passage: null }
const LET_THROUGH = { ok: true, kind: 'let-through', passage: 'passage-1' }

let at: Desk
let reader: QrReader
let record: PayersRecord
let wallet: Wallet
let random: Desk['world']['random']

beforeEach(async () => {
  at = desk()
  await at.start()
  reader = qrReader(at.world, READER)
  reader.firmware.powerOn()
  await at.timeline.runFor(1_000)
  record = payersRecord()
  random = at.world.random.fork('test')
  const issuers = createIssuers({
    site: 'market-1',
    currency: VND,
    random: random.fork('issuers').bytes,
    from: later(at.timeline.now(), -DAY_MS),
  })
  wallet = population(at.world, { site: siteId('market-1'), issuers, people: 10, bankChance: 0 }).somebody(random)
})

const texts = () =>
  at.events(READER, 'scan').map(({ event }) => ('type' in event && event.type === 'scan' ? event.data.text : ''))

const refused = (refusal: string, tryAgain: string) => ({ ok: false, refusal, tryAgain, vi: {}, en: {}, due: null })

const isScan = ({ event }: Heard): boolean => 'type' in event && event.type === 'scan'

describe('a payer', () => {
  function pays(manners: Partial<Manners> = {}, elsewhere?: QrReader) {
    const purchase = record.begin({ payer: wallet.payer, point: STALL, amount: 50_000 })
    let ends = 0
    const standing = payHere(
      {
        world: at.world,
        random,
        record,
        purchase,
        wallet,
        point: STALL,
        amount: 50_000,
        reader,
        elsewhere,
        manners: { ...PLAIN, ...manners },
        tempo: TEMPO,
      },
      () => {
        ends += 1
      },
    )
    return { purchase, standing, ends: () => ends }
  }

  test('shows a code, and is done when it is accepted; the record says what was agreed and what was answered', async () => {
    at.script.answer = () => PAID
    const { purchase, ends } = pays()
    await at.timeline.runFor(20_000)
    expect(ends()).toBe(1)
    expect(purchase.ending).toBe('accepted')
    expect(purchase.tokens).toHaveLength(1)
    expect(purchase.tokens[0]).toMatchObject({
      what: 'pay',
      expected: null,
      agreement: { amount: { amount: 50_000 }, audience: ['urn:tolbooth:market-1:stall:a-01'] },
      showings: [{ reader: READER, answer: { ok: true, kind: 'paid' } }],
    })
  })

  test('shows the same code again when nothing is heard, and gives up in the end', async () => {
    at.script.answer = () => undefined
    const { purchase } = pays()
    await at.timeline.runFor(60_000)
    expect(purchase.ending).toBe('no-answer')
    expect(purchase.tokens).toHaveLength(1)
    expect(purchase.tokens[0]?.showings.length).toBeGreaterThan(3)
    expect(new Set(texts()).size).toBe(1)
  })

  test('shows a fresh code after a refusal that a fresh code mends, three codes at most', async () => {
    at.script.answer = (heard) => (isScan(heard) ? refused('token-expired', 'new-token') : NOTED)
    const { purchase } = pays()
    await at.timeline.runFor(60_000)
    expect(purchase.ending).toBe('refused')
    expect(new Set(texts()).size).toBe(3)
  })

  test('leaves after a refusal that only staff can mend', async () => {
    at.script.answer = (heard) => (isScan(heard) ? refused('over-exposure-limit', 'staff') : NOTED)
    const { purchase } = pays()
    await at.timeline.runFor(60_000)
    expect(purchase.ending).toBe('refused')
    expect(texts()).toHaveLength(1)
  })

  test('shows nothing more once the vendor has said that it is paid, or cancelled', async () => {
    at.script.answer = () => undefined
    for (const [what, ending] of [
      ['it is paid', 'accepted'],
      ['it is cancelled', 'sent-away'],
    ] as const) {
      const { purchase, standing, ends } = pays()
      await at.timeline.runFor(1_000)
      const shown = texts().length
      standing.toldThat(what)
      standing.toldThat('it is cancelled')
      await at.timeline.runFor(4_000)
      expect(purchase.ending).toBe(ending)
      expect(ends()).toBe(1)
      expect(new Set(texts()).size).toBeLessThanOrEqual(shown)
    }
  })

  test('may show a bad code first, of which the wallet says what is wrong with it', async () => {
    at.script.answer = () => PAID
    const { purchase } = pays({ badChance: 1 })
    await at.timeline.runFor(20_000)
    expect(purchase.tokens[0]?.expected).not.toBeNull()
  })

  test('may show one code at two readers, and the record knows of both', async () => {
    at.script.answer = () => PAID
    const other = qrReader(at.world, deviceId('reader-2'))
    other.firmware.powerOn()
    await at.timeline.runFor(1_000)
    const { purchase } = pays({ twoReadersChance: 1 }, other)
    await at.timeline.runFor(20_000)
    expect(purchase.isShared).toBe(true)
    expect(purchase.tokens).toHaveLength(1)
    expect(purchase.tokens[0]?.showings.map((showing) => showing.reader)).toEqual(['reader-2', READER])
  })

  test('may walk away before showing anything', async () => {
    const { purchase } = pays({ walksAwayChance: 1 })
    await at.timeline.runFor(20_000)
    expect(purchase.ending).toBe('walked-away')
    expect(texts()).toEqual([])
  })

  test('has manners that are all chances, and together leave most payers honest', () => {
    for (const chance of Object.values(MANNERS)) {
      expect(chance).toBeGreaterThanOrEqual(0)
      expect(chance).toBeLessThanOrEqual(0.5)
    }
  })
})

describe('a vendor', () => {
  const TILL = deviceId('till-1')
  const BOX = deviceId('soundbox-1')

  async function sells() {
    const keypad = till(at.world, TILL)
    const box = soundbox(at.world, BOX)
    keypad.firmware.powerOn()
    box.firmware.powerOn()
    await at.timeline.runFor(1_000)
    const served: number[] = []
    const told: string[] = []
    const person = vendor(at.world, {
      name: 'vendor-1',
      till: keypad,
      soundbox: box,
      random,
      currency: 'VND',
      thinkMeanMs: 500,
      patienceMs: 10_000,
      cancelChance: 0,
      amount: () => 50_000,
      serve(amount) {
        served.push(amount)
        return { toldThat: (what) => told.push(what) }
      },
    })
    return { person, served, told }
  }
  const chargeOpened = ({ event }: Heard) =>
    'type' in event && event.type === 'amount-keyed' ? { ok: true, kind: 'charge-opened', charge: 'charge-1' } : NOTED

  test('keys an amount, hears the money for this very charge, and tells the payer', async () => {
    at.script.answer = chargeOpened
    const { person, served, told } = await sells()
    person.start()
    await at.timeline.runUntil(() => served.length === 1, 20_000)
    at.order(BOX, received('another-charge', 50_000))
    await at.timeline.runFor(100)
    expect(told).toEqual([])
    person.close()
    at.order(BOX, received('charge-1', 50_000))
    await at.timeline.runFor(1_000)
    expect(told).toEqual(['it is paid'])
    expect(person.sold()).toBe(1)
    expect(person.isSelling()).toBe(false)
    expect(at.events(TILL, 'amount-cleared')).toEqual([])
  })

  test('takes the amount back when the money does not come, and tells the payer', async () => {
    at.script.answer = chargeOpened
    const { person, served, told } = await sells()
    person.start()
    await at.timeline.runUntil(() => served.length === 1, 20_000)
    person.close()
    await at.timeline.runFor(12_000)
    expect(at.events(TILL, 'amount-cleared')).toHaveLength(1)
    expect(told).toEqual(['it is cancelled'])
    expect(person.isSelling()).toBe(false)
  })

  test('who is refused the taking back knows that it was paid', async () => {
    at.script.answer = (heard) =>
      'type' in heard.event && heard.event.type === 'amount-cleared'
        ? refused('no-open-charge', 'staff')
        : chargeOpened(heard)
    const { person, served, told } = await sells()
    person.start()
    await at.timeline.runUntil(() => served.length === 1, 20_000)
    person.close()
    await at.timeline.runFor(12_000)
    expect(told).toEqual(['it is paid'])
  })

  test('keys again later when the till could not', async () => {
    at.script.answer = (heard) =>
      'type' in heard.event && heard.event.type === 'amount-keyed' ? refused('busy', 'later') : NOTED
    const { person, served } = await sells()
    person.start()
    await at.timeline.runFor(10_000)
    expect(served).toEqual([])
    expect(at.events(TILL, 'amount-keyed').length).toBeGreaterThan(3)
  })
})

describe('a driver', () => {
  let ground: LaneGround
  beforeEach(() => {
    ground = laneGround('in-1', at.world.happenings)
  })

  function drives(over: { tailgates?: boolean; turnsBack?: boolean; vehicle?: string } = {}) {
    const purchase: Purchase = record.begin({ payer: wallet.payer, point: LANE, amount: 10_000 })
    const ends: DriveEnd[] = []
    driveThrough(
      {
        world: at.world,
        random,
        record,
        purchase,
        vehicle: over.vehicle ?? 'vehicle-1',
        ground,
        reader,
        tempo: DRIVER_TEMPO,
        first: () => always(wallet.pay(LANE, 10_000, 'place')),
        next: () => always(wallet.pay(LANE, 10_000, 'place')),
        tailgates: over.tailgates ?? false,
        turnsBack: over.turnsBack ?? false,
      },
      (ending) => ends.push(ending),
    )
    return { purchase, ends }
  }

  test('shows a code, waits for the arm, and leaves both loops behind', async () => {
    at.script.answer = () => LET_THROUGH
    const { purchase, ends } = drives()
    expect(ground.isOccupied('approach')).toBe(true)
    await at.timeline.runFor(5_000)
    expect(purchase.ending).toBe('accepted')
    expect(ends).toEqual([])
    ground.setArm('rising')
    await at.timeline.runFor(500)
    expect(ground.isOccupied('safety')).toBe(false)
    ground.setArm('open')
    await at.timeline.runFor(700)
    expect(ground.isOccupied('safety')).toBe(true)
    await at.timeline.runFor(5_000)
    expect(ends).toEqual(['passed'])
    expect(ground.isOccupied('approach') || ground.isOccupied('safety')).toBe(false)
  })

  test('shows the same code again when the arm does not come up, and is stranded in the end', async () => {
    at.script.answer = () => LET_THROUGH
    const { ends } = drives()
    await at.timeline.runFor(20_000)
    expect(texts().length).toBeGreaterThan(2)
    expect(new Set(texts()).size).toBe(1)
    await at.timeline.runFor(60_000)
    expect(ends).toEqual(['stranded'])
    expect(ground.isOccupied('approach')).toBe(false)
  })

  test('does not drive under an arm that came down again before the start, and shows the code again', async () => {
    at.script.answer = () => LET_THROUGH
    const { ends } = drives()
    await at.timeline.runFor(5_000)
    ground.setArm('open')
    ground.setArm('falling')
    await at.timeline.runFor(2_000)
    expect(ground.isOccupied('safety')).toBe(false)
    ground.setArm('closed')
    await at.timeline.runFor(6_000)
    expect(texts().length).toBeGreaterThan(1)
    ground.setArm('open')
    await at.timeline.runFor(5_000)
    expect(ends).toEqual(['passed'])
  })

  test('waits and shows the same code again where the lane says later, and backs out where only staff can help', async () => {
    let scans = 0
    at.script.answer = (heard) => {
      if (!isScan(heard)) return NOTED
      scans += 1
      return scans <= 2 ? refused('lane-busy', 'later') : refused('barrier-away', 'staff')
    }
    const { purchase, ends } = drives()
    await at.timeline.runFor(60_000)
    expect(texts()).toHaveLength(3)
    expect(new Set(texts()).size).toBe(1)
    expect(ends).toEqual(['refused'])
    expect(purchase.ending).toBe('refused')
  })

  test('drives through a lane that is held open, and pays nothing', async () => {
    at.script.answer = () => refused('lane-held-open', 'never')
    ground.setArm('open')
    const { purchase, ends } = drives()
    await at.timeline.runFor(20_000)
    expect(ends).toEqual(['passed'])
    expect(purchase.ending).toBe('walked-away')
  })

  test('may turn back after having been let through', async () => {
    at.script.answer = () => LET_THROUGH
    const { purchase, ends } = drives({ turnsBack: true })
    await at.timeline.runFor(20_000)
    expect(ends).toEqual(['turned-back'])
    expect(purchase.ending).toBe('accepted')
  })

  test('who tailgates follows the vehicle in front and shows nothing, and shows a code where the arm is down', async () => {
    at.script.answer = () => LET_THROUGH
    const front = drives()
    await at.timeline.runFor(5_000)
    ground.setArm('open')
    await at.timeline.runUntil(() => ground.isOccupied('safety') && !ground.isOccupied('approach'), 5_000)
    const shown = texts().length
    const behind = drives({ tailgates: true, vehicle: 'vehicle-2' })
    await at.timeline.runFor(5_000)
    expect(front.ends).toEqual(['passed'])
    expect(behind.ends).toEqual(['tailgated'])
    expect(texts()).toHaveLength(shown)
    ground.setArm('closed')
    drives({ tailgates: true, vehicle: 'vehicle-3' })
    await at.timeline.runFor(5_000)
    expect(texts().length).toBeGreaterThan(shown)
  })
})

function always<Value>(value: Value): () => Value {
  return () => value
}
