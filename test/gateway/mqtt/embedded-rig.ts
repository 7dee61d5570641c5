import { deviceId } from '../../../core/ids.ts'
import type { BrokerListener, BrokerNotice, EmbeddedBrokerLimits } from '../../../gateway/mqtt/embedded-broker.ts'
import { createEmbeddedBroker, EMBEDDED_BROKER_LIMITS } from '../../../gateway/mqtt/embedded-broker.ts'
import type {
  DeviceGate,
  DeviceGrant,
  DeviceTransport,
  InboundMessage,
  TransportHandlers,
} from '../../../gateway/mqtt/transport.ts'
import type { RawClient } from './raw-client.ts'
import { openRaw, SECRET } from './raw-client.ts'

export type Verdict = 'acknowledge' | 'withhold'

/** An embedded broker on a free port with devices `reader-1` to `reader-9`, and everything that it did. */
export type EmbeddedRig = {
  readonly transport: DeviceTransport
  readonly notices: readonly BrokerNotice[]
  readonly messages: readonly InboundMessage[]
  readonly texts: () => readonly string[]
  readonly presences: readonly string[]
  /** What the handler answers; at first it acknowledges all at once. */
  onMessage: (message: InboundMessage) => Promise<Verdict>
  readonly address: string
  open(): Promise<RawClient>
  /** A raw client that was let in and listens to its commands and answers. */
  device(name: string): Promise<RawClient>
  reasons(): readonly string[]
  close(): Promise<void>
}

export type RigOptions = {
  readonly limits?: Partial<EmbeddedBrokerLimits>
  readonly gate?: DeviceGate
  readonly listeners?: readonly BrokerListener[]
}

export function topicsOf(name: string): {
  event: string
  answer: string
  command: string
  result: string
  status: string
} {
  const base = `tolbooth/v1/cho-lon/${name}`
  return {
    event: `${base}/event`,
    answer: `${base}/answer`,
    command: `${base}/command`,
    result: `${base}/result`,
    status: `${base}/status`,
  }
}

export function grantOf(name: string): DeviceGrant {
  const topics = topicsOf(name)
  return {
    device: deviceId(name),
    publishes: [topics.event, topics.result, topics.status],
    subscribes: [topics.answer, topics.command],
    will: topics.status,
  }
}

/** Lets in whoever has an id like `reader-1` and the one secret. */
export const OPEN_GATE: DeviceGate = {
  async authenticate(device, secret) {
    return /^(reader|loop)-\d{1,4}$/.test(device) && Buffer.from(secret).toString() === SECRET
      ? device.startsWith('loop')
        ? { ...grantOf(device), subscribes: [] }
        : grantOf(device)
      : undefined
  },
}

export async function startRig(options: RigOptions = {}): Promise<EmbeddedRig> {
  const notices: BrokerNotice[] = []
  const messages: InboundMessage[] = []
  const presences: string[] = []
  const clients: RawClient[] = []
  const transport = createEmbeddedBroker({
    listeners: options.listeners ?? [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    gate: options.gate ?? OPEN_GATE,
    limits: { ...EMBEDDED_BROKER_LIMITS, closeMaxMs: 200, ...options.limits },
    onNotice: (notice) => notices.push(notice),
  })
  const handlers: TransportHandlers = {
    onMessage(message) {
      messages.push({ ...message, payload: Buffer.from(message.payload) })
      return rig.onMessage(message)
    },
    onPresence: (device, isPresent) => presences.push(`${isPresent ? '+' : '-'}${device}`),
  }
  const rig: EmbeddedRig = {
    transport,
    notices,
    messages,
    texts: () => messages.map((message) => Buffer.from(message.payload).toString()),
    presences,
    onMessage: async () => 'acknowledge',
    get address() {
      return transport.addresses()[0] ?? ''
    },
    async open() {
      const client = await openRaw(rig.address)
      clients.push(client)
      return client
    },
    async device(name) {
      const client = await rig.open()
      const code = await client.login(name)
      if (code !== 0) throw new Error(`${name} was refused with ${code}`)
      const { answer, command } = topicsOf(name)
      await client.subscribe([answer, command])
      return client
    },
    reasons: () => notices.map((notice) => ('reason' in notice ? notice.reason : notice.kind)),
    async close() {
      await transport.stop()
      for (const client of clients) client.destroy()
    },
  }
  await transport.start(handlers)
  return rig
}

/** Waits until `look` holds. */
export async function eventually(look: () => boolean, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!look()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${look.toString().slice(0, 200)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
