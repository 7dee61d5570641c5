/**
 * Who has connected and has not been let in yet, by the address from which it came. Whoever holds most places gives way to others, so that one machine that opens
 * connections and says nothing keeps no device of another address out.
 */
export type WaitingRoom<One> = {
  size(): number
  sizeAt(address: string): number
  enter(address: string, one: One): void
  leave(one: One): void
  /** The oldest of the address that has most, where the newcomer's own would still have fewer than that; otherwise nobody. */
  toGiveWay(address: string): One | undefined
}

export function createWaitingRoom<One>(): WaitingRoom<One> {
  const addressOf = new Map<One, string>()
  const byAddress = new Map<string, Set<One>>()

  return {
    size: () => addressOf.size,
    sizeAt: (address) => byAddress.get(address)?.size ?? 0,
    enter(address, one) {
      addressOf.set(one, address)
      const there = byAddress.get(address)
      if (there === undefined) byAddress.set(address, new Set([one]))
      else there.add(one)
    },
    leave(one) {
      const address = addressOf.get(one)
      const there = address === undefined ? undefined : byAddress.get(address)
      if (address === undefined || there === undefined) return
      addressOf.delete(one)
      there.delete(one)
      if (there.size === 0) byAddress.delete(address)
    },
    toGiveWay(address) {
      const own = byAddress.get(address)?.size ?? 0
      let most: ReadonlySet<One> = new Set()
      for (const there of byAddress.values()) if (there.size > most.size) most = there
      if (own + 1 >= most.size) return undefined
      const [oldest] = most
      return oldest
    },
  }
}
