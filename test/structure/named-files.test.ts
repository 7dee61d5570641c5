import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const rooms = ['bench', 'core', 'db', 'devices', 'docs', 'gateway', 'simulators', 'test']
const tree = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)),
)
const names = new Set(tree.map((path) => basename(path)))
const texts = ['README.md', ...tree.filter((path) => path.endsWith('.md'))]
/** Tests of the rules of the tree make up files that break them. */
const sources = tree.filter((path) => /\.(?:ts|js|css)$/.test(path) && !/^test\/(?:structure\/|reporter)/.test(path))

/** What a text tells its reader to make, or how Node itself is built. */
const NOT_OF_THIS_TREE = /^docs\/decisions\/NNN-title\.md$|\bloop-tasmota\/|^ec\.js$/

const OF_A_ROOM = new RegExp(`(?<![\\w./-])(?:${rooms.join('|')})/[\\w./-]*\\w\\.(?:ts|js|md|json|css|sql)\\b`, 'g')

/** Of what stands in backquotes or is linked: files that neither the tree nor the text's own folder has. */
function missingIn(text: string, at: string): readonly string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`|\]\(([^)#\s]+)/g)].flatMap(([, code = '', link = '']) =>
    [...code.split(/\s+/), link].map((word) => word.replace(/^[("']+|[)"',;:]+$/g, '')),
  )
  return quoted.filter((word) => {
    if (NOT_OF_THIS_TREE.test(word)) return false
    if (/^[\w-]+(?:\.[\w-]+)*\.ts$/.test(word)) return !names.has(word)
    if (!/^[\w.-]+(?:\/[\w.-]+)+\.(?:ts|js|md|json|css|sql|svg|png)$/.test(word)) return false
    return !existsSync(join(root, word)) && !existsSync(join(root, dirname(at), word)) && !isMadeByAReader(word)
  })
}

/** Of what stands in a source, by its whole path in the tree: files that are not there. */
function missingInCode(text: string): readonly string[] {
  return (text.match(OF_A_ROOM) ?? []).filter((named) => !existsSync(join(root, named)))
}

/** The settings of a site stand in a folder of its own. */
function isMadeByAReader(path: string): boolean {
  return path.startsWith('data/')
}

describe('what names a file of the tree', () => {
  test.each(texts)('%s names none that is not there', (file) => {
    expect(missingIn(readFileSync(join(root, file), 'utf8'), file)).toEqual([])
  })

  test('comments of the code name none that is not there', () => {
    const texts = sources.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
    expect(texts.flatMap(({ text }) => text.match(OF_A_ROOM) ?? []).length).toBeGreaterThan(100)
    expect(texts.flatMap(({ file, text }) => missingInCode(text).map((named) => `${file}: ${named}`))).toEqual([])
  })

  test.each([
    ['a file that has been moved', '/** As core/parking/none.ts says. */', ['core/parking/none.ts']],
    [
      'one in brackets, and one at the end of a sentence',
      '// (db/none.ts), or test/db/none.test.ts.',
      ['db/none.ts', 'test/db/none.test.ts'],
    ],
    [
      'one that is no source',
      '/* docs/decisions/999-none.md, gateway/http/static/none.css */',
      ['docs/decisions/999-none.md', 'gateway/http/static/none.css'],
    ],
    ['one that is there', '// core/time.ts has it.', []],
    ['part of another path', "import { x } from '../core/none.ts' // a/core/none.ts, core/none.tsx", []],
  ])('of comments %s is told from the others', (_what, text, missing) => {
    expect(missingInCode(text)).toEqual(missing)
  })

  test.each([
    ['a file that has been moved', 'See `gateway/http/stay-quote.ts`.', ['gateway/http/stay-quote.ts']],
    ['a file that is named without its folder', '`old-name.ts` does it', ['old-name.ts']],
    ['a link', '[why](../decisions/999-none.md)', ['../decisions/999-none.md']],
    ['one of several words', '`node bench/none.ts --json`', ['bench/none.ts']],
  ])('%s is seen', (_what, text, missing) => {
    expect(missingIn(text, 'docs/operations.md')).toEqual(missing)
  })
})
