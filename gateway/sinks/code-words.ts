import type { Announcement } from '../../core/effects.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { isAtRest } from '../../core/lane/state.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device, Place } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { Alarm, Clock } from '../clock/clock.ts'
import type { LastTold } from './last-told.ts'
import { standsAgain } from './last-told.ts'

/** So long the words stand before what was shown is shown again. */
export const CODE_WORDS_MS = 4_000
/** Words on one display within `CODE_WORDS_WITHIN_MS`: a reader that is shown rubbish all day does not fill a display, or its line. */
export const CODE_WORDS_MAX = 6
export const CODE_WORDS_WITHIN_MS = 60_000

export type CodeWordsParts = {
  readonly books: Pick<Books, 'devices' | 'laneState'>
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  readonly lastTold: Pick<LastTold, 'message' | 'newsMs'>
  /** Other words stand on the display, and stay. */
  readonly isCovered: (display: DeviceId) => boolean
  /** Shows it at once, without the books; nothing where the display is away. */
  readonly show: (display: DeviceId, message: Announcement, forMs: number) => unknown
}

/**
 * The words for a code that is refused before the path: forged, unreadable, of an unknown key, no token at all. Nothing of it is decided or journaled, and so no effect tells the display; without these words whoever stands there
 * sees an arm that stays down, and no reason. They are shown at a lane where a vehicle stands and nothing is under way, and at a stall on its till, for a moment: then what is asked there stands there again, or nothing does.
 */
export type CodeWords = {
  refused(place: Place, refusal: Refusal): void
  /** A display is being handed something else: by a decision, or other words. */
  told(display: DeviceId): void
  stop(): void
}

export function createCodeWords({ books, clock, lastTold, isCovered, show }: CodeWordsParts): CodeWords {
  const standing = new Map<DeviceId, Alarm>()
  const said = new Map<DeviceId, readonly number[]>()

  return {
    refused(place, refusal) {
      if (!isOfTheCode(refusal)) return
      const devices = books.devices().filter((device) => isActiveAt(device, place))
      for (const { id, kind } of devices) {
        const isShown = kind === 'display' || (kind === 'till' && place.kind === 'stall')
        if (isShown && maySay(id, place, devices)) say(id, refusal)
      }
    },
    told(display) {
      standing.get(display)?.cancel()
      standing.delete(display)
    },
    stop() {
      for (const alarm of standing.values()) alarm.cancel()
    },
  }

  function maySay(display: DeviceId, place: Place, devices: readonly Device[]): boolean {
    if (standing.has(display) || isCovered(display)) return false
    const nowMs = clock.monotonicMs()
    const lately = (said.get(display) ?? []).filter((atMs) => nowMs - atMs < CODE_WORDS_WITHIN_MS)
    said.set(display, lately)
    if (lately.length >= CODE_WORDS_MAX) return false
    if (lastTold.newsMs(display) > 0) return false
    return place.kind !== 'lane' || isSomebodyThere(place.id, devices, lastTold.message(display) !== undefined)
  }

  /** Where no loop tells, whoever shows a code stands there. What asks for money and was told before this start could not be shown again: it is left alone. */
  function isSomebodyThere(lane: LaneId, devices: readonly Device[], isKnown: boolean): boolean {
    const state = books.laneState(lane)
    if (state === null) return true
    const hasLoop = devices.some(({ role }) => role === 'approach')
    const isAsked = state.visit !== null && state.visit.asked !== null
    return isAtRest(state.phase) && (!hasLoop || state.presence !== null) && (isKnown || !isAsked)
  }

  function say(display: DeviceId, refusal: Refusal): void {
    said.set(display, [...(said.get(display) ?? []), clock.monotonicMs()])
    show(display, { kind: 'refused', refusal, due: null }, CODE_WORDS_MS)
    const alarm = clock.after(CODE_WORDS_MS, () => {
      standing.delete(display)
      show(display, standsAgain(lastTold.message(display)), CODE_WORDS_MS)
    })
    standing.set(display, alarm)
  }
}

function isActiveAt({ status, place }: Device, at: Place): boolean {
  return status === 'active' && at.kind !== 'site' && place.kind === at.kind && place.id === at.id
}

/** What is wrong with a code itself. What is wrong with when or how it came (late, twice, too many at once) is for its reader. */
const OF_THE_CODE: readonly Refusal[] = [
  'not-a-token',
  'id-card-shown',
  'bank-qr-shown',
  'token-too-long',
  'token-malformed',
  'token-not-canonical',
  'token-header-forbidden',
  'token-kind-unknown',
  'token-algorithm',
  'token-issuer-unknown',
  'token-key-unknown',
  'token-signature',
  'codes-unchecked',
  'token-claims',
  'token-currency',
  'presentation-malformed',
  'amount-invalid',
  'amount-zero',
]

function isOfTheCode(refusal: Refusal): boolean {
  return OF_THE_CODE.includes(refusal)
}
