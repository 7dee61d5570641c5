import { describe, expect, test } from 'vitest'
import { answerText, outcomeOf, refusalText } from '../../core/answer.ts'
import type { ChargeId } from '../../core/ids.ts'
import type { Outcome } from '../../core/records.ts'
import type { Refusal, RefusalRow } from '../../core/refusals.ts'
import { isRefusal, refusalTable } from '../../core/refusals.ts'
import { vnd } from './kit.ts'

/** A line of a display at a stall or a lane. */
const SHORT_CHARACTERS_MAX = 32
const HELP_CHARACTERS_MAX = 96
const ROWS = Object.entries(refusalTable) as [Refusal, RefusalRow][]

/** Vietnamese without a single mark reads as another language; these say what they say in Latin words or in names of commands. */
const VIETNAMESE_MARK = /[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]/i

describe('every refusal', () => {
  test.each(ROWS)(
    '%s says what is wrong and what to do, in Vietnamese and English, on two lines of a display',
    (_code, row) => {
      for (const text of [row.vi, row.en]) {
        expect(text.short.trim()).toBe(text.short)
        expect(text.help.trim()).toBe(text.help)
        expect(text.short).not.toBe('')
        expect(text.short.normalize('NFC')).toBe(text.short)
        expect(text.help.normalize('NFC')).toBe(text.help)
        expect(text.short.length, text.short).toBeLessThanOrEqual(SHORT_CHARACTERS_MAX)
        expect(text.help.length, text.help).toBeLessThanOrEqual(HELP_CHARACTERS_MAX)
        expect(text.short, 'the short text is a heading').not.toMatch(/[.!?]$/)
        expect(text.help, 'the help is a sentence').toMatch(/\p{L}.*\.$/u)
      }
    },
  )

  test.each(ROWS)('%s is in Vietnamese with its marks, and in English without them', (_code, { vi, en }) => {
    expect(vi.short).toMatch(VIETNAMESE_MARK)
    expect(vi.help).toMatch(VIETNAMESE_MARK)
    expect(en.short + en.help).not.toMatch(VIETNAMESE_MARK)
    expect(vi.short).not.toBe(en.short)
  })

  test('is told from every other by its short text, in both languages', () => {
    for (const language of ['vi', 'en'] as const) {
      const shorts = ROWS.map(([, row]) => row[language].short)
      expect(shorts.filter((text, index) => shorts.indexOf(text) !== index)).toEqual([])
    }
  })

  test.each(ROWS)('%s has an HTTP status that agrees with whether to try again', (_code, { httpStatus, tryAgain }) => {
    if (httpStatus === 503) expect(['later', 'staff']).toContain(tryAgain)
    if (httpStatus === 429) expect(tryAgain).toBe('later')
    if ([400, 404, 410, 413].includes(httpStatus)) expect(tryAgain).not.toBe('later')
  })
})

test('a code is a refusal when it stands in the table, and nothing else is', () => {
  expect(isRefusal('token-spent')).toBe(true)
  for (const code of ['', 'TOKEN-SPENT', 'toString', '__proto__', 'constructor']) expect(isRefusal(code)).toBe(false)
})

describe('an answer', () => {
  const paid: Outcome = {
    ok: true,
    kind: 'paid',
    charge: 'box-1:1:90:g0' as ChargeId,
    amount: vnd(30_000),
    passage: null,
    receipt: 'box-1:1:100:r0',
  }
  const refused: Outcome = { ok: false, refusal: 'amount-too-low', due: vnd(30_000) }

  test('says what was accepted, with the receipt that anyone can check', () => {
    expect(JSON.parse(answerText(paid, 'e30.e30.c2ln'))).toEqual({ ...paid, receiptJws: 'e30.e30.c2ln' })
    expect(JSON.parse(answerText(paid))).toEqual(paid)
  })

  test('says what was refused, what is due, and what to do, in both languages', () => {
    const { vi, en, tryAgain } = refusalTable['amount-too-low']
    expect(JSON.parse(answerText(refused))).toEqual({
      ok: false,
      refusal: 'amount-too-low',
      tryAgain,
      vi,
      en,
      due: vnd(30_000),
    })
  })

  test('to what was refused before any record speaks of no money', () => {
    expect(JSON.parse(refusalText('token-signature'))).toMatchObject({
      ok: false,
      refusal: 'token-signature',
      due: null,
    })
  })

  test.each([
    [paid, undefined],
    [paid, 'e30.e30.c2ln'],
    [refused, undefined],
    [{ ok: true, kind: 'noted' } as const, undefined],
  ])('gives back the outcome that it was made of (%#)', (outcome, receipt) => {
    expect(outcomeOf(answerText(outcome, receipt))).toEqual(outcome)
  })
})
