import type { DeviceId } from '../../core/ids.ts'
import type { SitePolicy } from '../../core/site.ts'
import { SECOND_MS } from '../../core/time.ts'
import type { GatewayNotice } from '../../gateway/gateway.ts'
import { GATEWAY_LIMITS } from '../../gateway/gateway.ts'
import { SLACK_MAX_MS } from '../../gateway/intake/uptimes.ts'
import { longestWaitMs } from '../../gateway/path/longest-wait.ts'
import type { LaneKit } from '../../simulators/site-kit.ts'
import type { Happening } from '../../simulators/world/happenings.ts'
import type { Timeline } from '../../simulators/world/timeline.ts'
import type { Excuses } from './excuses.ts'

export type WatchOptions = {
  readonly timeline: Timeline
  readonly lanes: readonly LaneKit[]
  /** Those that are to open where no gateway can serve. */
  readonly openWithoutGateway: ReadonlySet<string>
  readonly policy: SitePolicy
  readonly excuses: Excuses
  /** Which start of the gateway's process is the newest. */
  readonly starts: () => number
  readonly onViolation: (what: string) => void
}

/** Judges at once what happens at the lanes and what the gateway decides. */
export type Watch = {
  happened(happening: Happening): void
  decided(notice: GatewayNotice): void
  /** Looks up in the books what should have come to its end by now. `statusOf` a passage. */
  look(statusOf: (passage: string) => string | undefined): void
}

/** From holding a code up to the arm's rising, at most, by the rules: the age of a scan, the time of an open command, and a little for the answer. */
const FOR_ANOTHER_MAX_MS = SECOND_MS
/** What arms are told at once, without the books. */
const EMERGENCY = 'emergency:'
/** A device's clock and ours, in the time of one command. */
const CLOCKS_DIFFER_MS = 100
/** An arm is down again within so long after it was asked for. */
const BUSY_MAX_MS = 120 * SECOND_MS
/** A vehicle that has passed has used its right within so long. */
const PASSED_LOOK_MS = 60 * SECOND_MS

const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  scan: ['paid', 'let-through', 'already-accepted'],
  'amount-keyed': ['charge-opened'],
  'amount-cleared': ['charge-cancelled'],
}
/** What lies so far back is forgotten. */
const REMEMBERED_MAX = 4_096
/** How long before somebody is left standing, or hit, what was broken may be the reason. */
const STRANDED_LOOK_BACK_MS = 60 * SECOND_MS
const HIT_LOOK_BACK_MS = 20 * SECOND_MS
/** When all is in order again, an arm that went up by itself is let go within so long: its devices connect, and the vehicles that follow each other have gone. */
const LET_GO_WITHIN_MS = 300 * SECOND_MS

