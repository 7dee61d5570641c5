import type { WireAnnouncement } from '../../devices/wire.ts'
import type { Announcer } from '../devices/announcer.ts'
import type { Answer } from '../devices/answer.ts'
import type { Till } from '../devices/till.ts'
import type { Random } from '../world/random.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'

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
  /** A charge is open: somebody comes to pay it. */
  serve(amount: number): void
}

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
  | { readonly kind: 'asking'; readonly charge: string; readonly patience: Alarm }
  | { readonly kind: 'taking-back' }

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
    const waitMs = random.chance(options.cancelChance) ? 0 : options.patienceMs
    sale = { kind: 'asking', charge: answer.charge, patience: world.timeline.after(waitMs, takeBack) }
    options.serve(amount)
  }

  function heard({ kind, charge }: WireAnnouncement): void {
    if (kind !== 'received' || sale.kind !== 'asking' || sale.charge !== charge) return
    sale.patience.cancel()
    sold += 1
    tell('heard the money')
    think()
  }

  /** It may have been paid at this very moment: then the gateway says so, and the sale is over all the same. */
  function takeBack(): void {
    sale = { kind: 'taking-back' }
    tell('takes the amount back')
    till.clear(() => think())
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
