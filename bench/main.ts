import { table } from './figures.ts'
import { measureMemory } from './memory.ts'
import type { BenchOptions, ParkingBenchOptions } from './options.ts'
import { readCommand } from './options.ts'
import { measureParking } from './parking/measure-parking.ts'
import { measureRecords } from './records.ts'
import type { Rig } from './rig.ts'
import { createRig } from './rig.ts'
import { measureSlowDisk } from './slow-disk.ts'
import { measureThroughput } from './throughput.ts'

/** `npm run bench -- --help` says what can be measured; what the figures mean: docs/measurements.md. */
const command = readCommand(process.argv.slice(2))
if (command.kind === 'say') {
  const stream = command.status === 0 ? process.stdout : process.stderr
  stream.write(command.text)
  process.exitCode = command.status
} else if (command.kind === 'measure-parking') await measurePark(command.options)
else await measure(command.options)

async function measure({ json, profile, minutes, records, slowFsync, ...common }: BenchOptions): Promise<void> {
  const measured: object[] = []
  if (minutes !== undefined) measured.push(await withRig((rig) => measureMemory(rig, { ...common, minutes })))
  if (records !== undefined) measured.push(await withRig((rig) => measureRecords(rig, { ...common, records })))
  if (slowFsync !== undefined) {
    measured.push(await withRig((rig) => measureSlowDisk(rig, { ...common, slowFsyncMs: slowFsync })))
  }
  if (measured.length === 0) measured.push(await withRig((rig) => measureThroughput(rig, { ...common, profile })))
  for (const figures of measured) print(figures, json)
}

async function measurePark({ json, ...options }: ParkingBenchOptions): Promise<void> {
  print(await withRig((rig) => measureParking(rig, options)), json)
}

function print(figures: object, json: boolean): void {
  console.log(json ? JSON.stringify(figures, null, 2) : table(rowsOf(figures)))
}

async function withRig<Figures>(run: (rig: Rig) => Promise<Figures>): Promise<Figures> {
  const rig = createRig()
  try {
    return await run(rig)
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
