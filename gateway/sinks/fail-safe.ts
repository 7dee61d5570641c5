import type { Change } from '../../core/changes.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { isStillToComeDown } from '../../core/lane/emergency.ts'
import { safetyLoops } from '../../core/lane/lane-loops.ts'
import type { Device } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { FailSafe } from '../../devices/driver.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { Alarm, Clock } from '../clock/clock.ts'
import type { DeviceTransport } from '../mqtt/transport.ts'

export type FailSafeParts = {
  readonly site: string
  /** From the last telling to what a barrier then does by itself. */
  readonly afterMs: number
  readonly books: Pick<Books, 'devices' | 'layout' | 'laneState'>
  readonly transport: Pick<DeviceTransport, 'isPresent' | 'send'>
  readonly clock: Clock
  /** Whether vehicles can be served: the books are written, and what is in force can be read. */
  readonly isServing: () => boolean
  /** For how long a loop's own word on this connection is that nobody is over it. */
  readonly clearForMs: (loop: DeviceId) => number | undefined
  /** Nobody stands under an arm that went up by itself. It may be asked again while the lane is not let go. */
  readonly onClear: (lane: LaneId) => Promise<unknown>
}

/**
 * What lanes do without a gateway (docs/decisions/087). Barriers that keep the setting are told it over and over while this gateway can serve, and act when they are not: so a gateway that is
 * dead, cut off, stuck or without books is one case. An arm that went up so is let go when the gateway serves again and every safety loop of its lane has said since that nobody is over it; and so is told again
 * each that has been told in vain to come down, for as long as it says that it is up.
 */
export type FailSafeKeeper = {
  start(): void
  /** The device has said hello. */
  arrived(device: DeviceId): void
  gone(device: DeviceId): void
  changed(changes: readonly Change[]): void
  stop(): void
}

/** Of three tellings two may be lost. */
const TELLINGS = 3
/** Who leaves in a row behind others drives up within so long: the arm does not come down between them. */
export const FAIL_SAFE_CLEAR_MS = 2_000
/** The longest from one asking for the same lane to the next. */
export const FAIL_SAFE_ASK_MAX_MS = 30_000
const LOOK_EVERY_MS = 500

export function createFailSafe(parts: FailSafeParts): FailSafeKeeper {
  const { books, clock, transport } = parts
  /** Barriers that have been told on this connection to move nothing: that does not run out, so it is said once. */
  const toldClosed = new Set<DeviceId>()
  /** Lanes whose arm is still to come down: it went up by itself, or was told so in vain. */
  const held = new Set<LaneId>()
  /** When each of these lanes may be asked about again; each asking is a record. */
  const asked = new Map<LaneId, { readonly waitMs: number; readonly notBeforeMs: number }>()
  let isStopped = false
  let telling: Alarm | undefined
  let looking: Alarm | undefined

  return {
    start() {
      for (const { place } of books.devices()) {
        const state = place.kind === 'lane' ? books.laneState(place.id) : null
        if (state !== null && isStillToComeDown(state)) held.add(state.lane)
      }
      tellAgain()
      look()
    },
    arrived(id) {
      toldClosed.delete(id)
      tell(books.devices().filter((device) => device.id === id))
    },
    gone(device) {
      toldClosed.delete(device)
    },
    changed(changes) {
      for (const change of changes) {
        if (change.kind === 'lane-state') {
          if (isStillToComeDown(change.state)) held.add(change.state.lane)
          else held.delete(change.state.lane)
          if (change.state.arm === 'closed') asked.delete(change.state.lane)
        }
        // Its line is cut now, and what it was told last would have it go up.
        if (change.kind === 'device-revoked') tell(books.devices().filter(({ id }) => id === change.device))
        if (change.kind === 'device-put' || (change.kind === 'bundle-current' && change.bundle === 'layout')) {
          toldClosed.clear()
          tell(books.devices())
        }
      }
      if (looking === undefined) look()
    },
    stop() {
      isStopped = true
      telling?.cancel()
      looking?.cancel()
    },
  }

  function tellAgain(): void {
    tell(books.devices())
    telling = clock.after(Math.floor(parts.afterMs / TELLINGS), tellAgain)
  }

  /** Nothing is said by a gateway that cannot serve: that is what the barriers wait for. But one that is revoked has nothing to wait for. */
  function tell(devices: readonly Device[]): void {
    const layout = parts.isServing() ? books.layout() : null
    const lanes = new Map(layout?.lanes.map((lane) => [lane.id, lane.failSafe]))
    for (const { id, driver, place, status } of devices) {
      if (layout === null && status === 'active') continue
      // A barrier keeps what it was told when its lane is no more: nobody else would take it back.
      const arm = (status === 'active' && place.kind === 'lane' ? lanes.get(place.id) : undefined) ?? 'closed'
      if (transport.isPresent(id) && !toldClosed.has(id)) void tellOne(id, driver, arm)
    }
  }

  async function tellOne(device: DeviceId, driver: string, arm: FailSafe['arm']): Promise<void> {
    const setting = { arm, afterMs: parts.afterMs }
    const encoded = driverNamed(driver)?.encodeFailSafe?.({ site: parts.site, device }, setting)
    if (encoded === undefined) return
    const { topic, bytes, qos } = encoded
    if (arm === 'closed') toldClosed.add(device)
    const handedOver = await transport.send(device, { topic, payload: bytes, qos })
    if (handedOver !== 'handed-over') toldClosed.delete(device)
  }

  /** Looks as long as a lane waits for it. */
  function look(): void {
    looking = undefined
    if (held.size === 0 || isStopped) return
    looking = clock.after(LOOK_EVERY_MS, look)
    if (!parts.isServing()) return
    const devices = books.devices()
    for (const lane of held) {
      if (isClear(lane, devices)) askFor(lane)
      else asked.delete(lane)
    }
  }

  /** A lane that is clear and is not let go, or whose arm does not come down for it, is asked about less and less often. */
  function askFor(lane: LaneId): void {
    const nowMs = clock.monotonicMs()
    const before = asked.get(lane)
    if (before !== undefined && nowMs < before.notBeforeMs) return
    const waitMs = before === undefined ? LOOK_EVERY_MS : Math.min(2 * before.waitMs, FAIL_SAFE_ASK_MAX_MS)
    asked.set(lane, { waitMs, notBeforeMs: nowMs + waitMs })
    void parts.onClear(lane)
  }

  /** Every safety loop of the lane says so by itself, and its barrier is there to hear it. A lane without such a loop waits for a person. */
  function isClear(lane: LaneId, devices: readonly Device[]): boolean {
    const here = devices.filter(
      ({ place, status }) => status === 'active' && place.kind === 'lane' && place.id === lane,
    )
    const loops = safetyLoops(here)
    return (
      loops.length > 0 &&
      loops.every(({ id }) => (parts.clearForMs(id) ?? 0) >= FAIL_SAFE_CLEAR_MS) &&
      here.every(({ id, kind }) => kind !== 'barrier' || transport.isPresent(id))
    )
  }
}
