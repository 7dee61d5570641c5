import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Tally } from './reporter.ts'
import { closingText } from './reporter.ts'

const root = join(import.meta.dirname, '..')
const rooms: string[] = []

afterEach(() => {
  for (const room of rooms.splice(0)) rmSync(room, { recursive: true, force: true })
})

describe('the last line of a test run', () => {
  const cases: { name: string; tally: Tally; exitCode: number; last: string }[] = [
    { name: 'counts what passed', tally: tallyOf(3, 0, 0), exitCode: 0, last: '3 passed, 0 failed, 0 skipped' },
    { name: 'counts what failed', tally: tallyOf(3, 2, 1), exitCode: 1, last: '3 passed, 2 failed, 1 skipped' },
    {
      name: 'never says 0 failed when the run failed for a reason that is not a test',
      tally: tallyOf(3, 0, 0),
      exitCode: 1,
      last: '3 passed, 1 failed, 0 skipped',
    },
  ]
  test.each(cases)('$name', ({ tally, exitCode, last }) => {
    expect(closingText(tally, exitCode).trimEnd().split('\n').at(-1)).toBe(last)
  })

  test('is preceded by every skipped test with its reason', () => {
    const text = closingText({ passed: 0, failed: 0, skipped: [{ name: 'a > b', reason: 'no broker here' }] }, 0)
    expect(text).toContain('skipped: a > b: no broker here')
  })

  test('is preceded by at most a hundred skipped tests', () => {
    const lines = closingText(tallyOf(0, 0, 250), 0).split('\n')
    expect(lines.filter((line) => line.startsWith('skipped: test '))).toHaveLength(100)
    expect(lines).toContain('skipped: and 150 more')
  })

  test('is true of a real run with a passing, a failing and a skipped test and a file that does not load', () => {
    const run = runVitest({
      'test/some.test.ts': `
        import { expect, test } from 'vitest'
        test('passes', () => expect(1).toBe(1))
        test('fails', () => expect(1).toBe(2))
        test('is skipped', (context) => context.skip('the broker is not installed'))
      `,
      'test/broken.test.ts': `throw new Error('this file does not load')`,
    })
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('skipped: test/some.test.ts > is skipped: the broker is not installed')
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 2 failed, 1 skipped')
  })

  test('is true of a real run in which core/ is not wholly covered', () => {
    const run = runVitest(
      {
        'core/fare.ts': 'export const fare = (hours: number): number => (hours > 1 ? 2 : 1)',
        'test/fare.test.ts': `
          import { expect, test } from 'vitest'
          import { fare } from '../core/fare.ts'
          test('an hour', () => expect(fare(1)).toBe(1))
        `,
      },
      '--coverage',
    )
    expect(run.status).toBe(1)
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed, 0 skipped')
  })
})

function tallyOf(passed: number, failed: number, skipped: number): Tally {
  return {
    passed,
    failed,
    skipped: Array.from({ length: skipped }, (_, index) => ({ name: `test ${index}`, reason: undefined })),
  }
}

/** Runs the project's own vitest settings over a small tree of their own. */
function runVitest(files: Record<string, string>, ...options: string[]): { status: number | null; stdout: string } {
  const room = mkdtempSync(join(tmpdir(), 'tolbooth-reporter-'))
  rooms.push(room)
  symlinkSync(join(root, 'node_modules'), join(room, 'node_modules'))
  mkdirSync(join(room, 'test'))
  mkdirSync(join(room, 'core'))
  for (const own of ['package.json', 'vitest.config.ts', 'test/reporter.ts']) cpSync(join(root, own), join(room, own))
  for (const [path, text] of Object.entries(files)) writeFileSync(join(room, path), text)
  const vitest = join(room, 'node_modules', 'vitest', 'vitest.mjs')
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', ...options], { cwd: room, encoding: 'utf8' })
  return { status, stdout }
}
