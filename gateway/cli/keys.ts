import { existsSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { passIssuer } from '../../core/decision.ts'
import { compareVersions } from '../../core/site.ts'
import { instant } from '../../core/time.ts'
import type { TokenAlgorithm } from '../../core/token-policy.ts'
import { readTextFile } from '../bounded-file.ts'
import { BUNDLE_BYTES_MAX, createBundles } from '../bundles/bundles.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { createIssuerKey, writeIssuerKey } from '../tokens/development-issuer.ts'
import { createPassSigner } from '../tokens/pass-codes.ts'
import { createKeyFile, createPrivateKeyFile, loadKeyFile, readPrivateKeyFile } from '../tokens/signer.ts'
import { makeDataFolder } from '../wiring/data-folder.ts'
import { configOrThrow, say, UsageError } from './terminal.ts'

/** `tolbooth keys`: makes the gateway's key where there is none, and shows its public half; `import` takes a key set over; `issuer` makes a key for development. */
export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .description('make and show the gateway’s key, import a key set, make a key for passes, make keys for development')
  keys
    .command('gateway', { isDefault: true })
    .description('make the gateway’s key where there is none, and show its public half')
    .action(() => {
      const config = configOrThrow()
      const { key } = dataFiles(config.dataDir)
      makeDataFolder(config.dataDir)
      const result = existsSync(key) ? loadKeyFile(key) : createKeyFile(key)
      if (!result.ok) throw new Error(result.problem)
      say.json({ file: key, kid: result.signer.kid, jwk: result.signer.publicJwk })
    })
  keys
    .command('pass')
    .description(
      'let this box sign codes of passes for the operator: make a key for that where there is none, and show its public half',
    )
    .option('--renew', 'make another one; what the old one has signed is good until it is denied by its kid')
    .action(({ renew }: { readonly renew?: boolean }) => {
      const config = configOrThrow()
      makeDataFolder(config.dataDir)
      if (renew === true) retirePassKey(config)
      const { passKey } = dataFiles(config.dataDir)
      const read = existsSync(passKey) ? readPrivateKeyFile(passKey, PASS_KEY_COMMAND) : createPrivateKeyFile(passKey)
      if (!read.ok) throw new Error(read.problem)
      const iss = passIssuer(config.site, config.gateway)
      const { kid, publicJwk } = createPassSigner(read.privateKey, config.site, iss)
      say.json({ file: passKey, iss, kid, jwk: publicJwk })
      say.problem('A gateway that runs signs with it after its next start.')
    })
  keys
    .command('import <file>')
    .description(
      'check a key set and put it where the gateway reads it; it is taken into use at the next start or reload',
    )
    .action(async (file: string) => {
      const config = configOrThrow()
      const text = textIn(file)
      const read = await createBundles([]).read('key-set', text)
      if (!read.ok) throw new Error(`${file}:\n${read.problems.map((problem) => `  - ${problem}`).join('\n')}`)
      await refuseOlder(read.bundle.version, config)
      const part = `${config.keySetFile}.part`
      mkdirSync(dirname(config.keySetFile), { recursive: true })
      writeFileSync(part, text)
      renameSync(part, config.keySetFile)
      const { epoch, n } = read.bundle.version
      say.line(
        `${config.keySetFile}: version ${epoch}.${n}. A gateway that runs takes it on: kill -HUP, or systemctl reload tolbooth`,
      )
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

const PASS_KEY_COMMAND = 'tolbooth keys pass'

/** The public half stays beside the books, for what it has signed; the private half goes. */
function retirePassKey({ dataDir, site, gateway }: GatewayConfig): void {
  const { passKey, oldPassKeys } = dataFiles(dataDir)
  if (!existsSync(passKey)) return
  const read = readPrivateKeyFile(passKey, PASS_KEY_COMMAND)
  if (!read.ok) throw new Error(read.problem)
  const { kid, publicJwk: jwk } = createPassSigner(read.privateKey, site, passIssuer(site, gateway))
  const before = existsSync(oldPassKeys) ? (JSON.parse(textIn(oldPassKeys)) as readonly unknown[]) : []
  const from = new Date(0).toISOString()
  const until = new Date(Date.now()).toISOString()
  writeFileSync(
    `${oldPassKeys}.part`,
    `${JSON.stringify([...before, { kid, jwk, from, until, revoked: false }], null, 2)}\n`,
    { flush: true },
  )
  renameSync(`${oldPassKeys}.part`, oldPassKeys)
  unlinkSync(passKey)
}

/** An older one never replaces a newer one, and the file that is there may be newer than what is in force. */
async function refuseOlder(
  version: { readonly epoch: number; readonly n: number },
  { keySetFile }: GatewayConfig,
): Promise<void> {
  if (!existsSync(keySetFile)) return
  const there = await createBundles([]).read('key-set', textIn(keySetFile))
  if (!there.ok || compareVersions(version, there.bundle.version) > 0) return
  const { epoch, n } = there.bundle.version
  throw new Error(`${keySetFile} has version ${epoch}.${n} already: give the new one a higher version`)
}

function textIn(file: string): string {
  try {
    return readTextFile(file, BUNDLE_BYTES_MAX)
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function algorithmNamed(name: string): TokenAlgorithm {
  if (name === 'Ed25519' || name === 'ES256') return name
  throw new UsageError(`--alg is Ed25519 or ES256, and not ${name}`)
}
