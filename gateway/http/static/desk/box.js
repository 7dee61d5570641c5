/**
 * How the page speaks to the box. Nobody is left waiting: an answer that does not come within the time is none.
 *
 * @typedef {{ readonly kind: 'done', readonly body: unknown }} Done
 * @typedef {{ readonly kind: 'refused', readonly refusal: string, readonly title: string, readonly detail: string, readonly due: { readonly amount: number, readonly currency: string } | null, readonly where: readonly string[], readonly isFinal: boolean }} Refused
 * @typedef {Done | Refused | { readonly kind: 'no-answer' } | { readonly kind: 'signed-out' }} Answer
 * @typedef {{ readonly method: 'GET' | 'POST', readonly path: string, readonly body?: unknown, readonly key?: string }} Request
 * @typedef {Exclude<Answer, Done> | { readonly kind: 'picture', readonly picture: Blob }} PictureAnswer
 * @typedef {{ ask(request: Request): Promise<Answer>, picture(path: string): Promise<PictureAnswer> }} Box
 * @typedef {typeof globalThis.fetch} Fetch
 */

export const ANSWER_WITHIN_MS = 6_000
/** Up to two megabytes, by the wireless network of a car park. */
export const PICTURE_WITHIN_MS = 20_000

/** Nothing was decided: the same request may come again under the same key. Every other refusal stands; an emergency that is not booked is booked by the box. */
const PUSHED_BACK = new Set(['busy', 'not-ready', 'too-many-requests', 'fault'])

/**
 * @param {{ readonly pass: string, readonly language: string, readonly fetch: Fetch, onHeard(isAnswer: boolean): void }} parts
 * @returns {Box}
 */
export function createBox({ pass, language, fetch, onHeard }) {
  /**
   * @param {Request} request
   * @param {AbortSignal} signal
   */
  const sent = ({ method, path, body, key }, signal) =>
    fetch(path, {
      method,
      signal,
      cache: 'no-store',
      // Not the cookie: what this page does it does by its pass alone.
      credentials: 'omit',
      headers: {
        authorization: `Bearer ${pass}`,
        'accept-language': language,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  return {
    async ask(request) {
      const patience = new AbortController()
      const alarm = setTimeout(() => patience.abort(), ANSWER_WITHIN_MS)
      try {
        const response = await sent(request, patience.signal)
        const answer = answerOf(response.status, await response.json())
        onHeard(answer.kind !== 'no-answer')
        return answer
      } catch {
        onHeard(false)
        return { kind: 'no-answer' }
      } finally {
        clearTimeout(alarm)
      }
    },
    async picture(path) {
      const patience = new AbortController()
      const alarm = setTimeout(() => patience.abort(), PICTURE_WITHIN_MS)
      try {
        const response = await sent({ method: 'GET', path }, patience.signal)
        const isPicture = response.ok && response.headers.get('content-type')?.startsWith('image/') === true
        if (isPicture) return { kind: 'picture', picture: await response.blob() }
        const answer = response.ok ? undefined : answerOf(response.status, await response.json())
        return answer === undefined || answer.kind === 'done' ? { kind: 'no-answer' } : answer
      } catch {
        // Nothing is said of the box: a large picture on a poor line is late, and the box is there.
        return { kind: 'no-answer' }
      } finally {
        clearTimeout(alarm)
      }
    },
  }
}

/**
 * What an answer means. A proxy that answers for a dead box is no answer: only the box's own words are.
 * @param {number} status
 * @param {unknown} body
 * @returns {Answer}
 */
export function answerOf(status, body) {
  if (status >= 200 && status < 300) return { kind: 'done', body }
  if (status === 401) return { kind: 'signed-out' }
  if (!isProblem(body)) return { kind: 'no-answer' }
  const { refusal, title, detail, errors, due = null } = body
  const where = Array.isArray(errors) ? errors.map((each) => `${each.at}: ${each.says}`) : []
  return { kind: 'refused', refusal, title, detail, due, where, isFinal: !PUSHED_BACK.has(refusal) }
}

/**
 * A key for a request of this page: 128 random bits. `randomUUID` is there on https alone.
 * @returns {string}
 */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * @param {unknown} body
 * @returns {body is { readonly refusal: string, readonly title: string, readonly detail: string, readonly errors?: unknown, readonly due?: { readonly amount: number, readonly currency: string } | null }}
 */
function isProblem(body) {
  if (typeof body !== 'object' || body === null) return false
  const { refusal, title, detail } = /** @type {Record<string, unknown>} */ (body)
  return typeof refusal === 'string' && typeof title === 'string' && typeof detail === 'string'
}
