import { randomBytes } from 'node:crypto'
import { setTimeout as setAlarm } from 'node:timers'
import type { ChargeId, EffectId, PassageId } from '../../core/ids.ts'
import { deviceId, laneId, stallId } from '../../core/ids.ts'
import { instant } from '../../core/time.ts'
import { createHttpApp } from '../../gateway/http/app.ts'
import type { HttpClock } from '../../gateway/http/clock.ts'
import type { HttpServer } from '../../gateway/http/server.ts'
import { HTTP_SERVER_DEFAULTS, serveHttp } from '../../gateway/http/server.ts'
import type { FakeBooks, FakePath, Kit } from '../gateway/http/kit.ts'
import { commit, decision, dong, kit, laneChange, scanAt } from '../gateway/http/kit.ts'

/** A hall at half past ten at night: money comes in, and something is wrong in each way that the page can show. */
export type Hall = {
  readonly books: FakeBooks
  readonly path: FakePath
  readonly address: string
  signInAddress(client: string): string
  /** The gateway stops and starts again on the same port, as after a power cut. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function openHall(trouble: boolean): Promise<Hall> {
  const on = kit(
    { panelsEveryMs: 200, requestBurstMax: 1_000, strangerBurstMax: 1_000 },
    { clock: realClock, random: randomBytes },
  )
  fill(on, trouble)
  const parts = { ...on.parts, reads: { ...on.parts.reads } }
  let app = createHttpApp(parts)
  let server: HttpServer = await serveHttp(app, { ...HTTP_SERVER_DEFAULTS, port: 0, stopTimeoutMs: 200 })
  const { address, port } = server
  return {
    books: on.books,
    path: on.path,
    address,
    signInAddress: (client) => `${address}${app.signInAddress(client)}`,
    stop: () => server.stop(),
    start: async () => {
      app = createHttpApp(parts)
      server = await serveHttp(app, { ...HTTP_SERVER_DEFAULTS, port, stopTimeoutMs: 200 })
    },
  }
}

const realClock: HttpClock = {
  now: () => ({ at: instant(Date.now()), trust: { state: 'synced', uncertaintyMs: 12 } }),
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const alarm = setAlarm(run, delayMs)
    return { cancel: () => clearTimeout(alarm) }
  },
}

function fill({ books }: Kit, trouble: boolean): void {
  const now = Date.now()
  books.counters = { ...books.counters, since: instant(now - 5 * 3_600_000) }
  books.exposure = {
    atRisk: dong(trouble ? 8_740_000 : 1_250_000),
    limit: dong(10_000_000),
    lastContactAt: instant(now - 26 * 3_600_000),
    offlineMaxMs: 30 * 86_400_000,
    keySetIssuedAt: instant(now - 3 * 86_400_000),
    keySetAgeMaxMs: 30 * 86_400_000,
    denyListIssuedAt: instant(now - 3 * 86_400_000),
    denyListAgeMaxMs: 30 * 86_400_000,
  }
  for (const amount of [15_000, 42_000, 105_000, 7_000]) commit(books, scanAt('stall-1', amount))
  commit(books, scanAt('stall-2', 'amount-too-low'))
  commit(
    books,
    decision(
      { kind: 'open-by-hand', lane: laneId('lane-in'), reason: 'Xe cấp cứu <script>alert(1)</script>' },
      { ok: true, kind: 'noted' },
      [laneChange({ phase: { kind: 'opening', passage: null, command: 'c' as EffectId } })],
    ),
  )
  commit(books, scanAt('stall-2', 1_250_000))
  books.park.cases = []
  if (!trouble) {
    books.devices = books.devices.map((device) => ({ ...device, present: true }))
    books.lanes = books.lanes.map((view) => ({ ...view, state: { ...view.state, alarm: null, arm: 'closed' } }))
    return
  }
  const [first, second] = books.lanes
  if (first === undefined || second === undefined) throw new Error('the hall has two lanes')
  books.lanes = [
    {
      ...first,
      state: {
        ...first.state,
        arm: 'moving',
        approach: true,
        phase: { kind: 'opening', passage: 'box-1:1:3:p0' as PassageId, command: 'c' as EffectId },
      },
    },
    { ...second, state: { ...second.state, arm: 'closed' } },
    {
      ...second,
      lane: { ...second.lane, id: laneId('lane-moto'), name: 'Làn xe máy phía chợ hoa quả' },
      state: { ...second.state, alarm: null },
      barrierPresent: false,
    },
  ]
  const [reader] = books.devices
  if (reader === undefined) throw new Error('the hall has a reader')
  books.devices = [
    ...books.devices,
    ...[7, 8, 9].map((n) => ({
      ...reader,
      id: deviceId(`soundbox-${n}`),
      present: false,
      place: { kind: 'stall', id: stallId(`stall-${n}`) } as const,
    })),
  ]
  books.readiness = [
    ...books.readiness,
    {
      what: 'disk',
      ok: false,
      detail: {
        vi: 'Còn 120 MB trống. Xoá bản sao lưu cũ hoặc cắm ổ lớn hơn.',
        en: '120 MB are free. Remove old backups or attach a larger disk.',
      },
    },
  ]
}

/** One more payment, as if a code had just been shown. */
export function pay(books: FakeBooks, amount: number, charge: ChargeId | null = null): void {
  commit(books, scanAt('stall-1', amount))
  const { counters } = books
  books.counters = { ...counters, accepted: counters.accepted + 1, scans: counters.scans + 1 }
  if (charge !== null) books.payments = books.payments.filter((each) => each.charge !== charge)
}
