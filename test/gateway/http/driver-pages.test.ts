import { describe, expect, test } from 'vitest'
import { siteId } from '../../../core/ids.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { chargedStay, STAY, STAY_CHARGE, TICKET_TEXT, YARD_STAY } from './fake-park.ts'
import type { Kit } from './kit.ts'
import { committed, dong, kit, postForm, refusedBefore, START } from './kit.ts'

async function look(on: Kit, fields: Record<string, string>, address = '/parking', language = 'vi') {
  const answer = await postForm(on, address, fields, { 'accept-language': language })
  return { status: answer.status, text: (await answer.text()).replaceAll('\u00a0', ' '), headers: answer.headers }
}

const byTicket = { ticket: TICKET_TEXT }
const byPlate = { plate: '30A-123.45', digits: '0042' }

function charged(on: Kit, due: number, paid: number): void {
  on.books.park.stays = on.books.park.stays.map((stay) =>
    stay.session.id === STAY ? chargedStay(stay, due, paid, null) : stay,
  )
}

describe('a driver without an account', () => {
  test.each([
    ['the ticket’s code', byTicket],
    ['the whole link of the ticket', { ticket: `https://park.example/parking#${TICKET_TEXT}` }],
    ['plate and digits', byPlate],
  ])('sees by %s the time, the bill so far and what is due', async (_what, fields) => {
    const { status, text } = await look(kit(), fields)
    expect(status).toBe(200)
    for (const said of ['Bãi chính', 'Ô tô', '…2345', 'Giờ thứ 1 đến 2', '85.000 ₫', 'Trả bằng chuyển khoản']) {
      expect(text).toContain(said)
    }
  })

  test('reads it in English, and may change the language without typing anything again', async () => {
    const { text } = await look(kit(), byTicket, '/parking', 'en')
    expect(text).toContain('Hours 1 to 2')
    expect(text).toContain('action="/parking?lang=vi"')
    expect((await look(kit(), byTicket, '/parking?lang=vi', 'en')).text).toContain('Cách tính')
  })

  test.each([
    ['another ticket', { ticket: 'eyJhbGciOiJFZERTQSJ9.e30.x' }, 422, 'token-signature'],
    ['a plate with other digits', { ...byPlate, digits: '0043' }, 404, 'stay-not-found'],
    ['digits with another plate', { ...byPlate, plate: '30A-123.46' }, 404, 'stay-not-found'],
    ['a plate that is none', { ...byPlate, plate: '<script>' }, 404, 'stay-not-found'],
    ['no digits', { plate: '30A-123.45' }, 404, 'stay-not-found'],
    ['nothing', {}, 404, 'stay-not-found'],
  ])('with %s sees no stay', async (_what, fields, status, refusal) => {
    const answer = await look(kit(), fields as Record<string, string>)
    expect(answer.text).toContain(refusal)
    expect([answer.status, answer.text.includes('Bãi chính')]).toEqual([status, false])
  })

  test('is told nothing of any other vehicle', async () => {
    const { text } = await look(kit(), byTicket)
    expect(text).not.toContain(YARD_STAY)
    expect(text).not.toContain('5555')
    expect(text).not.toContain('30A12345')
  })

  test('has the ticket in no address: neither in a form’s nor in the log', async () => {
    const on = kit()
    const { text } = await look(on, byTicket)
    expect(text).not.toMatch(/action="[^"]*eyJ/)
    expect(text).not.toMatch(/href="[^"]*eyJ/)
    expect(JSON.stringify(on.log)).not.toContain('eyJ')
  })

  test('whose plate owes from before is told before the exit how much it asks more, and is asked here for the stay alone, which is paid here', async () => {
    const on = kit()
    charged(on, 85_000, 85_000)
    const [other] = on.books.park.stays.slice(1)
    const owed = other === undefined ? null : chargedStay(other, 60_000, 0, null).charge
    if (owed === null) throw new Error('nothing is owed')
    on.books.park.debts = [{ charge: { ...owed, status: 'owed' }, session: YARD_STAY }]
    const { text } = await look(on, byTicket)
    for (const said of ['Lượt này đã trả xong', 'Ở cổng ra còn phải trả thêm 60.000 ₫ xe này nợ từ lượt trước'])
      expect(text).toContain(said)
    for (const said of ['Đã trả đủ', 'Cần trả']) expect(text).not.toContain(said)
    expect(text, 'of when and where it was nothing').not.toContain(YARD_STAY)
    charged(on, 85_000, 0)
    on.path.reply = () => committed({ ok: true, kind: 'noted' })
    const paying = await look(on, byTicket, '/parking/pay', 'en')
    expect(paying.text).toContain('85,000 VND')
    expect(paying.text).not.toContain('145,000 VND')
    expect(paying.text).toContain('At the exit you are asked 60,000 VND more: it is owed from an earlier visit.')
  })

  test('who has paid too much is told that it is given back, and that after the grace it is reckoned anew', async () => {
    const on = kit()
    on.books.park.stays = on.books.park.stays.map((stay) => {
      const paid = chargedStay(stay, 85_000, 85_000, later(START, -5 * MINUTE_MS))
      return { ...paid, charge: paid.charge && { ...paid.charge, overpaid: 10_000 } }
    })
    const { text } = await look(on, byTicket, '/parking', 'en')
    expect(text).toContain('10,000 VND too much was paid: the staff give it back')
    expect(text).toContain('After that it is reckoned anew; more may be due.')
  })

  test('who has paid is told until when to leave', async () => {
    const on = kit()
    on.books.park.stays = on.books.park.stays.map((stay) =>
      chargedStay(stay, 85_000, 85_000, later(START, -5 * MINUTE_MS)),
    )
    const { text } = await look(on, byTicket)
    expect(text).toContain('Đã trả đủ')
    expect(text).toContain('Mời ra cổng trước')
    expect(text).not.toContain('Trả bằng chuyển khoản')
  })

  test('is sent to the staff where no price is known, and sees no 0', async () => {
    const on = kit()
    on.books.park.hasTariff = false
    const { text } = await look(on, byTicket)
    expect(text).toContain('gặp nhân viên')
    expect(text).not.toContain('0 ₫')
  })
})

