import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { tokenPolicy } from '../../core/token-policy.ts'
import { audiencesOf } from '../../core/tokens.ts'
import type { StallKit } from '../../simulators/site-kit.ts'
import { signed } from '../../simulators/wallet/signing.ts'
import { collectGarbage } from '../processes/garbage.ts'
import { AMOUNT, benchIssuers, benchKit, payerOf, SECRET, SITE } from '../site/bench-site.ts'
import type { LoadClient } from './mqtt-client.ts'
import { openLoadClient, topicBytes } from './mqtt-client.ts'

/**
 * The devices of a whole market under load: a reader, a till and a soundbox for each stall, every one with a connection of its own. A scan is over when its reader has
 * been answered and its soundbox has been told that the money was received.
 */
export type MarketLoad = {
  readonly connections: number
  /** Keys an amount at every stall, and signs a token for each. Milliseconds that the keying took. */
  keyAll(): Promise<number>
  /** One scan at every stall, so many at a time. */
  scanAll(inFlight: number): Promise<Pass>
  /**
   * One scan at every stall at this rate, whatever becomes of those before. Latencies count from when a scan was due. It begins when what was keyed is over at both ends:
   * five hundred amounts keyed at once are a load of their own, and no scan of a market comes behind them.
   */
  scanPaced(perSecond: number): Promise<Pass>
  /** Keying and scanning, stall after stall, so many cycles at a time. */
  cycle(inFlight: number, forMs: number): Promise<Pass>
  /** Cycles begun at this rate, each as soon as a stall is free. */
  cyclePaced(perSecond: number, forMs: number): Promise<Pass>
  /** The texts of the first packets that a scan brought. */
  heard(): HeardPackets
  close(): void
}

export type HeardPackets = { readonly answer: string; readonly soundbox: string; readonly till: string }

export type Pass = {
  readonly scans: number
  readonly ms: number
  /** Milliseconds of each scan. */
  readonly latenciesMs: readonly number[]
  /** By how much each scan that had a due time was sent after it: the load's own stalls, which are within the latencies. Empty where scans have none. */
  readonly sentLateMs: readonly number[]
  /** Scans that ended otherwise than paid, by what was said. */
  readonly refused: Readonly<Record<string, number>>
}

export type MarketLoadOptions = {
  readonly host: string
  readonly port: number
  readonly stalls: number
  /** Whether the broker asks for user names and secrets. */
  readonly hasSecrets: boolean
  /** Whether somebody answers what a till keys. */
  readonly isKeyed: boolean
}

const OPENED_AT_A_TIME = 32
const KEEPALIVE_S = 60
const TOKEN_LIFETIME_S = 3_600
const PACE_EVERY_MS = 1
/** From the last answer to an amount until its announcements are out and the cursors behind them are written. */
const SETTLED_MS = 100

type Device = {
  readonly client: LoadClient
  readonly event: Buffer
  readonly boot: string
  readonly startedMs: number
  seq: number
}

type StallLoad = {
  readonly kit: StallKit
  readonly till: Device
  readonly reader: Device
  readonly scanned: Scanned
  token: string
}

/** How far the scan that is under way at a stall has come. */
type Scanned = {
  isAnswered: boolean
  isAnnounced: boolean
  onKeyed: (() => void) | undefined
  onScanned: (() => void) | undefined
}

