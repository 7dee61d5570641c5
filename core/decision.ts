import type { Change, Charge } from './changes.ts'
import { timerId } from './changes.ts'
import type { Announcement, Effect } from './effects.ts'
import type { Timer } from './events.ts'
import type { CommonFacts } from './facts.ts'
import type { ChargeId, DocumentId, SessionId } from './ids.ts'
import { effectId, idAt, indexOfEffect } from './ids.ts'
import type { Money } from './money.ts'
import type { Outcome, Subject } from './records.ts'
import type { Refusal } from './refusals.ts'
import type { Device } from './site.ts'
import type { Instant } from './time.ts'
import { later } from './time.ts'

/** What `decide` returns: everything that the record will hold, and what is signed and kept in the vault with it. */
export type Decision = {
  readonly outcome: Outcome
  readonly subject: Subject
  readonly changes: readonly Change[]
  readonly effects: readonly Effect[]
  /** Signed in the transaction, and stored as `document-issued`. */
  readonly documents: readonly DocumentToSign[]
  /** Personal values of the facts that are to be kept; the others are dropped. */
  readonly keep: readonly Kept[]
}

/** `payer` and `evidence` are of a token; `parking`: the plates, the picture and the payer of the month that the facts of a car park name. */
export type Kept = 'payer' | 'evidence' | 'parking'

export type DocumentToSign = {
  readonly id: DocumentId
  readonly typ: 'receipt+jwt' | 'ticket+jwt'
  readonly charge: ChargeId | null
  readonly session: SessionId | null
  readonly claims: Readonly<Record<string, string | number | true>>
}

export const NOTHING: Decision = {
  outcome: { ok: true, kind: 'noted' },
  subject: { charge: null, passage: null, session: null },
  changes: [],
  effects: [],
  documents: [],
  keep: [],
}

/** Says no, changes nothing, and tells the people at the place. */
export function refuse(refusal: Refusal, due: Money | null = null, effects: readonly Effect[] = []): Decision {
  return { ...NOTHING, outcome: { ok: false, refusal, due }, effects }
}

/** Gathers one decision's effects and gives them their ids in order. */
export type EffectsOf = {
  command(device: Device, notAfter: Instant, command: Effect['command']): Effect
  /** Tells each device of these kinds one thing. What was told before in the same decision is covered: a display shows what it was told last, and nobody would ever see the rest. */
  announce(devices: readonly Device[], kinds: readonly string[], notAfter: Instant, message: Announcement): Effect[]
  readonly all: readonly Effect[]
}

/** A list of effects under way, after those that there are already. Effects of one decision are numbered in the order in which they are asked for. */
export function effectsAt(common: Pick<CommonFacts, 'position'>, before: readonly Effect[] = []): EffectsOf {
  const all: Effect[] = [...before]
  // One may have been taken out of the middle: an id is never given twice.
  let next = before.reduce((above, { id }) => Math.max(above, indexOfEffect(id) + 1), 0)
  const command = (device: Device, notAfter: Instant, what: Effect['command']): Effect => {
    const effect: Effect = {
      id: effectId(common.position, next),
      to: device.id,
      delivery: device.delivery,
      notAfter,
      command: what,
    }
    next += 1
    all.push(effect)
    return effect
  }
  const announceTo = (device: Device, notAfter: Instant, message: Announcement): Effect => {
    const at = all.findIndex(({ to, command: { type } }) => to === device.id && type === 'announce')
    const covered = all[at]
    if (covered === undefined) return command(device, notAfter, { type: 'announce', message })
    const effect: Effect = { ...covered, notAfter, command: { type: 'announce', message } }
    all[at] = effect
    return effect
  }
  return {
    all,
    command,
    announce: (devices, kinds, notAfter, message) =>
      devices.filter((device) => kinds.includes(device.kind)).map((device) => announceTo(device, notAfter, message)),
  }
}

export function setTimer(timer: Timer, from: Instant, afterMs: number): Change {
  return { kind: 'timer-set', id: timerId(timer), dueAt: later(from, afterMs), timer }
}

export function clearTimer(timer: Timer): Change {
  return { kind: 'timer-cleared', id: timerId(timer) }
}

/** The receipt for a charge that has been paid: what anyone can check with the gateway's public key. */
export function receiptFor(common: CommonFacts, charge: Charge, amount: Money, at: Instant): DocumentToSign {
  const id = idAt<DocumentId>(common.position, 'r', 0)
  return {
    id,
    typ: 'receipt+jwt',
    charge: charge.id,
    session: charge.session,
    claims: {
      iss: gatewayIssuer(common.layout.site, common.gateway),
      sub: charge.id,
      aud: `urn:tolbooth:${common.layout.site}`,
      iat: Math.floor(at / 1000),
      jti: id,
      amt: amount.amount,
      cur: amount.currency,
      merchant: charge.merchant,
      place: charge.place.kind === 'site' ? 'site' : `${charge.place.kind}:${charge.place.id}`,
      mode: charge.mode,
    },
  }
}

/** The name under which a box signs the operator’s passes: another than the gateway’s own, so that one can be denied without the other. */
export function passIssuer(site: string, gateway: string): string {
  return `urn:tolbooth:${site}:passes:${gateway}`
}

/** The name under which a gateway signs tickets, receipts and checkpoints. */
export function gatewayIssuer(site: string, gateway: string): string {
  return `urn:tolbooth:${site}:gateway:${gateway}`
}
