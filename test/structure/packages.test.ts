import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')
const versions = z.record(z.string(), z.string())
const manifest = z
  .object({ dependencies: versions, devDependencies: versions, optionalDependencies: versions })
  .parse(readJson('package.json'))
const lock = z
  .object({ packages: z.record(z.string(), z.object({ gypfile: z.boolean().optional() })) })
  .parse(readJson('package-lock.json'))
const ownManifest = z.object({ version: z.string().optional(), gypfile: z.boolean().optional() })

describe('the packages', () => {
  const declared = Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  })
  test.each(declared)('%s is pinned to one exact version', (_name, version) => {
    expect(version).toMatch(/^(npm:(@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/)
  })

  test('that bring their binaries ready-made are not compiled again by npm ci', () => {
    const readyMade = Object.keys(lock.packages).filter(
      (location) =>
        location !== '' &&
        existsSync(join(root, location, 'binding.gyp')) &&
        ownManifest.parse(readJson(join(location, 'package.json'))).gypfile === false,
    )
    expect(readyMade).toContain('node_modules/better-sqlite3')
    const forgotten = readyMade.filter((location) => lock.packages[location]?.gypfile !== false)
    expect(
      forgotten,
      'npm has dropped `gypfile` from package-lock.json: run `npm install` once, and commit it',
    ).toEqual([])
  })

  test('bring the Node on which these tests run', (context) => {
    const runtime = `node-${process.platform}-${process.arch}`
    const pinned = manifest.optionalDependencies[runtime]
    if (pinned === undefined || !existsSync(join(root, 'node_modules', runtime))) {
      context.skip(`there is no Node to pin on ${process.platform} ${process.arch}`)
    }
    expect(process.version).toBe(`v${pinned}`)
  })
})

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}
