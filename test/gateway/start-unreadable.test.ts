import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../gateway/config.ts'
import type { RunningGateway } from '../../gateway/main.ts'
import { runGateway } from '../../gateway/main.ts'
import { temporaryFolder } from '../db/temporary-folder.ts'
import { environmentOf, tolbooth } from './cli/kit.ts'

const EXAMPLE = fileURLToPath(new URL('../../docs/examples/car-park', import.meta.url))
const TEST_MS = 60_000

const running: RunningGateway[] = []
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop()
})

type Site = { readonly folder: string; readonly environment: Readonly<Record<string, string>> }

async function started({ environment }: Site): Promise<{ readonly gateway: RunningGateway; readonly said: string[] }> {
  const read = readConfig(environment)
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const said: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => said.push(line) })
  const gateway = await runGateway(read.config, log)
  running.push(gateway)
  return { gateway, said }
}

test.each([
  ['key-set', 'keys', /no codes of wallets and banks are taken/, /không nhận mã của ví/],
  ['tariffs', 'tariffs', /no stay can be priced/, /không tính được tiền gửi xe/],
])(
  'a start with a %s in force that cannot be read goes on, and says so in its log, at /readyz and at doctor',
  async (kind, item, en, vi) => {
    const folder = temporaryFolder()
    cpSync(EXAMPLE, folder, { recursive: true })
    const site = { folder, environment: { ...environmentOf(folder), TOLBOOTH_SITE: 'car-park-1' } }
    await tolbooth(['keys'], site.environment)
    const first = await started(site)
    await first.gateway.stop()
    running.length = 0
    const client = new Database(join(folder, 'books.db'))
    client.prepare("UPDATE bundle SET content = '{' WHERE kind = ?").run(kind)
    client.close()

    const { gateway, said } = await started(site)
    expect(said.join()).toMatch(en)
    expect(said.join()).toMatch(vi)
    const ready = await fetch(`${gateway.httpAddress}/readyz`)
    expect(ready.status).toBe(503)
    const text = await ready.text()
    expect(text).toMatch(en)
    expect(text).toMatch(new RegExp(`"what": ?"${item}"`))
    const { json } = await tolbooth(['doctor', '--json'], site.environment)
    expect(json()).toContainEqual(expect.objectContaining({ what: kind, state: 'bad', en: expect.stringMatching(en) }))
  },
  TEST_MS,
)
