import type { Command } from 'commander'
import { backup } from '../../db/backup.ts'
import { dataFiles } from '../config.ts'
import { JOURNAL_DAMAGED, wordsOfFault } from './journal-words.ts'
import { needRoomFor } from './room.ts'
import { checkpointReader } from './signed-heads.ts'
import { configOrThrow, MARKS, progress, say } from './terminal.ts'

/** `tolbooth backup <file>`: copies the books of one moment, also while a gateway writes them, and verifies the copy. */
export function addBackupCommand(program: Command): void {
  program
    .command('backup <file>')
    .description('copy the books into a new file, also while the gateway runs, and verify the copy')
    .option('--json', 'for programs')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const config = configOrThrow()
      const { books } = dataFiles(config.dataDir)
      needRoomFor(file, books)
      const signed = checkpointReader(config)
      const bar = progress()
      const result = await backup(books, file, {
        ...(signed.ok ? { checkpointOf: signed.read } : {}),
        onProgress: (step, done, of) => bar.at(step, done, of),
      }).finally(() => bar.end())
      if (result.kind === 'unsound') {
        process.exitCode = 1
        if (json === true) say.json(result)
        else sayUnsound(result)
        return
      }
      const { head, bytes } = result
      if (json === true) {
        say.json({ kind: 'made', file, head, bytes })
        return
      }
      const mb = Math.ceil(bytes / 1_048_576)
      say.both(
        {
          vi: `${file}: ${mb} MB, đến bản ghi ${head.seq}, đã kiểm. Có dữ liệu cá nhân: cất kỹ, xoá bản cũ đúng hạn.`,
          en: `${file}: ${mb} MB, up to record ${head.seq}, verified. It holds personal values: keep it safe, and remove old ones in time.`,
        },
        MARKS.good,
      )
    })
}

/** A copy that does not verify, and so do the books that it was made of. */
export function sayUnsound(result: Extract<Awaited<ReturnType<typeof backup>>, { kind: 'unsound' }>): void {
  const fault = result.report?.faults[0]
  if (result.structure !== null) {
    say.both({ vi: `Tệp hỏng: ${result.structure}`, en: `The file is damaged: ${result.structure}` }, MARKS.bad)
  }
  if (fault !== undefined) say.both(wordsOfFault(fault), MARKS.bad)
  say.both(JOURNAL_DAMAGED, MARKS.bad)
}
