import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { DeskData } from '../../../../gateway/http/pages/desk-page.ts'
import { deskWordsOf } from '../../../../gateway/http/pages/desk-words.ts'
import type { Note } from '../../../../gateway/http/static/desk/late-form.js'
import { lateFields, lateNoteOf, ticketLine } from '../../../../gateway/http/static/desk/late-form.js'
import type { LateBody } from '../../../../gateway/http/static/desk/late-queue.js'
import { createSaid } from '../../../../gateway/http/static/desk/said.js'
import { ticketTag } from '../../../../gateway/http/static/desk/ticket.js'
import { createSigner } from '../../../../gateway/tokens/signer.ts'

const AT = Date.UTC(2026, 10, 22, 15, 5)
const NOW = AT + 45 * 60_000
const told: Partial<DeskData> = {
  language: 'en',
  zone: 'Asia/Ho_Chi_Minh',
  currency: 'VND',
  lanes: [
    { id: 'in-1', name: 'In', direction: 'entry', givesTickets: true },
    { id: 'out-1', name: 'Out', direction: 'exit', givesTickets: false },
    { id: 'way-1', name: 'Way', direction: 'both', givesTickets: false },
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

describe('a note', () => {
  test('is of now, or of so many minutes ago', () => {
    expect(lateNoteOf(fresh, form, NOW)?.body.occurredAt).toBe(NOW)
    const ago = { ...form, numbers: { minutesAgo: 45 } }
    expect(lateNoteOf(fresh, ago, NOW)?.body.occurredAt).toBe(AT)
  })

  test('that is put right starts as it was, and keeps its time unless another is said', () => {
    const fields = lateFields(mending, data, said, () => NOW)
    const chosen = Object.fromEntries(fields.map(({ name, chosen: from }) => [name, from]))
    expect(chosen).toEqual({ ...texts, withTicket: undefined, minutesAgo: undefined, cash: '25000' })
    expect(lateNoteOf(mending, form, NOW)).toEqual({ lane: 'way-1', body })
    const ago = { ...form, numbers: { cash: 25_000, minutesAgo: 30 } }
    expect(lateNoteOf(mending, ago, NOW)?.body.occurredAt).toBe(NOW - 30 * 60_000)
  })

  test('that is put right can leave out its ticket, and names a vehicle all the same', () => {
    const without = { ...form, texts: { ...texts, withTicket: 'no' } }
    expect(lateNoteOf(mending, without, NOW)?.body).not.toHaveProperty('ticket')
    const { plate: _plate, ...rest } = without.texts
    expect(lateNoteOf(mending, { ...without, texts: rest }, NOW)).toBeUndefined()
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

  test('of yesterday is shown with its day', () => {
    const asked = lateFields(fresh, data, said, () => NOW).find(({ name }) => name === 'minutesAgo')
    expect(asked?.kind === 'whole' && asked.said(24 * 60)).toBe(said.moment(NOW - 86_400_000))
  })

  test('at an entry asks nothing of cash, and offers the lanes that lead in', () => {
    const fields = lateFields({ ...fresh, kind: 'let-in' }, data, said, () => NOW)
    expect(fields.map(({ name }) => name)).toEqual(['lane', 'plate', 'vehicleClass', 'minutesAgo', 'reason'])
    expect(fields[0]).toMatchObject({ choices: [{ id: 'in-1' }, { id: 'way-1' }] })
  })

  test('says whose ticket goes with it: when it came in, and the digits', () => {
    const digits = ticketTag(ticket)?.digits ?? 'none'
    expect(ticketLine(ticket, said)).toBe(`with its ticket: came in ${said.moment(IN * 1_000)}, digits ${digits}`)
    expect(ticketLine('x', said)).toBe('with its ticket')
  })
})
