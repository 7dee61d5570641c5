import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Command } from 'commander'
import type { BundleHead, BundleKind } from '../../core/site.ts'
import { compareVersions } from '../../core/site.ts'
import { readBundleHeads } from '../../db/bundle-heads.ts'
import { openForReading } from '../../db/open.ts'
import { createBundles, hashOf, isNeeded } from '../bundles/bundles.ts'
import { contentOf, tariffsContent } from '../bundles/files.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles, readConfig } from '../config.ts'
import { messageOf } from '../error-text.ts'
import { foreign, keptTooShort, layoutInFile } from '../wiring/bundle-files.ts'
import { dataFolderProblem } from '../wiring/data-folder.ts'
import { loadOwnKeys } from '../wiring/own-keys.ts'
import { betweenPlacesFindings } from './doctor-between-places.ts'
import { bookFindings } from './doctor-books.ts'
import { devicePlaceFindings } from './doctor-device-places.ts'
import { devicesInBooks, failSafeFindings } from './doctor-fail-safe.ts'
import { inForceFindings } from './doctor-in-force.ts'
import { parkingFindings } from './doctor-parking.ts'
import type { Finding } from './finding.ts'
import { bad, good, warn } from './finding.ts'
import { isGatewayRunning } from './running-gateway.ts'
import { sourceNow } from './site-clock.ts'
import { MARKS, say } from './terminal.ts'

export const DISK_FREE_GOOD_BYTES = 2 * 1024 ** 3
export const DISK_FREE_BAD_BYTES = 256 * 1024 ** 2
/** Nothing that this program signs or checks is older than the program. */
const NO_EARLIER_THAN_MS = Date.UTC(2026, 0)

/** `tolbooth doctor`: looks at what a gateway stands on and says what to do, in Vietnamese and English. Changes nothing. Ends with 1 where something is bad. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check clock, disk, books, broker, keys and the site’s files, and say what to do')
    .option('--deep', 'read all of the books, which takes a while')
    .option('--json', 'for programs')
    .action(async ({ deep, json }: { readonly deep?: boolean; readonly json?: boolean }) => {
      const findings = await examine(deep === true)
      if (json === true) say.json(findings)
      else
        for (const finding of findings)
          say.line(`${MARKS[finding.state]} ${finding.what.padEnd(9)} ${finding.vi}\n            ${finding.en}`)
      if (findings.some((finding) => finding.state === 'bad')) process.exitCode = 1
    })
}

async function examine(deep: boolean): Promise<readonly Finding[]> {
  const read = readConfig(process.env)
  if (!read.ok) return read.problems.map((problem) => bad('settings', `Cấu hình sai: ${problem}`, problem))
  const { config } = read
  const isRunning = isGatewayRunning(config)
  return [
    good('settings', 'Cấu hình đọc được', 'The settings can be read'),
    ...(isRunning ? [good('gateway', 'Hộp đang chạy', 'A gateway runs with these books')] : []),
    clockFinding(config),
    ...folderFindings(config),
    keyFinding(config),
    ...(await fileFindings(config)),
    ...(await inForceFindings(config)),
    ...parkingFindings(config, layoutInFile(config)),
    ...betweenPlacesFindings(layoutInFile(config)),
    ...devicePlaceFindings(layoutInFile(config), devicesInBooks(config)),
    ...failSafeFindings(layoutInFile(config), devicesInBooks(config), config),
    ...bookFindings(config, deep),
    ...(await portFindings(config, isRunning)),
    ...(await externalBrokerFindings(config)),
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
  const { clockSource } = config
  if (clockSource === 'operator') {
    return warn(
      'clock',
      'Giờ theo lời người vận hành. Nên dùng chrony hoặc timesyncd.',
      'The clock is trusted on the operator’s word. Better: chrony or timesyncd (TOLBOOTH_CLOCK_SOURCE).',
    )
  }
  const { state } = sourceNow(config).trust()
  switch (state) {
    case 'synced':
      return good('clock', `${clockSource} đã chỉnh giờ`, `${clockSource} keeps the clock right`)
    case 'holdover':
      return warn(
        'clock',
        `${clockSource} lâu rồi không liên lạc được máy chủ giờ. Kiểm tra mạng.`,
        `${clockSource} has not been in touch with its servers for long; the clock is still believed. Check the network.`,
      )
    case 'stepped':
    case 'unknown':
      return bad(
        'clock',
        `${clockSource} chưa chỉnh giờ hoặc không trả lời: chỉ nhận số tiền nhỏ.`,
        `${clockSource} has not set the clock, or does not answer: small amounts only until it does. Try: ${clockSource === 'chrony' ? 'chronyc tracking' : 'timedatectl timesync-status'}`,
      )
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
    if (!statSync(dataDir).isDirectory()) throw Object.assign(new Error('it is a file'), { code: 'ENOTDIR' })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return [bad('disk', `Không ghi được vào ${dataDir}.`, dataFolderProblem(dataDir, error))]
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
    return bad('key', `Hộp chưa có khoá: chạy tolbooth keys. ${messageOf(error)}`, messageOf(error))
  }
}

async function fileFindings(config: GatewayConfig): Promise<readonly Finding[]> {
  const bundles = createBundles([])
  const files: readonly (readonly [BundleKind, string])[] = [
    ['layout', config.layoutFile],
    ['policy', config.policyFile],
    ['key-set', config.keySetFile],
    ['deny-list', config.denyListFile],
    ['tariffs', config.tariffsFile],
  ]
  const layout = layoutInFile(config)
  const inForce = bundlesInForce(config)
  return Promise.all(
    files.map(async ([kind, file]) => {
      if (!existsSync(file)) {
        const missing = { vi: `Không có tệp ${file}.`, en: `There is no ${file}.` }
        if (kind === 'tariffs' && !isNeeded(kind, layout))
          return good(kind, 'Không có bãi xe, không cần giá', 'There is no car park, so no tariffs are needed')
        return isNeeded(kind, layout) ? bad(kind, missing.vi, missing.en) : warn(kind, missing.vi, missing.en)
      }
      const content = kind === 'tariffs' ? tariffsContent(file) : contentOf(file)
      if (!content.ok) return bad(kind, `Không đọc được ${file}.`, content.problem)
      const standing = inForce.get(kind)?.hash === hashOf(content.text) ? 'in-force' : 'new'
      const read = await bundles.read(kind, content.text, layout, standing)
      const wrong = read.ok && kind === 'layout' && layout !== null ? foreign(layout, config) : undefined
      if (wrong !== undefined) return bad(kind, `${file} không phải của hộp này: ${wrong}`, `${file}: ${wrong}`)
      const unkept =
        read.ok && kind === 'policy' ? keptTooShort(bundles.readers.policy(content.text), config) : undefined
      if (unkept !== undefined) return bad(kind, `${file} không hợp với cấu hình: ${unkept}`, `${file}: ${unkept}`)
      const head = inForce.get(kind)
      const order = read.ok && head !== undefined ? compareVersions(read.bundle.version, head.version) : 1
      if (read.ok && head !== undefined && (order < 0 || (order === 0 && read.bundle.hash !== head.hash))) {
        const number = `${head.version.epoch}.${head.version.n}`
        return bad(
          kind,
          `${file} đã sửa mà chưa tăng số phiên bản: hộp đang dùng bản ${number} và sẽ không nhận. Tăng version.n rồi nạp lại.`,
          `${file} is not what is in force (${number}), and its version is not higher: the gateway refuses it. Raise version.n, and reload.`,
        )
      }
      if (read.ok) return good(kind, `${file} đúng`, `${file} is right`)
      return bad(kind, `${file} sai: ${read.problems[0]}`, `${file}: ${read.problems.join('; ')}`)
    }),
  )
}

/** What the books have in force of each kind; none where there are no books, or they cannot be read: that has a line of its own. */
function bundlesInForce({ dataDir }: GatewayConfig): ReadonlyMap<BundleKind, BundleHead> {
  const { books } = dataFiles(dataDir)
  if (!existsSync(books)) return new Map()
  try {
    const open = openForReading(books)
    try {
      return readBundleHeads(open.db)
    } finally {
      open.close()
    }
  } catch {
    return new Map()
  }
}

