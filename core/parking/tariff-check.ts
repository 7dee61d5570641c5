import { isCurrencyCode } from '../money.ts'
import type { BandHours, HourStep, Names, PassPrice, RateTable, SpecialDays, Tariff, TariffSite } from './tariff.ts'
import {
  BANDS_MAX,
  BLOCK_MINUTES_MAX,
  DAYS_OF_ONE_MAX,
  GRACE_MINUTES_MAX,
  HOUR_MAX,
  MINUTES_OF_DAY,
  PASS_MONTHS_MAX,
  PASSES_MAX,
  PRICE_MAX,
  RATE_LINES_MAX,
  RATE_TABLES_MAX,
  ROUNDING_MAX,
  SPECIAL_DAYS_MAX,
  STEPS_MAX,
  singlePrices,
  TABLE_CLASSES_MAX,
  TARIFF_PLACES_MAX,
} from './tariff.ts'
import { dayNumber, dayNumberOf, localDayOf } from './zone-time.ts'

/** What is wrong with a tariff: where, by the names of its members, and what to do, in both languages. */
export type TariffProblem = { readonly path: TariffPath; readonly problem: Names }
export type TariffPath = readonly (string | number)[]

/**
 * Everything that is wrong with one version of a tariff, at once; empty where it can be quoted from. Refuses prices that are no whole numbers from 0 to `PRICE_MAX`, gaps and
 * overlaps, steps out of order, caps below a single price, and whatever the site does not declare.
 */
export function checkTariff(tariff: Tariff, site: TariffSite): readonly TariffProblem[] {
  const problems: TariffProblem[] = []
  const found: Report = (path, problem) => void problems.push({ path, problem })
  const usual = tableContext(tariff, site, found)

  if (!isCurrencyCode(tariff.currency) || tariff.currency !== site.currency) {
    found(['currency'], {
      vi: `bãi tính bằng ${site.currency}: ghi giá bằng ${site.currency}`,
      en: `the site reckons in ${site.currency}: state its prices in ${site.currency}`,
    })
  }
  checkValidity(tariff, found)
  checkList(tariff.places, TARIFF_PLACES_MAX, ['places'], found)
  checkDeclared(
    tariff.places,
    site.places.map(({ id }) => id),
    PLACE,
    ['places'],
    found,
  )
  checkOnce(tariff.places, (index) => ['places', index], found)
  checkBands(tariff.bands, found)
  checkWhole(tariff.rounding.to, 1, ROUNDING_MAX, ['rounding', 'to'], ROUNDING, found)
  checkWhole(tariff.graceMinutes, 0, GRACE_MINUTES_MAX, ['graceMinutes'], MINUTES, found)
  checkList(tariff.rateTables, RATE_TABLES_MAX, ['rateTables'], found)
  checkTables(tariff.rateTables, ['rateTables'], usual)
  checkSpecialDays(tariff.specialDays, usual)
  checkPasses(tariff.passes, usual)
  return problems
}

/** What is wrong between the tariffs of a site; `tariff` is the place in the list. */
export type TariffSetProblem = TariffProblem & { readonly tariff: number }

/**
 * What is wrong between versions that are right each by itself: two of one name or from one day, an overlap of two versions that both state an end, a gap in which none
 * would be in force, and two tariffs for one class at one place on one day. Throws on days that are none: each version is checked before.
 */
