import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as passed } from 'node:timers/promises'
import type { Client } from 'aedes'
import { Aedes } from 'aedes'
import { describe, expect, test, vi } from 'vitest'
import { mqttLine } from '../../../simulators/world/mqtt-line.ts'
import { deviceLineContract } from './device-line-contract.ts'

deviceLineContract('a line over MQTT', async () => {
  const broker = await smallBroker()
  return {
    line: lineTo(broker.url(), 'secret'),
    arrived: broker.arrived,
    holdAcknowledgements: broker.hold,
    say: broker.say,
    hangUp: broker.hangUp,
    setListening: broker.setListening,
    isConnected: broker.isConnected,
    until: (isSo) => vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 5_000, interval: 5 }),
    pass: () => passed(60),
    stop: broker.stop,
  }
})

describe('a line over MQTT', () => {
  test('leaves a will where it is cut, and none where it says goodbye', async () => {
    const broker = await smallBroker()
    const ups: string[] = []
    const will = { topic: 'site/reader-1/status', payload: new TextEncoder().encode('gone'), retain: true }
    const line = lineTo(broker.url(), 'secret')
    const listener = { up: () => ups.push('up'), down() {}, message() {} }
    line.open({ subscribes: ['site/reader-1/answer'], will }, listener)
    await vi.waitFor(() => expect(ups).toHaveLength(1))
    line.close()
    await vi.waitFor(() => expect(broker.isConnected()).toBe(false))
    expect(broker.wills).toEqual([])
    line.open({ subscribes: ['site/reader-1/answer'], will }, listener)
    await vi.waitFor(() => expect(ups).toHaveLength(2))
    line.cut()
    await vi.waitFor(() => expect(broker.wills).toEqual(['site/reader-1/status gone']))
    await broker.stop()
  })

  test('is down, with the reason, where its secret is wrong', async () => {
    const broker = await smallBroker()
    const downs: string[] = []
    const will = { topic: 'site/reader-1/status', payload: new Uint8Array(), retain: true }
    lineTo(broker.url(), 'guess').open(
      { subscribes: ['site/reader-1/answer'], will },
      { up() {}, down: (reason) => downs.push(reason), message() {} },
    )
    await vi.waitFor(() => expect(downs).toHaveLength(1))
    expect(downs[0]).toMatch(/not authorized|bad user/i)
    await broker.stop()
  })
})

function lineTo(url: string, secret: string) {
  return mqttLine({ url, device: 'reader-1', secret, keepaliveS: 30, connectTimeoutMs: 2_000 })
}

async function smallBroker() {
  const arrived: string[] = []
  const wills: string[] = []
  let held: (() => void)[] | undefined
  let device: Client | undefined
  const broker = await Aedes.createBroker({
    authenticate: (_client, _name, password, done) => done(null, password?.toString() === 'secret'),
    authorizePublish(_client, packet, done) {
      const isWill = packet.topic.endsWith('/status')
      ;(isWill ? wills : arrived).push(`${packet.topic} ${packet.payload.toString()}`)
      if (held === undefined) done(null)
      else held.push(() => done(null))
    },
  })
  broker.on('clientReady', (client) => {
    device = client
  })
  broker.on('clientDisconnect', (client) => {
    if (device === client) device = undefined
  })
  let server = createServer(broker.handle)
  await listening(0)
  const { port } = server.address() as AddressInfo

  function listening(at: number): Promise<void> {
    return new Promise((resolve) => server.listen(at, '127.0.0.1', resolve))
  }

  async function closed(): Promise<void> {
    device?.close()
    await new Promise((resolve) => server.close(resolve))
  }

  return {
    arrived,
    wills,
    url: () => `mqtt://127.0.0.1:${port}`,
    hold(hold: boolean) {
      for (const release of held ?? []) release()
      held = hold ? [] : undefined
    },
    say(topic: string, text: string) {
      broker.publish({ cmd: 'publish', topic, payload: Buffer.from(text), qos: 1, retain: false, dup: false }, () => {})
    },
    hangUp: () => device?.close(),
    isConnected: () => device !== undefined,
    async setListening(listens: boolean) {
      if (!listens) return closed()
      server = createServer(broker.handle)
      await listening(port)
    },
    async stop() {
      await closed().catch(() => {})
      await new Promise<void>((resolve) => broker.close(() => resolve()))
    },
  }
}
