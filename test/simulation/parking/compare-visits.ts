import { REACH_LOOP_MS } from '../../../core/lane/presence.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { BOTH_1, isFreeFlow, TARIFF_GRACE_MINUTES } from '../../../simulators/parking/parking-kit.ts'
import type { Crossing, ReliefGiven, VisitRecord } from '../../../simulators/parking/visits-record.ts'
import type { Between, LetOff } from './fair-price.ts'
import { fairPrice } from './fair-price.ts'
import type { BookedCharge, BookedStay, ParkingBooks } from './parking-books.ts'

export type Comparing = {
  readonly visits: readonly VisitRecord[]
  readonly books: ParkingBooks
  /** What was broken at any of a visit's moments; `null` for nothing. */
  brokenFor(visit: VisitRecord): string | null
  /** Whether somebody had taken a pass from its holder at any time between. */
  isSuspended(pass: string, fromMs: number, toMs: number): boolean
  /** The wall clock at a moment of the drivers' time. */
  wallMs(ms: number): number
  /** For how long whoever was let out may still drive, by the site's policy. */
  readonly passageRightMs: number
}

/** Every visit is in one of these: held against the books in all, or excused for a reason. `pricedBothWays`: also that it was not charged too little. */
export type Comparison = {
  readonly compared: number
  readonly pricedBothWays: number
  readonly excused: Readonly<Record<string, number>>
  /** Of those compared: why nobody can say what they had to pay at least. */
  readonly notPricedBelow: Readonly<Record<string, number>>
  readonly found: readonly string[]
}

const SAME_MOMENT_MS = 15 * SECOND_MS
const UNDER_ARM_MS = 2_300
const LET_THROUGH_BEFORE_MS = 40 * SECOND_MS
/** A gateway reckons in whole minutes, and learns of a vehicle a little after it has moved. */
const SLACK_MS = MINUTE_MS + 5 * SECOND_MS

/**
 * The drivers' own record against the books, visit by visit: who came in by the books is out by the same stay, one stay is one visit, nobody is charged for more than the
 * time for which the vehicle stood there, nobody leaves for less, and a pass costs nothing.
 */
export function compareVisits(comparing: Comparing): Comparison {
  const { visits, books, brokenFor } = comparing
  const found: string[] = []
  const excused: Record<string, number> = {}
  const notPricedBelow: Record<string, number> = {}
  const followerOf = followers(visits)
  const matches = matcher(comparing, followerOf)
  const reliefs = Map.groupBy(
    visits.flatMap((visit) => visit.reliefs),
    ({ session }) => session,
  )
  const taken = new Map<string, VisitRecord>()
  const isAstray = astray(visits, matches)
  const isBehindTwo = behindTwo(visits, matches)
  const before = new Map<string, VisitRecord[]>()
  /** Visits whose own stays may be turned round, and so what comes after them. */
  const unsure = new Set<VisitRecord>()
  let compared = 0
  let pricedBothWays = 0
  for (const visit of visits) {
    const earlier = before.get(visit.vehicle) ?? []
    const { came, went } = matches(visit)
    for (const stay of new Set([came, went])) {
      if (stay === undefined) continue
      const other = taken.get(stay.id)
      const isSure = [visit, other].every(
        (each) =>
          each === undefined ||
          (brokenFor(each) === null &&
            each.unseen === null &&
            !each.isMisread &&
            !isBehindTwo(each) &&
            !isAstray(each)),
      )
      if (other !== undefined && other !== visit && isSure)
        found.push(`${stay.id} is the stay of two visits, ${other.id} and ${visit.id}`)
      taken.set(stay.id, visit)
    }
    found.push(...unnoticed(visit, matches(visit), comparing))
    const reason = excuseOf(
      visit,
      earlier.filter((each) => unsure.has(each)),
      comparing,
      matches,
      isAstray,
      isBehindTwo,
      followerOf,
    )
    before.set(visit.vehicle, [...earlier, visit])
    if (reason !== null) {
      unsure.add(visit)
      excused[reason] = (excused[reason] ?? 0) + 1
      continue
    }
    compared += 1
    const who = `${visit.id} of ${visit.vehicle}`
    if (came === undefined) found.push(`${who} came in by ${visit.entered?.lane}, and no stay began then`)
    if (went === undefined) found.push(`${who} went out by ${visit.left?.lane}, and no stay ended then`)
    if (came !== undefined && went !== undefined && came !== went)
      found.push(`${who} came in as ${came.id} and went out as ${went.id}`)
    const stays = [...new Set([came, went])].filter((stay) => stay !== undefined)
    const priced = priceOf(visit, stays, books, comparing, reliefs)
    found.push(...priced.found)
    if (priced.whyNot === null) pricedBothWays += 1
    else notPricedBelow[priced.whyNot] = (notPricedBelow[priced.whyNot] ?? 0) + 1
  }
  return { compared, pricedBothWays, excused, notPricedBelow, found }
}

