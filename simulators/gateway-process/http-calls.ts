import type { GatewayProcessSpec } from './provision.ts'

export type Address = Pick<GatewayProcessSpec, 'httpUrl' | 'bearerToken'>

const REQUEST_MAX_MS = 10_000

/** One request of the client that set the site up. Rejects where the gateway is down. */
export function fetched({ httpUrl, bearerToken }: Address, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${httpUrl}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${bearerToken}`, ...init.headers },
    signal: AbortSignal.timeout(REQUEST_MAX_MS),
  })
}

/** An act: it has a key of its own, under which it is done once however often it is sent. */
export function posted(address: Address, path: string, key: string, body: unknown): Promise<Response> {
  return fetched(address, path, {
    method: 'POST',
    headers: { 'idempotency-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}
