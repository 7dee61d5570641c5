import { expect, test } from 'vitest'
import { deviceId, laneId } from '../../core/ids.ts'
import type { LaneState } from '../../core/lane/state.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts'
import { PARK_IN, PARK_OUT, PARKING } from './car-park.ts'
import { at, hashOf, LAYOUT } from './kit.ts'
import { openPark, rows } from './parking-books.ts'

const OTHER_OUT = laneId('park-out-2')

test('a stay that is asked at another lane is asked at the first no more, and waits there for nothing', () => {
  const { site, park } = openPark()
  const laneOf = (id: typeof PARK_IN, direction: 'entry' | 'exit') => ({
    ...(LAYOUT.lanes[0] ?? {}),
    id,
    name: id,
    direction,
    price: null,
  })
  const [ways] = PARKING.lanes
  const layout = {
    ...LAYOUT,
    lanes: [...LAYOUT.lanes, laneOf(PARK_IN, 'entry'), laneOf(PARK_OUT, 'exit'), laneOf(OTHER_OUT, 'exit')],
    parking: { ...PARKING, lanes: [...PARKING.lanes, { ...ways, lane: OTHER_OUT }] },
  }
  const version = { epoch: 1, n: 3 }
  const text = JSON.stringify({ version, issuedAt: '2026-11-21T05:00:00Z', layout })
  site.books.storeBundle('layout', hashOf(text), text, park.now())
  park.commit({ kind: 'bundle-loaded', bundle: 'layout', version, hash: hashOf(text), issuedAt: at().at })
  for (const kind of ['barrier', 'display'])
    park.commit({
      kind: 'device-enrolled',
      device: {
        id: deviceId(`${OTHER_OUT}-${kind}`),
        driver: kind,
        kind,
        delivery: 'repeatable',
        place: { kind: 'lane', id: OTHER_OUT },
        role: null,
        status: 'active',
      },
    })
  park.enter('30A-123.45')
  park.wait(HOUR_MS + MINUTE_MS)
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '30A-123.45')
  const visitAt = (lane: string) =>
    (JSON.parse(String(rows(site, `SELECT state FROM lane_state WHERE lane = '${lane}'`)[0]?.['state'])) as LaneState)
      .visit
  expect(visitAt(PARK_OUT)?.asked).not.toBeNull()
  park.arrive(OTHER_OUT)
  park.see(OTHER_OUT, '30A-123.45')
  expect([visitAt(PARK_OUT)?.session, visitAt(PARK_OUT)?.asked]).toEqual([null, null])
  expect(visitAt(OTHER_OUT)?.asked).not.toBeNull()
  const waits = site.books.timers(200).filter(({ timer }) => timer.purpose === 'quote-lapses')
  expect(waits.map(({ timer }) => timer)).toMatchObject([{ lane: OTHER_OUT }])
})
