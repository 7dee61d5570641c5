/**
 * The messages of one connection whose acknowledgement waits for the handler. They are released in order of arrival, whatever the order in which the
 * handler settles them; one that is withheld releases nothing behind it, ever (MQTT 3.1.1, section 4.6: PUBACKs go out in the order of the PUBLISHs).
 */
export type OrderedAcknowledgements = {
  /** Takes a place in the order. */
  hold(messageId: number, nowMs: number): HeldMessage
  settle(held: HeldMessage, verdict: 'acknowledge' | 'withhold'): void
  /** When the oldest one that is still held arrived; `undefined` when none is. */
  oldestMs(): number | undefined
  /** Whether the oldest is withheld, so that nothing more can be acknowledged on this connection. */
  isBlocked(): boolean
  size(): number
}

export type HeldMessage = {
  readonly messageId: number
  readonly arrivedAtMs: number
  verdict: 'waiting' | 'acknowledge' | 'withhold'
}

/** `release` is called for each message, in order, once it and all before it are to be acknowledged. */
export function createOrderedAcknowledgements(release: (messageId: number) => void): OrderedAcknowledgements {
  const queue: (HeldMessage | undefined)[] = []
  let head = 0

  function dropReleased(): void {
    if (head === queue.length) {
      queue.length = 0
      head = 0
    } else if (head >= COMPACT_AFTER && head * 2 >= queue.length) {
      queue.splice(0, head)
      head = 0
    }
  }

  return {
    hold(messageId, nowMs) {
      const held: HeldMessage = { messageId, arrivedAtMs: nowMs, verdict: 'waiting' }
      queue.push(held)
      return held
    },
    settle(held, verdict) {
      held.verdict = verdict
      let next = queue[head]
      while (next !== undefined && next.verdict === 'acknowledge') {
        queue[head] = undefined
        head += 1
        release(next.messageId)
        next = queue[head]
      }
      dropReleased()
    },
    oldestMs: () => queue[head]?.arrivedAtMs,
    isBlocked: () => queue[head]?.verdict === 'withhold',
    size: () => queue.length - head,
  }
}

const COMPACT_AFTER = 64
