import { describe, expect, test } from 'vitest'
import { at, openMarket, openSite, sell, temporaryFolder } from './kit.ts'

describe('books that are opened for the first time', () => {
  test('begin with a genesis', () => {
    const { books } = openSite(temporaryFolder())
    expect(books.head()).toMatchObject({ epoch: 1, seq: 1 })
    books.close()
  })
  test('sell', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 100)
    expect(site.books.head().seq).toBeGreaterThan(200)
    site.books.checkpoint(at())
    site.books.close()
  })
})
