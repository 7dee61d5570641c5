/**
 * What was noted while the box did not answer: kept on this phone until the box has taken it. Pure; whoever calls keeps the state and says the time.
 *
 * Times are milliseconds by this phone's clock, amounts whole đồng.
 * @typedef {{
 *   readonly kind: 'let-in' | 'let-out',
 *   readonly occurredAt: number,
 *   readonly reason: string,
 *   readonly ticket?: string,
 *   readonly plate?: string,
 *   readonly vehicleClass?: string,
 *   readonly cash?: number,
 *   readonly tender?: 'cash' | 'cash-on-behalf',
 *   readonly confirmed?: true,
 * }} LateBody
 *
 * `n` is this phone's own count. `says` is what the box said of it, in its own words.
 * @typedef {{ readonly n: number, readonly key: string, readonly lane: string, readonly client: string, readonly body: LateBody }} LateCommon
 * @typedef {LateCommon & (
 *   | { readonly state: 'waiting' }
 *   | { readonly state: 'handed-in', readonly says: string, readonly fits: boolean }
 *   | { readonly state: 'refused', readonly says: string, readonly refusal: string }
 * )} LateEvidence
 * @typedef {{ readonly v: 1, readonly next: number, readonly events: readonly LateEvidence[] }} LateQueue
 */

/** Not handed in yet, or not seen: a night of one gate, and far below what a browser keeps. */
export const LATE_EVENTS_MAX = 300
/** Handed in and booked, and shown for a while. The books have them. */
export const LATE_SHOWN_MAX = 20

/** @type {LateQueue} */
export const EMPTY_QUEUE = { v: 1, next: 1, events: [] }

/**
 * Adds one, or says that there is no more room: none is ever dropped for another.
 * @param {LateQueue} queue
 * @param {{ readonly key: string, readonly lane: string, readonly client: string, readonly body: LateBody }} noted
 * @returns {{ readonly ok: true, readonly queue: LateQueue } | { readonly ok: false }}
 */
export function note(queue, { key, lane, client, body }) {
  if (queue.events.filter(isKept).length >= LATE_EVENTS_MAX) return { ok: false }
  /** @type {LateEvidence} */
  const event = { n: queue.next, key, lane, client, body, state: 'waiting' }
  return { ok: true, queue: { ...queue, next: queue.next + 1, events: [...queue.events, event] } }
}

/**
 * The next that this client has to hand in: by when it was, for a vehicle may have come twice; of one moment who came in before who went out. What another has noted waits for them, with their own name on it.
 * @param {LateQueue} queue
 * @param {string} client
 * @returns {LateEvidence | undefined}
 */
export function nextToHandIn(queue, client) {
  const own = queue.events.filter((event) => event.state === 'waiting' && event.client === client)
  return own.toSorted((left, right) => left.body.occurredAt - right.body.occurredAt || rankOf(left) - rankOf(right))[0]
}

/**
 * What is sent: the same each time but for the moment at which it is, by which the box finds out how old it is.
 * @param {LateEvidence} event
 * @param {number} nowMs
 */
export function requestOf({ body: { occurredAt, ...body } }, nowMs) {
  return { ...body, occurredAt: new Date(occurredAt).toISOString(), handedInAt: new Date(nowMs).toISOString() }
}

/**
 * What fits is shown for a while. What does not moved nothing, and its cash is in no book: it stays until somebody has seen it.
 * @param {LateQueue} queue
 * @param {string} key
 * @param {{ readonly says: string, readonly fits: boolean }} what `fits`: the books knew the stay that it is about
 * @returns {LateQueue}
 */
export function handedIn(queue, key, { says, fits }) {
  const marked = changed(queue, key, (event) => ({ ...common(event), state: 'handed-in', says, fits }))
  const done = marked.events.filter((event) => !isKept(event))
  const forgotten = new Set(done.slice(0, Math.max(0, done.length - LATE_SHOWN_MAX)).map((event) => event.key))
  return { ...marked, events: marked.events.filter((event) => !forgotten.has(event.key)) }
}

/**
 * @param {LateQueue} queue
 * @param {string} key
 * @param {{ readonly refusal: string, readonly says: string }} why
 * @returns {LateQueue}
 */
export function refused(queue, key, { refusal, says }) {
  return changed(queue, key, (event) => ({ ...common(event), state: 'refused', says, refusal }))
}

/**
 * Once more, as the same request: after a fault of the box it may be in the books, or parked there, or neither.
 * @param {LateQueue} queue
 * @param {string} key
 * @returns {LateQueue}
 */
export function again(queue, key) {
  return changed(queue, key, (event) => (event.state === 'refused' ? { ...common(event), state: 'waiting' } : event))
}

/**
 * So much cash was really taken: it waits again, as another request.
 * @param {LateQueue} queue
 * @param {string} key
 * @param {string} newKey
 * @returns {LateQueue}
 */
export function confirmed(queue, key, newKey) {
  return changed(queue, key, (event) => {
    if (event.state !== 'refused') return event
    return { ...common(event), key: newKey, body: { ...event.body, confirmed: true }, state: 'waiting' }
  })
}

