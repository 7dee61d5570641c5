import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

test.each([
  ['EACCES', /may not write to the data folder \/data.*sudo install -d/],
  ['EPERM', /may not write/],
  ['EROFS', /read only.*dmesg/],
  ['ENOSPC', /no room/],
])('%s is told in words that say what to do', (code, words) => {
  expect(dataFolderProblem('/data', Object.assign(new Error('no'), { code }))).toMatch(words)
})
