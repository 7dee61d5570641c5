import { sql } from 'drizzle-orm'
import { canonicalJson } from '../core/canonical-json.ts'
import type { ChangeOfSite } from '../core/changes.ts'
import { isChangeOfCarPark } from '../core/changes.ts'
import type { PassageGround } from '../core/lane/state.ts'
import { spentFor } from '../core/lane/state.ts'
import { claimPolicy } from '../core/ledger.ts'
import type { JournalRecord } from '../core/records.ts'
import type { Place } from '../core/site.ts'
import type { Instant } from '../core/time.ts'
import { mustChange } from './must-change.ts'
import type { Db } from './open.ts'
import { preparePaymentRow } from './payment-row.ts'
import { createLedgerProjector } from './project-ledger.ts'
import { createParkingProjector } from './project-parking.ts'
import * as tables from './schema.ts'

/**
 * The one writer of every projection, live and in a rebuild: it writes what a record says and decides nothing. A change that does not fit the books (a charge
 * that is not there, a transfer id that is) throws, because it is a bug of ours: live the event becomes a fault, in a rebuild the record is named.
 */
export type Projector = { project(record: JournalRecord): void }

export function createProjector(db: Db): Projector {
  const write = prepare(db)
  const ledger = createLedgerProjector(db)
  const parking = createParkingProjector(db)

  return {
    project(record) {
      const { seq, at } = record
      record.body.changes.forEach((change, index) => {
        if (isChangeOfCarPark(change)) parking.apply(change, seq, index)
        else apply(change, seq, index, at)
      })
    },
  }

  function apply(change: ChangeOfSite, seq: number, index: number, at: Instant): void {
    switch (change.kind) {
      case 'charge-opened': {
        const { charge } = change
        write.charge.run({
          id: charge.id,
          placeKind: charge.place.kind,
          placeId: placeIdOf(charge.place),
          merchant: charge.merchant,
          due: charge.due.amount,
          currency: charge.due.currency,
          mode: charge.mode,
          // Records of before car parks name none.
          session: charge.session ?? null,
          openedAt: charge.openedAt,
          expiresAt: charge.expiresAt,
          seq,
        })
        return
      }
      case 'charge-closed':
        mustChange(write.closeCharge.run({ id: change.charge, status: change.status, at: change.at }), change)
        parking.chargeEnded(change.charge)
        return
      case 'payment-taken': {
        mustChange(write.payCharge.run({ id: change.charge, amount: change.amount.amount }), change)
        write.payment.run({
          seq,
          index,
          charge: change.charge,
          tender: change.tender,
          amount: change.amount.amount,
          currency: change.amount.currency,
          claim: change.claim,
          payer: change.payer,
          at: change.at,
        })
        return
      }
      case 'token-spent': {
        const { spent } = change
        write.spent.run({
          iss: spent.identity.iss,
          id: spent.identity.id,
          kind: spent.kind,
          placeKind: spent.place.kind,
          placeId: placeIdOf(spent.place),
          charge: spent.charge,
          passage: spent.passage,
          amount: spent.amount?.amount ?? null,
          currency: spent.amount?.currency ?? null,
          until: spent.until,
          seq,
        })
        return
      }
      case 'transfers':
        ledger.applyLinkedSet(change.linked, seq, index, at)
        return
      case 'claim-opened': {
        const { claim, mode } = change
        write.claim.run({
          id: claim.id,
          mode,
          issuer: claim.issuer,
          spentId: claim.identity.id,
          kind: claim.kind,
          amount: claim.amount.amount,
          currency: claim.amount.currency,
          charge: claim.charge,
          evidenceRef: claim.evidence.ref,
          evidenceMac: claim.evidence.mac,
          presentBy: claim.presentBy,
          seq,
        })
        write.exposureRises.run({ mode, issuer: claim.issuer, amount: claim.amount.amount })
        return
      }
      case 'claim-moved': {
        const claim = write.claimNow.get({ id: change.claim })
        if (claim === undefined || !claimPolicy[claim.status].next.includes(change.status)) {
          throw new Error(`claim ${change.claim} cannot be ${change.status}: it is ${claim?.status ?? 'not there'}`)
        }
        // Nobody's issuer owes what was practised with.
        if (claim.mode === 'training') throw new Error(`claim ${change.claim} is of training: it is never presented`)
        mustChange(write.claimMoved.run({ id: change.claim, status: change.status, at: change.at }), change)
        if (claimPolicy[claim.status].isAtRisk && !claimPolicy[change.status].isAtRisk) {
          const { mode, issuer, amount } = claim
          mustChange(write.exposureFalls.run({ mode, issuer, amount }), change)
        }
        return
      }
      case 'risk-taken':
        write.payerDay.run({ payer: change.payer, mode: change.mode, day: change.day, amount: change.amount.amount })
        return
      case 'passage-granted': {
        const { passage } = change
        const spent = spentFor(passage.right)
        write.passage.run({
          id: passage.id,
          lane: passage.lane,
          mode: passage.mode,
          ground: canonicalJson(groundOf(passage.right)),
          spentIss: spent?.iss ?? null,
          spentId: spent?.id ?? null,
          payer: passage.payer,
          presence: passage.presence,
          session: passage.right.kind === 'session' ? passage.right.session : null,
          grantedAt: passage.grantedAt,
          until: passage.until,
          status: passage.status,
          seq,
        })
        return
      }
      case 'passage-moved':
        mustChange(write.passageMoved.run({ id: change.passage, status: change.status, at: change.at }), change)
        return
      case 'pass-side':
        write.passSide.run({ iss: change.iss, jti: change.jti, side: change.side, seq })
        return
      case 'lane-state':
        write.laneState.run({
          lane: change.state.lane,
          state: canonicalJson(change.state),
          alarm: change.state.alarm,
          seq,
        })
        return
      case 'timer-set':
        write.due.run({ id: change.id, dueAt: change.dueAt, timer: canonicalJson(change.timer), seq })
        return
      case 'timer-cleared':
        write.clearDue.run({ id: change.id })
        return
      case 'document-issued':
        write.document.run({
          id: change.id,
          typ: change.typ,
          charge: change.charge,
          session: change.session ?? null,
          jws: change.jws,
          seq,
        })
        return
      case 'bundle-current':
        write.currentBundle.run({
          kind: change.bundle,
          hash: change.hash,
          versionEpoch: change.version.epoch,
          versionN: change.version.n,
          issuedAt: change.issuedAt,
          seq,
        })
        return
      case 'device-put': {
        const { device } = change
        write.device.run({
          id: device.id,
          driver: device.driver,
          kind: device.kind,
          delivery: device.delivery,
          placeKind: device.place.kind,
          placeId: placeIdOf(device.place),
          role: device.role,
          status: device.status,
          seq,
        })
        return
      }
      case 'device-revoked':
        mustChange(write.revokeDevice.run({ id: change.device, seq }), change)
        return
      case 'upstream-contact':
        write.contact.run({ at: change.at, seq })
        return
      case 'values-erased':
        // The vault is no projection: the values were deleted in the transaction that wrote this record.
        return
      case 'spent-forgotten':
        write.forgetSpent.run({ until: change.until })
        return
    }
  }
}

