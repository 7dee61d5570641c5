import { sql } from 'drizzle-orm'
import { canonicalJson } from '../core/canonical-json.ts'
import type { ParkingChange } from '../core/parking/changes.ts'
import type {
  CaseAnswer,
  CaseEvent,
  PlateValue,
  Session,
  SessionCredential,
  StaffCase,
} from '../core/parking/session.ts'
import { CASE_EVENTS } from '../core/parking/session.ts'
import { missing, mustChange } from './must-change.ts'
import type { Db } from './open.ts'
import { createCreditProjector } from './project-credits.ts'
import { createRightProjector } from './project-rights.ts'
import * as tables from './schema.ts'
import { createStayHolds } from './stay-holds.ts'

/** The part of `project` that writes a car park's tables, by the same rules: it decides nothing, and throws where a row that must be there is not. */
export type ParkingProjector = {
  apply(change: ParkingChange, seq: number, index: number): void
  /** A charge was closed: what a stay owed is no longer a reason to look it up. */
  chargeEnded(charge: string): void
}

export function createParkingProjector(db: Db): ParkingProjector {
  const write = prepare(db)
  const holds = createStayHolds(db)
  const credits = createCreditProjector(db, holds)
  const rights = createRightProjector(db)

  return { apply, chargeEnded: (charge) => holds.ofCharge(charge) }

  function apply(change: ParkingChange, seq: number, index: number): void {
    switch (change.kind) {
      case 'session-begun':
        beginSession(change.session, seq)
        return
      case 'session-moved': {
        const { session, status, place, lane, at } = change
        mustChange(write.sessionMoved.run({ session, status, place, lane, at }), change)
        holds.ofStay(session)
        return
      }
      case 'session-known-by':
        mustKnow(change.session, change)
        if (change.instead === true) write.dropPlates.run({ session: change.session })
        putCredential(change.session, change.credential, seq)
        return
      case 'session-renamed': {
        const { session, from, credential } = change
        const named = credentialColumns(credential)
        write.dropCredential.run({ session, kind: named.kind, value: named.value })
        const { kind, value, ref, likeness, tail } = named
        mustChange(write.renameCredential.run({ session, from, kind, value, ref, likeness, tail }), change)
        return
      }
      case 'session-charged':
        mustChange(write.sessionCharged.run({ session: change.session, charge: change.charge }), change)
        return
      case 'session-entered':
        mustChange(
          write.sessionEntered.run({
            session: change.session,
            at: change.at,
            isUnsure: change.isUnsure === true ? 1 : 0,
          }),
          change,
        )
        return
      case 'session-settled':
        mustChange(
          write.sessionSettled.run({ session: change.session, at: change.at, graceMs: change.graceMs ?? null }),
          change,
        )
        return
      case 'passback-reset':
        mustChange(write.passbackReset.run({ session: change.session, at: change.at }), change)
        return
      case 'session-class':
        mustChange(write.sessionClass.run({ session: change.session, vehicleClass: change.vehicleClass }), change)
        return
      case 'segments-written':
        mustKnow(change.session, change)
        // All of them, each time: a stay that went up a ramp has some before it ends.
        write.dropSegments.run({ session: change.session })
        for (const { tariff, right, amount, isUntilUnsure, ...part } of change.segments) {
          write.segment.run({
            ...part,
            isUntilUnsure: isUntilUnsure === true ? 1 : 0,
            tariff: tariff?.id ?? null,
            tariffVersion: tariff?.version ?? null,
            right,
            amount: amount.amount,
            currency: amount.currency,
            seq,
          })
        }
        return
      case 'charge-raised':
        mustChange(write.raiseCharge.run({ charge: change.charge, due: change.due.amount }), change)
        return
      case 'charge-asked-with': {
        const { charge, debts, due } = change
        const askedWith = debts.length === 0 ? null : canonicalJson({ debts, due: due.amount })
        mustChange(write.askCharge.run({ charge, askedWith }), change)
        return
      }
      case 'charge-owed':
        mustChange(write.oweCharge.run({ charge: change.charge, at: change.at }), change)
        holds.ofCharge(change.charge)
        return
      case 'charge-reckoned':
        mustChange(write.reckonCharge.run({ charge: change.charge, due: change.due.amount, at: change.at }), change)
        holds.ofCharge(change.charge)
        return
      case 'charge-overpaid':
        mustChange(write.overpayCharge.run({ charge: change.charge, amount: change.amount.amount }), change)
        return
      case 'charge-paid-beyond':
        mustChange(write.paidBeyond.run({ charge: change.charge, amount: change.amount.amount }), change)
        return
      case 'charge-refunded':
        mustChange(
          write.refundCharge.run({
            charge: change.charge,
            ofOverpaid: change.ofOverpaid.amount,
            ofPaid: change.ofPaid.amount,
          }),
          change,
        )
        return
      case 'credit-put':
      case 'credit-reversed':
        credits.apply(change, seq, index)
        return
      case 'occupancy-moved': {
        const { mode, place, vehicleClass, by } = change
        write.occupancyMoved.run({ mode, place, vehicleClass, by, seq })
        return
      }
      case 'occupancy-corrected': {
        const { mode, place, vehicleClass, count, at } = change
        write.occupancyCorrected.run({ mode, place, vehicleClass, count, at, seq })
        return
      }
      case 'sighted': {
        const { sighting, plate, session, picture, at } = change
        write.sighting.run({
          seq,
          index,
          device: sighting.device,
          lane: sighting.lane,
          confidencePermille: sighting.confidencePermille,
          plateRef: plate.ref,
          plateMac: plate.mac,
          session,
          pictureRef: picture?.ref ?? null,
          pictureMac: picture?.mac ?? null,
          at,
        })
        return
      }
      case 'right-put':
      case 'right-status':
      case 'right-coded':
      case 'pass-sale-put':
      case 'validation-borne':
        rights.apply(change, seq)
        return
      case 'case-opened':
        openCase(change.case, seq)
        return
      case 'case-ended':
        mustChange(write.endCase.run({ id: change.case, ...answerColumns(change.reason), at: change.at }), change)
        return
    }
  }

  function beginSession(begun: Session, seq: number): void {
    const { id, entry } = begun
    write.session.run({
      id,
      mode: begun.mode,
      vehicleClass: begun.vehicleClass,
      place: begun.place,
      entryLane: entry.lane,
      enteredAt: entry.at,
      entryBy: entry.by,
      isFromTicket: entry.isFromTicket ? 1 : 0,
      isEntryUnsure: entry.isUnsure === true ? 1 : 0,
      status: begun.status,
      charge: begun.charge,
      settledAt: begun.settledAt,
      seq,
    })
    for (const credential of begun.credentials) putCredential(id, credential, seq)
  }

  function putCredential(session: string, credential: SessionCredential, seq: number): void {
    write.credential.run({ session, ...credentialColumns(credential), seq })
    holds.ofStay(session)
  }

  function openCase(opened: StaffCase, seq: number): void {
    const { id, kind, mode, lane, session, charge, openedAt, pictures, status } = opened
    write.openCase.run({
      id,
      kind,
      mode,
      lane,
      session,
      charge,
      openedAt,
      pictures: canonicalJson(pictures),
      status,
      seq,
    })
  }

  function mustKnow(session: string, change: ParkingChange): void {
    if (write.sessionThere.get({ session }) === undefined) throw missing(change)
  }
}

