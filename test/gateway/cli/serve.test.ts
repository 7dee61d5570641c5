import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { instant } from '../../../core/time.ts'
import { serviceFlags } from '../../../gateway/cli/service-flags.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { layoutFile, layoutOf } from '../../support/site.ts'
import { environmentOf, tolbooth } from './kit.ts'

const PROGRAM = fileURLToPath(new URL('../../../gateway/cli/tolbooth.ts', import.meta.url))
const TEST_MS = 60_000

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A gateway in a process of its own, in a folder with a key. */
async function serving(args: readonly string[] = [], settings: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder()
  const environment = { ...environmentOf(folder), ...settings }
  await tolbooth(['keys'], environment)
  const child = spawn(process.execPath, [PROGRAM, 'serve', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  ends.push(() => child.kill('SIGKILL'))
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const ended = once(child, 'exit').then(([status, signal]) => ({ status, signal, err }))
  const ready = once(createInterface(child.stdout), 'line').then(([line]) => String(line))
  return { child, folder, ended, firstWord: () => Promise.race([ready, ended]), said: () => err }
}

/** Takes connections, and says nothing: so long a start waits for it. */
async function silentBroker(): Promise<{ readonly url: string; readonly met: Promise<void>; close(): void }> {
  const sockets: Socket[] = []
  let meet = (): void => undefined
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const server: Server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
    meet()
  })
  const close = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  ends.push(close)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { url: `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, met, close }
}

test(
  'a reload that is asked for before the gateway is ready does not end it, and is done',
  async () => {
    const broker = await silentBroker()
    const gateway = await serving([], { TOLBOOTH_BROKER: 'external', TOLBOOTH_MQTT_URL: broker.url })
    await broker.met
    for (let n = 0; n < 3; n += 1) gateway.child.kill('SIGHUP')
    // Named as wrong only by a reload.
    writeFileSync(
      join(gateway.folder, 'layout.json'),
      layoutFile({ ...layoutOf(), zone: 'Asia/Tokyo' }, { epoch: 1, n: 1 }, instant(Date.now())),
    )
    broker.close()
    expect(await gateway.firstWord()).toContain('"ready":true')
    await expect.poll(() => [...gateway.said().matchAll(/Asia\/Tokyo/g)].length, { timeout: 10_000 }).toBe(1)
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).toMatchObject({ status: 0, signal: null })
  },
  TEST_MS,
)

test(
  'a gateway that is to exit with its parent ends cleanly when its input is closed',
  async () => {
    const gateway = await serving(['--exit-with-parent'])
    expect(await gateway.firstWord()).toContain('"ready":true')
    gateway.child.stdin.end()
    const { status, err } = await gateway.ended
    expect(status).toBe(0)
    expect(err).toContain('gateway stopped')
  },
  TEST_MS,
)

test(
  'a gateway that is not told so does not look at its input',
  async () => {
    const gateway = await serving()
    gateway.child.stdin.end()
    expect(await gateway.firstWord()).toContain('"ready":true')
    gateway.child.kill('SIGHUP')
    await expect.poll(() => [...gateway.said().matchAll(/the layout is missing/g)].length, { timeout: 10_000 }).toBe(2)
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).toMatchObject({ status: 0 })
  },
  TEST_MS,
)

test(
  'a parent that is gone before the gateway is ready ends it too',
  async () => {
    const broker = await silentBroker()
    const gateway = await serving(['--exit-with-parent'], {
      TOLBOOTH_BROKER: 'external',
      TOLBOOTH_MQTT_URL: broker.url,
    })
    await broker.met
    gateway.child.stdin.end()
    broker.close()
    expect(await gateway.ended).toMatchObject({ status: 0, signal: null })
  },
  TEST_MS,
)

test(
  'a start that fails ends although the parent lives on',
  async () => {
    const gateway = await serving(['--exit-with-parent'], { TOLBOOTH_HTTP_HOST: '192.0.2.1' })
    expect(await gateway.ended).toMatchObject({ status: 1, err: expect.stringContaining('192.0.2.1') })
  },
  TEST_MS,
)

test('one core is left to the thread that decides', () => {
  expect([1, 2, 3, 4, 5, 16].map((cores) => serviceFlags(cores))).toEqual(
    [1, 1, 2, 3, 4, 4].map((helpers) => [`--v8-pool-size=${helpers}`]),
  )
})

test.for<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['the service puts itself in its own place with that flag', {}, serviceFlags()],
  ['who has said how many helpers there shall be is obeyed', { NODE_OPTIONS: '--v8-pool-size=3' }, []],
])('%s', { timeout: TEST_MS }, async ([, settings, flags], context) => {
  if (!existsSync('/proc/self/cmdline')) context.skip('the flags of a process are read from /proc, and here is none')
  const gateway = await serving([], settings)
  expect(await gateway.firstWord()).toContain('"ready":true')
  const line = readFileSync(`/proc/${gateway.child.pid}/cmdline`, 'utf8').split('\0')
  expect(line.filter((word) => word.startsWith('--'))).toEqual(flags)
  expect(gateway.said()).not.toContain('ExperimentalWarning')
  gateway.child.kill('SIGTERM')
  expect(await gateway.ended).toMatchObject({ status: 0, signal: null })
})
