import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Client, ClientDirectory, KnownClient } from './clients.ts'
import { hashOfToken } from './clients.ts'
import type { HttpClock } from './clock.ts'

/**
 * Sessions of the pages (docs/decisions/030-page-sessions.md): a cookie that names the client and its end, under a MAC. Nothing is kept, so a restart signs
 * nobody out; the MAC covers the client's token hash, so a changed or removed token ends its sessions at once.
 */
export type Sessions = {
  /** The cookie's value for a client. */
  begin(client: Client): string | undefined
  /** Who it is, or `undefined` for anything that is not a session of now. */
  read(cookie: string): Client | undefined
  /** Signs out: the value, and every desk pass of it, is refused until it would have ended anyway. */
  end(cookie: string): void
  /** What a page of this session sends as a bearer token when somebody acts on it; `undefined` for a cookie that is not a session of now. Ends with the session. */
  deskPass(cookie: string): string | undefined
  /** Who acts by such a pass. A cookie is none, nor a pass a cookie. */
  readDeskPass(pass: string): Client | undefined
}

/** Codes that sign in once: for the address which a command prints. */
export type SignInCodes = {
  /** A code for a client, valid once and for `CODE_MS`; `undefined` when there is no such client. */
  issue(clientId: string): string | undefined
  take(code: string): Client | undefined
}

export const SESSION_CHARACTERS_MAX = 256
export const SIGNED_OUT_MAX = 1_024
export const CODES_MAX = 64
export const CODE_MS = 10 * 60_000

/** `random` gives so many fresh random bytes. Throws on a key shorter than 32 bytes. */
export function createSessions(parts: {
  readonly key: Uint8Array
  readonly clients: ClientDirectory
  readonly clock: HttpClock
  readonly random: (bytes: number) => Uint8Array
  readonly sessionMs: number
}): Sessions {
  if (parts.key.length < 32) throw new RangeError('the session key must have at least 32 bytes')
  const signedOut = new Map<string, number>()

  const macOf = (use: Use, known: KnownClient, endsAt: string, nonce: string): string =>
    createHmac('sha256', parts.key)
      .update(`tolbooth-${use}\n${known.client.id}\n${endsAt}\n${nonce}\n`)
      .update(known.tokenHash)
      .digest('base64url')

  const open = (use: Use, text: string): OpenSession | undefined => {
    if (text.length > SESSION_CHARACTERS_MAX) return undefined
    const [id, endsAt, nonce, mac, ...rest] = text.split('.')
    if (id === undefined || endsAt === undefined || nonce === undefined || mac === undefined || rest.length > 0) {
      return undefined
    }
    const known = parts.clients.byId(id)
    if (known === undefined || !/^\d{1,16}$/.test(endsAt) || signedOut.has(nameOfSession(id, endsAt, nonce))) {
      return undefined
    }
    // Texts are compared, and not what they decode to: each session has one spelling.
    if (!isSame(mac, macOf(use, known, endsAt, nonce))) return undefined
    return Number(endsAt) > parts.clock.now().at ? { known, endsAt, nonce } : undefined
  }

  const read = (cookie: string): Client | undefined => open('session', cookie)?.known.client

  return {
    read,
    begin: (client) => {
      const known = parts.clients.byId(client.id)
      if (known === undefined) return undefined
      const endsAt = String(parts.clock.now().at + parts.sessionMs)
      const nonce = Buffer.from(parts.random(12)).toString('base64url')
      return [client.id, endsAt, nonce, macOf('session', known, endsAt, nonce)].join('.')
    },
    end: (cookie) => {
      const session = open('session', cookie)
      if (session === undefined) return
      const nowMs = parts.clock.monotonicMs()
      for (const [old, forgetAtMs] of signedOut) if (forgetAtMs <= nowMs) signedOut.delete(old)
      if (signedOut.size >= SIGNED_OUT_MAX) return
      const { known, endsAt, nonce } = session
      signedOut.set(nameOfSession(known.client.id, endsAt, nonce), nowMs + parts.sessionMs)
    },
    deskPass: (cookie) => {
      const session = open('session', cookie)
      if (session === undefined) return undefined
      const { known, endsAt, nonce } = session
      return [known.client.id, endsAt, nonce, macOf('desk', known, endsAt, nonce)].join('.')
    },
    readDeskPass: (pass) => open('desk', pass)?.known.client,
  }
}

/** One session is known by two texts, neither of which can be made from the other: a cookie that reads, and a pass that acts. */
type Use = 'session' | 'desk'

type OpenSession = { readonly known: KnownClient; readonly endsAt: string; readonly nonce: string }

function nameOfSession(id: string, endsAt: string, nonce: string): string {
  return `${id}.${endsAt}.${nonce}`
}

function isSame(shown: string, right: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}

export function createSignInCodes(parts: {
  readonly clients: ClientDirectory
  readonly clock: HttpClock
  readonly random: (bytes: number) => Uint8Array
}): SignInCodes {
  const codes = new Map<string, { readonly client: string; readonly untilMs: number }>()
  return {
    issue: (clientId) => {
      if (parts.clients.byId(clientId) === undefined) return undefined
      const code = Buffer.from(parts.random(32)).toString('base64url')
      const oldest = codes.keys().next()
      if (codes.size >= CODES_MAX && oldest.done !== true) codes.delete(oldest.value)
      codes.set(nameOf(code), { client: clientId, untilMs: parts.clock.monotonicMs() + CODE_MS })
      return code
    },
    take: (code) => {
      // Looked up by its hash, so that the time of the look-up tells nothing of the code.
      const name = nameOf(code)
      const found = codes.get(name)
      codes.delete(name)
      if (found === undefined || found.untilMs <= parts.clock.monotonicMs()) return undefined
      return parts.clients.byId(found.client)?.client
    },
  }
}

function nameOf(code: string): string {
  return Buffer.from(hashOfToken(code)).toString('base64url')
}
