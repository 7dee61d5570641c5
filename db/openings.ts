import type Database from 'better-sqlite3'
import type { Change } from '../core/changes.ts'
import type { DeviceId, EffectId, LaneId, PassageId } from '../core/ids.ts'
import type { PassageGround } from '../core/lane/state.ts'
import { recordedReasonOf } from '../core/recorded.ts'
import type { DecisionBody } from '../core/records.ts'
import type { Place } from '../core/site.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import { decisionOf, eventIs } from './former-kinds.ts'
import type { ReasonText } from './reason-texts.ts'
import { createReasonText } from './reason-texts.ts'

/** One opening of a lane with all that belongs to it: who was let through and why, what the arm was told and said, whom the loops saw, and how it closed. */
export type Opening = {
  /** Of the record that decided it. */
  readonly seq: number
  readonly at: Instant
  readonly lane: LaneId
  /** The enrolment of the device that was told is in no record any more: its lane is the one at which it stands today. */
  readonly isLaneOfToday: boolean
  /** The lane has no arm, as free-flow lanes of motorbikes: nothing was told to open, and nothing is to close. */
  readonly isWithoutArm: boolean
  /** Who, or what, asked for it, and by which event. */
  readonly by: string
  readonly event: string
  /** What somebody typed to say why; `null` where nobody was asked, and once it has been erased. */
  readonly reason: string | null
  readonly why: /** For somebody who has a right to pass: the ground names the credential, and what was paid. */
    | { readonly kind: 'passage'; readonly passage: PassageId; readonly ground: PassageGround }
    | { readonly kind: 'by-hand' }
    | { readonly kind: 'emergency' }
    /** The arm went up by itself, as its lane is set: it had heard nothing of the gateway. Who went through meanwhile is in no record. */
    | { readonly kind: 'fail-safe' }
    /** Nothing had told the arm to open. */
    | { readonly kind: 'forced-open' }
    | { readonly kind: 'unknown' }
  /** Empty at a lane without an arm, and where nothing was told. */
  readonly commands: readonly EffectId[]
  /** What became of the newest of them; `null` until it says so. */
  readonly result: Answer | null
  /** When the arm's own switches said that it is up; `null` where it has none. */
  readonly upAt: Instant | null
  /** In their order; at most `LOOPS_KEPT_MAX`. */
  readonly loops: readonly {
    readonly at: Instant
    readonly role: 'approach' | 'safety'
    readonly occupied: boolean
  }[]
  /** `null`: nothing has told it to close. `downAt` is what the arm's own switches say. */
  readonly closing: {
    readonly command: EffectId | null
    readonly result: Answer | null
    readonly downAt: Instant | null
  } | null
}

type Answer = { readonly at: Instant; readonly said: 'done' | 'repeated' | 'late' | 'failed' | 'away' }

export const OPENINGS_PAGE_MAX = 1_000
export const LOOPS_KEPT_MAX = 64

/**
 * Every opening since a record, whoever it was for, joined to its evidence (issue: credential, decision, command, barrier result, loops, closing). One lane's come in their order, when the lane opens again or the journal ends. Reads in
 * bounded pages and holds one opening a lane. Devices stand where the records before say; one whose enrolment is in no record any more, where it stands today (`isLaneOfToday`).
 */
