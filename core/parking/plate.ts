import type { Brand } from '../brand.ts'

/**
 * Number plates: what is written on one, and what a camera may have taken it for. The Vietnamese formats are those
 * that are on the road, new and old; a plate that fits none of them is taken all the same, for its driver stands at the barrier too.
 *
 * A plate is a personal value: records hold the HMAC of its normal form and never the text. So everything here that is meant for looking up is a text of which the
 * books can make an HMAC beforehand.
 */

/** The normal form: `30A12345`. Capital letters A–Z, digits, and letters of the neighbours' scripts; nothing else. What two readings of one plate have in common. */
export type PlateText = Brand<string, 'PlateText'>

export type PlateFormat = 'car' | 'motorbike' | 'moped' | 'electric' | 'special' | 'diplomatic' | 'army' | 'temporary'

export type PlateVehicle = 'car' | 'motorbike'

/** How the characters stand on the plate; `first` is how many stand in the first of two lines, where that is known. */
export type PlateLayout = { readonly lines: 1 } | { readonly lines: 2; readonly first: number | null }

/** What is known beside the characters: `30A12345` is a car's plate and an old motorbike's. `null` where it is not known. */
export type PlateHints = { readonly vehicle: PlateVehicle | null; readonly lines: 1 | 2 | null }

export const NO_PLATE_HINTS: PlateHints = { vehicle: null, lines: null }

export type Plate = PlateKind & {
  readonly text: PlateText
  /** Said by who read it, or else by the only formats that fit. */
  readonly vehicle: PlateVehicle | null
  readonly layout: PlateLayout | null
}

/** `formats`: all that fit the characters and what is known beside them, at least one. `foreign`: of another country, or misread past recognition. */
export type PlateKind =
  | { readonly kind: 'vietnamese'; readonly formats: readonly PlateFormat[] }
  | { readonly kind: 'foreign' }

/**
 * Why a text is no plate. `look-alike`: a letter or digit of another alphabet, such as the Cyrillic А. `invisible`: something that nobody can see, such as a zero-width
 * space or a mark of direction. `strange`: any other sign.
 */
export type PlateFault =
  | 'empty'
  | 'too-short'
  | 'too-long'
  | 'control-character'
  | 'invisible'
  | 'look-alike'
  | 'strange'

export type PlateRead =
  | { readonly ok: true; readonly plate: Plate }
  | { readonly ok: false; readonly fault: PlateFault }

/** The longest text that is looked at, separators and all. */
export const PLATE_TEXT_CHARACTERS_MAX = 40
export const FOREIGN_PLATE_CHARACTERS_MAX = 12
export const PLATE_CHARACTERS_MIN = 2
/** The end of a plate by which it can be looked for. */
export const PLATE_TAIL_CHARACTERS = 4

/**
 * Reads a plate as a camera or a person spells it.
 *
 * Folded, because it says nothing: small letters, dots, dashes, spaces, Đ to D, accents on Latin letters (a German Ü), and the full-width letters and digits of East
 * Asian keyboards, which Unicode itself holds for the same characters. One line break tells the lines of the plate apart.
 *
 * Refused: letters and digits of other alphabets that look like ours, and what cannot be seen. To fold them would make one vehicle of two texts that
 * differ everywhere else, and whoever wanted to be taken for another would have a way; no camera and no Vietnamese keyboard writes them. Refused too:
 * control characters, nothing at all, one character, more than 40 as written, more than 12 in the normal form.
 *
 * The letters of Chinese, Thai and Lao plates are kept: none of them looks like a Latin letter, and those cars come here.
 */
export function readPlate(text: string, hints: PlateHints = NO_PLATE_HINTS): PlateRead {
  const folded = foldPlate(text)
  if (!folded.ok) return folded
  const { normal, first } = folded
  if (normal.length < PLATE_CHARACTERS_MIN) return fault('too-short')
  const layout = layoutOf(hints.lines, first)
  const fitting = formatsOf(normal)
  if (fitting.length === 0) {
    if (normal.length > FOREIGN_PLATE_CHARACTERS_MAX) return fault('too-long')
    return { ok: true, plate: { kind: 'foreign', text: normal, vehicle: hints.vehicle, layout } }
  }
  const known = fitting.filter((format) => isPossible(format, hints.vehicle, layout))
  // What is known beside the characters may be wrong; they stand there.
  const formats = known.length > 0 ? known : fitting
  const vehicle = hints.vehicle ?? vehicleOf(formats)
  return { ok: true, plate: { kind: 'vietnamese', formats, text: normal, vehicle, layout } }
}