export async function openMarketLoad(options: MarketLoadOptions): Promise<MarketLoad> {
  const mint = tokenMint()
  const stalls: StallLoad[] = []
  const heard = { answer: '', soundbox: '', till: '' }
  let refused: Record<string, number> = {}

  const kits = benchKit(options.stalls).stalls
  for (let from = 0; from < kits.length; from += OPENED_AT_A_TIME) {
    stalls.push(...(await Promise.all(kits.slice(from, from + OPENED_AT_A_TIME).map(openStall))))
  }

  async function openStall(kit: StallKit): Promise<StallLoad> {
    const scanned: Scanned = { isAnswered: false, isAnnounced: false, onKeyed: undefined, onScanned: undefined }
    const settle = (): void => {
      if (scanned.isAnswered && scanned.isAnnounced) scanned.onScanned?.()
    }
    const reader = await openDevice(kit.reader, (leaf, payload) => {
      if (leaf !== 'answer') return
      if (payload.includes('"kind":"paid"')) {
        if (heard.answer === '') heard.answer = payload.toString()
      } else if (payload.includes('"ok":false')) {
        const code = /"refusal":"([a-z-]+)"/.exec(payload.toString())?.[1] ?? 'unknown'
        refused[code] = (refused[code] ?? 0) + 1
        scanned.isAnnounced = true
      } else return
      scanned.isAnswered = true
      settle()
    })
    const till = await openDevice(kit.till, (leaf, payload) => {
      if (leaf === 'answer' && payload.includes('"charge-opened"')) scanned.onKeyed?.()
      if (heard.till === '' && payload.includes('"received"')) heard.till = payload.toString()
    })
    await openDevice(kit.soundbox, (leaf, payload) => {
      if (leaf !== 'command' || !payload.includes('"received"')) return
      if (heard.soundbox === '') heard.soundbox = payload.toString()
      scanned.isAnnounced = true
      settle()
    })
    return { kit, till, reader, scanned, token: '' }
  }

  async function openDevice(name: string, onMessage: (leaf: string, payload: Buffer) => void): Promise<Device> {
    const topic = `tolbooth/v1/${SITE}/${name}`
    const boot = randomBytes(9).toString('base64url')
    const client = await openLoadClient({
      host: options.host,
      port: options.port,
      name,
      secret: options.hasSecrets ? SECRET : undefined,
      keepaliveS: KEEPALIVE_S,
      subscribes: name.startsWith('reader') ? [`${topic}/answer`] : [`${topic}/answer`, `${topic}/command`],
      will: { topic: `${topic}/status`, payload: JSON.stringify({ v: 1, boot, online: false }) },
      onMessage: (from, payload) => onMessage(from.slice(topic.length + 1), payload),
      onClose: () => {
        throw new Error(`${name} has lost its connection`)
      },
    })
    const device: Device = { client, event: topicBytes(`${topic}/event`), boot, startedMs: performance.now(), seq: 0 }
    await new Promise<void>((resolve) => say(device, 'hello', '{"firmware":"bench 1.0"}', resolve))
    return device
  }

  function key(stall: StallLoad, onKeyed: () => void): void {
    stall.scanned.onKeyed = onKeyed
    say(stall.till, 'amount-keyed', KEYED)
    if (!options.isKeyed) onKeyed()
  }

  function scan(stall: StallLoad, onScanned: () => void): void {
    stall.scanned.isAnswered = false
    stall.scanned.isAnnounced = false
    stall.scanned.onScanned = onScanned
    say(stall.reader, 'scan', `{"text":"${stall.token}"}`)
  }

  /** Runs `work` and collects what it says of each scan. */
  async function pass(
    work: (done: (latencyMs: number) => void, late: (lateMs: number) => void) => Promise<void>,
  ): Promise<Pass> {
    const latenciesMs: number[] = []
    const sentLateMs: number[] = []
    refused = {}
    const from = performance.now()
    await work(
      (latencyMs) => latenciesMs.push(latencyMs),
      (lateMs) => sentLateMs.push(lateMs),
    )
    return { scans: latenciesMs.length, ms: performance.now() - from, latenciesMs, sentLateMs, refused }
  }

  return {
    connections: stalls.length * 3,
    async keyAll() {
      for (const stall of stalls) stall.token = mint(stall.kit.id)
      const from = performance.now()
      await Promise.all(stalls.map((stall) => new Promise<void>((resolve) => key(stall, resolve))))
      return performance.now() - from
    },
    scanAll: (inFlight) =>
      pass(
        (done) =>
          new Promise((resolve) => {
            let next = 0
            let left = stalls.length
            const begin = (): void => {
              const stall = stalls[next]
              if (stall === undefined) return
              next += 1
              const sentMs = performance.now()
              scan(stall, () => {
                done(performance.now() - sentMs)
                left -= 1
                if (left === 0) resolve()
                else begin()
              })
            }
            for (let count = 0; count < inFlight; count += 1) begin()
          }),
      ),
    scanPaced: async (perSecond) => {
      await setTimeout(SETTLED_MS)
      collectGarbage()
      return pass(
        (done, late) =>
          new Promise((resolve) => {
            let left = stalls.length
            atRate(perSecond, stalls.length, (index, dueMs) => {
              const stall = stalls[index]
              if (stall === undefined) return
              late(performance.now() - dueMs)
              scan(stall, () => {
                done(performance.now() - dueMs)
                left -= 1
                if (left === 0) resolve()
              })
            })
          }),
      )
    },
    cycle: (inFlight, forMs) =>
      pass(async (done) => {
        const end = performance.now() + forMs
        const free = [...stalls]
        const lane = async (): Promise<void> => {
          while (performance.now() < end) {
            const stall = free.shift()
            if (stall === undefined) throw new Error('there are fewer stalls than cycles at a time')
            stall.token = mint(stall.kit.id)
            const beganMs = performance.now()
            await new Promise<void>((resolve) => key(stall, () => scan(stall, resolve)))
            done(performance.now() - beganMs)
            free.push(stall)
          }
        }
        await Promise.all(Array.from({ length: inFlight }, lane))
      }),
    cyclePaced: (perSecond, forMs) =>
      pass(
        (done) =>
          new Promise((resolve) => {
            const free = [...stalls]
            const late: number[] = []
            let left = Math.floor((perSecond * forMs) / 1_000)
            const begin = (stall: StallLoad, dueMs: number): void => {
              stall.token = mint(stall.kit.id)
              key(stall, () => {
                // Of a cycle the scan is what somebody waits for.
                const scanDueMs = Math.max(dueMs, performance.now())
                scan(stall, () => {
                  done(performance.now() - scanDueMs)
                  left -= 1
                  if (left === 0) resolve()
                  const nextMs = late.shift()
                  if (nextMs === undefined) free.push(stall)
                  else begin(stall, nextMs)
                })
              })
            }
            atRate(perSecond, left, (_index, dueMs) => {
              const stall = free.shift()
              if (stall === undefined) late.push(dueMs)
              else begin(stall, dueMs)
            })
          }),
      ),
    heard: () => heard,
    close() {
      for (const stall of stalls) {
        stall.reader.client.destroy()
        stall.till.client.destroy()
      }
    },
  }
}

