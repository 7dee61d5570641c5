import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { merchantId, stallId } from '../../../core/ids.ts'
import { instant } from '../../../core/time.ts'
import { createIssuerKey } from '../../../gateway/tokens/development-issuer.ts'
import { WALLET } from '../../db/kit.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { layoutFile, layoutOf } from '../../support/site.ts'
import { daysAgo, environmentOf, marketIn, tolbooth } from './kit.ts'

/** A folder with the gateway's key, as `tolbooth keys` leaves it. */
async function newSite(): Promise<{ readonly folder: string; readonly environment: Readonly<Record<string, string>> }> {
  const folder = temporaryFolder()
  const environment = environmentOf(folder)
  await tolbooth(['keys'], environment)
  return { folder, environment }
}

function keySet(n: number, over: object = {}): string {
  const { kid, publicJwk } = createIssuerKey('Ed25519')
  return JSON.stringify({
    version: { epoch: 1, n },
    issuedAt: '2026-11-21T05:00:00Z',
    issuers: [
      {
        iss: WALLET,
        role: 'wallet',
        kinds: ['pay', 'holder'],
        scope: 'region',
        currency: 'VND',
        presentWithinMs: 86_400_000,
        keys: [{ kid, jwk: publicJwk, from: '2026-01-01T00:00:00Z' }],
        ...over,
      },
    ],
  })
}

describe('the command line', () => {
  test('says what there is, each command and each setting, and ends with 0', async () => {
    const { status, out } = await tolbooth(['--help'], {})
    expect(status).toBe(0)
    for (const command of [
      'serve',
      'demo',
      'device',
      'client',
      'keys',
      'token',
      'journal',
      'report',
      'rebuild',
      'backup',
      'restore',
      'erase',
      'prune',
      'parked',
      'doctor',
    ]) {
      expect(out).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(out).toContain('TOLBOOTH_SITE')
    expect(out).toContain('TOLBOOTH_MQTT_PORT')
  })

  test.each([
    [['jornal', 'verify'], /journal/],
    [['journal', 'verfy'], /verify/],
    [['device', 'add', '--colour', 'red'], /unknown option/],
    [['backup'], /missing required argument/],
    [['client', 'add', 'hoa'], /required option.*--role/],
  ])('tells %j how to ask, and ends with 2', async (args, said) => {
    const { status, err } = await tolbooth(args, {})
    expect(status).toBe(2)
    expect(err).toMatch(said)
  })

  test('tells five mistakes in the settings at once, and ends with 2', async () => {
    const { status, err, out } = await tolbooth(['device', 'list'], {
      TOLBOOTH_SITE: 'Market One',
      TOLBOOTH_MQTT_PORT: 'many',
      TOLBOOTH_ZONE: 'Mars/Olympus',
      TOLBOOTH_HTPP_PORT: '80',
      TOLBOOTH_QUEUE_MAX: '0',
    })
    expect(status).toBe(2)
    expect(out).toBe('')
    expect(err.split('\n').filter((line) => line.startsWith('  - '))).toHaveLength(5)
  })

  test('says where there are no books yet, and what to do', async () => {
    const { environment } = await newSite()
    for (const args of [
      ['device', 'list'],
      ['journal', 'verify'],
      ['journal', 'tail'],
      ['report', 'ledger'],
      ['rebuild'],
      ['backup', '/tmp/never.db'],
    ]) {
      const { status, err } = await tolbooth(args, environment)
      expect(status, args.join(' ')).toBe(1)
      expect(err, args.join(' ')).toMatch(/There are no books at .* Name the right folder/)
    }
  })

  test('says where the gateway has no key yet, and what to do', async () => {
    const { status, err } = await tolbooth(
      ['client', 'add', 'hoa', '--role', 'admin'],
      environmentOf(temporaryFolder()),
    )
    expect(status).toBe(1)
    expect(err).toContain('tolbooth keys')
  })
})

describe('tolbooth keys', () => {
  test('makes the gateway’s key once, for its owner alone, and shows its public half', async () => {
    const folder = temporaryFolder()
    const first = await tolbooth(['keys'], environmentOf(folder))
    const second = await tolbooth(['keys'], environmentOf(folder))
    expect(first.status).toBe(0)
    expect(second.out).toBe(first.out)
    expect(first.json()).toMatchObject({ file: join(folder, 'gateway-key.pem'), jwk: { kty: 'OKP', crv: 'Ed25519' } })
    expect(first.out).not.toContain('"d"')
    expect((statSync(join(folder, 'gateway-key.pem')).mode & 0o777).toString(8)).toBe('600')
  })

  test('import puts a key set where the gateway reads it, and never an older one over a newer', async () => {
    const { folder, environment } = await newSite()
    const [first, second, older] = [keySet(2), keySet(3), keySet(2)].map((text, index) => {
      const file = join(folder, `set-${index}.json`)
      writeFileSync(file, text)
      return file
    })
    expect((await tolbooth(['keys', 'import', first ?? ''], environment)).status).toBe(0)
    expect((await tolbooth(['keys', 'import', second ?? ''], environment)).status).toBe(0)
    const refused = await tolbooth(['keys', 'import', older ?? ''], environment)
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining('has version 1.3 already') })
    expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toBe(readFileSync(second ?? '', 'utf8'))
  })

  test('import tells every fault of a set, and changes nothing', async () => {
    const { folder, environment } = await newSite()
    writeFileSync(join(folder, 'bad.json'), keySet(1, { kinds: ['pass'], currency: 'dong', scope: 'moon' }))
    const { status, err } = await tolbooth(['keys', 'import', join(folder, 'bad.json')], environment)
    expect(status).toBe(1)
    expect(err.split('\n').filter((line) => line.startsWith('  - ')).length).toBeGreaterThanOrEqual(2)
    expect(existsSync(join(folder, 'keys.json'))).toBe(false)
    const missing = await tolbooth(['keys', 'import', join(folder, 'nowhere.json')], environment)
    expect(missing).toMatchObject({ status: 2, err: expect.stringContaining('ENOENT') })
  })

  test('issuer makes a private key for development, and its entry for a key set', async () => {
    const { folder, environment } = await newSite()
    for (const alg of ['Ed25519', 'ES256']) {
      const file = join(folder, `${alg}.jwk`)
      const made = await tolbooth(['keys', 'issuer', file, '--alg', alg], environment)
      expect(made.json()).toMatchObject({ jwk: { kty: alg === 'ES256' ? 'EC' : 'OKP' }, until: null, revoked: false })
      expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
      expect((await tolbooth(['keys', 'issuer', file, '--alg', alg], environment)).status).toBe(1)
    }
    expect((await tolbooth(['keys', 'issuer', join(folder, 'x'), '--alg', 'RS256'], environment)).status).toBe(2)
  })
})

