import type { Command } from 'commander'
import { configOrThrow, say } from './terminal.ts'

/** `tolbooth serve`: runs the gateway until SIGINT or SIGTERM. SIGHUP reads the site's files again. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the gateway')
    .option('--sign-in <client>', 'print an address that signs this client in at the live page, once')
    .action(async ({ signIn }: { readonly signIn?: string }) => {
      const config = configOrThrow()
      // All of the service: other commands start without it in half the time and memory.
      const [{ pino }, { runGateway }] = await Promise.all([import('pino'), import('../main.ts')])
      const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }))
      const gateway = await runGateway(config, log)
      say.json({
        ready: true,
        mqtt: gateway.mqttAddresses,
        http: gateway.httpAddress,
        signIn: signIn === undefined ? null : (gateway.signInAddress(signIn) ?? null),
      })
      process.on('SIGHUP', () => void gateway.reload())
      await signalled()
      await gateway.stop()
    })
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