/**
 * The plate with every character replaced by the first of those that cameras take for each other: equal for two plates exactly where one may have been read for the other.
 * So the books need two HMACs for each plate, of `text` and of the skeleton: a plate that matches by the
 * first is the one, any that match by the second alone are for a person to choose from.
 */
export function plateSkeleton(text: PlateText): string {
  return [...text].map((character) => likeness.get(character) ?? character).join('')
}

/**
 * The last characters, as a skeleton: what an attendant reads off a vehicle without its papers. To find plates by a part of them while they stand in the
 * vault: keep, beside the HMAC of the plate, the HMAC of its tail under the same salt (it dies with the salt, and says less than the plate's). A search takes
 * the HMAC of the tail of what was typed, reads the vault's values of the rows that have it, and keeps those that `hasPlatePart`.
 */
export function plateTail(text: PlateText): string {
  return plateSkeleton(text).slice(-PLATE_TAIL_CHARACTERS)
}

/** What somebody typed of a plate, in the normal form. Refused as `readPlate` does, and below `PLATE_TAIL_CHARACTERS`: half the car park would answer. */
export function readPlatePart(
  text: string,
): { readonly ok: true; readonly part: PlateText } | { readonly ok: false; readonly fault: PlateFault } {
  const folded = foldPlate(text)
  if (!folded.ok) return folded
  if (folded.normal.length < PLATE_TAIL_CHARACTERS) return fault('too-short')
  if (folded.normal.length > FOREIGN_PLATE_CHARACTERS_MAX) return fault('too-long')
  return { ok: true, part: folded.normal }
}

/** Whether the part stands anywhere in the plate, characters that are taken for each other being the same. */
export function hasPlatePart(plate: PlateText, part: PlateText): boolean {
  return plateSkeleton(plate).includes(plateSkeleton(part))
}

type FormatRow = {
  /** `null`: both kinds of vehicle have it. */
  readonly vehicle: PlateVehicle | null
  /** How many characters stand in the first line where there are two; `null` where that differs. */
  readonly first: number | null
  /** One sign a place: `9` a digit but 0, `#` any digit, `@` a letter of a series, `*` any letter, and letters that stand for themselves. */
  readonly spellings: readonly string[]
}

const SPECIAL_SERIES = ['LD', 'DA', 'KT', 'HC', 'CD', 'MK', 'TD', 'RM', 'R', 'T']
const DIPLOMATIC_SERIES = ['NG', 'NN', 'QT', 'CV']

