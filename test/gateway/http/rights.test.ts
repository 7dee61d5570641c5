import { describe, expect, test } from 'vitest'
import type { DocumentId } from '../../../core/ids.ts'
import { HOUR_MS, instant } from '../../../core/time.ts'
import { PASS, STAY, TICKET_TEXT } from './fake-park.ts'
import type { ClientName } from './kit.ts'
import { committed, kit, refusedBefore, START } from './kit.ts'
import { amount, get, post, schemaOf } from './parking-asking.ts'

describe('passes and validations', () => {
  const pass = {
    id: 've-2',
    holder: 'Căn hộ 5B',
    places: ['lot'],
    vehicleClasses: ['car'],
    spaces: 1,
    validFrom: START,
    validUntil: START + HOUR_MS,
    hours: [{ weekdays: [1, 2, 3], fromMinute: 0, toMinute: 1_440 }],
    plates: ['30A-123.45'],
    reason: 'Xe của nhân viên',
  }

  test('a pass is issued for its plates; the answer says where its code is had, where the box signs any', async () => {
    const on = kit()
    const { status, body } = await post(on, '/v1/rights', pass)
    expect(status).toBe(201)
    expect(schemaOf('issuePass').safeParse(body).error?.issues).toBeUndefined()
    expect(body.codeAt).toBeNull()
    const signing = kit({}, { signPassCode: ({ id }) => ({ text: `signed ${id}`, expiresAt: START }) })
    expect((await post(signing, '/v1/rights', pass)).body.codeAt).toBe('/v1/rights/ve-2/code')
    expect(on.path.asked[0]?.body).toMatchObject({
      kind: 'right-put',
      isNew: true,
      reason: 'Xe của nhân viên',
      right: { id: 've-2', kind: 'pass', status: 'active', session: null, relief: { kind: 'covers' } },
      plates: ['30A-123.45'],
    })
  })

  test('the code of a pass: issued by the path, read as text and as a picture, the same each time', async () => {
    const signed: unknown[] = []
    const on = kit(
      {},
      {
        signPassCode: (code) => {
          signed.push(code)
          return { text: `signed ${code.id}`, expiresAt: START }
        },
      },
    )
    const address = `/v1/rights/${PASS}/code`
    expect((await get(on, address)).body.refusal).toBe('pass-code-none')
    expect((await get(on, '/v1/rights/nobody/code')).body.refusal).toBe('right-unknown')
    on.books.park.rights = on.books.park.rights.map((known) => ({
      ...known,
      right: { ...known.right, code: { id: 'box-1:1:7:d0' as DocumentId, issuedAt: START } },
    }))
    const issued = await post(on, address)
    expect(issued.status).toBe(201)
    expect(schemaOf('issuePassCode').safeParse(issued.body).error?.issues).toBeUndefined()
    expect(issued.body.text).toBe('signed box-1:1:7:d0')
    expect(on.path.asked.map(({ body }) => body)).toEqual([{ kind: 'right-coded', right: PASS }])
    expect((await get(on, address)).body).toEqual(issued.body)
    const picture = await on.ask('GET', `${address}.svg`, 'operator')
    expect(picture.headers.get('content-type')).toBe('image/svg+xml')
    expect(await picture.text()).toMatch(/^<svg xmlns=.*<\/svg>\n$/)
    expect(signed[0]).toMatchObject({ right: PASS, id: 'box-1:1:7:d0', issuedAt: START })
  })

  test('a code that was asked for is the one of that request, also when another has called it in since', async () => {
    const on = kit(
      {},
      { signPassCode: ({ id, vehicleClass }) => ({ text: `signed ${id} for ${vehicleClass}`, expiresAt: START }) },
    )
    const code = 'box-1:1:7:d0' as DocumentId
    on.books.park.rights = on.books.park.rights.map((known) => ({
      ...known,
      right: { ...known.right, code: { id: 'box-1:1:9:d0' as DocumentId, issuedAt: instant(START + 5_000) } },
    }))
    const made = { ok: true, kind: 'code-issued', right: PASS, code, issuedAt: START, vehicleClass: null } as const
    on.path.reply = () => committed(made, true)
    const again = await post(on, `/v1/rights/${PASS}/code`)
    expect(schemaOf('issuePassCode').safeParse(again.body).error?.issues).toBeUndefined()
    expect(again.body).toMatchObject({ right: PASS, id: code, issuedAt: START, text: `signed ${code} for null` })
    expect((await get(on, `/v1/rights/${PASS}/code`)).body['id'], 'in force').toBe('box-1:1:9:d0')
  })

  test('a box without a key for passes issues no code, and leaves the one before in force', async () => {
    const on = kit()
    expect((await post(on, `/v1/rights/${PASS}/code`)).body.refusal).toBe('no-pass-key')
    expect(on.path.asked).toEqual([])
  })

  test('a pass is renewed as it stands, with the plates that it has', async () => {
    const on = kit()
    await post(on, `/v1/rights/${PASS}/renewals`, { validUntil: START + 1_000, reason: 'Bù ngày mưa' })
    expect(on.path.asked[0]?.body).toMatchObject({
      kind: 'right-put',
      right: { id: PASS, holder: 'Căn hộ 12A', validUntil: START + 1_000 },
      plates: ['30F24680'],
    })
  })

  test('of a holder whose name the vault has no more nobody is named, and it is renewed all the same', async () => {
    const on = kit()
    on.books.park.rights = on.books.park.rights.map((right) => ({ ...right, holderName: null }))
    expect((await get(on, `/v1/rights/${PASS}`)).body).toMatchObject({ holder: null, plates: ['30F24680'] })
    await post(on, `/v1/rights/${PASS}/renewals`, { validUntil: START + 1_000, reason: 'Bù ngày mưa' })
    expect(on.path.asked[0]?.body).toMatchObject({ right: { holder: '' } })
  })

  test('where the vault has its plates no more, they are asked for', async () => {
    const on = kit()
    on.books.park.rights = on.books.park.rights.map((right) => ({ ...right, plateTexts: [null] }))
    expect((await post(on, `/v1/rights/${PASS}/renewals`, { validUntil: START, reason: 'x' })).body).toMatchObject({
      refusal: 'plate-needed',
    })
    expect((await post(on, `/v1/rights/${PASS}/plates`, { plates: ['29B-1234'] })).status).toBe(200)
    expect(on.path.asked.map(({ body }) => ('plates' in body ? body.plates : null))).toEqual([['29B-1234']])
  })

  test.each([
    ['turns the text behind it round', 'Căn hộ\u202e 12A'],
    ['isolates it', 'Căn hộ \u206612A'],
    ['ends the line', 'Căn hộ\n12A'],
    ['is a control character', 'Căn hộ\u001b[2J'],
  ])('what somebody types of whom or why is refused where it %s', async (_why, text) => {
    const on = kit()
    for (const [address, body] of [
      ['/v1/rights', { ...pass, holder: text }],
      ['/v1/rights', { ...pass, reason: text }],
      [`/v1/rights/${PASS}/status`, { status: 'suspended', reason: text }],
      ['/v1/lanes/lane-in/open', { reason: text }],
    ] as const) {
      const refused = await post(on, address, body)
      expect([refused.status, refused.body.refusal], address).toEqual([400, 'wrong-schema'])
      expect(JSON.stringify(refused.body)).toContain('type it anew')
    }
    expect(on.path.asked).toEqual([])
  })

  test('a name of which nothing is to be seen is none, and a reason of that kind is no reason; words in any script are taken as they are', async () => {
    const on = kit()
    for (const nothing of ['', ' ', '\u200b\u202e', '\u3164', '\u2800\ufeff', '\u0301']) {
      expect((await post(on, '/v1/rights', { ...pass, holder: nothing })).status, JSON.stringify(nothing)).toBe(400)
      await post(on, `/v1/rights/${PASS}/status`, { status: 'suspended', reason: nothing })
      expect(on.path.asked.at(-1)?.body, 'the core says that it is missing').toMatchObject({ reason: '' })
    }
    for (const text of ['Chị Hằng, P.12A', 'Bà 王', '👩‍👧 nhà trẻ', 'شقة ١٢', 'นาย']) {
      await post(on, '/v1/rights', { ...pass, holder: ` ${text} ` })
      expect(on.path.asked.at(-1)?.body).toMatchObject({ right: { holder: text } })
    }
  })

  test('a plate that is none is told to whoever typed it, and not to a driver at a lane', async () => {
    const on = kit()
    on.path.reply = () => refusedBefore('plate-unreadable')
    const { body } = await post(on, '/v1/rights', { ...pass, plates: ['?'] })
    expect(body.refusal).toBe('plate-unreadable')
    expect(JSON.stringify(body)).toContain('30A-123.45')
    expect(JSON.stringify(body)).not.toMatch(/[Tt]icket/)
    const search = await post(on, '/v1/sessions/search', { plate: '?' })
    expect(JSON.stringify(search.body)).not.toMatch(/[Tt]icket/)
  })

  test('a body of another form is no talk of devices alone', async () => {
    const { body } = await post(kit(), '/v1/rights', { ...pass, spaces: 0 })
    expect(JSON.stringify(body)).toContain('Look at what was entered')
  })

  test.each([
    ['17 plates', { ...pass, plates: Array(17).fill('30A-123.45') }],
    ['an eighth weekday', { ...pass, hours: [{ weekdays: [8], fromMinute: 0, toMinute: 1 }] }],
    ['hours from the end of a day on', { ...pass, hours: [{ weekdays: [1], fromMinute: 1_440, toMinute: 0 }] }],
    ['an end that no calendar has', { ...pass, validUntil: 9e15 }],
    ['15 rows of hours', { ...pass, hours: Array(15).fill(pass.hours[0]) }],
    ['no spaces', { ...pass, spaces: 0 }],
    ['an empty holder', { ...pass, holder: '  ' }],
    ['no reason', { ...pass, reason: undefined }],
    ['an unknown member', { ...pass, price: 0 }],
  ])('a pass with %s is refused before the path', async (_what, body) => {
    const on = kit()
    expect((await post(on, '/v1/rights', body)).status).toBe(400)
    expect(on.path.asked).toEqual([])
  })

  test('a validation is for one stay, from its beginning', async () => {
    const on = kit()
    await post(on, `/v1/sessions/${STAY}/validations`, {
      id: 'hd-1',
      holder: 'Siêu thị',
      relief: { kind: 'amount', amount: amount(20_000) },
      reason: ' Chờ lâu ',
    })
    expect(on.path.asked[0]?.body).toMatchObject({
      kind: 'right-put',
      isNew: true,
      reason: 'Chờ lâu',
      right: { kind: 'validation', session: STAY, validFrom: START - 3 * HOUR_MS, relief: { amount: amount(20_000) } },
      plates: [],
    })
  })

  test('a vendor validates a stay at its own stall: by the ticket, or by plate and digits; by its id only whoever may list stays', async () => {
    const on = kit()
    const relief = { kind: 'first-minutes', minutes: 60 }
    const give = (stay: object, as: ClientName = 'vendor', id = 'hd-1') =>
      post(on, '/v1/stalls/stall-1/validations', { id, stay, relief }, as, `key-${on.path.asked.length}`)
    const byId = { kind: 'session', id: STAY }
    for (const [stay, as] of [
      [{ kind: 'ticket', text: TICKET_TEXT }, 'vendor'],
      [{ kind: 'plate', plate: '30A-123.45', digits: '0042' }, 'vendor'],
      [byId, 'operator'],
    ] as const)
      expect((await give(stay, as)).status, JSON.stringify(stay)).toBe(200)
    for (const id of [STAY, 'box-1:1:9:s0'])
      expect((await give({ kind: 'session', id })).body.refusal, 'there or not').toBe('forbidden')
    expect(on.path.asked).toHaveLength(3)
    for (const { body } of on.path.asked)
      expect(body).toMatchObject({
        kind: 'right-put',
        isNew: true,
        merchant: 'market',
        right: { id: 'stall-1:hd-1', kind: 'validation', session: STAY, relief },
      })
    expect((await give({ kind: 'ticket', text: TICKET_TEXT }, 'otherVendor')).body.refusal, 'another’s stall').toBe(
      'forbidden',
    )
    const forged = await give({ kind: 'ticket', text: 'forged' })
    expect(forged.status).toBe(422)
    expect(JSON.stringify(forged.body), 'its customer has no wallet open').toMatch(/Not a ticket of this car park/)
    expect((await give({ kind: 'session', id: 'box-1:1:9:s0' }, 'operator')).body.refusal).toBe('stay-not-found')
    expect(on.path.asked).toHaveLength(3)
  })

  test('a vendor that guesses digits is held up as a driver is', async () => {
    const on = kit({ plateWrongBurstMax: 2 })
    const stay = (digits: string) => ({ kind: 'plate', plate: '30A-123.45', digits })
    const give = (digits: string) =>
      post(
        on,
        '/v1/stalls/stall-1/validations',
        { id: 'h', stay: stay(digits), relief: { kind: 'share', basisPoints: 1 } },
        'vendor',
      )
    expect((await give('0000')).body.refusal).toBe('stay-not-found')
    expect((await give('0001')).body.refusal).toBe('stay-not-found')
    expect((await give('0042')).body.refusal).toBe('ticket-needed')
    expect(on.path.asked).toEqual([])
  })

  test('what merchants gave is read by day', async () => {
    const { body } = await get(kit(), '/v1/validations?from=2026-11-01&to=2026-11-30')
    expect(schemaOf('readValidations').safeParse(body).error?.issues).toBeUndefined()
    expect(body).toMatchObject({ validations: [{ merchant: 'bakery' }], next: '2026-11-22~bakery' })
    const more = await get(kit(), `/v1/validations?from=2026-11-01&to=2026-11-30&after=${body.next}`)
    expect(more.body).toMatchObject({ validations: [{ merchant: 'florist' }], next: null })
    expect((await get(kit(), '/v1/validations?from=yesterday&to=2026-11-30')).status).toBe(400)
    expect((await get(kit(), '/v1/validations?from=2026-11-01&to=2026-11-30&after=bakery')).status).toBe(400)
  })

  test('what people have put right is read with its reason and in both languages, page by page, and no plate whole', async () => {
    const { body } = await get(kit(), '/v1/corrections')
    expect(schemaOf('readCorrections').safeParse(body).error?.issues).toBeUndefined()
    expect(body).toMatchObject({
      corrections: [
        { kind: 'count', before: '37', after: '36', reason: 'đếm tay', vi: 'Sửa số xe trong bãi' },
        { kind: 'stay-plate', before: '2345', after: '2346', reason: 'đọc nhầm' },
        { kind: 'pass-plates', before: null, after: '2345 7890' },
        { kind: 'refund', reason: null, en: 'given back' },
      ],
      next: '500',
    })
    expect((await get(kit(), `/v1/corrections?after=${body.next}`)).body).toMatchObject({ next: null })
    expect((await get(kit(), '/v1/corrections?after=-1')).status).toBe(400)
  })

  test('a validation in another currency than the site’s is refused before the path', async () => {
    const on = kit()
    const relief = { kind: 'amount', amount: { amount: 5, currency: 'USD' } }
    const { status, body } = await post(on, `/v1/sessions/${STAY}/validations`, {
      id: 'hd-2',
      holder: 'Spa',
      relief,
      reason: 'x',
    })
    expect([status, body.refusal]).toEqual([422, 'right-invalid'])
    expect(on.path.asked).toEqual([])
  })
})
