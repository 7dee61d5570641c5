import { z } from 'zod'
import type { DeviceId } from '../../core/ids.ts'
import { prefixOf } from '../../devices/topics.ts'
import type { WireCommand, WireLeaf } from '../../devices/wire.ts'
import { encodeWire, parseAsk, parseCommand } from '../../devices/wire.ts'
import type { DeviceLine } from '../../simulators/world/device-line.ts'
import type { Rig } from './rig.ts'
import { SITE } from './site.ts'

/** A device of which a test says every byte: it sends nothing by itself and sends nothing again. */
export type WireDevice = {
  readonly id: DeviceId
  readonly line: DeviceLine
  /** What it was sent, in order. */
  readonly answers: { readonly event: string; readonly text: string }[]
  readonly commands: WireCommand[]
  /** Ids of what it was asked, in order. */
  readonly asks: string[]
  /** Ids of messages that were acknowledged, in order. */
  readonly acknowledged: string[]
  /** Every message that came, as it came. */
  readonly received: { readonly topic: string; readonly text: string }[]
  isUp(): boolean
  boot(): string
  upMs(): number
  /** Connects; with `greets` it says hello. Resolves when that was acknowledged. */
  connect(options?: { readonly greets?: boolean; readonly boot?: string }): Promise<void>
  /** Sends an event and returns its id. `agoMs`: it happened so long ago. */
  say(type: string, data: object, options?: { readonly agoMs?: number; readonly seq?: number }): string
  /** Sends what became of a command. */
  report(command: string, result: string): string
  sendBytes(leaf: WireLeaf, bytes: Uint8Array, name?: string): void
  /** The last bytes that went out under this id once more. */
  sayAgain(id: string): void
  /** All answers to this event, as they came. */
  answersTo(id: string): readonly string[]
  /** Waits for the answer to an event and returns its outcome. */
  answer(id: string): Promise<unknown>
  /** Says it and waits for the answer. */
  ask(type: string, data: object): Promise<unknown>
}

const answerSchema = z.object({ event: z.string(), outcome: z.unknown() })

export function wireDevice(rig: Rig, id: DeviceId): WireDevice {
  const { timeline } = rig
  const line = rig.network.line(id)
  const topics = prefixOf({ site: SITE, device: id })
  const sent = new Map<string, { leaf: WireLeaf; bytes: Uint8Array }>()
  const answers: WireDevice['answers'] = []
  const commands: WireCommand[] = []
  const asks: string[] = []
  const acknowledged: string[] = []
  const received: WireDevice['received'] = []
  let isUp = false
  let boot = `${id.slice(-16)}-${timeline.monotonicMs()}`
  let seq = 0
  const bootedAtMs = timeline.monotonicMs()
  const upMs = (): number => timeline.monotonicMs() - bootedAtMs

  const device: WireDevice = {
    id,
    line,
    answers,
    commands,
    asks,
    acknowledged,
    received,
    isUp: () => isUp,
    boot: () => boot,
    upMs,
    async connect({ greets = true, boot: named = boot } = {}) {
      boot = named
      isUp = false
      line.open(
        {
          subscribes: [`${topics}/answer`, `${topics}/command`, `${topics}/ask`],
          will: { topic: `${topics}/status`, payload: encodeWire({ v: 1, boot, online: false }), retain: true },
        },
        {
          up() {
            isUp = true
          },
          down() {
            isUp = false
          },
          message(topic, payload) {
            const text = new TextDecoder().decode(payload)
            received.push({ topic, text })
            if (topic.endsWith('/answer')) {
              answers.push({ event: answerSchema.parse(JSON.parse(text)).event, text })
              return
            }
            const asked = parseAsk(payload)
            if (topic.endsWith('/ask') && asked.ok) asks.push(asked.value.id)
            const command = parseCommand(payload)
            if (command.ok) commands.push(command.value)
          },
        },
      )
      await timeline.runUntil(() => isUp, 10_000)
      if (!greets) return
      const hello = device.say('hello', { firmware: 'test 1.0' })
      await timeline.runUntil(() => acknowledged.includes(hello), 10_000)
    },
    say(type, data, { agoMs = 0, seq: named } = {}) {
      seq = named ?? seq + 1
      const name = `${boot}:${seq}`
      const bytes = new TextEncoder().encode(JSON.stringify({ v: 1, boot, seq, upMs: upMs() - agoMs, type, data }))
      device.sendBytes('event', bytes, name)
      return name
    },
    report(command, result) {
      seq += 1
      const name = `${boot}:${seq}`
      const bytes = new TextEncoder().encode(JSON.stringify({ v: 1, command, result, boot, seq, upMs: upMs() }))
      device.sendBytes('result', bytes, name)
      return name
    },
    sendBytes(leaf, bytes, name = leaf) {
      sent.set(name, { leaf, bytes })
      line.publish({ topic: `${topics}/${leaf}`, payload: bytes, retain: false }, () => acknowledged.push(name))
    },
    sayAgain(name) {
      const before = sent.get(name)
      if (before === undefined) throw new Error(`${name} was never sent`)
      line.publish({ topic: `${topics}/${before.leaf}`, payload: before.bytes, retain: false }, () =>
        acknowledged.push(name),
      )
    },
    answersTo: (name) => answers.filter(({ event }) => event === name).map(({ text }) => text),
    async answer(name) {
      if (!(await timeline.runUntil(() => device.answersTo(name).length > 0, 60_000))) {
        throw new Error(`${id} got no answer to ${name}`)
      }
      return answerSchema.parse(JSON.parse(device.answersTo(name)[0] ?? '')).outcome
    },
    ask: (type, data) => device.answer(device.say(type, data)),
  }
  return device
}
