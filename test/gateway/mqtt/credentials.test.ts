import { scryptSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { DeviceGateLimits, EnrolledDevice } from '../../../gateway/mqtt/credentials.ts'
import {
  createDeviceGate,
  createSecret,
  DEVICE_GATE_LIMITS,
  hashSecret,
  SECRET_BYTES_MAX,
  SECRET_BYTES_MIN,
} from '../../../gateway/mqtt/credentials.ts'
import type { DeviceGate } from '../../../gateway/mqtt/transport.ts'
import { grantOf } from './embedded-rig.ts'

const SECRET = 'a-secret-of-a-device'
const bytes = (text: string): Uint8Array => Buffer.from(text)

type Table = { devices: Map<string, EnrolledDevice>; gate: DeviceGate; asked: string[] }

function tableOf(names: readonly string[], limits: DeviceGateLimits = DEVICE_GATE_LIMITS): Table {
  const hash = hashSecret(SECRET)
  const devices = new Map(names.map((name) => [name, { hash, grant: grantOf(name) }]))
  const asked: string[] = []
  const gate = createDeviceGate({
    lookup(device) {
      asked.push(device)
      return devices.get(device)
    },
    limits,
  })
  return { devices, gate, asked }
}

describe('what is kept of a secret', () => {
  it('is a salted hash with its parameters, another one each time, and not the secret', () => {
    const hash = hashSecret(SECRET)
    expect(hash).toMatch(/^scrypt\$N=4096,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/)
    expect(hash).not.toContain(SECRET)
    expect(hashSecret(SECRET)).not.toBe(hash)
  })

  it.each([
    [SECRET_BYTES_MIN - 1, false],
    [SECRET_BYTES_MIN, true],
    [SECRET_BYTES_MAX, true],
    [SECRET_BYTES_MAX + 1, false],
  ])('of %s bytes: %s', (length, isTaken) => {
    const secret = 'x'.repeat(length)
    if (isTaken) expect(hashSecret(secret)).toContain('scrypt$')
    else expect(() => hashSecret(secret)).toThrow(/16 to 256 bytes/)
  })

  it('a new secret is long enough, and never the same', () => {
    const secrets = Array.from({ length: 100 }, createSecret)
    expect(new Set(secrets).size).toBe(100)
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{24}$/)
  })
})

describe('the gate', () => {
  it('lets in the right secret, and again, and gives the grant of now', async () => {
    const { gate, devices } = tableOf(['reader-1'])
    expect(await gate.authenticate('reader-1', bytes(SECRET))).toEqual(grantOf('reader-1'))
    const wider = { ...grantOf('reader-1'), subscribes: ['another/topic'] }
    devices.set('reader-1', { hash: devices.get('reader-1')?.hash ?? '', grant: wider })
    expect(await gate.authenticate('reader-1', bytes(SECRET))).toEqual(wider)
  })

  it.each(['', 'wrong', `${SECRET} `, SECRET.slice(1), SECRET.toUpperCase(), 'x'.repeat(60_000)])(
    'keeps out %j, before and after the right one came',
    async (wrong) => {
      const { gate } = tableOf(['reader-1'])
      expect(await gate.authenticate('reader-1', bytes(wrong))).toBeUndefined()
      await gate.authenticate('reader-1', bytes(SECRET))
      expect(await gate.authenticate('reader-1', bytes(wrong))).toBeUndefined()
    },
  )

  it('keeps out who is not enrolled, whatever it is called', async () => {
    const { gate } = tableOf(['reader-1'])
    for (const name of ['reader-2', '', '__proto__', 'constructor']) {
      expect(await gate.authenticate(name, bytes(SECRET))).toBeUndefined()
    }
  })

  it('keeps out a device that was revoked after it was let in', async () => {
    const { gate, devices } = tableOf(['reader-1'])
    await gate.authenticate('reader-1', bytes(SECRET))
    devices.delete('reader-1')
    expect(await gate.authenticate('reader-1', bytes(SECRET))).toBeUndefined()
  })

  it('keeps out a device that is revoked, or given another secret, while its secret is checked', async () => {
    const { gate, devices } = tableOf(['reader-1', 'reader-2'])
    const revoked = gate.authenticate('reader-1', bytes(SECRET))
    const changed = gate.authenticate('reader-2', bytes(SECRET))
    devices.delete('reader-1')
    devices.set('reader-2', { hash: hashSecret('another-secret-of-it'), grant: grantOf('reader-2') })
    expect(await Promise.all([revoked, changed])).toEqual([undefined, undefined])
  })

  it('forgets the old secret when a device is given a new one', async () => {
    const { gate, devices } = tableOf(['reader-1'])
    await gate.authenticate('reader-1', bytes(SECRET))
    devices.set('reader-1', { hash: hashSecret('another-secret-of-it'), grant: grantOf('reader-1') })
    expect(await gate.authenticate('reader-1', bytes(SECRET))).toBeUndefined()
    expect(await gate.authenticate('reader-1', bytes('another-secret-of-it'))).toBeDefined()
  })

  it('a secret that opens one device opens no other', async () => {
    const { gate, devices } = tableOf(['reader-1', 'reader-2'])
    devices.set('reader-2', { hash: hashSecret('another-secret-of-it'), grant: grantOf('reader-2') })
    await gate.authenticate('reader-1', bytes(SECRET))
    expect(await gate.authenticate('reader-2', bytes(SECRET))).toBeUndefined()
  })

  it('hashes other parameters than those of today by what stands in the row', async () => {
    const salt = Buffer.from('SodiumChloride\0\0').toString('base64url')
    const hash = scryptSync(SECRET, Buffer.from(salt, 'base64url'), 32, { N: 1_024, r: 4, p: 2 }).toString('base64url')
    const gate = createDeviceGate({
      lookup: () => ({ hash: `scrypt$N=1024,r=4,p=2$${salt}$${hash}`, grant: grantOf('reader-1') }),
      limits: DEVICE_GATE_LIMITS,
    })
    expect(await gate.authenticate('reader-1', bytes(SECRET))).toBeDefined()
    expect(await gate.authenticate('reader-1', bytes('wrong'))).toBeUndefined()
  })

  const part = 'A'.repeat(22)
  const whole = 'A'.repeat(43)
  it.each([
    '',
    'plain text',
    `bcrypt$N=4096,r=8,p=1$${part}$${whole}`,
    `scrypt$N=4095,r=8,p=1$${part}$${whole}`,
    `scrypt$N=262144,r=8,p=1$${part}$${whole}`,
    `scrypt$N=1,r=8,p=1$${part}$${whole}`,
    `scrypt$N=4096,r=99,p=99$${part}$${whole}`,
    `scrypt$N=4096,r=0,p=1$${part}$${whole}`,
    `scrypt$N=4096,r=8,p=1$${part}$${whole}A`,
    `scrypt$N=4096,r=8,p=1$$${whole}`,
  ])('says that it cannot say, where what is stored is damaged: %s', async (hash) => {
    const gate = createDeviceGate({ lookup: () => ({ hash, grant: grantOf('reader-1') }), limits: DEVICE_GATE_LIMITS })
    await expect(gate.authenticate('reader-1', bytes(SECRET))).rejects.toThrow(/reader-1.*give it a new one/)
  })

  it('says that it cannot say, where the books cannot be read', async () => {
    const gate = createDeviceGate({
      lookup() {
        throw new Error('the books are shut')
      },
      limits: DEVICE_GATE_LIMITS,
    })
    await expect(gate.authenticate('reader-1', bytes(SECRET))).rejects.toThrow('the books are shut')
  })
})

