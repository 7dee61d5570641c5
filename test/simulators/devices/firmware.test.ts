import { beforeEach, describe, expect, test } from 'vitest'
import type { Firmware } from '../../../simulators/devices/firmware.ts'
import { DONE_IDS_MAX, firmwareOf, OUTBOX_MAX } from '../../../simulators/devices/firmware.ts'
import type { Desk } from '../desk.ts'
import { desk, NOTED, OPEN, READER } from '../desk.ts'

const SCAN = { type: 'scan', data: { text: 'a code' } } as const

describe('the firmware of a device', () => {
  let at: Desk
  let device: Firmware
  beforeEach(async () => {
    at = desk()
    device = firmwareOf(at.world, { device: READER, firmware: 'test 1' })
    await at.start()
  })

  test('says hello before anything else, at each connection and with the uptime of the moment', async () => {
    await on()
    await at.timeline.runFor(10_000)
    device.pullCable()
    await at.timeline.runFor(1_000)
    device.say(SCAN)
    device.plugCable()
    await at.timeline.runFor(1_000)
    const said = at.heard.map(({ event }) => ('type' in event ? event.type : 'result'))
    expect(said).toEqual(['hello', 'hello', 'scan'])
    const [first, second, scan] = at.heard.map(({ event }) => event)
    expect(second?.boot).toBe(first?.boot)
    expect(second?.upMs).toBeGreaterThanOrEqual(11_000)
    expect(scan?.upMs).toBeLessThan(second?.upMs ?? 0)
  })

  test('sends the very same bytes again after silence, until it is acknowledged and answered', async () => {
    await on()
    let silentFor = 3
    at.script.acknowledge = () => {
      silentFor -= 1
      return silentFor >= 0 ? new Promise(() => {}) : Promise.resolve('acknowledge')
    }
    const answers: unknown[] = []
    device.say(SCAN, (answer) => answers.push(answer))
    await at.timeline.runFor(60_000)
    const sent = at.events(READER, 'scan').map(({ bytes }) => bytes)
    expect(sent.length).toBeGreaterThanOrEqual(3)
    expect(new Set(sent).size).toBe(1)
    expect(answers).toHaveLength(1)
    expect(device.outboxSize()).toBe(0)
  })

  test('sends the same again when it was acknowledged and not answered, for an external broker acknowledges by itself', async () => {
    await on()
    let answered = 0
    at.script.answer = () => {
      answered += 1
      return answered <= 2 ? undefined : NOTED
    }
    device.say(SCAN)
    await at.timeline.runFor(60_000)
    const sent = at.events(READER, 'scan')
    expect(sent).toHaveLength(3)
    expect(new Set(sent.map(({ bytes }) => bytes)).size).toBe(1)
    expect(device.outboxSize()).toBe(0)
  })

  test('sends the same again on the next connection when the gateway was killed in between', async () => {
    await on()
    at.script.acknowledge = () => new Promise(() => {})
    device.say(SCAN)
    await at.timeline.runFor(500)
    at.crash()
    at.script.acknowledge = () => Promise.resolve('acknowledge')
    await at.timeline.runFor(3_000)
    await at.start()
    await at.timeline.runFor(20_000)
    const sent = at.events(READER, 'scan')
    expect(sent).toHaveLength(2)
    expect(sent[1]?.bytes).toBe(sent[0]?.bytes)
    expect(at.events(READER, 'hello').at(-1)?.event.boot).toBe(sent[0]?.event.boot)
  })

  test('takes a line for dead on which nothing is acknowledged, and makes a new one', async () => {
    await on()
    at.script.acknowledge = ({ event }) =>
      'type' in event && event.type === 'scan' ? new Promise(() => {}) : Promise.resolve('acknowledge')
    device.say(SCAN)
    await at.timeline.runFor(25_000)
    expect(at.events(READER, 'hello')).toHaveLength(2)
  })

  test('keeps its messages in order, one under way at a time', async () => {
    await on()
    for (let number = 0; number < 20; number += 1) device.say({ type: 'scan', data: { text: `code ${number}` } })
    await at.timeline.runFor(5_000)
    const texts = at
      .events(READER, 'scan')
      .map(({ event }) => ('type' in event && event.type === 'scan' ? event.data.text : ''))
    expect(texts).toEqual(Array.from({ length: 20 }, (_, number) => `code ${number}`))
  })

  test('bears a storm: every message arrives, in the order in which each was first seen', async () => {
    at = desk({ weather: { delayMostMs: 300, dropChance: 0.2, duplicateChance: 0.2, overtakeChance: 0.2 } })
    device = firmwareOf(at.world, { device: READER, firmware: 'test 1' })
    await at.start()
    device.powerOn()
    for (let number = 0; number < 50; number += 1) {
      device.say({ type: 'scan', data: { text: `code ${number}` } })
      await at.timeline.runFor(2_000)
    }
    await at.timeline.runFor(600_000)
    const firsts = [...new Set(at.events(READER, 'scan').map(({ event }) => event.seq))]
    expect(firsts).toHaveLength(50)
    expect(firsts).toEqual(firsts.toSorted((left, right) => left - right))
    expect(device.outboxSize()).toBe(0)
  })

  test('begins a new run when it is switched on again: another boot, counting from the start, and what it had to say is lost', async () => {
    await on()
    at.script.acknowledge = () => new Promise(() => {})
    const settled: unknown[] = []
    device.say(SCAN, (answer) => settled.push(answer))
    await at.timeline.runFor(100)
    device.powerOff()
    expect(settled).toEqual([undefined])
    expect(device.say(SCAN)).toBeUndefined()
    at.script.acknowledge = () => Promise.resolve('acknowledge')
    await at.timeline.runFor(2_000)
    device.powerOn()
    await at.timeline.runFor(20_000)
    const hellos = at.events(READER, 'hello').map(({ event }) => event)
    expect(hellos).toHaveLength(2)
    expect(hellos[1]?.boot).not.toBe(hellos[0]?.boot)
    expect(hellos[1]?.seq).toBe(1)
    expect(hellos[1]?.upMs).toBeLessThan(1_000)
    expect(at.events(READER, 'scan')).toHaveLength(1)
  })

  test('throws the oldest away when it has more to say than it can remember', async () => {
    await on()
    device.pullCable()
    const lost: number[] = []
    for (let number = 0; number < OUTBOX_MAX + 2; number += 1) {
      device.say({ type: 'scan', data: { text: `code ${number}` } }, (answer) => {
        if (answer === undefined) lost.push(number)
      })
    }
    expect(device.outboxSize()).toBe(OUTBOX_MAX)
    expect(lost).toEqual([0, 1])
  })

  test('gives up in the end what nobody answers', async () => {
    await on()
    at.script.answer = () => undefined
    const settled: unknown[] = []
    device.say(SCAN, (answer) => settled.push(answer))
    await at.timeline.runFor(590_000)
    expect(settled).toEqual([])
    await at.timeline.runFor(20_000)
    expect(settled).toEqual([undefined])
    expect(device.outboxSize()).toBe(0)
  })

  test('that is told to repeat itself sends one message twice, byte for byte', async () => {
    await on()
    device.setRepeatChance(1)
    device.say(SCAN)
    await at.timeline.runFor(1_000)
    const sent = at.events(READER, 'scan')
    expect(sent).toHaveLength(2)
    expect(sent[1]?.bytes).toBe(sent[0]?.bytes)
  })

  test('goes on when it is sent something that it cannot read', async () => {
    await on()
    at.say(READER, 'answer', '{"v":1')
    at.say(READER, 'answer', '{"v":1,"event":"x:1","outcome":{"ok":"perhaps"}}')
    device.say(SCAN)
    await at.timeline.runFor(1_000)
    expect(at.happened.filter(({ kind }) => kind === 'unreadable')).toHaveLength(1)
    expect(device.outboxSize()).toBe(0)
  })

  async function on(): Promise<void> {
    device.powerOn()
    expect(await at.timeline.runUntil(() => at.heard.length > 0, 5_000)).toBe(true)
    await at.timeline.runFor(100)
  }
})

