import type Database from 'better-sqlite3'
import { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { BetterSQLiteSession, PreparedQuery } from 'drizzle-orm/better-sqlite3/session'
import { NoopCache } from 'drizzle-orm/cache/core'
import { Column } from 'drizzle-orm/column'
import { is } from 'drizzle-orm/entity'
import { NoopLogger } from 'drizzle-orm/logger'
import type { Query } from 'drizzle-orm/sql'
import { noopDecoder, Param, Placeholder, SQL } from 'drizzle-orm/sql'
import type { PreparedQueryConfig } from 'drizzle-orm/sqlite-core'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'

/**
 * Drizzle over better-sqlite3, with statements that work out once, and not at each run, where their parameters come from and what their columns are called: a record is
 * written by some thirty statements, and Drizzle's own way of running one costs about as much as SQLite's. What this does not understand (joins, results that
 * are mapped) Drizzle runs itself.
 */
export function leanDrizzle(
  client: Database.Database,
): BetterSQLite3Database & { readonly $client: Database.Database } {
  const dialect = new SQLiteSyncDialect()
  const session = new LeanSession(client, dialect)
  const db: BetterSQLite3Database = new BetterSQLite3Database('sync', dialect, session, undefined)
  return Object.assign(db, { $client: client })
}

/** Tables are named where they are used; Drizzle's own registry of them stays empty. */
type NoSchema = Record<string, never>
type Session = BetterSQLiteSession<NoSchema, NoSchema>
type PrepareArguments = Parameters<Session['prepareQuery']>
type Fields = PrepareArguments[1]

class LeanSession extends BetterSQLiteSession<NoSchema, NoSchema> {
  readonly #client: Database.Database

  constructor(client: Database.Database, dialect: SQLiteSyncDialect) {
    super(client, dialect, undefined)
    this.#client = client
  }

  override prepareQuery<Config extends Omit<PreparedQueryConfig, 'run'>>(
    ...asked: PrepareArguments
  ): PreparedQuery<Config> {
    const [query, fields, method, isArrayMode, mapper] = asked
    const columns = columnsOf(fields)
    if (mapper !== undefined || columns === 'not-flat') return super.prepareQuery(...asked)
    const statement = this.#client.prepare(query.sql)
    return new LeanQuery<Config>(statement, query, fields, columns, method, isArrayMode)
  }
}

class LeanQuery<Config extends Omit<PreparedQueryConfig, 'run'>> extends PreparedQuery<Config> {
  readonly #statement: Database.Statement
  readonly #parameters: readonly Parameter[]
  readonly #columns: readonly NamedColumn[] | undefined

  constructor(
    statement: Database.Statement,
    query: Query,
    fields: Fields,
    columns: readonly NamedColumn[] | undefined,
    method: PrepareArguments[2],
    isArrayMode: boolean,
  ) {
    super(statement, query, new NoopLogger(), new NoopCache(), undefined, undefined, fields, method, isArrayMode)
    this.#statement = columns === undefined ? statement : statement.raw(true)
    this.#parameters = query.params.map(parameterOf)
    this.#columns = columns
  }

  override run(values: Values = NO_VALUES): Database.RunResult {
    return this.#statement.run(...bound(this.#parameters, values))
  }

  override get(values: Values = NO_VALUES): Config['get'] {
    const row = this.#statement.get(...bound(this.#parameters, values))
    return row === undefined || this.#columns === undefined ? row : named(row as readonly unknown[], this.#columns)
  }

  override all(values: Values = NO_VALUES): Config['all'] {
    const rows = this.#statement.all(...bound(this.#parameters, values))
    const columns = this.#columns
    return columns === undefined ? rows : rows.map((row) => named(row as readonly unknown[], columns))
  }
}

type Values = Readonly<Record<string, unknown>>
const NO_VALUES: Values = {}

/** Where a parameter of a statement comes from: a value that stands in the statement, or one that is given by name at each run. */
type Parameter =
  | { readonly kind: 'fixed'; readonly value: unknown }
  | { readonly kind: 'named'; readonly name: string; readonly encode: ((value: unknown) => unknown) | undefined }

function parameterOf(parameter: unknown): Parameter {
  if (is(parameter, Placeholder)) return { kind: 'named', name: parameter.name, encode: undefined }
  if (!is(parameter, Param) || !is(parameter.value, Placeholder)) return { kind: 'fixed', value: parameter }
  const { encoder, value } = parameter
  const isPlain = encoder.mapToDriverValue === Column.prototype.mapToDriverValue
  return {
    kind: 'named',
    name: value.name,
    encode: isPlain ? undefined : (given) => encoder.mapToDriverValue(given),
  }
}

function bound(parameters: readonly Parameter[], values: Values): unknown[] {
  const filled: unknown[] = []
  for (const parameter of parameters) {
    if (parameter.kind === 'fixed') {
      filled.push(parameter.value)
      continue
    }
    const value = values[parameter.name]
    if (value === undefined) throw new Error(`the statement is given no ${parameter.name}`)
    filled.push(parameter.encode === undefined ? value : parameter.encode(value))
  }
  return filled
}

type NamedColumn = { readonly name: string; readonly decode: ((value: unknown) => unknown) | undefined }

/** The columns of a result whose rows are flat objects; `undefined` where none are asked for. */
function columnsOf(fields: Fields): readonly NamedColumn[] | undefined | 'not-flat' {
  if (fields === undefined) return undefined
  const columns: NamedColumn[] = []
  for (const { path, field } of fields) {
    const [name] = path
    const decoder = is(field, Column) ? field : is(field, SQL) ? decoderOf(field) : undefined
    if (path.length !== 1 || name === undefined || decoder === undefined) return 'not-flat'
    const isPlain = decoder === noopDecoder || decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue
    columns.push({ name, decode: isPlain ? undefined : (value) => decoder.mapFromDriverValue(value) })
  }
  return columns
}

function named(row: readonly unknown[], columns: readonly NamedColumn[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index]
    if (column === undefined) continue
    const value = row[index]
    result[column.name] = value === null || column.decode === undefined ? value : column.decode(value)
  }
  return result
}

/** The decoder of an SQL expression is not among its public members. */
function decoderOf(field: SQL): typeof noopDecoder {
  return (field as unknown as { readonly decoder: typeof noopDecoder }).decoder
}
