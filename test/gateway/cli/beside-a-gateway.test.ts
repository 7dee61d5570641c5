import type { ChildProcess } from 'node:child_process'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VND } from '../../../core/money.ts'
import { instant } from '../../../core/time.ts'
import { runTolbooth, spawnTolbooth } from '../../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../../simulators/site-kit.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import { keptFolder } from '../../db/temporary-folder.ts'
import { freePort } from '../mqtt/mosquitto.ts'
import type { Ran } from './kit.ts'
import { tolbooth } from './kit.ts'

const LAUNCHER = join(import.meta.dirname, '../../../gateway/cli/tolbooth.mjs')

/** The program as it is shipped, in processes of its own, beside a gateway that runs. */
describe('while a gateway runs', () => {
  const folder = keptFolder()
  let spec: GatewayProcessSpec
  let gateway: GatewayProcess
  let adminToken: string
  let webSocketPort: number

  beforeAll(async () => {
    const now = instant(Date.now())
    const kit = siteKit({ site: 'cli-market', stalls: 1 })
    const issuers = createIssuers({
      site: 'cli-market',
      currency: VND,
      random: randomBytes,
      from: instant(now - 60_000),
    })
    webSocketPort = await freePort()
    const environment = { TOLBOOTH_MQTT_WEB_SOCKET_PORT: String(webSocketPort) }
    spec = await provisionSite({ dataDir: folder, kit, issuers, now, environment })
    const added = await runTolbooth(['client', 'add', 'owner', '--role', 'admin', '--json'], spec.environment)
    adminToken = (JSON.parse(added) as { readonly token: string }).token
    gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => undefined })
    await gateway.start()
  }, 60_000)
  afterAll(() => gateway?.stop())

  /** In this process: the gateway is another one. */
  const run = (...args: string[]): Promise<Ran> => tolbooth(args, spec.environment)

  test('a second one on the same books is refused, with what to do', async () => {
    const { status, err } = await ended(spawnTolbooth(['serve'], spec.environment))
    expect(status).toBe(1)
    expect(err).toContain('Another process has these books open')
    expect(err).toContain('Stop it first')
  })

  test('what only reads works beside it: verify, tail, report, export, backup, rebuild, lists, doctor', async () => {
    expect(await run('journal', 'verify')).toMatchObject({
      status: 0,
      out: expect.stringContaining('The journal is whole'),
    })
    expect((await run('journal', 'tail', '--records', '2')).out.trimEnd().split('\n')).toHaveLength(2)
    expect((await run('report', 'ledger')).status).toBe(0)
    expect(await run('backup', join(folder, 'backup.db'))).toMatchObject({ status: 0 })
    const rebuilt = await run('rebuild', join(folder, 'rebuilt.db'))
    expect(rebuilt).toMatchObject({ status: 0, out: expect.stringContaining('the same as the books') })
    expect(existsSync(join(folder, 'rebuilt.db.source'))).toBe(false)
    expect((await run('device', 'list')).out).toMatch(/^till-a-01 +till/m)
    expect((await run('client', 'list')).out).toContain('owner')
    const doctor = await run('doctor')
    expect(doctor).toMatchObject({ status: 0, out: expect.stringContaining('A gateway runs with these books') })
    expect(doctor.out).toMatch(/Port \d+ is listened on/)
  })

  test('what writes is refused, with how to have it done', async () => {
    const enrolment = ['device', 'add', 'reader-9', '--driver', 'qr-reader', '--stall', 'a-01']
    expect(await run(...enrolment)).toMatchObject({
      status: 1,
      err: expect.stringContaining('Or ask that gateway: --url'),
    })
    const settings: readonly (readonly [Record<string, string>, string])[] = [
      [{ TOLBOOTH_HTTP_PORT: '18080' }, 'http://127.0.0.1:18080'],
      [{ TOLBOOTH_HTTP_PORT: '18080', TOLBOOTH_HTTP_HOST: '0.0.0.0' }, 'http://127.0.0.1:18080'],
      [{ TOLBOOTH_HTTP_PORT: '18080', TOLBOOTH_HTTP_HOST: '10.0.0.7' }, 'http://10.0.0.7:18080'],
      [
        { TOLBOOTH_HTTP_PORT: '18443', TOLBOOTH_HTTP_TLS_CERT_FILE: 'c', TOLBOOTH_HTTP_TLS_KEY_FILE: 'k' },
        'https://127.0.0.1:18443',
      ],
    ]
    for (const [given, address] of settings)
      expect((await tolbooth(enrolment, { ...spec.environment, ...given })).err).toContain(`--url ${address} --token`)
    expect(await run('client', 'add', 'hoa', '--role', 'admin')).toMatchObject({
      status: 1,
      err: expect.stringContaining('Or ask that gateway: --url'),
    })
    for (const args of [['erase'], ['prune'], ['restore', join(folder, 'backup.db')], ['rebuild', '--replace']]) {
      const { status, err } = await run(...args)
      expect(status, args.join(' ')).toBeGreaterThan(0)
      expect(err, args.join(' ')).toMatch(/open/)
    }
  })

  test('devices are enrolled, listed and revoked by asking it', async () => {
    const access = ['--url', spec.httpUrl, '--token', adminToken]
    const added = await run(
      'device',
      'add',
      'reader-9',
      '--driver',
      'qr-reader',
      '--stall',
      'a-01',
      '--json',
      ...access,
    )
    expect(JSON.parse(added.out)).toMatchObject([
      { id: 'reader-9', username: 'reader-9', password: expect.any(String) },
    ])
    expect((await run('device', 'list', ...access)).out).toMatch(/^reader-9 +qr-reader +stall a-01 +active away$/m)
    const again = await run('device', 'add', 'reader-9', '--driver', 'qr-reader', '--stall', 'a-01', ...access)
    expect(again.status).toBe(1)
    expect(await run('device', 'revoke', 'reader-9', ...access)).toMatchObject({ status: 0 })
    expect((await run('device', 'list')).out).toMatch(/^reader-9 .* revoked$/m)
    const stranger = await run('device', 'list', '--url', spec.httpUrl, '--token', 'tb_nobody')
    expect(stranger).toMatchObject({ status: 1, err: expect.stringMatching(/tolbooth: .+\. .+/) })
  })

  test.for(['mqtt', 'ws'] as const)(
    'a device that is revoked from another process is cut off at once, over %s, and does not come back',
    async (protocol) => {
      const access = ['--url', spec.httpUrl, '--token', adminToken]
      const id = `reader-by-${protocol}`
      const enrolled = await run('device', 'add', id, '--driver', 'qr-reader', '--stall', 'a-01', '--json', ...access)
      const [{ password }] = JSON.parse(enrolled.out) as [{ readonly password: string }]
      const url = protocol === 'mqtt' ? spec.mqttUrl : `ws://127.0.0.1:${webSocketPort}/mqtt`
      const asDevice = { clientId: id, username: id, password, reconnectPeriod: 0, keepalive: 600 }
      const client = await connectAsync(url, asDevice)
      await client.subscribeAsync(`tolbooth/v1/cli-market/${id}/answer`, { qos: 1 })
      const closed = new Promise((resolve) => client.once('close', () => resolve(performance.now())))
      expect((await run('device', 'list', ...access)).out).toMatch(new RegExp(`^${id} .* connected$`, 'm'))

      // By the address of the gateway: the books are its own while it runs, and no other process can revoke in them.
      expect(await run('device', 'revoke', id)).toMatchObject({ status: 1, err: expect.stringContaining('--url') })
      expect(await run('device', 'revoke', id, ...access)).toMatchObject({ status: 0 })
      const answeredAt = performance.now()
      expect(Number(await closed) - answeredAt).toBeLessThan(2_000)
      await expect(connectAsync(url, asDevice)).rejects.toThrow(/Bad username or password|Not authorized/)
    },
  )

  test('clients are let in, listed and let in no more by asking it, and a device gets a new password', async () => {
    const access = ['--url', spec.httpUrl, '--token', adminToken]
    const added = await run('client', 'add', 'hoa', '--role', 'vendor', '--stalls', 'a-01', '--json', ...access)
    const { token } = JSON.parse(added.out) as { readonly token: string }
    const asHoa = ['--url', spec.httpUrl, '--token', token]
    expect((await run('device', 'list', ...asHoa)).err).toMatch(/tolbooth: /)
    expect((await run('client', 'list', ...access)).out).toMatch(/^hoa +vendor +live$/m)
    expect(await run('client', 'add', 'hoa', '--role', 'admin', ...access)).toMatchObject({ status: 1 })
    expect(await run('client', 'revoke', 'hoa', ...access)).toMatchObject({ status: 0 })
    expect(await run('client', 'revoke', 'hoa', ...access)).toMatchObject({ status: 1 })

    const first = await run('device', 'password', 'till-a-01', '--json', ...access)
    const second = await run('device', 'password', 'till-a-01', '--json', ...access)
    expect(JSON.parse(first.out)).toMatchObject({ id: 'till-a-01', password: expect.any(String) })
    expect(second.out).not.toBe(first.out)
    const tail = await run('journal', 'tail', '--records', '4')
    expect(tail.out.match(/access-changed/g)).toHaveLength(4)
    expect(tail.out).not.toContain(token)
  })

  test('tail --follow shows records as they come', async () => {
    const tail = spawnTolbooth(['journal', 'tail', '--records', '1', '--follow'], spec.environment)
    try {
      const lines = createInterface(tail.stdout)[Symbol.asyncIterator]()
      await lines.next()
      await run(
        'device',
        'add',
        'reader-8',
        '--driver',
        'qr-reader',
        '--stall',
        'a-01',
        '--url',
        spec.httpUrl,
        '--token',
        adminToken,
      )
      const { value } = await lines.next()
      expect(value).toContain('device-enrolled')
    } finally {
      tail.kill('SIGKILL')
    }
  })

  test('export stops quietly when its reader does', async () => {
    const script = `"${process.execPath}" "${LAUNCHER}" journal export | head -n 1`
    const piped = spawnSync('bash', ['-c', `set -o pipefail; ${script}`], {
      env: { ...process.env, ...spec.environment },
      encoding: 'utf8',
    })
    expect(piped.stderr).toBe('')
    expect(JSON.parse(piped.stdout)).toMatchObject({ seq: 1, kind: 'genesis' })
  })

  test('it ends with 0 when it is asked to, and the books can be opened again', async () => {
    await gateway.stop()
    expect(await run('erase')).toMatchObject({ status: 0 })
    expect(await run('client', 'revoke', 'owner')).toMatchObject({ status: 0 })
    await gateway.start()
  })
})

