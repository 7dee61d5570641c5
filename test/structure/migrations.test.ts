import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const copies: string[] = []

afterEach(() => {
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true, force: true })
})

describe('the migrations', () => {
  test('make the tables that the schema says, and nothing is left to generate', () => {
    const tree = copyOfTheBooks()
    const committed = migrationsOf(tree)
    expect(committed.length).toBeGreaterThan(0)
    expect(generate(tree), 'run `npx drizzle-kit generate --name <why>` and commit what it writes').toEqual(committed)
  })

  test('are seen to be behind a schema with one table more', () => {
    const tree = copyOfTheBooks()
    const committed = migrationsOf(tree)
    appendFileSync(
      join(tree, 'db/schema.ts'),
      `
import { sqliteTable as another, text as anotherText } from 'drizzle-orm/sqlite-core'
export const unheardOf = another('unheard_of', { id: anotherText('id').primaryKey() })
`,
    )
    expect(generate(tree)).toHaveLength(committed.length + 1)
  })
})

/** A tree with the room of the books and what it imports, in which drizzle-kit may write. */
function copyOfTheBooks(): string {
  const tree = mkdtempSync(join(tmpdir(), 'tolbooth-migrations-'))
  copies.push(tree)
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  for (const own of ['package.json', 'tsconfig.json', 'drizzle.config.ts', 'core', 'db']) {
    cpSync(join(root, own), join(tree, own), { recursive: true })
  }
  return tree
}

function migrationsOf(tree: string): string[] {
  return readdirSync(join(tree, 'db/migrations'))
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
}

/** Lets drizzle-kit write the migration that it finds missing, if any, and tells which there are then. */
function generate(tree: string): string[] {
  const drizzleKit = join(root, 'node_modules/drizzle-kit/bin.cjs')
  const run = spawnSync(process.execPath, [drizzleKit, 'generate'], { cwd: tree, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`drizzle-kit cannot tell what is missing:\n${run.stdout}${run.stderr}`)
  return migrationsOf(tree)
}
