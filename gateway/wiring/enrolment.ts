import type { DeviceId } from '../../core/ids.ts'
import type { Device } from '../../core/site.ts'
import type { Credentials } from '../../db/credentials.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeviceToEnrol, EnrolReply, EnrolRequest, NewPassword } from '../http/ports.ts'
import { createSecret, hashSecret } from '../mqtt/credentials.ts'
import type { Path } from '../path/path.ts'
import { createTurns } from './in-turn.ts'
import { notTaken } from './not-taken.ts'

export type EnrolmentParts = {
  readonly path: Path
  readonly credentials: Credentials
  readonly clock: Clock
  /** As the books have it now. */
  readonly isEnrolled: (device: DeviceId) => boolean
}

export type Enrolment = {
  /**
   * Takes a device through the path and makes its secret, which is shown once and kept only hashed. The secret stands before the device is enrolled, so that one which is
   * enrolled has the secret of that enrolment and never an older one, whenever the process ends. Refused as `wrong-schema` for a driver that is not in the registry or a
   * role that does not fit it, as `device-exists` for one that is enrolled, also when the same request comes again: then `newPassword` gives it another secret.
   */
  enrol(request: EnrolRequest): Promise<EnrolReply>
  newPassword: NewPassword
}

export function createEnrolment({ path, credentials, clock, isEnrolled }: EnrolmentParts): Enrolment {
  // Of two for one device at a time, the second would put its secret in the place of the one that the first shows.
  const inTurn = createTurns()
  const setSecret = (device: DeviceId): string => {
    const password = createSecret()
    credentials.setDevice(device, hashSecret(password), clock.now())
    return password
  }

  return {
    enrol: (request) =>
      inTurn(async () => {
        const device = deviceOfDriver(request.device)
        if (device === undefined) return { kind: 'refused', refusal: 'wrong-schema', answer: null }
        const { device: _asked, ...rest } = request
        // One that works already keeps the secret with which it works.
        const before = isEnrolled(device.id) ? undefined : setSecret(device.id)
        const reply = await path.submit({ ...rest, body: { kind: 'device-enrolled', device } })
        const refused = notTaken(reply)
        if (refused !== undefined) return refused
        if (reply.kind === 'committed' && reply.repeated)
          return { kind: 'refused', refusal: 'device-exists', answer: null }
        // It was revoked while this was asked.
        const password = before ?? setSecret(device.id)
        return { kind: 'enrolled', device, credential: { username: device.id, password } }
      }),
    newPassword: ({ device, ...request }) =>
      inTurn(async () => {
        const body = { kind: 'access-changed', what: { kind: 'device-password', device } } as const
        const refused = notTaken(await path.submit({ ...request, body }))
        if (refused !== undefined) return refused
        // Booked first, and done again when it is asked again: whoever got no answer has none of the secrets before.
        return { kind: 'changed', credential: { username: device, password: setSecret(device) } }
      }),
  }
}

/** The device as the books will know it; `undefined` for a driver that this version has not. A loop needs a role, and nothing else has one. */
export function deviceOfDriver({ id, driver, place, role }: DeviceToEnrol): Device | undefined {
  const known = driverNamed(driver)
  if (known === undefined || (known.kind === 'loop') !== (role !== null)) return undefined
  return { id, driver, kind: known.kind, delivery: known.delivery, place, role, status: 'active' }
}
