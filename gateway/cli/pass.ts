import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import type { RightId } from '../../core/ids.ts'
import { refusalTable } from '../../core/refusals.ts'
import type { Instant } from '../../core/time.ts'
import { openForReading } from '../../db/open.ts'
import type { RightReport } from '../../db/parking-reports.ts'
import { createParkingReports } from '../../db/parking-reports.ts'
import type { GatewayConfig } from '../config.ts'
import { CLIENT_VARIABLES, dataFiles } from '../config.ts'
import { qrBlocks, qrSvg } from '../http/qr-picture.ts'
import { loadOwnKeys } from '../wiring/own-keys.ts'
import { hoursOption, hoursText } from './hours.ts'
import { localTimeText } from './local-time-text.ts'
import type { SaleOptions } from './pass-sale.ts'
import { refundSaid, saleOf, soldSaid } from './pass-sale.ts'
import type { AccessOptions, GatewayAccess } from './running-gateway.ts'
import { accessOf, ask, atOfflineSite, withAccess } from './running-gateway.ts'
import { siteClock } from './site-clock.ts'
import type { Said } from './terminal.ts'
import { configOrThrow, MARKS, say, UsageError, wholeOption } from './terminal.ts'

type IssueOptions = AccessOptions &
  SaleOptions & {
    readonly holder: string
    readonly plates?: string
    readonly places?: string
    readonly spaces?: string
    readonly from?: string
    readonly until?: string
    readonly hours?: readonly string[]
    readonly reason?: string
  }

type RefundOptions = AccessOptions & { readonly reason: string; readonly sale?: string; readonly confirmed?: boolean }

type CodeOptions = AccessOptions & { readonly new?: boolean; readonly svg?: string; readonly json?: boolean }

