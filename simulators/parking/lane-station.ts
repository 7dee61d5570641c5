import { APPROACH_FLICKER_MS } from '../../core/lane/presence.ts'
import type { WireAnnouncement } from '../../devices/wire.ts'
import type { Announcer } from '../devices/announcer.ts'
import type { Barrier } from '../devices/barrier.ts'
import { barrier } from '../devices/barrier.ts'
import { display } from '../devices/display.ts'
import type { Firmware } from '../devices/firmware.ts'
import type { Loop } from '../devices/loop.ts'
import { loop } from '../devices/loop.ts'
import type { PlateCamera } from '../devices/plate-camera.ts'
import { plateCamera } from '../devices/plate-camera.ts'
import type { QrReader } from '../devices/qr-reader.ts'
import { qrReader } from '../devices/qr-reader.ts'
import type { LaneGround } from '../lane-ground.ts'
import { laneGround } from '../lane-ground.ts'
import type { World } from '../world/world.ts'
import type { ParkingLaneKit } from './parking-kit.ts'
import type { Watched } from './waiting.ts'

/** One lane with all that stands there, and the vehicles that wait for it. */
export type LaneStation = {
  readonly kit: ParkingLaneKit
  readonly ground: LaneGround
  readonly reader: QrReader
  readonly camera: PlateCamera
  readonly display: Announcer
  readonly approach: Loop
  /** `null` at a free-flow lane. */
  readonly arm: { readonly barrier: Barrier; readonly safety: Loop } | null
  readonly devices: readonly Firmware[]
  /** What the display has shown since then, the newest first. */
  shownSince(ms: number): readonly WireAnnouncement[]
  readonly onShown: Watched
  /** When the arm began to rise last. */
  risingSinceMs(): number
  /**
   * Stands in the queue until it is this vehicle's turn, and then at the line (`enter` is called there); `false` where so many wait that it drives by.
   * `onComing` when it begins to come up: from there a camera may see it.
   */
  queue(comesUp: ComesUp, onComing: () => void, enter: () => void): Promise<boolean>
  /** Who waits, and is not coming up yet, drives by. */
  sendQueueAway(): void
  /** A vehicle at the line drives off backwards: whoever stands behind it has to give way first, and comes up when it is gone. */
  backOff(vehicle: string): void
  /** Whether whoever comes onto the line now is the one in front for its loop: that one is on it still, or has only just left it. */
  isTakenForOneInFront(): boolean
  isQuiet(): boolean
}

/** How a vehicle comes up behind the one in front: when that has left the line, so soon after it that the arm is still up, or bumper to bumper, on the line before that has left it. */
export type ComesUp = 'at-ease' | 'hasty' | 'close'

/** Vehicles that wait for a lane. */
export const PARKING_QUEUE_MAX = 8
const ARM_TRAVEL_MS = 1_200
/** `close`: less than a vehicle takes from the loop under the arm until it has left the line. `hasty`: half a metre behind it at a walking pace. */
const COME_UP_MS: Record<ComesUp, number> = { 'at-ease': 1_500, hasty: 400, close: 400 }
const BACKED_OFF_MS = 4_000
/** What is on a loop again so soon is taken for the same vehicle: loops flicker. The gateway counts from when it was told, and one word may be some milliseconds longer on its way than the next. */
const LOOP_FLICKERS_MS = APPROACH_FLICKER_MS + 10
const SHOWN_KEPT_MAX = 16
/** What a loop says again of itself: enough to be known by, and not so often that a month is made of it. */
const LOOP_REPEATS_EVERY_MS = 15 * 60_000

export function laneStation(world: World, kit: ParkingLaneKit): LaneStation {
  const { timeline } = world
  const ground = laneGround(kit.id, world.happenings)
  const screen = display(world, kit.display)
  const shown: { readonly announcement: WireAnnouncement; readonly atMs: number }[] = []
  const watchers = new Set<() => void>()
  const waiting: {
    readonly comesUp: ComesUp
    readonly onComing: () => void
    readonly come: (isIn: boolean) => void
  }[] = []
  let isComing = false
  let risingAtMs = Number.NEGATIVE_INFINITY
  let clearFromMs = Number.NEGATIVE_INFINITY
  let arm = ground.arm()
  let isLineTaken = false
  let lineLeftAtMs = Number.NEGATIVE_INFINITY

  screen.onAnnounced((announcement) => {
    shown.push({ announcement, atMs: timeline.monotonicMs() })
    if (shown.length > SHOWN_KEPT_MAX) shown.shift()
    for (const watcher of [...watchers]) watcher()
  })
  ground.watch(() => {
    if (ground.arm() === 'rising' && arm !== 'rising') risingAtMs = timeline.monotonicMs()
    arm = ground.arm()
    const isTaken = ground.isOccupied('approach')
    if (isLineTaken && !isTaken) lineLeftAtMs = timeline.monotonicMs()
    isLineTaken = isTaken
    comeUp()
  })

  /** One vehicle at a time stands at the line. */
  function comeUp(): void {
    const next = waiting[0]
    if (next === undefined || isComing) return
    const closesUp = next.comesUp === 'close' && ground.isRollingOff()
    if (ground.isOccupied('approach') && !closesUp) return
    if (timeline.monotonicMs() < clearFromMs) return
    isComing = true
    next.onComing()
    timeline.after(COME_UP_MS[next.comesUp], () => {
      isComing = false
      waiting.shift()?.come(true)
    })
  }

  const reader = qrReader(world, kit.reader)
  const camera = plateCamera(world, kit.camera)
  const approach = loop(world, kit.approach, ground, 'approach', LOOP_REPEATS_EVERY_MS)
  const underArm =
    kit.arm === null
      ? null
      : {
          barrier: barrier(world, { device: kit.arm.barrier, travelMs: ARM_TRAVEL_MS }, ground),
          safety: loop(world, kit.arm.safety, ground, 'safety', LOOP_REPEATS_EVERY_MS),
        }
  return {
    kit,
    ground,
    reader,
    camera,
    display: screen,
    approach,
    arm: underArm,
    devices: [
      reader.firmware,
      camera.firmware,
      approach.firmware,
      screen.firmware,
      ...(underArm === null ? [] : [underArm.safety.firmware, underArm.barrier.firmware]),
    ],
    shownSince: (ms) =>
      shown
        .filter(({ atMs }) => atMs >= ms)
        .map(({ announcement }) => announcement)
        .reverse(),
    onShown(watcher) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    risingSinceMs: () => risingAtMs,
    queue(comesUp, onComing, enter) {
      if (waiting.length >= PARKING_QUEUE_MAX) return Promise.resolve(false)
      return new Promise((resolve) => {
        const come = (isIn: boolean): void => {
          if (isIn) enter()
          resolve(isIn)
        }
        waiting.push({ comesUp, onComing, come })
        comeUp()
      })
    },
    sendQueueAway() {
      // The first has begun to come up, and finds its turn when it is there.
      for (const { come } of waiting.splice(isComing ? 1 : 0)) come(false)
    },
    backOff(vehicle) {
      clearFromMs = timeline.monotonicMs() + BACKED_OFF_MS
      ground.leave('approach', vehicle)
      timeline.after(BACKED_OFF_MS, comeUp)
    },
    isTakenForOneInFront: () =>
      ground.isOccupied('approach') || timeline.monotonicMs() - lineLeftAtMs <= LOOP_FLICKERS_MS,
    isQuiet: () => waiting.length === 0 && !isComing && !ground.isOccupied('approach') && !ground.isOccupied('safety'),
  }
}
