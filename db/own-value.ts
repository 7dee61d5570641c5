import type { Position } from '../core/ids.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import { parkedSeqOf } from './erase-due.ts'
import { hmac } from './pseudonyms.ts'

/** A personal value with a place and a salt of its own. */
export type OwnValue = { readonly ref: string; readonly salt: string; readonly value: string }

/** Of the record at a position: a value for each purpose. */
export function ownValue(
  purpose: 'token' | 'reason',
  value: string,
  { gateway, epoch, seq }: Position,
  randomBytes: (length: number) => Buffer,
): OwnValue {
  const salt = randomBytes(16).toString('base64url')
  return { ref: `${purpose}:${gateway}:${epoch}:${seq}`, salt, value }
}

/** What a record may hold of a value with a salt of its own. */
export function inVault({ ref, salt, value }: OwnValue): PersonalValue {
  return { ref, mac: hmac(salt, value) }
}

/** The seq of the record whose alone a value is, or whose event was parked; `undefined` for a plate, a payer or a salt, which are of many. */
export function seqOfRef(ref: string): number | undefined {
  const seq = /^[a-z-]+:[^:]+:\d+:(\d+)$/.exec(ref)?.[1]
  return seq === undefined ? parkedSeqOf(ref) : Number(seq)
}
