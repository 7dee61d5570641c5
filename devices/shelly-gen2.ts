import { z } from 'zod'
import type { Read } from './bounded-json.ts'
import { readJson } from './bounded-json.ts'
import { DEVICE_PREFIX } from './topics.ts'

/**
 * What Shelly devices of the second generation and later say over MQTT, with `topic_prefix` set to the device's own prefix. From
 * https://shelly-api-docs.shelly.cloud/gen2/ (General/RPCProtocol, General/Notifications, Components Mqtt, Switch, Input). They publish at QoS 1 and
 * know no ids of their own for what they notify, so these messages carry levels.
 */
export const shellyTopics = {
  publishes: [
    `${DEVICE_PREFIX}/online`,
    `${DEVICE_PREFIX}/events/rpc`,
    `${DEVICE_PREFIX}/status/+`,
    `${DEVICE_PREFIX}/response/rpc`,
  ],
  subscribes: [`${DEVICE_PREFIX}/rpc`],
  will: `${DEVICE_PREFIX}/online`,
}

const input = z.looseObject({ state: z.boolean() })
/** A notification carries what changed, so an input may be there without its state. */
const changedInput = z.looseObject({ state: z.boolean().optional() })
const notification = z.looseObject({
  method: z.string(),
  params: z.looseObject({ 'input:0': changedInput.optional() }).optional(),
})

/**
 * The level of the first input, from `status/input:0` or from a notification; `undefined` in a message that does not speak of it. An
 * input of type `button` has the state `null` and is refused: set its type to `switch`.
 */
export function inputLevel(leaf: string, bytes: Uint8Array): Read<boolean | undefined> {
  switch (leaf) {
    case 'status/input:0': {
      const read = readJson(input, bytes)
      return read.ok ? { ok: true, value: read.value.state } : read
    }
    case 'events/rpc': {
      const read = readJson(notification, bytes)
      return read.ok ? { ok: true, value: read.value.params?.['input:0']?.state } : read
    }
    default:
      return { ok: true, value: undefined }
  }
}

/** Whether a Shelly publishes there: components that we do not use report their status too. */
export function isShellyLeaf(leaf: string): boolean {
  return leaf === 'online' || leaf === 'events/rpc' || leaf === 'response/rpc' || /^status\/[^/]+$/.test(leaf)
}
