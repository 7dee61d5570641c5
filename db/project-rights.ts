import { sql } from 'drizzle-orm'
import { canonicalJson } from '../core/canonical-json.ts'
import type { RightChange } from '../core/parking/changes.ts'
import type { PassSale } from '../core/parking/sale.ts'
import type { AssignedRight } from '../core/parking/session.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import { mustChange } from './must-change.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** The part of `project` that writes passes and validations. */
export type RightProjector = { apply(change: RightChange, seq: number): void }

export function createRightProjector(db: Db): RightProjector {
  const write = prepare(db)
  return { apply }

  function apply(change: RightChange, seq: number): void {
    switch (change.kind) {
      case 'right-put':
        putRight(change.right, seq)
        return
      case 'right-status': {
        const { right, status, away, at } = change
        mustChange(write.rightStatus.run({ right, status, away: awayColumn(away), at, seq }), change)
        return
      }
      case 'right-coded': {
        const { id, issuedAt } = change.code
        mustChange(write.codeRight.run({ right: change.right, code: id, at: issuedAt, seq }), change)
        return
      }
      case 'pass-sale-put':
        putSale(change.sale, seq)
        return
      case 'validation-borne':
        mustChange(write.bearValidation.run({ right: change.right, amount: change.amount.amount }), change)
        return
    }
  }

  function putSale({ charge, right, kind, mode, offer, soldAt, dueAt, period, state }: PassSale, seq: number): void {
    write.sale.run({
      charge,
      right,
      kind,
      mode,
      tariff: offer.tariff.id,
      tariffVersion: offer.tariff.version,
      pass: offer.pass,
      vehicleClass: offer.vehicleClass,
      months: offer.months,
      soldAt,
      dueAt,
      from: period.from,
      until: period.until,
      status: state.status,
      movedAt: state.status === 'unpaid' ? null : state.at,
      seq,
    })
  }

  function putRight(right: AssignedRight, seq: number): void {
    write.right.run({
      id: right.id,
      kind: right.kind,
      status: right.status,
      ...holderColumns(right.holder),
      places: canonicalJson(right.places),
      vehicleClasses: canonicalJson(right.vehicleClasses),
      spaces: right.spaces,
      validFrom: right.validFrom,
      validUntil: right.validUntil,
      hours: canonicalJson(right.hours),
      away: awayColumn(right.away),
      session: right.session,
      relief: canonicalJson(right.relief),
      // Records of before codes name none.
      code: right.code?.id ?? null,
      codedAt: right.code?.issuedAt ?? null,
      merchant: right.given?.merchant ?? null,
      givenOn: right.given?.on ?? null,
      seq,
    })
    write.clearRightPlates.run({ right: right.id })
    for (const { mac, ref, likeness, tail } of right.plates) {
      write.rightPlate.run({ right: right.id, mac, ref, likeness, tail, seq })
    }
  }
}

/** A name that stands in a record of before, as it was typed, is not brought back from there: a rebuild is not to show what an erasing cannot reach. */
function holderColumns(holder: PersonalValue | string | null): {
  readonly holderRef: string | null
  readonly holderMac: string | null
} {
  return holder === null || typeof holder === 'string'
    ? { holderRef: null, holderMac: null }
    : { holderRef: holder.ref, holderMac: holder.mac }
}

/** Records of before this was kept say nothing of it: then what the status says holds from when it was last changed. */
function awayColumn(away: AssignedRight['away']): string | null {
  return away === undefined ? null : canonicalJson(away)
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { assignedRight, passSale, rightPlate } = tables
  return {
    right: db
      .insert(assignedRight)
      .values({
        id: p('id'),
        kind: p('kind'),
        status: p('status'),
        holderRef: p('holderRef'),
        holderMac: p('holderMac'),
        places: p('places'),
        vehicleClasses: p('vehicleClasses'),
        spaces: p('spaces'),
        validFrom: p('validFrom'),
        validUntil: p('validUntil'),
        hours: p('hours'),
        away: p('away'),
        session: p('session'),
        relief: p('relief'),
        code: p('code'),
        codedAt: p('codedAt'),
        merchant: p('merchant'),
        givenOn: p('givenOn'),
        seq: p('seq'),
      })
      .onConflictDoUpdate({
        target: assignedRight.id,
        set: {
          kind: sql`excluded.kind`,
          status: sql`excluded.status`,
          holderRef: sql`excluded.holder_ref`,
          holderMac: sql`excluded.holder_mac`,
          places: sql`excluded.places`,
          vehicleClasses: sql`excluded.vehicle_classes`,
          spaces: sql`excluded.spaces`,
          validFrom: sql`excluded.valid_from`,
          validUntil: sql`excluded.valid_until`,
          hours: sql`excluded.hours`,
          away: sql`excluded.away`,
          session: sql`excluded.session`,
          relief: sql`excluded.relief`,
          code: sql`excluded.code`,
          codedAt: sql`excluded.coded_at`,
          merchant: sql`excluded.merchant`,
          givenOn: sql`excluded.given_on`,
          seq: sql`excluded.seq`,
        },
      })
      .prepare(),
    clearRightPlates: db
      .delete(rightPlate)
      .where(sql`${rightPlate.right} = ${p('right')}`)
      .prepare(),
    rightPlate: db
      .insert(rightPlate)
      .values({
        right: p('right'),
        mac: p('mac'),
        ref: p('ref'),
        likeness: p('likeness'),
        tail: p('tail'),
        seq: p('seq'),
      })
      .onConflictDoNothing()
      .prepare(),
    rightStatus: db
      .update(assignedRight)
      .set({ status: sql`${p('status')}`, away: sql`${p('away')}`, movedAt: sql`${p('at')}`, seq: sql`${p('seq')}` })
      .where(sql`${assignedRight.id} = ${p('right')}`)
      .prepare(),
    sale: db
      .insert(passSale)
      .values({
        charge: p('charge'),
        right: p('right'),
        kind: p('kind'),
        mode: p('mode'),
        tariff: p('tariff'),
        tariffVersion: p('tariffVersion'),
        pass: p('pass'),
        vehicleClass: p('vehicleClass'),
        months: p('months'),
        soldAt: p('soldAt'),
        dueAt: p('dueAt'),
        from: p('from'),
        until: p('until'),
        status: p('status'),
        movedAt: p('movedAt'),
        soldSeq: p('seq'),
        seq: p('seq'),
      })
      .onConflictDoUpdate({
        target: passSale.charge,
        set: {
          from: sql`excluded."from"`,
          until: sql`excluded.until`,
          status: sql`excluded.status`,
          movedAt: sql`excluded.moved_at`,
          seq: sql`excluded.seq`,
        },
      })
      .prepare(),
    bearValidation: db
      .update(assignedRight)
      .set({ borne: sql`${assignedRight.borne} + ${p('amount')}` })
      .where(sql`${assignedRight.id} = ${p('right')}`)
      .prepare(),
    codeRight: db
      .update(assignedRight)
      .set({ code: sql`${p('code')}`, codedAt: sql`${p('at')}`, seq: sql`${p('seq')}` })
      .where(sql`${assignedRight.id} = ${p('right')}`)
      .prepare(),
  }
}
