import type { WireAnnouncement } from '../../devices/wire.ts'
import type { CameraChances, VehicleInView } from '../devices/plate-camera.ts'
import { holdUp } from '../people/holding-up.ts'
import type { PayersRecord, Purchase } from '../people/payers-record.ts'
import type { Shown } from '../wallet/wallet.ts'
import type { Answer } from '../world/answer.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { ComesUp, LaneStation } from './lane-station.ts'
import type { Crossing } from './visits-record.ts'
import { pause, until } from './waiting.ts'

export type CrossingOptions = {
  readonly world: World
  readonly random: Random
  readonly station: LaneStation
  readonly payers: PayersRecord
  readonly purchase: Purchase
  readonly vehicle: string
  readonly inView: readonly VehicleInView[]
  readonly camera: CameraChances
  /** Who is hasty follows the vehicle in front through where the arm is still up. */
  readonly comesUp: ComesUp
  /** It is on the line bumper to bumper: the vehicle in front has not left it yet, or has done so this moment, and no loop tells the two apart. */
  onClosedUp(): void
}

/** Somebody who stands at the line. */
export type AtLine = {
  readonly station: LaneStation
  readonly sinceMs: number
  /** What was said before that is of no account any more. */
  looksFromMs: number
  /** Holds a code up until somebody says something. */
  show(code: () => Shown): Promise<Answer | undefined>
  /** Waits until the lane says anything, or the arm begins to rise. */
  waitForWord(withinMs: number): Promise<boolean>
  /** Whether what the lane has said and done since means that this vehicle may drive. */
  isBidden(): boolean
  /** What the display has shown since, the newest first. */
  shown(): readonly WireAnnouncement[]
  /** What the display asks for. */
  asked(): { readonly charge: string; readonly amount: number } | undefined
  /** Whether the display says beside what it asks that somebody will come. */
  isStaffCalled(): boolean
  /** What is due by the last refusal. */
  dueAfterRefusal(): number | undefined
}

/** `go`: was let through, and drives when the arm is up. `held-open`: the arm stands open for everybody. */
export type Move = 'go' | 'held-open' | 'back'

export type CrossingEnd =
  | { readonly kind: 'through'; readonly how: Crossing['how']; readonly atMs: number }
  | { readonly kind: 'back' }
  | { readonly kind: 'queue-too-long' }

const PATIENCE_MS = 5_000
const SILENT_TRIES_MAX = 4
const ARM_UP_WITHIN_MS = 8_000
const GIVES_UP_AFTER_MS = 50 * 60_000
const START_MS = 500
const ROLL_MS = 900
/** An arm that has stood open for so long while somebody waits before it is open for everybody. */
export const STANDS_OPEN_MS = 10_000
const SEEN_EARLY_CHANCE = 0.5
/** Of those who are hasty: is under the arm before the vehicle in front has left it. */
const UNDER_ARM_WITH_CHANCE = 0.5
const STAYS_CLOSE_MS = 200
/** From beginning to come up to being where the camera looks: by then the one in front has left the line. */
const SEEN_AFTER_MS = 300

/**
 * One vehicle at one lane: waits its turn, comes up to the line, does what `act` does until it is let through, and drives under the arm. `act` is asked again where
 * the arm did not come up.
 */
