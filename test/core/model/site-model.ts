import { canonicalJson } from '../../../core/canonical-json.ts'
import type { Change, ChangeOfSite, Charge, ChargeStatus, Spent } from '../../../core/changes.ts'
import { isChangeOfCarPark } from '../../../core/changes.ts'
import { decide } from '../../../core/decide.ts'
import type { Decision } from '../../../core/decision.ts'
import { isOfCarPark } from '../../../core/event-traits.ts'
import type { EventBody, EventOfSite, ScanEvent, Timer } from '../../../core/events.ts'
import { reasonOf } from '../../../core/events.ts'
import type { ChargeFacts, CommonFacts, LaneFacts, LastPaid, StallFacts, TokenFacts } from '../../../core/facts.ts'
import type { ChargeId, ClaimId, DocumentId, LaneId, PassageId, StallId } from '../../../core/ids.ts'
import type { LaneState, Passage } from '../../../core/lane/state.ts'
import { isUnused, passageMoves, spentFor, unknownLane } from '../../../core/lane/state.ts'
import type { Claim, ClaimStatus, Ledger } from '../../../core/ledger.ts'
import { applyLinkedSet, claimPolicy, EMPTY_LEDGER, moveClaim } from '../../../core/ledger.ts'
import { PAID_LATELY_MAX, ROTATES_WITHIN_MS } from '../../../core/market.ts'
import type { Mode } from '../../../core/mode.ts'
import type { Question } from '../../../core/questions.ts'
import type { Device, SiteLayout, SitePolicy } from '../../../core/site.ts'
import type { Instant, Now } from '../../../core/time.ts'
import { later } from '../../../core/time.ts'
import { passIdentityOf, spendIdentityOf } from '../../../core/token-spending.ts'
import type { Issuer, IssuerKey, PresentedToken } from '../../../core/tokens.ts'
import { BOX } from '../kit.ts'

/** The books of a site as a value in memory: a fold of changes into facts. What does not fit throws, as it does in the real ones. */
export type SiteModel = {
  /** One event through facts, decision and fold. */
  take(body: EventBody, now: Now, mode?: Mode, siteMode?: Mode): Taken
  /** Timers that are due, the earliest first: each is taken as an event of its own. */
  takeDue(now: Now): readonly Taken[]
  setBarrierPresent(lane: LaneId, present: boolean): void
  /** The line of its safety loop is cut: until that says something in time. */
  cutSafetyLoop(lane: LaneId): void
  lane(id: LaneId): LaneState
  readonly passages: ReadonlyMap<PassageId, Passage>
  readonly charges: ReadonlyMap<ChargeId, ChargeRow>
  readonly payments: readonly Payment[]
  readonly claims: ReadonlyMap<ClaimId, ClaimRow>
  readonly spent: ReadonlyMap<string, Spent>
  readonly due: ReadonlyMap<string, Due>
  readonly exposure: ReadonlyMap<Mode, number>
  ledger(): Ledger
}

export type Taken = {
  readonly seq: number
  readonly body: EventBody
  readonly question: Question
  readonly decision: Decision
  readonly before: ReadonlyMap<LaneId, LaneState>
}
export type ChargeRow = { readonly charge: Charge; readonly status: ChargeStatus; readonly paid: number }
export type ClaimRow = { readonly claim: Claim; readonly mode: Mode; readonly status: ClaimStatus }
export type Payment = Extract<Change, { kind: 'payment-taken' }>
export type Due = { readonly timer: Timer; readonly dueAt: Instant; readonly seq: number }

export type ModelSettings = {
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  readonly devices: readonly Device[]
  readonly issuers: readonly Issuer[]
  readonly key: IssuerKey
  readonly denied: (token: PresentedToken) => TokenFacts['denied']
  readonly bundlesIssuedAt: Instant
}