describe('a driver whose vehicle stands at the exit', () => {
  /** The lane has asked `agoMs` ago; `due`: what the charge was raised to then. */
  function askedAtExit(on: Kit, agoMs: number, due = 60_000): void {
    const at = later(START, -agoMs)
    charged(on, due, 0)
    on.books.park.stays = on.books.park.stays.map((stay) => {
      const { entry } = stay.session
      return { ...stay, session: { ...stay.session, entry: { ...entry, at: later(START, -2 * HOUR_MS - MINUTE_MS) } } }
    })
    const asked = { charge: STAY_CHARGE, due: dong(50_000), at, holdsUntil: later(at, 2 * MINUTE_MS) }
    const visit = { presence: 7, since: at, plate: null, picture: null, session: STAY, right: null, asked }
    on.books.lanes = on.books.lanes.map((view) =>
      view.lane.id === 'lane-out' ? { ...view, state: { ...view.state, presence: 7, visit } } : view,
    )
  }

  test('sees what the lane has asked, as long as that holds', async () => {
    const on = kit()
    askedAtExit(on, MINUTE_MS + 1)
    const { text } = await look(on, byTicket, '/parking', 'en')
    expect(text).toContain('50,000 VND')
    expect(text).toContain('holds it until')
    expect(text).not.toContain('85,000')
  })

  test('also where the tariff has changed since, and is told why the bill of now is not the one that holds', async () => {
    const on = kit()
    askedAtExit(on, MINUTE_MS + 1, 10_000)
    const { text } = await look(on, byTicket, '/parking', 'en')
    expect(text).toContain('10,000 VND')
    expect(text).not.toContain('50,000')
    expect(text).toContain('The lane asked 10,000 VND')
    expect((await look(on, byTicket, '/parking')).text).toContain('Làn đã báo 10.000 ₫')
  })

  test('and nothing where only debts were asked with a stay that was free then', async () => {
    const on = kit()
    askedAtExit(on, MINUTE_MS + 1)
    on.books.park.stays = on.books.park.stays.map((stay) => ({ ...stay, charge: null }))
    const { text } = await look(on, byTicket, '/parking', 'en')
    expect(text).not.toContain('50,000')
  })

  test('and after that what it costs by now', async () => {
    const on = kit()
    askedAtExit(on, 2 * MINUTE_MS)
    const { text } = await look(on, byTicket, '/parking', 'en')
    expect(text).toContain('85,000 VND')
    expect(text).not.toContain('holds it until')
  })
})

