import { isIP } from 'node:net'
import type { TrustedProxies } from '../trusted-proxies.ts'
import type { Call } from './respond.ts'

/** Proxies one behind the other; what lies further from us is not looked at. */
export const FORWARDED_HOPS_MAX = 8
export const FORWARDED_CHARACTERS_MAX = 1_024

/**
 * The address by which whoever asks is counted. Where the peer is a proxy that the site trusts, it is the right-most address of `X-Forwarded-For` that is none of these: what stands left of that its sender
 * may have made up. A header of anybody else, one that is too long, and a name that is no address, say nothing: the last address that is known for sure is taken.
 */
export function clientAddress(c: Call, trusted: TrustedProxies): string {
  const peer = plain(c.env?.incoming?.socket.remoteAddress ?? '')
  const forwarded = c.req.header('x-forwarded-for') ?? ''
  if (!trusted.has(peer) || forwarded.length > FORWARDED_CHARACTERS_MAX) return peer
  let sure = peer
  for (const said of forwarded.split(',').reverse().slice(0, FORWARDED_HOPS_MAX)) {
    const address = plain(withoutPort(said.trim()))
    if (isIP(address) === 0) return sure
    sure = address
    if (!trusted.has(address)) return sure
  }
  return sure
}

/** Some proxies say the port with it. */
function withoutPort(said: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(said)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(said)?.[1] ?? said
}

/** An address of version 4 as a socket of version 6 has it. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return mapped ?? address
}
