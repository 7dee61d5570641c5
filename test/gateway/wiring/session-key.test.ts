import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadSessionKey, SESSION_KEY_BYTES } from '../../../gateway/wiring/session-key.ts'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

describe('the key that signs the sessions of the pages', () => {
  let folder: TemporaryFolder
  let file: string

  beforeEach(() => {
    folder = temporaryFolder()
    file = join(folder.path, 'session.key')
  })
  afterEach(() => folder.remove())

  test('is made once, for its owner alone, and is the same at the next start', () => {
    const key = loadSessionKey(file)
    expect(key).toHaveLength(SESSION_KEY_BYTES)
    expect(Buffer.from(loadSessionKey(file))).toEqual(Buffer.from(key))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder.path)).toEqual(['session.key'])
  })

  test.each([0, 1, SESSION_KEY_BYTES - 1])('is made anew where a power cut has left %d bytes of it', (bytes) => {
    writeFileSync(file, Buffer.alloc(bytes), { mode: 0o600 })
    const key = loadSessionKey(file)
    expect(key).toHaveLength(SESSION_KEY_BYTES)
    expect(readFileSync(file)).toEqual(Buffer.from(key))
  })
})
