import type { CaseId, ChargeId, SessionId } from '../../core/ids.ts'
import { laneId, placeId, vehicleClass } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { Wallet } from '../wallet/wallet.ts'
import { isAccepted } from '../world/answer.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { AtLine } from './crossing.ts'
import type { Desk, DeskAnswer, Office, OpenStay } from './desk.ts'
import { isLetThrough } from './desk.ts'
import type { ParkingLaneKit } from './parking-kit.ts'
import type { Phone } from './phone.ts'
import type { ParkingTempo } from './tempo.ts'
import { throwSpan } from './tempo.ts'
import type { Handed, VisitRecord } from './visits-record.ts'
import { pause } from './waiting.ts'

export type AttendantOptions = {
  readonly world: World
  readonly random: Random
  readonly desk: Desk
  /** A supervisor's phone. */
  readonly overrides: Wallet
  readonly lanes: readonly ParkingLaneKit[]
  readonly tempo: ParkingTempo
  /** `null`: they have none, and wait until the gateway answers. */
  readonly phone: Phone | null
  visits(): readonly VisitRecord[]
  /** Nobody is on the way through any lane. */
  isStill(): boolean
}

/** People of the site: they come to whoever is stuck, take cash, choose stays, and go round by night to put the books right. */
export type Attendant = {
  /** Takes cash for a charge. Returns what the desk said. */
  takeMoney(
    visit: VisitRecord,
    tender: 'cash' | 'cash-on-behalf',
    charge: string,
    amount: number,
  ): Promise<DeskAnswer | undefined>
  /** Its payer says what a transfer is for that has gone astray: it is booked to that charge. Returns whether it is. */
  assign(handed: Handed): Promise<boolean>
  /** One try to let the vehicle at a way in go in. */
  letIn(line: AtLine, visit: VisitRecord): Promise<'let-through' | 'not-yet' | 'no-room'>
  /** One try to let the vehicle at a way out leave. `hasMoney` false: it owes. `ticket`: what its driver has in the hands. */
  letOut(
    line: AtLine,
    visit: VisitRecord,
    hasMoney: boolean,
    ticket?: string | null,
  ): Promise<'let-through' | 'not-yet'>
  /** The stay of a vehicle by the books, as well as people can tell. */
  find(visit: VisitRecord): Promise<OpenStay | undefined>
  /** Goes round: stays whose vehicle is not there are closed, what was counted wrongly is corrected, what was overpaid is given back, cases are ended. */
  goRound(office: Office): Promise<void>
}

