import { createHash, timingSafeEqual } from 'node:crypto'
import type { Role } from '../../core/events.ts'
import type { LaneId, StallId } from '../../core/ids.ts'
import { isSlug } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import type { Place } from '../../core/site.ts'

/**
 * Who speaks HTTP. A `scraper` may read the metrics and nothing else, so that the monitor's token opens no barrier. A `pay-station` finds a stay by what its driver has, and takes a code for it: whoever breaks one open
 * gets no token that opens an arm, books cash or lists plates.
 */
export type Client = { readonly id: string; readonly mode: Mode } & (
  | { readonly role: 'vendor'; readonly stalls: readonly StallId[] }
  | { readonly role: 'attendant'; readonly lanes: readonly LaneId[] | 'all' }
  | { readonly role: 'pay-station' | 'operator' | 'admin' | 'scraper' }
)

export type HttpRole = Client['role']

/** A client that may act at the site: its role is one that a record can name. */
export type ActingClient = Client & { readonly role: Role }

/** Where clients are known. The token itself is never kept, only its SHA-256. */
export type ClientDirectory = {
  /** Takes the same time for every hash of one length, known or not. */
  byTokenHash(hash: Uint8Array): Client | undefined
  byId(id: string): KnownClient | undefined
}

export type KnownClient = { readonly client: Client; readonly tokenHash: Uint8Array }

export const CLIENTS_MAX = 512
const TOKEN = /^[A-Za-z0-9_-]{32,128}$/

/**
 * A directory over a list that is read once. Throws on more than `CLIENTS_MAX` clients, an id twice, an id that is no slug, a hash that is not 32 bytes, and one
 * hash for two clients.
 */
export function listedClients(known: readonly KnownClient[]): ClientDirectory {
  if (known.length > CLIENTS_MAX) throw new RangeError(`${known.length} clients; at most ${CLIENTS_MAX}`)
  const ids = new Map(known.map((each) => [each.client.id, each]))
  if (ids.size < known.length) throw new RangeError('two clients have the same id')
  for (const { client, tokenHash } of known) {
    if (!isSlug(client.id))
      throw new RangeError(`client id ${JSON.stringify(client.id)} must be of a-z, 0-9 and dashes`)
    if (tokenHash.length !== 32) throw new RangeError(`token hash of ${client.id} is not a SHA-256`)
  }
  if (new Set(known.map((each) => Buffer.from(each.tokenHash).toString('hex'))).size < known.length) {
    throw new RangeError('two clients have the same token')
  }
  return {
    byTokenHash: (hash) => {
      if (hash.length !== 32) return undefined
      let found: Client | undefined
      // Every entry is looked at, so that the time tells nothing of where or whether it was found.
      for (const each of known) if (timingSafeEqual(each.tokenHash, hash)) found = each.client
      return found
    },
    byId: (id) => ids.get(id),
  }
}

/** What is stored of a token. */
export function hashOfToken(token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}

/** A new access token of 32 random bytes: shown once, kept as `hashOfToken`. */
export function tokenOf(random: Uint8Array): string {
  if (random.length !== 32) throw new RangeError('a token is made of 32 random bytes')
  return `tb_${Buffer.from(random).toString('base64url')}`
}

/** Cheap to refuse before any hashing: 32 to 128 characters of base64url. */
export function looksLikeToken(text: string): boolean {
  return TOKEN.test(text)
}

/** Vendors at their stalls, attendants at their lanes, operators and admins anywhere on the site; a pay station at none. */
export function mayActAt(client: Client, place: Place): boolean {
  switch (client.role) {
    case 'vendor':
      return place.kind === 'stall' && client.stalls.includes(place.id)
    case 'attendant':
      return place.kind === 'lane' && (client.lanes === 'all' || client.lanes.includes(place.id))
    case 'operator':
    case 'admin':
      return true
    case 'pay-station':
    case 'scraper':
      return false
  }
}
