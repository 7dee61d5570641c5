import type { HttpClock } from './clock.ts'
import type { LiveRecord, LiveTail } from './live-tail.ts'
import type { JournalHead } from './reads.ts'
import { serverSentEvent } from './server-sent-event.ts'

/** Wakes whoever follows the journal. */
export type LiveSource = {
  /** Calls after each commit; the function that comes back ends that. */
  onCommit(listener: () => void): () => void
}

export type LiveStreams = {
  /** `undefined` when there are too many streams, in all or of this client. */
  open(follow: Follow): ReadableStream<Uint8Array> | undefined
  count(): number
  /** Ends every stream; none is opened any more. */
  close(): void
}

export type Follow = {
  readonly client: string
  /** Records after this seq; `null` begins at the head. */
  readonly afterSeq: number | null
  /** One record as server-sent events, or `undefined` where there is nothing to say of it. */
  encode(record: LiveRecord): string | undefined
  /** Asked with every heartbeat: a token that was taken back, or a session that is over, ends its streams too. */
  mayGoOn(): boolean
  /** Closes the connection, for a reader that takes nothing: what lies in the socket's buffers would never be sent. */
  cut(): void
  /** What leaves no record, as events; `undefined` when nothing changed. */
  readonly tick?: { readonly everyMs: number; say(): string | undefined }
}

export type LiveLimits = {
  readonly liveClientsMax: number
  readonly livePerClientMax: number
  readonly heartbeatMs: number
  readonly slowReaderMs: number
  readonly resumeRecordsMax: number
}

/** Records that are read for one chunk of a stream. */
export const CHUNK_RECORDS_MAX = 200
/** Between two reads of the books for one stream, unless it is behind: a busy gate commits hundreds of times a second, nobody looks that fast. */
export const PACE_MS = 50

/**
 * Streams of server-sent events over the journal. Each is a cursor: nothing is queued for a reader, it is read from the books when the reader has taken what
 * came before. So memory does not grow with slow readers, and one that takes nothing for `slowReaderMs` is cut.
 */
export function createLiveStreams(parts: {
  readonly head: () => JournalHead
  readonly tail: LiveTail
  readonly source: LiveSource
  readonly clock: HttpClock
  readonly limits: LiveLimits
}): LiveStreams {
  const open = new Map<() => void, string>()
  let closed = false
  const { limits, clock } = parts

  return {
    count: () => open.size,
    open: (follow) => {
      const ofClient = [...open.values()].filter((client) => client === follow.client).length
      if (closed || open.size >= limits.liveClientsMax || ofClient >= limits.livePerClientMax) return undefined
      return streamOf(follow)
    },
    close: () => {
      closed = true
      for (const end of [...open.keys()]) end()
    },
  }

  function streamOf(follow: Follow): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder()
    const start = startOf(follow.afterSeq, parts.head(), limits.resumeRecordsMax)
    let cursor = start.cursor
    let greeting: string | undefined = start.greeting
    let nextTickMs = 0
    let nextReadMs = 0
    let nextCheckMs = clock.monotonicMs() + limits.heartbeatMs
    /** There may be records beyond the cursor. */
    let more = true
    let ended = false
    let wake: () => void = () => {}
    let watchdog: { cancel(): void } | undefined
    let settle: (how: 'closed' | 'cut') => void = () => {}

    const unsubscribe = parts.source.onCommit(() => {
      more = true
      wake()
    })

    /** What there is to say at `nowMs`, or `undefined`. Moves the cursor. */
    const next = (nowMs: number): string | undefined => {
      if (greeting !== undefined) {
        const first = greeting
        greeting = undefined
        return first
      }
      let said = ''
      if (more && nowMs >= nextReadMs) {
        const records = parts.tail.page(cursor, CHUNK_RECORDS_MAX)
        for (const record of records) {
          cursor = record.seq
          said += follow.encode(record) ?? ''
        }
        more = records.length === CHUNK_RECORDS_MAX
        nextReadMs = more ? nowMs : nowMs + PACE_MS
        // Many records may pass of which there is nothing to say: the reader's place moves all the same, so that resuming stays short.
        if (more && said === '') said = `id: ${cursor}\n\n`
      }
      if (follow.tick !== undefined && nowMs >= nextTickMs) {
        nextTickMs = nowMs + follow.tick.everyMs
        said += follow.tick.say() ?? ''
      }
      return said === '' ? undefined : said
    }

    const pause = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const alarm = clock.after(ms, () => wake())
        wake = () => {
          wake = () => {}
          alarm.cancel()
          resolve()
        }
      })

    /** Waits for something to say, at most until the heartbeat; `undefined` when the stream has ended. */
    const nextOrBeat = async (): Promise<string | undefined> => {
      const beatAtMs = clock.monotonicMs() + limits.heartbeatMs
      while (!ended) {
        const nowMs = clock.monotonicMs()
        if (nowMs >= nextCheckMs) {
          nextCheckMs = nowMs + limits.heartbeatMs
          if (!follow.mayGoOn()) {
            settle('closed')
            return undefined
          }
        }
        const said = next(nowMs) ?? (nowMs >= beatAtMs ? `: beat\nid: ${cursor}\n\n` : undefined)
        if (said !== undefined) return said
        const readAtMs = more ? nextReadMs : beatAtMs
        const tickAtMs = follow.tick === undefined ? beatAtMs : nextTickMs
        await pause(Math.max(1, Math.min(beatAtMs, readAtMs, tickAtMs) - nowMs))
      }
      return undefined
    }

    const release = (): void => {
      ended = true
      watchdog?.cancel()
      unsubscribe()
      open.delete(endQuietly)
      if (open.size === 0) parts.tail.forget()
      wake()
    }
    const endQuietly = (): void => settle('closed')

    open.set(endQuietly, follow.client)
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          settle = (how) => {
            if (ended) return
            release()
            controller.close()
            if (how === 'cut') follow.cut()
          }
        },
        // Asked only when the reader has room: this is the back-pressure.
        pull: async (controller) => {
          watchdog?.cancel()
          try {
            const said = await nextOrBeat()
            if (said === undefined) return
            controller.enqueue(encoder.encode(said))
            watchdog = clock.after(limits.slowReaderMs, () => settle('cut'))
          } catch (error) {
            release()
            throw error
          }
        },
        cancel: release,
      },
      { highWaterMark: 0 },
    )
  }
}

/** A place beyond the head is of another branch of the books: there is nothing to resume, so it begins at the head and says so. */
function startOf(
  afterSeq: number | null,
  head: JournalHead,
  resumeRecordsMax: number,
): { readonly cursor: number; readonly greeting: string } {
  const asked = afterSeq === null || afterSeq > head.seq ? head.seq : afterSeq
  const cursor = Math.max(asked, head.seq - resumeRecordsMax)
  const hello = serverSentEvent({
    event: 'hello',
    id: cursor,
    data: JSON.stringify({ epoch: head.epoch, seq: head.seq }),
  })
  const missed =
    cursor > asked ? serverSentEvent({ event: 'gap', data: JSON.stringify({ from: asked + 1, to: cursor }) }) : ''
  return { cursor, greeting: `retry: 2000\n${hello}${missed}` }
}
