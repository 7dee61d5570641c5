import { z } from 'zod'
import type { Read } from './bounded-json.ts'
import { readJson } from './bounded-json.ts'
import type { DeviceAddress, Encoded } from './driver.ts'
import { safeParse } from './safe-parse.ts'
import { DEVICE_PREFIX, prefixOf } from './topics.ts'

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

/**
 * Asks for the level of the first input (https://shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices/Input, `Input.GetStatus`). At QoS 0, which no broker keeps for later; it is asked again. `src` is
 * where the response goes, with `/rpc` behind it.
 */
export function encodeInputAsk(address: DeviceAddress, ask: string): Encoded {
  const prefix = prefixOf(address)
  const request = { id: ask, src: `${prefix}/response`, method: 'Input.GetStatus', params: { id: 0 } }
  return { topic: `${prefix}/rpc`, bytes: new TextEncoder().encode(JSON.stringify(request)), qos: 0 }
}

/** What `Input.GetStatus` answers. */
const inputStatus = z.looseObject({ id: z.string(), result: z.looseObject({ id: z.literal(0), state: z.boolean() }) })

/** The level in a response on `response/rpc`, and which `ask` it answers; `undefined` in one to something else. */
export function answeredLevel(bytes: Uint8Array): Read<{ readonly ask: string; readonly level: boolean } | undefined> {
  const read = readJson(z.looseObject({}), bytes)
  if (!read.ok) return read
  const status = safeParse(inputStatus, read.value)
  return { ok: true, value: status.success ? { ask: status.data.id, level: status.data.result.state } : undefined }
}

/** Whether a Shelly publishes there: components that we do not use report their status too. */
export function isShellyLeaf(leaf: string): boolean {
  return leaf === 'online' || leaf === 'events/rpc' || leaf === 'response/rpc' || /^status\/[^/]+$/.test(leaf)
}
