import { describe, expect, test } from 'vitest'
import { money, VND } from '../../../core/money.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { BIKES_OUT, BOTH_1, IN_1, MOTORBIKE } from '../../../simulators/parking/parking-kit.ts'
import type { ReliefGiven, VisitRecord } from '../../../simulators/parking/visits-record.ts'
import { visitsRecord } from '../../../simulators/parking/visits-record.ts'
import { compareVisits } from './compare-visits.ts'
import type { BookedCharge, BookedStay, ParkingBooks } from './parking-books.ts'
import { NO_RELIEF, parkingBooks } from './parking-books.ts'

const WALL_MS = Date.parse('2026-11-22T08:00:00+07:00')
const STANDS_MS = 3 * SECOND_MS

type Lane = typeof BOTH_1

describe('of a vehicle that the books have inside when it comes', () => {
  const lost = { from: 0, to: HOUR_MS, broken: 'old books were put back' }

  test('the visit that is turned round at a lane of both ways is excused by what was broken for the one before', () => {
    const { found, excused } = compared([lost, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [stay('s1', 0, 10 * HOUR_MS)])
    expect(found).toEqual([])
    expect(excused).toMatchObject({ 'the books have it inside from before': 1 })
  })

  test('it is not, where the visit before was in order', () => {
    const before = { ...lost, broken: null }
    const { found } = compared([before, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [stay('s1', 0, 10 * HOUR_MS)])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by both-1, and no stay began then/)
  })

  test('it is not, where that stay was over when it came', () => {
    const { found } = compared([lost, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [stay('s1', 0, 9 * HOUR_MS)])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by both-1, and no stay began then/)
  })

  test('it is not, where it came in by another lane', () => {
    const again = { from: 10 * HOUR_MS, to: 12 * HOUR_MS, lane: IN_1 }
    const { found } = compared([lost, again], [stay('s1', 0, 10 * HOUR_MS)])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by in-1, and no stay began then/)
  })

  test('it is not, where the stay was begun at another lane than the visit before', () => {
    const other = { ...stay('s1', 0, 10 * HOUR_MS), entryLane: IN_1 }
    const { found } = compared([lost, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [other])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by both-1, and no stay began then/)
  })
})

describe('of a vehicle whose stay people guessed', () => {
  const own = { from: 0, to: HOUR_MS }
  const next = { from: 40 * SECOND_MS, to: 2 * HOUR_MS, vehicle: 'another' }

  test('the visit is compared where they were right', () => {
    const both = [stay('s1', 0, HOUR_MS), stay('s2', 40 * SECOND_MS, 2 * HOUR_MS)]
    const { compared: count, excused } = compared([{ ...own, guessed: ['s1'] }, next], both)
    expect({ count, excused }).toEqual({ count: 2, excused: {} })
  })

  test('the visit and that whose stay they took are excused where they were wrong', () => {
    const turned = [stay('s1', 0, 2 * HOUR_MS), stay('s2', 40 * SECOND_MS, HOUR_MS)]
    const { found, excused } = compared([{ ...own, guessed: ['s2'] }, next], turned)
    expect({ found, excused }).toEqual({
      found: [],
      excused: { 'people took another’s stay for its own, or its own for another’s': 2 },
    })
    const nobody = compared([own, next], turned)
    expect(nobody.found.join('\n')).toMatch(/came in as s1 and went out as s2/)
  })
})

describe('who comes again while an earlier stay of its own is open', () => {
  const before = { from: 0, to: HOUR_MS, broken: 'the gateway is down' }
  const again = { from: 5 * HOUR_MS, to: 6 * HOUR_MS, lane: IN_1 }
  const open = { ...stay('s1', 0, 6 * HOUR_MS), outLane: IN_1 }
  const left = { ...stay('s2', 5 * HOUR_MS, 9 * HOUR_MS), entryLane: IN_1 }

  test('may leave as that one, where something was broken for the visit with which it began', () => {
    const { found, excused } = compared([before, again], [open, left])
    expect(found).toEqual([])
    expect(excused).toEqual({ 'broken: the gateway is down': 1, 'it left as a stay of its own from before': 1 })
  })

  test('may not where nothing was, nor as a stay of another vehicle', () => {
    const sure = compared([{ ...before, broken: null }, again], [open, left])
    expect(sure.found.join('\n')).toMatch(/came in as s2 and went out as s1/)
    const others = compared([{ ...before, vehicle: 'another' }, again], [open, left])
    expect(others.found.join('\n')).toMatch(/came in as s2 and went out as s1/)
  })
})

