import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { DEVICE_PREFIX } from '../../devices/topics.ts'
import type { WireLeaf } from '../../devices/wire.ts'
import {
  wireAnswer,
  wireAsk,
  wireCommands,
  wireEvents,
  wireFailSafe,
  wireResult,
  wireStatus,
} from '../../devices/wire.ts'
import {
  answerExamples,
  askExamples,
  commandExamples,
  eventExamples,
  failSafeExamples,
  resultExample,
  statusExamples,
} from './examples.ts'

/**
 * The AsyncAPI 3.0 document of the MQTT side, made from the schemas that the gateway checks messages with. Run it to write it anew:
 * `node docs/wire/generate-asyncapi.ts`. A test compares.
 */
export const ASYNCAPI_FILE = join(import.meta.dirname, 'asyncapi.json')

export function asyncapiText(): string {
  return `${JSON.stringify(asyncapiDocument(), null, 2)}\n`
}

export function asyncapiDocument(): unknown {
  const leaves = Object.keys(channels) as WireLeaf[]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tolbooth devices',
      version: '1.0.0',
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: 'gateway.local:1883',
        protocol: 'mqtt',
        protocolVersion: '3.1.1',
        description:
          'The broker inside the gateway, or one of your own in front of it. Also over WebSocket, and with TLS.',
        security: [{ $ref: '#/components/securitySchemes/device' }],
      },
    },
    channels: Object.fromEntries(leaves.map((leaf) => [leaf, channelOf(leaf)])),
    operations: Object.fromEntries(leaves.map((leaf) => [leaf, operationOf(leaf)])),
    components: {
      messages: Object.fromEntries(
        leaves.flatMap((leaf) => channels[leaf].messages.map((one) => [one.name, messageOf(one)])),
      ),
      securitySchemes: {
        device: {
          type: 'userPassword',
          description: 'The device’s id and its secret, as `tolbooth device add` shows it once.',
        },
      },
    },
  }
}

const INTRODUCTION = [
  'What our own devices and the gateway say to each other, seen from the device. Everything is JSON at QoS 1.',
  'A device chooses a `boot` at random when it starts, counts its events and results in `seq`, and times them in `upMs`: no clock is ever set or trusted. Its first message after each connection is `hello`, which is also how it answers an `ask`.',
  'Whatever is acknowledged is stored. An event or a result is sent again, with the same bytes, until its answer comes; the same event is always answered with the same bytes.',
  'A message is at most 16,384 bytes of UTF-8 and 8 objects or arrays deep. A field that is not named here is refused. What is announced has a `kind` to which new ones may be added: a device shows and speaks the words of one that it does not know.',
  'Relays and sensors that speak their own way are described in devices/*/settings.md.',
].join('\n\n')

type Message = {
  readonly name: string
  readonly summary: string
  readonly schema: z.ZodType
  readonly examples: readonly { readonly name: string; readonly payload: unknown }[]
}

type Channel = {
  /** Seen from the device. */
  readonly action: 'send' | 'receive'
  readonly summary: string
  readonly retain: boolean
  readonly messages: readonly Message[]
}

