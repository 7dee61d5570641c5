import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import { deviceId } from '../../../core/ids.ts'
import { REACH_LOOP_MS } from '../../../core/lane/presence.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { asked, carInside, cash, newest, OTHER, PLATE, payNow, said, ticketInside, toExit, told } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, GATE, park } from './park.ts'

const THIRD = '51G-555.55'
/** A lane at which a plate is all that is looked at. */
const BY_PLATE = { lanes: { entryBy: ['plate'] } } as const

/** The one whose arm is going up drives under it and away: its loop is clear, the arm still up. */
function leave(p: Park, lane: typeof CAR_IN): void {
  p.driveThrough(lane)
}

/** The arm is down, and says so. */
function down(p: Park, lane: typeof CAR_IN): Decision {
  p.due('close-due')
  return p.armDown(lane)
}

describe('a plate that is read while the vehicle ahead is on its way through', () => {
  test('is that of whoever comes up next: at an entry its stay begins when the arm is down', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('let-through')
    expect(said(p.see(CAR_IN, OTHER, 990, 'behind.jpg'))).toBe('noted')
    leave(p, CAR_IN)
    p.arrive(CAR_IN)
    const heard = down(p, CAR_IN)
    expect([said(heard), p.sessions().length]).toEqual(['let-through', 2])
    expect(p.session(newest(p)).credentials).toMatchObject([{ kind: 'plate', plate: { mac: '29A67890' } }])
    p.drive(CAR_IN)
    expect(p.open().map(({ status }) => status)).toEqual(['inside', 'inside'])
  })

  test('is heard at once where the arm is down already', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER)
    leave(p, CAR_IN)
    down(p, CAR_IN)
    expect(said(p.arrive(CAR_IN))).toBe('let-through')
  })

  test('says nothing of the one ahead: its picture, its plate and its stay are its own', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE, 900, 'ahead.jpg')
    const [ahead] = p.sessions()
    p.see(CAR_IN, OTHER, 990, 'behind.jpg')
    expect(p.lane(CAR_IN).visit).toMatchObject({ plate: { value: { mac: '30A12345' } }, picture: { mac: 'ahead.jpg' } })
    expect(p.stay(ahead?.id ?? newest(p))?.picture).toMatchObject({ mac: 'ahead.jpg' })
  })

  test('is asked for at an exit, with what its own stay costs', () => {
    const p = park()
    carInside(p, PLATE)
    const other = carInside(p, OTHER)
    p.wait(30 * MINUTE_MS)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE)
    p.show(CAR_OUT, payNow(p, 'ahead'))
    p.see(CAR_OUT, OTHER, 990, 'behind.jpg')
    expect(p.cases(), 'whoever goes is known by its own plate').toEqual([])
    leave(p, CAR_OUT)
    p.arrive(CAR_OUT)
    const heard = down(p, CAR_OUT)
    expect([asked(heard).due, heard.subject.session]).toEqual([vnd(25_000), other])
    expect(told(heard)).toContain('amount-due')
  })

  test('at a lane of both ways is believed with the way that the camera saw it drive', () => {
    const p = park()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE)
    p.seeIn(GATE, OTHER)
    leave(p, GATE)
    p.arrive(GATE)
    expect(said(down(p, GATE))).toBe('let-through')
    p.drive(GATE)
    expect(p.open()).toHaveLength(2)
  })

  test('is the one ahead’s where nothing tells it from that one: the same, a likeness, or what the camera corrects', () => {
    for (const again of [
      (p: Park) => p.see(CAR_IN, PLATE, 990),
      (p: Park) => p.see(CAR_IN, '30A-I23.45', 990),
      (p: Park) => p.see(CAR_IN, OTHER, 990, null, { corrects: true }),
      (p: Park) => p.see(CAR_IN, OTHER, 700),
    ]) {
      const p = park(BY_PLATE)
      p.arrive(CAR_IN)
      p.see(CAR_IN, PLATE)
      again(p)
      leave(p, CAR_IN)
      down(p, CAR_IN)
      const come = p.arrive(CAR_IN)
      expect([said(come), told(come), p.sessions().length]).toEqual(['noted', [], 1])
    }
  })

  test('and again, surer, is still of the one behind', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER, 900)
    p.see(CAR_IN, OTHER, 990)
    leave(p, CAR_IN)
    down(p, CAR_IN)
    expect(said(p.arrive(CAR_IN))).toBe('let-through')
    expect(p.session(newest(p)).credentials).toMatchObject([{ confidencePermille: 990 }])
  })

  test('of two vehicles behind neither is let in by it: whoever comes up is asked to show what it has', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER)
    p.see(CAR_IN, THIRD)
    p.see(CAR_IN, THIRD, 990)
    leave(p, CAR_IN)
    down(p, CAR_IN)
    const come = p.arrive(CAR_IN)
    expect([said(come), told(come), p.sessions().length]).toEqual(['plate-unreadable', ['refused'], 1])
  })

  test('names nobody any more when the one ahead has taken its time: the driver is told, and another look lets in', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER)
    p.wait(REACH_LOOP_MS)
    leave(p, CAR_IN)
    down(p, CAR_IN)
    const come = p.arrive(CAR_IN)
    expect([said(come), told(come), p.sessions().length]).toEqual(['plate-unreadable', ['refused'], 1])
    p.wait(4 * SECOND_MS)
    expect(said(p.see(CAR_IN, THIRD))).toBe('let-through')
    expect(p.session(newest(p)).credentials).toMatchObject([{ plate: { mac: '51G55555' } }])
  })

  test('is forgotten where nobody comes up for a while', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER)
    leave(p, CAR_IN)
    down(p, CAR_IN)
    p.wait(2 * REACH_LOOP_MS)
    const come = p.arrive(CAR_IN)
    expect([said(come), told(come)]).toEqual(['noted', []])
    expect(p.lane(CAR_IN).visit).toBeNull()
  })

  test('two cars in one opening are two all the same: the second has no stay by it, and is a case', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER, 990, 'behind.jpg')
    leave(p, CAR_IN)
    p.arrive(CAR_IN)
    p.loop(CAR_IN, 'safety', true)
    expect([p.cases(), p.sessions().length]).toEqual([['tailgating'], 1])
    expect(p.casesNow()[0]?.pictures, 'of the one who did it').toEqual(['picture:behind.jpg'])
  })
})