/** The columns of a credential but its stay's: what the register is looked up by. */
export function credentialColumns(credential: SessionCredential): {
  readonly kind: SessionCredential['kind']
  readonly value: string
  readonly ref: string | null
  readonly likeness: string | null
  readonly tail: string | null
  readonly confidencePermille: number | null
} {
  const plain = { ref: null, likeness: null, tail: null, confidencePermille: null }
  switch (credential.kind) {
    case 'ticket':
      return { ...plain, kind: 'ticket', value: credential.ticket }
    case 'right':
      return { ...plain, kind: 'right', value: credential.right }
    case 'payer':
      return { ...plain, kind: 'payer', value: credential.payer.mac, ref: credential.payer.ref }
    case 'plate': {
      const { mac, ref, likeness, tail }: PlateValue = credential.plate
      return { kind: 'plate', value: mac, ref, likeness, tail, confidencePermille: credential.confidencePermille }
    }
  }
}

/** What stands in a record of before as it was typed is not brought back from there, as with a holder's name. */
function answerColumns(answer: CaseAnswer | string): {
  readonly reason: CaseEvent | null
  readonly reasonRef: string | null
  readonly reasonMac: string | null
} {
  if (answer === null || typeof answer === 'string')
    return { reason: CASE_EVENTS.find((known) => known === answer) ?? null, reasonRef: null, reasonMac: null }
  return { reason: null, reasonRef: answer.ref, reasonMac: answer.mac }
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { charge, occupancy, segment, session, sessionCredential, sighting, staffCase } = tables
  return {
    session: db
      .insert(session)
      .values({
        id: p('id'),
        mode: p('mode'),
        vehicleClass: p('vehicleClass'),
        place: p('place'),
        entryLane: p('entryLane'),
        enteredAt: p('enteredAt'),
        entryBy: p('entryBy'),
        isFromTicket: sql`${p('isFromTicket')}`,
        isEntryUnsure: sql`${p('isEntryUnsure')}`,
        status: p('status'),
        charge: p('charge'),
        settledAt: p('settledAt'),
        movedAt: p('enteredAt'),
        movedLane: p('entryLane'),
        seq: p('seq'),
      })
      .prepare(),
    sessionThere: db
      .select({ id: session.id })
      .from(session)
      .where(sql`${session.id} = ${p('session')}`)
      .prepare(),
    sessionMoved: db
      .update(session)
      .set({
        status: sql`${p('status')}`,
        place: sql`${p('place')}`,
        movedAt: sql`${p('at')}`,
        movedLane: sql`${p('lane')}`,
      })
      .where(
        sql`${session.id} = ${p('session')} and (${session.status} in ('entering', 'inside', 'leaving') or (${session.status} = 'void' and ${p('status')} = 'closed'))`,
      )
      .prepare(),
    sessionCharged: db
      .update(session)
      .set({ charge: sql`${p('charge')}` })
      .where(
        sql`${session.id} = ${p('session')} and ${session.charge} is null and exists (select 1 from charge where charge.id = ${p('charge')})`,
      )
      .prepare(),
    sessionEntered: db
      .update(session)
      .set({ enteredAt: sql`${p('at')}`, isEntryUnsure: sql`${p('isUnsure')}` })
      .where(sql`${session.id} = ${p('session')} and ${session.status} = 'entering'`)
      .prepare(),
    sessionSettled: db
      .update(session)
      .set({ settledAt: sql`${p('at')}`, graceMs: sql`${p('graceMs')}` })
      .where(sql`${session.id} = ${p('session')}`)
      .prepare(),
    passbackReset: db
      .update(session)
      .set({ passbackResetAt: sql`${p('at')}` })
      .where(sql`${session.id} = ${p('session')}`)
      .prepare(),
    sessionClass: db
      .update(session)
      .set({ vehicleClass: sql`${p('vehicleClass')}`, graceMs: sql`null` })
      .where(sql`${session.id} = ${p('session')}`)
      .prepare(),
    credential: db
      .insert(sessionCredential)
      .values({
        session: p('session'),
        kind: p('kind'),
        value: p('value'),
        ref: p('ref'),
        likeness: p('likeness'),
        tail: p('tail'),
        confidencePermille: p('confidencePermille'),
        seq: p('seq'),
      })
      // The same plate, read again: what the camera was surest of is kept.
      .onConflictDoUpdate({
        target: [sessionCredential.session, sessionCredential.kind, sessionCredential.value],
        set: {
          confidencePermille: sql`max(${sessionCredential.confidencePermille}, excluded.confidence_permille)`,
          ref: sql`excluded.ref`,
        },
      })
      .prepare(),
    renameCredential: db
      .update(sessionCredential)
      .set({
        value: sql`${p('value')}`,
        ref: sql`${p('ref')}`,
        likeness: sql`${p('likeness')}`,
        tail: sql`${p('tail')}`,
      })
      .where(
        sql`${sessionCredential.session} = ${p('session')} and ${sessionCredential.kind} = ${p('kind')} and ${sessionCredential.value} = ${p('from')}`,
      )
      .prepare(),
    /** Seen again in the month of its new name, it has that already. */
    dropCredential: db
      .delete(sessionCredential)
      .where(
        sql`${sessionCredential.session} = ${p('session')} and ${sessionCredential.kind} = ${p('kind')} and ${sessionCredential.value} = ${p('value')}`,
      )
      .prepare(),
    dropPlates: db
      .delete(sessionCredential)
      .where(sql`${sessionCredential.session} = ${p('session')} and ${sessionCredential.kind} = 'plate'`)
      .prepare(),
    segment: db
      .insert(segment)
      .values({
        session: p('session'),
        index: p('index'),
        place: p('place'),
        from: p('from'),
        until: p('until'),
        isUntilUnsure: sql`${p('isUntilUnsure')}`,
        tariff: p('tariff'),
        tariffVersion: p('tariffVersion'),
        right: p('right'),
        amount: p('amount'),
        currency: p('currency'),
        seq: p('seq'),
      })
      .prepare(),
    dropSegments: db
      .delete(segment)
      .where(sql`${segment.session} = ${p('session')}`)
      .prepare(),
    /** It never falls, and what is closed or owed asks for no more. */
    raiseCharge: db
      .update(charge)
      .set({ due: sql`${p('due')}` })
      .where(
        sql`${charge.id} = ${p('charge')} and ${charge.session} is not null and ${charge.status} = 'open' and ${charge.due} <= ${p('due')}`,
      )
      .prepare(),
    askCharge: db
      .update(charge)
      .set({ askedWith: sql`${p('askedWith')}` })
      .where(sql`${charge.id} = ${p('charge')} and ${charge.session} is not null`)
      .prepare(),
    oweCharge: db
      .update(charge)
      .set({ status: 'owed', owedAt: sql`${p('at')}` })
      .where(sql`${charge.id} = ${p('charge')} and ${charge.status} = 'open'`)
      .prepare(),
    /** Of a stay that is over: it was closed, or owed, for what was known then. */
    reckonCharge: db
      .update(charge)
      .set({ due: sql`${p('due')}`, status: 'owed', owedAt: sql`${p('at')}`, closedAt: null })
      .where(
        sql`${charge.id} = ${p('charge')} and ${charge.session} is not null and ${charge.status} in ('paid', 'owed') and ${charge.due} < ${p('due')}`,
      )
      .prepare(),
    overpayCharge: db
      .update(charge)
      .set({ overpaid: sql`${charge.overpaid} + ${p('amount')}` })
      .where(sql`${charge.id} = ${p('charge')}`)
      .prepare(),
    paidBeyond: db
      .update(charge)
      .set({
        paid: sql`${charge.paid} - ${p('amount')}`,
        overpaid: sql`${charge.overpaid} + ${p('amount')}`,
      })
      .where(
        sql`${charge.id} = ${p('charge')} and ${charge.session} is not null and ${charge.status} = 'open' and ${charge.paid} - ${charge.refunded} >= ${p('amount')}`,
      )
      .prepare(),
    refundCharge: db
      .update(charge)
      .set({
        overpaid: sql`${charge.overpaid} - ${p('ofOverpaid')}`,
        refunded: sql`${charge.refunded} + ${p('ofPaid')}`,
      })
      .where(
        sql`${charge.id} = ${p('charge')} and ${charge.overpaid} >= ${p('ofOverpaid')} and ${charge.refunded} + ${p('ofPaid')} <= ${charge.paid}`,
      )
      .prepare(),
    occupancyMoved: db
      .insert(occupancy)
      .values({
        mode: p('mode'),
        place: p('place'),
        vehicleClass: p('vehicleClass'),
        count: p('by'),
        seq: p('seq'),
      })
      .onConflictDoUpdate({
        target: [occupancy.mode, occupancy.place, occupancy.vehicleClass],
        set: { count: sql`${occupancy.count} + excluded.count`, seq: sql`excluded.seq` },
      })
      .prepare(),
    occupancyCorrected: db
      .insert(occupancy)
      .values({
        mode: p('mode'),
        place: p('place'),
        vehicleClass: p('vehicleClass'),
        count: p('count'),
        correctedAt: p('at'),
        seq: p('seq'),
      })
      .onConflictDoUpdate({
        target: [occupancy.mode, occupancy.place, occupancy.vehicleClass],
        set: { count: sql`excluded.count`, correctedAt: sql`excluded.corrected_at`, seq: sql`excluded.seq` },
      })
      .prepare(),
    sighting: db
      .insert(sighting)
      .values({
        seq: p('seq'),
        index: p('index'),
        device: p('device'),
        lane: p('lane'),
        confidencePermille: p('confidencePermille'),
        plateRef: p('plateRef'),
        plateMac: p('plateMac'),
        session: p('session'),
        pictureRef: p('pictureRef'),
        pictureMac: p('pictureMac'),
        at: p('at'),
      })
      .prepare(),
    openCase: db
      .insert(staffCase)
      .values({
        id: p('id'),
        kind: p('kind'),
        mode: p('mode'),
        lane: p('lane'),
        session: p('session'),
        charge: p('charge'),
        openedAt: p('openedAt'),
        pictures: p('pictures'),
        status: p('status'),
        seq: p('seq'),
      })
      .prepare(),
    endCase: db
      .update(staffCase)
      .set({
        status: 'ended',
        endedAt: sql`${p('at')}`,
        reason: sql`${p('reason')}`,
        reasonRef: sql`${p('reasonRef')}`,
        reasonMac: sql`${p('reasonMac')}`,
      })
      .where(sql`${staffCase.id} = ${p('id')} and ${staffCase.status} = 'open'`)
      .prepare(),
  }
}
