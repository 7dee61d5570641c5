import { join } from 'node:path'
import type { Command } from 'commander'
import { instant } from '../../core/time.ts'
import { backup, takeIntoUse } from '../../db/backup.ts'
import { removeBooks } from '../../db/files.ts'
import { openForReading } from '../../db/open.ts'
import type { Difference, RebuildReport, RebuildResult } from '../../db/rebuild.ts'
import { rebuild } from '../../db/rebuild.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { sayUnsound } from './backup.ts'
import { needRoomFor } from './room.ts'
import { isGatewayRunning } from './running-gateway.ts'
import { checkpointReader } from './signed-heads.ts'
import { siteClock } from './site-clock.ts'
import type { Progress } from './terminal.ts'
import { configOrThrow, MARKS, progress, say, UsageError } from './terminal.ts'

const DIFFERENCES_SHOWN_MAX = 10

type Options = { readonly replace?: boolean; readonly json?: boolean }

/** `tolbooth rebuild [file]`: makes the projections anew from the journal, in a new file, and compares them with the books row by row. */
export function addRebuildCommand(program: Command): void {
  program
    .command('rebuild [file]')
    .description(
      'make all projections anew from the journal in a new file, which is kept where you name it, and compare them row by row',
    )
    .option(
      '--replace',
      'put the new file in the place of the books, which are kept aside; refused while a gateway runs',
    )
    .option('--json', 'for programs')
    .action(async (given: string | undefined, { replace, json }: Options) => {
      const config = configOrThrow()
      const now = siteClock(config, () => instant(0)).now()
      const { books } = dataFiles(config.dataDir)
      if (replace === true && isGatewayRunning(config)) {
        throw new UsageError('a gateway has the books open: stop it, and ask again with --replace')
      }
      const file =
        given ?? join(config.dataDir, `books.rebuilt-${new Date(now.at).toISOString().replace(/[:.]/g, '')}.db`)
      const bar = progress()
      const result = await rebuildFrom(books, file, config, bar).finally(() => bar.end())
      if (result === undefined) {
        process.exitCode = 1
        return
      }
      const isEqual = result.kind === 'rebuilt' && result.differencesInAll === 0
      const replaced = result.kind === 'rebuilt' && replace === true ? takeIntoUse(file, books, now).replaced : null
      if (!isEqual && replaced === null) process.exitCode = 1
      // A file that nobody named was made to be compared, and is as large as the books.
      const kept = given !== undefined && replaced === null ? given : null
      if (given === undefined && replaced === null) removeBooks(file)
      if (json === true) say.json({ ...result, file: kept, replaced })
      else sayResult(result, kept, replaced)
    })
}

/** Beside a gateway that writes, from a copy: reading for minutes would keep its log from being emptied. `undefined` where the books cannot be copied soundly. */
async function rebuildFrom(
  books: string,
  file: string,
  config: GatewayConfig,
  bar: Progress,
): Promise<RebuildResult | undefined> {
  needRoomFor(file, books)
  if (!isGatewayRunning(config)) return rebuildOf(books, file, bar)
  const copy = `${file}.source`
  const signed = checkpointReader(config)
  try {
    const made = await backup(books, copy, {
      ...(signed.ok ? { checkpointOf: signed.read } : {}),
      onProgress: (step, done, of) => bar.at(step, done, of),
    })
    if (made.kind === 'made') return await rebuildOf(copy, file, bar)
    bar.end()
    sayUnsound(made)
    return undefined
  } finally {
    removeBooks(copy)
  }
}

async function rebuildOf(source: string, file: string, bar: Progress): Promise<RebuildResult> {
  const open = openForReading(source)
  try {
    return await rebuild(open, file, { onProgress: (step, done, of) => bar.at(step, done, of) })
  } finally {
    open.close()
  }
}

function sayResult(result: RebuildResult, kept: string | null, replaced: string | null): void {
  if (result.kind === 'stopped') {
    say.both(
      {
        vi: `Dừng ở bản ghi ${result.seq}: ${result.error}. Chạy tolbooth journal verify.`,
        en: `Stopped at record ${result.seq}: ${result.error}. Run tolbooth journal verify.`,
      },
      MARKS.bad,
    )
    return
  }
  const { records, rows, differences, differencesInAll, fromSnapshot } = result
  const from =
    fromSnapshot === 0
      ? { vi: '', en: '' }
      : { vi: `, từ ảnh chụp ở bản ghi ${fromSnapshot}`, en: `, from the snapshot at record ${fromSnapshot}` }
  if (differencesInAll === 0) {
    say.both(
      {
        vi: `${records} bản ghi${from.vi}, ${rows} dòng: giống hệt sổ đang dùng.${kept === null ? '' : ` Tệp mới: ${kept}`}`,
        en: `${records} records${from.en}, ${rows} rows: the same as the books.${kept === null ? '' : ` The new file: ${kept}`}`,
      },
      MARKS.good,
    )
  } else {
    for (const difference of differences.slice(0, DIFFERENCES_SHOWN_MAX))
      say.line(`${MARKS.bad} ${wordsOf(difference)}`)
    say.both(
      {
        vi: `${differencesInAll} chỗ khác nhau: bảng trong sổ không còn đúng với nhật ký. Dừng hộp và chạy: tolbooth rebuild --replace`,
        en: `${differencesInAll} difference(s): the books’ tables do not say what the journal says. Stop the gateway and run: tolbooth rebuild --replace`,
      },
      MARKS.bad,
    )
  }
  if (replaced !== null) {
    say.both(
      { vi: `Đã thay. Sổ cũ ở ${replaced}`, en: `Replaced. The books that were here are kept at ${replaced}` },
      MARKS.good,
    )
  }
}

function wordsOf({ table, key, what }: Difference): string {
  const row = `${table} ${key.join(' ')}`
  switch (what.kind) {
    case 'missing':
      return `${row}: the journal makes it, and the books do not have it`
    case 'extra':
      return `${row}: no record makes it`
    case 'different':
      return `${row}: ${what.column} is ${JSON.stringify(what.inBooks)}, and by the journal ${JSON.stringify(what.fromJournal)}`
  }
}

/** Whether the tables are what the journal says, in a file that is thrown away again. */
export async function compareWithJournal(
  books: string,
  bar: Progress,
): Promise<RebuildReport | Extract<RebuildResult, { kind: 'stopped' }>> {
  const scratch = `${books}.compared`
  needRoomFor(scratch, books)
  removeBooks(scratch)
  try {
    return await rebuildOf(books, scratch, bar)
  } finally {
    removeBooks(scratch)
  }
}
