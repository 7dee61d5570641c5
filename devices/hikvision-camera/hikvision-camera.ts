import { z } from 'zod'
import type { PlateReading } from '../../core/parking/events.ts'
import type { Read } from '../bounded-json.ts'
import { checked, unread } from '../bounded-json.ts'
import type { XmlElement } from '../bounded-xml.ts'
import { childOf, childrenOf, readXml, wordsOf } from '../bounded-xml.ts'
import type { Driver, PlateSeen } from '../driver.ts'
import { CAMERA_PLATE_CHARACTERS_MAX, CAMERA_REFERENCE_CHARACTERS_MAX } from '../driver.ts'
import { DEVICE_PREFIX, leafOf } from '../topics.ts'

/**
 * A Hikvision number-plate camera, by the XML document of its ISAPI event notification (`EventNotificationAlert`, event type `ANPR`). It comes by HTTP
 * (notification.ts, gateway/http/camera-events.ts) and is handed on as if it had been said on `alert`. From Hikvision's Intelligent Security API (ANPR), Developer Guide,
 * and from messages that were captured from cameras (test/devices/fixtures/hikvision-camera).
 *
 * Heartbeats (`videoloss`, inactive; `heartBeat`) and all other events are passed over, and so is what a camera kept while its line was down and sends later: that
 * vehicle has gone. A vehicle whose plate it could not read is seen without a plate.
 */
export const hikvisionCamera: Driver = {
  name: 'hikvision-camera',
  kind: 'camera',
  qos: 0,
  delivery: 'once',
  topics: {
    publishes: [`${DEVICE_PREFIX}/alert`, `${DEVICE_PREFIX}/status`],
    subscribes: [],
    will: `${DEVICE_PREFIX}/status`,
  },
  parse(address, topic, bytes) {
    if (leafOf(address, topic) !== 'alert') return unread('unknown-topic', 'not a topic of this device')
    const document = readXml(bytes)
    if (!document.ok) return document
    const read = alertOf(document.value)
    if (!read.ok) return read
    if (!isNews(read.value)) return { ok: 'ignored' }
    return { ok: true, event: { id: null, upMs: null, reading: readingOf(read.value) } }
  },
  encode() {
    return undefined
  },
  encodeAnswer() {
    return undefined
  },
}

const word = z.string().max(64)
const alert = z.object({
  eventType: word.min(1),
  eventState: word.optional(),
  isDataRetransmission: word.optional(),
  alarmDataType: word.optional(),
  licensePlate: z.string().max(CAMERA_PLATE_CHARACTERS_MAX).optional(),
  confidenceLevel: z
    .string()
    .regex(/^(?:\d{1,2}|100)$/)
    .optional(),
  direction: word.optional(),
  twoWheelVehicle: word.optional(),
  vehicleType: word.optional(),
})
type Alert = z.output<typeof alert> & { readonly eventId: string | null; readonly picture: string | null }

function alertOf(root: XmlElement): Read<Alert> {
  if (root.name !== 'EventNotificationAlert') return unread('wrong-schema', 'is no EventNotificationAlert')
  const anpr = childOf(root, 'ANPR')
  const read = checked(alert, {
    eventType: wordsOf(root, 'eventType') ?? '',
    eventState: wordsOf(root, 'eventState'),
    isDataRetransmission: wordsOf(root, 'isDataRetransmission'),
    alarmDataType: wordsOf(anpr, 'alarmDataType'),
    licensePlate: wordsOf(anpr, 'licensePlate'),
    confidenceLevel: wordsOf(anpr, 'confidenceLevel') || undefined,
    direction: wordsOf(anpr, 'direction'),
    twoWheelVehicle: wordsOf(anpr, 'twoWheelVehicle'),
    vehicleType: wordsOf(anpr, 'vehicleType'),
  })
  if (!read.ok) return read
  const eventId = referenceOf(wordsOf(root, 'UUID'))
  return { ok: true, value: { ...read.value, eventId, picture: pictureOf(childOf(anpr, 'pictureInfoList')) } }
}

/** A plate that is seen now. `alarmDataType` 1 is history. */
function isNews({ eventType, eventState, isDataRetransmission, alarmDataType }: Alert): boolean {
  return (
    eventType === 'ANPR' &&
    eventState !== 'inactive' &&
    isDataRetransmission !== 'true' &&
    (alarmDataType ?? '0') === '0'
  )
}

function readingOf(said: Alert): PlateSeen {
  return {
    kind: 'plate-seen',
    plates: platesOf(said),
    direction: said.direction === 'forward' || said.direction === 'reverse' ? said.direction : null,
    vehicle: vehicleOf(said),
    picture: said.picture,
    eventId: said.eventId,
  }
}

/** What stands in the place of a plate that could not be read. */
const NO_PLATE = new Set(['', 'unknown', 'noplate', '无车牌'])

/** One reading: these cameras say no second one. The level is of 100; where there is none, nobody is sure. */
function platesOf({ licensePlate = '', confidenceLevel = '0' }: Alert): readonly PlateReading[] {
  if (NO_PLATE.has(licensePlate.toLowerCase())) return []
  return [{ text: licensePlate, confidencePermille: Number(confidenceLevel) * 10 }]
}

/** Types that messages of cameras have shown; what else there is says nothing of what the plate is on. */
const CAR_TYPES = new Set(['vehicle', 'SUVMPV', 'buggy', 'van', 'bus', 'truck'])

function vehicleOf({ twoWheelVehicle, vehicleType = '' }: Alert): PlateSeen['vehicle'] {
  if (twoWheelVehicle === 'yes') return 'motorbike'
  return CAR_TYPES.has(vehicleType) ? 'car' : null
}

/** The widest view first: it shows the vehicle with its plate. */
const PICTURES = ['detectionPicture', 'vehiclePicture', 'licensePlatePicture']

function pictureOf(list: XmlElement | undefined): string | null {
  const pictures = childrenOf(list, 'pictureInfo')
  const best = PICTURES.flatMap((type) => pictures.filter((picture) => wordsOf(picture, 'type') === type))[0]
  return referenceOf(wordsOf(best, 'pId'))
}

function referenceOf(text: string | undefined): string | null {
  const isReference =
    text !== undefined && text.length <= CAMERA_REFERENCE_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(text)
  return isReference ? text : null
}
