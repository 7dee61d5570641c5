import { existsSync } from 'node:fs'
import type { TariffsInForce } from '../../core/parking/facts.ts'
import { isWithinMemory } from '../../core/parking/late-evidence.ts'
import { refusalTable } from '../../core/refusals.ts'
import { isBundleAhead } from '../../core/setup.ts'
import type { BundleKind, BundleVersion, SiteLayout, SitePolicy } from '../../core/site.ts'
import { compareVersions } from '../../core/site.ts'
import type { Instant, Now } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { Bundles } from '../bundles/bundles.ts'
import { createBundles, hashOf, isNeeded } from '../bundles/bundles.ts'
import { contentOf, tariffsContent } from '../bundles/files.ts'
import { begunDaysChanged, layoutMisfits, repricedTariffs } from '../bundles/fits.ts'
import { tariffsBundleSchema } from '../bundles/tariffs.ts'
import type { GatewayConfig } from '../config.ts'
import type { Gateway } from '../gateway.ts'

/**
 * Takes the bundles of the site's files into use where they are newer than what is in force. Returns what is wrong, each with its file: then what was in force stays
 * in force. A deny list may be missing, and tariffs where there is no car park; the other files may be, once the books have a generation of their own.
 */
export async function loadBundleFiles(
  gateway: Gateway,
  bundles: Bundles,
  config: GatewayConfig,
  books: Books,
  now: LoadedAt,
): Promise<readonly string[]> {
  const files: readonly (readonly [BundleKind, string])[] = [
    ['layout', config.layoutFile],
    ['policy', config.policyFile],
    ['key-set', config.keySetFile],
    ['deny-list', config.denyListFile],
    // After the layout, which says for what places and classes of vehicle they are.
    ['tariffs', config.tariffsFile],
  ]
  const problems: string[] = []
  const before = tariffsInForce(bundles, books)
  for (const [kind, file] of files) {
    const inForce = books.bundleInUse(kind)
    if (!existsSync(file)) {
      if (inForce === null && isNeeded(kind, layoutOf(books)))
        problems.push(
          kind === 'tariffs'
            ? `${file}: there are no tariffs, and none are in force: nobody in the car park can be told a price`
            : `${file}: the ${kind} is missing, and none is in force`,
        )
      continue
    }
    const content = kind === 'tariffs' ? tariffsContent(file) : contentOf(file)
    if (!content.ok) {
      problems.push(content.problem)
      continue
    }
    const standing = inForce?.hash === hashOf(content.text) ? 'in-force' : 'new'
    const read = await bundles.read(kind, content.text, layoutOf(books), standing)
    if (!read.ok) {
      problems.push(...read.problems.map((problem) => `${file}: ${problem}`))
      continue
    }
    const { bundle } = read
    const unkept = kind === 'policy' ? keptTooShort(bundles.readers.policy(bundle.content), config) : undefined
    if (unkept !== undefined) {
      problems.push(`${file}: ${unkept}`)
      continue
    }
    if (inForce !== null && compareVersions(bundle.version, inForce.version) === 0 && bundle.hash === inForce.hash)
      continue
    const misfits = misfitsOf(kind, bundle.content, bundle.version, bundles, config, books, before, now)
    if (misfits.length > 0) {
      problems.push(...misfits.map((problem) => `${file}: ${problem}`))
      continue
    }
    const reply = await gateway.use(bundle)
    if (reply.kind === 'committed' && !reply.outcome.ok) {
      problems.push(`${file}: ${refusalTable[reply.outcome.refusal].en.help}`)
    } else if (reply.kind !== 'committed') {
      problems.push(`${file}: not taken (${reply.refusal})`)
    }
  }
  return problems
}

/** Why a bundle that is right in itself is not for this site, or cannot follow what is in force. One that is not newer is refused for that, where it is taken. */
function misfitsOf(
  kind: BundleKind,
  content: string,
  version: BundleVersion,
  bundles: Bundles,
  config: GatewayConfig,
  books: Books,
  before: TariffsRead | null,
  now: LoadedAt,
): readonly string[] {
  const inForce = books.bundleInUse(kind)
  const isNewer = inForce === null || compareVersions(version, inForce.version) > 0
  if (kind === 'layout') {
    const layout = bundles.readers.layout(content)
    const problem = foreign(layout, config)
    if (problem !== undefined) return [problem]
    if (!isNewer) return []
    const coming = tariffsWith(config, books)
    const misfits = layoutMisfits(layout, layoutOf(books), books.standing, books.devices(), coming)
    // A place that stands in another one by it may come under that one's tariff.
    const next = coming === null ? null : bundles.readers.tariffs(coming.content, layout)
    if (misfits.length > 0 || coming === null || next === null || before === null) return misfits
    const refused = coming.isComing ? refusedByThemselves(coming, next, before, now) : []
    return refused.length > 0 ? refused : changedDays(next, before, books, now)
  }
  if (kind !== 'tariffs' || !isNewer) return []
  const layout = layoutOf(books)
  const next = layout === null ? null : bundles.readers.tariffs(content, layout)
  if (next === null || before === null) return []
  const repriced = repricedTariffs(next.book.tariffs, before.book.tariffs)
  return repriced.length > 0 ? repriced : changedDays(next, before, books, now)
}

