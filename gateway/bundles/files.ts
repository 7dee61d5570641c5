import { dirname, join } from 'node:path'
import { safeParse } from '../../devices/safe-parse.ts'
import { readTextFile } from '../bounded-file.ts'
import { messageOf } from '../error-text.ts'
import { problemsOf } from '../tokens/bundle-fields.ts'
import { BUNDLE_BYTES_MAX } from './bundles.ts'
import { tariffsListSchema } from './tariffs.ts'

export type FileContent =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string }

/** Read as far as a bundle may be long, and no further. A file that is there and cannot be read must not end a service that has all that it needs. */
export function contentOf(file: string): FileContent {
  try {
    return { ok: true, text: readTextFile(file, BUNDLE_BYTES_MAX) }
  } catch (error) {
    return { ok: false, problem: `${file}: cannot be read (${messageOf(error)})` }
  }
}

/**
 * The bundle of a site's tariffs, made of the list that people write and the files that it names, which lie beside it. A list that is not one, and a file that is not
 * there, are told by their names; what is wrong in a file, by whoever reads the bundle.
 */
export function tariffsContent(file: string): FileContent {
  const list = contentOf(file)
  if (!list.ok) return list
  let value: unknown
  try {
    value = JSON.parse(list.text)
  } catch (error) {
    return { ok: false, problem: `${file}: the file is not JSON: ${messageOf(error)}` }
  }
  const parsed = safeParse(tariffsListSchema, value)
  if (!parsed.success) return { ok: false, problem: `${file}: ${problemsOf(parsed.error).join('; ')}` }
  const { version, issuedAt, files } = parsed.data
  const tariffs: { readonly name: string; readonly text: string }[] = []
  for (const name of files) {
    const content = contentOf(join(dirname(file), name))
    if (!content.ok) return content
    tariffs.push({ name, text: content.text })
  }
  return { ok: true, text: JSON.stringify({ version, issuedAt: new Date(issuedAt).toISOString(), tariffs }) }
}
