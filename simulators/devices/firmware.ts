import type { z } from 'zod'
import type { DeviceId } from '../../core/ids.ts'
import type { CommandResult } from '../../devices/driver.ts'
import { prefixOf } from '../../devices/topics.ts'
import type {
  WireCommand,
  WireEventType,
  WireFailSafe,
  WireLeaf,
  WireMessage,
  WireStatus,
  wireEvents,
} from '../../devices/wire.ts'
import {
  encodeWire,
  eventIdOf,
  isStillDue,
  parseAnswer,
  parseAsk,
  parseCommand,
  parseFailSafe,
} from '../../devices/wire.ts'
import type { Answer } from '../world/answer.ts'
import { answerOf } from '../world/answer.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'

/** One thing that a device says, without the envelope. */
export type Saying = {
  [Type in WireEventType]: { readonly type: Type; readonly data: z.infer<(typeof wireEvents)[Type]>['data'] }
}[WireEventType]

export type FirmwareOptions = {
  readonly device: DeviceId
  /** Said in every hello. */
  readonly firmware: string
  /** State that the gateway must know anew after each hello. */
  levels?(): readonly Saying[]
  /** Does a command that is in time and has not been done before. Without it the device listens to no commands. */
  perform?(command: WireCommand): 'done' | 'failed'
  /** Told what to do without a gateway. Without it the device listens to no such setting. */
  heardFailSafe?(setting: WireFailSafe): void
  readonly timings?: FirmwareTimings
}

export type FirmwareTimings = {
  /** No acknowledgement for so long: the same bytes again. */
  readonly acknowledgeWithinMs: number
  /** Acknowledged but not answered for so long: the same bytes again (an external broker acknowledges by itself). */
  readonly answerWithinMs: number
  /** What nobody has answered for so long is thrown away. */
  readonly giveUpAfterMs: number
  /** Between two tries to connect: from the first, doubled up to the second, each cut down by up to a half. */
  readonly reconnectLeastMs: number
  readonly reconnectMostMs: number
}

export const FIRMWARE_TIMINGS: FirmwareTimings = {
  acknowledgeWithinMs: 5_000,
  answerWithinMs: 5_000,
  giveUpAfterMs: 600_000,
  reconnectLeastMs: 200,
  reconnectMostMs: 5_000,
}

/** What waits to be acknowledged and answered; above it the oldest is thrown away. */
export const OUTBOX_MAX = 256
/** How many ids of commands a device remembers. */
export const DONE_IDS_MAX = 1_024
/** After so many sendings without an acknowledgement the line is taken for dead. */
const SENDINGS_BEFORE_NEW_LINE = 3

/**
 * What all our own devices have in common: the run of the device (boot), its counter, the line that is made again, and an outbox from which each message goes
 * out byte for byte the same until it is acknowledged and answered. One message is under way at a time, so they arrive in order.
 */
export type Firmware = {
  readonly device: DeviceId
  powerOn(): void
  /** No goodbye. What was in memory is gone: the outbox and the counter. The ids of commands that were done stand in flash, and stay. */
  powerOff(): void
  pullCable(): void
  plugCable(): void
  /** Sends it, and returns its id, `boot:seq`. `onSettled` gets its answer, or `undefined` when it was given up. Nothing is said by a device that is off. */
  say(saying: Saying, onSettled?: (answer: Answer | undefined) => void): string | undefined
  isConnected(): boolean
  isOn(): boolean
  boot(): string
  upMs(): number
  /** How often, of 1, a message goes out twice at once. */
  setRepeatChance(chance: number): void
  /** Messages that wait for an acknowledgement or an answer. */
  outboxSize(): number
}

/** What can be done to any device, whoever has made it. */
export type Powered = Pick<
  Firmware,
  'device' | 'powerOn' | 'powerOff' | 'pullCable' | 'plugCable' | 'isConnected' | 'isOn' | 'outboxSize'
>

