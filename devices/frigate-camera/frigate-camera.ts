import { z } from 'zod'
import type { PlateReading } from '../../core/parking/events.ts'
import { PLATE_READINGS_MAX } from '../../core/parking/events.ts'
import type { Read } from '../bounded-json.ts'
import { readJson, unread } from '../bounded-json.ts'
import type { Driver, Parsed, PlateSeen } from '../driver.ts'
import { CAMERA_PLATE_CHARACTERS_MAX, CAMERA_REFERENCE_CHARACTERS_MAX } from '../driver.ts'
import { DEVICE_PREFIX, leafOf } from '../topics.ts'

/**
 * One camera of a Frigate NVR that recognizes license plates, with Frigate's `topic_prefix` set to the device's own prefix and the camera in Frigate named as the device
 * (settings.md). From https://docs.frigate.video/integrations/mqtt and the sources of Frigate (`frigate/comms/mqtt.py`, `set_object_attribute` in
 * `frigate/track/object_processing.py`). It publishes at QoS 0 and numbers nothing, so a plate may be lost and may come twice: it is evidence beside the
 * loops, and never opens by itself.
 *
 * A plate comes on two topics: `tracked_object_update` with each recognition, and `events` when something about the vehicle has changed. Both are read, as each alone
 * misses some (the first knows no kind of vehicle, the second waits for a better picture); core/parking/sightings.ts makes one sighting of what comes twice. An `end` is
 * passed over even if it has a plate: that vehicle has left the picture, and the next may stand where it stood.
 */
export const frigateCamera: Driver = {
  name: 'frigate-camera',
  kind: 'camera',
  qos: 0,
  delivery: 'once',
  topics: {
    // Unasked, under its own prefix: the state of each camera, object, zone and mask.
    publishes: [1, 2, 3, 4].map((levels) => `${DEVICE_PREFIX}${'/+'.repeat(levels)}`),
    subscribes: [`${DEVICE_PREFIX}/#`],
    will: `${DEVICE_PREFIX}/available`,
  },
  parse(address, topic, bytes) {
    const leaf = leafOf(address, topic)
    if (leaf === undefined || !isFrigateLeaf(leaf)) return unread('unknown-topic', 'not a topic of this device')
    if (leaf === 'tracked_object_update') return seenBy(address.device, readUpdate(bytes))
    if (leaf === 'events') return seenBy(address.device, readEvent(bytes))
    return { ok: 'ignored' }
  },
  encode() {
    return undefined
  },
  encodeAnswer() {
    return undefined
  },
}

/** A plate, and the camera that saw it; `undefined` in a message that says nothing of one. */
type Seen = { readonly camera: string; readonly seen: PlateSeen } | undefined

const reference = z
  .string()
  .max(CAMERA_REFERENCE_CHARACTERS_MAX)
  .regex(/^[\x21-\x7e]+$/)
const camera = z.string().max(CAMERA_REFERENCE_CHARACTERS_MAX)
const plate = z
  .string()
  .max(CAMERA_PLATE_CHARACTERS_MAX)
  .refine((text) => text.isWellFormed())
const score = z.number().min(0).max(1)

/** Also sent for faces, descriptions and classes of things, which have other members and no plate. */
const update = z.looseObject({
  type: z.string(),
  id: reference.nullish(),
  camera: camera.nullish(),
  plate: plate.nullish(),
  score: score.nullish(),
})

/** By the documentation a text and a score beside it; by the sources, in what is sent, a pair. A score is `null` where a person typed the plate. */
const recognized = z.union([plate, z.tuple([plate.nullable(), score.nullable()])]).nullish()
const trackedObject = z.looseObject({
  id: reference,
  camera: camera,
  label: z.string(),
  recognized_license_plate: recognized,
  recognized_license_plate_score: score.nullish(),
})
const event = z.looseObject({
  type: z.enum(['new', 'update', 'end']),
  before: z.looseObject({ recognized_license_plate: recognized }).nullish(),
  after: trackedObject,
})

function readUpdate(bytes: Uint8Array): Read<Seen> {
  const read = readJson(update, bytes)
  if (!read.ok) return read
  const { type, id, camera: by, plate: text, score: sure } = read.value
  if (type !== 'lpr' || typeof by !== 'string') return { ok: true, value: undefined }
  return seenIf(by, readingsOf(text ?? '', sure ?? null), id ?? null, null)
}

function readEvent(bytes: Uint8Array): Read<Seen> {
  const read = readJson(event, bytes)
  if (!read.ok) return read
  const { type, before, after } = read.value
  const text = textOf(after.recognized_license_plate)
  const isNews = text !== textOf(before?.recognized_license_plate)
  if (type === 'end' || !isNews) return { ok: true, value: undefined }
  const plates = readingsOf(text, scoreOf(after))
  return seenIf(after.camera, plates, after.id, vehicleOf.get(after.label) ?? null)
}

function seenIf(
  by: string,
  plates: readonly PlateReading[],
  eventId: string | null,
  vehicle: PlateSeen['vehicle'],
): Read<Seen> {
  if (plates.length === 0) return { ok: true, value: undefined }
  // Frigate keeps the picture of a tracked object under the object's id.
  const seen: PlateSeen = { kind: 'plate-seen', plates, direction: null, vehicle, picture: eventId, eventId }
  return { ok: true, value: { camera: by, seen } }
}

/** Another camera of the same Frigate looks at another lane. */
function seenBy(device: string, read: Read<Seen>): Parsed {
  if (!read.ok) return read
  if (read.value === undefined || read.value.camera !== device) return { ok: 'ignored' }
  return { ok: true, event: { id: null, upMs: null, reading: read.value.seen } }
}

function textOf(said: z.output<typeof recognized>): string {
  return (typeof said === 'string' ? said : said?.[0]) ?? ''
}

function scoreOf(after: z.output<typeof trackedObject>): number | null {
  const said = after.recognized_license_plate
  return (typeof said === 'string' ? after.recognized_license_plate_score : said?.[1]) ?? null
}

/** Frigate has joined several plates of one object by commas. Without a score it is not said how sure it is, and that is not sure at all. */
function readingsOf(text: string, sure: number | null): readonly PlateReading[] {
  const confidencePermille = Math.round((sure ?? 0) * 1_000)
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .slice(0, PLATE_READINGS_MAX)
    .map((part) => ({ text: part, confidencePermille }))
}

const vehicleOf: ReadonlyMap<string, 'car' | 'motorbike'> = new Map([
  ['car', 'car'],
  ['truck', 'car'],
  ['bus', 'car'],
  ['motorcycle', 'motorbike'],
])

/** What a camera, a zone, an object or a mask of Frigate is called stands before these; what Frigate says of itself has one level. */
const OF_A_CAMERA = /^[^/]+\/[^/]+(?:\/[^/]+)?$/
const OF_A_MASK = /^[^/]+\/[^/]+\/[^/]+\/state$/
const OF_FRIGATE = /^(?:available|events|tracked_object_update|reviews|stats)\//

function isFrigateLeaf(leaf: string): boolean {
  if (!leaf.includes('/')) return true
  return !OF_FRIGATE.test(leaf) && (OF_A_CAMERA.test(leaf) || OF_A_MASK.test(leaf))
}
