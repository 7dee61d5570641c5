import type { Command } from 'commander'
import type { SessionId } from '../../core/ids.ts'
import { isSlug, laneId, placeId } from '../../core/ids.ts'
import type { Instant } from '../../core/time.ts'
import { instant } from '../../core/time.ts'
import { openForReading } from '../../db/open.ts'
import type { ParkingReports, StayCursor } from '../../db/parking-reports.ts'
import { createParkingReports, STAYS_LISTED_MAX } from '../../db/parking-reports.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { isLanguage } from '../http/language.ts'
import { caseWords } from '../http/parking/case-words.ts'
import { localTimeText } from './local-time-text.ts'
import { addReckonCommand } from './reckon.ts'
import type { SessionWords } from './session-words.ts'
import { sessionWords } from './session-words.ts'
import { siteClock } from './site-clock.ts'
import { configOrThrow, say, UsageError, wholeOption } from './terminal.ts'

type ListOptions = {
  readonly place?: string
  readonly lane?: string
  readonly after?: string
  readonly limit: string
  readonly lang: string
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
    .option('--lang <language>', 'vi or en', 'en')
    .option('--json', 'for programs')
    .action((options: ListOptions) => {
      const limit = Math.min(wholeOption('--limit', options.limit, 1), STAYS_LISTED_MAX)
      const after = cursorOption(options.after)
      const words = wordsOption(options.lang)
      const [place, lane] = [idOption('--place', options.place), idOption('--lane', options.lane)]
      reading((reports, config) => {
        const { stays, next } = reports.openStays(
          config.mode,
          { place: place === null ? null : placeId(place), lane: lane === null ? null : laneId(lane) },
          after,
          limit,
        )
        if (options.json === true) say.json(stays)
        else if (stays.length === 0) say.line(after === null && next === null ? words.none : words.noneHere)
        else {
          say.line(words.cameIn(config.zone))
          for (const stay of stays)
            say.line(
              `${localTimeText(stay.entry.at, config.zone)}  ${stay.id.padEnd(24)} ${words.status[stay.status].padEnd(8)} ${stay.vehicleClass.padEnd(12)} ${stay.place}`,
            )
        }
        // Beside the list, so that a program that reads it is told too.
        if (next !== null) say.problem(words.notAll(`${next.enteredAt},${next.id}`))
      })
    })
  session
    .command('show <id>')
    .description('one stay: where, since when, and what it was asked and has paid')
    .option('--lang <language>', 'vi or en', 'en')
    .option('--json', 'for programs')
    .action((id: string, { lang, json }: { readonly lang: string; readonly json?: boolean }) => {
      const words = wordsOption(lang)
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
        const { vehicleClass, place, entry } = session
        const time = (at: Instant): string => localTimeText(at, config.zone)
        say.line(`${session.id}  ${words.since(words.status[session.status], time(movedAt))}`)
        say.line(`  ${words.where(vehicleClass, place, entry.lane, time(entry.at))}`)
        say.line(`  ${words.knownBy(known)}`)
        if (charge === null) say.line(`  ${words.notAsked}`)
        else {
          const paid = { ...charge.charge.due, amount: charge.paid }
          say.line(`  ${words.paid(charge.charge.id, charge.status, paid, charge.charge.due)}`)
        }
        for (const { id: open, kind } of cases)
          say.line(`  ${words.openCase(open, lang === 'vi' ? caseWords.vi[kind].short : kind)}`)
      })
    })
  addReckonCommand(session)
}

function wordsOption(lang: string): SessionWords {
  if (!isLanguage(lang)) throw new UsageError('--lang is vi or en')
  return sessionWords[lang]
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
