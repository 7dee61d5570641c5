import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { deviceId } from '../../core/ids.ts'
import type { Figures } from '../../simulators/live-view/figures.ts'
import { countingOf } from '../../simulators/live-view/figures.ts'
import type { Scene } from '../../simulators/live-view/lines.ts'
import { viewLine, viewLines } from '../../simulators/live-view/lines.ts'
import { screenOn } from '../../simulators/live-view/screen.ts'
import type { StaysSummary } from '../../simulators/summary.ts'
import { summaryLines } from '../../simulators/summary.ts'
import type { Answer } from '../../simulators/world/answer.ts'
import { happenings } from '../../simulators/world/happenings.ts'

const READER = deviceId('reader-1')
const PAID: Answer = {
  ok: true,
  kind: 'paid',
  charge: 'charge-1',
  amount: { amount: 60_000, currency: 'VND' },
  passage: null,
}
const AGAIN: Answer = { ...PAID, kind: 'already-accepted' }
const SPENT: Answer = { ok: false, refusal: 'token-spent', tryAgain: 'new-token' }

describe('the figures', () => {
  function counting() {
    const news = happenings()
    let us = 0
    const counted = countingOf(news, () => us)
    const scan = (event: string, answer: Answer | undefined, tookUs = 2_000): void => {
      news.tell({ kind: 'sent', device: READER, type: 'scan', event, attempt: 1 })
      us += tookUs
      if (answer === undefined) return
      news.tell({ kind: 'answered', device: READER, type: 'scan', event, answer, waitedMs: 2 })
    }
    return { news, scan, figures: counted.figures }
  }

  test('count a scan once however often it is sent, acknowledged and answered', () => {
    const { news, figures } = counting()
    for (const attempt of [1, 2, 3]) {
      news.tell({ kind: 'sent', device: READER, type: 'scan', event: 'boot:1', attempt })
      news.tell({ kind: 'acknowledged', device: READER, type: 'scan', event: 'boot:1' })
    }
    expect(figures()).toMatchObject({ scans: 1, acknowledged: 1, waiting: 1 })
    for (let times = 0; times < 2; times += 1) {
      news.tell({ kind: 'answered', device: READER, type: 'scan', event: 'boot:1', answer: PAID, waitedMs: 2 })
    }
    expect(figures()).toMatchObject({ scans: 1, acknowledged: 1, accepted: 1, waiting: 0 })
  })

  test('tell apart what is accepted, shown again, refused by reason, given up and waiting: together they are the scans', () => {
    const { news, scan, figures } = counting()
    scan('boot:1', PAID)
    scan('boot:2', AGAIN)
    scan('boot:3', SPENT)
    scan('boot:4', SPENT)
    scan('boot:5', undefined)
    news.tell({ kind: 'given-up', device: READER, type: 'scan', event: 'boot:5' })
    scan('boot:6', undefined)
    expect(figures()).toMatchObject({
      scans: 6,
      accepted: 1,
      acceptedAmount: 60_000,
      again: 1,
      refused: { 'token-spent': 2 },
      givenUp: 1,
      waiting: 1,
    })
  })

  test('tell what was asked to be paid apart from what was shown again', () => {
    const { scan, figures } = counting()
    scan('boot:1', { ...PAID, kind: 'amount-asked' })
    expect(figures()).toMatchObject({ asked: 1, again: 0, accepted: 0, acceptedAmount: 0 })
  })

  test('take an answer for an acknowledgement too: it may come first', () => {
    const { scan, figures } = counting()
    scan('boot:1', PAID)
    expect(figures().acknowledged).toBe(1)
  })

  test('give the median and the slowest of a hundred, and nothing before the first answer', () => {
    const { scan, figures } = counting()
    expect(figures()).toMatchObject({ p50Ms: null, p99Ms: null })
    for (let number = 0; number < 95; number += 1) scan(`boot:${number}`, PAID, 2_000)
    for (let number = 95; number < 100; number += 1) scan(`boot:${number}`, PAID, 40_000)
    expect(figures().p50Ms).toBeCloseTo(2, 1)
    expect(figures().p99Ms).toBeCloseTo(40, 0)
  })

  test('know how many devices are connected, and what was said last', () => {
    const { news, figures } = counting()
    news.tell({ kind: 'connected', device: READER, boot: 'a' })
    news.tell({ kind: 'connected', device: deviceId('reader-2'), boot: 'b' })
    news.tell({ kind: 'disconnected', device: READER, reason: 'gone' })
    for (const speech of ['một', 'hai', 'ba', 'bốn', '']) {
      news.tell({
        kind: 'announced',
        device: deviceId('soundbox-1'),
        announcement: 'received',
        charge: 'c',
        amount: 1,
        line: '',
        speech,
      })
    }
    expect(figures().devicesConnected).toBe(1)
    expect(figures().spoken).toEqual(['soundbox-1: hai', 'soundbox-1: ba', 'soundbox-1: bốn'])
  })
})