async function portFindings(config: GatewayConfig, isRunning: boolean): Promise<readonly Finding[]> {
  const ports: readonly (readonly [string, string, number])[] = [
    ...(config.broker === 'embedded' ? [['broker', config.mqttHost, config.mqttPort] as const] : []),
    ['http', config.httpHost, config.httpPort],
  ]
  return Promise.all(
    ports.map(async ([what, host, port]) => {
      const free = await isFree(host, port)
      if (isRunning && port !== 0) {
        return free
          ? bad(
              what,
              `Hộp đang chạy mà cổng ${port} không nghe.`,
              `A gateway runs, and nothing listens on port ${port}: other settings than these, or it is starting.`,
            )
          : good(what, `Cổng ${port} đang nghe`, `Port ${port} is listened on`)
      }
      return free
        ? good(what, `Cổng ${port} còn trống`, `Port ${port} is free for the gateway`)
        : bad(
            what,
            `Cổng ${port} đang có chương trình khác dùng.`,
            `Port ${port} is in use by something else: stop that, or set another port.`,
          )
    }),
  )
}

async function externalBrokerFindings({ broker, mqttUrl }: GatewayConfig): Promise<readonly Finding[]> {
  if (broker !== 'external' || mqttUrl === null) return []
  const { hostname, port, protocol } = new URL(mqttUrl)
  const answers = await isAnswering(hostname, port === '' ? (PORTS[protocol] ?? 1_883) : Number(port))
  return [
    answers
      ? good('broker', `Máy chủ MQTT ${hostname} trả lời`, `The broker at ${hostname} answers`)
      : bad(
          'broker',
          `Không nối được máy chủ MQTT ${hostname}.`,
          `The broker at ${hostname} does not answer. Check its address and the network.`,
        ),
  ]
}

const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1_883, 'mqtts:': 8_883, 'ws:': 80, 'wss:': 443 }
const ANSWER_MAX_MS = 3_000

function isAnswering(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MAX_MS })
    const end = (answers: boolean): void => {
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
