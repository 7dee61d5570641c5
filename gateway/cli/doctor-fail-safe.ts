import { existsSync } from 'node:fs'
import type { Device, Lane, SiteLayout } from '../../core/site.ts'
import { openForReading } from '../../db/open.ts'
import { createReports } from '../../db/reports.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import type { Finding } from './finding.ts'
import { good, warn } from './finding.ts'

/**
 * Lanes that are to stand open when no gateway can serve (`failSafe`). Barriers whose driver can tell them so do it by themselves; of the others, and of those without power, nobody may say so: whoever
 * relies on them must have set their own controller (docs/decisions/087). `closed` is what a barrier does that is told nothing.
 */
export function failSafeFindings(
  layout: SiteLayout | null,
  devices: readonly Device[],
  { failSafeAfterMs }: Pick<GatewayConfig, 'failSafeAfterMs'>,
): readonly Finding[] {
  const open = (layout?.lanes ?? []).filter(({ failSafe }) => failSafe === 'open')
  const [told, others] = [open.filter((lane) => isTold(lane, devices)), open.filter((lane) => !isTold(lane, devices))]
  const blind = told.filter((lane) => at(lane, devices).every(({ role }) => role !== 'safety'))
  const lanes = new Set(layout?.lanes.map(({ id }) => id))
  const astray = devices.filter(({ place, status, driver }) => {
    const isAstray = layout !== null && status === 'active' && place.kind === 'lane' && !lanes.has(place.id)
    return isAstray && driverNamed(driver)?.encodeFailSafe !== undefined
  })
  const seconds = Math.ceil(failSafeAfterMs / 1_000)
  return [
    ...(told.length === 0
      ? []
      : [
          good(
            'fail-safe',
            `Làn tự mở ${seconds} giây sau khi hộp không còn phục vụ được: ${names(told)}. Thử bằng cách tắt hộp. Mất điện thì cần làm theo cơ cấu của nó.`,
            `Lanes that open by themselves ${seconds} s after the gateway can no longer serve: ${names(told)}. Try it by switching the gateway off. Without power an arm does what its mechanics do.`,
          ),
        ]),
    ...(blind.length === 0
      ? []
      : [
          warn(
            'fail-safe',
            `Làn tự mở mà không có vòng từ dưới cần: ${names(blind)}. Khi hộp chạy lại, cần chỉ đóng khi có người xem và bấm hết khẩn cấp.`,
            `Lanes that open by themselves and have no loop under their arm: ${names(blind)}. When the gateway is back such an arm comes down only when somebody has looked and ends the emergency.`,
          ),
        ]),
    ...(astray.length === 0
      ? []
      : [
          warn(
            'fail-safe',
            `Cần của làn không còn trong layout: ${astray.map(({ id }) => id).join(', ')}. Hộp bảo cần đó đứng yên khi nó kết nối; trước đó nó có thể vẫn tự mở. Chuyển nó sang làn khác hoặc thu hồi.`,
            `Barriers of lanes that the layout has no more: ${astray.map(({ id }) => id).join(', ')}. The gateway tells them to stay as they are when they connect; until then they may still go up by themselves. Enrol them elsewhere, or revoke them.`,
          ),
        ]),
    ...(others.length === 0
      ? []
      : [
          warn(
            'fail-safe',
            `Làn phải tự mở khi mất hộp hoặc mất điện: ${names(others)}. Hộp không ra lệnh đó cho cần được: chỉnh ở bộ điều khiển của cần, rồi thử bằng cách tắt hộp.`,
            `Lanes that are to open by themselves without gateway or power: ${names(others)}. The gateway cannot tell a barrier so: set it at the barrier’s own controller, and try it by switching the gateway off.`,
          ),
        ]),
  ]
}

/** The devices in the books; none where there are no books, or they cannot be read: that has a line of its own. */
export function devicesInBooks({ dataDir, site, gateway }: GatewayConfig): readonly Device[] {
  const { books } = dataFiles(dataDir)
  if (!existsSync(books)) return []
  try {
    const open = openForReading(books)
    try {
      return createReports(open.db, { site, gateway }).devices()
    } finally {
      open.close()
    }
  } catch {
    return []
  }
}

/** Whether each barrier of the lane, and there is one, keeps the setting. */
function isTold(lane: Lane, devices: readonly Device[]): boolean {
  const barriers = at(lane, devices).filter(({ kind }) => kind === 'barrier')
  return barriers.length > 0 && barriers.every(({ driver }) => driverNamed(driver)?.encodeFailSafe !== undefined)
}

function at({ id }: Lane, devices: readonly Device[]): readonly Device[] {
  return devices.filter(({ place, status }) => status === 'active' && place.kind === 'lane' && place.id === id)
}

function names(lanes: readonly Lane[]): string {
  return lanes.map(({ id }) => id).join(', ')
}
