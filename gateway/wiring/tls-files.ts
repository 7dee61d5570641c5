import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

export type TlsFiles = { readonly cert: string; readonly key: string }

/** A certificate and its key from PEM files. Throws, naming the two settings, where they cannot be read, are no PEM, or do not belong together. */
export function readTls(settings: string, certFile: string, keyFile: string): TlsFiles {
  try {
    const files = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
    createSecureContext(files)
    return files
  } catch (error) {
    throw new Error(
      `TLS does not work with ${certFile} and ${keyFile}: ${error instanceof Error ? error.message : String(error)}. Name a certificate and its key, both PEM, in ${settings}_CERT_FILE and ${settings}_KEY_FILE.`,
      { cause: error },
    )
  }
}
