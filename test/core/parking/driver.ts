import type { Decision } from '../../../core/decision.ts'
import type { Announcement } from '../../../core/effects.ts'
import type { ChargeId, RightId, SessionId } from '../../../core/ids.ts'
import type { Money } from '../../../core/money.ts'
import type { RightTerms } from '../../../core/parking/events.ts'
import { DAY_MS, instant } from '../../../core/time.ts'
import type { PassToken, PayToken } from '../../../core/tokens.ts'
import { ALWAYS, NOON, overrideToken, passToken, payToken, vnd } from '../kit.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT } from './park.ts'
import { CAR } from './tariff-kit.ts'

export const PLATE = '30A-123.45'
export const OTHER = '29A-678.90'

/** What was said no to, or what was done. */
export const said = ({ outcome }: Decision): string => (outcome.ok ? outcome.kind : outcome.refusal)

export const told = (decision: Decision): readonly string[] =>
  decision.effects.map(({ command }) => (command.type === 'announce' ? command.message.kind : command.type))

/** What its display, its printer or its soundbox is told, of this kind. */
export function announced(decision: Decision, kind: Announcement['kind']): Announcement | undefined {
  return decision.effects
    .flatMap(({ command }) => (command.type === 'announce' ? [command.message] : []))
    .find((message) => message.kind === kind)
}

export const changed = (decision: Decision): readonly string[] => decision.changes.map(({ kind }) => kind)

export function asked({ outcome }: Decision): { readonly charge: ChargeId; readonly due: Money } {
  if (!outcome.ok || outcome.kind !== 'amount-asked') throw new Error(`nothing is asked: ${JSON.stringify(outcome)}`)
  return outcome
}

/** A car that came in by its plate, with a ticket, and drove to its space. */
export function carInside(p: Park, plate = PLATE): SessionId {
  p.arrive(CAR_IN)
  p.see(CAR_IN, plate, 950, 'in.jpg')
  p.drive(CAR_IN)
  return newest(p)
}

/** A car that came in with a ticket alone. */
export function ticketInside(p: Park): SessionId {
  p.arrive(CAR_IN)
  p.ticket(CAR_IN)
  p.drive(CAR_IN)
  return newest(p)
}

export function newest(p: Park): SessionId {
  const session = p.sessions().at(-1)
  if (session === undefined) throw new Error('nobody came in')
  return session.id
}

export function toExit(p: Park, plate = PLATE): Decision {
  p.arrive(CAR_OUT)
  return p.see(CAR_OUT, plate, 950, 'out.jpg')
}

/** A code of a phone that was made now. */
export const payNow = (p: Park, jti: string, over: Partial<PayToken> = {}): PayToken =>
  payToken(jti, { iat: p.now().at, nbf: p.now().at, exp: instant(p.now().at + DAY_MS / 2), amt: vnd(900_000), ...over })

export const overrideNow = (p: Park, jti: string) =>
  overrideToken(jti, { iat: p.now().at, nbf: p.now().at, exp: instant(p.now().at + 600_000) })

export const passNow = (jti: string, over: Partial<PassToken> = {}): PassToken =>
  passToken(jti, { vehicleClass: CAR, exp: instant(NOON + 30 * DAY_MS), ...over })

export const rightOf = (id: string, over: Partial<RightTerms> = {}): RightTerms => ({
  id: id as RightId,
  kind: 'pass',
  status: 'active',
  holder: 'tenant-1',
  places: [],
  vehicleClasses: [],
  spaces: 1,
  validFrom: NOON,
  validUntil: instant(NOON + 30 * DAY_MS),
  hours: [ALWAYS],
  session: null,
  relief: { kind: 'covers' },
  ...over,
})

export const put = (p: Park, id: string, plates: readonly string[], over: Partial<RightTerms> = {}): Decision =>
  p.take({ kind: 'right-put', right: rightOf(id, over), plates, reason: 'of the staff' })

export const correct = (
  p: Park,
  session: SessionId,
  correction: Extract<Parameters<Park['take']>[0], { kind: 'session-corrected' }>['correction'],
  reason = 'seen by hand',
): Decision => p.take({ kind: 'session-corrected', session, correction, reason })

export const cash = (p: Park, charge: ChargeId, amount: number, over: { readonly confirmed?: true } = {}): Decision =>
  p.take({ kind: 'cash-taken', charge, tender: 'cash', amount: vnd(amount), ...over })

export const credit = (p: Park, charge: ChargeId, amount: number): Decision =>
  p.take({ kind: 'credit-by-charge', charge, amount: vnd(amount), reference: `FT${p.credits.size + 1}` })

export const refund = (
  p: Park,
  charge: ChargeId,
  amount: number,
  reason = 'machine took it twice',
  over: { readonly confirmed?: true } = {},
): Decision => p.take({ kind: 'refund', charge, amount: vnd(amount), reason, ...over })

/** Also of the price, as somebody who has been asked once says. */
export const refundAll = (p: Park, charge: ChargeId, amount: number): Decision =>
  refund(p, charge, amount, 'it was too dear', { confirmed: true })

export const chargeOf = (p: Park, session: SessionId): ChargeId => {
  const { charge } = p.session(session)
  if (charge === null) throw new Error(`${session} has no charge`)
  return charge
}
