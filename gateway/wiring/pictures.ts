import type { Logger } from 'pino'
import { instant, isTrusted, MINUTE_MS } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import type { Clock } from '../clock/clock.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import type { PictureStore } from '../pictures/picture-store.ts'
import { createPictureStore } from '../pictures/picture-store.ts'
import { createSampler } from './sampled.ts'
import { freeBytesAt } from './site-reads.ts'

const ERASE_EVERY_MS = 10 * MINUTE_MS

export type Pictures = { readonly store: PictureStore; stop(): Promise<void> }

/**
 * The pictures of a gateway that runs. They go with the vault's time: what names a picture there lasts as long as a plate does after it was read (`plateKeepMs`), and the file no longer. While the
 * time is not trusted nothing is erased by its age. A site without a car park keeps none.
 */
export function keepPictures(parts: {
  readonly config: GatewayConfig
  readonly books: Pick<Books, 'policy'>
  readonly clock: Clock
  readonly log: Logger
  readonly diskFreeMinBytes: number
}): Pictures {
  const { config, books, clock, log, diskFreeMinBytes } = parts
  const isSample = createSampler(clock.monotonicMs)
  const store = createPictureStore({
    folder: dataFiles(config.dataDir).pictures,
    picturesMax: config.picturesMax,
    bytesMax: config.picturesMegabytesMax * 1_048_576,
    now: () => clock.now().at,
    hasRoom: () => freeBytesAt(config.dataDir) >= diskFreeMinBytes,
    onTrouble: (trouble) => {
      if (isSample(trouble)) log.warn(trouble)
    },
  })
  const eraseDue = async (): Promise<void> => {
    const { at, trust } = clock.now()
    const keepMs = books.policy()?.parking?.plateKeepMs
    if (isTrusted(trust) && keepMs !== undefined) await store.eraseBefore(instant(at - keepMs))
  }
  const timer = setInterval(() => void eraseDue(), ERASE_EVERY_MS)
  timer.unref()
  void eraseDue()
  return {
    store,
    stop() {
      clearInterval(timer)
      return store.written()
    },
  }
}