/** `tolbooth pass …`: issues passes and their signed codes, by asking the gateway that runs; codes also without one. */
export function addPassCommands(program: Command): void {
  const pass = program.command('pass').description('issue passes, and the signed codes that stand for them')
  withAccess(
    pass
      .command('issue <id>')
      .description('a pass, good at once for its plates; with --offer it is sold, and good from its payment')
      .requiredOption('--holder <name>', 'to whom, in the site’s own words')
      .option('--until <time>', 'good until then, such as 2026-12-31T17:00:00Z')
      .option('--reason <text>', 'why it is given for nothing; kept with who it was')
      .option('--from <time>', 'good from then on; from now where it is left out')
      .option('--plates <plates>', 'of whichever vehicle comes, with commas between')
      .option('--classes <ids>', 'classes of vehicle; all where it is left out')
      .option('--places <ids>', 'places; all where it is left out')
      .option('--spaces <count>', 'so many of its vehicles at once; 1 where it is left out')
      .option(
        '--hours <hours>',
        'good in these hours of each day alone, by the site’s clock, such as 06:00-18:00, with commas between; all where it is left out',
        (text: string, before: readonly string[] = []) => [...before, ...listOf(text)],
      )
      .option('--offer <offer>', OFFER_HELP)
      .option('--months <count>', 'for so many months; those of the offer where it is left out')
      .option('--tender <tender>', TENDER_HELP),
  ).action(async (id: string, options: IssueOptions) => {
    const { holder, plates, classes, places, spaces = '1', from, until, offer } = options
    if (offer !== undefined) {
      const access = needed(options)
      const own = (['until', 'from', 'places', 'spaces', 'hours', 'reason'] as const).find(
        (name) => options[name] !== undefined,
      )
      if (own === 'reason') throw new UsageError(SOLD_WITHOUT_REASON)
      if (own !== undefined) throw new UsageError(`--${own} comes from the offer: leave it out`)
      const sale = await saleOf(access, { ...options, offer })
      const answer = await ask(access, 'POST', '/v1/pass-sales', { id, holder, plates: listOf(plates), ...sale })
      for (const said of await soldSaid(access, answer, configOrThrow().zone)) say.both(said, MARKS.good)
      say.both(FROM_NEXT_ENTRY)
      return
    }
    if (until === undefined) throw new UsageError('--until says how long it is good; or --offer which one is sold')
    noneOf(options)
    const hours = options.hours === undefined ? [] : hoursOption('--hours', options.hours)
    const reason = reasonGiven(options)
    await ask(needed(options), 'POST', '/v1/rights', {
      id,
      holder,
      places: listOf(places),
      vehicleClasses: listOf(classes),
      spaces: wholeOption('--spaces', spaces, 1),
      validFrom: from === undefined ? Date.now() : timeOf('--from', from),
      validUntil: timeOf('--until', until),
      hours,
      plates: listOf(plates),
      reason,
    })
    const shown = hoursText(hours)
    const inHours =
      hours.length === 0
        ? { vi: '', en: '' }
        : { vi: `, trong các giờ ${shown} theo đồng hồ của bãi`, en: `, in the hours ${shown} of the site’s clock` }
    say.both(
      {
        vi: `${id}: đã cấp${inHours.vi}. Mã ký: tolbooth pass code ${id} --new`,
        en: `${id} is issued${inHours.en}. Its signed code: tolbooth pass code ${id} --new`,
      },
      MARKS.good,
    )
    say.both(FROM_NEXT_ENTRY)
  })
  withAccess(
    pass
      .command('renew <id> [until]')
      .description('a pass, until another time; with --offer that time is sold, and counts from its payment')
      .option('--reason <text>', 'why the time is given for nothing; kept with who it was')
      .option('--classes <id>', 'for which class the offer is meant, where it is for several')
      .option('--offer <offer>', OFFER_HELP)
      .option('--months <count>', 'for so many months; those of the offer where it is left out')
      .option('--tender <tender>', TENDER_HELP),
  ).action(async (id: string, until: string | undefined, options: AccessOptions & SaleOptions & Why) => {
    const access = needed(options)
    const { offer } = options
    if (offer !== undefined) {
      if (until !== undefined) throw new UsageError('how long it is good comes from the offer: leave the time out')
      if (options.reason !== undefined) throw new UsageError(SOLD_WITHOUT_REASON)
      const sale = await saleOf(access, { ...options, offer })
      const answer = await ask(access, 'POST', `${addressOf(id)}/sales`, sale)
      for (const said of await soldSaid(access, answer, configOrThrow().zone)) say.both(said, MARKS.good)
      return
    }
    if (until === undefined) throw new UsageError('until when? A time such as 2026-12-31T17:00:00Z, or --offer')
    noneOf(options)
    const body = { validUntil: timeOf('until', until), reason: reasonGiven(options) }
    await ask(access, 'POST', `${addressOf(id)}/renewals`, body)
    say.both({ vi: `${id}: đã gia hạn, mã giữ nguyên.`, en: `${id} is renewed; its code stays as it is.` }, MARKS.good)
  })
  withAccess(pass.command('plates <id> <plates>').description('bring a pass to other plates; its code stays')).action(
    async (id: string, plates: string, options: AccessOptions) => {
      await ask(needed(options), 'POST', `${addressOf(id)}/plates`, { plates: listOf(plates) })
      say.both(
        { vi: `${id}: từ bây giờ cho các biển số này.`, en: `${id} is for these plates from now on.` },
        MARKS.good,
      )
      say.both(FROM_NEXT_ENTRY)
    },
  )
  withAccess(
    pass
      .command('status <id> <status>')
      .description('active, suspended or ended: its plates and its code at once')
      .requiredOption('--reason <text>', 'why'),
  ).action(async (id: string, status: string, options: AccessOptions & { readonly reason: string }) => {
    await ask(needed(options), 'POST', `${addressOf(id)}/status`, { status, reason: options.reason })
    say.both({ vi: `${id}: trạng thái ${status}.`, en: `${id} is ${status}.` }, MARKS.good)
  })
  withAccess(
    pass
      .command('refund <id> <amount>')
      .description('give the price of a pass back, in whole units, out of the cash: it loses the time that was bought')
      .requiredOption('--reason <text>', 'why; kept with who it was')
      .option('--sale <charge>', 'of this sale; of its newest where it is left out')
      .option('--confirmed', 'also where it is a part of the price, and the time goes all the same'),
  ).action(async (id: string, amount: string, options: RefundOptions) => {
    const access = needed(options)
    const { zone, currency } = configOrThrow()
    const sale = options.sale ?? newestSale.parse(await ask(access, 'GET', addressOf(id))).sale
    if (sale === null) throw new UsageError(`${id} was never sold: there is nothing to give back`)
    const answer = await ask(access, 'POST', `/v1/charges/${encodeURIComponent(sale)}/refunds`, {
      amount: { amount: wholeOption('<amount>', amount, 1), currency },
      reason: options.reason,
      ...(options.confirmed === true ? { confirmed: true } : {}),
    })
    for (const said of refundSaid(answer, zone)) say.both(said, MARKS.good)
  })
  withAccess(
    pass
      .command('show <id>')
      .description('a pass as it stands, and whose it is while its name is kept')
      .option('--json', 'for programs'),
  ).action(async (id: string, options: AccessOptions & { readonly json?: boolean }) => {
    const access = accessOf(options)
    const shown = access === undefined ? passHere(id) : passSchema.parse(await ask(access, 'GET', addressOf(id)))
    if (options.json === true) say.json(shown)
    else for (const line of passLines(shown, configOrThrow().zone)) say.line(line)
  })
  withAccess(
    pass
      .command('code <id>')
      .description('the signed code that stands for a pass, as a QR code')
      .option('--new', 'issue another one: the one before is worth nothing from then on')
      .option('--svg <file>', 'write the QR code as a picture')
      .option('--json', 'for programs'),
  ).action(async (id: string, options: CodeOptions) => {
    const access = accessOf(options)
    const code = access === undefined ? codeHere(id, options.new === true) : await codeThere(access, id, options)
    if (options.svg !== undefined) writeFileSync(options.svg, qrSvg(code.text), { mode: 0o600 })
    if (options.json === true) say.json(code)
    else if (options.svg === undefined) {
      say.line(qrBlocks(code.text))
      say.line(code.text)
    }
  })
}

