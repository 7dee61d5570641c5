import type { Money } from '../../core/money.ts'
import { money } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Instant } from '../../core/time.ts'
import { later, SECOND_MS } from '../../core/time.ts'
import type { TokenKind } from '../../core/tokens.ts'
import type { BadKind } from './bad-tokens.ts'
import { badTokens } from './bad-tokens.ts'
import type { SimulatedIssuers } from './issuers.ts'
import type { Issued, Meant, Point } from './mint.ts'
import { createMint, PASS_LIFETIME_MS, PHONE_LIMIT } from './mint.ts'
import type { RandomBytes } from './signing.ts'

/** What a payer holds up to a reader. */
export type Shown = {
  readonly text: string
  readonly what: TokenKind | BadKind
  /** What a gateway whose clock is right must answer; `null`: it is good. */
  readonly expected: Refusal | null
  /** What the payer agreed to by it; `null` where nothing in it binds the payer. */
  readonly agreement: Agreement | null
}

/** A line of the payer's own record, kept apart from any gateway's books, to be compared with them token by token. */
export type Agreement = {
  readonly kind: TokenKind
  /** The identity under which it is spent. */
  readonly iss: string
  readonly id: string
  /** At most so much; `null` for tokens that pay nothing. */
  readonly amount: Money | null
  readonly audience: readonly string[]
  readonly agreedAt: Instant
  readonly expected: Refusal | null
}

export type Wallet = {
  readonly payer: string
  /** A fresh payment token for at most this amount. */
  pay(point: Point, amount: number, meant: Meant): Shown
  /** What the phone shows now for this amount: another code every `ROTATE_MS`, without any network. Its credential is good for `PHONE_LIMIT`. */
  rotating(point: Point, amount: number, meant: Meant): Shown
  /** A pass of this payer's for the whole site, at every hour: the same text until it ends. */
  pass(): Shown
  /** A supervisor's word that this lane may be opened once. */
  override(point: Point, reason: string): Shown
  /** A bad token of this kind; `amount` is what is due, at least 2. */
  bad(kind: BadKind, point: Point, amount: number): Shown
  /** The last payment token that was shown at this point, once more. Good for nothing, if it was taken for something else. */
  again(point: Point): Shown | null
  /** Everything that this payer ever agreed to, in order. */
  agreements(): readonly Agreement[]
}

export type WalletOptions = {
  readonly site: string
  readonly payer: string
  readonly issuers: SimulatedIssuers
  /** Whose payment tokens this payer holds: `wallet`, or `bank` for ES256, whose signatures differ from run to run. */
  readonly issuer: 'wallet' | 'bank'
  readonly random: RandomBytes
  /** The payer's own clock. */
  readonly now: () => Instant
}

export const ROTATE_MS = 20 * SECOND_MS

/** A payer with real signed tokens, good and bad. The same dice and the same clock give the same payer (Ed25519 rolls none of its own). */
export function createWallet({ site, payer, issuers, issuer, random, now }: WalletOptions): Wallet {
  const record: Agreement[] = []
  const { currency } = issuers
  const mint = createMint({ site, payer, issuers, random, now, issuer: issuers[issuer] })
  const lastShown = new Map<string, Shown>()
  let rotatingNow: { readonly key: string; readonly at: Instant; readonly shown: Shown } | null = null
  let passNow: { readonly until: Instant; readonly shown: Shown } | null = null

  const agreed = (shown: Shown): Shown => {
    if (shown.agreement !== null) record.push(shown.agreement)
    return shown
  }
  const good = (kind: TokenKind, issued: Issued, amount: number | null): Shown =>
    shownOf(kind, null, issued, kind, amount === null ? null : money(amount, currency), now())

  return {
    payer,
    pay(point, amount, meant) {
      const issued = mint.pay({ aud: mint.audience(point, meant), amt: amount })
      const shown = agreed(good('pay', issued, amount))
      lastShown.set(`${point.kind}:${point.id}`, shown)
      return shown
    },
    rotating(point, amount, meant) {
      const key = [point.kind, point.id, amount, meant].join()
      const at = now()
      if (rotatingNow?.key === key && at - rotatingNow.at < ROTATE_MS) return rotatingNow.shown
      const issued = mint.holder({}, { aud: mint.audience(point, meant), amt: amount })
      const expected = amount > PHONE_LIMIT ? 'amount-too-low' : null
      const shown = agreed(shownOf('holder', expected, issued, 'holder', money(amount, currency), at))
      rotatingNow = { key, at, shown }
      return shown
    },
    pass() {
      if (passNow === null || passNow.until <= now()) {
        passNow = { until: later(now(), PASS_LIFETIME_MS), shown: agreed(good('pass', mint.pass(), null)) }
      }
      return passNow.shown
    },
    override: (point, reason) => agreed(good('override', mint.override(point, reason), null)),
    bad(kind, point, amount) {
      const { expected, make } = badTokens[kind]
      const made = make(mint, point, amount)
      if (typeof made === 'string') return { text: made, what: kind, expected, agreement: null }
      return agreed(shownOf(kind, expected, made, made.kind, money(made.amount, currency), now()))
    },
    again(point) {
      const last = lastShown.get(`${point.kind}:${point.id}`)
      return last === undefined ? null : { ...last, expected: 'token-spent' }
    },
    agreements: () => record,
  }
}

function shownOf(
  what: Shown['what'],
  expected: Refusal | null,
  { text, iss, id, aud }: Issued,
  kind: TokenKind,
  amount: Money | null,
  at: Instant,
): Shown {
  const agreement: Agreement = { kind, iss, id, amount, audience: aud, agreedAt: at, expected }
  return { text, what, expected, agreement }
}