export function siteModel(settings: ModelSettings): SiteModel {
  const { layout, policy } = settings
  const lanes = new Map<LaneId, LaneState>()
  const absent = new Set<LaneId>()
  const unheard = new Set<LaneId>()
  const passages = new Map<PassageId, Passage>()
  const charges = new Map<ChargeId, ChargeRow>()
  const payments: Payment[] = []
  const claims = new Map<ClaimId, ClaimRow>()
  const spent = new Map<string, Spent>()
  const due = new Map<string, Due>()
  const exposure = new Map<Mode, number>()
  const payerDays = new Map<string, number>()
  const passSides = new Map<string, 'inside' | 'outside'>()
  const documents = new Set<DocumentId>()
  let ledger = EMPTY_LEDGER
  let seq = 0

  const take = (body: EventBody, now: Now, mode: Mode = 'live', siteMode: Mode = mode): Taken => {
    seq += 1
    const before = new Map(lanes)
    if (body.kind === 'loop' && body.role === 'safety' && !body.late && mode === siteMode) unheard.delete(body.lane)
    const question = questionOf(body, mode, now)
    const position = { gateway: BOX, epoch: 1, seq }
    const common: CommonFacts = {
      position,
      layout,
      policy,
      mode,
      siteMode,
      gateway: BOX,
      takesCodes: true,
      happenedAt: now.at,
      reason: reasonOf(body) === null ? null : { ref: `reason:${seq}`, mac: `mac-${seq}` },
    }
    const decision = decide(question, common, now)
    canonicalJson(decision)
    for (const change of decision.changes) {
      // Of stays, which this model does not follow.
      if (isChangeOfCarPark(change)) throw new Error(`the model knows no ${change.kind}`)
      apply(change, now)
    }
    for (const document of decision.documents) documents.add(fresh(document.id, documents))
    return { seq, body, question, decision, before }
  }

  return {
    take,
    takeDue(now) {
      const fired = [...due]
        .filter(([, row]) => row.dueAt <= now.at)
        .sort(([, a], [, b]) => a.dueAt - b.dueAt || a.seq - b.seq)
      return fired.map(([id, row]) => {
        // Its row goes with it, unless it has been set anew since it fell due.
        if (due.get(id)?.seq === row.seq) due.delete(id)
        return take({ kind: 'timer', timer: row.timer }, now)
      })
    },
    setBarrierPresent(lane, present) {
      if (present) absent.delete(lane)
      else absent.add(lane)
    },
    cutSafetyLoop(lane) {
      unheard.add(lane)
    },
    lane: (id) => laneFacts(id).state,
    passages,
    charges,
    payments,
    claims,
    spent,
    due,
    exposure,
    ledger: () => ledger,
  }

  function questionOf(body: EventBody, mode: Mode, now: Now): Question {
    if (isOfCarPark(body)) {
      if (!('lane' in body) || body.kind === 'late-evidence')
        throw new Error(`this world has no car park, and so no ${body.kind}`)
      return { kind: body.kind, body, lane: laneFacts(body.lane) } as Question
    }
    return questionOfSite(body, mode, now)
  }

  function questionOfSite(body: EventOfSite, mode: Mode, now: Now): Question {
    switch (body.kind) {
      case 'scan':
        return scanQuestion(body, mode, now)
      case 'access-changed':
        return { kind: 'access-changed', body, known: null }
      case 'charge-open':
        return { kind: 'charge-open', body, stall: stallFacts(body.stall) }
      case 'charge-cancel': {
        const named = body.charge === null ? null : (charges.get(body.charge) ?? null)
        return { kind: 'charge-cancel', body, stall: { ...stallFacts(body.stall), named } }
      }
      case 'loop':
        return { kind: 'loop', body, lane: laneFacts(body.lane) }
      case 'barrier-state':
        return { kind: 'barrier-state', body, lane: laneFacts(body.lane) }
      case 'command-result':
        return { kind: 'command-result', body, lane: body.lane === null ? null : laneFacts(body.lane) }
      case 'open-by-hand':
        return { kind: 'open-by-hand', body, lane: laneFacts(body.lane) }
      case 'fail-safe-over':
        return { kind: 'fail-safe-over', lane: laneFacts(body.lane) }
      case 'loop-away':
        return { kind: 'loop-away', lane: laneFacts(body.lane) }
      case 'emergency':
        return { ...body, lanes: layout.lanes.map((lane) => laneFacts(lane.id)) }
      case 'timer':
        return timerQuestion(body.timer)
      case 'bundle-loaded':
        return { kind: 'bundle-loaded', body, bundle: { bundle: body.bundle, current: null, lanes: null } }
      case 'device-enrolled':
        return { kind: 'device-enrolled', body, known: null, beside: [] }
      case 'device-revoked':
        return { kind: 'device-revoked', body, known: null }
      case 'upstream-reached':
        return body
      case 'clock-accepted':
        return { kind: 'clock-accepted', body, issuedAt: now.at }
      case 'erase-due':
        return { kind: 'erase-due', refs: [], renamed: [] }
      case 'erase-asked':
        return { kind: 'erase-asked', refs: [] }
      case 'forget-due':
        return { kind: 'forget-due', until: body.until }
    }
  }

  function timerQuestion(timer: Timer): Question {
    switch (timer.purpose) {
      case 'charge-expires': {
        const charge = charges.get(timer.charge) ?? null
        const place = charge?.charge.place
        return {
          kind: 'charge-expires',
          timer,
          expiry: { charge, devices: place === undefined ? [] : devicesAt(place) },
        }
      }
      case 'passage-lapses':
        return {
          kind: 'passage-lapses',
          lapse: { passage: passages.get(timer.passage) ?? null, parking: null, stay: null },
        }
      case 'pass-sale-due':
        return {
          kind: 'pass-sale-due',
          timer,
          paying: { parking: null, charge: null, stay: null, lane: null, sale: null, debts: [], askedWith: [] },
        }
      case 'on-behalf-due':
        return { kind: 'on-behalf-due', timer, charge: null }
      case 'paid-stay-due':
        return { kind: 'paid-stay-due', timer, overdue: { parking: null, stay: null } }
      case 'barrier-answer':
      case 'passage-due':
      case 'close-due':
      case 'up-due':
        return { kind: 'lane-timer', timer, lane: laneFacts(timer.lane) }
      case 'quote-lapses':
        return { kind: 'quote-lapses', timer, lane: laneFacts(timer.lane) }
      case 'unpaid-due':
        return { kind: 'unpaid-due', timer, lane: laneFacts(timer.lane) }
    }
  }

  function scanQuestion(body: ScanEvent, mode: Mode, now: Now): Question {
    const token = tokenFacts(body.token, mode, now)
    switch (body.place.kind) {
      case 'stall':
        return {
          kind: 'scan-at-stall',
          body,
          stall: { ...stallFacts(body.place.id), paidLately: paidLately(body.place.id, now) },
          token,
        }
      case 'lane': {
        const facts = laneFacts(body.place.id)
        const unused = unusedPassage(body.place.id, body.token, token.payer.mac, facts.state, mode)
        const passSide = passSides.get(passKey(passIdentityOf(body.token, mode))) ?? null
        const here = body.place.id
        const isPassElsewhere = [...passages.values()].some(
          ({ lane, status, mode: of, right }) =>
            lane !== here &&
            of === mode &&
            (isUnused(status) || status === 'passing') &&
            right.kind === 'pass' &&
            right.iss === body.token.iss &&
            right.jti === body.token.jti,
        )
        return { kind: 'scan-at-lane', body, lane: { ...facts, unused, passSide, isPassElsewhere }, token }
      }
      case 'site':
        return { kind: 'scan-nowhere', body, token, paying: null }
    }
  }

  function tokenFacts(token: PresentedToken, mode: Mode, now: Now): TokenFacts {
    const mac = `${token.sub}@${now.local.day}`
    return {
      issuer: settings.issuers.find((issuer) => issuer.iss === token.iss) ?? null,
      key: settings.key,
      denied: settings.denied(token),
      spent: spent.get(identityOf(token, mode)) ?? null,
      payer: { ref: `payer:${mac}`, mac },
      payerBeside: [],
      evidence: { ref: `token:${seq}`, mac: `mac:${seq}` },
      risk: {
        payerDay: payerDays.get(`${mode}/${mac}`) ?? 0,
        exposure: exposure.get(mode) ?? 0,
        lastContactAt: null,
        keySetIssuedAt: settings.bundlesIssuedAt,
        denyListIssuedAt: settings.bundlesIssuedAt,
      },
      epoch: { startedAt: settings.bundlesIssuedAt, openLoss: false },
    }
  }

  function unusedPassage(
    lane: LaneId,
    token: PresentedToken,
    payer: string,
    state: LaneState,
    mode: Mode,
  ): Passage | null {
    const isHere = (row: Passage) => row.lane === lane && row.mode === mode && isUnused(row.status)
    const rows = [...passages.values()].filter(isHere).reverse()
    const identity = identityOf(token, mode)
    return (
      rows.find((row) => groundOf(row) === identity) ??
      rows.find((row) => row.presence !== null && row.presence === state.presence) ??
      rows.find((row) => row.payer === payer) ??
      null
    )
  }

  function stallFacts(id: StallId): StallFacts {
    const place = { kind: 'stall', id } as const
    const open = [...charges.values()].find((row) => row.status === 'open' && isAt(row, id)) ?? null
    return {
      stall: layout.stalls.find((stall) => stall.id === id) ?? null,
      open,
      lastPaid: lastPaidAt(id),
      devices: devicesAt(place),
    }
  }

  function lastPaidAt(id: StallId): LastPaid | null {
    return paidAt(id)[0] ?? null
  }

  function paidLately(id: StallId, now: Now): readonly LastPaid[] {
    return paidAt(id)
      .filter((paid) => Math.abs(now.at - paid.at) <= ROTATES_WITHIN_MS)
      .slice(0, PAID_LATELY_MAX)
  }

  /** The newest first. */
  function paidAt(id: StallId): readonly LastPaid[] {
    const here = payments.filter((row) => {
      const charge = charges.get(row.charge)
      return charge !== undefined && isAt(charge, id)
    })
    return here
      .toReversed()
      .flatMap(({ charge, amount, payer, at }) => (payer === null ? [] : [{ charge, amount, payer, at }]))
  }

  function laneFacts(id: LaneId): LaneFacts {
    const state = lanes.get(id) ?? unknownLane(id, settings.bundlesIssuedAt)
    const { phase } = state
    return {
      lane: layout.lanes.find((lane) => lane.id === id) ?? null,
      state,
      devices: devicesAt({ kind: 'lane', id }),
      barrierPresent: !absent.has(id),
      safetyHeard: !unheard.has(id),
      approachHeard: true,
      approachChatters: false,
      current: 'passage' in phase && phase.passage !== null ? (passages.get(phase.passage) ?? null) : null,
      parking: null,
      askedElsewhere: [],
    }
  }

  function devicesAt(place: Device['place']): readonly Device[] {
    return settings.devices.filter(
      (device) => place.kind !== 'site' && device.place.kind === place.kind && device.place.id === place.id,
    )
  }

  function apply(change: ChangeOfSite, now: Now): void {
    switch (change.kind) {
      case 'charge-opened': {
        const { charge } = change
        charges.set(fresh(charge.id, charges), { charge, status: 'open', paid: 0 })
        return
      }
      case 'charge-closed': {
        const row = found(charges, change.charge)
        if (row.status !== 'open') throw new Error(`${change.charge} is ${row.status} and cannot be ${change.status}`)
        if (change.status === 'paid' && row.paid !== row.charge.due.amount)
          throw new Error(`${change.charge} is not paid`)
        charges.set(change.charge, { ...row, status: change.status })
        return
      }
      case 'payment-taken': {
        const row = found(charges, change.charge)
        const paid = row.paid + change.amount.amount
        if (row.status !== 'open' || paid > row.charge.due.amount) throw new Error(`${change.charge} is paid twice`)
        charges.set(change.charge, { ...row, paid })
        payments.push(change)
        return
      }
      case 'token-spent': {
        const { iss, id } = change.spent.identity
        spent.set(fresh(`${iss}/${id}`, spent), change.spent)
        return
      }
      case 'transfers': {
        const applied = applyLinkedSet(ledger, change.linked, now.at)
        if (!applied.ok) throw new Error(`transfers refused: ${applied.fault}`)
        ledger = applied.ledger
        return
      }
      case 'claim-opened': {
        const { claim, mode } = change
        claims.set(fresh(claim.id, claims), { claim, mode, status: 'accepted' })
        exposure.set(mode, (exposure.get(mode) ?? 0) + claim.amount.amount)
        return
      }
      case 'claim-moved': {
        const row = found(claims, change.claim)
        const moved = moveClaim(row.claim, row.status, change.status)
        if (!moved.ok) throw new Error(`${change.claim}: ${moved.fault}`)
        claims.set(change.claim, { ...row, status: change.status })
        exposure.set(row.mode, (exposure.get(row.mode) ?? 0) - moved.releases)
        return
      }
      case 'risk-taken': {
        const key = `${change.mode}/${change.payer}`
        payerDays.set(key, (payerDays.get(key) ?? 0) + change.amount.amount)
        return
      }
      case 'passage-granted':
        passages.set(fresh(change.passage.id, passages), change.passage)
        return
      case 'passage-moved': {
        const row = found(passages, change.passage)
        if (!passageMoves[row.status].includes(change.status)) {
          throw new Error(`${change.passage} is ${row.status} and cannot be ${change.status}`)
        }
        passages.set(change.passage, { ...row, status: change.status })
        return
      }
      case 'pass-side':
        passSides.set(passKey(change), change.side)
        return
      case 'lane-state':
        lanes.set(change.state.lane, change.state)
        return
      case 'timer-set':
        due.set(change.id, { timer: change.timer, dueAt: change.dueAt, seq })
        return
      case 'timer-cleared':
        due.delete(change.id)
        return
      case 'document-issued':
      case 'bundle-current':
      case 'device-put':
      case 'device-revoked':
      case 'upstream-contact':
      case 'values-erased':
      case 'spent-forgotten':
        return
    }
  }
}

