import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { tokenPolicy } from '../../core/token-policy.ts'
import { audiencesOf } from '../../core/tokens.ts'
import { signed } from '../../simulators/wallet/signing.ts'
import type { LoadClient } from '../load/mqtt-client.ts'
import { openLoadClient, topicBytes } from '../load/mqtt-client.ts'
import { collectGarbage } from '../processes/garbage.ts'
import { benchIssuers, payerOf, SECRET, SITE } from '../site/bench-site.ts'
import type { Departure } from './park-books.ts'
import type { ExitLane } from './park-site.ts'
import { parkKit, TOPIC_PREFIX } from './park-site.ts'

/**
 * The devices of a car park's exits, every one with a connection of its own, and the vehicles that leave by them. An exit is a whole cycle at one lane: the approach loop is
 * taken, where the plate counts the camera reads it, a code is held to the reader, the barrier is told to open, does so and says so, the safety loop is taken and left, the barrier is told to
 * close, does so and says so. Each device waits until what it said is acknowledged, and so is in the books; the arm takes no time.
 */
export type ParkLoad = {
  readonly connections: number
  /** Every lane one vehicle after another, until so many have gone. */
  exitAll(count: number): Promise<ExitPass>
  /**
   * Vehicles come at this rate, whatever becomes of those before. Each holds its code up `SHOWN_AFTER_MS` after it has come, or when the lane knows that it is there; its latency counts
   * from when that was due.
   */
  exitPaced(perSecond: number, count: number): Promise<ExitPass>
}

export type ExitPass = {
  readonly exits: number
  readonly ms: number
  /** From the code at the reader to the open command at the barrier. */
  readonly latenciesMs: Readonly<Record<Departure['kind'], readonly number[]>>
  /** From the approach loop to the arm that is down again. */
  readonly cyclesMs: readonly number[]
  /** By how much codes that had a due time were held up after it: the load's own stalls, and waiting for the lane. They are within the latencies. */
  readonly shownLateMs: readonly number[]
  /** Vehicles that found no lane free when they came, and waited for one. */
  readonly queued: number
  /** Exits that ended otherwise than with an open command, by what was said. */
  readonly refused: Readonly<Record<string, number>>
}

export type ParkLoadOptions = {
  readonly host: string
  readonly port: number
  readonly lanes: number
  readonly departuresFile: string
}

/** What a driver needs at least from the loop to a code at the reader. */
export const SHOWN_AFTER_MS = 300

const OPENED_AT_A_TIME = 32
const KEEPALIVE_S = 60
const TOKEN_LIFETIME_S = 3_600
const TOKEN_AMOUNT = 1_500_000
const PACE_EVERY_MS = 1
const SETTLED_MS = 100
/** An exit that takes longer has lost something: the measurement ends. */
const CYCLE_MAX_MS = 60_000

const departuresSchema: z.ZodType<readonly Departure[]> = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('ticket'), text: z.string() }),
    z.object({ kind: z.literal('payer'), sub: z.string() }),
    z.object({ kind: z.literal('plate'), plate: z.string() }),
  ]),
)

type Device = {
  readonly client: LoadClient
  readonly event: Buffer
  readonly result: Buffer
  readonly boot: string
  readonly startedMs: number
  seq: number
}

type Lane = {
  readonly kit: ExitLane
  readonly reader: Device
  readonly camera: Device
  readonly approach: Device
  readonly safety: Device
  readonly barrier: Device
  readonly heard: Heard
}

/** Who waits for what at a lane. */
type Heard = {
  onOpen: ((command: string) => void) | undefined
  onClose: ((command: string) => void) | undefined
  onAsked: (() => void) | undefined
  onRefused: ((refusal: string) => void) | undefined
}

class Refused extends Error {}

