import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { DeviceId } from '../../core/ids.ts'
import {
  createFrameScanner,
  MESSAGE_ID_MAX,
  PACKET_TYPE,
  pubackFrame,
  publishFrame,
  publishFrameBytes,
  topicField,
} from './frames.ts'
import type { GrantedTopics } from './granted-topics.ts'
import { isMatch, isWildcard } from './granted-topics.ts'
import type { HeldMessage } from './ordered-acknowledgements.ts'
import { createOrderedAcknowledgements } from './ordered-acknowledgements.ts'
import { createTokenBucket } from './token-bucket.ts'
import type { HandOver, OutboundMessage } from './transport.ts'

/**
 * One connection from its first byte to its last: it stands between the socket and the broker library, and holds every limit of a connection.
 *
 * Inwards it reads only the head of each packet and lets it through, keeps it back, or ends the line: so no packet is buffered that is too large, no
 * more are in hand than may be, and who sends too fast is slowed down by TCP itself. Outwards it writes PUBLISH and PUBACK itself: a message of ours
 * goes to one client, and needs none of the routing, duplicate checks and stores of a broker (docs/decisions/020-embedded-broker.md).
 */
export type DeviceLine = {
  /** The address of the other end, for the log. */
  readonly remote: string
  /** Joins the byte stream of MQTT (the socket itself, or what TLS or WebSocket makes of it) and returns what the broker library is to read and write. */
  join(stream: Duplex): Duplex
  identity: LineIdentity | undefined
  /** Set from CONNECT: how long the device may say nothing, in ms, before it is taken for gone. */
  silenceMaxMs: number
  /** The topic of the will that came with CONNECT, until it is compared with the grant. */
  willTopic: string | undefined
  /** The device was let in (CONNACK 0 is on its way). */
  isConnected: boolean
  /** It is connected and listens: presence was told. */
  isPresent: boolean

  /** Takes the place of an inbound QoS 1 message in the order of acknowledgements. */
  hold(messageId: number): HeldMessage
  settle(held: HeldMessage, verdict: 'acknowledge' | 'withhold'): void
  /** An inbound PUBLISH is out of hand: one more may come in. Call it once for each. */
  release(): void

  /** Filters that it listens to, with the QoS that it asked for. */
  readonly subscriptions: ReadonlyMap<string, 0 | 1>
  listen(filter: string, qos: 0 | 1): void
  unlisten(filter: string): void
  send(message: OutboundMessage): HandOver
  /** Bytes that go out as they are. */
  write(bytes: Buffer): void
  /** Lets go what was written since the last time. */
  flush(): void

  /** Looks at all that has to happen by a time. */
  sweep(nowMs: number): void
  /**
   * Ends the line; the first reason counts. `drop` throws away what was not sent yet, also what the kernel holds, by a reset: nothing arrives late.
   * `finish` lets the last bytes go out, for `closeWithinMs` at most.
   */
  end(reason: LineEnd, how: 'drop' | 'finish', detail?: string): void
  readonly ended: LineEnd | undefined
}

export type LineIdentity = { readonly device: DeviceId; readonly topics: GrantedTopics }

/** Why a connection ended or was refused. */
export type LineEnd =
  | 'closed-by-device'
  | 'stopped'
  | 'disconnected'
  | 'let-in-no-more'
  | 'taken-over'
  | 'connections-max'
  | 'waiting-max'
  | 'address-rate'
  | 'not-let-in-in-time'
  | 'not-mqtt'
  | 'not-websocket'
  | 'tls-failed'
  | 'packet-too-large'
  | 'protocol-error'
  | 'protocol-version'
  | 'client-id'
  | 'keepalive-out-of-range'
  | 'credentials'
  | 'gate-cannot-say'
  | 'will-not-granted'
  | 'grant-broken'
  | 'silent'
  | 'topic-not-granted'
  | 'qos-2'
  | 'hold-exceeded'
  | 'slow-consumer'