test.each([
  ['somebody’s codes are taken', true, true],
  ['nobody’s codes are taken', false, false],
])('where %s a driver is told of the reader at the exit, or not', async (_what, takesCodes, isTold) => {
  const on = kit()
  on.books.takesCodes = takesCodes
  const { text } = await look(on, byTicket, '/parking', 'en')
  expect(text.includes('hold the payment code of your wallet app')).toBe(isTold)
  expect(text).toContain('Cash: see the staff')
})

test('where no lane out takes a code, nobody is told to show one', async () => {
  const on = kit()
  on.books.lanes = on.books.lanes.map((view) => ({ ...view, lane: { ...view.lane, takes: ['ticket'] } }))
  expect((await look(on, byTicket, '/parking', 'en')).text).not.toContain('wallet app')
})

describe('paying by transfer', () => {
  const asks = (on: Kit, due: number): void => {
    on.path.reply = () => {
      charged(on, due, 0)
      return committed({
        ok: true,
        kind: 'amount-asked',
        session: STAY,
        charge: STAY_CHARGE,
        due: dong(due),
        holdsUntil: null,
      })
    }
  }

  test('asks for the price through the path, and shows a code for that amount with a reference that names the charge', async () => {
    const on = kit()
    asks(on, 85_000)
    const { text } = await look(on, byTicket, '/parking/pay')
    expect(text).toContain('<svg class="qr"')
    expect(text).toContain(transferReference(STAY_CHARGE, siteId('cho-1')))
    expect(text).toContain('0011001234567')
    const [asked] = on.path.asked
    expect(asked?.body).toEqual({ kind: 'session-quoted', session: STAY })
    expect(asked?.actor).toEqual({ kind: 'gateway', id: 'driver-page', role: null })
  })

  test('pressed again within a minute is the same request', async () => {
    const on = kit()
    asks(on, 85_000)
    await look(on, byTicket, '/parking/pay')
    await look(on, byTicket, '/parking/pay')
    expect(on.path.asked[1]?.id).toBe(on.path.asked[0]?.id)
    await on.clock.advance(MINUTE_MS)
    await look(on, byTicket, '/parking/pay')
    expect(on.path.asked[2]?.id).not.toBe(on.path.asked[0]?.id)
  })

  test('is of what is due now, however old the answer is that the path gives again', async () => {
    const on = kit()
    asks(on, 85_000)
    await look(on, byTicket, '/parking/pay')
    // The path answers the same request with what it said before.
    const { reply } = on.path
    on.path.reply = (request) => {
      const answer = reply(request)
      charged(on, 85_000, 60_000)
      return answer
    }
    const part = (await look(on, byTicket, '/parking/pay')).text
    expect(part).toContain('<dd class="big">25.000 ₫</dd>')
    expect(part).not.toContain('<dd class="big">85.000 ₫</dd>')
    on.path.reply = (request) => {
      const answer = reply(request)
      charged(on, 85_000, 85_000)
      return answer
    }
    const { text } = await look(on, byTicket, '/parking/pay')
    expect(text).toContain('Đã trả đủ')
    expect(text).not.toContain('<svg class="qr"')
    expect(text).not.toContain('0011001234567')
  })

  test('is not offered where the layout names no account', async () => {
    const on = kit()
    on.books.account = undefined
    asks(on, 85_000)
    expect((await look(on, byTicket)).text).not.toContain('Trả bằng chuyển khoản')
    expect((await look(on, byTicket, '/parking/pay')).text).not.toContain('<svg class="qr"')
    expect(on.path.asked).toEqual([])
  })

  test.each([
    [refusedBefore('no-tariff'), 'no-tariff'],
    [committed({ ok: false, refusal: 'no-tariff', due: null }), 'no-tariff'],
    [{ kind: 'pushed-back', refusal: 'busy', retryAfterMs: 1_000 } as const, 'busy'],
  ])('that is refused says why', async (reply, refusal) => {
    const on = kit()
    on.path.reply = () => reply
    const { text } = await look(on, byTicket, '/parking/pay')
    expect(text).toContain(refusal)
  })

  test('is not shown while nothing tells the box of a transfer: whoever paid would stand at a closed arm', async () => {
    const on = kit()
    on.books.park.bankConfirmation = 'none'
    asks(on, 85_000)
    for (const address of ['/parking', '/parking/pay']) {
      const { text } = await look(on, byTicket, address)
      expect(text).not.toContain('<svg class="qr"')
      expect(text).not.toContain('Trả bằng chuyển khoản')
      expect(text).toContain('85.000 ₫')
      expect(text).toContain('Tiền mặt: gặp nhân viên ở làn ra.')
    }
    expect(on.path.asked).toEqual([])
  })

  test.each(['expected', 'none'] as const)(
    'pays what a vehicle that has left still owes, where the bank’s word is %s: nobody waits for it',
    async (bankConfirmation) => {
      const on = kit()
      on.books.park.bankConfirmation = bankConfirmation
      charged(on, 85_000, 25_000)
      on.books.park.stays = on.books.park.stays.map((stay) =>
        stay.charge === null
          ? stay
          : { ...stay, session: { ...stay.session, status: 'left' }, charge: { ...stay.charge, status: 'owed' } },
      )
      on.path.reply = () => committed({ ok: false, refusal: 'stay-over', due: null })
      expect((await look(on, byTicket)).text).toContain('60.000 ₫')
      expect((await look(on, byTicket, '/parking/pay')).text).toContain('<svg class="qr"')
    },
  )
})

