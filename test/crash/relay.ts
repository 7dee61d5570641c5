import type { LoadClient } from '../../bench/load/mqtt-client.ts'
import { openLoadClient, topicBytes } from '../../bench/load/mqtt-client.ts'
import { leafOf } from '../../devices/topics.ts'
import type { Line } from './device.ts'
import { pause } from './device.ts'
import { SECRET, SITE } from './site.ts'

/** A barrier behind a relay that is bought: it pulses whenever it is told to, knows no ids of commands, and says where its arm is. */
export type Relay = { setArm(down: boolean): void; stop(): void }

export type RelayOptions = {
  readonly name: string
  readonly make: 'shelly' | 'tasmota'
  readonly line: Line
  /** `id` is what the command carries for whoever listens; the relay itself makes nothing of it. */
  readonly onPulse: (id: string, type: string, run: number) => void
}

const RECONNECT_MS = 60
const KEEPALIVE_S = 30

export function startRelay({ name, make, line, onPulse }: RelayOptions): Relay {
  const prefix = `tolbooth/v1/${SITE}/${name}`
  const speech = make === 'shelly' ? SHELLY : TASMOTA
  let client: LoadClient | undefined
  let isStopped = false
  let isDown = true

  const say = ({ leaf, text }: Message): void => client?.publish(topicBytes(`${prefix}/${leaf}`), text)

  async function connect(): Promise<void> {
    while (!isStopped) {
      const run = line.run()
      try {
        client = await openLoadClient({
          host: '127.0.0.1',
          port: line.port,
          name,
          secret: SECRET,
          keepaliveS: KEEPALIVE_S,
          subscribes: [`${prefix}/${speech.listens}`],
          will: { topic: `${prefix}/${speech.will.leaf}`, payload: speech.will.text },
          onMessage(topic, payload) {
            const told = speech.hear(
              leafOf({ site: SITE, device: name as never }, topic) ?? '',
              payload.toString(),
              prefix,
            )
            if (told === undefined) return
            onPulse(told.id, told.type, run)
            say(told.reply)
          },
          onClose: () => {
            client = undefined
            void connect()
          },
        })
        if (isStopped) client.destroy()
        say(speech.arm(isDown))
        return
      } catch {
        await pause(RECONNECT_MS)
      }
    }
  }

  void connect()
  return {
    setArm(down) {
      if (down === isDown) return
      isDown = down
      say(speech.arm(down))
    },
    stop() {
      isStopped = true
      client?.destroy()
    },
  }
}

type Message = { readonly leaf: string; readonly text: string }

type Speech = {
  readonly listens: string
  readonly will: Message
  /** What it is told; `undefined` for what it does not understand. */
  hear(
    leaf: string,
    text: string,
    prefix: string,
  ): { readonly id: string; readonly type: string; readonly reply: Message } | undefined
  arm(isDown: boolean): Message
}

const SHELLY: Speech = {
  listens: 'rpc',
  will: { leaf: 'online', text: 'false' },
  hear(_leaf, text) {
    const { id, method, params } = JSON.parse(text) as ShellyRequest
    if (method !== 'Switch.Set') return undefined
    const type = params.toggle_after !== undefined ? 'open' : params.on ? 'hold-open' : 'release'
    return {
      id,
      type,
      reply: { leaf: 'response/rpc', text: JSON.stringify({ id, src: 'relay', result: { was_on: false } }) },
    }
  },
  arm: (isDown) => ({ leaf: 'status/input:0', text: JSON.stringify({ id: 0, state: isDown }) }),
}

type ShellyRequest = {
  readonly id: string
  readonly method: string
  readonly params: { readonly on: boolean; readonly toggle_after?: number }
}

const TASMOTA: Speech = {
  listens: 'cmnd/#',
  will: { leaf: 'tele/LWT', text: 'Offline' },
  hear(leaf, text, prefix) {
    if (leaf !== 'cmnd/Backlog0') return undefined
    const commands = text.split('; ')
    const done = commands.find((command) => command.startsWith(`Publish ${prefix}/stat/DONE `))
    const id = done?.split(' ')[2]
    if (id === undefined) return undefined
    const type = commands.includes('PulseTime1 0') ? 'hold-open' : commands.includes('Power1 ON') ? 'open' : 'release'
    return { id, type, reply: { leaf: 'stat/DONE', text: id } }
  },
  arm: (isDown) => ({ leaf: 'tele/SENSOR', text: JSON.stringify({ Switch1: isDown ? 'ON' : 'OFF' }) }),
}
