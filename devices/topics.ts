import type { DeviceAddress, Driver } from './driver.ts'

/**
 * Where everything of a device lives, whoever made it: a relay that is bought is given this as its topic prefix, so that one rule holds for all
 * (a device may touch its own topics only).
 */
export const DEVICE_PREFIX = 'tolbooth/v1/{site}/{device}'

/** The prefix with the ids filled in, without a slash at the end. */
export function prefixOf(address: DeviceAddress): string {
  return filled(DEVICE_PREFIX, address)
}

/** What follows the device's own prefix, `event` or `status/input:0`, or `undefined` for a topic of anything else. */
export function leafOf(address: DeviceAddress, topic: string): string | undefined {
  const prefix = `${prefixOf(address)}/`
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined
}

export type GrantedTopics = {
  readonly publishes: readonly string[]
  readonly subscribes: readonly string[]
  readonly will: string
}

/** What the device at this address may do at a broker: the driver's topics with the ids filled in. */
export function grantedTopics(driver: Driver, address: DeviceAddress): GrantedTopics {
  return {
    publishes: driver.topics.publishes.map((topic) => filled(topic, address)),
    subscribes: driver.topics.subscribes.map((topic) => filled(topic, address)),
    will: filled(driver.topics.will, address),
  }
}

function filled(template: string, address: DeviceAddress): string {
  return template.replace('{site}', address.site).replace('{device}', address.device)
}
