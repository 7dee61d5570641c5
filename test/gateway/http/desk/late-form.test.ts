import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { DeskData } from '../../../../gateway/http/pages/desk-page.ts'
import { deskWordsOf } from '../../../../gateway/http/pages/desk-words.ts'
import type { Field } from '../../../../gateway/http/static/desk/fields.js'
import type { Note } from '../../../../gateway/http/static/desk/late-form.js'
import { DAYS_OFFERED_MAX, lateFields, lateNoteOf, ticketLine } from '../../../../gateway/http/static/desk/late-form.js'
import type { LateBody } from '../../../../gateway/http/static/desk/late-queue.js'
import { createSaid } from '../../../../gateway/http/static/desk/said.js'
import { ticketTag } from '../../../../gateway/http/static/desk/ticket.js'
import { createSigner } from '../../../../gateway/tokens/signer.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const AT = Date.UTC(2026, 10, 22, 15, 5)
const NOW = AT + 45 * 60_000
const told: Partial<DeskData> = {
  language: 'en',
  zone: ZONE,
  currency: 'VND',
  lanes: [
    { id: 'in-1', name: 'In', direction: 'entry', givesTickets: true, way: null, hasArm: true },
    { id: 'out-1', name: 'Out', direction: 'exit', givesTickets: false, way: null, hasArm: true },
    { id: 'way-1', name: 'Way', direction: 'both', givesTickets: false, way: null, hasArm: true },
  ],
  vehicleClasses: [{ id: 'car', name: 'Car' }],
  words: deskWordsOf.en,
  lateAgeMaxMs: 7 * 86_400_000,
}
const data = told as DeskData
const said = createSaid(data)
const IN = AT / 1_000 - 7_200
const ticket = createSigner(generateKeyPairSync('ed25519').privateKey).sign('ticket+jwt', {
  session: 'box-1:1:42:s0',
  lane: 'in-1',
  entered: IN,
  iat: IN,
  exp: IN + 86_400,
  class: 'car',
})
const body: LateBody = {
  kind: 'let-out',
  occurredAt: AT,
  reason: 'Power cut',
  ticket,
  plate: '30A-123.45',
  vehicleClass: 'car',
  cash: 25_000,
  tender: 'cash-on-behalf',
}
const fresh: Note = { kind: 'let-out', ticket: undefined, vehicleClass: null, was: undefined }
const mending: Note = { kind: 'let-out', ticket, vehicleClass: null, was: { lane: 'way-1', body } }
const texts = { lane: 'way-1', plate: '30A-123.45', vehicleClass: 'car', tender: 'cash-on-behalf', reason: 'Power cut' }
const form = { texts, numbers: { cash: 25_000 }, lines: [] }

const timeOf = (fields: readonly Field[]) => {
  const time = fields.find(({ name }) => name === 'time')
  if (time?.kind !== 'time') throw new Error('no time of day is asked')
  return time
}
const faultAt = (fields: readonly Field[], day: string, time: string) => timeOf(fields).fault(time, { day })
const saidAt = (fields: readonly Field[], day: string, time: string) => timeOf(fields).said(time, { day })
const whenOf = (fields: readonly Field[]) => {
  const when = fields.find(({ name }) => name === 'when')
  return when?.kind === 'choice' ? when.choices : []
}

