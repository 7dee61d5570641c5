import { describe, expect, test } from 'vitest'
import { KEYED_AMOUNT_MAX } from '../../../core/money.ts'
import { CREDIT_TRIES_MAX } from '../../../gateway/http/parking/credit-handlers.ts'
import { STAY_CHARGE } from './fake-park.ts'
import { committed, kit, refusedBefore } from './kit.ts'
import { amount, post } from './parking-asking.ts'

test('a transfer that was refused once is asked again under another key, and one that was taken is not', async () => {
  const on = kit()
  const told = { reference: 'ft26-7', amount: amount(85_000), text: 'gui xe' }
  const refused = { ...committed({ ok: false, refusal: 'not-ready', due: null }), repeated: true }
  on.path.reply = () => (on.path.asked.length === 1 ? refused : committed({ ok: true, kind: 'noted' }))
  expect((await post(on, '/v1/bank-credits', told)).status).toBe(200)
  expect(on.path.asked.map(({ id, source }) => [source, id])).toEqual([
    ['gateway:bank-credits', 'bank:FT26-7'],
    ['gateway:bank-credits', 'bank:FT26-7~1'],
  ])
  expect(on.path.asked[0]?.body).toEqual({
    kind: 'credit-by-text',
    reference: 'FT26-7',
    amount: amount(85_000),
    text: 'gui xe',
    toldAt: null,
  })
  on.path.reply = () => refused
  expect((await post(on, '/v1/bank-credits', told)).status, 'without end').toBe(503)
  expect(on.path.asked).toHaveLength(2 + CREDIT_TRIES_MAX + 1)
})

test('a transfer that was entered in practice stands under another key than the live one', async () => {
  const on = kit()
  const told = { reference: 'FT26-8', amount: amount(85_000), text: 'tien' }
  await post(on, '/v1/bank-credits', told, 'inPractice')
  await post(on, '/v1/bank-credits', told)
  expect(on.path.asked.map(({ source, id, mode }) => [mode, source, id])).toEqual([
    ['training', 'gateway:bank-credits-training', 'bank:FT26-8'],
    ['live', 'gateway:bank-credits', 'bank:FT26-8'],
  ])
})

describe('a bank transfer that is entered by hand', () => {
  const credit = (reference: string) => ({ amount: amount(85_000), reference })

  test('is one request for each reference, whoever enters it and however it is spelled', async () => {
    const on = kit()
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('ft26326-Ab1'), 'operator', 'key-1')
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT26326-AB1'), 'admin', 'key-2')
    const [first, second] = on.path.asked
    expect(first?.id).toBe('bank:FT26326-AB1')
    expect([second?.source, second?.id, second?.bytes]).toEqual([first?.source, first?.id, first?.bytes])
    expect([first?.actor.id, second?.actor.id]).toEqual(['office', 'owner'])
  })

  test('of another amount is another content under the same reference', async () => {
    const on = kit()
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT1234'))
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, { ...credit('FT1234'), amount: amount(1) })
    const [first, second] = on.path.asked
    expect(second?.id).toBe(first?.id)
    expect(second?.bytes).not.toBe(first?.bytes)
  })

  test('with other content is asked of the books under the next key, and nobody is told to give it a new number', async () => {
    const on = kit()
    const replies = [refusedBefore('key-reused'), refusedBefore('credit-known')]
    on.path.reply = () => replies.shift() ?? refusedBefore('busy')
    expect(await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT1234'))).toMatchObject({
      status: 409,
      body: { refusal: 'credit-known' },
    })
    expect(on.path.asked.map(({ id }) => id)).toEqual(['bank:FT1234', 'bank:FT1234~1'])
    on.path.reply = () => refusedBefore('key-reused')
    expect((await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT9999'))).body).toMatchObject({
      refusal: 'credit-known',
    })
  })

  test.each(['', 'FT1', 'có dấu', `F${'1'.repeat(64)}`, '-FT1234'])(
    'with the reference %j is refused',
    async (text) => {
      const on = kit()
      expect((await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit(text))).status).toBe(400)
      expect(on.path.asked).toEqual([])
    },
  )
})

describe('money that cannot be taken as it was typed', () => {
  test.each([
    ['cash', { tender: 'cash' }],
    ['credits', { reference: 'FT1234' }],
    ['refunds', { reason: 'twice' }],
  ])(
    'at %s is refused before the path, so that its key and a bank’s reference are free for the right request',
    async (at, rest) => {
      const on = kit()
      const say = (value: unknown, charge: string = STAY_CHARGE, key = 'key-1') =>
        post(on, `/v1/charges/${charge}/${at}`, { amount: value, ...rest }, 'operator', key)
      expect(await say(amount(0))).toMatchObject({ status: 422 })
      for (const much of [KEYED_AMOUNT_MAX + 1, Number.MAX_SAFE_INTEGER]) {
        expect(await say(amount(much))).toMatchObject({ status: 422, body: { refusal: 'amount-invalid' } })
      }
      expect(await say({ amount: 85_000, currency: 'USD' })).toMatchObject({ body: { refusal: 'token-currency' } })
      expect(await say(amount(85_000), 'box-1:1:9:g9')).toMatchObject({ body: { refusal: 'charge-unknown' } })
      expect(on.path.asked).toEqual([])
      await say(amount(85_000))
      expect(on.path.asked).toHaveLength(1)
    },
  )

  test('of practice is no charge of the live site', async () => {
    const on = kit()
    on.books.charges = on.books.charges.map((each) => ({ ...each, mode: 'training' as const }))
    const answer = await post(on, `/v1/charges/${STAY_CHARGE}/credits`, { amount: amount(1), reference: 'FT1234' })
    expect(answer.body).toMatchObject({ refusal: 'charge-unknown' })
    expect(on.path.asked).toEqual([])
  })
})
