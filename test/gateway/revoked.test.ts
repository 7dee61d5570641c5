import { expect, test } from 'vitest'
import { principalOf } from '../../core/ids.ts'
import { rigs, stallOf } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { enrolment } from '../support/rig.ts'
import { deviceOf, STALL } from '../support/site.ts'

const rigged = rigs()
const AT_STALL = { kind: 'stall', id: STALL } as const

async function revoked(rig: Rig, device: ReturnType<typeof deviceOf>['id']): Promise<void> {
  const reply = await rig.until(
    rig.now().gateway.submit({
      ...enrolment(deviceOf(device, 'qr-reader', AT_STALL)),
      source: principalOf('client', 'owner'),
      id: `revoke:${device}`,
      body: { kind: 'device-revoked', device },
    }),
  )
  expect(reply).toMatchObject({ kind: 'committed', outcome: { ok: true } })
}

test('a device that is revoked is cut off when that is booked, and no other', async () => {
  const rig = await rigged()
  const { till, reader } = await stallOf(rig, STALL)
  await revoked(rig, reader.id)
  const { transport } = rig.now()
  expect([transport.isPresent(reader.id), transport.isPresent(till.id)]).toEqual([false, true])
  await rig.runFor(100)
  expect(reader.isUp()).toBe(false)
  expect(await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })).toMatchObject({ ok: true })
})

test('a device that was let in just before it was revoked, and connects after, is cut off as soon as it is there', async () => {
  const rig = await rigged()
  const { reader } = await stallOf(rig, STALL)
  await revoked(rig, reader.id)
  await rig.runFor(100)
  // The network of the rig lets everybody in.
  await reader.connect({ greets: false })
  expect(rig.now().transport.isPresent(reader.id)).toBe(false)
})

test('one that was not there to be cut off is at the first that it says', async () => {
  const dismissed: string[] = []
  const rig = await rigged({
    throughTransport: (transport) => ({
      ...transport,
      dismiss: (device) => dismissed.push(device) > 2 && transport.dismiss(device),
    }),
  })
  const { reader } = await stallOf(rig, STALL)
  await revoked(rig, reader.id)
  expect(dismissed).toEqual([reader.id])
  reader.say('scan', { text: 'anything' })
  await rig.runFor(100)
  reader.say('scan', { text: 'anything' })
  await rig.runFor(100)
  expect(dismissed).toEqual([reader.id, reader.id, reader.id])
  expect(reader.isUp()).toBe(false)
})

test('a device that is enrolled again under its id is let in and stays', async () => {
  const rig = await rigged()
  const { reader } = await stallOf(rig, STALL)
  await revoked(rig, reader.id)
  await rig.runFor(100)
  const again = { ...enrolment(deviceOf(reader.id, 'qr-reader', AT_STALL)), id: 'enrol-again' }
  expect(await rig.until(rig.now().gateway.submit(again))).toMatchObject({ kind: 'committed', outcome: { ok: true } })
  await reader.connect()
  expect(rig.now().transport.isPresent(reader.id)).toBe(true)
})
