import { Socket } from 'node:net'
import type { IPublishPacket, MqttClient } from 'mqtt'
import { connect } from 'mqtt'
import type { DeviceId } from '../../core/ids.ts'
import { messageOf } from '../error-text.ts'
import { pubackFrame } from './frames.ts'
import type { OrderedAcknowledgements } from './ordered-acknowledgements.ts'
import { createOrderedAcknowledgements } from './ordered-acknowledgements.ts'
import { presenceSaid } from './presence-said.ts'
import type { Roster } from './roster.ts'
import { rosterOf } from './roster.ts'
import type { DeviceGrant, DeviceTransport, HandOver, OutboundMessage, TransportHandlers } from './transport.ts'

export type ExternalBrokerSettings = {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, without a name and a password in it. */
  readonly url: string
  /**
   * This gateway's name among all clients of the broker. Each connection is `<clientName>-<n>`, a session that the broker keeps while we are away: two
   * gateways of one name throw each other out.
   */
  readonly clientName: string
  /** Connections to the broker. Each device belongs to one of them, by its id; with fewer connections than before, remove the sessions that are left over. */
  readonly shards: number
  readonly credentials?: { readonly username: string; readonly password: string }
  /** PEM of the authority that signed the broker's certificate, where the machine does not know it. */
  readonly ca?: string
  /** The devices that are enrolled now; asked at start and at each `refresh`. */
  readonly enrolled: () => readonly DeviceGrant[]
  readonly limits: ExternalBrokerLimits
  readonly onNotice: (notice: ExternalBrokerNotice) => void
}

export type ExternalBrokerLimits = {
  readonly connectMaxMs: number
  /** A lost connection is tried again after a random part of `reconnectMinMs`, doubled at each failure up to `reconnectMaxMs`. */
  readonly reconnectMinMs: number
  readonly reconnectMaxMs: number
  readonly keepaliveMs: number
  /** How long a message may wait for its acknowledgement before the connection is closed, and the broker sends it again. */
  readonly holdMaxMs: number
  /** Messages of one connection in hand at a time; further ones wait in its socket. */
  readonly inflightMax: number
  /** A larger message is acknowledged and dropped: set the broker's own limit (`message_size_limit`) to the same. */
  readonly payloadBytesMax: number
  /** QoS 1 messages on one connection that the broker has not acknowledged; what would go above it is refused. */
  readonly outboundInflightMax: number
  readonly outboundBytesMax: number
  /** How long the broker may take to acknowledge a message of ours. Then the connection is closed, so that it does not go out later. */
  readonly handOverTimeoutMs: number
  /** Filters in one SUBSCRIBE. */
  readonly subscribeBatchMax: number
  /** How long the broker may take to answer one. Then the connection is closed and made anew: a gateway that hears nothing must not take itself for connected. */
  readonly subscribeMaxMs: number
}

export const EXTERNAL_BROKER_LIMITS: ExternalBrokerLimits = {
  connectMaxMs: 10_000,
  reconnectMinMs: 500,
  reconnectMaxMs: 30_000,
  keepaliveMs: 30_000,
  holdMaxMs: 4_000,
  inflightMax: 64,
  payloadBytesMax: 65_536,
  outboundInflightMax: 512,
  outboundBytesMax: 1_048_576,
  handOverTimeoutMs: 5_000,
  subscribeBatchMax: 100,
  subscribeMaxMs: 10_000,
}

export type ExternalBrokerNotice =
  | { readonly kind: 'connected'; readonly shard: number }
  | { readonly kind: 'connection-lost'; readonly shard: number; readonly detail: string; readonly retryInMs: number }
  /** The broker's own access list does not let the gateway listen there. */
  | { readonly kind: 'subscription-refused'; readonly shard: number; readonly filter: string }
  | { readonly kind: 'grant-broken'; readonly device: DeviceId; readonly detail: string }
  | {
      readonly kind: 'message-refused'
      readonly reason: 'topic-not-granted' | 'retained' | 'too-large'
      readonly topic: string
    }

