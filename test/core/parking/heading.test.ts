import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { carInside, newest, OTHER, overrideNow, PLATE, passNow, payNow, put, said } from './driver.ts'
import { BIKE_IN, CAR_IN, GATE, park } from './park.ts'
import { BIKE, CAR, LOT } from './tariff-kit.ts'

const CAMERA = deviceId('gate-camera')
const both = (text: string, other: string) => ({
  readings: [
    { text, confidencePermille: 950 },
    { text: other, confidencePermille: 940 },
  ],
})

describe('at a lane of both ways a stay that a code leads out', () => {
  test.each(['pass', 'ticket'] as const)(
    'while the camera saw its vehicle come in is a case with both pictures: a copy of a %s may let another in',
    (kind) => {
      const p = park()
      if (kind === 'pass') put(p, 'm-1', [PLATE])
      p.arrive(CAR_IN)
      p.see(CAR_IN, PLATE, 950, 'in.jpg')
      p.drive(CAR_IN)
      const id = newest(p)
      const shown = () => (kind === 'pass' ? p.show(GATE, passNow('m-1')) : p.show(GATE, p.ticketOf(id)))
      p.wait(MINUTE_MS)
      p.arrive(GATE)
      p.seeIn(GATE, OTHER, { readings: [{ text: OTHER, confidencePermille: 500 }], picture: 'friend.jpg' })
      const first = shown()
      shown()
      if (kind === 'ticket') p.show(GATE, payNow(p, 'a'))
      expect(said(first)).toBe(kind === 'pass' ? 'let-through' : 'amount-asked')
      p.drive(GATE)
      expect(p.session(id).status, 'a camera that is wrong locks nobody in').toBe('left')
      expect(p.cases()).toEqual(['second-entry'])
      const opened = p.casesNow().filter((each) => each.kind === 'second-entry')
      expect(opened).toMatchObject([{ session: id, lane: GATE, pictures: ['picture:in.jpg', 'picture:friend.jpg'] }])
    },
  )

  test('is no case where nobody saw it come, it was seen driving out, or its own plate stands there', () => {
    for (const way of ['unseen', 'out', 'own'] as const) {
      const p = park()
      p.arrive(CAR_IN)
      p.see(CAR_IN, PLATE)
      const id = newest(p)
      p.drive(CAR_IN)
      p.wait(MINUTE_MS)
      p.arrive(GATE)
      if (way === 'out') p.seeOut(GATE, '')
      if (way === 'own') p.seeIn(GATE, PLATE)
      p.choose(GATE, id)
      p.show(GATE, p.ticketOf(id))
      p.show(GATE, payNow(p, 'a'))
      p.drive(GATE)
      expect([way, p.session(id).status, p.cases()]).toEqual([way, 'left', []])
    }
  })
})

