import type { ParkingEvent, SeenVehicle } from './events.ts'
import type { PlateText } from './plate.ts'
import { plateSkeleton } from './plate.ts'

type PlateSeen = Extract<ParkingEvent, { kind: 'plate-seen' }>

/**
 * What one camera has seen lately, so that a plate that it says again and again while a vehicle waits is one sighting, and two plates at once are noticed.
 *
 * It stands here, and not in a driver: a driver keeps no state and asks no clock, all cameras need it, and what one vehicle is, is a rule. `atMs` is the
 * gateway's monotonic time, so that a clock that is set back neither hides a vehicle nor sees it twice.
 */
export type SeenPlate = {
  readonly text: PlateText
  /** 0 to 1000. */
  readonly confidencePermille: number
  /** The camera's own id of what it follows, `null` where it gives none. */
  readonly eventId: string | null
  readonly atMs: number
  /** Which way it saw it drive and what it took it for, in its own words; `null` where it did not say. */
  readonly direction: PlateSeen['direction'] | null
  readonly vehicle: SeenVehicle | null
  /** Whether it read no other plate in the same picture. */
  readonly isAlone: boolean
  /** Which presence stood at the lane then; `null` with nobody there. */
  readonly presence: number | null
}

/**
 * `new`: nothing was seen for a while. `repeated`: the same plate again, and no surer: nothing new. `clearer`: the same plate, by a camera that is surer now. `told-more`: no surer, but with
 * a way or a kind of vehicle that it had not said, or had said otherwise.
 * `changed`: the same vehicle by the camera's own id, and another reading, or the one of two plates that it follows: this one counts. `confusable`: another reading that cameras take for one that was just seen,
 * under another id or none: perhaps the same vehicle. `another`: a second vehicle within the window: nobody knows by the plates alone which one stands at the barrier.
 */
export type SightingNews = 'new' | 'repeated' | 'clearer' | 'told-more' | 'changed' | 'confusable' | 'another'

/** Plates that are remembered of one camera; the oldest goes first. */
export const SEEN_PLATES_MAX = 8

/**
 * What a reading is, after those that came before it, and what to remember then. A reading is within the window when less than `windowMs` has passed since its like was
 * last seen, so that a plate that is said every second for an hour is one sighting, unless another presence stands there by then: the window keeps one from being asked twice, and this one has not been asked; what the camera says under one id of its own is of one vehicle for as long as that is
 * remembered. A vehicle whose reading has changed is remembered by its last reading alone.
 */
export function sight(
  before: readonly SeenPlate[],
  seen: SeenPlate,
  windowMs: number,
): { readonly news: SightingNews; readonly after: readonly SeenPlate[] } {
  const isOfIt = ({ eventId }: SeenPlate): boolean => seen.eventId !== null && eventId === seen.eventId
  const isRecent = ({ atMs }: SeenPlate): boolean => seen.atMs - atMs < windowMs
  const recent = before.filter((plate) => isRecent(plate) || isOfIt(plate))
  const sameVehicle = recent.find(isOfIt)
  const same = recent.find((plate) => plate.text === seen.text)
  const others = recent.filter((plate) => plate !== same && plate !== sameVehicle)
  if (same !== undefined) {
    const kept: SeenPlate = {
      ...seen,
      confidencePermille: Math.max(seen.confidencePermille, same.confidencePermille),
      direction: seen.direction ?? same.direction,
      vehicle: seen.vehicle ?? same.vehicle,
    }
    const news = newsOfSame(same, seen, kept)
    const isOfAnother = seen.presence !== null && seen.presence !== same.presence
    return { news: news === 'repeated' && isOfAnother ? 'new' : news, after: [...others, kept] }
  }
  return { news: newsOf(recent, sameVehicle, seen), after: [...others, seen].slice(-SEEN_PLATES_MAX) }
}

function newsOfSame(before: SeenPlate, seen: SeenPlate, kept: SeenPlate): SightingNews {
  const isOfIt = seen.eventId !== null && seen.eventId === before.eventId
  if (isOfIt && seen.isAlone && !before.isAlone) return 'changed'
  if (seen.confidencePermille > before.confidencePermille) return 'clearer'
  return kept.direction !== before.direction || kept.vehicle !== before.vehicle ? 'told-more' : 'repeated'
}

function newsOf(recent: readonly SeenPlate[], sameVehicle: SeenPlate | undefined, seen: SeenPlate): SightingNews {
  if (recent.length === 0) return 'new'
  if (sameVehicle !== undefined) return 'changed'
  const skeleton = plateSkeleton(seen.text)
  return recent.some((plate) => plateSkeleton(plate.text) === skeleton) ? 'confusable' : 'another'
}
