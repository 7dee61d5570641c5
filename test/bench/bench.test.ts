import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { median, quantile, rounded } from '../../bench/figures.ts'
import { readCommand } from '../../bench/options.ts'
import type { Loaded, Rig } from '../../bench/rig.ts'
import { createRig } from '../../bench/rig.ts'
import { prefill } from '../../bench/site/prefill.ts'

/** No figure is a test: that what is measured is what is meant, is. */

describe('figures', () => {
  test.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 3, 2, 1], 0.5, 2],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99, 10],
    [Array.from({ length: 100 }, (_, index) => index + 1), 0.99, 99],
    [[7], 0, 7],
  ])('of %j the quantile %d by the nearest rank is %d', (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected)
  })

  test('of nothing there is no median', () => {
    expect(median([])).toBeNaN()
  })

  test('are rounded to three places, and stay numbers', () => {
    expect([1_234.5, 0.012_345, 5].map(rounded)).toEqual([1_230, 0.0123, 5])
  })
})

describe('the command line of a measurement', () => {
  const STANDARD = { json: false, stalls: 500, inFlight: 64, rounds: 7, passes: 4 }

  test.each([
    [[], STANDARD],
    [
      ['--json', '--rounds', '2', '--profile', 'x.cpuprofile'],
      { ...STANDARD, json: true, rounds: 2, profile: 'x.cpuprofile' },
    ],
    [
      ['--in-flight', '8', '--slow-fsync=10', '--records', '1000000'],
      { ...STANDARD, inFlight: 8, slowFsync: 10, records: 1_000_000 },
    ],
  ])('%j is read', (args, options) => {
    expect(readCommand(args)).toEqual({ kind: 'measure', options })
  })

  test('asked for help it tells of every option, and ends well', () => {
    const command = readCommand(['--help'])
    expect(command).toMatchObject({ kind: 'say', status: 0 })
    const names = ['json', 'stalls', 'in-flight', 'rounds', 'passes', 'profile', 'minutes', 'records', 'slow-fsync']
    for (const name of names) expect(command).toMatchObject({ text: expect.stringContaining(`--${name}`) })
  })

  test.each([
    [['--fast'], "unknown option '--fast'"],
    [['--rounds', '0'], 'Give a whole number from 1 to 1000.'],
    [['--rounds', '1001'], 'Give a whole number from 1 to 1000.'],
    [['--passes', 'many'], 'Give a whole number from 1 to 1000.'],
    [['--profile'], "option '--profile <file>' argument missing"],
    [['now'], 'too many arguments'],
    [['--stalls', '10', '--in-flight', '11'], 'there are not as many stalls'],
  ])('%j is refused with what to do', (args, text) => {
    expect(readCommand(args)).toMatchObject({ kind: 'say', status: 2, text: expect.stringContaining(text) })
  })
})

describe('the load of a market', () => {
  const STALLS = 6
  let rig: Rig
  let gateway: Loaded & { readonly books: string }

  beforeAll(async () => {
    rig = createRig()
    gateway = await rig.gateway({ stalls: STALLS, prepare: (folder) => prefill(folder, STALLS, 500) })
  }, 60_000)
  afterAll(() => rig.close(), 60_000)

  test('has a connection for each device', () => {
    expect(gateway.connections).toBe(STALLS * 3)
  })

  test('pays at every stall in every pass, and counts a scan when it was answered and announced', async () => {
    const { passes, keyingMs } = await gateway.load('scanAll', { passes: 3, inFlight: 4 })
    expect(keyingMs).toHaveLength(3)
    for (const pass of passes) {
      expect(pass).toMatchObject({ scans: STALLS, refused: {} })
      expect(pass.latenciesMs).toHaveLength(STALLS)
    }
  })

  test('pays as often where scans come at a rate, with the keying outside and inside of it', async () => {
    const { passes } = await gateway.load('scanPaced', { passes: 1, perSecond: 100 })
    expect(passes[0]).toMatchObject({ scans: STALLS, refused: {} })
    expect(passes[0]?.sentLateMs).toHaveLength(STALLS)
    const cycles = await gateway.load('cyclePaced', { perSecond: 40, forMs: 500 })
    expect(cycles).toMatchObject({ scans: 20, refused: {} })
  })

  test('is answered by the echo with the packets that the gateway had sent', async () => {
    const heard = await gateway.load('heard', null)
    expect(JSON.parse(heard.answer)).toMatchObject({ outcome: { ok: true, kind: 'paid' } })
    const echo = await rig.echo(STALLS, gateway)
    const { passes } = await echo.load('scanAll', { passes: 1, inFlight: 4 })
    expect(passes[0]).toMatchObject({ scans: STALLS, refused: {} })
    expect(await echo.load('heard', null)).toEqual(heard)
    await echo.stop()
  })

  test('leaves rows that the limit of commits writes again, all of them', async () => {
    const limits = rig.limits()
    const { groupSize } = await limits('groupSize', { books: gateway.books, afterSeq: 500 })
    expect(groupSize).toBeGreaterThanOrEqual(1)
    const commit = await limits('commit', { books: gateway.books, groupSize: 8, scans: 100 })
    // Journal, answer, payment, spent token, claim, receipt, evidence; two transfers and their accounts; five rows that change.
    expect(commit.rowsPerScan).toBeGreaterThanOrEqual(7 + 4 + 5)
  })
})