export type ExternalBroker = DeviceTransport & {
  /** Asks again who is enrolled: listens to who is new, and no longer to who is gone. */
  refresh(): void
}

/**
 * Devices at an MQTT broker of the site's own. That broker acknowledges a device by itself, so only the `answer` tells a device that its event is booked;
 * towards the broker the gateway acknowledges after the handler's promise, so what was not booked is delivered again (docs/decisions/021-external-broker.md).
 *
 * Who is present is what the devices' last wills say; where the connection to the broker is down, nobody is. The broker's access list must keep
 * devices to their own topics: that is not ours to do here.
 *
 * Throws a RangeError for settings that contradict each other.
 */
export function createExternalBroker(settings: ExternalBrokerSettings): ExternalBroker {
  const { limits, onNotice } = settings
  refuseContradictions(settings)

  const counts = {
    connections: 0,
    connectionsRefused: 0,
    messagesIn: 0,
    messagesOut: 0,
    messagesRefused: 0,
    slowConsumersCut: 0,
    holdsExceeded: 0,
  }
  const nowMs = (): number => performance.now()
  const shards: Shard[] = []
  const present = new Set<DeviceId>()
  let roster: Roster = rosterOf([], settings.shards, () => undefined)
  let state: 'new' | 'running' | 'stopped' = 'new'
  let handlers: TransportHandlers | undefined
  let sweepTimer: NodeJS.Timeout | undefined
  let stopping: Promise<void> | undefined

  // --- connections ---

  /** Resolves when the attempt has succeeded or failed. */
  function open(shard: Shard): Promise<void> {
    return new Promise((settled) => {
      const client = connect(settings.url, {
        clientId: `${settings.clientName}-${shard.index}`,
        clean: false,
        protocolVersion: 4,
        keepalive: Math.round(limits.keepaliveMs / 1_000),
        connectTimeout: limits.connectMaxMs,
        // One client is one connection, and what it could not hand over dies with it: nothing is sent late.
        reconnectPeriod: 0,
        resubscribe: false,
        queueQoSZero: false,
        ...settings.credentials,
        ...(settings.ca === undefined ? {} : { ca: settings.ca }),
      })
      const line: BrokerLine = {
        client,
        acknowledgements: createOrderedAcknowledgements((messageId) => acknowledge(line, messageId)),
        pubacks: [],
        pending: new Set(),
        filters: new Set(),
        subscribing: new Set(),
        inflight: 0,
        goOn: undefined,
        isUp: false,
        isLost: false,
      }
      shard.line = line
      shard.opened += 1
      // The library acknowledges QoS 1 by itself as soon as it has handled a packet, and one at a time. It sees QoS 0; the acknowledgement is ours.
      client.on('packetreceive', (packet) => {
        if (packet.cmd === 'publish' && !line.isLost) take(shard, line, packet)
      })
      client.handleMessage = (_packet, done) => {
        if (isFull(line)) line.goOn = done
        else done()
      }
      client.on('connect', () => {
        if (client.stream instanceof Socket) client.stream.setNoDelay(true)
        subscribe(shard, line, [...roster.filtersOf(shard.index)], () => {
          line.isUp = true
          shard.failures = 0
          counts.connections += 1
          onNotice({ kind: 'connected', shard: shard.index })
          settled()
        })
      })
      client.on('error', (error) => lose(shard, line, messageOf(error)))
      client.on('close', () => lose(shard, line, 'closed by the broker'))
      line.onLost = settled
    })
  }

  function lose(shard: Shard, line: BrokerLine, detail: string): void {
    if (line.isLost) return
    line.isLost = true
    if (shard.line === line) shard.line = undefined
    cut(line.client)
    for (const pending of line.pending) pending.resolve('away')
    line.pending.clear()
    line.goOn?.()
    for (const device of present) if (roster.shardOf(device) === shard.index) tellPresence(device, false)
    if (!line.isUp) counts.connectionsRefused += 1
    line.onLost?.()
    if (state !== 'running') return
    // Full jitter: after an outage not all gateways, and not all shards, come back in the same moment.
    const ceilingMs = Math.min(limits.reconnectMaxMs, limits.reconnectMinMs * 2 ** Math.min(shard.failures, 30))
    const retryInMs = Math.ceil(Math.random() * ceilingMs)
    shard.failures += 1
    onNotice({ kind: 'connection-lost', shard: shard.index, detail, retryInMs })
    shard.timer = setTimeout(() => void open(shard), retryInMs)
  }

  function subscribe(shard: Shard, line: BrokerLine, filters: readonly string[], done: () => void): void {
    const batch = filters.slice(0, limits.subscribeBatchMax)
    if (line.isLost) return
    if (batch.length === 0) {
      done()
      return
    }
    for (const filter of batch) line.filters.add(filter)
    const asked = { sinceMs: nowMs() }
    line.subscribing.add(asked)
    line.client.subscribe(batch, { qos: 1 }, (error, _granted, suback) => {
      line.subscribing.delete(asked)
      if (line.isLost) return
      if (error !== null && suback === undefined) {
        lose(shard, line, messageOf(error))
        return
      }
      const codes = suback !== undefined && 'granted' in suback ? suback.granted : []
      batch.forEach((filter, at) => {
        if (codes[at] === 0x80) onNotice({ kind: 'subscription-refused', shard: shard.index, filter })
      })
      subscribe(shard, line, filters.slice(batch.length), done)
    })
  }

  // --- inwards ---

  function take(shard: Shard, line: BrokerLine, packet: IPublishPacket): void {
    const qos = packet.qos === 0 ? 0 : 1
    const held = qos === 1 ? line.acknowledgements.hold(packet.messageId ?? 0, nowMs()) : undefined
    packet.qos = 0
    const topic = packet.topic
    const owner = roster.ownerOf(topic)
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const refusal =
      owner === undefined || roster.shardOf(owner.device) !== shard.index
        ? 'topic-not-granted'
        : payload.length > limits.payloadBytesMax
          ? 'too-large'
          : owner.use === 'event' && packet.retain
            ? 'retained'
            : undefined
    if (refusal !== undefined || owner === undefined || handlers === undefined) {
      counts.messagesRefused += 1
      onNotice({ kind: 'message-refused', reason: refusal ?? 'topic-not-granted', topic: topic.slice(0, 256) })
      // A subscription that an earlier session left behind.
      if (refusal === 'topic-not-granted') line.client.unsubscribe(topic)
      if (held !== undefined) line.acknowledgements.settle(held, 'acknowledge')
      return
    }
    if (owner.use === 'status') {
      const isThere = presenceSaid(payload)
      if (isThere !== undefined) tellPresence(owner.device, isThere)
      if (held !== undefined) line.acknowledgements.settle(held, 'acknowledge')
      return
    }
    counts.messagesIn += 1
    line.inflight += 1
    const settle = (verdict: 'acknowledge' | 'withhold'): void => {
      line.inflight -= 1
      if (line.isLost) return
      if (held !== undefined) line.acknowledgements.settle(held, verdict)
      if (line.goOn !== undefined && !isFull(line)) {
        const goOn = line.goOn
        line.goOn = undefined
        goOn()
      }
    }
    handlers
      .onMessage({ device: owner.device, topic, payload, qos, duplicate: packet.dup })
      // A handler that breaks its word acknowledges nothing; the hold's limit closes the connection.
      .then(settle, () => settle('withhold'))
  }

  function isFull(line: BrokerLine): boolean {
    return line.inflight >= limits.inflightMax || line.acknowledgements.isBlocked()
  }

  function acknowledge(line: BrokerLine, messageId: number): void {
    if (line.isLost) return
    if (line.pubacks.push(pubackFrame(messageId)) > 1) return
    setImmediate(() => {
      const frames = line.pubacks.splice(0)
      if (!line.isLost) line.client.stream.write(Buffer.concat(frames))
    })
  }

  function tellPresence(device: DeviceId, isThere: boolean): void {
    if (present.has(device) === isThere) return
    if (isThere) present.add(device)
    else present.delete(device)
    handlers?.onPresence(device, isThere)
  }

  // --- outwards ---

  function handOver(line: BrokerLine, message: OutboundMessage): Promise<HandOver> {
    return new Promise((resolve) => {
      const pending: Pending = { sinceMs: nowMs(), resolve }
      line.pending.add(pending)
      line.client.publish(message.topic, bufferOf(message.payload), { qos: message.qos, retain: false }, (error) => {
        if (!line.pending.delete(pending)) return
        if (error) {
          resolve('away')
          return
        }
        counts.messagesOut += 1
        resolve('handed-over')
      })
    })
  }

  function sweep(): void {
    const now = nowMs()
    for (const shard of shards) {
      const line = shard.line
      if (line === undefined) continue
      const heldSinceMs = line.acknowledgements.oldestMs()
      const [oldest] = line.pending
      const [asked] = line.subscribing
      if (heldSinceMs !== undefined && now - heldSinceMs > limits.holdMaxMs) {
        counts.holdsExceeded += 1
        lose(shard, line, 'a message could not be acknowledged in time')
      } else if (oldest !== undefined && now - oldest.sinceMs > limits.handOverTimeoutMs) {
        counts.slowConsumersCut += 1
        lose(shard, line, 'the broker did not acknowledge in time')
      } else if (asked !== undefined && now - asked.sinceMs > limits.subscribeMaxMs) {
        lose(
          shard,
          line,
          `the broker has let the gateway in and has not answered SUBSCRIBE in ${limits.subscribeMaxMs} ms`,
        )
      }
    }
  }

  async function closeAll(): Promise<void> {
    state = 'stopped'
    clearInterval(sweepTimer)
    await Promise.all(
      shards.map(async (shard) => {
        clearTimeout(shard.timer)
        const line = shard.line
        if (line === undefined) return
        const closed = closedOf(line.client)
        lose(shard, line, 'stopped')
        await closed
      }),
    )
  }

  return {
    async start(given) {
      if (state !== 'new') throw new Error('the connection to the broker was started before: make a new one')
      state = 'running'
      handlers = given
      roster = rosterOf(settings.enrolled(), settings.shards, noteBroken)
      sweepTimer = setInterval(sweep, sweepEveryMs(limits))
      for (let index = 0; index < settings.shards; index++) {
        shards.push({ index, line: undefined, opened: 0, failures: 0, timer: undefined })
      }
      // A broker that is not there yet is tried again: a box that starts before its broker must start.
      await Promise.all(shards.map(open))
    },
    refresh() {
      if (state !== 'running') return
      const before = roster
      roster = rosterOf(settings.enrolled(), settings.shards, noteBroken)
      for (const device of present) if (roster.shardOf(device) === undefined) tellPresence(device, false)
      for (const shard of shards) {
        const line = shard.line
        if (line === undefined || !line.client.connected) continue
        const wanted = roster.filtersOf(shard.index)
        const gone = [...before.filtersOf(shard.index)].filter((filter) => !wanted.has(filter))
        if (gone.length > 0) {
          for (const filter of gone) line.filters.delete(filter)
          line.client.unsubscribe(gone)
        }
        subscribe(
          shard,
          line,
          [...wanted].filter((filter) => !line.filters.has(filter)),
          () => undefined,
        )
      }
    },
    send(device, message) {
      const shard = shards[roster.shardOf(device) ?? -1]
      const line = shard?.line
      if (line === undefined || !present.has(device) || !line.client.connected) return HAND_OVERS.away
      const backlogBytes = line.client.stream.writableLength + message.payload.length
      if (line.pending.size >= limits.outboundInflightMax || backlogBytes > limits.outboundBytesMax) {
        return HAND_OVERS.refused
      }
      return handOver(line, message)
    },
    isPresent: (device) => present.has(device),
    present: () => [...present],
    listening: (device) => shards[roster.shardOf(device) ?? -1]?.opened ?? 0,
    disconnect: () => false,
    dismiss: () => false,
    stop() {
      stopping ??= closeAll()
      return stopping
    },
    // Where no connection stands no device is heard, and whoever asks whether the gateway is ready must be told.
    addresses: () => (state === 'running' && shards.some(({ line }) => line?.isUp === true) ? [settings.url] : []),
    counters: () => ({ ...counts }),
  }

  function noteBroken(device: DeviceId, detail: string): void {
    onNotice({ kind: 'grant-broken', device, detail })
  }
}

