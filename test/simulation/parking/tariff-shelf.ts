import type { SiteLayout } from '../../../core/site.ts'
import { later, MINUTE_MS } from '../../../core/time.ts'
import { PRICES, tariffsFile } from '../../../simulators/parking/parking-kit.ts'
import { pause } from '../../../simulators/parking/waiting.ts'
import type { Rig } from '../../support/rig.ts'
import type { Excuses } from '../excuses.ts'

export type TariffShelfOptions = {
  readonly rig: Rig
  readonly layout: SiteLayout
  readonly excuses: Excuses
  isUp(): boolean
}

/** Whoever sees to it that the site's prices are in force, and now and then forgets it. */
export type TariffShelf = {
  /** Brings the prices in, and comes again until they stand there. */
  putIn(): Promise<void>
  /** No prices are in force for so long: nothing may be reckoned until there are some again. */
  leaveEmpty(ms: number): Promise<void>
  /** A gateway has started: books from a backup may hold the file by which no prices are in force. */
  lookAgain(): void
}

const AGAIN_AFTER_MS = MINUTE_MS

export function tariffShelf({ rig, layout, excuses, isUp }: TariffShelfOptions): TariffShelf {
  const { timeline } = rig
  /** By its number, whether a file holds prices. */
  const holdsPrices = new Map<number, boolean>()
  let isEmptied = false
  let isPuttingIn = false

  const isIn = (): boolean => holdsPrices.get(rig.now().books.bundleInUse('tariffs')?.version.n ?? 0) === true

  async function load(isGap: boolean): Promise<void> {
    if (!isUp()) return
    const { bundles, gateway } = rig.now()
    const n = holdsPrices.size + 1
    holdsPrices.set(n, !isGap)
    const issuedAt = new Date(later(timeline.now(), -MINUTE_MS)).toISOString()
    const read = await new Promise<Awaited<ReturnType<typeof bundles.read>>>((resolve) => {
      timeline.join(bundles.read('tariffs', tariffsFile(n, issuedAt, isGap ? null : PRICES), layout), resolve)
    })
    if (!read.ok) throw new Error(read.problems.join('\n'))
    if (isUp() && rig.now().gateway === gateway) void gateway.use(read.bundle)
  }

  async function putIn(): Promise<void> {
    isPuttingIn = true
    while (!isUp() || !isIn()) {
      await load(false)
      // What the gateway had no time for is brought again.
      await pause(timeline, AGAIN_AFTER_MS)
    }
    isPuttingIn = false
  }

  return {
    putIn,
    async leaveEmpty(ms) {
      const over = excuses.begin('site', 'no tariff is in force')
      isEmptied = true
      await load(true)
      await pause(timeline, ms)
      isEmptied = false
      await putIn()
      over()
    },
    lookAgain() {
      if (isEmptied || isPuttingIn || !isUp() || isIn()) return
      const over = excuses.begin('site', 'no tariff is in force')
      void putIn().then(over)
    },
  }
}
