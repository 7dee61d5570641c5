import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export const SESSION_KEY_BYTES = 32

/**
 * The key that signs the pages' sessions, from its file; made where there is none. A file that is too short is one whose name outlived a power cut and whose bytes did not:
 * it is made anew too, for all that is lost with it is that people sign in again. Nobody is signed in by a key that is not on the disk.
 */
export function loadSessionKey(file: string): Uint8Array {
  const kept = existsSync(file) ? readFileSync(file) : undefined
  if (kept !== undefined && kept.length >= SESSION_KEY_BYTES) return kept
  const key = randomBytes(SESSION_KEY_BYTES)
  const made = `${file}.new`
  withDescriptor(made, 'w', (descriptor) => {
    writeFileSync(descriptor, key)
    fsyncSync(descriptor)
  })
  renameSync(made, file)
  withDescriptor(dirname(file), 'r', fsyncSync)
  return key
}

function withDescriptor(path: string, flags: 'r' | 'w', use: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, 0o600)
  try {
    use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
