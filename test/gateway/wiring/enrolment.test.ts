import { describe, expect, test } from 'vitest'
import type { DeviceId } from '../../../core/ids.ts'
import { deviceId, laneId } from '../../../core/ids.ts'
import { createCredentials } from '../../../db/credentials.ts'
import type { EnrolReply } from '../../../gateway/http/ports.ts'
import { createDeviceGate, DEVICE_GATE_LIMITS } from '../../../gateway/mqtt/credentials.ts'
import type { Path } from '../../../gateway/path/path.ts'
import type { Enrolment } from '../../../gateway/wiring/enrolment.ts'
import { createEnrolment } from '../../../gateway/wiring/enrolment.ts'
import { rigs } from '../../support/people.ts'
import { ownersRequest } from '../../support/requests.ts'
import type { Rig } from '../../support/rig.ts'

const rigged = rigs()

function enrolmentOf(rig: Rig, path: Path = rig.now().gateway.path): Enrolment {
  const { gateway, db, clock } = rig.now()
  const isEnrolled = (id: DeviceId): boolean => gateway.device(id)?.status === 'active'
  return createEnrolment({ path, credentials: createCredentials(db.db), clock, isEnrolled })
}

function enrol(
  rig: Rig,
  id: string,
  driver = 'qr-reader',
  key = id,
  enrolment = enrolmentOf(rig),
): Promise<EnrolReply> {
  const device = { id: deviceId(id), driver, place: { kind: 'site' }, role: null } as const
  return rig.until(enrolment.enrol({ ...ownersRequest(rig, key), device }))
}

function revoke(rig: Rig, id: string): Promise<unknown> {
  const body = { kind: 'device-revoked', device: deviceId(id) } as const
  return rig.until(rig.now().gateway.path.submit({ ...ownersRequest(rig, `revoke-${id}`), body }))
}

const hashOf = (rig: Rig, id: string): string => createCredentials(rig.now().db.db).deviceHash(deviceId(id)) ?? ''

/** As the broker looks at who connects. */
async function isLetIn(rig: Rig, id: string, password: string): Promise<boolean> {
  const grant = { device: deviceId(id), publishes: [], subscribes: [], will: '' }
  const gate = createDeviceGate({ limits: DEVICE_GATE_LIMITS, lookup: () => ({ hash: hashOf(rig, id), grant }) })
  return (await gate.authenticate(id, Buffer.from(password))) !== undefined
}

function passwordOf(reply: EnrolReply): string {
  if (reply.kind !== 'enrolled') throw new Error(reply.kind)
  return reply.credential.password
}

