import type { VisitRecord } from '../../../simulators/parking/visits-record.ts'

/** A visit, what was broken at one of its moments (`null`: nothing), and what came before it. */
export type Situated = { readonly visit: VisitRecord; readonly broken: string | null }

type Situation = {
  readonly meets: (situated: Situated) => boolean
  /** So often at least in a month of one car park, on average over many: no more than half of what months of several seeds have shown, and less where it is rare. */
  readonly leastPerMonth: number
}

/** What drivers and machines bring about together, of which each has to be met often enough to say that it was tried. */
export const situations = {
  'lost its ticket and left': {
    meets: ({ visit }) => visit.kinds.includes('loses-ticket') && visit.ending === 'left',
    leastPerMonth: 8,
  },
  'lost its ticket, and its plate is read as another’s': {
    meets: ({ visit }) => visit.kinds.includes('loses-ticket') && visit.kinds.includes('plate-of-another'),
    leastPerMonth: 0.5,
  },
  'drove in close behind another': { meets: ({ visit }) => visit.unseen === 'in-behind', leastPerMonth: 2 },
  'drove out close behind another': { meets: ({ visit }) => visit.unseen === 'out-behind', leastPerMonth: 2 },
  'closed up bumper to bumper at a way in': {
    meets: ({ visit }) => visit.closedUp.some(({ lane }) => lane === visit.entered?.lane),
    leastPerMonth: 2,
  },
  'closed up bumper to bumper at a way out': {
    meets: ({ visit }) => visit.closedUp.some(({ lane }) => lane === visit.left?.lane),
    leastPerMonth: 2,
  },
  'was let in and turned round': { meets: ({ visit }) => visit.ending === 'turned-back', leastPerMonth: 4 },
  'was let out and turned round': {
    meets: ({ visit }) => visit.waits.filter(({ isOut }) => isOut).length > 1,
    leastPerMonth: 4,
  },
  'came with a dirty plate and left': {
    meets: ({ visit }) => visit.kinds.includes('dirty-plate') && visit.ending === 'left',
    leastPerMonth: 20,
  },
  'paid by bank and stayed beyond the grace': {
    meets: ({ visit }) =>
      visit.kinds.includes('pays-and-stays') && visit.handed.some(({ tender }) => tender === 'bank-transfer'),
    leastPerMonth: 2,
  },
  'left with no money': {
    meets: ({ visit }) => visit.kinds.includes('no-money') && visit.ending === 'left',
    leastPerMonth: 8,
  },
  'paid nothing, called nobody, and was let go on debt by the lane': {
    meets: ({ visit }) => visit.unpaid === 'let-owe' && visit.ending === 'left',
    leastPerMonth: 0.3,
  },
  'paid nothing, called nobody, and had staff called by the lane': {
    meets: ({ visit }) => visit.unpaid === 'staff-called' && visit.ending === 'left',
    leastPerMonth: 2,
  },
  'paid what it owed by bank after it had left': { meets: ({ visit }) => isPaidLater(visit), leastPerMonth: 1 },
  'came as the second vehicle of a pass for one': {
    meets: ({ visit }) => visit.kinds.includes('pass-second-car'),
    leastPerMonth: 1,
  },
  'gave cash to an attendant at the way out': {
    meets: ({ visit }) => visit.waits.some((wait) => isHandedIn(visit, wait)),
    leastPerMonth: 20,
  },
  'sent money that went astray, and was booked in the end': {
    meets: ({ visit }) => visit.handed.some(({ bookedAtMs, atMs }) => bookedAtMs !== null && bookedAtMs > atMs),
    leastPerMonth: 3,
  },
  'was paid for by somebody who meant another': {
    meets: ({ visit }) => visit.paidByOthersMs.length > 0,
    leastPerMonth: 0.3,
  },
  'was validated by the shop': {
    meets: ({ visit }) => visit.reliefs.some(({ merchant, answer }) => merchant !== null && answer === 'given'),
    leastPerMonth: 10,
  },
  'was let in by hand while the box was dead': {
    meets: ({ visit }) => visit.lates.some(({ what, answer }) => what === 'let-in' && answer === 'begun'),
    leastPerMonth: 2,
  },
  'was let out by hand while the box was dead': {
    meets: ({ visit }) => visit.lates.some(({ what, answer }) => what === 'let-out' && answer === 'ended'),
    leastPerMonth: 2,
  },
  'was at a lane while the gateway ended': {
    meets: ({ broken }) => broken?.startsWith('the gateway is down') === true,
    leastPerMonth: 5,
  },
  'was at a lane while its network failed': {
    meets: ({ broken }) => broken !== null && NETWORK.some((what) => broken.startsWith(what)),
    leastPerMonth: 5,
  },
} as const satisfies Record<string, Situation>

export type SituationName = keyof typeof situations

export const SITUATION_NAMES = Object.keys(situations) as readonly SituationName[]

const NETWORK = ['packets', 'cable pulled', 'the gateway learns late']

/** Chance says nothing of fewer. */
const MONTHS_LEAST = 5

/** Those that were met less often than it takes, in so many car parks of so many days; none where these are too few to tell. */
export function tooSeldom(
  met: Readonly<Record<SituationName, number>>,
  carParks: number,
  days: number,
): readonly string[] {
  const months = (carParks * days) / 30
  if (months < MONTHS_LEAST) return []
  return SITUATION_NAMES.filter((name) => met[name] < situations[name].leastPerMonth * months)
}

function isPaidLater({ left, handed }: VisitRecord): boolean {
  return left !== null && handed.some(({ atMs, answer }) => atMs > left.atMs && answer === 'credited')
}

function isHandedIn({ handed }: VisitRecord, { fromMs, toMs }: VisitRecord['waits'][number]): boolean {
  return handed.some(
    ({ tender, atMs }) => tender !== 'bank-transfer' && atMs >= fromMs && atMs <= (toMs ?? Number.POSITIVE_INFINITY),
  )
}
