import type { Command } from 'commander'
import { refusalTable } from '../../core/refusals.ts'
import type { ClockTrust, Instant } from '../../core/time.ts'
import { instant, isTrusted, MINUTE_MS } from '../../core/time.ts'
import { LOCAL_TIME, localInstant } from '../bundles/try-tariff.ts'
import { zoneRules } from '../clock/zone-rules.ts'
import type { GatewayConfig } from '../config.ts'
import { openOfflineSite } from './offline-site.ts'
import { sourceNow } from './site-clock.ts'
import { configOrThrow, MARKS, say, UsageError } from './terminal.ts'

/** By how much the time that a person reads off another clock may differ from the box's: they type whole minutes, and take one to do so. */
export const CLOCK_TYPED_APART_MAX_MS = 2 * MINUTE_MS

type AcceptOptions = { readonly now: string; readonly reason: string; readonly json?: boolean }

/** `tolbooth clock accept`: ends the doubt that is left when a clock once ran ahead and is right now. Refused while a gateway runs, and where the clock is plainly wrong. */
export function addClockCommands(program: Command): void {
  const clock = program.command('clock').description('the box’s clock, and how far it is trusted')
  clock
    .command('accept')
    .description(
      'the clock ran ahead once, which the books show, and is right now: trust it from now on, on your word, which is recorded. Stop the gateway first',
    )
    .requiredOption(
      '--now <time>',
      'what time it is, by another clock than the box’s and at the site: 2026-11-22T17:05',
    )
    .requiredOption('--reason <text>', 'what was wrong, and how you know that the clock is right now')
    .option('--json', 'for programs')
    .action((options: AcceptOptions) => accept(configOrThrow(), options))
}

function accept(config: GatewayConfig, { now: typed, reason, json }: AcceptOptions): void {
  const stated = LOCAL_TIME.test(typed) ? localInstant(typed, zoneRules(config.zone)) : undefined
  if (stated === undefined)
    throw new UsageError(`--now ${typed}: write the time at the site (${config.zone}) as 2026-11-22T17:05`)
  const site = openOfflineSite(config)
  try {
    const { at } = site.clock.now()
    refuseApart(at, stated, config)
    const over = site.books.newestTrustedAt()
    if (over <= at && isTrusted(site.clock.now().trust)) {
      if (json === true) say.json({ accepted: false, trusted: true })
      else
        say.both(
          { vi: 'Đồng hồ đang được tin: không cần làm gì.', en: 'The clock is trusted: there is nothing to do.' },
          MARKS.good,
        )
      return
    }
    const source = sourceNow(config).trust()
    const outcome = site.commit({ kind: 'clock-accepted', over, source, reason })
    if (!outcome.ok) {
      process.exitCode = 1
      if (json === true) say.json({ accepted: false, refusal: outcome.refusal })
      else say.both(refusedWords(outcome.refusal, config), MARKS.bad)
      return
    }
    const { trust } = site.clock.now()
    if (!isTrusted(trust)) process.exitCode = 1
    if (json === true) say.json({ accepted: true, at, over, trust: trust.state })
    else say.both(acceptedWords(trust, at, over, config), isTrusted(trust) ? MARKS.good : MARKS.warn)
  } finally {
    site.close()
  }
}

/** What is recorded is the time; whether the clock is believed by it is said as it is then. */
export function acceptedWords(
  trust: ClockTrust,
  at: Instant,
  over: Instant,
  { clockSource }: Pick<GatewayConfig, 'clockSource'>,
): { readonly vi: string; readonly en: string } {
  if (isTrusted(trust))
    return {
      vi: `Từ nay tin đồng hồ (${timeText(at)}), thay cho ${timeText(over)}. Đã ghi sổ. Chạy lại hộp.`,
      en: `The clock is trusted from now on (${timeText(at)}), instead of from ${timeText(over)}. It is recorded. Start the gateway again.`,
    }
  return {
    vi: `Đã ghi sổ giờ ${timeText(at)}, thay cho ${timeText(over)}, nhưng hộp vẫn chưa tin đồng hồ (${clockSource}: ${trust.state}). Xem tolbooth doctor.`,
    en: `The time is recorded (${timeText(at)}, instead of ${timeText(over)}), but the clock is still not trusted (${clockSource}: ${trust.state}). Look at tolbooth doctor.`,
  }
}

/** A person who looks at another clock sees what no program can. */
function refuseApart(at: Instant, stated: Instant, { zone }: GatewayConfig): void {
  // What was typed is a minute, and means any moment of it.
  if (at - stated <= CLOCK_TYPED_APART_MAX_MS && stated - at <= CLOCK_TYPED_APART_MAX_MS) return
  throw new Error(
    `The box’s clock says ${timeText(at)}, and you say ${timeText(stated)} (${zone}). Set the box’s clock first (timedatectl set-time, or its source), and run this again. Nothing was changed.`,
  )
}

function refusedWords(
  refusal: keyof typeof refusalTable,
  { clockSource }: GatewayConfig,
): { readonly vi: string; readonly en: string } {
  if (refusal !== 'clock-not-trusted') {
    const { vi, en } = refusalTable[refusal]
    return { vi: `${vi.short}. ${vi.help}`, en: `${en.short}. ${en.help}` }
  }
  return {
    vi: `Không tin được đồng hồ này: ${clockSource} chưa xác nhận, hoặc giờ sớm hơn lúc phát hành một tệp đang dùng. Chỉnh giờ, xem tolbooth doctor.`,
    en: `This clock cannot be trusted: ${clockSource} does not vouch for it, or it is from before something in force was issued (see issuedAt in the site’s files). Set it, and look at tolbooth doctor.`,
  }
}

function timeText(at: Instant): string {
  return new Date(instant(at)).toISOString()
}
