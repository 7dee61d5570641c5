import { describe, expect, test } from 'vitest'
import {
  deviceId,
  EVENT_ID_CHARACTERS_MAX,
  effectId,
  eventKey,
  gatewayId,
  idAt,
  isEventId,
  isSlug,
  laneId,
  merchantId,
  principalOf,
  seqOfEffect,
  siteId,
  stallId,
} from '../../core/ids.ts'
import { BOX } from './kit.ts'

describe('a slug', () => {
  test.each(['a', 'a-1', '0', 'market-1', 'a--b', 'a'.repeat(63)])('is %s', (text) => {
    expect(isSlug(text)).toBe(true)
    for (const make of [siteId, gatewayId, deviceId, stallId, laneId, merchantId]) expect(make(text)).toBe(text)
  })

  test.each(['', '-', 'a-', '-a', 'A', 'a_b', 'a.b', 'a/b', 'a+', '#', 'sạp', 'a b', 'a\n', 'a'.repeat(64)])(
    'is not %j',
    (text) => {
      expect(isSlug(text)).toBe(false)
      expect(() => deviceId(text)).toThrow('must be 1 to 63 of a-z, 0-9 and inner dashes')
    },
  )

  test('is no name of a site where it stands for any site', () => {
    expect(() => siteId('any')).toThrow(RangeError)
    expect(laneId('any')).toBe('any')
  })

  test('that is far too long is not repeated in the complaint', () => {
    expect(() => stallId('x'.repeat(10_000))).toThrow(
      new RangeError(`stall id ${JSON.stringify('x'.repeat(80))} must be 1 to 63 of a-z, 0-9 and inner dashes`),
    )
  })
})

describe('a key of an event', () => {
  const reader = principalOf('device', 'reader-1')

  test('is who asks and the id that they gave', () => {
    expect(eventKey(reader, 'b00t:17')).toBe('device:reader-1/b00t:17')
  })

  test.each([
    ['one character', 'x', true],
    ['as many as may be', 'x'.repeat(EVENT_ID_CHARACTERS_MAX), true],
    ['one more', 'x'.repeat(EVENT_ID_CHARACTERS_MAX + 1), false],
    ['none', '', false],
    ['a space', 'a b', false],
    ['a line break', 'a\n', false],
    ['beyond ASCII', 'é', false],
    ['slashes', 'a/b', true],
  ])('takes an id of %s: %s', (_what, id, isTaken) => {
    expect(isEventId(id)).toBe(isTaken)
    if (isTaken) expect(eventKey(reader, id)).toBe(`device:reader-1/${id}`)
    else expect(() => eventKey(reader, id)).toThrow('event id must be 1 to 128 printable characters')
  })

  test.each(['', 'a/b', 'a b', 'a\n', 'é'])('has no principal named %j: two of them could make one key', (name) => {
    expect(() => principalOf('client', name)).toThrow('client name must be printable and without a slash')
  })
})

test('ids that a decision makes are its place in the journal, so that a replay makes the same', () => {
  const position = { gateway: BOX, epoch: 2, seq: 17 }
  expect(idAt(position, 'c', 0)).toBe('box-1:2:17:c0')
  expect(effectId(position, 3)).toBe('box-1:2:17:3')
  expect(seqOfEffect(effectId(position, 3))).toBe(17)
})
