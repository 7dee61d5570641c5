import type { Money } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device, Place } from '../../core/site.ts'
import type { PathRequest } from '../path/path.ts'

/** What HTTP asks of other rooms beside the path and the books; gateway/main.ts hands it over. */

/**
 * Makes a device's credential and takes the device through the path. Where the same key comes again, the credential cannot be shown again: refused as
 * `device-exists`. A driver that is not in the registry: refused as `wrong-schema`.
 */
export type Enrol = (request: EnrolRequest) => Promise<EnrolReply>

export type EnrolRequest = Omit<PathRequest, 'body'> & {
  readonly device: {
    readonly id: Device['id']
    readonly driver: string
    readonly place: Place
    readonly role: Device['role']
  }
}

export type EnrolReply =
  | {
      readonly kind: 'enrolled'
      readonly device: Device
      readonly credential: { readonly username: string; readonly password: string }
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly answer: string | null }
  | { readonly kind: 'pushed-back'; readonly refusal: 'busy' | 'not-ready'; readonly retryAfterMs: number }

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
