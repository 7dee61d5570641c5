import type { SiteId } from '../../core/ids.ts'
import type { SimulatedIssuers } from '../wallet/issuers.ts'
import type { Wallet } from '../wallet/wallet.ts'
import { createWallet } from '../wallet/wallet.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'

export type PopulationOptions = {
  readonly site: SiteId
  readonly issuers: SimulatedIssuers
  /** How many different people there are. */
  readonly people: number
  /** How many of 1 hold a bank's tokens (ES256): their signatures are not the same in a second run of one seed. */
  readonly bankChance: number
}

/** The people of a town, each with a wallet from the first time on which they are met. */
export type Population = {
  somebody(random: Random): Wallet
  /** The one of this name, who may hold a pass. */
  member(name: string): Wallet
  wallets(): readonly Wallet[]
}

export function population(world: World, { site, issuers, people, bankChance }: PopulationOptions): Population {
  const wallets = new Map<string, Wallet>()

  function walletOf(payer: string): Wallet {
    const known = wallets.get(payer)
    if (known !== undefined) return known
    const random = world.random.fork(`payer/${payer}`)
    const wallet = createWallet({
      site,
      payer,
      issuers,
      issuer: random.chance(bankChance) ? 'bank' : 'wallet',
      random: random.bytes,
      now: world.timeline.now,
    })
    wallets.set(payer, wallet)
    return wallet
  }

  return {
    somebody: (random) => walletOf(`payer-${random.below(people)}`),
    member: (name) => walletOf(name),
    wallets: () => [...wallets.values()],
  }
}
