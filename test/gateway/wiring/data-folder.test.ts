import { spawnSync } from 'node:child_process'
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { dataFolderProblem, makeDataFolder } from '../../../gateway/wiring/data-folder.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { environmentOf, tolbooth } from '../cli/kit.ts'

test('the data folder is made for its owner only, and is there already the next time', () => {
  const folder = join(temporaryFolder(), 'deep', 'data')
  makeDataFolder(folder)
  makeDataFolder(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test.each([
  ['is a file', ''],
  ['lies in a file', '/data'],
])('a data folder that %s is refused with what to do', async (_how, under) => {
  const file = join(temporaryFolder(), 'books')
  writeFileSync(file, '')
  for (const command of [['keys'], ['serve'], ['erase']]) {
    const { status, err } = await tolbooth(command, environmentOf(file + under))
    expect(status).toBe(1)
    expect(err).toContain('it is a file, or lies in one')
    expect(err).toContain('TOLBOOTH_DATA_DIR')
    expect(err).not.toMatch(/EEXIST|ENOTDIR/)
  }
})

test('a data folder on a file system that makes no folders is refused at once, and not tried for ever', () => {
  const program = fileURLToPath(new URL('../../../gateway/cli/tolbooth.ts', import.meta.url))
  for (const folder of ['/proc/x', '/proc/x/y']) {
    const { status, stderr, signal } = spawnSync(process.execPath, [program, 'keys'], {
      env: { ...process.env, ...environmentOf(folder) },
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    })
    expect({ status, signal }).toEqual({ status: 1, signal: null })
    expect(stderr).toMatch(/no folder can be made in \/proc.*TOLBOOTH_DATA_DIR/)
  }
}, 60_000)

test('a data folder whose name is a link to nowhere is refused with what to do', () => {
  const link = join(temporaryFolder(), 'data')
  symlinkSync('/nowhere/at/all', link)
  expect(() => makeDataFolder(link)).toThrow(/TOLBOOTH_DATA_DIR/)
})

test.each([
  ['EACCES', /may not write to the data folder \/data.*sudo install -d/],
  ['EPERM', /may not write/],
  ['EROFS', /read only.*dmesg/],
  ['ENOSPC', /no room/],
])('%s is told in words that say what to do', (code, words) => {
  expect(dataFolderProblem('/data', Object.assign(new Error('no'), { code }))).toMatch(words)
})