describe('tolbooth device', () => {
  test('add enrols a device and shows its password once; list shows it; revoke lets it in no more', async () => {
    const { environment } = await newSite()
    const added = await tolbooth(['device', 'add', 'reader-1', '--driver', 'qr-reader', '--stall', 'a-1'], environment)
    expect(added).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^reader-1 {2}user reader-1 {2}password [\w-]{24} /),
    })

    const listed = await tolbooth(['device', 'list', '--json'], environment)
    expect(listed.json()).toMatchObject([
      { id: 'reader-1', driver: 'qr-reader', place: { kind: 'stall', id: 'a-1' }, role: null, status: 'active' },
    ])
    expect(listed.out).not.toContain('password')
    expect((await tolbooth(['device', 'list'], environment)).out).toMatch(/^reader-1 +qr-reader +stall a-1 +active$/m)

    const again = await tolbooth(['device', 'add', 'reader-1', '--driver', 'qr-reader', '--stall', 'a-1'], environment)
    expect(again).toMatchObject({ status: 1, err: expect.stringContaining('reader-1: ') })

    expect((await tolbooth(['device', 'revoke', 'reader-1'], environment)).status).toBe(0)
    expect((await tolbooth(['device', 'list'], environment)).out).toContain('revoked')
    expect(
      (await tolbooth(['device', 'add', 'reader-1', '--driver', 'qr-reader', '--lane', 'in-1'], environment)).status,
    ).toBe(0)
  })

  test('revoke says of a barrier that keeps what it is to do without a gateway that it could not be told otherwise', async () => {
    const { environment } = await newSite()
    const add = (id: string, driver: string) =>
      tolbooth(['device', 'add', id, '--driver', driver, '--lane', 'in-1'], environment)
    expect((await add('arm-1', 'barrier')).status).toBe(0)
    const second = await add('arm-2', 'barrier-tasmota')
    expect(second).toMatchObject({ status: 1, err: expect.stringContaining('arm-2: The lane has one already') })
    const ours = await tolbooth(['device', 'revoke', 'arm-1'], environment)
    expect(ours.out).toMatch(/^arm-1 is let in no more\narm-1 could not be told so: .* goes up by itself\./)
    expect((await add('arm-2', 'barrier-tasmota')).status).toBe(0)
    expect((await tolbooth(['device', 'revoke', 'arm-2'], environment)).out.trim()).toBe('arm-2 is let in no more')
  })

  test('password gives an enrolled device a new one', async () => {
    const { environment } = await newSite()
    const added = await tolbooth(
      ['device', 'add', 'till-1', '--driver', 'till', '--stall', 'a-1', '--json'],
      environment,
    )
    const renewed = await tolbooth(['device', 'password', 'till-1', '--json'], environment)
    const [first] = added.json() as { readonly password: string }[]
    const second = renewed.json() as { readonly password: string }
    expect(second).toMatchObject({ id: 'till-1', username: 'till-1' })
    expect(second.password).not.toBe(first?.password)
    expect((await tolbooth(['device', 'password', 'till-2'], environment)).status).toBe(1)
  })

  test('add --from enrols many, in the form that programs read', async () => {
    const { folder, environment } = await newSite()
    const file = join(folder, 'devices.json')
    writeFileSync(
      file,
      JSON.stringify([
        { id: 'loop-1', driver: 'loop', place: { kind: 'lane', id: 'in-1' }, role: 'approach' },
        { id: 'fire-1', driver: 'emergency', place: { kind: 'site' }, role: null },
      ]),
    )
    const added = await tolbooth(['device', 'add', '--from', file, '--json'], environment)
    expect(added.json()).toMatchObject([
      { id: 'loop-1', username: 'loop-1', password: expect.any(String) },
      { id: 'fire-1', username: 'fire-1', password: expect.any(String) },
    ])
    // All or none: one that is enrolled already stops the list before it begins.
    writeFileSync(
      file,
      JSON.stringify([
        { id: 'new-1', driver: 'till', place: { kind: 'site' } },
        { id: 'fire-1', driver: 'emergency', place: { kind: 'site' } },
      ]),
    )
    expect((await tolbooth(['device', 'add', '--from', file], environment)).status).toBe(1)
    expect((await tolbooth(['device', 'list'], environment)).out).not.toContain('new-1')
  })

  test('add enrols nothing at a stall or a lane that the layout of the site has not, and names those that it has', async () => {
    const { folder, environment } = await newSite()
    const layout = (stalls: readonly string[], n: number): void =>
      writeFileSync(
        join(folder, 'layout.json'),
        layoutFile(
          layoutOf({
            stalls: stalls.map((id) => ({ id: stallId(id), name: id, merchant: merchantId('m-1'), feeBasisPoints: 0 })),
          }),
          { epoch: 1, n },
          instant(Date.now()),
        ),
      )
    const at = (...place: string[]) =>
      tolbooth(['device', 'add', `at-${place.at(-1)}`, '--driver', 'qr-reader', ...place], environment)
    expect((await at('--stall', 'before-any')).status, 'no layout is known yet').toBe(0)

    layout(['a-1', 'a-2'], 1)
    expect((await at('--stall', 'a-1')).status).toBe(0)
    const wrong = await at('--stall', 'a-11')
    expect(wrong.status).toBe(2)
    expect(wrong.err).toContain('at-a-11: no stall of that name: the layout has a-1, a-2.')
    expect((await at('--lane', 'nowhere')).err).toContain('at-nowhere: no lane of that name')

    const file = join(folder, 'devices.json')
    const reader = (id: string) => ({ id: `many-${id}`, driver: 'qr-reader', place: { kind: 'stall', id } })
    writeFileSync(file, JSON.stringify([reader('a-2'), reader('a-3')]))
    expect((await tolbooth(['device', 'add', '--from', file], environment)).status, 'all or none').toBe(2)
    expect((await tolbooth(['device', 'list'], environment)).out).not.toContain('many-a-2')

    // The file that the next start takes into use has it already.
    layout(['a-1', 'a-2', 'a-3'], 2)
    expect((await tolbooth(['device', 'add', '--from', file], environment)).status).toBe(0)
    expect((await tolbooth(['doctor'], environment)).out).toMatch(/before-any \(stall before-any\)/)
  })

  test.each<[readonly string[], RegExp]>([
    [['device', 'add', 'x'], /--driver/],
    [['device', 'add', '--driver', 'till'], /an id/],
    [['device', 'add', 'X 1', '--driver', 'till'], /a-z/],
    [['device', 'add', 'x', '--driver', 'toaster'], /no driver toaster/],
    [['device', 'add', 'x', '--driver', 'loop', '--lane', 'in-1'], /role does not fit/],
    [['device', 'add', 'x', '--driver', 'till', '--role', 'safety'], /role does not fit/],
    [['device', 'add', 'x', '--driver', 'till', '--stall', 'a', '--lane', 'b'], /not at both/],
    [['device', 'add', '--from', '/nowhere.json'], /ENOENT/],
    [['device', 'revoke', 'Not An Id'], /no device id/],
    [['device', 'list', '--url', 'not a url'], /is an address/],
    [['device', 'list', '--url', 'http://127.0.0.1:1'], /needs --token/],
  ])('%j is asked wrongly', async (args, said) => {
    const { environment } = await newSite()
    const { status, err } = await tolbooth(args, environment)
    expect(status).toBe(2)
    expect(err).toMatch(said)
  })

  test('a list with faults is told fault by fault', async () => {
    const { folder, environment } = await newSite()
    const file = join(folder, 'devices.json')
    writeFileSync(
      file,
      JSON.stringify([
        { id: 'A', driver: 'till' },
        { id: 'b', driver: 'till', place: { kind: 'site' }, colour: 'red' },
      ]),
    )
    const { status, err } = await tolbooth(['device', 'add', '--from', file], environment)
    expect(status).toBe(2)
    expect(err.split('\n').filter((line) => line.startsWith('  - ')).length).toBeGreaterThanOrEqual(3)
    writeFileSync(
      file,
      JSON.stringify([
        { id: 'b', driver: 'till', place: { kind: 'site' } },
        { id: 'b', driver: 'till', place: { kind: 'site' } },
      ]),
    )
    expect((await tolbooth(['device', 'add', '--from', file], environment)).err).toContain('b stands there twice')
  })

  test('a gateway that does not answer is told', async () => {
    const { environment } = await newSite()
    const { status, err } = await tolbooth(
      ['device', 'list', '--url', 'http://127.0.0.1:1', '--token', 'tb_x'],
      environment,
    )
    expect(status).toBe(1)
    expect(err).toContain('no gateway answers at http://127.0.0.1:1')
  })
})

