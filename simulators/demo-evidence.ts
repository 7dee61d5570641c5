import type { DemoSite } from './demo-site.ts'
import type { SeenCount } from './gateway-process/car-park-reads.ts'
import type { Books, Evidence, Invariant } from './invariants.ts'
import { invariants } from './invariants.ts'
import type { PlaceAround, StaysBooked } from './parking/stays-reader.ts'
import { countKey } from './parking/stays-reader.ts'
import type { Purchase } from './people/payers-record.ts'
import type { Found, StaysSummary } from './summary.ts'
import type { Witness } from './witness.ts'
import type { CommandSeen } from './world/happenings.ts'

/** By the wall clock of a loaded machine, with devices that drop out: from a vehicle that turned back to an arm that was on its way up. */
const OPENED_FOR_NOBODY_MAX_MS = 10_000

/** All that payers, drivers, devices and books of the demo say. `commands`: those that were seen before the end of the journal was read. */
export function evidenceOf(site: DemoSite, witness: Witness, commands: readonly CommandSeen[], books: Books): Evidence {
  const visits = site.park.record.visits()
  const sellers = new Set<string>(site.market.stalls.flatMap(({ kit }) => [kit.soundbox, kit.till]))
  const populations = [site.buyers, site.park.population]
  return {
    purchases: [...site.purchases.purchases(), ...site.park.payers.purchases()],
    agreements: populations.flatMap((of) => of.wallets().flatMap((wallet) => wallet.agreements())),
    books,
    commands,
    // A lane's display says "received" of cash and transfers too, and of one stay as often as something is paid for it.
    spoken: witness.spoken().filter(({ device }) => sellers.has(device)),
    openings: witness.openings(),
    armHits: witness.armHits(),
    driveEnds: {
      passed: visits.filter(({ entered }) => entered !== null).length,
      tailgated: 0,
      refused: 0,
      'turned-back': 0,
      stranded: visits.filter(({ ending }) => ending === 'locked-in').length,
      'no-answer': 0,
    },
    mode: 'live',
    openedForNobodyMaxMs: OPENED_FOR_NOBODY_MAX_MS,
  }
}

/**
 * What must hold of a market holds here. A driver may pay twice at one lane, where the price has risen between: so a stay's payments are held against what it has come to. `ofMarket`: what was bought at stalls. `paidBeyond`: of
 * stays and sales, by the journal (simulators/payments-reader.ts).
 */
export function judgeDemo(
  ofMarket: readonly Purchase[],
  evidence: Evidence,
  paidBeyond: readonly string[],
): readonly Found[] {
  const atStalls: Evidence = { ...evidence, purchases: ofMarket }
  return (Object.keys(invariants) as Invariant[]).flatMap((invariant) => {
    const found =
      invariant === 'one purchase is paid at most once'
        ? [...invariants[invariant](atStalls), ...paidBeyond]
        : invariants[invariant](evidence)
    return found.map((what) => ({ invariant, what }))
  })
}

export function staysOf(site: DemoSite, booked: StaysBooked, counts: readonly SeenCount[]): StaysSummary {
  const { entries, exits, open, tickets, corrections } = booked
  return {
    entries,
    exits,
    open,
    tickets,
    corrections,
    occupancy: counts.map(({ place, vehicleClass, count, spaces }) => ({ place, vehicleClass, count, spaces })),
    inside: site.park.inside(),
    standing: site.park.record.visits().filter(({ ending }) => ending === 'under-way').length,
  }
}

/** `isCutShort`: whoever looked on did not wait until everybody had finished. */
export function judgeStays(
  stays: StaysSummary,
  { counts }: Pick<StaysBooked, 'counts'>,
  places: readonly PlaceAround[],
  isCutShort: boolean,
): readonly Found[] {
  const seen = new Map(stays.occupancy.map(({ place, vehicleClass, count }) => [countKey(place, vehicleClass), count]))
  const wrong = [...new Set([...counts.keys(), ...seen.keys()])].flatMap((key) => {
    const [booked, stands] = [counts.get(key) ?? 0, seen.get(key) ?? 0]
    return booked === stands ? [] : [`${key} stands at ${stands}, and by the journal it is ${booked}`]
  })
  const outer = new Set(places.filter(({ parent }) => parent === null).map(({ id }) => id))
  const all = stays.occupancy.reduce((sum, { place, count }) => (outer.has(place) ? sum + count : sum), 0)
  const due = stays.entries - stays.exits + stays.corrections
  if (all !== due) wrong.push(`${all} are counted, and entries less exits with corrections are ${due}`)
  return [
    ...wrong.map((what) => ({ invariant: 'what is counted came in and did not leave', what })),
    ...(stays.standing === 0 || isCutShort
      ? []
      : [{ invariant: 'nobody is left standing at a lane', what: `${stays.standing} vehicles still stand at one` }]),
  ]
}
