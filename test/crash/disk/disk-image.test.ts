import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { randomOf } from '../../../simulators/world/random.ts'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import type { Chance, DiskImage } from './disk-image.ts'
import { diskImageOf, PAGE_BYTES, SECTOR_BYTES, writeFolder } from './disk-image.ts'
import type { DiskOperation } from './disk-log.ts'

const FILE = 7n
const OTHER = 8n
/** The first of all that may be on the disk: what was synced. */
const SYNCED: Chance = { below: () => 0 }
/** The last of it: all that was done, whole. */
const ALL: Chance = { below: (limit) => limit - 1 }
const CUTS = 200

describe('what a power cut leaves on a disk', () => {
  let folder: TemporaryFolder

  beforeEach(() => {
    folder = temporaryFolder()
    writeFileSync(join(folder.path, 'books'), 'old')
  })
  afterEach(() => folder.remove())

  const image = (...operations: readonly DiskOperation[]): DiskImage => {
    const made = diskImageOf(folder.path)
    for (const operation of operations) made.apply(operation)
    return made
  }
  const open = (name: string, file: bigint, isNew = false): DiskOperation => ({ kind: 'open', file, name, isNew })
  const write = (text: string, offset = 0, file = FILE): DiskOperation => ({
    kind: 'write',
    file,
    offset,
    bytes: Buffer.from(text),
  })
  const left = (of: DiskImage, chance: Chance): Record<string, string> =>
    Object.fromEntries([...of.cut(chance)].map(([name, bytes]) => [name, bytes.toString()]))

  test('is what was synced', () => {
    const before = [open('books', FILE), write('new'), { kind: 'sync', file: FILE }, write('lost')] as const
    expect(left(image(...before), SYNCED)).toEqual({ books: 'new' })
    expect(left(image(...before), ALL)).toEqual({ books: 'lost' })
  })

  test('is nothing that was written and never synced, and at most everything', () => {
    const before = [open('books', FILE), write('one'), write('two')] as const
    expect(left(image(...before), SYNCED)).toEqual({ books: 'old' })
    const seen = new Set(cuts(() => image(...before)).map((files) => files['books']))
    expect(seen).toEqual(new Set(['old', 'one', 'two']))
  })

  test('may be a later page without an earlier one, and half of a page', () => {
    const page = (letter: string): string => letter.repeat(PAGE_BYTES)
    writeFileSync(join(folder.path, 'books'), page('a') + page('a'))
    const before = [open('books', FILE), write(page('b')), write(page('b'), PAGE_BYTES)] as const
    const ways = cuts(() => image(...before)).map(({ books = '' }) => books)
    expect(ways).toContain(page('a') + page('b'))
    expect(ways).toContain(page('b') + page('a'))
    const torn = ways.filter((books) => new Set(books.slice(0, PAGE_BYTES)).size === 2)
    expect(torn.length).toBeGreaterThan(0)
    for (const books of torn) expect(Math.max(books.indexOf('a'), books.indexOf('b')) % SECTOR_BYTES).toBe(0)
  })

  test('has a new name only when its folder was synced, and an old one until then', () => {
    const made = [open('new', OTHER, true), write('x', 0, OTHER), { kind: 'sync', file: OTHER }] as const
    const gone: DiskOperation = { kind: 'unlink', name: 'books' }
    expect(left(image(...made, gone), SYNCED)).toEqual({ books: 'old' })
    expect(left(image(...made, gone, { kind: 'sync-folder' }), SYNCED)).toEqual({ new: 'x' })
  })

  test('has a renamed file under one of its names, never under neither', () => {
    const before = [
      open('books.new', OTHER, true),
      write('new', 0, OTHER),
      { kind: 'sync', file: OTHER },
      { kind: 'rename', from: 'books.new', to: 'books' },
    ] as const satisfies readonly DiskOperation[]
    for (const { books } of cuts(() => image(...before))) expect(['old', 'new']).toContain(books)
  })

  test('never has what a failed sync was for, whatever is synced later', () => {
    const failed = [open('books', FILE), write('new'), { kind: 'sync-failed', file: FILE }] as const
    expect(left(image(...failed, { kind: 'sync', file: FILE }), ALL)).toEqual({ books: 'old' })
    expect(left(image(...failed, write('now'), { kind: 'sync', file: FILE }), SYNCED)).toEqual({ books: 'now' })
  })

  test('is as long as the file was at some time since its sync, and zeros where nothing arrived', () => {
    const before = [open('books', FILE), { kind: 'truncate', file: FILE, length: 0 }, write('n', 5)] as const
    expect(left(image(...before), SYNCED)).toEqual({ books: 'old' })
    expect(left(image(...before), ALL)).toEqual({ books: '\0\0\0\0\0n' })
    expect(left(image(...before, { kind: 'sync', file: FILE }), SYNCED)).toEqual({ books: '\0\0\0\0\0n' })
  })

  test('lets a program that is started after a kill see everything, synced or not', () => {
    const killed = image(open('books', FILE), write('seen'))
    expect(killed.seen().get('books')?.toString()).toBe('seen')
    // What the killed program had done and not recorded.
    writeFileSync(join(folder.path, 'books'), 'seen+')
    expect(killed.reconcile(folder.path)).toBeGreaterThan(0)
    expect(killed.seen().get('books')?.toString()).toBe('seen+')
    expect(left(killed, SYNCED)).toEqual({ books: 'old' })
  })

  test('is what the folder then holds, and nothing else', () => {
    appendFileSync(join(folder.path, 'books-shm'), 'memory')
    writeFolder(folder.path, image(open('books', FILE), write('new'), { kind: 'sync', file: FILE }).cut(SYNCED))
    expect(readdirSync(folder.path)).toEqual(['books'])
    expect(readFileSync(join(folder.path, 'books'), 'utf8')).toBe('new')
  })

  function cuts(make: () => DiskImage): readonly Record<string, string>[] {
    const random = randomOf('cuts')
    return Array.from({ length: CUTS }, () => left(make(), random))
  }
})
