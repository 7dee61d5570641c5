import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../core/canonical-json.ts'
import type { Mode } from '../core/mode.ts'
import type { Books, DecidedEffect, Posting } from './invariants.ts'

/**
 * The books as somebody outside reads them: from the records of the journal alone, with no word from the gateway's own tables. Records come in the order of
 * their seq, each with its `hash`.
 */
export type JournalReader = {
  /** Throws on a record that has another form than the journal's. */
  take(record: unknown): void
  books(): Books
  /** The first record that does not fit, or `null`. */
  broken(): string | null
  records(): number
}

const mode = z.enum(['live', 'training'])
const money = z.object({ amount: z.int(), currency: z.string() })

/** Of the changes, those that say what money did and what was spent; all others are passed over. */
const change = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('claim-opened'),
    mode,
    claim: z.object({
      issuer: z.string(),
      identity: z.object({ iss: z.string(), id: z.string() }),
      amount: money,
      charge: z.string(),
    }),
  }),
  z.object({
    kind: z.literal('transfers'),
    linked: z.array(z.object({ debit: z.string(), credit: z.string(), amount: money })),
  }),
  z.object({ kind: z.literal('token-spent'), spent: z.object({ iss: z.string(), id: z.string() }) }),
])

const effect = z.object({ id: z.string(), to: z.string(), command: z.object({ type: z.string() }) })

const record = z.looseObject({
  seq: z.int(),
  epoch: z.int(),
  prev: z.string(),
  hash: z.string(),
  kind: z.string(),
  body: z.looseObject({
    event: z.looseObject({ mode, body: z.looseObject({ kind: z.string() }).nullish() }).optional(),
    changes: z.array(z.looseObject({ kind: z.string() })),
    effects: z.array(effect),
  }),
})

export function journalReader(): JournalReader {
  const postings: Posting[] = []
  const effects: DecidedEffect[] = []
  const balances = new Map<string, number>()
  const claimed = { live: 0, training: 0 }
  const mixed: string[] = []
  let taken = 0
  let last: { readonly seq: number; readonly hash: string } | undefined
  let broken: string | null = null

  /** An account and an identity say by their beginning of which mode they are; what a timer ends is of the mode in which it began. */
  function meets(what: string, seq: number, modes: readonly Mode[]): void {
    if (new Set(modes).size > 1) mixed.push(`record ${seq}: ${what} is of ${modes.join(' and of ')}`)
  }

  function takeChange(one: unknown, seq: number, asked: readonly Mode[]): void {
    const read = change.safeParse(one)
    if (!read.success) return
    switch (read.data.kind) {
      case 'claim-opened': {
        const { identity, amount, charge } = read.data.claim
        const of = read.data.mode
        meets(`the claim on ${identity.iss}`, seq, [...asked, of, modeOf(identity.id)])
        postings.push({ mode: of, iss: identity.iss, id: bare(identity.id), amount: amount.amount, charge })
        claimed[of] += amount.amount
        return
      }
      case 'transfers':
        for (const { debit, credit, amount } of read.data.linked) {
          meets(`a transfer from ${debit} to ${credit}`, seq, [...asked, modeOf(debit), modeOf(credit)])
          balances.set(debit, (balances.get(debit) ?? 0) - amount.amount)
          balances.set(credit, (balances.get(credit) ?? 0) + amount.amount)
        }
        return
      case 'token-spent':
        meets(`what is spent of ${read.data.spent.iss}`, seq, [...asked, modeOf(read.data.spent.id)])
        return
    }
  }

  function sumOf(of: Mode): number {
    // With what the claims say in place of the issuers' side: so a transfer that no claim stands for is seen.
    return [...balances].reduce(
      (sum, [account, balance]) => sum + (isIssuer(account) || modeOf(account) !== of ? 0 : balance),
      0 - claimed[of],
    )
  }

  return {
    take(given) {
      const { seq, prev, hash, body } = record.parse(given)
      taken += 1
      broken ??= faultOf(given, { seq, prev, hash }, last)
      last = { seq, hash }
      const asked = body.event === undefined || body.event.body?.kind === 'timer' ? [] : [body.event.mode]
      for (const one of body.changes) takeChange(one, seq, asked)
      for (const { id, to, command } of body.effects) effects.push({ id, to, type: command.type })
    },
    books: () => ({
      postings,
      // Of one sign, or one mode could hide what the other lacks.
      ledgerSum: sumOf('training') === 0 ? sumOf('live') : Math.abs(sumOf('live')) + Math.abs(sumOf('training')),
      mixed,
      chainVerified: taken > 0 && broken === null,
      effects,
    }),
    broken: () => broken,
    records: () => taken,
  }
}

/** `hash` is SHA-256 over the canonical JSON of all other members (architecture, section 3). */
function faultOf(
  given: unknown,
  { seq, prev, hash }: { readonly seq: number; readonly prev: string; readonly hash: string },
  before: { readonly seq: number; readonly hash: string } | undefined,
): string | null {
  const { hash: _own, ...rest } = z.record(z.string(), z.unknown()).parse(given)
  if (createHash('sha256').update(canonicalJson(rest)).digest('base64url') !== hash) return `record ${seq} was altered`
  if (before === undefined) return seq === 1 ? null : `the journal begins at ${seq}`
  if (seq !== before.seq + 1) return `after record ${before.seq} comes ${seq}`
  return prev === before.hash ? null : `record ${seq} does not follow from ${before.seq}`
}

const OF_TRAINING = 'training:'

function modeOf(name: string): Mode {
  return name.startsWith(OF_TRAINING) ? 'training' : 'live'
}

/** As the payer knows it. */
function bare(identity: string): string {
  return identity.startsWith(OF_TRAINING) ? identity.slice(OF_TRAINING.length) : identity
}

function isIssuer(account: string): boolean {
  return account.split(':')[1] === 'issuer'
}
