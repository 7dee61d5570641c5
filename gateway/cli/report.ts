import type { Command } from 'commander'
import { siteId } from '../../core/ids.ts'
import type { Tender } from '../../core/ledger.ts'
import type { Mode } from '../../core/mode.ts'
import type { CurrencyCode } from '../../core/money.ts'
import type { Language } from '../../core/money-text.ts'
import { dayStart, localDayOf, localTimeAt } from '../../core/parking/zone-time.ts'
import { DAY_MS, HOUR_MS, instant } from '../../core/time.ts'
import type { Audit, OpenedWithoutPayment, Span, Totals } from '../../db/audit.ts'
import { AUDIT_PAGE_MAX, createAudit } from '../../db/audit.ts'
import type { Correction, CorrectionsPage } from '../../db/corrections.ts'
import { openDebts } from '../../db/debts.ts'
import { readHead } from '../../db/journal.ts'
import { stillHeld } from '../../db/on-behalf.ts'
import type { OpenDb } from '../../db/open.ts'
import { openForReading } from '../../db/open.ts'
import type { Opening } from '../../db/openings.ts'
import type { MerchantValidations, ParkingReports } from '../../db/parking-reports.ts'
import { CREDITS_LISTED_MAX, createParkingReports, everyValidation } from '../../db/parking-reports.ts'
import type { Standing, Takings } from '../../db/takings.ts'
import { standing } from '../../db/takings.ts'
import { createZoneRules } from '../clock/zone-rules.ts'
import { dataFiles } from '../config.ts'
import { correctionWords } from '../http/parking/correction-words.ts'
import { localTimeText } from './local-time-text.ts'
import { siteClock } from './site-clock.ts'
import { configOrThrow, MARKS, progress, say, UsageError, wholeOption } from './terminal.ts'

type Json = { readonly json?: boolean }

/** `tolbooth report …`: what whoever checks a site asks of its books, also while a gateway runs. */
export function addReportCommands(program: Command): void {
  const report = program.command('report').description('ask the books, also while the gateway runs')
  report
    .command('ledger')
    .description('whether debits and credits come to 0, in each mode and currency')
    .option('--json', 'for programs')
    .action(({ json }: Json) => {
      reading((audit) => {
        const sums = audit.ledgerSums()
        const isWhole = sums.every((sum) => sum.posted === 0 && sum.pending === 0)
        if (!isWhole) process.exitCode = 1
        if (json === true) say.json(sums)
        else if (sums.length === 0) say.line('nothing has been booked yet')
        else
          for (const sum of sums)
            say.line(
              `${sum.posted === 0 && sum.pending === 0 ? MARKS.good : MARKS.bad} ${sum.mode} ${sum.currency}: ${sum.posted} posted, ${sum.pending} pending`,
            )
      })
    })
  report
    .command('exposure')
    .description('what is accepted and not settled yet, by issuer')
    .option('--json', 'for programs')
    .action(({ json }: Json) => {
      reading((audit) => {
        const exposures = audit.exposures()
        if (json === true) say.json(exposures)
        else
          for (const each of exposures)
            say.line(
              `${each.mode.padEnd(8)} ${String(each.amount).padStart(14)}  ${String(each.claims).padStart(8)} claims  ${each.issuer}`,
            )
      })
    })
  addTotalsReport(report)
  report
    .command('postings')
    .description('every token that was taken for money: issuer, id, amount, charge; as JSON, one a line')
    .action(() => {
      reading((audit) => {
        for (
          let page = audit.postings('', AUDIT_PAGE_MAX);
          page.length > 0;
          page = audit.postings(page.at(-1)?.claim ?? '', AUDIT_PAGE_MAX)
        ) {
          for (const posting of page) say.json(posting)
        }
      })
    })
  report
    .command('unpassed')
    .description('who paid and never passed')
    .option('--json', 'for programs')
    .action(({ json }: Json) => {
      reading((audit, _open, timeText) => {
        for (
          let page = audit.paidNeverPassed(0, AUDIT_PAGE_MAX);
          page.length > 0;
          page = audit.paidNeverPassed(page.at(-1)?.seq ?? 0, AUDIT_PAGE_MAX)
        ) {
          for (const each of page) {
            if (json === true) say.json(each)
            else
              say.line(
                `${timeText(each.grantedAt)}  ${each.lane}  ${each.amount.amount} ${each.amount.currency}  ${each.charge}${each.mode === 'training' ? ' (training)' : ''}`,
              )
          }
        }
      })
    })
  addValidationsReport(report)
  addDebtsReport(report)
  addOnBehalfReport(report)
  addCreditsReport(report)
  addCorrectionsReport(report)
  report
    .command('opened')
    .description(
      'what opened with no payment: by hand, also what was handed in later, on debt, in an emergency, an arm that went up by itself, or for nobody that the books know',
    )
    .option('--after <seq>', 'in records after this one', '0')
    .option(
      '--all',
      'every opening, whoever it was for, with what the arm was told and said, whom the loops saw, and how it closed',
    )
    .option('--json', 'for programs')
    .action(({ after, all, json }: Json & { readonly after: string; readonly all?: boolean }) => {
      reading((audit, _open, timeText) => {
        if (all === true) {
          for (const opening of audit.openings(wholeOption('--after', after))) {
            if (json === true) say.json(opening)
            else say.line(evidenceText(opening, timeText))
          }
          return
        }
        for (let next: number | null = wholeOption('--after', after); next !== null; ) {
          const page: ReturnType<Audit['openedWithoutPayment']> = audit.openedWithoutPayment(next)
          for (const opening of page.openings) {
            if (json === true) say.json(opening)
            else say.line(`${timeText(opening.at)}  ${opening.lane ?? 'every lane'}  ${whyText(opening, timeText)}`)
          }
          next = page.next
        }
      })
    })
}

