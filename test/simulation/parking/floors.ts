import type { Comparison } from './compare-visits.ts'

export type Judged = Pick<Comparison, 'compared' | 'pricedBothWays' | 'excused' | 'notPricedBelow'> & {
  readonly visits: number
}

type Floors = {
  /** Of all visits, those that are held against the books at least, and those in money to both sides. */
  readonly compared: number
  readonly pricedBothWays: number
  /** Of all visits, those that each reason may excuse at most. A reason is found by how it begins; one that stands nowhere excuses nothing. */
  readonly excused: Readonly<Record<string, number>>
  /** Of all visits that are compared, those of which nobody need say what they had to pay at least. */
  readonly notPricedBelow: Readonly<Record<string, number>>
}

/** So few visits say nothing of shares. */
export const JUDGED_VISITS_LEAST = 1_000

const PEOPLE: Floors['excused'] = {
  'it came to no stay: turned-back': 0.025,
  'it came to no stay: turned-away': 0.01,
  'it came to no stay: full': 0.01,
  'past the books: in-behind': 0.015,
  'past the books: out-behind': 0.015,
  'its plate is read as another’s': 0.08,
  'people took another’s stay': 0.01,
  'past the books: who closed up behind it turned round': 0.005,
}

/** Where nothing is broken on purpose, and where everything is. What months of several seeds have shown, and a little less of what is judged, a little more of what is not. */
export const FLOORS: { readonly calm: Floors; readonly broken: Floors } = {
  calm: {
    compared: 0.82,
    pricedBothWays: 0.77,
    excused: {
      ...PEOPLE,
      // The clerk forgets the prices, and what goes wrong at a desk then is not the gateway's.
      'broken: no tariff is in force': 0.065,
      'past the books: let-out-unknown': 0.025,
    },
    notPricedBelow: { 'a pass that is shared': 0.07 },
  },
  broken: {
    compared: 0.66,
    pricedBothWays: 0.62,
    excused: {
      ...PEOPLE,
      'past the books: let-out-unknown': 0.025,
      'past the books: in-held-open': 0.005,
      'past the books: out-held-open': 0.005,
      'past the books: ramp-held-open': 0.005,
      'the books have it inside from before': 0.01,
      'it left as a stay of its own from before': 0.005,
      'broken: our own code throws': 0.05,
      'broken: no tariff is in force': 0.05,
      'broken: the gateway is down': 0.05,
      'broken: the gateway’s clock': 0.05,
      'broken: old books were put back': 0.03,
      'broken: packets': 0.06,
      'broken: the gateway learns late': 0.02,
      'broken: the clock is not trusted': 0.025,
      'broken: the machine has just started': 0.005,
      'broken: the disk is': 0.035,
      'broken: signatures are slow': 0.015,
      'broken: the verifier is busy': 0.01,
      'broken: the fire alarm goes': 0.01,
      'broken: a loop chatters': 0.01,
      'broken: the arm is stuck': 0.01,
      'broken: cable pulled': 0.01,
      'broken: switched off': 0.01,
    },
    notPricedBelow: { 'a pass that is shared': 0.07, 'it came in by a clock that nobody trusted': 0.005 },
  },
}

/** Where too few visits were judged, or one reason has excused too many: with enough of them excused nothing can be found wrong. None where there are too few visits to tell. */
export function shortfalls(judged: Judged, isCalm: boolean): readonly string[] {
  const { visits, compared, pricedBothWays, excused, notPricedBelow } = judged
  if (visits < JUDGED_VISITS_LEAST) return []
  const floors = isCalm ? FLOORS.calm : FLOORS.broken
  return [
    ...tooFew('held against the books', compared, floors.compared, visits),
    ...tooFew('held against the books in money to both sides', pricedBothWays, floors.pricedBothWays, visits),
    ...tooMany('not held against the books', excused, floors.excused, visits),
    ...tooMany('of no known least price', notPricedBelow, floors.notPricedBelow, visits),
  ]
}

function tooFew(what: string, count: number, least: number, visits: number): readonly string[] {
  return count >= least * visits ? [] : [`${count} of ${visits} visits are ${what}, at least ${least * 100} of 100`]
}

function tooMany(
  what: string,
  counts: Readonly<Record<string, number>>,
  ceilings: Readonly<Record<string, number>>,
  visits: number,
): readonly string[] {
  const sums = new Map<string, number>()
  const unknown: string[] = []
  for (const [reason, count] of Object.entries(counts)) {
    const known = Object.keys(ceilings).find((begin) => reason.startsWith(begin))
    if (known === undefined) unknown.push(`${count} visits are ${what}, for a reason that has no ceiling: ${reason}`)
    else sums.set(known, (sums.get(known) ?? 0) + count)
  }
  const over = [...sums].flatMap(([reason, count]) => {
    const most = ceilings[reason] ?? 0
    return count <= most * visits
      ? []
      : [`${count} of ${visits} visits are ${what}, at most ${most * 100} of 100: ${reason}`]
  })
  return [...unknown, ...over]
}