export function checkTariffSet(tariffs: readonly Tariff[]): readonly TariffSetProblem[] {
  const problems: TariffSetProblem[] = []
  const versions = tariffs
    .map((tariff, index) => ({ tariff, index, from: dayNumber(tariff.validFrom) }))
    .toSorted((left, right) => left.from - right.from)
  const spans: TariffSpan[] = []
  for (const [position, { tariff, index, from }] of versions.entries()) {
    const found: Report = (path, problem) => void problems.push({ tariff: index, path, problem })
    const same = versions.slice(0, position).filter((earlier) => earlier.tariff.id === tariff.id)
    if (same.some((earlier) => earlier.tariff.version === tariff.version)) {
      found(['version'], {
        vi: `phiên bản ${tariff.version} của ${tariff.id} có hai lần: đặt cho mỗi bản một tên`,
        en: `version ${tariff.version} of ${tariff.id} stands there twice: give each its own name`,
      })
    }
    const before = same.at(-1)
    if (before !== undefined) {
      const ends = lastDayOf(before.tariff)
      if (before.from === from) {
        found(['validFrom'], {
          vi: `phiên bản ${before.tariff.version} cũng bắt đầu ngày này: cho mỗi bản một ngày đầu riêng`,
          en: `version ${before.tariff.version} begins on the same day: give each its own first day`,
        })
      } else if (ends !== Number.POSITIVE_INFINITY && ends >= from) {
        found(['validFrom'], {
          vi: `phiên bản ${before.tariff.version} còn hiệu lực đến ${before.tariff.validTo}: chồng nhau; bắt đầu từ ${localDayOf(ends + 1)} hoặc cho bản kia hết ngày ${localDayOf(from - 1)}`,
          en: `version ${before.tariff.version} is in force until ${before.tariff.validTo}: an overlap; begin on ${localDayOf(ends + 1)} or end that one on ${localDayOf(from - 1)}`,
        })
      } else if (ends < from - 1) {
        found(['validFrom'], {
          vi: `từ ${localDayOf(ends + 1)} đến ${localDayOf(from - 1)} không bản nào của ${tariff.id} có hiệu lực: lấp khoảng trống`,
          en: `from ${localDayOf(ends + 1)} to ${localDayOf(from - 1)} no version of ${tariff.id} is in force: close the gap`,
        })
      }
    }
    const next = versions.slice(position + 1).find((later) => later.tariff.id === tariff.id)
    const span = { tariff, from, to: Math.min(lastDayOf(tariff), (next?.from ?? Number.POSITIVE_INFINITY) - 1) }
    const rival = spans.find((other) => other.tariff.id !== tariff.id && meet(other, span))
    if (rival !== undefined) {
      found(['places'], {
        vi: `${rival.tariff.id} ${rival.tariff.version} cũng có giá cho cùng loại xe, cùng nơi, cùng ngày: bỏ một trong hai`,
        en: `${rival.tariff.id} ${rival.tariff.version} has prices for the same class at the same place on the same days: leave one of them out`,
      })
    }
    spans.push(span)
  }
  return problems
}

/** The last day on which a version may be in force by its own word. */
function lastDayOf(tariff: Tariff): number {
  return tariff.validTo === null ? Number.POSITIVE_INFINITY : dayNumber(tariff.validTo)
}

type Report = (path: TariffPath, problem: Names) => void

type TariffSpan = { readonly tariff: Tariff; readonly from: number; readonly to: number }

function meet(left: TariffSpan, right: TariffSpan): boolean {
  if (left.from > right.to || right.from > left.to) return false
  const classes = new Set(classesOf(left.tariff))
  return (
    left.tariff.places.some((place) => right.tariff.places.includes(place)) &&
    classesOf(right.tariff).some((id) => classes.has(id))
  )
}

function classesOf(tariff: Tariff): readonly string[] {
  return tariff.rateTables.flatMap((table) => table.vehicleClasses)
}

type TableContext = {
  readonly found: Report
  readonly site: TariffSite
  readonly bands: ReadonlySet<string>
  readonly roundingTo: number
  readonly usualClasses: ReadonlySet<string>
}

function tableContext(tariff: Tariff, site: TariffSite, found: Report): TableContext {
  return {
    found,
    site,
    bands: new Set(tariff.bands.map(({ band }) => band)),
    roundingTo: tariff.rounding.to,
    usualClasses: new Set(classesOf(tariff)),
  }
}

function checkValidity(tariff: Tariff, found: Report): void {
  const from = dayNumberOf(tariff.validFrom)
  if (from === undefined) found(['validFrom'], NO_DAY)
  if (tariff.validTo === null) return
  const to = dayNumberOf(tariff.validTo)
  if (to === undefined) found(['validTo'], NO_DAY)
  else if (from !== undefined && to < from)
    found(['validTo'], {
      vi: `hết hiệu lực trước khi bắt đầu, ngày ${tariff.validFrom}`,
      en: `it ends before it begins on ${tariff.validFrom}`,
    })
}

