import type { EventBody } from '../../../core/events.ts'
import type { EffectId, LaneId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import type { LaneState, Passage } from '../../../core/lane/state.ts'
import type { Mode } from '../../../core/mode.ts'
import type { Outcome } from '../../../core/records.ts'
import type { SiteLayout, SitePolicy } from '../../../core/site.ts'
import type { ClockTrust, Now } from '../../../core/time.ts'
import { DAY_MS, later } from '../../../core/time.ts'
import type { PresentedToken } from '../../../core/tokens.ts'
import {
  at,
  BOTH,
  IN,
  KEY,
  LAYOUT,
  laneDevices,
  NOON,
  OPERATOR_ISSUER,
  OUT,
  POLICY,
  STALL_DEVICES,
  STALL_ID,
  SUPERVISOR_ISSUER,
  vnd,
  WALLET_ISSUER,
} from '../kit.ts'
import type { SiteModel, Taken } from './site-model.ts'
import { shown, siteModel } from './site-model.ts'

/** What happens at a site, told in order; each step says what was told to whom, or what was answered. */
export type SiteStory = {
  readonly model: SiteModel
  now(): Now
  wait(ms: number): readonly string[]
  /** Time goes by and the timers do not come: the gateway is down. */
  away(ms: number): void
  trust(trust: ClockTrust): void
  event(body: EventBody, mode?: Mode): Taken
  /** At a lane. */
  approach(occupied: boolean, lane?: LaneId): readonly string[]
  safety(occupied: boolean, lane?: LaneId): readonly string[]
  arm(state: 'open' | 'closed' | 'moving', lane?: LaneId): readonly string[]
  result(
    result: 'done' | 'repeated' | 'late' | 'failed' | 'away',
    command?: EffectId | null,
    lane?: LaneId,
  ): readonly string[]
  hand(lane?: LaneId): readonly string[]
  fire(active: boolean, input?: string | null): readonly string[]
  show(token: PresentedToken, lane?: LaneId, mode?: Mode): Outcome
  lastCommand(): EffectId
  lane(lane?: LaneId): LaneState
  passage(): Passage
  /** At the stall. */
  key(amount: number, mode?: Mode): Outcome
  pay(token: PresentedToken, mode?: Mode): Outcome
  /** What the last step told the devices: `device command`, `device announcement`. */
  told(): readonly string[]
}

export function siteStory(
  over: { readonly layout?: SiteLayout; readonly policy?: Partial<SitePolicy> } = {},
): SiteStory {
  const layout = over.layout ?? LAYOUT
  const model = siteModel({
    layout,
    policy: { ...POLICY, ...over.policy },
    devices: [...STALL_DEVICES, ...[IN, OUT, BOTH].flatMap(laneDevices)],
    issuers: [WALLET_ISSUER, OPERATOR_ISSUER, SUPERVISOR_ISSUER],
    key: KEY,
    denied: () => null,
    bundlesIssuedAt: later(NOON, -DAY_MS),
  })
  let now = at(0)
  let told: readonly string[] = []
  const commands: EffectId[] = []

  const hear = (taken: readonly Taken[]): readonly string[] => {
    const effects = taken.flatMap((one) => one.decision.effects)
    for (const effect of effects) {
      if (effect.command.type === 'open' || effect.command.type === 'close') commands.push(effect.id)
    }
    told = effects.map(({ to, command }) =>
      command.type === 'announce' ? `${to} ${wordOf(command.message)}` : `${to} ${command.type}`,
    )
    return told
  }
  const event = (body: EventBody, mode: Mode = 'live'): Taken => {
    const taken = model.take(body, now, mode)
    hear([taken])
    return taken
  }
  const eventTold = (body: EventBody): readonly string[] => {
    event(body)
    return told
  }
  const lastCommand = (): EffectId => {
    const command = commands.at(-1)
    if (command === undefined) throw new Error('no arm was told anything yet')
    return command
  }

  return {
    model,
    now: () => now,
    wait(ms) {
      now = { ...now, at: later(now.at, ms) }
      return hear(model.takeDue(now))
    },
    away(ms) {
      now = { ...now, at: later(now.at, ms) }
    },
    trust(trust) {
      now = { ...now, trust }
    },
    event,
    approach: (occupied, lane = IN) => eventTold(loop(lane, 'approach', occupied)),
    safety: (occupied, lane = IN) => eventTold(loop(lane, 'safety', occupied)),
    arm: (state, lane = IN) =>
      eventTold({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state, late: false }),
    result: (result, command = lastCommand(), lane = IN) =>
      eventTold({ kind: 'command-result', lane, device: deviceId(`${lane}-barrier`), command, result }),
    hand: (lane = IN) => eventTold({ kind: 'open-by-hand', lane, reason: 'a lorry with the vegetables' }),
    fire: (active, input = 'fire-1') =>
      eventTold({ kind: 'emergency', device: input === null ? null : deviceId(input), active }),
    show: (token, lane = IN, mode = 'live') => event(shown({ kind: 'lane', id: lane }, token), mode).decision.outcome,
    lastCommand,
    lane: (lane = IN) => model.lane(lane),
    passage() {
      const passage = [...model.passages.values()].at(-1)
      if (passage === undefined) throw new Error('no right was granted yet')
      return passage
    },
    key: (amount, mode = 'live') =>
      event({ kind: 'charge-open', stall: STALL_ID, amount: vnd(amount) }, mode).decision.outcome,
    pay: (token, mode = 'live') => event(shown({ kind: 'stall', id: STALL_ID }, token), mode).decision.outcome,
    told: () => told,
  }
}

function loop(lane: LaneId, role: 'approach' | 'safety', occupied: boolean): EventBody {
  return { kind: 'loop', lane, device: deviceId(`${lane}-${role}`), role, occupied, late: false }
}

function wordOf(message: { readonly kind: string; readonly refusal?: string }): string {
  return message.kind === 'refused' ? `refused:${message.refusal}` : message.kind
}
