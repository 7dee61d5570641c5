import type { Server as HttpServer } from 'node:http'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { AuthenticateError, Client, ConnectPacket, PublishPacket, Subscription } from 'aedes'
import { Aedes } from 'aedes'
import { createWebSocketStream, WebSocketServer } from 'ws'
import type { DeviceId } from '../../core/ids.ts'
import { isSlug } from '../../core/ids.ts'
import { addressKey } from '../address-key.ts'
import { messageOf } from '../error-text.ts'
import type { DeviceLine, LineEnd, LineLimits } from './device-line.ts'
import { createDeviceLine } from './device-line.ts'
import type { ConnackRefusal } from './frames.ts'
import { connackRefusal, MESSAGE_ID_MAX } from './frames.ts'
import { grantedTopics } from './granted-topics.ts'
import type { TokenBucket } from './token-bucket.ts'
import { createTokenBucket } from './token-bucket.ts'
import type { DeviceGate, DeviceTransport, HandOver, TransportHandlers } from './transport.ts'
import { createWaitingRoom } from './waiting-room.ts'

export type EmbeddedBrokerSettings = {
  readonly listeners: readonly BrokerListener[]
  readonly gate: DeviceGate
  readonly limits: EmbeddedBrokerLimits
  /** What a person who looks after devices wants to know. Called as often as it happens: whoever writes it down takes samples. */
  readonly onNotice: (notice: BrokerNotice) => void
}

/** `port` 0 takes a free one. `websocket` listens at the path `/mqtt` with the subprotocol `mqtt`. With `tls` (PEM) it speaks nothing else. */
export type BrokerListener = {
  readonly kind: 'tcp' | 'websocket'
  readonly host: string
  readonly port: number
  readonly tls?: { readonly key: string; readonly cert: string }
}

export type EmbeddedBrokerLimits = LineLimits & {
  /** Devices at a time that were let in. Who waits to be let in takes no place from them. */
  readonly connectionsMax: number
  /** Sockets at a time, of all listeners, whose device has not been let in yet, and how many of them from one address. */
  readonly waitingConnectionsMax: number
  readonly addressWaitingMax: number
  /** New sockets a second from one address, and how many at once. */
  readonly addressConnectionsPerSecondMax: number
  readonly addressConnectionsBurstMax: number
  /** The keepalive that a device may ask for, in ms. None at all (0) is refused: a line that fell silent could not be told from one that has nothing to say. */
  readonly keepaliveMinMs: number
  readonly keepaliveMaxMs: number
  readonly subscriptionsMax: number
  readonly topicCharactersMax: number
}

/** For a market or a car park of some hundred devices on a small box. */
export const EMBEDDED_BROKER_LIMITS: EmbeddedBrokerLimits = {
  connectionsMax: 2_000,
  waitingConnectionsMax: 1_000,
  addressWaitingMax: 500,
  addressConnectionsPerSecondMax: 100,
  addressConnectionsBurstMax: 1_000,
  letInMaxMs: 20_000,
  keepaliveMinMs: 10_000,
  keepaliveMaxMs: 600_000,
  holdMaxMs: 4_000,
  packetBytesMax: 65_536,
  packetsPerSecondMax: 50,
  packetsBurstMax: 200,
  inflightMax: 64,
  subscriptionsMax: 16,
  topicCharactersMax: 256,
  outboundBytesMax: 262_144,
  outboundInflightMax: 512,
  outboundAckMaxMs: 10_000,
  drainMaxMs: 10_000,
  closeMaxMs: 2_000,
}

export type BrokerNotice =
  /** `device` is what the connection called itself, cut to 63 characters, and proves nothing before it was let in. */
  | {
      readonly kind: 'connection-refused'
      readonly reason: LineEnd
      readonly remote: string
      readonly device: string
      readonly detail: string
    }
  | {
      readonly kind: 'connection-ended'
      readonly reason: LineEnd
      readonly remote: string
      readonly device: DeviceId
      readonly detail: string
    }
  /** On a topic that was not granted. */
  | { readonly kind: 'message-refused'; readonly device: DeviceId; readonly topic: string }
  | { readonly kind: 'subscription-refused'; readonly device: DeviceId; readonly filter: string }

