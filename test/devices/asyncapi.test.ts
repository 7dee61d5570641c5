import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  encodeWire,
  parseAnswer,
  parseAsk,
  parseCommand,
  parseEvent,
  parseFailSafe,
  parseResult,
  parseStatus,
  wireCommands,
  wireEvents,
} from '../../devices/wire.ts'
import { commandExamples, eventExamples, resultExample, statusExamples } from '../../docs/wire/examples.ts'
import { ASYNCAPI_FILE, asyncapiText } from '../../docs/wire/generate-asyncapi.ts'

const committed = readFileSync(ASYNCAPI_FILE, 'utf8')

const message = z.looseObject({
  name: z.string(),
  payload: z.looseObject({ type: z.literal('object') }),
  examples: z.array(z.object({ name: z.string(), payload: z.unknown() })).min(1),
})
const document = z
  .looseObject({
    asyncapi: z.literal('3.0.0'),
    channels: z.record(z.string(), z.looseObject({ messages: z.record(z.string(), z.object({ $ref: z.string() })) })),
    components: z.looseObject({ messages: z.record(z.string(), message) }),
  })
  .parse(JSON.parse(committed))

const readers = {
  event: parseEvent,
  result: parseResult,
  status: parseStatus,
  answer: parseAnswer,
  command: parseCommand,
  'fail-safe': parseFailSafe,
  ask: parseAsk,
}

describe('the AsyncAPI document', () => {
  it('is the one that the schemas make: if not, run `node docs/wire/generate-asyncapi.ts`', () => {
    expect(committed).toBe(asyncapiText())
  })

  it('names every event and every command', () => {
    expect(Object.keys(document.components.messages).toSorted()).toEqual(
      [
        ...Object.keys(wireEvents),
        ...Object.keys(wireCommands),
        'result',
        'status',
        'answer',
        'fail-safe',
        'ask',
      ].toSorted(),
    )
  })

  it('refers to nothing that is not in it', () => {
    const wanted = committed.match(/"#\/[^"]+"/g) ?? []
    const whole: unknown = JSON.parse(committed)
    expect(wanted.length).toBeGreaterThan(10)
    expect(wanted.filter((reference) => isMissing(whole, JSON.parse(reference)))).toEqual([])
  })

  for (const [channel, read] of Object.entries(readers)) {
    for (const name of Object.keys(document.channels[channel]?.messages ?? {})) {
      it.each(document.components.messages[name]?.examples ?? [])(
        `its example of ${name} on ${channel}, "$name", is taken by the schema that the gateway reads with`,
        ({ payload }) => {
          expect(read(new TextEncoder().encode(JSON.stringify(payload)))).toEqual({ ok: true, value: payload })
        },
      )
    }
  }

  it('shows examples that devices and the gateway write', () => {
    for (const example of Object.values(eventExamples)) expect(parseEvent(encodeWire(example)).ok).toBe(true)
    for (const { payload } of Object.values(commandExamples).flat())
      expect(parseCommand(encodeWire(payload)).ok).toBe(true)
    for (const { payload } of statusExamples) expect(parseStatus(encodeWire(payload)).ok).toBe(true)
    expect(parseResult(encodeWire(resultExample)).ok).toBe(true)
  })
})

function isMissing(whole: unknown, reference: string): boolean {
  let at: unknown = whole
  for (const name of reference.slice(2).split('/')) {
    if (typeof at !== 'object' || at === null) return true
    at = Object.entries(at).find(([key]) => key === name)?.[1]
  }
  return at === undefined
}
