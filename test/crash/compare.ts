import type { BookedRecord, BooksView, Claim } from './books-view.ts'
import type { ClientLog, ExecutedCommand, LoggedEvent } from './client-log.ts'

/** What is wrong between what people and devices know and what the books say. All but the last five must be 0. */
export type Verdict = {
  /** Promised (acknowledged, or answered) and not in the books when it was promised; or answered as paid and not posted so. */
  readonly acknowledgedLost: number
  /** Posted more often than once, or more than was due. */
  readonly doubled: number
  /** Posted though every answer said no, or by a token that nobody has shown. */
  readonly unagreed: number
  /** The sum over all accounts. */
  readonly ledgerSum: number
  /** Accounts whose balance is not the sum of their transfers. */
  readonly accountsWrong: number
  readonly chainBroken: number
  /** Rows that the journal says otherwise. */
  readonly rebuildDifferences: number
  /** Commands to an arm that were carried out too late, of a run of the gateway before, twice, for another vehicle, or with no decision. */
  readonly lateCommands: number
  /** Events at which our own code threw. */
  readonly faults: number
  /** Answers to one event that differed, and what else should not have been said. */
  readonly oddities: number
  /** Beginnings of the journal after the first one: nothing was restored, so there must be none. */
  readonly newEpochs: number

  readonly events: number
  readonly acknowledged: number
  readonly paid: number
  readonly commands: number
  readonly records: number
  /** The first of each kind, in words. */
  readonly details: readonly string[]
}

const DETAILS_MAX = 40
/** Both ends are on one machine; what a message takes on its way is not lateness. */
const LATE_SLACK_MS = 250
/** Answered without a record: what came too late to count, or cannot be read. */
const UNRECORDED = ['stale-scan', 'wrong-schema', 'token-signature']

/** `faultsOnTheWay`: what was wrong with the journal when it was read between two runs. */
export function compare(log: ClientLog, books: BooksView, faultsOnTheWay: readonly string[]): Verdict {
  const details: string[] = []
  const found = (problems: readonly string[]): number => {
    for (const problem of problems) if (details.length < DETAILS_MAX) details.push(problem)
    return problems.length
  }
  const events = [...log.events.values()]
  const money = events.filter(({ type }) => type === 'scan' || type === 'amount-keyed')
  const claims = Map.groupBy(books.claims, (claim) => `${claim.issuer} ${claim.spentId}`)
  const runOf = runFinder(log)

  return {
    acknowledgedLost: found([
      ...money.flatMap((event) => lostPromise(event, books, runOf)),
      ...[...log.tokens.keys()].flatMap((token) => lostPayment(token, log, claims)),
    ]),
    doubled: found([...doubledTokens(claims), ...overpaid(books)]),
    unagreed: found([...claims.keys()].flatMap((token) => unagreed(token, log))),
    ledgerSum: books.accounts.reduce((sum, { debits, credits }) => sum + debits - credits, 0),
    accountsWrong: found(wrongAccounts(books)),
    chainBroken: found([...faultsOnTheWay, ...books.chainFaults]),
    rebuildDifferences: books.rebuildDifferences,
    lateCommands: found(lateCommands(log, books, runOf)),
    faults: [...books.records.values()].filter(({ kind }) => kind === 'fault').length,
    oddities: found(log.oddities),
    newEpochs: books.epochs - 1,
    events: events.length,
    acknowledged: events.filter(({ acknowledgedBy }) => acknowledgedBy !== null).length,
    paid: events.filter(({ answer }) => answer !== null && isPaid(answer.outcome)).length,
    commands: log.commands.length,
    records: books.records.size,
    details,
  }
}

/** The counts that must be 0. */
export function violationsOf(verdict: Verdict): number {
  const { acknowledgedLost, doubled, unagreed, ledgerSum, accountsWrong, chainBroken, rebuildDifferences } = verdict
  const { lateCommands, faults, oddities, newEpochs } = verdict
  return [
    acknowledgedLost,
    doubled,
    unagreed,
    Math.abs(ledgerSum),
    accountsWrong,
    chainBroken,
    rebuildDifferences,
    lateCommands,
    faults,
    oddities,
    newEpochs,
  ].reduce((sum, count) => sum + count, 0)
}

type RunOf = (atMs: number) => number

/** Which run of the gateway made a record: the last one that was started before. One clock measures both. */
function runFinder(log: ClientLog): RunOf {
  return (atMs) => log.runs.findLastIndex(({ startedAtMs }) => startedAtMs <= atMs)
}

function lostPromise(event: LoggedEvent, books: BooksView, runOf: RunOf): readonly string[] {
  const { acknowledgedBy, answer, key } = event
  const promisedBy = Math.min(acknowledgedBy ?? Number.POSITIVE_INFINITY, answer?.run ?? Number.POSITIVE_INFINITY)
  if (promisedBy === Number.POSITIVE_INFINITY) return []
  const record = books.records.get(key)
  if (record === undefined) {
    return isUnrecorded(answer?.outcome) ? [] : [`${key}: promised by run ${promisedBy}, and not in the books`]
  }
  if (runOf(record.atMs) > promisedBy) {
    return [`${key}: promised by run ${promisedBy}, and booked by run ${runOf(record.atMs)}`]
  }
  if (answer !== null && answer.outcome !== record.answer) {
    return [`${key}: answered ${answer.outcome}, and the books remember ${record.answer}`]
  }
  return []
}

