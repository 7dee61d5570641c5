import { z } from 'zod'
import { isCurrencyCode, money } from '../../core/money.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { ReceiptCheck } from '../http/ports.ts'
import type { PublicKey } from '../tokens/public-key.ts'
import { verifyGatewayToken } from '../tokens/signer.ts'

/** A receipt is at most so long; a longer text is no receipt of ours. */
export const RECEIPT_CHARACTERS_MAX = 2_048

/**
 * Whether this gateway, with its key of today or an earlier one, signed a receipt, and what it says. Refuses any other spelling, type or key; says nothing of whether
 * the charge has been refunded since.
 */
export function checkReceipt(jws: string, keyOf: (kid: string) => PublicKey | undefined): ReceiptCheck {
  if (jws.length > RECEIPT_CHARACTERS_MAX) return { kind: 'not-genuine', refusal: 'token-too-long' }
  const opened = verifyGatewayToken('receipt+jwt', jws, keyOf)
  if (!opened.ok) return { kind: 'not-genuine', refusal: opened.refusal }
  const claims = safeParse(receiptClaims, opened.value)
  if (!claims.success) return { kind: 'not-genuine', refusal: 'token-claims' }
  const { jti, sub, amt, cur, merchant, place, mode, iat } = claims.data
  return {
    kind: 'genuine',
    id: jti,
    charge: sub,
    amount: money(amt, cur),
    merchant,
    place,
    mode,
    issuedAtMs: iat * 1_000,
  }
}

const receiptClaims = z.looseObject({
  jti: z.string(),
  sub: z.string(),
  amt: z.int().min(0),
  cur: z.string().refine(isCurrencyCode),
  merchant: z.string(),
  place: z.string(),
  mode: z.string(),
  iat: z.int(),
})
