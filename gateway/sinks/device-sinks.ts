import type { Effect } from '../../core/effects.ts'
import type { DeviceId, EffectId } from '../../core/ids.ts'
import type { Device } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { Driver } from '../../devices/driver.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeviceTransport } from '../mqtt/transport.ts'

export type SinkSettings = {
  readonly site: string
  readonly books: Books
  readonly transport: DeviceTransport
  readonly clock: Clock
  readonly device: (id: DeviceId) => Device | undefined
  /** The device's boot and uptime now, from its hello; `undefined` before one. */
  readonly uptime: (id: DeviceId) => { readonly boot: string; readonly upMs: number } | undefined
  /** A command to an arm that was away: the lane is told at once. */
  readonly onAway: (device: DeviceId, command: EffectId) => void
  /** Effects that wait for one device; past it the oldest go. */
  readonly waitingMax: number
  /** Records looked back at after a start. */
  readonly lookBackRecordsMax: number
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
  wake(seq: number, effects: readonly Effect[]): void
  /** The device has said hello: what waits for it is handed over. */
  arrived(device: DeviceId): void
  /** Tells every arm of the site at once, without the books: fire does not wait for a disk. */
  emergency(active: boolean): void
  counters(): SinkCounters
  stop(): void
}

type Entry = { readonly seq: number; readonly index: number; readonly effect: Effect }
type Sink = { readonly waiting: Entry[]; isSending: boolean }

export function createDeviceSinks(settings: SinkSettings): DeviceSinks {
  const { books, transport, clock } = settings
  const sinks = new Map<DeviceId, Sink>()
  const counters = { commands: 0, late: 0, away: 0, dropped: 0 }
  let isStopped = false

  return {
    start() {
      const cursors = books.cursors()
      for (const { seq, effect } of books.recentEffects(clock.now().at, settings.lookBackRecordsMax)) {
        const cursor = cursors.get(effect.to)
        const index = indexOf(effect)
        const isHandedOver = cursor !== undefined && (seq < cursor.seq || (seq === cursor.seq && index <= cursor.index))
        if (isHandedOver || effect.delivery === 'once' || effect.command.type === 'cut-connection') continue
        push(effect.to, { seq, index, effect })
      }
    },
    wake(seq, effects) {
      for (const effect of effects) push(effect.to, { seq, index: indexOf(effect), effect })
    },
    arrived(device) {
      const sink = sinks.get(device)
      if (sink !== undefined) drain(device, sink)
    },
    emergency(active) {
      for (const device of books.devices()) {
        if (device.kind === 'barrier' && device.status === 'active') void tellArm(device, active)
      }
    },
    counters: () => ({ ...counters }),
    stop() {
      isStopped = true
    },
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
    const fate = handOver(device, entry.effect)
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
        return
      }
      drain(device, sink)
    })
  }

  /** Sends, or says why nothing is sent: `done` for what is over, `wait` for a device that is away and may come back in time. */
  function handOver(id: DeviceId, effect: Effect): Promise<'handed-over' | 'away' | 'refused'> | 'done' | 'wait' {
    const now = clock.now().at
    const { command } = effect
    if (command.type === 'cut-connection') {
      transport.disconnect(id)
      return 'done'
    }
    if (effect.notAfter <= now) {
      counters.late += 1
      return 'done'
    }
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
        notAfterUpMs: uptime === undefined ? null : uptime.upMs + (effect.notAfter - now),
        command,
      },
    )
    if (encoded === undefined) return 'done'
    return transport.send(id, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
  }

  function discardLate(sink: Sink): void {
    const now = clock.now().at
    while (sink.waiting[0] !== undefined && sink.waiting[0].effect.notAfter <= now) {
      sink.waiting.shift()
      counters.late += 1
    }
  }

  async function tellArm(device: Device, active: boolean): Promise<void> {
    const driver: Driver | undefined = driverNamed(device.driver)
    const now = clock.now().at
    const encoded = driver?.encode(
      { site: settings.site, device: device.id },
      {
        id: `emergency:${device.id}:${now}` as EffectId,
        boot: null,
        notAfterUpMs: null,
        command: { type: active ? 'hold-open' : 'release' },
      },
    )
    if (encoded === undefined) return
    await transport.send(device.id, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
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

/** The last part of `gateway:epoch:seq:index`. */
function indexOf(effect: Effect): number {
  return Number(effect.id.slice(effect.id.lastIndexOf(':') + 1))
}
