import { Socket } from 'node:net'
import type { MqttClient } from 'mqtt'
import { connect } from 'mqtt'
import type { DeviceLine, LineListener, LineOpening } from './device-line.ts'

export type MqttLineOptions = {
  /** `mqtt://127.0.0.1:1883` */
  readonly url: string
  readonly device: string
  readonly secret: string
  readonly keepaliveS: number
  readonly connectTimeoutMs: number
}

/** A line over real MQTT 3.1.1, with the device's id as its client id and user name. */
export function mqttLine(options: MqttLineOptions): DeviceLine {
  let current: MqttClient | undefined

  function open(opening: LineOpening, listener: LineListener): void {
    if (current !== undefined) throw new Error(`the line of ${options.device} is open already`)
    const client = connect(options.url, {
      clientId: options.device,
      username: options.device,
      password: options.secret,
      protocolVersion: 4,
      clean: true,
      keepalive: options.keepaliveS,
      connectTimeout: options.connectTimeoutMs,
      // One client for one connection: what was under way is given back to the firmware, which alone decides what is sent again.
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic: opening.will.topic, payload: bufferOf(opening.will.payload), qos: 1, retain: opening.will.retain },
    })
    current = client

    const down = (reason: string): void => {
      if (current !== client) return
      drop()
      listener.down(reason)
    }
    client.on('connect', () => {
      // Nagle's algorithm would keep small packets back for the acknowledgement of the one before.
      if (client.stream instanceof Socket) client.stream.setNoDelay(true)
      client.subscribe([...opening.subscribes], { qos: 1 }, (error, granted) => {
        if (current !== client) return
        const isGranted = granted?.every((grant) => grant.qos !== 128) === true
        if (error !== null || !isGranted) return down(error?.message ?? 'a subscription was not granted')
        listener.up()
      })
    })
    client.on('message', (topic, payload) => {
      if (current === client) listener.message(topic, payload)
    })
    client.on('error', (error) => down(error.message === '' ? 'no connection' : error.message))
    client.on('close', () => down('closed'))
  }

  /** What it holds is thrown away: no timer, no socket and no packet of it is left. */
  function drop(): void {
    const client = current
    current = undefined
    if (client === undefined) return
    if (client.stream instanceof Socket) client.stream.destroy()
    client.end(true)
  }

  return {
    open,
    publish({ topic, payload, retain, qos }, onAcknowledged) {
      const client = current
      if (client === undefined || !client.connected) return
      client.publish(topic, bufferOf(payload), { qos: qos ?? 1, retain }, (error) => {
        if (!error && current === client && qos !== 0) onAcknowledged()
      })
    },
    cut: drop,
    close() {
      const client = current
      current = undefined
      client?.end(false)
    },
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