/** Of a day that no calendar has. */
export const NO_DAY: Names = {
  vi: 'không có ngày này: viết như 2027-02-06',
  en: 'there is no such day: write it as 2027-02-06',
}

/** Bands stand on the clock's circle: sorted by their beginning, each must end where the next begins. */
function checkBands(bands: readonly BandHours[], found: Report): void {
  checkMax(bands, BANDS_MAX, ['bands'], found)
  let isWhole = true
  for (const [index, { fromMinute, toMinute }] of bands.entries()) {
    const isTime = isMinute(fromMinute, MINUTES_OF_DAY - 1) && isMinute(toMinute, MINUTES_OF_DAY)
    if (!isTime)
      found(['bands', index], {
        vi: 'một khung giờ nằm trong khoảng 00:00 đến 24:00',
        en: 'a band runs from 00:00 to 24:00 at most',
      })
    isWhole &&= isTime
  }
  if (!isWhole || bands.length === 0) return
  const sorted = bands
    .map((band, index) => ({ ...band, index }))
    .toSorted((left, right) => left.fromMinute - right.fromMinute)
  // Round the circle, from the last to the first.
  sorted
    .slice(-1)
    .concat(sorted)
    .reduce((band, next) => {
      const lasts = minutesFromTo(band.fromMinute, band.toMinute)
      const isTwice = next.index !== band.index && next.fromMinute === band.fromMinute
      const untilNext = isTwice ? 0 : minutesFromTo(band.fromMinute, next.fromMinute)
      if (lasts < untilNext) {
        found(['bands', band.index], {
          vi: `từ ${clock(band.toMinute)} đến ${clock(next.fromMinute)} không là ngày cũng không là đêm: lấp khoảng trống`,
          en: `from ${clock(band.toMinute)} to ${clock(next.fromMinute)} it is neither day nor night: close the gap`,
        })
      } else if (lasts > untilNext) {
        found(['bands', band.index], {
          vi: `chồng lên khung bắt đầu lúc ${clock(next.fromMinute)}: cho kết thúc ở đó`,
          en: `it overlaps the band that begins at ${clock(next.fromMinute)}: end it there`,
        })
      }
      return next
    })
}

function checkTables(tables: readonly RateTable[], at: TariffPath, context: TableContext): void {
  const { found, site } = context
  const seen = new Set<string>()
  const declared = site.vehicleClasses.map(({ id }) => id)
  for (const [index, table] of tables.entries()) {
    const path = [...at, index]
    const classes = [...path, 'vehicleClasses']
    checkList(table.vehicleClasses, TABLE_CLASSES_MAX, classes, found)
    checkDeclared(table.vehicleClasses, declared, CLASS, classes, found)
    for (const [position, id] of table.vehicleClasses.entries()) {
      if (seen.has(id))
        found([...classes, position], {
          vi: `${id} có ở hai chỗ: mỗi loại xe một bảng`,
          en: `${id} stands in two places: a class has one table`,
        })
      seen.add(id)
    }
    const { minutes } = table.freeMinutes
    checkWhole(minutes, 0, BLOCK_MINUTES_MAX, [...path, 'freeMinutes', 'minutes'], MINUTES, found)
    checkLines(table, path, context)
    checkCaps(table, path, context)
  }
}

