import type { QrReader } from '../devices/qr-reader.ts'
import type { BadKind } from '../wallet/bad-tokens.ts'
import { BAD_KINDS } from '../wallet/bad-tokens.ts'
import type { Meant, Point } from '../wallet/mint.ts'
import type { Shown, Wallet } from '../wallet/wallet.ts'
import type { Answer } from '../world/answer.ts'
import { isAccepted } from '../world/answer.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import { holdUp, holdUpElsewhere } from './holding-up.ts'
import type { PayersRecord, Purchase } from './payers-record.ts'

/** How people are, as chances of 1. */
export type Manners = {
  /** The first code is a bad one. */
  readonly badChance: number
  /** Pays by a code that rotates on the phone. */
  readonly rotatingChance: number
  /** Agrees to more than is due. */
  readonly moreChance: number
  /** Means the site, or wherever, and not this point. */
  readonly siteChance: number
  readonly genericChance: number
  /** Shows the code again although it was accepted. */
  readonly againChance: number
  /** Turns away before showing anything. */
  readonly walksAwayChance: number
  /** Shows the same code at a second reader at the same moment. */
  readonly twoReadersChance: number
}

export const MANNERS: Manners = {
  badChance: 0.12,
  rotatingChance: 0.35,
  moreChance: 0.1,
  siteChance: 0.15,
  genericChance: 0.03,
  againChance: 0.04,
  walksAwayChance: 0.02,
  twoReadersChance: 0,
}

export type PayerTempo = {
  /** From one thing that a payer does to the next. */
  readonly fumbleLeastMs: number
  readonly fumbleMostMs: number
  /** Without an answer for so long, the code is held up again. */
  readonly patienceMs: number
}

export type Paying = {
  readonly world: World
  readonly random: Random
  readonly record: PayersRecord
  readonly purchase: Purchase
  readonly wallet: Wallet
  readonly point: Point
  readonly amount: number
  readonly reader: QrReader
  /** Another reader of the site, for somebody who tries to be in two places. */
  readonly elsewhere: QrReader | undefined
  readonly manners: Manners
  readonly tempo: PayerTempo
}

/** With how many codes a payer tries before leaving. */
const CODES_MAX = 3
/** How often one code is held up. */
const TRIES_MAX = 6

/** Somebody who stands before a vendor, and can be spoken to. */
export type StandingPayer = {
  /** The vendor has heard the money, or takes the amount back: either way there is nothing more to show. */
  toldThat(what: 'it is paid' | 'it is cancelled'): void
}

/**
 * Somebody who is to pay an amount here: fumbles for the phone, shows a code, good or bad; on a refusal another one, on silence the same one again; or walks
 * away. `onEnd` is called once, with how it ended.
 */
export function payHere(paying: Paying, onEnd: (ending: Purchase['ending']) => void): StandingPayer {
  const { world, random, purchase, manners, tempo } = paying
  let isGone = false
  let putAway = (): void => {}

  const fumble = (then: () => void): void => {
    world.timeline.after(random.between(tempo.fumbleLeastMs, tempo.fumbleMostMs), () => {
      if (!isGone) then()
    })
  }
  const end = (ending: Purchase['ending']): void => {
    isGone = true
    putAway()
    purchase.ending = ending
    world.happenings.tell({ kind: 'person', who: paying.wallet.payer, did: ending })
    onEnd(ending)
  }

  function show(code: () => Shown, codesLeft: number): void {
    const holding = { ...paying, code, patienceMs: tempo.patienceMs, triesMax: TRIES_MAX }
    const { elsewhere } = paying
    if (elsewhere !== undefined && random.chance(manners.twoReadersChance)) holdUpElsewhere(holding, code(), elsewhere)
    putAway = holdUp(holding, (answer, shown) => hear(answer, shown, codesLeft))
  }

  function hear(answer: Answer | undefined, shown: Shown, codesLeft: number): void {
    if (answer === undefined) {
      end('no-answer')
    } else if (isAccepted(answer)) {
      if (random.chance(manners.againChance)) showAgainSoon(shown)
      end('accepted')
    } else if (isWorthAnotherCode(answer) && codesLeft > 1) {
      fumble(() => show(goodCode(paying), codesLeft - 1))
    } else {
      end('refused')
    }
  }

  /** Somebody who is not sure whether it has worked. */
  function showAgainSoon(shown: Shown): void {
    world.timeline.after(random.between(tempo.fumbleLeastMs, tempo.fumbleMostMs), () => {
      holdUp({ ...paying, code: () => shown, patienceMs: tempo.patienceMs, triesMax: 1 }, () => {})
    })
  }

  fumble(() => {
    if (random.chance(manners.walksAwayChance)) end('walked-away')
    else show(random.chance(manners.badChance) ? badCode(paying) : goodCode(paying), CODES_MAX)
  })

  return {
    toldThat(what) {
      if (isGone) return
      end(what === 'it is paid' ? 'accepted' : 'sent-away')
    },
  }
}

/** A code that pays; a rotating one is asked for anew at each try. */
export function goodCode({ random, wallet, point, amount, manners }: Paying): () => Shown {
  const upTo = random.chance(manners.moreChance) ? amount + 1_000 * random.between(1, 20) : amount
  const meant = meantBy(random, manners)
  if (random.chance(manners.rotatingChance)) return () => wallet.rotating(point, upTo, meant)
  return always(wallet.pay(point, upTo, meant))
}

export function badCode({ random, wallet, point, amount }: Paying): () => Shown {
  const kind: BadKind = random.pick(BAD_KINDS)
  return always(wallet.bad(kind, point, amount))
}

function isWorthAnotherCode(answer: Answer): boolean {
  return !answer.ok && (answer.tryAgain === 'new-token' || answer.tryAgain === 'later')
}

function meantBy(random: Random, { siteChance, genericChance, twoReadersChance }: Manners): Meant {
  if (random.chance(genericChance)) return 'generic'
  // A code for one point is no use at two.
  return random.chance(Math.max(siteChance, twoReadersChance)) ? 'site' : 'place'
}

function always(shown: Shown): () => Shown {
  return () => shown
}
