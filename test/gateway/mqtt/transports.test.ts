import { createEmbeddedBroker, EMBEDDED_BROKER_LIMITS } from '../../../gateway/mqtt/embedded-broker.ts'
import { createExternalBroker, EXTERNAL_BROKER_LIMITS } from '../../../gateway/mqtt/external-broker.ts'
import type { DeviceTransport } from '../../../gateway/mqtt/transport.ts'
import { grantOf, OPEN_GATE } from './embedded-rig.ts'
import { reasonToSkipMosquitto, startMosquitto } from './mosquitto.ts'
import { startTap } from './tap.ts'
import { describeTransport } from './transport-contract.ts'

describeTransport({
  name: 'the embedded broker',
  canDisconnect: true,
  skipReason: undefined,
  async open() {
    // The first one takes a free port, and those after it the same.
    let port = 0
    let latest: DeviceTransport | undefined
    const tap = await startTap(() => {
      const address = latest?.addresses()[0]
      if (address !== undefined) port = Number(new URL(address).port)
      return port
    })
    return {
      create() {
        latest = createEmbeddedBroker({
          listeners: [{ kind: 'tcp', host: '127.0.0.1', port }],
          gate: OPEN_GATE,
          limits: {
            ...EMBEDDED_BROKER_LIMITS,
            holdMaxMs: 400,
            closeMaxMs: 200,
            packetsPerSecondMax: 10_000,
            packetsBurstMax: 10_000,
          },
          onNotice: () => undefined,
        })
        return latest
      },
      deviceUrl: () => `mqtt://127.0.0.1:${tap.port}`,
      tap,
      close: () => tap.stop(),
    }
  },
})

const skipReason = reasonToSkipMosquitto()

describeTransport({
  name: 'an external broker (Mosquitto)',
  canDisconnect: false,
  skipReason,
  async open() {
    const mosquitto = await startMosquitto(['allow_anonymous true', 'max_queued_messages 5000', 'max_queued_bytes 0'])
    const tap = await startTap(() => mosquitto.port)
    return {
      create: () =>
        createExternalBroker({
          url: `mqtt://127.0.0.1:${tap.port}`,
          clientName: 'tolbooth-cho-lon-box-1',
          shards: 3,
          enrolled: () => Array.from({ length: 9 }, (_, at) => grantOf(`reader-${at + 1}`)),
          limits: { ...EXTERNAL_BROKER_LIMITS, holdMaxMs: 400, reconnectMinMs: 20, reconnectMaxMs: 200 },
          onNotice: () => undefined,
        }),
      deviceUrl: () => `mqtt://127.0.0.1:${mosquitto.port}`,
      tap,
      async close() {
        await tap.stop()
        await mosquitto.stop()
      },
    }
  },
})
