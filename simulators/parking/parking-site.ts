import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts'
import type { EmergencyInput } from '../devices/emergency-input.ts'
import { emergencyInput } from '../devices/emergency-input.ts'
import type { Firmware } from '../devices/firmware.ts'
import { powerOnInTurn } from '../devices/power-on.ts'
import type { PayersRecord } from '../people/payers-record.ts'
import { payersRecord } from '../people/payers-record.ts'
import type { Population } from '../people/population.ts'
import { population } from '../people/population.ts'
import type { SimulatedIssuers } from '../wallet/issuers.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { Attendant } from './attendant.ts'
import { attendant } from './attendant.ts'
import { bank } from './bank.ts'
import type { Desk, Office } from './desk.ts'
import type { Closing, DriversPage } from './driver-visit.ts'
import { visitCarPark } from './driver-visit.ts'
import type { Pass, Vehicle } from './fleet.ts'
import { fleet, passRequest } from './fleet.ts'
import type { LaneStation } from './lane-station.ts'
import { laneStation } from './lane-station.ts'
import type { ParkingKit } from './parking-kit.ts'
import { CAR, MOTORBIKE } from './parking-kit.ts'
import type { PhoneReads } from './phone.ts'
import { phone } from './phone.ts'
import type { ParkingTempo, StayKind } from './tempo.ts'
import { throwSpan } from './tempo.ts'
import type { DriverKind, VisitsRecord } from './visits-record.ts'
import { visitsRecord } from './visits-record.ts'
import { pause } from './waiting.ts'

export type ParkingSiteOptions = {
  readonly kit: ParkingKit
  readonly issuers: SimulatedIssuers
  readonly desk: Desk
  /** For who goes round by night; `null`: nobody does. */
  readonly office: Office | null
  readonly page: DriversPage | null
  readonly tempo: ParkingTempo
  /** What nobody does here. */
  readonly leftOut: readonly DriverKind[]
  /** Whoever stands inside when it closes goes on until it is out, or leaves the vehicle where it stands. */
  readonly atClose: 'everybody-leaves' | 'vehicles-stay'
  /** Vehicles that come in a day, on average. */
  readonly arrivalsPerDay: number
  /** Vehicles that there are in the town. */
  readonly vehicles: number
  /** A behaviour of ours has thrown. */
  readonly onBroken: (error: unknown) => void
  /** What the attendants' phone tells them while the box is dead; `null`: they have none. */
  readonly phone: PhoneReads | null
}

/** A car park with its devices, those who come to it, and those who work there. */
export type ParkingSite = {
  readonly kit: ParkingKit
  readonly stations: readonly LaneStation[]
  readonly emergency: EmergencyInput
  readonly devices: readonly Firmware[]
  readonly payers: PayersRecord
  readonly population: Population
  readonly record: VisitsRecord
  readonly attendant: Attendant
  powerOn(): void
  open(): void
  /** Nobody new comes. */
  close(): void
  isQuiet(): boolean
  /** So many are inside, in truth. */
  inside(): number
}

/** Of each local hour's arrivals: two peaks by day and one in the evening. */
const DAY_CURVE = [1, 1, 1, 1, 2, 4, 8, 16, 14, 9, 7, 9, 12, 9, 7, 7, 9, 14, 16, 11, 7, 4, 2, 1]
const CURVE_MAX = Math.max(...DAY_CURVE)
const CURVE_SUM = DAY_CURVE.reduce((sum, weight) => sum + weight, 0)
/** Somebody whose camera sees the plate of a vehicle that stands inside. */
const ANOTHERS: readonly DriverKind[] = ['plate-of-another', 'two-in-view']
const HANOI_AHEAD_MS = 7 * HOUR_MS
/** The attendants go round at half past three by night. */
const ROUND_AT_MINUTE = 3 * 60 + 30