/** `tolbooth report corrections`: what people have put right in the books of a car park, and why. */
function addCorrectionsReport(report: Command): void {
  report
    .command('corrections')
    .description(
      'what people have put right, when, who, what stood there before and after, and why: counts, stays, refunds, passes, cases, a bank’s credits',
    )
    .option('--after <seq>', 'in records after this one', '0')
    .option('--lang <language>', 'vi or en', 'en')
    .option('--json', 'for programs')
    .action(({ after, lang, json }: Json & { readonly after: string; readonly lang: string }) => {
      if (lang !== 'vi' && lang !== 'en') throw new UsageError('--lang is vi or en')
      const { mode } = configOrThrow()
      reading((_audit, open, timeText) => {
        const reports = parkingReportsOf(open)
        for (let next: number | null = wholeOption('--after', after); next !== null; ) {
          const page: CorrectionsPage = reports.corrections(mode, next)
          for (const correction of page.corrections) {
            if (json === true) say.json(correction)
            else say.line(correctionText(correction, lang, timeText))
          }
          next = page.next
        }
      })
    })
}

function correctionText(
  { at, by, kind, of, before, after, reason }: Correction,
  language: Language,
  timeText: TimeText,
): string {
  const was = before === null && after === null ? '' : `  ${before ?? '–'} → ${after ?? '–'}`
  return `${timeText(at)}  ${by}  ${correctionWords[language][kind]}  ${of}${was}  ${reason ?? (WITHOUT_REASON.includes(kind) ? '–' : ERASED_IN[language])}`
}

/** Of plates none is asked for, and of validations none was; what a camera put right nobody has said why. */
const WITHOUT_REASON: readonly Correction['kind'][] = ['pass-plates', 'validation-given', 'let-go']

const ERASED_IN: Record<Language, string> = { vi: '(đã xoá)', en: '(erased)' }

/** `tolbooth report debts`: who left and has not paid, each until its plate, a transfer or cash pays it. */
function addDebtsReport(report: Command): void {
  report
    .command('debts')
    .description('what each vehicle that has left still owes, the oldest first')
    .option('--json', 'for programs')
    .action(({ json }: Json) => {
      reading((_audit, { db }, timeText) => {
        let page = openDebts(db, null)
        if (page.length === 0 && json !== true) say.line('nobody who has left owes anything')
        for (; page.length > 0; page = openDebts(db, page.at(-1) ?? null)) {
          for (const debt of page) {
            const { mode, charge, session, rest, currency, owedAt } = debt
            if (json === true) say.json(debt)
            else
              say.line(
                `${timeText(owedAt)}  ${String(rest).padStart(12)} ${currency}  ${charge}  of the stay ${session}${mode === 'training' ? ' (training)' : ''}`,
              )
          }
        }
      })
    })
}

