import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { openBooks } from '../../../db/open.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { daysAgo, environmentOf, marketIn, tolbooth } from './kit.ts'

const PROGRAM = fileURLToPath(new URL('../../../gateway/cli/tolbooth.ts', import.meta.url))
/** A process that does not end by itself. */
const GIVE_UP_MS = 60_000

const others: Server[] = []
afterEach(() => {
  for (const other of others.splice(0)) other.close()
})

function takenPort(): Promise<number> {
  return new Promise((resolve) => {
    const other = createServer()
    others.push(other)
    other.listen(0, '127.0.0.1', () => {
      const address = other.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

test.each(['TOLBOOTH_MQTT_PORT', 'TOLBOOTH_HTTP_PORT'])(
  'a start that finds %s taken ends with what to do, and holds neither the books nor the process',
  async (setting) => {
    const folder = temporaryFolder()
    const environment = environmentOf(folder)
    await tolbooth(['keys'], environment)
    const port = await takenPort()

    const { status, stderr } = serve({ ...environment, [setting]: String(port) })
    expect(status).toBe(1)
    expect(stderr).toContain(`127.0.0.1:${port}`)
    expect(stderr).toContain('_PORT')
    openBooks(join(folder, 'books.db')).close()
  },
  2 * GIVE_UP_MS,
)

test.each([
  ['TOLBOOTH_SITE', 'elsewhere', 'at site market-1'],
  ['TOLBOOTH_CURRENCY', 'USD', 'kept in VND'],
  ['TOLBOOTH_ZONE', 'Pacific/Pago_Pago', 'the service runs with Pacific/Pago_Pago'],
])(
  'a start with another %s than the books have is refused, and changes nothing',
  (setting, value, said) => {
    const folder = temporaryFolder()
    const market = marketIn(folder, daysAgo(1))
    const { seq } = market.books.head()
    market.books.close()
    const { status, stderr, stdout } = serve({ ...environmentOf(folder), [setting]: value })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain(said)
    const again = marketIn(folder, daysAgo(1))
    expect(again.books.head().seq).toBe(seq)
    again.books.close()
  },
  2 * GIVE_UP_MS,
)

test.each(['MQTT', 'HTTP'])(
  'a start with files for TLS at %s that are none names them and the settings',
  async (way) => {
    const folder = temporaryFolder()
    const environment = environmentOf(folder)
    await tolbooth(['keys'], environment)
    const file = join(folder, 'no.pem')
    writeFileSync(file, 'no certificate')
    const settings = { [`TOLBOOTH_${way}_TLS_CERT_FILE`]: file, [`TOLBOOTH_${way}_TLS_KEY_FILE`]: file }
    const { status, stderr } = serve({ ...environment, ...settings })
    expect(status).toBe(1)
    expect(stderr).toContain(file)
    expect(stderr).toContain(`TOLBOOTH_${way}_TLS_CERT_FILE`)
  },
  2 * GIVE_UP_MS,
)

test(
  'a start on books that were put back, or are gone, says so',
  async () => {
    const folder = temporaryFolder()
    const environment = environmentOf(folder)
    await tolbooth(['keys'], environment)
    const settings = { ...environment, TOLBOOTH_HTTP_PORT: String(await takenPort()) }
    expect(serve(settings).stderr).not.toContain('put back')
    rmSync(join(folder, 'books.db'))
    expect(serve(settings).stderr).toContain('These books were put back')
  },
  3 * GIVE_UP_MS,
)

function serve(environment: Readonly<Record<string, string>>): {
  readonly status: number | null
  readonly stderr: string
  readonly stdout: string
} {
  return spawnSync(process.execPath, [PROGRAM, 'serve'], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: GIVE_UP_MS,
    killSignal: 'SIGKILL',
  })
}
