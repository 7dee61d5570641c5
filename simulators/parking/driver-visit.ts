import type { RightId, SessionId } from '../../core/ids.ts'
import { laneId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { HOUR_MS, later, SECOND_MS } from '../../core/time.ts'
import type { CameraChances, VehicleInView } from '../devices/plate-camera.ts'
import type { PayersRecord } from '../people/payers-record.ts'
import { BAD_KINDS } from '../wallet/bad-tokens.ts'
import type { SimulatedIssuers } from '../wallet/issuers.ts'
import type { Shown, Wallet } from '../wallet/wallet.ts'
import type { Answer } from '../world/answer.ts'
import { isAccepted } from '../world/answer.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { Attendant } from './attendant.ts'
import type { Bank } from './bank.ts'
import type { AtLine, CrossingEnd, Move } from './crossing.ts'
import { cross } from './crossing.ts'
import type { Desk, DeskAnswer } from './desk.ts'
import { isLetThrough } from './desk.ts'
import type { Vehicle } from './fleet.ts'
import { passCode, sessionOfTicket, ticketCode } from './fleet.ts'
import type { ComesUp, LaneStation } from './lane-station.ts'
import {
  BIKES_IN,
  BIKES_OUT,
  BOTH_1,
  IN_1,
  MOTORBIKE,
  OUT_1,
  placeInside,
  RAMP,
  SHOP,
  UPPER,
  VAN,
} from './parking-kit.ts'
import type { ParkingTempo, Span } from './tempo.ts'
import { throwSpan } from './tempo.ts'
import type { DriverKind, Handed, Moment, ReliefGiven, VisitRecord } from './visits-record.ts'
import type { Watched } from './waiting.ts'
import { pause, until } from './waiting.ts'

export type Visiting = {
  readonly world: World
  readonly random: Random
  readonly desk: Desk
  readonly attendant: Attendant
  readonly bank: Bank
  readonly payers: PayersRecord
  readonly issuers: SimulatedIssuers
  readonly stations: readonly LaneStation[]
  readonly vehicle: Vehicle
  readonly wallet: Wallet
  readonly visit: VisitRecord
  /** Plates of vehicles that stand elsewhere, which may come into view too. */
  readonly otherPlate: string | null
  /** That plate has come into view here. */
  onOtherPlate(): void
  readonly stayMs: number
  readonly tempo: ParkingTempo
  /** Where drivers pay on their phones; `null`: they have no such page, and pay before leaving at a desk. */
  readonly page: DriversPage | null
  /** Whoever stands inside when the site closes leaves the vehicle there; `null`: everybody leaves, however long that takes. */
  readonly closing: Closing | null
}

/** The page that the code of a ticket leads to. */
export type DriversPage = {
  /** Asks to pay by a transfer: what is due, and what the bank is to write beside it. `undefined`: nothing is due, or nobody has answered. */
  askToPay(ticket: string): Promise<{ readonly amount: number; readonly reference: string } | undefined>
  /** The driver's bank tells the site's of the transfer. */
  transfer(amount: number, text: string): Promise<DeskAnswer | undefined>
}

export type Closing = { isClosed(): boolean; readonly onClosed: Watched }

const LATER_MAX = 8
const CODES_MAX = 3
const GUESS = 10_000
/** What nobody takes for anything, whatever is due. */
const NO_CODES = ['forged', 'tampered', 'unknown-issuer'] as const

/** One visit from the street to the street. Ends when the vehicle is outside again, or its driver has given up. */
export async function visitCarPark(visiting: Visiting): Promise<void> {
  const { world, visit } = visiting
  const tell = (did: string): void => world.happenings.tell({ kind: 'person', who: visit.vehicle, did })
  const driver = { ticket: null as string | null }
  const isIn = await comeIn(visiting, driver)
  if (!isIn) {
    tell(visit.ending)
    return
  }
  await stay(visiting, driver)
  await goOut(visiting, driver)
  tell(visit.ending)
  if (has(visiting, 'pays-debt-later')) await payDebt(visiting)
}

/** Lets so long go by, where the site does not close before. */
async function stand({ world, closing }: Visiting, ms: number): Promise<void> {
  if (closing === null) await pause(world.timeline, ms)
  else await until(world.timeline, [closing.onClosed], () => (closing.isClosed() ? true : undefined), ms)
}

function standFor(visiting: Visiting, span: Span): Promise<void> {
  return stand(visiting, throwSpan(span, visiting.random))
}

function isClosed({ closing }: Visiting): boolean {
  return closing?.isClosed() === true
}

type DriverHands = { ticket: string | null }

function has({ visit }: Visiting, kind: DriverKind): boolean {
  return visit.kinds.includes(kind)
}

// The way in.

async function comeIn(visiting: Visiting, hands: DriverHands): Promise<boolean> {
  const { visit, vehicle } = visiting
  const ways = waysIn(vehicle)
  for (const lane of ways) {
    const station = stationOf(visiting, lane)
    const comesUp = comesUpAs(visiting, 'tailgates-in', 'closes-up-in')
    if (comesUp !== 'at-ease') await lurk(visiting, station)
    const end = await crossAt(visiting, station, comesUp, (line) => actAtEntry(visiting, line, hands))
    if (end.kind === 'through') {
      visit.entered = { lane: station.kit.id, atMs: end.atMs, how: end.how }
      visit.place = placeInside(station.kit.id)
      if (end.how !== 'let-through') visit.unseen ??= `in-${end.how}`
      return true
    }
    if (visit.ending !== 'under-way') return false
    if (isClosed(visiting)) break
  }
  visit.ending = 'turned-away'
  return false
}

function waysIn({ vehicleClass, way }: Vehicle): readonly string[] {
  if (vehicleClass === MOTORBIKE) return [BIKES_IN]
  if (vehicleClass === VAN) return [BOTH_1]
  return way === 'ticket' ? [BOTH_1] : [IN_1, BOTH_1]
}

async function actAtEntry(visiting: Visiting, line: AtLine, hands: DriverHands): Promise<Move> {
  const { world, random, visit, attendant, vehicle, tempo } = visiting
  const { timeline } = world
  const isLate = (): boolean => timeline.monotonicMs() - line.sinceMs > tempo.turnedAwayAfterMs
  await pause(timeline, random.between(800, 4_000))
  let word: string
  let laterLeft = LATER_MAX
  do {
    word = await askIn(visiting, line, hands)
    if (word === 'lane-held-open') return 'held-open'
    if (word === 'later') await pause(timeline, random.between(2_000, 6_000))
    laterLeft -= 1
  } while (word === 'later' && laterLeft > 0)
  if (word === 'place-full') {
    visit.ending = 'full'
    return 'back'
  }
  if (word !== 'let-through') {
    // Another way in may do: by ticket instead of by plate.
    if (line.station.kit.id === IN_1 && waysIn(vehicle).length > 1) return 'back'
    const helped = await attendant.letIn(line, visit)
    if (helped === 'no-room') {
      visit.ending = 'full'
      return 'back'
    }
    if (helped === 'not-yet') {
      if (isLate()) {
        visit.ending = 'turned-away'
        return 'back'
      }
      return isOpenForAll(visiting, line) ? 'held-open' : actAtEntry(visiting, line, hands)
    }
  }
  await takeTicket(visiting, line, hands)
  if (has(visiting, 'turns-back-in')) {
    visit.ending = 'turned-back'
    return 'back'
  }
  return 'go'
}

/** Asks for a way in, in this driver's way: `let-through`, `later`, or by what name it was refused. */
async function askIn(visiting: Visiting, line: AtLine, hands: DriverHands): Promise<string> {
  const { vehicle, wallet, random } = visiting
  const { id } = line.station.kit
  // The camera has read the plate, and the display says that all is well.
  if (line.isBidden()) return 'let-through'
  switch (vehicle.way) {
    case 'plate':
    case 'pass-plate': {
      if (await line.waitForWord(visiting.tempo.wordWithinMs))
        await pause(visiting.world.timeline, visiting.tempo.ticketWithinMs)
      if (line.isBidden()) return 'let-through'
      if (isOpenForAll(visiting, line)) return 'lane-held-open'
      return id === BOTH_1 ? pressForTicket(visiting, line) : 'silence'
    }
    case 'ticket': {
      if (has(visiting, 'shows-ticket-at-entry') && hands.ticket === null) {
        const point = { kind: 'lane', id } as const
        await line.show(() => wallet.bad(random.pick(NO_CODES), point, GUESS))
      }
      return pressForTicket(visiting, line)
    }
    case 'pass-code':
      return wordAt(await line.show(() => codeOfPass(visiting)))
    case 'token':
      return wordAt(await line.show(codeToPay(visiting, line, GUESS)))
  }
}

async function pressForTicket({ desk, vehicle }: Visiting, line: AtLine): Promise<string> {
  const { id } = line.station.kit
  const answer = await desk.ask({ kind: 'ticket-asked', lane: laneId(id), vehicleClass: vehicle.vehicleClass })
  if (isLetThrough(answer)) return 'let-through'
  if (answer === undefined) return 'silence'
  if (answer.ok) return answer.kind
  return answer.tryAgain === 'later' && answer.refusal !== 'place-full' ? 'later' : answer.refusal
}

function wordAt(answer: Answer | undefined): string {
  if (answer === undefined) return 'silence'
  if (answer.ok) return isAccepted(answer) ? 'let-through' : (answer as { readonly kind: string }).kind
  return answer.tryAgain === 'later' && answer.refusal !== 'place-full' ? 'later' : answer.refusal
}

/** The display shows the ticket as a code, and the driver takes a picture of what stands there; the picture may be lost later. */
async function takeTicket({ world, visit, tempo }: Visiting, line: AtLine, hands: DriverHands): Promise<void> {
  const shown = (): string | null => {
    const standing = line.shown().at(-1)
    return standing?.kind === 'ticket' ? standing.qr : null
  }
  for (let tries = 0; tries < 3 && shown() === null; tries += 1) await pause(world.timeline, tempo.ticketWithinMs / 3)
  const ticket = shown()
  if (ticket === null) return
  hands.ticket = ticket
  const session = sessionOfTicket(ticket)
  if (session !== undefined && !visit.sessions.includes(session)) visit.sessions.push(session)
}

// While it stands there.

async function stay(visiting: Visiting, hands: DriverHands): Promise<void> {
  const { stayMs, random, tempo } = visiting
  const isUp = has(visiting, 'goes-up') && (await takeRamp(visiting, hands, true))
  if (has(visiting, 'loses-ticket')) hands.ticket = null
  const before = random.between(Math.floor(stayMs / 2), stayMs)
  await stand(visiting, before)
  if (isClosed(visiting)) return
  if (has(visiting, 'validated')) await validate(visiting)
  const rest = stayMs - before
  const paysAtMs = Math.max(0, rest - throwSpan(tempo.paysBefore, random))
  await stand(visiting, paysAtMs)
  if (isClosed(visiting)) return
  if (isUp) await takeRamp(visiting, hands, false)
  if (has(visiting, 'pays-before') || has(visiting, 'pays-before-by-bank')) await payBefore(visiting, hands)
  await stand(visiting, rest - paysAtMs)
  if (has(visiting, 'pays-and-stays')) await standFor(visiting, tempo.staysOn)
}

/** Up the ramp, or down: by whatever names the stay. Who is not let through stays where it is. */
async function takeRamp(visiting: Visiting, hands: DriverHands, isUp: boolean): Promise<boolean> {
  const { visit, world, tempo } = visiting
  await standFor(visiting, tempo.toRamp)
  if (isClosed(visiting)) return false
  const station = stationOf(visiting, RAMP)
  const end = await crossAt(visiting, station, 'at-ease', async (line) => {
    const code = codeOfStay(visiting, hands)
    if (await line.waitForWord(visiting.tempo.wordWithinMs)) await pause(world.timeline, SECOND_MS)
    if (line.isBidden()) return 'go'
    const answer = code === undefined ? undefined : await line.show(() => code)
    if (answer !== undefined && isAccepted(answer)) return 'go'
    if (answer?.ok === false && answer.refusal === 'lane-held-open') return 'held-open'
    return isUp ? 'back' : throughRampAnyhow(visiting, line)
  })
  if (end.kind !== 'through') return false
  visit.place = isUp ? UPPER : placeInside(IN_1)
  if (end.how !== 'let-through') visit.unseen ??= 'ramp-held-open'
  return true
}

async function throughRampAnyhow({ attendant, visit, world, tempo }: Visiting, line: AtLine): Promise<Move> {
  for (;;) {
    if ((await attendant.letOut(line, visit, true)) === 'let-through') return 'go'
    if (world.timeline.monotonicMs() - line.sinceMs > tempo.lockedInAfterMs) return 'back'
    await pause(world.timeline, tempo.atRampAgainMs)
  }
}

async function validate(visiting: Visiting): Promise<void> {
  const { desk, attendant, visit, random, world } = visiting
  const found = await attendant.find(visit)
  if (found === undefined) return
  const at = world.timeline.now()
  const relief = random.pick(GIVEN_BY_SHOPS)
  const byShop = { merchant: SHOP, isNew: true } as const
  const by = random.chance(BY_THE_SHOP_CHANCE) ? byShop : null
  // Whoever is in doubt whether it has worked presses once more: a customer is given it once all the same.
  const times = by !== null && random.chance(PRESSES_AGAIN_CHANCE) ? 2 : 1
  for (let time = 1; time <= times; time += 1) {
    const given: ReliefGiven = { session: found.session, relief, merchant: by?.merchant ?? null, answer: 'silence' }
    visit.reliefs.push(given)
    const right = {
      id: `validation-${visit.id}-${time}` as RightId,
      kind: 'validation',
      status: 'active',
      holder: 'shop',
      places: [],
      vehicleClasses: [],
      spaces: 1,
      validFrom: later(at, -HOUR_MS),
      validUntil: later(at, 24 * HOUR_MS),
      hours: [],
      session: found.session as SessionId,
      relief,
    } as const
    const answer = await atDesk(visiting, () => desk.ask({ kind: 'right-put', right, plates: [], ...by }))
    if (answer !== undefined) given.answer = answer.ok ? 'given' : 'refused'
  }
}

const GIVEN_BY_SHOPS = [
  { kind: 'first-minutes', minutes: 60 },
  { kind: 'amount', amount: money(10_000, VND) },
  { kind: 'share', basisPoints: 5_000 },
  { kind: 'share', basisPoints: 3_000 },
] as const
const BY_THE_SHOP_CHANCE = 0.7
const PRESSES_AGAIN_CHANCE = 0.2

/** At a pay station, or on the page that the code of the ticket leads to. */
async function payBefore(visiting: Visiting, { ticket }: DriverHands): Promise<void> {
  const { page } = visiting
  const isOnPage = page !== null && ticket !== null && has(visiting, 'pays-before-by-bank')
  await atDesk(visiting, () => (isOnPage ? payOnPage(visiting, page, ticket) : payAtDesk(visiting)))
}

/** By the code of the ticket, on the driver's own phone: the page says what to transfer, and the bank tells of it. */
async function payOnPage({ visit, world }: Visiting, page: DriversPage, ticket: string): Promise<void> {
  const asked = await page.askToPay(ticket)
  if (asked === undefined) return
  const handed: Handed = {
    tender: 'bank-transfer',
    amount: asked.amount,
    charge: asked.reference,
    reference: asked.reference,
    bookedAtMs: null,
    atMs: world.timeline.monotonicMs(),
    answer: 'waiting',
  }
  visit.handed.push(handed)
  const answer = await page.transfer(asked.amount, asked.reference)
  handed.answer = answer === undefined ? 'silence' : answer.ok ? 'credited' : 'refused'
}

async function payAtDesk(visiting: Visiting): Promise<void> {
  const { desk, attendant, bank, visit } = visiting
  const session = visit.sessions.at(-1) ?? (await attendant.find(visit))?.session
  if (session === undefined) return
  const quoted = await desk.ask({ kind: 'session-quoted', session: session as SessionId })
  if (quoted?.ok !== true || quoted.kind !== 'amount-asked' || quoted.charge === null || quoted.due === null) return
  const over = has(visiting, 'overpays') ? 20_000 : 0
  const amount = quoted.due.amount + over
  if (!has(visiting, 'pays-before-by-bank')) {
    await attendant.takeMoney(visit, 'cash', quoted.charge, amount)
    return
  }
  const sent = await bank.transfer(visit, quoted.charge, amount)
  // The page on the phone still asks: most call somebody, and some drive to the exit and say it there.
  if (sent.answer === 'astray' && visiting.random.chance(0.6)) await attendant.assign(sent)
}

/** From home, by the number on the paper that the attendant gave. */
async function payDebt(visiting: Visiting): Promise<void> {
  const { visit, bank, tempo } = visiting
  if (visit.owes === null || visit.ending !== 'left') return
  await standFor(visiting, tempo.paysDebtAfter)
  if (isClosed(visiting)) return
  await bank.transfer(visit, visit.owes.charge, visit.owes.amount)
}

async function atDesk<Value>({ visit, world }: Visiting, what: () => Promise<Value>): Promise<Value> {
  const moment: Moment = { lane: null, fromMs: world.timeline.monotonicMs(), toMs: null }
  visit.moments.push(moment)
  const done = await what()
  moment.toMs = world.timeline.monotonicMs()
  return done
}

// The way out.

async function goOut(visiting: Visiting, hands: DriverHands): Promise<void> {
  const { world, visit, vehicle, random, tempo } = visiting
  const { timeline } = world
  let turnsBackLeft = has(visiting, 'turns-back-out') ? 1 : 0
  for (;;) {
    if (isClosed(visiting)) {
      visit.ending = 'inside'
      return
    }
    // At a lane of both ways a ticket alone says that its vehicle goes out: whoever is not known there would come in a second time.
    const hasTicket = hands.ticket !== null && vehicle.way === 'ticket'
    const lane = vehicle.vehicleClass === MOTORBIKE ? BIKES_OUT : hasTicket && random.chance(0.5) ? BOTH_1 : OUT_1
    const station = stationOf(visiting, lane)
    const comesUp = comesUpAs(visiting, 'tailgates-out', 'closes-up-out')
    if (comesUp !== 'at-ease') await lurk(visiting, station)
    const wait = { lane: station.kit.id, fromMs: timeline.monotonicMs(), toMs: null as number | null, isOut: false }
    visit.waits.push(wait)
    const end = await crossAt(visiting, station, comesUp, async (line) => {
      // The queue is not the lane's fault.
      wait.fromMs = Math.max(wait.fromMs, line.sinceMs)
      const move = await actAtExit(visiting, line, hands)
      if (move !== 'go' || turnsBackLeft === 0) return move
      turnsBackLeft -= 1
      wait.isOut = true
      return 'back'
    })
    wait.toMs = timeline.monotonicMs()
    if (end.kind === 'through') {
      wait.isOut = true
      visit.left = { lane: station.kit.id, atMs: end.atMs, how: end.how }
      visit.place = null
      visit.ending = 'left'
      if (end.how !== 'let-through') visit.unseen ??= `out-${end.how}`
      return
    }
    if (end.kind === 'queue-too-long') {
      visit.waits.pop()
      await standFor(visiting, tempo.comesAgain)
      continue
    }
    if (!wait.isOut) {
      // The driver goes home on foot, and the vehicle is towed.
      visit.ending = 'locked-in'
      visit.place = null
      visit.unseen ??= 'towed'
      return
    }
    await standFor(visiting, tempo.thinksAgain)
  }
}

async function actAtExit(visiting: Visiting, line: AtLine, hands: DriverHands): Promise<Move> {
  const { world, random, visit, attendant, tempo } = visiting
  const { timeline } = world
  await pause(timeline, random.between(800, 4_000))
  const move = (await tryOut(visiting, line, hands)) ?? (await lookOn(visiting, line))
  if (move !== undefined) return move
  for (;;) {
    if (isOpenForAll(visiting, line)) return 'held-open'
    const hasMoney = !has(visiting, 'no-money')
    if ((await attendant.letOut(line, visit, hasMoney, hands.ticket)) === 'let-through') return 'go'
    if (timeline.monotonicMs() - line.sinceMs > tempo.lockedInAfterMs) return 'back'
    await pause(timeline, throwSpan(tempo.helpAgain, random))
  }
}

/** Has nothing to pay with, calls nobody, and looks at what the lane does by itself. `undefined`: somebody has to come all the same. */
async function lookOn(visiting: Visiting, line: AtLine): Promise<Move | undefined> {
  const { world, visit, tempo } = visiting
  const asked = line.asked()
  if (!has(visiting, 'calls-nobody') || asked === undefined) return undefined
  const done = () => (line.isBidden() ? 'let-owe' : line.isStaffCalled() ? 'staff-called' : undefined)
  const { ground, onShown } = line.station
  const did = await until(world.timeline, [ground.watch, onShown], done, tempo.looksOnMs)
  if (did === undefined) return undefined
  visit.unpaid ??= did
  if (did === 'staff-called') return undefined
  visit.owes = asked
  return 'go'
}

/** What the driver can do alone. `undefined`: somebody has to come. */
async function tryOut(visiting: Visiting, line: AtLine, hands: DriverHands): Promise<Move | undefined> {
  const { world, random } = visiting
  const { timeline } = world
  let laterLeft = LATER_MAX
  let codesLeft = CODES_MAX
  while (laterLeft > 0 && codesLeft > 0) {
    if (line.isBidden()) return 'go'
    const asked = line.asked()
    const due = asked?.amount ?? (visiting.vehicle.way === 'token' ? line.dueAfterRefusal() : undefined)
    let word: string
    if (due !== undefined) {
      const paid = await payAtExit(visiting, line, asked?.charge, due)
      if (paid === undefined) return undefined
      word = paid
      codesLeft -= 1
    } else {
      word = await identify(visiting, line, hands)
    }
    if (word === 'let-through') return 'go'
    if (word === 'lane-held-open') return 'held-open'
    if (word === 'later') {
      await pause(timeline, random.between(2_000, 6_000))
      laterLeft -= 1
    } else if (word !== 'amount-asked' && word !== 'amount-too-low') {
      return undefined
    } else {
      // The display says how much.
      await pause(timeline, random.between(800, 3_000))
      laterLeft -= 1
    }
  }
  return undefined
}

async function identify(visiting: Visiting, line: AtLine, hands: DriverHands): Promise<string> {
  const { vehicle, world } = visiting
  if (vehicle.way === 'plate' || vehicle.way === 'pass-plate') {
    if (await line.waitForWord(visiting.tempo.wordWithinMs)) await pause(world.timeline, SECOND_MS)
    if (line.isBidden()) return 'let-through'
    if (line.asked() !== undefined) return 'amount-asked'
    if (isOpenForAll(visiting, line)) return 'lane-held-open'
  }
  const code = codeOfStay(visiting, hands)
  if (code !== undefined) return wordAt(await line.show(() => code))
  if (vehicle.way === 'token') return wordAt(await line.show(codeToPay(visiting, line, GUESS)))
  return 'nothing to show'
}

/** Pays what the display asks, in this driver's way; `undefined` where somebody has to come for it. */
async function payAtExit(
  visiting: Visiting,
  line: AtLine,
  charge: string | undefined,
  due: number,
): Promise<string | undefined> {
  const { attendant, bank, visit, random, wallet } = visiting
  if (has(visiting, 'no-money')) return undefined
  if (has(visiting, 'pays-by-bank')) {
    // The display shows the code for it. Who has paid so and is still not let out calls somebody.
    if (charge === undefined || visit.handed.some((handed) => handed.charge === charge)) return undefined
    await bank.transfer(visit, charge, due)
    await pause(visiting.world.timeline, 2 * SECOND_MS)
    return line.isBidden() ? 'let-through' : undefined
  }
  if (has(visiting, 'pays-cash') || has(visiting, 'pays-by-two-tenders')) {
    if (charge === undefined) return undefined
    const isFirst = !visit.handed.some((handed) => handed.charge === charge)
    const amount = has(visiting, 'pays-by-two-tenders') && isFirst ? Math.floor(due / 2_000) * 1_000 || due : due
    const more = has(visiting, 'overpays') && amount === due ? 10_000 : 0
    await attendant.takeMoney(visit, 'cash', charge, amount + more)
    await pause(visiting.world.timeline, 2 * SECOND_MS)
    if (line.isBidden()) return 'let-through'
    if (amount === due) return undefined
    const rest = line.asked()?.amount === due ? due - amount : (line.asked()?.amount ?? due - amount)
    return wordAt(await line.show(codeToPay(visiting, line, Math.max(1_000, rest))))
  }
  if (has(visiting, 'shows-bad-code') && random.chance(0.5)) {
    const point = { kind: 'lane', id: line.station.kit.id } as const
    const bad = wallet.bad(random.pick(BAD_KINDS), point, Math.max(2, due))
    await line.show(() => bad)
  }
  return wordAt(await line.show(codeToPay(visiting, line, due)))
}

// What it holds in its hands.

function codeToPay({ random, wallet }: Visiting, line: AtLine, amount: number): () => Shown {
  const point = { kind: 'lane', id: line.station.kit.id } as const
  if (random.chance(0.3)) return () => wallet.rotating(point, amount, 'place')
  const shown = wallet.pay(point, amount, random.chance(0.2) ? 'site' : 'place')
  return () => shown
}

/** What names the stay and pays nothing. */
function codeOfStay(visiting: Visiting, { ticket }: DriverHands): Shown | undefined {
  if (ticket !== null) return ticketCode(ticket)
  return visiting.vehicle.way === 'pass-code' ? codeOfPass(visiting) : undefined
}

function codeOfPass({ vehicle, world, issuers }: Visiting): Shown {
  if (vehicle.pass === null) throw new Error(`${vehicle.name} holds no pass`)
  return passCode(vehicle.pass, world.site, issuers, world.timeline)
}

// At any lane.

function comesUpAs(visiting: Visiting, hasty: DriverKind, close: DriverKind): ComesUp {
  if (has(visiting, hasty)) return 'hasty'
  return has(visiting, close) ? 'close' : 'at-ease'
}

/** Who means to go through behind somebody, or close up, waits for one to come up, and not for ever. */
async function lurk({ world, tempo }: Visiting, { ground }: LaneStation): Promise<void> {
  await until(
    world.timeline,
    [ground.watch],
    () => (ground.isOccupied('approach') ? true : undefined),
    tempo.lurksAtMostMs,
  )
}

async function crossAt(
  visiting: Visiting,
  station: LaneStation,
  comesUp: ComesUp,
  act: (line: AtLine) => Promise<Move>,
): Promise<CrossingEnd> {
  const { world, random, payers, visit, wallet } = visiting
  const point = { kind: 'lane', id: station.kit.id } as const
  const purchase = payers.begin({ payer: wallet.payer, point, amount: null })
  // Motorbikes are known by what their riders show: no camera looks after them.
  const inView = station.arm === null ? [] : vehiclesInView(visiting)
  const moment: Moment = { lane: station.kit.id, fromMs: world.timeline.monotonicMs(), toMs: null }
  visit.moments.push(moment)
  const end = await cross(
    {
      world,
      random,
      station,
      payers,
      purchase,
      vehicle: visit.vehicle,
      inView,
      camera: seenAs(visiting),
      comesUp,
      onClosedUp: () => visit.closedUp.push({ lane: station.kit.id, atMs: world.timeline.monotonicMs() }),
    },
    (line) => {
      // The queue is not the lane's fault.
      moment.fromMs = Math.max(moment.fromMs, line.sinceMs)
      return act(line)
    },
  )
  moment.toMs = world.timeline.monotonicMs()
  return end
}

function vehiclesInView(visiting: Visiting): readonly VehicleInView[] {
  const { vehicle, otherPlate } = visiting
  const kind = vehicle.vehicleClass === MOTORBIKE ? 'motorbike' : 'car'
  const direction = visiting.visit.place === null ? 'forward' : 'reverse'
  const own: VehicleInView = { plate: vehicle.plate, vehicle: kind, direction }
  if (otherPlate === null) return [own]
  const other = { ...own, plate: otherPlate }
  const isInstead = has(visiting, 'plate-of-another') && visiting.visit.entered !== null
  const isBeside = has(visiting, 'two-in-view')
  if (!isInstead && !isBeside) return [own]
  visiting.visit.isMisread = true
  visiting.onOtherPlate()
  return isInstead ? [other] : [own, other]
}

function seenAs(visiting: Visiting): CameraChances {
  const confusable = has(visiting, 'confusable-plate') && visiting.visit.entered === null ? 1 : 0
  if (confusable === 1) visiting.visit.isMisread = true
  return {
    missing: has(visiting, 'no-plate-read') ? 1 : 0,
    dirty: has(visiting, 'dirty-plate') ? 0.8 : 0,
    confusable,
  }
}

/** The arm has stood open for as long as this driver stands here: it is so for everybody. */
function isOpenForAll({ world }: Visiting, line: AtLine): boolean {
  const { ground } = line.station
  return line.station.arm !== null && ground.arm() === 'open' && world.timeline.monotonicMs() - line.sinceMs > 5_000
}

function stationOf({ stations }: Visiting, id: string): LaneStation {
  const found = stations.find(({ kit }) => kit.id === id)
  if (found === undefined) throw new Error(`no lane ${id}`)
  return found
}
