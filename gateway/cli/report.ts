import type { Command } from 'commander'
import { instant } from '../../core/time.ts'
import type { Audit, OpenedWithoutPayment } from '../../db/audit.ts'
import { AUDIT_PAGE_MAX, createAudit } from '../../db/audit.ts'
import { readHead } from '../../db/journal.ts'
import type { OpenDb } from '../../db/open.ts'
import { openForReading } from '../../db/open.ts'
import type { Opening } from '../../db/openings.ts'
import type { ParkingReports } from '../../db/parking-reports.ts'
import { createParkingReports, VALIDATIONS_LISTED_MAX } from '../../db/parking-reports.ts'
import { dataFiles } from '../config.ts'
import { siteClock } from './site-clock.ts'
import { configOrThrow, MARKS, progress, say, wholeOption } from './terminal.ts'

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
  report
    .command('totals')
    .description('taken, and refused by reason, counted from the records')
    .option('--after <seq>', 'of records after this one', '0')
    .option('--json', 'for programs')
    .action(async ({ after, json }: Json & { readonly after: string }) => {
      const from = wholeOption('--after', after)
      const bar = progress()
      await reading(async (audit, open) => {
        const totals = await audit
          .totals(from, readHead(open.db).seq, (done, of) => bar.at('records', done, of))
          .finally(() => bar.end())
        if (json === true) {
          say.json(totals)
          return
        }
        for (const { mode, amount, payments } of totals.taken)
          say.line(`${mode}: ${amount.amount} ${amount.currency} in ${payments} payment(s)`)
        say.line(`${totals.accepted} of ${totals.scans} scans taken, ${totals.faults} fault(s)`)
        for (const [refusal, count] of Object.entries(totals.refused).toSorted(([, left], [, right]) => right - left))
          say.line(`${String(count).padStart(8)}  ${refusal}`)
      })
    })
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
      reading((audit) => {
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
      reading((audit) => {
        if (all === true) {
          for (const opening of audit.openings(wholeOption('--after', after))) {
            if (json === true) say.json(opening)
            else say.line(evidenceText(opening))
          }
          return
        }
        for (let next: number | null = wholeOption('--after', after); next !== null; ) {
          const page: ReturnType<Audit['openedWithoutPayment']> = audit.openedWithoutPayment(next)
          for (const opening of page.openings) {
            if (json === true) say.json(opening)
            else say.line(`${timeText(opening.at)}  ${opening.lane ?? 'every lane'}  ${whyText(opening)}`)
          }
          next = page.next
        }
      })
    })
}

/** `tolbooth report validations`: what merchants gave their customers' stays, and owe the car park for. */
function addValidationsReport(report: Command): void {
  report
    .command('validations')
    .description('what merchants gave for parking, and bear, by local day')
    .option('--from <day>', 'from this day on, such as 2026-11-01', '0000-01-01')
    .option('--to <day>', 'up to this day', '9999-12-31')
    .option('--json', 'for programs')
    .action(({ from, to, json }: Json & { readonly from: string; readonly to: string }) => {
      const { mode } = configOrThrow()
      reading((_audit, open) => {
        const rows = parkingReportsOf(open).validations(mode, from, to, VALIDATIONS_LISTED_MAX)
        if (json === true) say.json(rows)
        else if (rows.length === 0) say.line('no merchant has validated a stay')
        else
          for (const { day, merchant, given, borne } of rows)
            say.line(`${day}  ${String(given).padStart(6)} given  ${String(borne).padStart(14)} borne  ${merchant}`)
      })
    })
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

function reading<Result>(ask: (audit: Audit, open: OpenDb) => Result): Result {
  const open = openForReading(dataFiles(configOrThrow().dataDir).books)
  const close = (): void => open.close()
  try {
    const result = ask(createAudit(open.db), open)
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

function whyText({ why }: OpenedWithoutPayment): string {
  switch (why.kind) {
    case 'by-hand':
      return `by hand, by ${why.by}: ${why.reason}`
    case 'late-by-hand': {
      const { what, by, reason, occurredAt } = why
      const whose = occurredAt.by === 'device' ? 'by the age that the phone told' : 'by the gateway’s clock'
      return `${what === 'let-in' ? 'let in' : 'let out'} by hand at ${timeText(occurredAt.at)} (${whose}), handed in later by ${by}: ${reason}`
    }
    case 'emergency':
      return `emergency${why.device === null ? '' : `, from ${why.device}`}`
    case 'on-debt':
      return why.by === null
        ? 'left and owes, as its lane is to do'
        : `left and owes, by ${why.by}: ${why.reason ?? ''}`
    case 'override':
      return `by the signed word of ${why.by}: ${why.reason}${why.session === null ? '' : ` (${why.session})`}${why.waived === null ? '' : `, ${why.waived.amount} ${why.waived.currency} let go`}`
    case 'forced-open':
      return 'the arm went up and nothing had opened it'
    case 'unexplained-passage':
      return 'somebody passed for whom it was not opened'
  }
}

/** One line: an arm that said nothing, or has not come down, is told as such. */
function evidenceText({ seq, at, lane, by, event, why, commands, result, upAt, loops, closing }: Opening): string {
  const ground = why.kind === 'passage' ? `${why.ground.kind} ${why.passage}` : why.kind
  const seen = loops.filter(({ role, occupied }) => role === 'safety' && occupied).length
  const said = result?.said ?? (upAt === null ? 'no answer' : 'up')
  const down =
    closing === null ? 'not closed' : closing.downAt === null ? (closing.result?.said ?? 'told to close') : 'down'
  return `${timeText(at)}  ${lane}  #${seq} ${event} by ${by}  ${ground}  ${commands.length} command(s): ${said}  ${seen} under the arm  ${down}`
}

function timeText(at: number): string {
  return new Date(at).toISOString()
}
