import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/**
 * The text of a file that somebody has named, read no further than it may be long. Refused by an `Error` that says what to do: what is no plain file (a folder, a pipe, `/dev/zero`: such a one never ends, or never
 * begins), and one that is longer than `bytesMax`, also where it grows meanwhile.
 */
export function readTextFile(file: string, bytesMax: number): string {
  // A pipe to which nobody writes would be waited for.
  const open = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(open).isFile())
      throw new Error('it is a folder, a pipe or a device: name a plain file, and save there what comes out of a pipe')
    const bytes = Buffer.allocUnsafe(Math.min(fstatSync(open).size, bytesMax) + 1)
    const parts: Buffer[] = []
    let length = 0
    for (let read = readSync(open, bytes); read > 0; read = readSync(open, bytes)) {
      length += read
      if (length > bytesMax) throw new Error(`it is longer than ${bytesMax} bytes, which no such file is`)
      parts.push(Buffer.from(bytes.subarray(0, read)))
    }
    return Buffer.concat(parts).toString('utf8')
  } finally {
    closeSync(open)
  }
}
