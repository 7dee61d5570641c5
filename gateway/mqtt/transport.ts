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
   * has acknowledged (external); `away` at once when the device is not connected; `refused` when its backlog is over the limit. Never rejects,
   * never waits longer than `handOverTimeoutMs`.
   */
  send(device: DeviceId, message: OutboundMessage): Promise<HandOver>
  isPresent(device: DeviceId): boolean
  present(): readonly DeviceId[]
  /** Closes the device's connection, so that no half-open line delivers late. A no-op where the broker gives no means to (external): then returns false. */
  disconnect(device: DeviceId): boolean
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
  /** `false` comes at most once for each `true`. */
  onPresence(device: DeviceId, present: boolean): void
}

export type InboundMessage = {
  readonly device: DeviceId
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1
  /** MQTT's DUP flag, for counting only. */
  readonly duplicate: boolean
}

export type OutboundMessage = { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1 }

export type HandOver = 'handed-over' | 'away' | 'refused'

export type TransportCounters = {
  readonly connections: number
  readonly connectionsRefused: number
  readonly messagesIn: number
  readonly messagesOut: number
  readonly messagesRefused: number
  readonly slowConsumersCut: number
  readonly holdsExceeded: number
}

/** Who may connect as what. The embedded broker asks it; constant-time verification is the implementer's duty. */
export type DeviceGate = {
  /** `undefined` for unknown, revoked or wrong secret: all look the same outside. Takes the same time for each. */
  authenticate(device: string, secret: Uint8Array): Promise<DeviceGrant | undefined>
}

/** Exact topics and filters (ids filled in) of an enrolled device; see `Driver.topics`. */
export type DeviceGrant = {
  readonly device: DeviceId
  readonly publishes: readonly string[]
  readonly subscribes: readonly string[]
}
