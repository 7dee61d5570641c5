import { hashes, verify } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'

// `crypto.subtle` is there on https alone, and a box in a local network is often reached by http.
hashes.sha512 = sha512

/**
 * Whether an Ed25519 signature fits (RFC 8032, as strict as the gateway is).
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 * @param {Uint8Array} publicKey
 */
export function fits(signature, message, publicKey) {
  try {
    return verify(signature, message, publicKey, { zip215: false })
  } catch {
    return false
  }
}
