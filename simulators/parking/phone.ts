import { laneId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { LateEvidence } from '../../core/parking/events.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type { TicketToken } from '../../core/tokens.ts'
import type { LaneGround } from '../lane-ground.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { AtLine } from './crossing.ts'
import type { Desk, DeskAnswer } from './desk.ts'
import { MOTORBIKE, PRICES, VAN } from './parking-kit.ts'
import type { Handed, LateNote, VisitRecord } from './visits-record.ts'
import { pause, until } from './waiting.ts'

/** What an attendant's phone can tell with no gateway. */
export type PhoneReads = {
  /** Nothing has answered for so long that everybody takes the box for dead. */
  isBoxDead(): boolean
  /** What a ticket says, where its signature is the gateway's. */
  readTicket(text: string): TicketToken | null
}

/** The phone of the attendants while the box is dead: they lift the arm by its key, note whom they let through, and the phone hands that in when the box answers again. */
export type Phone = {
  isBoxDead(): boolean
  /** Lifts the arm for the vehicle at the line, and notes it; `false` where nothing names it. `look`: what is looked into before it is handed in. */
  letThrough(line: AtLine, visit: VisitRecord, what: LateEvidence['what'], ticket: string | null, look: Look): boolean
  /** What was noted is with the gateway. */
  isHandedIn(): boolean
}

type Look = () => Promise<void>

type Noted = {
  readonly note: LateNote
  readonly visit: VisitRecord
  readonly event: LateEvidence
  readonly look: Look
}

const HANDS_IN_EVERY_MS = 20 * SECOND_MS
const ARM_TRAVEL_MS = 1_200
const PASSES_WITHIN_MS = MINUTE_MS
const TICKET_CHANCE = 0.6

export function phone(world: World, random: Random, desk: Desk, reads: PhoneReads): Phone {
  const { timeline } = world
  const queue: Noted[] = []
  let isHandingIn = false

  function letThrough(
    line: AtLine,
    visit: VisitRecord,
    what: LateEvidence['what'],
    shown: string | null,
    look: Look,
  ): boolean {
    const { kit, ground } = line.station
    const ticket = shown !== null && random.chance(TICKET_CHANCE) ? reads.readTicket(shown) : null
    if (ticket === null && visit.plate === null) return false
    const atMs = timeline.monotonicMs()
    const saidAt = timeline.now()
    const cash = what === 'let-in' || visit.pass !== null ? null : aboutWhatItCosts(visit, atMs)
    const note: LateNote = { what, lane: kit.id, atMs, handings: [], answer: 'waiting' }
    visit.lates.push(note)
    const event: LateEvidence = {
      kind: 'late-evidence',
      lane: laneId(kit.id),
      what,
      saidAt,
      handedInAt: saidAt,
      ticket,
      plate: ticket !== null && random.chance(0.5) ? null : visit.plate,
      vehicleClass: ticket === null && what === 'let-in' ? visit.vehicleClass : null,
      cash: cash === null || cash === 0 ? null : { tender: 'cash', amount: money(cash, VND) },
      reason: 'mất điện, mở bằng chìa khóa',
    }
    queue.push({ note, visit, event, look })
    if (kit.arm !== null) void liftByKey(ground)
    void handIn()
    return true
  }

  /** The key turns the arm without its board; somebody stands there until the vehicle is through, and lowers it on nobody. */
  async function liftByKey(ground: LaneGround): Promise<void> {
    if (ground.arm() === 'closed' || ground.arm() === 'falling') ground.setArm('rising')
    await pause(timeline, ARM_TRAVEL_MS)
    if (ground.arm() === 'rising') ground.setArm('open')
    let isUnder = false
    const isThrough = (): true | undefined => {
      if (ground.isOccupied('safety')) isUnder = true
      return isUnder && !ground.isOccupied('safety') ? true : undefined
    }
    await until(timeline, [ground.watch], isThrough, PASSES_WITHIN_MS)
    if (ground.isOccupied('safety') || ground.arm() !== 'open') return
    ground.setArm('falling')
    await pause(timeline, ARM_TRAVEL_MS)
    if (ground.arm() === 'falling') ground.setArm(ground.isOccupied('safety') ? 'rising' : 'closed')
  }

  /** In their order, each until it is answered. */
  async function handIn(): Promise<void> {
    if (isHandingIn) return
    isHandingIn = true
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      await pause(timeline, HANDS_IN_EVERY_MS)
      if (reads.isBoxDead()) continue
      await next.look()
      const answer = await handInOne(next)
      if (answer === undefined) continue
      queue.shift()
      settle(next, answer)
    }
    isHandingIn = false
  }

  async function handInOne({ event, note }: Noted): Promise<DeskAnswer | undefined> {
    const answer = await handInNow(event, note)
    if (event.cash === null || answer?.ok !== false || answer.refusal !== 'cash-unlikely') return answer
    // Whoever keyed it is asked, and so much was taken.
    return handInNow({ ...event, cash: { ...event.cash, confirmed: true } }, note)
  }

  async function handInNow(event: LateEvidence, note: LateNote): Promise<DeskAnswer | undefined> {
    const handing: LateNote['handings'][number] = { fromMs: timeline.monotonicMs(), toMs: null }
    note.handings.push(handing)
    const answer = await desk.ask({ ...event, handedInAt: timeline.now() })
    handing.toMs = timeline.monotonicMs()
    return answer
  }

  function settle({ note, visit, event }: Noted, answer: DeskAnswer): void {
    note.answer = answer.ok ? (answer.stay ?? 'untouched') : 'refused'
    if (event.cash === null || !answer.ok || answer.charge === null) return
    const { amount } = event.cash.amount
    const handed: Handed = {
      tender: 'cash',
      amount,
      charge: answer.charge,
      reference: null,
      bookedAtMs: null,
      atMs: note.atMs,
      answer: note.answer === 'untouched' ? 'refused' : 'credited',
    }
    visit.handed.push(handed)
  }

  return {
    isBoxDead: reads.isBoxDead,
    letThrough,
    isHandedIn: () => queue.length === 0,
  }
}

/** By the sign on the wall, as an attendant reckons in the head: too little is a debt, too much is given back. */
function aboutWhatItCosts({ entered, vehicleClass }: VisitRecord, nowMs: number): number {
  const [{ hourly, visit }] = PRICES
  if (vehicleClass === MOTORBIKE) return visit.day
  const { first, cap } = vehicleClass === VAN ? hourly.van : hourly.car
  const hours = Math.ceil((nowMs - (entered?.atMs ?? nowMs)) / HOUR_MS)
  return Math.min(hours * first, cap)
}