export function parkingSite(world: World, options: ParkingSiteOptions): ParkingSite {
  const { kit, issuers, desk, office, tempo, onBroken } = options
  const { timeline } = world
  const random = world.random.fork('parking')
  const town = population(world, { site: kit.layout.site, issuers, people: 1, bankChance: 0 })
  const payers = payersRecord()
  const record = visitsRecord()
  const stations = kit.lanes.map((lane) => laneStation(world, lane))
  const emergency = emergencyInput(world, kit.emergency)
  const vehicles = fleet(random.fork('fleet'), options.vehicles)
  const onTheRoad = new Set<string>()
  const devices = [...stations.flatMap((station) => station.devices), emergency.firmware]
  const closingWatchers = new Set<() => void>()
  let isOpen = false
  let busy = 0

  const closing: Closing | null =
    options.atClose === 'everybody-leaves'
      ? null
      : {
          isClosed: () => !isOpen,
          onClosed(watcher) {
            closingWatchers.add(watcher)
            return () => closingWatchers.delete(watcher)
          },
        }

  const isStill = (): boolean => stations.every((station) => station.isQuiet())
  const staffPhone = options.phone === null ? null : phone(world, random.fork('phone'), desk, options.phone)
  const staff = attendant({
    world,
    random: random.fork('attendant'),
    desk,
    overrides: town.member('supervisor-phone'),
    lanes: kit.lanes,
    tempo,
    phone: staffPhone,
    visits: () => record.visits(),
    isStill,
  })

  const theBank = bank({ world, random: random.fork('bank'), desk, tempo, visits: () => record.visits() })

  function run(what: Promise<void>): void {
    busy += 1
    what.then(
      () => {
        busy -= 1
      },
      (error: unknown) => {
        busy -= 1
        onBroken(error)
      },
    )
  }

  /** Where there are rush hours, arrivals as often as in the busiest hour, of which as many are let fall as the hour is quieter. */
  function arriveLater(): void {
    const perHourAtPeak = (options.arrivalsPerDay * CURVE_MAX) / CURVE_SUM
    const meanMs = tempo.hasRushHours ? HOUR_MS / perHourAtPeak : DAY_MS / options.arrivalsPerDay
    timeline.after(random.waitMs(meanMs), () => {
      if (!isOpen) return
      if (!tempo.hasRushHours || random.chance((DAY_CURVE[localHour()] ?? 1) / CURVE_MAX)) arrive()
      arriveLater()
    })
  }

  function localHour(): number {
    return Math.floor(((timeline.now() + HANOI_AHEAD_MS) % DAY_MS) / HOUR_MS)
  }

  function arrive(): void {
    const free = vehicles.filter(({ name }) => !onTheRoad.has(name))
    if (free.length === 0) return
    const vehicle = random.pick(free)
    const number = record.visits().length + 1
    const dice = random.fork(`visit/${number}`)
    const visit = record.begin({
      vehicle: vehicle.name,
      pass: vehicle.pass,
      plate: vehicle.plate,
      vehicleClass: vehicle.vehicleClass,
      kinds: kindsOf(vehicle, dice, isSharedTaken(vehicle)).filter((kind) => !options.leftOut.includes(kind)),
      comesAtMs: timeline.monotonicMs(),
    })
    onTheRoad.add(vehicle.name)
    const standing = record.visits().filter(({ place, plate }) => place !== null && plate !== null)
    const bearsPlateOf =
      standing.length === 0 || !ANOTHERS.some((kind) => visit.kinds.includes(kind)) ? null : dice.pick(standing)
    run(
      visitCarPark({
        world,
        random: dice,
        desk,
        attendant: staff,
        bank: theBank,
        payers,
        issuers,
        stations,
        vehicle,
        wallet: town.member(vehicle.name),
        visit,
        otherPlate: bearsPlateOf?.plate ?? null,
        onOtherPlate() {
          // Whoever it is: what is done under that plate now is not that driver's doing.
          for (const other of record.visits()) {
            if (other.plate === bearsPlateOf?.plate && other.ending === 'under-way') other.isMisread = true
          }
        },
        stayMs: stayMsOf(tempo, dice),
        tempo,
        page: options.page,
        closing,
      }).then(() => {
        onTheRoad.delete(vehicle.name)
      }),
    )
  }

  function isSharedTaken({ pass, name }: Vehicle): boolean {
    return (
      pass?.isShared === true &&
      vehicles.some((other) => other.pass === pass && other.name !== name && onTheRoad.has(other.name))
    )
  }

  async function issuePasses(): Promise<void> {
    const passes = new Set(vehicles.flatMap(({ pass }): Pass[] => (pass === null ? [] : [pass])))
    for (const pass of passes) await desk.ask(passRequest(pass, timeline))
  }

  async function rounds(by: Office): Promise<void> {
    while (isOpen) {
      const minuteNow = Math.floor(((timeline.now() + HANOI_AHEAD_MS) % DAY_MS) / MINUTE_MS)
      const waitMinutes = (ROUND_AT_MINUTE - minuteNow + 1_440) % 1_440 || 1_440
      await pause(timeline, waitMinutes * MINUTE_MS)
      if (isOpen) await staff.goRound(by)
    }
  }

  return {
    kit,
    stations,
    emergency,
    devices,
    payers,
    population: town,
    record,
    attendant: staff,
    powerOn: () => powerOnInTurn(timeline, devices),
    open() {
      if (isOpen) return
      isOpen = true
      run(issuePasses())
      if (office !== null) void rounds(office).catch(onBroken)
      arriveLater()
    },
    close() {
      isOpen = false
      if (closing === null) return
      for (const station of stations) station.sendQueueAway()
      for (const watcher of [...closingWatchers]) watcher()
    },
    isQuiet: () =>
      (staffPhone?.isHandedIn() ?? true) &&
      busy === 0 &&
      isStill() &&
      devices.every((device) => device.outboxSize() === 0),
    inside: () => record.visits().filter(({ place }) => place !== null).length,
  }
}

