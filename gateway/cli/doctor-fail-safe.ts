import type { SiteLayout } from '../../core/site.ts'
import type { Finding } from './finding.ts'
import { warn } from './finding.ts'

/**
 * Lanes that are to stand open without a gateway or power (`failSafe`). No driver can tell a barrier so, and a barrier is not opened by a gateway that is gone: whoever relies on it must have set
 * the barrier's own controller (docs/decisions/087). `closed` is what a barrier does that is told nothing.
 */
export function failSafeFindings(layout: SiteLayout | null): readonly Finding[] {
  const open = (layout?.lanes ?? []).filter(({ failSafe }) => failSafe === 'open').map(({ id }) => id)
  if (open.length === 0) return []
  return [
    warn(
      'fail-safe',
      `Làn phải tự mở khi mất hộp hoặc mất điện: ${open.join(', ')}. Hộp không ra lệnh đó cho cần được: chỉnh ở bộ điều khiển của cần, rồi thử bằng cách tắt hộp.`,
      `Lanes that are to open by themselves without gateway or power: ${open.join(', ')}. The gateway cannot tell a barrier so: set it at the barrier’s own controller, and try it by switching the gateway off.`,
    ),
  ]
}
