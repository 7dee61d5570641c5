import { randomBytes } from 'node:crypto'
import type { SiteEvent } from '../../core/events.ts'
import { eventKey, principalOf } from '../../core/ids.ts'
import type { Outcome } from '../../core/records.ts'
import type { Instant } from '../../core/time.ts'
import { instant } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import type { Credentials } from '../../db/credentials.ts'
import { createCredentials } from '../../db/credentials.ts'
import type { OpenDb } from '../../db/open.ts'
import { openBooks } from '../../db/open.ts'
import { createBundles, hashOf } from '../bundles/bundles.ts'
import { readBundlesInUse } from '../bundles/in-use.ts'
import type { Clock } from '../clock/clock.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { makeDataFolder } from '../wiring/data-folder.ts'
import { loadOwnKeys } from '../wiring/own-keys.ts'
import { createSiteBooks } from '../wiring/site-books.ts'
import { timeFloor } from '../wiring/time-floor.ts'
import { siteClock } from './site-clock.ts'
import { UsageError } from './terminal.ts'

/** The site's books in the hands of a command, while no gateway runs: the same commit, by the same rules. */
export type OfflineSite = {
  readonly open: OpenDb
  readonly books: Books
  readonly credentials: Credentials
  readonly clock: Clock
  /** Decides and books one event of the operator's; each call is a new request. */
  commit(body: SiteEvent['body']): Outcome
  /** Understands the layout, policy, keys and deny list in force, which a code or a vehicle is judged by. Throws, with what to do, where one cannot be read. */
  readInForce(): Promise<void>
  close(): void
}

/** Opens the books for one command. Refused, with what to do, while a gateway runs. */
export function openOfflineSite(config: GatewayConfig): OfflineSite {
  makeDataFolder(config.dataDir)
  const keys = loadOwnKeys(config)
  const bundles = createBundles(keys.issuers)
  const open = openBooks(dataFiles(config.dataDir).books)
  try {
    let floor = (): Instant => instant(0)
    const clock = siteClock(config, () => floor())
    const books = createSiteBooks(
      { config, open, keys, bundles, isPresent: () => false, isHeard: () => false, isChattering: () => false },
      clock.now(),
    )
    floor = () => timeFloor(books)
    return {
      open,
      books,
      credentials: createCredentials(open.db),
      clock,
      commit(body) {
        const now = clock.now()
        const id = randomBytes(12).toString('base64url')
        const [result] = books.commit(
          [
            {
              key: eventKey(principalOf('gateway', 'command-line'), id),
              bodyHash: hashOf(id),
              actor: { kind: 'gateway', id: 'command-line', role: 'admin' },
              mode: config.mode,
              occurredAt: { at: now.at, by: 'gateway' },
              causedBy: null,
              body,
            },
          ],
          now,
        )
        if (result === undefined || result.kind === 'refused') throw new Error('the books did not take the request')
        return result.outcome
      },
      async readInForce() {
        for (const [kind, problems] of await readBundlesInUse(books, bundles)) {
          throw new UsageError(
            `the ${kind} in force cannot be read by this version (${problems.join('; ')}). Put a right file with a higher version in place, and start the gateway once.`,
          )
        }
      },
      close() {
        books.checkpoint(clock.now())
        books.close()
      },
    }
  } catch (error) {
    open.close()
    throw error
  }
}
