import { defineConfig } from 'vitest/config'
import { TallyReporter } from './test/reporter.ts'

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/fixtures/**'],
    // Far from any site and from UTC: code that takes the machine's zone for the site's fails here first.
    env: { TZ: 'Pacific/Chatham' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ['default', new TallyReporter()],
    coverage: {
      provider: 'v8',
      include: ['core/**/*.ts'],
      reporter: [['text', { skipFull: true }], 'lcovonly'],
      thresholds: { 'core/**/*.ts': { branches: 100, functions: 100, perFile: true } },
    },
  },
})