describe('who came up behind a vehicle beside which the plate of a third was read', () => {
  const two = { from: 0, to: HOUR_MS, isTwoInView: true }
  const own = stay('s2', 20 * MINUTE_MS, 3 * HOUR_MS)
  const third = stay('s3', -HOUR_MS, HOUR_MS + 8 * SECOND_MS)

  test('may be out as that third by the books, and nobody who came later', () => {
    const next = { from: 20 * MINUTE_MS, to: HOUR_MS + 8 * SECOND_MS, vehicle: 'next' }
    expect(compared([two, next], [stay('s1', 0, HOUR_MS), own, third])).toMatchObject({
      found: [],
      excused: { 'another’s plate was read just before it came up': 1 },
    })
    const alone = compared([{ ...two, isTwoInView: false }, next], [stay('s1', 0, HOUR_MS), own, third])
    expect(alone.found.join('\n')).toMatch(/visit-2 of next came in as s2 and went out as s3/)
    const later = { ...next, to: HOUR_MS + MINUTE_MS }
    const past = { ...third, outAt: stay('s3', 0, HOUR_MS + MINUTE_MS).outAt }
    expect(compared([two, later], [stay('s1', 0, HOUR_MS), own, past]).found.join('\n')).toMatch(
      /visit-2 of next came in as s2 and went out as s3/,
    )
  })
})