describe('where the plate of the one on its way through was not read', () => {
  /** A car with a ticket is let in, and then a plate is read: of which of the two? */
  function readLate(): Park {
    const p = park({ lanes: { entryBy: ['ticket', 'plate'] } })
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    p.see(CAR_IN, OTHER)
    leave(p, CAR_IN)
    down(p, CAR_IN)
    return p
  }

  test('nobody is let in by it: whoever comes up is told that the plate was not read', () => {
    const p = readLate()
    const come = p.arrive(CAR_IN)
    expect([said(come), told(come), p.sessions().length]).toEqual(['plate-unreadable', ['refused'], 1])
    expect(p.cases(), 'its camera may say more in a moment').toEqual([])
  })

  test('the same plate again, of who stands there now, is theirs; and so is another', () => {
    for (const [plate, mac] of [
      [OTHER, '29A67890'],
      [THIRD, '51G55555'],
    ] as const) {
      const p = readLate()
      p.arrive(CAR_IN)
      p.wait(4 * SECOND_MS)
      expect(said(p.see(CAR_IN, plate))).toBe('let-through')
      expect(p.session(newest(p)).credentials).toMatchObject([{ plate: { mac } }, { kind: 'ticket' }])
    }
  })

  test('a plate that its stay is known by is its own', () => {
    const p = park()
    const id = carInside(p)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    p.show(CAR_OUT, payNow(p, 'a'))
    p.see(CAR_OUT, PLATE)
    leave(p, CAR_OUT)
    down(p, CAR_OUT)
    expect(told(p.arrive(CAR_OUT))).toEqual([])
  })

  test('one that speaks against its ticket is a case as ever, and opens for nobody behind', () => {
    const p = park()
    const id = carInside(p)
    carInside(p, OTHER)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    p.show(CAR_OUT, payNow(p, 'a'))
    expect(said(p.see(CAR_OUT, OTHER))).toBe('noted')
    expect(p.cases()).toEqual(['plate-mismatch'])
    leave(p, CAR_OUT)
    down(p, CAR_OUT)
    const come = p.arrive(CAR_OUT)
    expect([said(come), told(come)]).toEqual(['plate-unreadable', ['refused']])
  })
})

