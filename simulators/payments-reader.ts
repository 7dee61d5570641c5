import { z } from 'zod'

/** What was asked and what was paid, as somebody outside keeps it, from the records of the journal alone. */
export type PaymentsReader = {
  take(record: unknown): void
  /** A sentence for each record by which more was paid for one stay, or one sale, than it had come to by then. */
  paidBeyond(): readonly string[]
}

const sum = z.object({ amount: z.int() })

const change = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('charge-opened'),
    charge: z.object({ id: z.string(), session: z.string().nullable(), due: sum }),
  }),
  z.object({ kind: z.literal('charge-raised'), charge: z.string(), due: sum }),
  z.object({ kind: z.literal('payment-taken'), charge: z.string(), tender: z.string(), amount: sum }),
  z.object({ kind: z.literal('credit-reversed'), charge: z.string(), ofPaid: sum }),
])

const record = z.object({
  seq: z.int(),
  body: z.object({ changes: z.array(z.looseObject({ kind: z.string() })) }),
})

type Asked = { due: number; paid: number }

/** A stay is asked once, whatever charges stand for it: a second one of the same price asks for nothing more. Only a price that has risen does. */
export function paymentsReader(): PaymentsReader {
  const stayOf = new Map<string, string>()
  const asked = new Map<string, Asked>()
  const beyond: string[] = []

  function askedOf(charge: string): Asked & { readonly of: string } {
    const of = stayOf.get(charge) ?? charge
    const known = asked.get(of) ?? { due: 0, paid: 0 }
    return { of, ...known }
  }

  /** Returns the stay or the sale for which something was paid. */
  function takeChange(one: unknown): string | undefined {
    const read = change.safeParse(one)
    if (!read.success) return undefined
    const { data } = read
    if (data.kind === 'charge-opened') stayOf.set(data.charge.id, data.charge.session ?? data.charge.id)
    const { of, due, paid } = askedOf(data.kind === 'charge-opened' ? data.charge.id : data.charge)
    switch (data.kind) {
      case 'charge-opened':
        asked.set(of, { due: Math.max(due, data.charge.due.amount), paid })
        return undefined
      case 'charge-raised':
        asked.set(of, { due: Math.max(due, data.due.amount), paid })
        return undefined
      case 'payment-taken':
        asked.set(of, { due, paid: paid + data.amount.amount })
        return of
      case 'credit-reversed':
        asked.set(of, { due, paid: paid - data.ofPaid.amount })
        return undefined
    }
  }

  return {
    take(given) {
      const read = record.safeParse(given)
      if (!read.success) return
      const { seq, body } = read.data
      const paidFor = new Set(body.changes.flatMap((one) => takeChange(one) ?? []))
      for (const of of paidFor) {
        const { due, paid } = askedOf(of)
        if (paid > due) beyond.push(`record ${seq}: ${of} has come to ${due}, and ${paid} is paid`)
      }
    },
    paidBeyond: () => beyond,
  }
}
