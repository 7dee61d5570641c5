import type { DecisionBody } from '../../../core/records.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import type { GatewayNotice } from '../../../gateway/gateway.ts'
import type { ParkingLaneKit } from '../../../simulators/parking/parking-kit.ts'
import type { VisitRecord } from '../../../simulators/parking/visits-record.ts'
import type { Rig } from '../../support/rig.ts'
import { clockText } from '../clock-text.ts'

export type VisitTraceOptions = {
  /** `visit-523`. */
  readonly visit: string
  readonly rig: Rig
  readonly lanes: readonly ParkingLaneKit[]
  visits(): readonly VisitRecord[]
  openedAtMs(): number
  print(line: string): void
}

/** Tells all that concerns one visit, for whoever asks why it is not in the books as its driver knows it. */
export type VisitTrace = {
  noticed(notice: GatewayNotice): void
  /** The driver's own record, and every record of its stays and its money, when all is over. Once. */
  end(): void
}

/** What happened at a lane before the vehicle stood there may be the reason. */
const BEFORE_MS = 2 * MINUTE_MS
const AFTER_MS = 90 * SECOND_MS
const BUFFERED_MAX = 2_000

export function visitTrace({ visit, rig, lanes, visits, openedAtMs, print }: VisitTraceOptions): VisitTrace {
  const { timeline, world } = rig
  const at = Number(visit.split('-').at(-1)) - 1
  const stays = new Set<string>()
  /** Of whomever: what was told of names them. */
  const named = new Set<string>()
  let isEnded = false
  /** Until when what happens at a lane is told. */
  const watched = new Map<string, number>()
  let buffer: { readonly atMs: number; readonly lane: string; readonly line: string }[] = []

  const laneOf = (device: string): string | undefined => lanes.find(({ id }) => device.endsWith(`-${id}`))?.id
  const isWatched = (lane: string): boolean => (watched.get(lane) ?? 0) >= timeline.monotonicMs()
  const time = (): string => clockText(timeline.monotonicMs() - openedAtMs())

  function tell(lane: string | undefined, text: string): void {
    const line = `${time()} ${text}`
    if (lane === undefined || isWatched(lane)) for (const [name] of text.matchAll(STAY)) named.add(name)
    if (lane === undefined || isWatched(lane)) {
      print(line)
      return
    }
    buffer.push({ atMs: timeline.monotonicMs(), lane, line })
    if (buffer.length > BUFFERED_MAX) buffer.shift()
  }

  function watch(lane: string): void {
    if (!isWatched(lane)) {
      const fromMs = timeline.monotonicMs() - BEFORE_MS
      for (const each of buffer) if (each.lane === lane && each.atMs >= fromMs) print(each.line)
      buffer = buffer.filter((each) => each.lane !== lane)
    }
    watched.set(lane, timeline.monotonicMs() + AFTER_MS)
  }

  /** The plates of a simulated park belong to nobody. */
  function plateOf(ref: string): string {
    const [row] = rig.query(`SELECT value FROM vault WHERE ref = '${ref}'`)
    return String(row?.['value'] ?? ref)
  }

  function stayText(stay: Readonly<Record<string, unknown>>): string {
    const wallOf = (at: unknown): string =>
      clockText(Number(at) - timeline.now() + timeline.monotonicMs() - openedAtMs())
    const by = rig.query(`SELECT kind, ref FROM session_credential WHERE session = '${String(stay['id'])}'`)
    const shown = by.map(({ kind, ref }) => `${String(kind)} ${ref === null ? '' : plateOf(String(ref))}`)
    const { id, status, charge, entry_lane: lane, moved_lane: moved } = stay
    return `${id} ${status} from ${wallOf(stay['entered_at'])} at ${lane} until ${wallOf(stay['moved_at'])} at ${moved}, charge ${charge}: ${shown}`
  }

  /** Who else was at its lanes then, or left them a little before. */
  function othersOf(it: VisitRecord): readonly string[] {
    return visits().flatMap((other) =>
      other.moments.flatMap(({ lane, fromMs, toMs }) => {
        const isBeside = it.moments.some(
          (own) =>
            own.lane === lane && (toMs ?? fromMs) >= own.fromMs - BEFORE_MS && fromMs <= (own.toMs ?? own.fromMs),
        )
        const { id, vehicle, plate, vehicleClass, kinds, closedUp } = other
        const at = `${clockText(fromMs - openedAtMs())} to ${toMs === null ? '' : clockText(toMs - openedAtMs())}`
        const words = [...kinds, ...(closedUp.length > 0 ? ['closes up'] : []), ...(other.isMisread ? ['misread'] : [])]
        return isBeside ? [`${id} ${vehicle} ${plate} ${vehicleClass} at ${lane} from ${at}: ${words}`] : []
      }),
    )
  }

  world.happenings.listen((happening) => {
    const it = visits()[at]
    const isHere = it?.ending === 'under-way'
    if (isHere && happening.kind === 'zone' && happening.vehicles.includes(it.vehicle)) watch(happening.lane)
    if (happening.kind === 'person' && happening.who !== it?.vehicle) return
    if (happening.kind === 'fault' && !isHere) return
    if (happening.kind === 'acknowledged' || happening.kind === 'connected') return
    const lane = 'lane' in happening ? happening.lane : 'device' in happening ? laneOf(happening.device) : undefined
    if (lane === undefined && happening.kind !== 'fault' && happening.kind !== 'person') return
    if (happening.kind === 'sent' || ('type' in happening && happening.type === 'result')) return
    tell(lane, JSON.stringify(happening))
  })

  return {
    noticed(notice) {
      const it = visits()[at]
      if (notice.kind !== 'committed' || notice.committed.repeated || notice.committed.kind !== 'committed') return
      const { seq } = notice.committed
      const [row] = rig.query(`SELECT key, body FROM journal WHERE seq = ${seq}`)
      const body = String(row?.['body'])
      const text = `record ${seq} of ${String(row?.['key'])}: ${shortened(body, plateOf)}`
      if (it?.ending === 'under-way') for (const session of it.sessions) stays.add(session)
      if ([...stays].some((session) => body.includes(`"${session}"`))) {
        tell(undefined, text)
        return
      }
      const lane = lanes.find(({ id }) => body.includes(`"${id}"`))?.id
      if (lane !== undefined) tell(lane, text)
    },
    end() {
      if (isEnded) return
      isEnded = true
      const it = visits()[at]
      print(JSON.stringify(it ?? `there was no ${visit}`, null, 2))
      // What its attendant handed in later is in no record of that time.
      const own = new Set([
        ...stays,
        ...(it?.sessions ?? []),
        ...(it?.handed ?? []).flatMap(({ charge }) => charge ?? []),
        ...(it?.pass ? [it.pass.id] : []),
      ])
      if (!rig.isRunning()) return
      for (const name of own) {
        for (const row of rig.query(`SELECT seq, key, body FROM journal WHERE body LIKE '%"${name}"%' ORDER BY seq`))
          print(`of ${name}: record ${row['seq']} of ${String(row['key'])}: ${shortened(String(row['body']), plateOf)}`)
      }
      const said = [...named].map((name) => `'${name}'`).join(',')
      for (const stay of rig.query(`SELECT * FROM session WHERE id IN (${said})`)) print(`stay ${stayText(stay)}`)
      if (it !== undefined) for (const other of othersOf(it)) print(`beside it: ${other}`)
    },
  }
}

/** What a record decided, without what it rests on, what is shown, and the state of the lane, which each record of a lane says whole. */
function shortened(body: string, plateOf: (ref: string) => string): string {
  const { event, outcome, subject, changes = [] } = JSON.parse(body) as DecisionBody
  const told = changes.filter(({ kind }) => !UNTOLD.has(kind)).map((change) => readable(change, plateOf))
  return JSON.stringify({ event: readable(event?.body, plateOf), outcome, subject, changes: told })
}

const UNTOLD: ReadonlySet<string> = new Set(['lane-state', 'timer-set', 'timer-cleared'])
const LONG: ReadonlySet<string> = new Set(['picture', 'token'])
const STAY = /[\w-]+:\d+:\d+:s\d+/g

/** Values of the vault as what they stand for, pictures and tokens left out. */
function readable(value: unknown, plateOf: (ref: string) => string): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (name, each: unknown) => {
      if (LONG.has(name)) return '…'
      const ref = typeof each === 'object' && each !== null && 'ref' in each ? each.ref : null
      return typeof ref === 'string' ? plateOf(ref) : each
    }),
  )
}
