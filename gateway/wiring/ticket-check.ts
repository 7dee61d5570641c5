import { z } from 'zod'
import type { SessionId } from '../../core/ids.ts'
import type { TicketCheck } from '../http/ports.ts'
import type { PublicKey } from '../tokens/public-key.ts'
import { TOKEN_CHARACTERS_MAX } from '../tokens/shown-text.ts'
import { verifyGatewayToken } from '../tokens/signer.ts'

/**
 * Whether this gateway, with its key of today or an earlier one, signed a ticket, and which stay it names. Whether that stay is open, and whether the ticket is still in time, is not asked: who
 * looks at it opens nothing by it.
 */
export function checkTicket(jws: string, keyOf: (kid: string) => PublicKey | undefined): TicketCheck {
  if (jws.length > TOKEN_CHARACTERS_MAX) return { ok: false, refusal: 'token-too-long' }
  const opened = verifyGatewayToken('ticket+jwt', jws, keyOf)
  if (!opened.ok) return { ok: false, refusal: opened.refusal }
  const claims = ticketClaims.safeParse(opened.value)
  if (!claims.success) return { ok: false, refusal: 'token-claims' }
  return { ok: true, session: claims.data.session }
}

const ticketClaims = z.looseObject({ session: z.string().transform((text) => text as SessionId) })
