import { randomBytes } from 'node:crypto'
import { tokenPolicy } from '../../core/token-policy.ts'
import { audiencesOf } from '../../core/tokens.ts'
import type { StallKit } from '../../simulators/site-kit.ts'
import type { SimulatedIssuers } from '../../simulators/wallet/issuers.ts'
import { signed } from '../../simulators/wallet/signing.ts'
import type { ClientLog, LoggedToken } from './client-log.ts'
import { tokenKey } from './client-log.ts'
import type { CrashDevice, Line, Patience } from './device.ts'
import { pause, startDevice } from './device.ts'
import { startRelay } from './relay.ts'
import type { CrashKit, CrashLane } from './site.ts'
import { LANE_PRICE, SITE } from './site.ts'

/** Everybody who is at the site: vendors who key, payers who show, vehicles that come. They know nothing of crashes; their devices do. */
export type Traffic = {
  /** Nobody begins anything new; whoever is here finishes. */
  close(): void
  /** Every event has been settled, and everyone has gone. */
  isQuiet(): boolean
  stop(): void
}

export type TrafficOptions = {
  readonly kit: CrashKit
  readonly issuers: SimulatedIssuers
  readonly line: Line
  readonly log: ClientLog
  /** Between two sales at a stall, on average. */
  readonly saleEveryMs: number
}

const SECOND_SHOWING_CHANCE = 0.05
const TOKEN_LIFETIME_S = 600
const AMOUNT_STEP = 1_000
const AMOUNT_STEPS = 200

export function startTraffic(options: TrafficOptions): Traffic {
  const { kit, line, log, saleEveryMs } = options
  const devices: CrashDevice[] = []
  const stops: (() => void)[] = []
  const mint = tokenMint(options.issuers, log)
  let isClosed = false
  let under = 0

  const device = (
    name: string,
    patience: Patience,
    more: Pick<Parameters<typeof startDevice>[0], 'onCommand' | 'levels'> = {},
  ): CrashDevice => {
    const made = startDevice({ name, line, log, patience, ...more })
    devices.push(made)
    stops.push(made.stop)
    return made
  }
  const goOn = (live: () => Promise<void>): void => {
    under += 1
    const again = async (): Promise<void> => {
      while (!isClosed) await live()
      under -= 1
    }
    void again()
  }

  for (const [index, stall] of kit.kit.stalls.entries()) sellAt(stall, index % 2 === 0 ? 'answered' : 'acknowledged')
  for (const lane of kit.lanes) driveThrough(lane)

  function sellAt(stall: StallKit, patience: Patience): void {
    const till = device(stall.till, 'answered', { onCommand: () => undefined })
    const reader = device(stall.reader, patience)
    device(stall.soundbox, 'answered', { onCommand: () => undefined })
    let spent: { readonly key: string; readonly text: string } | undefined
    goOn(async () => {
      await pause(Math.random() * 2 * saleEveryMs)
      const amount = (1 + Math.floor(Math.random() * AMOUNT_STEPS)) * AMOUNT_STEP
      await till.say('amount-keyed', { amount, currency: 'VND' }, { amount })
      // Now and then somebody tries the code that was just taken, for what is keyed next.
      const isSecond = spent !== undefined && Math.random() < SECOND_SHOWING_CHANCE
      const shown = isSecond && spent !== undefined ? spent : mint({ kind: 'stall', id: stall.id }, amount, null)
      await reader.say('scan', { text: shown.text }, { token: shown.key })
      spent = shown
    })
  }

  function driveThrough(lane: CrashLane): void {
    const loops = { approach: false, safety: false }
    let vehicle: string | null = null
    let isArmUp = false
    let armTimer: NodeJS.Timeout | undefined

    const loop = (role: 'approach' | 'safety'): CrashDevice =>
      device(lane[role], 'answered', { levels: () => [{ type: 'occupied', data: { occupied: loops[role] } }] })
    const approach = loop('approach')
    const safety = loop('safety')
    const reader = device(lane.reader, 'answered')
    const setLoop = async (role: 'approach' | 'safety', occupied: boolean): Promise<void> => {
      loops[role] = occupied
      await (role === 'approach' ? approach : safety).say('occupied', { occupied })
    }
    const executed = (id: string, type: string, run: number): void => {
      log.commands.push({ device: lane.barrier, id, type, atMs: Date.now(), run, vehicle })
      clearTimeout(armTimer)
      if (type === 'close') moveArm(false)
      else {
        moveArm(true)
        if (lane.make !== 'own') armTimer = setTimeout(fall, ARM_FALLS_MS)
      }
    }
    /** A relay's barrier closes by itself, over its own safety loop. */
    const fall = (): void => {
      if (loops.safety) armTimer = setTimeout(fall, ARM_FALLS_MS)
      else moveArm(false)
    }
    const moveArm = armOf(lane, executed, (isUp) => {
      isArmUp = isUp
    })
    stops.push(() => clearTimeout(armTimer))

    goOn(async () => {
      await pause(Math.random() * VEHICLE_EVERY_MS)
      vehicle = randomBytes(6).toString('hex')
      const driver = vehicle
      await setLoop('approach', true)
      const isThrough = await showUntilOpen(driver)
      if (isThrough) {
        await setLoop('safety', true)
        await pause(OVER_LOOP_MS)
        await setLoop('approach', false)
        await setLoop('safety', false)
      } else {
        await setLoop('approach', false)
      }
      vehicle = null
      // Whoever drives on behind would be under an arm that is still up for the one before.
      for (let waited = 0; isArmUp && waited < ARM_DOWN_MAX_MS; waited += LOOK_EVERY_MS) await pause(LOOK_EVERY_MS)
    })

    async function showUntilOpen(driver: string): Promise<boolean> {
      const shown = mint({ kind: 'lane', id: lane.id }, LANE_PRICE, driver)
      const giveUpMs = performance.now() + DRIVER_PATIENCE_MS
      while (performance.now() < giveUpMs) {
        await reader.say('scan', { text: shown.text }, { token: shown.key })
        const againMs = performance.now() + SHOWN_AGAIN_MS
        while (performance.now() < againMs) {
          if (isArmUp) return true
          await pause(LOOK_EVERY_MS)
        }
      }
      return false
    }
  }

  function armOf(
    lane: CrashLane,
    executed: (id: string, type: string, run: number) => void,
    moved: (isUp: boolean) => void,
  ): (isUp: boolean) => void {
    if (lane.make === 'own') {
      let state: 'closed' | 'open' = 'closed'
      const barrier = device(lane.barrier, 'answered', {
        onCommand: ({ id, type }, run) => executed(id, type, run),
        levels: () => [{ type: 'barrier', data: { state } }],
      })
      return (isUp) => {
        state = isUp ? 'open' : 'closed'
        moved(isUp)
        void barrier.say('barrier', { state })
      }
    }
    const relay = startRelay({ name: lane.barrier, make: lane.make, line, onPulse: executed })
    stops.push(relay.stop)
    return (isUp) => {
      moved(isUp)
      relay.setArm(!isUp)
    }
  }

  return {
    close() {
      isClosed = true
    },
    isQuiet: () => under === 0 && devices.every((each) => each.isQuiet()),
    stop() {
      for (const stop of stops) stop()
    },
  }
}

