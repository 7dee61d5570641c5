import type { Command } from 'commander'
import { configOrThrow, say } from './terminal.ts'

type Options = { readonly signIn?: string; readonly exitWithParent?: boolean }

/** A gateway whose parent is gone, and which does not come to its end, ends all the same: what it has acknowledged is on the disk. */
const STOP_WITHIN_MS = 15_000

/** `tolbooth serve`: runs the gateway until SIGINT or SIGTERM. SIGHUP reads the site's files again, and where it comes before the gateway is ready it is done then. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the gateway')
    .option('--sign-in <client>', 'print an address that signs this client in at the live page, once')
    .option(
      '--exit-with-parent',
      'end when standard input is closed: for a program that starts a gateway and must not leave it behind',
    )
    .action(async ({ signIn, exitWithParent }: Options) => {
      const reloads = heldSignals('SIGHUP')
      const parentGone = exitWithParent === true ? inputClosed() : undefined
      const config = configOrThrow()
      // All of the service: other commands start without it in half the time and memory.
      const [{ pino }, { runGateway }] = await Promise.all([import('pino'), import('../main.ts')])
      const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }))
      void parentGone?.then(() => setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref())
      const gateway = await runGateway(config, log)
      // Before it is said: whoever reads the line may ask for the end at once.
      const asked = signalled()
      const signInAddress = signIn === undefined ? undefined : gateway.signInAddress(signIn)
      if (signIn !== undefined && signInAddress === undefined)
        log.warn(`There is no client ${signIn} to sign in. See: tolbooth client list`)
      say.json({
        ready: true,
        mqtt: gateway.mqttAddresses,
        http: gateway.httpAddress,
        signIn: signInAddress ?? null,
      })
      reloads.take(gateway.reload)
      await Promise.race([asked, ...(parentGone === undefined ? [] : [parentGone])])
      await gateway.stop()
    })
}

/** Signals that came before anybody could do what they ask for are kept, as one; two never run at the same time. */
function heldSignals(signal: NodeJS.Signals): { take(run: () => Promise<unknown>): void } {
  let isAsked = false
  let run: (() => Promise<unknown>) | undefined
  let isRunning = false

  const next = async (): Promise<void> => {
    if (run === undefined || isRunning || !isAsked) return
    isAsked = false
    isRunning = true
    await run()
    isRunning = false
    await next()
  }
  process.on(signal, () => {
    isAsked = true
    void next()
  })
  return {
    take(given) {
      run = given
      void next()
    },
  }
}

/** However the one who holds the other end of our input has ended, also by SIGKILL, the system closes it. */
function inputClosed(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve).once('error', resolve)
    process.stdin.resume()
    // A start that fails ends although the parent lives. Where input is a file there is nothing to wait for.
    if ('unref' in process.stdin) process.stdin.unref()
  })
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