/** What the exposure must be by the claims alone. */
export function atRiskBy(claims: ReadonlyMap<ClaimId, ClaimRow>, mode: Mode): number {
  return [...claims.values()]
    .filter((row) => row.mode === mode && claimPolicy[row.status].isAtRisk)
    .reduce((sum, row) => sum + row.claim.amount.amount, 0)
}

export function shown(place: ScanEvent['place'], token: PresentedToken): ScanEvent {
  return { kind: 'scan', place, reader: null, token, evidence: 'the text' }
}

export function inMs(now: Now, ms: number): Now {
  return { ...now, at: later(now.at, ms) }
}

function isAt({ charge }: ChargeFacts, id: StallId): boolean {
  return charge.place.kind === 'stall' && charge.place.id === id
}

function passKey({ iss, jti }: { readonly iss: string; readonly jti: string }): string {
  return `${iss}/${jti}`
}

function identityOf(token: PresentedToken, mode: Mode): string {
  switch (token.kind) {
    case 'pay':
    case 'holder':
    case 'override': {
      const { iss, id } = spendIdentityOf(token, mode)
      return `${iss}/${id}`
    }
    case 'pass':
      return `${token.iss}/pass:${token.jti}`
    case 'ticket':
    case 'receipt':
      return ''
  }
}

function groundOf({ right }: Passage): string {
  if (right.kind === 'pass') return `${right.iss}/pass:${right.jti}`
  const spent = spentFor(right)
  return spent === null ? '' : `${spent.iss}/${spent.id}`
}

function fresh<Key>(key: Key, rows: { has(key: Key): boolean }): Key {
  if (rows.has(key)) throw new Error(`${String(key)} is there already`)
  return key
}

function found<Key, Row>(rows: ReadonlyMap<Key, Row>, key: Key): Row {
  const row = rows.get(key)
  if (row === undefined) throw new Error(`${String(key)} is not there`)
  return row
}
