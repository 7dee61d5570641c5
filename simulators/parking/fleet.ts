import type { RightId, SiteId, VehicleClass } from '../../core/ids.ts'
import { DAY_MS, later } from '../../core/time.ts'
import { tokenPolicy } from '../../core/token-policy.ts'
import type { SimulatedIssuers } from '../wallet/issuers.ts'
import { signed } from '../wallet/signing.ts'
import type { Shown } from '../wallet/wallet.ts'
import type { Random } from '../world/random.ts'
import type { Timeline } from '../world/timeline.ts'
import type { DeskRequest } from './desk.ts'
import { CAR, MOTORBIKE, VAN } from './parking-kit.ts'

/** A vehicle of the town, which comes again and again, always by the same way. */
export type Vehicle = {
  readonly name: string
  readonly plate: string | null
  readonly vehicleClass: VehicleClass
  readonly way: 'ticket' | 'plate' | 'pass-code' | 'pass-plate' | 'token'
  /** The right under which it parks; two vehicles may share one. */
  readonly pass: Pass | null
}

export type Pass = {
  readonly id: string
  readonly vehicleClass: VehicleClass
  readonly plates: readonly string[]
  readonly isShared: boolean
}

/** A pass is for every hour, and is issued anew long before it ends. */
const PASS_LASTS_DAYS = 200
const EVERY_HOUR = { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 24 * 60 }

/** So many vehicles, a few of which hold passes, of which some are for two vehicles and one space. */
export function fleet(random: Random, size: number): readonly Vehicle[] {
  const plates = new Set<string>()
  const vehicles: Vehicle[] = []
  while (vehicles.length < size) {
    const dice = random.fork(`vehicle/${vehicles.length}`)
    const vehicleClass = { car: CAR, van: VAN, motorbike: MOTORBIKE }[
      dice.weighted({ car: 60, van: 10, motorbike: 30 })
    ]
    const way = dice.weighted(WAYS[vehicleClass === MOTORBIKE ? 'motorbike' : vehicleClass === VAN ? 'van' : 'car'])
    const plate = dice.chance(way === 'ticket' || way === 'token' ? 0.05 : 0)
      ? null
      : newPlate(vehicleClass, dice, plates)
    const name = `vehicle-${vehicles.length + 1}`
    if (way !== 'pass-code' && way !== 'pass-plate') {
      vehicles.push({ name, plate, vehicleClass, way, pass: null })
      continue
    }
    const other = way === 'pass-plate' && dice.chance(0.4) ? newPlate(vehicleClass, dice, plates) : null
    const pass: Pass = {
      id: `pass-${name}`,
      vehicleClass,
      plates: [plate, other].filter((each) => each !== null),
      isShared: other !== null,
    }
    vehicles.push({ name, plate, vehicleClass, way, pass })
    if (other !== null) vehicles.push({ name: `${name}-b`, plate: other, vehicleClass, way, pass })
  }
  return vehicles
}

export function passRequest({ id, vehicleClass, plates }: Pass, timeline: Timeline): DeskRequest {
  const { days, from, to } = EVERY_HOUR
  return {
    kind: 'right-put',
    right: {
      id: id as RightId,
      kind: 'pass',
      status: 'active',
      holder: '',
      places: [],
      vehicleClasses: [vehicleClass],
      spaces: 1,
      validFrom: later(timeline.now(), -DAY_MS),
      validUntil: later(timeline.now(), PASS_LASTS_DAYS * DAY_MS),
      hours: [{ weekdays: days, fromMinute: from, toMinute: to }],
      session: null,
      relief: { kind: 'covers' },
    },
    plates,
  }
}

/** The pass as a code on a phone: the same right as its plates. */
export function passCode(
  { id, vehicleClass }: Pass,
  site: SiteId,
  issuers: SimulatedIssuers,
  timeline: Timeline,
): Shown {
  const { operator } = issuers
  const seconds = Math.floor(timeline.now() / 1_000)
  const claims = {
    iss: operator.iss,
    sub: id,
    aud: `urn:tolbooth:${site}`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + (PASS_LASTS_DAYS * DAY_MS) / 1_000,
    jti: id,
    class: vehicleClass,
    lanes: [],
    hours: [EVERY_HOUR],
  }
  const { current } = operator
  const text = signed(current, { alg: current.alg, typ: tokenPolicy.pass.typ, kid: current.kid }, claims)
  return { text, what: 'pass', expected: null, agreement: null }
}

/** A ticket as its driver holds it up. Nothing in it binds anybody to pay. */
export function ticketCode(text: string): Shown {
  return { text, what: 'ticket', expected: null, agreement: null }
}

/** The stay that a ticket names; anybody can read that off it. */
export function sessionOfTicket(text: string): string | undefined {
  const claims: unknown = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
  return typeof claims === 'object' && claims !== null && 'session' in claims ? String(claims.session) : undefined
}

/** A camera does not tell a van from a car: who drives one says so at the ticket machine, or holds a pass for it. */
const WAYS = {
  car: { ticket: 35, plate: 30, 'pass-code': 8, 'pass-plate': 12, token: 15 },
  van: { ticket: 75, plate: 0, 'pass-code': 25, 'pass-plate': 0, token: 0 },
  motorbike: { ticket: 45, plate: 0, 'pass-code': 25, 'pass-plate': 0, token: 30 },
} as const

const SERIES = 'ABCDEFGHKLMNPSTUVXYZ'

function newPlate(vehicleClass: VehicleClass, random: Random, taken: Set<string>): string {
  for (;;) {
    const digits = (count: number): string => Array.from({ length: count }, () => random.below(10)).join('')
    const series = `${random.pick(['29', '30', '33'])}${random.pick([...SERIES])}`
    const plate = vehicleClass === MOTORBIKE ? `${series}${random.between(1, 9)}${digits(5)}` : `${series}${digits(5)}`
    if (taken.has(plate)) continue
    taken.add(plate)
    return plate
  }
}
