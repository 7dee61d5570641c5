import type { DeviceId } from '../../core/ids.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device, Place } from '../../core/site.ts'
import type { Credentials } from '../../db/credentials.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { Clock } from '../clock/clock.ts'
import { createSecret, hashSecret } from '../mqtt/credentials.ts'
import type { Path, PathReply, PathRequest } from '../path/path.ts'

/** A device as somebody wants it enrolled; what its driver implies is not asked for. */
export type DeviceToEnrol = {
  readonly id: DeviceId
  readonly driver: string
  readonly place: Place
  readonly role: Device['role']
}

export type Enrolled =
  | {
      readonly kind: 'enrolled'
      readonly device: Device
      readonly credential: { readonly username: string; readonly password: string }
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly answer: string | null }
  | Extract<PathReply, { kind: 'pushed-back' }>

/** The device as the books will know it; `undefined` for a driver that this version has not. A loop needs a role, and nothing else has one. */
export function deviceOfDriver({ id, driver, place, role }: DeviceToEnrol): Device | undefined {
  const known = driverNamed(driver)
  if (known === undefined || (known.kind === 'loop') !== (role !== null)) return undefined
  return { id, driver, kind: known.kind, delivery: known.delivery, place, role, status: 'active' }
}

/**
 * Takes a device through the path and makes its secret, which is shown once and kept only hashed. Refused as `wrong-schema` for a driver that is not in the
 * registry or a role that does not fit it, as `device-exists` for one that is enrolled, also when the same request comes again: its secret cannot be shown twice.
 */
export async function enrolDevice(
  request: Omit<PathRequest, 'body'> & { readonly device: DeviceToEnrol },
  path: Path,
  credentials: Credentials,
  clock: Clock,
): Promise<Enrolled> {
  const device = deviceOfDriver(request.device)
  if (device === undefined) return { kind: 'refused', refusal: 'wrong-schema', answer: null }
  const { device: _asked, ...rest } = request
  const reply = await path.submit({ ...rest, body: { kind: 'device-enrolled', device } })
  if (reply.kind === 'pushed-back') return reply
  if (reply.kind === 'refused') return { kind: 'refused', refusal: reply.refusal, answer: reply.answer }
  if (!reply.outcome.ok) return { kind: 'refused', refusal: reply.outcome.refusal, answer: reply.answer }
  if (reply.repeated) return { kind: 'refused', refusal: 'device-exists', answer: null }
  const password = createSecret()
  credentials.setDevice(device.id, hashSecret(password), clock.now())
  return { kind: 'enrolled', device, credential: { username: device.id, password } }
}