describe('who left with another close behind', () => {
  const ahead = { from: 0, to: HOUR_MS }
  const behind = {
    from: 20 * MINUTE_MS,
    to: HOUR_MS + 2 * MINUTE_MS,
    vehicle: 'another',
    closedUpAt: HOUR_MS + SECOND_MS,
  }
  const late = { ...stay('s1', 0, HOUR_MS), outAt: stay('s1', 0, HOUR_MS + MINUTE_MS).outAt }
  const other = stay('s2', 20 * MINUTE_MS, HOUR_MS + 2 * MINUTE_MS)

  test('is out by the books when that one is known, or has driven, and no later', () => {
    expect(compared([ahead, behind], [late, other])).toMatchObject({ found: [], compared: 2 })
    const alone = { ...behind, closedUpAt: HOUR_MS - MINUTE_MS }
    expect(compared([ahead, alone], [late, other]).found.join('\n')).toMatch(
      /visit-1 of vehicle went out by both-1, and no stay/,
    )
    const later = { ...late, outAt: stay('s1', 0, HOUR_MS + 4 * MINUTE_MS).outAt }
    expect(compared([ahead, behind], [later, other]).found.join('\n')).toMatch(
      /visit-1 of vehicle came in as s1 and went out as s2/,
    )
  })

  test('is out at the time that people wrote down who had opened by hand, and that one by what they wrote of it', () => {
    const byHand = { ...ahead, lateAt: HOUR_MS - 2 * SECOND_MS }
    const own = { ...late, outAt: stay('s1', 0, HOUR_MS - SECOND_MS).outAt }
    const next = { ...behind, lateAt: HOUR_MS + 2 * MINUTE_MS - 2 * SECOND_MS }
    const nexts = { ...other, outAt: stay('s2', 0, HOUR_MS + 2 * MINUTE_MS - SECOND_MS).outAt }
    expect(compared([byHand, next], [own, nexts])).toMatchObject({ found: [], compared: 2 })
    expect(compared([byHand, next], [late, nexts]).found.join('\n')).toMatch(
      /visit-1 of vehicle went out by both-1, and no stay/,
    )
  })

  test('is excused by what was broken for that one', () => {
    const { excused } = compared([ahead, { ...behind, broken: 'packets' }], [late, other])
    expect(excused).toEqual({ 'broken: packets': 2 })
  })

  describe('and turned round there,', () => {
    const turnsRoundAt = HOUR_MS + 10 * SECOND_MS
    const untold = { ...late, outAt: null, outLane: null }
    const comesAgain = { ...behind, to: HOUR_MS + 20 * MINUTE_MS, turnsRoundAt }
    const again = stay('s2', 20 * MINUTE_MS, HOUR_MS + 20 * MINUTE_MS)

    test('is excused: nothing has told of who has gone', () => {
      const { excused, found } = compared([ahead, comesAgain], [untold, again])
      expect({ excused, found }).toEqual({
        excused: { 'past the books: who closed up behind it turned round': 1 },
        found: [],
      })
    })

    test('is held against the books where that one had shown who it is before', () => {
      const told = { ...late, outAt: stay('s1', 0, HOUR_MS + 6 * SECOND_MS).outAt }
      expect(compared([ahead, comesAgain], [told, again])).toMatchObject({ found: [], compared: 2 })
      const dear = compared([ahead, comesAgain], [told, again], { s1: { due: 90_000 } })
      expect(dear.found.join('\n')).toMatch(/visit-1 of vehicle .* was charged 90000, at most/)
    })

    test('has not left by whose stay ends when that one is gone, or comes again', () => {
      const third = { from: 5 * MINUTE_MS, to: HOUR_MS + 12 * SECOND_MS, vehicle: 'third' }
      for (const other of [
        { visit: third, stay: stay('s0', third.from, third.to) },
        { visit: { ...third, to: HOUR_MS + 15 * MINUTE_MS }, stay: stay('s0', third.from, HOUR_MS + 15 * MINUTE_MS) },
      ]) {
        const { found, excused } = compared([ahead, comesAgain, other.visit], [other.stay, untold, again])
        expect(found).toEqual([])
        expect(excused).toEqual({ 'past the books: who closed up behind it turned round': 1 })
      }
    })
  })
})

describe('who was let go where there is no arm, and took their time', () => {
  const slow = { from: 0, to: HOUR_MS, lane: BIKES_OUT }
  const own = { ...stay('s1', 0, HOUR_MS - 4 * SECOND_MS), entryLane: BIKES_OUT, outLane: BIKES_OUT }
  const next = { ...stay('s2', -HOUR_MS, HOUR_MS + 4 * SECOND_MS), outLane: BIKES_OUT }

  test('is out by the stay that it has paid, though another was let go closer to when it drove', () => {
    expect(compared([{ ...slow, paid: 's1-charge' }], [own, next]).found).toEqual([])
    expect(compared([slow], [own, next]).found.join('\n')).toMatch(/came in as s1 and went out as s2/)
  })
})

describe('who drove under an arm behind another', () => {
  const behind = { from: 0, to: HOUR_MS, leftBehind: true }
  const stays = [{ ...stay('s1', 0, 2 * HOUR_MS), outLane: null }]
  const called = (at: number) => ({ lane: BOTH_1, at: WALL_MS + DAY_MS + at })

  test('has been seen by then', () => {
    expect(compared([behind], stays, {}, [called(HOUR_MS + SECOND_MS)]).found).toEqual([])
    for (const cases of [[], [called(HOUR_MS + MINUTE_MS)], [{ ...called(HOUR_MS), lane: IN_1 }]])
      expect(compared([behind], stays, {}, cases).found.join('\n')).toMatch(
        /visit-1 drove under the arm of both-1 behind another, and no case says so/,
      )
  })

  test('or was let through by its own right, or something was broken', () => {
    expect(compared([behind], [stay('s1', 0, HOUR_MS)]).found).toEqual([])
    expect(compared([{ ...behind, broken: 'packets are lost' }], stays).found).toEqual([])
  })
})

