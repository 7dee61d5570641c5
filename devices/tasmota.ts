import type { DeviceAddress } from './driver.ts'
import { DEVICE_PREFIX, leafOf } from './topics.ts'

/**
 * Where devices with the Tasmota firmware speak, with `FullTopic tolbooth/v1/<site>/%topic%/%prefix%/` and the device's id as `Topic`. From
 * https://tasmota.github.io/docs/MQTT/. They publish at QoS 0 and count nothing, so their messages carry levels.
 */
export const tasmotaTopics = {
  publishes: [
    `${DEVICE_PREFIX}/stat/+`,
    `${DEVICE_PREFIX}/tele/+`,
    // At each connection it clears a retained POWER of its own, by an empty message.
    `${DEVICE_PREFIX}/cmnd/POWER`,
    // Ten seconds after each start it announces itself to home automation, under its MAC address, and cannot be told not to.
    'tasmota/discovery/+/config',
    'tasmota/discovery/+/sensors',
  ],
  subscribes: [`${DEVICE_PREFIX}/cmnd/#`],
  will: `${DEVICE_PREFIX}/tele/LWT`,
}

/** Whether Tasmota publishes there, also what no driver reads. */
export function isTasmotaTopic(address: DeviceAddress, topic: string): boolean {
  const leaf = leafOf(address, topic)
  return leaf === undefined
    ? /^tasmota\/discovery\/[^/]+\/(?:config|sensors)$/.test(topic)
    : leaf === 'cmnd/POWER' || /^(?:stat|tele)\/[^/]+$/.test(leaf)
}