function checkLines(table: RateTable, at: TariffPath, { found, bands }: TableContext): void {
  const path = [...at, 'rateLines']
  checkMax(table.rateLines, RATE_LINES_MAX, path, found)
  const lines = table.rateLines.map(({ band }) => band)
  for (const [index, band] of lines.entries()) {
    if (lines.indexOf(band) !== index)
      found([...path, index, 'band'], {
        vi: `có hai dòng cho ${band}: chồng nhau`,
        en: `there are two lines for ${band}: an overlap`,
      })
    else if (band === 'any' && lines.length > 1)
      found([...path, index, 'band'], {
        vi: 'dòng cho mọi giờ (any) chồng lên các dòng khác',
        en: 'a line for any time overlaps the others',
      })
    if (band !== 'any' && !bands.has(band)) {
      found([...path, index, 'band'], noBand(band))
    }
  }
  const missing = lines.includes('any') ? [] : (['day', 'night'] as const).filter((band) => !lines.includes(band))
  // One band may be all there is, where it holds for 24 hours.
  for (const band of missing) {
    if (bands.has(band))
      found(path, { vi: `thiếu: không có dòng cho ${band}`, en: `a gap: there is no line for the ${band}` })
  }
  for (const [index, line] of table.rateLines.entries()) {
    const { rate } = line
    const ratePath = [...path, index, 'rate']
    switch (rate.kind) {
      case 'per-visit':
        for (const member of ['day', 'night', 'dayAndNight'] as const) {
          checkPrice(rate[member], [...ratePath, member], found)
        }
        if (line.band !== 'any')
          found([...path, index, 'band'], {
            vi: 'giá theo lượt là cho mọi giờ: ghi band là any',
            en: 'a price per visit is for any time: it names both bands',
          })
        if (!bands.has('day') || !bands.has('night')) {
          found(ratePath, {
            vi: 'giá theo lượt cần giờ ngày và giờ đêm: ghi ở bands',
            en: 'a price per visit needs the hours of day and night: state them in bands',
          })
        }
        if (rate.dayAndNight < Math.max(rate.day, rate.night)) {
          found([...ratePath, 'dayAndNight'], {
            vi: 'thấp hơn giá ban ngày hay ban đêm: gửi lâu hơn lại rẻ đi',
            en: 'it is below the day or the night alone: what is due would fall with time',
          })
        }
        break
      case 'per-hour':
        checkSteps(rate.steps, [...ratePath, 'steps'], found)
        break
      case 'per-block':
        checkWhole(rate.minutes, 1, BLOCK_MINUTES_MAX, [...ratePath, 'minutes'], MINUTES, found)
        checkPrice(rate.price, [...ratePath, 'price'], found)
        if (rate.first !== null) {
          const first = [...ratePath, 'first']
          checkWhole(rate.first.minutes, 1, BLOCK_MINUTES_MAX, [...first, 'minutes'], MINUTES, found)
          checkPrice(rate.first.price, [...first, 'price'], found)
        }
        break
      case 'flat':
        checkPrice(rate.price, [...ratePath, 'price'], found)
        break
    }
  }
}

function checkSteps(steps: readonly HourStep[], at: TariffPath, found: Report): void {
  checkList(steps, STEPS_MAX, at, found)
  let expected = 1
  for (const [index, step] of steps.entries()) {
    const path = [...at, index]
    checkPrice(step.price, [...path, 'price'], found)
    checkWhole(step.fromHour, 1, HOUR_MAX, [...path, 'fromHour'], HOUR, found)
    if (step.fromHour > expected) {
      found([...path, 'fromHour'], {
        vi: `giờ thứ ${expected} chưa có giá: lấp khoảng trống và xếp các bậc theo thứ tự`,
        en: `hour ${expected} has no price: close the gap, and put the steps in order`,
      })
    } else if (step.fromHour < expected) {
      found([...path, 'fromHour'], {
        vi: `giờ thứ ${step.fromHour} đã có giá, hoặc bậc này sai thứ tự`,
        en: `hour ${step.fromHour} has its price already, or the step is out of order`,
      })
    }
    const isLast = index === steps.length - 1
    if (step.toHour === null) {
      if (!isLast)
        found([...path, 'toHour'], {
          vi: 'chỉ bậc cuối mới cho mọi giờ về sau: ghi giờ cuối của bậc này',
          en: 'only the last step is for all hours that follow: state its last hour',
        })
      expected = step.fromHour + 1
      continue
    }
    checkWhole(step.toHour, 1, HOUR_MAX, [...path, 'toHour'], HOUR, found)
    if (step.toHour < step.fromHour)
      found([...path, 'toHour'], {
        vi: `bậc kết thúc trước khi bắt đầu, ở giờ thứ ${step.fromHour}`,
        en: `the step ends before it begins at hour ${step.fromHour}`,
      })
    if (isLast)
      found([...path, 'toHour'], {
        vi: 'sau đó không còn giá: bậc cuối là cho mọi giờ về sau, nên ghi null',
        en: 'no price follows: the last step is for all hours that follow, so write null',
      })
    expected = step.toHour + 1
  }
}