describe('at a lane of both ways a vehicle that is not known inside', () => {
  test('comes in by its plate where the camera saw it come, and by no plate of which nobody knows the way', () => {
    const p = park()
    p.arrive(GATE)
    const refused = p.see(GATE, PLATE)
    expect(said(refused)).toBe('direction-unknown')
    expect(p.sessions()).toEqual([])
    p.wait(MINUTE_MS)
    expect(said(p.seeIn(GATE, PLATE, { readings: [{ text: PLATE, confidencePermille: 980 }] }))).toBe('let-through')
  })

  test('comes in by a payer’s code where the camera saw it come, and not otherwise', () => {
    const p = park()
    p.arrive(GATE)
    expect(said(p.show(GATE, payNow(p, 'a')))).toBe('direction-unknown')
    p.seeIn(GATE, '')
    expect(said(p.show(GATE, payNow(p, 'a'))), 'no plate, and the way is seen').toBe('let-through')
  })

  test('comes in by the button for tickets, which stands outside, and by a pass, which says whether it is inside', () => {
    const p = park()
    p.arrive(GATE)
    expect(said(p.see(GATE, PLATE))).toBe('direction-unknown')
    expect(said(p.ticket(GATE))).toBe('let-through')
    expect(p.session(newest(p))).toMatchObject({ entry: { by: 'ticket' } })
    const q = park()
    q.arrive(GATE)
    expect(said(q.show(GATE, passNow('m-1')))).toBe('let-through')
  })

  test('and whose driver presses while another drives out waits until that one is through', () => {
    const p = park()
    const id = carInside(p)
    p.wait(MINUTE_MS)
    p.arrive(GATE)
    expect(said(p.show(GATE, p.ticketOf(id)))).toBe('amount-asked')
    expect(said(p.ticket(GATE)), 'it is on the way out').toBe('entry-not-by-this')
    expect(said(p.show(GATE, payNow(p, 'a')))).toBe('paid')
    p.take({ kind: 'barrier-state', lane: GATE, device: deviceId(`${GATE}-barrier`), state: 'open', late: false })
    p.wait(SECOND_MS)
    p.loop(GATE, 'safety', true)
    expect(said(p.ticket(GATE))).toBe('lane-busy')
  })

  test('and was seen driving out begins nothing by anything: staff come, also when it is seen again driving in', () => {
    const p = park()
    p.arrive(GATE)
    expect(said(p.seeOut(GATE, PLATE, { picture: 'out.jpg' }))).toBe('stay-not-found')
    expect(p.cases()).toEqual(['exit-without-entry'])
    expect(p.casesNow()[0]?.pictures).toHaveLength(1)
    expect(said(p.ticket(GATE))).toBe('stay-not-found')
    expect(said(p.show(GATE, payNow(p, 'a')))).toBe('stay-not-found')
    expect(said(p.show(GATE, passNow('m-1')))).toBe('stay-not-found')
    p.wait(4 * SECOND_MS)
    expect(said(p.seeIn(GATE, PLATE, { readings: [{ text: PLATE, confidencePermille: 990 }] }))).toBe('stay-not-found')
    expect(p.sessions()).toEqual([])
    expect(p.cases(), 'one vehicle, one case').toEqual(['exit-without-entry'])
    expect(said(p.show(GATE, overrideNow(p, 'o'))), 'a supervisor lets it go').toBe('let-through')
    expect(p.sessions()).toEqual([])
  })

  test.each(['seen coming', 'of which nobody knows the way'])(
    'and is %s begins its stay by a supervisor’s word, and counts',
    (which) => {
      const p = park()
      p.arrive(GATE)
      if (which === 'seen coming') p.seeIn(GATE, PLATE, { readings: [{ text: PLATE, confidencePermille: 500 }] })
      else expect(said(p.see(GATE, PLATE))).toBe('direction-unknown')
      expect(said(p.show(GATE, overrideNow(p, 'o')))).toBe('let-through')
      p.drive(GATE)
      expect(p.open()).toMatchObject([{ status: 'inside', entry: { by: 'staff', lane: GATE } }])
      expect(p.count(LOT, CAR)).toBe(1)
      expect(p.cases()).not.toContain('exit-without-entry')
    },
  )

  test('is another one, of which only what is seen of it counts', () => {
    const p = park()
    p.arrive(GATE)
    expect(said(p.seeOut(GATE, PLATE))).toBe('stay-not-found')
    p.wait(MINUTE_MS)
    expect(said(p.seeIn(GATE, OTHER, { readings: [{ text: OTHER, confidencePermille: 990 }] }))).toBe('let-through')
  })

  test('is let out by its own stay whichever way the camera says', () => {
    const p = park()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE)
    p.drive(GATE)
    p.wait(HOUR_MS)
    p.arrive(GATE)
    expect(said(p.seeOut(GATE, PLATE))).toBe('amount-asked')
  })

  test('before the loop says that it stands there: the way that was seen goes with the plate', () => {
    const p = park()
    p.seeOut(GATE, PLATE)
    p.wait(2 * SECOND_MS)
    expect(said(p.arrive(GATE))).toBe('stay-not-found')
    expect(p.sessions()).toEqual([])
  })

  test('is told by a camera that sees one side alone; one that is not listed tells nothing', () => {
    const oneSided = [{ device: CAMERA, forward: null, reverse: null, unsaid: 'in' as const }]
    const p = park({ lanes: { cameras: oneSided } })
    p.arrive(GATE)
    expect(said(p.see(GATE, PLATE))).toBe('let-through')
    const q = park({ lanes: { cameras: oneSided } })
    q.arrive(GATE)
    expect(said(q.see(GATE, PLATE, 950, null, { device: deviceId('other') }))).toBe('direction-unknown')
  })
})

describe('what a camera takes the vehicle for', () => {
  test('is its class where nobody says it, by the names of the site’s classes', () => {
    const p = park()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE, { vehicle: 'motorbike' })
    expect(p.session(newest(p)).vehicleClass).toBe(BIKE)
    const q = park()
    q.arrive(GATE)
    q.see(GATE, '', 0, null, { vehicle: 'motorbike' })
    q.ticket(GATE)
    expect(q.session(newest(q)).vehicleClass, 'no plate, and a ticket').toBe(BIKE)
  })

  test('is nothing at a lane that this class may not use, and nothing against what somebody says', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE, 950, null, { vehicle: 'motorbike' })
    expect(p.session(newest(p)).vehicleClass).toBe(CAR)
    const q = park()
    q.arrive(GATE)
    q.see(GATE, '', 0, null, { vehicle: 'motorbike' })
    q.ticket(GATE, CAR)
    expect(q.session(newest(q)).vehicleClass).toBe(CAR)
  })
})

describe('what a camera says later of the plate that it has just read', () => {
  test('which way it drives: the vehicle is let in by it', () => {
    const p = park()
    p.arrive(GATE)
    expect(said(p.see(GATE, PLATE))).toBe('direction-unknown')
    p.wait(40)
    expect(said(p.seeIn(GATE, PLATE))).toBe('let-through')
  })

  test('what it is: a class that is not that of the stay which is asked is a mismatch', () => {
    const p = park()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE, { vehicle: 'car' })
    p.drive(GATE)
    p.wait(HOUR_MS)
    p.arrive(GATE)
    expect(said(p.see(GATE, PLATE))).toBe('amount-asked')
    p.wait(40)
    expect(said(p.see(GATE, PLATE, 950, null, { vehicle: 'motorbike' }))).toBe('class-mismatch')
    expect(p.cases()).toEqual(['class-mismatch'])
  })

  test('and nothing new is nothing', () => {
    const p = park()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE, { vehicle: 'car' })
    expect(p.seeIn(GATE, PLATE, { vehicle: 'car' }).changes).toEqual([])
  })
})