type TariffsRead = Pick<TariffsInForce, 'book' | 'zone'>
type LoadedAt = Pick<Now, 'at' | 'trust'>

/** Why tariffs that come with a layout are not taken after it: it would then be in force with those of before, by which nobody has asked it. */
function refusedByThemselves(
  { issuedAt }: ComingTariffs,
  next: TariffsRead,
  before: TariffsRead,
  now: LoadedAt,
): readonly string[] {
  const ahead = isBundleAhead(issuedAt, now) ? [refusalTable['bundle-from-future'].en.help] : []
  const refused = [...repricedTariffs(next.book.tariffs, before.book.tariffs), ...ahead]
  return refused.length === 0 ? [] : [`the tariffs that come with it are not taken (${refused.join('; ')})`]
}

function changedDays(next: TariffsRead, before: TariffsRead, books: Books, now: LoadedAt): readonly string[] {
  return begunDaysChanged(next.book, before.book, books.standing.stays(), next.zone, now)
}

/** The tariffs as they are in force, by the layout that is: a layout that is loaded before those that come with it changes neither. */
function tariffsInForce(bundles: Bundles, books: Books): TariffsRead | null {
  const [layout, content] = [layoutOf(books), books.bundleContent('tariffs')]
  return layout === null || content === null ? null : bundles.readers.tariffs(content, layout)
}

type ComingTariffs = { readonly content: string; readonly isComing: true; readonly issuedAt: Instant }

/** The tariffs that would be in force with a layout that is loaded now: those of the files where they are newer, or else those of the books. */
function tariffsWith(
  { tariffsFile }: GatewayConfig,
  books: Books,
): ComingTariffs | { readonly content: string; readonly isComing: false } | null {
  const inForce = books.bundleInUse('tariffs')
  const files = existsSync(tariffsFile) ? tariffsContent(tariffsFile) : undefined
  if (files?.ok === true) {
    const coming = safeParse(tariffsBundleSchema, JSON.parse(files.text))
    if (coming.success && (inForce === null || compareVersions(coming.data.version, inForce.version) > 0))
      return { content: files.text, isComing: true, issuedAt: coming.data.issuedAt }
  }
  const content = books.bundleContent('tariffs')
  return content === null ? null : { content, isComing: false }
}

/**
 * What is handed in late is known again by the answer that it got. The books take none for longer than that (`withinMemory`), whatever the policy says: so its file has to say what is true.
 */
export function keptTooShort({ parking }: SitePolicy, { seenKeepMs }: GatewayConfig): string | undefined {
  if (parking === null || isWithinMemory(parking, seenKeepMs)) return undefined
  return `parking.lateEvidenceAgeMaxMs is ${parking.lateEvidenceAgeMaxMs}, and answers are remembered for ${seenKeepMs} ms: the books take late evidence for a day less than that and no longer, so that none is booked twice. Make it a day less than TOLBOOTH_SEEN_KEEP_MS, or set that higher`
}

/** The layout in force; `null` where there is none, or none that can be read any more: that has a problem of its own. */
export function layoutOf(books: Pick<Books, 'layout'>): SiteLayout | null {
  try {
    return books.layout()
  } catch {
    return null
  }
}

/** The layout of the site's file, for what is read against it; `null` where that is not right, which has a line of its own at `tolbooth doctor` and at a start. */
export function layoutInFile({ layoutFile }: Pick<GatewayConfig, 'layoutFile'>): SiteLayout | null {
  const content = contentOf(layoutFile)
  if (!content.ok) return null
  try {
    return createBundles([]).readers.layout(content.text)
  } catch {
    return null
  }
}

/** A layout of another site, or of another zone than the service reckons days in. */
export function foreign(layout: SiteLayout, config: GatewayConfig): string | undefined {
  if (layout.site !== config.site) return `it is of site ${layout.site}, and this is ${config.site}`
  if (layout.zone !== config.zone) return `its zone is ${layout.zone}, and the service runs with ${config.zone}`
  if (layout.currency !== config.currency)
    return `its currency is ${layout.currency}, and the service runs with ${config.currency}`
  return undefined
}
