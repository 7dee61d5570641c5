import type { Mode } from '../../../core/mode.ts'
import type { ParkingEvent } from '../../../core/parking/events.ts'
import type { PathReply, PathRequest, RequestBody } from '../../path/path.ts'
import type { HttpClock } from '../clock.ts'
import type { Given } from '../operation.ts'
import type { KeptPictures, SignPassCode, Tickets } from '../ports.ts'
import type { SiteReads } from '../reads.ts'
import type { Call } from '../respond.ts'
import type { FoundStays } from './found-stays.ts'
import type { PlateLooks } from './plate-looks.ts'

/** What the handlers of a car park are handed. */
export type ParkingHandlerParts = {
  readonly reads: SiteReads
  readonly clock: HttpClock
  /** Of the box: what everybody is told is of that mode. */
  readonly mode: Mode
  readonly tickets: Tickets
  readonly plateLooks: PlateLooks
  readonly found: FoundStays
  readonly signPassCode: SignPassCode | null
  readonly pictures: KeptPictures
  submit(given: Given<unknown, unknown, unknown>, body: RequestBody): Promise<Response>
  /** Through the path, for a handler that answers something else than its answer. */
  ask(given: Given<unknown, unknown, unknown>, body: RequestBody, over?: Partial<PathRequest>): Promise<PathReply>
  answerTo(c: Call, reply: PathReply): Response | Promise<Response>
}

export type RightToPut = Extract<ParkingEvent, { kind: 'right-put' }>['right']
