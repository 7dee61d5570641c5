import type { Mode } from '../core/mode.ts'
import type { DriveEnd } from './people/driver.ts'
import type { Purchase, TokenShown } from './people/payers-record.ts'
import type { Agreement } from './wallet/wallet.ts'
import type { Opening, Spoken } from './witness.ts'
import { isAccepted } from './world/answer.ts'
import type { CommandSeen } from './world/happenings.ts'

/**
 * What must hold whatever went wrong, as pure functions over four accounts that were kept apart: the payers' own record, the books, the journal, and what the
 * devices did. Each returns a sentence for each violation; none means that it holds.
 */
export type Evidence = {
  /** In which mode the box is: what its devices take, say and show is of that one. */
  readonly mode: Mode
  readonly purchases: readonly Purchase[]
  /** Everything that the payers ever agreed to. */
  readonly agreements: readonly Agreement[]
  readonly books: Books
  readonly commands: readonly CommandSeen[]
  readonly spoken: readonly Spoken[]
  readonly openings: readonly Opening[]
  readonly armHits: readonly string[]
  readonly driveEnds: Readonly<Record<DriveEnd, number>>
  /** How long after a vehicle has left the line its arm may still rise: what was decided for it was under way. */
  readonly openedForNobodyMaxMs: number
}

/** What is read from a gateway when all is over. */
export type Books = {
  readonly postings: readonly Posting[]
  /** Over all accounts, of each mode by itself. */
  readonly ledgerSum: number
  /** Records in which what is of training and what is live have met. */
  readonly mixed: readonly string[]
  readonly chainVerified: boolean
  /** What the journal says that devices were told. Ids are unique over all of them. */
  readonly effects: readonly DecidedEffect[]
}

/** Money that was taken for a token: one line for each claim on an issuer. */
export type Posting = {
  readonly mode: Mode
  readonly iss: string
  /** The identity under which the token is spent: `jti:…` or `kb:…`. */
  readonly id: string
  readonly amount: number
  readonly charge: string
}

export type DecidedEffect = { readonly id: string; readonly to: string; readonly type: string }

export type Invariant =
  | 'acknowledged means booked'
  | 'booked at most once'
  | 'one purchase is paid at most once'
  | 'booked as agreed'
  | 'a bad token gets nothing'
  | 'a command is done once, in time, by the run it was for'
  | 'an arm moves by a decision'
  | 'an arm opens for somebody'
  | 'an arm closes on nobody'
  | 'what is said aloud is booked'
  | 'nobody let through is left standing'
  | 'training money never meets live money'
  | 'the ledger sums to zero'
  | 'the chain is whole'

export type Violation = { readonly invariant: Invariant; readonly what: string }

export const invariants: Readonly<Record<Invariant, (evidence: Evidence) => readonly string[]>> = {
  'acknowledged means booked': lostTokens,
  'booked at most once': ({ books }) => doubledTokens(books.postings),
  'one purchase is paid at most once': purchasesPaidTwice,
  'booked as agreed': ({ agreements, books }) => bookedOtherwise(agreements, books.postings),
  'a bad token gets nothing': badTokensTaken,
  'a command is done once, in time, by the run it was for': ({ commands }) => commandsDoneWrongly(commands),
  'an arm moves by a decision': armsMovedByNobody,
  'an arm opens for somebody': ({ openings, openedForNobodyMaxMs }) =>
    openings
      .filter(({ emptyForMs }) => emptyForMs > openedForNobodyMaxMs)
      .map(({ lane, atMs, emptyForMs }) => `${lane} opened at ${atMs} ms, empty for ${emptyForMs} ms`),
  'an arm closes on nobody': ({ armHits }) => armHits,
  'what is said aloud is booked': saidAndNotBooked,
  'nobody let through is left standing': ({ driveEnds }) =>
    driveEnds.stranded === 0 ? [] : [`${driveEnds.stranded} drivers were let through and the arm never came up`],
  'training money never meets live money': ({ books }) => books.mixed,
  'the ledger sums to zero': ({ books }) => (books.ledgerSum === 0 ? [] : [`it sums to ${books.ledgerSum}`]),
  'the chain is whole': ({ books }) => (books.chainVerified ? [] : ['the journal does not verify']),
}

/** All invariants over all the evidence. */
export function judge(evidence: Evidence): readonly Violation[] {
  const names = Object.keys(invariants) as Invariant[]
  return names.flatMap((invariant) => invariants[invariant](evidence).map((what) => ({ invariant, what })))
}

/** Tokens that were acknowledged as paid and of which the books know nothing, or another sum. */
export function lostTokens(evidence: Pick<Evidence, 'purchases' | 'books' | 'mode'>): readonly string[] {
  const { purchases } = evidence
  const booked = postingsByToken(ownPostings(evidence))
  return purchases.flatMap(({ tokens }) =>
    tokens.flatMap(({ agreement, showings }) =>
      showings.flatMap(({ answer, reader, event }) => {
        if (typeof answer === 'string' || !answer.ok || answer.kind !== 'paid') return []
        const where = `${agreement === null ? 'a token nobody agreed to' : keyOf(agreement)}, shown at ${reader} as ${event}`
        const posting = agreement === null ? undefined : booked.get(keyOf(agreement))?.[0]
        if (posting === undefined) return [`${where}: acknowledged and not booked`]
        const acknowledged = answer.amount?.amount
        if (posting.amount !== acknowledged) return [`${where}: ${acknowledged} acknowledged, ${posting.amount} booked`]
        return []
      }),
    ),
  )
}

