import { existsSync, readFileSync } from 'node:fs'
import { refusalTable } from '../../core/refusals.ts'
import type { BundleKind, SiteLayout } from '../../core/site.ts'
import { compareVersions } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { Bundles } from '../bundles/bundles.ts'
import type { GatewayConfig } from '../config.ts'
import type { Gateway } from '../gateway.ts'

/**
 * Takes the bundles of the site's files into use where they are newer than what is in force. Returns what is wrong, each with its file: then what was in force stays
 * in force. A deny list may be missing; the other files may be, once the books have a generation of their own.
 */
export async function loadBundleFiles(
  gateway: Gateway,
  bundles: Bundles,
  config: GatewayConfig,
  books: Books,
): Promise<readonly string[]> {
  const files: readonly (readonly [BundleKind, string])[] = [
    ['layout', config.layoutFile],
    ['policy', config.policyFile],
    ['key-set', config.keySetFile],
    ['deny-list', config.denyListFile],
  ]
  const problems: string[] = []
  for (const [kind, file] of files) {
    const inForce = books.bundleInUse(kind)
    if (!existsSync(file)) {
      if (inForce === null && kind !== 'deny-list')
        problems.push(`${file}: the ${kind} is missing, and none is in force`)
      continue
    }
    const content = contentOf(file)
    if (!content.ok) {
      problems.push(content.problem)
      continue
    }
    const read = await bundles.read(kind, content.text)
    if (!read.ok) {
      problems.push(...read.problems.map((problem) => `${file}: ${problem}`))
      continue
    }
    const { bundle } = read
    if (inForce !== null && compareVersions(bundle.version, inForce.version) === 0 && bundle.hash === inForce.hash)
      continue
    if (kind === 'layout') {
      const problem = foreign(bundles.readers.layout(bundle.content), config)
      if (problem !== undefined) {
        problems.push(`${file}: ${problem}`)
        continue
      }
    }
    const reply = await gateway.use(bundle)
    if (reply.kind === 'committed' && !reply.outcome.ok) {
      problems.push(`${file}: ${refusalTable[reply.outcome.refusal].en.help}`)
    } else if (reply.kind !== 'committed') {
      problems.push(`${file}: not taken (${reply.refusal})`)
    }
  }
  return problems
}

/** A file that is there and cannot be read must not end a service that has all that it needs. */
function contentOf(
  file: string,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string } {
  try {
    return { ok: true, text: readFileSync(file, 'utf8') }
  } catch (error) {
    return { ok: false, problem: `${file}: cannot be read (${error instanceof Error ? error.message : String(error)})` }
  }
}

/** A layout of another site, or of another zone than the service reckons days in. */
function foreign(layout: SiteLayout, config: GatewayConfig): string | undefined {
  if (layout.site !== config.site) return `it is of site ${layout.site}, and this is ${config.site}`
  if (layout.zone !== config.zone) return `its zone is ${layout.zone}, and the service runs with ${config.zone}`
  if (layout.currency !== config.currency)
    return `its currency is ${layout.currency}, and the service runs with ${config.currency}`
  return undefined
}
