#!/usr/bin/env node
// Plain JavaScript, so that a Node which is too old for the rest can say so. The rest is TypeScript, which Node runs as it is.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
const program = join(dirname(fileURLToPath(import.meta.url)), 'tolbooth.ts')

if (major < 22 || (major === 22 && minor < 14)) {
  process.stderr.write(
    `tolbooth: Tolbooth needs Node 22.14 or newer, and this is ${process.versions.node}. ` +
      'Run it by `npx tolbooth` in the project’s folder after `npm ci`, which brings its own Node.\n' +
      `tolbooth: Cần Node 22.14 trở lên, đây là ${process.versions.node}. ` +
      'Chạy bằng `npx tolbooth` trong thư mục dự án, sau `npm ci`.\n',
  )
  process.exitCode = 1
} else if (major === 22 && minor < 18) {
  // Until 22.18 it wants to be told.
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types']
  const child = spawn(process.execPath, [...flags, program, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (status, signal) => process.exit(status ?? (signal === null ? 1 : 128)))
} else {
  process.argv[1] = program
  await import('./tolbooth.ts')
}
