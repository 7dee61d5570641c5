import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')

const report = z.object({
  diagnostics: z.array(
    z.object({ category: z.string(), location: z.object({ path: z.string().nullish() }).nullish() }),
  ),
})

/** One file for each case: what is written in it, and the rule that must say so. */
const wrong: { name: string; path: string; text: string; rule: string }[] = [
  {
    name: 'asks the time in core',
    path: 'core/clock.ts',
    text: 'export const at = Date.now()',
    rule: 'style/noRestrictedGlobals',
  },
  {
    name: 'makes a date in core',
    path: 'core/date.ts',
    text: 'export const at = new Date(0)',
    rule: 'style/noRestrictedGlobals',
  },
  {
    name: 'measures time in core',
    path: 'core/lap.ts',
    text: 'export const at = performance.now()',
    rule: 'style/noRestrictedGlobals',
  },
  { name: 'waits in core', path: 'core/wait.ts', text: 'setTimeout(() => {}, 1)', rule: 'style/noRestrictedGlobals' },
  {
    name: 'reads the environment in core',
    path: 'core/env.ts',
    text: 'export const zone = process.title',
    rule: 'style/noRestrictedGlobals',
  },
  {
    name: 'makes an id in core',
    path: 'core/id.ts',
    text: 'export const id = crypto.randomUUID()',
    rule: 'style/noRestrictedGlobals',
  },
  {
    name: 'rolls a die in core',
    path: 'core/die.ts',
    text: 'export const die = Math.random()',
    rule: 'nursery/noJsRestrictedProperties',
  },
  {
    name: 'takes the die out of Math in core',
    path: 'core/dice.ts',
    text: 'export const { random } = Math',
    rule: 'nursery/noJsRestrictedProperties',
  },
  {
    name: 'imports a module of Node in core',
    path: 'core/file.ts',
    text: "import { readFileSync } from 'node:fs'\nexport const text = readFileSync('x')",
    rule: 'correctness/noNodejsModules',
  },
  {
    name: 'parses money as a float',
    path: 'gateway/fare.ts',
    text: "export const fare = Number.parseFloat('1.5')",
    rule: 'nursery/noJsRestrictedProperties',
  },
  {
    name: 'parses money as a float, the short way',
    path: 'gateway/toll.ts',
    text: "export const toll = parseFloat('1.5')",
    rule: 'style/noRestrictedGlobals',
  },
  {
    name: 'reads what came from outside by a parser that may throw',
    path: 'gateway/outside.ts',
    text: "import { z } from 'zod'\nexport const read = (value: unknown): boolean => z.string().max(3).safeParse(value).success",
    rule: 'nursery/noJsRestrictedProperties',
  },
  {
    name: 'forgets a promise',
    path: 'gateway/forget.ts',
    text: 'const send = async (): Promise<void> => {}\nsend()',
    rule: 'nursery/noFloatingPromises',
  },
  {
    name: 'takes a promise for a truth',
    path: 'gateway/truth.ts',
    text: 'const isPaid = async (): Promise<boolean> => false\nif (isPaid()) throw new Error("paid")',
    rule: 'nursery/noMisusedPromises',
  },
  {
    name: 'forgets a case',
    path: 'gateway/switch.ts',
    text: "type Kind = 'car' | 'motorbike'\nexport function wheels(kind: Kind): number | undefined {\n  switch (kind) {\n    case 'car':\n      return 4\n  }\n}",
    rule: 'nursery/useExhaustiveSwitchCases',
  },
  {
    name: 'says any',
    path: 'gateway/any.ts',
    text: 'export const parse = (text: any): string => text',
    rule: 'suspicious/noExplicitAny',
  },
  {
    name: 'asserts that it is there',
    path: 'gateway/there.ts',
    text: 'export const first = (all: string[]): string => all[0]!',
    rule: 'style/noNonNullAssertion',
  },
  { name: 'exports a default', path: 'gateway/default.ts', text: 'export default 1', rule: 'style/noDefaultExport' },
  {
    name: 'is a barrel',
    path: 'gateway/barrel.ts',
    text: "export { it } from './default.ts'",
    rule: 'performance/noBarrelFile',
  },
  {
    name: 'imports a type as a value',
    path: 'gateway/type.ts',
    text: "import { Server } from 'node:http'\nexport const close = (server: Server): Server => server.close()",
    rule: 'style/useImportType',
  },
  {
    name: 'has a name that is not kebab-case',
    path: 'gateway/tokenStore.ts',
    text: 'export const it = 1',
    rule: 'style/useFilenamingConvention',
  },
  { name: 'declares an enum', path: 'gateway/enum.ts', text: 'export enum Lane {\n  Entry,\n}', rule: 'style/noEnum' },
  {
    name: 'prints to the console of the service',
    path: 'gateway/print.ts',
    text: "console.log('open')",
    rule: 'suspicious/noConsole',
  },
  {
    name: 'reads a setting past the config',
    path: 'gateway/setting.ts',
    text: "export const port = process.env['PORT']",
    rule: 'style/noProcessEnv',
  },
  {
    name: 'leaves a test alone with only',
    path: 'test/only.test.ts',
    text: "import { test } from 'vitest'\ntest.only('this one', () => {})",
    rule: 'suspicious/noFocusedTests',
  },
]

describe('the linter reports a file that', () => {
  let tree = ''
  let found = new Map<string, string[]>()

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'tolbooth-style-'))
    for (const own of ['biome.json', 'package.json', 'tsconfig.json', '.gitignore'])
      cpSync(join(root, own), join(tree, own))
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
    for (const { path, text } of wrong) {
      mkdirSync(dirname(join(tree, path)), { recursive: true })
      writeFileSync(join(tree, path), `${text}\n`)
    }
    found = lint(tree)
  })
  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  test.each(wrong)('$name', ({ path, rule }) => {
    expect(found.get(path)).toContain(`lint/${rule}`)
  })
})

/** What Biome says of each file of a tree. */
function lint(tree: string): Map<string, string[]> {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'], {
    cwd: tree,
    encoding: 'utf8',
  })
  const found = new Map<string, string[]>()
  for (const { category, location } of report.parse(JSON.parse(stdout)).diagnostics) {
    const path = location?.path ?? ''
    found.set(path, [...(found.get(path) ?? []), category])
  }
  return found
}
