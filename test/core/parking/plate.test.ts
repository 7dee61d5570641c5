import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plate, PlateFormat, PlateHints, PlateText, PlateVehicle } from '../../../core/parking/plate.ts'
import {
  FOREIGN_PLATE_CHARACTERS_MAX,
  hasPlatePart,
  PLATE_TEXT_CHARACTERS_MAX,
  plateSkeleton,
  plateTail,
  readPlate,
  readPlatePart,
} from '../../../core/parking/plate.ts'

function plate(text: string, hints?: Partial<PlateHints>): Plate {
  const read = readPlate(text, { vehicle: null, lines: null, ...hints })
  if (!read.ok) throw new Error(`${JSON.stringify(text)} is refused: ${read.fault}`)
  return read.plate
}

function formats(text: string, hints?: Partial<PlateHints>): readonly PlateFormat[] {
  const read = plate(text, hints)
  return read.kind === 'vietnamese' ? read.formats : []
}

function text(written: string): PlateText {
  return plate(written).text
}

describe('a Vietnamese plate', () => {
  const written: readonly (readonly [string, string, readonly PlateFormat[], PlateVehicle | null])[] = [
    ['30A-123.45', '30A12345', ['car', 'motorbike'], null],
    ['30a 1234', '30A1234', ['car'], 'car'],
    ['59-P1 123.45', '59P112345', ['motorbike'], 'motorbike'],
    ['29-B1 2345', '29B12345', ['car', 'motorbike'], null],
    ['29-AA 123.45', '29AA12345', ['moped'], 'motorbike'],
    ['29-MĐ1 234.56', '29MD123456', ['electric'], 'motorbike'],
    ['30LD-123.45', '30LD12345', ['moped', 'special'], null],
    ['50KT-1234', '50KT1234', ['moped', 'special'], null],
    ['29R-123.45', '29R12345', ['special'], null],
    ['29T-123.45', '29T12345', ['car', 'motorbike', 'special'], null],
    ['80-566-NG-71', '80566NG71', ['diplomatic'], null],
    ['TM-15-53', 'TM1553', ['army'], null],
    ['T30-123.45', 'T3012345', ['temporary'], null],
    ['t30-1234', 'T301234', ['temporary'], null],
  ]

  it.each(written)('%s has the normal form %s', (spelled, normal, fitting, vehicle) => {
    expect(plate(spelled)).toEqual({ kind: 'vietnamese', text: normal, formats: fitting, vehicle, layout: null })
  })

  it('says which vehicle it is on where the characters cannot', () => {
    expect(formats('30A12345', { vehicle: 'car' })).toEqual(['car'])
    expect(formats('30A12345', { vehicle: 'motorbike' })).toEqual(['motorbike'])
    expect(plate('30A12345', { vehicle: 'motorbike' }).vehicle).toBe('motorbike')
  })

  it('in one line is no motorbike’s', () => {
    expect(formats('30A12345', { lines: 1 })).toEqual(['car'])
    expect(plate('30A12345', { lines: 1 })).toMatchObject({ vehicle: 'car', layout: { lines: 1 } })
  })

  it('in two lines is told by what stands in the first', () => {
    expect(plate('30A\n123.45')).toMatchObject({ formats: ['car'], vehicle: 'car', layout: { lines: 2, first: 3 } })
    expect(plate('30-A1\n2345')).toMatchObject({ formats: ['motorbike'], layout: { lines: 2, first: 4 } })
    expect(plate('29-MĐ1\n234.56')).toMatchObject({ formats: ['electric'], layout: { lines: 2, first: 5 } })
  })

  it('in two lines of which nobody knows where the first ends fits as before', () => {
    expect(plate('30A12345', { lines: 2 })).toMatchObject({
      formats: ['car', 'motorbike'],
      layout: { lines: 2, first: null },
    })
  })

  it('is what its characters say where what is known beside them fits no format', () => {
    expect(plate('59P112345', { vehicle: 'car' })).toMatchObject({ formats: ['motorbike'], vehicle: 'car' })
  })

  it('with a break before or after all of it has no lines', () => {
    expect(plate('\n30A12345').layout).toBeNull()
    expect(plate('30A12345\n').layout).toBeNull()
  })
})