export function attendant(options: AttendantOptions): Attendant {
  const { world, random, desk, overrides, tempo, phone } = options
  const { timeline } = world
  const wallOf = (ms: number): number => timeline.now() - timeline.monotonicMs() + ms
  const come = (): Promise<void> => pause(timeline, throwSpan(tempo.attendantComes, random))

  function isOf(stay: OpenStay, visit: VisitRecord): boolean {
    if (visit.sessions.includes(stay.session)) return true
    if (visit.plate !== null && stay.plates.includes(visit.plate)) return true
    const enteredAt = visit.entered === null ? null : wallOf(visit.entered.atMs)
    const isSameTime = enteredAt !== null && Math.abs(stay.enteredAt - enteredAt) <= tempo.sameTimeMs
    return isSameTime && stay.vehicleClass === visit.vehicleClass && (stay.plates.length === 0 || visit.isMisread)
  }

  async function find(visit: VisitRecord): Promise<OpenStay | undefined> {
    const named = desk.stays().findLast((stay) => visit.sessions.includes(stay.session))
    if (named !== undefined) return named
    const borne = visit.plate === null ? undefined : (await desk.search(visit.plate)).at(-1)
    return borne ?? guessed(desk.stays(), visit)
  }

  /** Nothing names it: a stay of that time and class is taken for its own. It may be that of whoever came in next to it. */
  function guessed(stays: readonly OpenStay[], visit: VisitRecord): OpenStay | undefined {
    const stay = stays.find((each) => isOf(each, visit))
    if (stay !== undefined && !visit.guessed.includes(stay.session)) visit.guessed.push(stay.session)
    return stay
  }

  async function takeMoney(
    visit: VisitRecord,
    tender: 'cash' | 'cash-on-behalf',
    charge: string,
    amount: number,
  ): Promise<DeskAnswer | undefined> {
    const handed: Handed = {
      tender,
      amount,
      charge,
      reference: null,
      bookedAtMs: null,
      atMs: timeline.monotonicMs(),
      answer: 'waiting',
    }
    visit.handed.push(handed)
    const named = { charge: charge as ChargeId, amount: money(amount, VND) }
    const answer = await desk.ask({ kind: 'cash-taken', tender, ...named })
    handed.answer = answer === undefined ? 'silence' : answer.ok ? 'credited' : 'refused'
    if (handed.answer !== 'refused') handed.bookedAtMs = handed.atMs
    return answer
  }

  async function assign(handed: Handed): Promise<boolean> {
    if (handed.reference === null) return false
    const { reference, charge } = handed
    const moved = { kind: 'credit-moved', reference, charge: charge as ChargeId, reason: 'khách báo nhầm' } as const
    const atMs = timeline.monotonicMs()
    let answer = await desk.ask(moved)
    // This one keeps what they took: whoever pays twice here is the driver.
    const isUnsaid = answer?.ok === false && answer.refusal === 'credit-sender-missing'
    if (isUnsaid) answer = await desk.ask({ ...moved, sender: 'payer' })
    // More than an operator may move: an admin does it.
    if (answer?.ok === false && answer.refusal === 'credit-over-cap') answer = await desk.ask(moved, 'admin')
    if (answer?.ok === true) {
      handed.answer = 'credited'
      handed.bookedAtMs = atMs
    }
    return answer?.ok === true
  }

  /** What is still nobody's goes to the charge that its payer named, where that still takes it; all else goes back. */
  async function clearCredits(office: Office): Promise<void> {
    for (const { reference, isToGoBack } of office.creditsWaiting()) {
      const handed = options
        .visits()
        .flatMap((visit) => visit.handed)
        .find((each) => each.reference === reference)
      const isFound = handed !== undefined && random.chance(FINDS_PAYER_CHANCE)
      if (!isToGoBack && isFound && (await assign(handed))) continue
      const back = { kind: 'credit-moved', reference, charge: null, reason: 'không rõ của ai' } as const
      if (!isToGoBack) await desk.ask(back)
      await pause(timeline, tempo.refundEveryMs)
      await desk.ask({ ...back, sentBack: `TRA-${reference}` })
    }
  }

  async function override(line: AtLine): Promise<boolean> {
    const point = { kind: 'lane', id: line.station.kit.id } as const
    const shown = overrides.override(point, 'giám sát cho qua')
    const answer = await line.show(() => shown)
    return answer !== undefined && isAccepted(answer)
  }

  async function byHand(line: AtLine): Promise<boolean> {
    const { id, arm } = line.station.kit
    // Where there is no arm nothing holds anybody.
    if (arm === null) return true
    const answer = await desk.ask({ kind: 'open-by-hand', lane: laneId(id), reason: 'xe kẹt ở làn' })
    return answer?.ok === true
  }

  async function letOut(
    line: AtLine,
    visit: VisitRecord,
    hasMoney: boolean,
    ticket: string | null = null,
  ): Promise<'let-through' | 'not-yet'> {
    await come()
    const { id, isInner } = line.station.kit
    if (line.isBidden()) return 'let-through'
    if (phone?.isBoxDead() === true) {
      // Inside they may wait.
      return !isInner && phone.letThrough(line, visit, 'let-out', ticket, () => lookAgain(visit))
        ? 'let-through'
        : 'not-yet'
    }
    // Its driver shows on the phone that it has paid.
    for (const handed of visit.handed.filter(({ answer }) => answer === 'astray')) await assign(handed)
    const stay = await find(visit)
    if (stay === undefined) return letOutUnknown(line, visit)
    await correctClass(stay, visit)
    const lane = laneId(id)
    const session = stay.session as SessionId
    const choose = () => desk.ask({ kind: 'session-chosen', lane, session, reason: 'khách ở làn ra' })
    let answer = await choose()
    if (isLetThrough(answer)) return 'let-through'
    if (answer?.ok === true && answer.kind === 'amount-asked' && answer.charge !== null && answer.due !== null) {
      if (hasMoney) {
        await takeMoney(visit, random.chance(0.8) ? 'cash' : 'cash-on-behalf', answer.charge, answer.due.amount)
        await pause(timeline, tempo.pleaseTryMs)
        if (line.isBidden()) return 'let-through'
        answer = await choose()
        return isLetThrough(answer) ? 'let-through' : 'not-yet'
      }
      const owed = { charge: answer.charge, amount: answer.due.amount }
      answer = await desk.ask({ kind: 'leave-on-debt', lane, reason: 'khách không có tiền' })
      if (isLetThrough(answer)) {
        visit.owes = owed
        return 'let-through'
      }
    }
    if (answer === undefined || (!answer.ok && answer.tryAgain === 'later')) return 'not-yet'
    return letOutUnknown(line, visit)
  }

  async function lookAgain(visit: VisitRecord): Promise<void> {
    const stay = await find(visit)
    if (stay !== undefined) await correctClass(stay, visit)
  }

  /** Whoever looks at it sees what it is. */
  async function correctClass({ session, vehicleClass: known }: OpenStay, visit: VisitRecord): Promise<void> {
    if (known === visit.vehicleClass) return
    const correction = { kind: 'class', vehicleClass: visit.vehicleClass } as const
    await desk.ask({ kind: 'session-corrected', session: session as SessionId, correction, reason: 'nhìn thấy xe' })
  }

  /** Nobody knows what it owes: a supervisor lets it go, and if not even that works the arm is opened by hand. */
  async function letOutUnknown(line: AtLine, visit: VisitRecord): Promise<'let-through' | 'not-yet'> {
    visit.unseen ??= 'let-out-unknown'
    if (await override(line)) return 'let-through'
    if (line.isBidden()) return 'let-through'
    return (await byHand(line)) ? 'let-through' : 'not-yet'
  }

  async function letIn(line: AtLine, visit: VisitRecord): Promise<'let-through' | 'not-yet' | 'no-room'> {
    await come()
    if (line.isBidden()) return 'let-through'
    if (phone?.isBoxDead() === true) {
      return phone.letThrough(line, visit, 'let-in', null, NOTHING_TO_SEE) ? 'let-through' : 'not-yet'
    }
    const { id } = line.station.kit
    const press = () => desk.ask({ kind: 'ticket-asked', lane: laneId(id), vehicleClass: visit.vehicleClass })
    let answer = await press()
    if (answer?.ok === false && answer.refusal === 'stay-open-already') {
      const [ghost] = visit.plate === null ? [] : await desk.search(visit.plate)
      if (ghost !== undefined) await close(ghost, 'xe đang ở cổng vào')
      answer = await press()
    }
    if (isLetThrough(answer)) return 'let-through'
    if (answer?.ok === false && answer.refusal === 'place-full') return 'no-room'
    return 'not-yet'
  }

  function close({ session }: OpenStay, reason: string): Promise<DeskAnswer | undefined> {
    const correction = { kind: 'close' } as const
    return desk.ask({ kind: 'session-corrected', session: session as SessionId, correction, reason })
  }

  async function goRound(office: Office): Promise<void> {
    const here = (): readonly VisitRecord[] => options.visits().filter(({ place }) => place !== null)
    // What came in tomorrow was written down by a wrong clock.
    const isOld = ({ enteredAt }: OpenStay): boolean =>
      timeline.now() - enteredAt > tempo.ghostAgeMs || enteredAt > timeline.now()
    const isGhost = (stay: OpenStay): boolean => isOld(stay) && !here().some((visit) => isOf(stay, visit))
    for (const stay of desk.stays().filter(isGhost)) await close(stay, 'xe không còn trong bãi')
    for (const { charge, amount } of office.toGiveBack()) {
      await desk.ask({
        kind: 'refund',
        charge: charge as ChargeId,
        amount: money(amount, VND),
        reason: 'khách trả thừa',
      })
      await pause(timeline, tempo.refundEveryMs)
    }
    for (const { id } of office.cases()) await desk.ask({ kind: 'case-ended', case: id as CaseId, reason: 'đã xem' })
    await clearCredits(office)
    // Whoever counts while a stay is open whose vehicle nobody finds would count it out twice.
    if (desk.stays().some((stay) => !here().some((visit) => isOf(stay, visit)))) return
    for (const { place, vehicleClass: asClass, count } of office.counts()) {
      if (!options.isStill()) return
      const counted = here().filter((visit) => visit.vehicleClass === asClass && isIn(visit.place, place)).length
      if (counted === count) continue
      await desk.ask({
        kind: 'occupancy-corrected',
        place: placeId(place),
        vehicleClass: vehicleClass(asClass),
        count: counted,
        reason: 'đếm lại',
      })
    }
  }

  return { takeMoney, assign, letIn, letOut, find, goRound }
}

/** Nobody has asked for it: whose it is, the bank's statement does not always say. */
const FINDS_PAYER_CHANCE = 0.5
const NOTHING_TO_SEE = (): Promise<void> => Promise.resolve()

/** Every place lies in the lot. */
function isIn(place: string | null, around: string): boolean {
  return place !== null && (place === around || around === 'lot')
}
