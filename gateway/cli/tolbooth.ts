import { fileURLToPath } from 'node:url'
import { becomeService } from './service-flags.ts'

// Whoever reads our output may stop reading: tolbooth journal export | head.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
// A reload that is asked for while the service is only being loaded must not end it: it reads the site's files anyway.
if (process.argv[2] === 'serve') {
  process.on('SIGHUP', () => undefined)
  becomeService(fileURLToPath(import.meta.url))
}

// Loaded after that: all of it takes a while.
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine(process.argv)