describe('tolbooth client', () => {
  test('add makes a token, shown once; list shows no secret; revoke ends it and frees the id', async () => {
    const { environment } = await newSite()
    const added = await tolbooth(
      ['client', 'add', 'hoa', '--role', 'vendor', '--stalls', 'a-1, a-2', '--json'],
      environment,
    )
    const { token } = added.json() as { readonly token: string }
    expect(token).toMatch(/^tb_[\w-]{43}$/)
    const listed = await tolbooth(['client', 'list', '--json'], environment)
    expect(listed.json()).toEqual([{ id: 'hoa', role: 'vendor', mode: 'live', stalls: ['a-1', 'a-2'], lanes: 'all' }])

    expect((await tolbooth(['client', 'add', 'hoa', '--role', 'admin'], environment)).status).toBe(1)
    expect((await tolbooth(['client', 'revoke', 'hoa'], environment)).status).toBe(0)
    expect((await tolbooth(['client', 'revoke', 'hoa'], environment)).status).toBe(1)
    expect(
      (await tolbooth(['client', 'add', 'hoa', '--role', 'attendant', '--lanes', 'in-1', '--training'], environment))
        .status,
    ).toBe(0)
    expect((await tolbooth(['client', 'list'], environment)).out).toMatch(/^hoa +attendant +training$/m)
  })

  test('add refuses a stall and a lane that the layout has not, and names some that it has', async () => {
    const folder = temporaryFolder()
    marketIn(folder, daysAgo(1)).books.close()
    const environment = environmentOf(folder)
    const stall = await tolbooth(['client', 'add', 'hoa', '--role', 'vendor', '--stalls', 'a-99'], environment)
    expect(stall).toMatchObject({
      status: 2,
      err: expect.stringMatching(/a-99: no stall of that name: the layout has /),
    })
    const lane = await tolbooth(['client', 'add', 'hoa', '--role', 'attendant', '--lanes', 'nowhere'], environment)
    expect(lane).toMatchObject({
      status: 2,
      err: expect.stringContaining('nowhere: no lane of that name: the layout has'),
    })
    expect((await tolbooth(['client', 'list', '--json'], environment)).json()).toEqual([])
  })

  test('add refuses to keep a client to places that its role is not kept to: it would be let in everywhere', async () => {
    const environment = environmentOf(temporaryFolder())
    for (const [role, option] of [
      ['attendant', '--stalls'],
      ['operator', '--stalls'],
      ['operator', '--lanes'],
    ] as const) {
      const added = await tolbooth(['client', 'add', 'hoa', '--role', role, option, 'a-01'], environment)
      expect(added).toMatchObject({ status: 2, err: expect.stringContaining(`${option} is of`) })
    }
    const vendor = ['client', 'add', 'hoa', '--role', 'vendor', '--stalls', 'a-01', '--lanes', 'in-1']
    expect(await tolbooth(vendor, environment)).toMatchObject({
      status: 2,
      err: expect.stringContaining('--lanes is of'),
    })
  })

  test.each<[readonly string[], RegExp]>([
    [['client', 'add', 'hoa', '--role', 'king'], /--role is one of/],
    [['client', 'add', 'hoa', '--role', 'vendor'], /needs --stalls/],
    [['client', 'add', 'Chị Hoa', '--role', 'admin'], /no client id/],
    [['client', 'add', 'hoa', '--role', 'vendor', '--stalls', 'a 1'], /is no id/],
  ])('%j is asked wrongly', async (args, said) => {
    const { environment } = await newSite()
    const { status, err } = await tolbooth(args, environment)
    expect(status).toBe(2)
    expect(err).toMatch(said)
  })
})