/** A stay goes by the rights that it came in with (docs/decisions/102-what-a-lane-is-told-of.md). */
const FROM_NEXT_ENTRY: Said = {
  vi: 'Xe đang ở trong bãi: lượt này vẫn trả như xe vãng lai, vé tính từ lần vào sau.',
  en: 'A vehicle that is inside now pays for this stay as a visitor; the pass counts from its next entry.',
}

const OFFER_HELP = 'sell what the tariff has on offer today, such as cars/month-day (tolbooth tariff show)'
const TENDER_HELP = 'cash or cash-on-behalf: all of it is paid now; without it the pass waits to be paid'

/** They say how a sale goes, and without an offer there is none: a pass that was meant to be paid would be given. */
function noneOf({ months, tender }: SaleOptions): void {
  if (months !== undefined || tender !== undefined)
    throw new UsageError('--months and --tender go with --offer: without it nothing is sold')
}

type Why = { readonly reason?: string }

const SOLD_WITHOUT_REASON =
  '--reason says why something is given for nothing: leave it out, for with --offer it is sold'

function reasonGiven({ reason }: Why): string {
  if (reason === undefined)
    throw new UsageError('--reason <text> says why it costs nothing, and is kept with who it was; or --offer sells it')
  return reason
}

const newestSale = z.looseObject({ sale: z.string().nullable() })

const passSchema = z.object({
  id: z.string(),
  status: z.string(),
  holder: z.string().nullable(),
  plates: z.array(z.string().nullable()),
  validFrom: z.int(),
  validUntil: z.int(),
  hours: z.array(z.object({ weekdays: z.array(z.int()), fromMinute: z.int(), toMinute: z.int() })),
})
type Pass = z.infer<typeof passSchema>