/**
 * Whether it may be put right and sent as another request: it was refused, or moved nothing. After a fault nobody knows, and only the same request is safe.
 * @param {LateEvidence} event
 */
export function isMendable(event) {
  return isMisfit(event) || (event.state === 'refused' && event.refusal !== 'fault')
}

/**
 * Put right: it waits again, under another key and still as of the time at which it was, unless the mended one says another.
 * @param {LateQueue} queue
 * @param {string} key
 * @param {{ readonly key: string, readonly lane: string, readonly body: LateBody }} by
 * @returns {LateQueue}
 */
export function mended(queue, key, by) {
  return changed(queue, key, (event) =>
    isMendable(event) ? { n: event.n, client: event.client, ...by, state: 'waiting' } : event,
  )
}

/**
 * Somebody has read why: what was refused can be put away, and what moved nothing.
 * @param {LateQueue} queue
 * @param {string} key
 * @returns {LateQueue}
 */
export function acknowledged(queue, key) {
  const isSeen = (/** @type {LateEvidence} */ event) =>
    event.key === key && (event.state === 'refused' || isMisfit(event))
  return { ...queue, events: queue.events.filter((event) => !isSeen(event)) }
}

/**
 * Handed in, and it moved nothing: with it the cash that is in no book.
 * @param {LateEvidence} event
 */
export function isMisfit(event) {
  return event.state === 'handed-in' && !event.fits
}

/**
 * What has not been handed in: how many in and out, and the cash with them. `unbooked`: the cash of what was handed in, and is in no book.
 * @param {LateQueue} queue
 */
export function counts(queue) {
  const open = queue.events.filter(({ state }) => state === 'waiting')
  return {
    waiting: open.length,
    in: open.filter(({ body }) => body.kind === 'let-in').length,
    out: open.filter(({ body }) => body.kind === 'let-out').length,
    cash: cashOf(open),
    unbooked: cashOf(queue.events.filter(isMisfit)),
  }
}

/** @param {readonly LateEvidence[]} events */
function cashOf(events) {
  return events.reduce((sum, { body }) => sum + (body.cash ?? 0), 0)
}

/**
 * What was kept, read again; `undefined` for a text that is not a queue of ours.
 * @param {string} text
 * @returns {LateQueue | undefined}
 */
export function readQueue(text) {
  try {
    const queue = JSON.parse(text)
    const isOurs = queue?.v === 1 && Number.isSafeInteger(queue.next) && Array.isArray(queue.events)
    return isOurs && queue.events.every(isEvent) ? queue : undefined
  } catch {
    return undefined
  }
}

/**
 * What can still be read of a text that is no queue of ours as a whole.
 * @param {string} text
 * @returns {LateQueue}
 */
export function readableIn(text) {
  try {
    const queue = JSON.parse(text)
    /** @type {readonly LateEvidence[]} */
    const events = queue?.v === 1 && Array.isArray(queue.events) ? queue.events.filter(isEvent) : []
    const last = events.reduce((most, { n }) => Math.max(most, n), 0)
    return { v: 1, next: last + 1, events }
  } catch {
    return EMPTY_QUEUE
  }
}

const FIRST_WAIT_MS = 2_000
const WAIT_MAX_MS = 120_000

/**
 * How long to wait before the next try: full jitter, so that all phones of a site do not come at once.
 * @param {number} failures in a row, from 1 on
 * @param {number} random from 0 up to 1
 */
export function waitMs(failures, random) {
  const upTo = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10))
  return Math.round(500 + random * (upTo - 500))
}

/** @param {LateEvidence} event */
function rankOf({ body }) {
  return body.kind === 'let-in' ? 0 : 1
}

/** @param {LateEvidence} event */
function isKept(event) {
  return event.state !== 'handed-in' || !event.fits
}

/**
 * @param {LateEvidence} event
 * @returns {LateCommon}
 */
function common({ n, key, lane, client, body }) {
  return { n, key, lane, client, body }
}

/**
 * @param {LateQueue} queue
 * @param {string} key
 * @param {(event: LateEvidence) => LateEvidence} change
 * @returns {LateQueue}
 */
function changed(queue, key, change) {
  return { ...queue, events: queue.events.map((event) => (event.key === key ? change(event) : event)) }
}

/**
 * @param {unknown} value
 * @returns {value is LateEvidence}
 */
function isEvent(value) {
  const event = /** @type {Partial<LateEvidence> | null} */ (value)
  const body = /** @type {Partial<LateBody> | null | undefined} */ (event?.body)
  return (
    typeof event?.key === 'string' &&
    Number.isSafeInteger(event.n) &&
    typeof event.lane === 'string' &&
    typeof event.client === 'string' &&
    (body?.kind === 'let-in' || body?.kind === 'let-out') &&
    Number.isSafeInteger(body.occurredAt) &&
    (event.state === 'waiting' || event.state === 'handed-in' || event.state === 'refused')
  )
}