describe('many at once', () => {
  it('checks all of a hundred devices that come together after a restart, while the event loop goes on', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `reader-${at}`)
    const { gate } = tableOf(names)
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 1)
    const grants = await Promise.all(names.map((name) => gate.authenticate(name, bytes(SECRET))))
    clearInterval(timer)
    expect(grants.map((grant) => grant?.device)).toEqual(names)
    expect(turns).toBeGreaterThan(10)
  })

  it('checks again at once who was let in before, with no place in the queue', async () => {
    const { gate } = tableOf(['reader-1', 'reader-2'], { checksMax: 1, waitingChecksMax: 1 })
    await gate.authenticate('reader-1', bytes(SECRET))
    const busy = [gate.authenticate('reader-2', bytes('wrong')), gate.authenticate('reader-2', bytes('wrong too'))]
    expect(await gate.authenticate('reader-1', bytes(SECRET))).toBeDefined()
    await Promise.all(busy)
  })

  it('turns away the one above checksMax and waitingChecksMax, the same for known and unknown', async () => {
    const { gate } = tableOf(['reader-1'], { checksMax: 1, waitingChecksMax: 2 })
    const taken = [1, 2, 3].map(() => gate.authenticate('reader-1', bytes('wrong')))
    await expect(gate.authenticate('reader-1', bytes(SECRET))).rejects.toThrow(/more than 2 devices wait/)
    await expect(gate.authenticate('nobody', bytes(SECRET))).rejects.toThrow(/more than 2 devices wait/)
    expect(await Promise.all(taken)).toEqual([undefined, undefined, undefined])
    expect(await gate.authenticate('reader-1', bytes(SECRET))).toBeDefined()
  })

  it('an unknown device costs a check as a known one does', async () => {
    const { gate } = tableOf(['reader-1'], { checksMax: 1, waitingChecksMax: 1 })
    const first = gate.authenticate('nobody', bytes('whatever it is'))
    const second = gate.authenticate('nobody', bytes('whatever it is'))
    // Both places are taken by checks for devices that do not exist.
    await expect(gate.authenticate('reader-1', bytes(SECRET))).rejects.toThrow(/wait/)
    expect(await Promise.all([first, second])).toEqual([undefined, undefined])
  })

  it.each([
    { checksMax: 0, waitingChecksMax: 1 },
    { checksMax: 1, waitingChecksMax: 0 },
  ])('refuses limits of 0', (limits) => {
    expect(() => createDeviceGate({ lookup: () => undefined, limits })).toThrow(RangeError)
  })
})
