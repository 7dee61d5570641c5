import { randomInt } from 'node:crypto'
import type { Command } from 'commander'
import { instant } from '../../core/time.ts'
import type { RestoreResult } from '../../db/backup.ts'
import { EPOCHS_SKIPPED_MAX, restore } from '../../db/backup.ts'
import { dataFiles } from '../config.ts'
import { makeDataFolder } from '../wiring/data-folder.ts'
import { sayUnsound } from './backup.ts'
import { needRoomFor } from './room.ts'
import { checkpointReader } from './signed-heads.ts'
import { siteClock } from './site-clock.ts'
import type { Said } from './terminal.ts'
import { configOrThrow, MARKS, progress, say } from './terminal.ts'

/** `tolbooth restore <file>`: puts a backup in the place of the books and begins a new epoch. Refused while a gateway runs. */
export function addRestoreCommand(program: Command): void {
  program
    .command('restore <file>')
    .description('put a backup in the place of the books, which are kept aside, and begin a new epoch')
    .option('--json', 'for programs')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const config = configOrThrow()
      makeDataFolder(config.dataDir)
      needRoomFor(dataFiles(config.dataDir).books, file)
      const signed = checkpointReader(config)
      const bar = progress()
      const result = await restore(file, dataFiles(config.dataDir).books, {
        now: siteClock(config, () => instant(0)).now(),
        writer: { site: config.site, gateway: config.gateway },
        epochsSkipped: randomInt(EPOCHS_SKIPPED_MAX + 1),
        ...(signed.ok ? { checkpointOf: signed.read } : {}),
        onProgress: (step, done, of) => bar.at(step, done, of),
      }).finally(() => bar.end())
      if (json === true) say.json(result)
      if (result.kind === 'unsound') {
        process.exitCode = 1
        if (json !== true) sayUnsound(result)
        return
      }
      if (json === true) return
      const { head, parent, lost, replaced } = result
      say.both(
        {
          vi: `Đã khôi phục đến bản ghi ${parent.seq}; kỷ nguyên ${head.epoch} bắt đầu.`,
          en: `Restored up to record ${parent.seq}; epoch ${head.epoch} begins.`,
        },
        MARKS.good,
      )
      if (lost !== null) {
        say.both(
          {
            vi: `Hộp này từng có bản ghi ${lost.seq} (kỷ nguyên ${lost.epoch}): phần sau bản sao đã mất.`,
            en: `This box had record ${lost.seq} (epoch ${lost.epoch}): what came after the backup is lost.`,
          },
          MARKS.warn,
        )
      }
      say.both(
        {
          vi: 'Mã phát hành trước lúc này bị từ chối (hoặc chỉ nhận đến beforeEpochMax) cho đến khi trung tâm trả lại phần đã mất.',
          en: 'Codes issued before now are refused (or taken up to beforeEpochMax) until upstream has returned what was lost.',
        },
        MARKS.warn,
      )
      say.both(emergencyWords(result), MARKS.warn)
      say.both(
        {
          vi: 'Vé tháng bán sau bản sao không còn trong sổ: xem biên lai và cấp lại.',
          en: 'Passes sold since the backup are in no book: look at the receipts, and issue them again.',
        },
        MARKS.warn,
      )
      if (replaced !== null)
        say.both({ vi: `Sổ cũ được giữ ở ${replaced}`, en: `The books that were here are kept at ${replaced}` })
    })
}

/** What becomes of the arms: only the backup is believed, and of an emergency since nobody else knows. */
function emergencyWords({ emergency }: Extract<RestoreResult, { kind: 'restored' }>): Said {
  if (emergency.inBackup) {
    return {
      vi: 'Bản sao giữ một khẩn cấp: mọi thanh chắn sẽ mở khi chạy. Nếu đã hết, kết thúc nó ở /desk sau khi nhìn các thanh chắn.',
      en: 'The backup holds an emergency: every arm goes up at the start. If it is over, look at the arms and end it at /desk.',
    }
  }
  if (emergency.inReplaced) {
    return {
      vi: 'Sổ vừa thay đang giữ một khẩn cấp mà bản sao không có: nếu chưa hết, báo lại ở /desk ngay khi hộp chạy. Ra xem các thanh chắn.',
      en: 'The books that were here held an emergency, and the backup holds none: if it is not over, say it again at /desk as soon as the box runs. Look at the arms.',
    }
  }
  return {
    vi: 'Bản sao không có khẩn cấp nào. Nếu đang có, báo lại ở /desk: điều báo sau bản sao đã bị quên. Ra xem các thanh chắn.',
    en: 'The backup holds no emergency. If there is one now, say it again at /desk: what was said since the backup is forgotten. Look at the arms.',
  }
}