/** Tokens that stand in the books more than once. */
export function doubledTokens(postings: readonly Posting[]): readonly string[] {
  // What was practised with can still be paid with, once.
  return [...Map.groupBy(postings, (posting) => `${posting.mode} ${keyOf(posting)}`)]
    .filter(([, of]) => of.length > 1)
    .map(([token, of]) => `${token} is booked ${of.length} times: ${of.map(({ charge }) => charge).join(', ')}`)
}

/** A code that rotates, or a second code after silence, must not pay one sale twice. Who showed a code at two readers may have bought at both. */
function purchasesPaidTwice(evidence: Evidence): readonly string[] {
  const { purchases } = evidence
  const booked = postingsByToken(ownPostings(evidence))
  return purchases.flatMap(({ payer, point, tokens, isShared }) => {
    const paid = tokens.filter(({ agreement }) => agreement !== null && booked.has(keyOf(agreement)))
    if (isShared || paid.length <= 1) return []
    return [`${payer} at ${point.kind} ${point.id} paid ${paid.length} times for one purchase`]
  })
}

/** Nobody pays what nobody agreed to: not another token, not more, not elsewhere, and not by a token that is bad. */
function bookedOtherwise(agreements: readonly Agreement[], postings: readonly Posting[]): readonly string[] {
  const agreed = new Map(agreements.map((agreement) => [keyOf(agreement), agreement]))
  return postings.flatMap((posting) => {
    const agreement = agreed.get(keyOf(posting))
    if (agreement === undefined) return [`${keyOf(posting)}: no payer knows of it`]
    if (isBadEverywhere(agreement)) return [`${keyOf(posting)}: booked, although ${agreement.expected}`]
    const most = agreement.amount?.amount ?? 0
    return posting.amount > most ? [`${keyOf(posting)}: ${posting.amount} booked, at most ${most} agreed`] : []
  })
}

function badTokensTaken({ purchases }: Evidence): readonly string[] {
  const isTaken = ({ showings }: TokenShown): boolean =>
    showings.some(
      ({ answer }) => typeof answer !== 'string' && isAccepted(answer) && answer.kind !== 'already-accepted',
    )
  return purchases.flatMap(({ payer, point, tokens }) =>
    tokens
      .filter((token) => isBadEverywhere(token) && isTaken(token))
      .map(({ what, expected }) => `${payer} at ${point.kind} ${point.id}: ${what} was taken, although ${expected}`),
  )
}

/** What is too little for one charge may be enough for another, to which the same payer has agreed as well. */
function isBadEverywhere({ expected }: Pick<Agreement, 'expected'>): boolean {
  return expected !== null && expected !== 'amount-too-low'
}

function commandsDoneWrongly(commands: readonly CommandSeen[]): readonly string[] {
  const done = new Set<string>()
  return commands.flatMap(({ device, command, type, result, forBoot, notAfterUpMs, boot, upMs }) => {
    if (result !== 'done') return []
    const what = `${device} ${type} ${command}`
    const key = `${device} ${command}`
    const isAgain = done.has(key)
    done.add(key)
    if (isAgain) return [`${what}: done a second time`]
    if (forBoot !== null && forBoot !== boot) return [`${what}: done by run ${boot}, meant for ${forBoot}`]
    if (notAfterUpMs !== null && upMs > notAfterUpMs) return [`${what}: done at ${upMs}, due until ${notAfterUpMs}`]
    return []
  })
}

/** The emergency speaks without the books, so its commands stand in no journal. */
function armsMovedByNobody({ commands, books }: Evidence): readonly string[] {
  const decided = new Map(books.effects.map((effect) => [effect.id, effect]))
  return commands.flatMap(({ device, command, type, result }) => {
    if (result !== 'done' || (type !== 'open' && type !== 'close')) return []
    const effect = decided.get(command)
    if (effect === undefined) return [`${device} did ${type} ${command}, which the journal does not know`]
    return effect.to === device && effect.type === type
      ? []
      : [`${device} did ${type} ${command}, which the journal knows as ${effect.type} of ${effect.to}`]
  })
}

function saidAndNotBooked({ spoken, ...evidence }: Evidence): readonly string[] {
  const booked = new Map(ownPostings(evidence).map((posting) => [posting.charge, posting.amount]))
  const saidBy = new Set<string>()
  return spoken.flatMap(({ device, charge, amount }) => {
    const isAgain = saidBy.has(`${device} ${charge}`)
    saidBy.add(`${device} ${charge}`)
    if (isAgain) return [`${device} said twice that ${charge} was paid`]
    if (charge !== null && booked.get(charge) === amount) return []
    return [`${device} said ${amount} for ${charge}, and ${booked.get(charge ?? '') ?? 'nothing'} is booked`]
  })
}

function ownPostings({ books, mode }: Pick<Evidence, 'books' | 'mode'>): readonly Posting[] {
  return books.postings.filter((posting) => posting.mode === mode)
}

function postingsByToken(postings: readonly Posting[]): ReadonlyMap<string, readonly Posting[]> {
  return Map.groupBy(postings, keyOf)
}

function keyOf({ iss, id }: { readonly iss: string; readonly id: string }): string {
  return `${iss} ${id}`
}
