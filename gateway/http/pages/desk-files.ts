import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** A module of the attendant's page, as it is served. */
export type DeskFile = { readonly address: string; readonly text: string }

const directory = join(import.meta.dirname, '../static/desk')
const require = createRequire(import.meta.url)

/**
 * What the page's modules take from packages: plain script that works where a browser offers no WebCrypto, as on http in a local network. Served from where npm put them, under names of ours; each
 * may import only what is listed here.
 */
const fromPackages = {
  '@noble/ed25519': { '@noble/ed25519': 'ed25519/index.js' },
  '@noble/hashes': {
    '@noble/hashes/sha2.js': 'hashes/sha2.js',
    '@noble/hashes/_md.js': 'hashes/_md.js',
    '@noble/hashes/_u64.js': 'hashes/_u64.js',
    '@noble/hashes/utils.js': 'hashes/utils.js',
  },
  qr: { 'qr/decode.js': 'qr/decode.js', qr: 'qr/index.js' },
} as const

const packageFiles = Object.entries(fromPackages).flatMap(([name, files]) =>
  Object.entries(files).map(([specifier, file]) => ({ name, specifier, file })),
)

const modules = [
  ...readdirSync(directory)
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => ({ path: name, text: withAddresses(readFileSync(join(directory, name), 'utf8')) })),
  ...packageFiles.map(({ name, file }) => ({
    path: `npm/${file}`,
    text: readFileSync(join(folderOf(name), file.slice(file.indexOf('/') + 1)), 'utf8'),
  })),
]

/** Of all of them together: modules name each other without a version of their own. */
const version = createHash('sha256').update(JSON.stringify(modules)).digest('base64url').slice(0, 10)

/** Read once. The address carries the hash of all, so a browser keeps them for ever and never mixes two versions. */
export const deskFiles: readonly DeskFile[] = modules.map(({ path, text }) => ({
  address: `/assets/desk-${version}/${path}`,
  text,
}))

export const DESK_MAIN = `/assets/desk-${version}/main.js`

/** A browser knows addresses and no packages; nothing else is changed in a file. */
function withAddresses(text: string): string {
  return packageFiles.reduce(
    (so, { specifier, file }) => so.replaceAll(`from '${specifier}'`, `from './npm/${file}'`),
    text,
  )
}

function folderOf(name: string): string {
  const found = (require.resolve.paths(name) ?? []).map((path) => join(path, name))
  for (const folder of found) {
    try {
      readFileSync(join(folder, 'package.json'))
      return folder
    } catch {
      // Not in this one: Node looks further up too.
    }
  }
  throw new Error(`the package ${name} is not installed: run npm ci`)
}
