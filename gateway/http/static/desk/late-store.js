/**
 * The notes as this phone keeps them. A text that cannot be read is never written over: it is set aside under another name first, and said.
 *
 * @import { Kept } from './kept.js'
 * @import { LateQueue } from './late-queue.js'
 */

import { EMPTY_QUEUE, readableIn, readQueue } from './late-queue.js'

const NAME = 'late'
/** More than once is another fault, that somebody has to look at before anything is noted here. */
export const ASIDE_MAX = 5

/** @param {Pick<Kept, 'read' | 'write' | 'forget'>} kept */
export function createLateStore(kept) {
  const names = Array.from({ length: ASIDE_MAX }, (_, index) => `${NAME}.unreadable.${index + 1}`)
  return {
    /**
     * What is kept; `isBlocked` where what is there can be neither read nor set aside: then nothing may be written.
     * @returns {{ readonly queue: LateQueue, readonly isBlocked: boolean }}
     */
    read() {
      const text = kept.read(NAME)
      const queue = text === null ? EMPTY_QUEUE : readQueue(text)
      if (text === null || queue !== undefined) return { queue: queue ?? EMPTY_QUEUE, isBlocked: false }
      const left = readableIn(text)
      const name = names.find((each) => kept.read(each) === null)
      if (name === undefined || !kept.write(name, text)) return { queue: left, isBlocked: true }
      return { queue: left, isBlocked: !kept.write(NAME, JSON.stringify(left)) }
    },
    /** @param {LateQueue} queue */
    write: (queue) => kept.write(NAME, JSON.stringify(queue)),
    /** What was set aside, each by its name. */
    asides: () =>
      names.flatMap((name) => {
        const text = kept.read(name)
        return text === null ? [] : [{ name, text }]
      }),
    /** @param {string} name */
    forgetAside: (name) => {
      if (names.includes(name)) kept.forget(name)
    },
  }
}
