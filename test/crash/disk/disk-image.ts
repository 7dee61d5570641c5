import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DiskOperation } from './disk-log.ts'

/**
 * What would be on the disk of a folder if the power failed now: what was synced is there, and of everything else each page of 4 KiB may be there as it was at any
 * time since its last sync, or torn between two of these times at a sector of 512 bytes. A name is there once its folder was synced. After a sync that failed the
 * kernel holds the pages for clean: they are not on the disk, and no later sync brings them there (fsync(2), errors).
 */
export type DiskImage = {
  apply(operation: DiskOperation): void
  /** Names and contents as a program sees them now, from the kernel's cache. */
  seen(): ReadonlyMap<string, Buffer>
  /** Takes what a program sees now from the folder itself: what a killed program had done and not recorded is written, and not synced. Returns the bytes that differed. */
  reconcile(folder: string): number
  /** What the power cut leaves. The image goes on from there, all of it synced. */
  cut(chance: Chance): ReadonlyMap<string, Buffer>
}

/** `below(n)`: a whole number from 0 to n - 1. */
export type Chance = { below(limit: number): number }

export const PAGE_BYTES = 4_096
export const SECTOR_BYTES = 512

type DiskFile = {
  synced: Buffer
  syncedBytes: number
  cache: Buffer
  cacheBytes: number
  /** What each page has been since its last sync, oldest first. */
  readonly versions: Map<number, Buffer[]>
  readonly sizes: number[]
  /** The shortest that it has been since its last sync. */
  cutTo: number
}

type NameChange = { readonly name: string; readonly file: DiskFile | null }

/** All that is in the folder now counts as synced. */
export function diskImageOf(folder: string): DiskImage {
  const files = new Map<bigint, DiskFile>()
  let names = new Map<string, DiskFile>()
  let syncedNames = new Map<string, DiskFile>()
  let nameChanges: NameChange[] = []
  for (const [name, bytes] of readFolder(folder)) names.set(name, syncedFile(bytes))
  syncedNames = new Map(names)

  const fileOf = (file: bigint): DiskFile => {
    const found = files.get(file)
    if (found === undefined) throw new Error(`the log of the disk speaks of file ${file}, which was not opened`)
    return found
  }
  const rename = (change: NameChange): void => {
    nameChanges.push(change)
    if (change.file === null) names.delete(change.name)
    else names.set(change.name, change.file)
  }

  return {
    apply(operation) {
      switch (operation.kind) {
        case 'open': {
          const known = names.get(operation.name)
          if (known !== undefined && !operation.isNew) {
            files.set(operation.file, known)
            return
          }
          const made = syncedFile(Buffer.alloc(0))
          files.set(operation.file, made)
          rename({ name: operation.name, file: made })
          return
        }
        case 'write':
          write(fileOf(operation.file), operation.offset, operation.bytes)
          return
        case 'truncate':
          resize(fileOf(operation.file), operation.length)
          return
        case 'sync':
          sync(fileOf(operation.file))
          return
        case 'sync-failed': {
          const file = fileOf(operation.file)
          // Lengths are the file system's own: its journal has them, whatever became of the data.
          if (file.cutTo < file.syncedBytes) file.synced.fill(0, file.cutTo, file.syncedBytes)
          settle(file)
          return
        }
        case 'unlink':
          rename({ name: operation.name, file: null })
          return
        case 'rename': {
          const file = names.get(operation.from)
          if (file === undefined) throw new Error(`${operation.from} is not there to be renamed`)
          rename({ name: operation.from, file: null })
          rename({ name: operation.to, file })
          return
        }
        case 'sync-folder':
          syncedNames = new Map(names)
          nameChanges = []
          return
      }
    },
    seen: () => new Map([...names].map(([name, file]) => [name, contentOf(file.cache, file.cacheBytes)])),
    reconcile(from) {
      const real = readFolder(from)
      let differing = 0
      for (const [name, file] of [...names]) {
        const bytes = real.get(name)
        if (bytes === undefined) rename({ name, file: null })
        else differing += takeOver(file, bytes)
      }
      for (const [name, bytes] of real) {
        if (names.has(name)) continue
        const made = syncedFile(Buffer.alloc(0))
        rename({ name, file: made })
        differing += takeOver(made, bytes)
      }
      return differing
    },
    cut(chance) {
      // Names change in order: the disk has some of the changes since the folder was synced, and none after the first that it has not.
      const left = new Map(syncedNames)
      for (const { name, file } of nameChanges.slice(0, chance.below(nameChanges.length + 1))) {
        if (file === null) left.delete(name)
        else left.set(name, file)
      }
      const contents = new Map([...left].map(([name, file]) => [name, afterCut(file, chance)]))
      files.clear()
      nameChanges = []
      names = new Map([...contents].map(([name, bytes]) => [name, syncedFile(bytes)]))
      syncedNames = new Map(names)
      return contents
    },
  }
}