export type LineLimits = {
  /** Bytes of one packet after its fixed header; a larger one is refused by what its header announces. */
  readonly packetBytesMax: number
  /** Packets a second from one device, and how many at once. Above it the device is slowed down, not cut off: its packets wait in its own socket. */
  readonly packetsPerSecondMax: number
  readonly packetsBurstMax: number
  /** Messages of one device in hand at a time; further ones wait in its socket. */
  readonly inflightMax: number
  /** Bytes for one device that its socket has not taken yet; what would go above it is refused. */
  readonly outboundBytesMax: number
  /** QoS 1 messages to one device that it has not acknowledged; what would go above it is refused. */
  readonly outboundInflightMax: number
  /** How long a device may leave a QoS 1 message unacknowledged before its line is cut. */
  readonly outboundAckMaxMs: number
  /** How long a device may take no bytes while some wait for it before its line is cut. */
  readonly drainMaxMs: number
  /** How long a message may wait for its acknowledgement before the line is cut. */
  readonly holdMaxMs: number
  /** From the connection's first byte on the socket to CONNACK. */
  readonly letInMaxMs: number
  /** How long the last bytes of a line that ends may take. */
  readonly closeMaxMs: number
}

export type LineHooks = {
  nowMs(): number
  /** Bytes were written: call `flush` soon. Called once between two flushes. */
  onDirty(line: DeviceLine): void
  /** Called once. The socket may live on for `closeMaxMs`. */
  onEnd(line: DeviceLine, reason: LineEnd, detail: string): void
}

