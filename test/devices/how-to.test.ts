import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deviceId } from '../../core/ids.ts'
import { describeDriverContract } from './driver-contract.ts'
import { loopTasmota } from './example/loop-tasmota.ts'
import { readFixtures } from './fixtures.ts'

const howTo = readFileSync(join(import.meta.dirname, '../../docs/how-to-add-a-device.md'), 'utf8')
const example = readFileSync(join(import.meta.dirname, 'example/loop-tasmota.ts'), 'utf8')

describeDriverContract(loopTasmota, readFixtures(join(import.meta.dirname, 'example/fixtures.json')))

describe('the worked example of docs/how-to-add-a-device.md', () => {
  it('is the driver that is tested here, with the paths of its own folder', () => {
    expect(howTo).toContain(example.replaceAll('../../../devices/', '../'))
  })

  it('reads the message that the text shows', () => {
    const [, topic, payload] = howTo.match(/^(tolbooth\/\S+) (\{.*\})$/m) ?? []
    const address = { site: 'cho-dem', device: deviceId('loop-3') }
    expect(loopTasmota.parse(address, topic ?? '', new TextEncoder().encode(payload))).toEqual({
      ok: true,
      event: { id: null, upMs: null, reading: { kind: 'occupied', occupied: true } },
    })
  })
})
