import { randomBytes } from 'node:crypto'
import type { LoadClient } from '../../bench/load/mqtt-client.ts'
import { openLoadClient, topicBytes } from '../../bench/load/mqtt-client.ts'
import type { ClientLog, LoggedEvent } from './client-log.ts'
import { SECRET, SITE } from './site.ts'

/** Where the gateway listens, and which run of it is the present one. */
export type Line = { readonly port: number; run(): number }

/**
 * What a device does with an event until it is sure of it: `acknowledged` takes a PUBACK for a promise and never sends it again, as MQTT allows it; `answered` sends
 * it again until it has its answer, as our own devices do.
 */
export type Patience = 'acknowledged' | 'answered'

/** A device of ours on a line that is cut and comes back. */
export type CrashDevice = {
  readonly name: string
  /** Sends an event in order behind those before it. Resolves with the answer, or with `undefined` for a device that asks for none and got none in time. */
  say(type: string, data: object, more?: Said): Promise<string | undefined>
  /** Sends a result, which is an event without a type. */
  report(command: string, result: string): void
  upMs(): number
  readonly boot: string
  isQuiet(): boolean
  stop(): void
}

export type Said = { readonly token?: string; readonly amount?: number }

export type DeviceOptions = {
  readonly name: string
  readonly line: Line
  readonly log: ClientLog
  readonly patience: Patience
  /** Commands in time and for this boot; the device has seen to that. Without it the device listens to none. */
  readonly onCommand?: (command: ReceivedCommand, run: number) => void
  /** What it says anew after each hello. */
  readonly levels?: () => readonly { readonly type: string; readonly data: object }[]
}

export type ReceivedCommand = { readonly id: string; readonly type: string; readonly data: unknown }

type Outgoing = {
  readonly topic: Buffer
  readonly bytes: Buffer
  readonly id: string
  readonly event: LoggedEvent | null
  readonly settle: (answer: string | undefined) => void
}

const RECONNECT_LEAST_MS = 20
const RECONNECT_MOST_MS = 120
/** How long a device that takes a PUBACK for a promise still listens for what it was about. */
const ANSWER_HEARD_WITHIN_MS = 250
const KEEPALIVE_S = 30

