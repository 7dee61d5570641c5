import type { TariffsInForce } from '../../core/parking/facts.ts'
import { holidayGaps } from '../../core/parking/holidays-ahead.ts'
import { tariffGaps } from '../../core/parking/tariff-cover.ts'
import type { SiteLayout } from '../../core/site.ts'
import type { LocalDay } from '../../core/time.ts'
import { gapsInWords, holidaysInWords, misfitInWords } from '../bundles/tariff-words.ts'
import { tariffsMisfit } from '../bundles/tariffs.ts'
import type { ReadinessItem } from '../http/reads.ts'

/**
 * Whether all that the lanes of a car park may let in today has a price; nothing where there is no car park. None is no reason not to start, for arms have to move; what ends soon, and holidays that are not there yet, are said while all is still well.
 * `unfit`: what is in force, where it does not fit the layout that is.
 */
export function tariffsReadiness(
  layout: SiteLayout,
  tariffs: Pick<TariffsInForce, 'book'> | null,
  unfit: string | null,
  today: LocalDay,
): readonly ReadinessItem[] {
  if (layout.parking === null) return []
  if (unfit !== null) return [{ what: 'tariffs', ok: false, detail: misfitInWords(tariffsMisfit(unfit, layout)) }]
  const gaps = tariffGaps(layout, tariffs?.book ?? null, today)
  const missing = gaps.filter(({ kind }) => kind === 'none')
  if (missing.length > 0) return [{ what: 'tariffs', ok: false, detail: gapsInWords(missing, layout.parking) }]
  const fine = { vi: 'Mọi loại xe vào được đều có giá', en: 'All that the lanes let in has a tariff' }
  const holidays = tariffs === null ? [] : holidayGaps(tariffs.book, today)
  const soon = [
    ...(gaps.length > 0 ? [gapsInWords(gaps, layout.parking)] : []),
    ...(holidays.length > 0 ? [holidaysInWords(holidays)] : []),
  ]
  const said = soon.length === 0 ? [fine] : soon
  const detail = { vi: said.map(({ vi }) => vi).join(' '), en: said.map(({ en }) => en).join(' ') }
  return [{ what: 'tariffs', ok: true, detail }]
}
