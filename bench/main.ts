import { parseArgs } from 'node:util'
import { table } from './figures.ts'
import { measureMemory } from './memory.ts'
import { measureRecords } from './records.ts'
import type { Rig } from './rig.ts'
import { createRig } from './rig.ts'
import { measureSlowDisk } from './slow-disk.ts'
import { measureThroughput } from './throughput.ts'

/**
 * `npm run bench -- [--json]` measures the gateway under load, beside an echo, a script and the machine's own limits. In its place, one or more of
 * `--minutes 10` (is memory flat?), `--records 1000000` (full books against empty ones), `--slow-fsync 10` (every fsync so many ms slower). `--profile <file>` leaves a
 * CPU profile of the gateway. What the figures mean: docs/measurements.md.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    stalls: { type: 'string', default: '500' },
    'in-flight': { type: 'string', default: '64' },
    rounds: { type: 'string', default: '7' },
    passes: { type: 'string', default: '4' },
    profile: { type: 'string' },
    minutes: { type: 'string' },
    records: { type: 'string' },
    'slow-fsync': { type: 'string' },
  },
})

const common = {
  stalls: Number(values.stalls),
  inFlight: Number(values['in-flight']),
  rounds: Number(values.rounds),
  passes: Number(values.passes),
}
const { minutes, records, 'slow-fsync': slowFsync, profile } = values

const measured: object[] = []
if (minutes !== undefined) {
  measured.push(await withRig((rig) => measureMemory(rig, { ...common, minutes: Number(minutes) })))
}
if (records !== undefined) {
  measured.push(await withRig((rig) => measureRecords(rig, { ...common, records: Number(records) })))
}
if (slowFsync !== undefined) {
  measured.push(await withRig((rig) => measureSlowDisk(rig, { ...common, slowFsyncMs: Number(slowFsync) })))
}
if (measured.length === 0) measured.push(await withRig((rig) => measureThroughput(rig, { ...common, profile })))
for (const figures of measured) console.log(values.json ? JSON.stringify(figures, null, 2) : table(rowsOf(figures)))

async function withRig<Figures>(measure: (rig: Rig) => Promise<Figures>): Promise<Figures> {
  const rig = createRig()
  try {
    return await measure(rig)
  } finally {
    await rig.close()
  }
}

function rowsOf(figures: object): readonly (readonly string[])[] {
  return Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ])
}
