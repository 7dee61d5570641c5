// Run by `npm ci`: points Git at these hooks. Where there is no checkout of our own (a tarball, an image), or no Git,
// there is nothing to point, and an installation must never fail for that.
// Plain JavaScript, because it may run on whatever Node the machine has.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? '.', '..')
if (existsSync(join(root, '.git'))) {
  spawnSync('git', ['config', 'core.hooksPath', '.githooks'], { cwd: root, stdio: 'ignore' })
}