describe('of what a visit was asked for', () => {
  const one = { from: 0, to: HOUR_MS }
  const stays = [stay('s1', 0, HOUR_MS)]
  const shop = (relief: ReliefGiven['relief'], answer: ReliefGiven['answer'] = 'given'): ReliefGiven => {
    return { session: 's1', relief, merchant: null, answer }
  }

  test('what nobody has validated may not be let off, however much was charged first', () => {
    const { found } = compared([one], stays, { s1: { due: 5_000, relief: { validation: 5_000 } } })
    expect(found.join('\n')).toMatch(/5000 was let off that nobody had validated/)
    expect(found.join('\n')).toMatch(/was charged 0, at least 5000 by the sign/)
  })

  test('nobody knows the least price of who came in by a clock that nobody trusted', () => {
    const unsure = compared([one], [{ ...stay('s1', 0, HOUR_MS), isUnsure: true }], { s1: { due: 0 } })
    expect([unsure.found, unsure.notPricedBelow]).toEqual([[], { 'it came in by a clock that nobody trusted': 1 }])
    expect(compared([one], stays, { s1: { due: 0 } }).found.join('\n')).toMatch(
      /was charged 0, at least 5000 by the sign/,
    )
  })

  test('what no supervisor let go may not be waived', () => {
    const { found } = compared([one], stays, { s1: { due: 5_000, relief: { waiver: 5_000 } } })
    expect(found.join('\n')).toMatch(/5000 was waived, and no supervisor let it go/)
    const let_go = [{ ...stay('s1', 0, HOUR_MS), outBy: 'override' }]
    expect(compared([one], let_go, { s1: { due: 5_000, relief: { waiver: 5_000 } } }).found).toEqual([])
  })

  test('a shop’s share is the share that it gave, and no other', () => {
    const third = { ...one, reliefs: [shop({ kind: 'share', basisPoints: 3_000 })] }
    expect(compared([third], stays, { s1: { due: 5_000, relief: { validation: 1_000 } } }).found).toEqual([])
    const { found } = compared([third], stays, { s1: { due: 5_000, relief: { validation: 2_000 } } })
    expect(found.join('\n')).toMatch(/was charged 3000, at least 4000 by the sign/)
    const none = compared([third], stays, { s1: { due: 5_000 } })
    expect(none.found.join('\n')).toMatch(/was charged 5000, at most 4000 by the sign/)
  })

  test('where nobody heard whether the shop’s word was taken, both are right', () => {
    const perhaps = { ...one, reliefs: [shop({ kind: 'amount', amount: money(2_000, VND) }, 'silence')] }
    expect(compared([perhaps], stays, { s1: { due: 5_000 } }).found).toEqual([])
    expect(compared([perhaps], stays, { s1: { due: 5_000, relief: { validation: 2_000 } } }).found).toEqual([])
  })

  test('a price of long ago holds for the grace, and not for three of them', () => {
    const day = 24 * HOUR_MS
    const turned = (backMs: number) => ({
      from: 0,
      to: day + backMs,
      waits: [[day - MINUTE_MS, day - SECOND_MS * 30]] as const,
    })
    const price = (backMs: number) => compared([turned(backMs)], [stay('s1', 0, day + backMs)], { s1: { due: 12_000 } })
    expect(price(14 * MINUTE_MS).found).toEqual([])
    expect(price(40 * MINUTE_MS).found.join('\n')).toMatch(/was charged 12000, at least 17000 by the sign/)
  })
})

/** What the books say of a stay's charge, and what they let go of it. */
type Charged = { readonly due?: number; readonly relief?: Partial<BookedCharge['relief']> }

type Given = {
  readonly from: number
  readonly to: number
  readonly lane?: Lane
  readonly vehicle?: string
  readonly guessed?: readonly string[]
  readonly broken?: string | null
  readonly reliefs?: readonly ReliefGiven[]
  readonly waits?: readonly (readonly [from: number, to: number])[]
  readonly closedUpAt?: number
  /** Where it closed up it did not drive: from then on it stood there no more. */
  readonly turnsRoundAt?: number
  readonly isTwoInView?: boolean
  /** When people wrote down that they let it out by hand, which has ended a stay. */
  readonly lateAt?: number
  readonly leftBehind?: boolean
  /** A charge that it has paid in cash. */
  readonly paid?: string
}

