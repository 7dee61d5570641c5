import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeviceLine, LineListener } from '../../../simulators/world/device-line.ts'

/** A line of the device `reader-1`, and the other end of it in the test's hand. */
export type LineUnderTest = {
  readonly line: DeviceLine
  /** What has arrived at the other end, in order, as `topic text`. */
  readonly arrived: readonly string[]
  /** From now on nothing is acknowledged, or all that was held and comes later is. */
  holdAcknowledgements(hold: boolean): void
  /** Sends to the device. */
  say(topic: string, text: string): void
  /** Ends the device's connection from the other side. */
  hangUp(): void
  /** The other side does not listen any more, and its connections end; or it listens again. */
  setListening(listening: boolean): Promise<void>
  isConnected(): boolean
  /** Lets time go by until it is so; fails the test when it does not come to be. */
  until(isSo: () => boolean): Promise<void>
  /** Lets as much time go by as anything on this line needs. */
  pass(): Promise<void>
  stop(): Promise<void>
}

/** What every device line must do. */
export function deviceLineContract(name: string, make: () => Promise<LineUnderTest>): void {
  describe(`${name}, as any device line,`, () => {
    let under: LineUnderTest
    beforeEach(async () => {
      under = await make()
    })
    afterEach(() => under.stop())

    test('comes up, and hears what it has subscribed to alone', async () => {
      const heard = await up(under)
      under.say('site/reader-1/command', 'not for it')
      under.say('site/reader-1/answer', 'for it')
      await under.until(() => heard.messages.length > 0)
      await under.pass()
      expect(heard.messages).toEqual(['site/reader-1/answer for it'])
    })

    test('is acknowledged once for each message, in the order of sending', async () => {
      await up(under)
      const acknowledged: number[] = []
      for (const number of [1, 2, 3]) {
        under.line.publish(event(`scan ${number}`), () => acknowledged.push(number))
      }
      expect(acknowledged).toEqual([])
      await under.until(() => acknowledged.length === 3)
      await under.pass()
      expect(acknowledged).toEqual([1, 2, 3])
      expect(under.arrived).toEqual(['scan 1', 'scan 2', 'scan 3'].map((text) => `site/reader-1/event ${text}`))
    })

    test('is not acknowledged before the other side does it', async () => {
      await up(under)
      under.holdAcknowledgements(true)
      let isAcknowledged = false
      under.line.publish(event('scan'), () => {
        isAcknowledged = true
      })
      await under.until(() => under.arrived.length === 1)
      await under.pass()
      expect(isAcknowledged).toBe(false)
      under.holdAcknowledgements(false)
      await under.until(() => isAcknowledged)
    })

    test('hears once that its connection has ended, never of the acknowledgement it waits for, and sends nothing again', async () => {
      const heard = await up(under)
      under.holdAcknowledgements(true)
      let isAcknowledged = false
      under.line.publish(event('scan'), () => {
        isAcknowledged = true
      })
      await under.until(() => under.arrived.length === 1)
      under.hangUp()
      await under.until(() => heard.downs === 1)
      under.holdAcknowledgements(false)
      await up(under)
      await under.pass()
      expect(heard.downs).toBe(1)
      expect(isAcknowledged).toBe(false)
      expect(under.arrived).toHaveLength(1)
    })

    test('hears that nobody listens, and comes up when it is opened again later', async () => {
      await under.setListening(false)
      const heard = listen(under.line)
      await under.until(() => heard.downs === 1)
      expect(heard.ups).toBe(0)
      await under.setListening(true)
      await up(under)
    })

    test('says nothing more after it was cut, and the other side notices', async () => {
      const heard = await up(under)
      under.line.cut()
      await under.until(() => !under.isConnected())
      under.line.publish(event('after the cut'), () => {})
      await under.pass()
      expect(heard.downs).toBe(0)
      expect(under.arrived).toEqual([])
    })

    test('says nothing more after it was closed', async () => {
      const heard = await up(under)
      under.line.close()
      await under.until(() => !under.isConnected())
      await under.pass()
      expect(heard.downs).toBe(0)
    })

    test('may be cut before it is up, and opened again at once', async () => {
      const first = listen(under.line)
      under.line.cut()
      await up(under)
      await under.pass()
      expect(first).toEqual({ ups: 0, downs: 0, messages: [] })
    })

    test('carries one connection at a time', async () => {
      await up(under)
      expect(() => listen(under.line)).toThrow('open already')
    })

    test('drops what is published where no connection is up', async () => {
      under.line.publish(event('too early'), () => {})
      const heard = listen(under.line)
      under.line.publish(event('a little too early'), () => {})
      await under.until(() => heard.ups === 1)
      await under.pass()
      expect(under.arrived).toEqual([])
    })
  })
}

type Heard = { ups: number; downs: number; messages: string[] }

async function up(under: LineUnderTest): Promise<Heard> {
  const heard = listen(under.line)
  await under.until(() => heard.ups === 1)
  return heard
}

function listen(line: DeviceLine): Heard {
  const heard: Heard = { ups: 0, downs: 0, messages: [] }
  const listener: LineListener = {
    up: () => {
      heard.ups += 1
    },
    down: () => {
      heard.downs += 1
    },
    message: (topic, payload) => heard.messages.push(`${topic} ${new TextDecoder().decode(payload)}`),
  }
  const will = { topic: 'site/reader-1/status', payload: new TextEncoder().encode('gone'), retain: true }
  line.open({ subscribes: ['site/reader-1/answer'], will }, listener)
  return heard
}

function event(text: string) {
  return { topic: 'site/reader-1/event', payload: new TextEncoder().encode(text), retain: false }
}
