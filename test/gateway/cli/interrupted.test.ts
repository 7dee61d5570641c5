import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { environmentOf, tolbooth } from './kit.ts'

const PROGRAM = fileURLToPath(new URL('../../../gateway/cli/tolbooth.ts', import.meta.url))
const DEVICES = 60

test('Ctrl-C at device add loses no password of a device that is enrolled: nobody could show it again', async () => {
  const folder = temporaryFolder()
  const environment = environmentOf(folder)
  await tolbooth(['keys'], environment)
  const file = join(folder, 'devices.json')
  const devices = Array.from({ length: DEVICES }, (_, n) => ({
    id: `till-${n}`,
    driver: 'till',
    place: { kind: 'stall', id: 'a-01' },
  }))
  writeFileSync(file, JSON.stringify(devices))
  const child = spawn(process.execPath, [PROGRAM, 'device', 'add', '--from', file, '--json'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const ended = once(child, 'close')
  await expect.poll(() => existsSync(join(folder, 'books.db')), { timeout: 20_000, interval: 5 }).toBe(true)
  child.kill('SIGINT')
  expect(await ended).toEqual([130, null])
  const shown = (JSON.parse(out) as readonly { readonly id: string }[]).map(({ id }) => id)
  const listed = (await tolbooth(['device', 'list', '--json'], environment)).json() as readonly {
    readonly id: string
  }[]
  expect(shown.length).toBeGreaterThan(0)
  expect(shown.toSorted()).toEqual(listed.map(({ id }) => id).toSorted())
}, 60_000)
