import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { instant } from '../../core/time.ts'
import type { TokenAlgorithm } from '../../core/token-policy.ts'
import { dataFiles } from '../config.ts'
import { createIssuerKey, writeIssuerKey } from '../tokens/development-issuer.ts'
import { createKeyFile, loadKeyFile } from '../tokens/signer.ts'
import { configOrThrow, say, UsageError } from './terminal.ts'

/** `tolbooth keys`: makes the gateway's key where there is none, and shows its public half; `keys issuer` makes one for a development issuer. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('make and show the gateway’s key, and keys for development')
  keys
    .command('gateway', { isDefault: true })
    .description('make the gateway’s key where there is none, and show its public half')
    .action(() => {
      const config = configOrThrow()
      const { key } = dataFiles(config.dataDir)
      mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
      const result = existsSync(key) ? loadKeyFile(key) : createKeyFile(key)
      if (!result.ok) throw new Error(result.problem)
      say.json({ file: key, kid: result.signer.kid, jwk: result.signer.publicJwk })
    })
  keys
    .command('issuer <file>')
    .description('make a private key for a development issuer, and show its entry for a key set')
    .option('--alg <name>', 'Ed25519 or ES256', 'Ed25519')
    .action((file: string, { alg }: { readonly alg: string }) => {
      const pair = createIssuerKey(algorithmNamed(alg))
      mkdirSync(dirname(file), { recursive: true })
      const problem = writeIssuerKey(file, pair)
      if (problem !== undefined) throw new Error(problem)
      const from = new Date(instant(Date.now())).toISOString()
      say.json({ kid: pair.kid, jwk: pair.publicJwk, from, until: null, revoked: false })
    })
}

function algorithmNamed(name: string): TokenAlgorithm {
  if (name === 'Ed25519' || name === 'ES256') return name
  throw new UsageError(`--alg is Ed25519 or ES256, and not ${name}`)
}