/**
 * An MQTT 3.1.1 broker inside the gateway, over aedes. It routes nothing: what a device says goes to the handler, and what is said to a device goes to
 * its own connection. A PUBACK goes out after the handler's promise, in order of arrival. A device is who its user name and secret say. QoS 2, MQTT 3.1 and 5,
 * retaining, wills but on one's own status, sessions that outlive a connection: refused or neutralised (docs/decisions/020-embedded-broker.md says which and why).
 *
 * Throws a RangeError where the limits contradict each other: the hold must end before half the shortest keepalive has passed, or a device that waits for
 * its acknowledgement takes the line for dead.
 */
export function createEmbeddedBroker(settings: EmbeddedBrokerSettings): DeviceTransport {
  const { limits, gate, onNotice } = settings
  refuseContradictions(limits)

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
  const lines = new Set<DeviceLine>()
  const sockets = new Set<Socket>()
  const lineOf = new WeakMap<Duplex, DeviceLine>()
  const clientOf = new WeakMap<DeviceLine, string>()
  /** Who was let in; the one connection of each device. */
  const byDevice = new Map<DeviceId, DeviceLine>()
  const addressBuckets = new Map<string, TokenBucket>()
  const waiting = createWaitingRoom<DeviceLine>()
  let dirtyLines: DeviceLine[] = []

  let state: 'new' | 'running' | 'stopped' = 'new'
  let handlers: TransportHandlers | undefined
  let sweepTimer: NodeJS.Timeout | undefined
  let listening: Listening[] = []
  let stopping: Promise<void> | undefined

  const broker = new PrivateBroker({
    id: 'tolbooth',
    concurrency: 1,
    // A second net: the line itself watches the time to CONNACK.
    connectTimeout: limits.letInMaxMs * 2,
    drainTimeout: limits.drainMaxMs,
    queueLimit: WAITING_PACKETS_MAX,
    maxClientsIdLength: 63,
    preConnect,
    authenticate,
    authorizePublish,
    authorizeSubscribe,
    // Nothing is routed, whatever was subscribed and stored by whom.
    authorizeForward: () => null,
  })
  broker.on('connackSent', (packet, client) => {
    const line = lineOf.get(client.conn)
    if (packet.returnCode === 0 && line?.identity !== undefined) letIn(line, line.identity.device)
  })
  broker.on('subscribe', (_subscriptions, client) => {
    const line = lineOf.get(client.conn)
    if (line !== undefined && line.subscriptions.size > 0) tellPresent(line)
  })
  broker.on('unsubscribe', (filters, client) => {
    const line = lineOf.get(client.conn)
    if (line !== undefined) for (const filter of filters) line.unlisten(filter)
  })

  // --- from the socket to CONNACK ---

  function accept(raw: Socket, listener: Listening): void {
    const refusal = refusalOf(raw)
    if (refusal !== undefined || state !== 'running') {
      counts.connectionsRefused += 1
      raw.on('error', ignore)
      raw.resetAndDestroy()
      if (refusal !== undefined) {
        onNotice({
          kind: 'connection-refused',
          reason: refusal,
          remote: raw.remoteAddress ?? '?',
          device: '',
          detail: '',
        })
      }
      return
    }
    raw.setNoDelay(true)
    const line = createDeviceLine(raw, limits, { nowMs, onDirty, onEnd })
    lines.add(line)
    sockets.add(raw)
    waiting.enter(addressKey(raw.remoteAddress ?? '?'), line)
    raw.once('close', () => {
      sockets.delete(raw)
      lines.delete(line)
    })
    listener.take(raw, line)
  }

  function refusalOf(raw: Socket): LineEnd | undefined {
    // Those among them that were ended and are not closed yet have their own short time.
    if (sockets.size >= limits.connectionsMax + limits.waitingConnectionsMax) return 'connections-max'
    const address = addressKey(raw.remoteAddress ?? '?')
    let bucket = addressBuckets.get(address)
    if (bucket === undefined) {
      if (addressBuckets.size >= ADDRESSES_MAX) forgetQuietAddresses()
      // All are busy: whoever comes from yet another address waits.
      if (addressBuckets.size >= ADDRESSES_MAX) return 'address-rate'
      bucket = createTokenBucket(limits.addressConnectionsPerSecondMax, limits.addressConnectionsBurstMax, nowMs())
      addressBuckets.set(address, bucket)
    }
    if (!bucket.take(nowMs())) return 'address-rate'
    if (waiting.sizeAt(address) >= limits.addressWaitingMax) return 'waiting-max'
    if (waiting.size() < limits.waitingConnectionsMax) return undefined
    waiting.toGiveWay(address)?.end('waiting-max', 'drop')
    return waiting.size() < limits.waitingConnectionsMax ? undefined : 'waiting-max'
  }

  function forgetQuietAddresses(): void {
    const now = nowMs()
    for (const [address, bucket] of addressBuckets) if (bucket.isFull(now)) addressBuckets.delete(address)
  }

  function handle(line: DeviceLine, stream: Duplex): void {
    const toBroker = line.join(stream)
    lineOf.set(toBroker, line)
    broker.handle(toBroker)
  }

  function preConnect(
    client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, isAllowed: boolean) => void,
  ): void {
    const line = lineOf.get(client.conn)
    if (line === undefined) {
      done(new Error('no line'), false)
      return
    }
    const device = packet.username ?? ''
    clientOf.set(line, (device === '' ? (packet.clientId ?? '') : device).slice(0, 63))
    const refusal = connectRefusal(packet, limits)
    if (refusal !== undefined) {
      refuseConnect(line, refusal.code, refusal.reason)
      done(new Error(refusal.reason), false)
      return
    }
    line.silenceMaxMs = (packet.keepalive ?? 0) * 1_500
    line.willTopic = packet.will?.topic
    // Taken from the packet before the library reads it: nothing outlives the connection, no will is published, and the line watches the silence.
    packet.clean = true
    packet.keepalive = 0
    delete packet.will
    // A client id proves nothing, and some firmwares insist on one of their own: the device is who it says by its name and secret.
    packet.clientId = device
    done(null, true)
  }

  function authenticate(
    client: Client,
    _username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, isAllowed: boolean | null) => void,
  ): void {
    const line = lineOf.get(client.conn)
    const device = client.id
    const refuse = (code: ConnackRefusal, reason: LineEnd, detail?: string): void => {
      if (line !== undefined) refuseConnect(line, code, reason, detail)
      done(Object.assign(new Error(reason), { returnCode: 5 }), false)
    }
    if (line === undefined || password === undefined) {
      refuse('bad-credentials', 'credentials')
      return
    }
    gate.authenticate(device, password).then(
      (grant) => {
        // The line may have ended while the gate was thinking; the library has then forgotten it.
        if (line.ended !== undefined || state !== 'running') return
        if (grant === undefined || grant.device !== device) return refuse('bad-credentials', 'credentials')
        if (line.willTopic !== undefined && line.willTopic !== grant.will)
          return refuse('not-authorized', 'will-not-granted')
        try {
          line.identity = { device: grant.device, topics: grantedTopics(grant) }
        } catch (error) {
          return refuse('not-authorized', 'grant-broken', messageOf(error))
        }
        if (!byDevice.has(grant.device) && byDevice.size >= limits.connectionsMax)
          return refuse('server-unavailable', 'connections-max')
        byDevice.get(grant.device)?.end('taken-over', 'drop')
        byDevice.set(grant.device, line)
        done(null, true)
      },
      (error: unknown) => refuse('server-unavailable', 'gate-cannot-say', messageOf(error)),
    )
  }

  function refuseConnect(line: DeviceLine, code: ConnackRefusal, reason: LineEnd, detail = ''): void {
    line.write(connackRefusal(code))
    line.end(reason, 'finish', detail)
  }

  function letIn(line: DeviceLine, device: DeviceId): void {
    if (line.ended !== undefined || byDevice.get(device) !== line) return
    line.isConnected = true
    waiting.leave(line)
    counts.connections += 1
    if (line.identity?.topics.isListener === false) tellPresent(line)
  }

  function tellPresent(line: DeviceLine): void {
    if (line.isPresent || !line.isConnected || line.ended !== undefined || line.identity === undefined) return
    line.isPresent = true
    handlers?.onPresence(line.identity.device, true)
  }

  // --- while it lives ---

  function authorizePublish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const line = client === null ? undefined : lineOf.get(client.conn)
    const identity = line?.identity
    if (line === undefined || identity === undefined || handlers === undefined || line.ended !== undefined) {
      done(new Error('not let in'))
      return
    }
    const qos = packet.qos === 1 ? 1 : 0
    const messageId = packet.messageId ?? 0
    // From here on the library sees a message that needs no acknowledgement and goes to nobody: the acknowledgement is ours.
    packet.qos = 0
    const use = packet.topic.length > limits.topicCharactersMax ? 'not-granted' : identity.topics.of(packet.topic)
    if (use === 'not-granted') {
      counts.messagesRefused += 1
      line.release()
      onNotice({
        kind: 'message-refused',
        device: identity.device,
        topic: packet.topic.slice(0, limits.topicCharactersMax),
      })
      // An acknowledgement is a promise. Where none was asked for the message is dropped; where one was, the line ends instead.
      if (qos === 1) line.end('topic-not-granted', 'drop')
      done(qos === 1 ? new Error('topic not granted') : null)
      return
    }
    done(null)
    const held = qos === 1 ? line.hold(messageId) : undefined
    if (use === 'status') {
      if (held !== undefined) line.settle(held, 'acknowledge')
      line.release()
      return
    }
    counts.messagesIn += 1
    handlers
      .onMessage({
        device: identity.device,
        topic: packet.topic,
        payload: payloadOf(packet),
        qos,
        duplicate: packet.dup,
      })
      .then(
        (verdict) => {
          if (held !== undefined) line.settle(held, verdict)
          line.release()
        },
        // The handler broke its word: the message is not acknowledged, and the hold's limit ends the line.
        () => line.release(),
      )
  }

  function authorizeSubscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const line = lineOf.get(client.conn)
    if (line?.identity === undefined) {
      done(new Error('not let in'))
      return
    }
    const { topics, device } = line.identity
    const filter = subscription.topic
    const isNew = !line.subscriptions.has(filter)
    if (!topics.maySubscribe(filter) || (isNew && line.subscriptions.size >= limits.subscriptionsMax)) {
      onNotice({ kind: 'subscription-refused', device, filter: filter.slice(0, limits.topicCharactersMax) })
      done(null, null)
      return
    }
    // Asked for QoS 2 it is granted, as the protocol allows; what we send is QoS 1 at most.
    line.listen(filter, subscription.qos === 0 ? 0 : 1)
    done(null, subscription)
  }

  function onDirty(line: DeviceLine): void {
    // One write for all that was written to a line in this turn of the loop.
    if (dirtyLines.push(line) === 1) setImmediate(flushDirty)
  }

  function flushDirty(): void {
    const flushing = dirtyLines
    dirtyLines = []
    for (const line of flushing) line.flush()
  }

  function onEnd(line: DeviceLine, reason: LineEnd, detail: string): void {
    const device = line.identity?.device
    if (device !== undefined && byDevice.get(device) === line) byDevice.delete(device)
    if (line.isConnected && device !== undefined) {
      if (reason === 'slow-consumer') counts.slowConsumersCut += 1
      if (reason === 'hold-exceeded') counts.holdsExceeded += 1
      line.isConnected = false
      if (line.isPresent) {
        line.isPresent = false
        handlers?.onPresence(device, false)
      }
      if (reason !== 'stopped') onNotice({ kind: 'connection-ended', reason, remote: line.remote, device, detail })
      return
    }
    waiting.leave(line)
    counts.connectionsRefused += 1
    if (reason !== 'stopped') {
      onNotice({ kind: 'connection-refused', reason, remote: line.remote, device: clientOf.get(line) ?? '', detail })
    }
  }

  function endLine(device: DeviceId, reason: LineEnd, how: 'drop' | 'finish'): boolean {
    const line = byDevice.get(device)
    line?.end(reason, how)
    return line !== undefined
  }

  function sweep(): void {
    const now = nowMs()
    for (const line of lines) line.sweep(now)
  }

  function stop(): Promise<void> {
    stopping ??= closeAll()
    return stopping
  }

  async function closeAll(): Promise<void> {
    state = 'stopped'
    for (const line of lines) line.end('stopped', 'finish')
    await Promise.all(listening.map((one) => one.stop()))
    listening = []
    await allClosed(sockets)
    clearInterval(sweepTimer)
    await new Promise<void>((resolve) => broker.close(resolve))
  }

  return {
    async start(given) {
      if (state !== 'new') throw new Error('the embedded broker was started before: make a new one')
      state = 'running'
      handlers = given
      await broker.listen()
      sweepTimer = setInterval(sweep, sweepEveryMs(limits))
      try {
        for (const listener of settings.listeners) listening.push(await listen(listener, accept, handle))
      } catch (error) {
        await stop()
        throw error
      }
    },
    send(device, message) {
      const handOver = byDevice.get(device)?.send(message) ?? 'away'
      if (handOver === 'handed-over') counts.messagesOut += 1
      return HAND_OVERS[handOver]
    },
    isPresent: (device) => byDevice.get(device)?.isPresent ?? false,
    listening: () => null,
    present: () => [...byDevice].filter(([, line]) => line.isPresent).map(([device]) => device),
    disconnect: (device) => endLine(device, 'disconnected', 'drop'),
    dismiss: (device) => endLine(device, 'let-in-no-more', 'finish'),
    stop,
    addresses: () => listening.map((one) => one.address),
    counters: () => ({ ...counts }),
  }
}