export function* openings(client: Database.Database, afterSeq: number): Generator<Opening> {
  const page = client.prepare<[number, number], RecordRow>(
    "SELECT seq, at, event, body FROM journal WHERE seq > ? AND kind = 'decision' ORDER BY seq LIMIT ?",
  )
  const grounds = client.prepare<[string], { ground: string }>('SELECT ground FROM passage WHERE id = ?')
  const placed = client.prepare<[], { id: DeviceId; lane: LaneId }>(
    "SELECT id, place_id AS lane FROM device WHERE place_kind = 'lane'",
  )
  const enrolled = client.prepare<[number], { body: string }>(
    `SELECT body FROM journal WHERE ${eventIs('device-enrolled')} AND kind = 'decision' AND seq <= ? ORDER BY seq`,
  )
  const reasonText = createReasonText(client)
  const lanes = new Map<DeviceId, LaneId>(placed.all().map(({ id, lane }) => [id, lane]))
  const placedByRecord = new Set<DeviceId>()
  for (const row of enrolled.all(afterSeq)) stoodAt(decisionOf(row))
  const now = new Map<LaneId, Opening>()

  for (let last = afterSeq; ; ) {
    const rows = page.all(last, OPENINGS_PAGE_MAX)
    for (const row of rows) yield* follow(row, decisionOf(row))
    last = rows.at(-1)?.seq ?? last
    if (rows.length < OPENINGS_PAGE_MAX) break
  }
  yield* now.values()

  function* follow(row: RecordRow, body: DecisionBody): Generator<Opening> {
    const asked = body.event.body
    const at = instant(row.at)
    stoodAt(body)
    if (asked.kind === 'command-result' && asked.lane !== null)
      answered(asked.lane, asked.command, { at, said: asked.result })
    if (asked.kind === 'loop' && !asked.late) {
      const { role, occupied } = asked
      change(asked.lane, ({ loops }) => ({ loops: [...loops, { at, role, occupied }].slice(0, LOOPS_KEPT_MAX) }))
    }
    if (asked.kind === 'barrier-state' && !asked.late) {
      if (asked.state === 'closed')
        change(asked.lane, ({ closing }) => ({ closing: { command: null, result: null, ...closing, downAt: at } }))
      const isForced = alarmOf(body.changes, asked.lane) === 'forced-open'
      if (asked.reason === 'fail-safe') yield* byItself(row, body, asked.lane)
      if (asked.state === 'open' && !isForced) change(asked.lane, ({ upAt }) => ({ upAt: upAt ?? at }))
      if (asked.state === 'open' && isForced)
        yield* begin({ ...begun(row, body, asked.lane, reasonText), why: { kind: 'forced-open' }, upAt: at })
    }
    for (const { id, to, command } of body.effects) {
      const lane = lanes.get(to)
      if (lane === undefined) continue
      if (command.type === 'close' || command.type === 'release')
        change(lane, () => ({ closing: { command: id, result: null, downAt: null } }))
      if (command.type === 'open' || command.type === 'hold-open')
        yield* told(row, body, { lane, isLaneOfToday: !placedByRecord.has(to) }, id)
    }
    for (const each of body.changes) {
      // A lane without an arm: nothing is told, and the way through is used at once.
      if (each.kind !== 'passage-granted' || each.passage.status !== 'used') continue
      const { id, lane, right } = each.passage
      const why = { kind: 'passage', passage: id, ground: right } as const
      yield* begin({ ...begun(row, body, lane, reasonText), isWithoutArm: true, why })
    }
  }

  function stoodAt({ changes }: DecisionBody): void {
    for (const change of changes) if (change.kind === 'device-put') put(change.device)
  }

  function put({ id, place }: { readonly id: DeviceId; readonly place: Place }): void {
    placedByRecord.add(id)
    if (place.kind === 'lane') lanes.set(id, place.id)
    else lanes.delete(id)
  }

  function* told(
    row: RecordRow,
    body: DecisionBody,
    at: Pick<Opening, 'lane' | 'isLaneOfToday'>,
    command: EffectId,
  ): Generator<Opening> {
    const { lane } = at
    const why = whyOf(body, lane)
    const known = now.get(lane)
    const opening = begun(row, body, lane, reasonText)
    const isSame = JSON.stringify(known?.why) === JSON.stringify(why) && isSameAct(why, known?.seq, opening.seq)
    const isAgain = known !== undefined && known.closing === null && isSame
    if (isAgain) now.set(lane, { ...known, commands: [...known.commands, command], result: null })
    else yield* begin({ ...opening, ...at, why, commands: [command] })
  }

  /** It says so at each of its changes, and again whenever it is back. */
  function* byItself(row: RecordRow, body: DecisionBody, lane: LaneId): Generator<Opening> {
    const known = now.get(lane)
    if (known?.why.kind === 'fail-safe' && known.closing === null) return
    yield* begin({ ...begun(row, body, lane, reasonText), why: { kind: 'fail-safe' } })
  }

  function* begin(opening: Opening): Generator<Opening> {
    const before = now.get(opening.lane)
    now.set(opening.lane, opening)
    if (before !== undefined) yield before
  }

  function change(lane: LaneId, over: (opening: Opening) => Partial<Opening>): void {
    const opening = now.get(lane)
    if (opening !== undefined && opening.closing?.downAt == null) now.set(lane, { ...opening, ...over(opening) })
  }

  /** A device that knows no ids speaks of what it was told last. */
  function answered(lane: LaneId, command: EffectId | null, answer: Answer): void {
    const opening = now.get(lane)
    if (opening === undefined) return
    const { closing, commands } = opening
    const isOfClosing = closing !== null && (command === null || command === closing.command)
    if (isOfClosing) now.set(lane, { ...opening, closing: { ...closing, result: answer } })
    else if (command === null || command === commands.at(-1)) now.set(lane, { ...opening, result: answer })
  }

  function whyOf({ event, changes }: DecisionBody, lane: LaneId): Opening['why'] {
    const asked = event.body
    if (asked.kind === 'open-by-hand') return { kind: 'by-hand' }
    // A lane that comes with a layout is opened for the emergency that lasts.
    if (asked.kind === 'emergency' || asked.kind === 'bundle-loaded') return { kind: 'emergency' }
    const state = stateOf(changes, lane)
    const passage = state !== undefined && 'passage' in state.phase ? state.phase.passage : null
    const row = passage === null ? undefined : grounds.get(passage)
    if (passage === null || row === undefined) return { kind: 'unknown' }
    return { kind: 'passage', passage, ground: JSON.parse(row.ground) as PassageGround }
  }
}

type RecordRow = { readonly seq: number; readonly at: number; readonly event: string; readonly body: string }

/** Who opens by hand again opens once more, whatever the reason: that is erased in time, and the openings stay as many. A way through goes on, whoever tells the arm again. */
function isSameAct(why: Opening['why'], before: number | undefined, now: number): boolean {
  return why.kind !== 'by-hand' || before === now
}

function begun(
  { seq, at, event }: RecordRow,
  { event: { actor, body } }: DecisionBody,
  lane: LaneId,
  reasonText: ReasonText,
): Omit<Opening, 'why'> {
  const nothing = {
    isLaneOfToday: false,
    isWithoutArm: false,
    commands: [],
    result: null,
    upAt: null,
    loops: [],
    closing: null,
  }
  const reason = reasonText(recordedReasonOf(body))
  return { seq, at: instant(at), lane, by: `${actor.kind}:${actor.id}`, event, reason, ...nothing }
}

function stateOf(changes: readonly Change[], lane: LaneId) {
  return changes
    .flatMap((change) => (change.kind === 'lane-state' ? [change.state] : []))
    .findLast((state) => state.lane === lane)
}

function alarmOf(changes: readonly Change[], lane: LaneId) {
  return stateOf(changes, lane)?.alarm ?? null
}