describe('words for a driver', () => {
  test('on a fault, and while nothing can be written, say what a driver can do: neither to open an arm nor to read /readyz', async () => {
    const on = kit()
    on.path.reply = () => {
      throw new Error('broken')
    }
    const broken = await look(on, byTicket, '/parking/pay', 'en')
    expect(broken.status).toBe(500)
    on.path.reply = () => ({ kind: 'pushed-back', refusal: 'not-ready', retryAfterMs: 1_000 })
    const full = await look(on, byTicket, '/parking/pay', 'en')
    expect(full.status).toBe(503)
    for (const { text } of [broken, full]) {
      expect(text).toContain('pay at the exit')
      expect(text).not.toMatch(/Open by hand|technician|readyz|start to finish/)
    }
  })
})

describe('a driver to whom no ticket was given, where the site lets a stay be paid by its plate', () => {
  const plateAlone = { plate: '30a 12345', digits: '' }
  function withoutTicket(settings: Parameters<typeof kit>[0] = {}): Kit {
    const on = kit(settings)
    on.books.park.payByPlateAlone = true
    on.books.park.stays = on.books.park.stays.map((stay) =>
      stay.session.id === STAY ? { ...stay, session: { ...stay.session, credentials: [] } } : stay,
    )
    return on
  }

  test.each([
    [
      'vi',
      ['Bãi chính', '…2345', '85.000 ₫', 'Trả bằng chuyển khoản', 'Mở bằng biển số'],
      ['Ô tô', 'Giờ vào', 'Cách tính', 'Giờ thứ'],
    ],
    [
      'en',
      ['Bãi chính', '…2345', '85,000 VND', 'Pay by bank transfer', 'Opened by the plate'],
      ['Came in', 'Hours 1', 'reckoned'],
    ],
  ])(
    'sees in %s the place and what is due, and neither what it is, nor since when it stands there, nor what its plate owes from before',
    async (language, shown, hidden) => {
      const on = withoutTicket()
      const [other] = on.books.park.stays.slice(1)
      const owed = other === undefined ? null : chargedStay(other, 60_000, 0, null).charge
      if (owed === null) throw new Error('nothing is owed')
      on.books.park.debts = [{ charge: { ...owed, status: 'owed' }, session: YARD_STAY }]
      const { status, text } = await look(on, plateAlone, '/parking', language)
      expect(status).toBe(200)
      for (const said of shown) expect(text).toContain(said)
      for (const said of [...hidden, '60.000', '60,000', '30A12345', STAY]) expect(text).not.toContain(said)
    },
  )

  test('pays by transfer, and is told that this stay is paid, whatever its plate owes', async () => {
    const on = withoutTicket()
    on.path.reply = () => {
      charged(on, 85_000, 0)
      return committed({ ok: true, kind: 'noted' })
    }
    const paying = await look(on, plateAlone, '/parking/pay', 'en')
    expect(paying.text).toContain('<svg class="qr"')
    expect(paying.text).toContain(transferReference(STAY_CHARGE, siteId('cho-1')))
    on.books.park.stays = on.books.park.stays.map((stay) =>
      chargedStay(stay, 85_000, 85_000, later(START, -5 * MINUTE_MS)),
    )
    const paid = await look(on, plateAlone, '/parking', 'en')
    expect(paid.text).toContain('This stay is paid')
    expect(paid.text).toContain('Drive to the exit by')
    expect(paid.text).not.toContain('All is paid')
  })

  test('may leave the digits empty on the page where a driver begins; elsewhere they are asked for', async () => {
    const begins = async (on: Kit, language: string) => (await on.ask('GET', `/parking?lang=${language}`, null)).text()
    const asked = await begins(kit(), 'vi')
    expect(asked).toMatch(/id="digits"[^>]* required/)
    expect(asked).not.toContain('để trống')
    const on = withoutTicket()
    expect(await begins(on, 'vi')).not.toMatch(/id="digits"[^>]* required/)
    expect(await begins(on, 'vi')).toContain('Không được phát vé: để trống.')
    expect(await begins(on, 'en')).toContain('No ticket was given: leave it empty.')
  })

  test('a plate that is not inside, one with a ticket, one that is none, and a site that lets nobody, are told in the same way', async () => {
    const on = withoutTicket()
    const off = withoutTicket()
    off.books.park.payByPlateAlone = undefined
    const answers = await Promise.all([
      look(on, { plate: '51F-000.00', digits: '' }),
      look(on, { plate: '29B-555.55', digits: '' }),
      look(on, { plate: '<script>', digits: '' }),
      look(off, plateAlone),
      look(on, { plate: '30A-123.45', digits: '0042x' }),
    ])
    const [first] = answers
    for (const answer of answers) expect([answer.status, answer.text]).toEqual([404, first.text])
    expect(first.text).toContain('stay-not-found')
    expect(off.books.park.asked, 'the books are not asked').toEqual([])
  })

  test('is looked for a few times: for an address, for a plate that is not there, and for all such plates together, beside the counts of tickets', async () => {
    const on = withoutTicket({ plateLookBurstMax: 3 })
    for (let index = 0; index < 3; index += 1) expect((await look(on, plateAlone)).status).toBe(200)
    expect((await look(on, plateAlone)).status, 'of one address').toBe(429)

    const watched = withoutTicket({ plateLookBurstMax: 100 })
    const gone = { plate: '51F-000.00', digits: '' }
    for (let index = 0; index < 5; index += 1) expect((await look(watched, gone)).status).toBe(404)
    const blocked = await look(watched, gone)
    expect([blocked.status, blocked.text.includes('too-many-requests')]).toEqual([429, true])
    expect((await look(watched, plateAlone)).status, 'another plate').toBe(200)
    expect((await look(watched, { plate: '29B-555.55', digits: '0042' })).status, 'a ticket').toBe(200)

    const many = withoutTicket({ plateLookBurstMax: 100, allPlateWrongAtStartMax: 4 })
    for (let index = 0; index < 4; index += 1)
      expect((await look(many, { plate: `51F-000.0${index}`, digits: '' })).status).toBe(404)
    expect((await look(many, { plate: '51F-000.09', digits: '' })).status).toBe(429)
    expect((await look(many, { plate: '29B-555.55', digits: '0042' })).status, 'no ticket’s page is closed by it').toBe(
      200,
    )
  })
})

