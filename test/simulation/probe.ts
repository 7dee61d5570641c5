import { z } from 'zod'
import type { DeviceId } from '../../core/ids.ts'
import { prefixOf } from '../../devices/topics.ts'
import type { WireCommand } from '../../devices/wire.ts'
import { encodeWire, parseCommand } from '../../devices/wire.ts'
import type { MemoryNetwork } from '../../simulators/world/memory-network.ts'
import type { Random } from '../../simulators/world/random.ts'
import type { Timeline } from '../../simulators/world/timeline.ts'

export type ProbeOptions = {
  readonly timeline: Timeline
  readonly network: MemoryNetwork
  readonly random: Random
  readonly site: string
  readonly device: DeviceId
}

/** What was answered, or `undefined` where nobody did in time. */
export type Heard = z.infer<typeof heardSchema> | undefined

const heardSchema = z.looseObject({
  ok: z.boolean(),
  refusal: z.string().optional(),
  kind: z.string().optional(),
  charge: z.string().nullish(),
})
const answerSchema = z.object({ event: z.string(), outcome: heardSchema })

/**
 * A device in the hands of an inspector, who says anything with it, well-formed or not, and sends nothing again. It lives from one connection to its end.
 */
export type Probe = {
  connect(): Promise<boolean>
  /** An event of `type`; `agoMs` ago, under the number `seq`. Returns its answer. */
  ask(type: string, data: object, how?: { readonly agoMs?: number; readonly seq?: number }): Promise<Heard>
  /** Any bytes on any of its topics. */
  send(leaf: string, bytes: Uint8Array): void
  report(command: string, result: string): Promise<Heard>
  /** The first command of a type that came, or comes in time. */
  told(type: WireCommand['type']): Promise<WireCommand | undefined>
  lastSeq(): number
  close(): void
}

const HEARD_WITHIN_MS = 4_000
const UP_BEFORE_HELLO_MS = 36_000_000

export function probe({ timeline, network, random, site, device }: ProbeOptions): Probe {
  const line = network.line(device)
  const topics = prefixOf({ site, device })
  const boot = random.hex(8)
  const bootedAtMs = timeline.monotonicMs() - UP_BEFORE_HELLO_MS
  const upMs = (): number => timeline.monotonicMs() - bootedAtMs
  const answers = new Map<string, Heard>()
  const commands: WireCommand[] = []
  let wake: (() => void)[] = []
  let seq = 0
  let isUp = false

  /** Waits for what `look` finds, or for so long. */
  function until<Found>(look: () => Found | undefined, withinMs: number): Promise<Found | undefined> {
    return new Promise((resolve) => {
      let isOver = false
      const finish = (found: Found | undefined): void => {
        if (isOver) return
        isOver = true
        alarm.cancel()
        resolve(found)
      }
      const alarm = timeline.after(withinMs, () => finish(undefined))
      const again = (): void => {
        const found = look()
        if (found !== undefined) finish(found)
        else if (!isOver) wake.push(again)
      }
      again()
    })
  }

  function changed(): void {
    const now = wake
    wake = []
    for (const one of now) one()
  }

  function say(message: object, leaf: string): string {
    line.publish(
      { topic: `${topics}/${leaf}`, payload: new TextEncoder().encode(JSON.stringify(message)), retain: false },
      () => {},
    )
    return `${boot}:${seq}`
  }

  const heard = (event: string): Promise<Heard> => until(() => answers.get(event), HEARD_WITHIN_MS)

  return {
    async connect() {
      line.open(
        {
          subscribes: [`${topics}/answer`, `${topics}/command`],
          will: { topic: `${topics}/status`, payload: encodeWire({ v: 1, boot, online: false }), retain: true },
        },
        {
          up() {
            isUp = true
            changed()
          },
          down() {
            isUp = false
          },
          message(topic, payload) {
            if (topic.endsWith('/answer')) {
              const { event, outcome } = answerSchema.parse(JSON.parse(new TextDecoder().decode(payload)))
              answers.set(event, outcome)
            } else {
              const command = parseCommand(payload)
              if (command.ok) commands.push(command.value)
            }
            changed()
          },
        },
      )
      if ((await until(() => (isUp ? true : undefined), HEARD_WITHIN_MS)) === undefined) return false
      seq += 1
      const hello = say({ v: 1, boot, seq, upMs: upMs(), type: 'hello', data: { firmware: 'probe 1.0' } }, 'event')
      return (await heard(hello)) !== undefined
    },
    ask(type, data, { agoMs = 0, seq: named } = {}) {
      seq = named ?? seq + 1
      answers.delete(`${boot}:${seq}`)
      return heard(say({ v: 1, boot, seq, upMs: upMs() - agoMs, type, data }, 'event'))
    },
    send(leaf, payload) {
      line.publish({ topic: `${topics}/${leaf}`, payload, retain: false }, () => {})
    },
    report(command, result) {
      seq += 1
      return heard(say({ v: 1, command, result, boot, seq, upMs: upMs() }, 'result'))
    },
    told: (type) => until(() => commands.find((command) => command.type === type), HEARD_WITHIN_MS),
    lastSeq: () => seq,
    close() {
      line.close()
    },
  }
}