export function watch({
  timeline,
  lanes,
  openWithoutGateway,
  policy,
  excuses,
  starts,
  onViolation,
}: WatchOptions): Watch {
  const laneOfReader = new Map(lanes.map(({ id, reader }) => [reader, id as string]))
  const laneOfBarrier = new Map(lanes.map(({ id, barrier }) => [barrier, id as string]))
  /** Who stands where, in truth. */
  const atLine = new Map<string, readonly string[]>()
  const underArm = new Map<string, readonly string[]>()
  const laneOfVehicle = new Map<string, string>()
  const leftAtMs = new Map<string, number>()
  /** For whom a scan was shown, by the reader's event; for which scan an arm was told to open, by the command. */
  const shownBy = new Map<string, readonly string[]>()
  const openedBy = new Map<string, string>()
  /** The right by which a vehicle was let through. */
  const passageOf = new Map<string, string>()
  const passed: { readonly vehicle: string; readonly passage: string; readonly lane: string; readonly atMs: number }[] =
    []
  const arms = new Map<string, { readonly arm: string; readonly sinceMs: number }>()
  /** Lanes whose arm went up by itself, until it has come down. */
  const byItself = new Set<string>()
  /** When an arm was told to move, by the command. */
  const decidedAtMs = new Map<string, number>()

  /** Relays know no ids: the connection that one has, by the start of the gateway that it is with, and the start that decided a command. */
  const relays = new Set(lanes.filter(({ hardware }) => hardware.barrier !== 'barrier').map(({ barrier }) => barrier))
  const startOfConnection = new Map<string, number>()
  const startOfCommand = new Map<string, number>()

  const mostMs = GATEWAY_LIMITS.scanAgeMaxMs + policy.openWithinMs + FOR_ANOTHER_MAX_MS

  function zone(lane: string, of: Map<string, readonly string[]>, vehicles: readonly string[]): void {
    for (const gone of (of.get(lane) ?? []).filter((vehicle) => !vehicles.includes(vehicle))) {
      remember(leftAtMs, gone, timeline.monotonicMs())
    }
    for (const vehicle of vehicles) remember(laneOfVehicle, vehicle, lane)
    of.set(lane, vehicles)
  }

  /** An arm that was told to open for somebody's scan rises for that one, who stands there or has just gone. */
  function opened(lane: string, command: string): void {
    const meant = shownBy.get(openedBy.get(command) ?? '')
    if (meant === undefined || meant.length === 0) return
    const here = [...(atLine.get(lane) ?? []), ...(underArm.get(lane) ?? [])]
    if (here.length === 0 || meant.some((vehicle) => here.includes(vehicle))) return
    const goneMs = Math.min(...meant.map((vehicle) => timeline.monotonicMs() - (leftAtMs.get(vehicle) ?? 0)))
    if (goneMs <= mostMs) return
    onViolation(
      `${lane} opened by ${command} for ${meant.join(', ')}, gone for ${goneMs} ms; ${here.join(', ')} stood there`,
    )
  }

  /** Each kind of message has its own kinds of answers: one that was meant for another would be of another kind. */
  function answered({ device, event, type, answer }: Extract<Happening, { kind: 'answered' }>): void {
    const lane = laneOfReader.get(device)
    if (answer.ok) {
      if (!(ANSWERS[type] ?? ['noted']).includes(answer.kind))
        onViolation(`${device} said ${type} and was answered ${answer.kind}`)
      for (const vehicle of lane === undefined ? [] : (shownBy.get(`device:${device}/${event}`) ?? [])) {
        if (answer.passage !== null) remember(passageOf, vehicle, answer.passage)
      }
    } else if (lane !== undefined && answer.refusal === 'lane-busy') {
      const arm = arms.get(lane)
      const nowMs = timeline.monotonicMs()
      const stillMs = arm?.arm === 'closed' ? nowMs - arm.sinceMs : 0
      if (stillMs > BUSY_MAX_MS && excuses.since(nowMs - stillMs, lane) === undefined) {
        onViolation(`${lane} says that it is busy, and its arm has been down for ${stillMs} ms`)
      }
    }
  }

  function person(vehicle: string, did: string): void {
    const nowMs = timeline.monotonicMs()
    const lane = laneOfVehicle.get(vehicle)
    const passage = passageOf.get(vehicle)
    if (did === 'passed' && lane !== undefined && passage !== undefined) {
      passed.push({ vehicle, passage, lane, atMs: nowMs })
    }
    if (did === 'stranded' && excuses.since(nowMs - STRANDED_LOOK_BACK_MS, lane) === undefined) {
      onViolation(`${vehicle} was let through and left standing at ${lane}`)
    }
  }

  /** By our own watch, not by what the command itself says: an arm moves in time, or not at all. */
  function done(lane: string, type: string, command: string): void {
    const decided = decidedAtMs.get(command)
    if (decided === undefined || (type !== 'open' && type !== 'close')) return
    const lateMs = timeline.monotonicMs() - decided - policy.openWithinMs - SLACK_MAX_MS
    if (lateMs > CLOCKS_DIFFER_MS) onViolation(`${lane} did ${type} ${command} ${lateMs} ms too late`)
  }

  /** A pulse cannot be told from its repetition. So what was committed before this start of the process is never sent, nor what a process that fell told nobody of. */
  function pulsed(device: DeviceId, command: string): void {
    if (!relays.has(device) || command.startsWith(EMERGENCY)) return
    const [sentBy, decidedBy] = [startOfConnection.get(device), startOfCommand.get(command)]
    if (sentBy !== decidedBy) {
      onViolation(
        `${device} was told ${command} by start ${sentBy} of the gateway, and ${decidedBy === undefined ? 'none that spoke of it' : `start ${decidedBy}`} had decided it`,
      )
    }
  }

  /** Only where its lane is set so, and where for all that time something was broken that may have kept the gateway from it. */
  function upByItself(lane: string): void {
    const excuse = excuses.since(timeline.monotonicMs() - GATEWAY_LIMITS.failSafeAfterMs, lane)
    if (!openWithoutGateway.has(lane)) onViolation(`${lane} opened by itself, and is to stay closed`)
    else if (excuse === undefined) onViolation(`${lane} opened by itself, and nothing was broken`)
    else byItself.add(lane)
  }

  return {
    happened(happening) {
      switch (happening.kind) {
        case 'zone':
          zone(happening.lane, happening.zone === 'approach' ? atLine : underArm, happening.vehicles)
          return
        case 'sent': {
          const lane = laneOfReader.get(happening.device)
          if (lane === undefined || happening.type !== 'scan' || happening.attempt > 1) return
          remember(shownBy, `device:${happening.device}/${happening.event}`, atLine.get(lane) ?? [])
          return
        }
        case 'command': {
          const lane = laneOfBarrier.get(happening.device)
          if (happening.result === 'done') pulsed(happening.device, happening.command)
          if (lane !== undefined && happening.result === 'done') done(lane, happening.type, happening.command)
          if (lane !== undefined && happening.type === 'open' && happening.result === 'done')
            opened(lane, happening.command)
          return
        }
        case 'arm-hit': {
          const excuse = excuses.since(timeline.monotonicMs() - HIT_LOOK_BACK_MS, happening.lane)
          if (excuse === undefined)
            onViolation(`the arm of ${happening.lane} came down on ${happening.vehicles.join(', ')}`)
          return
        }
        case 'fail-safe':
          upByItself(happening.lane)
          return
        case 'person':
          person(happening.who, happening.did)
          return
        case 'answered':
          answered(happening)
          return
        case 'arm':
          arms.set(happening.lane, { arm: happening.arm, sinceMs: timeline.monotonicMs() })
          if (happening.arm === 'closed') byItself.delete(happening.lane)
          return
        case 'connected':
          startOfConnection.set(happening.device, starts())
          return
        case 'disconnected':
        case 'acknowledged':
        case 'given-up':
        case 'unreadable':
        case 'announced':
        case 'fault':
          return
      }
    },
    look(statusOf) {
      const nowMs = timeline.monotonicMs()
      for (const lane of byItself) {
        const { sinceMs = nowMs } = arms.get(lane) ?? {}
        const fromMs = nowMs - LET_GO_WITHIN_MS
        if (sinceMs < fromMs && excuses.since(fromMs, lane) === undefined)
          onViolation(`${lane} opened by itself, and stands open though nothing is broken any more`)
      }
      while (passed[0] !== undefined && passed[0].atMs < nowMs - PASSED_LOOK_MS) {
        const [{ vehicle, passage, lane, atMs }] = passed.splice(0, 1) as [(typeof passed)[number]]
        if (excuses.during(atMs - PASSED_LOOK_MS, atMs + PASSED_LOOK_MS, lane) !== undefined) continue
        const status = statusOf(passage)
        if (status !== 'used') onViolation(`${vehicle} has passed ${lane}, and its right ${passage} is ${status}`)
      }
    },
    decided(notice) {
      if (notice.kind !== 'committed' || notice.committed.repeated) return
      const { event, committed } = notice
      for (const effect of committed.effects) {
        remember(decidedAtMs, effect.id, timeline.monotonicMs())
        remember(startOfCommand, effect.id, starts())
        if (effect.command.type === 'open' && event.body.kind === 'scan') remember(openedBy, effect.id, event.key)
      }
      for (const change of committed.changes) {
        if (change.kind !== 'timer-set') continue
        const waitsMs = change.dueAt - committed.at
        const mostWaitMs = longestWaitMs(change.timer, policy)
        if (waitsMs > mostWaitMs) onViolation(`${change.id} waits for ${waitsMs} ms, at most ${mostWaitMs} by its rule`)
      }
    },
  }
}

function remember<Value>(all: Map<string, Value>, key: string, value: Value): void {
  all.set(key, value)
  const [oldest] = all.keys()
  if (all.size > REMEMBERED_MAX && oldest !== undefined) all.delete(oldest)
}