describe('tolbooth token', () => {
  test('issue signs one that verify takes at its stall and refuses elsewhere; inspect shows what is in it', async () => {
    const { folder, environment } = await newSite()
    const made = await tolbooth(['keys', 'issuer', join(folder, 'wallet.jwk')], environment)
    const entry = made.json() as { readonly kid: string }
    const set = JSON.parse(keySet(1)) as { issuers: { keys: unknown[] }[] }
    writeFileSync(
      join(folder, 'keys.json'),
      JSON.stringify({ ...set, issuers: [{ ...set.issuers[0], keys: [{ ...entry, from: '2020-01-01T00:00:00Z' }] }] }),
    )
    const issue = ['token', 'issue', '--key', join(folder, 'wallet.jwk'), '--iss', WALLET]
    for (const kind of ['pay', 'holder']) {
      const issued = await tolbooth([...issue, '--kind', kind, '--amount', '50000', '--stall', 'a-1'], environment)
      const token = issued.out.trim()
      expect(await tolbooth(['token', 'verify', token, '--stall', 'a-1'], environment)).toMatchObject({ status: 0 })
      expect(await tolbooth(['token', 'verify', token, '--stall', 'a-2'], environment)).toMatchObject({
        status: 1,
        out: expect.stringContaining('token-audience'),
      })
      const inspected = await tolbooth(['token', 'inspect', token, '--json'], environment)
      expect(inspected.json()).toMatchObject({ kind, refusal: null, characters: token.length })
    }
    expect(await tolbooth(['token', 'verify', 'abc'], environment)).toMatchObject({ status: 1 })
    expect((await tolbooth([...issue, '--amount', '1.5'], environment)).status).toBe(2)
    expect((await tolbooth([...issue, '--kind', 'receipt', '--amount', '5'], environment)).status).toBe(2)
  })
})
