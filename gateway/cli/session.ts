import type { Command } from 'commander'
import type { SessionId } from '../../core/ids.ts'
import { isSlug, laneId, placeId } from '../../core/ids.ts'
import { moneyText } from '../../core/money-text.ts'
import { instant } from '../../core/time.ts'
import { openForReading } from '../../db/open.ts'
import type { ParkingReports, StayCursor } from '../../db/parking-reports.ts'
import { createParkingReports, STAYS_LISTED_MAX } from '../../db/parking-reports.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { localTimeText } from './local-time-text.ts'
import { addReckonCommand } from './reckon.ts'
import { siteClock } from './site-clock.ts'
import { configOrThrow, say, UsageError, wholeOption } from './terminal.ts'

type ListOptions = {
  readonly place?: string
  readonly lane?: string
  readonly after?: string
  readonly limit: string
  readonly json?: boolean
}

/** `tolbooth session list|show|reckon`: the stays of the car park, also while a gateway runs. No plate is shown: who looks for one does so over HTTP, where it is recorded. */
export function addSessionCommands(program: Command): void {
  const session = program
    .command('session')
    .description('look at the stays of the car park, also while the gateway runs; settle what ended without a price')
  session
    .command('list')
    .description('open stays, newest entry first')
    .option('--place <id>', 'those that stand here')
    .option('--lane <id>', 'those that came in here')
    .option('--limit <count>', `at most so many, up to ${STAYS_LISTED_MAX}`, '50')
    .option('--after <place>', 'go on where the page before has ended, as it said')
    .option('--json', 'for programs')
    .action((options: ListOptions) => {
      const limit = Math.min(wholeOption('--limit', options.limit, 1), STAYS_LISTED_MAX)
      const after = cursorOption(options.after)
      const [place, lane] = [idOption('--place', options.place), idOption('--lane', options.lane)]
      reading((reports, config) => {
        const { stays, next } = reports.openStays(
          config.mode,
          { place: place === null ? null : placeId(place), lane: lane === null ? null : laneId(lane) },
          after,
          limit,
        )
        if (options.json === true) say.json(stays)
        else if (stays.length === 0) say.line(after === null && next === null ? 'no stay is open' : 'none in this part')
        else {
          say.line(`came in, by the time of ${config.zone}`)
          for (const stay of stays)
            say.line(
              `${localTimeText(stay.entry.at, config.zone)}  ${stay.id.padEnd(24)} ${stay.status.padEnd(8)} ${stay.vehicleClass.padEnd(12)} ${stay.place}`,
            )
        }
        // Beside the list, so that a program that reads it is told too.
        if (next !== null)
          say.problem(`these are not all: go on with --after ${next.enteredAt},${next.id}, or show more with --limit`)
      })
    })
  session
    .command('show <id>')
    .description('one stay: where, since when, and what it was asked and has paid')
    .option('--json', 'for programs')
    .action((id: string, { json }: { readonly json?: boolean }) => {
      reading((reports, config) => {
        const stay = reports.stay(id as SessionId, config.mode)
        if (stay === null) throw new UsageError(`no stay ${id.slice(0, 80)}: tolbooth session list says which are open`)
        const { session, movedAt, charge, segments, cases } = stay
        const { credentials, ...plain } = session
        const known = credentials.map(({ kind }) => kind)
        if (json === true) {
          say.json({ ...plain, knownBy: known, movedAt, charge, segments, cases: cases.map((each) => each.id) })
          return
        }
        say.line(`${session.id}  ${session.status} since ${localTimeText(movedAt, config.zone)}`)
        say.line(
          `  ${session.vehicleClass} at ${session.place}, in by ${session.entry.lane} at ${localTimeText(session.entry.at, config.zone)}`,
        )
        say.line(`  known by ${known.join(', ') || 'nothing'}`)
        if (charge === null) say.line('  nothing has been asked of it')
        else {
          const paid = { ...charge.charge.due, amount: charge.paid }
          say.line(
            `  ${charge.charge.id} ${charge.status}: ${moneyText(paid, 'en')} of ${moneyText(charge.charge.due, 'en')}`,
          )
        }
        for (const each of cases) say.line(`  open case ${each.id}: ${each.kind}`)
      })
    })
  addReckonCommand(session)
}

function reading(look: (reports: ParkingReports, config: GatewayConfig) => void): void {
  const config = configOrThrow()
  const open = openForReading(dataFiles(config.dataDir).books)
  try {
    const clock = siteClock(config, () => instant(0))
    // Nothing is priced here, so nobody asks by what rules.
    const rules = { layout: null, policy: null, tariffs: null }
    look(
      createParkingReports(
        open.db,
        () => rules,
        () => clock.now(),
      ),
      config,
    )
  } finally {
    open.close()
  }
}

function cursorOption(text: string | undefined): StayCursor | null {
  if (text === undefined) return null
  const found = /^(\d{1,15}),(\S{1,80})$/.exec(text)
  if (found === null)
    throw new UsageError(`--after is what the page before has said, and not ${JSON.stringify(text.slice(0, 80))}`)
  return { enteredAt: Number(found[1]), id: found[2] ?? '' }
}

function idOption(name: string, text: string | undefined): string | null {
  if (text === undefined) return null
  if (!isSlug(text))
    throw new UsageError(`${name} is an id of the layout, and not ${JSON.stringify(text.slice(0, 80))}`)
  return text
}
