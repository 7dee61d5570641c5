import type { DeviceId, LaneId, MerchantId, PlaceId, VehicleClass } from '../ids.ts'
import { DAY_MS } from '../time.ts'
import type { SeenVehicle } from './events.ts'

/** A lot or a part of one (APDS Place). Places nest: what stands in one counts in every place around it. */
export type ParkingPlace = {
  readonly id: PlaceId
  readonly name: string
  readonly parent: PlaceId | null
  /** Spaces by the classes that share them; a class that stands nowhere may not stay here. */
  readonly capacities: readonly {
    readonly vehicleClasses: readonly VehicleClass[]
    readonly spaces: number
  }[]
}

/** A class of vehicle, with its names for people. */
export type VehicleClassNames = {
  readonly id: VehicleClass
  readonly vi: string
  readonly en: string
  /** What a camera calls it. It tells the classes of a lane apart at the entry, and a vehicle from its stay's class at the exit (decision 083). */
  readonly seenAs?: SeenVehicle | undefined
}

/** Which way a vehicle drives at a lane from the street: into the place inside, or out of it. */
export type Heading = 'in' | 'out'

/**
 * What a camera's words mean at its lane, which depends on how it hangs: where a vehicle leads that it calls `forward`, `reverse`, or of which it says neither (`unsaid`: for a camera
 * that sees one side alone). `null`: nobody knows.
 */
export type LaneCamera = {
  readonly device: DeviceId
  readonly forward: Heading | null
  readonly reverse: Heading | null
  readonly unsaid: Heading | null
}

/**
 * What a lane of a car park is. `outside` null is the street: an entry leads from `outside` into `inside`, an exit the other way, a lane of both ways whichever way the
 * vehicle's session says, and where there is none the camera (decision 085). Nested lots have lanes between two places.
 */
export type LaneParking = {
  readonly inside: PlaceId
  readonly outside: PlaceId | null
  /** Who may use it, in and out. Which of them a vehicle is, where nobody says, decision 083 tells. */
  readonly vehicleClasses: readonly VehicleClass[]
  /** What may begin a stay here. A ticket is given out to whoever presses for one, or to a plate that was read. */
  readonly entryBy: readonly ('ticket' | 'plate' | 'pass' | 'token')[]
  /** `none`: a free-flow lane for motorbikes, with a reader and nobody to stop: what is let through is through. */
  readonly barrier: 'arm' | 'none'
  /** A reading that the camera is less sure of names no vehicle. */
  readonly plateConfidenceMinPermille: number
  /** What becomes of a vehicle that cannot pay here and now, or for which nothing has come in time, by what the site has decided; `wait` asks on. */
  readonly unpaid: 'wait' | 'call-staff' | 'leave-on-debt' | 'open'
  readonly isFullRefused: boolean
  /** What the lane's cameras say of the way in which a vehicle drives. One that is not listed says nothing of it. */
  readonly cameras?: readonly LaneCamera[] | undefined
}

/** The car park as the layout declares it; a market without one has none. */
export type ParkingLayout = {
  readonly vehicleClasses: readonly VehicleClassNames[]
  readonly places: readonly ParkingPlace[]
  readonly lanes: readonly ({ readonly lane: LaneId } & LaneParking)[]
  /** Who is paid for parking. */
  readonly merchant: MerchantId
}

/** What the site dares in its car park. Amounts in the site's currency; every limit is finite. */
export type ParkingPolicy = {
  readonly antiPassback: 'hard' | 'soft' | 'off'
  /** For how long an amount that was asked at a lane holds while its vehicle stands there. */
  readonly quoteHoldMs: number
  /** Where nothing has come for so long of what a lane asks, the lane does what it says under `unpaid`. */
  readonly unpaidAfterMs: number
  /** What may be owed by one vehicle altogether when it leaves unpaid. 0 lets nobody leave on debt. */
  readonly debtMax: number
  /** What an attendant may give back of one stay. */
  readonly refundMax: number
  /** Which merchants may validate stays, and bear it. A merchant that is not listed gives none. */
  readonly validations?: readonly ValidationAllowance[] | undefined
  /** The largest note there is. Cash beyond what is asked, rounded up to it, is no change: whoever keyed it is asked again. */
  readonly cashNoteMax: number
  /** Cash beyond what change explains, once it is confirmed, comes to at most so much more than is asked. */
  readonly cashOverMax: number
  /** What an operator may move of a bank's credit from one charge to another; an admin may move any. */
  readonly creditMoveMax: number
  /** Whether a bank's word of a transfer is to be expected while its payer waits at a lane: only then is a VietQR code shown there. */
  readonly bankConfirmation: 'expected' | 'none'
  /** Where upstream was heard of before, and not for so long, none is to be expected. */
  readonly bankAwayAfterMs: number
  /** A stay that no ticket was given for is found by its whole plate alone, for whoever would pay it before the exit. Absent: it is not (decision 114). */
  readonly payByPlateAlone?: boolean | undefined
  readonly ticketLifetimeMs: number
  /** Pseudonyms of plates and payers of a period are joinable for so long after it. */
  readonly plateKeepMs: number
  /** The same plate at the same lane within so long is one sighting. */
  readonly sightingWindowMs: number
  /** A stay longer than this is a case for staff. */
  readonly stayMaxMs: number
  /** Who paid all that was asked so long ago, and has not left, is a case for staff. */
  readonly paidStayMs: number
  /** Cash that staff took to transfer it themselves, and that no bank has told of for so long, is a case for staff. */
  readonly transferWithinMs: number
  /** What attendants did by hand longer ago than this is not taken from their phones any more. */
  readonly lateEvidenceAgeMaxMs: number
}

/** What a merchant may give its customers' stays. 0: nothing of that kind. */
export type ValidationAllowance = {
  readonly merchant: MerchantId
  /** Of one validation: so much of a stay's beginning, so much money, so great a share. */
  readonly minutesMax: number
  readonly amountMax: number
  readonly basisPointsMax: number
  /** Validations in a local day. */
  readonly dayMax: number
}

/** What one device saw (APDS Observation). */
export type Sighting = {
  readonly device: DeviceId
  readonly lane: LaneId
  readonly confidencePermille: number
}

/** What a policy has that says nothing else: until the same hour of the next day. */
export const TRANSFER_WITHIN_USUAL_MS = DAY_MS
