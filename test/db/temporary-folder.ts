import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach } from 'vitest'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tolbooth-books-'))
  folders.push(folder)
  return folder
}

/** A folder that is gone after all tests of the file. */
export function keptFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tolbooth-books-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
