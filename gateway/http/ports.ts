import type { DeviceId, SessionId } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import type { Money } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device, Place } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import type { TicketToken } from '../../core/tokens.ts'
import type { PathRequest, PushedBack } from '../path/path.ts'
import type { PassCode, SignedPassCode } from '../tokens/pass-codes.ts'
import type { HttpRole } from './clients.ts'

/** What HTTP asks of other rooms beside the path and the books; gateway/main.ts hands it over. */

/** What an admin asks for, before it is a request of the path. */
export type AdminRequest = Omit<PathRequest, 'body'>

/** It was not done: `answer` is the stored text of a refusal that stands in the books. */
export type NotTaken =
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly answer: string | null }
  | { readonly kind: 'pushed-back'; readonly refusal: PushedBack; readonly retryAfterMs: number }

/** What a device proves itself by. */
export type DeviceCredential = { readonly username: string; readonly password: string }

/**
 * Makes a device's credential and takes the device through the path. Where the same key comes again, the credential cannot be shown again: refused as
 * `device-exists`. A driver that is not in the registry: refused as `wrong-schema`.
 */
export type Enrol = (request: EnrolRequest) => Promise<EnrolReply>

export type EnrolRequest = AdminRequest & { readonly device: DeviceToEnrol }

/** A device as somebody wants it enrolled; what its driver implies is not asked for. */
export type DeviceToEnrol = {
  readonly id: DeviceId
  readonly driver: string
  readonly place: Place
  readonly role: Device['role']
}

export type EnrolReply =
  | { readonly kind: 'enrolled'; readonly device: Device; readonly credential: DeviceCredential }
  | NotTaken

/** Gives an enrolled device another password: each time that it is asked, another one. Refused as `device-unknown` for one that is not enrolled. */
export type NewPassword = (
  request: AdminRequest & { readonly device: DeviceId },
) => Promise<{ readonly kind: 'changed'; readonly credential: DeviceCredential } | NotTaken>

/** Who may use the pages and the API. */
export type ClientAccess = {
  /** Clients that may come in, by id. */
  list(): readonly ListedClient[]
  /** Refused as `client-exists` where the name is taken, also when the same request comes again: its token cannot be shown twice. */
  add(
    request: AdminRequest & { readonly client: ClientToAdd },
  ): Promise<{ readonly kind: 'added'; readonly client: ListedClient; readonly token: string } | NotTaken>
  /** Refused as `client-unknown` where there is none of that name. */
  revoke(request: AdminRequest & { readonly client: string }): Promise<{ readonly kind: 'revoked' } | NotTaken>
}

/** `stalls` are a vendor's and `lanes` an attendant's; the other roles look at neither. */
export type ClientToAdd = {
  readonly id: string
  readonly role: HttpRole
  readonly mode: Mode
  readonly stalls: readonly string[]
  readonly lanes: readonly string[] | 'all'
}

export type ListedClient = ClientToAdd

/** Checks a receipt's signature and form with the gateway's own keys, old ones among them. Never rejects; the text is not logged. */
export type CheckReceipt = (jws: string) => Promise<ReceiptCheck>

export type ReceiptCheck =
  | {
      readonly kind: 'genuine'
      readonly id: string
      readonly charge: string
      readonly amount: Money
      readonly merchant: string
      readonly place: string
      readonly mode: string
      readonly issuedAtMs: number
    }
  | { readonly kind: 'not-genuine'; readonly refusal: Refusal }

/** Checks a parking ticket's signature with the gateway's own keys, old ones among them, and says which stay it names. Never throws; the text is not logged. */
export type CheckTicket = (jws: string) => TicketCheck

export type TicketCheck =
  | { readonly ok: true; readonly session: SessionId }
  | { readonly ok: false; readonly refusal: Refusal }

/** Tickets that are read away from a lane, and what a phone needs to read them with no gateway at all. */
export type Tickets = {
  /**
   * Finds the ticket in what a camera read (its text, or a link with it behind `#`) and checks its signature with the gateway's own keys, old ones among them. Says nothing of the stay: whether it is
   * open is decided in the path. Never throws; the text is not logged.
   */
  read(shown: string): TicketRead
  /** The keys by which this gateway's tickets and receipts verify, none of them secret: today's first. */
  keys(): readonly TicketKey[]
}

export type TicketRead =
  | { readonly ok: true; readonly token: TicketToken }
  | { readonly ok: false; readonly refusal: Refusal }

/** What was signed in `[from, until)` verifies with it; `until` is `null` for today's. */
export type TicketKey = {
  readonly kid: string
  readonly jwk: Readonly<Record<string, string>>
  readonly from: Instant
  readonly until: Instant | null
}

/** Signs the code of a pass, at once; the same code gives the same text. The text is not logged. */
export type SignPassCode = (code: PassCode) => SignedPassCode

/** The pictures that the gateway keeps. `undefined` for one that is not there, or not any more. */
export type KeptPictures = {
  has(name: string): boolean
  read(name: string): Promise<{ readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined>
}

/** One line for each request, without addresses, bodies, tokens or texts; and our own faults, without their messages, which may hold input. */
export type HttpLog = (entry: HttpLogEntry) => void

export type HttpLogEntry =
  | {
      readonly kind: 'request'
      readonly operation: string
      readonly method: string
      readonly status: number
      readonly tookMs: number
      readonly client: string | null
    }
  | { readonly kind: 'fault'; readonly operation: string; readonly error: string; readonly frames: readonly string[] }