const formatTable: Record<PlateFormat, FormatRow> = {
  car: { vehicle: 'car', first: 3, spellings: ['9#@####', '9#@#####'] },
  motorbike: { vehicle: 'motorbike', first: 4, spellings: ['9#@9####', '9#@9#####'] },
  moped: { vehicle: 'motorbike', first: 4, spellings: ['9#@@####', '9#@@#####'] },
  electric: { vehicle: 'motorbike', first: 5, spellings: ['9#MD9#####'] },
  special: {
    vehicle: null,
    first: null,
    spellings: SPECIAL_SERIES.flatMap((series) => [`9#${series}####`, `9#${series}#####`]),
  },
  diplomatic: { vehicle: null, first: null, spellings: DIPLOMATIC_SERIES.map((series) => `9####${series}##`) },
  army: { vehicle: null, first: null, spellings: ['**####'] },
  temporary: { vehicle: null, first: null, spellings: ['T9#####', 'T9######'] },
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const placeSigns: ReadonlyMap<string, string> = new Map([
  ['9', '123456789'],
  ['#', '0123456789'],
  ['@', 'ABCDEFGHKLMNPSTUVXYZ'],
  ['*', LETTERS],
])

/** What cameras take for each other; the first stands for all. */
const LIKE = ['0OQD', '1IL', '2Z', '5S', '6G', '8B']
const likeness: ReadonlyMap<string, string> = new Map(
  LIKE.flatMap((group) => [...group].map((character) => [character, group.slice(0, 1)] as const)),
)

type Template = { readonly format: PlateFormat; readonly places: readonly string[] }

const templates: readonly Template[] = (Object.keys(formatTable) as PlateFormat[]).flatMap((format) =>
  formatTable[format].spellings.map((spelling) => ({
    format,
    places: [...spelling].map((sign) => placeSigns.get(sign) ?? sign),
  })),
)

function formatsOf(text: PlateText): readonly PlateFormat[] {
  const fitting = templates.filter(
    ({ places }) =>
      places.length === text.length && places.every((allowed, place) => allowed.includes(text.charAt(place))),
  )
  return [...new Set(fitting.map(({ format }) => format))]
}

function isPossible(format: PlateFormat, vehicle: PlateVehicle | null, layout: PlateLayout | null): boolean {
  const row = formatTable[format]
  if (vehicle !== null && row.vehicle !== null && row.vehicle !== vehicle) return false
  if (layout === null) return true
  // A motorbike's plate has two lines, always.
  if (layout.lines === 1) return row.vehicle !== 'motorbike'
  return layout.first === null || row.first === null || layout.first === row.first
}

function vehicleOf(formats: readonly PlateFormat[]): PlateVehicle | null {
  const vehicles = new Set(formats.map((format) => formatTable[format].vehicle))
  const [only = null] = vehicles
  return vehicles.size === 1 ? only : null
}

function layoutOf(lines: 1 | 2 | null, first: number | null): PlateLayout | null {
  if (first !== null) return { lines: 2, first }
  if (lines === null) return null
  return lines === 1 ? { lines } : { lines, first: null }
}

type Folded =
  | { readonly ok: true; readonly normal: PlateText; readonly first: number | null }
  | { readonly ok: false; readonly fault: PlateFault }

function foldPlate(text: string): Folded {
  if (text.length > PLATE_TEXT_CHARACTERS_MAX) return fault('too-long')
  let normal = ''
  let first: number | null = null
  for (const character of text.normalize('NFD')) {
    if (character === '\n' && first === null) {
      first = normal.length
      continue
    }
    const written = writtenAs(character)
    if (written !== undefined) normal += written
    else if (!(ACCENT.test(character) && LATIN_END.test(normal))) return fault(faultOf(character))
  }
  if (normal === '') return fault('empty')
  const isBroken = first !== null && first > 0 && first < normal.length
  return { ok: true, normal: normal as PlateText, first: isBroken ? first : null }
}

const SEPARATOR = /[ .\-_·•/\u00a0\u2010-\u2015\u2212\u3000]/
const ACCENT = /[\u0300-\u036f]/
const LATIN_END = /[A-Z]$/
/** Letters on the plates of China, Thailand and Laos. Their digits are not among them: some look like an O. */
const NEIGHBOURS_LETTER = /[\u4e00-\u9fff\u0e01-\u0e2e\u0e81-\u0eae]/
const FULL_WIDTH_FROM = 0xff01
const FULL_WIDTH_TO = 0xff5e
const FULL_WIDTH_OFF = 0xfee0

/** What a character adds to the normal form: itself, the one that it stands for, or nothing; `undefined` for one that has no place on a plate. */
function writtenAs(character: string): string | undefined {
  const code = character.charCodeAt(0)
  const narrow =
    code >= FULL_WIDTH_FROM && code <= FULL_WIDTH_TO ? String.fromCharCode(code - FULL_WIDTH_OFF) : character
  if (/[A-Z0-9]/.test(narrow) || NEIGHBOURS_LETTER.test(narrow)) return narrow
  if (/[a-z]/.test(narrow)) return narrow.toUpperCase()
  if (/[Đđ]/.test(narrow)) return 'D'
  return SEPARATOR.test(narrow) ? '' : undefined
}

function faultOf(character: string): PlateFault {
  if (/\p{Cc}/u.test(character)) return 'control-character'
  if (/[\p{Cf}\p{M}\p{Zl}\p{Zp}\p{Cs}]/u.test(character)) return 'invisible'
  return /[\p{L}\p{N}]/u.test(character) ? 'look-alike' : 'strange'
}

function fault(what: PlateFault): { readonly ok: false; readonly fault: PlateFault } {
  return { ok: false, fault: what }
}
