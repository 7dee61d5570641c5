#!/usr/bin/env node
import { refuseOldNode } from './node-version.ts'

// Said before anything else is loaded: SQLite's binding crashes on an older Node.
refuseOldNode(process.versions.node)
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine(process.argv)
