/**
 * What was sent and is not answered yet. Pure. Kept on the phone: after a reload, or put aside, the same request goes out again, and not another one.
 *
 * @typedef {{ readonly key: string, readonly path: string, readonly body?: unknown, readonly title: string, readonly lines: readonly string[] }} Unanswered
 */

/** More than one person does at a gate before somebody has looked at the books. */
export const UNANSWERED_MAX = 20

/**
 * One more, or the same again; `undefined` where there is no more room: none is ever dropped for another.
 * @param {readonly Unanswered[]} all
 * @param {Unanswered} sent
 * @returns {readonly Unanswered[] | undefined}
 */
export function withSent(all, sent) {
  const others = without(all, sent.key)
  return others.length >= UNANSWERED_MAX ? undefined : [...others, sent]
}

/**
 * @param {readonly Unanswered[]} all
 * @param {string} key
 * @returns {readonly Unanswered[]}
 */
export function without(all, key) {
  return all.filter((each) => each.key !== key)
}

/**
 * What is not answered and may be the same act as this one: to do it under another key may do it twice. An emergency is one state, and is never held up.
 * @param {readonly Unanswered[]} all
 * @param {{ readonly path: string, readonly body?: unknown }} act
 */
export function sameAs(all, { path }) {
  return path === '/v1/emergency' ? undefined : all.find((each) => each.path === path)
}

/**
 * What was kept, read again, and nothing else.
 * @param {string | null} text
 * @returns {readonly Unanswered[]}
 */
export function readUnanswered(text) {
  if (text === null) return []
  try {
    const kept = JSON.parse(text)
    return (Array.isArray(kept) ? kept : [kept]).filter(isUnanswered)
  } catch {
    return []
  }
}

/** @param {unknown} value */
function isUnanswered(value) {
  const sent = /** @type {Partial<Unanswered> | null} */ (value)
  return (
    typeof sent?.key === 'string' &&
    typeof sent.path === 'string' &&
    sent.path.startsWith('/v1/') &&
    typeof sent.title === 'string' &&
    Array.isArray(sent.lines) &&
    sent.lines.every((line) => typeof line === 'string')
  )
}
