import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The library that records what a program does to its disk, made for this machine. */
export type DiskLibrary = { readonly file: string }

/** What a recorded program's disk is told while the program runs. */
export type DiskControl = {
  readonly environment: Readonly<Record<string, string>>
  /** So many of the next syncs fail. */
  failSyncs(count: number): void
  /** How many that were to fail have not come yet. */
  failuresLeft(): number
  /** Of what threads beside the program's first do, the next of its kind fails. */
  failBeside(what: FailsBeside): void
  /** How many of these have not come yet. */
  besideLeft(what: FailsBeside): number
  /** The program is killed before the nth next write, truncation or sync. */
  dieAtOperation(nth: number): void
  /** The program is killed before the nth next write to the books' own file: so in the middle of a checkpoint. */
  dieAtBooksWrite(nth: number): void
  /** Nothing of the above is to happen any more. */
  calm(): void
  readonly log: string
}

export type FailsBeside = 'books-write' | 'books-sync' | 'log-sync'

/** Why there is no such library here, or `undefined`. */
export function reasonForNoDiskLibrary(): string | undefined {
  if (process.platform !== 'linux') return `power cuts are played on Linux only, and this is ${process.platform}`
  const isThere = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'gcc')))
  return isThere ? undefined : 'gcc is not installed: apt-get install gcc libc6-dev'
}

/** Throws, with what to do, where it cannot be made. */
export function buildDiskLibrary(folder: string): DiskLibrary {
  const reason = reasonForNoDiskLibrary()
  if (reason !== undefined) throw new Error(reason)
  const source = fileURLToPath(new URL('./disk.c', import.meta.url))
  const file = join(folder, 'disk.so')
  execFileSync('gcc', ['-O2', '-fPIC', '-shared', '-o', file, source, '-ldl', '-lpthread'], { stdio: 'pipe' })
  return { file }
}

/** Every sync of the program is slower by so many milliseconds; nothing is recorded. */
export function slowDisk(library: DiskLibrary, syncDelayMs: number): Readonly<Record<string, string>> {
  return { LD_PRELOAD: library.file, DISK_SYNC_DELAY_US: String(Math.round(syncDelayMs * 1_000)) }
}

/** The environment of a program whose writes to `data` are recorded. `work` is a folder for the record, not `data`. */
export function recordedDisk(library: DiskLibrary, data: string, work: string): DiskControl {
  const log = join(work, 'disk.log')
  const controlFile = join(work, 'disk.control')
  writeFileSync(log, '')
  writeFileSync(controlFile, Buffer.alloc(CONTROL_BYTES))
  return {
    environment: {
      LD_PRELOAD: library.file,
      DISK_FOLDER: data,
      DISK_LOG: log,
      DISK_CONTROL: controlFile,
    },
    log,
    failSyncs: (count) => setControl(controlFile, CONTROLS.failSyncs, count),
    failuresLeft: () => readFileSync(controlFile).readInt32LE(CONTROLS.failSyncs),
    failBeside: (what) => setControl(controlFile, BESIDE[what], 1),
    besideLeft: (what) => readFileSync(controlFile).readInt32LE(BESIDE[what]),
    dieAtOperation: (nth) => setControl(controlFile, CONTROLS.dieAtOperation, nth),
    dieAtBooksWrite: (nth) => setControl(controlFile, CONTROLS.dieAtBooksWrite, nth),
    calm() {
      for (const at of [...Object.values(CONTROLS), ...Object.values(BESIDE)]) setControl(controlFile, at, 0)
    },
  }
}

const CONTROL_BYTES = 28
/** Where each number stands in the control file, in bytes. */
const CONTROLS = { failSyncs: 0, dieAtOperation: 8, dieAtBooksWrite: 12 } as const
const BESIDE: Readonly<Record<FailsBeside, number>> = { 'books-write': 16, 'books-sync': 20, 'log-sync': 24 }

function setControl(file: string, at: number, value: number): void {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, bytes, 0, bytes.length, at)
  closeSync(descriptor)
}
