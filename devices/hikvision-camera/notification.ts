import type { Read } from '../bounded-json.ts'
import { unread } from '../bounded-json.ts'
import type { DeviceAddress, Parsed } from '../driver.ts'
import type { Part } from '../multipart.ts'
import { MULTIPART_FORM, readMultipart } from '../multipart.ts'
import { prefixOf } from '../topics.ts'
import { hikvisionCamera } from './hikvision-camera.ts'

/** An alert with three pictures has some 800 kB. */
export const NOTIFICATION_BYTES_MAX = 4_194_304

/** What a camera posts at one time. */
export type Notification = {
  /** The XML document. */
  readonly alert: Uint8Array
  readonly pictures: readonly Part[]
}

/**
 * Takes a posted notification apart: an XML document by itself, or a form of it and its pictures. Refused: a body over `NOTIFICATION_BYTES_MAX`, a form that
 * cannot be read or has no XML document, and any other content type; a camera that sends JSON has to be set to XML.
 */
export function readNotification(contentType: string, body: Uint8Array): Read<Notification> {
  if (body.length > NOTIFICATION_BYTES_MAX) return unread('too-large', `more than ${NOTIFICATION_BYTES_MAX} bytes`)
  if (XML.test(contentType)) return { ok: true, value: { alert: body, pictures: [] } }
  if (!MULTIPART_FORM.test(contentType)) {
    return unread('wrong-media-type', 'neither XML nor a form with XML: set the format of the camera’s messages to XML')
  }
  const parts = readMultipart(contentType, body)
  if (!parts.ok) return parts
  const alert = parts.value.find((part) => XML.test(part.contentType) || part.name.endsWith('.xml'))
  if (alert === undefined) return unread('wrong-schema', 'no part of the form is XML')
  const pictures = parts.value.filter((part) => part.contentType.startsWith('image/'))
  return { ok: true, value: { alert: alert.bytes, pictures } }
}

/** The one picture that tells most: the widest first, as the camera names its parts. */
export function bestPicture({ pictures }: Notification): Uint8Array | undefined {
  const named = WIDEST_FIRST.flatMap((name) => pictures.filter((picture) => picture.name.includes(name)))
  return (named[0] ?? pictures[0])?.bytes
}

const WIDEST_FIRST = ['detectionPicture', 'vehiclePicture', 'licensePlatePicture']

/** The whole way from what a camera posts to what it means. Never throws. */
export function parseNotification(address: DeviceAddress, contentType: string, body: Uint8Array): Parsed {
  const read = readNotification(contentType, body)
  return read.ok ? hikvisionCamera.parse(address, alertTopic(address), read.value.alert) : read
}

/** Where the driver finds the XML document: a camera that posts by HTTP has no topics of its own. */
export function alertTopic(address: DeviceAddress): string {
  return `${prefixOf(address)}/alert`
}

const XML = /^(?:application|text)\/xml\s*(?:;|$)/i
