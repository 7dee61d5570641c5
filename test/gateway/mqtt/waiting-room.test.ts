import { expect, test } from 'vitest'
import { createWaitingRoom } from '../../../gateway/mqtt/waiting-room.ts'

test('the oldest of the address that has most gives way, and none to an address that would have as many', () => {
  const room = createWaitingRoom<string>()
  expect(room.toGiveWay('a')).toBeUndefined()
  for (const one of ['a1', 'a2', 'a3']) room.enter('a', one)
  room.enter('b', 'b1')
  expect(room.toGiveWay('c')).toBe('a1')
  expect(room.toGiveWay('b')).toBe('a1')
  expect(room.toGiveWay('a')).toBeUndefined()
  room.enter('b', 'b2')
  expect(room.toGiveWay('b')).toBeUndefined()
  expect([room.sizeAt('a'), room.sizeAt('b'), room.sizeAt('c')]).toEqual([3, 2, 0])
  room.leave('a1')
  expect(room.toGiveWay('c')).toBe('a2')
  for (const one of ['a2', 'a3', 'b1', 'b2']) room.leave(one)
  room.leave('never-entered')
  expect(room.size()).toBe(0)
  expect(room.toGiveWay('c')).toBeUndefined()
})