/**
 * Who stood bumper to bumper behind a vehicle that drove under the arm: what that one shows, or its own driving on, tells the gateway that the one ahead has gone. It does until `untilMs`, when it drove, or turned round: from there on
 * nothing of it tells anything, also where it came again.
 */
type Follower = { readonly visit: VisitRecord; readonly untilMs: number; readonly hasTurnedRound: boolean }

function followers(visits: readonly VisitRecord[]): (crossing: Crossing) => Follower | null {
  const byLane = Map.groupBy(
    visits.flatMap((visit) => visit.closedUp.map((closedUp) => ({ visit, ...closedUp }))),
    ({ lane }) => lane,
  )
  return ({ lane, atMs }) => {
    const behind = byLane.get(lane)?.find((each) => each.atMs >= atMs && each.atMs - atMs <= UNDER_ARM_MS)
    if (behind === undefined) return null
    const { entered, left, moments } = behind.visit
    const there = moments.findLast((moment) => moment.lane === lane && moment.fromMs <= behind.atMs)
    const goneMs = there?.toMs ?? Number.POSITIVE_INFINITY
    const own = [entered, left].find((each) => each?.lane === lane && each.atMs >= behind.atMs && each.atMs <= goneMs)
    return { visit: behind.visit, untilMs: own?.atMs ?? goneMs, hasTurnedRound: own === undefined }
  }
}

type Matched = { readonly came: BookedStay | undefined; readonly went: BookedStay | undefined }

function matcher(
  { books, wallMs }: Comparing,
  followerOf: (crossing: Crossing) => Follower | null,
): (visit: VisitRecord) => Matched {
  const byEntry = Map.groupBy(books.sessions.values(), (stay) => stay.entryLane)
  const byExit = Map.groupBy(books.sessions.values(), (stay) => stay.outLane ?? '')
  return (visit) => {
    const { entered, left } = visit
    if (entered === null || left === null) return { came: undefined, went: undefined }
    // Whom people let through by hand is in the books at the time that they wrote down: whoever stood behind tells nothing of it.
    const tellerOf = (crossing: Crossing): Follower | null => (isByHand(visit, crossing) ? null : followerOf(crossing))
    return {
      came: nearest(byEntry.get(entered.lane) ?? [], (stay) => stay.inAt, entered, visit, wallMs, tellerOf(entered)),
      went: nearest(byExit.get(left.lane) ?? [], (stay) => stay.outAt, left, visit, wallMs, tellerOf(left)),
    }
  }
}

/** Whether what people wrote down of it, just before it drove there, has begun or ended its stay. */
function isByHand({ lates }: VisitRecord, { lane, atMs }: Crossing): boolean {
  return lates.some((note) => {
    const isThen = note.lane === lane && note.atMs <= atMs && atMs - note.atMs <= SAME_MOMENT_MS
    return isThen && (note.answer === 'begun' || note.answer === 'ended')
  })
}

/** Where it drove under an arm behind another with no right of its own, and nobody was told: two cars in one opening are seen as two. */
function unnoticed(visit: VisitRecord, { came, went }: Matched, comparing: Comparing): readonly string[] {
  const { books, brokenFor, wallMs } = comparing
  if (brokenFor(visit) !== null) return []
  return [
    { crossing: visit.entered, stay: came },
    { crossing: visit.left, stay: went },
  ].flatMap(({ crossing, stay }) => {
    if (crossing === null || crossing.how !== 'behind' || stay !== undefined) return []
    const at = wallMs(crossing.atMs)
    const isTold = books.unexplained.some(
      (each) => each.lane === crossing.lane && Math.abs(each.at - at) <= SAME_MOMENT_MS,
    )
    return isTold ? [] : [`${visit.id} drove under the arm of ${crossing.lane} behind another, and no case says so`]
  })
}

