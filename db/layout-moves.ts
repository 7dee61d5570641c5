import type { Timer } from '../core/events.ts'
import type { LanesOfLayout } from '../core/facts.ts'
import type { LaneId, Position } from '../core/ids.ts'
import { heldByOf } from '../core/lane/layout.ts'
import type { SiteLayout } from '../core/site.ts'
import type { BundlesInForce } from './bundles-in-force.ts'
import type { DeviceDirectory } from './device-directory.ts'
import { isOfLane, timersAt } from './epoch.ts'
import type { Db } from './open.ts'
import { createStandingReader } from './standing-stays.ts'

export type LayoutMoves = {
  /** What the layout of this hash does to the lanes of the one in force; `null` where there is none, or none that can be read: then what is known of the lanes stays. */
  of(hash: string, position: Position): LanesOfLayout | null
}

export function createLayoutMoves(
  db: Db,
  bundles: Pick<BundlesInForce, 'layout' | 'layoutStored' | 'policy'>,
  devices: Pick<DeviceDirectory, 'at'>,
): LayoutMoves {
  const standing = createStandingReader(db)
  const timer = db.$client.prepare<[string], { readonly timer: string }>('SELECT timer FROM due WHERE id = ?')
  return {
    of(hash, position) {
      const [before, next] = [readable(bundles.layout), readable(() => bundles.layoutStored(hash))]
      if (before === null || next === null) return null
      const [had, has] = [idsOf(before), idsOf(next)]
      const states = standing.laneStates()
      const gone = states.map(({ lane }) => lane).filter((lane) => had.has(lane) && !has.has(lane))
      const withDevices = (lane: LaneId) => ({ lane, devices: devices.at({ kind: 'lane', id: lane }) })
      const come = [...has].filter((lane) => !had.has(lane))
      const moved = new Set([...gone, ...come])
      return {
        gone: gone.map(withDevices),
        come: come.map(withDevices),
        heldBy: heldByOf(states.filter(({ lane }) => had.has(lane))),
        timers: [...moved]
          .flatMap(timersAt)
          .toSorted()
          .flatMap((id) => timer.all(id))
          .map((row) => JSON.parse(row.timer) as Timer)
          .filter(isOfLane),
        position,
        announceWithinMs: readable(bundles.policy)?.announceWithinMs ?? null,
      }
    },
  }
}

function idsOf({ lanes }: SiteLayout): ReadonlySet<LaneId> {
  return new Set(lanes.map(({ id }) => id))
}

/** What an upgrade made unreadable is mended by the bundle that comes now. */
function readable<Content>(read: () => Content | null): Content | null {
  try {
    return read()
  } catch {
    return null
  }
}