export async function cross(options: CrossingOptions, act: (line: AtLine) => Promise<Move>): Promise<CrossingEnd> {
  const { world, random, station, vehicle, comesUp } = options
  const { timeline } = world
  const { ground, camera } = station
  const isSeenEarly = random.chance(SEEN_EARLY_CHANCE)
  const look = (): void => {
    camera.setChances(options.camera)
    camera.see(...options.inView)
  }
  let comingMs = 0
  let sinceMs = 0
  const came = await station.queue(
    comesUp,
    () => {
      comingMs = timeline.monotonicMs()
      if (isSeenEarly) timeline.after(SEEN_AFTER_MS, look)
    },
    () => {
      sinceMs = timeline.monotonicMs()
      if (comesUp === 'close' && station.isTakenForOneInFront()) options.onClosedUp()
      ground.enter('approach', vehicle)
    },
  )
  if (!came) return { kind: 'queue-too-long' }
  if (!isSeenEarly) timeline.after(random.between(50, 900), look)
  const isClear = (): boolean => ground.arm() === 'open' && !ground.isOccupied('safety')

  if (comesUp === 'hasty' && station.arm !== null && ground.arm() === 'open') {
    if (random.chance(UNDER_ARM_WITH_CHANCE)) {
      await pause(timeline, STAYS_CLOSE_MS)
      // The loop under the arm is never clear between the two.
      if (ground.arm() === 'open' && ground.isOccupied('safety'))
        return { kind: 'through', how: 'behind', atMs: await roll() }
    }
    await until(
      timeline,
      [ground.watch],
      () => (ground.isOccupied('safety') && ground.arm() === 'open' ? undefined : true),
      5_000,
    )
    // From the line to the arm nobody comes in no time.
    const toArmMs = sinceMs + START_MS - timeline.monotonicMs()
    if (toArmMs > 0) await pause(timeline, toArmMs)
    if (isClear()) return { kind: 'through', how: 'behind', atMs: await roll() }
  }
  // Where there is no arm, what a camera has read is acted on before its vehicle stands at the line.
  const line = atLine(options, sinceMs, station.arm === null ? comingMs : sinceMs)
  for (;;) {
    const move = await act(line)
    if (move === 'back') {
      station.backOff(vehicle)
      return { kind: 'back' }
    }
    const how = move === 'go' ? 'let-through' : 'held-open'
    if (station.arm === null) {
      const atMs = timeline.monotonicMs()
      await pause(timeline, ROLL_MS)
      ground.leave('approach', vehicle)
      return { kind: 'through', how, atMs }
    }
    const isUp = await until(timeline, [ground.watch], () => (isClear() ? true : undefined), ARM_UP_WITHIN_MS)
    if (isUp === undefined) {
      // What was said before has come to nothing.
      line.looksFromMs = timeline.monotonicMs()
      if (line.looksFromMs - sinceMs <= GIVES_UP_AFTER_MS) continue
      station.backOff(vehicle)
      return { kind: 'back' }
    }
    await pause(timeline, START_MS)
    if (isClear()) return { kind: 'through', how, atMs: await roll() }
  }

  async function roll(): Promise<number> {
    const atMs = timeline.monotonicMs()
    ground.enter('safety', vehicle)
    await pause(timeline, ROLL_MS)
    ground.leave('approach', vehicle)
    await pause(timeline, ROLL_MS)
    ground.leave('safety', vehicle)
    return atMs
  }
}

const STAFF_WILL_COME = 'Please wait, staff will come to help'

/** What a display says to whoever may go. */
const BIDS: ReadonlySet<WireAnnouncement['kind']> = new Set(['drive-on', 'welcome', 'goodbye', 'ticket', 'debt'])

function atLine({ world, station, payers, purchase }: CrossingOptions, sinceMs: number, looksFromMs: number): AtLine {
  const { timeline } = world
  const shown = (): readonly WireAnnouncement[] => station.shownSince(line.looksFromMs)
  const isBidden = (): boolean =>
    (station.arm !== null && station.risingSinceMs() >= line.looksFromMs) || shown().some(({ kind }) => BIDS.has(kind))
  const line: AtLine = {
    station,
    sinceMs,
    looksFromMs,
    show: (code) =>
      new Promise((resolve) => {
        const holding = { world, record: payers, purchase, reader: station.reader, code }
        holdUp({ ...holding, patienceMs: PATIENCE_MS, triesMax: SILENT_TRIES_MAX }, resolve)
      }),
    async waitForWord(withinMs) {
      const said = (): true | undefined => (shown().length > 0 || isBidden() ? true : undefined)
      return (await until(timeline, [station.ground.watch, station.onShown], said, withinMs)) === true
    },
    isBidden,
    shown,
    asked() {
      const found = shown().find(({ kind }) => kind === 'amount-due')
      if (found === undefined || found.amount === null || found.charge === null) return undefined
      return { charge: found.charge, amount: found.amount.amount }
    },
    isStaffCalled: () => shown()[0]?.kind === 'amount-due' && shown()[0]?.lines.en.includes(STAFF_WILL_COME) === true,
    dueAfterRefusal: () => shown().find(({ due }) => due !== null)?.due?.amount,
  }
  return line
}
