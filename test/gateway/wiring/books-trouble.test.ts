import { expect, test } from 'vitest'
import { wordsOfTrouble } from '../../../gateway/wiring/books-trouble.ts'

test.each([
  ['SQLITE_FULL', /Đĩa đầy/, /disk is full/],
  ['SQLITE_IOERR_WRITE', /\(SQLITE_IOERR_WRITE\)/, /\(SQLITE_IOERR_WRITE\)/],
  [null, /^Đĩa không cho ghi sổ: /, /^The disk does not let the books be written, /],
])('books that refuse with %s are told of in both languages, and in no words of a program', (code, vi, en) => {
  const words = wordsOfTrouble({ code, detail: 'SqliteError: database or disk is full' })
  expect(words.vi).toMatch(vi)
  expect(words.en).toMatch(en)
  for (const text of Object.values(words)) expect(text).not.toContain('SqliteError')
})