type Shard = {
  readonly index: number
  line: BrokerLine | undefined
  /** Lines since the start. */
  opened: number
  failures: number
  timer: NodeJS.Timeout | undefined
}

/** One connection to the broker, from its first attempt to its loss; never used again after. */
type BrokerLine = {
  readonly client: MqttClient
  readonly acknowledgements: OrderedAcknowledgements
  /** PUBACKs of this turn of the loop, written at once. */
  readonly pubacks: Buffer[]
  readonly pending: Set<Pending>
  /** What was subscribed on this connection. */
  readonly filters: Set<string>
  /** What the broker was asked and has not answered, the oldest first. */
  readonly subscribing: Set<{ readonly sinceMs: number }>
  inflight: number
  /** The library waits for this before it reads on. */
  goOn: (() => void) | undefined
  isUp: boolean
  isLost: boolean
  onLost?: () => void
}

type Pending = { readonly sinceMs: number; readonly resolve: (handOver: HandOver) => void }

/** A reset where there is a plain socket: what the kernel has not delivered is thrown away. */
function cut(client: MqttClient): void {
  const { stream } = client
  if (stream instanceof Socket && !stream.destroyed) {
    try {
      stream.resetAndDestroy()
    } catch {
      stream.destroy()
    }
  }
  client.end(true)
}

