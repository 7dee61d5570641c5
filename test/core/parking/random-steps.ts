import fc from 'fast-check'
import type { EventBody } from '../../../core/events.ts'
import type { LaneId, RightId } from '../../../core/ids.ts'
import { deviceId, merchantId } from '../../../core/ids.ts'
import { DAY_MS, instant, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { ALWAYS, NOON, overrideToken, passToken, payToken, SITE, STEPPED, SYNCED, vnd } from '../kit.ts'
import type { Park } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_IN, CAR_OUT, DOWN, GATE, RAMP, UP } from './park.ts'
import { BIKE, CAR, LEVEL, LOT } from './tariff-kit.ts'

export const LANES = [CAR_IN, CAR_OUT, RAMP, UP, DOWN, GATE, BIKE_IN, BIKE_OUT]
export const COUNTED = [
  { place: LOT, vehicleClass: CAR },
  { place: LOT, vehicleClass: BIKE },
  { place: LEVEL, vehicleClass: CAR },
]
export const GIVES = {
  merchant: merchantId('bakery'),
  minutesMax: 0,
  amountMax: 0,
  basisPointsMax: 5_000,
  dayMax: 50,
}
export const PLATES = ['30A-123.45', '30A-123.46', '29B1-678.90', '3OA-I23.45', '51G-000.11']

export type Step = {
  readonly what: (typeof WHAT)[number] | (typeof HANDED_IN)[number] | (typeof BY_BANK)[number]
  readonly lane: LaneId
  readonly pick: number
  readonly size: number
}
export const WHAT = [
  'come-in',
  'come-in',
  'come-in',
  'go-out',
  'go-out',
  'go-out',
  'arrive',
  'arrive',
  'see',
  'see',
  'see',
  'ticket',
  'show-ticket',
  'show-ticket',
  'pay',
  'pay',
  'pass',
  'override',
  'choose',
  'owe',
  'drive',
  'drive',
  'drive',
  'drive',
  'reverse',
  'hand',
  'wait',
  'wait',
  'wait',
  'due',
  'quote',
  'cash',
  'credit',
  'refund',
  'close',
  'class',
  'plate',
  'reset',
  'count',
  'right',
  'validate',
  'suspend',
  'emergency',
  'calm',
  'flicker',
  'nose',
  'nose',
  'arm',
  'arm',
  'clock',
  'end-case',
] as const
export const HANDED_IN = ['late-in', 'late-in', 'late-out', 'late-out', 'late-out', 'late-out'] as const

export const BY_BANK = ['transfer', 'transfer', 'move', 'move', 'move', 'stall'] as const

export const stepsOf = (what: readonly Step['what'][]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      what: fc.constantFrom(...what),
      lane: fc.constantFrom(...LANES),
      pick: fc.nat(40),
      size: fc.nat(1_000),
    }),
    { minLength: 1, maxLength: 160, size: 'max' },
  )

export const someSite = fc.record({
  antiPassback: fc.constantFrom('hard', 'soft', 'off'),
  unpaid: fc.constantFrom('wait', 'call-staff', 'leave-on-debt', 'open'),
  isPriced: fc.boolean(),
})

export const pickOf = <Item>(items: readonly Item[], pick: number): Item | undefined =>
  items[pick % Math.max(1, items.length)]

