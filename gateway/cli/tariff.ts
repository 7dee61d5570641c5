import type { Command } from 'commander'
import { isSlug, placeId, vehicleClass } from '../../core/ids.ts'
import { moneyText } from '../../core/money-text.ts'
import type { TariffSite } from '../../core/parking/tariff.ts'
import { createBundles } from '../bundles/bundles.ts'
import { contentOf } from '../bundles/files.ts'
import type { TariffFileProblem } from '../bundles/tariff.ts'
import { readTariff } from '../bundles/tariff.ts'
import { problemText } from '../bundles/tariff-words.ts'
import { bookOfOne, localInstant, tariffSiteOf, tryTariff } from '../bundles/try-tariff.ts'
import { zoneRules } from '../clock/zone-rules.ts'
import { addTariffShow } from './tariff-show.ts'
import { configOrThrow, MARKS, say, UsageError } from './terminal.ts'

type Options = { readonly layout?: string; readonly json?: boolean }
type TryOptions = Options & {
  readonly class: string
  readonly place?: string
  readonly from: string
  readonly until: string
}

/** `tolbooth tariff check|try`: a tariff's file, before anybody pays by it; nothing is loaded, and no gateway need run. `tolbooth tariff show`: what is in use. */
export function addTariffCommands(program: Command): void {
  const tariff = program
    .command('tariff')
    .description('check a tariff’s file, try what a stay would pay by it, and show what is in use')
  addTariffShow(tariff)
  tariff
    .command('check <file>')
    .description('every problem with its line, against the places and classes of this site')
    .option('--layout <file>', 'the site’s layout; without it the one in the settings')
    .option('--json', 'for programs')
    .action(async (file: string, { layout, json }: Options) => {
      const { site } = await siteOf(layout)
      const read = readTariff(textOf(file), site)
      const problems = read.ok ? [] : read.problems
      if (!read.ok) process.exitCode = 1
      if (json === true) say.json({ ok: read.ok, problems })
      else if (read.ok)
        say.line(`${MARKS.good} ${read.tariff.id} ${read.tariff.version}, from ${read.tariff.validFrom}`)
      else sayProblems(file, problems)
    })
  tariff
    .command('try <file>')
    .description(
      'what a stay would pay: tariff try cars.json5 --class car --from 2026-11-22T07:30 --until 2026-11-22T19:10',
    )
    .requiredOption('--class <id>', 'the class of vehicle')
    .requiredOption('--from <time>', 'came in, by the site’s clock')
    .requiredOption('--until <time>', 'leaves')
    .option('--place <id>', 'where it stands; without it the first place of the tariff')
    .option('--layout <file>', 'the site’s layout; without it the one in the settings')
    .option('--json', 'for programs')
    .action(async (file: string, options: TryOptions) => {
      const { site, zone: name } = await siteOf(options.layout)
      const made = bookOfOne(textOf(file), site)
      if (!made.ok) {
        process.exitCode = 1
        if (options.json === true) say.json({ ok: false, problems: made.problems })
        else sayProblems(file, made.problems)
        return
      }
      const zone = zoneRules(name)
      const time = (option: string, text: string) => {
        const at = localInstant(text, zone)
        if (at === undefined) throw new UsageError(`${option} is a day and time such as 2026-11-22T07:30`)
        return at
      }
      const place = options.place ?? made.book.tariffs[0]?.places[0] ?? ''
      if (!isSlug(options.class) || !isSlug(place)) throw new UsageError('--class and --place are ids of the layout')
      const tried = tryTariff(made.book, zone, {
        vehicleClass: vehicleClass(options.class),
        place: placeId(place),
        from: time('--from', options.from),
        until: time('--until', options.until),
      })
      if (!tried.ok) process.exitCode = 1
      if (options.json === true) {
        say.json(tried)
        return
      }
      if (tried.ok) say.line(`${MARKS.good} ${moneyText(tried.total, 'vi')}`)
      for (const line of [...tried.explained.vi, '', ...tried.explained.en]) say.line(`  ${line}`)
    })
}

async function siteOf(file: string | undefined): Promise<{ readonly site: TariffSite; readonly zone: string }> {
  const path = file ?? configOrThrow().layoutFile
  const content = contentOf(path)
  if (!content.ok) throw new UsageError(`${content.problem}. Name the site’s layout with --layout.`)
  const bundles = createBundles([])
  const read = await bundles.read('layout', content.text)
  if (!read.ok) throw new UsageError(`${path}: ${read.problems.join('; ')}`)
  const layout = bundles.readers.layout(content.text)
  const site = tariffSiteOf(layout)
  if (site === null) throw new UsageError(`${path} has no car park that tariffs could be for`)
  return { site, zone: layout.zone }
}

function textOf(file: string): string {
  const content = contentOf(file)
  if (!content.ok) throw new UsageError(content.problem)
  return content.text
}

function sayProblems(file: string, problems: readonly TariffFileProblem[]): void {
  for (const problem of problems)
    say.both({ vi: problemText({ file, ...problem }, 'vi'), en: problemText({ file, ...problem }, 'en') }, MARKS.bad)
}