describe('the view', () => {
  test('fits on a screen, and shows what people ask for', () => {
    const text = viewLines(sceneOf(), false).join('\n')
    expect(text).toContain('Tolbooth demo')
    expect(text).toContain('70 of 71 devices connected')
    expect(text).toContain('token-spent 9, lane-busy 2')
    expect(text).toContain('p50 2.1 ms, p99 14.5 ms')
    expect(text).toContain('1.250.000')
    expect(text).toContain('14 came in, 9 left, 5 inside; 2 at a lane; 5 stays open')
    expect(text).toContain('Bãi: car 3/24, van 0/3 · Tầng 2: car 1/6')
    expect(text).toMatch(/Làn ra: awaiting-payment 60\.000\s₫, no-passage · 1 idle/)
    expect(text).toContain('http://127.0.0.1:8080/sign-in#x')
    expect(viewLines(sceneOf(), false).length).toBeLessThan(20)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
    expect(text).not.toMatch(/\u001b/)
  })

  test('says so where the gateway is down, and where it does not know', () => {
    const down = sceneOf({ gateway: 'down', exposureVnd: undefined, figures: { ...FIGURES, p50Ms: null, p99Ms: null } })
    expect(viewLines(down, false).join('\n')).toContain('send it again')
    expect(viewLine(down)).toContain('gateway down')
    expect(viewLine(down)).toContain('not known')
    expect(viewLine(down)).toContain('no answer yet')
  })

  test('is one line a time where there is no terminal', () => {
    const written: string[] = []
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString())
        done()
      },
    }) as unknown as NodeJS.WriteStream
    const screen = screenOn(stream)
    screen.say('Setting up')
    screen.show(sceneOf())
    screen.end()
    expect(written).toHaveLength(2)
    expect(written[1]).toMatch(/^01:05 \| gateway up.*\n$/)
  })
})

describe('the summary', () => {
  test('says in words what has held, and names what has not', () => {
    const summary = {
      seed: '1',
      seconds: 60,
      gatewayStarts: 2,
      scans: 10,
      accepted: 7,
      again: 1,
      asked: 0,
      refused: { 'token-spent': 2 },
      unanswered: 0,
      commands: 30,
      acknowledged: 10,
      lost: 0,
      doubled: 0,
      ledgerSum: 0,
      chainVerified: true,
      p50Ms: 2.1,
      p99Ms: 9.9,
      stays: STAYS,
      violations: [],
    }
    expect(summaryLines(summary).at(-1)).toBe('Everything that must hold has held.')
    const said = summaryLines(summary).join('\n')
    expect(said).toContain('14 came in, 9 left, -1 put right by hand; 5 open in the books, 6 began by a ticket')
    expect(said).toContain('4 vehicles stay inside; counted: lot 4 of 24 car')
    const left = { ...summary, stays: { ...STAYS, standing: 2 } }
    expect(summaryLines(left).join('\n')).toContain('2 STAND AT A LANE')
    const violations = [{ invariant: 'the chain is whole' as const, what: 'record 7 was altered' }]
    const broken = summaryLines({ ...summary, chainVerified: false, violations }).join('\n')
    expect(broken).toContain('1 things did not hold')
    expect(broken).toContain('record 7 was altered')
    expect(broken).toContain('IS BROKEN')
  })
})

const STAYS: StaysSummary = {
  entries: 14,
  exits: 9,
  open: 5,
  tickets: 6,
  corrections: -1,
  occupancy: [
    { place: 'lot', vehicleClass: 'car', count: 4, spaces: 24 },
    { place: 'lot', vehicleClass: 'van', count: 0, spaces: 3 },
  ],
  inside: 4,
  standing: 0,
}

const FIGURES: Figures = {
  scans: 100,
  accepted: 80,
  again: 5,
  asked: 3,
  acceptedAmount: 1_250_000,
  refused: { 'lane-busy': 2, 'token-spent': 9 },
  acknowledged: 99,
  waiting: 1,
  givenUp: 0,
  commands: 240,
  devicesConnected: 70,
  p50Ms: 2.1,
  p99Ms: 14.5,
  spoken: ['soundbox-a-01: Đã nhận sáu mươi nghìn đồng.'],
  faults: ['kill-gateway: killed'],
}

function sceneOf(over: Partial<Scene> = {}): Scene {
  return {
    figures: FIGURES,
    elapsedMs: 65_000,
    scansPerSecond: 12.34,
    devices: 71,
    gateway: 'up',
    starts: 2,
    exposureVnd: 1_250_000,
    page: 'http://127.0.0.1:8080/sign-in#x',
    title: 'Tolbooth demo: 20 stalls',
    carPark: {
      cameIn: 14,
      left: 9,
      inside: 5,
      atLanes: 2,
      openStays: 5,
      counts: [
        { place: 'lot', name: 'Bãi', vehicleClass: 'car', count: 3, spaces: 24 },
        { place: 'lot', name: 'Bãi', vehicleClass: 'van', count: 0, spaces: 3 },
        { place: 'upper', name: 'Tầng 2', vehicleClass: 'car', count: 1, spaces: 6 },
      ],
      lanes: [
        { id: 'in-1', name: 'Làn vào', phase: 'idle', alarm: null, asked: null },
        { id: 'out-1', name: 'Làn ra', phase: 'awaiting-payment', alarm: 'no-passage', asked: 60_000 },
      ],
    },
    ...over,
  }
}
