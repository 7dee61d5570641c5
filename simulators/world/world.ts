import type { DeviceId, SiteId } from '../../core/ids.ts'
import type { DeviceLine } from './device-line.ts'
import type { Happenings } from './happenings.ts'
import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

/** What every behaviour stands in: time, dice, connections, and somebody to tell. It does not know whether any of them is real. */
export type World = {
  readonly site: SiteId
  readonly timeline: Timeline
  readonly random: Random
  readonly happenings: Happenings
  line(device: DeviceId): DeviceLine
}
