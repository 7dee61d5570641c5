import type { DeviceId } from '../../core/ids.ts'
import type { DeviceLine, LineListener, LineMessage, LineOpening } from './device-line.ts'
import type { Random } from './random.ts'
import type { Alarm, Timeline } from './timeline.ts'

/**
 * What may befall a packet. Real MQTT runs over TCP, which neither drops, doubles nor swaps packets within a connection; here they may, because whoever
 * bears this bears every connection that breaks and is made again.
 */
export type Weather = {
  readonly delayLeastMs: number
  readonly delayMostMs: number
  readonly dropChance: number
  readonly duplicateChance: number
  /** A packet overtakes those that were sent before it. */
  readonly overtakeChance: number
  /** How long the gateway at most takes a device that has vanished for present: a line may be half open. */
  readonly noticeMostMs: number
}

export const CALM: Weather = {
  delayLeastMs: 1,
  delayMostMs: 5,
  dropChance: 0,
  duplicateChance: 0,
  overtakeChance: 0,
  noticeMostMs: 0,
}

export type MemoryNetworkOptions = {
  readonly timeline: Timeline
  readonly random: Random
  readonly weather: Weather
  /** How long the gateway may hold an acknowledgement before the connection is closed. */
  readonly holdMaxMs: number
  /** Packets on their way to one device; the next one is refused. */
  readonly backlogMax: number
}

/** Devices and a gateway in one process, and a network between them that throws dice. */
export type MemoryNetwork = {
  line(device: DeviceId): DeviceLine
  /** The gateway's side, of one start of the gateway. Has the shape of its transport to devices. */
  transport(): MemoryTransport
  /** From now on. */
  setWeather(weather: Weather): void
}

export type MemoryTransport = {
  start(handlers: MemoryHandlers): Promise<void>
  send(device: DeviceId, message: MemoryOutbound): Promise<'handed-over' | 'away' | 'refused'>
  isPresent(device: DeviceId): boolean
  present(): readonly DeviceId[]
  /** Nothing is kept here: what a device says comes by its own connection, or not at all. */
  listening(device: DeviceId): number | null
  disconnect(device: DeviceId): boolean
  /** Closes it behind what was sent before. */
  dismiss(device: DeviceId): boolean
  stop(): Promise<void>
  /** The process is gone in mid-sentence: no handler is called any more, nothing that was held is acknowledged. */
  crash(): void
  addresses(): readonly string[]
  counters(): MemoryCounters
}

export type MemoryHandlers = {
  onMessage(message: MemoryInbound): Promise<'acknowledge' | 'withhold'>
  onPresence(device: DeviceId, present: boolean): void
}

export type MemoryInbound = {
  readonly device: DeviceId
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1
  readonly duplicate: boolean
}

export type MemoryOutbound = { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1 }

export type MemoryCounters = {
  readonly connections: number
  readonly connectionsRefused: number
  readonly messagesIn: number
  readonly messagesOut: number
  readonly messagesRefused: number
  readonly slowConsumersCut: number
  readonly holdsExceeded: number
}

