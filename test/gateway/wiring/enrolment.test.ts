import { describe, expect, test } from 'vitest'
import { deviceId, principalOf } from '../../../core/ids.ts'
import { createCredentials } from '../../../db/credentials.ts'
import type { Enrolled } from '../../../gateway/wiring/enrolment.ts'
import { enrolDevice } from '../../../gateway/wiring/enrolment.ts'
import { rigs } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'

const rigged = rigs()

function enrol(rig: Rig, id: string, driver = 'qr-reader', key = id): Promise<Enrolled> {
  const { gateway, db, clock } = rig.now()
  const request = {
    source: principalOf('client', 'owner'),
    id: key,
    bytes: key,
    actor: { kind: 'client', id: 'owner', role: 'admin' },
    mode: 'live',
    occurredAt: { at: clock.now().at, by: 'gateway' },
    causedBy: null,
    device: { id: deviceId(id), driver, place: { kind: 'site' }, role: null },
  } as const
  return rig.until(enrolDevice(request, gateway.path, createCredentials(db.db), clock))
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

  test.each([
    ['a driver that this version has not', 'no-such'],
    ['a loop without a role', 'loop'],
  ])('of %s is refused and leaves no record', async (_what, driver) => {
    const rig = await rigged()
    const { seq } = rig.now().books.head()
    expect(await enrol(rig, 'device-9', driver)).toEqual({ kind: 'refused', refusal: 'wrong-schema', answer: null })
    expect(rig.now().books.head().seq).toBe(seq)
  })
})