/** By the books that lie here. */
function passHere(id: string): Pass {
  const found = rightIn(configOrThrow(), id)
  if (found === null) throw new UsageError(helpOf('right-unknown'))
  const { status, validFrom, validUntil } = found.right
  const hours = found.right.hours.map(({ weekdays, ...minutes }) => ({ weekdays: [...weekdays], ...minutes }))
  return { id, status, holder: found.holderName, plates: [...found.plateTexts], validFrom, validUntil, hours }
}

/** A pass for people, by the clock of a zone. What the vault has no more is said to be erased, and not left out. */
export function passLines(
  { id, status, holder, plates, validFrom, validUntil, hours }: Pass,
  zone: string,
): readonly string[] {
  return [
    `${id}  ${status}  ${localTimeText(validFrom, zone)} to ${localTimeText(validUntil, zone)}`,
    `holder: ${holder ?? ERASED}`,
    `plates: ${plates.length === 0 ? 'none' : plates.map((text) => text ?? ERASED).join(', ')}`,
    `hours: ${hoursText(hours)}`,
  ]
}

/** What is told of a personal value that the vault has no more. */
const ERASED = '(erased)'

const codeSchema = z.object({
  right: z.string(),
  id: z.string(),
  issuedAt: z.int(),
  expiresAt: z.int(),
  text: z.string(),
})
type Code = z.infer<typeof codeSchema>

async function codeThere(access: GatewayAccess, id: string, options: CodeOptions): Promise<Code> {
  return codeSchema.parse(await ask(access, options.new === true ? 'POST' : 'GET', `${addressOf(id)}/code`))
}

/** By the books and the key that lie here; a new one while no gateway runs. */
function codeHere(id: string, isNew: boolean): Code {
  const config = configOrThrow()
  const { passes } = loadOwnKeys(config)
  if (passes === null) throw new UsageError(helpOf('no-pass-key'))
  if (isNew) {
    const outcome = atOfflineSite((site) => site.commit({ kind: 'right-coded', right: id as RightId }))
    if (!outcome.ok) throw new Error(helpOf(outcome.refusal))
  }
  const right = rightIn(config, id)?.right ?? null
  if (right === null) throw new UsageError(helpOf('right-unknown'))
  if (right.code === null) throw new UsageError(`${helpOf('pass-code-none')} (--new)`)
  const signed = passes.sign({
    right: right.id,
    ...right.code,
    vehicleClass: right.vehicleClasses[0] ?? null,
  })
  return { right: right.id, ...right.code, ...signed }
}

function rightIn(config: GatewayConfig, id: string): RightReport | null {
  const open = openForReading(dataFiles(config.dataDir).books)
  try {
    const clock = siteClock(config, () => 0 as Instant)
    const rules = { layout: null, policy: null, tariffs: null }
    const reports = createParkingReports(
      open.db,
      () => rules,
      () => clock.now(),
    )
    return reports.right(id as RightId, config.mode)
  } finally {
    open.close()
  }
}

function helpOf(refusal: keyof typeof refusalTable): string {
  const { short, help } = refusalTable[refusal].en
  return `${short}. ${help}`
}

function needed(options: AccessOptions): GatewayAccess {
  const access = accessOf(options)
  if (access === undefined)
    throw new UsageError(
      `passes are issued by the gateway that runs: --url and --token, or ${CLIENT_VARIABLES.url} and ${CLIENT_VARIABLES.token}`,
    )
  return access
}

function addressOf(id: string): string {
  return `/v1/rights/${encodeURIComponent(id)}`
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function timeOf(name: string, text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw new UsageError(`${name} is a time such as 2026-12-31T17:00:00Z, and not ${JSON.stringify(text.slice(0, 80))}`)
  return at
}
