import { createHmac, randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto'
import type { DeviceGate, DeviceGrant } from './transport.ts'

/** Secrets are typed into a device once and never learned by heart: below this they can be guessed. */
export const SECRET_BYTES_MIN = 16
export const SECRET_BYTES_MAX = 256

/** A new secret for a device: 144 random bits as 24 letters, digits, `-` and `_`. */
export function createSecret(): string {
  return randomBytes(18).toString('base64url')
}

/**
 * What is kept of a device's secret: `scrypt$N=4096,r=8,p=1$<salt>$<hash>` (RFC 7914; salt and hash in base64url). The parameters stand in it, so that
 * they can be raised later while old ones still hold. Refuses (throws a RangeError) a secret below 16 or above 256 bytes of UTF-8.
 */
export function hashSecret(secret: string): string {
  const bytes = Buffer.from(secret, 'utf8')
  if (bytes.length < SECRET_BYTES_MIN || bytes.length > SECRET_BYTES_MAX) {
    throw new RangeError(
      `a device's secret must have ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes, and has ${bytes.length}`,
    )
  }
  const { N, r, p, salt, hash } = ownHash(bytes)
  return `scrypt$N=${N},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

export type DeviceGateSettings = {
  /** An enrolled device that is not revoked, as it stands in the books now. Asked at every connection. */
  readonly lookup: (device: string) => EnrolledDevice | undefined
  readonly limits: DeviceGateLimits
}

export type EnrolledDevice = {
  /** Made by `hashSecret`. */
  readonly hash: string
  readonly grant: DeviceGrant
}

export type DeviceGateLimits = {
  /** Secrets that are checked at a time. Each takes a thread of libuv's pool of four, in which token signatures are checked too. */
  readonly checksMax: number
  /** Secrets that wait to be checked; above it the gate says that it cannot say (it rejects), and the device comes again. */
  readonly waitingChecksMax: number
}

export const DEVICE_GATE_LIMITS: DeviceGateLimits = { checksMax: 2, waitingChecksMax: 500 }

/**
 * Who may connect as what. A wrong secret, an unknown and a revoked device look the same and take the same time: for the latter two a hash of nobody is
 * checked. After a restart all devices come at once, so checks run beside the event loop, a few at a time; and a device that was let in once
 * since this start of the process is known again by an HMAC under a key that never leaves it, in microseconds.
 *
 * The promise rejects where the gate cannot say: too many wait, or what is stored of the device cannot be read.
 */
export function createDeviceGate(settings: DeviceGateSettings): DeviceGate {
  const { lookup, limits } = settings
  if (!(limits.checksMax >= 1 && limits.waitingChecksMax >= 1))
    throw new RangeError('checksMax and waitingChecksMax must be at least 1')
  const nobody = ownHash(createSecret())
  const processKey = randomBytes(32)
  /** What was once proved: the stored hash that it was proved against, and the HMAC of the secret. No more than there are devices enrolled. */
  const proved = new Map<string, { readonly hash: string; readonly mac: Buffer }>()
  const waiting: (() => void)[] = []
  let checking = 0

  async function check(secret: Uint8Array, stored: StoredHash): Promise<boolean> {
    if (checking >= limits.checksMax) {
      if (waiting.length >= limits.waitingChecksMax) {
        throw new Error(`more than ${limits.waitingChecksMax} devices wait to be let in`)
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      checking += 1
    }
    try {
      return timingSafeEqual(await derive(secret, stored), stored.hash)
    } finally {
      // The place goes on to who has waited longest.
      const next = waiting.shift()
      if (next === undefined) checking -= 1
      else next()
    }
  }

  return {
    async authenticate(device, secret) {
      const enrolled = lookup(device)
      if (enrolled === undefined) {
        proved.delete(device)
        await check(bounded(secret), nobody)
        return undefined
      }
      const mac = createHmac('sha256', processKey).update(device).update('\0').update(secret).digest()
      const known = proved.get(device)
      if (known !== undefined && known.hash === enrolled.hash && timingSafeEqual(known.mac, mac)) return enrolled.grant
      const stored = parseHash(enrolled.hash)
      if (stored === undefined)
        throw new Error(`device ${device}: what is stored of its secret cannot be read; give it a new one`)
      if (!(await check(bounded(secret), stored))) return undefined
      // It may have been revoked, or given another secret, while the check ran.
      const still = lookup(device)
      if (still === undefined || still.hash !== enrolled.hash) return undefined
      proved.set(device, { hash: enrolled.hash, mac })
      return still.grant
    },
  }
}

type StoredHash = {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: Buffer
  readonly hash: Buffer
}

function ownHash(secret: string | Buffer): StoredHash {
  const salt = randomBytes(SALT_BYTES)
  return { ...PARAMETERS, salt, hash: scryptSync(secret, salt, HASH_BYTES, PARAMETERS) }
}

function parseHash(text: string): StoredHash | undefined {
  const match = STORED.exec(text)
  if (match === null) return undefined
  const [, N, r, p, salt, hash] = match
  const stored = {
    N: Number(N),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt ?? '', 'base64url'),
    hash: Buffer.from(hash ?? '', 'base64url'),
  }
  // A damaged row must not cost minutes or gigabytes.
  const isInBounds =
    stored.N >= 2 && stored.N <= N_MAX && (stored.N & (stored.N - 1)) === 0 && stored.r * stored.p <= RP_MAX
  return isInBounds && stored.r > 0 && stored.p > 0 ? stored : undefined
}

function derive(secret: Uint8Array, stored: StoredHash): Promise<Buffer> {
  const { N, r, p } = stored
  return new Promise((resolve, reject) => {
    scrypt(secret, stored.salt, stored.hash.length, { N, r, p, maxmem: 256 * N * r }, (error, hash) => {
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}

/** A longer one is wrong in any case: hashing a bit of it takes as long as hashing a right one. */
function bounded(secret: Uint8Array): Uint8Array {
  return secret.length > SECRET_BYTES_MAX ? secret.subarray(0, SECRET_BYTES_MAX + 1) : secret
}

/** About 5 ms on the machine of the measurements. The secrets have 144 random bits: the hash guards a stolen table, not a weak password. */
const PARAMETERS = { N: 4_096, r: 8, p: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const N_MAX = 131_072
const RP_MAX = 64
const STORED = /^scrypt\$N=(\d{1,6}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/
