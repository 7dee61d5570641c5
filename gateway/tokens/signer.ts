import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { StrictJsonObject } from '../strict-json.ts'
import { parseStrictJson } from '../strict-json.ts'
import type { Opened } from './compact.ts'
import { openCompact, refused } from './compact.ts'
import type { PublicJwk, PublicKey } from './public-key.ts'
import { algorithmTable, readPublicKey } from './public-key.ts'
import { compactSigner } from './sign-compact.ts'

/** What the gateway signs: a parking ticket, a receipt, and where its journal stands. */
export type GatewayTyp = 'ticket+jwt' | 'receipt+jwt' | 'checkpoint+jwt'

/** The gateway's own Ed25519 key. It never leaves this object, and none of its members shows it. */
export type Signer = {
  readonly kid: string
  /** RFC 7638; the `kid` is the same. */
  readonly thumbprint: string
  readonly publicJwk: PublicJwk
  /**
   * Signs at once, for it happens within the transaction; the same claims give the same text, byte for byte, in whatever order their members
   * stand (RFC 8785; Ed25519 rolls no dice). Throws on claims that have no place in a record: that is a fault of ours.
   */
  sign(typ: GatewayTyp, claims: Readonly<Record<string, unknown>>): string
  /** Checks what this key has signed. */
  verify(typ: GatewayTyp, text: string): Opened<StrictJsonObject>
}

export type KeyFileResult = { readonly ok: true; readonly signer: Signer } | KeyFileRefused
type KeyFileRefused = { readonly ok: false; readonly refusal: 'no-key'; readonly problem: string }

/** A signer of a key in memory: for tests and simulations, or once it has been loaded. */
export function createSigner(privateKey: KeyObject): Signer {
  const read = readPublicKey(createPublicKey(privateKey).export({ format: 'jwk' }))
  if (!read.ok || read.key.algorithm !== 'Ed25519') throw new TypeError('the gateway signs with an Ed25519 key')
  const { key } = read
  const kid = key.thumbprint
  const signers = {
    'ticket+jwt': compactSigner({ typ: 'ticket+jwt', kid }, privateKey, 'Ed25519'),
    'receipt+jwt': compactSigner({ typ: 'receipt+jwt', kid }, privateKey, 'Ed25519'),
    'checkpoint+jwt': compactSigner({ typ: 'checkpoint+jwt', kid }, privateKey, 'Ed25519'),
  } satisfies Record<GatewayTyp, unknown>
  return Object.freeze({
    kid,
    thumbprint: key.thumbprint,
    publicJwk: key.jwk,
    sign: (typ: GatewayTyp, claims: Readonly<Record<string, unknown>>) => signers[typ](claims),
    verify: (typ: GatewayTyp, text: string) =>
      verifyGatewayToken(typ, text, (named) => (named === kid ? key : undefined)),
  })
}

/**
 * Checks, at once, what a gateway has signed by any of its keys, old ones included: for checkpoints, which no reader is shown. `keyOf` says which key a
 * `kid` names. As strict as the verifier about form, header and algorithm; says nothing of times.
 */
export function verifyGatewayToken(
  typ: GatewayTyp,
  text: string,
  keyOf: (kid: string) => PublicKey | undefined,
): Opened<StrictJsonObject> {
  const opened = openCompact(text)
  if (!opened.ok) return opened
  const { header, payload, signatureBytes } = opened.value
  if (Object.keys(header).sort().join() !== 'alg,kid,typ') {
    return refused('token-header-forbidden', 'a gateway’s header is alg, kid and typ')
  }
  if (header['typ'] !== typ) return refused('token-kind-unknown', `header typ is not ${typ}`)
  const key = typeof header['kid'] === 'string' ? keyOf(header['kid']) : undefined
  if (key === undefined) return refused('token-key-unknown', 'no key of that kid')
  if (key.algorithm !== 'Ed25519' || header['alg'] !== algorithmTable.Ed25519.headerNames[0]) {
    return refused('token-algorithm', 'a gateway signs with EdDSA')
  }
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  const fits =
    signatureBytes === algorithmTable.Ed25519.signatureBytes &&
    verify(null, Buffer.from(text.slice(0, end), 'ascii'), key.keyObject, signature)
  if (!fits) return refused('token-signature', 'the signature does not fit its key')
  const claims = parseStrictJson(payload)
  return claims.ok ? claims : refused('token-claims', `what was signed ${claims.fault}`)
}

/**
 * Makes a new key and writes it to a file that only its owner can read (mode 0600), synced to the disk before it is used. Refuses to write over a file: an
 * old key is needed for as long as anything that it signed.
 */
export function createKeyFile(path: string): KeyFileResult {
  const made = createPrivateKeyFile(path)
  return made.ok ? { ok: true, signer: createSigner(made.privateKey) } : made
}

/** Loads a key. Refuses, with what to do, a file that is not there, that others can read, or that holds no Ed25519 key. */
export function loadKeyFile(path: string): KeyFileResult {
  const read = readPrivateKeyFile(path, 'tolbooth keys')
  return read.ok ? { ok: true, signer: createSigner(read.privateKey) } : read
}

export type PrivateKeyResult = { readonly ok: true; readonly privateKey: KeyObject } | KeyFileRefused

/** Makes an Ed25519 key in a new file, as `createKeyFile` does. */
export function createPrivateKeyFile(path: string): PrivateKeyResult {
  const { privateKey } = generateKeyPairSync('ed25519')
  const written = writePrivateFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  return written === undefined ? { ok: true, privateKey } : noKey(written)
}

/** Reads an Ed25519 key, as `loadKeyFile` does. `command` makes one. */
export function readPrivateKeyFile(path: string, command: string): PrivateKeyResult {
  let text: string
  try {
    const file = openSync(path, constants.O_RDONLY)
    try {
      const { mode } = fstatSync(file)
      if ((mode & 0o077) !== 0) return noKey(`others can read ${path}: run chmod 600 ${path}`)
      text = readFileSync(file, 'utf8')
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return noKey(`cannot read ${path} (${codeOf(error)}): run ${command}, or mend its rights`)
  }
  const holdsNone = noKey(
    `${path} holds no Ed25519 private key in PEM: put the right file there, or move it away and run ${command}`,
  )
  try {
    const privateKey = createPrivateKey(text)
    return privateKey.asymmetricKeyType === 'ed25519' ? { ok: true, privateKey } : holdsNone
  } catch {
    // The error of a parser may quote what it read.
    return holdsNone
  }
}

/** Writes a secret to a new file of mode 0600, synced. Returns what went wrong, if anything; never writes over a file, never leaves half of one. */
export function writePrivateFile(path: string, text: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  } catch (error) {
    return codeOf(error) === 'EEXIST'
      ? `${path} is there already: keep it, or move it away first`
      : `cannot write ${path} (${codeOf(error)}): check that its folder exists and can be written`
  }
  try {
    writeFileSync(file, text)
    fsyncSync(file)
    syncFolder(dirname(path))
    return undefined
  } catch (error) {
    unlinkSync(path)
    return `cannot write ${path} (${codeOf(error)}): check that the disk has room`
  } finally {
    closeSync(file)
  }
}

/** The name of a new file is safe only when its folder is on the disk too. */
function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

function noKey(problem: string): KeyFileRefused {
  return { ok: false, refusal: 'no-key', problem }
}
