import type { WireAnnouncement } from '../../devices/wire.ts'
import type { Announcer } from '../devices/announcer.ts'
import type { Till } from '../devices/till.ts'
import type { Answer } from '../world/answer.ts'
import type { Random } from '../world/random.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'
import type { StandingPayer } from './payer.ts'

export type VendorOptions = {
  readonly name: string
  readonly till: Till
  readonly soundbox: Announcer
  readonly random: Random
  readonly currency: string
  /** From the end of one sale to the next amount that is keyed. */
  readonly thinkMeanMs: number
  /** How long the vendor waits to hear the money before the amount is taken back. */
  readonly patienceMs: number
  /** How often, of 1, the vendor takes an amount back at once. */
  readonly cancelChance: number
  /** The next amount. */
  amount(): number
  /** A charge is open: somebody comes to pay it, and is told how the sale has ended. `onLeft` where that one has gone and has not paid. */
  serve(amount: number, onLeft: () => void): StandingPayer
}

/** From seeing somebody go to taking the amount back. */
const SEES_LEAVING_MS = 1_000

/** Somebody who sells: keys an amount, waits to hear the money, and if it does not come takes the amount back. */
export type Vendor = {
  start(): void
  /** After the sale under way, no other is begun. */
  close(): void
  isSelling(): boolean
  /** Sales of which the money was heard, or seen on the till. */
  sold(): number
}

type Sale =
  | { readonly kind: 'none' }
  | { readonly kind: 'keying' }
  | { readonly kind: 'asking'; readonly charge: string; readonly payer: StandingPayer; readonly patience: Alarm }
  | { readonly kind: 'taking-back'; readonly charge: string; readonly payer: StandingPayer }

export function vendor(world: World, options: VendorOptions): Vendor {
  const { till, soundbox, random } = options
  let sale: Sale = { kind: 'none' }
  let isOpen = false
  let sold = 0

  const tell = (did: string): void => world.happenings.tell({ kind: 'person', who: options.name, did })

  function think(): void {
    sale = { kind: 'none' }
    if (isOpen) world.timeline.after(random.waitMs(options.thinkMeanMs), key)
  }

  function key(): void {
    if (!isOpen) return
    const amount = options.amount()
    sale = { kind: 'keying' }
    tell(`keys ${amount}`)
    till.key(amount, options.currency, (answer) => keyed(amount, answer))
  }

  function keyed(amount: number, answer: Answer | undefined): void {
    if (sale.kind !== 'keying') return
    if (answer === undefined || !answer.ok || answer.charge === null) {
      tell('could not key')
      think()
      return
    }
    const { charge } = answer
    const payer = options.serve(amount, () => waitAtMost(charge, SEES_LEAVING_MS))
    const patience = world.timeline.after(options.patienceMs, () => takeBack(charge, payer))
    sale = { kind: 'asking', charge, payer, patience }
    if (random.chance(options.cancelChance)) waitAtMost(charge, 0)
  }

  function waitAtMost(forCharge: string, waitMs: number): void {
    if (sale.kind !== 'asking' || sale.charge !== forCharge) return
    const { charge, payer } = sale
    sale.patience.cancel()
    sale = { kind: 'asking', charge, payer, patience: world.timeline.after(waitMs, () => takeBack(charge, payer)) }
  }

  function heard({ kind, charge }: WireAnnouncement): void {
    if (kind !== 'received' || (sale.kind !== 'asking' && sale.kind !== 'taking-back')) return
    if (sale.charge !== charge) return
    const { payer } = sale
    sold += 1
    tell('heard the money')
    if (sale.kind === 'asking') {
      sale.patience.cancel()
      think()
    }
    payer.toldThat('it is paid')
  }

  /** It may be paid at this very moment: then the till is refused, and the money is heard. */
  function takeBack(charge: string, payer: StandingPayer): void {
    sale = { kind: 'taking-back', charge, payer }
    tell('takes the amount back')
    till.clear((answer) => {
      if (answer !== undefined) payer.toldThat(answer.ok ? 'it is cancelled' : 'it is paid')
      think()
    })
  }

  till.onAnnounced(heard)
  soundbox.onAnnounced(heard)

  return {
    start() {
      if (isOpen) return
      isOpen = true
      think()
    },
    close() {
      isOpen = false
    },
    isSelling: () => sale.kind !== 'none',
    sold: () => sold,
  }
}
