import type { DocumentNode, ValueNode } from '@humanwhocodes/momoa'
import { parse } from '@humanwhocodes/momoa'
import { z } from 'zod'
import { isSlug, placeId, vehicleClass } from '../../core/ids.ts'
import { isCurrencyCode } from '../../core/money.ts'
import type { Names, Tariff, TariffSite } from '../../core/parking/tariff.ts'
import { tariffId } from '../../core/parking/tariff.ts'
import type { TariffBook } from '../../core/parking/tariff-book.ts'
import { createTariffBook } from '../../core/parking/tariff-book.ts'
import type { TariffPath } from '../../core/parking/tariff-check.ts'
import { checkTariff, NO_DAY } from '../../core/parking/tariff-check.ts'
import { isLocalDay } from '../../core/parking/zone-time.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import { PROBLEMS_MAX } from '../tokens/bundle-fields.ts'
import { SHAPE_WORDS, saidOf } from './tariff-words.ts'

/** `line` counts from 1; `path` names the member, `rateTables[0].rateLines[1].rate.price`, and is empty for the file itself. `problem` says it in both languages. */
export type TariffFileProblem = { readonly line: number; readonly path: string; readonly problem: Names }

export type ReadTariff =
  | { readonly ok: true; readonly tariff: Tariff }
  | { readonly ok: false; readonly problems: readonly TariffFileProblem[] }

export type TariffFile = { readonly name: string; readonly text: string }

export type ReadTariffs =
  | { readonly ok: true; readonly book: TariffBook }
  | { readonly ok: false; readonly problems: readonly (TariffFileProblem & { readonly file: string })[] }

export const TARIFF_CHARACTERS_MAX = 256 * 1024
export const TARIFF_DEPTH_MAX = 16

/**
 * Reads one version of a tariff, written by hand in JSON5, and checks it against what the site declares. Everything must be stated: there is no default for what something costs.
 * Refuses with all that it finds, in the order of the lines, at most `PROBLEMS_MAX`; also a member that stands twice, and a number in any other spelling than its digits, for
 * `5.000` is five to a computer and five thousand to whoever wrote it.
 */
export function readTariff(text: string, site: TariffSite): ReadTariff {
  const read = readPlaced(text, site)
  return read.tariff === null ? { ok: false, problems: told(read.problems) } : { ok: true, tariff: read.tariff }
}

/** Reads all files of a site's tariffs, and checks what lies between them. Refuses with the problems of all files. */
export function readTariffs(files: readonly TariffFile[], site: TariffSite): ReadTariffs {
  const read = files.map(({ name, text }) => ({ name, ...readPlaced(text, site) }))
  const problems = read.flatMap(({ name, problems }) => told(problems).map((problem) => ({ file: name, ...problem })))
  const good = read.flatMap(({ name, tariff, lineOf }) => (tariff === null ? [] : [{ name, tariff, lineOf }]))
  if (problems.length > 0) return { ok: false, problems }
  const result = createTariffBook(
    good.map(({ tariff }) => tariff),
    site,
  )
  if (result.ok) return { ok: true, book: result.book }
  return {
    ok: false,
    problems: result.problems.slice(0, PROBLEMS_MAX).map(({ tariff, path, problem }) => ({
      file: good[tariff]?.name ?? 'the tariffs',
      line: good[tariff]?.lineOf(path) ?? 1,
      path: pathText(path),
      problem,
    })),
  }
}

type Placed = {
  /** `null` where there are problems. */
  readonly tariff: Tariff | null
  readonly problems: readonly TariffFileProblem[]
  readonly lineOf: (path: TariffPath) => number
}

function readPlaced(text: string, site: TariffSite): Placed {
  const broken = (line: number, problem: Names): Placed => ({
    tariff: null,
    problems: [{ line, path: '', problem }],
    lineOf: () => line,
  })
  if (text.length > TARIFF_CHARACTERS_MAX) {
    return broken(1, {
      vi: `tệp dài hơn ${TARIFF_CHARACTERS_MAX} ký tự: biểu giá không dài thế`,
      en: `the file is longer than ${TARIFF_CHARACTERS_MAX} characters: a tariff is not`,
    })
  }
  const tooDeep = lineTooDeep(text)
  if (tooDeep !== undefined)
    return broken(tooDeep, {
      vi: `lồng nhau quá ${TARIFF_DEPTH_MAX} lớp: biểu giá không sâu thế`,
      en: `it is nested more than ${TARIFF_DEPTH_MAX} deep: a tariff is not`,
    })
  const parsed = parseJson5(text)
  if (!parsed.ok) return broken(parsed.line, parsed.problem)

  const problems: TariffFileProblem[] = []
  const lines = new Map<string, number>()
  const lineOf = (path: TariffPath): number => {
    const line = lines.get(pathText(path))
    return line ?? (path.length === 0 ? 1 : lineOf(path.slice(0, -1)))
  }
  const value = plainOf(parsed.document.body, [], text, lines, (line, path, problem) => {
    problems.push({ line, path: pathText(path), problem })
  })
  const found = (path: TariffPath, problem: Names): void => {
    problems.push({ line: lineOf(path), path: pathText(path), problem })
  }
  const shaped = shape(value, found)
  if (shaped !== undefined) for (const { path, problem } of checkTariff(shaped, site)) found(path, problem)
  return { tariff: problems.length === 0 && shaped !== undefined ? shaped : null, problems, lineOf }
}

