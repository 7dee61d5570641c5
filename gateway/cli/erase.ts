import type { Command } from 'commander'
import { eraseDue, eraseOfRecord } from '../../db/erase.ts'
import { openOfflineSite } from './offline-site.ts'
import { configOrThrow, MARKS, say, wholeOption } from './terminal.ts'

type EraseOptions = { readonly json?: boolean; readonly record?: string }

/** `tolbooth erase`: removes personal values past their time, or what was typed in one record. Refused while a gateway runs; by age, also while the clock is not trusted. */
export function addEraseCommand(program: Command): void {
  program
    .command('erase')
    .description('remove personal values past their time; the records that they belonged to stay')
    .option(
      '--record <seq>',
      'because somebody asked for it: what was typed in this one record (a reason, a transfer’s text, the name of who has a right), whenever its time would be',
    )
    .option('--json', 'for programs')
    .action(({ json, record }: EraseOptions) => {
      const seq = record === undefined ? undefined : wholeOption('--record', record)
      const site = openOfflineSite(configOrThrow())
      try {
        const now = site.clock.now()
        const result =
          seq === undefined
            ? eraseDue(site.books, now)
            : ({ kind: 'erased', values: eraseOfRecord(site.books, seq, now) } as const)
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
        say.both(seq === undefined ? ofAge(result.values) : ofRecord(seq, result.values), MARKS.good)
      } finally {
        site.close()
      }
    })
}

function ofAge(values: number): { readonly vi: string; readonly en: string } {
  return {
    vi: `Đã xoá ${values} giá trị cá nhân hết hạn. Bản sao cũ vẫn còn chúng.`,
    en: `${values} personal value(s) past their time are gone. Backups of before still hold them.`,
  }
}

function ofRecord(seq: number, values: number): { readonly vi: string; readonly en: string } {
  return values === 0
    ? {
        vi: `Bản ghi ${seq} không còn gì để xoá trong kho.`,
        en: `Record ${seq} has nothing in the vault that was typed, or not any more.`,
      }
    : {
        vi: `Đã xoá ${values} giá trị của bản ghi ${seq}. Bản sao cũ vẫn còn chúng.`,
        en: `${values} value(s) of record ${seq} are gone. Backups of before still hold them.`,
      }
}
