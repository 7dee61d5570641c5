/**
 * The few bytes of MQTT 3.1.1 that the gateway reads and writes itself: the head of every packet that comes in (so that a packet is refused by
 * what it announces, before it is buffered), PUBACKs both ways, and PUBLISH outwards. Everything else is the broker library's.
 * Source: OASIS MQTT 3.1.1, sections 2.2, 3.3 and 3.4.
 */
export const PACKET_TYPE = { connect: 1, connack: 2, publish: 3, puback: 4 } as const

export const MESSAGE_ID_MAX = 65_535
/** The longest body that the four bytes of a remaining length can announce. */
export const BODY_BYTES_MAX = 268_435_455

/** What the scanner reads to and asks before it lets a packet through. */
export type FrameSink = {
  /** Asked once for each packet but PUBACK, when its head is whole and none of its body has gone on. `wait` keeps it and all after it back until `resume`. */
  onHead(type: number, flags: number, bodyBytes: number): 'forward' | 'wait' | 'refuse'
  /** PUBACKs are taken out of the stream. `wait` and `refuse` as above. */
  onPuback(messageId: number): 'taken' | 'wait' | 'refuse'
  /** Bytes of packets that were let through; a view of the chunk that came in, not a copy. */
  forward(bytes: Buffer): void
}

/** `waiting`: the sink said `wait`; feed nothing more before `resume` says `open`. `refused`: the stream is over. */
export type ScanResult = 'open' | 'waiting' | 'refused'

export type FrameScanner = {
  feed(chunk: Buffer): ScanResult
  /** Asks the sink again about the packet that had to wait, and goes on with what was kept. */
  resume(): ScanResult
  /** Bytes that are kept: a head that is not whole yet, or what had to wait. */
  keptBytes(): number
}

/** Cuts a byte stream into MQTT packets without buffering their bodies. A remaining length of more than four bytes is refused (section 2.2.3). */
export function createFrameScanner(sink: FrameSink): FrameScanner {
  let bodyLeft = 0
  let kept: Buffer | undefined

  function scan(chunk: Buffer): ScanResult {
    const end = chunk.length
    let forwardFrom = 0
    let at = Math.min(bodyLeft, end)
    bodyLeft -= at

    const stopAt = (result: ScanResult): ScanResult => {
      if (at > forwardFrom) sink.forward(chunk.subarray(forwardFrom, at))
      kept = result === 'refused' || at === end ? undefined : chunk.subarray(at)
      return result
    }

    while (at < end) {
      const first = chunk[at] ?? 0
      let bodyBytes = 0
      let headBytes = 1
      let isWhole = false
      while (!isWhole) {
        if (headBytes > 4) return stopAt('refused')
        const byte = chunk[at + headBytes]
        if (byte === undefined) return stopAt('open')
        bodyBytes += (byte & 0x7f) * 128 ** (headBytes - 1)
        headBytes += 1
        isWhole = byte < 0x80
      }
      const type = first >> 4
      if (type === PACKET_TYPE.puback && bodyBytes === 2) {
        if (at + headBytes + 2 > end) return stopAt('open')
        const answer = sink.onPuback(chunk.readUInt16BE(at + headBytes))
        if (answer !== 'taken') return stopAt(answer === 'wait' ? 'waiting' : 'refused')
        if (at > forwardFrom) sink.forward(chunk.subarray(forwardFrom, at))
        at += headBytes + 2
        forwardFrom = at
        continue
      }
      const answer = sink.onHead(type, first & 0x0f, bodyBytes)
      if (answer !== 'forward') return stopAt(answer === 'wait' ? 'waiting' : 'refused')
      const next = at + headBytes + bodyBytes
      bodyLeft = Math.max(0, next - end)
      at = Math.min(next, end)
    }
    return stopAt('open')
  }

  return {
    feed(chunk) {
      if (kept === undefined) return scan(chunk)
      const whole = Buffer.concat([kept, chunk])
      kept = undefined
      return scan(whole)
    },
    resume() {
      if (kept === undefined) return 'open'
      const rest = kept
      kept = undefined
      return scan(rest)
    },
    keptBytes: () => kept?.length ?? 0,
  }
}

/** A topic as it stands in a PUBLISH: two bytes of length and UTF-8. */
export function topicField(topic: string): Buffer {
  const text = Buffer.from(topic, 'utf8')
  if (text.length === 0 || text.length > 65_535) throw new RangeError(`topic of ${text.length} bytes`)
  const field = Buffer.allocUnsafe(2 + text.length)
  field.writeUInt16BE(text.length, 0)
  text.copy(field, 2)
  return field
}

/** The bytes of a whole PUBLISH. */
export function publishFrameBytes(topic: Buffer, payload: Uint8Array, qos: 0 | 1): number {
  const bodyBytes = topic.length + (qos === 1 ? 2 : 0) + payload.length
  return 1 + lengthBytesOf(bodyBytes) + bodyBytes
}

/** A whole PUBLISH in one buffer. `messageId` is 1 to 65,535 for QoS 1 and is left out for QoS 0. */
export function publishFrame(topic: Buffer, payload: Uint8Array, qos: 0 | 1, messageId: number): Buffer {
  const bodyBytes = topic.length + (qos === 1 ? 2 : 0) + payload.length
  if (bodyBytes > BODY_BYTES_MAX) throw new RangeError(`a packet of ${bodyBytes} bytes cannot be written`)
  const lengthBytes = lengthBytesOf(bodyBytes)
  const frame = Buffer.allocUnsafe(1 + lengthBytes + bodyBytes)
  frame[0] = (PACKET_TYPE.publish << 4) | (qos << 1)
  let at = 1
  let left = bodyBytes
  for (let byte = 0; byte < lengthBytes; byte++) {
    const more = left >= 128 ? 0x80 : 0
    frame[at++] = (left % 128) | more
    left = Math.floor(left / 128)
  }
  frame.set(topic, at)
  at += topic.length
  if (qos === 1) at = frame.writeUInt16BE(messageId, at)
  frame.set(payload, at)
  return frame
}

function lengthBytesOf(bodyBytes: number): number {
  return bodyBytes < 128 ? 1 : bodyBytes < 16_384 ? 2 : bodyBytes < 2_097_152 ? 3 : 4
}

export function pubackFrame(messageId: number): Buffer {
  return Buffer.from([PACKET_TYPE.puback << 4, 2, messageId >> 8, messageId & 0xff])
}

/** A CONNACK that refuses. Codes: section 3.2.2.3. */
export function connackRefusal(code: ConnackRefusal): Buffer {
  return Buffer.from([PACKET_TYPE.connack << 4, 2, 0, CONNACK_CODE[code]])
}

export type ConnackRefusal = keyof typeof CONNACK_CODE

const CONNACK_CODE = {
  'unacceptable-protocol-version': 1,
  'identifier-rejected': 2,
  'server-unavailable': 3,
  'bad-credentials': 4,
  'not-authorized': 5,
} as const
