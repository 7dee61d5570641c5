import { describe, expect, it } from 'vitest'
import { deviceId } from '../../core/ids.ts'
import { readPlate } from '../../core/parking/plate.ts'
import type { SeenPlate, SightingNews } from '../../core/parking/sightings.ts'
import { sight } from '../../core/parking/sightings.ts'
import { frigateCamera } from '../../devices/frigate-camera/frigate-camera.ts'
import { grantedTopics as grantOf } from '../../devices/topics.ts'
import { grantedTopics } from '../../gateway/mqtt/granted-topics.ts'

const address = { site: 'cho-dem', device: deviceId('lane-in-cam') }

type Message = { readonly atMs: number; readonly leaf: 'tracked_object_update' | 'events'; readonly payload: object }

/** What Frigate sends of one recognition, on both of its topics. */
function recognition(atMs: number, id: string, plate: string, score: number, before: string | null = null): Message[] {
  const camera = 'lane-in-cam'
  const object = (said: unknown) => ({ id, camera, label: 'car', recognized_license_plate: said })
  return [
    { atMs, leaf: 'tracked_object_update', payload: { type: 'lpr', id, name: null, plate, score, camera } },
    {
      atMs: atMs + 40,
      leaf: 'events',
      payload: {
        type: 'update',
        before: object(before === null ? null : [before, score]),
        after: object([plate, score]),
      },
    },
  ]
}

/** The messages through the driver and the window of three seconds. */
function newsOf(messages: readonly Message[]): readonly (SightingNews | 'ignored')[] {
  let seen: readonly SeenPlate[] = []
  return messages.map(({ atMs, leaf, payload }) => {
    const bytes = new TextEncoder().encode(JSON.stringify(payload))
    const parsed = frigateCamera.parse(address, `tolbooth/v1/cho-dem/lane-in-cam/${leaf}`, bytes)
    if (parsed.ok !== true || parsed.event.reading.kind !== 'plate-seen') return 'ignored'
    const { plates, eventId, direction, vehicle } = parsed.event.reading
    const [best] = plates
    const read = readPlate(best?.text ?? '')
    if (best === undefined || !read.ok) throw new Error('no plate to look at')
    const { confidencePermille } = best
    const said = { confidencePermille, eventId, direction, vehicle, isAlone: plates.length === 1, presence: null }
    const sighted = sight(seen, { text: read.plate.text, ...said, atMs }, 3_000)
    seen = sighted.after
    return sighted.news
  })
}

describe('what Frigate sends of a vehicle', () => {
  it('on two topics is told with what it is by the second of them, and again within three seconds it is nothing new', () => {
    expect(
      newsOf([...recognition(0, 'a-1', '30A-12345', 0.95), ...recognition(2_000, 'a-1', '30A12345', 0.95)]),
    ).toEqual(['new', 'told-more', 'repeated', 'repeated'])
  })

  it('with low confidence and then with high is said twice, for the first may name no vehicle', () => {
    expect(newsOf([...recognition(0, 'a-1', '30A12345', 0.4), ...recognition(500, 'a-1', '30A12345', 0.95)])).toEqual([
      'new',
      'told-more',
      'clearer',
      'repeated',
    ])
  })

  it('whose reading it corrects has one plate, the last', () => {
    expect(
      newsOf([...recognition(0, 'a-1', '30A12348', 0.91), ...recognition(500, 'a-1', '30A12346', 0.96, '30A12348')]),
    ).toEqual(['new', 'told-more', 'changed', 'told-more'])
  })

  it('and of another in the same picture are two', () => {
    expect(newsOf([...recognition(0, 'a-1', '30A12345', 0.95), ...recognition(100, 'b-2', '51F99999', 0.95)])).toEqual([
      'new',
      'told-more',
      'another',
      'told-more',
    ])
  })

  it('that has left the picture is passed over', () => {
    const object = { id: 'a-1', camera: 'lane-in-cam', label: 'car', recognized_license_plate: ['30A12345', 0.95] }
    expect(newsOf([{ atMs: 0, leaf: 'events', payload: { type: 'end', before: object, after: object } }])).toEqual([
      'ignored',
    ])
  })
})

describe('where Frigate publishes', () => {
  const granted = grantedTopics({ device: address.device, ...grantOf(frigateCamera, address) })

  it.each([
    ['available', 'status'],
    ['events', 'event'],
    ['lane-in-cam/car', 'event'],
    ['lane-in-cam/car/snapshot', 'event'],
    ['lane-in-cam/motion_mask/street/state', 'event'],
    ['lane-in-cam/a/b/c/d', 'not-granted'],
  ])('%s is %s', (leaf, use) => {
    expect(granted.of(`tolbooth/v1/cho-dem/lane-in-cam/${leaf}`)).toBe(use)
  })

  it('is not where another device does', () => {
    expect(granted.of('tolbooth/v1/cho-dem/lane-out-cam/events')).toBe('not-granted')
    expect(granted.maySubscribe('tolbooth/v1/cho-dem/lane-in-cam/#')).toBe(true)
    expect(granted.maySubscribe('tolbooth/v1/cho-dem/#')).toBe(false)
  })
})
