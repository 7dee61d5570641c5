import type { Command } from 'commander'
import { refusalTable } from '../../core/refusals.ts'
import { openForReading } from '../../db/open.ts'
import type { ParkedEvent, Rerun } from '../../db/parked.ts'
import { parkedEvents, rerunParked } from '../../db/parked.ts'
import { dataFiles } from '../config.ts'
import { openOfflineSite } from './offline-site.ts'
import { configOrThrow, MARKS, say, UsageError, wholeOption } from './terminal.ts'

/** `tolbooth parked list|rerun`: events at which our own code threw. They were acknowledged; nothing was done for them. */
export function addParkedCommands(program: Command): void {
  const parked = program.command('parked').description('list and run again what our own code failed at')
  parked
    .command('list')
    .description('every event that is parked')
    .option('--json', 'for programs')
    .action(({ json }: { readonly json?: boolean }) => {
      const open = openForReading(dataFiles(configOrThrow().dataDir).books)
      try {
        const all: ParkedEvent[] = []
        for (let page = parkedEvents(open, 0); page.length > 0; page = parkedEvents(open, page.at(-1)?.seq ?? 0))
          all.push(...page)
        if (json === true) say.json(all)
        else if (all.length === 0) say.line('nothing is parked')
        else
          for (const each of all)
            say.line(
              `${String(each.seq).padStart(8)}  ${new Date(each.at).toISOString()}  ${each.kind.padEnd(16)} ${stateOf(each)}  ${each.error.split('\n')[0]}`,
            )
      } finally {
        open.close()
      }
    })
  parked
    .command('rerun <seq>')
    .description('run one again, now: what it asks for is judged by what is true now')
    .option('--json', 'for programs')
    .action(async (given: string, { json }: { readonly json?: boolean }) => {
      const seq = wholeOption('<seq>', given, 1)
      const site = openOfflineSite(configOrThrow())
      try {
        await site.readInForce()
        const result = rerunParked(site.open, site.books, seq, site.clock.now())
        if (result.kind === 'refused') throw new UsageError(REFUSED[result.reason])
        if (!result.outcome.ok) process.exitCode = 1
        if (json === true) say.json(result)
        else if (result.outcome.ok) say.line(`${MARKS.good} record ${result.seq}: ${result.outcome.kind}`)
        else say.both(helpOf(result.outcome.refusal), MARKS.bad)
      } finally {
        site.close()
      }
    })
}

const REFUSED: Record<Extract<Rerun, { kind: 'refused' }>['reason'], string> = {
  'not-parked': 'no event is parked under this seq: tolbooth parked list says which are',
  'already-run': 'it has been run again already',
  'too-old': 'it happened longer ago than answers are remembered, and is not taken any more',
  erased: 'its personal values are past their time and gone, so it cannot be run again',
}

function stateOf({ rerunSeq, isErased }: ParkedEvent): string {
  if (rerunSeq !== null) return `run again as ${rerunSeq}`
  return isErased ? 'erased' : 'waits'
}

function helpOf(refusal: keyof typeof refusalTable): { readonly vi: string; readonly en: string } {
  const { vi, en } = refusalTable[refusal]
  return { vi: `${vi.short}. ${vi.help}`, en: `${en.short}. ${en.help}` }
}
