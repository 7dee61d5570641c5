import { sql } from 'drizzle-orm'
import type { AccountId, ChargeId, TransferId } from '../core/ids.ts'
import type { LedgerFault, Movement, Reservation, Transfer, TransferCode } from '../core/ledger.ts'
import { checkLinkedSet, movementOf, resolveReservation } from '../core/ledger.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode } from '../core/money.ts'
import { AMOUNT_MAX, money } from '../core/money.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** The part of `project` that books transfers and keeps the balances of accounts. */
export type LedgerProjector = {
  /** Refuses, by a throw that names it, what `applyLinkedSet` of core/ledger.ts refuses of the same books. */
  applyLinkedSet(linked: readonly Transfer[], seq: number, linkedSet: number, at: Instant): void
}

export function createLedgerProjector(db: Db): LedgerProjector {
  const write = prepare(db)
  return { applyLinkedSet }

  function applyLinkedSet(linked: readonly Transfer[], seq: number, linkedSet: number, at: Instant): void {
    const [first] = linked
    const fault = checkLinkedSet(linked)
    if (fault !== undefined) throw new Error(`the linked set of ${first?.id ?? 'no transfer'} is refused: ${fault}`)
    for (const transfer of linked) applyTransfer(transfer, seq, linkedSet, at)
  }

  function applyTransfer(transfer: Transfer, seq: number, linkedSet: number, at: Instant): void {
    const { phase } = transfer
    const isNew = write.transfer.run({
      id: transfer.id,
      debit: transfer.debit,
      credit: transfer.credit,
      amount: transfer.amount.amount,
      currency: transfer.amount.currency,
      code: transfer.code,
      charge: transfer.charge,
      phase: phase.kind,
      pending: phase.kind === 'post' || phase.kind === 'void' ? phase.pending : null,
      expiresAt: phase.kind === 'pending' ? phase.expiresAt : null,
      seq,
      linkedSet,
    })
    // By its id, or by the reservation that another has ended.
    if (isNew.changes !== 1) {
      throw refused(transfer, write.transferThere.get({ id: transfer.id }) ? 'duplicate-id' : 'pending-resolved')
    }
    switch (phase.kind) {
      case 'posted':
      case 'pending':
        book(transfer, movementOf(transfer, transfer))
        return
      case 'post':
      case 'void': {
        const resolved = resolveReservation(transfer, phase.kind, reservationOf(phase.pending), at)
        if (!resolved.ok) throw refused(transfer, resolved.fault)
        write.resolveTransfer.run({ id: phase.pending, resolved: resolved.reservation.status })
        book(transfer, movementOf(transfer, resolved.reservation.transfer))
        return
      }
    }
  }

  function reservationOf(id: TransferId): Reservation | undefined {
    const row = write.reservation.get({ id })
    if (row === undefined || row.expiresAt === null) return undefined
    const expiresAt = instant(row.expiresAt)
    return {
      transfer: {
        id,
        debit: row.debit as AccountId,
        credit: row.credit as AccountId,
        amount: money(row.amount, row.currency as CurrencyCode),
        code: row.code as TransferCode,
        charge: row.charge as ChargeId | null,
        phase: { kind: 'pending', expiresAt },
      },
      expiresAt,
      status: row.resolved ?? 'pending',
    }
  }

  function book(transfer: Transfer, by: Movement): void {
    const isBooked =
      bookTo(transfer.debit, transfer, { dp: by.posted, cp: 0, dq: by.pending, cq: 0 }) &&
      bookTo(transfer.credit, transfer, { dp: 0, cp: by.posted, dq: 0, cq: by.pending })
    if (isBooked) return
    const isForeign = [transfer.debit, transfer.credit].some((id) => {
      const currency = write.accountCurrency.get({ id })?.currency
      return currency !== undefined && currency !== transfer.amount.currency
    })
    throw refused(transfer, isForeign ? 'account-currency' : 'balance-overflow')
  }

  function bookTo(
    id: AccountId,
    transfer: Transfer,
    by: { readonly dp: number; readonly cp: number; readonly dq: number; readonly cq: number },
  ): boolean {
    const { currency } = transfer.amount
    return write.account.run({ id, mode: modeOf(id), currency, ...by }).changes === 1
  }
}

function refused({ id }: Transfer, fault: LedgerFault): Error {
  return new Error(`transfer ${id} is refused: ${fault}`)
}

function modeOf(account: AccountId): Mode {
  return account.startsWith('training:') ? 'training' : 'live'
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { account, transfer } = tables
  return {
    transfer: db
      .insert(transfer)
      .values({
        id: p('id'),
        debit: p('debit'),
        credit: p('credit'),
        amount: p('amount'),
        currency: p('currency'),
        code: p('code'),
        charge: p('charge'),
        phase: p('phase'),
        pending: p('pending'),
        expiresAt: p('expiresAt'),
        seq: p('seq'),
        linkedSet: p('linkedSet'),
      })
      .onConflictDoNothing()
      .prepare(),
    resolveTransfer: db
      .update(transfer)
      .set({ resolved: sql`${p('resolved')}` })
      .where(sql`${transfer.id} = ${p('id')}`)
      .prepare(),
    transferThere: db
      .select({ id: transfer.id })
      .from(transfer)
      .where(sql`${transfer.id} = ${p('id')}`)
      .prepare(),
    reservation: db
      .select()
      .from(transfer)
      .where(sql`${transfer.id} = ${p('id')} and ${transfer.phase} = 'pending'`)
      .prepare(),
    accountCurrency: db
      .select({ currency: account.currency })
      .from(account)
      .where(sql`${account.id} = ${p('id')}`)
      .prepare(),
    account: db
      .insert(account)
      .values({
        id: p('id'),
        mode: p('mode'),
        currency: p('currency'),
        debitsPosted: p('dp'),
        creditsPosted: p('cp'),
        debitsPending: p('dq'),
        creditsPending: p('cq'),
      })
      .onConflictDoUpdate({
        target: account.id,
        set: {
          debitsPosted: sql`${account.debitsPosted} + excluded.debits_posted`,
          creditsPosted: sql`${account.creditsPosted} + excluded.credits_posted`,
          debitsPending: sql`${account.debitsPending} + excluded.debits_pending`,
          creditsPending: sql`${account.creditsPending} + excluded.credits_pending`,
        },
        setWhere: sql`${account.currency} = excluded.currency and ${account.debitsPosted} + excluded.debits_posted <= ${AMOUNT_MAX} and ${account.creditsPosted} + excluded.credits_posted <= ${AMOUNT_MAX} and ${account.debitsPending} + excluded.debits_pending <= ${AMOUNT_MAX} and ${account.creditsPending} + excluded.credits_pending <= ${AMOUNT_MAX}`,
      })
      .prepare(),
  }
}
