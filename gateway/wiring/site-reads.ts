import { statfsSync } from 'node:fs'
import type { DeviceId } from '../../core/ids.ts'
import { unknownLane } from '../../core/lane/state.ts'
import { money } from '../../core/money.ts'
import type { BundleKind } from '../../core/site.ts'
import { isTrusted } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import type { ParkingReports } from '../../db/parking-reports.ts'
import type { Reports } from '../../db/reports.ts'
import type { Clock } from '../clock/clock.ts'
import type { PostingCameras } from '../http/posting-cameras.ts'
import type { ReadinessItem, SiteReads } from '../http/reads.ts'
import type { DeviceTransport } from '../mqtt/transport.ts'
import type { RunningPath } from '../path/create-path.ts'
import { wordsOfLanes, wordsOfTrouble } from './books-trouble.ts'
import type { Counters } from './counters.ts'
import { tariffsReadiness } from './tariffs-readiness.ts'
import { wordsOfUnreadable } from './unreadable-words.ts'

export type SiteReadsParts = {
  readonly books: Books
  readonly reports: Reports
  readonly parking: ParkingReports
  readonly counters: Counters
  readonly transport: DeviceTransport
  readonly postingCameras: PostingCameras
  readonly path: RunningPath
  /** A device that is there, and does not answer when it is asked. */
  readonly isSilent: (device: DeviceId) => boolean
  readonly isHeard: (loop: DeviceId) => boolean
  /** A loop that changes more often than vehicles can. */
  readonly isChattering: (loop: DeviceId) => boolean
  readonly clock: Clock
  readonly dataDir: string
  readonly takesCodes: () => boolean
  /** Below it the disk is said to be filling up, and nothing more is promised. */
  readonly diskFreeMinBytes: number
  /** Problems with the site's files at the start. */
  readonly fileProblems: () => readonly string[]
  /** What is in force and cannot be read by this version. */
  readonly unreadable: () => ReadonlyMap<BundleKind, readonly string[]>
}