function checkCaps(table: RateTable, at: TariffPath, { found, roundingTo }: TableContext): void {
  const dearest = Math.max(0, ...table.rateLines.flatMap(({ rate }) => singlePrices(rate)))
  for (const member of ['capPerDay', 'capPerStay'] as const) {
    const cap = table[member]
    if (cap === null) continue
    const path = [...at, member]
    checkWhole(cap, 0, PRICE_MAX, path, AMOUNT, found)
    if (cap < dearest)
      found(path, {
        vi: `thấp hơn một giá đơn là ${dearest}: nâng lên, hoặc ghi null nếu không có mức trần`,
        en: `it is below a single price of ${dearest}: raise it, or write null for no cap`,
      })
    if (roundingTo > 0 && cap % roundingTo !== 0) {
      found(path, {
        vi: `không là bội của ${roundingTo}, mức làm tròn: làm tròn sẽ vượt mức trần`,
        en: `it is no multiple of ${roundingTo}, to which the bill is rounded: rounding would go beyond it`,
      })
    }
  }
  if (table.capPerDay !== null && table.capPerStay !== null && table.capPerStay < table.capPerDay) {
    found([...at, 'capPerStay'], {
      vi: 'thấp hơn mức trần một ngày: mức đó sẽ không bao giờ tới',
      en: 'it is below the cap of a day, which could never be reached',
    })
  }
}

function checkSpecialDays(special: readonly SpecialDays[], context: TableContext): void {
  const { found, usualClasses } = context
  checkMax(special, SPECIAL_DAYS_MAX, ['specialDays'], found)
  const seen = new Map<string, string>()
  const once = (key: string, path: TariffPath): void => {
    const before = seen.get(key)
    if (before !== undefined)
      found(path, {
        vi: `${key} đã có, ở ${before}: mỗi ngày một bộ giá`,
        en: `${key} stands there already, under ${before}: a day has one set of prices`,
      })
    else seen.set(key, path.slice(0, 2).join(' '))
  }
  for (const [index, { days, weekdays, rateTables }] of special.entries()) {
    const path = ['specialDays', index]
    checkMax(days, DAYS_OF_ONE_MAX, [...path, 'days'], found)
    if (days.length === 0 && weekdays.length === 0)
      found(path, {
        vi: 'không cho ngày nào: ghi days hoặc weekdays',
        en: 'it is for no day: name days or weekdays',
      })
    for (const [position, day] of days.entries()) {
      const at = [...path, 'days', position]
      if (dayNumberOf(isYearly(day) ? `2024-${day}` : day) === undefined) {
        found(at, {
          vi: 'không có ngày này: viết 2027-02-06, hoặc 01-01 cho mọi năm',
          en: 'there is no such day: write 2027-02-06, or 01-01 for every year',
        })
      } else once(day, at)
    }
    for (const [position, weekday] of weekdays.entries()) {
      const at = [...path, 'weekdays', position]
      checkWhole(weekday, 1, 7, at, WEEKDAY, found)
      once(`weekday ${weekday}`, at)
    }
    const tables = [...path, 'rateTables']
    checkList(rateTables, RATE_TABLES_MAX, tables, found)
    checkTables(rateTables, tables, context)
    for (const [position, table] of rateTables.entries()) {
      const stranger = table.vehicleClasses.find((id) => !usualClasses.has(id))
      if (stranger !== undefined) {
        found([...tables, position, 'vehicleClasses'], {
          vi: `${stranger} chưa có bảng cho ngày thường: thêm vào`,
          en: `${stranger} has no table for usual days: add one`,
        })
      }
    }
  }
}

/** The same day of every year. */
export function isYearly(day: string): boolean {
  return day.length === 5
}

