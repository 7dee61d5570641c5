import { randomBytes } from 'node:crypto'
import type { DeviceId } from '../../core/ids.ts'
import type { SiteLayout } from '../../core/site.ts'
import type { Now } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import { createBooks } from '../../db/books.ts'
import { BooksUnusableError } from '../../db/faults.ts'
import type { OpenDb } from '../../db/open.ts'
import type { Bundles } from '../bundles/bundles.ts'
import type { GatewayConfig } from '../config.ts'
import type { OwnKeys } from './own-keys.ts'

export type SiteBooksParts = {
  readonly config: GatewayConfig
  readonly open: OpenDb
  readonly keys: Pick<OwnKeys, 'signer' | 'issuer'>
  readonly bundles: Bundles
  readonly isPresent: (device: DeviceId) => boolean
  readonly isHeard: (loop: DeviceId) => boolean
  readonly isChattering: (loop: DeviceId) => boolean
}

/** The site's books as its settings want them: the same in the hands of the gateway and of a command. Refuses (throws) books of another site, gateway or currency. */
export function createSiteBooks(
  { config, open, keys, bundles, isPresent, isHeard, isChattering }: SiteBooksParts,
  now: Now,
): Books {
  const { signer, issuer } = keys
  const { site, gateway, mode, seenKeepMs, payerKeepMs, evidenceKeepMs } = config
  const books = createBooks(
    open,
    {
      writer: { site, gateway },
      readers: bundles.readers,
      randomBytes,
      isPresent,
      isHeard,
      isChattering,
      sign: (typ, claims) => signer.sign(typ, claims),
      signCheckpoint: ({ epoch, seq, hash }, at) =>
        signer.sign('checkpoint+jwt', { iss: issuer.iss, gateway, epoch, seq, hash, at }),
      mode,
      seenKeepMs,
      payerKeepMs,
      evidenceKeepMs,
    },
    now,
  )
  refuseOtherCurrency(books, config, open.file)
  return books
}

/** Amounts of two currencies in the same books would be added by nobody. A layout that cannot be read any more is told of where it is read. */
function refuseOtherCurrency(books: Books, { currency }: GatewayConfig, file: string): void {
  const kept = layoutIn(books)?.currency ?? currency
  if (kept === currency) return
  throw new BooksUnusableError(
    `The books at ${file} are kept in ${kept}, and the settings say ${currency}. Set TOLBOOTH_CURRENCY as it was, or name the right folder in TOLBOOTH_DATA_DIR.`,
  )
}

function layoutIn(books: Books): SiteLayout | null {
  try {
    return books.layout()
  } catch {
    return null
  }
}
