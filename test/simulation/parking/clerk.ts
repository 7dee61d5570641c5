import type { CaseId, ChargeId, LaneId, MerchantId, RightId, SessionId } from '../../../core/ids.ts'
import { laneId, placeId, vehicleClass } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { LateEvidence, RightTerms } from '../../../core/parking/events.ts'
import type { Relief } from '../../../core/parking/session.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import type { DeskRequest } from '../../../simulators/parking/desk.ts'
import { wordOf } from '../../../simulators/parking/desk.ts'
import {
  BIKES_IN,
  BIKES_OUT,
  IN_1,
  LOT,
  MERCHANT,
  MONTH_PASS,
  MONTH_PASS_PRICE,
  MOTORBIKE,
  OUT_1,
  RAMP,
  SHOP,
  TARIFF,
  UPPER,
} from '../../../simulators/parking/parking-kit.ts'
import { pause } from '../../../simulators/parking/waiting.ts'
import type { Random } from '../../../simulators/world/random.ts'
import type { Rig } from '../../support/rig.ts'
import type { Excuses } from '../excuses.ts'
import type { DeskInRig } from './desk-in-rig.ts'
import type { TariffShelf } from './tariff-shelf.ts'

export type ClerkOptions = {
  readonly rig: Rig
  readonly desk: DeskInRig
  readonly random: Random
  readonly excuses: Excuses
  isUp(): boolean
  onViolation(what: string): void
  readonly tariffs: TariffShelf
  readonly lanes: readonly LaneId[]
  readonly creditMoveMax: number
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
const TAKE_UP_AGAIN_MS = 10 * MINUTE_MS
const LATE_AGE_MS = 5 * HOUR_MS

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
    if (random.chance(0.008)) return options.tariffs.leaveEmpty(random.between(GAP_LEAST_MS, GAP_MOST_MS))
    if (random.chance(0.03)) return suspendPass()
    if (random.chance(0.03)) return endRight()
    if (random.chance(0.06)) return mistakeClass()
    if (random.chance(0.02)) return emergencyByHand()
    if (random.chance(0.06)) return sellPass()
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
    // By a clock that nobody trusts it is not taken up, and while the box is away nobody hears it: somebody asks again.
    const taken = { kind: 'right-status', right, status: 'active', reason: 'đã đóng tiền' } as const
    while (isOpen) {
      const word = wordOf(await desk.ask(taken))
      if (word === 'noted') window.toMs = timeline.monotonicMs()
      if (word === 'noted' || word === 'right-ended') return
      await pause(timeline, TAKE_UP_AGAIN_MS)
    }
  }

  /** Somebody types the class of another vehicle; whoever lets it out sees what it is. */
  async function mistakeClass(): Promise<void> {
    const all = rows(
      `SELECT id FROM session WHERE status = 'inside' AND vehicle_class = 'car' AND place = 'lot' AND charge IS NULL
        AND NOT EXISTS (SELECT 1 FROM session_credential AS held WHERE held.session = session.id AND held.kind = 'right') ORDER BY id`,
    )
    if (all.length === 0) return
    const session = String(random.pick(all)['id']) as SessionId
    const correction = { kind: 'class', vehicleClass: MOTORBIKE } as const
    await desk.ask({ kind: 'session-corrected', session, correction, reason: 'gõ nhầm' })
  }

  /** Somebody sees smoke, and is wrong. */
  async function emergencyByHand(): Promise<void> {
    const overs = options.lanes.map((id) => excuses.begin({ lane: id }, 'the fire alarm goes'))
    await desk.ask({ kind: 'emergency', device: null, active: true })
    await pause(timeline, random.between(20, 90) * SECOND_MS)
    const calledOff = { kind: 'emergency', device: null, active: false } as const
    // Whoever has called it off makes sure that it is.
    while ((await desk.ask(calledOff)) === undefined) await pause(timeline, MINUTE_MS)
    for (const over of overs) over()
  }

  /** Somebody comes for a pass, or for another month: some pay at once, some in two parts, some think better of it, some are never seen again; and some bring theirs back. */
  async function sellPass(): Promise<void> {
    const [known] = rows("SELECT id FROM assigned_right WHERE id LIKE 'sold-%' AND status = 'active' ORDER BY seq DESC")
    const isRenewed = known !== undefined && random.chance(0.4)
    const right = (isRenewed ? String(known['id']) : `sold-${timeline.monotonicMs()}`) as RightId
    const price = money(MONTH_PASS_PRICE, VND)
    const isPaid = random.chance(0.5)
    const sold = await desk.ask({
      kind: 'pass-sold',
      right,
      sells: isRenewed ? 'renewal' : 'issue',
      offer: { tariff: TARIFF, pass: MONTH_PASS, vehicleClass: vehicleClass('car'), months: 1 },
      holder: '',
      plates: [],
      cash: isPaid ? { tender: 'cash', amount: price } : null,
    })
    if (sold === undefined || !sold.ok || sold.charge === null) return
    const charge = sold.charge as ChargeId
    await pause(timeline, random.between(1, 60) * MINUTE_MS)
    const pay = (amount: number) => desk.ask({ kind: 'cash-taken', charge, tender: 'cash', amount: money(amount, VND) })
    if (isPaid && random.chance(0.3)) {
      const part = { kind: 'refund', charge, amount: money(10_000, VND), reason: 'khách chuyển nhà' } as const
      const answer = await desk.ask(part)
      if (answer?.ok === false && answer.refusal === 'pass-refund-part') await desk.ask({ ...part, confirmed: true })
    }
    if (isPaid) return
    const does = random.pick(['pays', 'pays', 'pays-twice', 'thinks-better', 'is-gone'] as const)
    if (does === 'is-gone') return
    await pay(20_000)
    if (does === 'thinks-better') await desk.ask({ kind: 'pass-sale-cancelled', charge, reason: 'khách đổi ý' })
    else await pay(does === 'pays' ? MONTH_PASS_PRICE - 20_000 : MONTH_PASS_PRICE)
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
    const [paid] = rows(
      "SELECT id, paid FROM charge WHERE status = 'paid' AND session IS NOT NULL ORDER BY seq DESC LIMIT 1",
    )
    const [ended] = rows("SELECT id FROM assigned_right WHERE status = 'ended' LIMIT 1")
    const [open] = rows(
      "SELECT id FROM session WHERE status = 'inside' AND settled_at IS NULL AND mode = 'live' ORDER BY seq DESC LIMIT 1",
    )
    const [settled] = rows(
      `SELECT id FROM session WHERE status = 'inside' AND settled_at IS NOT NULL AND mode = 'live' AND NOT EXISTS
        (SELECT 1 FROM assigned_right WHERE assigned_right.session = session.id) ORDER BY seq DESC LIMIT 1`,
    )
    const [pass] = rows("SELECT id FROM assigned_right WHERE kind = 'pass' AND status = 'active' ORDER BY id LIMIT 1")
    const [credit] = rows("SELECT reference, amount FROM bank_credit WHERE status = 'booked' ORDER BY at DESC LIMIT 1")
    const [large] = rows(
      `SELECT reference FROM bank_credit WHERE status = 'booked' AND amount > ${options.creditMoveMax} ORDER BY at DESC LIMIT 1`,
    )
    const [returned] = rows("SELECT reference FROM bank_credit WHERE status = 'returned' ORDER BY at DESC LIMIT 1")
    const [unmatched] = rows(
      `SELECT bank_credit."case" AS id FROM bank_credit JOIN staff_case ON staff_case.id = bank_credit."case"
        WHERE bank_credit.status = 'unmatched' AND staff_case.status = 'open' LIMIT 1`,
    )
    const car = vehicleClass('car')
    const reason = 'thử'
    const moved = (reference: unknown): DeskRequest => ({
      kind: 'credit-moved',
      reference: String(reference),
      charge: String(paid?.['id'] ?? 'box-1:1:999999:g0') as ChargeId,
      reason,
    })
    const validation = (of: Record<string, unknown> | undefined, merchant: MerchantId, relief: Relief) => {
      if (of === undefined) return undefined
      const session = String(of['id']) as SessionId
      const id = `clerk-validation-${timeline.monotonicMs()}` as RightId
      const right = rightOf({ id, kind: 'validation', session, relief })
      return { kind: 'right-put', right, plates: [], isNew: true, merchant } as const
    }
    const late = (over: Partial<LateEvidence>, ageMs = 0): DeskRequest => ({
      kind: 'late-evidence',
      lane: OUT_1,
      what: 'let-out',
      saidAt: instant(timeline.now() - ageMs),
      handedInAt: timeline.now(),
      ticket: null,
      plate: '30A-000.00',
      vehicleClass: null,
      cash: null,
      reason,
      ...over,
    })
    return [
      ['stay-not-found', { kind: 'session-quoted', session: nobody }],
      // Who has left and owes is asked for that.
      ['stay-over or amount-asked', over && { kind: 'session-quoted', session: String(over['id']) as SessionId }],
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
      // Another may have given back a part of what it takes.
      [
        'refund-of-price or refund-too-high or refunded',
        paid && { kind: 'refund', charge: String(paid['id']) as ChargeId, amount: money(10_000, VND), reason },
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
      // A rider who stands there has their ticket: they press once more.
      ['class-not-here or already-accepted', { kind: 'ticket-asked', lane: BIKES_IN, vehicleClass: car }],
      ['reason-missing', { kind: 'leave-on-debt', lane: OUT_1, reason: '' }],
      ['reason-missing', { kind: 'session-chosen', lane: OUT_1, session: nobody, reason: '' }],
      ['stay-not-found', { kind: 'session-chosen', lane: BIKES_OUT, session: nobody, reason }],
      ['reason-missing', { kind: 'open-by-hand', lane: IN_1, reason: '' }],
      [
        'right-exists',
        pass && { kind: 'right-put', right: rightOf({ id: String(pass['id']) as RightId }), plates: [], isNew: true },
      ],
      ['validation-not-allowed or stay-over', validation(open, MERCHANT, { kind: 'amount', amount })],
      ['over-validation-limit or validation-given or stay-over', validation(open, SHOP, { kind: 'covers' })],
      // Its vehicle may have gone while that is asked.
      ['stay-paid or stay-over', validation(settled, SHOP, { kind: 'amount', amount })],
      ['credit-unknown', moved('FT-NOBODY')],
      ['credit-not-movable', returned && moved(returned['reference'])],
      ['credit-over-cap', large && moved(large['reference'])],
      [
        'credit-known',
        credit && {
          kind: 'credit-by-text',
          reference: String(credit['reference']),
          amount: money(Number(credit['amount']), VND),
          text: 'gui xe',
          toldAt: null,
        },
      ],
      ['credit-waits', unmatched && { kind: 'case-ended', case: String(unmatched['id']) as CaseId, reason }],
      ['evidence-not-here', late({ lane: RAMP })],
      ['evidence-names-nothing', late({ plate: null })],
      ['evidence-from-future', late({}, -HOUR_MS)],
      ['evidence-too-old', late({}, LATE_AGE_MS)],
      ['plate-unreadable', late({ plate: '?' })],
      ['lane-unknown', late({ lane: laneId('nowhere') })],
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
