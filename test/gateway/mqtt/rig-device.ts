import type { Socket } from 'node:net'
import type { MqttClient } from 'mqtt'
import { connect } from 'mqtt'
import { topicsOf } from './embedded-rig.ts'
import { SECRET } from './raw-client.ts'

/** A device that behaves: it comes again when its connection is lost, says that it is there, and sends again what was not acknowledged. */
export type RigDevice = {
  readonly name: string
  readonly received: readonly {
    readonly topic: string
    readonly text: string
    readonly qos: number
    readonly isRetained: boolean
  }[]
  say(text: string, qos?: 0 | 1): void
  publish(topic: string, text: string, options: { readonly qos: 0 | 1; readonly retain?: boolean }): Promise<void>
  readonly isConnected: boolean
  /** The cable is pulled: a reset, no goodbye, and it does not come again. */
  kill(): void
  /** The connection breaks, and it comes again. */
  stumble(): void
  /** Says that it goes, and goes. */
  leave(): Promise<void>
}

export async function rigDevice(url: string, name: string): Promise<RigDevice> {
  const topics = topicsOf(name)
  const received: { topic: string; text: string; qos: number; isRetained: boolean }[] = []
  const status = (online: boolean): string => JSON.stringify({ v: 1, boot: 'a1', online })
  const client: MqttClient = connect(url, {
    clientId: name,
    username: name,
    password: SECRET,
    keepalive: 30,
    reconnectPeriod: 40,
    connectTimeout: 5_000,
    will: { topic: topics.status, payload: Buffer.from(status(false)), qos: 1, retain: true },
  })
  client.on('error', () => undefined)
  client.on('message', (topic, payload, packet) =>
    received.push({ topic, text: payload.toString(), qos: packet.qos, isRetained: packet.retain }),
  )
  const firstUp = new Promise<void>((resolve) => {
    client.on('connect', () => {
      const stream = client.stream as Socket
      stream.setNoDelay(true)
      client.subscribe([topics.answer, topics.command], { qos: 1 }, (error) => {
        if (error !== null) return
        client.publish(topics.status, status(true), { qos: 1, retain: true }, () => resolve())
      })
    })
  })
  await firstUp
  const reset = (): void => {
    const stream = client.stream as Socket
    stream.resetAndDestroy()
  }

  return {
    name,
    received,
    say(text, qos = 1) {
      client.publish(topics.event, text, { qos })
    },
    async publish(topic, text, options) {
      await client.publishAsync(topic, text, options)
    },
    get isConnected() {
      return client.connected
    },
    kill() {
      reset()
      client.end(true)
    },
    stumble: reset,
    async leave() {
      await client.publishAsync(topics.status, status(false), { qos: 1, retain: true })
      await client.endAsync()
    },
  }
}
