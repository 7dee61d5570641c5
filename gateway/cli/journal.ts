import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { setTimeout as passed } from 'node:timers/promises'
import type { Command } from 'commander'
import type { JournalRecord } from '../../core/records.ts'
import { readHead } from '../../db/journal.ts'
import { openForReading } from '../../db/open.ts'
import type { Reports } from '../../db/reports.ts'
import { createReports } from '../../db/reports.ts'
import { verifyJournal } from '../../db/verify.ts'
import { readTextFile } from '../bounded-file.ts'
import { BUNDLE_BYTES_MAX } from '../bundles/bundles.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { JOURNAL_DAMAGED, wordsOfFault, wordsOfUnknown } from './journal-words.ts'
import { checkpointReader, readHeads } from './signed-heads.ts'
import { configOrThrow, MARKS, progress, say, UsageError, wholeOption } from './terminal.ts'

const PAGE_RECORDS = 500
const LOOK_AGAIN_MS = 500
/** One screen of faults; `--json` has more. */
const FAULTS_SHOWN_MAX = 10

/** `tolbooth journal verify|tail|export`: reads the journal, also beside a gateway that writes it. */
export function addJournalCommands(program: Command): void {
  const journal = program.command('journal').description('verify, follow and export the journal')
  journal
    .command('verify [file]')
    .description(
      'recompute the whole chain and name the first record that is wrong; of a backup, where its file is named',
    )
    .option('--receipts <file>', 'heads that upstream has signed for: a JSON list of {epoch, seq, hash}')
    .option('--json', 'for programs')
    .action(verify)
  journal
    .command('tail')
    .description('show the newest records')
    .option('--records <n>', 'so many', '10')
    .option('--follow', 'and those to come, until Ctrl-C')
    .option('--json', 'whole records, one a line')
    .action(tail)
  journal
    .command('export')
    .description('write records as JSON, one a line, to standard output or a file')
    .option('--after <seq>', 'those after this one', '0')
    .option('--to <seq>', 'up to this one')
    .option('--out <file>', 'into a new file')
    .action(exportRecords)
}

async function verify(
  file: string | undefined,
  { receipts, json }: { readonly receipts?: string; readonly json?: boolean },
): Promise<void> {
  const config = configOrThrow()
  const signed = checkpointReader(config)
  const open = openForReading(file ?? dataFiles(config.dataDir).books)
  const bar = progress()
  try {
    const report = await verifyJournal(open, {
      ...(signed.ok ? { checkpointOf: signed.read } : {}),
      ...(receipts === undefined ? {} : { receipts: headsIn(receipts) }),
      onProgress: (done, of) => bar.at('records', done, of),
    })
    bar.end()
    if (!report.isWhole) process.exitCode = 1
    if (json === true) {
      say.json(report)
      return
    }
    const { records, firstSeq, head, epochs, checkpoints, faults, faultsInAll } = report
    for (const fault of faults.slice(0, FAULTS_SHOWN_MAX)) say.both(wordsOfFault(fault), MARKS.bad)
    if (faultsInAll > FAULTS_SHOWN_MAX) {
      const more = faultsInAll - FAULTS_SHOWN_MAX
      say.both({
        vi: `… và ${more} lỗi nữa (--json cho biết thêm)`,
        en: `… and ${more} more (--json tells more of them)`,
      })
    }
    if (report.isWhole) {
      say.both(
        {
          vi: `Sổ toàn vẹn: ${records} bản ghi, từ ${firstSeq} đến ${head.seq}, ${epochs} kỷ nguyên, ${checkpoints} điểm kiểm.`,
          en: `The journal is whole: ${records} records, ${firstSeq} to ${head.seq}, ${epochs} epoch(s), ${checkpoints} checkpoint(s).`,
        },
        MARKS.good,
      )
    } else say.both(JOURNAL_DAMAGED, MARKS.bad)
    for (const unknown of report.unknowns) say.both(wordsOfUnknown(unknown), '?')
    if (!signed.ok) say.line(`  ${signed.why}`)
  } finally {
    bar.end()
    open.close()
  }
}