/** `tolbooth report on-behalf`: the cash that staff hold of drivers' and still have to transfer. */
function addOnBehalfReport(report: Command): void {
  report
    .command('on-behalf')
    .description(
      'cash that staff took to transfer it themselves, and no bank has told of: of which charge, by whom, since when',
    )
    .option('--json', 'for programs')
    .action(({ json }: Json) => {
      reading((_audit, { db }, timeText) => {
        const sums = new Map<string, number>()
        for (const held of stillHeld(db)) {
          const { mode, charge, by, amount, currency, since } = held
          if (json === true) {
            say.json(held)
            continue
          }
          const training = mode === 'training' ? ' (training)' : ''
          const whose = `${currency}  by ${by ?? 'somebody whose record has been dropped'}${training}`
          sums.set(whose, (sums.get(whose) ?? 0) + amount)
          const hours = since === null ? '?' : Math.floor(Math.max(0, Date.now() - since) / HOUR_MS)
          say.line(
            `${since === null ? 'long ago' : timeText(since)}  ${String(hours).padStart(5)} h  ${String(amount).padStart(12)} ${whose}  for ${charge}`,
          )
        }
        if (json === true) return
        for (const [whose, sum] of sums) say.line(`together: ${sum} ${whose}`)
        if (sums.size === 0) say.line('nobody on the staff has anything to transfer')
      })
    })
}

/** `tolbooth report credits`: the bank's transfers that are booked to nothing. */
function addCreditsReport(report: Command): void {
  report
    .command('credits')
    .description('transfers that a bank told of and that are booked to nothing: what each names, oldest first')
    .option('--json', 'for programs')
    .action(({ json }: Json) => {
      const { mode } = configOrThrow()
      reading((_audit, open, timeText) => {
        const waiting = parkingReportsOf(open).waitingCredits(mode, CREDITS_LISTED_MAX)
        for (const credit of waiting) {
          if (json === true) {
            say.json(credit)
            continue
          }
          const { reference, amount, at, status, named, says } = credit
          const what = status === 'refund-due' ? 'is to go back' : 'waits'
          const whose =
            named === null || status === 'refund-due'
              ? ''
              : `  names ${named}, of which staff hold cash: say whose it is`
          say.line(
            `${timeText(at)}  ${String(amount.amount).padStart(12)} ${amount.currency}  ${reference}  ${what}${whose}${says === null ? '' : `  ${says}`}`,
          )
        }
        if (json !== true && waiting.length === 0) say.line('no transfer waits')
        if (waiting.length === CREDITS_LISTED_MAX) say.problem(`these are the oldest ${CREDITS_LISTED_MAX}`)
      })
    })
}

type TotalsOptions = Json & { readonly day?: string }

/** `tolbooth report totals`: what a day brought, by tender, and what should be in the drawer. */
function addTotalsReport(report: Command): void {
  report
    .command('totals')
    .description(
      'what came and was given back on one day, by tender and for cash by person; what should be in the drawer; and scans refused by reason',
    )
    .option('--day <day>', 'a day of the site’s zone, such as 2026-11-22; without it today')
    .option('--json', 'for programs')
    .action(async ({ day, json }: TotalsOptions) => {
      const { site, zone } = configOrThrow()
      const span = spanOf(day, zone)
      const bar = progress()
      await reading(async (audit, open) => {
        const totals = await audit
          .totals(span, readHead(open.db).seq, (done, of) => bar.at('records', done, of))
          .finally(() => bar.end())
        const stands = standing(open.db, siteId(site))
        if (json === true) say.json({ day: span.day, zone, ...totals, drawer: drawers(totals.takings), now: stands })
        else for (const line of totalsText(span, zone, totals, stands)) say.line(line)
      })
    })
}

/** A day of the site's zone, and when it begins and ends. Refuses what is none. */
function spanOf(text: string | undefined, zone: string): Span & { readonly day: string } {
  const rules = createZoneRules()(zone)
  const day = text ?? localTimeAt(rules, instant(Date.now())).day
  const number = Date.parse(`${day}T00:00:00Z`) / DAY_MS
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !Number.isInteger(number) || localDayOf(number) !== day)
    throw new UsageError(`--day is a day such as 2026-11-22, and not ${JSON.stringify(day.slice(0, 40))}`)
  return { day, from: dayStart(rules, number), until: dayStart(rules, number + 1) }
}

type Drawer = { readonly mode: Mode; readonly currency: CurrencyCode; readonly net: number }

function drawers({ tenders }: Takings): readonly Drawer[] {
  return tenders
    .filter(({ tender }) => tender === 'cash')
    .map(({ mode, currency, taken, givenBack }) => ({ mode, currency, net: taken - givenBack }))
}