/** Whether people guessed wrongly: a visit as which another's stay was taken, or whose stay was taken as another's. Who was found by a guess that was right is held against the books like anybody. */
function astray(visits: readonly VisitRecord[], matches: (visit: VisitRecord) => Matched) {
  const wrongly = visits.flatMap((visit) => {
    const own = matches(visit).came?.id
    const wrong = visit.guessed.filter((session) => session !== own)
    return wrong.length === 0 ? [] : [{ visit, wrong }]
  })
  const misled = new Set(wrongly.map(({ visit }) => visit))
  const takenFrom = new Set(wrongly.flatMap(({ wrong }) => wrong))
  return (visit: VisitRecord): boolean => misled.has(visit) || takenFrom.has(matches(visit).came?.id ?? '')
}

/**
 * Whether a vehicle that came in, or went out, as a stay which is not its own drove just behind one beside which a camera had read the plate of a third that was never there. A plate that is read behind a vehicle on its way is that of
 * the next, if that comes soon (decision 093): nobody at that place could know better. Whose stay is one and the same is held against the books as anybody.
 */
function behindTwo(visits: readonly VisitRecord[], matches: (visit: VisitRecord) => Matched) {
  const twos = visits.filter(({ kinds, isMisread }) => isMisread && kinds.includes('two-in-view'))
  const crossed = Map.groupBy(
    twos.flatMap(({ moments, entered, left }) =>
      moments.filter(({ lane, fromMs, toMs }) =>
        [entered, left].some((each) => each?.lane === lane && each.atMs >= fromMs && each.atMs <= (toMs ?? fromMs)),
      ),
    ),
    ({ lane }) => lane,
  )
  return (visit: VisitRecord): boolean => {
    const { came, went } = matches(visit)
    if (came !== undefined && came === went) return false
    return visit.moments.some(({ lane, fromMs }) =>
      crossed.get(lane)?.some(({ toMs }) => toMs !== null && fromMs >= toMs && fromMs - toMs <= REACH_LOOP_MS),
    )
  }
}

/** Why a visit is not held against the books. `null`: it is. */
function excuseOf(
  visit: VisitRecord,
  earlier: readonly VisitRecord[],
  comparing: Comparing,
  matches: (visit: VisitRecord) => Matched,
  isAstray: (visit: VisitRecord) => boolean,
  isBehindTwo: (visit: VisitRecord) => boolean,
  followerOf: (crossing: Crossing) => Follower | null,
): string | null {
  if (visit.ending !== 'left') return `it came to no stay: ${visit.ending}`
  const behind = [visit.entered, visit.left].flatMap((crossing) => (crossing && followerOf(crossing)) ?? [])
  for (const each of [visit, ...behind.map((follower) => follower.visit)]) {
    const broken = comparing.brokenFor(each)
    if (broken !== null) return `broken: ${broken}`
  }
  // What it showed before may have told: then its moving is in the books, and is held against them.
  const isToldOf = (crossing: Crossing | null, stay: BookedStay | undefined): boolean =>
    crossing === null || followerOf(crossing)?.hasTurnedRound !== true || stay !== undefined
  const { came, went } = matches(visit)
  if (!isToldOf(visit.entered, came) || !isToldOf(visit.left, went))
    return 'past the books: who closed up behind it turned round'
  if (visit.unseen !== null) return `past the books: ${visit.unseen}`
  if (visit.isMisread) return 'its plate is read as another’s, or another’s as its own'
  if (isBehindTwo(visit)) return 'another’s plate was read just before it came up'
  if (isAstray(visit)) return 'people took another’s stay for its own, or its own for another’s'
  if (leftAsBefore(visit, earlier, matches)) return 'it left as a stay of its own from before'
  return isStillInside(visit, earlier, comparing, matches) ? 'the books have it inside from before' : null
}

/** Something was broken for an earlier visit of the same vehicle, or it went past the books, and its stay stayed open: by its plate it pays and leaves as that one. */
function leftAsBefore(
  visit: VisitRecord,
  earlier: readonly VisitRecord[],
  matches: (visit: VisitRecord) => Matched,
): boolean {
  const { came, went } = matches(visit)
  if (went === undefined || went === came) return false
  return earlier.some((before) => matches(before).came === went || before.sessions.includes(went.id))
}

