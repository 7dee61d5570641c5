import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../../core/time.ts'
import type { TicketToken } from '../../../core/tokens.ts'
import { vnd } from '../kit.ts'
import { asked, payNow, said, ticketInside, told } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, park } from './park.ts'
import { CAR, LOT } from './tariff-kit.ts'

describe('a ticket at an exit', () => {
  const OTHER_SITE = 'urn:tolbooth:market-2'
  test.each<readonly [string, (p: Park) => Partial<TicketToken>, string]>([
    ['of another site', () => ({ aud: [OTHER_SITE] }), 'token-audience'],
    [
      'that another site’s gateway signed',
      () => ({
        iss: `${OTHER_SITE}:gateway:box-9`,
        key: { issuer: `${OTHER_SITE}:gateway:box-9`, kid: 'k1', thumbprint: 't1' },
      }),
      'token-issuer-unknown',
    ],
    ['that says it is a wallet’s', () => ({ iss: 'https://wallet.example' }), 'token-issuer-unknown'],
  ])('%s opens nothing, asks nothing and begins nothing', (_which, over, refusal) => {
    const p = park()
    const id = ticketInside(p)
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    const { outcome, effects, changes } = p.show(CAR_OUT, { ...p.ticketOf(id), ...over(p) })
    expect(outcome.ok ? outcome.kind : outcome.refusal).toBe(refusal)
    expect(effects.map(({ command }) => command.type)).not.toContain('open')
    expect(changes).toEqual([])
    expect(p.sessions()).toMatchObject([{ id, status: 'inside', charge: null }])
  })

  test.each([
    ['of a stay that these books know', {}],
    ['of one that they do not', { session: 'box-0:3:9:s0' as SessionId, jti: 'box-0:3:9:d0' }],
  ])(
    '%s, and that is past its time, opens nothing: its own words send nobody to an app, and staff are called, with one case',
    (_of, other) => {
      const p = park()
      const id = ticketInside(p)
      p.wait(HOUR_MS)
      p.arrive(CAR_OUT)
      const old = { ...p.ticketOf(id), exp: instant(p.now().at - MINUTE_MS), ...other }
      for (const time of [1, 2]) {
        const shown = p.show(CAR_OUT, old)
        expect([said(shown), new Set(told(shown))], `time ${time}`).toEqual(['ticket-too-old', new Set(['refused'])])
        expect(p.cases()).toEqual(['stay-too-long'])
      }
      const [open] = p.casesNow()
      expect(open).toMatchObject({ lane: CAR_OUT, session: 'session' in other ? null : id })
      expect(p.sessions()).toMatchObject([{ id, status: 'inside', charge: null }])
      expect(p.lane(CAR_OUT).phase.kind).toBe('vehicle-present')
    },
  )

  test('past its time at an entry is told what a ticket is for, and calls nobody', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(HOUR_MS)
    p.arrive(CAR_IN)
    const shown = p.show(CAR_IN, { ...p.ticketOf(id), exp: instant(p.now().at - MINUTE_MS) })
    expect([said(shown), p.cases()]).toEqual(['ticket-not-here', []])
  })

  test('of tomorrow, of a stay that these books do not know, begins nothing and asks nothing: staff are called, with one case', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    const tomorrow = instant(p.now().at + DAY_MS)
    const lost = { session: 'box-0:3:9:s0', jti: 'box-0:3:9:d0', iat: tomorrow, nbf: tomorrow, enteredAt: tomorrow }
    for (const time of [1, 2]) {
      const shown = p.show(CAR_OUT, { ...p.ticketOf(id), ...lost })
      expect(said(shown), `time ${time}`).toBe('stay-time-unclear')
      expect(new Set(told(shown))).toEqual(new Set(['call-staff']))
      expect(p.cases()).toEqual(['time-unclear'])
    }
    expect(p.sessions()).toMatchObject([{ id, status: 'inside', charge: null }])
  })

  test('that was used is refused: the stay is over', () => {
    const p = park()
    const id = ticketInside(p)
    const ticket = p.ticketOf(id)
    for (const [index, expected] of ['amount-asked', 'stay-over'].entries()) {
      p.wait(60_000)
      p.arrive(CAR_OUT)
      expect(said(p.show(CAR_OUT, ticket)), `time ${index + 1}`).toBe(expected)
      if (index === 0) {
        p.show(CAR_OUT, payNow(p, 'a'))
        p.drive(CAR_OUT)
      }
    }
    expect(p.sessions()).toHaveLength(1)
  })
})

test('a loop that chatters makes one vehicle one stay, one amount and one count', () => {
  const p = park()
  const chatter = (lane: typeof CAR_IN): void => {
    for (let turn = 0; turn < 20; turn += 1) {
      p.wait(20)
      p.reverse(lane)
      p.wait(20)
      p.arrive(lane)
    }
  }
  p.arrive(CAR_IN)
  chatter(CAR_IN)
  p.ticket(CAR_IN)
  chatter(CAR_IN)
  p.drive(CAR_IN)
  expect(p.sessions()).toMatchObject([{ status: 'inside' }])
  expect(p.count(LOT, CAR)).toBe(1)
  const [stay] = p.sessions()
  if (stay === undefined) throw new Error('nobody came in')
  p.wait(HOUR_MS)
  p.arrive(CAR_OUT)
  chatter(CAR_OUT)
  const first = asked(p.show(CAR_OUT, p.ticketOf(stay.id)))
  chatter(CAR_OUT)
  expect(p.lane(CAR_OUT).visit?.asked?.charge, 'it is still the one that was asked').toBe(first.charge)
  expect(said(p.show(CAR_OUT, payNow(p, 'a')))).toBe('paid')
  chatter(CAR_OUT)
  p.drive(CAR_OUT)
  expect(p.count(LOT, CAR)).toBe(0)
  expect(p.charges()).toMatchObject([{ status: 'paid', paid: first.due.amount }])
  expect(first.due).toEqual(vnd(25_000))
  expect(p.cases()).toEqual([])
})