/** aedes without its routing: no message goes from one client to others, is retained, or is kept for somebody who is away. */
class PrivateBroker extends Aedes {
  override publish(_packet: unknown, clientOrDone: unknown, done?: unknown): void {
    const callback = typeof clientOrDone === 'function' ? clientOrDone : done
    // In a tick of its own: the library's parser must not be entered from within itself.
    if (typeof callback === 'function') process.nextTick(callback, null)
  }
}

// --- listening ---

type Listening = {
  readonly address: string
  take(raw: Socket, line: DeviceLine): void
  stop(): Promise<void>
}

async function listen(
  listener: BrokerListener,
  accept: (raw: Socket, listening: Listening) => void,
  handle: (line: DeviceLine, stream: Duplex) => void,
): Promise<Listening> {
  const secure =
    listener.tls === undefined ? undefined : createSecureContext({ ...listener.tls, minVersion: 'TLSv1.2' })
  const upgrade = listener.kind === 'websocket' ? createUpgrade(handle) : undefined
  const server = createServer((raw) => accept(raw, listening))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listener.port, listener.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const listening: Listening = {
    address: addressOf(listener, server),
    take(raw, line) {
      const stream = secure === undefined ? raw : decrypt(raw, secure, line)
      if (upgrade === undefined) handle(line, stream)
      else upgrade.take(stream, line)
    },
    stop: async () => {
      upgrade?.stop()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return listening
}

function decrypt(raw: Socket, secureContext: SecureContext, line: DeviceLine): TLSSocket {
  const secured = new TLSSocket(raw, { isServer: true, secureContext })
  const onError = (error: Error): void => line.end('tls-failed', 'drop', error.message)
  secured.on('error', onError)
  secured.once('secure', () => {
    secured.on('error', ignore)
    secured.off('error', onError)
  })
  return secured
}

type Upgrade = { take(stream: Duplex, line: DeviceLine): void; stop(): void }

/** HTTP on these sockets is good for nothing but becoming a WebSocket. */
function createUpgrade(handle: (line: DeviceLine, stream: Duplex) => void): Upgrade {
  const lineOfSocket = new WeakMap<Duplex, DeviceLine>()
  const http: HttpServer = createHttpServer(
    { maxHeaderSize: HTTP_HEADER_BYTES_MAX, keepAlive: false },
    (request, response) => {
      const line = lineOfSocket.get(request.socket)
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' })
      response.end('This port speaks MQTT over WebSocket at /mqtt.\n')
      line?.end('not-websocket', 'finish')
    },
  )
  const websockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: WEBSOCKET_FRAME_BYTES_MAX,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  })
  http.on('clientError', (error, socket) => lineOfSocket.get(socket)?.end('not-websocket', 'drop', error.message))
  http.on('upgrade', (request, socket, head) => {
    const line = lineOfSocket.get(socket)
    if (line === undefined || line.ended !== undefined) {
      socket.destroy()
      return
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    const path = (request.url ?? '').split('?')[0]
    if (path !== '/mqtt' || !offered.includes('mqtt')) {
      line.end('not-websocket', 'drop')
      return
    }
    websockets.handleUpgrade(request, socket, head, (websocket) => {
      websocket.on('message', (_data, isBinary) => {
        if (!isBinary) line.end('not-mqtt', 'drop', 'text over WebSocket')
      })
      handle(line, createWebSocketStream(websocket))
    })
  })
  return {
    take(stream, line) {
      lineOfSocket.set(stream, line)
      http.emit('connection', stream)
    },
    stop() {
      websockets.close()
      http.close()
    },
  }
}

function addressOf(listener: BrokerListener, server: Server): string {
  const bound = server.address() as AddressInfo
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  const isSecure = listener.tls !== undefined
  if (listener.kind === 'tcp') return `${isSecure ? 'mqtts' : 'mqtt'}://${host}:${bound.port}`
  return `${isSecure ? 'wss' : 'ws'}://${host}:${bound.port}/mqtt`
}

// --- rules ---

/** What is wrong with a CONNECT before anybody is asked who this is. */
function connectRefusal(
  packet: ConnectPacket,
  limits: EmbeddedBrokerLimits,
): { readonly code: ConnackRefusal; readonly reason: LineEnd } | undefined {
  if (packet.protocolVersion !== 4) return { code: 'unacceptable-protocol-version', reason: 'protocol-version' }
  // No client id at all is refused also where the protocol would allow it (MQTT 3.1.1, 3.1.3-6 to 8).
  const clientIdCharacters = packet.clientId?.length ?? 0
  if (clientIdCharacters === 0 || clientIdCharacters > CLIENT_ID_CHARACTERS_MAX) {
    return { code: 'identifier-rejected', reason: 'client-id' }
  }
  if (!isSlug(packet.username ?? '')) return { code: 'bad-credentials', reason: 'credentials' }
  const keepaliveMs = (packet.keepalive ?? 0) * 1_000
  if (keepaliveMs < limits.keepaliveMinMs || keepaliveMs > limits.keepaliveMaxMs) {
    return { code: 'identifier-rejected', reason: 'keepalive-out-of-range' }
  }
  return undefined
}

function refuseContradictions(limits: EmbeddedBrokerLimits): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (!(Number.isFinite(limit) && limit > 0)) throw new RangeError(`${name} must be above 0, and is ${limit}`)
  }
  if (limits.holdMaxMs * 2 >= limits.keepaliveMinMs) {
    throw new RangeError(
      `holdMaxMs (${limits.holdMaxMs}) must be below half of keepaliveMinMs (${limits.keepaliveMinMs}): a device would take the line for dead while it waits for its acknowledgement`,
    )
  }
  if (limits.outboundInflightMax >= MESSAGE_ID_MAX) {
    throw new RangeError(
      `outboundInflightMax (${limits.outboundInflightMax}) must be below the ${MESSAGE_ID_MAX} ids of MQTT`,
    )
  }
  if (limits.keepaliveMaxMs < limits.keepaliveMinMs) {
    throw new RangeError(`keepaliveMaxMs (${limits.keepaliveMaxMs}) is below keepaliveMinMs (${limits.keepaliveMinMs})`)
  }
}