const channels: Record<WireLeaf, Channel> = {
  event: {
    action: 'send',
    summary: 'What happened at the device.',
    retain: false,
    messages: [
      event('hello', 'Sent first at each connection, and to answer an `ask`: maps `upMs` to the gateway’s time.'),
      event('scan', 'A reader read a code, whatever it is. It is never logged.'),
      event('amount-keyed', 'The vendor keyed what is to be paid.'),
      event('amount-cleared', 'The vendor took it back.'),
      event('occupied', 'Whether something stands on the loop.'),
      event('barrier', 'Where the arm is.'),
      event('emergency', 'Whether the fire alarm or the red button is on.'),
      event('ticket-asked', 'Somebody at an entry pressed for a ticket.'),
      event('plate-seen', 'A camera saw a vehicle, and perhaps its plate. It is never logged.'),
    ],
  },
  result: {
    action: 'send',
    summary: 'What became of a command.',
    retain: false,
    messages: [
      {
        name: 'result',
        summary: 'Sent for each command that came, at the latest 2 s after it.',
        schema: wireResult,
        examples: [{ name: 'done', payload: resultExample }],
      },
    ],
  },
  status: {
    action: 'send',
    summary: 'Whether the device is there; also its last will. It never enters the books.',
    retain: true,
    messages: [{ name: 'status', summary: 'There, or gone.', schema: wireStatus, examples: statusExamples }],
  },
  answer: {
    action: 'receive',
    summary: 'An event or a result is stored, and this was decided.',
    retain: false,
    messages: [
      {
        name: 'answer',
        summary:
          'Whoever has none sends again. With a broker of your own only this counts, and not its acknowledgement.',
        schema: wireAnswer,
        examples: answerExamples,
      },
    ],
  },
  command: {
    action: 'receive',
    summary:
      'What to do. Each id is done once; what is late or for another boot is dropped. Both are told by a result.',
    retain: false,
    messages: [
      command('open', 'Open for one passage.'),
      command('close', 'Close, never on an occupied safety loop.'),
      command('hold-open', 'Open and stay open until `release`.'),
      command('release', 'Go back to opening for each passage.'),
      command('announce', 'Say it, show it, or both.'),
    ],
  },
  'fail-safe': {
    action: 'receive',
    summary:
      'What a barrier does by itself when this has not come again in time. It keeps the newest in its own memory, through a power cut, and sends no result.',
    retain: false,
    messages: [
      {
        name: 'fail-safe',
        summary:
          'Sent after each hello and on a change; `open` comes again three times in `afterMs` while the gateway can serve. A barrier that stands open by it says so again when this comes.',
        schema: wireFailSafe,
        examples: failSafeExamples,
      },
    ],
  },
  ask: {
    action: 'receive',
    summary:
      'Behind a broker of your own: say hello again, with this id in it, and each level after it. A gateway that was started anew knows by it that you are there, and what is.',
    retain: false,
    messages: [
      {
        name: 'ask',
        summary:
          'Answered at once, each time that it comes. Until then what you say counts as said before: a broker keeps messages while no gateway listens.',
        schema: wireAsk,
        examples: askExamples,
      },
    ],
  },
}

function event(type: keyof typeof wireEvents, summary: string): Message {
  return { name: type, summary, schema: wireEvents[type], examples: [{ name: type, payload: eventExamples[type] }] }
}

function command(type: keyof typeof wireCommands, summary: string): Message {
  return { name: type, summary, schema: wireCommands[type], examples: commandExamples[type] }
}

function channelOf(leaf: WireLeaf): unknown {
  const { summary, messages } = channels[leaf]
  return {
    address: `${DEVICE_PREFIX}/${leaf}`,
    summary,
    parameters: {
      site: { description: 'The site’s id: lower-case letters, digits and inner dashes.' },
      device: { description: 'The device’s id, which is also its user name.' },
    },
    messages: Object.fromEntries(messages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }])),
  }
}

function operationOf(leaf: WireLeaf): unknown {
  const { action, summary, retain, messages } = channels[leaf]
  return {
    action,
    channel: { $ref: `#/channels/${leaf}` },
    summary,
    messages: messages.map(({ name }) => ({ $ref: `#/channels/${leaf}/messages/${name}` })),
    bindings: { mqtt: { qos: 1, retain, bindingVersion: '0.2.0' } },
  }
}

function messageOf({ name, summary, schema, examples }: Message): unknown {
  return { name, summary, payload: jsonSchemaOf(schema), examples }
}

/** AsyncAPI 3.0 reads payloads as JSON Schema draft 7. */
function jsonSchemaOf(schema: z.ZodType): unknown {
  const { $schema: _dialect, ...jsonSchema } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' })
  return jsonSchema
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(ASYNCAPI_FILE, asyncapiText())
  console.log(`wrote ${ASYNCAPI_FILE}`)
}
