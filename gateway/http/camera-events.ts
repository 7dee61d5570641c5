import type { Hono } from 'hono'
import type { DeviceId } from '../../core/ids.ts'
import type { Device } from '../../core/site.ts'
import { hikvisionCamera } from '../../devices/hikvision-camera/hikvision-camera.ts'
import {
  alertTopic,
  bestPicture,
  NOTIFICATION_BYTES_MAX,
  readNotification,
} from '../../devices/hikvision-camera/notification.ts'
import type { DeviceGate, InboundMessage, TransportHandlers } from '../mqtt/transport.ts'
import type { Identify } from './identify.ts'
import type { Call, HttpEnv } from './respond.ts'
import { refuse } from './respond.ts'

/** What cameras that post by HTTP ask of other rooms. */
export type CameraPorts = {
  /** The same credentials as on the devices' broker. */
  readonly authenticate: DeviceGate['authenticate']
  readonly device: (id: string) => Device | undefined
  readonly site: string
  /** Each time that a camera has said who it is. */
  readonly heard: (device: DeviceId) => void
  /** The way into the path that the devices' broker has: it resolves after the commit. The picture that was sent along is kept where it is of something new. */
  readonly take: (message: InboundMessage, picture: Uint8Array | null) => ReturnType<TransportHandlers['onMessage']>
}

/** The address under which a camera posts. It is at most 101 characters long; these cameras take 128. */
export const CAMERA_EVENTS_ROUTE = '/v1/cameras/:device/:secret'

/** Bodies that are read at a time, each of up to `NOTIFICATION_BYTES_MAX`. A site has a camera a lane, and each posts when a vehicle comes. */
export const CAMERA_BODIES_MAX = 8
const RETRY_AFTER_MS = 1_000

/**
 * Takes what number-plate cameras post (devices/hikvision-camera/settings.md): `POST /v1/cameras/{device}/{secret}`. The device's secret stands in the address because
 * that is all that these cameras can do in common; it is checked in constant time by the gate, before a byte of the body is read, and is in no log. A wrong
 * secret, an unknown, a revoked device and one of another driver all look the same. Answered with 200 when what it says is stored, or says nothing new;
 * 503 when it could not be taken now; another refusal where it can never be.
 */
export function addCameraEvents(app: Hono<HttpEnv>, parts: CameraPorts & { readonly identify: Identify }): void {
  let reading = 0

  app.post(CAMERA_EVENTS_ROUTE, async (c) => {
    c.set('operation', 'cameraEvent')
    const tooMany = await parts.identify.stranger(c)
    if (tooMany !== undefined) return tooMany
    const known = await deviceBehind(c)
    if (known === 'busy') return refuse(c, 'busy', {}, { retryAfterMs: RETRY_AFTER_MS })
    if (known === undefined) return refuse(c, 'not-found')
    parts.heard(known.id)
    if (reading >= CAMERA_BODIES_MAX) return refuse(c, 'busy', {}, { retryAfterMs: RETRY_AFTER_MS })
    reading += 1
    try {
      return await taken(c, known)
    } finally {
      reading -= 1
    }
  })

  async function deviceBehind(c: Call): Promise<Device | 'busy' | undefined> {
    const id = c.req.param('device') ?? ''
    const secret = new TextEncoder().encode(c.req.param('secret') ?? '')
    try {
      // First the gate, so that a device of another driver takes as long as one that nobody knows.
      const grant = await parts.authenticate(id, secret)
      const device = parts.device(id)
      return grant !== undefined && device?.driver === hikvisionCamera.name ? device : undefined
    } catch {
      return 'busy'
    }
  }

  async function taken(c: Call, device: Device): Promise<Response> {
    const body = await bodyOf(c.req.raw)
    if (body === undefined) return refuse(c, 'too-large')
    const read = readNotification(c.req.header('content-type') ?? '', body)
    if (!read.ok) return refuse(c, read.refusal)
    const topic = alertTopic({ site: parts.site, device: device.id })
    const message = { device: device.id, topic, payload: read.value.alert, qos: 0, duplicate: false } as const
    const outcome = await parts.take(message, bestPicture(read.value) ?? null)
    return outcome === 'acknowledge' ? new Response('ok\n') : refuse(c, 'busy', {}, { retryAfterMs: RETRY_AFTER_MS })
  }
}

/** `undefined` for a body over the limit; nothing past it is read. */
async function bodyOf(request: Request): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > NOTIFICATION_BYTES_MAX) return undefined
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length
    if (bytes > NOTIFICATION_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