describe('the program', () => {
  test('is told plainly by a Node that is too old', () => {
    const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})'
    const run = spawnSync(process.execPath, ['--import', old, LAUNCHER, 'doctor'], { encoding: 'utf8' })
    expect(run.status).toBe(1)
    expect(run.stderr).toContain('Tolbooth needs Node 22.14 or newer, and this is 20.20.2.')
    expect(run.stderr).toContain('npx tolbooth')
    const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
      readonly engines: { readonly node: string }
    }
    expect(engines.node).toBe('>=22.14')
  })

  test('speaks with an older Node of its own, where the machine has one', (context) => {
    const machines = ['/usr/bin/node', '/usr/local/bin/node'].find(existsSync)
    const version = machines === undefined ? '' : spawnSync(machines, ['--version'], { encoding: 'utf8' }).stdout
    if (machines === undefined || !/^v(1\d|20|21)\./.test(version))
      context.skip('this machine has no Node older than 22.14')
    const run = spawnSync(machines ?? '', [LAUNCHER, '--help'], { encoding: 'utf8' })
    expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining('needs Node 22.14') })
  })

  test('is what npx finds, and says what there is', () => {
    const run = spawnSync(process.execPath, [LAUNCHER, '--help'], { encoding: 'utf8', env: withoutSettings() })
    expect(run.status).toBe(0)
    expect(run.stdout).toContain('Usage: tolbooth')
  })

  test('hands the demo its own options', () => {
    const run = spawnSync(process.execPath, [LAUNCHER, 'demo', '--help'], { encoding: 'utf8', env: withoutSettings() })
    expect(run.status).toBe(0)
    expect(run.stdout).toContain('--fault')
    const wrong = spawnSync(process.execPath, [LAUNCHER, 'demo', '--rate', 'fast'], {
      encoding: 'utf8',
      env: withoutSettings(),
    })
    expect(wrong.status).not.toBe(0)
  })
})

function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TOLBOOTH_')))
}

function ended(child: ChildProcess): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' }
  child.stdout?.on('data', (bytes: Buffer) => {
    said.out += bytes.toString()
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    said.err += bytes.toString()
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status: status ?? -1, ...said }))
  })
}
