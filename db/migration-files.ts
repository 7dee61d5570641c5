import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'

export const MIGRATIONS = join(dirname(fileURLToPath(import.meta.url)), 'migrations')

/** The time at which the newest migration was made: the version of the books. */
export function newestVersion(): number {
  return Math.max(...readMigrationFiles({ migrationsFolder: MIGRATIONS }).map((migration) => migration.folderMillis))
}

/** The statements of each migration, the oldest first. */
export function migrationStatements(): readonly (readonly string[])[] {
  return readMigrationFiles({ migrationsFolder: MIGRATIONS }).map(({ sql }) => sql)
}