export function firmwareOf(world: World, options: FirmwareOptions): Firmware {
  const { device } = options
  const { timeline, happenings } = world
  const timings = options.timings ?? FIRMWARE_TIMINGS
  const random = world.random.fork(`firmware/${device}`)
  const line = world.line(device)
  const topics = prefixOf({ site: world.site, device })
  const topicOf = (leaf: WireLeaf): string => `${topics}/${leaf}`

  const listensTo = [
    topicOf('answer'),
    topicOf('ask'),
    ...(options.perform === undefined ? [] : [topicOf('command')]),
    ...(options.heardFailSafe === undefined ? [] : [topicOf('fail-safe')]),
  ]

  const doneIds = new Set<string>()

  let run: Run | undefined
  let hasCable = true
  let isUp = false
  let isOpening = false
  let reconnectMs = timings.reconnectLeastMs
  let reconnectAlarm: Alarm | undefined
  let repeatChance = 0

  const upMsOf = (current: Run): number => timeline.monotonicMs() - current.bootedAtMs

  function connect(): void {
    if (run === undefined || !hasCable || isUp || isOpening) return
    const current = run
    isOpening = true
    line.open(
      {
        subscribes: listensTo,
        will: { topic: topicOf('status'), payload: status(current, false), retain: true },
      },
      {
        up: () => up(current),
        down,
        message: (topic, payload) => {
          if (run !== current) return
          if (topic === topicOf('answer')) heardAnswer(current, payload)
          else if (topic === topicOf('command')) heardCommand(current, payload)
          else if (topic === topicOf('fail-safe')) heardFailSafe(payload)
          else if (topic === topicOf('ask')) heardAsk(current, payload)
        },
      },
    )
  }

  function up(current: Run): void {
    isOpening = false
    isUp = true
    reconnectMs = timings.reconnectLeastMs
    happenings.tell({ kind: 'connected', device, boot: current.boot })
    line.publish({ topic: topicOf('status'), payload: status(current, true), retain: true }, () => {})
    greet(current)
  }

  /** `ask`: what the gateway asked, where it did. */
  function greet(current: Run, ask?: string): void {
    const data = { firmware: options.firmware, ...(ask === undefined ? {} : { ask }) }
    post(current, { type: 'hello', data }, { isFirst: true })
    for (const level of options.levels?.() ?? []) post(current, level)
    pump(current)
  }

  function down(reason: string): void {
    lineIsGone(reason)
    reconnectAlarm = timeline.after(random.between(Math.ceil(reconnectMs / 2), reconnectMs), connect)
    reconnectMs = Math.min(reconnectMs * 2, timings.reconnectMostMs)
  }

  function lineIsGone(reason: string): void {
    if (isUp) happenings.tell({ kind: 'disconnected', device, reason })
    isUp = false
    isOpening = false
    reconnectAlarm?.cancel()
    if (run === undefined) return
    // A hello belongs to its connection; everything else goes out again on the next one.
    for (const hello of run.outbox.filter((message) => message.type === 'hello')) remove(run, hello)
    for (const message of run.outbox) {
      message.stage = 'waiting'
      message.alarm?.cancel()
    }
  }

  function post(
    current: Run,
    body: Saying | { readonly type: 'result'; readonly command: string; readonly result: CommandResult },
    how: { isFirst?: boolean; onSettled?: Outgoing['onSettled'] } = {},
  ): Outgoing {
    current.seq += 1
    const head = { boot: current.boot, seq: current.seq, upMs: upMsOf(current) }
    const wire: WireMessage =
      body.type === 'result'
        ? { v: 1, command: body.command, result: body.result, ...head }
        : { v: 1, id: eventIdOf(head), ...head, ...body }
    const message: Outgoing = {
      id: eventIdOf(head),
      type: body.type,
      topic: topicOf(body.type === 'result' ? 'result' : 'event'),
      payload: encodeWire(wire),
      postedAtMs: timeline.monotonicMs(),
      isAnswered: body.type !== 'hello',
      onSettled: how.onSettled,
      stage: 'waiting',
      attempts: 0,
      alarm: undefined,
    }
    if (how.isFirst === true) current.outbox.unshift(message)
    else current.outbox.push(message)
    const oldest = current.outbox[0]
    if (current.outbox.length > OUTBOX_MAX && oldest !== undefined) giveUp(current, oldest)
    return message
  }

  function pump(current: Run): void {
    if (!isUp || run !== current || current.outbox.some((message) => message.stage === 'sent')) return
    const next = current.outbox.find((message) => message.stage === 'waiting')
    if (next === undefined) return
    if (next.attempts > 0 && timeline.monotonicMs() - next.postedAtMs > timings.giveUpAfterMs) {
      giveUp(current, next)
      pump(current)
      return
    }
    next.stage = 'sent'
    next.attempts += 1
    next.alarm = timeline.after(timings.acknowledgeWithinMs, () => unacknowledged(current, next))
    happenings.tell({ kind: 'sent', device, type: next.type, event: next.id, attempt: next.attempts })
    const sendings = random.chance(repeatChance) ? 2 : 1
    for (let sending = 0; sending < sendings; sending += 1) {
      line.publish({ topic: next.topic, payload: next.payload, retain: false }, () => acknowledged(current, next))
    }
  }

  function acknowledged(current: Run, message: Outgoing): void {
    if (run !== current || message.stage === 'acknowledged' || message.stage === 'settled') return
    message.alarm?.cancel()
    happenings.tell({ kind: 'acknowledged', device, type: message.type, event: message.id })
    message.stage = 'acknowledged'
    if (message.isAnswered) {
      message.alarm = timeline.after(timings.answerWithinMs, () => {
        message.stage = 'waiting'
        pump(current)
      })
    } else {
      remove(current, message)
    }
    pump(current)
  }

  function unacknowledged(current: Run, message: Outgoing): void {
    message.stage = 'waiting'
    if (message.attempts % SENDINGS_BEFORE_NEW_LINE === 0) {
      line.cut()
      down('nothing was acknowledged')
    } else {
      pump(current)
    }
  }

  function heardAnswer(current: Run, payload: Uint8Array): void {
    const read = parseAnswer(payload)
    if (!read.ok) {
      unreadable('answer', read.detail)
      return
    }
    const message = current.outbox.find((waiting) => waiting.id === read.value.event)
    // An answer to what was answered before: the same again, by the design.
    if (message === undefined) return
    const answer = answerOf(read.value.outcome)
    if (answer === undefined) {
      unreadable('answer', 'an outcome that this device does not understand')
      return
    }
    remove(current, message)
    const waitedMs = timeline.monotonicMs() - message.postedAtMs
    happenings.tell({ kind: 'answered', device, type: message.type, event: message.id, answer, waitedMs })
    message.onSettled?.(answer)
    pump(current)
  }

  function heardCommand(current: Run, payload: Uint8Array): void {
    const read = parseCommand(payload)
    if (!read.ok) {
      unreadable('command', read.detail)
      return
    }
    const command = read.value
    const now = { boot: current.boot, upMs: upMsOf(current) }
    const result = resultOf(command, now)
    happenings.tell({
      kind: 'command',
      device,
      command: command.id,
      type: command.type,
      result,
      forBoot: command.boot,
      notAfterUpMs: command.notAfterUpMs,
      ...now,
    })
    post(current, { type: 'result', command: command.id, result })
    pump(current)
  }

  function heardFailSafe(payload: Uint8Array): void {
    const read = parseFailSafe(payload)
    if (read.ok) options.heardFailSafe?.(read.value)
    else unreadable('fail-safe', read.detail)
  }

  function heardAsk(current: Run, payload: Uint8Array): void {
    const read = parseAsk(payload)
    if (read.ok) greet(current, read.value.id)
    else unreadable('ask', read.detail)
  }

  function resultOf(command: WireCommand, now: { boot: string; upMs: number }): CommandResult {
    if (doneIds.has(command.id)) return 'repeated'
    if (!isStillDue(command, now)) return 'late'
    doneIds.add(command.id)
    const [oldest] = doneIds
    if (doneIds.size > DONE_IDS_MAX && oldest !== undefined) doneIds.delete(oldest)
    return options.perform?.(command) ?? 'failed'
  }

  function unreadable(leaf: WireLeaf, detail: string): void {
    happenings.tell({ kind: 'unreadable', device, topic: topicOf(leaf), detail })
  }

  function giveUp(current: Run, message: Outgoing): void {
    remove(current, message)
    if (message.type === 'hello') return
    happenings.tell({ kind: 'given-up', device, type: message.type, event: message.id })
    message.onSettled?.(undefined)
  }

  return {
    device,
    powerOn() {
      if (run !== undefined) return
      run = { boot: random.hex(8), bootedAtMs: timeline.monotonicMs(), seq: 0, outbox: [] }
      connect()
    },
    powerOff() {
      const current = run
      if (current === undefined) return
      line.cut()
      lineIsGone('switched off')
      run = undefined
      reconnectMs = timings.reconnectLeastMs
      for (const message of [...current.outbox]) giveUp(current, message)
    },
    pullCable() {
      if (!hasCable) return
      hasCable = false
      line.cut()
      lineIsGone('cable pulled')
    },
    plugCable() {
      hasCable = true
      reconnectMs = timings.reconnectLeastMs
      connect()
    },
    say(saying, onSettled) {
      if (run === undefined) return undefined
      const message = post(run, saying, onSettled === undefined ? {} : { onSettled })
      pump(run)
      return message.id
    },
    isConnected: () => isUp,
    isOn: () => run !== undefined,
    boot: () => run?.boot ?? '',
    upMs: () => (run === undefined ? 0 : upMsOf(run)),
    setRepeatChance(chance) {
      repeatChance = chance
    },
    outboxSize: () => run?.outbox.length ?? 0,
  }
}

/** From one start of the device to the next. */
type Run = {
  readonly boot: string
  readonly bootedAtMs: number
  seq: number
  readonly outbox: Outgoing[]
}

type Outgoing = {
  readonly id: string
  readonly type: WireEventType | 'result'
  readonly topic: string
  readonly payload: Uint8Array
  readonly postedAtMs: number
  readonly isAnswered: boolean
  readonly onSettled: ((answer: Answer | undefined) => void) | undefined
  stage: 'waiting' | 'sent' | 'acknowledged' | 'settled'
  attempts: number
  alarm: Alarm | undefined
}

function remove(run: Run, message: Outgoing): void {
  message.stage = 'settled'
  message.alarm?.cancel()
  const place = run.outbox.indexOf(message)
  if (place >= 0) run.outbox.splice(place, 1)
}

function status(run: Run, online: boolean): Uint8Array {
  return encodeWire({ v: 1, boot: run.boot, online } satisfies WireStatus)
}
