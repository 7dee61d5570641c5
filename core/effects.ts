import type { DeviceId, DocumentId, EffectId, SessionId } from './ids.ts'
import type { Money } from './money.ts'
import type { Refusal } from './refusals.ts'
import type { Instant } from './time.ts'

/** What a device is told to do. */
export type DeviceCommand =
  | { readonly type: 'open' }
  | { readonly type: 'close' }
  /** Open and stay open until `release`: the emergency. */
  | { readonly type: 'hold-open' }
  /** The arm may come down at once: sent only while nobody stands under it, and followed by `close` for an arm that waits to be told. */
  | { readonly type: 'release' }
  /** A soundbox speaks; a till or a display shows. */
  | { readonly type: 'announce'; readonly message: Announcement }

/**
 * What people are told. The device's driver words it (Vietnamese, English, spoken or shown), so that books hold facts and not sentences.
 */
export type Announcement =
  | { readonly kind: 'received'; readonly amount: Money; readonly due: Money; readonly charge: string }
  | { readonly kind: 'already-received'; readonly amount: Money; readonly charge: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly due: Money | null }
  | {
      readonly kind: 'amount-due'
      readonly amount: Money
      readonly charge: string
      /** What a bank's app reads to pay it (VietQR); `null` where the site has no account for it. */
      readonly qr: string | null
      /** What of it the plate owes from an earlier visit. */
      readonly debt?: Money
      /** No code of a payer is taken there: nobody is asked to show one. */
      readonly withoutCode?: true
      /** Nothing came for it in time: staff have been called. */
      readonly isStaffCalled?: true
      /** Who takes it in cash, where that is not the staff of the site. */
      readonly cashFor?: 'vendor'
    }
  /** A ticket to show as a code or to print. `text` is its signed form, put in where the document is signed; the decision leaves it empty. On its way out it may become a link that ends in it. */
  | {
      readonly kind: 'ticket'
      readonly document: DocumentId
      readonly session: SessionId
      readonly enteredAt: Instant
      readonly text: string
      /** What its plate owes from before, asked at the exit of this stay. */
      readonly debt?: Money
    }
  /** No space for this class of vehicle. */
  | { readonly kind: 'full' }
  /** It leaves and owes: asked at the exit of its next stay. */
  | { readonly kind: 'debt'; readonly amount: Money }
  /** What was read names more than one stay, or none: staff choose. */
  | { readonly kind: 'choose-staff' }
  | { readonly kind: 'charge-cancelled'; readonly charge: string }
  /** `debt`: what its plate owes from before, asked at the exit of this stay. */
  | { readonly kind: 'welcome'; readonly paid: Money | null; readonly debt?: Money }
  /** It leaves, and nothing is to be paid any more. `over`: so much came beyond what was asked, and is to be given back. */
  | { readonly kind: 'goodbye'; readonly over?: Money }
  | { readonly kind: 'drive-on' }
  /** `why`: what was refused that its driver cannot mend. */
  | { readonly kind: 'call-staff'; readonly why?: Refusal }
  | { readonly kind: 'idle' }

/**
 * An effect of a record on the world, carried out after the commit. `repeatable`: again is harmless, the receiver knows its id. `once`: never
 * sent if it was committed before this start of the process.
 */
export type Effect = {
  readonly id: EffectId
  readonly to: DeviceId
  readonly delivery: 'repeatable' | 'once'
  /** Never handed over after this. */
  readonly notAfter: Instant
  readonly command: DeviceCommand | CutConnection
}

/** The device did not answer in time: its connection is closed, so that no half-open line delivers late. Carried out by the gateway, never encoded. */
export type CutConnection = { readonly type: 'cut-connection' }
