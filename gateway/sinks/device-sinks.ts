import type { Announcement, DeviceCommand, Effect } from '../../core/effects.ts'
import type { DeviceId, EffectId } from '../../core/ids.ts'
import type { Device } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import { isTrusted } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeviceTransport, HandOver } from '../mqtt/transport.ts'
import { withTicketLink } from './ticket-link.ts'

export type SinkSettings = {
  readonly site: string
  readonly books: Books
  readonly transport: DeviceTransport
  readonly clock: Clock
  readonly device: (id: DeviceId) => Device | undefined
  /** The device's boot and uptime now, from its hello; `undefined` before one. */
  readonly uptime: (id: DeviceId) => { readonly boot: string; readonly upMs: number } | undefined
  /** An emergency holds this arm up, also one that is in no book yet: it is not told to come down by what was decided without knowing of it. */
  readonly isHeldOpen: (barrier: DeviceId) => boolean
  /** A command to an arm that was away: the lane is told at once. */
  readonly onAway: (device: DeviceId, command: EffectId) => void
  /** An announcement of a decision is being handed over: nothing that `show` is given after this may be older than it. */
  readonly onTold: (device: DeviceId, message: Announcement) => void
  /** Effects that wait for one device; past it the oldest go. */
  readonly waitingMax: number
  /** Records looked back at after a start. */
  readonly lookBackRecordsMax: number
  /** Until a device whose backlog is full is tried again. */
  readonly retryMs: number
  /** The address at which drivers reach the pages; `null` where they cannot. */
  readonly publicUrl: string | null
  /** Told apart from every other start of the gateway: part of the ids of what is told to arms without the books. */
  readonly start: string
}

export type SinkCounters = {
  readonly commands: number
  readonly late: number
  readonly away: number
  readonly dropped: number
}

/**
 * One sink a device: a cursor over the journal's effects, which moves on when an effect was handed over or has become useless. A device that is stuck
 * holds up no other. An announcement waits for its device until it is too late; a command to an arm does not wait.
 */
export type DeviceSinks = {
  /** Hands over again what was committed before this start, is not too late, and may be repeated. A `once` effect of an earlier start is never sent. */
  start(): void
  /** What a commit at `at` is to bring about. */
  wake(seq: number, effects: readonly Effect[], at: Instant): void
  /** The device has said hello: what waits for it is handed over. */
  arrived(device: DeviceId): void
  /** Tells every arm of the site, or the one that is named, to open and stay open: at once, without the books, for fire does not wait for a disk. */
  holdOpen(only?: DeviceId): void
  /** Shows this at once, without the books, for nothing was decided; `away` where the device is, and it hears nothing of it later. It is too late for it after `forMs`. */
  show(device: DeviceId, message: Announcement, forMs: number): Promise<HandOver>
  counters(): SinkCounters
  stop(): void
}

/** `untilMs`: by our monotonic clock. The wall clock may be set between the decision and now. */
type Entry = { readonly seq: number; readonly index: number; readonly effect: Effect; readonly untilMs: number }
type Sink = { readonly waiting: Entry[]; isSending: boolean }

