import type { CaseId, ChargeId, RightId, SessionId } from '../../../core/ids.ts'
import { laneId, placeId, vehicleClass } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { RightTerms } from '../../../core/parking/events.ts'
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import type { Desk, DeskRequest } from '../../../simulators/parking/desk.ts'
import { wordOf } from '../../../simulators/parking/desk.ts'
import { BIKES_IN, BIKES_OUT, IN_1, LOT, OUT_1, UPPER } from '../../../simulators/parking/parking-kit.ts'
import { pause } from '../../../simulators/parking/waiting.ts'
import type { Random } from '../../../simulators/world/random.ts'
import type { Rig } from '../../support/rig.ts'
import type { Excuses } from '../excuses.ts'
import type { TariffShelf } from './tariff-shelf.ts'

export type ClerkOptions = {
  readonly rig: Rig
  readonly desk: Desk
  readonly random: Random
  readonly excuses: Excuses
  isUp(): boolean
  onViolation(what: string): void
  readonly tariffs: TariffShelf
}

/** Somebody in the office who does things wrongly, and looks whether each is refused by its name; and now and then something of weight. */
export type Clerk = {
  start(): void
  stop(): void
  isQuiet(): boolean
  /** Whether a pass was suspended at any time between. */
  isSuspended(pass: string, fromMs: number, toMs: number): boolean
}

const EVERY_MS = 40 * MINUTE_MS
const GAP_LEAST_MS = 20 * MINUTE_MS
const GAP_MOST_MS = 90 * MINUTE_MS
const SUSPENDED_MS = 2 * HOUR_MS

