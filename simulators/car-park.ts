import type { Announcer } from './devices/announcer.ts'
import type { AnyBarrier } from './devices/barrier.ts'
import { barrier } from './devices/barrier.ts'
import { display } from './devices/display.ts'
import type { Powered } from './devices/firmware.ts'
import type { AnyLoop } from './devices/loop.ts'
import { loop } from './devices/loop.ts'
import type { QrReader } from './devices/qr-reader.ts'
import { qrReader } from './devices/qr-reader.ts'
import { shellyBarrier, shellyLoop } from './devices/shelly.ts'
import { tasmotaBarrier } from './devices/tasmota.ts'
import type { LaneGround } from './lane-ground.ts'
import { laneGround } from './lane-ground.ts'
import type { DriveEnd, Driving } from './people/driver.ts'
import { DRIVER_TEMPO, driveThrough } from './people/driver.ts'
import type { Manners, Paying } from './people/payer.ts'
import { badCode, goodCode } from './people/payer.ts'
import type { PayersRecord } from './people/payers-record.ts'
import type { Population } from './people/population.ts'
import type { LaneKit } from './site-kit.ts'
import type { Shown, Wallet } from './wallet/wallet.ts'
import type { Random } from './world/random.ts'
import type { World } from './world/world.ts'

export type CarParkOptions = {
  readonly lanes: readonly LaneKit[]
  readonly population: Population
  readonly record: PayersRecord
  /** Between two vehicles that come to a lane, on average. A lane lets one through in about five seconds. */
  readonly arrivalMeanMs: number
  manners(): Manners
}

/** Lanes with their devices, and drivers who come, queue, show something and drive through. */
export type CarPark = {
  readonly lanes: readonly ParkLane[]
  readonly devices: readonly Powered[]
  start(): void
  /** Nobody new comes, and who queues drives away. */
  close(): void
  isQuiet(): boolean
  /** How the drives have ended so far. */
  endings(): Readonly<Record<DriveEnd, number>>
}

export type ParkLane = {
  readonly kit: LaneKit
  readonly ground: LaneGround
  readonly reader: QrReader
  readonly approach: AnyLoop
  readonly safety: AnyLoop
  readonly barrier: AnyBarrier
  readonly display: Announcer
}

/** Vehicles that wait for a lane; who comes when so many stand there drives by. */
export const QUEUE_MAX = 5
const ARM_TRAVEL_MS = 1_200
const COME_UP_MS = 1_500
const TAILGATE_COME_UP_MS = 50
const MEMBERS = 40
const PASS_CHANCE = 0.35
const OVERRIDE_CHANCE = 0.03
const TAILGATE_CHANCE = 0.03
const TURN_BACK_CHANCE = 0.02
/** Vehicles that stood there before the simulation began. */
const INSIDE_AT_START = 10