export function memoryNetwork({
  timeline,
  random,
  holdMaxMs,
  backlogMax,
  ...options
}: MemoryNetworkOptions): MemoryNetwork {
  let weather = options.weather
  let server: Server | undefined

  const delayMs = (): number => random.between(weather.delayLeastMs, weather.delayMostMs)

  /** Brings a packet to the other end, or not, or twice. */
  function carry(connection: Connection, lane: Lane, deliver: (duplicate: boolean) => void): void {
    if (connection.end.opening.isStream === true) {
      carryInTurn(connection, lane, () => deliver(false))
      return
    }
    if (random.chance(weather.dropChance)) return
    const copies = random.chance(weather.duplicateChance) ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      const atMs = timeline.monotonicMs() + delayMs()
      const inTurnMs = random.chance(weather.overtakeChance) ? atMs : Math.max(atMs, lane.lastDueMs)
      lane.lastDueMs = Math.max(lane.lastDueMs, inTurnMs)
      timeline.after(inTurnMs - timeline.monotonicMs(), () => deliver(copy > 0))
    }
  }

  /** As TCP does. What a reset throws away never arrives. */
  function carryInTurn(connection: Connection, lane: Lane, deliver: () => void): void {
    if (random.chance(weather.dropChance)) {
      breakOff(connection)
      return
    }
    lane.lastDueMs = Math.max(timeline.monotonicMs() + delayMs(), lane.lastDueMs)
    timeline.after(lane.lastDueMs - timeline.monotonicMs(), () => {
      if (!connection.isReset) deliver()
    })
  }

  /** Each end notices by itself. */
  function breakOff(connection: Connection): void {
    const { end } = connection
    if (connection.isReset) return
    connection.isReset = true
    timeline.after(delayMs(), () => {
      if (!end.isOpen) return
      end.isOpen = false
      end.listener.down('the connection broke')
    })
    timeline.after(random.between(0, weather.noticeMostMs), () => leave(connection, 'the connection broke'))
  }

  function arrive(end: DeviceEnd, at: Server): void {
    const { device } = end
    const before = at.connections.get(device)
    if (before !== undefined) leave(before, 'another connection of this device took its place')
    const connection: Connection = {
      end,
      server: at,
      inbound: { lastDueMs: 0 },
      outbound: { lastDueMs: 0 },
      held: [],
      isOpen: true,
      isReset: false,
      backlog: 0,
      holdAlarm: undefined,
    }
    end.connection = connection
    at.connections.set(device, connection)
    at.counts.connections += 1
    at.handlers.onPresence(device, true)
    carryUp(connection)
  }

  /** The device hears that it is let in: by the same way and in the same order as all that the gateway says from now on. */
  function carryUp(connection: Connection): void {
    const { end, outbound } = connection
    outbound.lastDueMs = timeline.monotonicMs() + delayMs()
    timeline.after(outbound.lastDueMs - timeline.monotonicMs(), () => {
      if (!end.isOpen || !connection.isOpen) return
      end.isUp = true
      end.listener.up()
    })
  }

  function receive(connection: Connection, message: LineMessage, duplicate: boolean, acknowledged: () => void): void {
    if (!connection.isOpen) return
    const { end, server: at, held, outbound } = connection
    const holding: Held = {
      verdict: undefined,
      acknowledge: () => carry(connection, outbound, () => end.isOpen && acknowledged()),
    }
    const settle = (verdict: 'acknowledge' | 'withhold'): void => {
      holding.verdict = verdict
      flush(connection)
    }
    const { topic, payload, qos } = message
    if (qos !== 0) held.push(holding)
    // What a device says on the topic of its will is presence, and goes no further.
    if (topic === end.opening.will.topic) {
      settle('acknowledge')
      return
    }
    at.counts.messagesIn += 1
    void at.handlers.onMessage({ device: end.device, topic, payload, qos: qos ?? 1, duplicate }).then(settle)
  }

  /** Acknowledges in the order of arrival; what is withheld stops all that came after it, and in the end the connection. */
  function flush(connection: Connection): void {
    const { held } = connection
    if (!connection.isOpen) return
    while (held[0]?.verdict === 'acknowledge') held.shift()?.acknowledge()
    if (held[0]?.verdict !== 'withhold' || connection.holdAlarm !== undefined) return
    connection.holdAlarm = timeline.after(holdMaxMs, () => {
      connection.server.counts.holdsExceeded += 1
      leave(connection, 'the gateway could not take a message in time')
    })
  }

  /** The gateway notices, or makes, the end of a connection. */
  function leave(connection: Connection, reason: string, afterMs = delayMs()): void {
    if (!connection.isOpen) return
    hangUp(connection, reason, afterMs)
    connection.server.handlers.onPresence(connection.end.device, false)
  }

  function hangUp(connection: Connection, reason: string, afterMs: number): void {
    const { end, server: at } = connection
    connection.isOpen = false
    connection.holdAlarm?.cancel()
    if (at.connections.get(end.device) === connection) at.connections.delete(end.device)
    // Of a connection that ends one hears in the worst weather: the device's own operating system says it, sooner or later.
    timeline.after(afterMs, () => {
      if (!end.isOpen) return
      end.isOpen = false
      end.listener.down(reason)
    })
  }

  function line(device: DeviceId): DeviceLine {
    let current: DeviceEnd | undefined

    /** The device's end is dead; the gateway's end learns of it when it does. */
    function abandon(afterMs: number, reason: string): void {
      const end = current
      if (end === undefined || !end.isOpen) return
      end.isOpen = false
      timeline.after(afterMs, () => {
        if (end.connection !== undefined) leave(end.connection, reason)
      })
    }

    return {
      open(opening, listener) {
        if (current?.isOpen === true) throw new Error(`the line of ${device} is open already`)
        const end: DeviceEnd = { device, opening, listener, isOpen: true, isUp: false, connection: undefined }
        current = end
        timeline.after(delayMs(), () => {
          if (!end.isOpen) return
          if (server !== undefined) return arrive(end, server)
          end.isOpen = false
          end.listener.down('nobody listens')
        })
      },
      publish(message, onAcknowledged) {
        const connection = current?.connection
        if (connection === undefined || !connection.end.isOpen || !connection.end.isUp) return
        let isAcknowledged = false
        const acknowledged = (): void => {
          if (isAcknowledged) return
          isAcknowledged = true
          onAcknowledged()
        }
        carry(connection, connection.inbound, (duplicate) => receive(connection, message, duplicate, acknowledged))
      },
      cut: () => abandon(random.between(0, weather.noticeMostMs), 'gone'),
      close: () => abandon(delayMs(), 'closed'),
    }
  }

  function transport(): MemoryTransport {
    const connections = new Map<DeviceId, Connection>()
    const counts = { connections: 0, messagesIn: 0, messagesOut: 0, messagesRefused: 0, holdsExceeded: 0 }
    let own: Server | undefined
    const listens = (): boolean => own !== undefined && server === own

    return {
      async start(handlers) {
        if (own !== undefined) throw new Error('a transport starts once')
        if (server !== undefined) throw new Error('another gateway listens on this network already')
        own = { connections, counts, handlers }
        server = own
      },
      async send(device, { topic, payload }) {
        const connection = connections.get(device)
        if (connection === undefined || !connection.end.opening.subscribes.includes(topic)) return 'away'
        if (connection.backlog >= backlogMax) return 'refused'
        connection.backlog += 1
        counts.messagesOut += 1
        // Whatever becomes of it on the way: the gateway's own end has got rid of it.
        timeline.after(weather.delayMostMs, () => {
          connection.backlog -= 1
        })
        carry(connection, connection.outbound, () => {
          if (connection.end.isOpen) connection.end.listener.message(topic, payload)
        })
        return 'handed-over'
      },
      isPresent: (device) => connections.has(device),
      present: () => [...connections.keys()],
      listening: () => null,
      disconnect(device) {
        const connection = connections.get(device)
        if (connection !== undefined) {
          connection.isReset = true
          leave(connection, 'closed by the gateway')
        }
        return connection !== undefined
      },
      dismiss(device) {
        const connection = connections.get(device)
        if (connection === undefined) return false
        const sentInMs = connection.outbound.lastDueMs - timeline.monotonicMs()
        leave(connection, 'let in no more', Math.max(delayMs(), sentInMs + 1))
        return true
      },
      async stop() {
        if (listens()) server = undefined
        for (const connection of [...connections.values()]) leave(connection, 'the gateway stops')
      },
      crash() {
        if (listens()) server = undefined
        for (const connection of [...connections.values()]) hangUp(connection, 'the gateway is gone', delayMs())
      },
      addresses: () => (listens() ? ['memory:'] : []),
      counters: () => ({ ...counts, connectionsRefused: 0, slowConsumersCut: 0 }),
    }
  }

  return {
    line,
    transport,
    setWeather(next) {
      weather = next
    },
  }
}

/** One start of the gateway. */
type Server = {
  readonly connections: Map<DeviceId, Connection>
  readonly counts: {
    connections: number
    messagesIn: number
    messagesOut: number
    messagesRefused: number
    holdsExceeded: number
  }
  readonly handlers: MemoryHandlers
}

type DeviceEnd = {
  readonly device: DeviceId
  readonly opening: LineOpening
  readonly listener: LineListener
  isOpen: boolean
  /** It knows that it is connected. */
  isUp: boolean
  /** From when the gateway has heard of it. */
  connection: Connection | undefined
}

/** The gateway's end. Half open: this end is, and the device's is not. */
type Connection = {
  readonly end: DeviceEnd
  readonly server: Server
  readonly inbound: Lane
  readonly outbound: Lane
  readonly held: Held[]
  isOpen: boolean
  /** Nothing that is under way arrives any more: of a line that is a stream. */
  isReset: boolean
  backlog: number
  holdAlarm: Alarm | undefined
}

/** One direction of a connection. */
type Lane = { lastDueMs: number }

type Held = { verdict: 'acknowledge' | 'withhold' | undefined; readonly acknowledge: () => void }
