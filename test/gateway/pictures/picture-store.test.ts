import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { instant } from '../../../core/time.ts'
import type { PictureStoreSettings } from '../../../gateway/pictures/picture-store.ts'
import { createPictureStore, PICTURE_BYTES_MAX, PICTURES_WAITING_MAX } from '../../../gateway/pictures/picture-store.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'

const NOON = 1_795_300_000_000

function jpeg(bytes: number, filling = 0): Uint8Array {
  const picture = Buffer.alloc(bytes, filling)
  Buffer.from([0xff, 0xd8, 0xff]).copy(picture)
  return picture
}

const png = (bytes: number): Uint8Array => {
  const picture = Buffer.alloc(bytes, 7)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(picture)
  return picture
}

function store(over: Partial<PictureStoreSettings> = {}, folder = join(temporaryFolder(), 'pictures')) {
  const troubles: string[] = []
  const clock = { at: NOON }
  const kept = createPictureStore({
    folder,
    picturesMax: 10,
    bytesMax: 10_000_000,
    now: () => instant(clock.at),
    hasRoom: () => true,
    onTrouble: (trouble) => troubles.push(trouble),
    ...over,
  })
  const keep = async (bytes: Uint8Array): Promise<string | undefined> => {
    const name = kept.keep(bytes)
    await kept.written()
    return name
  }
  return { ...kept, keep, keepLater: kept.keep, folder, troubles, clock }
}

