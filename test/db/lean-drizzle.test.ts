import Database from 'better-sqlite3'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { describe, expect, test } from 'vitest'
import { leanDrizzle } from '../../db/lean-drizzle.ts'

const shop = sqliteTable('shop', {
  id: text().primaryKey(),
  kind: text({ enum: ['small', 'large'] }).notNull(),
  soldFor: integer('sold_for'),
  isOpen: integer('is_open', { mode: 'boolean' }).notNull(),
  openedAt: integer('opened_at', { mode: 'timestamp_ms' }),
  goods: text({ mode: 'json' }).$type<readonly string[]>(),
})
const owner = sqliteTable('owner', { shop: text().primaryKey(), name: text().notNull() })

const ROWS = [
  { id: 'a', kind: 'small', soldFor: 12, isOpen: true, openedAt: new Date(5), goods: ['tea'] },
  { id: 'b', kind: 'large', soldFor: null, isOpen: false, openedAt: null, goods: null },
] as const

type Db = ReturnType<typeof leanDrizzle>

const cases: Record<string, (db: Db) => unknown> = {
  'a prepared read of one row': (db) =>
    db
      .select()
      .from(shop)
      .where(sql`${shop.id} = ${sql.placeholder('id')}`)
      .prepare()
      .get({ id: 'a' }),
  'a prepared read of no row': (db) =>
    db
      .select()
      .from(shop)
      .where(sql`${shop.id} = ${sql.placeholder('id')}`)
      .prepare()
      .get({ id: 'z' }),
  'a prepared read of all rows': (db) => db.select().from(shop).orderBy(shop.id).prepare().all(),
  'a placeholder in a comparison': (db) =>
    db
      .select({ id: shop.id })
      .from(shop)
      .where(eq(shop.isOpen, sql.placeholder('isOpen')))
      .prepare()
      .all({ isOpen: 1 }),
  'some columns, by other names': (db) =>
    db.select({ of: shop.kind, sum: shop.soldFor }).from(shop).orderBy(shop.id).all(),
  'an expression, plain and decoded': (db) =>
    db
      .select({ sum: sql<number>`sum(${shop.soldFor})`, count: sql<string>`count(*)`.mapWith(String) })
      .from(shop)
      .get(),
  'an expression with a name': (db) =>
    db
      .select({ twice: sql<number>`2 * ${shop.soldFor}`.as('twice') })
      .from(shop)
      .get(),
  'a join': (db) => db.select().from(shop).leftJoin(owner, eq(owner.shop, shop.id)).orderBy(shop.id).all(),
  'a value that stands in the statement': (db) => db.select().from(shop).where(eq(shop.kind, 'large')).limit(1).get(),
  'rows as arrays': (db) => db.select().from(shop).orderBy(shop.id).values(),
  'rows of text of ours': (db) => db.all(sql`select id, sold_for from shop order by id`),
  'a row of text of ours': (db) => db.get(sql`select id, sold_for from shop order by id`),
  'a change that returns what it changed': (db) =>
    db
      .update(shop)
      .set({ soldFor: sql`${sql.placeholder('by')}` })
      .where(eq(shop.id, 'a'))
      .returning({ was: shop.id, now: shop.soldFor })
      .prepare()
      .all({ by: 7 }),
  'how many rows were changed': (db) => db.delete(shop).where(eq(shop.kind, 'small')).run().changes,
  'an insert of what a column writes its own way': (db) => {
    const insert = db
      .insert(shop)
      .values({
        id: sql.placeholder('id'),
        kind: 'small',
        isOpen: sql.placeholder('isOpen'),
        openedAt: sql.placeholder('at'),
        goods: sql.placeholder('goods'),
      })
      .prepare()
    insert.run({ id: 'c', isOpen: false, at: new Date(9), goods: ['rice', 'beans'] })
    return db.select().from(shop).where(eq(shop.id, 'c')).get()
  },
}

describe('Drizzle with statements of our own gives what Drizzle gives', () => {
  test.each(Object.entries(cases))('%s', (_what, run) => {
    const expected = run(fill((client) => drizzle({ client })))
    expect(run(fill(leanDrizzle))).toEqual(expected)
  })

  test('a parameter that was forgotten is an error, as it is for Drizzle', () => {
    const run = (db: Db) => () =>
      db
        .select()
        .from(shop)
        .where(sql`${shop.id} = ${sql.placeholder('id')}`)
        .prepare()
        .get({})
    expect(run(fill((client) => drizzle({ client })))).toThrow(/placeholder "id"/)
    expect(run(fill(leanDrizzle))).toThrow('the statement is given no id')
  })
})

function fill(make: (client: Database.Database) => Db): Db {
  const client = new Database(':memory:')
  client.exec(
    'CREATE TABLE shop (id text primary key, kind text, sold_for integer, is_open integer, opened_at integer, goods text); CREATE TABLE owner (shop text primary key, name text)',
  )
  const db = make(client)
  db.insert(shop)
    .values([...ROWS])
    .run()
  db.insert(owner).values({ shop: 'a', name: 'Hoa' }).run()
  return db
}