export function createDeviceLine(raw: Socket, limits: LineLimits, hooks: LineHooks): DeviceLine {
  const openedAtMs = hooks.nowMs()
  const packets = createTokenBucket(limits.packetsPerSecondMax, limits.packetsBurstMax, openedAtMs)
  const acknowledgements = createOrderedAcknowledgements((messageId) => write(pubackFrame(messageId)))
  const subscriptions = new Map<string, 0 | 1>()
  /** What a topic of ours is on this line; forgotten whenever the subscriptions change. */
  const routes = new Map<string, Route | undefined>()
  /** Message ids that the device has not acknowledged, oldest first, with the time at which they were sent. */
  const unacknowledged = new Map<number, number>()

  let stream: Duplex | undefined
  let toBroker: Duplex | undefined
  let ended: LineEnd | undefined
  let endedAtMs = 0
  let lastHeardMs = openedAtMs
  let isFirstPacket = true
  let inflight = 0
  let refusal: LineEnd | undefined
  let isHeldBack = false
  let isBrokerFull = false
  let rateTimer: NodeJS.Timeout | undefined
  let lastMessageId = 0
  let isDirty = false
  let writtenBytes = 0
  let takenBytes = 0
  let takenAtMs = openedAtMs

  const scanner = createFrameScanner({
    onHead(type, flags, bodyBytes) {
      if (isFirstPacket && (type !== PACKET_TYPE.connect || flags !== 0)) return refuse('not-mqtt')
      if (bodyBytes > limits.packetBytesMax) return refuse('packet-too-large')
      const isPublish = type === PACKET_TYPE.publish
      if (isPublish && (flags & QOS_BITS) === QOS_2) return refuse('qos-2')
      if (isPublish && (inflight >= limits.inflightMax || acknowledgements.isBlocked())) return 'wait'
      if (!packets.take(hooks.nowMs())) {
        waitForToken()
        return 'wait'
      }
      isFirstPacket = false
      if (isPublish) inflight += 1
      return 'forward'
    },
    onPuback(messageId) {
      if (isFirstPacket) return refuse('not-mqtt')
      if (unacknowledged.delete(messageId)) return 'taken'
      // It acknowledges what we did not send: harmless, but not for nothing.
      if (packets.take(hooks.nowMs())) return 'taken'
      waitForToken()
      return 'wait'
    },
    forward(bytes) {
      if (toBroker !== undefined && !toBroker.push(bytes)) isBrokerFull = true
    },
  })

  function refuse(reason: LineEnd): 'refuse' {
    refusal = reason
    return 'refuse'
  }

  function waitForToken(): void {
    rateTimer ??= setTimeout(
      () => {
        rateTimer = undefined
        goOn()
      },
      Math.min(RATE_WAIT_MAX_MS, Math.max(RATE_WAIT_MIN_MS, packets.waitMs(hooks.nowMs()))),
    )
  }

  function hear(chunk: Buffer): void {
    if (ended !== undefined) return
    lastHeardMs = hooks.nowMs()
    follow(scanner.feed(chunk))
  }

  function goOn(): void {
    if (ended !== undefined || !isHeldBack) return
    isHeldBack = false
    lastHeardMs = hooks.nowMs()
    follow(scanner.resume())
  }

  function follow(result: 'open' | 'waiting' | 'refused'): void {
    if (result === 'refused') {
      end(refusal ?? (isFirstPacket ? 'not-mqtt' : 'protocol-error'), 'drop')
      return
    }
    isHeldBack = result === 'waiting'
    if (isHeldBack || isBrokerFull) stream?.pause()
    else if (stream?.isPaused() === true) stream.resume()
  }

  function write(bytes: Buffer): void {
    if (stream === undefined || ended !== undefined) return
    if (!isDirty) {
      isDirty = true
      stream.cork()
      hooks.onDirty(line)
    }
    writtenBytes += bytes.length
    stream.write(bytes)
  }

  function flush(): void {
    if (!isDirty) return
    isDirty = false
    stream?.uncork()
  }

  function routeOf(topic: string): Route | undefined {
    if (routes.has(topic)) return routes.get(topic)
    let qos = subscriptions.get(topic)
    if (qos === undefined) {
      for (const [filter, asked] of subscriptions) {
        if (isWildcard(filter) && isMatch(filter, topic)) qos = qos === 1 ? 1 : asked
      }
    }
    const route = qos === undefined ? undefined : { field: topicField(topic), qos }
    if (routes.size >= ROUTES_MAX) routes.clear()
    routes.set(topic, route)
    return route
  }

  function nextMessageId(): number {
    do lastMessageId = lastMessageId === MESSAGE_ID_MAX ? 1 : lastMessageId + 1
    while (unacknowledged.has(lastMessageId))
    return lastMessageId
  }

  function end(reason: LineEnd, how: 'drop' | 'finish', detail = ''): void {
    if (ended !== undefined) return
    flush()
    ended = reason
    endedAtMs = hooks.nowMs()
    clearTimeout(rateTimer)
    toBroker?.destroy()
    if (how === 'drop') drop(raw, stream)
    else finish(raw, stream)
    hooks.onEnd(line, reason, detail)
  }

  raw.on('error', ignore)
  raw.once('close', () => end('closed-by-device', 'drop'))

  const line: DeviceLine = {
    remote: `${raw.remoteAddress ?? '?'}:${raw.remotePort ?? 0}`,
    identity: undefined,
    silenceMaxMs: Number.POSITIVE_INFINITY,
    willTopic: undefined,
    isConnected: false,
    isPresent: false,
    subscriptions,

    join(joined) {
      stream = joined
      const inner = new Duplex({
        read() {
          if (!isBrokerFull) return
          isBrokerFull = false
          if (!isHeldBack) joined.resume()
        },
        write(chunk: Buffer, _encoding, done) {
          writtenBytes += chunk.length
          joined.write(chunk, done)
        },
        destroy(error, done) {
          // The library closes what it does not understand, and what the device took leave of.
          if (error === null) end('closed-by-device', 'finish')
          else end('protocol-error', 'finish', error.message)
          done(null)
        },
      })
      toBroker = inner
      joined.on('error', (error) => end('closed-by-device', 'drop', error.message))
      joined.once('end', () => end('closed-by-device', 'finish'))
      joined.once('close', () => end('closed-by-device', 'drop'))
      joined.on('data', hear)
      return inner
    },

    hold: (messageId) => acknowledgements.hold(messageId, hooks.nowMs()),
    settle(held, verdict) {
      if (ended === undefined) acknowledgements.settle(held, verdict)
    },
    release() {
      inflight -= 1
      // Never within the library's own parsing, which is not re-entrant.
      if (isHeldBack) queueMicrotask(goOn)
    },

    listen(filter, qos) {
      subscriptions.set(filter, qos)
      routes.clear()
    },
    unlisten(filter) {
      subscriptions.delete(filter)
      routes.clear()
    },
    send(message) {
      if (!line.isConnected || ended !== undefined || stream === undefined) return 'away'
      const route = routeOf(message.topic)
      if (route === undefined) return 'away'
      const qos = message.qos === 1 ? route.qos : 0
      if (qos === 1 && unacknowledged.size >= limits.outboundInflightMax) return 'refused'
      const bytes = publishFrameBytes(route.field, message.payload, qos)
      if (stream.writableLength + bytes > limits.outboundBytesMax) return 'refused'
      let messageId = 0
      if (qos === 1) {
        messageId = nextMessageId()
        unacknowledged.set(messageId, hooks.nowMs())
      }
      write(publishFrame(route.field, message.payload, qos, messageId))
      return 'handed-over'
    },
    write,
    flush,

    sweep(nowMs) {
      if (ended !== undefined) {
        if (nowMs - endedAtMs > limits.closeMaxMs) drop(raw, stream)
        return
      }
      if (!line.isConnected) {
        if (nowMs - openedAtMs > limits.letInMaxMs) end('not-let-in-in-time', 'drop')
        return
      }
      const heldSinceMs = acknowledgements.oldestMs()
      if (heldSinceMs !== undefined && nowMs - heldSinceMs > limits.holdMaxMs) return end('hold-exceeded', 'drop')
      if (nowMs - lastHeardMs > line.silenceMaxMs) return end('silent', 'drop')
      const unacknowledgedSinceMs = unacknowledged.values().next().value
      if (unacknowledgedSinceMs !== undefined && nowMs - unacknowledgedSinceMs > limits.outboundAckMaxMs) {
        return end('slow-consumer', 'drop', 'acknowledges nothing')
      }
      const waitingBytes = stream?.writableLength ?? 0
      const taken = writtenBytes - waitingBytes
      if (waitingBytes === 0 || taken !== takenBytes) {
        takenBytes = taken
        takenAtMs = nowMs
      } else if (nowMs - takenAtMs > limits.drainMaxMs) {
        end('slow-consumer', 'drop', 'takes nothing')
      }
    },
    end,
    get ended() {
      return ended
    },
  }
  return line
}

type Route = { readonly field: Buffer; readonly qos: 0 | 1 }

const QOS_BITS = 0b0110
const QOS_2 = 0b0100
/** Topics of ours that a line remembers. A device has a handful. */
const ROUTES_MAX = 64
/** Who waits for a token waits at least this long, so that a flood costs few timers. */
const RATE_WAIT_MIN_MS = 10
const RATE_WAIT_MAX_MS = 60_000

/** A reset of the socket beneath, before TLS or WebSocket say goodbye: the kernel throws away what it has not delivered, and nothing arrives after its time. */
function drop(raw: Socket, stream: Duplex | undefined): void {
  if (!raw.destroyed) {
    try {
      raw.resetAndDestroy()
    } catch {
      raw.destroy()
    }
  }
  if (stream !== raw) stream?.destroy()
}

/**
 * Says goodbye and reads on until the other end does too: closing a socket with unread bytes would reset it, and the other end might never see why it
 * was refused. The sweep drops who does not answer.
 */
function finish(raw: Socket, stream: Duplex | undefined): void {
  if (stream === undefined) raw.destroySoon()
  else if (stream.destroyed) drop(raw, stream)
  else {
    stream.resume()
    stream.end()
  }
}

function ignore(): void {}
