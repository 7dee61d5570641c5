import { getCookie } from 'hono/cookie'
import { addressKey } from '../address-key.ts'
import { clientAddress } from './client-address.ts'
import type { Client, ClientDirectory } from './clients.ts'
import { hashOfToken, looksLikeToken } from './clients.ts'
import type { HttpClock } from './clock.ts'
import type { Access } from './operation.ts'
import type { Rates } from './request-rates.ts'
import { createRates } from './request-rates.ts'
import type { Call } from './respond.ts'
import { refuse } from './respond.ts'
import type { Sessions } from './sessions.ts'
import type { HttpSettings } from './settings.ts'

export const SESSION_COOKIE = 'tolbooth_session'
const REALM = 'Bearer realm="tolbooth"'

/**
 * Lets a request in, or answers it. A bearer token may do all that its role may; the cookie of a page may only read. A desk pass, which the attendant's page holds and no browser
 * sends by itself, is a bearer token too (docs/decisions/080-an-attendants-page.md).
 */
export type Identify = {
  /** `undefined` when the request may go on; then `c.get('client')` says who it is. */
  admit(c: Call, access: Access, by: 'token' | 'token-or-cookie'): Promise<Response | undefined>
  /** For what lasts: whether the token or cookie of an admitted request still stands for the same client with the same rights. */
  lasting(c: Call): () => boolean
  /** Whoever shows this token, or `undefined`. */
  holderOf(token: string): Client | undefined
  /** The address by which whoever asks is counted. */
  addressOf(c: Call): string
  /** One request of somebody unknown, counted by address; answered when there are too many. */
  stranger(c: Call): Promise<Response | undefined>
  /** One of the pages' own files, which hold nothing of the site: counted by address too, apart from all else. */
  file(c: Call): Promise<Response | undefined>
}

export function createIdentify(parts: {
  readonly clients: ClientDirectory
  readonly sessions: Sessions
  readonly clock: HttpClock
  readonly settings: HttpSettings
}): Identify {
  const { clients, sessions, clock, settings } = parts
  const ofClients = createRates(settings.requestsPerSecondMax, settings.requestBurstMax)
  const ofStrangers = createRates(settings.strangerRequestsPerSecondMax, settings.strangerBurstMax)

  const ofFiles = createRates(settings.fileRequestsPerSecondMax, settings.fileBurstMax)

  const holderOf = (token: string): Client | undefined =>
    looksLikeToken(token) ? clients.byTokenHash(hashOfToken(token)) : undefined

  const taken = async (c: Call, rates: Rates, who: string): Promise<Response | undefined> => {
    const rate = rates.take(who, clock.monotonicMs())
    return rate.ok ? undefined : refuse(c, 'too-many-requests', {}, { retryAfterMs: rate.retryAfterMs })
  }

  const addressOf = (c: Call): string => addressKey(clientAddress(c, settings.trustedProxies))

  const stranger = (c: Call): Promise<Response | undefined> => taken(c, ofStrangers, addressOf(c))

  const clientBy = (shown: Shown): Client | undefined => {
    switch (shown.kind) {
      case 'token':
        // A token has no points in it, a pass three.
        return holderOf(shown.token) ?? sessions.readDeskPass(shown.token)
      case 'cookie':
        return sessions.read(shown.cookie)
      case 'nothing':
        return undefined
    }
  }

  return {
    holderOf,
    addressOf,
    stranger,
    file: (c) => taken(c, ofFiles, addressOf(c)),
    lasting: (c) => {
      const shown = shownBy(c, 'token-or-cookie')
      const admitted = JSON.stringify(c.get('client'))
      return () => JSON.stringify(clientBy(shown)) === admitted
    },
    admit: async (c, access, by) => {
      if (access === 'anyone') return stranger(c)
      const shown = shownBy(c, by)
      const client = clientBy(shown)
      if (client === undefined) {
        const authenticate = shown.kind === 'token' ? `${REALM}, error="invalid_token"` : REALM
        return (await stranger(c)) ?? refuse(c, 'unauthorized', {}, { authenticate })
      }
      c.set('client', client)
      const tooMany = await taken(c, ofClients, client.id)
      if (tooMany !== undefined) return tooMany
      if (access.includes(client.role)) return undefined
      return refuse(c, 'forbidden', {}, { authenticate: `${REALM}, error="insufficient_scope"` })
    },
  }
}

type Shown =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'cookie'; readonly cookie: string }
  | { readonly kind: 'nothing' }

function shownBy(c: Call, by: 'token' | 'token-or-cookie'): Shown {
  const header = c.req.header('authorization')
  if (header !== undefined) return { kind: 'token', token: /^bearer +(\S+) *$/i.exec(header)?.[1] ?? '' }
  const cookie = by === 'token-or-cookie' ? getCookie(c, SESSION_COOKIE) : undefined
  return cookie === undefined ? { kind: 'nothing' } : { kind: 'cookie', cookie }
}
