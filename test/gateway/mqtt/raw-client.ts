import type { Socket } from 'node:net'
import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * A client of MQTT 3.1.1 that does what it is told and nothing by itself, also what no library would do. It speaks over any byte stream.
 */
export type RawClient = {
  readonly stream: Duplex
  write(...parts: readonly (Buffer | string)[]): void
  /** The next packet of this type that has not been taken yet. Throws if the line closes or `withinMs` passes first. */
  next(type: number, withinMs?: number): Promise<RawPacket>
  /** Packets of this type that have come and were not taken. */
  pending(type: number): readonly RawPacket[]
  /** Resolves when the other end has closed the line; throws if it does not. */
  closed(withinMs?: number): Promise<void>
  readonly isClosed: boolean
  /** Sends CONNECT as `device` and returns the code of the CONNACK. */
  login(device: string, options?: ConnectOptions): Promise<number>
  subscribe(filters: readonly string[], qos?: 0 | 1 | 2): Promise<readonly number[]>
  /** Answers QoS 1 messages with PUBACK as they come. */
  acknowledgeAll(): void
  destroy(): void
}

export type RawPacket = {
  readonly type: number
  readonly flags: number
  readonly body: Buffer
}

export type RawMessage = {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: number
  readonly messageId: number
  readonly isDuplicate: boolean
}

export const CONNACK = 2
export const PUBLISH = 3
export const PUBACK = 4
export const SUBACK = 9
export const PINGRESP = 13
export const PINGREQ_BYTES = Buffer.from([0xc0, 0])
export const DISCONNECT_BYTES = Buffer.from([0xe0, 0])

export type ConnectOptions = {
  readonly clientId?: string
  readonly username?: string | undefined
  readonly secret?: string | undefined
  readonly keepaliveS?: number
  readonly isClean?: boolean
  readonly will?: {
    readonly topic: string
    readonly payload: string
    readonly isRetained?: boolean
    readonly qos?: 0 | 1
  }
  readonly protocol?: { readonly name: string; readonly level: number }
}

export const SECRET = 'a-secret-of-a-device'

/** `from`: another of this machine's addresses than the usual one. */
export async function openRaw(address: string, from?: string): Promise<RawClient> {
  const url = new URL(address)
  const local = from === undefined ? {} : { localAddress: from }
  const socket = connectTcp({ host: url.hostname, port: Number(url.port), noDelay: true, ...local })
  const client = rawClient(socket)
  // One that is reset at once counts as opened and closed.
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  return client
}

export function rawClient(stream: Duplex): RawClient {
  const packets: RawPacket[] = []
  const waiters = new Set<() => void>()
  let buffer = Buffer.alloc(0)
  let isClosed = false
  let isAcknowledging = false
  let lastMessageId = 0

  const wake = (): void => {
    for (const waiter of [...waiters]) waiter()
  }
  stream.on('error', () => undefined)
  stream.on('close', () => {
    isClosed = true
    wake()
  })
  stream.on('end', () => {
    isClosed = true
    wake()
  })
  stream.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    for (let packet = cut(); packet !== undefined; packet = cut()) {
      if (isAcknowledging && packet.type === PUBLISH && (packet.flags & 6) === 2) {
        stream.write(puback(messageOf(packet).messageId))
      }
      packets.push(packet)
    }
    wake()
  })

  function cut(): RawPacket | undefined {
    let bodyBytes = 0
    let headBytes = 1
    for (;;) {
      const byte = buffer[headBytes]
      if (byte === undefined) return undefined
      bodyBytes += (byte & 127) * 128 ** (headBytes - 1)
      headBytes += 1
      if (byte < 128) break
    }
    if (buffer.length < headBytes + bodyBytes) return undefined
    const first = buffer[0] ?? 0
    const body = buffer.subarray(headBytes, headBytes + bodyBytes)
    buffer = buffer.subarray(headBytes + bodyBytes)
    return { type: first >> 4, flags: first & 15, body }
  }

  function until<T>(look: () => T | undefined, what: string, withinMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiters.delete(waiter)
        reject(new Error(`${what} did not come within ${withinMs} ms`))
      }, withinMs)
      const waiter = (): void => {
        const found = look()
        if (found === undefined && !isClosed) return
        waiters.delete(waiter)
        clearTimeout(timer)
        if (found === undefined) reject(new Error(`the line closed before ${what} came`))
        else resolve(found)
      }
      waiters.add(waiter)
      waiter()
    })
  }

  const client: RawClient = {
    stream,
    write(...parts) {
      stream.write(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))))
    },
    next(type, withinMs = 5_000) {
      return until(
        () => {
          const at = packets.findIndex((packet) => packet.type === type)
          return at === -1 ? undefined : packets.splice(at, 1)[0]
        },
        `a packet of type ${type}`,
        withinMs,
      )
    },
    pending: (type) => packets.filter((packet) => packet.type === type),
    async closed(withinMs = 5_000) {
      await until(() => (isClosed ? true : undefined), 'the end of the line', withinMs)
    },
    get isClosed() {
      return isClosed
    },
    async login(device, options = {}) {
      client.write(connectPacket(device, options))
      const connack = await client.next(CONNACK)
      return connack.body[1] ?? -1
    },
    async subscribe(filters, qos = 1) {
      lastMessageId += 1
      client.write(subscribePacket(lastMessageId, filters, qos))
      return [...(await client.next(SUBACK)).body.subarray(2)]
    },
    acknowledgeAll() {
      isAcknowledging = true
    },
    destroy() {
      const socket = stream as Partial<Socket>
      if (socket.resetAndDestroy !== undefined) socket.resetAndDestroy()
      else stream.destroy()
    },
  }
  return client
}

