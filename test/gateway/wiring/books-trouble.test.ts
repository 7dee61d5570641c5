import { expect, test } from 'vitest'
import { laneId } from '../../../core/ids.ts'
import { wordsOfLanes, wordsOfTrouble } from '../../../gateway/wiring/books-trouble.ts'
import { laneOf, layoutOf } from '../../support/site.ts'

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

test('whoever reads that the books refuse is told which lanes are to open meanwhile, and nothing where none is', () => {
  const lanes = [laneOf(laneId('in-1')), laneOf(laneId('out-1'), { failSafe: 'open' })]
  const words = wordsOfLanes(layoutOf({ lanes }))
  expect(words.vi).toContain(': out-1.')
  expect(words.en).toContain(': out-1.')
  expect(wordsOfLanes(layoutOf())).toEqual({ vi: '', en: '' })
  expect(wordsOfLanes(null)).toEqual({ vi: '', en: '' })
})
