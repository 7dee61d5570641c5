import { z } from 'zod'
import type { SessionId } from '../../core/ids.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { TicketCheck, TicketKey, TicketRead, Tickets } from '../http/ports.ts'
import { readTicket } from '../tokens/claims.ts'
import type { PublicKey } from '../tokens/public-key.ts'
import { readShownText, TOKEN_CHARACTERS_MAX } from '../tokens/shown-text.ts'
import { verifyGatewayToken } from '../tokens/signer.ts'
import type { OwnKeys } from './own-keys.ts'

/**
 * Whether this gateway, with its key of today or an earlier one, signed a ticket, and which stay it names. Whether that stay is open, and whether the ticket is still in time, is not asked: who
 * looks at it opens nothing by it.
 */
export function checkTicket(jws: string, keyOf: (kid: string) => PublicKey | undefined): TicketCheck {
  if (jws.length > TOKEN_CHARACTERS_MAX) return { ok: false, refusal: 'token-too-long' }
  const opened = verifyGatewayToken('ticket+jwt', jws, keyOf)
  if (!opened.ok) return { ok: false, refusal: opened.refusal }
  const claims = safeParse(ticketClaims, opened.value)
  if (!claims.success) return { ok: false, refusal: 'token-claims' }
  return { ok: true, session: claims.data.session }
}

const ticketClaims = z.looseObject({ session: z.string().transform((text) => text as SessionId) })

/** Of these keys, which were never secret: those that were revoked neither read a ticket nor are given out. */
export function ticketsOf({ issuer, publicKey }: Pick<OwnKeys, 'issuer' | 'publicKey'>): Tickets {
  const keys = issuer.keys.filter(({ revoked }) => !revoked)
  const keyOf = (kid: string): PublicKey | undefined =>
    keys.some((key) => key.kid === kid) ? publicKey(kid) : undefined
  return {
    read: (shown) => readOwnTicket(shown, issuer, keyOf),
    keys: () =>
      keys.flatMap(({ kid, from, until }): readonly TicketKey[] => {
        const key = publicKey(kid)
        return key === undefined ? [] : [{ kid, jwk: key.jwk, from, until }]
      }),
  }
}

function readOwnTicket(
  shown: string,
  { iss, keys }: OwnKeys['issuer'],
  keyOf: (kid: string) => PublicKey | undefined,
): TicketRead {
  const text = readShownText(shown)
  if (!text.ok) return text
  let kid = ''
  const opened = verifyGatewayToken('ticket+jwt', text.text, (named) => {
    kid = named
    return keyOf(named)
  })
  if (!opened.ok) return { ok: false, refusal: opened.refusal }
  const key = keyOf(kid)
  if (key === undefined || opened.value['iss'] !== iss) return { ok: false, refusal: 'token-issuer-unknown' }
  const ticket = readTicket(opened.value, { issuer: iss, kid, thumbprint: key.thumbprint })
  if (!ticket.ok) return { ok: false, refusal: ticket.refusal }
  const state = keys.find((each) => each.kid === kid)
  const isInTime =
    state !== undefined && ticket.value.iat >= state.from && (state.until === null || ticket.value.iat < state.until)
  return isInTime ? { ok: true, token: ticket.value } : { ok: false, refusal: 'token-key-out-of-time' }
}
