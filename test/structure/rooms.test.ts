import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ICruiseResult, IForbiddenRuleType } from 'dependency-cruiser'
import { cruise } from 'dependency-cruiser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rooms } from '../../.dependency-cruiser.ts'

const root = join(import.meta.dirname, '../..')
const ruleNames = (rooms.forbidden ?? []).map((rule: IForbiddenRuleType) => rule.name ?? 'a rule without a name')

/** `from` imports `to`, which is a file of the tree, a package, or a module of Node. */
type Arrow = { from: string; to: string; byType?: true; reportedAs?: 'another arrow of the same circle' }

const wrong: { rule: string; arrows: Arrow[] }[] = [
  {
    rule: 'core imports only itself',
    arrows: [
      { from: 'core/reads-a-file.ts', to: 'node:fs' },
      { from: 'core/takes-a-package.ts', to: 'zod' },
      { from: 'core/knows-a-device.ts', to: 'devices/driver.ts', byType: true },
    ],
  },
  {
    rule: 'devices import only core, zod and a parser of XML',
    arrows: [
      { from: 'devices/barrier/opens-a-socket.ts', to: 'node:net' },
      { from: 'devices/barrier/stores.ts', to: 'db/journal.ts' },
      { from: 'devices/barrier/connects.ts', to: 'mqtt' },
    ],
  },
  {
    rule: 'db imports only core, Drizzle, better-sqlite3 and Node',
    arrows: [
      { from: 'db/knows-a-device.ts', to: 'devices/driver.ts', byType: true },
      { from: 'db/serves.ts', to: 'hono' },
    ],
  },
  {
    rule: 'only db speaks SQL to the books of a site',
    arrows: [
      { from: 'gateway/http/queries.ts', to: 'better-sqlite3' },
      { from: 'simulators/peeks.ts', to: 'drizzle-orm' },
    ],
  },
  {
    rule: 'gateway imports only core, devices and db of the other rooms',
    arrows: [
      { from: 'gateway/asks-upstream.ts', to: 'upstream/ingest.ts' },
      { from: 'gateway/cli/demo.ts', to: 'simulators/world.ts' },
    ],
  },
  {
    rule: 'what runs in a browser imports only itself and what is served with it',
    arrows: [
      { from: 'gateway/http/static/desk/reads-a-file.js', to: 'node:fs' },
      { from: 'gateway/http/static/desk/takes-a-package.js', to: 'zod' },
      { from: 'gateway/http/static/desk/knows-the-server.js', to: 'gateway/http/server.ts' },
    ],
  },
  {
    rule: 'upstream imports only core and the wire schema of sync',
    arrows: [
      { from: 'upstream/reads-the-books.ts', to: 'db/journal.ts' },
      { from: 'upstream/knows-the-path.ts', to: 'gateway/path/commit.ts', byType: true },
    ],
  },
  {
    rule: 'simulators import only core and devices',
    arrows: [{ from: 'simulators/cheats.ts', to: 'gateway/path/commit.ts' }],
  },
  {
    rule: 'nothing that ships imports test or bench',
    arrows: [
      { from: 'gateway/tokens/borrows.ts', to: 'test/fixture.ts' },
      { from: 'simulators/measures.ts', to: 'bench/table.ts' },
    ],
  },
  {
    rule: 'nothing that ships imports a package for development',
    arrows: [{ from: 'simulators/generates.ts', to: 'fast-check' }],
  },
  {
    rule: 'adapters of the gateway do not import each other',
    arrows: [
      { from: 'gateway/mqtt/answers-http.ts', to: 'gateway/http/app.ts' },
      { from: 'gateway/http/syncs.ts', to: 'gateway/sync/send.ts', byType: true },
    ],
  },
  {
    rule: 'a contract of an adapter is imported by type alone',
    arrows: [{ from: 'gateway/sinks/makes-a-transport.ts', to: 'gateway/mqtt/transport.ts' }],
  },
  {
    rule: 'only the wiring and the command line join the parts of the gateway',
    arrows: [{ from: 'gateway/path/publishes.ts', to: 'gateway/mqtt/broker.ts' }],
  },
  {
    rule: 'nothing in the gateway imports main or the command line',
    arrows: [
      { from: 'gateway/path/starts.ts', to: 'gateway/main.ts' },
      { from: 'gateway/http/prints.ts', to: 'gateway/cli/tolbooth.ts', byType: true },
    ],
  },
  {
    rule: 'no circles',
    arrows: [
      { from: 'core/hen.ts', to: 'core/egg.ts', byType: true, reportedAs: 'another arrow of the same circle' },
      { from: 'core/egg.ts', to: 'core/hen.ts', byType: true },
    ],
  },
  { rule: 'every import is found', arrows: [{ from: 'core/lost.ts', to: 'core/nowhere.ts' }] },
  { rule: 'every package is declared', arrows: [{ from: 'gateway/borrowed.ts', to: 'not-in-package-json' }] },
]

