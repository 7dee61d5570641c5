import type { Socket } from 'node:net'
import { connect } from 'node:net'

/**
 * A lean MQTT 3.1.1 client, one connection each, for load: a general client spends more on a message than the gateway does, and would be what is measured.
 * Clean session, QoS 1 both ways, every PUBLISH acknowledged. Nothing is sent again by itself: whoever loads decides that.
 */
export type LoadClient = {
  readonly name: string
  readonly isOpen: boolean
  /** Sends at QoS 1; `onAcknowledged` is called at its PUBACK. Throws when 65,535 are under way. Does nothing once the connection is gone. */
  publish(topic: Buffer, payload: Uint8Array | string, onAcknowledged?: () => void): void
  /** Closes without a goodbye. */
  destroy(): void
}

export type LoadClientOptions = {
  readonly host: string
  readonly port: number
  /** Client id and user name. */
  readonly name: string
  readonly secret: string | undefined
  readonly keepaliveS: number
  readonly subscribes: readonly string[]
  readonly will: { readonly topic: string; readonly payload: string } | undefined
  /** `payload` is a view that is good during the call only. */
  readonly onMessage: (topic: string, payload: Buffer) => void
  readonly onClose: () => void
}

const TYPE = { connack: 2, publish: 3, puback: 4, suback: 9 } as const
const MESSAGE_IDS = 65_535
const READ_BYTES = 65_536

/** Sockets are read one after another, so they share what is read into. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

/** Resolves when the broker has let it in and granted its subscriptions. */
export function openLoadClient(options: LoadClientOptions): Promise<LoadClient> {
  return new Promise((resolve, reject) => {
    const underWay = new Map<number, (() => void) | undefined>()
    let lastMessageId = 1
    let kept: Buffer | undefined
    let isOpen = false
    let pinging: NodeJS.Timeout | undefined

    const socket: Socket = connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback(bytes) {
          // Packets of one read are answered by one write.
          socket.cork()
          read(readBuffer.subarray(0, bytes))
          socket.uncork()
          return true
        },
      },
    })
    socket.once('connect', () => socket.write(connectPacket(options)))
    socket.on('error', (error) => fail(error.message))
    socket.once('close', () => {
      clearInterval(pinging)
      fail('closed')
      if (!isOpen) return
      isOpen = false
      options.onClose()
    })

    const client: LoadClient = {
      name: options.name,
      get isOpen() {
        return isOpen
      },
      publish(topic, payload, onAcknowledged) {
        if (!isOpen) return
        const messageId = nextMessageId()
        underWay.set(messageId, onAcknowledged)
        socket.write(publishPacket(topic, payload, messageId))
      },
      destroy: () => socket.resetAndDestroy(),
    }

    function fail(reason: string): void {
      if (!isOpen) reject(new Error(`${options.name}: ${reason}`))
    }

    function nextMessageId(): number {
      if (underWay.size >= MESSAGE_IDS) throw new Error(`${options.name}: too many messages under way`)
      do lastMessageId = lastMessageId === MESSAGE_IDS ? 1 : lastMessageId + 1
      while (underWay.has(lastMessageId))
      return lastMessageId
    }

    function read(chunk: Buffer): void {
      const bytes = kept === undefined ? chunk : Buffer.concat([kept, chunk])
      kept = undefined
      let at = 0
      while (at < bytes.length) {
        const head = headAt(bytes, at)
        if (head === undefined || head.end > bytes.length) {
          kept = Buffer.from(bytes.subarray(at))
          return
        }
        take(bytes[at] ?? 0, bytes.subarray(head.start, head.end))
        at = head.end
      }
    }

    function take(first: number, body: Buffer): void {
      switch (first >> 4) {
        case TYPE.publish: {
          const topicEnd = 2 + body.readUInt16BE(0)
          const isQos1 = (first & 0b0110) !== 0
          if (isQos1) socket.write(pubackPacket(body.readUInt16BE(topicEnd)))
          options.onMessage(body.toString('latin1', 2, topicEnd), body.subarray(isQos1 ? topicEnd + 2 : topicEnd))
          return
        }
        case TYPE.puback: {
          const messageId = body.readUInt16BE(0)
          const onAcknowledged = underWay.get(messageId)
          underWay.delete(messageId)
          onAcknowledged?.()
          return
        }
        case TYPE.connack:
          if (body[1] !== 0) {
            fail(`the broker refuses with ${body[1]}`)
            socket.destroy()
          } else if (options.subscribes.length === 0) opened()
          else socket.write(subscribePacket(options.subscribes))
          return
        case TYPE.suback:
          if (body.subarray(2).some((granted) => granted > 1)) {
            fail('a subscription was not granted')
            socket.destroy()
          } else opened()
          return
      }
    }

    function opened(): void {
      isOpen = true
      pinging = setInterval(() => socket.write(PINGREQ), (options.keepaliveS * 1_000) / 2)
      pinging.unref()
      resolve(client)
    }
  })
}

const PINGREQ = Buffer.from([0xc0, 0])

function headAt(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  let length = 0
  for (let digit = 0; digit < 4; digit += 1) {
    const byte = bytes[at + 1 + digit]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 128 ** digit
    if (byte < 0x80) return { start: at + 2 + digit, end: at + 2 + digit + length }
  }
  throw new Error('a packet whose length has no end')
}

function connectPacket({ name, secret, keepaliveS, will }: LoadClientOptions): Buffer {
  const flags = 0x02 | (will === undefined ? 0 : 0x2c) | (secret === undefined ? 0 : 0xc0)
  return packet(0x10, [
    field('MQTT'),
    Buffer.from([4, flags, keepaliveS >> 8, keepaliveS & 255]),
    field(name),
    ...(will === undefined ? [] : [field(will.topic), field(will.payload)]),
    ...(secret === undefined ? [] : [field(name), field(secret)]),
  ])
}

function subscribePacket(filters: readonly string[]): Buffer {
  return packet(0x82, [Buffer.from([0, 1]), ...filters.flatMap((filter) => [field(filter), Buffer.from([1])])])
}

/** A topic as `publish` wants it. */
export function topicBytes(topic: string): Buffer {
  return field(topic)
}

function publishPacket(topic: Buffer, payload: Uint8Array | string, messageId: number): Buffer {
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  const bodyBytes = topic.length + 2 + payloadBytes
  const lengthBytes = bodyBytes < 128 ? 1 : bodyBytes < 16_384 ? 2 : 3
  const out = Buffer.allocUnsafe(1 + lengthBytes + bodyBytes)
  out[0] = 0x32
  let at = writeLength(out, bodyBytes, 1)
  at += topic.copy(out, at)
  at = out.writeUInt16BE(messageId, at)
  if (typeof payload === 'string') out.write(payload, at)
  else out.set(payload, at)
  return out
}

function pubackPacket(messageId: number): Buffer {
  return Buffer.from([0x40, 2, messageId >> 8, messageId & 255])
}

function packet(first: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head[0] = first
  return Buffer.concat([head.subarray(0, writeLength(head, body.length, 1)), body])
}

function writeLength(out: Buffer, length: number, from: number): number {
  let at = from
  let left = length
  do {
    const more = left >= 128 ? 0x80 : 0
    out[at] = (left % 128) | more
    at += 1
    left = Math.floor(left / 128)
  } while (left > 0)
  return at
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}
