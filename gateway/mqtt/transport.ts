import type { DeviceId } from '../../core/ids.ts'

/**
 * How devices reach the gateway: the embedded broker, an external broker, or the in-memory network of the simulation. All pass one contract suite
 * (test/gateway/mqtt/transport-contract.ts).
 */
export type DeviceTransport = {
  /** Starts listening or connecting. `handlers` are called from then on; a second start is a bug and throws. */
  start(handlers: TransportHandlers): Promise<void>
  /**
   * Hands a message to a connected device. Resolves `handed-over` when the bytes are on their way to the connection (embedded) or the broker
   * has acknowledged (external); `away` at once when the device is not connected or does not listen to the topic; `refused` when its backlog is
   * over the limit. Never rejects, never waits longer than `handOverTimeoutMs`; what has not been handed over by then is not sent later.
   */
  send(device: DeviceId, message: OutboundMessage): Promise<HandOver>
  isPresent(device: DeviceId): boolean
  present(): readonly DeviceId[]
  /**
   * `null` where what a device says comes by its own connection, and is lost with that. Where a broker in between keeps messages: which of the gateway's connections to it the device is heard on now, by its
   * number since the start; what was kept before comes first on each.
   */
  listening(device: DeviceId): number | null
  /** Closes the device's connection, so that no half-open line delivers late. A no-op where the broker gives no means to (external): then returns false. */
  disconnect(device: DeviceId): boolean
  /**
   * Ends the connection of a device that is let in no more: nothing that it says from now on is heard, and what it was told before may still arrive. A no-op where the broker gives no means to (external), or the
   * device is not there: then returns false.
   */
  dismiss(device: DeviceId): boolean
  /** Stops taking messages, closes all connections, and resolves when the sockets are free. Messages not acknowledged by then are not acknowledged. */
  stop(): Promise<void>
  /** Where devices connect, for people: `mqtt://127.0.0.1:1883`. Empty before start. */
  addresses(): readonly string[]
  /** Counters for metrics and the live view; monotonic since start. */
  counters(): TransportCounters
}

export type TransportHandlers = {
  /**
   * A message of a device. The transport acknowledges it (PUBACK) only after the promise resolves to `acknowledge`; on `withhold` it never
   * acknowledges it (the queue was full: the sender sends again), and closes the connection when the hold's limit has passed. The promise
   * never rejects. For one connection acknowledgements go out in order of arrival.
   */
  onMessage(message: InboundMessage): Promise<'acknowledge' | 'withhold'>
  /**
   * `false` comes at most once for each `true`. Present is who is connected and, where it was granted something to listen to, listens: so what
   * waits for the device may be sent as soon as `true` is told.
   */
  onPresence(device: DeviceId, present: boolean): void
}

/** Messages on the topic of a device's last will are presence: they are acknowledged and never come here. */
export type InboundMessage = {
  readonly device: DeviceId
  readonly topic: string
  /** A view of a larger buffer: copy what is kept longer than the message. */
  readonly payload: Uint8Array
  readonly qos: 0 | 1
  /** MQTT's DUP flag, for counting only. */
  readonly duplicate: boolean
}

export type OutboundMessage = { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1 }

export type HandOver = 'handed-over' | 'away' | 'refused'

export type TransportCounters = {
  /** Devices that were let in (embedded), or connections to the broker that were made (external). */
  readonly connections: number
  /** Connections that were turned away before a device was let in, for whatever reason. */
  readonly connectionsRefused: number
  /** Messages handed to `onMessage`. */
  readonly messagesIn: number
  /** Messages handed over by `send`. */
  readonly messagesOut: number
  /** Messages of devices that were not handed to `onMessage`: on a topic that was not granted, or kept by the broker from before (external). */
  readonly messagesRefused: number
  /** Connections closed because the device took nothing, or acknowledged nothing, for too long. */
  readonly slowConsumersCut: number
  /** Connections closed because a message could not be acknowledged within the hold's limit. */
  readonly holdsExceeded: number
}

/** Who may connect as what. The embedded broker asks it; constant-time verification is the implementer's duty. */
export type DeviceGate = {
  /**
   * `undefined` for unknown, revoked or wrong secret: all look the same outside. Takes the same time for each. Rejects when it cannot say (too many
   * are asking, the books cannot be read): the device is told to come again.
   */
  authenticate(device: string, secret: Uint8Array): Promise<DeviceGrant | undefined>
}

/** Exact topics and filters (ids filled in) of an enrolled device; see `Driver.topics`. */
export type DeviceGrant = {
  readonly device: DeviceId
  readonly publishes: readonly string[]
  readonly subscribes: readonly string[]
  /** The one topic of its last will, on which it also says that it is there: the only one where a retained message means anything. */
  readonly will: string
}