const VEHICLE_EVERY_MS = 200
const OVER_LOOP_MS = 260
const LOOK_EVERY_MS = 20
const SHOWN_AGAIN_MS = 1_500
const DRIVER_PATIENCE_MS = 12_000
const ARM_FALLS_MS = 300
const ARM_DOWN_MAX_MS = 5_000

type Minted = { readonly key: string; readonly text: string }
type Point = Parameters<typeof audiencesOf>[1]

/** A fresh token of a new payer for this place, entered in the log before anybody has seen it. */
function tokenMint(
  { wallet, currency }: SimulatedIssuers,
  log: ClientLog,
): (point: Point, amount: number, vehicle: string | null) => Minted {
  const { alg, kid } = wallet.current
  const header = { alg, typ: tokenPolicy.pay.typ, kid }
  return (point, amount, vehicle) => {
    const iat = Math.floor(Date.now() / 1_000)
    const jti = randomBytes(16).toString('base64url')
    const text = signed(wallet.current, header, {
      iss: wallet.iss,
      sub: `payer-${randomBytes(6).toString('hex')}`,
      aud: audiencesOf(SITE, point).place,
      iat,
      nbf: iat,
      exp: iat + TOKEN_LIFETIME_S,
      jti,
      cur: currency,
      amt: amount,
    })
    const identity = { iss: wallet.iss, id: `jti:${jti}` }
    const token: LoggedToken = { identity, amount, events: [], vehicle }
    const key = tokenKey(identity)
    log.tokens.set(key, token)
    return { key, text }
  }
}
