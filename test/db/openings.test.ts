import { describe, expect, test } from 'vitest'
import type { EventBody } from '../../core/events.ts'
import type { ChargeId, SessionId } from '../../core/ids.ts'
import { deviceId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { DAY_MS, HOUR_MS } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { eraseDue } from '../../db/erase.ts'
import * as tables from '../../db/schema.ts'
import type { CarPark } from './car-park.ts'
import { carPark, PARK_IN, PARK_OUT, PRICE, RIGHT, ticketFor, WITH_TICKETS } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { at, GATEWAY, openMarket, payToken, SITE } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PLATE = '30A-123.45'

function openPark(): { readonly site: TestBooks; readonly park: CarPark } {
  const site = openMarket(temporaryFolder(), WITH_TICKETS)
  return { site, park: carPark(site) }
}

const of = (site: TestBooks) =>
  [...createAudit(site.open.db).openings(0)].toSorted((left, right) => left.seq - right.seq)

function asked(site: TestBooks): ChargeId {
  const [charge] = site.open.db.select().from(tables.charge).all()
  if (charge === undefined) throw new Error('nothing was asked')
  return charge.id as ChargeId
}

type Way = readonly [string, (site: TestBooks, park: CarPark) => void, object, string]

const WAYS: readonly Way[] = [
  [
    'by a payer’s code',
    (_site, park) => {
      const token = payToken('rich', 90_000, park.now())
      park.show(PARK_OUT, { ...token, aud: [`urn:tolbooth:${SITE}:lane:${PARK_OUT}`] })
    },
    { kind: 'passage', ground: { kind: 'session', side: 'exit', by: 'payer', paid: { amount: { amount: PRICE } } } },
    'scan',
  ],
  [
    'by cash',
    (site, park) => {
      park.commit(
        { kind: 'cash-taken', charge: asked(site), tender: 'cash', amount: money(PRICE, VND) },
        { person: true },
      )
    },
    { kind: 'passage', ground: { kind: 'session', by: 'paid' } },
    'cash-taken',
  ],
  [
    'by a bank’s credit',
    (site, park) => {
      park.commit({ kind: 'credit-by-charge', charge: asked(site), amount: money(PRICE, VND), reference: 'FT1' })
    },
    { kind: 'passage', ground: { kind: 'session', by: 'paid' } },
    'credit-by-charge',
  ],
  [
    'on debt',
    (_site, park) => {
      park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, { person: true })
    },
    { kind: 'passage', ground: { kind: 'session', by: 'debt' } },
    'leave-on-debt',
  ],
  [
    'by hand',
    (_site, park) => {
      park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: 'in a hurry' }, { person: true })
    },
    { kind: 'by-hand' },
    'open-by-hand',
  ],
]

const LOOPS = [
  ['safety', true],
  ['approach', false],
  ['safety', false],
]

