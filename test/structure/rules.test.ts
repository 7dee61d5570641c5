import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const rows = readFileSync(join(root, 'docs/rules.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| rule ') && !line.startsWith('| what comes '))

/** Whatever stands in backquotes and is a path of the tree. */
const filesIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([^` ]+\/[^` ]+\.ts|\.[a-z-]+\.ts)`/g)].map(([, file = '']) => file)

/** Tests that a row names: a file, and after it titles in quotes. */
const testsIn = (row: string): readonly (readonly [string, string])[] =>
  (row.split(' | ').at(-1) ?? '').split('; `').flatMap((part) => {
    const [file = ''] = filesIn(`\`${part.replace(/^`/, '')}`)
    return [...part.matchAll(/"([^"]+)"/g)].map(([, title = '']) => [file, title] as const)
  })

describe('docs/rules.md', () => {
  test('names a test for every rule', () => {
    expect(rows.length).toBeGreaterThan(50)
    for (const row of rows) expect(testsIn(row), row).not.toEqual([])
  })

  test('names no file that is not there', () => {
    for (const file of rows.flatMap(filesIn)) expect(existsSync(join(root, file)), file).toBe(true)
  })

  test('names no test that is not there', () => {
    for (const [file, title] of rows.flatMap(testsIn)) {
      expect(readFileSync(join(root, file), 'utf8').includes(title), `${file}: ${title}`).toBe(true)
    }
  })
})
