import type { Command } from 'commander'
import { DAY_MS } from '../../core/time.ts'
import { createForgetting } from '../../db/forget.ts'
import type { PruneResult } from '../../db/prune.ts'
import { prune } from '../../db/prune.ts'
import { dataFiles, SPENT_KEEP_MIN_MS } from '../config.ts'
import { PRUNE_REFUSED, wordsOfWaiting } from './journal-words.ts'
import { openOfflineSite } from './offline-site.ts'
import { compareWithJournal } from './rebuild.ts'
import { checkpointReader } from './signed-heads.ts'
import { configOrThrow, MARKS, progress, say, wholeOption } from './terminal.ts'

type Options = {
  readonly receiptDays: string
  readonly spentDays?: string
  readonly snapshotRecords: string
  readonly withoutClosings?: boolean
  readonly unchecked?: boolean
  readonly json?: boolean
}

/** `tolbooth prune`: drops old records behind a signed snapshot, where upstream has held them for long enough. Refused while a gateway runs. */
export function addPruneCommand(program: Command): void {
  program
    .command('prune')
    .description('drop records that upstream has held for long, and forget answers and spent tokens past their time')
    .option('--receipt-days <n>', 'for so long upstream must have held what is dropped', '30')
    .option('--spent-days <n>', 'for so long past its end a spent token is remembered (or TOLBOOTH_SPENT_KEEP_MS)')
    .option('--snapshot-records <n>', 'fewer new records than these make no new snapshot', '10000')
    .option('--without-closings', 'at this site nobody closes days')
    .option('--unchecked', 'do not compare the tables with the journal first')
    .option('--json', 'for programs')
    .action(async (options: Options) => {
      const config = configOrThrow()
      const settings = {
        receiptAgeMinMs: wholeOption('--receipt-days', options.receiptDays, 1) * DAY_MS,
        spentKeepMs:
          options.spentDays === undefined
            ? config.spentKeepMs
            : wholeOption('--spent-days', options.spentDays, SPENT_KEEP_MIN_MS / DAY_MS) * DAY_MS,
        snapshotRecordsMin: wholeOption('--snapshot-records', options.snapshotRecords, 1),
        seenKeepMs: config.seenKeepMs,
        closings: options.withoutClosings === true ? ('not-kept' as const) : ('required' as const),
      }
      const signed = checkpointReader(config)
      const site = openOfflineSite(config)
      const bar = progress()
      try {
        // A snapshot makes what the tables say now stand for the records that made them: they had better be right.
        if (options.unchecked !== true) {
          const compared = await compareWithJournal(dataFiles(config.dataDir).books, bar)
          if (compared.kind === 'stopped' || compared.differencesInAll > 0) {
            throw new Error(
              'the tables do not say what the journal says, so nothing is dropped. Run tolbooth rebuild, which says where.',
            )
          }
        }
        const result = await prune(
          site.open,
          site.books,
          {
            ...settings,
            ...(signed.ok ? { checkpointOf: signed.read } : {}),
            onProgress: (step, done, of) => bar.at(step, done, of),
          },
          site.clock.now(),
        )
        const forgetting = createForgetting(site.open.db, config)
        while (forgetting.bundles(site.clock.now()) > 0);
        bar.end()
        if (result.kind === 'refused') process.exitCode = 1
        if (options.json === true) say.json(result)
        else sayResult(result)
      } finally {
        bar.end()
        site.close()
      }
    })
}

function sayResult(result: PruneResult): void {
  if (result.kind === 'refused') {
    say.both(PRUNE_REFUSED[result.reason], MARKS.bad)
    return
  }
  const { dropped, answersForgotten, spentForgotten, waiting } = result
  if (dropped !== null) {
    say.both(
      {
        vi: `Đã bỏ bản ghi ${dropped.from} đến ${dropped.to}. Chỗ trống trong tệp được dùng lại.`,
        en: `Records ${dropped.from} to ${dropped.to} are dropped. Their room in the file is used again.`,
      },
      MARKS.good,
    )
  }
  say.both(
    {
      vi: `Quên ${answersForgotten} câu trả lời và ${spentForgotten} mã đã tiêu, đều quá hạn.`,
      en: `${answersForgotten} answer(s) and ${spentForgotten} spent token(s) past their time are forgotten.`,
    },
    MARKS.good,
  )
  if (waiting !== null) say.both(wordsOfWaiting(waiting), MARKS.warn)
}
