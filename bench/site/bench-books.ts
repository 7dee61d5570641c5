import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SiteEvent } from '../../core/events.ts'
import { eventKey, principalOf } from '../../core/ids.ts'
import type { BundleKind } from '../../core/site.ts'
import { instant } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import { createBooks } from '../../db/books.ts'
import type { OpenDb } from '../../db/open.ts'
import { openBooks } from '../../db/open.ts'
import { createBundles } from '../../gateway/bundles/bundles.ts'
import type { Clock } from '../../gateway/clock/clock.ts'
import {
  createSystemClock,
  DEFAULT_ABSENCE_MS,
  DEFAULT_STEP_MS,
  trustedByConfig,
} from '../../gateway/clock/system-clock.ts'
import { dataFiles } from '../../gateway/config.ts'
import { loadOwnKeys } from '../../gateway/wiring/own-keys.ts'
import { SITE } from './bench-site.ts'
import { benchConfig } from './provision.ts'

/** The books of a provisioned folder, with its bundles in force, in the hands of a measurement: no path, no broker. */
export type BenchBooks = {
  readonly books: Books
  readonly open: OpenDb
  readonly clock: Clock
  close(): void
}

export async function openBenchBooks(folder: string): Promise<BenchBooks> {
  const config = benchConfig(folder, SITE)
  const { signer, issuer } = loadOwnKeys(config)
  const open = openBooks(dataFiles(folder).books)
  const bundles = createBundles([issuer])
  const clock = createSystemClock({
    zone: config.zone,
    source: trustedByConfig(config.clockUncertaintyMs),
    stepMs: DEFAULT_STEP_MS,
    absenceMaxMs: DEFAULT_ABSENCE_MS,
    floor: () => instant(0),
  })
  const books = createBooks(
    open,
    {
      writer: { site: config.site, gateway: config.gateway },
      readers: bundles.readers,
      randomBytes,
      isPresent: () => true,
      isHeard: () => true,
      isChattering: () => false,
      sign: (typ, claims) => signer.sign(typ, claims),
      signCheckpoint: ({ epoch, seq, hash }, at) =>
        signer.sign('checkpoint+jwt', { iss: issuer.iss, epoch, seq, hash, at }),
      seenKeepMs: config.seenKeepMs,
      mode: config.mode,
      payerKeepMs: config.payerKeepMs,
      evidenceKeepMs: config.evidenceKeepMs,
    },
    clock.now(),
  )
  const files: readonly (readonly [BundleKind, string])[] = [
    ['layout', config.layoutFile],
    ['policy', config.policyFile],
    ['key-set', config.keySetFile],
    ['deny-list', config.denyListFile],
  ]
  for (const [kind, file] of files) {
    const read = await bundles.read(kind, readFileSync(file, 'utf8'))
    if (!read.ok) throw new Error(`${file}: ${read.problems.join('; ')}`)
    const { version, hash, issuedAt, content } = read.bundle
    if (books.bundleInUse(kind)?.hash === hash) continue
    const now = clock.now()
    books.storeBundle(kind, hash, content, now)
    const event: SiteEvent = {
      key: eventKey(principalOf('gateway', 'bundles'), `${kind}:${hash}`),
      bodyHash: hash,
      actor: { kind: 'gateway', id: 'bundles', role: null },
      mode: config.mode,
      occurredAt: { at: now.at, by: 'gateway' },
      causedBy: null,
      body: { kind: 'bundle-loaded', bundle: kind, version, hash, issuedAt },
    }
    books.commit([event], now)
  }
  return {
    books,
    open,
    clock,
    close() {
      books.checkpoint(clock.now())
      books.close()
    },
  }
}