export function startDevice({ name, line, log, patience, onCommand, levels }: DeviceOptions): CrashDevice {
  const prefix = `tolbooth/v1/${SITE}/${name}`
  const topics = { event: topicBytes(`${prefix}/event`), result: topicBytes(`${prefix}/result`) }
  const boot = randomBytes(9).toString('base64url')
  const bornMs = performance.now()
  const done = new Set<string>()
  const outbox: Outgoing[] = []
  let seq = 0
  let client: { readonly opened: LoadClient; readonly run: number } | undefined
  let isStopped = false

  const upMs = (): number => Math.round(performance.now() - bornMs)

  async function connect(): Promise<void> {
    while (!isStopped) {
      const run = line.run()
      try {
        const opened = await openLoadClient({
          host: '127.0.0.1',
          port: line.port,
          name,
          secret: SECRET,
          keepaliveS: KEEPALIVE_S,
          subscribes: onCommand === undefined ? [`${prefix}/answer`] : [`${prefix}/answer`, `${prefix}/command`],
          will: { topic: `${prefix}/status`, payload: JSON.stringify({ v: 1, boot, online: false }) },
          onMessage: (topic, payload) => heard(topic.slice(prefix.length + 1), payload, run),
          onClose: () => {
            client = undefined
            void connect()
          },
        })
        if (isStopped) opened.destroy()
        client = { opened, run }
        greet(opened)
        for (const message of outbox) post(opened, message, run)
        for (const { type, data } of levels?.() ?? []) send(topics.event, { v: 1, type, data }, {}, () => undefined)
        return
      } catch {
        await pause(RECONNECT_LEAST_MS + Math.random() * (RECONNECT_MOST_MS - RECONNECT_LEAST_MS))
      }
    }
  }

  function greet(opened: LoadClient): void {
    seq += 1
    const hello = { v: 1, boot, seq, upMs: upMs(), type: 'hello', data: { firmware: 'crash 1.0' } }
    opened.publish(topics.event, JSON.stringify(hello))
  }

  function post(opened: LoadClient, message: Outgoing, run: number): void {
    opened.publish(message.topic, message.bytes, () => {
      if (message.event !== null && message.event.acknowledgedBy === null) {
        message.event.acknowledgedBy = run
        const by = log.runs[run]
        if (by !== undefined) by.promises += 1
      }
      if (patience === 'answered' && message.event !== null) return
      setTimeout(() => settle(message, undefined), message.event === null ? 0 : ANSWER_HEARD_WITHIN_MS)
    })
  }

  function settle(message: Outgoing, answer: string | undefined): void {
    const at = outbox.indexOf(message)
    if (at < 0) return
    outbox.splice(at, 1)
    message.settle(answer)
  }

  function heard(leaf: string, payload: Buffer, run: number): void {
    const text = payload.toString()
    if (leaf === 'answer') heardAnswer(text, run)
    else if (leaf === 'command') heardCommand(JSON.parse(text), run)
  }

  function heardAnswer(text: string, run: number): void {
    const { event: id } = JSON.parse(text) as { readonly event: string }
    // The very bytes: what was decided is answered the same each time.
    const outcome = text.slice(text.indexOf('"outcome":') + '"outcome":'.length, -1)
    const logged = log.events.get(`device:${name}/${id}`)
    if (logged !== undefined) {
      if (logged.answer === null) logged.answer = { outcome, run }
      else if (logged.answer.outcome !== outcome) {
        log.oddities.push(`${logged.key} was answered ${logged.answer.outcome}, and then ${outcome}`)
      }
    }
    const message = outbox.find((waiting) => waiting.id === id)
    if (message !== undefined) settle(message, outcome)
  }

  function heardCommand(
    command: ReceivedCommand & { readonly boot: string | null; readonly notAfterUpMs: number | null },
    run: number,
  ): void {
    const isLate =
      (command.boot !== null && command.boot !== boot) ||
      (command.notAfterUpMs !== null && upMs() > command.notAfterUpMs)
    const result = done.has(command.id) ? 'repeated' : isLate ? 'late' : 'done'
    if (result === 'done') {
      done.add(command.id)
      onCommand?.(command, run)
    }
    report(command.id, result)
  }

  function report(command: string, result: string): void {
    send(topics.result, { v: 1, command, result }, null, () => undefined)
  }

  function send(topic: Buffer, body: object, said: Said | null, settled: Outgoing['settle']): void {
    seq += 1
    const id = `${boot}:${seq}`
    const bytes = Buffer.from(JSON.stringify({ ...body, boot, seq, upMs: upMs() }))
    const event: LoggedEvent | null =
      said === null
        ? null
        : {
            key: `device:${name}/${id}`,
            type: 'type' in body ? String(body.type) : 'result',
            sentAtMs: Date.now(),
            acknowledgedBy: null,
            answer: null,
            token: said.token ?? null,
            amount: said.amount ?? null,
          }
    if (event !== null) {
      log.events.set(event.key, event)
      if (event.token !== null) log.tokens.get(event.token)?.events.push(event.key)
    }
    const message: Outgoing = { topic, bytes, id, event, settle: settled }
    outbox.push(message)
    if (client !== undefined) post(client.opened, message, client.run)
  }

  void connect()
  return {
    name,
    boot,
    upMs,
    say: (type, data, more = {}) => new Promise((resolve) => send(topics.event, { v: 1, type, data }, more, resolve)),
    report,
    isQuiet: () => outbox.length === 0,
    stop() {
      isStopped = true
      client?.opened.destroy()
    },
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
