import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SiteEvent } from '../../core/events.ts'
import { eventKey, principalOf } from '../../core/ids.ts'
import type { Now } from '../../core/time.ts'
import { instant, later, MINUTE_MS } from '../../core/time.ts'
import { hashOf } from '../../gateway/bundles/bundles.ts'
import { openOfflineSite } from '../../gateway/cli/offline-site.ts'
import type { GatewayConfig } from '../../gateway/config.ts'
import { dataFiles, readConfig } from '../../gateway/config.ts'
import { hashSecret } from '../../gateway/mqtt/credentials.ts'
import { createKeyFile } from '../../gateway/tokens/signer.ts'
import { deviceOfDriver } from '../../gateway/wiring/enrolment.ts'
import type { SiteKit } from '../../simulators/site-kit.ts'
import type { SimulatedIssuers } from '../../simulators/wallet/issuers.ts'

/** The settings of a gateway under load: limits that are meant for one device each are raised, everything else stands as it is shipped. */
export function benchEnvironment(folder: string, site: string): Readonly<Record<string, string>> {
  return {
    TOLBOOTH_DATA_DIR: folder,
    TOLBOOTH_SITE: site,
    TOLBOOTH_MQTT_PORT: '0',
    TOLBOOTH_HTTP_PORT: '0',
    TOLBOOTH_LOG_LEVEL: 'warn',
    TOLBOOTH_CONNECTIONS_MAX: '20000',
    TOLBOOTH_CONNECTIONS_PER_SECOND_MAX: '20000',
    TOLBOOTH_MESSAGES_PER_SECOND_MAX: '10000',
  }
}

export function benchConfig(folder: string, site: string): GatewayConfig {
  const read = readConfig(benchEnvironment(folder, site))
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.config
}

/** What a gateway must be told of its site, whichever kind of site it is. */
export type ProvisionedKit = Pick<SiteKit, 'layout' | 'policy' | 'devices'>

/** Makes a data folder that a gateway can serve: key, bundles, and books in which every device of the kit is enrolled with one secret. */
export function provision(folder: string, kit: ProvisionedKit, issuers: SimulatedIssuers, secret: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const version = { epoch: 1, n: 1 }
  const issuedAt = later(instant(Date.now()), -MINUTE_MS)
  const head = { version, issuedAt: new Date(issuedAt).toISOString() }
  const write = (name: string, bundle: object): void => writeFileSync(join(folder, name), JSON.stringify(bundle))
  write('layout.json', { ...head, layout: kit.layout })
  write('policy.json', { ...head, policy: kit.policy })
  write('keys.json', issuers.keySet(version, issuedAt))
  write('deny.json', issuers.denyList(version, issuedAt))
  const made = createKeyFile(dataFiles(folder).key)
  if (!made.ok) throw new Error(made.problem)

  const site = openOfflineSite(benchConfig(folder, kit.layout.site))
  const now = site.clock.now()
  const hash = hashSecret(secret)
  for (const device of kit.devices) site.credentials.setDevice(device.id, hash, now)
  for (const committed of site.books.commit(enrolments(kit, now), now)) {
    if (committed.kind !== 'committed' || !committed.outcome.ok) throw new Error('a device was not enrolled')
  }
  site.close()
}

function enrolments(kit: ProvisionedKit, now: Now): readonly SiteEvent[] {
  return kit.devices.map((wanted) => {
    const device = deviceOfDriver(wanted)
    if (device === undefined) throw new Error(`${wanted.id}: there is no driver ${wanted.driver}`)
    return {
      key: eventKey(principalOf('gateway', 'provision'), device.id),
      bodyHash: hashOf(device.id),
      actor: { kind: 'gateway', id: 'provision', role: 'admin' },
      mode: 'live',
      occurredAt: { at: now.at, by: 'gateway' },
      causedBy: null,
      body: { kind: 'device-enrolled', device },
    }
  })
}