function closedOf(client: MqttClient): Promise<void> {
  const { stream } = client
  return new Promise((resolve) => {
    if (stream.closed) resolve()
    else stream.once('close', () => resolve())
  })
}

function refuseContradictions(settings: ExternalBrokerSettings): void {
  const { limits, shards, url } = settings
  const { protocol, username, password } = new URL(url)
  if (!['mqtt:', 'mqtts:', 'ws:', 'wss:'].includes(protocol)) {
    throw new RangeError(`a broker is reached by mqtt, mqtts, ws or wss, and not by ${protocol}`)
  }
  if (username !== '' || password !== '')
    throw new RangeError('give the name and password beside the URL: the URL is shown')
  if (!(Number.isInteger(shards) && shards >= 1 && shards <= SHARDS_MAX)) {
    throw new RangeError(`shards must be 1 to ${SHARDS_MAX}, and is ${shards}`)
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (!(Number.isFinite(limit) && limit > 0)) throw new RangeError(`${name} must be above 0, and is ${limit}`)
  }
  if (limits.holdMaxMs * 2 >= limits.keepaliveMs) {
    throw new RangeError(`holdMaxMs (${limits.holdMaxMs}) must be below half of keepaliveMs (${limits.keepaliveMs})`)
  }
  if (limits.keepaliveMs < 1_000) throw new RangeError('keepaliveMs must be at least 1000: MQTT counts in seconds')
}

function sweepEveryMs(limits: ExternalBrokerLimits): number {
  return Math.min(
    250,
    Math.max(5, Math.floor(Math.min(limits.holdMaxMs, limits.handOverTimeoutMs, limits.subscribeMaxMs) / 8)),
  )
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const HAND_OVERS = { away: Promise.resolve<HandOver>('away'), refused: Promise.resolve<HandOver>('refused') }
const SHARDS_MAX = 64