test('two sure plates before anybody stands there name nobody, and the driver who comes is told so; an unsure one says nothing yet', () => {
  const p = park(BY_PLATE)
  p.see(CAR_IN, PLATE)
  p.see(CAR_IN, OTHER)
  const come = p.arrive(CAR_IN)
  expect([said(come), told(come), p.sessions().length]).toEqual(['plate-unreadable', ['refused'], 0])
  const q = park(BY_PLATE)
  q.see(CAR_IN, PLATE, 500)
  expect(told(q.arrive(CAR_IN))).toEqual([])
})

describe('bumper to bumper, with the loop never clear between them,', () => {
  /** The one ahead has gone under the arm and away, and somebody stood on the loop all the time. */
  function goneAhead(p: Park, lane: typeof CAR_IN): void {
    p.take({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state: 'open', late: false })
    p.loop(lane, 'safety', true)
    p.wait(2 * SECOND_MS)
    p.loop(lane, 'safety', false)
    p.wait(SECOND_MS)
  }

  test('the one behind is another vehicle, and is heard by its own plate', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER)
    goneAhead(p, CAR_IN)
    expect(p.due('close-due').flatMap(told), 'what the one ahead was told is no word for this one').toEqual([
      'close',
      'idle',
    ])
    expect(said(down(p, CAR_IN))).toBe('let-through')
    expect(p.session(newest(p)).credentials).toMatchObject([{ plate: { mac: '29A67890' } }])
  })

  test('shows its own ticket, and is not held against the plate of the one that has gone', () => {
    const p = park()
    carInside(p, PLATE)
    const other = carInside(p, OTHER)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE)
    p.show(CAR_OUT, payNow(p, 'ahead'))
    goneAhead(p, CAR_OUT)
    p.due('close-due')
    expect(asked(p.show(CAR_OUT, p.ticketOf(other))).due).toEqual(vnd(25_000))
  })

  /** The loop under the arm is taken, let go and taken again, for a moment or by the next one; the loop before it is clear before or after that. */
  function twiceUnderArm(p: Park, isOff: boolean): void {
    p.take({ kind: 'barrier-state', lane: CAR_IN, device: deviceId('barrier'), state: 'open', late: false })
    p.loop(CAR_IN, 'safety', true)
    p.wait(2 * SECOND_MS)
    p.loop(CAR_IN, 'safety', false)
    if (isOff) p.reverse(CAR_IN)
    p.loop(CAR_IN, 'safety', true)
    if (!isOff) p.reverse(CAR_IN)
    p.wait(2 * SECOND_MS)
    p.loop(CAR_IN, 'safety', false)
    p.wait(SECOND_MS)
    down(p, CAR_IN)
  }

  test('under the arm twice: the plate behind may be of either, and opens for nobody', () => {
    for (const isOff of [false, true]) {
      const p = park(BY_PLATE)
      p.arrive(CAR_IN)
      p.see(CAR_IN, PLATE)
      p.see(CAR_IN, OTHER)
      twiceUnderArm(p, isOff)
      const come = p.arrive(CAR_IN)
      expect([said(come), told(come), p.sessions().length]).toEqual(['plate-unreadable', ['refused'], 1])
    }
  })

  test('under the arm twice with nothing read behind: whoever comes is looked at as ever', () => {
    for (const isOff of [false, true]) {
      const p = park(BY_PLATE)
      p.arrive(CAR_IN)
      p.see(CAR_IN, PLATE)
      twiceUnderArm(p, isOff)
      expect(told(p.arrive(CAR_IN))).toEqual([])
      expect(said(p.see(CAR_IN, OTHER))).toBe('let-through')
    }
  })
})

