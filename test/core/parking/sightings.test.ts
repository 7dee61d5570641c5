import { describe, expect, it } from 'vitest'
import type { PlateText } from '../../../core/parking/plate.ts'
import type { SeenPlate, SightingNews } from '../../../core/parking/sightings.ts'
import { SEEN_PLATES_MAX, sight } from '../../../core/parking/sightings.ts'

const WINDOW_MS = 3_000

/** `[text, confidence, the camera's id, ms]` one after another, and what each of them is. */
type Said = readonly [string, number, string | null, number, (number | null)?]

type More = Partial<Pick<SeenPlate, 'direction' | 'vehicle' | 'isAlone'>>

function seen([text, confidencePermille, eventId, atMs, presence = null]: Said, more: More = {}): SeenPlate {
  const silent = { direction: null, vehicle: null, isAlone: true }
  return { text: text as PlateText, confidencePermille, eventId, atMs, presence, ...silent, ...more }
}

const newsOf = (...said: readonly Said[]): readonly SightingNews[] => newsOfAll(...said.map((one) => seen(one)))

function newsOfAll(...plates: readonly SeenPlate[]): readonly SightingNews[] {
  let after: readonly SeenPlate[] = []
  return plates.map((plate) => {
    const sighted = sight(after, plate, WINDOW_MS)
    after = sighted.after
    return sighted.news
  })
}

describe('a camera', () => {
  it('that says the same plate twice within three seconds has seen it once', () => {
    expect(newsOf(['30A12345', 950, 'a', 0], ['30A12345', 950, 'a', 2_999])).toEqual(['new', 'repeated'])
    expect(newsOf(['30A12345', 950, null, 0], ['30A12345', 400, null, 2_999])).toEqual(['new', 'repeated'])
  })

  it('that says it at another presence has seen who stands there now; of one who has gone it says nothing new', () => {
    expect(newsOf(['30A12345', 950, 'a', 0, 7], ['30A12345', 950, 'a', 900, 9])).toEqual(['new', 'new'])
    expect(newsOf(['30A12345', 950, 'a', 0], ['30A12345', 950, 'a', 900, 9])).toEqual(['new', 'new'])
    expect(newsOf(['30A12345', 950, 'a', 0, 7], ['30A12345', 950, 'a', 900])).toEqual(['new', 'repeated'])
    const twice = newsOf(['30A12345', 950, 'a', 0, 7], ['30A12345', 950, 'a', 900, 9], ['30A12345', 950, 'a', 999, 9])
    expect(twice).toEqual(['new', 'new', 'repeated'])
  })

  it('that says it again after three seconds has seen it again', () => {
    expect(newsOf(['30A12345', 950, 'a', 0], ['30A12345', 950, 'b', 3_000])).toEqual(['new', 'new'])
  })

  it('that says it every second for an hour has seen it once', () => {
    const hour = Array.from({ length: 3_600 }, (_none, second): Said => ['30A12345', 950, 'a', second * 1_000])
    expect(newsOf(...hour).filter((news) => news !== 'repeated')).toEqual(['new'])
  })

  it('that is surer the second time says something new, once', () => {
    expect(newsOf(['30A12345', 500, 'a', 0], ['30A12345', 900, 'a', 500], ['30A12345', 800, 'a', 900])).toEqual([
      'new',
      'clearer',
      'repeated',
    ])
  })

  it('that corrects its reading of one vehicle has changed it, and remembers the last', () => {
    expect(
      newsOf(
        ['30A12348', 700, 'a', 0],
        ['30A12346', 900, 'a', 500],
        ['30A12346', 900, 'a', 900],
        ['30A12348', 700, 'a', 950],
      ),
    ).toEqual(['new', 'changed', 'repeated', 'changed'])
  })

  it('that reads another plate of another vehicle at once has seen two', () => {
    expect(newsOf(['30A12345', 950, 'a', 0], ['51F99999', 950, 'b', 200])).toEqual(['new', 'another'])
    expect(newsOf(['30A12345', 950, null, 0], ['51F99999', 950, null, 200])).toEqual(['new', 'another'])
  })

  it('that reads what can be confused with what it just read, under another id, may have seen one or two', () => {
    expect(newsOf(['30D12345', 950, 'a', 0], ['30012345', 950, 'b', 200])).toEqual(['new', 'confusable'])
  })

  it('that follows one vehicle to the plate of another remembers that plate once', () => {
    const before = [seen(['30A12345', 950, 'a', 0]), seen(['51F99999', 950, 'b', 0])]
    const { news, after } = sight(before, seen(['30A12345', 950, 'b', 100]), WINDOW_MS)
    expect(news).toBe('repeated')
    expect(after).toEqual([seen(['30A12345', 950, 'b', 100])])
  })

  it('that says later which way the same plate drove, or what it is, has told more, once', () => {
    const way = { direction: 'forward' } as const
    expect(
      newsOfAll(
        seen(['30A12345', 950, 'a', 0]),
        seen(['30A12345', 950, 'a', 40], way),
        seen(['30A12345', 950, 'a', 80]),
        seen(['30A12345', 950, 'a', 90], way),
        seen(['30A12345', 900, null, 100], { vehicle: 'motorbike' }),
        seen(['30A12345', 900, null, 110], { vehicle: 'motorbike' }),
        seen(['30A12345', 900, null, 120], { direction: 'reverse' }),
      ),
    ).toEqual(['new', 'told-more', 'repeated', 'repeated', 'told-more', 'repeated', 'told-more'])
  })

  it('that read two plates at once and then follows the likelier one alone corrects itself, by its own id and not without', () => {
    const two = { isAlone: false }
    expect(
      newsOfAll(
        seen(['30A12345', 950, 'a', 0], two),
        seen(['30A12345', 950, 'b', 40]),
        seen(['30A12345', 950, 'b', 50], two),
        seen(['30A12345', 950, 'b', 60]),
        seen(['30A12345', 950, 'b', 70]),
      ),
    ).toEqual(['new', 'repeated', 'repeated', 'changed', 'repeated'])
    expect(newsOfAll(seen(['30A12345', 950, null, 0], two), seen(['30A12345', 950, null, 40]))).toEqual([
      'new',
      'repeated',
    ])
  })

  it('remembers eight plates at most, and the newest of them', () => {
    let after: readonly SeenPlate[] = []
    for (let number = 0; number < 20; number += 1) {
      after = sight(after, seen([`30A100${10 + number}`, 900, `id-${number}`, number]), WINDOW_MS).after
    }
    expect(after).toHaveLength(SEEN_PLATES_MAX)
    expect(after.at(-1)?.text).toBe('30A10029')
  })
})
