import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TicketInHand } from './gateway-process/gateway-reads.ts'
import type { GatewayProcessSpec } from './gateway-process/provision.ts'
import { OPERATOR } from './gateway-process/provision.ts'

/** The settings of a demo's gateway, as its file: whoever looks at what it left names that one file. */
export async function keepSettings(dataDir: string, { environment }: GatewayProcessSpec): Promise<string> {
  const file = join(dataDir, 'settings.json')
  const settings = {
    dataDir,
    site: environment['TOLBOOTH_SITE'],
    mqttPort: Number(environment['TOLBOOTH_MQTT_PORT']),
    httpPort: Number(environment['TOLBOOTH_HTTP_PORT']),
    logLevel: environment['TOLBOOTH_LOG_LEVEL'],
  }
  await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`)
  return file
}

/** How to look at what is kept. `ticket`: of a vehicle that stands inside, for the driver's page. */
export function keptLines(
  dataDir: string,
  settingsFile: string,
  { httpUrl }: GatewayProcessSpec,
  ticket: TicketInHand | undefined,
): readonly string[] {
  return [
    `The gateway's data is in ${dataDir}`,
    `  export TOLBOOTH_CONFIG=${settingsFile}`,
    '  npx tolbooth report totals      what was taken; also: ledger, exposure, unpassed, opened --all',
    '  npx tolbooth session list       who stands inside',
    `  npx tolbooth serve --sign-in ${OPERATOR}      the pages again: open the address after "signIn", then ${httpUrl}/desk`,
    ticket === undefined
      ? `  ${httpUrl}/parking      a driver's page, by a plate and the digits on its ticket`
      : `  ${httpUrl}/parking      a driver's page: plate ${ticket.plate}, digits ${ticket.digits}`,
  ]
}
