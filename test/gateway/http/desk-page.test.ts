import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../core/time.ts'
import { hashOfToken, listedClients } from '../../../gateway/http/clients.ts'
import { DESK_MAIN, deskFiles } from '../../../gateway/http/pages/desk-files.ts'
import type { DeskData } from '../../../gateway/http/pages/desk-page.ts'
import { clients, kit, postForm, signIn, tokenFor } from './kit.ts'

type On = ReturnType<typeof kit>

/** What the page tells its script, as a browser reads it out of the markup. */
async function told(on: On, cookie: string, query = ''): Promise<DeskData> {
  const markup = await (await on.ask('GET', `/desk${query}`, null, { headers: { cookie } })).text()
  const [, attribute = ''] = /data-desk="([^"]*)"/.exec(markup) ?? []
  const names = { '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' } as const
  return JSON.parse(attribute.replace(/&(?:quot|#39|lt|gt|amp);/g, (name) => names[name as keyof typeof names]))
}

const openLane = (on: On, headers: Record<string, string>): Promise<Response> =>
  on.ask('POST', '/v1/lanes/lane-in/open', null, { body: { reason: 'x' }, headers })

describe('a desk pass', () => {
  test('a pass acts, the cookie of its session does not, and neither is taken for the other', async () => {
    const on = kit()
    const cookie = await signIn(on, 'attendant')
    const { pass } = await told(on, cookie)
    expect((await openLane(on, { authorization: `Bearer ${pass}` })).status).toBe(200)
    expect(on.path.asked.at(-1)?.actor).toEqual({ kind: 'client', id: 'gate-1', role: 'attendant' })

    expect((await openLane(on, { cookie })).status).toBe(401)
    const value = cookie.slice(cookie.indexOf('=') + 1)
    expect((await openLane(on, { authorization: `Bearer ${value}` })).status).toBe(401)
    expect((await on.ask('GET', '/', null, { headers: { cookie: `tolbooth_session=${pass}` } })).status).toBe(303)
    expect(on.path.asked).toHaveLength(1)
  })

  test('may what its client’s role may, at its own lanes', async () => {
    const on = kit()
    const { pass } = await told(on, await signIn(on, 'attendant'))
    const headers = { authorization: `Bearer ${pass}` }
    const ask = async (method: string, address: string, body?: unknown) =>
      (await on.ask(method, address, null, { headers, ...(body === undefined ? {} : { body }) })).status
    expect(await ask('POST', '/v1/lanes/lane-out/open', { reason: 'x' })).toBe(403)
    expect(await ask('GET', '/v1/journal')).toBe(403)
    expect(await ask('GET', '/v1/lanes')).toBe(200)
  })

  test('ends with its session: signed out, out of time, or of a token that was changed', async () => {
    const on = kit({ sessionMs: 60_000 })
    const [cookie, other] = [await signIn(on, 'attendant'), await signIn(on, 'attendant')]
    const [one, two] = [await told(on, cookie), await told(on, other)]
    const opens = async (pass: string, where = on) =>
      (await openLane(where, { authorization: `Bearer ${pass}` })).status
    await postForm(on, '/session/end', {}, { cookie })
    expect([await opens(one.pass), await opens(two.pass)]).toEqual([401, 200])
    const changed = kit(
      {},
      { clients: listedClients([{ client: clients.attendant, tokenHash: hashOfToken('another') }]) },
    )
    expect(await opens(two.pass, changed)).toBe(401)
    await on.clock.advance(60_000)
    expect(await opens(two.pass)).toBe(401)
  })

  test('cannot be made, stretched, or handed to another client', async () => {
    const on = kit()
    const { pass } = await told(on, await signIn(on, 'attendant'))
    const [id, endsAt, nonce, mac] = pass.split('.')
    for (const forged of [
      `owner.${endsAt}.${nonce}.${mac}`,
      `${id}.${Number(endsAt) + 1}.${nonce}.${mac}`,
      `${id}.${endsAt}.AAAA.${mac}`,
      `${id}.${endsAt}.${nonce}.`,
      `${pass}.x`,
      pass.slice(0, -1),
    ]) {
      expect((await openLane(on, { authorization: `Bearer ${forged}` })).status, forged).toBe(401)
    }
  })
})

describe('the attendant’s page', () => {
  test('is for a session: nobody, and a bearer token, are led to the sign-in that leads back to it', async () => {
    const on = kit()
    const stranger = await on.ask('GET', '/desk', null)
    expect([stranger.status, stranger.headers.get('location')]).toEqual([303, '/sign-in?to=desk'])
    const program = await on.ask('GET', '/desk', 'attendant')
    expect([program.status, program.headers.get('location')]).toEqual([303, '/sign-in?to=desk'])
    const signIn = await (await on.ask('GET', '/sign-in?to=desk', null)).text()
    expect(signIn).toContain('name="to" value="desk"')
    expect(signIn, 'the other language leads back to it too').toContain('href="/sign-in?to=desk&amp;lang=en"')
    const wrong = await (await postForm(on, '/session', { token: 'x'.repeat(40), to: 'desk' })).text()
    expect(wrong).toContain('href="/sign-in?to=desk&amp;lang=en"')
    expect(await (await on.ask('GET', '/sign-in', null)).text()).toContain('href="/sign-in?lang=en"')
  })

  test.each([
    ['desk', '/desk'],
    ['live', '/'],
    ['//evil.test', '/'],
    ['https://evil.test/', '/'],
    ['', '/'],
  ])('signing in with %j leads to %s and to no address that came from outside', async (to, address) => {
    const answer = await postForm(kit(), '/session', { token: tokenFor('attendant'), to })
    expect(answer.headers.get('location')).toBe(address)
  })

  test('says which lanes have no arm, so that none is offered to be opened there', async () => {
    const on = kit()
    on.books.isFreeFlow = true
    expect((await told(on, await signIn(on, 'operator'))).lanes.map(({ hasArm }) => hasArm)).toEqual([false, false])
    on.books.isFreeFlow = false
    expect((await told(on, await signIn(on, 'operator'))).lanes.map(({ hasArm }) => hasArm)).toEqual([true, true])
  })

  test('tells its script the client’s own lanes, what its role may, and every word in the language', async () => {
    const on = kit()
    const attendant = await told(on, await signIn(on, 'attendant'))
    expect(attendant.lanes).toEqual([
      { id: 'lane-in', name: 'Làn vào 1', direction: 'entry', way: null, givesTickets: true, hasArm: true },
    ])
    expect(attendant.may).toMatchObject({ takeCash: true, declareEmergency: true, validateSession: false })
    expect(attendant).toMatchObject({
      site: 'cho-1',
      currency: 'VND',
      stayMaxMs: 30 * DAY_MS,
      lateAgeMaxMs: 7 * DAY_MS,
      client: { id: 'gate-1', isTraining: false },
    })
    const operator = await told(on, await signIn(on, 'operator'), '?lang=en')
    expect(operator.lanes.map(({ id }) => id)).toEqual(['lane-in', 'lane-out'])
    expect(operator.may.validateSession).toBe(true)
    expect([attendant.words.takeCash, operator.words.takeCash]).toEqual(['Thu tiền mặt', 'Take cash'])
    expect([attendant.words.sellPassHelp, operator.words.sellPassHelp], 'whoever is inside pays for this stay').toEqual(
      [expect.stringContaining('từ lần vào sau'), expect.stringContaining('from its next entry')],
    )
    expect(operator.refusals['no-vehicle'].short).not.toBe(attendant.refusals['no-vehicle'].short)
  })

  test('a name that is markup is text in it', async () => {
    const on = kit()
    const hostile = '"><script>alert(1)</script>'
    on.books.lanes = on.books.lanes.map((view) => ({ ...view, lane: { ...view.lane, name: hostile } }))
    const cookie = await signIn(on, 'attendant')
    expect(await (await on.ask('GET', '/desk', null, { headers: { cookie } })).text()).not.toContain('<script>alert')
    expect((await told(on, cookie)).lanes[0]?.name).toBe(hostile)
  })

  test('is linked from the live page for whoever works at a lane, and for nobody else', async () => {
    const on = kit()
    const page = async (as: 'attendant' | 'vendor') =>
      (await on.ask('GET', '/', null, { headers: { cookie: await signIn(on, as) } })).text()
    expect(await page('attendant')).toContain('href="/desk"')
    expect(await page('vendor')).not.toContain('href="/desk"')
  })

  test('all that its modules import is served with them, as script, to be kept for ever', async () => {
    const on = kit()
    const addresses = new Set(deskFiles.map(({ address }) => address))
    expect(addresses.has(DESK_MAIN)).toBe(true)
    for (const { address, text } of deskFiles) {
      const answer = await on.ask('GET', address, null)
      expect(answer.headers.get('content-type'), address).toBe('text/javascript; charset=utf-8')
      expect(answer.headers.get('cache-control')).toContain('immutable')
      for (const [, specifier = ''] of text
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .matchAll(/^(?:import|export|\})[^\n]*? from ["']([^"']+)["']/gm)) {
        expect(addresses.has(new URL(specifier, `http://x${address}`).pathname), `${specifier} of ${address}`).toBe(
          true,
        )
      }
    }
  })
})
