import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Command } from 'commander'
import type { BundleKind } from '../../core/site.ts'
import { readHead } from '../../db/journal.ts'
import { openForReading } from '../../db/open.ts'
import { createBundles } from '../bundles/bundles.ts'
import { chronyUncertaintyMs, TIMESYNCD_MARK } from '../clock/time-sources.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles, readConfig } from '../config.ts'
import { loadOwnKeys } from '../wiring/own-keys.ts'
import { say } from './terminal.ts'

/** `warn`: it works, and somebody should look at it. */
export type Finding = {
  readonly what: string
  readonly state: 'good' | 'warn' | 'bad'
  readonly vi: string
  readonly en: string
}

export const DISK_FREE_GOOD_BYTES = 2 * 1024 ** 3
export const DISK_FREE_BAD_BYTES = 256 * 1024 ** 2
/** Nothing that this program signs or checks is older than the program. */
const NO_EARLIER_THAN_MS = Date.UTC(2026, 0)

/** `tolbooth doctor`: looks at what a gateway stands on and says what to do, in Vietnamese and English. Changes nothing. Ends with 1 where something is bad. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check clock, disk, books, broker, keys and the site’s files, and say what to do')
    .option('--json', 'for programs')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const findings = await examine()
      if (json === true) say.json(findings)
      else
        for (const finding of findings)
          say.line(`${MARKS[finding.state]} ${finding.what.padEnd(9)} ${finding.vi}\n            ${finding.en}`)
      if (findings.some((finding) => finding.state === 'bad')) process.exitCode = 1
    })
}

const MARKS = { good: '✓', warn: '!', bad: '✗' } as const

async function examine(): Promise<readonly Finding[]> {
  const read = readConfig(process.env)
  if (!read.ok) return read.problems.map((problem) => bad('settings', `Cấu hình sai: ${problem}`, problem))
  const { config } = read
  return [
    good('settings', 'Cấu hình đọc được', 'The settings can be read'),
    clockFinding(config),
    ...folderFindings(config),
    keyFinding(config),
    ...(await fileFindings(config)),
    booksFinding(config),
    ...(await portFindings(config)),
  ]
}

function clockFinding(config: GatewayConfig): Finding {
  if (Date.now() < NO_EARLIER_THAN_MS) {
    return bad(
      'clock',
      'Đồng hồ chạy chậm nhiều năm. Chỉnh giờ trước khi thu tiền.',
      'The clock is years behind. Set it before taking money.',
    )
  }
  switch (config.clockSource) {
    case 'operator':
      return warn(
        'clock',
        'Giờ theo lời người vận hành. Nên dùng chrony hoặc timesyncd.',
        'The clock is trusted on the operator’s word. Better: chrony or timesyncd (TOLBOOTH_CLOCK_SOURCE).',
      )
    case 'timesyncd':
      return existsSync(TIMESYNCD_MARK)
        ? good('clock', 'timesyncd đã chỉnh giờ', 'timesyncd has set the clock')
        : bad(
            'clock',
            'timesyncd chưa chỉnh giờ. Kiểm tra mạng.',
            'timesyncd has not set the clock yet. Check the network.',
          )
    case 'chrony':
      return chronySays() === undefined
        ? bad(
            'clock',
            'chrony không trả lời hoặc chưa đồng bộ.',
            'chrony does not answer, or is not synchronised. Try: chronyc tracking',
          )
        : good('clock', 'chrony đã đồng bộ', 'chrony is synchronised')
  }
}

function chronySays(): number | undefined {
  try {
    return chronyUncertaintyMs(execFileSync('chronyc', ['-c', 'tracking'], { timeout: 5_000, encoding: 'utf8' }))
  } catch {
    return undefined
  }
}

function folderFindings({ dataDir }: GatewayConfig): readonly Finding[] {
  if (!existsSync(dataDir)) {
    return [
      bad(
        'disk',
        `Chưa có thư mục ${dataDir}.`,
        `There is no folder ${dataDir}. Make it, or name another in TOLBOOTH_DATA_DIR.`,
      ),
    ]
  }
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK)
  } catch {
    return [bad('disk', `Không ghi được vào ${dataDir}.`, `${dataDir} cannot be written to by this user.`)]
  }
  const { bavail, bsize } = statfsSync(dataDir)
  const freeBytes = bavail * bsize
  const freeMb = Math.floor(freeBytes / 1024 ** 2)
  if (freeBytes < DISK_FREE_BAD_BYTES)
    return [bad('disk', `Đĩa chỉ còn ${freeMb} MB.`, `Only ${freeMb} MB free on the disk. Make room.`)]
  if (freeBytes < DISK_FREE_GOOD_BYTES)
    return [warn('disk', `Đĩa còn ${freeMb} MB.`, `${freeMb} MB free on the disk: make room soon.`)]
  return [good('disk', `Đĩa còn ${freeMb} MB`, `${freeMb} MB free on the disk`)]
}

function keyFinding(config: GatewayConfig): Finding {
  try {
    loadOwnKeys(config)
    return good('key', 'Hộp có khoá ký', 'The gateway has its signing key')
  } catch (error) {
    return bad('key', `Hộp chưa có khoá: chạy tolbooth keys. ${textOf(error)}`, textOf(error))
  }
}

async function fileFindings(config: GatewayConfig): Promise<readonly Finding[]> {
  const bundles = createBundles([])
  const files: readonly (readonly [BundleKind, string])[] = [
    ['layout', config.layoutFile],
    ['policy', config.policyFile],
    ['key-set', config.keySetFile],
    ['deny-list', config.denyListFile],
  ]
  return Promise.all(
    files.map(async ([kind, file]) => {
      if (!existsSync(file)) {
        const missing = { vi: `Không có tệp ${file}.`, en: `There is no ${file}.` }
        return kind === 'deny-list' ? warn(kind, missing.vi, missing.en) : bad(kind, missing.vi, missing.en)
      }
      const read = await bundles.read(kind, readFileSync(file, 'utf8'))
      if (read.ok) return good(kind, `${file} đúng`, `${file} is right`)
      return bad(kind, `${file} sai: ${read.problems[0]}`, `${file}: ${read.problems.join('; ')}`)
    }),
  )
}

function booksFinding({ dataDir }: GatewayConfig): Finding {
  const file = dataFiles(dataDir).books
  if (!existsSync(file))
    return warn('books', 'Chưa có sổ: sẽ tạo khi chạy lần đầu.', 'There are no books yet: the first start makes them.')
  try {
    const open = openForReading(file)
    try {
      const { epoch, seq } = readHead(open.db)
      return good(
        'books',
        `Sổ đọc được, bản ghi ${seq}`,
        `The books can be read: record ${seq}, epoch ${epoch}. The whole chain: tolbooth journal verify`,
      )
    } finally {
      open.close()
    }
  } catch (error) {
    return bad('books', 'Không đọc được sổ. Giữ tệp và khôi phục bản sao.', textOf(error))
  }
}

async function portFindings(config: GatewayConfig): Promise<readonly Finding[]> {
  const ports: readonly (readonly [string, string, number])[] = [
    ...(config.broker === 'embedded' ? [['broker', config.mqttHost, config.mqttPort] as const] : []),
    ['http', config.httpHost, config.httpPort],
  ]
  return Promise.all(
    ports.map(async ([what, host, port]) =>
      (await isFree(host, port))
        ? good(what, `Cổng ${port} còn trống`, `Port ${port} is free for the gateway`)
        : warn(
            what,
            `Cổng ${port} đang có chương trình dùng.`,
            `Port ${port} is in use: by a gateway that runs, or by something else.`,
          ),
    ),
  )
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

function good(what: string, vi: string, en: string): Finding {
  return { what, state: 'good', vi, en }
}

function warn(what: string, vi: string, en: string): Finding {
  return { what, state: 'warn', vi, en }
}

function bad(what: string, vi: string, en: string): Finding {
  return { what, state: 'bad', vi, en }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
