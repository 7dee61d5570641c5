import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTextFile } from '../../gateway/bounded-file.ts'
import { BUNDLE_BYTES_MAX } from '../../gateway/bundles/bundles.ts'
import { contentOf } from '../../gateway/bundles/files.ts'
import { temporaryFolder } from '../db/temporary-folder.ts'

function inFolder(): (name: string) => string {
  const folder = temporaryFolder()
  return (name) => join(folder, name)
}

describe('a file that somebody has named', () => {
  test('is read as it is, also by a link, up to its limit, and not one byte beyond', () => {
    const named = inFolder()
    writeFileSync(named('ten'), '12345678')
    symlinkSync(named('ten'), named('link'))
    expect(readTextFile(named('link'), 8)).toBe('12345678')
    expect(() => readTextFile(named('ten'), 7)).toThrow('it is longer than 7 bytes')
    writeFileSync(named('words'), 'Biển số')
    expect(readTextFile(named('words'), 100)).toBe('Biển số')
    writeFileSync(named('empty'), '')
    expect(readTextFile(named('empty'), 0)).toBe('')
  })

  test.each([
    ['a device without an end', () => '/dev/zero'],
    ['a folder', () => inFolder()('.')],
    [
      'a pipe to which nobody writes',
      () => {
        const pipe = inFolder()('pipe')
        execFileSync('mkfifo', [pipe])
        return pipe
      },
    ],
  ])('and is %s is refused at once, as a bundle’s file too', (_what, make) => {
    const file = make()
    expect(() => readTextFile(file, 100)).toThrow('it is a folder, a pipe or a device: name a plain file')
    const content = contentOf(file)
    expect(content).toMatchObject({ ok: false })
    expect(content.ok ? '' : content.problem).toContain(`${file}: cannot be read (it is a folder, a pipe or a device`)
  })

  test('and is longer than any bundle is refused, and not there is told as such', () => {
    const named = inFolder()
    const file = named('long')
    writeFileSync(file, Buffer.alloc(BUNDLE_BYTES_MAX + 1, 32))
    expect(contentOf(file)).toEqual({
      ok: false,
      problem: `${file}: cannot be read (it is longer than ${BUNDLE_BYTES_MAX} bytes, which no such file is)`,
    })
    const none = contentOf(named('none'))
    expect(none.ok ? '' : none.problem).toContain('ENOENT')
  })
})
