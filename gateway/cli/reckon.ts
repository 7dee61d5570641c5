import type { Command } from 'commander'
import { z } from 'zod'
import type { Money } from '../../core/money.ts'
import { isCurrencyCode } from '../../core/money.ts'
import { moneyText } from '../../core/money-text.ts'
import { instant } from '../../core/time.ts'
import { CASES_LISTED_MAX } from '../../db/parking-reports.ts'
import { CLIENT_VARIABLES } from '../config.ts'
import { localTimeText } from './local-time-text.ts'
import type { AccessOptions, GatewayAccess } from './running-gateway.ts'
import { accessOf, ask, withAccess } from './running-gateway.ts'
import { configOrThrow, MARKS, say, UsageError, wholeOption } from './terminal.ts'

type ReckonOptions = AccessOptions & { readonly due?: string; readonly reason?: string; readonly json?: boolean }

/**
 * `tolbooth session reckon [id]`: what ended without a price (docs/decisions/098-stays-without-a-price.md) is listed, and settled by the tariffs in force or as a supervisor says, by asking the
 * gateway that runs.
 */
export function addReckonCommand(session: Command): void {
  withAccess(
    session
      .command('reckon [id]')
      .description('list the stays that ended without a price; or settle one, by the tariffs in force or as --due says')
      .option(
        '--due <amount>',
        'what the whole stay cost, as a supervisor decides; by the tariffs where it is left out',
      )
      .option('--reason <text>', 'why; kept with who it was')
      .option('--json', 'for programs'),
  ).action((id: string | undefined, options: ReckonOptions) => {
    const access = accessOf(options)
    if (access === undefined)
      throw new UsageError(
        `a stay is reckoned by the gateway that runs: --url and --token, or ${CLIENT_VARIABLES.url} and ${CLIENT_VARIABLES.token}`,
      )
    return id === undefined ? listWaiting(access, options) : reckon(access, id, options)
  })
}

async function listWaiting(access: GatewayAccess, { due, reason, json }: ReckonOptions): Promise<void> {
  if (due !== undefined || reason !== undefined)
    throw new UsageError('which stay? tolbooth session reckon <id> --reason <text>')
  const { waiting, isAll } = await waitingStays(access)
  if (json === true) {
    say.json(waiting)
    if (!isAll) say.problem(`${waiting.length} are listed, and there are more: settle these first`)
    return
  }
  if (isAll && waiting.length === 0)
    return say.both({ vi: 'Không có lượt nào chờ tính tiền.', en: 'No stay waits for its price.' })
  const { zone } = configOrThrow()
  for (const { session, lane, isStayOver, openedAt } of waiting) {
    // Settling it is refused until it has left.
    const inside =
      isStayOver === false ? '  còn trong bãi, chưa chốt được · still inside, settled once it has left' : ''
    say.line(`${localTimeText(instant(openedAt), zone)}  ${(session ?? '').padEnd(24)} ${lane ?? ''}${inside}`)
  }
  if (!isAll)
    say.both({ vi: 'Còn nữa: chốt xong các lượt này đã.', en: 'There are more: settle these first.' }, MARKS.warn)
}

async function reckon(access: GatewayAccess, id: string, { due, reason, json }: ReckonOptions): Promise<void> {
  if (reason === undefined) throw new UsageError('--reason <text> says why, and is kept with who it was')
  const body = {
    reason,
    // In whole units of the site's currency; 0 where a supervisor asks nothing for it.
    ...(due === undefined ? {} : { due: { amount: wholeOption('--due', due, 0), currency: configOrThrow().currency } }),
  }
  const answer = await ask(access, 'POST', `/v1/sessions/${encodeURIComponent(id)}/reckoning`, body)
  if (json === true) return say.json(answer)
  const reckoned = reckonedSchema.parse(answer)
  if (reckoned.kind === 'nothing-due') {
    return say.both(
      { vi: `${id}: đã chốt tiền, không còn nợ gì.`, en: `${id} is settled: nothing is owed.` },
      MARKS.good,
    )
  }
  const rest = reckoned.due
  return say.both(
    {
      vi: `${id}: đã chốt tiền, còn nợ ${moneyText(rest, 'vi')}.`,
      en: `${id} is settled: ${moneyText(rest, 'en')} is still owed.`,
    },
    MARKS.good,
  )
}

const casesSchema = z.object({
  cases: z.array(
    z.looseObject({
      session: z.string().nullable(),
      lane: z.string().nullable(),
      isStayOver: z.boolean().nullable(),
      openedAt: z.int(),
    }),
  ),
  next: z.string().nullable(),
})
type Waiting = z.infer<typeof casesSchema>['cases']

/** So many pages of cases are looked through for those that wait: as many as the attendant's page looks through. */
export const RECKONING_PAGES_MAX = 5

/** The stays that wait for their price, oldest first, and whether these are all. A page of the cases may have none of the kind, and a next one. */
async function waitingStays(access: GatewayAccess): Promise<{ readonly waiting: Waiting; readonly isAll: boolean }> {
  const waiting: Waiting = []
  let more: string | null = ''
  for (let pages = 0; more !== null && pages < RECKONING_PAGES_MAX; pages += 1) {
    const page: z.infer<typeof casesSchema> = casesSchema.parse(
      await ask(access, 'GET', `/v1/cases?kind=not-reckoned&limit=${CASES_LISTED_MAX}${more}`),
    )
    waiting.push(...page.cases)
    more = page.next === null ? null : `&after=${encodeURIComponent(page.next)}`
  }
  return { waiting, isAll: more === null }
}

const owed = z
  .object({ amount: z.int(), currency: z.string().refine(isCurrencyCode) })
  .transform(({ amount, currency }): Money => ({ amount, currency }))

const reckonedSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('amount-asked'), due: owed }),
  z.looseObject({ kind: z.literal('nothing-due') }),
])
