import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DeviceId } from '../../core/ids.ts'
import type { Instant } from '../../core/time.ts'
import type { SiteKit } from '../site-kit.ts'
import type { SimulatedIssuers } from '../wallet/issuers.ts'
import type { GatewayEnvironment } from './command.ts'
import { runTolbooth } from './command.ts'
import { freePorts } from './free-port.ts'

/** All that is needed to start the gateway of a site, as often as it may be, and to speak to it. */
export type GatewayProcessSpec = {
  readonly args: readonly string[]
  readonly environment: GatewayEnvironment
  readonly mqttUrl: string
  readonly httpUrl: string
  /** May read the books and sign in at the live page. */
  readonly bearerToken: string
  /** What each device proves itself with; its user name is its id. */
  readonly secrets: ReadonlyMap<DeviceId, string>
}

/** A tariff as it is written, JSON5. */
export type TariffFile = { readonly name: string; readonly text: string }

export type ProvisionOptions = {
  readonly dataDir: string
  readonly kit: Pick<SiteKit, 'layout' | 'policy' | 'devices'> & { readonly tariffs?: readonly TariffFile[] }
  readonly issuers: SimulatedIssuers
  readonly now: Instant
  /** Settings over those that the demo needs. */
  readonly environment?: GatewayEnvironment
}

/** The client that the simulators are. */
export const OPERATOR = 'simulators'
const secretsOfDevices = z.array(z.object({ id: z.string(), password: z.string() }))
const clientAdded = z.object({ token: z.string() })
const FIRST_VERSION = { epoch: 1, n: 1 } as const

/**
 * Sets a new site up in an empty folder, as an operator would: writes its bundles, enrols its devices and gives one client access, by the gateway's own
 * command line. Ports are free ones of this machine, and the same at each start.
 */
export async function provisionSite({
  dataDir,
  kit,
  issuers,
  now,
  ...options
}: ProvisionOptions): Promise<GatewayProcessSpec> {
  await mkdir(dataDir, { recursive: true })
  const write = (name: string, content: unknown): Promise<void> =>
    writeFile(join(dataDir, name), `${JSON.stringify(content, null, 2)}\n`)
  const head = { version: FIRST_VERSION, issuedAt: new Date(now).toISOString() }
  await write('layout.json', { ...head, layout: kit.layout })
  await write('policy.json', { ...head, policy: kit.policy })
  await write('keys.json', issuers.keySet(FIRST_VERSION, now))
  await write('deny.json', issuers.denyList(FIRST_VERSION, now))
  await write('devices.json', kit.devices)
  const { tariffs = [] } = kit
  for (const { name, text } of tariffs) await writeFile(join(dataDir, name), text)
  if (tariffs.length > 0) await write('tariffs.json', { ...head, files: tariffs.map(({ name }) => name) })

  const [mqttPort, httpPort] = await freePorts()
  const environment: GatewayEnvironment = {
    TOLBOOTH_DATA_DIR: dataDir,
    TOLBOOTH_SITE: kit.layout.site,
    TOLBOOTH_MQTT_PORT: String(mqttPort),
    TOLBOOTH_HTTP_PORT: String(httpPort),
    TOLBOOTH_LOG_LEVEL: 'warn',
    // All simulated devices come from one address, and after a restart all at once.
    TOLBOOTH_CONNECTIONS_PER_SECOND_MAX: '1000',
    ...options.environment,
  }
  await runTolbooth(['keys'], environment)
  const enrolled = await runTolbooth(['device', 'add', '--from', join(dataDir, 'devices.json'), '--json'], environment)
  const client = await runTolbooth(['client', 'add', OPERATOR, '--role', 'operator', '--json'], environment)
  const secrets = secretsOfDevices.parse(JSON.parse(enrolled))
  return {
    args: ['serve', '--sign-in', OPERATOR],
    environment,
    mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    bearerToken: clientAdded.parse(JSON.parse(client)).token,
    secrets: new Map(secrets.map(({ id, password }) => [id as DeviceId, password])),
  }
}