/** Unknown members are told, and what is known is checked all the same, so that nobody mends a file one fault at a time. */
function shape(value: unknown, found: (path: TariffPath, problem: Names) => void): Tariff | undefined {
  const strict = safeParse(tariffSchema, value)
  if (strict.success) return strict.data
  const inVietnamese = safeParse(tariffSchema, value, { error: VIETNAMESE }).error?.issues ?? []
  for (const [index, issue] of strict.error.issues.entries()) {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
    if (issue.code !== 'unrecognized_keys') {
      found(path, memberOf(value, path) === undefined ? MISSING : saidOf(issue.message, inVietnamese[index]?.message))
    } else
      for (const key of issue.keys)
        found([...path, key], {
          vi: `ở đây không có mục ${key}: bỏ đi, hoặc sửa tên`,
          en: `${key} is no member of this: leave it out, or mend its name`,
        })
  }
  if (strict.error.issues.some((issue) => issue.code !== 'unrecognized_keys')) return undefined
  for (const issue of strict.error.issues) if (issue.code === 'unrecognized_keys') drop(value, issue.path, issue.keys)
  const known = safeParse(tariffSchema, value)
  return known.success ? known.data : undefined
}

function drop(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  const holder = memberOf(value, path)
  if (typeof holder !== 'object' || holder === null) return
  for (const key of keys) Reflect.deleteProperty(holder, key)
}

function memberOf(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (holder, step) => (typeof holder === 'object' && holder !== null ? Reflect.get(holder, step) : undefined),
    value,
  )
}

/** The words for what is wrong with a shape, in the order of those in English. */
const VIETNAMESE = z.locales.vi().localeError

const MISSING: Names = { vi: 'còn thiếu: mọi mục đều phải ghi', en: 'it is missing: everything must be stated' }

function told(problems: readonly TariffFileProblem[]): readonly TariffFileProblem[] {
  const inOrder = problems.toSorted((left, right) => left.line - right.line)
  const more = inOrder.length - PROBLEMS_MAX
  if (more <= 0) return inOrder
  const last = inOrder[PROBLEMS_MAX]?.line ?? 1
  return [
    ...inOrder.slice(0, PROBLEMS_MAX),
    { line: last, path: '', problem: { vi: `và ${more} lỗi nữa từ đây`, en: `and ${more} more from here on` } },
  ]
}

function pathText(path: TariffPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}

/** The parser calls itself for each level, so a text of brackets would use up the stack. Brackets in texts count too: no name has that many. */
function lineTooDeep(text: string): number | undefined {
  let depth = 0
  let line = 1
  for (const character of text) {
    if (character === '\n') line += 1
    else if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    if (depth > TARIFF_DEPTH_MAX) return line
  }
  return undefined
}

type Parsed =
  | { readonly ok: true; readonly document: DocumentNode }
  | { readonly ok: false; readonly line: number; readonly problem: Names }

const faultSchema = z.object({ line: z.int(), column: z.int(), message: z.string() })

function parseJson5(text: string): Parsed {
  try {
    return { ok: true, document: parse(text, { mode: 'json5', ranges: true, allowTrailingCommas: true }) }
  } catch (error) {
    const fault = safeParse(faultSchema, error)
    if (!fault.success)
      return { ok: false, line: 1, problem: { vi: 'tệp không phải JSON5', en: 'the file is not JSON5' } }
    const { line, column, message } = fault.data
    return {
      ok: false,
      line,
      problem: {
        vi: `tệp không phải JSON5, ở cột ${column}: ${message}`,
        en: `the file is not JSON5 at column ${column}: ${message}`,
      },
    }
  }
}

type Report = (line: number, path: TariffPath, problem: Names) => void