describe('an enrolment', () => {
  test('shows the device’s secret once; neither it nor its hash is in any record', async () => {
    const rig = await rigged()
    const enrolled = await enrol(rig, 'reader-9')
    if (enrolled.kind !== 'enrolled') throw new Error(enrolled.kind)
    const { password } = enrolled.credential
    const hash = createCredentials(rig.now().db.db).deviceHash(deviceId('reader-9')) ?? ''
    expect(hash).not.toContain(password)
    expect(hash.length).toBeGreaterThan(32)
    const kept = JSON.stringify(rig.query('SELECT body FROM journal')) + JSON.stringify(rig.query('SELECT * FROM seen'))
    expect(kept).toContain('reader-9')
    for (const secret of [password, hash, ...hash.split('$').filter((part) => part.length > 16)]) {
      expect(kept).not.toContain(secret)
    }
    expect(await enrol(rig, 'reader-9')).toMatchObject({ kind: 'refused', refusal: 'device-exists' })
    expect(await enrol(rig, 'reader-9', 'qr-reader', 'another-key')).toMatchObject({ refusal: 'device-exists' })
  })

  test('is refused for a second barrier, and for a second loop of one role, at a lane: its word would cover the first, or nothing would be told to it', async () => {
    const rig = await rigged()
    const place = { kind: 'lane', id: laneId('lane-in') } as const
    const at = (id: string, driver: string, role: 'approach' | 'safety' | null) =>
      rig.until(
        enrolmentOf(rig).enrol({ ...ownersRequest(rig, id), device: { id: deviceId(id), driver, place, role } }),
      )
    for (const [driver, role] of [
      ['barrier', null],
      ['barrier-shelly-gen2', null],
      ['loop', 'safety'],
      ['loop', 'approach'],
    ] as const) {
      expect(await at(`second-${driver}-${role}`, driver, role)).toMatchObject({ refusal: 'device-place-taken' })
    }
    const arm = rig
      .now()
      .books.devices()
      .find(({ kind, place: of }) => kind === 'barrier' && of.kind === 'lane' && of.id === place.id)
    await revoke(rig, arm?.id ?? '')
    expect(await at('another-arm', 'barrier', null)).toMatchObject({ kind: 'enrolled' })
  })

  test.each([
    ['a driver that this version has not', 'no-such'],
    ['a loop without a role', 'loop'],
  ])('of %s is refused and leaves no record', async (_what, driver) => {
    const rig = await rigged()
    const { seq } = rig.now().books.head()
    expect(await enrol(rig, 'device-9', driver)).toEqual({ kind: 'refused', refusal: 'wrong-schema', answer: null })
    expect(rig.now().books.head().seq).toBe(seq)
  })

  test('that the process does not live to see leaves a secret of its own, and never the one of the device before', async () => {
    const rig = await rigged()
    const before = passwordOf(await enrol(rig, 'reader-9'))
    await revoke(rig, 'reader-9')
    const { path } = rig.now().gateway
    // Booked, and then nothing more is done.
    const falling: Path = {
      ...path,
      submit: async (request) => {
        await path.submit(request)
        throw new Error('the process ends here')
      },
    }
    await expect(enrol(rig, 'reader-9', 'qr-reader', 'anew', enrolmentOf(rig, falling))).rejects.toThrow('ends here')
    expect(rig.now().gateway.device(deviceId('reader-9'))?.status).toBe('active')
    expect(await isLetIn(rig, 'reader-9', before)).toBe(false)
    expect(await enrol(rig, 'reader-9', 'qr-reader', 'anew')).toMatchObject({ refusal: 'device-exists' })
  })

  test('that is refused leaves the secret of the device that works', async () => {
    const rig = await rigged()
    const password = passwordOf(await enrol(rig, 'reader-9'))
    expect(await enrol(rig, 'reader-9', 'qr-reader', 'another-key')).toMatchObject({ refusal: 'device-exists' })
    expect(await isLetIn(rig, 'reader-9', password)).toBe(true)
  })

  test('and another for the same device at the same time leave the secret that was shown', async () => {
    const rig = await rigged()
    const enrolment = enrolmentOf(rig)
    const device = { id: deviceId('reader-9'), driver: 'qr-reader', place: { kind: 'site' }, role: null } as const
    const both = ['a', 'b'].map((key) => enrolment.enrol({ ...ownersRequest(rig, key), device }))
    const replies = await rig.until(Promise.all(both))
    const [shown, ...others] = replies.filter((reply) => reply.kind === 'enrolled')
    if (shown === undefined) throw new Error('neither was enrolled')
    expect(others).toEqual([])
    expect(await isLetIn(rig, 'reader-9', passwordOf(shown))).toBe(true)
  })

  test('of a device that is revoked while it is asked has a secret that works', async () => {
    const rig = await rigged()
    const before = passwordOf(await enrol(rig, 'reader-9'))
    const { path } = rig.now().gateway
    const late: Path = {
      ...path,
      submit: async (request) => {
        await path.submit({
          ...ownersRequest(rig, 'meanwhile'),
          body: { kind: 'device-revoked', device: deviceId('reader-9') },
        })
        return path.submit(request)
      },
    }
    const password = passwordOf(await enrol(rig, 'reader-9', 'qr-reader', 'anew', enrolmentOf(rig, late)))
    expect(password).not.toBe(before)
    expect(await isLetIn(rig, 'reader-9', password)).toBe(true)
  })
})

describe('a new password', () => {
  const ask = (rig: Rig, id: string, key: string) =>
    rig.until(enrolmentOf(rig).newPassword({ ...ownersRequest(rig, key), device: deviceId(id) }))

  test('takes the place of the one before, is booked, and is another each time, also for the same request', async () => {
    const rig = await rigged()
    const passwords = [passwordOf(await enrol(rig, 'reader-9'))]
    for (const key of ['one', 'one', 'two']) {
      const reply = await ask(rig, 'reader-9', key)
      if (reply.kind !== 'changed') throw new Error(reply.kind)
      expect(await isLetIn(rig, 'reader-9', passwords.at(-1) ?? '')).toBe(false)
      passwords.push(reply.credential.password)
      expect(await isLetIn(rig, 'reader-9', reply.credential.password)).toBe(true)
    }
    expect(new Set(passwords).size).toBe(passwords.length)
    const kept = JSON.stringify(rig.query('SELECT body FROM journal'))
    expect(kept.match(/device-password/g)).toHaveLength(2)
    for (const password of passwords) expect(kept).not.toContain(password)
  })

  test.each(['reader-unheard-of', 'reader-9'])(
    'of a device that is not enrolled is refused, and sets none (%s)',
    async (id) => {
      const rig = await rigged()
      await enrol(rig, 'reader-9')
      await revoke(rig, 'reader-9')
      const before = hashOf(rig, id)
      expect(await ask(rig, id, 'one')).toMatchObject({ kind: 'refused', refusal: 'device-unknown' })
      expect(hashOf(rig, id)).toBe(before)
    },
  )
})
