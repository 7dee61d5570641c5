import type { Mode } from '../../core/mode.ts'
import type { Language } from '../../core/money-text.ts'
import type { TrustedProxies } from '../trusted-proxies.ts'

/** Everything about the HTTP side that is not a part: limits, and what the site wants. */
export type HttpSettings = {
  /** The site's and the gateway's names, for the page's head and the description. */
  readonly site: string
  readonly gateway: string
  /** Of the box: an admin of the other mode looks after nothing here. */
  readonly mode: Mode
  /** For whoever states no preference. */
  readonly language: Language
  /** Signs the session cookies: 32 bytes that outlive a restart, so that nobody has to sign in again after a power cut. */
  readonly sessionKey: Uint8Array
  readonly sessionMs: number
  /** True where the page is reached by TLS: the cookie is then marked `Secure`. */
  readonly secure: boolean
  readonly bodyBytesMax: number
  readonly urlCharactersMax: number
  readonly journalPageMax: number
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: TrustedProxies
  /** For each client by itself. */
  readonly requestsPerSecondMax: number
  readonly requestBurstMax: number
  /** For each address: requests that come without a client (health, the sign-in page, wrong tokens). */
  readonly strangerRequestsPerSecondMax: number
  readonly strangerBurstMax: number
  /** For each address: the pages’ own files. A page of many modules comes whole or not at all, and several phones may be behind one address. */
  readonly fileRequestsPerSecondMax: number
  readonly fileBurstMax: number
  /** For each address: looks for a stay by a plate and four digits, which somebody could try one after another. */
  readonly plateLooksPerSecondMax: number
  readonly plateLookBurstMax: number
  /** The same, of all addresses together. */
  readonly allPlateLooksPerSecondMax: number
  readonly allPlateLookBurstMax: number
  /** For each plate, from wherever: looks with digits that were wrong. After these its page is opened by the ticket’s code alone. */
  readonly plateWrongPerSecondMax: number
  readonly plateWrongBurstMax: number
  /** The same, of all plates together; and how many there are just after a start. */
  readonly allPlateWrongPerSecondMax: number
  readonly allPlateWrongBurstMax: number
  readonly allPlateWrongAtStartMax: number
  /** Live streams at a time, in all and for one client. */
  readonly liveClientsMax: number
  readonly livePerClientMax: number
  readonly heartbeatMs: number
  /** A stream from which nothing has been taken for so long is cut. */
  readonly slowReaderMs: number
  /** Records that a stream goes back at most; what is older is in the journal's pages. */
  readonly resumeRecordsMax: number
  /** How often the live page looks at what leaves no record: presence, readiness, the clock. */
  readonly panelsEveryMs: number
}

export const HTTP_DEFAULTS = {
  language: 'vi',
  sessionMs: 12 * 3_600_000,
  secure: false,
  trustedProxies: { has: () => false },
  bodyBytesMax: 16_384,
  urlCharactersMax: 2_048,
  journalPageMax: 500,
  requestsPerSecondMax: 20,
  requestBurstMax: 60,
  strangerRequestsPerSecondMax: 10,
  strangerBurstMax: 60,
  fileRequestsPerSecondMax: 100,
  fileBurstMax: 600,
  plateLooksPerSecondMax: 0.1,
  plateLookBurstMax: 10,
  allPlateLooksPerSecondMax: 2,
  allPlateLookBurstMax: 120,
  plateWrongPerSecondMax: 1 / 3_600,
  plateWrongBurstMax: 5,
  allPlateWrongPerSecondMax: 1 / 60,
  allPlateWrongBurstMax: 60,
  allPlateWrongAtStartMax: 20,
  liveClientsMax: 32,
  livePerClientMax: 8,
  heartbeatMs: 10_000,
  slowReaderMs: 30_000,
  resumeRecordsMax: 5_000,
  panelsEveryMs: 1_000,
} as const satisfies Partial<HttpSettings>
