import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { deviceId, placeId } from '../../../core/ids.ts'
import type { BundleVersion } from '../../../core/site.ts'
import type { ClockTrust } from '../../../core/time.ts'
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import type { GatewayConfig } from '../../../gateway/config.ts'
import { readConfig } from '../../../gateway/config.ts'
import { loadBundleFiles } from '../../../gateway/wiring/bundle-files.ts'
import { SYNCED } from '../../core/kit.ts'
import {
  PARKING,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  parkingPolicy,
  TARIFF_TEXT,
} from '../../support/car-park.ts'
import { laneOf, rigs } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { LANE, layoutFile, policyFile, SITE } from '../../support/site.ts'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { wireDevice } from '../../support/wire-device.ts'

const ISSUED = '2026-11-21T04:00:00Z'
const rigged = rigs()
const folders: TemporaryFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

function configIn(folder: string): GatewayConfig {
  const read = readConfig({}, { site: SITE, dataDir: folder })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.config
}

async function carComesIn(rig: Rig): Promise<void> {
  const entry = await laneOf(rig, LANE)
  const camera = wireDevice(rig, deviceId(`${LANE}-camera`))
  await camera.connect()
  await entry.approach.ask('occupied', { occupied: true })
  const seen = { plates: [{ text: '30A-123.45', confidencePermille: 962 }], direction: null, vehicle: 'car' }
  await camera.ask('plate-seen', { ...seen, picture: null, eventId: null })
}

function files(rig: Rig) {
  const folder = temporaryFolder()
  folders.push(folder)
  const config = configIn(folder.path)
  const issuedAt = later(rig.timeline.now(), -MINUTE_MS)
  return {
    folder: folder.path,
    layout: (over: Partial<Rig['layout']> = {}, version: BundleVersion = { epoch: 1, n: 2 }, at = issuedAt) =>
      writeFileSync(config.layoutFile, layoutFile({ ...rig.layout, ...over }, version, at)),
    write: (name: string, content: unknown) => writeFileSync(join(folder.path, name), JSON.stringify(content)),
    load: (over: Partial<GatewayConfig> = {}, at = rig.timeline.now(), trust: ClockTrust = SYNCED) => {
      const { gateway, bundles, books } = rig.now()
      return rig.until(loadBundleFiles(gateway, bundles, { ...config, ...over }, books, { at, trust }))
    },
  }
}

