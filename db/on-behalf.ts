import type { ChargeId } from '../core/ids.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode } from '../core/money.ts'
import type { HeldCash } from '../core/parking/facts.ts'
import type { OnBehalfMove } from '../core/parking/on-behalf.ts'
import { heldAfter } from '../core/parking/on-behalf.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { Db } from './open.ts'

/** As the index of them says it (db/schema.ts). */
export const IS_ON_BEHALF = "(instr(debit, ':cash-on-behalf:') > 0 OR instr(credit, ':cash-on-behalf:') > 0)"

/** Who moved it, its record says, as long as it is there. */
export const ON_BEHALF_COLUMNS = `transfer.charge AS charge, transfer.seq AS seq, transfer.amount AS amount, transfer.code AS code,
  instr(debit, ':cash-on-behalf:') > 0 AS isTaken, instr(debit, ':cash:') > 0 AS isInDrawer, json_extract(journal.body, '$.event.actor.id') AS by`

export type OnBehalfRow = {
  readonly charge: string
  readonly seq: number
  readonly amount: number
  readonly code: string
  readonly isTaken: 0 | 1
  readonly isInDrawer: 0 | 1
  readonly by: string | null
}

export function onBehalfMove({ charge, seq, amount, code, isTaken, isInDrawer, by }: OnBehalfRow): OnBehalfMove {
  const way = isTaken === 1 ? 'taken' : code === 'refund' ? 'given-back' : isInDrawer === 1 ? 'in-drawer' : 'passed-on'
  return { charge: charge as ChargeId, seq, amount, by, way }
}

/** Cash that a person took to transfer it themselves, and no bank has told of. */
export type StillHeld = HeldCash & {
  readonly mode: Mode
  readonly currency: CurrencyCode
  /** When it was taken; `null`: the record that says it has been dropped. */
  readonly since: Instant | null
}

/** All that staff hold still, charge by charge: together it is the balance of their account. */
export function* stillHeld(db: Db): Generator<StillHeld> {
  const rows = db.$client
    .prepare<[], OnBehalfRow & { readonly debit: string; readonly currency: CurrencyCode; readonly at: number | null }>(
      `SELECT ${ON_BEHALF_COLUMNS}, debit, currency, journal.at AS at
       FROM transfer LEFT JOIN journal ON journal.seq = transfer.seq
       WHERE ${IS_ON_BEHALF} ORDER BY transfer.charge, transfer.seq, transfer.id`,
    )
    .iterate()
  let ofOne: (typeof rows extends IterableIterator<infer Row> ? Row : never)[] = []
  for (const row of rows) {
    if (ofOne[0] !== undefined && ofOne[0].charge !== row.charge) {
      yield* held(ofOne)
      ofOne = []
    }
    ofOne.push(row)
  }
  yield* held(ofOne)

  function held(all: typeof ofOne): readonly StillHeld[] {
    return heldAfter(all.map(onBehalfMove)).flatMap((each) => {
      const taken = all.find(({ seq, isTaken }) => seq === each.seq && isTaken === 1)
      if (taken === undefined) return []
      const mode: Mode = taken.debit.startsWith('live:') ? 'live' : 'training'
      return [{ ...each, mode, currency: taken.currency, since: taken.at === null ? null : instant(taken.at) }]
    })
  }
}