const KEYED = `{"amount":${AMOUNT},"currency":"VND"}`

function say(device: Device, type: string, data: string, onAcknowledged?: () => void): void {
  device.seq += 1
  const upMs = Math.round(performance.now() - device.startedMs)
  const text = `{"v":1,"boot":"${device.boot}","seq":${device.seq},"upMs":${upMs},"type":"${type}","data":${data}}`
  device.client.publish(device.event, text, onAcknowledged)
}

/** Calls `begin` so many times, each at its due time, or as soon after as a timer of the machine allows. */
function atRate(perSecond: number, count: number, begin: (index: number, dueMs: number) => void): void {
  const fromMs = performance.now()
  let next = 0
  const beginDue = (): void => {
    const nowMs = performance.now()
    for (; next < count; next += 1) {
      const dueMs = fromMs + (next * 1_000) / perSecond
      if (dueMs > nowMs) break
      begin(next, dueMs)
    }
    if (next < count) void setTimeout(PACE_EVERY_MS).then(beginDue)
  }
  beginDue()
}

/** Payers' tokens for a stall. */
function tokenMint(): (stall: StallKit['id']) => string {
  const { wallet, currency } = benchIssuers()
  const { alg, kid } = wallet.current
  const header = { alg, typ: tokenPolicy.pay.typ, kid }
  let sales = 0
  return (stall) => {
    sales += 1
    const iat = Math.floor(Date.now() / 1_000)
    return signed(wallet.current, header, {
      iss: wallet.iss,
      sub: payerOf(sales),
      aud: audiencesOf(SITE, { kind: 'stall', id: stall }).place,
      iat,
      nbf: iat,
      exp: iat + TOKEN_LIFETIME_S,
      jti: randomBytes(16).toString('base64url'),
      cur: currency,
      amt: AMOUNT,
    })
  }
}
