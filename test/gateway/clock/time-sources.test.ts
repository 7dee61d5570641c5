import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { createClockJudge } from '../../../gateway/clock/clock-trust.ts'
import { chronyFoundRight, HOLDOVER_MAX_MS, SYNCED_FOR_MS, timesyncd } from '../../../gateway/clock/time-sources.ts'
import { NOON } from '../../support/site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const folders: { remove(): void }[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

/** A machine with timesyncd: its clocks, and the mark that timesyncd leaves. */
function machine() {
  const folder = temporaryFolder()
  folders.push(folder)
  const mark = join(folder.path, 'synchronized')
  let wallMs: number = NOON
  let monotonicMs = 1_000
  const source = timesyncd(
    () => monotonicMs,
    mark,
    () => wallMs,
  )
  return {
    source,
    pass(ms: number) {
      wallMs += ms
      monotonicMs += ms
    },
    /** Somebody sets the clock by hand. */
    set(byMs: number) {
      wallMs += byMs
    },
    /** timesyncd has looked at its server, and sets the clock if it must. */
    sync(byMs = 0) {
      wallMs += byMs
      writeFileSync(mark, '')
      utimesSync(mark, wallMs / 1_000, wallMs / 1_000)
    },
    judge: () => {
      const judge = createClockJudge({ source, floor: () => NOON, stepMs: 5_000 }, NOON, monotonicMs)
      return () => judge.trustAt(wallMs as typeof NOON, monotonicMs).state
    },
  }
}

describe('timesyncd', () => {
  test('has said nothing before it has left its mark', () => {
    expect(machine().source.trust()).toEqual({ state: 'unknown' })
  })

  test('is in touch for two of its turns, then holds over with a growing uncertainty, then is not believed any more', () => {
    const box = machine()
    box.sync()
    expect(box.source.trust()).toEqual({ state: 'synced', uncertaintyMs: 100 })
    box.pass(SYNCED_FOR_MS)
    expect(box.source.trust()).toMatchObject({ state: 'synced' })
    box.pass(1)
    expect(box.source.trust()).toMatchObject({ state: 'holdover' })
    box.pass(HOLDOVER_MAX_MS - SYNCED_FOR_MS - 1)
    expect(box.source.trust()).toEqual({ state: 'holdover', uncertaintyMs: 100 + 43_200 })
    box.pass(1)
    expect(box.source.trust()).toEqual({ state: 'unknown' })
    box.sync()
    expect(box.source.trust()).toEqual({ state: 'synced', uncertaintyMs: 100 })
  })

  test('left a mark long before this process began: the box has been without a network since', () => {
    const box = machine()
    box.sync()
    box.pass(30 * DAY_MS)
    expect(box.source.trust()).toEqual({ state: 'unknown' })
  })

  test.each([
    ['ten years forward', 3_653 * DAY_MS],
    ['an hour forward', HOUR_MS],
    ['a minute back', -MINUTE_MS],
    ['a day back', -DAY_MS],
  ])('does not confirm a clock that is set %s by hand, until it has looked again', (_how, byMs) => {
    const box = machine()
    box.sync()
    const state = box.judge()
    box.pass(SECOND_MS)
    expect(state()).toBe('synced')
    box.set(byMs)
    expect(state()).toBe('stepped')
    box.pass(10 * SECOND_MS)
    expect(state()).toBe('stepped')
    box.sync(-byMs)
    expect(state()).toBe('synced')
  })

  test('confirms the step that it has made itself', () => {
    const box = machine()
    box.sync()
    const state = box.judge()
    box.pass(SECOND_MS)
    expect(state()).toBe('synced')
    box.sync(HOUR_MS)
    expect(state()).toBe('synced')
  })

  test('whose mark is of a time to come says nothing: the clock was set back before this process began', () => {
    const box = machine()
    box.sync()
    box.set(-HOUR_MS)
    expect(box.source.trust()).toEqual({ state: 'unknown' })
  })
})

describe('chrony', () => {
  const says = (over: Record<number, string> = {}): string =>
    [
      'A29FC801',
      'ntp.example.vn',
      '2',
      '1795237200.123456789',
      '-0.000250',
      '0.0001',
      '0.0003',
      '-11.5',
      '0.01',
      '0.1',
      '0.020000',
      '0.001500',
      '64.2',
      'Normal',
    ]
      .map((field, at) => over[at] ?? field)
      .join(',')

  test('is right to within its offset, half the root delay and the root dispersion, as of its reference time', () => {
    expect(chronyFoundRight(`${says()}\n`)).toEqual({ atWallMs: 1_795_237_200_123, uncertaintyMs: 12 })
  })

  test.each([
    ['is not synchronised', says({ 13: 'Not synchronised' })],
    ['says something else', '506 Cannot talk to daemon'],
    ['says nothing', ''],
    ['leaves out a figure', says({ 11: 'x' })],
    ['leaves out its reference time', says({ 3: 'x' })],
  ])('%s: nothing is known', (_how, csv) => {
    expect(chronyFoundRight(csv)).toBeUndefined()
  })
})
