import type { Announcer } from './devices/announcer.ts'
import type { Firmware } from './devices/firmware.ts'
import type { QrReader } from './devices/qr-reader.ts'
import { qrReader } from './devices/qr-reader.ts'
import { soundbox } from './devices/soundbox.ts'
import type { Till } from './devices/till.ts'
import { till } from './devices/till.ts'
import type { Manners, PayerTempo, StandingPayer } from './people/payer.ts'
import { payHere } from './people/payer.ts'
import type { PayersRecord } from './people/payers-record.ts'
import type { Population } from './people/population.ts'
import type { Vendor } from './people/vendor.ts'
import { vendor } from './people/vendor.ts'
import type { StallKit } from './site-kit.ts'
import type { Random } from './world/random.ts'
import type { World } from './world/world.ts'

export type MarketOptions = {
  readonly stalls: readonly StallKit[]
  readonly currency: string
  readonly population: Population
  readonly record: PayersRecord
  /** How many sales are begun in a second, at all stalls together, if nobody has to wait. */
  readonly salesPerSecond: number
  /** Asked at each sale, so that it can be changed while the market runs. */
  manners(): Manners
}

/** Stalls with a vendor each, and payers who come when an amount is due. */
export type Market = {
  readonly stalls: readonly MarketStall[]
  readonly devices: readonly Firmware[]
  start(): void
  /** Nothing new is begun. */
  close(): void
  isQuiet(): boolean
}

export type MarketStall = {
  readonly kit: StallKit
  readonly till: Till
  readonly reader: QrReader
  readonly soundbox: Announcer
  readonly vendor: Vendor
}

export function market(world: World, options: MarketOptions): Market {
  const { population, record } = options
  const tempo = tempoOf(options)
  const random = world.random.fork('market')
  const readers: QrReader[] = []
  let payersHere = 0

  const stalls = options.stalls.map((kit): MarketStall => {
    const dice = random.fork(kit.id)
    const devices = {
      till: till(world, kit.till),
      reader: qrReader(world, kit.reader),
      soundbox: soundbox(world, kit.soundbox),
    }
    readers.push(devices.reader)
    const seller = vendor(world, {
      ...devices,
      name: `vendor-${kit.id}`,
      random: dice.fork('vendor'),
      currency: options.currency,
      thinkMeanMs: tempo.thinkMeanMs,
      patienceMs: tempo.vendorPatienceMs,
      cancelChance: 0.02,
      amount: () => amountOf(dice),
      serve: (amount, onLeft) => serve(kit, devices.reader, amount, dice, onLeft),
    })
    return { kit, ...devices, vendor: seller }
  })

  function serve(kit: StallKit, reader: QrReader, amount: number, dice: Random, onLeft: () => void): StandingPayer {
    const wallet = population.somebody(dice)
    const point = { kind: 'stall', id: kit.id } as const
    const purchase = record.begin({ payer: wallet.payer, point, amount })
    const elsewhere = readers.length > 1 ? dice.pick(readers.filter((other) => other !== reader)) : undefined
    payersHere += 1
    return payHere(
      {
        world,
        random: dice,
        record,
        purchase,
        wallet,
        point,
        amount,
        reader,
        elsewhere,
        manners: options.manners(),
        tempo: tempo.payer,
      },
      (ending) => {
        payersHere -= 1
        if (ending !== 'accepted') onLeft()
      },
    )
  }

  return {
    stalls,
    devices: stalls.flatMap((stall) => [stall.till.firmware, stall.reader.firmware, stall.soundbox.firmware]),
    start() {
      for (const stall of stalls) stall.vendor.start()
    },
    close() {
      for (const stall of stalls) stall.vendor.close()
    },
    isQuiet: () => payersHere === 0 && stalls.every((stall) => !stall.vendor.isSelling()),
  }
}

const FUMBLE_MOST_MS = 3_000
const PATIENCE_LEAST_MS = 3_000

/** A sale at each stall takes about its share of the rate: half of it until the next amount is keyed, and some of it for the payer's phone. */
function tempoOf({ stalls, salesPerSecond }: MarketOptions): {
  readonly thinkMeanMs: number
  readonly vendorPatienceMs: number
  readonly payer: PayerTempo
} {
  const cycleMs = (stalls.length / salesPerSecond) * 1_000
  const fumbleMostMs = Math.min(FUMBLE_MOST_MS, Math.round(cycleMs * 0.6))
  const patienceMs = Math.max(PATIENCE_LEAST_MS, fumbleMostMs)
  return {
    thinkMeanMs: Math.max(1, cycleMs - fumbleMostMs / 2),
    // Long enough for a payer who tries three codes.
    vendorPatienceMs: 8 * patienceMs,
    payer: { fumbleLeastMs: Math.round(fumbleMostMs / 6), fumbleMostMs, patienceMs },
  }
}

/** From a bunch of herbs to a pair of shoes, in whole thousands; now and then a very small or a large sum. */
function amountOf(random: Random): number {
  switch (random.weighted({ usual: 90, small: 5, large: 5 })) {
    case 'usual':
      return 1_000 * random.between(5, 200)
    case 'small':
      return 100 * random.between(2, 40)
    case 'large':
      return 10_000 * random.between(30, 180)
  }
}
