import type { XmlElement } from '@rgrove/parse-xml'
import { parseXml } from '@rgrove/parse-xml'
import type { Read } from './bounded-json.ts'
import { NESTING_MAX, readText, unread } from './bounded-json.ts'

export type { XmlElement }

/**
 * Bytes to the root of an XML document, for cameras that speak it. Refuses what is over `MESSAGE_BYTES_MAX`, bytes that are not UTF-8, elements nested deeper
 * than `NESTING_MAX` before it is parsed, and what is not well-formed. There is no DTD here, so there are no entities but the five of XML itself: whatever begins with `<!` is
 * refused unread, comments and CDATA with it, for no camera sends them.
 */
export function readXml(bytes: Uint8Array): Read<XmlElement> {
  const read = readText(bytes)
  if (!read.ok) return read
  const text = read.value.trim()
  if (text.includes('<!')) return unread('wrong-schema', 'has a DTD, a comment or CDATA')
  if (isTooDeep(text)) return unread('too-deep', `more than ${NESTING_MAX} elements within one another`)
  const root = rootOf(text)
  return root === undefined ? unread('not-json', 'not well-formed XML') : { ok: true, value: root }
}

/** The first element of that name right within this one. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return childrenOf(element, name)[0]
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return (element?.children ?? []).filter((child): child is XmlElement => isElement(child) && child.name === name)
}

/** What stands in the element, without the white space around it; `undefined` where there is no such element. */
export function wordsOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text.trim()
}

function rootOf(text: string): XmlElement | undefined {
  try {
    return parseXml(text).root ?? undefined
  } catch {
    return undefined
  }
}

function isElement(node: { readonly type: string }): node is XmlElement {
  return node.type === 'element'
}

const TAG = /<(\/?)[^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>/g

/** Counts tags. In a well-formed text it sees the tags that the parser will; what is not a tag is not well-formed either. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [tag, slash] of text.matchAll(TAG)) {
    if (tag.startsWith('<?') || tag.endsWith('/>')) continue
    depth += slash === '/' ? -1 : 1
    if (depth > NESTING_MAX) return true
  }
  // What the pattern did not see as a tag may still open one for the parser.
  return text.split('<').length - 1 > TAGS_MAX
}

/** A camera's longest alert has some 120 elements. */
const TAGS_MAX = 1_000