describe('a device that takes commands', () => {
  let at: Desk
  let device: Firmware
  let done: string[]
  beforeEach(async () => {
    at = desk()
    done = []
    device = firmwareOf(at.world, {
      device: READER,
      firmware: 'test 1',
      perform(command) {
        done.push(command.id)
        return 'done'
      },
    })
    await at.start()
    device.powerOn()
    await at.timeline.runFor(1_000)
  })

  test('does each id once, and says that it was repeated', async () => {
    for (let times = 0; times < 3; times += 1) at.order(READER, OPEN, { id: 'box-1:1:7:0' })
    await at.timeline.runFor(1_000)
    expect(done).toEqual(['box-1:1:7:0'])
    expect(at.results(READER)).toEqual(['done', 'repeated', 'repeated'])
  })

  test('does each id once also when it was switched off in between', async () => {
    at.order(READER, OPEN, { id: 'box-1:1:7:0' })
    await at.timeline.runFor(1_000)
    device.powerOff()
    device.powerOn()
    await at.timeline.runFor(1_000)
    at.order(READER, OPEN, { id: 'box-1:1:7:0' })
    await at.timeline.runFor(1_000)
    expect(done).toHaveLength(1)
    expect(at.results(READER)).toEqual(['done', 'repeated'])
  })

  test('drops what is for another run of it, or came too late, and says so', async () => {
    at.order(READER, OPEN, { boot: 'another-run' })
    at.order(READER, OPEN, { withinMs: -1 })
    await at.timeline.runFor(1_000)
    expect(done).toEqual([])
    expect(at.results(READER)).toEqual(['late', 'late'])
  })

  test('does the last command that it can remember only once, and has forgotten the one before that', async () => {
    for (let number = 0; number <= DONE_IDS_MAX; number += 1) {
      at.order(READER, OPEN, { id: `id-${number}` })
      await at.timeline.runFor(60)
    }
    await at.timeline.runFor(2_000)
    at.order(READER, OPEN, { id: 'id-1' })
    at.order(READER, OPEN, { id: 'id-0' })
    await at.timeline.runFor(1_000)
    expect(at.results(READER).slice(-2)).toEqual(['repeated', 'done'])
  })
})
