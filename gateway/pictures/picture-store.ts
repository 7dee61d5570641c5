import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instant } from '../../core/time.ts'
import { instant } from '../../core/time.ts'

export type PictureStoreSettings = {
  /** Made where it is missing; holds nothing else. */
  readonly folder: string
  readonly picturesMax: number
  readonly bytesMax: number
  readonly now: () => Instant
  /** Whether the disk has room for what nobody needs for money. */
  readonly hasRoom: () => boolean
  /** Why a picture was not kept, or not erased. */
  readonly onTrouble: (trouble: string) => void
}

/**
 * The pictures that cameras send along, as files that are named by their content. They are evidence for people beside the books: bounded in number, bytes and age, the oldest goes first, and none
 * of it holds up a vehicle. What names a picture is a value in the vault (purpose `picture`), and no record.
 */
export type PictureStore = {
  /**
   * The name under which it will lie, at once: a disk that is slow holds up nobody. It is written behind, in its turn, and what cannot be written is said. `undefined` where it is none of the two formats, too
   * large, or too many wait to be written. Never throws.
   */
  keep(bytes: Uint8Array): string | undefined
  /** `undefined` where it is not there any more, or the name is none of ours. */
  read(name: string): Promise<KeptPicture | undefined>
  has(name: string): boolean
  /** Overwrites and removes what was kept before this moment; returns how many went. Never rejects. */
  eraseBefore(moment: Instant): Promise<number>
  size(): { readonly pictures: number; readonly bytes: number }
  /** Resolves when what was given before is written, or could not be. Never rejects. */
  written(): Promise<void>
}

export type KeptPicture = { readonly type: 'image/jpeg' | 'image/png'; readonly bytes: Uint8Array<ArrayBuffer> }

/** A camera's widest picture has some 800 kB. */
export const PICTURE_BYTES_MAX = 2_097_152
/** In memory until the disk takes them. */
export const PICTURES_WAITING_MAX = 16

const FORMATS = [
  { ending: 'jpg', type: 'image/jpeg', magic: Buffer.from([0xff, 0xd8, 0xff]) },
  { ending: 'png', type: 'image/png', magic: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
] as const
const NAME = /^[0-9a-f]{64}\.(jpg|png)$/

type Known = { readonly bytes: number; readonly keptAt: number }

export function createPictureStore(settings: PictureStoreSettings): PictureStore {
  const { folder, picturesMax, bytesMax, now, hasRoom, onTrouble } = settings
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  /** The oldest first. */
  const known = new Map<string, Known>(filesOf(folder))
  let bytesKept = [...known.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  let last: Promise<unknown> = Promise.resolve()
  /** Not written yet; whoever asks for one of these gets it from here. */
  const waiting = new Map<string, Uint8Array>()

  return {
    keep,
    async read(name) {
      const format = FORMATS.find(({ ending }) => NAME.exec(name)?.[1] === ending)
      if (format === undefined || !has(name)) return undefined
      const bytes = waiting.get(name) ?? (await readFile(join(folder, name)).catch(() => undefined))
      // It is looked at again: what a browser is told it is, it is.
      return bytes === undefined || formatOf(bytes) !== format
        ? undefined
        : { type: format.type, bytes: new Uint8Array(bytes) }
    },
    has,
    async eraseBefore(moment) {
      const isDue = (name: string): boolean => (known.get(name)?.keptAt ?? moment) < moment
      let erased = 0
      // Each in a turn of its own: a picture that has just been sent does not wait for thousands that go.
      for (const name of [...known.keys()].filter(isDue)) {
        await inTurn(async () => {
          if (!isDue(name)) return
          await erase(name)
          erased += 1
        })
      }
      return erased
    },
    size: () => ({ pictures: known.size, bytes: bytesKept }),
    written: () => inTurn(async () => undefined),
  }

  function has(name: string): boolean {
    return known.has(name) || waiting.has(name)
  }

  function keep(bytes: Uint8Array): string | undefined {
    const format = formatOf(bytes)
    if (format === undefined || bytes.length > Math.min(PICTURE_BYTES_MAX, bytesMax) || picturesMax === 0)
      return undefined
    if (!hasRoom()) {
      onTrouble('the disk is nearly full: no picture is kept')
      return undefined
    }
    if (waiting.size >= PICTURES_WAITING_MAX) {
      onTrouble('the disk is too slow: a picture is not kept')
      return undefined
    }
    const name = `${createHash('sha256').update(bytes).digest('hex')}.${format.ending}`
    if (waiting.has(name)) return name
    const keptAt = now()
    waiting.set(name, bytes)
    void inTurn(() => write(name, bytes, keptAt)).finally(() => waiting.delete(name))
    return name
  }

  async function write(name: string, bytes: Uint8Array, keptAt: Instant): Promise<void> {
    try {
      if (known.has(name)) forget(name)
      while (known.size >= picturesMax || bytesKept + bytes.length > bytesMax) await eraseOldest()
      const part = join(folder, `${name}.part`)
      await writeFile(part, bytes, { mode: 0o600 })
      // A file's own time is how old it is after a restart.
      await utimes(part, keptAt / 1_000, keptAt / 1_000)
      await rename(part, join(folder, name))
      known.set(name, { bytes: bytes.length, keptAt })
      bytesKept += bytes.length
    } catch (error) {
      onTrouble(`a picture could not be kept: ${codeOf(error)}`)
    }
  }

  async function eraseOldest(): Promise<void> {
    const [oldest] = known.keys()
    if (oldest !== undefined) await erase(oldest)
  }

  /** As in the books: what is erased is overwritten first (docs/decisions/062). */
  async function erase(name: string): Promise<void> {
    const bytes = known.get(name)?.bytes ?? 0
    forget(name)
    try {
      const file = await open(join(folder, name), 'r+')
      await file.write(Buffer.alloc(bytes), 0, bytes, 0).finally(() => file.close())
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') onTrouble(`a picture could not be overwritten: ${codeOf(error)}`)
    }
    await rm(join(folder, name), { force: true }).catch((error: unknown) => {
      onTrouble(`a picture could not be removed: ${codeOf(error)}`)
    })
  }

  function forget(name: string): void {
    bytesKept -= known.get(name)?.bytes ?? 0
    known.delete(name)
  }

  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
}

/** What lies there from before, the oldest first; half-written files go. */
function filesOf(folder: string): readonly (readonly [string, Known])[] {
  return readdirSync(folder)
    .flatMap((name): (readonly [string, Known])[] => {
      if (name.endsWith('.part')) rmSync(join(folder, name), { force: true })
      if (!NAME.test(name)) return []
      const { size, mtimeMs } = statSync(join(folder, name))
      return [[name, { bytes: size, keptAt: instant(Math.floor(mtimeMs)) }]]
    })
    .toSorted(([, left], [, right]) => left.keptAt - right.keptAt)
}

/** By how they begin, whatever the sender calls them. */
function formatOf(bytes: Uint8Array): (typeof FORMATS)[number] | undefined {
  return FORMATS.find(({ magic }) => magic.equals(bytes.subarray(0, magic.length)))
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