describe('a plate of another country', () => {
  it.each([
    ['M-ÜX 123', 'MUX123'],
    ['KH35192', 'KH35192'],
    ['桂A·12345', '桂A12345'],
    ['ກຂ 1234', 'ກຂ1234'],
    ['1กข 1234', '1กข1234'],
    ['AB', 'AB'],
  ])('%s is kept as %s, so that nobody is locked in by it', (spelled, normal) => {
    expect(plate(spelled)).toEqual({ kind: 'foreign', text: normal, vehicle: null, layout: null })
  })

  it('ends at twelve characters', () => {
    const longest = 'X'.repeat(FOREIGN_PLATE_CHARACTERS_MAX)
    expect(plate(longest).kind).toBe('foreign')
    expect(readPlate(`${longest}X`)).toEqual({ ok: false, fault: 'too-long' })
  })
})

describe('the spelling of a plate', () => {
  it.each([
    ['small letters', '30a12345'],
    ['dots, dashes and spaces of every kind', ' 30A–1.2·3—4_5/ '],
    ['a space that does not break', '30A\u00a012345'],
    ['full-width letters and digits', '３０Ａ－１２３４５'],
    ['full-width small letters and an ideographic space', '３０ａ\u3000１２３４５'],
    ['accents, composed', '30Á12345'],
    ['accents, apart', '30A\u030112345'],
  ])('is the same with %s', (_what, spelled) => {
    expect(text(spelled)).toBe('30A12345')
  })

  it('has Đ as D', () => {
    expect(text('29-Đ1 123.45')).toBe(text('29-d1 123.45'))
  })

  it.each([
    ['nothing', '', 'empty'],
    ['separators alone', ' - . ', 'empty'],
    ['a break alone', '\n', 'empty'],
    ['one character', 'A', 'too-short'],
    ['200 characters', '30A12345'.repeat(25), 'too-long'],
    ['200 separators', '-'.repeat(200), 'too-long'],
    ['a Cyrillic А', '30\u041012345', 'look-alike'],
    ['a Greek Α', '30\u039112345', 'look-alike'],
    ['an Armenian letter', '30\u053212345', 'look-alike'],
    ['Arabic digits', '\u0663\u0660A12345', 'look-alike'],
    ['a Thai zero', '3\u0e50A12345', 'look-alike'],
    ['a mathematical A', '30\u{1d400}12345', 'look-alike'],
    ['an Icelandic Ð, which looks like Đ', '29\u00d0112345', 'look-alike'],
    ['a zero-width space', '30A\u200b12345', 'invisible'],
    ['a zero-width joiner', '30A\u200d12345', 'invisible'],
    ['a byte order mark', '\ufeff30A12345', 'invisible'],
    ['a soft hyphen', '30A\u00ad12345', 'invisible'],
    ['a mark that turns the direction', '30A\u202e12345', 'invisible'],
    ['a mark over a digit', '30A1\u03012345', 'invisible'],
    ['a line separator', '30A\u202812345', 'invisible'],
    ['half of a pair', '30A\ud83512345', 'invisible'],
    ['a null', '30A\u000012345', 'control-character'],
    ['a tab', '30A\t12345', 'control-character'],
    ['a carriage return', '30A\r\n12345', 'control-character'],
    ['a second line break', '30A\n123\n45', 'control-character'],
    ['a C1 control', '30A\u008512345', 'control-character'],
    ['a comma', '30A,12345', 'strange'],
    ['a picture', '30A\u{1f697}12345', 'strange'],
  ])('is refused with %s', (_what, spelled, fault) => {
    expect(readPlate(spelled)).toEqual({ ok: false, fault })
  })

  it('is looked at up to the limit, and not one character further', () => {
    const spelled = '30A12345'.padEnd(PLATE_TEXT_CHARACTERS_MAX, ' ')
    expect(text(spelled)).toBe('30A12345')
    expect(readPlate(`${spelled} `)).toEqual({ ok: false, fault: 'too-long' })
  })

  it('never makes it throw, and what is taken is taken again as the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (spelled) => {
        const read = readPlate(spelled)
        if (!read.ok) return
        expect(read.plate.text).toMatch(/^[A-Z0-9\u4e00-\u9fff\u0e01-\u0eae]{2,12}$/)
        expect(plate(read.plate.text).text).toBe(read.plate.text)
      }),
      { numRuns: 2_000 },
    )
  })
})

