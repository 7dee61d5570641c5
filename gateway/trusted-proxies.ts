import { BlockList, isIP } from 'node:net'

/** Who stands between a client and us and says so truthfully. Nobody unless the site names them. */
export type TrustedProxies = { has(address: string): boolean }

export const TRUSTED_PROXIES_MAX = 32

/** Addresses, and networks as CIDR writes them. `undefined` for what is neither, or for more than `TRUSTED_PROXIES_MAX`. */
export function trustedProxies(named: readonly string[]): TrustedProxies | undefined {
  if (named.length > TRUSTED_PROXIES_MAX) return undefined
  const list = new BlockList()
  for (const each of named) {
    const [address = '', prefix, ...more] = each.split('/')
    const version = isIP(address)
    if (version === 0 || more.length > 0) return undefined
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) {
      list.addAddress(address, family)
      continue
    }
    const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    // All addresses there are: then everybody could say who they are.
    if (!(bits >= 1 && bits <= (version === 4 ? 32 : 128))) return undefined
    list.addSubnet(address, bits, family)
  }
  return { has: (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6') }
}
