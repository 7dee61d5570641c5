import type { Logger } from 'pino'
import type { DeviceId } from '../../core/ids.ts'
import type { Device } from '../../core/site.ts'
import type { Credentials } from '../../db/credentials.ts'
import { driverNamed } from '../../devices/registry.ts'
import { grantedTopics } from '../../devices/topics.ts'
import type { GatewayConfig } from '../config.ts'
import { createDeviceGate, DEVICE_GATE_LIMITS } from '../mqtt/credentials.ts'
import type { BrokerListener, BrokerNotice } from '../mqtt/embedded-broker.ts'
import { createEmbeddedBroker, EMBEDDED_BROKER_LIMITS } from '../mqtt/embedded-broker.ts'
import { createExternalBroker, EXTERNAL_BROKER_LIMITS } from '../mqtt/external-broker.ts'
import type { DeviceGate, DeviceGrant, DeviceTransport } from '../mqtt/transport.ts'
import { createSampler } from './sampled.ts'
import { readTls } from './tls-files.ts'

export type TransportParts = {
  readonly config: GatewayConfig
  readonly credentials: Credentials
  readonly devices: () => readonly Device[]
  readonly device: (id: DeviceId) => Device | undefined
  readonly log: Logger
}

/**
 * The way to the devices that the settings name. `enrolmentChanged` is told when a device came or went. `gate` knows the devices' secrets, also for those that do not
 * come by MQTT.
 */
export function createTransport(parts: TransportParts): {
  readonly transport: DeviceTransport
  readonly gate: DeviceGate
  enrolmentChanged(): void
} {
  const gate = gateOf(parts)
  switch (parts.config.broker) {
    case 'embedded':
      return { transport: embedded(parts, gate), gate, enrolmentChanged: () => undefined }
    case 'external': {
      const transport = external(parts)
      return { transport, gate, enrolmentChanged: () => transport.refresh() }
    }
  }
}

function gateOf({ config, credentials, device }: TransportParts): DeviceGate {
  return createDeviceGate({
    limits: DEVICE_GATE_LIMITS,
    lookup(id) {
      const grant = grantOf(device(id as DeviceId), config)
      const hash = grant === undefined ? undefined : credentials.deviceHash(grant.device)
      return grant === undefined || hash === undefined ? undefined : { hash, grant }
    },
  })
}

function embedded({ config, log }: TransportParts, gate: DeviceGate): DeviceTransport {
  const { connectionsMax, connectionsPerSecondMax, messagesPerSecondMax } = config
  return createEmbeddedBroker({
    listeners: listenersOf(config),
    limits: {
      ...EMBEDDED_BROKER_LIMITS,
      connectionsMax,
      waitingConnectionsMax: Math.min(connectionsMax, EMBEDDED_BROKER_LIMITS.waitingConnectionsMax),
      addressConnectionsPerSecondMax: connectionsPerSecondMax,
      addressConnectionsBurstMax: Math.max(connectionsPerSecondMax, EMBEDDED_BROKER_LIMITS.addressConnectionsBurstMax),
      packetsPerSecondMax: messagesPerSecondMax,
      packetsBurstMax: Math.max(messagesPerSecondMax * 2, EMBEDDED_BROKER_LIMITS.packetsBurstMax),
    },
    gate,
    onNotice: noticeLog(log),
  })
}

function external({ config, devices, log }: TransportParts): ReturnType<typeof createExternalBroker> {
  const { mqttUrl, mqttUser, mqttPassword, mqttShards, site, gateway } = config
  if (mqttUrl === null) throw new Error('TOLBOOTH_MQTT_URL must be set for an external broker')
  return createExternalBroker({
    url: mqttUrl,
    clientName: `tolbooth-${site}-${gateway}`,
    shards: mqttShards,
    ...(mqttUser === null ? {} : { credentials: { username: mqttUser, password: mqttPassword ?? '' } }),
    enrolled: () =>
      devices().flatMap((device) => {
        const grant = grantOf(device, config)
        return grant === undefined ? [] : [grant]
      }),
    limits: EXTERNAL_BROKER_LIMITS,
    onNotice: (notice) => log.info(notice, 'broker'),
  })
}

/** A device that is kept out is worth a line, and a device that tries all night is worth one line in a minute. */
function noticeLog(log: Logger): (notice: BrokerNotice) => void {
  const isSample = createSampler(() => performance.now())
  return (notice) => {
    const isFresh = isSample(`${notice.kind} ${notice.device}`)
    log[isFresh && notice.kind !== 'connection-ended' ? 'warn' : 'debug'](notice, 'broker')
  }
}

/** What a device may do at a broker; nothing for one that is revoked, or whose driver this version has not. */
function grantOf(device: Device | undefined, { site }: GatewayConfig): DeviceGrant | undefined {
  const driver = device === undefined ? undefined : driverNamed(device.driver)
  if (device === undefined || driver === undefined || device.status === 'revoked') return undefined
  return { device: device.id, ...grantedTopics(driver, { site, device: device.id }) }
}

function listenersOf(config: GatewayConfig): readonly BrokerListener[] {
  const { mqttHost: host, mqttPort, mqttWebSocketPort, mqttTlsCertFile, mqttTlsKeyFile } = config
  const tls =
    mqttTlsCertFile === null || mqttTlsKeyFile === null
      ? {}
      : { tls: readTls('TOLBOOTH_MQTT_TLS', mqttTlsCertFile, mqttTlsKeyFile) }
  return [
    { kind: 'tcp', host, port: mqttPort, ...tls },
    ...(mqttWebSocketPort === null ? [] : [{ kind: 'websocket' as const, host, port: mqttWebSocketPort, ...tls }]),
  ]
}