/** A device that took a PUBACK for a promise may have missed why it was refused. */
function isUnrecorded(outcome: string | undefined): boolean {
  if (outcome === undefined) return false
  const said = JSON.parse(outcome) as { readonly ok: boolean; readonly refusal?: string }
  return !said.ok && said.refusal !== undefined && UNRECORDED.includes(said.refusal)
}

function lostPayment(token: string, log: ClientLog, claims: ReadonlyMap<string, readonly Claim[]>): readonly string[] {
  return answersTo(token, log).flatMap((outcome) => {
    if (!isPaid(outcome)) return []
    const { charge, amount } = JSON.parse(outcome) as { charge: string; amount: { amount: number } }
    const isPosted = (claims.get(token) ?? []).some(
      (claim) => claim.charge === charge && claim.amount === amount.amount,
    )
    return isPosted ? [] : [`${token}: answered as paid for ${charge}, and not posted so`]
  })
}

function doubledTokens(claims: ReadonlyMap<string, readonly Claim[]>): readonly string[] {
  return [...claims].flatMap(([token, posted]) =>
    posted.length > 1 ? [`${token}: posted ${posted.length} times, by records ${posted.map(({ seq }) => seq)}`] : [],
  )
}

/** A charge is paid once, to the last đồng that was due, by transfers that add up to it. */
function overpaid(books: BooksView): readonly string[] {
  const moved = new Map<string, number>()
  for (const { charge, amount } of books.transfers) moved.set(charge, (moved.get(charge) ?? 0) + amount)
  return books.charges.flatMap(({ id, due, paid }) => {
    const sum = moved.get(id) ?? 0
    return paid > due || sum !== paid ? [`${id}: ${due} was due, ${paid} counts as paid, ${sum} was moved`] : []
  })
}

function unagreed(token: string, log: ClientLog): readonly string[] {
  const known = log.tokens.get(token)
  if (known === undefined) return [`${token}: posted, and nobody has shown it`]
  const shown = known.events.map((key) => log.events.get(key))
  const mayHavePaid = shown.some(
    (event) => event?.answer === null || (event !== undefined && isPaid(event.answer?.outcome ?? '')),
  )
  return mayHavePaid ? [] : [`${token}: posted, and every answer said no`]
}

function wrongAccounts({ accounts, transfers }: BooksView): readonly string[] {
  const debits = new Map<string, number>()
  const credits = new Map<string, number>()
  for (const { debit, credit, amount } of transfers) {
    debits.set(debit, (debits.get(debit) ?? 0) + amount)
    credits.set(credit, (credits.get(credit) ?? 0) + amount)
  }
  return accounts.flatMap((account) =>
    account.debits === (debits.get(account.id) ?? 0) && account.credits === (credits.get(account.id) ?? 0)
      ? []
      : [`${account.id}: its balance is not the sum of its transfers`],
  )
}

function lateCommands(log: ClientLog, books: BooksView, runOf: RunOf): readonly string[] {
  const decided = new Map<string, { readonly record: BookedRecord; readonly key: string; readonly effect: Effect }>()
  for (const [key, record] of books.records) {
    for (const effect of record.effects) decided.set(effect.id, { record, key, effect })
  }
  const times = Map.groupBy(log.commands, ({ device, id }) => `${device} ${id}`)
  return log.commands.flatMap((command) => {
    const name = `${command.type} ${command.id} at ${command.device}`
    const by = decided.get(command.id)
    if (by === undefined) return [`${name}: carried out, and never decided`]
    const { record, key, effect } = by
    if (command.atMs > effect.notAfter + LATE_SLACK_MS) {
      return [`${name}: carried out ${command.atMs - effect.notAfter} ms too late`]
    }
    if (effect.delivery === 'once' && runOf(record.atMs) !== command.run) {
      return [`${name}: decided by run ${runOf(record.atMs)}, and sent by run ${command.run}`]
    }
    if ((times.get(`${command.device} ${command.id}`)?.[0] ?? command) !== command)
      return [`${name}: carried out again`]
    return forAnother(command, key, log, name)
  })
}

type Effect = BookedRecord['effects'][number]

/** An arm that goes up by a scan goes up for the vehicle whose driver has shown the code. */
function forAnother(command: ExecutedCommand, key: string, log: ClientLog, name: string): readonly string[] {
  const token = log.events.get(key)?.token
  const vehicle = token === undefined || token === null ? null : (log.tokens.get(token)?.vehicle ?? null)
  if (command.type !== 'open' || vehicle === null || command.vehicle === vehicle) return []
  return [`${name}: for vehicle ${vehicle}, and ${command.vehicle ?? 'none'} stood there`]
}

function answersTo(token: string, log: ClientLog): readonly string[] {
  return (log.tokens.get(token)?.events ?? []).flatMap((key) => {
    const outcome = log.events.get(key)?.answer?.outcome
    return outcome === undefined ? [] : [outcome]
  })
}

function isPaid(outcome: string): boolean {
  return outcome.startsWith('{') && (JSON.parse(outcome) as { readonly kind?: string }).kind === 'paid'
}