describe('every opening has all that belongs to it', () => {
  test.each(WAYS)('%s', (_which, opens, why, event) => {
    const { site, park } = openPark()
    park.enter(PLATE)
    park.wait(HOUR_MS / 2)
    park.arrive(PARK_OUT)
    park.see(PARK_OUT, PLATE)
    opens(site, park)
    park.pass(PARK_OUT)
    const [entry, exit, ...more] = of(site)
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      lane: PARK_IN,
      event: 'plate-seen',
      why: { kind: 'passage', ground: { kind: 'session', side: 'entry', by: 'plate' } },
    })
    expect(exit).toMatchObject({ lane: PARK_OUT, event, why })
    for (const each of [entry, exit]) {
      expect(each?.commands).toEqual([expect.stringMatching(`^${GATEWAY}:1:${each?.seq}:[0-9]+$`)])
      expect(each?.upAt).toBeGreaterThan(each?.at ?? 0)
      expect(each?.loops.map(({ role, occupied }) => [role, occupied])).toEqual(LOOPS)
      expect(each?.closing?.command).not.toBeNull()
      expect(each?.closing?.downAt).toBeGreaterThan(each?.loops.at(-1)?.at ?? 0)
    }
    site.books.close()
  })

  test('by a ticket, where it was paid before, and by a pass', () => {
    const { site, park } = openPark()
    park.enter(PLATE)
    const ticket = ticketFor(site, park)
    park.commit({ kind: 'session-quoted', session: ticket.session as SessionId })
    park.commit(
      { kind: 'cash-taken', charge: asked(site), tender: 'cash', amount: money(PRICE, VND) },
      { person: true },
    )
    park.arrive(PARK_OUT)
    park.show(PARK_OUT, ticket)
    park.pass(PARK_OUT)
    park.commit({ kind: 'right-put', right: RIGHT, plates: ['29B-555.55'] }, { person: true })
    park.enter('29B-555.55')
    const grounds = of(site).map(({ lane, why }) => [lane, why.kind === 'passage' ? why.ground : why])
    expect(grounds).toMatchObject([
      [PARK_IN, { side: 'entry', by: 'plate' }],
      [PARK_OUT, { side: 'exit', by: 'ticket' }],
      [PARK_IN, { side: 'entry', by: 'right' }],
    ])
    site.books.close()
  })

  test('in an emergency, at each lane, until it is let go', () => {
    const { site, park } = openPark()
    park.commit({ kind: 'emergency', device: deviceId('fire-1'), active: true })
    park.commit({ kind: 'emergency', device: deviceId('fire-1'), active: false })
    const held = of(site).filter(({ lane }) => lane === PARK_IN || lane === PARK_OUT)
    expect(held.map(({ lane }) => lane).toSorted()).toEqual([PARK_IN, PARK_OUT])
    for (const each of held) {
      expect(each).toMatchObject({ event: 'emergency', why: { kind: 'emergency' } })
      expect(each.commands).toHaveLength(1)
      expect(each.closing?.command).not.toBeNull()
    }
    site.books.close()
  })

  test('and one that nothing had asked for says so: no command, and who went under it', () => {
    const { site, park } = openPark()
    const arm = (state: 'open' | 'closed'): EventBody => {
      return { kind: 'barrier-state', lane: PARK_OUT, device: deviceId(`${PARK_OUT}-barrier`), state, late: false }
    }
    const loop = (occupied: boolean): EventBody => {
      return {
        kind: 'loop',
        lane: PARK_OUT,
        device: deviceId(`${PARK_OUT}-under`),
        role: 'safety',
        occupied,
        late: false,
      }
    }
    for (const each of [arm('closed'), arm('open'), loop(true), loop(false), arm('closed')]) park.commit(each)
    expect(of(site)).toMatchObject([
      {
        lane: PARK_OUT,
        why: { kind: 'forced-open' },
        commands: [],
        result: null,
        loops: [{ occupied: true }, { occupied: false }],
      },
    ])
    expect(of(site)[0]?.closing?.downAt).not.toBeNull()
    site.books.close()
  })

  test('by itself while no gateway could serve: it says why, who went under it, and how it came down again', () => {
    const { site, park } = openPark()
    const arm = (state: 'open' | 'moving' | 'closed', reason?: 'fail-safe'): EventBody => {
      const device = deviceId(`${PARK_OUT}-barrier`)
      return { kind: 'barrier-state', lane: PARK_OUT, device, state, ...(reason && { reason }), late: false }
    }
    const loop = (occupied: boolean): EventBody => {
      const device = deviceId(`${PARK_OUT}-under`)
      return { kind: 'loop', lane: PARK_OUT, device, role: 'safety', occupied, late: false }
    }
    park.commit(arm('closed'))
    // It says so with each of its words, and once more whenever the gateway is back.
    for (const each of [arm('moving', 'fail-safe'), arm('open', 'fail-safe'), loop(true), arm('open', 'fail-safe')]) {
      park.commit(each)
      park.wait(1_000)
    }
    park.commit(loop(false))
    park.commit({ kind: 'fail-safe-over', lane: PARK_OUT })
    park.commit(arm('closed'))
    const found = of(site)
    expect(found).toMatchObject([
      {
        lane: PARK_OUT,
        event: 'barrier-state',
        why: { kind: 'fail-safe' },
        commands: [],
        loops: [{ occupied: true }, { occupied: false }],
      },
    ])
    expect(found[0]?.upAt).not.toBeNull()
    expect(found[0]?.closing).toMatchObject({ downAt: expect.any(Number), command: expect.any(String) })
    const without = createAudit(site.open.db).openedWithoutPayment(0).openings
    expect(without).toMatchObject([{ lane: PARK_OUT, why: { kind: 'fail-safe' } }])
    site.books.close()
  })

  test('are of the lane at which the devices stood then, also where they stand elsewhere today', () => {
    const { site, park } = openPark()
    const arm = deviceId(`${PARK_OUT}-barrier`)
    const known = site.open.db.select().from(tables.device).all()
    const opened = park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: 'before' }, { person: true })
    park.commit({ kind: 'device-revoked', device: arm }, { person: true })
    const device = { id: arm, driver: 'barrier', kind: 'barrier', delivery: 'repeatable', role: null } as const
    const place = { kind: 'lane', id: PARK_IN } as const
    park.commit({ kind: 'device-enrolled', device: { ...device, place, status: 'active' } }, { person: true })
    expect(site.open.db.select().from(tables.device).all(), 'it has moved').not.toEqual(known)
    const seq = opened.kind === 'committed' ? opened.seq : 0
    for (const after of [0, seq - 1]) {
      const found = [...createAudit(site.open.db).openings(after)].filter((each) => each.seq === seq)
      expect(found).toMatchObject([{ lane: PARK_OUT, why: { kind: 'by-hand' }, reason: 'before' }])
      expect(found[0]?.commands).toHaveLength(1)
    }
    site.books.close()
  })

  test('say so where the lane is today’s, for no record that is still there says where the device stood', () => {
    const { site, park } = openPark()
    park.enter(PLATE)
    expect(of(site)).toMatchObject([{ lane: PARK_IN, isLaneOfToday: false }])
    // As in a journal whose first records were dropped.
    const client = site.open.db.$client
    const triggers = client.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    for (const { name } of triggers.all()) client.exec(`DROP TRIGGER "${name}"`)
    expect(client.prepare("DELETE FROM journal WHERE event = 'device-enrolled'").run().changes).toBeGreaterThan(0)
    expect(of(site)).toMatchObject([{ lane: PARK_IN, isLaneOfToday: true }])
    site.books.close()
  })

  test('two by hand in a row are two, before their reasons are erased and after', () => {
    const { site, park } = openPark()
    for (const reason of ['in a hurry', 'an ambulance', 'an ambulance'])
      park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason }, { person: true })
    const before = of(site)
    expect(before.map(({ reason }) => reason)).toEqual(['in a hurry', 'an ambulance', 'an ambulance'])
    eraseDue(site.books, at(91 * DAY_MS))
    expect(of(site)).toEqual(before.map((opening) => ({ ...opening, reason: null })))
    site.books.close()
  })

  test('with the arm’s answers by their commands: one that failed and was told again is one opening', () => {
    const { site, park } = openPark()
    park.arrive(PARK_IN)
    park.see(PARK_IN, PLATE)
    const answer = (result: 'done' | 'failed'): void => {
      const command = of(site)[0]?.commands.at(-1) ?? null
      park.commit({ kind: 'command-result', lane: PARK_IN, device: deviceId(`${PARK_IN}-barrier`), command, result })
    }
    answer('failed')
    expect(of(site)).toMatchObject([{ result: { said: 'failed' }, closing: null }])
    park.show(PARK_IN, ticketFor(site, park))
    answer('done')
    expect(of(site)).toMatchObject([{ result: { said: 'done' } }])
    expect(of(site)[0]?.commands).toHaveLength(2)
    site.books.close()
  })
})
