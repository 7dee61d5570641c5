import type { Actor, EventBody, OccurredAt } from '../../core/events.ts'
import type { ChargeId, EventKey, Principal } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import type { Outcome } from '../../core/records.ts'
import type { Refusal } from '../../core/refusals.ts'

/**
 * The one path (architecture, section 1) as its callers see it: the devices' intake, HTTP, the timers, the command line. Whoever gives it something is answered
 * when it is on the disk, or told at once that it cannot be taken now.
 */
export type Path = {
  /**
   * Takes a request through verify, queue, decision, commit. Requests of one `source` keep their order. Never rejects. The same key and body again gets the
   * stored answer, byte for byte; the same key with another body is refused as `key-reused`.
   */
  submit(request: PathRequest): Promise<PathReply>
  /** What waits, for readiness and metrics. */
  depth(): { readonly verifying: number; readonly queued: number; readonly queueMax: number }
}

export type PathRequest = {
  readonly source: Principal
  /** The sender's own id of this request: with the source it makes the event key. */
  readonly id: string
  /** What came, for the hash that tells a repetition from a reuse. */
  readonly bytes: Uint8Array | string
  readonly actor: Actor
  readonly mode: Mode
  readonly occurredAt: OccurredAt
  /** The event whose record brought this about: what set a timer, what sent a command. `null` for what came from outside. */
  readonly causedBy: EventKey | null
  /** Too late to be taken, or no longer the sender's to ask: what was taken before is answered as it was then, and what is new is refused with this. */
  readonly refuseIfNew?: Refusal
  readonly body: RequestBody
}

/** Like an event's body, but a scan is still the text that was read. */
export type RequestBody = Exclude<EventBody, { kind: 'scan' }> | ShownText

export type ShownText = {
  readonly kind: 'shown'
  readonly place: Extract<EventBody, { kind: 'scan' }>['place']
  readonly reader: Extract<EventBody, { kind: 'scan' }>['reader']
  readonly text: string
  /** What it is to pay, where it is shown at no stall and no lane: a stay on its driver's phone, or at a pay station. */
  readonly charge?: ChargeId
}

export type PushedBack = 'busy' | 'not-ready' | 'emergency-not-booked'

export type PathReply =
  /** Committed. `answer` is the stored JSON text (core/answer.ts). */
  | { readonly kind: 'committed'; readonly answer: string; readonly outcome: Outcome; readonly repeated: boolean }
  /** Refused before any record: bad token, reused key. Acknowledged, counted, not journaled. `answer` as above. */
  | { readonly kind: 'refused'; readonly answer: string; readonly refusal: Refusal }
  /** Not taken: the queue is full or the gateway stops. Nothing has happened, but for the arms of an emergency that is not booked; send it again after `retryAfterMs`. */
  | { readonly kind: 'pushed-back'; readonly refusal: PushedBack; readonly retryAfterMs: number }
