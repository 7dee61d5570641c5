import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { BundleVersion } from '../../../core/site.ts'
import { later, MINUTE_MS } from '../../../core/time.ts'
import type { GatewayConfig } from '../../../gateway/config.ts'
import { readConfig } from '../../../gateway/config.ts'
import { loadBundleFiles } from '../../../gateway/wiring/bundle-files.ts'
import { parkingLayout, parkingPolicy, TARIFF_TEXT } from '../../support/car-park.ts'
import { rigs } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { layoutFile, SITE } from '../../support/site.ts'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

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
    load: () => {
      const { gateway, bundles, books } = rig.now()
      return rig.until(loadBundleFiles(gateway, bundles, config, books))
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
