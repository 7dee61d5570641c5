// The last step of `npm ci` and `npm install`. Mends what npm leaves undone (docs/decisions/002-runtime-from-npm.md),
// and points Git at our hooks. An installation never fails for any of it.
// Plain JavaScript without dependencies: it runs on whatever Node npm runs on.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

for (const step of [linkRuntime, linkCommand, keepPrebuiltPackages, useHooks]) {
  try {
    step()
  } catch (error) {
    console.warn(`${step.name}: ${error instanceof Error ? error.message : error}`)
  }
}

/**
 * Makes node_modules/.bin/node the pinned Node. npm 10 takes that link away again, when it drops the package of the
 * other processor. Where the pinned Node does not run (musl), the link goes, and the machine's own Node serves.
 */
function linkRuntime() {
  const name = `node-${process.platform}-${process.arch}`
  if (!existsSync(join(root, 'node_modules', name, 'bin/node'))) return
  const runs = spawnSync(join(root, 'node_modules', name, 'bin/node'), ['--version'], { stdio: 'ignore' }).status === 0
  if (runs) link('node', join('..', name, 'bin/node'))
  else rmSync(join(root, 'node_modules/.bin/node'), { force: true })
}

/** Makes `npx tolbooth` start the program of this tree at once: npx would first install the tree into its own cache. */
function linkCommand() {
  if (process.platform !== 'win32') link('tolbooth', '../../gateway/cli/tolbooth.mjs')
}

/**
 * Writes `gypfile: false` of a package into the lock file. npm forgets it there, and then most versions of it compile
 * at each `npm ci` what the package brings ready-made: with Python, make, a compiler and a download.
 */
function keepPrebuiltPackages() {
  const path = join(root, 'package-lock.json')
  const text = readFileSync(path, 'utf8')
  const lock = JSON.parse(text)
  for (const [location, entry] of Object.entries(lock.packages)) {
    if (location === '' || !existsSync(join(root, location, 'binding.gyp'))) continue
    const own = JSON.parse(readFileSync(join(root, location, 'package.json'), 'utf8'))
    if (own.gypfile === false) entry.gypfile = false
  }
  const mended = `${JSON.stringify(lock, null, 2)}\n`
  if (mended !== text) writeFileSync(path, mended)
}

/** Only in a checkout of our own: an unpacked archive may lie inside another repository. */
function useHooks() {
  if (!existsSync(join(root, '.git'))) return
  spawnSync('git', ['config', 'core.hooksPath', '.githooks'], { cwd: root, stdio: 'ignore' })
}

/** Makes node_modules/.bin/`name` a link to `target`, where there is none. */
function link(name, target) {
  const path = join(root, 'node_modules/.bin', name)
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}
