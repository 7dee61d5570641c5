import { z } from 'zod'
import type { WireAnswer } from '../../devices/wire.ts'

const sum = z.object({ amount: z.int(), currency: z.string() })

/** What a device and the person before it make of an answer: members that they have no use for are passed over. */
const answerSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    kind: z.string(),
    charge: z.string().nullable().default(null),
    amount: sum.nullable().default(null),
    passage: z.string().nullable().default(null),
  }),
  z.object({
    ok: z.literal(false),
    refusal: z.string(),
    tryAgain: z.string(),
  }),
])

export type Answer = z.infer<typeof answerSchema>

/** `undefined` where the outcome is none that this device understands. */
export function answerOf(outcome: WireAnswer['outcome']): Answer | undefined {
  const read = answerSchema.safeParse(outcome)
  return read.success ? read.data : undefined
}

/** It was accepted, now or before: the payer has paid, or the driver may pass. */
export function isAccepted(answer: Answer): answer is Extract<Answer, { ok: true }> {
  return answer.ok && (answer.kind === 'paid' || answer.kind === 'let-through' || answer.kind === 'already-accepted')
}