const allowed: Arrow[] = [
  { from: 'core/charge.ts', to: 'core/money.ts' },
  { from: 'devices/till/driver.ts', to: 'core/money.ts' },
  { from: 'devices/till/wire.ts', to: 'zod' },
  { from: 'devices/lens/alert.ts', to: '@rgrove/parse-xml' },
  { from: 'db/books.ts', to: 'better-sqlite3' },
  { from: 'db/schema.ts', to: 'drizzle-orm' },
  { from: 'db/side-file.ts', to: 'node:fs' },
  { from: 'db/project.ts', to: 'core/money.ts' },
  { from: 'gateway/path/decide.ts', to: 'db/journal.ts' },
  { from: 'gateway/path/parse.ts', to: 'devices/driver.ts' },
  { from: 'gateway/http/routes.ts', to: 'hono' },
  { from: 'gateway/http/scans.ts', to: 'gateway/path/commit.ts' },
  { from: 'gateway/sinks/commands.ts', to: 'gateway/mqtt/transport.ts', byType: true },
  { from: 'gateway/cli/serve.ts', to: 'gateway/main.ts' },
  { from: 'gateway/main.ts', to: 'gateway/mqtt/broker.ts' },
  { from: 'gateway/mqtt/broker.ts', to: 'gateway/mqtt/transport.ts' },
  { from: 'upstream/receipts.ts', to: 'gateway/sync/wire.ts' },
  { from: 'upstream/totals.ts', to: 'core/money.ts' },
  { from: 'simulators/car.ts', to: 'devices/driver.ts' },
  { from: 'simulators/clients.ts', to: 'mqtt' },
  { from: 'test/everything.ts', to: 'gateway/main.ts' },
  { from: 'test/properties.ts', to: 'fast-check' },
  { from: 'bench/scans.ts', to: 'better-sqlite3' },
]

describe('the rooms', () => {
  const trees: string[] = []
  let found: ICruiseResult

  beforeAll(async () => {
    found = await cruiseTree(plant(wrong.flatMap(({ arrows }) => arrows)))
  })
  afterAll(() => {
    for (const tree of trees) rmSync(tree, { recursive: true, force: true })
  })

  test.each(
    wrong.flatMap(({ rule, arrows }) =>
      arrows.filter((arrow) => !arrow.reportedAs).map((arrow) => ({ rule, ...arrow })),
    ),
  )('"$rule" reports $from -> $to', ({ rule, from, to }) => {
    const reported = found.summary.violations.filter((violation) => violation.rule.name === rule)
    expect(reported.map((violation) => violation.from)).toContain(from)
    const target = reported.find((violation) => violation.from === from)?.to ?? ''
    expect(target.replace(/^.*node_modules\//, '')).toContain(to.replace(/^node:/, ''))
  })

  test('every rule is broken by a case above', () => {
    expect(wrong.map(({ rule }) => rule).toSorted()).toEqual(ruleNames.toSorted())
  })

  test('leave the arrows of the design alone', async () => {
    const result = await cruiseTree(plant(allowed))
    expect(result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([])
    expect(result.summary.totalDependenciesCruised).toBeGreaterThanOrEqual(allowed.length)
  })

  test('are kept in this tree', async () => {
    const result = await cruiseTree(root)
    expect(result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([])
    expect(result.summary.totalCruised).toBeGreaterThan(10)
  }, 60_000)

  /** Writes a tree in which each arrow is an import, and everything that an arrow points at exists, but for what must not. */
  function plant(arrows: readonly Arrow[]): string {
    const tree = mkdtempSync(join(tmpdir(), 'tolbooth-rooms-'))
    trees.push(tree)
    const packages = [
      'zod',
      '@rgrove/parse-xml',
      'mqtt',
      'hono',
      'better-sqlite3',
      'drizzle-orm',
      'not-in-package-json',
      'fast-check',
    ]
    const files = new Map<string, string>([
      [
        'package.json',
        JSON.stringify({
          type: 'module',
          dependencies: {
            zod: '1.0.0',
            '@rgrove/parse-xml': '1.0.0',
            mqtt: '1.0.0',
            hono: '1.0.0',
            'better-sqlite3': '1.0.0',
            'drizzle-orm': '1.0.0',
          },
          devDependencies: { 'fast-check': '1.0.0' },
        }),
      ],
    ])
    for (const name of packages) {
      files.set(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
      files.set(`node_modules/${name}/index.js`, 'module.exports = {}\n')
    }
    for (const { to } of arrows) {
      const isFile = to.endsWith('.ts') && to !== 'core/nowhere.ts'
      if (isFile && !files.has(to)) files.set(to, 'export type It = string\nexport const it = 1\n')
    }
    for (const { from, to, byType } of arrows) {
      const target = to.endsWith('.ts') ? `${'../'.repeat(from.split('/').length - 1)}${to}` : to
      const line = byType ? `import type { It } from '${target}'` : `import { it } from '${target}'`
      files.set(from, `${line}\n${files.get(from) ?? 'export type It = string\nexport const it = 1\n'}`)
    }
    for (const [path, text] of files) {
      mkdirSync(dirname(join(tree, path)), { recursive: true })
      writeFileSync(join(tree, path), text)
    }
    return tree
  }
})

async function cruiseTree(tree: string): Promise<ICruiseResult> {
  const { output } = await cruise(['.'], {
    ...rooms.options,
    baseDir: tree,
    validate: true,
    ruleSet: { forbidden: rooms.forbidden ?? [] },
  })
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text instead of a result')
  return output
}
