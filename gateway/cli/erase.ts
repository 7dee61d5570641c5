import type { Command } from 'commander'
import { eraseDue } from '../../db/erase.ts'
import { openOfflineSite } from './offline-site.ts'
import { configOrThrow, MARKS, say } from './terminal.ts'

/** `tolbooth erase`: removes personal values past their time. Refused while the clock is not trusted, and while a gateway runs. */
export function addEraseCommand(program: Command): void {
  program
    .command('erase')
    .description('remove personal values past their time; the records that they belonged to stay')
    .option('--json', 'for programs')
    .action(({ json }: { readonly json?: boolean }) => {
      const site = openOfflineSite(configOrThrow())
      try {
        const result = eraseDue(site.books, site.clock.now())
        if (json === true) say.json(result)
        if (result.kind === 'refused') {
          process.exitCode = 1
          if (json !== true) {
            say.both(
              {
                vi: 'Đồng hồ không tin được: không xoá gì. Chỉnh giờ rồi chạy lại.',
                en: 'The clock is not trusted: nothing was erased. Set it and run this again.',
              },
              MARKS.bad,
            )
          }
          return
        }
        if (json === true) return
        say.both(
          {
            vi: `Đã xoá ${result.values} giá trị cá nhân hết hạn. Bản sao cũ vẫn còn chúng.`,
            en: `${result.values} personal value(s) past their time are gone. Backups of before still hold them.`,
          },
          MARKS.good,
        )
      } finally {
        site.close()
      }
    })
}