/** What HTTP reads of the running gateway: the books as of the last commit, and what stands only in memory. */
export function siteReads(parts: SiteReadsParts): SiteReads {
  const { books, reports, counters, transport, postingCameras, clock, unreadable } = parts
  const isPresent = (device: DeviceId): boolean => transport.isPresent(device) || postingCameras.isPresent(device)
  const layoutNow = (): ReturnType<Books['layout']> => (unreadable().has('layout') ? null : books.layout())
  const policyNow = (): ReturnType<Books['policy']> => (unreadable().has('policy') ? null : books.policy())
  return {
    layout: () => layoutNow() ?? undefined,
    head: () => books.head(),
    charge: reports.charge,
    payments: reports.payments,
    receipt: reports.receipt,
    journalPage: reports.journalPage,
    reasonText: reports.reasonText,
    parking: parts.parking,
    takesCodes: parts.takesCodes,
    devices: () =>
      books.devices().map((device) => ({
        ...device,
        present: isPresent(device.id),
        silent: parts.isSilent(device.id),
        presenceSince: postingCameras.presenceSince(device.id) ?? counters.presenceSince(device.id),
      })),
    lanes() {
      const states = reports.laneStates()
      const active = books.devices().filter(({ status }) => status === 'active')
      return (layoutNow()?.lanes ?? []).map((lane) => {
        const devices = active
          .filter(({ place }) => place.kind === 'lane' && place.id === lane.id)
          .map(({ id, kind, role }) => ({
            id,
            kind,
            present: isPresent(id),
            silent: parts.isSilent(id),
            unheard: role !== null && !parts.isHeard(id),
            chatters: parts.isChattering(id),
          }))
        return {
          lane,
          state: states.get(lane.id) ?? unknownLane(lane.id, counters.view().since),
          barrierPresent: devices.find(({ kind }) => kind === 'barrier')?.present ?? false,
          devices,
        }
      })
    },
    exposure() {
      const [layout, policy] = [layoutNow(), policyNow()]
      if (layout === null || policy === null) return undefined
      return {
        atRisk: money(reports.exposure(), layout.currency),
        limit: money(policy.exposureMax, layout.currency),
        lastContactAt: reports.lastContactAt(),
        offlineMaxMs: policy.offlineMaxMs,
        keySetIssuedAt: books.bundleInUse('key-set')?.issuedAt ?? null,
        keySetAgeMaxMs: policy.keySetAgeMaxMs,
        denyListIssuedAt: books.bundleInUse('deny-list')?.issuedAt ?? null,
        denyListAgeMaxMs: policy.denyListAgeMaxMs,
      }
    },
    counters() {
      const { since, scans, accepted, taken, ...rest } = counters.view()
      const currency = layoutNow()?.currency
      return {
        since,
        scans,
        accepted,
        ...rest,
        taken: taken ?? (currency === undefined ? null : money(0, currency)),
      }
    },
    readiness: () => readiness(parts),
  }

  function isUnreadable(kind: BundleKind): boolean {
    return unreadable().has(kind)
  }

  function unreadableWords(kind: BundleKind): readonly [string, string] | undefined {
    const problems = unreadable().get(kind)
    if (problems === undefined) return undefined
    const { vi, en } = wordsOfUnreadable(kind, problems, books.bundleInUse(kind)?.version, layoutNow())
    return [vi, en]
  }

  function tariffsItem(): readonly ReadinessItem[] {
    const [layout, common] = [layoutNow(), parts.parking.common('live')]
    if (layout === null || common === null) return []
    const words = unreadableWords('tariffs')
    if (words !== undefined) return [item('tariffs', false, '', '', ...words)]
    const content =
      common.tariffs === null && books.bundleInUse('tariffs') !== null ? books.bundleContent('tariffs') : null
    return tariffsReadiness(layout, common.tariffs, content, clock.now().local.day)
  }

  function readiness({ path, dataDir, diskFreeMinBytes, fileProblems }: SiteReadsParts): readonly ReadinessItem[] {
    const trouble = path.trouble()
    const troubleWords = trouble === undefined ? { vi: '', en: '' } : wordsOfTrouble(trouble)
    const lanesWords = wordsOfLanes(layoutNow())
    const freeBytes = freeBytesAt(dataDir)
    const isDiskFine = freeBytes >= diskFreeMinBytes
    const freeMb = Math.floor(freeBytes / 1_048_576)
    const { trust } = clock.now()
    const has = (kind: 'layout' | 'policy' | 'key-set'): boolean => books.bundleInUse(kind) !== null
    const problems = fileProblems()
    return [
      item(
        'database',
        trouble === undefined,
        'Sổ ghi được',
        'The books can be written',
        `${troubleWords.vi}${lanesWords.vi}`,
        `${troubleWords.en}${lanesWords.en}`,
      ),
      item(
        'broker',
        transport.addresses().length > 0,
        'Thiết bị kết nối được',
        'Devices can connect',
        'Chưa nghe được thiết bị. Kiểm tra cổng MQTT.',
        'Devices cannot connect yet. Check the MQTT port.',
      ),
      item(
        'keys',
        has('key-set') && !isUnreadable('key-set'),
        'Có bộ khoá',
        'There is a key set',
        ...(unreadableWords('key-set') ?? [
          'Chưa có bộ khoá: đặt tệp keys.json.',
          'No key set: put a keys.json in place.',
        ]),
      ),
      item(
        'layout',
        has('layout') && !isUnreadable('layout'),
        'Có sơ đồ điểm thu',
        'There is a layout',
        ...(unreadableWords('layout') ?? [
          'Chưa có sơ đồ: đặt tệp layout.json.',
          'No layout: put a layout.json in place.',
        ]),
      ),
      item(
        'policy',
        has('policy') && !isUnreadable('policy'),
        'Có chính sách',
        'There is a policy',
        ...(unreadableWords('policy') ?? [
          'Chưa có chính sách: đặt tệp policy.json.',
          'No policy: put a policy.json in place.',
        ]),
      ),
      item(
        'deny-list',
        !isUnreadable('deny-list'),
        'Danh sách chặn đọc được',
        'The deny list can be read',
        ...(unreadableWords('deny-list') ?? ['', '']),
      ),
      ...tariffsItem(),
      item(
        'clock',
        isTrusted(trust),
        'Đồng hồ tin được',
        'The clock is trusted',
        'Đồng hồ không tin được. Chỉnh giờ và kiểm tra đồng bộ.',
        'The clock is not trusted. Set it and check its source.',
      ),
      item(
        'disk',
        isDiskFine,
        'Đĩa còn chỗ',
        'There is room on the disk',
        `Đĩa chỉ còn ${freeMb} MB.`,
        `Only ${freeMb} MB free on the disk.`,
      ),
      item(
        'files',
        problems.length === 0,
        'Tệp cấu hình đúng',
        'The site’s files are right',
        `Tệp có lỗi: ${problems[0]}`,
        `A file is wrong: ${problems[0]}`,
      ),
    ]
  }
}

function item(what: string, ok: boolean, goodVi: string, goodEn: string, badVi: string, badEn: string): ReadinessItem {
  return { what, ok, detail: ok ? { vi: goodVi, en: goodEn } : { vi: badVi, en: badEn } }
}

export function freeBytesAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