describe('who follows under the arm, with a third close behind on a loop that never clears', () => {
  test('is gone: the third is not taken for it, and is not asked its price', () => {
    const p = park()
    const ahead = carInside(p)
    const follower = carInside(p, OTHER)
    const third = ticketInside(p)
    p.wait(30 * MINUTE_MS)
    const { charge, due } = asked(toExit(p))
    cash(p, charge, due.amount)
    p.loop(CAR_OUT, 'safety', true)
    p.loop(CAR_OUT, 'approach', false)
    p.wait(SECOND_MS)
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, OTHER))).toBe('lane-busy')
    p.loop(CAR_OUT, 'safety', false)
    p.loop(CAR_OUT, 'safety', true)
    expect(p.cases()).toEqual(['tailgating'])
    p.wait(SECOND_MS)
    p.loop(CAR_OUT, 'safety', false)
    p.wait(SECOND_MS)
    expect(said(down(p, CAR_OUT)), 'nobody knows who stands there').toBe('noted')
    expect([ahead, follower, third].map((id) => p.session(id).status)).toEqual(['left', 'inside', 'inside'])
    const decision = p.show(CAR_OUT, p.ticketOf(third))
    expect([said(decision), decision.subject.session]).toEqual(['amount-asked', third])
  })

  test('and its words are not on the display any more', () => {
    const p = park()
    carInside(p)
    p.wait(30 * MINUTE_MS)
    const { charge, due } = asked(toExit(p))
    cash(p, charge, due.amount)
    p.loop(CAR_OUT, 'safety', true)
    p.loop(CAR_OUT, 'approach', false)
    p.wait(SECOND_MS)
    p.arrive(CAR_OUT)
    expect(told(p.see(CAR_OUT, OTHER))).toContain('refused')
    p.loop(CAR_OUT, 'safety', false)
    p.loop(CAR_OUT, 'safety', true)
    p.wait(SECOND_MS)
    p.loop(CAR_OUT, 'safety', false)
    p.wait(SECOND_MS)
    expect([...p.due('close-due'), p.armDown(CAR_OUT)].flatMap(told)).toContain('idle')
  })
})

describe('whoever touches the loop under an arm that comes down is not taken for who stands before it', () => {
  test.each([
    ['a trailer of the one that has gone', SECOND_MS],
    ['a bicycle', 300],
  ])('%s: who was asked pays, and the arm opens', (_who, underMs) => {
    const p = park()
    carInside(p)
    const behind = carInside(p, OTHER)
    p.wait(30 * MINUTE_MS)
    const ahead = asked(toExit(p))
    cash(p, ahead.charge, ahead.due.amount)
    p.driveThrough(CAR_OUT)
    p.wait(SECOND_MS)
    p.due('close-due')
    p.arrive(CAR_OUT)
    const { charge, due } = asked(p.see(CAR_OUT, OTHER))
    p.wait(500)
    expect(told(p.loop(CAR_OUT, 'safety', true))).toContain('open')
    p.wait(underMs)
    p.loop(CAR_OUT, 'safety', false)
    p.wait(SECOND_MS)
    down(p, CAR_OUT)
    expect(told(cash(p, charge, due.amount))).toContain('open')
    expect([p.session(behind).status, p.cases()]).toEqual(['leaving', ['tailgating']])
  })
})