describe('a note', () => {
  test('is of now, or of so many minutes ago', () => {
    expect(lateNoteOf(fresh, form, NOW, ZONE)?.body.occurredAt).toBe(NOW)
    const ago = { ...form, numbers: { minutesAgo: 45 } }
    expect(lateNoteOf(fresh, ago, NOW, ZONE)?.body.occurredAt).toBe(AT)
  })

  test('that is put right starts as it was, and keeps its time unless another is said', () => {
    const fields = lateFields(mending, data, said, () => NOW)
    const chosen = Object.fromEntries(fields.map(({ name, chosen: from }) => [name, from]))
    const times = { when: undefined, minutesAgo: undefined, day: undefined, time: undefined }
    expect(chosen).toEqual({ ...texts, withTicket: undefined, ...times, cash: '25000' })
    const [first] = whenOf(fields)
    expect(first, 'what is taken where nothing else is said').toEqual({
      id: 'kept',
      name: `The time noted: ${said.moment(AT)}`,
    })
    expect(lateNoteOf(mending, form, NOW, ZONE)).toEqual({ lane: 'way-1', body })
    const ago = { ...form, numbers: { cash: 25_000, minutesAgo: 30 } }
    expect(lateNoteOf(mending, ago, NOW, ZONE)?.body.occurredAt).toBe(NOW - 30 * 60_000)
  })

  test('that is put right can leave out its ticket, and names a vehicle all the same', () => {
    const without = { ...form, texts: { ...texts, withTicket: 'no' } }
    expect(lateNoteOf(mending, without, NOW, ZONE)?.body).not.toHaveProperty('ticket')
    const { plate: _plate, ...rest } = without.texts
    expect(lateNoteOf(mending, { ...without, texts: rest }, NOW, ZONE)).toBeUndefined()
  })

  test.each([
    [7 * 86_400_000, 10_080, '7 days and 0 hours'],
    [37 * 3_600_000, 2_220, '1 days and 13 hours'],
    [0, 0, '0 days and 0 hours'],
  ])('of paper may be as old as the policy says: %d ms', (lateAgeMaxMs, upTo, span) => {
    const fields = lateFields(fresh, { ...data, lateAgeMaxMs }, said, () => NOW)
    expect(fields.find(({ name }) => name === 'minutesAgo')).toMatchObject({
      upTo,
      help: expect.stringContaining(`At most ${upTo} minutes (${span})`),
    })
  })

  // NOW is 22:50 of 22 November in Hanoi.
  test.each([
    ['2026-11-22', '22:05', AT],
    ['2026-11-22', '07:30', Date.UTC(2026, 10, 22, 0, 30)],
    ['2026-11-21', '23:59', Date.UTC(2026, 10, 21, 16, 59)],
    ['2026-11-15', '22:51', Date.UTC(2026, 10, 15, 15, 51)],
  ])('of paper is of the time of day that stands there: %s %s', (day, time, at) => {
    const fields = lateFields(fresh, data, said, () => NOW)
    expect(faultAt(fields, day, time)).toBeUndefined()
    expect(saidAt(fields, day, time)).toBe(said.moment(at))
    const dated = { ...form, texts: { ...texts, when: 'clock', day, time } }
    expect(lateNoteOf(fresh, dated, NOW, ZONE)?.body.occurredAt).toBe(at)
    expect(lateNoteOf(mending, dated, NOW, ZONE)?.body.occurredAt, 'also where it is put right').toBe(at)
  })

  test.each([
    ['2026-11-22', '22:51', 'That time is still to come. Look at the day and the time.'],
    ['2026-11-15', '22:49', 'That is too long ago: the box takes what was up to 7 days and 0 hours before.'],
    ['2026-11-22', '24:00', 'Write a time such as 22:10.'],
    ['2026-11-22', '9h', 'Write a time such as 22:10.'],
  ])('of %s %s is told what is wrong with it', (day, time, fault) => {
    expect(
      faultAt(
        lateFields(fresh, data, said, () => NOW),
        day,
        time,
      ),
    ).toBe(fault)
  })

  test('offers today, yesterday, and each day as far back as the policy takes it', () => {
    const days = lateFields(fresh, data, said, () => NOW).find(({ name }) => name === 'day')
    const choices = days?.kind === 'choice' ? days.choices : []
    expect(choices.map(({ id }) => id)).toEqual([
      '2026-11-22',
      '2026-11-21',
      '2026-11-20',
      '2026-11-19',
      '2026-11-18',
      '2026-11-17',
      '2026-11-16',
      '2026-11-15',
    ])
    expect(choices.slice(0, 3).map(({ name }) => name)).toEqual([
      'Today, Sun 22/11',
      'Yesterday, Sat 21/11',
      'Fri 20/11',
    ])
    const aYear = lateFields(fresh, { ...data, lateAgeMaxMs: 366 * 86_400_000 }, said, () => NOW)
    const all = aYear.find(({ name }) => name === 'day')
    expect(all?.kind === 'choice' && all.choices.length).toBe(DAYS_OFFERED_MAX)
  })

  test('of yesterday is shown with its day', () => {
    const asked = lateFields(fresh, data, said, () => NOW).find(({ name }) => name === 'minutesAgo')
    expect(asked?.kind === 'whole' && asked.said(24 * 60)).toBe(said.moment(NOW - 86_400_000))
  })

  test('at an entry asks nothing of cash, and offers the lanes that lead in', () => {
    const fields = lateFields({ ...fresh, kind: 'let-in' }, data, said, () => NOW)
    const asked = ['lane', 'plate', 'vehicleClass', 'when', 'minutesAgo', 'day', 'time', 'reason']
    expect(fields.map(({ name }) => name)).toEqual(asked)
    expect(fields[0]).toMatchObject({ choices: [{ id: 'in-1' }, { id: 'way-1' }] })
  })

  test('says whose ticket goes with it: when it came in, and the digits', () => {
    const digits = ticketTag(ticket)?.digits ?? 'none'
    expect(ticketLine(ticket, said)).toBe(`with its ticket: came in ${said.moment(IN * 1_000)}, digits ${digits}`)
    expect(ticketLine('x', said)).toBe('with its ticket')
  })
})
