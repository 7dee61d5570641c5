import type { LaneId, MerchantId, PlaceId, VehicleClass } from '../../core/ids.ts'
import type { Relief } from '../../core/parking/session.ts'

/**
 * What drivers know of their own visits, kept apart from any gateway: when they drove in and out, where they stood, and every đồng that they handed over. Times are those of
 * the world's own clock, in ms since it began.
 */
export type VisitsRecord = {
  begin(visit: Pick<VisitRecord, 'vehicle' | 'pass' | 'plate' | 'vehicleClass' | 'kinds' | 'comesAtMs'>): VisitRecord
  visits(): readonly VisitRecord[]
}

export type VisitRecord = {
  readonly id: string
  readonly vehicle: string
  /** The right under which it parks, and whether it shares that with another vehicle. */
  readonly pass: { readonly id: string; readonly isShared: boolean } | null
  readonly plate: string | null
  readonly vehicleClass: VehicleClass
  /** What kind of driver this is, this time. */
  readonly kinds: readonly DriverKind[]
  readonly comesAtMs: number
  /** The way in, from the moment at which the vehicle was under the arm. `null`: never came in. */
  entered: Crossing | null
  left: Crossing | null
  /** Where the vehicle stands now, in truth. */
  place: PlaceId | null
  /** The stay that it is by the books, where somebody told the driver, or could read it off the ticket. */
  readonly sessions: string[]
  /** Stays of its time and class that people have taken for its own, because nothing named one. */
  readonly guessed: string[]
  /** Where and when it came to stand bumper to bumper behind the one in front. */
  readonly closedUp: { readonly lane: LaneId; readonly atMs: number }[]
  readonly handed: Handed[]
  /** What attendants noted of it on a phone while the box was dead. */
  readonly lates: LateNote[]
  /** When others have paid its charge with their own money, by mistake. */
  readonly paidByOthersMs: number[]
  /** What it left without paying, as somebody told its driver. */
  owes: { readonly charge: string; readonly amount: number } | null
  /** What a lane did by itself for a driver who stood there and paid nothing; `null`: nothing, or nobody has waited for it. */
  unpaid: 'let-owe' | 'staff-called' | null
  /** Stood at a way out and wanted to leave. */
  readonly waits: Wait[]
  /** Whether the plate was read as another's, surely. */
  isMisread: boolean
  /** How anything of it went past the books. */
  unseen: Unseen | null
  /** Every time at which it was at a lane, or its driver at a desk (`lane` null): what was broken then may have been felt. */
  readonly moments: Moment[]
  /** What shops let off the stay that was taken for its own. */
  readonly reliefs: ReliefGiven[]
  /** `inside`: the site has closed, and the vehicle stays where it stands. */
  ending: 'under-way' | 'left' | 'turned-away' | 'turned-back' | 'full' | 'locked-in' | 'inside'
}

/** `merchant` null: the site gives it itself, and bears it. `answer`: what whoever gave it was told. */
export type ReliefGiven = {
  readonly session: string
  readonly relief: Relief
  readonly merchant: MerchantId | null
  answer: 'given' | 'refused' | 'silence'
}

/** `answer`: what it did to a stay of the books when it was handed in, or `refused`. */
export type LateNote = {
  readonly what: 'let-in' | 'let-out'
  readonly lane: LaneId
  readonly atMs: number
  /** Each time at which the phone handed it in: what was broken then may have been felt. */
  readonly handings: { readonly fromMs: number; toMs: number | null }[]
  answer: 'waiting' | 'begun' | 'ended' | 'untouched' | 'refused'
}

export type Crossing = {
  readonly lane: LaneId
  readonly atMs: number
  readonly how: 'let-through' | 'behind' | 'held-open'
}

/**
 * Money that was given to a person or a bank, not to a reader. `reference`: the bank's own, `null` for cash. `astray`: the bank has told of it, and it is not booked to its charge: nobody knows what it is for, or it
 * is taken for another's.
 */
export type Handed = {
  readonly tender: 'cash' | 'cash-on-behalf' | 'bank-transfer'
  readonly amount: number
  readonly charge: string
  readonly reference: string | null
  /** When the site was told of it; `null` where it has not been, or it went astray and nobody has put that right. */
  bookedAtMs: number | null
  readonly atMs: number
  answer: 'waiting' | 'credited' | 'refused' | 'silence' | 'astray'
}

export type Unseen =
  | 'in-behind'
  | 'in-held-open'
  | 'out-behind'
  | 'out-held-open'
  | 'ramp-held-open'
  | 'let-out-unknown'
  | 'towed'

export type Moment = { readonly lane: LaneId | null; fromMs: number; toMs: number | null }

export type Wait = { readonly lane: LaneId; readonly fromMs: number; toMs: number | null; isOut: boolean }

/** By what drivers come in and go out, and what they do that makes work. */
export const DRIVER_KINDS = [
  'by-ticket',
  'by-plate',
  'by-pass-code',
  'by-pass-plate',
  'by-token',
  'pass-second-car',
  'loses-ticket',
  'tailgates-in',
  'tailgates-out',
  'closes-up-in',
  'closes-up-out',
  'turns-back-in',
  'turns-back-out',
  'dirty-plate',
  'confusable-plate',
  'no-plate-read',
  'plate-of-another',
  'two-in-view',
  'pays-before',
  'pays-before-by-bank',
  'pays-and-stays',
  'pays-by-token',
  'pays-cash',
  'pays-by-bank',
  'pays-by-two-tenders',
  'overpays',
  'no-money',
  'pays-debt-later',
  'calls-nobody',
  'validated',
  'shows-bad-code',
  'shows-ticket-at-entry',
  'goes-up',
] as const

export type DriverKind = (typeof DRIVER_KINDS)[number]

export function visitsRecord(): VisitsRecord {
  const visits: VisitRecord[] = []
  return {
    begin(visit) {
      const begun: VisitRecord = {
        id: `visit-${visits.length + 1}`,
        ...visit,
        entered: null,
        left: null,
        place: null,
        sessions: [],
        guessed: [],
        closedUp: [],
        handed: [],
        lates: [],
        paidByOthersMs: [],
        waits: [],
        isMisread: false,
        unseen: null,
        moments: [],
        reliefs: [],
        owes: null,
        unpaid: null,
        ending: 'under-way',
      }
      visits.push(begun)
      return begun
    },
    visits: () => visits,
  }
}
