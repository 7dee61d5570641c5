import type { DeviceCommand } from '../core/effects.ts'
import type { DeviceId, EffectId } from '../core/ids.ts'
import type { PlateReading } from '../core/parking/events.ts'
import type { Refusal } from '../core/refusals.ts'

/**
 * The contract of a device driver: two pure directions between a device's own messages and Tolbooth's (architecture, section 6). A driver keeps no
 * state, does no I/O and asks no clock.
 */
export type Driver = {
  /** The name in the registry and in the device's enrolment: `qr-reader`, `barrier-shelly-gen2`. */
  readonly name: string
  readonly kind: DeviceKind
  /** The MQTT quality of service that the device speaks. Drivers of QoS 0 carry levels only, never money. */
  readonly qos: 0 | 1
  /**
   * `repeatable`: the receiver drops a repeated command by its id. `once`: it knows no ids (a relay's pulse), so a command that
   * was committed before this start of the gateway is never sent.
   */
  readonly delivery: 'repeatable' | 'once'
  /**
   * Topic filters, relative to nothing, which this device may publish to, and those it may subscribe to. `{site}` and `{device}` stand
   * for the ids. No wildcards in `publishes` beyond a final level of the device's own, except under a topic that its firmware writes
   * unasked, that names no other device of ours and that nobody may subscribe to. `will` is the one topic of its last will.
   */
  readonly topics: {
    readonly publishes: readonly string[]
    readonly subscribes: readonly string[]
    readonly will: string
  }
  /** Bytes to a reading. `topic` is the full topic. Never throws on bad input. */
  parse(address: DeviceAddress, topic: string, bytes: Uint8Array): Parsed
  /** A command to bytes, or `undefined` where this device has no way to do it (then it is not sent, and counted). */
  encode(address: DeviceAddress, command: AddressedCommand): Encoded | undefined
  /** The answer to an event that the device sent, after its commit; `undefined` for devices that know no answers. */
  encodeAnswer(address: DeviceAddress, answer: DeviceAnswer): Encoded | undefined
  /**
   * What a barrier is to do by itself when it has not been told this again in time. Only drivers of devices that keep it in their own memory have this: of the others nobody may say that they
   * open without a gateway (docs/decisions/087).
   */
  encodeFailSafe?(address: DeviceAddress, setting: FailSafe): Encoded
  /**
   * Asks the device to say what is now, and to name this `ask` in its answer (`DeviceEvent.ask`). Behind a broker that keeps messages only that tells what a device says from what it said before the
   * gateway listened (docs/decisions/092). A driver without this is believed at once there.
   */
  encodeAsk?(address: DeviceAddress, ask: string): Encoded
}

/** `arm`: where its arm goes when `afterMs` have gone by since it was told this last. */
export type FailSafe = { readonly arm: 'open' | 'closed'; readonly afterMs: number }

export type DeviceKind =
  | 'qr-reader'
  | 'till'
  | 'barrier'
  | 'loop'
  | 'display'
  | 'soundbox'
  | 'emergency'
  | 'camera'
  | 'button'
  | 'printer'

export type DeviceAddress = { readonly site: string; readonly device: DeviceId }

/** What a driver made of bytes. `ignored` is for messages that are well-formed and say nothing new (heartbeats, echoes): counted, not journaled. */
export type Parsed =
  | { readonly ok: true; readonly event: DeviceEvent }
  | { readonly ok: 'ignored' }
  | {
      readonly ok: false
      readonly refusal: Refusal
      readonly detail: string
      /** `boot:seq`, where that much could still be read: the sender is told, or it would send the same for ever. */
      readonly event?: string
    }

export type DeviceEvent = {
  /** The device's own id of the event, or `null` where it knows none: then the gateway counts. */
  readonly id: { readonly boot: string; readonly seq: number } | null
  /** Milliseconds since the device's boot at which it happened, or `null` where the device does not say. */
  readonly upMs: number | null
  /** Which `ask` of the gateway this answers. */
  readonly ask?: string
  readonly reading: DeviceReading
}

export type DeviceReading =
  /** Sent first at each connection: maps `upMs` to the gateway's time. */
  | { readonly kind: 'hello'; readonly firmware: string }
  /** What a reader read, as text, whatever it is. Never logged. */
  | { readonly kind: 'scan'; readonly text: string }
  /** The vendor keyed an amount, in the site's currency's smallest unit; the edge has checked that it is a whole number above 0. */
  | { readonly kind: 'amount-keyed'; readonly amount: number; readonly currency: string }
  | { readonly kind: 'amount-cleared' }
  /** A loop: a level, repeated at will. */
  | { readonly kind: 'occupied'; readonly occupied: boolean }
  /** `reason`: it went up, and stays up, because it was not told its setting again in time. */
  | { readonly kind: 'barrier'; readonly state: BarrierReading; readonly reason?: 'fail-safe' }
  /** What became of a command; `command` is `null` where the device knows no ids. */
  | { readonly kind: 'command-result'; readonly command: EffectId | null; readonly result: CommandResult }
  | { readonly kind: 'emergency'; readonly active: boolean }
  /** Somebody pressed for a ticket. */
  | { readonly kind: 'ticket-asked' }
  | PlateSeen

/**
 * A camera saw a vehicle. What it read of the plate is text as the camera spelled it, not normalised (core/parking/plate.ts does that), and never logged.
 */
export type PlateSeen = {
  readonly kind: 'plate-seen'
  /** Readings of one vehicle's plate, the likeliest first, at most `PLATE_READINGS_MAX`; empty where the camera saw a vehicle and could read no plate. */
  readonly plates: readonly PlateReading[]
  /** Which way it drove by the camera's own word. Which of the two leads in depends on how the camera hangs. `null` where it does not say. */
  readonly direction: 'forward' | 'reverse' | null
  /** What kind of vehicle the camera takes it for: `30A12345` fits a car and an old motorbike. */
  readonly vehicle: 'car' | 'motorbike' | null
  /** The camera's own name of its picture. A reference, not a promise: how long the camera keeps it is its own affair. */
  readonly picture: string | null
  /** The camera's own id of the event. Readings under one id are of one vehicle; a second reading under it corrects the first. */
  readonly eventId: string | null
}

/** A plate as a camera spells it, with its separators; what is longer is no plate, and its message is refused. */
export const CAMERA_PLATE_CHARACTERS_MAX = 64
export const CAMERA_REFERENCE_CHARACTERS_MAX = 128

/** What a barrier says of its arm: its limit switches, not what it was told. */
export type BarrierReading = 'closed' | 'open' | 'moving'

/** `late`: the device dropped it as too late or for another boot. `repeated`: it had done it before. */
export type CommandResult = 'done' | 'repeated' | 'late' | 'failed'

/** `boot` and `notAfterUpMs` are `null` for a device that says no hello; the gateway then guards the time by itself. */
export type AddressedCommand = {
  readonly id: EffectId
  readonly boot: string | null
  readonly notAfterUpMs: number | null
  readonly command: DeviceCommand
}

export type DeviceAnswer = {
  /** The event's own id, `boot:seq`. */
  readonly event: string
  /** The stored answer, JSON text; sent byte for byte as it was first made. */
  readonly outcome: string
}

export type Encoded = { readonly topic: string; readonly bytes: Uint8Array; readonly qos: 0 | 1 }
