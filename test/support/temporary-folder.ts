import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type TemporaryFolder = { readonly path: string; remove(): void }

/** A folder that is gone afterwards: in memory where the machine has such a place, because here durability is not what is tested. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tolbooth-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
