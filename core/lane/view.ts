import type { DeviceId } from '../ids.ts'
import type { Device } from '../site.ts'
import type { LaneAlarm, LaneState } from './state.ts'

/** Where a lane is, in the words of its screens. */
export type LaneViewPhase =
  | 'idle'
  | 'vehicle-present'
  | 'asking'
  | 'awaiting-payment'
  | 'opening'
  | 'open'
  | 'passing'
  | 'closing'
  | 'held-open'

export type LaneViewAlarm =
  | 'forced-open'
  | 'tailgating'
  | 'stuck-open'
  | 'stuck-closed'
  | 'no-passage'
  | 'backing-out'
  | 'device-away'
  /** A loop, a barrier, a button or a camera says more than vehicles can cause: its words are taken late, or not each of them. */
  | 'device-chatters'
  | 'loop-stuck'

/** `away`: the lane's devices that are not there, or do not answer when they are asked, and its barrier where that has not answered; also where a worse alarm is shown. */
export type LaneView = {
  readonly phase: LaneViewPhase
  readonly alarm: LaneViewAlarm | null
  readonly away: readonly DeviceId[]
  /** Its devices that say more than vehicles can cause, also where a worse alarm is shown. */
  readonly chattering: readonly ChatteringDevice[]
}

export type ChatteringDevice = Pick<Device, 'id' | 'kind'>

/** The worst first: no alarm hides a worse one. What somebody did, then what is broken, then who stands there and does not drive. */
export const VIEW_ALARMS_WORST_FIRST: readonly LaneViewAlarm[] = [
  'forced-open',
  'tailgating',
  'stuck-closed',
  'stuck-open',
  'device-away',
  'device-chatters',
  'loop-stuck',
  'backing-out',
  'no-passage',
]

/**
 * A lane for people, with its active devices. `asking` is a vehicle of which no stay and no right is known, `awaiting-payment` one of which an amount is asked, `vehicle-present` one that is known, or that waits for its
 * arm.
 */
export function laneView(state: LaneState, devices: readonly DeviceHere[]): LaneView {
  const isUnanswered = state.alarm === 'barrier-no-answer' || state.alarm === 'barrier-away'
  const away = devices.flatMap(({ id, kind, present, silent, unheard }) => {
    const isMeant = (isUnanswered && kind === 'barrier') || (state.alarm === 'loop-away' && unheard === true)
    return !present || silent === true || isMeant ? [id] : []
  })
  const chattering = devices.filter(({ chatters }) => chatters === true).map(({ id, kind }) => ({ id, kind }))
  const alarms = [
    ...(state.alarm === null ? [] : [alarmOf[state.alarm]]),
    ...(away.length > 0 ? [AWAY] : []),
    ...(chattering.length > 0 ? [CHATTERS] : []),
  ]
  const alarm = VIEW_ALARMS_WORST_FIRST.find((each) => alarms.includes(each)) ?? null
  return { phase: phaseOf(state), alarm, away, chattering }
}

/** An active device of the lane, and whether it is there. */
export type DeviceHere = Pick<Device, 'id' | 'kind'> & {
  readonly present: boolean
  /** It is there, and does not answer when it is asked: what it says counts as said before (docs/decisions/092). */
  readonly silent?: boolean
  /** A loop that is there, perhaps, and has not said since it came what is over it: named where its lane has an alarm for that. */
  readonly unheard?: boolean
  /** It says more than vehicles can cause. */
  readonly chatters?: boolean
}

const AWAY: LaneViewAlarm = 'device-away'
const CHATTERS: LaneViewAlarm = 'device-chatters'

function phaseOf(state: LaneState): LaneViewPhase {
  const { kind } = state.phase
  switch (kind) {
    case 'vehicle-present':
      return visitPhase(state)
    case 'waiting':
      return 'vehicle-present'
    case 'idle':
    case 'opening':
    case 'open':
    case 'passing':
    case 'closing':
    case 'held-open':
      return kind
  }
}

/** What is known of another vehicle than the one that stands there says nothing of it. */
function visitPhase({ visit, presence }: LaneState): LaneViewPhase {
  if (visit === null || visit.presence !== presence) return 'asking'
  if (visit.asked !== null) return 'awaiting-payment'
  return visit.session === null && visit.right === null ? 'asking' : 'vehicle-present'
}

const alarmOf: Record<LaneAlarm, LaneViewAlarm> = {
  'barrier-no-answer': 'device-away',
  'barrier-away': 'device-away',
  'barrier-failed': 'stuck-closed',
  'stuck-closed': 'stuck-closed',
  'stuck-open': 'stuck-open',
  'no-passage': 'no-passage',
  'backing-out': 'backing-out',
  'loop-away': 'device-away',
  'forced-open': 'forced-open',
  tailgating: 'tailgating',
  'unexplained-passage': 'forced-open',
  'loop-stuck': 'loop-stuck',
}