export function clerk(options: ClerkOptions): Clerk {
  const { rig, desk, random, excuses, onViolation } = options
  const { timeline } = rig
  let isOpen = false
  let isBusy = false
  const suspended: { readonly pass: string; readonly fromMs: number; toMs: number }[] = []

  function next(): void {
    timeline.after(random.waitMs(EVERY_MS), () => {
      if (!isOpen) return
      if (!isBusy) {
        isBusy = true
        doOne().then(
          () => {
            isBusy = false
          },
          (error: unknown) => {
            isBusy = false
            onViolation(`the clerk broke off: ${error instanceof Error ? error.stack : String(error)}`)
          },
        )
      }
      next()
    })
  }

  async function doOne(): Promise<void> {
    // The tariffs end, and nobody has thought of it.
    if (random.chance(0.02)) return options.tariffs.leaveEmpty(random.between(GAP_LEAST_MS, GAP_MOST_MS))
    if (random.chance(0.03)) return suspendPass()
    if (random.chance(0.03)) return endRight()
    const [expected, request] = random.pick(wrongly())
    if (request === undefined) return
    const beganMs = timeline.monotonicMs()
    const word = wordOf(await desk.ask(request))
    if (expected.split(' or ').includes(word) || word === 'silence' || excuses.since(beganMs) !== undefined) return
    onViolation(`${request.kind} was to be answered with ${expected}, and was with ${word}`)
  }

  async function suspendPass(): Promise<void> {
    const all = rows("SELECT id FROM assigned_right WHERE kind = 'pass' AND status = 'active' ORDER BY id")
    if (all.length === 0) return
    const right = String(random.pick(all)['id']) as RightId
    const window = { pass: right, fromMs: timeline.monotonicMs(), toMs: Number.POSITIVE_INFINITY }
    suspended.push(window)
    await desk.ask({ kind: 'right-status', right, status: 'suspended', reason: 'chưa đóng tiền' })
    await pause(timeline, SUSPENDED_MS)
    await desk.ask({ kind: 'right-status', right, status: 'active', reason: 'đã đóng tiền' })
    window.toMs = timeline.monotonicMs()
  }

  /** A right that is over cannot be taken up again. */
  async function endRight(): Promise<void> {
    const right = rightOf({ id: `clerk-right-${timeline.monotonicMs()}` as RightId })
    await desk.ask({ kind: 'right-put', right, plates: [] })
    await desk.ask({ kind: 'right-status', right: right.id, status: 'ended', reason: 'thử' })
  }

  function rows(sql: string): readonly Record<string, unknown>[] {
    return options.isUp() ? rig.query(sql) : []
  }

  function wrongly(): readonly (readonly [string, DeskRequest | undefined])[] {
    const amount = money(5_000, VND)
    const nobody = 'box-1:1:999999:s0' as SessionId
    const [over] = rows("SELECT id FROM session WHERE status = 'left' ORDER BY seq DESC LIMIT 1")
    const [paid] = rows("SELECT id, paid FROM charge WHERE status = 'paid' ORDER BY seq DESC LIMIT 1")
    const [ended] = rows("SELECT id FROM assigned_right WHERE status = 'ended' LIMIT 1")
    const car = vehicleClass('car')
    const reason = 'thử'
    return [
      ['stay-not-found', { kind: 'session-quoted', session: nobody }],
      ['stay-over', over && { kind: 'session-quoted', session: String(over['id']) as SessionId }],
      [
        'stay-over',
        over && {
          kind: 'session-corrected',
          session: String(over['id']) as SessionId,
          correction: { kind: 'close' },
          reason,
        },
      ],
      ['charge-unknown', { kind: 'cash-taken', charge: 'box-1:1:999999:g0' as ChargeId, tender: 'cash', amount }],
      [
        'amount-zero',
        paid && {
          kind: 'cash-taken',
          charge: String(paid['id']) as ChargeId,
          tender: 'cash',
          amount: money(0, VND),
        },
      ],
      [
        'cash-unlikely',
        paid && {
          kind: 'cash-taken',
          charge: String(paid['id']) as ChargeId,
          tender: 'cash',
          amount: money(2_000_000, VND),
        },
      ],
      [
        'cash-too-high',
        paid && {
          kind: 'cash-taken',
          charge: String(paid['id']) as ChargeId,
          tender: 'cash',
          amount: money(9_000_000, VND),
          confirmed: true,
        },
      ],
      [
        'refund-too-high',
        paid && { kind: 'refund', charge: String(paid['id']) as ChargeId, amount: money(9_000_000, VND), reason },
      ],
      ['reason-missing', paid && { kind: 'refund', charge: String(paid['id']) as ChargeId, amount, reason: ' ' }],
      ['place-unknown', { kind: 'occupancy-corrected', place: placeId('roof'), vehicleClass: car, count: 1, reason }],
      [
        'place-unknown',
        { kind: 'occupancy-corrected', place: UPPER, vehicleClass: vehicleClass('van'), count: 1, reason },
      ],
      ['amount-invalid', { kind: 'occupancy-corrected', place: LOT, vehicleClass: car, count: -1, reason }],
      ['reason-missing', { kind: 'occupancy-corrected', place: LOT, vehicleClass: car, count: 1, reason: '' }],
      ['right-unknown', { kind: 'right-status', right: 'nobody' as RightId, status: 'suspended', reason }],
      ['right-invalid', { kind: 'right-put', right: rightOf({ spaces: 0 }), plates: [] }],
      ['right-invalid', { kind: 'right-put', right: rightOf({ places: [placeId('roof')] }), plates: [] }],
      ['plate-unreadable', { kind: 'right-put', right: rightOf({}), plates: ['?'] }],
      [
        'right-ended',
        ended === undefined
          ? undefined
          : { kind: 'right-status', right: String(ended['id']) as RightId, status: 'active', reason },
      ],
      ['case-unknown', { kind: 'case-ended', case: 'box-1:1:999999:k0' as CaseId, reason }],
      ['lane-unknown', { kind: 'ticket-asked', lane: laneId('nowhere'), vehicleClass: null }],
      ['entry-not-by-this', { kind: 'ticket-asked', lane: OUT_1, vehicleClass: null }],
      ['class-not-here', { kind: 'ticket-asked', lane: BIKES_IN, vehicleClass: car }],
      ['reason-missing', { kind: 'leave-on-debt', lane: OUT_1, reason: '' }],
      ['reason-missing', { kind: 'session-chosen', lane: OUT_1, session: nobody, reason: '' }],
      ['stay-not-found', { kind: 'session-chosen', lane: BIKES_OUT, session: nobody, reason }],
      ['reason-missing', { kind: 'open-by-hand', lane: IN_1, reason: '' }],
    ]
  }

  function rightOf(over: Partial<RightTerms>): RightTerms {
    const at = timeline.now()
    return {
      id: 'clerk-right' as RightId,
      kind: 'pass',
      status: 'active',
      holder: '',
      places: [],
      vehicleClasses: [],
      spaces: 1,
      validFrom: at,
      validUntil: later(at, DAY_MS),
      hours: [],
      session: null,
      relief: { kind: 'covers' },
      ...over,
    }
  }

  return {
    start() {
      isOpen = true
      next()
    },
    stop() {
      isOpen = false
    },
    isQuiet: () => !isBusy,
    isSuspended: (pass, fromMs, toMs) =>
      suspended.some((each) => each.pass === pass && each.fromMs <= toMs && each.toMs >= fromMs),
  }
}