describe('a picture', () => {
  test.each([
    ['JPEG', jpeg(1_000), 'image/jpeg', 'jpg'],
    ['PNG', png(1_000), 'image/png', 'png'],
  ])('that is a %s is kept under a name of its content, and read as it was', async (_what, bytes, type, ending) => {
    const at = store()
    const name = (await at.keep(bytes)) ?? ''
    expect(name).toMatch(new RegExp(`^[0-9a-f]{64}[.]${ending}$`))
    expect(await at.keep(bytes), 'the same again is the same').toBe(name)
    expect(at.size()).toEqual({ pictures: 1, bytes: 1_000 })
    expect(await at.read(name)).toEqual({ type, bytes: new Uint8Array(bytes) })
    expect(statSync(join(at.folder, name)).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['a page that calls itself a picture', Buffer.from('<html><script>alert(1)</script>')],
    ['nothing', new Uint8Array()],
    ['a GIF', Buffer.from('GIF89a..')],
    ['the beginning of a PNG', Buffer.from([0x89, 0x50, 0x4e])],
  ])('that is %s is not kept', async (_what, bytes) => {
    const at = store()
    expect(await at.keep(bytes)).toBeUndefined()
    expect(readdirSync(at.folder)).toEqual([])
  })

  test('is kept up to 2 MiB, and not one byte above', async () => {
    const at = store()
    expect(await at.keep(jpeg(PICTURE_BYTES_MAX))).toBeDefined()
    expect(await at.keep(jpeg(PICTURE_BYTES_MAX + 1))).toBeUndefined()
  })

  test.each([
    '../books.db',
    '/etc/passwd',
    `${'a'.repeat(64)}.svg`,
    `../${'a'.repeat(64)}.jpg`,
    `${'A'.repeat(64)}.jpg`,
    '',
  ])('of the name %j is none of ours', async (name) => {
    const at = store()
    expect(await at.read(name)).toBeUndefined()
  })

  test('that something else has been put in the place of is not shown', async () => {
    const at = store()
    const name = (await at.keep(jpeg(100))) ?? ''
    writeFileSync(join(at.folder, name), '<html>')
    expect(await at.read(name)).toBeUndefined()
  })
})

describe('the pictures that are kept', () => {
  test('are so many, and the oldest goes first', async () => {
    const at = store({ picturesMax: 3 })
    const names = []
    for (let each = 1; each <= 4; each += 1) names.push((await at.keep(jpeg(100, each))) ?? '')
    expect(at.size().pictures).toBe(3)
    expect(names.map((name) => at.has(name))).toEqual([false, true, true, true])
    expect(readdirSync(at.folder)).toHaveLength(3)
    const none = store({ picturesMax: 0 })
    expect(await none.keep(jpeg(100))).toBeUndefined()
  })

  test('take so many bytes, and the oldest go first', async () => {
    const at = store({ bytesMax: 1_000 })
    const first = (await at.keep(jpeg(500, 1))) ?? ''
    const second = (await at.keep(jpeg(500, 2))) ?? ''
    expect(at.size()).toEqual({ pictures: 2, bytes: 1_000 })
    await at.keep(jpeg(1, 3))
    expect(at.size().pictures, 'too short to be a picture').toBe(2)
    await at.keep(jpeg(3, 3))
    expect([at.has(first), at.has(second), at.size().bytes]).toEqual([false, true, 503])
    expect(await at.keep(jpeg(1_001)), 'more than there is room for at all').toBeUndefined()
    expect(at.has(second)).toBe(true)
  })

  test('go with their time, overwritten, those of that moment not yet', async () => {
    const at = store()
    const old = (await at.keep(jpeg(100, 1))) ?? ''
    at.clock.at += 1_000
    const young = (await at.keep(jpeg(100, 2))) ?? ''
    expect(await at.eraseBefore(instant(NOON))).toBe(0)
    expect(await at.eraseBefore(instant(NOON + 1_000))).toBe(1)
    expect([at.has(old), at.has(young), readdirSync(at.folder)]).toEqual([false, true, [young]])
  })

  test('are known after a restart, with their age; what was half written is gone, and what is not ours stays', async () => {
    const folder = join(temporaryFolder(), 'pictures')
    mkdirSync(folder)
    writeFileSync(join(folder, `${'b'.repeat(64)}.jpg.part`), 'x')
    writeFileSync(join(folder, 'note.txt'), 'x')
    const before = store({}, folder)
    const old = (await before.keep(jpeg(100, 1))) ?? ''
    before.clock.at += 60_000
    const young = (await before.keep(jpeg(200, 2))) ?? ''
    const after = store({ picturesMax: 2 }, folder)
    expect(after.size()).toEqual({ pictures: 2, bytes: 300 })
    await after.keep(jpeg(300, 3))
    expect([after.has(old), after.has(young)]).toEqual([false, true])
    expect(readdirSync(folder)).toContain('note.txt')
    expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false)
  })

  test('are not added to where the disk is nearly full, and that is said', async () => {
    const at = store({ hasRoom: () => false })
    expect(await at.keep(jpeg(100))).toBeUndefined()
    expect(at.troubles).toEqual(['the disk is nearly full: no picture is kept'])
  })

  test('that cannot be written are said, and hold up nobody', async () => {
    const at = store()
    rmSync(at.folder, { recursive: true })
    const name = (await at.keep(jpeg(100))) ?? ''
    expect([at.has(name), await at.read(name)]).toEqual([false, undefined])
    expect(at.troubles).toEqual(['a picture could not be kept: ENOENT'])
    expect(at.size()).toEqual({ pictures: 0, bytes: 0 })
    mkdirSync(at.folder)
    expect(at.has((await at.keep(jpeg(100))) ?? ''), 'and the next one is kept').toBe(true)
  })

  test('are named, and shown, at once, before the disk has them; so many wait, and one more is not kept', async () => {
    const at = store({ picturesMax: 100 })
    const names = Array.from({ length: PICTURES_WAITING_MAX }, (_, each) => at.keepLater(jpeg(100, each)) ?? '')
    expect(new Set(names).size).toBe(PICTURES_WAITING_MAX)
    expect(at.size().pictures).toBe(0)
    expect(names.every((name) => at.has(name))).toBe(true)
    expect((await at.read(names[15] ?? ''))?.bytes).toEqual(new Uint8Array(jpeg(100, 15)))
    expect(at.keepLater(jpeg(100, 200))).toBeUndefined()
    expect(at.troubles).toEqual(['the disk is too slow: a picture is not kept'])
    expect(await at.keep(jpeg(100, 201)), 'nor one more that asks in the same moment').toBeUndefined()
    expect(names.every((name) => at.has(name))).toBe(true)
    expect(at.has((await at.keep(jpeg(100, 202))) ?? ''), 'and again when those are written').toBe(true)
  })

  test('are written between those that go: a new one does not wait for all of them', async () => {
    const at = store({ picturesMax: 100 })
    for (let each = 0; each < 20; each += 1) await at.keep(jpeg(100, each))
    at.clock.at += 1_000
    const erased = at.eraseBefore(instant(NOON + 1))
    const name = await at.keep(jpeg(100, 99))
    expect(at.has(name ?? '')).toBe(true)
    expect(at.size().pictures, 'most of the old ones still lie there').toBeGreaterThan(15)
    expect(await erased).toBe(20)
    expect(at.size().pictures).toBe(1)
  })

  test('do not go by their old time where the same is sent again while others go', async () => {
    const at = store()
    const first = jpeg(100, 1)
    for (const each of [first, jpeg(100, 2), jpeg(100, 3)]) await at.keep(each)
    at.clock.at += 1_000
    const again = jpeg(100, 3)
    const erased = at.eraseBefore(instant(NOON + 1))
    const name = at.keepLater(again) ?? ''
    expect(await erased).toBe(2)
    expect(at.has(name)).toBe(true)
  })

  test('go also where somebody has taken their files away', async () => {
    const at = store()
    const name = (await at.keep(jpeg(100))) ?? ''
    rmSync(join(at.folder, name))
    expect(await at.read(name)).toBeUndefined()
    expect(await at.eraseBefore(instant(NOON + 1))).toBe(1)
    expect(at.troubles).toEqual([])
  })
})