/** Something was broken for an earlier visit of the same vehicle, and the stay that came of it was still open when it came again. At a lane of both ways, and there alone, that turns it round. */
function isStillInside(
  visit: VisitRecord,
  earlier: readonly VisitRecord[],
  { books, wallMs }: Comparing,
  matches: (visit: VisitRecord) => Matched,
): boolean {
  if (visit.entered?.lane !== BOTH_1) return false
  // What turns it round is decided while it stands there: when it drives off, that stay is over.
  const comesAt = wallMs(cameAtMs(visit))
  return earlier.some((before) => {
    const moments = before.moments.map(({ lane, fromMs, toMs }) => ({
      lane,
      from: wallMs(fromMs) - MINUTE_MS,
      to: wallMs(toMs ?? fromMs) + MINUTE_MS,
    }))
    const { came, went } = matches(before)
    return [...books.sessions.values()].some((stay) => {
      const isIts =
        stay === came ||
        stay === went ||
        before.sessions.includes(stay.id) ||
        moments.some(({ lane, from, to }) => lane === stay.entryLane && stay.enteredAt >= from && stay.enteredAt <= to)
      const isOpen = stay.enteredAt < comesAt && (stay.overAt === null || stay.overAt > comesAt)
      return isIts && isOpen && stay.vehicleClass === before.vehicleClass
    })
  })
}

/** When it came up to the lane by which it came in. */
function cameAtMs({ entered, moments }: VisitRecord): number {
  if (entered === null) return 0
  return moments.findLast(({ fromMs, lane }) => lane === entered.lane && fromMs <= entered.atMs)?.fromMs ?? entered.atMs
}

type Reliefs = ReadonlyMap<string, readonly ReliefGiven[]>

/** What a visit was asked for in the end, whoever paid it: all that its stays cost, less what shops and passes took off. */
function priceOf(
  visit: VisitRecord,
  stays: readonly BookedStay[],
  books: ParkingBooks,
  { isSuspended, wallMs, passageRightMs }: Comparing,
  reliefs: Reliefs,
): { readonly found: readonly string[]; readonly whyNot: string | null } {
  const { entered, left } = visit
  if (entered === null || left === null) return { found: [], whyNot: 'it never left' }
  const charges = stays.flatMap(({ charge }) => books.charges.get(charge ?? '') ?? [])
  const sum = (of: (charge: BookedCharge) => number): number => charges.reduce((all, charge) => all + of(charge), 0)
  // What was asked beyond the time that staff wrote down, or by a class that was put right, was never due.
  const validated = sum(({ relief }) => relief.validation + relief['late-evidence'] + relief.correction)
  const waived = sum(({ relief }) => relief.waiver)
  const asked = sum(({ due, relief }) => due - relief.pass) - validated
  const from: Between = {
    earliest: wallMs(cameAtMs(visit)) - SLACK_MS,
    latest: wallMs(entered.atMs) + SLACK_MS,
  }
  const until: Between = {
    earliest: wallMs(pricedFromMs(visit, passageRightMs)) - SLACK_MS,
    latest: wallMs(left.atMs) + SLACK_MS,
  }
  const given = stays.flatMap(({ id }) => reliefs.get(id) ?? [])
  const { least, most } = fairPrice(visit.vehicleClass, from, until, letOff(given))
  const who = `${visit.id} of ${visit.vehicle} (${visit.vehicleClass}) stood there for ${left.atMs - entered.atMs} ms`
  const found: string[] = []
  if (asked > most) found.push(`${who} and was charged ${asked}, at most ${most} by the sign`)
  if (waived > 0 && stays.every(({ outBy }) => outBy !== 'override'))
    found.push(`${who}, ${waived} was waived, and no supervisor let it go`)
  if (stays.some(({ rights }) => rights > 0)) {
    const { pass } = visit
    const isSole = pass !== null && !pass.isShared && !isSuspended(pass.id, entered.atMs, left.atMs)
    if (isSole && asked > 0) found.push(`${who} under ${pass.id} and was charged ${asked}`)
    return { found, whyNot: isSole ? null : 'a pass that is shared, or was suspended' }
  }
  // What was asked of another class is let go when it becomes known of which it is.
  const isLetGo = given.length > 0 || stays.some(({ isReclassed }) => isReclassed)
  if (validated > 0 && !isLetGo) found.push(`${who}, and ${validated} was let off that nobody had validated`)
  if (stays.some(({ isUnsure }) => isUnsure)) return { found, whyNot: 'it came in by a clock that nobody trusted' }
  if (asked < least) found.push(`${who} and was charged ${asked}, at least ${least} by the sign`)
  return { found, whyNot: null }
}

