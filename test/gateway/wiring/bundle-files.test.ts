import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { BundleVersion } from '../../../core/site.ts'
import { later, MINUTE_MS } from '../../../core/time.ts'
import type { GatewayConfig } from '../../../gateway/config.ts'
import { readConfig } from '../../../gateway/config.ts'
import { loadBundleFiles } from '../../../gateway/wiring/bundle-files.ts'
import { rigs } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { layoutFile, SITE } from '../../support/site.ts'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

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