const TENDER_WORDS: Record<Tender, string> = {
  cash: 'cash',
  'cash-on-behalf':
    'cash that staff transfer themselves (not in the drawer); what was transferred counts as given back',
  'bank-transfer': 'bank transfers',
  token: 'payment codes',
  pass: 'let go for passes',
  validation: 'taken off by validations',
  waiver: 'let go by supervisors',
  'late-evidence': 'let go by late evidence',
  correction: 'let go: it was asked and is not due',
  debt: 'debts',
}

function totalsText(
  span: Span & { readonly day: string },
  zone: string,
  { takings, oldest, ...counts }: Totals,
  stands: readonly Standing[],
): readonly string[] {
  const lines = [`${span.day}, ${zone}`]
  if (oldest !== null && oldest.seq > 1 && oldest.at >= span.from)
    lines.push(
      `${MARKS.warn} records of before ${localTimeText(oldest.at, zone)} have been dropped: of this day some may be missing`,
    )
  for (const mode of ['live', 'training'] as const) {
    const tenders = takings.tenders.filter((each) => each.mode === mode)
    const now = stands.filter((each) => each.mode === mode)
    if (mode === 'training' && tenders.length === 0 && now.length === 0) continue
    if (mode === 'training') lines.push('training, of which nothing is money:')
    if (tenders.length === 0) lines.push(`${mode}: nothing was taken`)
    for (const { tender, currency, taken, givenBack, payments } of tenders)
      lines.push(
        `${mode}: ${taken} ${currency} in ${payments} payment(s), ${givenBack} ${currency} given back  ${TENDER_WORDS[tender]}`,
      )
    for (const { currency, sold, returned, payments } of takings.passes.filter((each) => each.mode === mode))
      lines.push(
        `  of it for passes: ${sold} ${currency} in ${payments} payment(s), ${returned} ${currency} of that given back or to be`,
      )
    for (const { by, currency, taken, givenBack } of takings.cash.filter((each) => each.mode === mode))
      lines.push(`  cash by ${by}: ${taken} ${currency} taken, ${givenBack} ${currency} given back`)
    for (const { by, currency, taken } of takings.letGo.filter((each) => each.mode === mode))
      lines.push(`  let go by late evidence of ${by}: ${taken} ${currency}`)
    for (const { net, currency } of drawers(takings).filter((each) => each.mode === mode))
      lines.push(`${mode}: ${net} ${currency} should be in the drawer, above what it began the day with`)
    for (const { currency, toGiveBack, unmatched, debts, onBehalf } of now)
      lines.push(
        `${mode}, as it stands now: ${toGiveBack} ${currency} overpaid and to be given back, ${unmatched} ${currency} from the bank for nobody knows what, ${debts} ${currency} owed by who left, ${onBehalf} ${currency} that staff still have to transfer (report on-behalf)`,
      )
  }
  lines.push(`${counts.accepted} of ${counts.scans} scans taken, ${counts.faults} fault(s)`)
  for (const [refusal, count] of Object.entries(counts.refused).toSorted(([, left], [, right]) => right - left))
    lines.push(`${String(count).padStart(8)}  ${refusal}`)
  return lines
}

/** `tolbooth report validations`: what merchants gave their customers' stays, and owe the car park for; and what staff gave, which the site bears. */
function addValidationsReport(report: Command): void {
  report
    .command('validations')
    .description(
      'what merchants gave for parking, and bear, by local day; and what the site gave itself, by whom and why',
    )
    .option('--from <day>', 'from this day on, such as 2026-11-01', '0000-01-01')
    .option('--to <day>', 'up to this day', '9999-12-31')
    .option('--json', 'for programs')
    .action(({ from, to, json }: Json & { readonly from: string; readonly to: string }) => {
      const { mode, zone } = configOrThrow()
      reading((_audit, open, timeText) => {
        const reports = parkingReportsOf(open)
        const merchants = everyValidation(reports, mode, from, to)
        const own = ownValidations(reports, mode).filter(({ at }) => {
          const day = localTimeText(at, zone).slice(0, 10)
          return day >= from && day <= to
        })
        if (json === true) return say.json({ merchants, own })
        if (merchants.length === 0) say.line('no merchant has validated a stay')
        for (const { day, merchant, given, borne } of [...merchants, ...sumsOf(merchants)])
          say.line(`${day}  ${String(given).padStart(6)} given  ${String(borne).padStart(14)} borne  ${merchant}`)
        if (own.length > 0) say.line(`borne by the site: ${own.length} given`)
        for (const correction of own) say.line(correctionText(correction, 'en', timeText))
      })
    })
}