describe('staff open by hand', () => {
  test('for one that goes by neither loop for a moment: who comes up behind it keeps what was read of them', () => {
    const p = park(BY_PLATE)
    p.arrive(CAR_IN)
    p.take({ kind: 'open-by-hand', lane: CAR_IN, reason: 'known to us' })
    p.wait(2 * SECOND_MS)
    p.reverse(CAR_IN)
    p.wait(500)
    p.arrive(CAR_IN)
    p.see(CAR_IN, OTHER)
    p.loop(CAR_IN, 'safety', true)
    p.wait(SECOND_MS)
    p.loop(CAR_IN, 'safety', false)
    p.wait(SECOND_MS)
    expect(said(down(p, CAR_IN))).toBe('let-through')
    expect(p.session(newest(p)).credentials).toMatchObject([{ plate: { mac: '29A67890' } }])
  })

  /** They have opened for one that has gone, with the next close behind on a loop that is never clear; something more of it is under the arm as that comes down. */
  function underAgain(p: Park, lane: typeof CAR_IN): void {
    p.arrive(lane)
    p.take({ kind: 'open-by-hand', lane, reason: 'known to us' })
    p.take({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state: 'open', late: false })
    p.loop(lane, 'safety', true)
    p.wait(2 * SECOND_MS)
    p.loop(lane, 'safety', false)
    p.wait(600)
    p.due('close-due')
    p.wait(300)
    expect(told(p.loop(lane, 'safety', true))).toEqual(['open'])
  }

  function clearAgain(p: Park, lane: typeof CAR_IN): Decision {
    p.wait(SECOND_MS)
    p.loop(lane, 'safety', false)
    p.wait(SECOND_MS)
    return down(p, lane)
  }

  test('for the one ahead, whose trailer lifts the arm once more: who stands behind it and shows a ticket waits, and pays', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(30 * MINUTE_MS)
    underAgain(p, CAR_OUT)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('lane-busy')
    clearAgain(p, CAR_OUT)
    expect([said(p.show(CAR_OUT, p.ticketOf(id))), p.session(id).status]).toEqual(['amount-asked', 'inside'])
  })

  test.each([0, 5 * SECOND_MS])(
    'and a plate that is read behind it %i ms later is asked when the arm is down',
    (ms) => {
      const p = park()
      const id = carInside(p, OTHER)
      p.wait(30 * MINUTE_MS)
      underAgain(p, CAR_OUT)
      p.wait(ms)
      expect(said(p.see(CAR_OUT, OTHER))).toBe('lane-busy')
      const heard = clearAgain(p, CAR_OUT)
      expect([said(heard), heard.subject.session, p.cases()]).toEqual(['amount-asked', id, ['tailgating']])
    },
  )

  test('and who presses the button behind it does not come into a full place', () => {
    const p = park()
    for (const plate of ['30A-111.11', '30A-222.22', '30A-333.33']) carInside(p, plate)
    underAgain(p, CAR_IN)
    expect(said(p.ticket(CAR_IN))).toBe('lane-busy')
    clearAgain(p, CAR_IN)
    expect([said(p.ticket(CAR_IN)), p.open().length]).toEqual(['place-full', 3])
  })

  test.each([
    ['before anybody stands there', () => {}, () => {}],
    [
      'for one that has turned away',
      (p: Park) => p.arrive(CAR_OUT),
      (p: Park) => {
        p.reverse(CAR_OUT)
        p.wait(10 * SECOND_MS)
      },
    ],
  ])('%s: who goes by it has gone, and the next, close behind, is not asked its price', (_when, comes, goes) => {
    const p = park()
    const ahead = carInside(p)
    p.wait(30 * MINUTE_MS)
    comes(p)
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'known to us' })
    p.take({ kind: 'barrier-state', lane: CAR_OUT, device: deviceId('car-out-barrier'), state: 'open', late: false })
    goes(p)
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('lane-busy')
    p.loop(CAR_OUT, 'safety', true)
    const heard = clearAgain(p, CAR_OUT)
    expect([said(heard), p.lane(CAR_OUT).visit, p.session(ahead).charge]).toEqual(['noted', null, null])
  })

  test('and a third that closes up on a loop that is never clear is not let in as the one before', () => {
    const p = park(BY_PLATE)
    for (const plate of ['30A-111.11', '30A-222.22', '30A-333.33']) carInside(p, plate)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('place-full')
    p.take({ kind: 'open-by-hand', lane: CAR_IN, reason: 'known to us' })
    p.loop(CAR_IN, 'safety', true)
    p.wait(2 * SECOND_MS)
    p.loop(CAR_IN, 'safety', false)
    p.wait(SECOND_MS)
    down(p, CAR_IN)
    expect(p.lane(CAR_IN).visit).toBeNull()
  })
})
