import { sql } from 'drizzle-orm'
import type { DeviceId } from '../core/ids.ts'
import type { Mode } from '../core/mode.ts'
import type { Now } from '../core/time.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** What is kept of an HTTP client. `tokenHash` is SHA-256 of its bearer token, base64url. */
export type StoredClient = {
  readonly id: string
  readonly tokenHash: string
  readonly role: 'vendor' | 'attendant' | 'pay-station' | 'operator' | 'admin' | 'scraper'
  readonly mode: Mode
  readonly stalls: readonly string[]
  readonly lanes: readonly string[] | 'all'
}

/**
 * Secrets of devices and clients, hashed. They stand beside the journal and never in it (architecture, section 3), so they are written straight away.
 */
export type Credentials = {
  deviceHash(device: DeviceId): string | undefined
  setDevice(device: DeviceId, hash: string, now: Now): void
  /** Clients that may come in, by id. */
  clients(): readonly StoredClient[]
  /** `false` where a client of this id is in force. */
  addClient(client: StoredClient, now: Now): boolean
  /** `false` where there is no such client in force. */
  revokeClient(id: string, now: Now): boolean
}

export function createCredentials(db: Db): Credentials {
  const p = sql.placeholder
  const { client, deviceCredential } = tables
  const deviceHash = db
    .select({ hash: deviceCredential.hash })
    .from(deviceCredential)
    .where(sql`${deviceCredential.device} = ${p('device')}`)
    .prepare()
  const inForce = sql`${client.revokedAt} is null`

  return {
    deviceHash: (device) => deviceHash.get({ device })?.hash,
    setDevice(device, hash, now) {
      db.insert(deviceCredential)
        .values({ device, hash, setAt: now.at })
        .onConflictDoUpdate({ target: deviceCredential.device, set: { hash, setAt: now.at } })
        .run()
    },
    clients: () =>
      db
        .select()
        .from(client)
        .where(inForce)
        .orderBy(client.id)
        .all()
        .map(({ id, tokenHash, role, mode, stalls, lanes }) => ({
          id,
          tokenHash,
          role,
          mode,
          stalls: JSON.parse(stalls) as readonly string[],
          lanes: JSON.parse(lanes) as readonly string[] | 'all',
        })),
    addClient(added, now) {
      return db.transaction(
        (tx) => {
          tx.delete(client).where(sql`${client.id} = ${added.id} and ${client.revokedAt} is not null`).run()
          const result = tx
            .insert(client)
            .values({
              ...added,
              stalls: JSON.stringify(added.stalls),
              lanes: JSON.stringify(added.lanes),
              createdAt: now.at,
            })
            .onConflictDoNothing()
            .run()
          return result.changes === 1
        },
        { behavior: 'immediate' },
      )
    },
    revokeClient: (id, now) =>
      db.update(client).set({ revokedAt: now.at }).where(sql`${client.id} = ${id} and ${inForce}`).run().changes === 1,
  }
}
