import { describe, expect, test } from 'vitest'
import type { Change } from '../../../core/changes.ts'
import { effectsAt } from '../../../core/decision.ts'
import type { PassageId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { move } from '../../../core/lane/moves.ts'
import type { Device } from '../../../core/site.ts'
import { at, COMMON, laneFacts, NOON, vnd } from '../kit.ts'
import { announced, asked, carInside, newest, OTHER, PLATE, put, said, toExit, told } from './driver.ts'
import { CAR_IN, CAR_OUT, park } from './park.ts'

describe('one decision tells one device one thing', () => {
  test('what was told before in it is covered, and the other devices keep theirs', () => {
    const effects = effectsAt(COMMON)
    const device = (id: string, kind: Device['kind']): Device =>
      ({ id: deviceId(id), kind, delivery: 'repeatable' }) as Device
    const devices = [device('d', 'display'), device('s', 'soundbox')]
    effects.announce(devices, ['display', 'soundbox'], NOON, { kind: 'call-staff' })
    effects.command(device('b', 'barrier'), NOON, { type: 'open' })
    effects.announce(devices, ['display'], NOON, { kind: 'debt', amount: vnd(5_000) })
    expect(effects.all.map(({ to, command }) => [to, command])).toEqual([
      ['d', { type: 'announce', message: { kind: 'debt', amount: vnd(5_000) } }],
      ['s', { type: 'announce', message: { kind: 'call-staff' } }],
      ['b', { type: 'open' }],
    ])
    expect(new Set(effects.all.map(({ id }) => id)).size).toBe(3)
  })

  test('and gives no id a second time, also where one was taken out of the middle', () => {
    const effects = effectsAt(COMMON)
    for (const id of ['a', 'b', 'c']) effects.command(deviceAt(id), NOON, { type: 'open' })
    const after = effectsAt(
      COMMON,
      effects.all.filter(({ to }) => to !== 'b'),
    )
    after.command(deviceAt('d'), NOON, { type: 'open' })
    expect(after.all.map(({ id }) => id.slice(id.lastIndexOf(':') + 1))).toEqual(['0', '2', '3'])
  })

  test('who comes in sees the ticket and not a welcome over it; who leaves and owes sees what is owed; who owes nothing hears goodbye', () => {
    const p = park()
    p.arrive(CAR_IN)
    const given = p.see(CAR_IN, PLATE)
    expect(onDisplay(given)).toEqual(['ticket'])
    expect(announced(given, 'ticket')).not.toHaveProperty('debt')
    p.drive(CAR_IN)
    toExit(p)
    const owing = p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money with him' })
    expect(onDisplay(owing)).toEqual(['debt'])
    const q = park({ lanes: { entryBy: ['plate'] } })
    put(q, 'm-1', [PLATE])
    carInside(q)
    expect(onDisplay(toExitAtOnce(q))).toEqual(['goodbye'])
  })

  test('who presses the ticket button again keeps the ticket on the display, and is bidden on only where it is gone from there', () => {
    const p = park()
    p.arrive(CAR_IN)
    const given = p.ticket(CAR_IN)
    expect(onDisplay(given)).toEqual(['ticket'])
    const again = p.ticket(CAR_IN)
    expect([said(again), onDisplay(again)]).toEqual(['already-accepted', []])
    p.take({
      kind: 'command-result',
      device: deviceId('car-in-barrier'),
      lane: CAR_IN,
      command: null,
      result: 'failed',
    })
    expect(onDisplay(p.ticket(CAR_IN))).toEqual(['drive-on'])
  })

  test('a lane without tickets welcomes, and says what is owed from before', () => {
    const p = park({ lanes: { entryBy: ['plate'] } })
    carInside(p)
    toExit(p)
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money with him' })
    p.drive(CAR_OUT)
    p.arrive(CAR_IN)
    const again = p.see(CAR_IN, PLATE)
    expect(announced(again, 'welcome')).toEqual({ kind: 'welcome', paid: null, debt: vnd(25_000) })
  })
})

describe('what staff have mistyped is no word for a driver', () => {
  test.each([
    ['a let-out on debt without a reason', { kind: 'leave-on-debt', lane: CAR_OUT, reason: '  ' }, 'reason-missing'],
    ['one at a lane where nobody stands', { kind: 'leave-on-debt', lane: CAR_IN, reason: 'x' }, 'stay-not-found'],
  ] as const)('%s: the display keeps the amount', (_what, body, refusal) => {
    const p = park()
    carInside(p)
    asked(toExit(p))
    const refused = p.take(body)
    expect([said(refused), told(refused)]).toEqual([refusal, []])
  })

  test('a stay that was chosen and is none, or without a reason, or one that is over', () => {
    const p = park()
    put(p, 'm-1', [OTHER])
    const over = carInside(p, OTHER)
    toExitAtOnce(p, OTHER)
    p.drive(CAR_OUT)
    carInside(p)
    asked(toExit(p))
    expect(told(p.choose(CAR_OUT, newest(p), ''))).toEqual([])
    const refused = p.choose(CAR_OUT, over)
    expect([said(refused), told(refused)]).toEqual(['stay-over', []])
  })
})

describe('when a vehicle has gone through', () => {
  test('the display says nothing of it any more: the next driver is not to photograph its ticket', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.driveThrough(CAR_IN)
    expect(p.due('close-due').flatMap(onDisplay)).toEqual(['idle'])
  })

  test('what its display was told by this very decision stays', () => {
    const facts = laneFacts()
    const effects = effectsAt(COMMON)
    const used: Change = { kind: 'passage-moved', passage: 'box-1:1:1:p0' as PassageId, status: 'used', at: NOON }
    effects.announce(facts.devices, ['display'], NOON, { kind: 'call-staff' })
    expect(onDisplay(move(facts, facts.state, [used], effects, COMMON, at(0)))).toEqual(['call-staff'])
    expect(onDisplay(move(facts, facts.state, [used], effectsAt(COMMON), COMMON, at(0)))).toEqual(['idle'])
  })

  test('what the next one, who stands there already, is told stays', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.driveThrough(CAR_IN)
    p.arrive(CAR_IN)
    expect(p.due('close-due').flatMap(onDisplay)).toEqual([])
  })
})

const deviceAt = (id: string): Device => ({ id: deviceId(id), kind: 'barrier', delivery: 'once' }) as Device

function toExitAtOnce(p: ReturnType<typeof park>, plate = PLATE) {
  p.arrive(CAR_OUT)
  return p.see(CAR_OUT, plate)
}

function onDisplay({ effects }: ReturnType<typeof toExitAtOnce>): readonly string[] {
  return effects.flatMap(({ to, command }) =>
    command.type === 'announce' && to.endsWith('-display') ? [command.message.kind] : [],
  )
}
