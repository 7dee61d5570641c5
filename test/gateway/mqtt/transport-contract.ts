import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import type { DeviceTransport, InboundMessage, TransportHandlers } from '../../../gateway/mqtt/transport.ts'
import type { Verdict } from './embedded-rig.ts'
import { eventually, pause, topicsOf } from './embedded-rig.ts'
import type { RigDevice } from './rig-device.ts'
import { rigDevice } from './rig-device.ts'
import type { Tap } from './tap.ts'

/** A place where transports of one kind can be started, one after another, and devices reach them. */
export type TransportStage = {
  /** A new transport at the same place, not started. It holds a message for 400 ms at most. */
  create(): DeviceTransport
  /** Where devices connect. */
  readonly deviceUrl: () => string
  /** The wire on which this transport sends its PUBACKs. */
  readonly tap: Tap
  close(): Promise<void>
}

export type TransportKind = {
  readonly name: string
  readonly open: () => Promise<TransportStage>
  /** Whether it can close a device's connection. */
  readonly canDisconnect: boolean
  readonly skipReason: string | undefined
}

/** What every transport owes the gateway. */
export function describeTransport(kind: TransportKind): void {
  describe(kind.name, () => {
    let stage: TransportStage
    let running: DeviceTransport[]
    let devices: RigDevice[]
    let messages: InboundMessage[]
    let presences: string[]
    let onMessage: (message: InboundMessage) => Promise<Verdict>
    const reader1 = deviceId('reader-1')
    const reader2 = deviceId('reader-2')
    const command = topicsOf('reader-1').command

    beforeEach(async (context) => {
      if (kind.skipReason !== undefined) context.skip(kind.skipReason)
      stage = await kind.open()
      running = []
      devices = []
      messages = []
      presences = []
      onMessage = async () => 'acknowledge'
    })

    afterEach(async () => {
      if (kind.skipReason !== undefined) return
      for (const device of devices) device.kill()
      for (const transport of running) await transport.stop()
      await stage.close()
    })

    const handlers: TransportHandlers = {
      onMessage(message) {
        messages.push({ ...message, payload: Buffer.from(message.payload) })
        return onMessage(message)
      },
      onPresence: (device, isPresent) => presences.push(`${isPresent ? '+' : '-'}${device}`),
    }
    const texts = (): string[] => messages.map(({ payload }) => Buffer.from(payload).toString())

    async function start(): Promise<DeviceTransport> {
      const transport = stage.create()
      running.push(transport)
      await transport.start(handlers)
      return transport
    }

    async function join(transport: DeviceTransport, name: string): Promise<RigDevice> {
      const device = await rigDevice(stage.deviceUrl(), name)
      devices.push(device)
      await eventually(() => transport.isPresent(deviceId(name)))
      return device
    }

    function hold(): Map<string, (verdict: Verdict) => void> {
      const held = new Map<string, (verdict: Verdict) => void>()
      onMessage = (message) => new Promise((resolve) => held.set(Buffer.from(message.payload).toString(), resolve))
      return held
    }

    it('a message is acknowledged after the handler has said so, and not before', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      const held = hold()
      device.say('scan')
      await eventually(() => held.size === 1)
      await pause(60)
      expect(stage.tap.acknowledged).toEqual([])
      held.get('scan')?.('acknowledge')
      await eventually(() => stage.tap.acknowledged.length === 1)
      expect(messages[0]).toMatchObject({
        device: 'reader-1',
        topic: topicsOf('reader-1').event,
        qos: 1,
        duplicate: false,
      })
    })

    it('a message that is withheld is never acknowledged, and is sent again', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      const verdicts: Verdict[] = ['withhold', 'acknowledge']
      onMessage = async () => verdicts.shift() ?? 'acknowledge'
      device.say('scan')
      await eventually(() => messages.length === 1)
      await pause(60)
      expect(stage.tap.acknowledged).toEqual([])
      await eventually(() => messages.length === 2, 10_000)
      await eventually(() => stage.tap.acknowledged.length === 1)
      expect(texts()).toEqual(['scan', 'scan'])
      expect(transport.counters().holdsExceeded).toBe(1)
    })

    it('acknowledgements go out in the order of arrival, whatever the order in which they are decided', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      const held = hold()
      for (const text of ['a', 'b', 'c']) device.say(text)
      await eventually(() => held.size === 3)
      held.get('c')?.('acknowledge')
      held.get('b')?.('acknowledge')
      await pause(40)
      expect(stage.tap.acknowledged).toEqual([])
      held.get('a')?.('acknowledge')
      await eventually(() => stage.tap.acknowledged.length === 3)
      expect(stage.tap.acknowledged).toEqual(['a', 'b', 'c'])
    })

    it('a message that is held holds up no other device', async () => {
      const transport = await start()
      const first = await join(transport, 'reader-1')
      const second = await join(transport, 'reader-2')
      const held = hold()
      first.say('slow')
      second.say('quick')
      await eventually(() => held.size === 2)
      held.get('quick')?.('acknowledge')
      expect(
        await transport.send(reader2, { topic: topicsOf('reader-2').answer, payload: Buffer.from('done'), qos: 1 }),
      ).toBe('handed-over')
      await eventually(() => second.received.length === 1)
      held.get('slow')?.('acknowledge')
    })

    it('messages of QoS 0 come through too, and are not acknowledged', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      device.say('level', 0)
      await eventually(() => messages.length === 1)
      expect(messages[0]).toMatchObject({ qos: 0, device: 'reader-1' })
      expect(stage.tap.acknowledged).toEqual([])
    })

    it('a thousand messages arrive once each, in order', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      const expected = Array.from({ length: 1_000 }, (_, at) => `${at}`)
      for (const text of expected) device.say(text)
      await eventually(() => stage.tap.acknowledged.length === 1_000, 15_000)
      expect(texts()).toEqual(expected)
      expect(stage.tap.acknowledged).toEqual(expected)
      expect(transport.counters().messagesIn).toBe(1_000)
    })

    // MQTT keeps the order within one quality of service: a broker's window for QoS 1 is overtaken by QoS 0.
    it('five hundred messages of QoS 1 and 0 mixed all reach the device, those of each in order', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      const qosOf = (at: number): 0 | 1 => (at % 3 === 0 ? 0 : 1)
      const all = Array.from({ length: 500 }, (_, at) => at)
      const answers = await Promise.all(
        all.map((at) => transport.send(reader1, { topic: command, payload: Buffer.from(`${at}`), qos: qosOf(at) })),
      )
      expect(new Set(answers)).toEqual(new Set(['handed-over']))
      await eventually(() => device.received.length === 500)
      for (const qos of [0, 1] as const) {
        const arrived = device.received.filter((message) => message.qos === qos).map(({ text }) => Number(text))
        expect(arrived).toEqual(all.filter((at) => qosOf(at) === qos))
      }
      expect(transport.counters().messagesOut).toBe(500)
    })

    it('a message to a device that is there arrives, unretained; to one that is away or unknown the answer is away, at once', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      const message = { topic: command, payload: Buffer.from('open'), qos: 1 } as const
      expect(await transport.send(reader1, message)).toBe('handed-over')
      await eventually(() => device.received.length === 1)
      expect(device.received[0]).toEqual({ topic: command, text: 'open', qos: 1, isRetained: false })
      expect(await transport.send(reader2, { ...message, topic: topicsOf('reader-2').command })).toBe('away')
      expect(await transport.send(deviceId('nobody'), message)).toBe('away')
    })

    it('nothing waits for a device that is away', async () => {
      const transport = await start()
      expect(await transport.send(reader1, { topic: command, payload: Buffer.from('open'), qos: 1 })).toBe('away')
      const device = await join(transport, 'reader-1')
      await pause(60)
      expect(device.received).toEqual([])
    })

    it('presence is told when a device comes, says goodbye, or is cut off, and each going once', async () => {
      const transport = await start()
      expect(transport.present()).toEqual([])
      const first = await join(transport, 'reader-1')
      const second = await join(transport, 'reader-2')
      expect(new Set(transport.present())).toEqual(new Set([reader1, reader2]))
      await first.leave()
      await eventually(() => !transport.isPresent(reader1))
      second.kill()
      await eventually(() => !transport.isPresent(reader2))
      await pause(60)
      expect(presences).toEqual(['+reader-1', '+reader-2', '-reader-1', '-reader-2'])
      expect(transport.present()).toEqual([])
      expect(await transport.send(reader2, { topic: command, payload: Buffer.from('x'), qos: 1 })).toBe('away')
    })

    it('a device whose connection breaks goes and comes again', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      device.stumble()
      await eventually(() => presences.length === 3)
      expect(presences).toEqual(['+reader-1', '-reader-1', '+reader-1'])
      device.say('back')
      await eventually(() => texts().includes('back'))
    })

    it('what a device says of its own status, and its last will, never enter the path', async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      await device.publish(topicsOf('reader-1').status, '{"v":1,"boot":"a1","online":true}', { qos: 1, retain: true })
      device.kill()
      await eventually(() => !transport.isPresent(reader1))
      await pause(60)
      expect(messages).toEqual([])
    })

    it('a stopped transport starts no more, takes nothing, and leaves no connection', async () => {
      const transport = await start()
      await expect(transport.start(handlers)).rejects.toThrow(/before/)
      const device = await join(transport, 'reader-1')
      expect(transport.addresses().length).toBeGreaterThan(0)
      const isDone = Promise.all([transport.stop(), transport.stop()])
      await isDone
      expect(transport.present()).toEqual([])
      expect(transport.isPresent(reader1)).toBe(false)
      expect(presences.at(-1)).toBe('-reader-1')
      const before = messages.length
      device.say('to nobody')
      await pause(80)
      expect(messages).toHaveLength(before)
      await expect(transport.start(handlers)).rejects.toThrow(/before/)
    })

    it('what was not acknowledged before a restart comes again after it, and nothing that was', async () => {
      const first = await start()
      const device = await join(first, 'reader-1')
      device.say('booked')
      await eventually(() => stage.tap.acknowledged.length === 1)
      hold()
      device.say('not booked')
      await eventually(() => messages.length === 2)
      await first.stop()
      await eventually(() => stage.tap.connections() === 0 || !device.isConnected || !kind.canDisconnect)
      messages.length = 0
      onMessage = async () => 'acknowledge'
      const second = await start()
      await eventually(() => texts().includes('not booked'), 10_000)
      await eventually(() => second.isPresent(reader1))
      await pause(60)
      expect(texts()).toEqual(['not booked'])
      expect(await second.send(reader1, { topic: command, payload: Buffer.from('open'), qos: 1 })).toBe('handed-over')
      await eventually(() => device.received.some(({ text }) => text === 'open'))
    })

    it(`a device's connection ${kind.canDisconnect ? 'can be closed' : 'cannot be closed, and that is said'}`, async () => {
      const transport = await start()
      await join(transport, 'reader-1')
      expect(transport.disconnect(reader1)).toBe(kind.canDisconnect)
      expect(transport.disconnect(deviceId('nobody'))).toBe(false)
      if (kind.canDisconnect) await eventually(() => presences.includes('-reader-1'))
    })

    it(`a device that is to be let in no more ${kind.canDisconnect ? 'hears what it was told before, and its line is cut' : 'keeps its line, and that is said'}`, async () => {
      const transport = await start()
      const device = await join(transport, 'reader-1')
      expect(transport.dismiss(deviceId('nobody'))).toBe(false)
      for (const n of [1, 2, 3]) {
        void transport.send(reader1, { topic: command, payload: Buffer.from(`last-${n}`), qos: 1 })
      }
      expect(transport.dismiss(reader1)).toBe(kind.canDisconnect)
      if (kind.canDisconnect) {
        expect(transport.isPresent(reader1)).toBe(false)
        expect(await transport.send(reader1, { topic: command, payload: Buffer.from('late'), qos: 1 })).toBe('away')
        // It comes again by itself, for here the gate still lets it in.
        await eventually(() => presences.join() === '+reader-1,-reader-1,+reader-1')
      }
      await eventually(() => device.received.length >= 3)
      expect(device.received.map(({ text }) => text)).toEqual(['last-1', 'last-2', 'last-3'])
    })

    it('the counters count, and begin at nothing', async () => {
      const transport = stage.create()
      running.push(transport)
      expect(transport.addresses()).toEqual([])
      expect(Object.values(transport.counters())).toEqual([0, 0, 0, 0, 0, 0, 0])
      await transport.start(handlers)
      const device = await join(transport, 'reader-1')
      device.say('one')
      device.say('two')
      await eventually(() => stage.tap.acknowledged.length === 2)
      await transport.send(reader1, { topic: command, payload: Buffer.from('x'), qos: 1 })
      await transport.send(reader2, { topic: command, payload: Buffer.from('x'), qos: 1 })
      expect(transport.counters()).toMatchObject({
        messagesIn: 2,
        messagesOut: 1,
        messagesRefused: 0,
        holdsExceeded: 0,
      })
      expect(transport.counters().connections).toBeGreaterThan(0)
    })
  })
}
