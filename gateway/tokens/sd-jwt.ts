import { createHash } from 'node:crypto'
import type { StrictJson, StrictJsonObject } from '../strict-json.ts'
import { isObject, parseStrictJsonValue } from '../strict-json.ts'
import { CLAIMS_IN_THE_OPEN } from './claims.ts'
import type { Opened } from './compact.ts'
import { decoded, refused } from './compact.ts'

/** Our own profile needs none; a credential made for other uses as well may show a few. */
export const DISCLOSURES_MAX = 8

/** An SD-JWT+KB, parted at its tildes (RFC 9901, 4). */
export type Parted = {
  readonly credential: string
  readonly disclosures: readonly string[]
  readonly keyBinding: string
  /** SHA-256, base64url, of all before the key binding, the last tilde included (RFC 9901, 4.3.1). */
  readonly sdHash: string
}

/**
 * Parts an SD-JWT+KB. A bare SD-JWT (nothing after the last tilde) is refused: whether a key binding is wanted is ours to say, not the
 * presenter's (RFC 9901, 7.3 steps 1 and 2).
 */
export function partPresentation(text: string): Opened<Parted> {
  const end = text.lastIndexOf('~') + 1
  const [credential = '', ...disclosures] = text.slice(0, end - 1).split('~')
  const keyBinding = text.slice(end)
  if (keyBinding === '') return refused('presentation-malformed', 'the phone has not signed it')
  if (disclosures.length > DISCLOSURES_MAX) return refused('presentation-malformed', 'too many disclosures')
  const sdHash = createHash('sha256').update(text.slice(0, end), 'ascii').digest('base64url')
  return { ok: true, value: { credential, disclosures, keyBinding, sdHash } }
}

/**
 * Puts the disclosed claims in their places and takes the digests out (RFC 9901, 7.1 steps 2.5 to 5): SHA-256 only, each digest once, each disclosure
 * referred to once, names that neither collide nor are reserved. Claims on which a token's worth hangs may not be disclosed: they stand in the
 * open or the credential is refused (9.7).
 */
export function discloseClaims(payload: StrictJsonObject, disclosures: readonly string[]): Opened<StrictJsonObject> {
  const algorithm = payload['_sd_alg']
  if (algorithm !== undefined && algorithm !== 'sha-256') return malformed('its digests are not of sha-256')

  const byDigest = new Map<string, readonly StrictJson[]>()
  for (const disclosure of disclosures) {
    const bytes = disclosure === '' ? undefined : decoded(disclosure)
    if (bytes === undefined) return refused('token-not-canonical', 'a disclosure is not base64url')
    const parsed = parseStrictJsonValue(bytes)
    if (!parsed.ok) return malformed(`a disclosure ${parsed.fault}`)
    if (!Array.isArray(parsed.value)) return malformed('a disclosure is not a list')
    byDigest.set(createHash('sha256').update(disclosure, 'ascii').digest('base64url'), parsed.value)
  }
  if (byDigest.size !== disclosures.length) return malformed('a disclosure stands there twice')

  const walk: Walk = { byDigest, seen: new Set(), used: new Set(), depth: 0 }
  try {
    const claims = objectOf(payload, walk, true)
    return walk.used.size === byDigest.size
      ? { ok: true, value: claims }
      : malformed('a disclosure belongs to no digest')
  } catch (error) {
    if (error instanceof BadDisclosure) return malformed(error.message)
    throw error
  }
}

type Walk = {
  readonly byDigest: ReadonlyMap<string, readonly StrictJson[]>
  /** Digests met so far, decoys too: none may come twice. */
  readonly seen: Set<string>
  readonly used: Set<string>
  readonly depth: number
}

/** Leaves the recursion; never leaves this file. */
class BadDisclosure extends Error {}

/** Disclosures within disclosures, at most as deep as there may be disclosures. */
function deeper(walk: Walk): Walk {
  if (walk.depth > 2 * DISCLOSURES_MAX) throw new BadDisclosure('disclosures are nested too deeply')
  return { ...walk, depth: walk.depth + 1 }
}

function processed(value: StrictJson, walk: Walk): StrictJson {
  if (Array.isArray(value)) return listOf(value, deeper(walk))
  return isObject(value) ? objectOf(value, deeper(walk), false) : value
}

function objectOf(object: StrictJsonObject, walk: Walk, top: boolean): StrictJsonObject {
  const claims: Record<string, StrictJson> = Object.create(null)
  for (const [name, value] of Object.entries(object)) {
    if (name === '...' || (name === '_sd_alg' && !top))
      throw new BadDisclosure('a reserved name stands where it may not')
    if (name === '_sd' || name === '_sd_alg') continue
    claims[name] = processed(value, walk)
  }
  for (const digest of digestsOf(object['_sd'])) {
    const disclosed = claimFor(digest, walk)
    if (disclosed === undefined) continue
    const [, name, value] = disclosed
    if (disclosed.length !== 3 || typeof name !== 'string' || value === undefined) {
      throw new BadDisclosure('a disclosed claim is not salt, name and value')
    }
    if (name === '_sd' || name === '...' || name in claims) throw new BadDisclosure('a disclosed name is taken')
    if (top && CLAIMS_IN_THE_OPEN.includes(name))
      throw new BadDisclosure('a claim that must stand in the open is disclosed')
    claims[name] = processed(value, walk)
  }
  return claims
}

function listOf(list: readonly StrictJson[], walk: Walk): readonly StrictJson[] {
  const values: StrictJson[] = []
  for (const item of list) {
    if (!isObject(item) || item['...'] === undefined) {
      values.push(processed(item, walk))
      continue
    }
    const digest = item['...']
    if (typeof digest !== 'string' || Object.keys(item).length !== 1) {
      throw new BadDisclosure('a digest in a list is not one string')
    }
    const disclosed = claimFor(digest, walk)
    if (disclosed === undefined) continue
    const [, value] = disclosed
    if (disclosed.length !== 2 || value === undefined) throw new BadDisclosure('a disclosed item is not salt and value')
    values.push(processed(value, walk))
  }
  return values
}

function digestsOf(digests: StrictJson | undefined): readonly string[] {
  if (digests === undefined) return []
  if (!Array.isArray(digests)) throw new BadDisclosure('its digests are not a list')
  return digests.map((digest: StrictJson) => {
    if (typeof digest !== 'string') throw new BadDisclosure('a digest is not text')
    return digest
  })
}

/** The disclosure of a digest, `undefined` for a decoy or one that is kept back. */
function claimFor(digest: string, walk: Walk): readonly StrictJson[] | undefined {
  if (walk.seen.has(digest)) throw new BadDisclosure('a digest comes twice')
  walk.seen.add(digest)
  const disclosed = walk.byDigest.get(digest)
  if (disclosed !== undefined) walk.used.add(digest)
  return disclosed
}

function malformed(detail: string): Opened<never> {
  return refused('presentation-malformed', detail)
}