function compared(
  given: readonly Given[],
  stays: readonly BookedStay[],
  charges: Readonly<Record<string, Charged>> = {},
  unexplained: ParkingBooks['unexplained'] = [],
) {
  const record = visitsRecord()
  const broken = new Map<VisitRecord, string | null>()
  for (const each of given) {
    const {
      from,
      to,
      lane = BOTH_1,
      vehicle = 'vehicle',
      guessed = [],
      broken: what = null,
      reliefs = [],
      waits = [],
      closedUpAt,
      turnsRoundAt = to,
      isTwoInView = false,
      lateAt,
      leftBehind = false,
      paid,
    } = each
    const visit = record.begin({
      vehicle,
      pass: null,
      plate: null,
      vehicleClass: MOTORBIKE,
      kinds: isTwoInView ? ['by-ticket', 'two-in-view'] : ['by-ticket'],
      comesAtMs: from - STANDS_MS,
    })
    for (const atMs of [from, to]) visit.moments.push({ lane, fromMs: atMs - STANDS_MS, toMs: atMs })
    for (const [fromMs, toMs] of waits) visit.waits.push({ lane, fromMs, toMs, isOut: true })
    visit.reliefs.push(...reliefs)
    visit.waits.push({ lane, fromMs: to - STANDS_MS, toMs: to, isOut: true })
    visit.entered = { lane, atMs: from, how: 'let-through' }
    visit.left = { lane, atMs: to, how: leftBehind ? 'behind' : 'let-through' }
    if (leftBehind) visit.unseen = 'out-behind'
    const cash = {
      tender: 'cash',
      amount: 5_000,
      reference: null,
      bookedAtMs: to,
      atMs: to,
      answer: 'credited',
    } as const
    if (paid !== undefined) visit.handed.push({ ...cash, charge: paid })
    visit.ending = 'left'
    visit.isMisread = isTwoInView
    visit.guessed.push(...guessed)
    if (closedUpAt !== undefined) {
      visit.closedUp.push({ lane, atMs: closedUpAt })
      visit.moments.push({ lane, fromMs: closedUpAt, toMs: turnsRoundAt })
    }
    if (lateAt !== undefined) visit.lates.push({ what: 'let-out', lane, atMs: lateAt, handings: [], answer: 'ended' })
    broken.set(visit, what)
  }
  const books = parkingBooks()
  books.unexplained.push(...unexplained)
  for (const each of stays) {
    books.sessions.set(each.id, each)
    const { due = 5_000, relief = {} } = charges[each.id] ?? {}
    const charge = { id: `${each.id}-charge`, session: each.id, due, paid: due, overpaid: 0 }
    books.charges.set(charge.id, { ...charge, relief: { ...NO_RELIEF, ...relief }, status: 'paid' })
  }
  return compareVisits({
    visits: record.visits(),
    books,
    brokenFor: (visit) => broken.get(visit) ?? null,
    isSuspended: () => false,
    passageRightMs: 15 * MINUTE_MS,
    wallMs: (ms) => WALL_MS + DAY_MS + ms,
  })
}

/** A motorbike's, decided a moment before its rider drove off, each time. */
function stay(id: string, from: number, to: number): BookedStay {
  const at = (ms: number): number => WALL_MS + DAY_MS + ms - SECOND_MS
  return {
    id,
    entryLane: BOTH_1,
    enteredAt: at(from),
    isFromTicket: false,
    isUnsure: false,
    vehicleClass: MOTORBIKE,
    status: 'left',
    counted: null,
    charge: `${id}-charge`,
    rights: 0,
    inAt: at(from),
    outAt: at(to),
    outLane: BOTH_1,
    overAt: at(to),
    plates: [],
    isReclassed: false,
    outBy: null,
  }
}
