import type { LaneId, PlaceId } from '../../core/ids.ts'
import type { SiteLayout } from '../../core/site.ts'
import type { Finding } from './finding.ts'
import { warn } from './finding.ts'

export const NAMED_MAX = 10

/**
 * Lanes of a layout that lead from a place into which no lane of it leads from the street: a stay begins in the street alone (decision 110), so nobody who stands before such a lane has one, and nobody is let in. A layout
 * of before that named a place `outside` without ways of its own worked, and goes on being read.
 */
export function betweenPlacesFindings(layout: SiteLayout | null): readonly Finding[] {
  const lanes = layout === null ? [] : lanesFromNowhere(layout)
  if (lanes.length === 0) return []
  const named = lanes.slice(0, NAMED_MAX).map(({ lane, from }) => `${lane} (${from})`)
  const names = `${named.join(', ')}${lanes.length > NAMED_MAX ? `, +${lanes.length - NAMED_MAX}` : ''}`
  return [
    warn(
      'lanes',
      `Làn đi từ một nơi mà không làn nào từ ngoài đường dẫn vào: ${names}. Không lượt gửi nào bắt đầu ở đó. Làn từ đường vào thì ghi "outside": null.`,
      `Lanes from a place into which no lane leads from the street: ${names}. No stay begins there. Write "outside": null where the lane comes from the street.`,
    ),
  ]
}

type FromNowhere = { readonly lane: LaneId; readonly from: PlaceId }

function lanesFromNowhere({ lanes, parking }: SiteLayout): readonly FromNowhere[] {
  const directions = new Map(lanes.map(({ id, direction }) => [id, direction]))
  const parked = parking?.lanes ?? []
  const waysIn = parked.filter(({ lane }) => directions.get(lane) !== 'exit')
  const waysOut = parked.filter(({ lane }) => directions.get(lane) !== 'entry')
  const reached = new Set<PlaceId | null>([null])
  // A place more with each round, so it ends.
  for (let before = 0; before < reached.size; ) {
    before = reached.size
    for (const { inside, outside } of waysIn) if (reached.has(outside)) reached.add(inside)
    for (const { inside, outside } of waysOut) if (reached.has(inside)) reached.add(outside)
  }
  return waysIn.flatMap(({ lane, outside }) =>
    outside === null || reached.has(outside) ? [] : [{ lane, from: outside }],
  )
}
