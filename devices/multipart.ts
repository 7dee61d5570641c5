import type { Read } from './bounded-json.ts'
import { unread } from './bounded-json.ts'

/** A camera sends its alert and up to four pictures. */
export const PARTS_MAX = 8
export const PART_HEAD_BYTES_MAX = 2_048

export type Part = {
  /** The field's name, `''` where it has none. */
  readonly name: string
  /** In lower case and without parameters, `''` where none is said. */
  readonly contentType: string
  /** A view of the body, not a copy. */
  readonly bytes: Uint8Array
}

/**
 * The parts of a `multipart/form-data` body (RFC 7578, RFC 2046 section 5.1), each a view of it. Refuses a boundary that is none, more than `PARTS_MAX` parts, a head of a part
 * over `PART_HEAD_BYTES_MAX`, and a body that ends before its last boundary. Of a part's head only the name and the type are read.
 *
 * Our own, because the libraries for it either are streams, which a pure function cannot wait for, or copy the pictures.
 */
export function readMultipart(contentType: string, body: Uint8Array): Read<readonly Part[]> {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) return unread('wrong-schema', 'the content type names no boundary')
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const line = Buffer.from(`--${boundary}`, 'latin1')
  const parts: Part[] = []
  let at = boundaryAt(bytes, line, 0)
  while (at !== undefined) {
    const after = at.end
    if (bytes.subarray(after, after + 2).equals(DASHES)) return { ok: true, value: parts }
    if (parts.length === PARTS_MAX) return unread('too-large', `more than ${PARTS_MAX} parts`)
    const next = boundaryAt(bytes, line, after)
    if (next === undefined) break
    const part = partOf(bytes.subarray(after, next.start))
    if (!part.ok) return part
    parts.push(part.value)
    at = next
  }
  return unread('wrong-schema', 'the body ends before its last boundary')
}

export const MULTIPART_FORM = /^multipart\/form-data\s*;/i

const DASHES = Buffer.from('--')
const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** RFC 2046: 1 to 70 of these characters, in quotes where it needs them. */
function boundaryOf(contentType: string): string | undefined {
  const found = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType)
  const boundary = found?.[1] ?? found?.[2]
  return boundary !== undefined && /^[\w'()+,./:=? -]*[\w'()+,./:=?-]$/.test(boundary) ? boundary : undefined
}

/** Where the next boundary begins, with the line break before it, and where it ends. It stands at the start of a line and is not the beginning of a longer word. */
function boundaryAt(bytes: Buffer, line: Buffer, from: number): { start: number; end: number } | undefined {
  for (let at = bytes.indexOf(line, from); at !== -1; at = bytes.indexOf(line, at + 1)) {
    const end = at + line.length
    if (at > 0 && bytes[at - 1] !== NEWLINE) continue
    if (!/^(?:--|[ \t]*\r?\n)/.test(bytes.toString('latin1', end, end + BOUNDARY_PADDING_MAX))) continue
    const breakBytes = at === 0 ? 0 : bytes[at - 2] === CARRIAGE_RETURN ? 2 : 1
    return { start: Math.max(from, at - breakBytes), end }
  }
  return undefined
}

const BOUNDARY_PADDING_MAX = 16

/** From behind a boundary to before the next: the rest of its line, a head, an empty line, and the content. */
function partOf(bytes: Buffer): Read<Part> {
  const start = bytes.indexOf(NEWLINE) + 1
  const head = bytes.toString('latin1', start, start + PART_HEAD_BYTES_MAX)
  const end = /^\r?\n|\r?\n\r?\n/.exec(head)
  if (end === null) {
    const isCut = bytes.length - start > PART_HEAD_BYTES_MAX
    return isCut
      ? unread('too-large', `the head of a part has more than ${PART_HEAD_BYTES_MAX} bytes`)
      : unread('wrong-schema', 'a part has no end of its head')
  }
  const fields = head.slice(0, end.index)
  return {
    ok: true,
    value: {
      name: /^content-disposition:.*;\s*name=(?:"([^"\r\n]*)"|([^\s;"]+))/im.exec(fields)?.slice(1).find(Boolean) ?? '',
      contentType: /^content-type:\s*([^\s;]+)/im.exec(fields)?.[1]?.toLowerCase() ?? '',
      bytes: bytes.subarray(start + end.index + end[0].length),
    },
  }
}