/** A character as a camera may take it. */
const TAKEN_FOR: Record<string, readonly string[]> = {
  '0': ['O', 'Q', 'D'],
  '1': ['I', 'L'],
  '2': ['Z'],
  '5': ['S'],
  '6': ['G'],
  '8': ['B'],
  D: ['0'],
  B: ['8'],
  S: ['5'],
  Z: ['2'],
  G: ['6'],
  L: ['1'],
}

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most })
const series = fc.constantFrom(...'ABCDEFGHKLMNPSTUVXYZ')
const carPlate = fc
  .tuple(fc.integer({ min: 10, max: 99 }), series, digits(4, 5))
  .map(([region, letter, number]) => `${region}${letter}${number}`)
/** The plate, and as a camera spells it that is wrong in some places. */
const misread = carPlate.chain((true_) =>
  fc
    .tuple(...[...true_].map((character) => fc.constantFrom(character, ...(TAKEN_FOR[character] ?? []))))
    .map((read) => ({ true_, read: read.join('') })),
)

describe('the skeletons of two plates', () => {
  it.each([
    ['30A-123.45', '30a 12345', 'one'],
    ['30A12345', '3OA12345', 'one'],
    ['30A12345', '30A1Z345', 'one'],
    ['30D12345', '30012345', 'one'],
    ['30A12345', '30A12346', 'two'],
    ['30A12345', '30A1234', 'two'],
    ['桂A12345', '粤A12345', 'two'],
  ] as const)('%s and %s are %s', (one, other, skeletons) => {
    expect(plateSkeleton(text(one)) === plateSkeleton(text(other)) ? 'one' : 'two').toBe(skeletons)
  })

  it('are one for every reading that is wrong in characters that cameras confuse', () => {
    fc.assert(
      fc.property(misread, ({ true_, read }) => {
        expect(plateSkeleton(text(read))).toBe(plateSkeleton(text(true_)))
      }),
    )
  })

  it('are two where both are of one format, and not one plate', () => {
    fc.assert(
      fc.property(carPlate, carPlate, (one, other) => {
        expect(plateSkeleton(text(one)) === plateSkeleton(text(other))).toBe(one === other)
      }),
    )
  })
})

describe('a part of a plate', () => {
  it('finds it by its end, whatever was confused', () => {
    const tails = ['30A12345', '30A1234S', '3OAI2345'].map((read) => plateTail(text(read)))
    expect(tails).toEqual(['2345', '2345', '2345'])
  })

  it('finds it anywhere', () => {
    const part = readPlatePart('a-123')
    expect(part).toEqual({ ok: true, part: 'A123' })
    if (!part.ok) return
    expect(hasPlatePart(text('30A12345'), part.part)).toBe(true)
    expect(hasPlatePart(text('30AIZ345'), part.part)).toBe(true)
    expect(hasPlatePart(text('30B12345'), part.part)).toBe(false)
  })

  it.each([
    ['345', 'too-short'],
    ['', 'empty'],
    ['X'.repeat(13), 'too-long'],
    ['1234\u0410', 'look-alike'],
  ])('%j is refused as %s', (typed, fault) => {
    expect(readPlatePart(typed)).toEqual({ ok: false, fault })
  })
})
