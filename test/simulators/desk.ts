import type { DeviceId } from '../../core/ids.ts'
import { deviceId, siteId } from '../../core/ids.ts'
import { instant } from '../../core/time.ts'
import type { WireCommand, WireEvent, WireResult } from '../../devices/wire.ts'
import { encodeAnswer, encodeWire, parseEvent, parseResult } from '../../devices/wire.ts'
import type { Happening } from '../../simulators/world/happenings.ts'
import { happenings } from '../../simulators/world/happenings.ts'
import type { MemoryTransport, Weather } from '../../simulators/world/memory-network.ts'
import { CALM, memoryNetwork } from '../../simulators/world/memory-network.ts'
import { randomOf } from '../../simulators/world/random.ts'
import { traceOf } from '../../simulators/world/trace.ts'
import { virtualTimeline } from '../../simulators/world/virtual-timeline.ts'
import type { World } from '../../simulators/world/world.ts'

export const SITE = siteId('market-1')
export const NOTED = { ok: true, kind: 'noted' }
export const READER = deviceId('reader-1')

/** What a device says, and when it arrived. */
export type Heard = {
  readonly device: DeviceId
  readonly atMs: number
  readonly bytes: string
  readonly event: WireEvent | WireResult
}

export type Order = {
  readonly [Type in WireCommand['type']]: Pick<Extract<WireCommand, { type: Type }>, 'type' | 'data'>
}

/**
 * A world in virtual time, and at the other end of its network somebody who follows a script: notes what arrives, answers what the test says, and gives the
 * commands that the test gives. It decides nothing by itself.
 */
export function desk(options: { readonly seed?: string; readonly weather?: Partial<Weather> } = {}) {
  const timeline = virtualTimeline(instant(Date.UTC(2026, 10, 21, 1)))
  const random = randomOf(options.seed ?? 'desk')
  const network = memoryNetwork({
    timeline,
    random: random.fork('network'),
    weather: { ...CALM, ...options.weather },
    holdMaxMs: 20_000,
    backlogMax: 64,
  })
  const news = happenings()
  const happened: Happening[] = []
  news.listen((happening) => happened.push(happening))
  const trace = traceOf(news, timeline, 50)
  const world: World = { site: SITE, timeline, random, happenings: news, line: network.line }

  const heard: Heard[] = []
  const sessions = new Map<DeviceId, { readonly boot: string; readonly upMs: number; readonly atMs: number }>()
  let transport: MemoryTransport | undefined
  let commands = 0
  const script = {
    /** What is answered; `undefined`: nothing. */
    answer: (_heard: Heard): object | undefined => NOTED,
    /** Whether it is acknowledged; a promise that never settles keeps it back. */
    acknowledge: (_heard: Heard): Promise<'acknowledge' | 'withhold'> => Promise.resolve('acknowledge'),
  }

  function send(device: DeviceId, leaf: 'answer' | 'command' | 'fail-safe', payload: Uint8Array): void {
    void transport?.send(device, { topic: `tolbooth/v1/${SITE}/${device}/${leaf}`, payload, qos: 1 })
  }

  async function start(): Promise<void> {
    transport = network.transport()
    await transport.start({
      onPresence() {},
      async onMessage({ device, topic, payload }) {
        const read = topic.endsWith('/result') ? parseResult(payload) : parseEvent(payload)
        if (!read.ok) throw new Error(`${device} sent what the wire does not know: ${read.detail}`)
        const event = read.value
        const atMs = timeline.monotonicMs()
        const one: Heard = { device, atMs, bytes: Buffer.from(payload).toString(), event }
        heard.push(one)
        if ('type' in event && event.type === 'hello') {
          sessions.set(device, { boot: event.boot, upMs: event.upMs, atMs })
        }
        const verdict = await script.acknowledge(one)
        const outcome = verdict === 'acknowledge' ? script.answer(one) : undefined
        if (outcome !== undefined) {
          send(device, 'answer', encodeAnswer(`${event.boot}:${event.seq}`, JSON.stringify(outcome)))
        }
        return verdict
      },
    })
  }

  return {
    world,
    timeline,
    network,
    happened,
    trace,
    heard,
    script,
    start,
    crash: () => transport?.crash(),
    /** The events of one kind that a device has sent, sendings of the same one among them. */
    events: (device: DeviceId, type: WireEvent['type'] | 'result') =>
      heard.filter((one) => one.device === device && typeOf(one) === type),
    results: (device: DeviceId) =>
      heard.flatMap((one) => (one.device === device && 'result' in one.event ? [one.event.result] : [])),
    say: (device: DeviceId, leaf: 'answer' | 'command' | 'fail-safe', text: string) =>
      send(device, leaf, new TextEncoder().encode(text)),
    /** Orders something of a device, for its present run and `withinMs` from now unless told otherwise. Returns the id of the command. */
    order(
      device: DeviceId,
      command: Order[WireCommand['type']],
      over: { readonly id?: string; readonly boot?: string; readonly withinMs?: number } = {},
    ): string {
      const session = sessions.get(device)
      if (session === undefined) throw new Error(`${device} has not said hello`)
      commands += 1
      const id = over.id ?? `box-1:1:${commands}:0`
      const upMs = session.upMs + timeline.monotonicMs() - session.atMs
      const head = { v: 1, id, boot: over.boot ?? session.boot, notAfterUpMs: upMs + (over.withinMs ?? 5_000) } as const
      send(device, 'command', encodeWire({ ...head, ...command }))
      return id
    },
  }
}

export type Desk = ReturnType<typeof desk>

export const OPEN = { type: 'open', data: {} } as const
export const CLOSE = { type: 'close', data: {} } as const

export function received(charge: string, amount: number) {
  const words = { vi: ['Đã nhận', ''], en: ['Received', ''] } satisfies Record<string, [string, string]>
  return {
    type: 'announce',
    data: {
      kind: 'received',
      charge,
      amount: { amount, currency: 'VND' },
      due: { amount, currency: 'VND' },
      refusal: null,
      qr: null,
      tone: 'paid',
      lines: words,
      speech: { vi: `Đã nhận ${amount} đồng`, en: `Received ${amount} dong` },
    },
  } as const
}

function typeOf({ event }: Heard): WireEvent['type'] | 'result' {
  return 'type' in event ? event.type : 'result'
}