/** Makes a folder hold these files and nothing else. */
export function writeFolder(folder: string, contents: ReadonlyMap<string, Buffer>): void {
  for (const name of readdirSync(folder)) if (!contents.has(name)) rmSync(join(folder, name), { recursive: true })
  for (const [name, bytes] of contents) writeFileSync(join(folder, name), bytes, { mode: 0o600 })
}

/** Shared memory is made anew from the log: it is on no disk. Folders in it (cameras' pictures) are no part of the books, and nothing acknowledged depends on them. */
function readFolder(folder: string): ReadonlyMap<string, Buffer> {
  return new Map(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('-shm'))
      .map(({ name }) => [name, readFileSync(join(folder, name))]),
  )
}

function syncedFile(bytes: Buffer): DiskFile {
  return {
    synced: Buffer.from(bytes),
    syncedBytes: bytes.length,
    cache: Buffer.from(bytes),
    cacheBytes: bytes.length,
    versions: new Map(),
    sizes: [],
    cutTo: Number.POSITIVE_INFINITY,
  }
}

function write(file: DiskFile, offset: number, bytes: Buffer): void {
  const end = offset + bytes.length
  if (end > file.cacheBytes) resize(file, end)
  bytes.copy(file.cache, offset)
  remember(file, offset, end)
}

/** What is new at the end of a longer file is zeros; so is what comes back after a shorter one. */
function resize(file: DiskFile, length: number): void {
  if (length < file.cacheBytes) {
    file.cache.fill(0, length, file.cacheBytes)
    remember(file, length, file.cacheBytes)
    file.cutTo = Math.min(file.cutTo, length)
  }
  file.cache = grown(file.cache, length)
  file.cacheBytes = length
  file.sizes.push(length)
}

function remember(file: DiskFile, from: number, end: number): void {
  for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < end; page += 1) {
    const versions = file.versions.get(page)
    const now = pageOf(file.cache, page)
    if (versions === undefined) file.versions.set(page, [now])
    else versions.push(now)
  }
}

function sync(file: DiskFile): void {
  file.synced = grown(file.synced, file.cacheBytes)
  for (const page of file.versions.keys()) pageOf(file.cache, page).copy(file.synced, page * PAGE_BYTES)
  if (file.cacheBytes < file.syncedBytes) file.synced.fill(0, file.cacheBytes, file.syncedBytes)
  file.syncedBytes = file.cacheBytes
  settle(file)
}

/** Nothing is on its way to the disk any more. */
function settle(file: DiskFile): void {
  file.versions.clear()
  file.sizes.length = 0
  file.cutTo = Number.POSITIVE_INFINITY
}

function afterCut(file: DiskFile, chance: Chance): Buffer {
  const sizes = [file.syncedBytes, ...file.sizes]
  const length = sizes[chance.below(sizes.length)] ?? 0
  const bytes = Buffer.alloc(length)
  file.synced.copy(bytes, 0, 0, Math.min(file.syncedBytes, length))
  for (const [page, versions] of file.versions) {
    const states = [pageOf(file.synced, page), ...versions]
    const torn = tornBetween(pick(states, chance), pick(states, chance), chance)
    if (page * PAGE_BYTES < length) torn.copy(bytes, page * PAGE_BYTES)
  }
  return bytes
}

/** Most pages arrive whole, as one of the two; some are torn at a sector. */
function tornBetween(first: Buffer, second: Buffer, chance: Chance): Buffer {
  if (chance.below(4) !== 0) return first
  const at = chance.below(PAGE_BYTES / SECTOR_BYTES) * SECTOR_BYTES
  return Buffer.concat([first.subarray(0, at), second.subarray(at)])
}

function takeOver(file: DiskFile, bytes: Buffer): number {
  let differing = Math.abs(bytes.length - file.cacheBytes)
  if (differing !== 0) resize(file, bytes.length)
  for (let from = 0; from < bytes.length; from += PAGE_BYTES) {
    const real = bytes.subarray(from, from + PAGE_BYTES)
    if (real.equals(file.cache.subarray(from, from + real.length))) continue
    differing += real.length
    write(file, from, real)
  }
  return differing
}

function pageOf(bytes: Buffer, page: number): Buffer {
  const from = page * PAGE_BYTES
  const whole = Buffer.alloc(PAGE_BYTES)
  if (from < bytes.length) bytes.copy(whole, 0, from, Math.min(bytes.length, from + PAGE_BYTES))
  return whole
}

/** The content, without what is kept in reserve behind it. */
function contentOf(bytes: Buffer, length: number): Buffer {
  return Buffer.from(bytes.subarray(0, length))
}

function grown(bytes: Buffer, length: number): Buffer {
  if (length <= bytes.length) return bytes
  const larger = Buffer.alloc(Math.max(length, bytes.length * 2))
  bytes.copy(larger)
  return larger
}

function pick<Item>(items: readonly Item[], chance: Chance): Item {
  const item = items[chance.below(items.length)]
  if (item === undefined) throw new RangeError('nothing to choose from')
  return item
}