/** Does a step where it can be done. */
export function doStep(p: Park, { what, lane, pick, size }: Step, index: number): unknown {
  const sessions = p.sessions()
  const session = pickOf(sessions, pick)
  const charge = pickOf(p.charges(), pick)?.charge.id
  const plate = pickOf(PLATES, pick) ?? ''
  const take = (body: EventBody | null) => body !== null && p.take(body)
  switch (what) {
    case 'arrive':
      return p.arrive(lane)
    case 'see':
      return p.see(lane, plate, 700 + (size % 300), `${index}.jpg`, SAID[pick % SAID.length])
    case 'ticket':
      return p.ticket(lane)
    case 'show-ticket':
      return session !== undefined && p.show(lane, p.ticketOf(session.id))
    case 'pay':
      return p.show(lane, payToken(`pay-${index}`, { sub: `payer-${pick % 3}`, amt: vnd(size * 1_000), exp: later(p) }))
    case 'pass':
      return p.show(lane, passToken(`pass-${pick % 2}`, { vehicleClass: CAR, exp: later(p) }))
    case 'override':
      return p.show(
        lane,
        overrideToken(`over-${index}`, { iat: p.now().at, nbf: p.now().at, exp: instant(p.now().at + 30 * MINUTE_MS) }),
      )
    case 'choose':
      return session !== undefined && p.choose(lane, session.id)
    case 'owe':
      return p.take({ kind: 'leave-on-debt', lane, reason: 'no money' })
    case 'drive':
      return p.drive(lane)
    case 'come-in': {
      p.arrive(lane)
      if (size % 3 === 0) p.ticket(lane)
      else p.seeIn(lane, plate)
      return p.drive(lane)
    }
    case 'go-out': {
      p.wait(10 * SECOND_MS)
      p.arrive(lane)
      const inside = pickOf(p.open(), pick)
      if (inside === undefined) return
      if (size % 3 === 0) p.choose(lane, inside.id)
      else p.show(lane, p.ticketOf(inside.id))
      if (size % 5 > 0)
        p.show(lane, payToken(`out-${index}`, { iat: p.now().at, nbf: p.now().at, amt: vnd(900_000), exp: later(p) }))
      else p.take({ kind: 'leave-on-debt', lane, reason: 'no money' })
      return size % 7 > 0 && p.drive(lane)
    }
    case 'reverse':
      return p.reverse(lane)
    case 'flicker':
      return p.loop(lane, 'safety', size % 2 === 0)
    case 'nose': {
      // Under the arm and off that loop again, while somebody stands on the one before it: the same that rolls back, or the next.
      p.take({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state: 'open', late: false })
      p.loop(lane, 'safety', true)
      p.wait(2 * SECOND_MS)
      p.loop(lane, 'safety', false)
      p.wait(SECOND_MS)
      return p.due('close-due')
    }
    case 'arm': {
      // What a lane that stays up hears and is told: an arm by itself, and the word to come down once more.
      const state = (['open', 'moving', 'closed'] as const)[size % 3] ?? 'open'
      return pick % 2 === 0
        ? p.take({ kind: 'fail-safe-over', lane })
        : p.take({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state, late: false })
    }
    case 'hand':
      return p.take({ kind: 'open-by-hand', lane, reason: 'stuck' })
    case 'wait':
      return p.wait(size * SECOND_MS * (pick % 2 === 0 ? 1 : 30))
    case 'due':
      return p.due()
    case 'clock':
      if (size % 2 === 0) p.setTrust(pick % 4 === 0 ? STEPPED : SYNCED)
      return size % 50 === 1 && p.wait(-DAY_MS)
    case 'quote':
      return session !== undefined && take({ kind: 'session-quoted', session: session.id })
    case 'cash':
      return charge !== undefined && take({ kind: 'cash-taken', charge, tender: 'cash', amount: vnd(size * 100) })
    case 'credit':
      return (
        charge !== undefined &&
        take({ kind: 'credit-by-charge', charge, amount: vnd(size * 100), reference: `${index}` })
      )
    case 'refund':
      return (
        charge !== undefined &&
        take({ kind: 'refund', charge, amount: vnd(size * 50), reason: 'wrong amount', confirmed: true })
      )
    case 'close':
      return (
        session !== undefined &&
        take({ kind: 'session-corrected', session: session.id, correction: { kind: 'close' }, reason: 'towed' })
      )
    case 'class':
      return (
        session !== undefined &&
        take({
          kind: 'session-corrected',
          session: session.id,
          correction: { kind: 'class', vehicleClass: BIKE },
          reason: 'seen',
        })
      )
    case 'plate':
      return (
        session !== undefined &&
        take({ kind: 'session-corrected', session: session.id, correction: { kind: 'plate', plate }, reason: 'read' })
      )
    case 'reset':
      return (
        session !== undefined &&
        take({
          kind: 'session-corrected',
          session: session.id,
          correction: { kind: 'passback-reset' },
          reason: 'missed',
        })
      )
    case 'count':
      return take({
        kind: 'occupancy-corrected',
        ...COUNTED[pick % COUNTED.length],
        count: size % 5,
        reason: 'counted',
      } as EventBody)
    case 'right':
      return take(rightPut(`pass-${pick % 2}`, [plate], null))
    case 'validate':
      return session !== undefined && take(rightPut(`shop-${index}`, [], session.id))
    case 'suspend':
      return take({
        kind: 'right-status',
        right: `pass-${pick % 2}` as RightId,
        status: size % 2 === 0 ? 'suspended' : 'active',
        reason: 'unpaid',
      })
    case 'emergency':
      return take({ kind: 'emergency', device: deviceId('fire-1'), active: true })
    case 'calm':
      return take({ kind: 'emergency', device: null, active: false })
    case 'late-in':
    case 'late-out': {
      const ageMs = (size % 200) * MINUTE_MS
      const { at } = p.now()
      const isNamed = session !== undefined && pick % 2 === 0
      return p.take(
        {
          kind: 'late-evidence',
          lane,
          what: what === 'late-in' ? 'let-in' : 'let-out',
          saidAt: instant(at - ageMs),
          handedInAt: at,
          ticket: isNamed ? p.ticketOf(session.id) : null,
          plate: isNamed && size % 3 === 0 ? null : plate,
          vehicleClass: null,
          cash: what === 'late-in' || size % 4 === 0 ? null : { tender: 'cash', amount: vnd((size + 1) * 100) },
          reason: 'no power',
        },
        ageMs,
      )
    }
    case 'transfer': {
      const named = charge === undefined || size % 4 === 0 ? null : transferReference(charge, SITE)
      const text = named ?? 'gui xe'
      return p.take({ kind: 'credit-by-text', reference: `${index}`, amount: vnd(size * 100), text, toldAt: null })
    }
    case 'move': {
      const reference = pickOf([...p.credits.keys()], pick)
      if (reference === undefined) return
      const to = size % 9 === 0 ? null : (pickOf(p.charges(), size)?.charge.id ?? null)
      return take({ kind: 'credit-moved', reference, charge: to, reason: 'asked the payer' })
    }
    case 'stall': {
      if (session === undefined) return
      const { right, ...rest } = rightPut(`stall-${index}`, [], session.id)
      const relief = { kind: 'share', basisPoints: 5_000 } as const
      return take({ ...rest, right: { ...right, relief }, isNew: true, merchant: GIVES.merchant })
    }
    case 'end-case': {
      const known = pickOf(p.casesNow(), pick)
      return known !== undefined && take({ kind: 'case-ended', case: known.id, reason: 'looked at' })
    }
  }
}

/** What a camera says besides the plate. */
const SAID: readonly Parameters<Park['seeIn']>[2][] = [
  {},
  { direction: 'forward', vehicle: 'car' },
  { direction: 'reverse', vehicle: 'motorbike' },
  { corrects: true },
]

const later = (p: Park) => instant(p.now().at + 60 * MINUTE_MS)

function rightPut(
  id: string,
  plates: readonly string[],
  session: ReturnType<Park['sessions']>[number]['id'] | null,
): Extract<EventBody, { kind: 'right-put' }> {
  return {
    kind: 'right-put',
    plates,
    right: {
      id: id as RightId,
      kind: session === null ? 'pass' : 'validation',
      status: 'active',
      holder: 'tenant',
      places: [],
      vehicleClasses: [],
      spaces: 1,
      validFrom: NOON,
      validUntil: instant(NOON + 30 * DAY_MS),
      hours: [ALWAYS],
      session,
      relief: session === null ? { kind: 'covers' } : { kind: 'amount', amount: vnd(20_000) },
    },
  }
}
