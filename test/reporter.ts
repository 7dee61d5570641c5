import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node'

const SKIPPED_LINES_MAX = 100

/**
 * Ends a run with one line, `N passed, N failed, N skipped`, after everything else that vitest prints, and tells
 * before it which tests were skipped and why.
 *
 * What is not a test and yet broke the run (a file that does not load, an unhandled rejection, a coverage threshold)
 * counts as failed, so that `0 failed` and a non-zero exit code never stand side by side.
 */
export class TallyReporter implements Reporter {
  #tally: Tally | undefined
  #isListening = false

  onInit(_vitest: Vitest): void {
    if (this.#isListening) return
    this.#isListening = true
    // The coverage report and its thresholds come after onTestRunEnd: only the exit of the process is later than they.
    process.once('exit', (exitCode) => {
      // A run that broke before its first test has no tally, and must not end in silence.
      const tally = this.#tally ?? (exitCode === 0 ? undefined : { passed: 0, failed: 0, skipped: [] })
      if (tally !== undefined) process.stdout.write(closingText(tally, exitCode))
    })
  }

  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#tally = tallyOf(testModules, unhandledErrors.length)
  }
}

export type Tally = { passed: number; failed: number; skipped: readonly SkippedTest[] }
export type SkippedTest = { name: string; reason: string | undefined }

/** The text that closes a run that ends with `exitCode`: the skipped tests with their reasons, then the count. */
export function closingText(tally: Tally, exitCode: number): string {
  const lines = tally.skipped
    .slice(0, SKIPPED_LINES_MAX)
    .map((test) => `skipped: ${test.name}: ${test.reason ?? 'no reason given'}`)
  if (tally.skipped.length > SKIPPED_LINES_MAX) {
    lines.push(`skipped: and ${tally.skipped.length - SKIPPED_LINES_MAX} more`)
  }
  const isBrokenOutsideTests = exitCode !== 0 && tally.failed === 0
  if (isBrokenOutsideTests) lines.push('failed outside the tests (a coverage threshold, or a setting): see above')
  const failed = isBrokenOutsideTests ? 1 : tally.failed
  lines.push(`${tally.passed} passed, ${failed} failed, ${tally.skipped.length} skipped`)
  return `\n${lines.join('\n')}\n`
}

function tallyOf(testModules: readonly TestModule[], unhandledErrors: number): Tally {
  let passed = 0
  let failed = unhandledErrors
  const skipped: SkippedTest[] = []
  for (const testModule of testModules) {
    let failedHere = 0
    for (const test of testModule.children.allTests()) {
      const result = test.result()
      switch (result.state) {
        case 'passed':
          passed += 1
          break
        case 'failed':
          failedHere += 1
          break
        case 'skipped':
          skipped.push({ name: `${testModule.relativeModuleId} > ${test.fullName}`, reason: result.note })
          break
        case 'pending':
          // The run was interrupted: a test without an answer is not a test that passed.
          failedHere += 1
          break
      }
    }
    const isBrokenFile = failedHere === 0 && testModule.state() === 'failed'
    failed += isBrokenFile ? 1 : failedHere
  }
  return { passed, failed, skipped }
}
