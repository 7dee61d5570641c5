/**
 * A device's connection to the gateway's broker, as its firmware sees it: real MQTT (`mqtt-line.ts`) or the network of a simulated world
 * (`memory-network.ts`). Both pass test/simulators/world/device-line-contract.ts. A line sends nothing again and connects to nothing by itself: that is the
 * firmware's to do, and to be tested.
 */
export type DeviceLine = {
  /** Connects and subscribes. A line carries one connection at a time: throws where one is open. */
  open(opening: LineOpening, listener: LineListener): void
  /** `onAcknowledged` is called once with the PUBACK, and never when the connection is lost before it, nor for QoS 0. Nothing is sent where none is up. */
  publish(message: LineMessage, onAcknowledged: () => void): void
  /** The cable is pulled, or the power: no goodbye, and the will speaks. Nothing more is heard from the listener. */
  cut(): void
  /** Says goodbye: no will. Nothing more is heard from the listener. */
  close(): void
}

export type LineOpening = {
  readonly subscribes: readonly string[]
  readonly will: LineMessage
  /**
   * For devices that lean on TCP, as bought ones do: within a connection nothing is lost, doubled or swapped, and where a packet would be the connection breaks. A line
   * over real MQTT is always so; without this a simulated one is worse.
   */
  readonly isStream?: true
}

export type LineMessage = {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
  /** At most once, and never acknowledged; at least once where it is not said. */
  readonly qos?: 0
}

export type LineListener = {
  /** Connected, and every subscription is granted. */
  up(): void
  message(topic: string, payload: Uint8Array): void
  /** It never came up, or has ended by the other side's doing. Called once; the line may be opened again. */
  down(reason: string): void
}