export async function openParkLoad(options: ParkLoadOptions): Promise<ParkLoad> {
  const departures = departuresSchema.parse(JSON.parse(readFileSync(options.departuresFile, 'utf8')))
  const mint = tokenMint()
  const lanes: Lane[] = []
  let nextDeparture = 0
  let tokens = 0

  const { exits } = parkKit(options.lanes)
  for (let from = 0; from < exits.length; from += OPENED_AT_A_TIME) {
    lanes.push(...(await Promise.all(exits.slice(from, from + OPENED_AT_A_TIME).map(openLane))))
  }

  async function openLane(kit: ExitLane): Promise<Lane> {
    const heard: Heard = { onOpen: undefined, onClose: undefined, onAsked: undefined, onRefused: undefined }
    const refusedBy = (payload: Buffer): void => {
      if (!payload.includes('"ok":false')) return
      heard.onRefused?.(/"refusal":"([a-z-]+)"/.exec(payload.toString())?.[1] ?? 'unknown')
    }
    const reader = await openDevice(kit.reader, ['answer'], (_leaf, payload) => refusedBy(payload))
    const camera = await openDevice(kit.camera, ['answer'], (_leaf, payload) => {
      refusedBy(payload)
      if (payload.includes('"amount-asked"')) heard.onAsked?.()
    })
    const approach = await openDevice(kit.approach, ['answer'], () => undefined)
    const safety = await openDevice(kit.safety, ['answer'], () => undefined)
    await openDevice(kit.display, ['answer', 'command'], () => undefined)
    const barrier = await openDevice(kit.barrier, ['answer', 'command'], (leaf, payload) => {
      if (leaf !== 'command') return
      const text = payload.toString()
      const id = /"id":"([^"]+)"/.exec(text)?.[1] ?? ''
      if (text.includes('"type":"open"')) heard.onOpen?.(id)
      else if (text.includes('"type":"close"')) heard.onClose?.(id)
    })
    await said(approach, 'occupied', '{"occupied":false}')
    await said(safety, 'occupied', '{"occupied":false}')
    await said(barrier, 'barrier', '{"state":"closed"}')
    return { kit, reader, camera, approach, safety, barrier, heard }
  }

  async function openDevice(
    name: string,
    leaves: readonly string[],
    onMessage: (leaf: string, payload: Buffer) => void,
  ): Promise<Device> {
    const topic = `${TOPIC_PREFIX}/${name}`
    const boot = randomBytes(9).toString('base64url')
    const client = await openLoadClient({
      host: options.host,
      port: options.port,
      name,
      secret: SECRET,
      keepaliveS: KEEPALIVE_S,
      subscribes: leaves.map((leaf) => `${topic}/${leaf}`),
      will: { topic: `${topic}/status`, payload: JSON.stringify({ v: 1, boot, online: false }) },
      onMessage: (from, payload) => onMessage(from.slice(topic.length + 1), payload),
      onClose: () => {
        throw new Error(`${name} has lost its connection`)
      },
    })
    const device: Device = {
      client,
      event: topicBytes(`${topic}/event`),
      result: topicBytes(`${topic}/result`),
      boot,
      startedMs: performance.now(),
      seq: 0,
    }
    await said(device, 'hello', '{"firmware":"bench 1.0"}')
    return device
  }

  function departure(): Departure {
    const next = departures[nextDeparture]
    if (next === undefined) throw new Error('nobody is left inside who could leave: fill the books with more --open')
    nextDeparture += 1
    return next
  }

  /** Runs `work` and collects what becomes of each vehicle. */
  async function pass(count: number, work: (leave: Leave) => Promise<{ readonly queued: number }>): Promise<ExitPass> {
    const latenciesMs = { ticket: [] as number[], payer: [] as number[], plate: [] as number[] }
    const cyclesMs: number[] = []
    const shownLateMs: number[] = []
    const refused: Record<string, number> = {}
    await setTimeout(SETTLED_MS)
    collectGarbage()
    const from = performance.now()
    const { queued } = await work(async (lane, showAtMs) => {
      const who = departure()
      const cameMs = performance.now()
      try {
        const { latencyMs, lateMs } = await within(leaveBy(lane, who, showAtMs), lane)
        latenciesMs[who.kind].push(latencyMs)
        if (showAtMs !== null) shownLateMs.push(lateMs)
        cyclesMs.push(performance.now() - cameMs)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        refused[error.message] = (refused[error.message] ?? 0) + 1
        await said(lane.approach, 'occupied', '{"occupied":false}')
      }
    })
    return { exits: count, ms: performance.now() - from, latenciesMs, cyclesMs, shownLateMs, queued, refused }
  }

  async function leaveBy(
    lane: Lane,
    who: Departure,
    showAtMs: number | null,
  ): Promise<{ readonly latencyMs: number; readonly lateMs: number }> {
    const { heard, reader, camera, approach, safety, barrier } = lane
    const code = codeOf(who, lane)
    await said(approach, 'occupied', '{"occupied":true}')
    const refused = new Promise<never>((_resolve, reject) => {
      heard.onRefused = (refusal) => reject(new Refused(refusal))
    })
    refused.catch(() => undefined)
    if (who.kind === 'plate') {
      const asked = new Promise<void>((resolve) => {
        heard.onAsked = resolve
      })
      say(camera, camera.event, 'plate-seen', plateSeen(who.plate))
      await Promise.race([asked, refused])
    }
    if (showAtMs !== null) await until(showAtMs)
    const opened = new Promise<string>((resolve) => {
      heard.onOpen = resolve
    })
    const shownMs = performance.now()
    say(reader, reader.event, 'scan', `{"text":"${code}"}`)
    const open = await Promise.race([opened, refused])
    const openMs = performance.now()

    done(barrier, open)
    await said(barrier, 'barrier', '{"state":"open"}')
    await said(safety, 'occupied', '{"occupied":true}')
    await said(approach, 'occupied', '{"occupied":false}')
    const closed = new Promise<string>((resolve) => {
      heard.onClose = resolve
    })
    await said(safety, 'occupied', '{"occupied":false}')
    done(barrier, await closed)
    await said(barrier, 'barrier', '{"state":"closed"}')
    return { latencyMs: openMs - (showAtMs ?? shownMs), lateMs: showAtMs === null ? 0 : shownMs - showAtMs }
  }

  /** Signing is the phone's work, and is done before the vehicle comes. */
  function codeOf(who: Departure, lane: Lane): string {
    switch (who.kind) {
      case 'ticket':
        return who.text
      case 'payer':
        return mint(who.sub, lane.kit.id)
      case 'plate':
        tokens += 1
        return mint(payerOf(tokens), lane.kit.id)
    }
  }

  return {
    connections: lanes.length * DEVICES_OF_LANE,
    exitAll: (count) =>
      pass(count, async (leave) => {
        let begun = 0
        const oneAfterAnother = async (lane: Lane): Promise<void> => {
          while (begun < count) {
            begun += 1
            await leave(lane, null)
          }
        }
        await Promise.all(lanes.map(oneAfterAnother))
        return { queued: 0 }
      }),
    exitPaced: (perSecond, count) =>
      pass(count, async (leave) => {
        const free = [...lanes]
        const waiting: (() => void)[] = []
        let queued = 0
        const come = async (): Promise<void> => {
          if (free.length === 0) {
            queued += 1
            await new Promise<void>((resolve) => waiting.push(resolve))
          }
          const lane = free.shift()
          if (lane === undefined) throw new Error('a lane was promised that is not free')
          await leave(lane, performance.now() + SHOWN_AFTER_MS)
          free.push(lane)
          waiting.shift()?.()
        }
        const fromMs = performance.now()
        const coming: Promise<void>[] = []
        while (coming.length < count) {
          const due = Math.min(count, Math.floor(((performance.now() - fromMs) * perSecond) / 1_000) + 1)
          while (coming.length < due) coming.push(come())
          await setTimeout(PACE_EVERY_MS)
        }
        await Promise.all(coming)
        return { queued }
      }),
  }
}

