import { randomBytes } from 'node:crypto'
import type { DeviceId } from '../../core/ids.ts'
import type { Now } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import { createBooks } from '../../db/books.ts'
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
}

/** The site's books as its settings want them: the same in the hands of the gateway and of a command. */
export function createSiteBooks({ config, open, keys, bundles, isPresent }: SiteBooksParts, now: Now): Books {
  const { signer, issuer } = keys
  const { site, gateway, mode, seenKeepMs, payerKeepMs, evidenceKeepMs } = config
  return createBooks(
    open,
    {
      writer: { site, gateway },
      readers: bundles.readers,
      randomBytes,
      isPresent,
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
}
