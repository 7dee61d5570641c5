import type { DeviceId } from '../../core/ids.ts'
import { filterPattern, grantedTopics, isWildcard } from './granted-topics.ts'
import type { DeviceGrant } from './transport.ts'

/** Who is enrolled, whose each topic is, and on which of several connections each device is listened to. */
export type Roster = {
  ownerOf(topic: string): TopicOwner | undefined
  shardOf(device: DeviceId): number | undefined
  /** What has to be subscribed on a connection. */
  filtersOf(shard: number): ReadonlySet<string>
}

export type TopicOwner = { readonly device: DeviceId; readonly use: 'event' | 'status' }

/**
 * A filter with a wildcard that several devices share (what a firmware announces under its MAC address) names none of them, and is left out. A grant
 * that no device may have, and one that takes a topic which another device has, goes to `onBroken`; the device is left out.
 */
export function rosterOf(
  grants: readonly DeviceGrant[],
  shards: number,
  onBroken: (device: DeviceId, detail: string) => void,
): Roster {
  const owners = new Map<string, TopicOwner>()
  const shardOf = new Map<DeviceId, number>()
  const filters = Array.from({ length: shards }, () => new Set<string>())
  const wildcards: { readonly pattern: RegExp; readonly device: DeviceId }[] = []
  /** Topics that were found under a wildcard before. */
  const matched = new Map<string, TopicOwner>()
  const wildcardUses = new Map<string, number>()
  for (const filter of grants.flatMap(({ publishes }) => publishes).filter(isWildcard)) {
    wildcardUses.set(filter, (wildcardUses.get(filter) ?? 0) + 1)
  }

  for (const grant of grants) {
    const problem = problemOf(grant, owners)
    if (problem !== undefined) {
      onBroken(grant.device, problem)
      continue
    }
    const shard = shardIndex(grant.device, shards)
    shardOf.set(grant.device, shard)
    for (const filter of grant.publishes) {
      if (!isWildcard(filter)) owners.set(filter, { device: grant.device, use: 'event' })
      else if (wildcardUses.get(filter) === 1) wildcards.push({ pattern: filterPattern(filter), device: grant.device })
      else continue
      filters[shard]?.add(filter)
    }
    owners.set(grant.will, { device: grant.device, use: 'status' })
    filters[shard]?.add(grant.will)
  }

  return {
    ownerOf(topic) {
      const owner = owners.get(topic)
      if (owner !== undefined) return owner
      const known = matched.get(topic)
      if (known !== undefined) return known
      const wildcard = wildcards.find(({ pattern }) => pattern.test(topic))
      if (wildcard === undefined) return undefined
      if (matched.size >= MATCHED_MAX) matched.clear()
      const found: TopicOwner = { device: wildcard.device, use: 'event' }
      matched.set(topic, found)
      return found
    },
    shardOf: (device) => shardOf.get(device),
    filtersOf: (shard) => filters[shard] ?? NONE,
  }
}

function problemOf(grant: DeviceGrant, owners: ReadonlyMap<string, TopicOwner>): string | undefined {
  try {
    grantedTopics(grant)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const taken = [...grant.publishes, grant.will].find((topic) => owners.has(topic))
  return taken === undefined ? undefined : `${taken} belongs to ${owners.get(taken)?.device}`
}

/** The same device is on the same connection after every restart, whoever else is enrolled: the broker keeps that session's messages (FNV-1a, 32 bits). */
function shardIndex(device: DeviceId, shards: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < device.length; at++) hash = Math.imul(hash ^ device.charCodeAt(at), 0x01000193) >>> 0
  return hash % shards
}

const MATCHED_MAX = 10_000
const NONE: ReadonlySet<string> = new Set()