describe('guessing', () => {
  test('by plate and digits ends after a few tries, and is let go on slowly', async () => {
    const on = kit({ plateLookBurstMax: 3, plateLooksPerSecondMax: 0.1 })
    for (let index = 0; index < 3; index += 1)
      expect((await look(on, { ...byPlate, digits: `010${index}` })).status).toBe(404)
    const blocked = await look(on, byPlate)
    expect(blocked.status).toBe(429)
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
    // The ticket itself cannot be guessed, and goes on.
    expect((await look(on, byTicket)).status).toBe(200)
    await on.clock.advance(10_000)
    expect((await look(on, byPlate)).status).toBe(200)
  })

  test('from many addresses is limited too', async () => {
    const on = kit({ allPlateLookBurstMax: 2, plateLookBurstMax: 100 })
    await look(on, byPlate)
    await look(on, byPlate)
    expect((await look(on, byPlate)).status).toBe(429)
  })

  test('of one plate ends after a few wrong digits from wherever they come, and its ticket’s code still opens the page', async () => {
    const on = kit({ plateLookBurstMax: 100 })
    for (let index = 0; index < 5; index += 1) {
      expect((await look(on, byPlate)).status, 'right digits are no try').toBe(200)
      expect(
        (await look(on, { plate: index % 2 === 0 ? '30a 12345' : '30A-123.45', digits: `010${index}` })).status,
      ).toBe(404)
    }
    const blocked = await look(on, byPlate)
    expect([blocked.status, blocked.text.includes('ticket-needed')]).toEqual([429, true])
    expect((await look(on, { plate: '29B-555.55', digits: '0042' })).status, 'another plate').toBe(200)
    expect((await look(on, byTicket)).status).toBe(200)
    await on.clock.advance(3_600_000)
    expect((await look(on, byPlate)).status).toBe(200)
  })

  test('of many plates, each once, ends as well, and a start of the box gives no more tries than it says', async () => {
    const on = kit({ plateLookBurstMax: 1_000, allPlateLookBurstMax: 1_000, allPlateWrongAtStartMax: 4 })
    const guess = (index: number) => look(on, { plate: `29B-${10_000 + index}`, digits: '0100' })
    for (let index = 0; index < 4; index += 1) expect((await guess(index)).status).toBe(404)
    const blocked = await guess(4)
    expect([blocked.status, blocked.text.includes('ticket-needed')]).toEqual([429, true])
    expect((await look(on, byPlate)).status, 'right digits would tell whoever guesses').toBe(429)
    expect((await look(on, byTicket)).status, 'the code of a ticket is no guess').toBe(200)
    await on.clock.advance(60_000)
    expect((await guess(5)).status, 'one a minute').toBe(404)
    expect((await guess(6)).status).toBe(429)
  })

  test('another site’s page can send nothing here', async () => {
    const answer = await postForm(kit(), '/parking', byTicket, { 'sec-fetch-site': 'cross-site' })
    expect(answer.status).toBe(403)
  })
})