describe('two plates', () => {
  test('of which the camera is equally sure in one picture: neither opens, a ticket does', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE, 950, null, both(PLATE, OTHER)))).toBe('plate-unreadable')
    expect(p.sessions()).toEqual([])
    expect(said(p.ticket(CAR_IN))).toBe('let-through')
    const q = park()
    q.see(CAR_IN, PLATE, 950, null, both(PLATE, OTHER))
    q.wait(SECOND_MS)
    q.arrive(CAR_IN)
    expect(q.sessions(), 'nor when it comes to the loop').toEqual([])
  })

  test('that cameras take for one another are one vehicle’s, and so is one beside a reading that nobody trusts', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, '30A-123.45', 950, null, both('30A-123.45', '3OA-I23.45')))).toBe('let-through')
    const q = park()
    q.arrive(CAR_IN)
    const unsure = {
      readings: [
        { text: PLATE, confidencePermille: 950 },
        { text: OTHER, confidencePermille: 100 },
        { text: '?', confidencePermille: 999 },
      ],
    }
    expect(said(q.see(CAR_IN, PLATE, 950, null, unsure))).toBe('let-through')
  })

  test('one after the other before anybody stands there: neither opens when a vehicle comes, a ticket does', () => {
    const p = park()
    p.see(CAR_IN, PLATE)
    p.wait(SECOND_MS)
    p.see(CAR_IN, OTHER)
    p.wait(SECOND_MS)
    p.arrive(CAR_IN)
    expect(p.sessions()).toEqual([])
    expect(said(p.ticket(CAR_IN))).toBe('let-through')
    expect(
      p.session(newest(p)).credentials.map(({ kind }) => kind),
      'and no plate goes with it',
    ).toEqual(['ticket'])
  })

  test('the first of which has driven on by: the second is that of the vehicle that comes', () => {
    const p = park()
    p.see(CAR_IN, PLATE)
    p.wait(30 * SECOND_MS)
    p.see(CAR_IN, OTHER)
    p.wait(2 * SECOND_MS)
    expect(said(p.arrive(CAR_IN))).toBe('let-through')
    expect(said(p.ticket(CAR_IN))).toBe('already-accepted')
  })

  test('of one vehicle by the camera’s own id: the last one counts, also where it is less sure of it', () => {
    const p = park({ lanes: { entryBy: ['ticket'] } })
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE, 990)
    p.see(CAR_IN, OTHER, 900, null, { corrects: true })
    p.ticket(CAR_IN)
    const [plate] = p.session(newest(p)).credentials
    const q = park({ lanes: { entryBy: ['ticket'] } })
    q.arrive(CAR_IN)
    q.see(CAR_IN, OTHER, 900)
    q.ticket(CAR_IN)
    expect(plate).toEqual(q.session(newest(q)).credentials[0])
  })

  test('in one picture, of which the camera then follows one by its own id: that one is believed, and the vehicle is asked', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE, 950, null, both(PLATE, OTHER)))).toBe('plate-unreadable')
    p.wait(SECOND_MS)
    expect(said(p.see(CAR_IN, OTHER, 960)), 'another look without that id').toBe('plate-unreadable')
    const q = park()
    q.arrive(CAR_IN)
    q.see(CAR_IN, PLATE, 950, null, both(PLATE, OTHER))
    q.wait(SECOND_MS)
    expect(said(q.see(CAR_IN, OTHER, 900, null, { corrects: true }))).toBe('let-through')
    expect(q.session(newest(q)).credentials).toMatchObject([{ plate: { mac: '29A67890' } }, { kind: 'ticket' }])
  })

  test('of two vehicles that it follows are two still when it corrects one of them, also where the first was read with another', () => {
    const p = park({ lanes: { entryBy: ['plate'] } })
    p.see(CAR_IN, PLATE)
    p.see(CAR_IN, OTHER)
    p.see(CAR_IN, '51G-555.55', 990, null, { corrects: true })
    expect(said(p.arrive(CAR_IN))).toBe('plate-unreadable')
    const q = park({ lanes: { entryBy: ['plate'] } })
    q.arrive(CAR_IN)
    q.see(CAR_IN, PLATE, 950, null, both(PLATE, OTHER))
    q.see(CAR_IN, '51G-555.55', 990)
    expect(said(q.see(CAR_IN, '51G-555.56', 995, null, { corrects: true }))).toBe('plate-unreadable')
  })

  test('at a lane without an arm are two vehicles, one after the other', () => {
    const p = park()
    expect(said(p.see(BIKE_IN, '29B1-678.90'))).toBe('let-through')
    p.wait(SECOND_MS)
    expect(said(p.see(BIKE_IN, '29B1-111.11'))).toBe('let-through')
    expect(p.sessions()).toHaveLength(2)
  })
})
