import type { Brand } from './brand.ts'

export type SiteId = Brand<string, 'SiteId'>
export type GatewayId = Brand<string, 'GatewayId'>
export type DeviceId = Brand<string, 'DeviceId'>
export type StallId = Brand<string, 'StallId'>
export type LaneId = Brand<string, 'LaneId'>
export type MerchantId = Brand<string, 'MerchantId'>
export type ChargeId = Brand<string, 'ChargeId'>
export type PassageId = Brand<string, 'PassageId'>
export type ClaimId = Brand<string, 'ClaimId'>
export type TransferId = Brand<string, 'TransferId'>
export type AccountId = Brand<string, 'AccountId'>
export type EffectId = Brand<string, 'EffectId'>
export type DocumentId = Brand<string, 'DocumentId'>
export type VaultRef = Brand<string, 'VaultRef'>
/** A place of parking: a lot, or a part of one (APDS Place). */
export type PlaceId = Brand<string, 'PlaceId'>
/** `motorbike`, `car-9-seats`: as the site's layout declares them. */
export type VehicleClass = Brand<string, 'VehicleClass'>
export type SessionId = Brand<string, 'SessionId'>
/** An assigned right: a pass, or a merchant's validation of one stay. */
export type RightId = Brand<string, 'RightId'>
/** Something that a person has to end with a reason. */
export type CaseId = Brand<string, 'CaseId'>
/** Who asks: `device:reader-1`, `client:till-app`, `gateway:timer`. With an event's own id it makes the event key. */
export type Principal = Brand<string, 'Principal'>
/** `principal/id`: the identity under which an event is taken once (architecture, section 3). */
export type EventKey = Brand<string, 'EventKey'>

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Lower-case letters, digits and inner dashes, 1 to 63 characters: safe in a topic, a file name and a URL (RFC 1123 label). */
export function isSlug(text: string): boolean {
  return SLUG.test(text)
}

/** A slug that is not `any`: `urn:tolbooth:any` is the audience of a token for whichever site. */
export function isSiteId(text: string): text is SiteId {
  return isSlug(text) && text !== 'any'
}

/** Makes a site's id of text that has been checked; throws where `isSiteId` says no. */
export function siteId(text: string): SiteId {
  if (!isSiteId(text)) throw new RangeError('site id must be 1 to 63 of a-z, 0-9 and inner dashes, and not "any"')
  return text
}

export const gatewayId = slugOf<GatewayId>('gateway')
export const deviceId = slugOf<DeviceId>('device')
export const stallId = slugOf<StallId>('stall')
export const laneId = slugOf<LaneId>('lane')
export const merchantId = slugOf<MerchantId>('merchant')
export const placeId = slugOf<PlaceId>('place')
export const vehicleClass = slugOf<VehicleClass>('vehicle class')

export type PrincipalKind = 'device' | 'client' | 'gateway'

/**
 * The principal of a device, of an HTTP client, or of a part of the gateway itself. Refuses (throws) an empty name and one with a slash, a space or a control
 * character: the slash ends the principal in an event key, and no two principals may make one key.
 */
export function principalOf(kind: PrincipalKind, name: string): Principal {
  if (!/^[\x21-\x2e\x30-\x7e]+$/.test(name)) throw new RangeError(`${kind} name must be printable and without a slash`)
  return `${kind}:${name}` as Principal
}

export const EVENT_ID_CHARACTERS_MAX = 128

/** Joins a principal and the id which it gave. Refuses (throws) an empty id, a longer one than 128 characters, and control characters: the edge checks these first. */
export function eventKey(principal: Principal, id: string): EventKey {
  if (!isEventId(id)) throw new RangeError(`event id must be 1 to ${EVENT_ID_CHARACTERS_MAX} printable characters`)
  return `${principal}/${id}` as EventKey
}

export function isEventId(id: string): boolean {
  return id.length <= EVENT_ID_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(id)
}

/**
 * Where a record stands in the journal of one gateway. `slot`: which of several stays of one record it is about, so that each gets ids of its own; 0 where
 * it is not said.
 */
export type Position = {
  readonly gateway: GatewayId
  readonly epoch: number
  readonly seq: number
  readonly slot?: number
}

/** Ids of one letter that one slot has for itself. */
const IDS_OF_SLOT = 64

/**
 * Ids that a decision makes are its position in the journal and a letter, so they are unique without randomness and the
 * same in every replay: `box-1:1:42:c0`.
 */
export function idAt<Id extends string>(position: Position, letter: string, index: number): Id {
  const number = index + IDS_OF_SLOT * (position.slot ?? 0)
  return `${position.gateway}:${position.epoch}:${position.seq}:${letter}${number}` as Id
}

/** Where the record stands that made an id, of whichever letter; `null` for a text that no record makes. */
export function positionOf(id: string): Pick<Position, 'gateway' | 'epoch' | 'seq'> | null {
  const [, gateway, epoch, seq] = MADE_ID.exec(id) ?? []
  if (gateway === undefined) return null
  return { gateway: gateway as GatewayId, epoch: Number(epoch), seq: Number(seq) }
}

const MADE_ID = /^([a-z0-9-]{1,63}):(\d{1,15}):(\d{1,15}):[a-z]\d{1,15}$/

/** `gateway:epoch:seq:index` (architecture, section 1). */
export function effectId(position: Position, index: number): EffectId {
  return `${position.gateway}:${position.epoch}:${position.seq}:${index}` as EffectId
}

/** Which of its record's effects it is: the last part of its id. */
export function indexOfEffect(effect: EffectId): number {
  return Number(effect.slice(effect.lastIndexOf(':') + 1))
}

/** The seq of the record that an effect belongs to: the last part but one of its id. */
export function seqOfEffect(effect: EffectId): number {
  return Number(effect.split(':').at(-2))
}

function slugOf<Id extends string>(what: string): (text: string) => Id {
  return (text) => {
    if (!isSlug(text)) {
      throw new RangeError(
        `${what} id ${JSON.stringify(text.slice(0, 80))} must be 1 to 63 of a-z, 0-9 and inner dashes`,
      )
    }
    return text as Id
  }
}
