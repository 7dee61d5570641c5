import { expect, test } from 'vitest'
import { laneId, placeId } from '../../../core/ids.ts'
import type { SiteLayout } from '../../../core/site.ts'
import { betweenPlacesFindings, NAMED_MAX } from '../../../gateway/cli/doctor-between-places.ts'
import { PARKING, parkingLayout } from '../../support/car-park.ts'

type Way = readonly [lane: string, direction: 'entry' | 'exit' | 'both', outside: string | null, inside: string]

function layoutWith(ways: readonly Way[]): SiteLayout {
  const layout = parkingLayout()
  const [lane, parked] = [layout.lanes[0], PARKING.lanes[0]]
  if (lane === undefined || parked === undefined) throw new Error('no lane')
  return {
    ...layout,
    lanes: ways.map(([id, direction]) => ({ ...lane, id: laneId(id), direction })),
    parking: {
      ...PARKING,
      lanes: ways.map(([id, , outside, inside]) => ({
        ...parked,
        lane: laneId(id),
        outside: outside === null ? null : placeId(outside),
        inside: placeId(inside),
      })),
    },
  }
}

const said = (...ways: readonly Way[]) => betweenPlacesFindings(layoutWith(ways)).map(({ en }) => en)

test.each<[string, readonly Way[]]>([
  ['lanes from the street alone', [['in', 'entry', null, 'lot']]],
  [
    'a ramp from a lot with a way in',
    [
      ['up', 'entry', 'lot', 'level'],
      ['in', 'both', null, 'lot'],
    ],
  ],
  [
    'a way down out of a level that has its own way in',
    [
      ['in', 'entry', null, 'level'],
      ['down', 'exit', 'lot', 'level'],
      ['up', 'entry', 'lot', 'roof'],
    ],
  ],
])('doctor says nothing of %s', (_what, ways) => {
  expect(said(...ways)).toEqual([])
})

test('doctor says nothing of places where there is no layout, or no car park', () => {
  expect(betweenPlacesFindings(null)).toEqual([])
  expect(betweenPlacesFindings({ ...parkingLayout(), parking: null })).toEqual([])
})

test('doctor names the lanes of a place into which nobody comes from the street: no stay begins there', () => {
  expect(said(['in', 'entry', 'yard', 'lot'], ['gate', 'both', 'yard', 'lot'], ['out', 'exit', null, 'lot'])).toEqual([
    expect.stringMatching(/from the street: in \(yard\), gate \(yard\)\. No stay begins there\..*"outside": null/),
  ])
})

test.each([
  [NAMED_MAX, /in-9 \(yard\)\. /],
  [NAMED_MAX + 1, /in-9 \(yard\), \+1\. /],
])('doctor names of %i such lanes so many and counts the others', (count, words) => {
  const ways = Array.from({ length: count }, (_, n): Way => [`in-${n}`, 'entry', 'yard', 'lot'])
  expect(said(...ways)).toEqual([expect.stringMatching(words)])
})