export function connectPacket(device: string, options: ConnectOptions = {}): Buffer {
  const { isClean = true, keepaliveS = 60, will, protocol = { name: 'MQTT', level: 4 } } = options
  const clientId = options.clientId ?? device
  const username = 'username' in options ? options.username : device
  const secret = 'secret' in options ? options.secret : SECRET
  let flags = isClean ? 2 : 0
  const rest = [field(clientId)]
  if (will !== undefined) {
    flags |= 4 | ((will.qos ?? 0) << 3) | (will.isRetained === true ? 32 : 0)
    rest.push(field(will.topic), field(will.payload))
  }
  if (username !== undefined) {
    flags |= 128
    rest.push(field(username))
  }
  if (secret !== undefined) {
    flags |= 64
    rest.push(field(secret))
  }
  const properties = protocol.level === 5 ? [Buffer.from([0])] : []
  return packet(
    0x10,
    field(protocol.name),
    Buffer.from([protocol.level, flags, keepaliveS >> 8, keepaliveS & 255]),
    ...properties,
    ...rest,
  )
}

export function subscribePacket(messageId: number, filters: readonly string[], qos: number): Buffer {
  return packet(0x82, uint16(messageId), ...filters.flatMap((filter) => [field(filter), Buffer.from([qos])]))
}

export function publishPacket(
  topic: string,
  payload: string | Buffer,
  options: { qos?: 0 | 1 | 2; messageId?: number; isRetained?: boolean; isDuplicate?: boolean } = {},
): Buffer {
  const { qos = 1, messageId = 1, isRetained = false, isDuplicate = false } = options
  const head = 0x30 | (qos << 1) | (isRetained ? 1 : 0) | (isDuplicate ? 8 : 0)
  return packet(head, field(topic), qos > 0 ? uint16(messageId) : Buffer.alloc(0), Buffer.from(payload))
}

export function puback(messageId: number): Buffer {
  return Buffer.concat([Buffer.from([0x40, 2]), uint16(messageId)])
}

export function messageOf({ flags, body }: RawPacket): RawMessage {
  const topicBytes = body.readUInt16BE(0)
  const qos = (flags >> 1) & 3
  const at = 2 + topicBytes
  return {
    topic: body.toString('utf8', 2, at),
    qos,
    messageId: qos > 0 ? body.readUInt16BE(at) : 0,
    payload: body.subarray(qos > 0 ? at + 2 : at),
    isDuplicate: (flags & 8) !== 0,
  }
}

export function messageIdOf({ body }: RawPacket): number {
  return body.readUInt16BE(0)
}

export function packet(first: number, ...body: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(body)
  return Buffer.concat([Buffer.from([first]), remainingLength(bytes.length), bytes])
}

export function remainingLength(length: number): Buffer {
  const bytes: number[] = []
  let left = length
  do {
    const more = left >= 128
    bytes.push((left % 128) | (more ? 128 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Buffer.from(bytes)
}

export function field(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([uint16(bytes.length), bytes])
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255])
}