function letOff(given: readonly ReliefGiven[]): LetOff {
  const of = (answer: ReliefGiven['answer']) => given.flatMap((each) => (each.answer === answer ? [each.relief] : []))
  return { sure: of('given'), perhaps: of('silence') }
}

/**
 * The earliest moment at which a visit may have been priced: when it stood at its last way out; or, where it had paid, or others for it, no longer ago than the tariff's grace, when that was; or, where it had been let out before
 * and came again while that right held, what holds of that time.
 */
function pricedFromMs({ waits, handed, paidByOthersMs, left }: VisitRecord, passageRightMs: number): number {
  const graceMs = TARIFF_GRACE_MINUTES * MINUTE_MS
  let from = left?.atMs ?? 0
  let before: { readonly fromMs: number; readonly toMs: number; readonly pricedFromMs: number } | null = null
  for (const { fromMs, toMs, isOut } of waits) {
    const paid = [...handed.flatMap(({ bookedAtMs }) => bookedAtMs ?? []), ...paidByOthersMs].filter(
      (atMs) => atMs <= fromMs && fromMs - atMs <= graceMs,
    )
    const isRight = before !== null && fromMs - before.toMs <= passageRightMs
    // Who paid there by a code has a grace as well.
    const isGrace = before !== null && fromMs - before.toMs <= graceMs
    from = Math.min(fromMs, ...paid, ...(before === null || !(isRight || isGrace) ? [] : [before.pricedFromMs]))
    if (isOut) before = { fromMs, toMs: toMs ?? fromMs, pricedFromMs: from }
  }
  return from
}

/** Of the stays that moved at that moment its own by what it was told, or has just paid, or the one that moved closest to it: when the vehicle had left the arm, or, where there is none, when it was let through; or later, while another stood close behind it, and until that one drove. */
function nearest(
  stays: readonly BookedStay[],
  at: (stay: BookedStay) => number | null,
  crossing: Crossing,
  visit: VisitRecord,
  wallMs: (ms: number) => number,
  follower: Follower | null,
): BookedStay | undefined {
  const isFree = isFreeFlow(crossing.lane)
  const expectedMs = wallMs(crossing.atMs) + (isFree ? 0 : UNDER_ARM_MS)
  const mostMs = isFree ? LET_THROUGH_BEFORE_MS : SAME_MOMENT_MS
  const lastMs = follower === null ? expectedMs : Math.max(expectedMs, wallMs(follower.untilMs))
  const offMs = (stay: BookedStay): number => {
    const moved = at(stay) ?? Number.NEGATIVE_INFINITY
    if (moved < expectedMs) return expectedMs - moved
    // Behind one that has turned round the next one comes up, and drives soon after.
    const isAnothers = follower?.hasTurnedRound === true && moved > lastMs
    return isAnothers ? Number.POSITIVE_INFINITY : Math.max(0, moved - lastMs)
  }
  const near = stays.filter((stay) => stay.vehicleClass === visit.vehicleClass && offMs(stay) <= mostMs)
  const [closest] = near.toSorted((left, right) => offMs(left) - offMs(right))
  // Where there is no arm, who has just paid may take longer to drive off than the next one to be let go.
  const isPaidByIt = ({ charge }: BookedStay): boolean =>
    visit.handed.some((each) => each.charge === charge && isJustBefore(each.atMs, crossing.atMs))
  const paid = isFree ? near.find(isPaidByIt) : undefined
  return near.find(({ id }) => visit.sessions.includes(id)) ?? paid ?? closest
}

function isJustBefore(atMs: number, thenMs: number): boolean {
  return atMs <= thenMs && thenMs - atMs <= LET_THROUGH_BEFORE_MS
}
