import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The program of the gateway, run by the Node that runs this. It is spoken to as anyone would speak to it: by its command line and over the network. */
const PROGRAM = join(import.meta.dirname, '../../gateway/cli/tolbooth.ts')

/** The gateway's settings, by the names of their environment variables. */
export type GatewayEnvironment = Readonly<Record<string, string>>

export function spawnTolbooth(args: readonly string[], environment: GatewayEnvironment) {
  return spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...withoutOurs(process.env), ...environment },
    // Its input is closed with this process, however that ends: a gateway that watches it ends too.
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is for the demo, which then ends the gateway when its books have been read.
    detached: true,
  })
}

/** Runs a command to its end and returns what it wrote for programs. Rejects, with what it said, where it fails. */
export function runTolbooth(args: readonly string[], environment: GatewayEnvironment): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawnTolbooth(args, environment)
    let out = ''
    let problem = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      problem += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (status) => {
      if (status === 0) resolve(out)
      else reject(new Error(`tolbooth ${args.join(' ')} ended with ${status}:\n${problem.trim()}`))
    })
  })
}

/** Settings of somebody's own gateway, in this shell, are not for ours. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('TOLBOOTH_')))
}
