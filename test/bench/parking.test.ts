import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCommand } from '../../bench/options.ts'
import { measureParking } from '../../bench/parking/measure-parking.ts'
import { fillPark, verifyPark } from '../../bench/parking/park-books.ts'
import { parkKit, plateText, writeTariffs } from '../../bench/parking/park-site.ts'
import { createRig } from '../../bench/rig.ts'
import { benchIssuers, SECRET } from '../../bench/site/bench-site.ts'
import { provision } from '../../bench/site/provision.ts'
import { readPlate } from '../../core/parking/plate.ts'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import { dataFiles } from '../../gateway/config.ts'

/** No figure is a test: that what is measured is what is meant, is. */

const OPEN = 30
const PAST = 70

describe('the books of a car park that is measured', () => {
  let folder: string
  let records: number

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tolbooth-park-test-'))
    const kit = parkKit(1)
    provision(folder, kit, benchIssuers(), SECRET)
    const tariffs = writeTariffs(folder, '2026-01-01T00:00:00Z')
    fillPark(folder, { open: OPEN, past: PAST, tariffs, departuresFile: join(folder, 'departures.json') }, kit)
    records = (await verifyPark(folder)).records
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function rows(query: string): readonly unknown[] {
    const open = openForReading(dataFiles(folder).books)
    try {
      return open.db.$client.prepare(query).all()
    } finally {
      open.close()
    }
  }

  test('have a record for each stay, and every one of them verifies', () => {
    expect(records).toBeGreaterThan(OPEN + PAST)
    expect(rows(`SELECT count(*) AS stays FROM journal WHERE session IS NOT NULL`)).toEqual([{ stays: OPEN + PAST }])
  })

  test('hold so many stays that are over and paid, and so many whose vehicles are inside and counted', () => {
    expect(rows('SELECT status, count(*) AS count FROM session GROUP BY status ORDER BY status')).toEqual([
      { status: 'inside', count: OPEN },
      { status: 'left', count: PAST },
    ])
    expect(rows('SELECT count FROM occupancy')).toEqual([{ count: OPEN }])
    expect(rows(`SELECT count(*) AS paid FROM charge WHERE status = 'paid' AND paid = due AND due > 0`)).toEqual([
      { paid: PAST },
    ])
    expect(
      rows(`SELECT DISTINCT session.status FROM session_credential AS held
      JOIN session ON session.id = held.session WHERE held.held = 'open'`),
    ).toEqual([{ status: 'inside' }])
  })

  test('are what their journal makes anew, row by row', async () => {
    const source = openForReading(dataFiles(folder).books)
    try {
      const rebuilt = await rebuild(source, join(folder, 'again.db'))
      expect(rebuilt).toMatchObject({ kind: 'rebuilt', differencesInAll: 0, differences: [] })
    } finally {
      source.close()
    }
  })

  test('let a third of the vehicles leave by each of three ways, each once and in no order', () => {
    const departures: readonly { readonly kind: string }[] = JSON.parse(
      readFileSync(join(folder, 'departures.json'), 'utf8'),
    )
    const kinds = departures.map(({ kind }) => kind)
    expect(new Set(departures.map((each) => JSON.stringify(each))).size).toBe(OPEN)
    for (const kind of ['ticket', 'payer', 'plate']) {
      expect(kinds.filter((each) => each === kind)).toHaveLength(OPEN / 3)
    }
    expect(kinds.slice(0, 6)).not.toEqual(['ticket', 'payer', 'plate', 'ticket', 'payer', 'plate'])
  })

  test('name every vehicle by a plate of its own that cameras can read', () => {
    const plates = Array.from({ length: 2_000 }, (_none, index) => plateText(index * 999))
    expect(new Set(plates).size).toBe(plates.length)
    expect(plates.filter((plate) => !readPlate(plate).ok)).toEqual([])
  })
})

describe('the measurement of a car park', () => {
  test('lets every vehicle out that it counts, and nobody else', async () => {
    const rig = createRig()
    try {
      const exits = 9
      const options = { open: 60, past: 40, lanes: 3, exits, rounds: 1, profile: undefined, quoteSeconds: 0.01 }
      const figures = await measureParking(rig, options)
      expect(figures).toMatchObject({
        openSessions: 60,
        pastSessions: 40,
        chainVerified: true,
        lanes: 3,
        connections: 18,
        leftInAll: 3 * exits,
      })
      for (const name of ['quotesPerSecond', 'exitsPerSecond', 'p50Ms', 'p99Ms', 'rssMb', 'startMs'] as const) {
        expect(figures[name], name).toBeGreaterThan(0)
      }
      expect(Object.keys(figures.byKind)).toEqual(['ticket', 'payer', 'plate'])
    } finally {
      await rig.close()
    }
  }, 120_000)
})

describe('the command line of the measurement of a car park', () => {
  const STANDARD = { json: false, open: 100_000, past: 2_000_000, lanes: 200, exits: 2_000, rounds: 3 }

  test.each([
    [['parking'], STANDARD],
    [
      ['parking', '--json', '--open', '5000', '--past=10000', '--lanes', '8', '--exits', '100'],
      { ...STANDARD, json: true, open: 5_000, past: 10_000, lanes: 8, exits: 100 },
    ],
  ])('%j is read', (args, options) => {
    expect(readCommand(args)).toEqual({ kind: 'measure-parking', options })
  })

  test.each([
    [['parking', '--lanes', '256'], 'Give a whole number from 1 to 255.'],
    [['parking', '--open', '1000'], 'fewer are inside than are to leave'],
    [['parking', '--stalls', '5'], "unknown option '--stalls'"],
    [['parking', 'now'], 'too many arguments'],
  ])('%j is refused with what to do', (args, text) => {
    expect(readCommand(args)).toMatchObject({ kind: 'say', status: 2, text: expect.stringContaining(text) })
  })

  test('asked for help it tells of every option, and ends well', () => {
    const command = readCommand(['parking', '--help'])
    expect(command).toMatchObject({ kind: 'say', status: 0 })
    for (const name of ['json', 'open', 'past', 'lanes', 'exits', 'rounds', 'profile']) {
      expect(command).toMatchObject({ text: expect.stringContaining(`--${name}`) })
    }
  })
})