export function createDeviceSinks(settings: SinkSettings): DeviceSinks {
  const { books, transport, clock } = settings
  const sinks = new Map<DeviceId, Sink>()
  const counters = { commands: 0, late: 0, away: 0, dropped: 0 }
  let isStopped = false
  let told = 0

  return {
    start() {
      const now = clock.now()
      // By a clock that nobody trusts all of it may be too late.
      if (!isTrusted(now.trust)) return
      const cursors = books.cursors()
      for (const { seq, effect } of books.recentEffects(now.at, settings.lookBackRecordsMax)) {
        const cursor = cursors.get(effect.to)
        const index = indexOf(effect)
        const isHandedOver = cursor !== undefined && (seq < cursor.seq || (seq === cursor.seq && index <= cursor.index))
        if (isHandedOver || effect.delivery === 'once' || effect.command.type === 'cut-connection') continue
        push(effect.to, { seq, index, effect, untilMs: deadlineMs(effect, now.at) })
      }
    },
    wake(seq, effects, at) {
      for (const effect of effects) {
        push(effect.to, { seq, index: indexOf(effect), effect, untilMs: deadlineMs(effect, at) })
      }
    },
    arrived(device) {
      const sink = sinks.get(device)
      if (sink !== undefined) drain(device, sink)
    },
    holdOpen(only) {
      for (const device of books.devices()) {
        const isMeant = only === undefined || device.id === only
        if (isMeant && device.kind === 'barrier' && device.status === 'active')
          void tell(device, 'emergency', { type: 'hold-open' }, null)
      }
    },
    show(id, message, forMs) {
      const device = settings.device(id)
      const uptime = settings.uptime(id)
      if (isStopped || device === undefined || uptime === undefined || !transport.isPresent(id))
        return Promise.resolve('away')
      const until = { boot: uptime.boot, notAfterUpMs: uptime.upMs + forMs }
      return tell(device, 'words', { type: 'announce', message }, until)
    },
    counters: () => ({ ...counters }),
    stop() {
      isStopped = true
    },
  }

  function deadlineMs(effect: Effect, at: Instant): number {
    return clock.monotonicMs() + effect.notAfter - at
  }

  function push(device: DeviceId, entry: Entry): void {
    let sink = sinks.get(device)
    if (sink === undefined) {
      sink = { waiting: [], isSending: false }
      sinks.set(device, sink)
    }
    sink.waiting.push(entry)
    if (sink.waiting.length > settings.waitingMax) {
      sink.waiting.shift()
      counters.dropped += 1
    }
    drain(device, sink)
  }

  function drain(device: DeviceId, sink: Sink): void {
    if (sink.isSending || isStopped) return
    const entry = sink.waiting[0]
    if (entry === undefined) return
    const fate = handOver(device, entry)
    if (fate === 'wait') {
      discardLate(sink)
      return
    }
    sink.waiting.shift()
    if (fate === 'done') {
      books.moveCursor(device, entry.seq, entry.index)
      drain(device, sink)
      return
    }
    sink.isSending = true
    const { command } = entry.effect
    if (command.type === 'announce') settings.onTold(device, command.message)
    void fate.then((result) => {
      sink.isSending = false
      if (result === 'handed-over') {
        counters.commands += 1
        books.moveCursor(device, entry.seq, entry.index)
      } else if (isForArm(entry.effect)) {
        counters.away += 1
        settings.onAway(device, entry.effect.id)
      } else {
        sink.waiting.unshift(entry)
        if (result === 'refused') clock.after(settings.retryMs, () => drain(device, sink))
        return
      }
      drain(device, sink)
    })
  }

  /** Sends, or says why nothing is sent: `done` for what is over, `wait` for a device that is away and may come back in time. */
  function handOver(id: DeviceId, { effect, untilMs }: Entry): Promise<HandOver> | 'done' | 'wait' {
    const nowMs = clock.monotonicMs()
    const { command } = effect
    if (command.type === 'cut-connection') {
      transport.disconnect(id)
      return 'done'
    }
    if (untilMs <= nowMs) {
      counters.late += 1
      return 'done'
    }
    // The lane tells it again, for as long as the arm does not say that it is down.
    if (isToLower(effect) && settings.isHeldOpen(id)) return 'done'
    const device = settings.device(id)
    const driver = device === undefined ? undefined : driverNamed(device.driver)
    if (device === undefined || driver === undefined || device.status === 'revoked') return 'done'
    const uptime = settings.uptime(id)
    // Relays that are bought say no hello; ours is not spoken to before its own.
    const isReady = transport.isPresent(id) && (driver.delivery === 'once' || uptime !== undefined)
    if (!isReady) {
      if (!isForArm(effect)) return 'wait'
      counters.away += 1
      settings.onAway(id, effect.id)
      return 'done'
    }
    const encoded = driver.encode(
      { site: settings.site, device: id },
      {
        id: effect.id,
        boot: uptime?.boot ?? null,
        notAfterUpMs: uptime === undefined ? null : uptime.upMs + (untilMs - nowMs),
        command: withTicketLink(command, settings.publicUrl),
      },
    )
    if (encoded === undefined) return 'done'
    return transport.send(id, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
  }

  function discardLate(sink: Sink): void {
    const nowMs = clock.monotonicMs()
    while (sink.waiting[0] !== undefined && sink.waiting[0].untilMs <= nowMs) {
      sink.waiting.shift()
      counters.late += 1
    }
  }

  /** What no record brings about. `until` null: for every run of the device, whenever it arrives. */
  function tell(
    device: Device,
    why: 'emergency' | 'words',
    command: DeviceCommand,
    until: { readonly boot: string; readonly notAfterUpMs: number } | null,
  ): Promise<HandOver> {
    told += 1
    const encoded = driverNamed(device.driver)?.encode(
      { site: settings.site, device: device.id },
      {
        id: `${why}:${settings.start}:${told}` as EffectId,
        boot: until?.boot ?? null,
        notAfterUpMs: until?.notAfterUpMs ?? null,
        command: withTicketLink(command, settings.publicUrl),
      },
    )
    // What its driver cannot say needs no telling.
    if (encoded === undefined) return Promise.resolve('handed-over')
    return transport.send(device.id, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
  }
}

function isForArm(effect: Effect): boolean {
  switch (effect.command.type) {
    case 'open':
    case 'close':
    case 'hold-open':
    case 'release':
      return true
    case 'announce':
    case 'cut-connection':
      return false
  }
}

function isToLower({ command }: Effect): boolean {
  return command.type === 'close' || command.type === 'release'
}

/** The last part of `gateway:epoch:seq:index`. */
function indexOf(effect: Effect): number {
  return Number(effect.id.slice(effect.id.lastIndexOf(':') + 1))
}
