import type { DeviceGrant } from './transport.ts'

/** A device's grant, made ready to be asked for every message. */
export type GrantedTopics = {
  /** What a message of this device on this topic is. */
  of(topic: string): TopicUse
  maySubscribe(filter: string): boolean
  /** Whether it was granted anything to listen to. */
  readonly isListener: boolean
}

/** `status` is the topic of the device's last will: it says whether the device is there and never enters the path. */
export type TopicUse = 'event' | 'status' | 'not-granted'

/**
 * Throws a RangeError for a grant that no device may have: an empty topic, `#` before the last level, a wildcard next to other characters or as the
 * first level (it would reach into every device's topics), `$SYS`, `$share`, a will with a wildcard. Grants are ours, made from drivers at enrolment, so a bad one is our fault and not the device's.
 */
export function grantedTopics(grant: DeviceGrant): GrantedTopics {
  const uses = new Map<string, TopicUse>()
  const wildcards: RegExp[] = []
  const filters = new Set<string>()
  for (const filter of [...grant.publishes, ...grant.subscribes, grant.will]) refuseFilter(grant, filter)
  if (isWildcard(grant.will))
    throw new RangeError(`device ${grant.device}: the will's topic ${grant.will} has a wildcard`)
  for (const filter of grant.publishes) {
    if (isWildcard(filter)) wildcards.push(filterPattern(filter))
    else uses.set(filter, 'event')
  }
  for (const filter of grant.subscribes) filters.add(filter)
  uses.set(grant.will, 'status')

  return {
    of(topic) {
      const known = uses.get(topic)
      if (known !== undefined) return known
      for (const pattern of wildcards) if (pattern.test(topic)) return 'event'
      return 'not-granted'
    },
    maySubscribe: (filter) => filters.has(filter),
    isListener: filters.size > 0,
  }
}

/** Whether a message on `topic` is for who subscribed `filter` (MQTT 3.1.1, section 4.7). */
export function isMatch(filter: string, topic: string): boolean {
  return isWildcard(filter) ? filterPattern(filter).test(topic) : filter === topic
}

export function isWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#')
}

/** `+` is one level, `#` is any number of last levels, also none (section 4.7.1). */
export function filterPattern(filter: string): RegExp {
  const levels = filter.split('/')
  const isOpen = levels.at(-1) === '#'
  const fixed = (isOpen ? levels.slice(0, -1) : levels).map((level) =>
    level === '+' ? '[^/]*' : level.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  )
  return new RegExp(`^${fixed.join('/')}${isOpen ? '(?:/.*)?' : ''}$`, 's')
}

function refuseFilter(grant: DeviceGrant, filter: string): void {
  const levels = filter.split('/')
  const isBroken =
    filter === '' ||
    filter.startsWith('$') ||
    isWildcard(levels[0] ?? '') ||
    filter.includes('\u0000') ||
    levels.some(
      (level, at) =>
        (level.includes('#') && (level !== '#' || at !== levels.length - 1)) || (level.includes('+') && level !== '+'),
    )
  if (isBroken)
    throw new RangeError(`device ${grant.device}: ${JSON.stringify(filter)} is not a topic that can be granted`)
}
