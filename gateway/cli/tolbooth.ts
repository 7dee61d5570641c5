import { runCommandLine } from './command-line.ts'

// Whoever reads our output may stop reading: tolbooth journal export | head.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
await runCommandLine(process.argv)
