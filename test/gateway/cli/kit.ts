import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Now } from '../../../core/time.ts'
import { DAY_MS } from '../../../core/time.ts'
import type { BooksSettings } from '../../../db/books.ts'
import { runCommandLine } from '../../../gateway/cli/command-line.ts'
import { createKeyFile, createSigner } from '../../../gateway/tokens/signer.ts'
import type { TestBooks } from '../../db/kit.ts'
import { at, GATEWAY, NOON, openMarket, SITE } from '../../db/kit.ts'

/** What a command said and how it ended. */
export type Ran = { readonly status: number; readonly out: string; readonly err: string; json(): unknown }

/** The settings of a site in a folder, with no port that anybody else may have. */
export function environmentOf(folder: string): Readonly<Record<string, string>> {
  return { TOLBOOTH_DATA_DIR: folder, TOLBOOTH_SITE: SITE, TOLBOOTH_MQTT_PORT: '0', TOLBOOTH_HTTP_PORT: '0' }
}

/** Runs one command in this process, as the program would. */
export async function tolbooth(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ran> {
  const written = { out: '', err: '' }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.out += String(text)
      return true
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.err += String(text)
      return true
    }),
  ]
  const before = process.env
  process.env = {
    ...Object.fromEntries(Object.entries(before).filter(([name]) => !name.startsWith('TOLBOOTH_'))),
    ...environment,
  }
  try {
    await runCommandLine(['node', 'tolbooth', ...args])
    return { status: Number(process.exitCode ?? 0), ...written, json: () => JSON.parse(written.out) as unknown }
  } finally {
    process.env = before
    process.exitCode = undefined
    for (const spy of spies) spy.mockRestore()
  }
}

/** A moment some days before now: the commands look at the real clock. */
export function daysAgo(days: number): Now {
  return at(Date.now() - days * DAY_MS - NOON)
}

/** Books of a market in a folder, signed by the gateway's own key, which is made where there is none. */
export function marketIn(folder: string, now: Now, overrides: Partial<BooksSettings> = {}): TestBooks {
  const file = join(folder, 'gateway-key.pem')
  createKeyFile(file)
  const signer = createSigner(createPrivateKey(readFileSync(file, 'utf8')))
  return openMarket(
    folder,
    {
      sign: (typ, claims) => signer.sign(typ, claims),
      signCheckpoint: (head, when) =>
        signer.sign('checkpoint+jwt', { iss: 'urn:test', gateway: GATEWAY, ...head, at: when }),
      ...overrides,
    },
    now,
  )
}