/** Often enough that no time is overrun by more than an eighth. */
function sweepEveryMs(limits: EmbeddedBrokerLimits): number {
  const shortest = Math.min(
    limits.letInMaxMs,
    limits.holdMaxMs,
    limits.drainMaxMs,
    limits.outboundAckMaxMs,
    limits.keepaliveMinMs,
    limits.closeMaxMs,
  )
  return Math.min(250, Math.max(5, Math.floor(shortest / 8)))
}

function payloadOf(packet: PublishPacket): Uint8Array {
  return typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
}

async function allClosed(sockets: ReadonlySet<Socket>): Promise<void> {
  await Promise.all(
    [...sockets].map(
      (socket) =>
        new Promise((resolve) => (socket.destroyed && socket.closed ? resolve(null) : socket.once('close', resolve))),
    ),
  )
}

const HAND_OVERS: Record<HandOver, Promise<HandOver>> = {
  'handed-over': Promise.resolve('handed-over'),
  away: Promise.resolve('away'),
  refused: Promise.resolve('refused'),
}

/** Packets that a client may send before it was let in; the library keeps them. */
const WAITING_PACKETS_MAX = 16
const CLIENT_ID_CHARACTERS_MAX = 64
/** Addresses whose rate is remembered. */
const ADDRESSES_MAX = 4_096
const HTTP_HEADER_BYTES_MAX = 8_192
/** A WebSocket frame may hold several packets; the packets have their own limit. */
const WEBSOCKET_FRAME_BYTES_MAX = 131_072

function ignore(): void {}