/** The plain value of a node; notes the line of each member and item. */
function plainOf(node: ValueNode, path: TariffPath, text: string, lines: Map<string, number>, found: Report): unknown {
  const { line } = node.loc.start
  if (!lines.has(pathText(path))) lines.set(pathText(path), line)
  switch (node.type) {
    case 'Object': {
      const members = new Map<string, unknown>()
      for (const { name, value, loc } of node.members) {
        const key = name.type === 'Identifier' ? name.name : name.value
        const own = [...path, key]
        if (members.has(key)) {
          found(loc.start.line, own, {
            vi: `${key} có hai lần, lần đầu ở dòng ${lines.get(pathText(own))}: bỏ một`,
            en: `${key} stands there twice, first on line ${lines.get(pathText(own))}: leave one out`,
          })
          continue
        }
        lines.set(pathText(own), loc.start.line)
        members.set(key, plainOf(value, own, text, lines, found))
      }
      return Object.fromEntries(members)
    }
    case 'Array':
      return node.elements.map((element, index) => plainOf(element.value, [...path, index], text, lines, found))
    case 'Number': {
      const spelled = node.range === undefined ? String(node.value) : text.slice(...node.range)
      if (!/^-?\d+$/.test(spelled) || !Number.isSafeInteger(node.value)) {
        const typed = spelled.slice(0, 40)
        found(line, path, { vi: `${DIGITS.vi}: ở đây là ${typed}`, en: `${DIGITS.en}: this is ${typed}` })
      }
      return node.value
    }
    case 'String':
    case 'Boolean':
      return node.value
    case 'Null':
      return null
    case 'Infinity':
    case 'NaN':
      found(line, path, DIGITS)
      return Number.NaN
  }
}

const DIGITS: Names = {
  vi: 'viết số nguyên chỉ bằng chữ số, như 5000',
  en: 'write a whole number by its digits alone, such as 5000',
}

const slug = z.string().refine(isSlug, SHAPE_WORDS.slug.en)
const name = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^\P{Cc}*$/u, SHAPE_WORDS.name.en)
const names = z.strictObject({ vi: name, en: name })
const day = z.string().refine(isLocalDay, NO_DAY.en)
const band = z.enum(['day', 'night'])
const minuteOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, SHAPE_WORDS.time.en)
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))
/** Whole or not, and how large, is for the check in core to say. */
const amount = z.number()

const rate = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('per-visit'), day: amount, night: amount, dayAndNight: amount }),
  z.strictObject({
    kind: z.literal('per-hour'),
    steps: z.array(z.strictObject({ fromHour: amount, toHour: amount.nullable(), price: amount })),
  }),
  z.strictObject({
    kind: z.literal('per-block'),
    minutes: amount,
    price: amount,
    first: z.strictObject({ minutes: amount, price: amount }).nullable(),
  }),
  z.strictObject({ kind: z.literal('flat'), price: amount }),
])

const rateLine = z.strictObject({ band: z.enum(['day', 'night', 'any']), rate })

const rateTable = z.strictObject({
  vehicleClasses: z.array(slug.transform(vehicleClass)),
  freeMinutes: z.strictObject({ minutes: amount, longerStays: z.enum(['pay-from-entry', 'pay-from-then']) }),
  rateLines: z.tuple([rateLine], rateLine),
  capPerDay: amount.nullable(),
  capPerStay: amount.nullable(),
})

/** The file of a tariff: the members of `Tariff`, with times of day as texts. */
const tariffSchema: z.ZodType<Tariff> = z.strictObject({
  id: slug.transform(tariffId),
  version: z.string().regex(/^[\w.-]{1,40}$/, SHAPE_WORDS.version.en),
  name: names,
  currency: z.string().refine(isCurrencyCode, SHAPE_WORDS.currency.en),
  validFrom: day,
  validTo: day.nullable(),
  places: z.array(slug.transform(placeId)),
  bands: z.array(
    z
      .strictObject({ band, from: minuteOfDay, to: minuteOfDay })
      .transform(({ band, from, to }) => ({ band, fromMinute: from, toMinute: to })),
  ),
  rounding: z.strictObject({ to: amount, mode: z.enum(['up', 'down', 'nearest']) }),
  graceMinutes: amount,
  rateTables: z.array(rateTable),
  specialDays: z.array(
    z.strictObject({
      name: names,
      days: z.array(z.string()),
      weekdays: z.array(amount),
      rateTables: z.array(rateTable),
    }),
  ),
  passes: z.array(
    z.strictObject({
      id: slug,
      name: names,
      vehicleClasses: z.array(slug.transform(vehicleClass)),
      months: amount,
      covers: z.enum(['day', 'night', 'day-and-night']),
      price: amount,
    }),
  ),
})