/** Records of before hold in it what a supervisor typed, which a rebuild is not to show again: an erasing cannot reach it. */
function groundOf(right: PassageGround): PassageGround {
  return right.kind === 'override' ? { kind: right.kind, spent: right.spent } : right
}

/** The column that stands for a place; the site itself has the id `site`. */
export function placeIdOf(place: Place): string {
  return place.kind === 'site' ? 'site' : place.id
}

/** Every statement of the path is prepared once: unprepared ones cost nine times as much. */
function prepare(db: Db) {
  const p = sql.placeholder
  const { charge, claim, contact, currentBundle, device, document, due } = tables
  const { exposure, laneState, passSide, passage, payerDay, spent } = tables
  return {
    charge: db
      .insert(charge)
      .values({
        id: p('id'),
        placeKind: p('placeKind'),
        placeId: p('placeId'),
        merchant: p('merchant'),
        due: p('due'),
        currency: p('currency'),
        paid: 0,
        mode: p('mode'),
        status: 'open',
        session: p('session'),
        openedAt: p('openedAt'),
        expiresAt: p('expiresAt'),
        seq: p('seq'),
      })
      .prepare(),
    closeCharge: db
      .update(charge)
      .set({ status: sql`${p('status')}`, closedAt: sql`${p('at')}` })
      .where(sql`${charge.id} = ${p('id')} and ${charge.status} in ('open', 'owed')`)
      .prepare(),
    payCharge: db
      .update(charge)
      .set({ paid: sql`${charge.paid} + ${p('amount')}` })
      .where(sql`${charge.id} = ${p('id')} and ${charge.paid} + ${p('amount')} <= ${charge.due}`)
      .prepare(),
    payment: preparePaymentRow(db),
    spent: db
      .insert(spent)
      .values({
        iss: p('iss'),
        id: p('id'),
        kind: p('kind'),
        placeKind: p('placeKind'),
        placeId: p('placeId'),
        charge: p('charge'),
        passage: p('passage'),
        amount: p('amount'),
        currency: p('currency'),
        until: p('until'),
        seq: p('seq'),
      })
      .prepare(),
    forgetSpent: db
      .delete(spent)
      .where(sql`${spent.until} < ${p('until')}`)
      .prepare(),
    claim: db
      .insert(claim)
      .values({
        id: p('id'),
        mode: p('mode'),
        issuer: p('issuer'),
        spentId: p('spentId'),
        kind: p('kind'),
        amount: p('amount'),
        currency: p('currency'),
        charge: p('charge'),
        evidenceRef: p('evidenceRef'),
        evidenceMac: p('evidenceMac'),
        presentBy: p('presentBy'),
        status: 'accepted',
        seq: p('seq'),
      })
      .prepare(),
    claimMoved: db
      .update(claim)
      .set({ status: sql`${p('status')}`, movedAt: sql`${p('at')}` })
      .where(sql`${claim.id} = ${p('id')}`)
      .prepare(),
    claimNow: db
      .select({ mode: claim.mode, issuer: claim.issuer, amount: claim.amount, status: claim.status })
      .from(claim)
      .where(sql`${claim.id} = ${p('id')}`)
      .prepare(),
    exposureRises: db
      .insert(exposure)
      .values({ mode: p('mode'), issuer: p('issuer'), amount: p('amount'), claims: 1 })
      .onConflictDoUpdate({
        target: [exposure.mode, exposure.issuer],
        set: { amount: sql`${exposure.amount} + excluded.amount`, claims: sql`${exposure.claims} + 1` },
      })
      .prepare(),
    exposureFalls: db
      .update(exposure)
      .set({ amount: sql`${exposure.amount} - ${p('amount')}`, claims: sql`${exposure.claims} - 1` })
      .where(sql`${exposure.mode} = ${p('mode')} and ${exposure.issuer} = ${p('issuer')}`)
      .prepare(),
    payerDay: db
      .insert(payerDay)
      .values({ payer: p('payer'), mode: p('mode'), day: p('day'), amount: p('amount'), payments: 1 })
      .onConflictDoUpdate({
        target: [payerDay.payer, payerDay.mode, payerDay.day],
        set: { amount: sql`${payerDay.amount} + excluded.amount`, payments: sql`${payerDay.payments} + 1` },
      })
      .prepare(),
    passage: db
      .insert(passage)
      .values({
        id: p('id'),
        lane: p('lane'),
        mode: p('mode'),
        ground: p('ground'),
        spentIss: p('spentIss'),
        spentId: p('spentId'),
        payer: p('payer'),
        presence: p('presence'),
        session: p('session'),
        grantedAt: p('grantedAt'),
        until: p('until'),
        status: p('status'),
        seq: p('seq'),
      })
      .prepare(),
    passageMoved: db
      .update(passage)
      .set({ status: sql`${p('status')}`, movedAt: sql`${p('at')}` })
      .where(sql`${passage.id} = ${p('id')} and ${passage.status} not in ('used', 'lapsed')`)
      .prepare(),
    passSide: db
      .insert(passSide)
      .values({ iss: p('iss'), jti: p('jti'), side: p('side'), seq: p('seq') })
      .onConflictDoUpdate({
        target: [passSide.iss, passSide.jti],
        set: { side: sql`excluded.side`, seq: sql`excluded.seq` },
      })
      .prepare(),
    laneState: db
      .insert(laneState)
      .values({ lane: p('lane'), state: p('state'), alarm: p('alarm'), seq: p('seq') })
      .onConflictDoUpdate({
        target: laneState.lane,
        set: { state: sql`excluded.state`, alarm: sql`excluded.alarm`, seq: sql`excluded.seq` },
      })
      .prepare(),
    due: db
      .insert(due)
      .values({ id: p('id'), dueAt: p('dueAt'), timer: p('timer'), seq: p('seq') })
      .onConflictDoUpdate({
        target: due.id,
        set: { dueAt: sql`excluded.due_at`, timer: sql`excluded.timer`, seq: sql`excluded.seq` },
      })
      .prepare(),
    clearDue: db
      .delete(due)
      .where(sql`${due.id} = ${p('id')}`)
      .prepare(),
    document: db
      .insert(document)
      .values({
        id: p('id'),
        typ: p('typ'),
        charge: p('charge'),
        session: p('session'),
        jws: p('jws'),
        seq: p('seq'),
      })
      .prepare(),
    currentBundle: db
      .insert(currentBundle)
      .values({
        kind: p('kind'),
        hash: p('hash'),
        versionEpoch: p('versionEpoch'),
        versionN: p('versionN'),
        issuedAt: p('issuedAt'),
        seq: p('seq'),
      })
      .onConflictDoUpdate({
        target: currentBundle.kind,
        set: {
          hash: sql`excluded.hash`,
          versionEpoch: sql`excluded.version_epoch`,
          versionN: sql`excluded.version_n`,
          issuedAt: sql`excluded.issued_at`,
          seq: sql`excluded.seq`,
        },
      })
      .prepare(),
    device: db
      .insert(device)
      .values({
        id: p('id'),
        driver: p('driver'),
        kind: p('kind'),
        delivery: p('delivery'),
        placeKind: p('placeKind'),
        placeId: p('placeId'),
        role: p('role'),
        status: p('status'),
        seq: p('seq'),
      })
      .onConflictDoUpdate({
        target: device.id,
        set: {
          driver: sql`excluded.driver`,
          kind: sql`excluded.kind`,
          delivery: sql`excluded.delivery`,
          placeKind: sql`excluded.place_kind`,
          placeId: sql`excluded.place_id`,
          role: sql`excluded.role`,
          status: sql`excluded.status`,
          seq: sql`excluded.seq`,
        },
      })
      .prepare(),
    revokeDevice: db
      .update(device)
      .set({ status: 'revoked', seq: sql`${p('seq')}` })
      .where(sql`${device.id} = ${p('id')}`)
      .prepare(),
    contact: db
      .insert(contact)
      .values({ name: 'upstream', at: p('at'), seq: p('seq') })
      .onConflictDoUpdate({ target: contact.name, set: { at: sql`excluded.at`, seq: sql`excluded.seq` } })
      .prepare(),
  }
}
