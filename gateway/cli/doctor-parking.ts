import { existsSync } from 'node:fs'
import { holidayGaps } from '../../core/parking/holidays-ahead.ts'
import { classesWithoutTariff, tariffGaps } from '../../core/parking/tariff-cover.ts'
import type { SiteLayout } from '../../core/site.ts'
import { instant } from '../../core/time.ts'
import { createBundles } from '../bundles/bundles.ts'
import { contentOf, tariffsContent } from '../bundles/files.ts'
import { gapsInWords, holidaysInWords } from '../bundles/tariff-words.ts'
import { createLocalTime } from '../clock/local-time.ts'
import type { GatewayConfig } from '../config.ts'
import type { Finding } from './finding.ts'
import { bad, good, warn } from './finding.ts'

/** What a car park is told before it opens: prices for all that its lanes let in, and how its drivers pay. Reads the site's files alone. */
export function parkingFindings(config: GatewayConfig, layout: SiteLayout | null): readonly Finding[] {
  if (layout === null || layout.parking === null) return []
  return [...coverFindings(config, layout), ...publicUrlFindings(config), ...bankFindings(config, layout)]
}

/** A file that cannot be read has a line of its own. */
function coverFindings(config: GatewayConfig, layout: SiteLayout): readonly Finding[] {
  const { parking } = layout
  const content = existsSync(config.tariffsFile) ? tariffsContent(config.tariffsFile) : undefined
  if (parking === null || content?.ok !== true) return []
  const tariffs = createBundles([]).readers.tariffs(content.text, layout)
  if (tariffs === null) return []
  const today = createLocalTime(config.zone)(instant(Date.now())).day
  const gaps = tariffGaps(layout, tariffs.book, today)
  const holidays = holidayGaps(tariffs.book, today)
  const missing = gaps.filter(({ kind }) => kind === 'none')
  const ending = gaps.filter(({ kind }) => kind === 'ends')
  const unpriced = classesWithoutTariff(parking, tariffs.book).filter(
    (id) => !missing.some(({ vehicleClass }) => vehicleClass === id),
  )
  return [
    ...(missing.length > 0 ? [finding(bad, gapsInWords(missing, parking))] : []),
    ...(ending.length > 0 ? [finding(warn, gapsInWords(ending, parking))] : []),
    ...(holidays.length > 0 ? [finding(warn, holidaysInWords(holidays))] : []),
    ...(unpriced.length > 0
      ? [
          warn(
            'tariffs',
            `Loại xe trong layout.json không có giá nào: ${unpriced.join(', ')}. Thêm giá, hoặc bỏ loại xe đó.`,
            `Classes of vehicle in layout.json that no tariff prices: ${unpriced.join(', ')}. Add a tariff, or take the class out.`,
          ),
        ]
      : []),
  ]
}

function finding(of: typeof good, { vi, en }: { readonly vi: string; readonly en: string }): Finding {
  return of('tariffs', vi, en)
}

/** Its form has been checked with the settings. */
function publicUrlFindings({ publicUrl }: GatewayConfig): readonly Finding[] {
  if (publicUrl === null) {
    return [
      good(
        'tickets',
        'Chưa đặt TOLBOOTH_PUBLIC_URL: mã trên vé chỉ là mã, điện thoại quét không mở được trang.',
        'No TOLBOOTH_PUBLIC_URL: a ticket’s QR code is the bare code, which opens no page on a driver’s phone.',
      ),
    ]
  }
  return publicUrl.startsWith('https:')
    ? [good('tickets', `Mã trên vé mở ${publicUrl}/parking`, `A ticket’s QR code opens ${publicUrl}/parking`)]
    : [
        warn(
          'tickets',
          `Mã trên vé mở ${publicUrl}/parking: chỉ điện thoại trong mạng của bãi vào được, và không mã hoá. Nên dùng https.`,
          `A ticket’s QR code opens ${publicUrl}/parking: only phones in the site’s own network reach it, and it is not encrypted. Better: https.`,
        ),
      ]
}

function bankFindings({ policyFile }: GatewayConfig, layout: SiteLayout): readonly Finding[] {
  const { parking, merchants } = layout
  const content = contentOf(policyFile)
  if (!content.ok || parking === null) return []
  const policy = policyIn(content.text)
  if (policy === null || policy.bankConfirmation === 'none') return []
  const merchant = merchants.find(({ id }) => id === parking.merchant)
  if (merchant?.account !== undefined) return []
  return [
    bad(
      'bank',
      `policy.json ghi bankConfirmation "expected", mà layout.json không có tài khoản của ${parking.merchant}: không có mã VietQR nào. Thêm account, hoặc ghi "none".`,
      `policy.json says bankConfirmation "expected", and layout.json has no account of ${parking.merchant}: no VietQR code is shown. Add the account, or say "none".`,
    ),
  ]
}

function policyIn(content: string) {
  try {
    return createBundles([]).readers.policy(content).parking
  } catch {
    return null
  }
}
