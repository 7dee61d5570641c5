import { timingSafeEqual } from 'node:crypto'
import { laneId, stallId } from '../../core/ids.ts'
import type { Credentials, StoredClient } from '../../db/credentials.ts'
import type { Client, ClientDirectory, KnownClient } from '../http/clients.ts'

/**
 * The HTTP clients of the books, as they stand now: one that was revoked by another process is out at its next request. There are few of them, so all are looked at for
 * each request, and a wrong token takes as long as a right one.
 */
export function storedClients(credentials: Credentials): ClientDirectory {
  const known = (): readonly KnownClient[] => credentials.clients().map(knownClient)
  return {
    byTokenHash(hash) {
      let found: Client | undefined
      for (const { client, tokenHash } of known()) {
        if (tokenHash.length === hash.length && timingSafeEqual(tokenHash, hash)) found = client
      }
      return found
    },
    byId: (id) => known().find(({ client }) => client.id === id),
  }
}

function knownClient(stored: StoredClient): KnownClient {
  return { client: clientOf(stored), tokenHash: Buffer.from(stored.tokenHash, 'base64url') }
}

function clientOf({ id, role, mode, stalls, lanes }: StoredClient): Client {
  switch (role) {
    case 'vendor':
      return { id, mode, role, stalls: stalls.map(stallId) }
    case 'attendant':
      return { id, mode, role, lanes: lanes === 'all' ? 'all' : lanes.map(laneId) }
    case 'pay-station':
    case 'operator':
    case 'admin':
    case 'scraper':
      return { id, mode, role }
  }
}
