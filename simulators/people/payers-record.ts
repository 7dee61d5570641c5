import type { DeviceId } from '../../core/ids.ts'
import type { Point } from '../wallet/mint.ts'
import type { Agreement, Shown } from '../wallet/wallet.ts'
import type { Answer } from '../world/answer.ts'

/**
 * What the payers themselves know: what they meant to buy, what they agreed to, where they held it up and what they were told. It is kept apart from any
 * gateway, whole from the first to the last, because what the books say is compared with it token by token.
 */
export type PayersRecord = {
  begin(purchase: { readonly payer: string; readonly point: Point; readonly amount: number | null }): Purchase
  /** A code is held up. The same code again is the same token. */
  shown(purchase: Purchase, shown: Shown, reader: DeviceId, event: string): Showing
  purchases(): readonly Purchase[]
}

/** What somebody means to have once: a sale at a stall, a way through a lane. */
export type Purchase = {
  readonly payer: string
  readonly point: Point
  /** What is to be paid; `null` where a pass or an override is shown. */
  readonly amount: number | null
  readonly tokens: TokenShown[]
  ending: 'under-way' | 'accepted' | 'refused' | 'walked-away' | 'sent-away' | 'no-answer'
  /** A code of it was shown at another reader at the same time, which may have bought something there. */
  isShared: boolean
}

export type TokenShown = {
  readonly what: Shown['what']
  readonly agreement: Agreement | null
  readonly expected: Shown['expected']
  readonly showings: Showing[]
}

export type Showing = {
  readonly reader: DeviceId
  readonly event: string
  answer: Answer | 'waiting' | 'given-up'
}

export function payersRecord(): PayersRecord {
  const purchases: Purchase[] = []
  /** By text, and only while the purchase is under way: texts are long. */
  const texts = new WeakMap<Purchase, Map<string, TokenShown>>()

  return {
    begin({ payer, point, amount }) {
      const purchase: Purchase = { payer, point, amount, tokens: [], ending: 'under-way', isShared: false }
      purchases.push(purchase)
      texts.set(purchase, new Map())
      return purchase
    },
    shown(purchase, { text, what, agreement, expected }, reader, event) {
      const known = texts.get(purchase)
      let token = known?.get(text)
      if (token === undefined) {
        token = { what, agreement, expected, showings: [] }
        purchase.tokens.push(token)
        known?.set(text, token)
      }
      const showing: Showing = { reader, event, answer: 'waiting' }
      token.showings.push(showing)
      return showing
    },
    purchases: () => purchases,
  }
}