type Leave = (lane: Lane, showAtMs: number | null) => Promise<void>

const DEVICES_OF_LANE = 6

function within<Result>(work: Promise<Result>, { kit }: Lane): Promise<Result> {
  const limit = new AbortController()
  const tooLong = setTimeout(CYCLE_MAX_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`an exit at ${kit.id} has not ended in ${CYCLE_MAX_MS} ms`)
  })
  tooLong.catch(() => undefined)
  return Promise.race([work, tooLong]).finally(() => limit.abort())
}

async function until(ms: number): Promise<void> {
  const left = ms - performance.now()
  if (left > 0) await setTimeout(left)
}

function say(device: Device, topic: Buffer, type: string, data: string, onAcknowledged?: () => void): void {
  device.seq += 1
  const text = `{"v":1,"boot":"${device.boot}","seq":${device.seq},"upMs":${upMs(device)},"type":"${type}","data":${data}}`
  device.client.publish(topic, text, onAcknowledged)
}

/** Resolves when it is acknowledged: then it is in the books. */
function said(device: Device, type: string, data: string): Promise<void> {
  return new Promise((resolve) => say(device, device.event, type, data, resolve))
}

function done(device: Device, command: string): void {
  device.seq += 1
  device.client.publish(
    device.result,
    `{"v":1,"command":"${command}","result":"done","boot":"${device.boot}","seq":${device.seq},"upMs":${upMs(device)}}`,
  )
}

function upMs({ startedMs }: Device): number {
  return Math.round(performance.now() - startedMs)
}

function plateSeen(plate: string): string {
  const plates = [{ text: plate, confidencePermille: 960 }]
  return JSON.stringify({ plates, direction: 'forward', vehicle: 'car', picture: 'exit/000417.jpg', eventId: null })
}

/** Payers' codes for a lane. */
function tokenMint(): (sub: string, lane: ExitLane['id']) => string {
  const { wallet, currency } = benchIssuers()
  const { alg, kid } = wallet.current
  const header = { alg, typ: tokenPolicy.pay.typ, kid }
  return (sub, lane) => {
    const iat = Math.floor(Date.now() / 1_000)
    return signed(wallet.current, header, {
      iss: wallet.iss,
      sub,
      aud: audiencesOf(SITE, { kind: 'lane', id: lane }).place,
      iat,
      nbf: iat,
      exp: iat + TOKEN_LIFETIME_S,
      jti: randomBytes(16).toString('base64url'),
      cur: currency,
      amt: TOKEN_AMOUNT,
    })
  }
}
