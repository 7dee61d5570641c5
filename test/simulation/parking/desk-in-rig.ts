import type { EventBody, Role } from '../../../core/events.ts'
import { principalOf } from '../../../core/ids.ts'
import { later, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import type { PathReply } from '../../../gateway/path/path.ts'
import type { Desk, DeskAnswer, DeskRequest, Office, OpenStay } from '../../../simulators/parking/desk.ts'
import { deskAnswer } from '../../../simulators/parking/desk.ts'
import { pause } from '../../../simulators/parking/waiting.ts'
import type { Rig } from '../../support/rig.ts'

const ANSWER_WITHIN_MS = 15 * SECOND_MS
const AGAIN_AFTER_MS = 5 * SECOND_MS
const PATIENCE_MS = 5 * MINUTE_MS

/** With whoever sees smoke and says that there is an emergency. */
export type RigRequest = DeskRequest | Extract<EventBody, { kind: 'emergency' }>

export type DeskInRig = Omit<Desk, 'ask'> &
  Office & { ask(request: RigRequest, by?: 'operator' | 'admin'): Promise<DeskAnswer | undefined> }

/** The desk of a gateway in virtual time: requests go into its path as from HTTP, and lists are read from its books. */
export function deskInRig(rig: () => Rig, isUp: () => boolean): DeskInRig {
  let requests = 0

  async function ask(request: RigRequest, by: Role = 'operator'): Promise<DeskAnswer | undefined> {
    requests += 1
    const id = `desk-${requests}`
    const { timeline } = rig()
    const untilMs = timeline.monotonicMs() + PATIENCE_MS
    while (timeline.monotonicMs() < untilMs) {
      const reply = isUp() ? await inTime(submitted(id, request, by)) : undefined
      if (reply !== undefined && reply.kind !== 'pushed-back') return deskAnswer.parse(JSON.parse(reply.answer))
      await pause(timeline, AGAIN_AFTER_MS)
    }
    return undefined
  }

  function submitted(id: string, request: RigRequest, role: Role): Promise<PathReply> {
    const actor = { kind: 'client', id: 'desk', role } as const
    const source = principalOf('client', 'desk')
    const { gateway, clock } = rig().now()
    if (request.kind !== 'late-evidence') {
      return gateway.submit({ source, id, bytes: JSON.stringify(request), actor, body: request })
    }
    // How long ago it was is told by the phone's own clock; what the key stands for is all but when it was handed in.
    const { handedInAt, ...same } = request
    const at = later(clock.now().at, request.saidAt - handedInAt)
    const occurredAt = { at, by: 'device' } as const
    const sent = { source, id, bytes: JSON.stringify(same), actor, body: request, occurredAt }
    return gateway.path.submit({ ...sent, mode: 'live', causedBy: null })
  }

  /** The process may end with a request in it, and then nobody answers. */
  function inTime<Value>(promise: Promise<Value>): Promise<Value | undefined> {
    return new Promise((resolve) => {
      const alarm = rig().timeline.after(ANSWER_WITHIN_MS, () => resolve(undefined))
      void promise.then((value) => {
        alarm.cancel()
        resolve(value)
      })
    })
  }

  const rows = (sql: string): readonly Record<string, unknown>[] => (isUp() ? rig().query(sql) : [])

  function stays(): readonly OpenStay[] {
    const plates = new Map<string, string[]>()
    for (const row of rows(OPEN_PLATES)) {
      const known = plates.get(String(row['session'])) ?? []
      plates.set(String(row['session']), [...known, String(row['value'])])
    }
    return rows(OPEN_STAYS).map((row) => ({
      session: String(row['id']),
      vehicleClass: String(row['vehicle_class']),
      enteredAt: Number(row['entered_at']),
      place: String(row['place']),
      plates: plates.get(String(row['id'])) ?? [],
    }))
  }

  return {
    ask,
    stays,
    search: (plate) => Promise.resolve(stays().filter(({ plates }) => plates.includes(plate))),
    cases: () =>
      rows("SELECT id, kind, session FROM staff_case WHERE status = 'open' ORDER BY rowid LIMIT 200").map((row) => ({
        id: String(row['id']),
        kind: String(row['kind']),
        session: row['session'] === null ? null : String(row['session']),
      })),
    counts: () =>
      rows("SELECT place, vehicle_class, count FROM occupancy WHERE mode = 'live' ORDER BY place, vehicle_class").map(
        (row) => ({
          place: String(row['place']),
          vehicleClass: String(row['vehicle_class']),
          count: Number(row['count']),
        }),
      ),
    creditsWaiting: () =>
      rows(WAITING).map((row) => ({
        reference: String(row['reference']),
        isToGoBack: row['status'] === 'refund-due',
      })),
    toGiveBack: () => rows(TO_GIVE_BACK).map((row) => ({ charge: String(row['id']), amount: Number(row['amount']) })),
  }
}

const WAITING =
  "SELECT reference, status FROM bank_credit WHERE status IN ('unmatched', 'refund-due') AND mode = 'live' ORDER BY at, reference"
const OPEN = "status IN ('entering', 'inside', 'leaving')"
const OPEN_STAYS = `SELECT id, vehicle_class, entered_at, place FROM session WHERE ${OPEN} ORDER BY entered_at, id`
const OPEN_PLATES = `SELECT held.session AS session, vault.value AS value
  FROM session JOIN session_credential AS held ON held.session = session.id AND held.kind = 'plate'
  JOIN vault ON vault.ref = held.ref WHERE session.${OPEN} AND vault.value IS NOT NULL ORDER BY held.session, vault.value`
const TO_GIVE_BACK = 'SELECT id, overpaid AS amount FROM charge WHERE overpaid > 0 ORDER BY id'