async function tail({
  records,
  follow,
  json,
}: {
  readonly records: string
  readonly follow?: boolean
  readonly json?: boolean
}): Promise<void> {
  const wanted = wholeOption('--records', records)
  const reading = openReports(configOrThrow())
  const show = (record: JournalRecord & { readonly hash: string }): void => {
    if (json === true) say.json(record)
    else say.line(lineOf(record))
  }
  try {
    let last = Math.max(0, reading.head() - wanted)
    do {
      for (const record of pages(reading.reports, last, Number.MAX_SAFE_INTEGER)) {
        show(record)
        last = record.seq
      }
      if (follow === true) await passed(LOOK_AGAIN_MS)
    } while (follow === true)
  } finally {
    reading.close()
  }
}

async function exportRecords({
  after,
  to,
  out,
}: {
  readonly after: string
  readonly to?: string
  readonly out?: string
}): Promise<void> {
  const from = wholeOption('--after', after)
  const upTo = to === undefined ? Number.MAX_SAFE_INTEGER : wholeOption('--to', to)
  const reading = openReports(configOrThrow())
  const file = out === undefined ? null : createWriteStream(out, { flags: 'wx', mode: 0o600 })
  const bar = progress()
  try {
    if (file !== null) await once(file, 'open').catch(newFileOnly)
    const target = file ?? process.stdout
    let written = 0
    const head = Math.min(upTo, reading.head())
    for (const record of pages(reading.reports, from, head)) {
      if (!target.write(`${JSON.stringify(record)}\n`)) await once(target, 'drain')
      written += 1
      if (file !== null) bar.at('records', record.seq - from, head - from)
    }
    bar.end()
    if (file === null) return
    file.end()
    await once(file, 'finish')
    say.line(`${written} records in ${out}`)
  } finally {
    bar.end()
    reading.close()
  }
}

function newFileOnly(error: NodeJS.ErrnoException): never {
  throw error.code === 'EEXIST'
    ? new Error(`${error.path} is there already. Name a new file.`, { cause: error })
    : error
}

function* pages(reports: Reports, after: number, upTo: number): Generator<JournalRecord & { readonly hash: string }> {
  for (let last = after; ; ) {
    const page = reports.journalPage(last, PAGE_RECORDS)
    for (const record of page) {
      if (record.seq > upTo) return
      yield record
      last = record.seq
    }
    if (page.length < PAGE_RECORDS) return
  }
}

function openReports(config: GatewayConfig): { readonly reports: Reports; head(): number; close(): void } {
  const open = openForReading(dataFiles(config.dataDir).books)
  return {
    reports: createReports(open.db, { site: config.site, gateway: config.gateway }),
    head: () => readHead(open.db).seq,
    close: () => open.close(),
  }
}

/** A record in one line: when, where, what was asked and what became of it. */
function lineOf({ seq, at, kind, body }: JournalRecord): string {
  const when = new Date(at).toISOString()
  const start = `${String(seq).padStart(8)}  ${when}  `
  switch (body.kind) {
    case 'decision': {
      const { outcome, event } = body
      const became = outcome.ok ? outcome.kind : outcome.refusal
      const amount =
        outcome.ok && 'amount' in outcome && outcome.amount !== null
          ? ` ${outcome.amount.amount} ${outcome.amount.currency}`
          : ''
      const training = event.mode === 'training' ? ' (training)' : ''
      return `${start}${event.body.kind.padEnd(16)} ${became}${amount}  ${event.actor.kind}:${event.actor.id}${training}`
    }
    case 'fault':
      return `${start}${kind.padEnd(16)} ${body.error.split('\n')[0]}`
    case 'genesis':
      return `${start}${kind.padEnd(16)} ${body.reason}`
    case 'snapshot':
      return `${start}${kind.padEnd(16)} up to ${body.upTo.seq}`
  }
}

function headsIn(file: string): ReturnType<typeof readHeads> {
  try {
    return readHeads(readTextFile(file, BUNDLE_BYTES_MAX))
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