export function carPark(world: World, options: CarParkOptions): CarPark {
  const { population, record } = options
  const random = world.random.fork('car-park')
  const members = Array.from({ length: MEMBERS }, (_, index) => `member-${index}`)
  const membersInside = new Set<string>()
  const membersUnderWay = new Set<string>()
  const ends: Record<DriveEnd, number> = {
    passed: 0,
    tailgated: 0,
    refused: 0,
    'turned-back': 0,
    stranded: 0,
    'no-answer': 0,
  }
  let visitorsInside = INSIDE_AT_START
  let vehicles = 0
  let isOpen = false

  const lanes = options.lanes.map((kit): ParkLane => {
    const ground = laneGround(kit.id, world.happenings)
    return {
      kit,
      ground,
      reader: qrReader(world, kit.reader),
      approach: LOOPS[kit.hardware.loops](world, kit.approach, ground, 'approach'),
      safety: LOOPS[kit.hardware.loops](world, kit.safety, ground, 'safety'),
      barrier: BARRIERS[kit.hardware.barrier](world, { device: kit.barrier, travelMs: ARM_TRAVEL_MS }, ground),
      display: display(world, kit.display),
    }
  })
  const queues = lanes.map((lane) => queueOf(lane))

  function queueOf(lane: ParkLane) {
    const dice = random.fork(lane.kit.id)
    const waiting: Visit[] = []
    let isComing = false

    function arriveLater(): void {
      world.timeline.after(dice.waitMs(options.arrivalMeanMs), () => {
        if (!isOpen) return
        const visit = waiting.length < QUEUE_MAX ? newVisit(lane, dice) : undefined
        if (visit !== undefined) waiting.push(visit)
        comeUp()
        arriveLater()
      })
    }

    /** One vehicle at a time stands at the line. */
    function comeUp(): void {
      const next = waiting[0]
      if (next === undefined || isComing || lane.ground.isOccupied('approach')) return
      isComing = true
      world.timeline.after(next.tailgates ? TAILGATE_COME_UP_MS : COME_UP_MS, () => {
        isComing = false
        if (waiting.shift() !== undefined) drive(lane, next, dice)
      })
    }

    lane.ground.watch(comeUp)
    return {
      arriveLater,
      leave() {
        for (const { member } of waiting.splice(0)) if (member !== undefined) membersUnderWay.delete(member)
      },
      isQuiet: () =>
        waiting.length === 0 && !isComing && !lane.ground.isOccupied('approach') && !lane.ground.isOccupied('safety'),
    }
  }

  function newVisit({ kit }: ParkLane, dice: Random): Visit | undefined {
    vehicles += 1
    const vehicle = `vehicle-${vehicles}`
    const tailgates = dice.chance(TAILGATE_CHANCE)
    const candidates = members.filter(
      (member) => !membersUnderWay.has(member) && membersInside.has(member) === (kit.direction === 'exit'),
    )
    if (dice.chance(PASS_CHANCE) && candidates.length > 0) {
      const member = dice.pick(candidates)
      membersUnderWay.add(member)
      return { vehicle, member, tailgates, wallet: population.member(member) }
    }
    if (kit.direction === 'exit') {
      if (visitorsInside === 0) return undefined
      visitorsInside -= 1
    }
    return { vehicle, member: undefined, tailgates, wallet: population.somebody(dice) }
  }

  function drive(lane: ParkLane, visit: Visit, dice: Random): void {
    const { kit, ground, reader } = lane
    const { vehicle, wallet, member, tailgates } = visit
    const point = { kind: 'lane', id: kit.id } as const
    const isByPass = member !== undefined
    const isByOverride = !isByPass && dice.chance(OVERRIDE_CHANCE)
    const purchase = record.begin({ payer: wallet.payer, point, amount: isByPass || isByOverride ? null : kit.price })
    const paying: Paying = {
      world,
      random: dice,
      record,
      purchase,
      wallet,
      point,
      amount: kit.price,
      reader,
      elsewhere: undefined,
      manners: options.manners(),
      tempo: DRIVER_TEMPO,
    }
    const driving: Driving = {
      world,
      random: dice,
      record,
      purchase,
      vehicle,
      ground,
      reader,
      tempo: DRIVER_TEMPO,
      first: () => firstCode(paying, isByPass, isByOverride),
      next: () => (isByPass || isByOverride ? undefined : goodCode(paying)),
      tailgates,
      turnsBack: dice.chance(TURN_BACK_CHANCE),
    }
    driveThrough(driving, (ending) => ended(kit, visit, ending))
  }

  function ended({ direction }: LaneKit, { member }: Visit, ending: DriveEnd): void {
    ends[ending] += 1
    const isThrough = ending === 'passed' || ending === 'tailgated'
    if (member === undefined) {
      if (isThrough === (direction === 'entry')) visitorsInside += 1
      return
    }
    membersUnderWay.delete(member)
    if (!isThrough) return
    if (direction === 'entry') membersInside.add(member)
    else membersInside.delete(member)
  }

  return {
    lanes,
    devices: lanes.flatMap((lane) => [
      lane.reader.firmware,
      lane.approach.firmware,
      lane.safety.firmware,
      lane.barrier.firmware,
      lane.display.firmware,
    ]),
    start() {
      if (isOpen) return
      isOpen = true
      for (const queue of queues) queue.arriveLater()
    },
    close() {
      isOpen = false
      for (const queue of queues) queue.leave()
    },
    isQuiet: () => queues.every((queue) => queue.isQuiet()),
    endings: () => ends,
  }
}

const LOOPS = { loop, 'loop-shelly-input': shellyLoop } as const
const BARRIERS = { barrier, 'barrier-shelly-gen2': shellyBarrier, 'barrier-tasmota': tasmotaBarrier } as const

type Visit = {
  readonly vehicle: string
  /** Who holds a pass. */
  readonly member: string | undefined
  readonly tailgates: boolean
  readonly wallet: Wallet
}

function firstCode(paying: Paying, isByPass: boolean, isByOverride: boolean): () => Shown {
  const { random, wallet, point, manners } = paying
  if (isByPass) return () => wallet.pass()
  if (isByOverride) {
    const shown = wallet.override(point, 'hàng của chợ')
    return () => shown
  }
  return random.chance(manners.badChance) ? badCode(paying) : goodCode(paying)
}