function checkPasses(passes: readonly PassPrice[], { found, site, bands }: TableContext): void {
  checkMax(passes, PASSES_MAX, ['passes'], found)
  checkOnce(
    passes.map(({ id }) => id),
    (index) => ['passes', index, 'id'],
    found,
  )
  const declared = site.vehicleClasses.map(({ id }) => id)
  for (const [index, pass] of passes.entries()) {
    const path = ['passes', index]
    checkList(pass.vehicleClasses, TABLE_CLASSES_MAX, [...path, 'vehicleClasses'], found)
    checkDeclared(pass.vehicleClasses, declared, CLASS, [...path, 'vehicleClasses'], found)
    checkWhole(pass.months, 1, PASS_MONTHS_MAX, [...path, 'months'], MONTHS, found)
    checkPrice(pass.price, [...path, 'price'], found)
    if (pass.covers !== 'day-and-night' && !bands.has(pass.covers)) {
      found([...path, 'covers'], noBand(pass.covers))
    }
  }
}

function checkDeclared(
  ids: readonly string[],
  declared: readonly string[],
  what: Names,
  at: TariffPath,
  found: Report,
): void {
  for (const [index, id] of ids.entries()) {
    if (!declared.includes(id)) {
      const named = declared.slice(0, NAMED_MAX).join(', ')
      const isMore = declared.length > NAMED_MAX
      found([...at, index], {
        vi: `bãi này không có ${what.vi} ${id}; có ${named}${isMore ? ' và nữa' : ''}`,
        en: `${id} is no ${what.en} of this site; it has ${named}${isMore ? ' and more' : ''}`,
      })
    }
  }
}

function checkOnce(ids: readonly string[], pathOf: (index: number) => TariffPath, found: Report): void {
  const seen = new Set<string>()
  for (const [index, id] of ids.entries()) {
    if (seen.has(id)) found(pathOf(index), { vi: `${id} có hai lần`, en: `${id} stands there twice` })
    seen.add(id)
  }
}

/** A refusal that lists all names of a large site helps nobody. */
const NAMED_MAX = 8

function checkList(list: readonly unknown[], max: number, at: TariffPath, found: Report): void {
  if (list.length === 0) found(at, { vi: 'đang trống: ghi ít nhất một', en: 'it is empty: state at least one' })
  checkMax(list, max, at, found)
}

function checkMax(list: readonly unknown[], max: number, at: TariffPath, found: Report): void {
  if (list.length > max)
    found(at, {
      vi: `có ${list.length}, mà nhiều nhất là ${max}`,
      en: `there are ${list.length}, and at most ${max} are taken`,
    })
}

function checkPrice(price: number, at: TariffPath, found: Report): void {
  checkWhole(price, 0, PRICE_MAX, at, PRICE, found)
}

function checkWhole(value: number, min: number, max: number, at: TariffPath, what: Names, found: Report): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    found(at, {
      vi: `${what.vi} là số nguyên từ ${min} đến ${max}, ở đây là ${value}`,
      en: `${what.en} is a whole number from ${min} to ${max}, and this is ${value}`,
    })
  }
}

function isMinute(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}

/** Round the clock's circle; from a time to itself it is the whole of it. */
function minutesFromTo(from: number, to: number): number {
  return ((to - from + MINUTES_OF_DAY - 1) % MINUTES_OF_DAY) + 1
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

function noBand(band: string): Names {
  return {
    vi: `biểu giá không có ${band} trong bands: ghi giờ của khung đó`,
    en: `the tariff has no ${band} among its bands: state its hours there`,
  }
}

const PLACE: Names = { vi: 'nơi gửi', en: 'place' }
const CLASS: Names = { vi: 'loại xe', en: 'class of vehicle' }
const ROUNDING: Names = { vi: 'mức làm tròn', en: 'a rounding' }
const MINUTES: Names = { vi: 'số phút', en: 'a number of minutes' }
const HOUR: Names = { vi: 'giờ thứ mấy', en: 'an hour' }
const AMOUNT: Names = { vi: 'số tiền', en: 'an amount' }
const PRICE: Names = { vi: 'giá', en: 'a price' }
const WEEKDAY: Names = { vi: 'thứ trong tuần (thứ Hai là 1)', en: 'a weekday (Monday is 1)' }
const MONTHS: Names = { vi: 'số tháng', en: 'a number of months' }
