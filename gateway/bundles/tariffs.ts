import { z } from 'zod'
import type { TariffsInForce } from '../../core/parking/facts.ts'
import type { Names } from '../../core/parking/tariff.ts'
import type { SiteLayout } from '../../core/site.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import { createZoneRules } from '../clock/zone-rules.ts'
import { bundleVersionSchema, instantSchema, problemsOf } from '../tokens/bundle-fields.ts'
import { readTariffs, TARIFF_CHARACTERS_MAX } from './tariff.ts'
import { problemText } from './tariff-words.ts'

/** A year of versions for each of a site's tariffs, and many years. */
export const TARIFF_FILES_MAX = 1_000

/** The name of a file beside the list that names it: no folder, nothing hidden. */
export const tariffFileName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,79}\.json5?$/,
    'must be a file name such as hanoi-2018.json5, in the same folder: of a-z (no capitals, no accents), 0-9, dot, dash and underline, and ends in .json or .json5',
  )

const head = { version: bundleVersionSchema, issuedAt: instantSchema }

/** The bundle of a site's tariffs, whole: each as it was written, so that what is wrong with it can be named by its line. */
export const tariffsBundleSchema = z.strictObject({
  ...head,
  tariffs: z
    .array(z.strictObject({ name: tariffFileName, text: z.string().max(TARIFF_CHARACTERS_MAX) }))
    .min(1)
    .max(TARIFF_FILES_MAX),
})

/** The list that people write, beside the files that it names: `{version: {epoch, n}, issuedAt, files: ['hanoi-2018.json5']}`. */
export const tariffsListSchema = z.strictObject({
  ...head,
  files: z.array(tariffFileName).min(1).max(TARIFF_FILES_MAX),
})

const zoneOf = createZoneRules()

export type TariffsRead =
  | { readonly ok: true; readonly tariffs: Omit<TariffsInForce, 'version'> }
  | {
      readonly ok: false
      /** In English, as a bundle's problems are told. */
      readonly problems: readonly string[]
      /** The same. */
      readonly inVietnamese: readonly string[]
    }

/** Makes tariffs ready for a site. Refuses those that do not fit its places, classes and currency, with the file and the line of each fault. */
export function tariffsFor(
  files: readonly { readonly name: string; readonly text: string }[],
  layout: SiteLayout,
): TariffsRead {
  if (layout.parking === null)
    return {
      ok: false,
      problems: ['the layout has no car park that tariffs could be for'],
      inVietnamese: ['sơ đồ không có bãi xe nào để tính giá'],
    }
  const read = readTariffs(files, {
    currency: layout.currency,
    places: layout.parking.places,
    vehicleClasses: layout.parking.vehicleClasses,
  })
  if (!read.ok) {
    return {
      ok: false,
      problems: read.problems.map((problem) => problemText(problem, 'en')),
      inVietnamese: read.problems.map((problem) => problemText(problem, 'vi')),
    }
  }
  return { ok: true, tariffs: { book: read.book, zone: zoneOf(layout.zone) } }
}

export type TariffsBundleRead =
  | { readonly ok: true; readonly tariffs: z.infer<typeof tariffsBundleSchema>['tariffs'] }
  | { readonly ok: false; readonly problems: readonly string[] }

/** What stands in a bundle of tariffs, whatever layout it is for. Refuses what this version cannot read, and never throws. */
export function readTariffsBundle(content: string): TariffsBundleRead {
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch {
    return { ok: false, problems: ['it is not JSON'] }
  }
  const bundle = safeParse(tariffsBundleSchema, json)
  return bundle.success ? { ok: true, tariffs: bundle.data.tariffs } : { ok: false, problems: problemsOf(bundle.error) }
}

/** What is wrong with tariffs that were right once: with another layout, or read by another version of this program. */
export function tariffsMisfit(content: string, layout: SiteLayout): Names {
  const bundle = readTariffsBundle(content)
  if (!bundle.ok) return { vi: 'phiên bản này không đọc được', en: 'this version cannot read it' }
  const made = tariffsFor(bundle.tariffs, layout)
  if (made.ok) return { vi: 'không có lỗi', en: 'nothing is wrong' }
  return { vi: made.inVietnamese.slice(0, 1).join(), en: made.problems.slice(0, 1).join() }
}
