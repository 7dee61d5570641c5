import { readFileSync } from 'node:fs'
import type { DeviceId } from '../../core/ids.ts'
import { driverNamed } from '../../devices/registry.ts'
import { grantedTopics } from '../../devices/topics.ts'
import { createEmbeddedBroker, EMBEDDED_BROKER_LIMITS } from '../../gateway/mqtt/embedded-broker.ts'
import type { HeardPackets } from '../load/market-load.ts'
import { benchKit, SITE } from '../site/bench-site.ts'

/**
 * `node echo-server.ts <stalls> <file>`: the gateway's own broker, which answers each scan with the packets that a gateway sent for one (the file has their texts), and
 * does nothing in between: no signature, no decision, no disk. What it reaches is what broker, clients and machine allow.
 */
const [stalls, file] = process.argv.slice(2)
if (stalls === undefined || file === undefined) throw new Error('node echo-server.ts <stalls> <file of packets>')

const texts = JSON.parse(readFileSync(file, 'utf8')) as HeardPackets
const packets = {
  answer: Buffer.from(texts.answer),
  soundbox: Buffer.from(texts.soundbox),
  till: Buffer.from(texts.till),
}
const kit = benchKit(Number(stalls))
const devices = new Map(kit.devices.map((device) => [String(device.id), device]))
const stallOf = new Map(kit.stalls.map((stall) => [stall.reader, stall]))

const broker = createEmbeddedBroker({
  listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
  limits: {
    ...EMBEDDED_BROKER_LIMITS,
    connectionsMax: 20_000,
    addressConnectionsPerSecondMax: 20_000,
    addressConnectionsBurstMax: 20_000,
    packetsPerSecondMax: 10_000,
    packetsBurstMax: 20_000,
  },
  gate: {
    async authenticate(id) {
      const device = devices.get(id)
      const driver = device === undefined ? undefined : driverNamed(device.driver)
      if (device === undefined || driver === undefined) return undefined
      return { device: device.id, ...grantedTopics(driver, { site: SITE, device: device.id }) }
    },
  },
  onNotice: () => undefined,
})

await broker.start({
  async onMessage(message) {
    const stall = stallOf.get(message.device)
    if (stall !== undefined && Buffer.from(message.payload).includes('"scan"')) {
      send(stall.reader, 'answer', packets.answer)
      send(stall.soundbox, 'command', packets.soundbox)
      send(stall.till, 'command', packets.till)
    }
    return 'acknowledge'
  },
  onPresence: () => undefined,
})
process.stdout.write(`${JSON.stringify({ mqtt: broker.addresses() })}\n`)
process.once('SIGTERM', () => void broker.stop().then(() => process.exit(0)))

function send(device: DeviceId, leaf: string, payload: Buffer): void {
  void broker.send(device, { topic: `tolbooth/v1/${SITE}/${device}/${leaf}`, payload, qos: 1 })
}
