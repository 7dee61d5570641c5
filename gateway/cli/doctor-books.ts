import { existsSync } from 'node:fs'
import { HOUR_MS } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { isAhead, ownerOf } from '../../db/epoch.ts'
import { readHeadFile } from '../../db/head-file.ts'
import type { Head } from '../../db/journal.ts'
import { readHead } from '../../db/journal.ts'
import { FLOOR_RECORDS_READ_MAX, newestTrustedIn } from '../../db/newest-trusted.ts'
import type { OpenDb } from '../../db/open.ts'
import { openForReading, structuralFault } from '../../db/open.ts'
import { parkedEvents } from '../../db/parked.ts'
import { createReports } from '../../db/reports.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import type { Finding } from './finding.ts'
import { bad, good, warn } from './finding.ts'

/** A record that is so far ahead of the clock was written by a clock that was ahead, or the clock is behind now. */
const AHEAD_OF_CLOCK_MAX_MS = HOUR_MS

/** What the books say of themselves. `deep` reads the whole file. Beside a gateway that runs it reads as anybody may. */
export function bookFindings(config: GatewayConfig, deep: boolean): readonly Finding[] {
  const file = dataFiles(config.dataDir).books
  if (!existsSync(file)) {
    return [
      warn('books', 'Chưa có sổ: sẽ tạo khi chạy lần đầu.', 'There are no books yet: the first start makes them.'),
    ]
  }
  try {
    const open = openForReading(file)
    try {
      const remembered = readHeadFile(`${file}.head`)
      const head = readHead(open.db)
      return [
        ...ownerFinding(open, config),
        ...structureFinding(open, head, deep),
        ...rememberedFinding(head, remembered),
        ...timeFinding(open, config, head),
        ...parkedFinding(open),
      ]
    } finally {
      open.close()
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return [
      bad('books', 'Không đọc được sổ. Giữ tệp và khôi phục bản sao mới nhất.', `The books cannot be read: ${text}`),
    ]
  }
}

/** What a start is refused for. */
function ownerFinding(open: OpenDb, { site, gateway, currency }: GatewayConfig): readonly Finding[] {
  const owner = ownerOf(open.db)
  if (owner !== undefined && (owner.site !== site || owner.gateway !== gateway)) {
    return [
      bad(
        'books',
        `Sổ này của hộp ${owner.gateway} ở ${owner.site}, cấu hình ghi ${gateway} ở ${site}.`,
        `The books are of gateway ${owner.gateway} at site ${owner.site}, and the settings say ${gateway} at ${site}: set TOLBOOTH_SITE and TOLBOOTH_GATEWAY as they were, or name the right folder in TOLBOOTH_DATA_DIR.`,
      ),
    ]
  }
  const kept = createAudit(open.db)
    .ledgerSums()
    .find((sum) => sum.currency !== currency)
  if (kept === undefined) return []
  return [
    bad(
      'books',
      `Sổ ghi bằng ${kept.currency}, cấu hình ghi ${currency}.`,
      `The books are kept in ${kept.currency}, and the settings say ${currency}: set TOLBOOTH_CURRENCY as it was, or name the right folder in TOLBOOTH_DATA_DIR.`,
    ),
  ]
}

function structureFinding(open: OpenDb, { epoch, seq }: Head, deep: boolean): readonly Finding[] {
  const fault = deep ? structuralFault(open.db.$client) : undefined
  if (fault !== undefined) {
    return [
      bad(
        'books',
        `Sổ hỏng (${fault}). Giữ tệp và khôi phục bản sao mới nhất.`,
        `The books are damaged (${fault}). Keep the file, and restore the newest backup: tolbooth restore.`,
      ),
    ]
  }
  return [
    good(
      'books',
      `Sổ đọc được, bản ghi ${seq}`,
      `The books can be read: record ${seq}, epoch ${epoch}. The whole chain: tolbooth journal verify`,
    ),
  ]
}

function rememberedFinding(head: Head, remembered: Head | null): readonly Finding[] {
  if (remembered === null || !isAhead(remembered, head)) return []
  return [
    warn(
      'books',
      `Hộp này từng có bản ghi ${remembered.seq}, sổ chỉ đến ${head.seq}: lần chạy tới sẽ mở kỷ nguyên mới.`,
      `This box has had record ${remembered.seq}, and the books end at ${head.seq}: they were put back, and the next start begins a new epoch. If that was not meant, look for the right books first.`,
    ),
  ]
}

function timeFinding(open: OpenDb, { site, gateway }: GatewayConfig, head: Head): readonly Finding[] {
  const newest = createReports(open.db, { site, gateway }).journalPage(
    Math.max(0, head.seq - FLOOR_RECORDS_READ_MAX),
    FLOOR_RECORDS_READ_MAX,
  )
  const at = newestTrustedIn(newest.toReversed())
  if (at <= Date.now() + AHEAD_OF_CLOCK_MAX_MS) return []
  const when = new Date(at).toISOString()
  return [
    bad(
      'clock',
      `Sổ có bản ghi lúc ${when}, sau giờ hiện tại. Đồng hồ đang chậm: chỉnh lại. Nếu đồng hồ đã từng chạy nhanh và nay đúng: đến lúc đó chỉ nhận số tiền nhỏ, và không nhận mã đổi theo giờ. Để tin lại ngay: tolbooth clock accept --help`,
      `A record was written at ${when}, which is still to come. If the clock is behind, set it before taking money. If it ran ahead then and is right now, it is not trusted until that time: small amounts only, and no codes that change. To have it trusted at once: tolbooth clock accept --help`,
    ),
  ]
}

function parkedFinding(open: OpenDb): readonly Finding[] {
  const waiting = parkedEvents(open, 0).filter((each) => each.rerunSeq === null && !each.isErased).length
  if (waiting === 0) return []
  return [
    warn(
      'faults',
      `${waiting} việc bị lỗi của hệ thống, chưa làm lại. Xem: tolbooth parked list`,
      `${waiting} event(s) at which our own code failed wait to be run again. See: tolbooth parked list`,
    ),
  ]
}