describe('the site’s files', () => {
  test('are taken into use where they are newer; what is not there stays as it is in the books', async () => {
    const rig = await rigged()
    const site = files(rig)
    site.layout({ merchants: rig.layout.merchants.map((merchant) => ({ ...merchant, name: 'Chị Lan' })) })
    expect(await site.load()).toEqual([])
    expect(rig.now().books.layout()?.merchants[0]?.name).toBe('Chị Lan')
    expect(await site.load()).toEqual([])
  })

  test('that cannot be read are named, and end nothing', async () => {
    const rig = await rigged()
    const site = files(rig)
    mkdirSync(join(site.folder, 'layout.json'))
    writeFileSync(join(site.folder, 'policy.json'), '{"version":')
    expect(await site.load()).toMatchObject([
      expect.stringMatching(/layout\.json: cannot be read/),
      expect.stringMatching(/policy\.json: the file is not JSON/),
    ])
    expect(rig.now().books.layout()).toEqual(rig.layout)
  })

  test('say what is wrong with their number or their time', async () => {
    const rig = await rigged()
    const site = files(rig)
    const inForce = rig.now().books.bundleInUse('layout')
    if (inForce === null) throw new Error('a layout is in force')
    site.layout(
      { merchants: rig.layout.merchants.map((merchant) => ({ ...merchant, name: 'Chị Lan' })) },
      inForce.version,
    )
    expect(await site.load()).toMatchObject([expect.stringMatching(/layout\.json: Another content is in use/)])
    site.layout({}, { epoch: 1, n: 9 }, later(rig.timeline.now(), MINUTE_MS))
    expect(await site.load()).toMatchObject([expect.stringMatching(/layout\.json: Check the clock of this box/)])
    expect(rig.now().books.layout()).toEqual(rig.layout)
  })

  test('may not let late evidence in that is older than what answers are remembered for: it could be booked twice', async () => {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy() })
    const site = files(rig)
    const policy = (lateEvidenceAgeMaxMs: number, n: number): void =>
      writeFileSync(
        join(site.folder, 'policy.json'),
        policyFile(
          { ...parkingPolicy(), parking: { ...PARKING_POLICY, lateEvidenceAgeMaxMs } },
          { epoch: 1, n },
          later(rig.timeline.now(), -MINUTE_MS),
        ),
      )
    policy(8 * DAY_MS, 2)
    const keep = { seenKeepMs: 9 * DAY_MS - 1 }
    expect(await site.load(keep)).toContainEqual(expect.stringMatching(/lateEvidenceAgeMaxMs.*TOLBOOTH_SEEN_KEEP_MS/))
    expect(rig.now().books.policy()?.parking?.lateEvidenceAgeMaxMs).toBe(7 * DAY_MS)
    expect((await site.load({ seenKeepMs: 9 * DAY_MS })).join()).not.toContain('lateEvidenceAgeMaxMs')
    expect(rig.now().books.policy()?.parking?.lateEvidenceAgeMaxMs).toBe(8 * DAY_MS)
    expect(await site.load(keep), 'also of one in force, when the setting is lowered').toContainEqual(
      expect.stringMatching(/lateEvidenceAgeMaxMs/),
    )
  })

  test('that are in force already are not refused for a limit that came later', async () => {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy() })
    const site = files(rig)
    const short = { ...parkingPolicy(), parking: { ...PARKING_POLICY, quoteHoldMs: 5_000 } }
    const content = policyFile(short, { epoch: 1, n: 2 }, later(rig.timeline.now(), -MINUTE_MS))
    writeFileSync(join(site.folder, 'policy.json'), content)
    expect((await site.load()).join()).toContain('quoteHoldMs')
    const { bundles, gateway } = rig.now()
    const read = await bundles.read('policy', content, null, 'in-force')
    if (!read.ok) throw new Error(read.problems.join())
    await rig.until(gateway.use(read.bundle))
    expect((await site.load()).join()).not.toContain('quoteHoldMs')
  })

  test('hold tariffs in files of their own, beside the list that names them', async () => {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy() })
    const site = files(rig)
    expect(await site.load()).toEqual([
      expect.stringMatching(/tariffs\.json: there are no tariffs, and none are in force/),
    ])
    site.write('tariffs.json', { version: { epoch: 1, n: 1 }, issuedAt: ISSUED, files: ['cars.json5'] })
    expect(await site.load()).toEqual([expect.stringMatching(/cars\.json5: cannot be read/)])
    writeFileSync(join(site.folder, 'cars.json5'), TARIFF_TEXT.replace('graceMinutes: 15', 'graceMinutes: -1'))
    expect(await site.load()).toEqual([expect.stringMatching(/tariffs\.json: cars\.json5, line 11, graceMinutes/)])
    writeFileSync(join(site.folder, 'cars.json5'), TARIFF_TEXT)
    expect(await site.load()).toEqual([])
    expect(rig.now().books.bundleInUse('tariffs')?.version).toEqual({ epoch: 1, n: 1 })
    site.write('tariffs.json', { version: { epoch: 1, n: 2 }, issuedAt: ISSUED, files: ['../cars.json5'] })
    expect(await site.load()).toEqual([expect.stringMatching(/files\[0\]: must be a file name/)])
    site.write('tariffs.json', { version: { epoch: 1, n: 2 }, issuedAt: ISSUED, files: ['carsA.json5'] })
    expect(await site.load()).toEqual([expect.stringMatching(/files\[0\]: .*no capitals/)])
  })

  test('a layout that leaves open stays nowhere, or without a price, is refused with what to do, and the old one stays', async () => {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
    const site = files(rig)
    site.write('tariffs.json', { version: { epoch: 1, n: 1 }, issuedAt: ISSUED, files: ['cars.json5'] })
    writeFileSync(join(site.folder, 'cars.json5'), TARIFF_TEXT)
    expect(await site.load()).toEqual([])
    const renamed = JSON.parse(JSON.stringify(PARKING).replaceAll('"lot"', '"lot-a"')) as typeof PARKING
    site.layout({ parking: renamed })
    expect(await site.load(), 'nobody is inside').toEqual([
      expect.stringMatching(/layout\.json: the tariffs in force do not fit it: .*higher version/),
    ])
    await carComesIn(rig)
    expect(rig.query('SELECT place FROM session')).toEqual([{ place: 'lot' }])
    site.write('tariffs.json', { version: { epoch: 1, n: 2 }, issuedAt: ISSUED, files: ['cars.json5'] })
    writeFileSync(join(site.folder, 'cars.json5'), TARIFF_TEXT.replace("'lot'", "'lot-a'"))
    const problems = await site.load()
    expect(problems[0]).toMatch(/layout\.json: it has no place lot, and 1 open stay\(s\) of class car stand in lot/)
    expect(problems[0]).toContain('tolbooth session list --place lot')
    expect(rig.now().books.layout()).toEqual(rig.layout)
    const [, ...others] = rig.layout.lanes
    site.layout({ lanes: others, parking: { ...PARKING, lanes: PARKING.lanes.slice(1) } }, { epoch: 1, n: 3 })
    expect((await site.load()).join(' ')).toMatch(/it has no lane \S+, and somebody who was let through stands there/)
  })

  test('tariffs whose prices change under a version that is in force are refused; their days may end', async () => {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy() })
    const site = files(rig)
    const load = (n: number, text: string) => {
      site.write('tariffs.json', { version: { epoch: 1, n }, issuedAt: ISSUED, files: ['cars.json5'] })
      writeFileSync(join(site.folder, 'cars.json5'), text)
      return site.load()
    }
    expect(await load(1, TARIFF_TEXT)).toEqual([])
    expect(await load(2, TARIFF_TEXT.replace('25000', '99000'))).toEqual([
      expect.stringMatching(/tariffs\.json: the tariff \S+, version \S+, has other prices/),
    ])
    expect(rig.now().books.bundleInUse('tariffs')?.version).toEqual({ epoch: 1, n: 1 })
    expect(await load(2, TARIFF_TEXT.replace('validTo: null', "validTo: '2027-01-01'"))).toEqual([])
  })

  test('a day that has begun keeps its prices while somebody of the class is inside, who may have paid them already', async () => {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
    const site = files(rig)
    const dearer = (validFrom: string) =>
      TARIFF_TEXT.replace('2018-01', '2026-11').replace('2018-01-01', validFrom).replace('25000', '99000')
    const write = (n: number, ...texts: readonly string[]) => {
      const named = texts.map((text, index) => [`cars-${index}.json5`, text] as const)
      site.write('tariffs.json', { version: { epoch: 1, n }, issuedAt: ISSUED, files: named.map(([name]) => name) })
      for (const [name, text] of named) writeFileSync(join(site.folder, name), text)
    }
    const load = (n: number, ...texts: readonly string[]) => {
      write(n, ...texts)
      return site.load()
    }
    const today = new Date(rig.timeline.now() + 7 * HOUR_MS).toISOString().slice(0, 10)
    const tomorrow = new Date(rig.timeline.now() + 31 * HOUR_MS).toISOString().slice(0, 10)
    expect(await load(1, TARIFF_TEXT)).toEqual([])
    expect(await load(2, TARIFF_TEXT, dearer(today)), 'nobody is inside').toEqual([])
    await carComesIn(rig)
    const third = (validFrom: string) => dearer(validFrom).replace('2026-11', '2026-12').replace('99000', '10000')
    const refused = await load(3, TARIFF_TEXT, third(today))
    expect(refused).toEqual([
      expect.stringMatching(/its tariff cars 2026-12 would hold on \S+ in lot, and vehicles of class car are inside/),
    ])
    expect(refused.join()).toContain(`begin on ${tomorrow} or later`)
    const behind = later(rig.timeline.now(), -2 * DAY_MS)
    expect(await site.load({}, behind, { state: 'stepped' }), 'by a clock that starts behind').toEqual(refused)
    expect(rig.now().books.bundleInUse('tariffs')?.version).toEqual({ epoch: 1, n: 2 })
    expect(await load(3, TARIFF_TEXT, dearer(today), third(tomorrow))).toEqual([])
    const ended = (text: string) => text.replace('validTo: null', "validTo: '2026-01-01'")
    expect(await load(4, ended(TARIFF_TEXT)), 'one that is wrong is taken back: staff decide').toEqual([])
  })

  test('a stay that was dated into the future, by a clock that ran ahead, has begun by a trusted now: no day between keeps its prices for it', async () => {
    const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
    const site = files(rig)
    const write = (n: number, ...texts: readonly string[]) => {
      const named = texts.map((text, index) => [`cars-${index}.json5`, text] as const)
      site.write('tariffs.json', { version: { epoch: 1, n }, issuedAt: ISSUED, files: named.map(([name]) => name) })
      for (const [name, text] of named) writeFileSync(join(site.folder, name), text)
    }
    const [right, next] = [-3, -2].map((days) => later(rig.timeline.now(), days * DAY_MS + 7 * HOUR_MS))
    const dayOf = (at = rig.timeline.now()) => new Date(at).toISOString().slice(0, 10)
    const dearer = (validFrom: string) =>
      TARIFF_TEXT.replace('2018-01', '2026-11').replace('2018-01-01', validFrom).replace('25000', '99000')
    write(1, TARIFF_TEXT)
    expect(await site.load()).toEqual([])
    await carComesIn(rig)
    write(2, TARIFF_TEXT, dearer(dayOf(right)))
    const refused = (await site.load({}, later(rig.timeline.now(), -3 * DAY_MS))).join()
    expect(refused).toContain(`are inside since ${dayOf(right)}`)
    expect(refused).toContain(`begin on ${dayOf(next)} or later`)
    write(2, TARIFF_TEXT, dearer(dayOf(next)))
    expect(await site.load({}, later(rig.timeline.now(), -3 * DAY_MS))).toEqual([])
  })

  test('nor does a layout bring another tariff to a day that has begun, by a place that stands in another one', async () => {
    const outer = { ...PARKING.places[0], id: placeId('outer'), name: 'Ngoài', parent: null }
    const nested = (parent: string) =>
      ({
        ...PARKING,
        places: [
          outer,
          { ...outer, id: placeId('other') },
          ...PARKING.places.map((each) => ({ ...each, parent: placeId(parent) })),
        ],
      }) as typeof PARKING
    const rig = await rigged({
      layout: { ...parkingLayout(), parking: nested('outer') },
      policy: parkingPolicy(),
      devices: parkingDevices(),
    })
    const site = files(rig)
    const at = (place: string, id: string) =>
      TARIFF_TEXT.replace("'lot'", `'${place}'`).replace("id: 'cars'", `id: '${id}'`)
    site.write('tariffs.json', { version: { epoch: 1, n: 1 }, issuedAt: ISSUED, files: ['a.json5', 'b.json5'] })
    writeFileSync(join(site.folder, 'a.json5'), at('outer', 'cars'))
    writeFileSync(join(site.folder, 'b.json5'), at('other', 'dearer'))
    expect(await site.load()).toEqual([])
    await carComesIn(rig)
    site.layout({ parking: nested('other') })
    expect(await site.load()).toEqual([expect.stringMatching(/layout\.json: its tariff dearer 2018-01 would hold/)])
    expect(rig.now().books.layout()).toEqual(rig.layout)

    // The tariffs in force do not fit the layout that comes with a dearer one: they are asked as they were.
    const without = { ...nested('outer'), places: nested('outer').places.filter(({ id }) => id !== 'other') }
    site.layout({ parking: without }, { epoch: 1, n: 3 })
    site.write('tariffs.json', { version: { epoch: 1, n: 2 }, issuedAt: ISSUED, files: ['a.json5'] })
    const today = new Date(rig.timeline.now() + 7 * HOUR_MS).toISOString().slice(0, 10)
    writeFileSync(
      join(site.folder, 'a.json5'),
      at('outer', 'cars').replace('2018-01', '2026-11').replace('2018-01-01', today),
    )
    const both = (await site.load()).join()
    expect(both).toMatch(/layout\.json: its tariff cars 2026-11 would hold/)
    expect(both).toMatch(/tariffs\.json: /)
    expect(rig.now().books.layout()).toEqual(rig.layout)

    // Nor alone, with the tariffs that are in force, where those that come with it are refused for something else.
    const together = (issuedAt: string, n: number, dearer: string) => {
      site.layout({ parking: nested('other') }, { epoch: 1, n: 4 })
      site.write('tariffs.json', { version: { epoch: 1, n }, issuedAt, files: ['a.json5', 'b.json5'] })
      writeFileSync(join(site.folder, 'a.json5'), TARIFF_TEXT.replace("'lot'", "'outer', 'lot'"))
      writeFileSync(join(site.folder, 'b.json5'), dearer)
      return site.load()
    }
    const right = at('other', 'dearer')
    const tomorrow = new Date(rig.timeline.now() + DAY_MS).toISOString()
    for (const [issuedAt, dearer, why] of [
      [ISSUED, right.replace(/25_?000/, '26000'), /the tariff dearer, version 2018-01, has other prices/],
      [tomorrow, right, /Check the clock of this box/],
    ] as const) {
      const [ofLayout, ofTariffs] = await together(issuedAt, 2, dearer)
      expect(ofLayout).toMatch(/layout\.json: the tariffs that come with it are not taken/)
      expect(ofLayout).toMatch(why)
      expect(ofTariffs).toMatch(/tariffs\.json: /)
      expect(rig.now().books.layout()).toEqual(rig.layout)
    }
    expect(await together(ISSUED, 2, right), 'and both are taken once they are put right').toEqual([])
    expect(rig.now().books.layout()?.parking).toEqual(nested('other'))
  })

  test.each([
    ['another site', { site: 'elsewhere' }, /it is of site elsewhere, and this is/],
    ['another zone', { zone: 'Asia/Tokyo' }, /its zone is Asia\/Tokyo/],
    ['another currency', { currency: 'USD' }, /its currency is USD/],
  ])('of %s are not taken', async (_what, over, problem) => {
    const rig = await rigged()
    const site = files(rig)
    site.layout(over as Partial<Rig['layout']>)
    expect(await site.load()).toMatchObject([expect.stringMatching(problem)])
    expect(rig.now().books.layout()).toEqual(rig.layout)
  })
})