/** What staff took off stays and no merchant bears, as far as its records are there. */
function ownValidations(reports: Pick<ParkingReports, 'corrections'>, mode: Mode): readonly Correction[] {
  const own: Correction[] = []
  for (let next: number | null = 0; next !== null; ) {
    const page: CorrectionsPage = reports.corrections(mode, next)
    own.push(...page.corrections.filter(({ kind }) => kind === 'validation-given'))
    next = page.next
  }
  return own
}

/** What each merchant gave and bears on all those days together. */
function sumsOf(rows: readonly MerchantValidations[]): readonly MerchantValidations[] {
  const sums = new Map<string, MerchantValidations>()
  for (const { merchant, given, borne } of rows) {
    const before = sums.get(merchant)
    sums.set(merchant, {
      day: 'together  ',
      merchant,
      given: given + (before?.given ?? 0),
      borne: borne + (before?.borne ?? 0),
    })
  }
  return [...sums.values()].toSorted((left, right) => (left.merchant < right.merchant ? -1 : 1))
}

function parkingReportsOf(open: OpenDb): ParkingReports {
  const clock = siteClock(configOrThrow(), () => instant(0))
  // Nothing is priced here, so nobody asks by what rules.
  const rules = { layout: null, policy: null, tariffs: null }
  return createParkingReports(
    open.db,
    () => rules,
    () => clock.now(),
  )
}

/** Says a moment to the second, by the site's clock. */
type TimeText = (at: number) => string

function reading<Result>(ask: (audit: Audit, open: OpenDb, timeText: TimeText) => Result): Result {
  const { dataDir, zone } = configOrThrow()
  const open = openForReading(dataFiles(dataDir).books)
  const close = (): void => open.close()
  try {
    const result = ask(createAudit(open.db), open, (at) => localTimeText(at, zone, 'second'))
    if (!(result instanceof Promise)) {
      close()
      return result
    }
    return result.finally(close) as Result
  } catch (error) {
    close()
    throw error
  }
}

function whyText({ why }: OpenedWithoutPayment, timeText: TimeText): string {
  switch (why.kind) {
    case 'by-hand':
      return `by hand, by ${why.by}: ${why.reason ?? ERASED}`
    case 'late-evidence': {
      const { what, by, reason, occurredAt, letGo } = why
      const without = letGo === null ? '' : `, ${letGo.amount} ${letGo.currency} let go`
      const whose = occurredAt.by === 'device' ? 'by the age that the phone told' : 'by the gateway’s clock'
      return `${what === 'let-in' ? 'let in' : 'let out'} by hand at ${timeText(occurredAt.at)} (${whose}), handed in later by ${by}: ${reason ?? ERASED}${without}`
    }
    case 'emergency':
      return `emergency${why.device === null ? '' : `, from ${why.device}`}`
    case 'on-debt':
      return why.by === null
        ? 'left and owes, as its lane is to do'
        : `left and owes, by ${why.by}: ${why.reason ?? ERASED}`
    case 'override':
      return `by the signed word of ${why.by}: ${why.reason ?? ERASED}${why.session === null ? '' : ` (${why.session})`}${why.waived === null ? '' : `, ${why.waived.amount} ${why.waived.currency} let go`}`
    case 'fail-safe':
      return 'the arm went up by itself, as its lane is set: it heard nothing of the gateway'
    case 'forced-open':
      return 'the arm went up and nothing had opened it'
    case 'unexplained-passage':
      return 'somebody passed for whom it was not opened'
  }
}

/** In place of what somebody had typed. */
const ERASED = ERASED_IN.en

/** One line: an arm that said nothing, or has not come down, is told as such. */
function evidenceText(opening: Opening, timeText: TimeText): string {
  const { seq, at, lane, isLaneOfToday, isWithoutArm, by, event, why, commands, result, upAt, loops, closing } = opening
  const ground = why.kind === 'passage' ? `${why.ground.kind} ${why.passage}` : why.kind
  const seen = loops.filter(({ role, occupied }) => role === 'safety' && occupied).length
  const said = result?.said ?? (upAt === null ? 'no answer' : 'up')
  const down =
    closing === null ? 'not closed' : closing.downAt === null ? (closing.result?.said ?? 'told to close') : 'down'
  const arm = isWithoutArm ? 'no arm to move' : `${commands.length} command(s): ${said}  ${seen} under the arm  ${down}`
  const where = isLaneOfToday ? `${lane} (where its device stands today)` : lane
  return `${timeText(at)}  ${where}  #${seq} ${event} by ${by}  ${ground}  ${arm}`
}
