import type { SpendIdentity } from '../../core/tokens.ts'

/**
 * What the devices and the people before them know by themselves, kept apart from any gateway: what they were promised, by which run of the gateway, and what their
 * arms did. The books are held against it.
 */
export type ClientLog = {
  /** Runs of the gateway, with the time at which each was started, and how many events it has acknowledged. */
  readonly runs: { readonly startedAtMs: number; promises: number }[]
  readonly events: Map<string, LoggedEvent>
  readonly tokens: Map<string, LoggedToken>
  readonly commands: ExecutedCommand[]
  /** What should never have been said, in words. */
  readonly oddities: string[]
}

/** An event that was sent, under its key in the books: `device:reader-a-01/boot:seq`. */
export type LoggedEvent = {
  readonly key: string
  readonly type: string
  readonly sentAtMs: number
  /** The run that acknowledged it (PUBACK), the first one. */
  acknowledgedBy: number | null
  /** The answer's JSON and the run that gave it, the first one. Another answer to the same event is an oddity. */
  answer: { readonly outcome: string; readonly run: number } | null
  /** The token that it shows, for a scan. */
  readonly token: string | null
  /** The amount that it keys. */
  readonly amount: number | null
}

export type LoggedToken = {
  readonly identity: SpendIdentity
  readonly amount: number
  /** Every event by which it was shown. */
  readonly events: string[]
  /** The vehicle whose driver shows it; `null` at a stall. */
  readonly vehicle: string | null
}

export type ExecutedCommand = {
  readonly device: string
  /** `gateway:epoch:seq:index`. */
  readonly id: string
  readonly type: string
  readonly atMs: number
  /** The run whose connection brought it. */
  readonly run: number
  /** The vehicle that stood at the lane. */
  readonly vehicle: string | null
}

export function emptyLog(): ClientLog {
  return { runs: [], events: new Map(), tokens: new Map(), commands: [], oddities: [] }
}

export function tokenKey({ iss, id }: SpendIdentity): string {
  return `${iss} ${id}`
}