/** Many for an errand, some for a working day, a few overnight. */
function stayMsOf({ stays }: ParkingTempo, random: Random): number {
  const { moment, errand, meal, work, night } = stays
  const weights: Record<StayKind, number> = {
    moment: moment.weight,
    errand: errand.weight,
    meal: meal.weight,
    work: work.weight,
    night: night.weight,
  }
  return throwSpan(stays[random.weighted(weights)], random)
}

function kindsOf(vehicle: Vehicle, random: Random, isSecond: boolean): readonly DriverKind[] {
  const kinds: DriverKind[] = [`by-${vehicle.way}`]
  const perhaps = (kind: DriverKind, chance: number): boolean => {
    if (!random.chance(chance)) return false
    kinds.push(kind)
    return true
  }
  const hasPass = vehicle.pass !== null
  if (isSecond) kinds.push('pass-second-car')
  if (vehicle.way === 'ticket') {
    perhaps('loses-ticket', 0.06)
    perhaps('shows-ticket-at-entry', 0.03)
  }
  if (vehicle.vehicleClass !== MOTORBIKE) {
    if (!perhaps('tailgates-in', 0.02)) perhaps('closes-up-in', 0.04)
    if (!perhaps('tailgates-out', 0.02)) perhaps('closes-up-out', 0.04)
    // Where there is no arm, whoever was let through is through: nobody sees that one turn round.
    perhaps('turns-back-in', 0.02)
    perhaps('turns-back-out', 0.03)
  }
  if (vehicle.plate !== null) {
    if (!perhaps('dirty-plate', 0.08) && !perhaps('no-plate-read', 0.04)) perhaps('confusable-plate', 0.04)
    perhaps('two-in-view', 0.01)
    // A neighbour's vehicle before the camera, and nothing in the hands that says otherwise.
    perhaps('plate-of-another', kinds.includes('loses-ticket') ? 0.1 : 0.015)
  }
  if (vehicle.vehicleClass === CAR) perhaps('goes-up', 0.15)
  if (!hasPass || isSecond) {
    if (perhaps(random.chance(0.5) ? 'pays-before' : 'pays-before-by-bank', 0.25)) perhaps('pays-and-stays', 0.25)
    const pays = random.weighted({
      'pays-by-token': 40,
      'pays-cash': 26,
      'pays-by-bank': 14,
      'pays-by-two-tenders': 14,
      'no-money': 6,
    } as const)
    kinds.push(pays)
    if (pays === 'no-money') perhaps('pays-debt-later', 0.5)
    if (pays === 'no-money') perhaps('calls-nobody', 0.6)
    perhaps('overpays', 0.08)
    perhaps('validated', 0.1)
    perhaps('shows-bad-code', 0.08)
  }
  return kinds
}
