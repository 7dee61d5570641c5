import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import type { RawPacket } from './raw-client.ts'
import { messageIdOf, messageOf, PUBACK, PUBLISH } from './raw-client.ts'

/** A wire in the middle that is listened to: what was published through it, in either direction, and in what order it was acknowledged. */
export type Tap = {
  readonly port: number
  /** Payloads of events (topics that end in `/event`) in the order of their PUBACKs. */
  readonly acknowledged: readonly string[]
  /** Connections that are open now. */
  connections(): number
  /** Breaks all connections by a reset, as a pulled cable ends. */
  breakAll(): void
  /** While set, packets from the target for which it holds are thrown away. */
  drop: ((packet: RawPacket) => boolean) | undefined
  stop(): Promise<void>
}

export async function startTap(target: () => number): Promise<Tap> {
  const acknowledged: string[] = []
  const open = new Set<Socket>()
  let count = 0

  const server = createServer((near) => {
    const far = connect({ port: target(), host: '127.0.0.1', noDelay: true })
    near.setNoDelay(true)
    count += 1
    open.add(near)
    open.add(far)
    /** Events on their way to either side, by message id. */
    const toFar = new Map<number, string>()
    const toNear = new Map<number, string>()
    pass(near, far, toFar, toNear, () => false)
    pass(far, near, toNear, toFar, (packet) => tap.drop?.(packet) === true)
    near.once('close', () => {
      count -= 1
      open.delete(near)
      far.destroy()
    })
    far.once('close', () => {
      open.delete(far)
      near.destroy()
    })
  })

  function pass(
    from: Socket,
    to: Socket,
    published: Map<number, string>,
    awaited: Map<number, string>,
    isDropped: (packet: RawPacket) => boolean,
  ): void {
    const cutter = createCutter()
    from.on('error', () => undefined)
    from.on('end', () => to.end())
    from.on('data', (chunk: Buffer) => {
      for (const { packet, bytes } of cutter(chunk)) {
        if (packet.type === PUBLISH) {
          const message = messageOf(packet)
          if (message.qos === 1 && message.topic.endsWith('/event'))
            published.set(message.messageId, message.payload.toString())
        }
        if (packet.type === PUBACK) {
          const text = awaited.get(messageIdOf(packet))
          awaited.delete(messageIdOf(packet))
          if (text !== undefined) acknowledged.push(text)
        }
        if (!isDropped(packet)) to.write(bytes)
      }
    })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tap: Tap = {
    port: (server.address() as AddressInfo).port,
    acknowledged,
    connections: () => count,
    breakAll() {
      for (const socket of open) socket.resetAndDestroy()
    },
    drop: undefined,
    async stop() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return tap
}

type Cut = { readonly packet: RawPacket; readonly bytes: Buffer }

function createCutter(): (chunk: Buffer) => readonly Cut[] {
  let buffer = Buffer.alloc(0)
  return (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    const cuts: Cut[] = []
    for (;;) {
      let bodyBytes = 0
      let headBytes = 1
      let byte: number | undefined
      do {
        byte = buffer[headBytes]
        if (byte === undefined) return cuts
        bodyBytes += (byte & 127) * 128 ** (headBytes - 1)
        headBytes += 1
      } while (byte >= 128)
      const end = headBytes + bodyBytes
      if (buffer.length < end) return cuts
      const first = buffer[0] ?? 0
      const packet = { type: first >> 4, flags: first & 15, body: buffer.subarray(headBytes, end) }
      cuts.push({ packet, bytes: buffer.subarray(0, end) })
      buffer = buffer.subarray(end)
    }
  }
}
