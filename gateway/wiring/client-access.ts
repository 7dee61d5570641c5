import type { Credentials, StoredClient } from '../../db/credentials.ts'
import type { Clock } from '../clock/clock.ts'
import { CLIENTS_MAX, hashOfToken, tokenOf } from '../http/clients.ts'
import type { ClientAccess, ClientToAdd, ListedClient } from '../http/ports.ts'
import type { Path } from '../path/path.ts'
import { createTurns } from './in-turn.ts'
import { notTaken } from './not-taken.ts'

/**
 * Gives access to the pages and the API, and takes it back. Who was given what, by whom, is in the journal; the token is shown once and kept only hashed, beside it. Each
 * act is booked first and then done, so that the same request after a fall does what is left of it.
 */
export function createClientAccess({
  path,
  credentials,
  clock,
  random,
}: {
  readonly path: Path
  readonly credentials: Credentials
  readonly clock: Clock
  readonly random: (bytes: number) => Uint8Array
}): ClientAccess {
  const inTurn = createTurns()
  return {
    list: () => credentials.clients().map(listedClient),
    add: ({ client, ...request }) =>
      inTurn(async () => {
        const known = credentials.clients()
        if (known.some(({ id }) => id === client.id)) return { kind: 'refused', refusal: 'client-exists', answer: null }
        if (known.length >= CLIENTS_MAX) return { kind: 'refused', refusal: 'clients-full', answer: null }
        const { id, role, mode, stalls, lanes } = client
        const what = { kind: 'client-added', client: id, role, mode, stalls, lanes } as const
        const refused = notTaken(await path.submit({ ...request, body: { kind: 'access-changed', what } }))
        if (refused !== undefined) return refused
        const token = tokenOf(random(32))
        credentials.addClient(storedClient(client, token), clock.now())
        return { kind: 'added', client, token }
      }),
    revoke: ({ client, ...request }) =>
      inTurn(async () => {
        const isKnown = credentials.clients().some(({ id }) => id === client)
        if (!isKnown) return { kind: 'refused', refusal: 'client-unknown', answer: null }
        const what = { kind: 'client-revoked', client } as const
        const refused = notTaken(await path.submit({ ...request, body: { kind: 'access-changed', what } }))
        if (refused !== undefined) return refused
        credentials.revokeClient(client, clock.now())
        return { kind: 'revoked' }
      }),
  }
}

export function storedClient(client: ClientToAdd, token: string): StoredClient {
  return { ...client, tokenHash: Buffer.from(hashOfToken(token)).toString('base64url') }
}

export function listedClient({ tokenHash: _hash, ...client }: StoredClient): ListedClient {
  return client
}
