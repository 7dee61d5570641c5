import { hash } from 'node:crypto'
import { refusalText } from '../../core/answer.ts'
import type { SiteEvent } from '../../core/events.ts'
import type { Principal } from '../../core/ids.ts'
import { eventKey } from '../../core/ids.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Books, Committed } from '../../db/books.ts'
import { BooksRefuseError } from '../../db/faults.ts'
import type { Clock } from '../clock/clock.ts'
import { readShownText } from '../tokens/shown-text.ts'
import type { Verifier } from '../tokens/verify.ts'
import type { Path, PathReply, PathRequest, ShownText } from './path.ts'

export type PathSettings = {
  readonly books: Books
  readonly verifier: Verifier
  readonly clock: Clock
  /** Requests under way, from the first byte to the commit; past it senders are pushed back. */
  readonly queueMax: number
  /** Of one source, so that a reader gone mad does not fill the queue for all. */
  readonly sourceQueueMax: number
  /** Events in one transaction. */
  readonly groupMax: number
  /** How long to leave books alone that refuse to be written. */
  readonly refusedPauseMs: number
  /** After each commit, with what was new in it: wakes the sinks. */
  readonly onCommitted: (event: SiteEvent, committed: Extract<Committed, { kind: 'committed' }>) => void
  /** Refused before a record was made: for counting and sampling. */
  readonly onRefused: (request: PathRequest, refusal: Refusal) => void
  /** Whether the last group is on the disk is unknown, or our own code is broken: the process must end, and nobody is answered. */
  readonly onFatal: (error: unknown) => void
}

/** A path that can be stopped: what is queued is committed, what comes after is pushed back. */
export type RunningPath = Path & {
  stop(): Promise<void>
  /** Why the books were not written at the last try, or `undefined`. */
  trouble(): string | undefined
}

type Waiting = {
  readonly request: PathRequest
  readonly resolve: (reply: PathReply) => void
  /** Set when the signature has been checked and the request may be decided. */
  event: SiteEvent | undefined
  /** Answered already (a bad token): only its place in the order is still held. */
  done: boolean
}

const RETRY_AFTER_MS = 1_000

/** The one path: verify in parallel, decide in series, commit in groups, act after commit. */
export function createPath(settings: PathSettings): RunningPath {
  const { books, verifier, clock } = settings
  const sources = new Map<Principal, Waiting[]>()
  let ready: Waiting[] = []
  let pending = 0
  let verifying = 0
  let isScheduled = false
  let isStopping = false
  let isBroken = false
  let trouble: string | undefined
  let idle: (() => void)[] = []

  return {
    submit(request) {
      if (isStopping || isBroken) return Promise.resolve(pushedBack('not-ready'))
      const line = sources.get(request.source)
      if (pending >= settings.queueMax || (line?.length ?? 0) >= settings.sourceQueueMax) {
        settings.onRefused(request, 'busy')
        return Promise.resolve(pushedBack('busy'))
      }
      return new Promise((resolve) => {
        const waiting: Waiting = { request, resolve, event: undefined, done: false }
        pending += 1
        if (line === undefined) sources.set(request.source, [waiting])
        else line.push(waiting)
        begin(waiting)
      })
    },
    depth: () => ({ verifying, queued: ready.length, queueMax: settings.queueMax }),
    trouble: () => trouble,
    stop() {
      isStopping = true
      return pending === 0 || isBroken ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))
    },
  }

  function begin(waiting: Waiting): void {
    const { body } = waiting.request
    if (body.kind === 'shown') {
      verify(waiting, body)
      return
    }
    waiting.event = { ...headOf(waiting.request), body }
    advance(waiting.request.source)
  }

  function verify(waiting: Waiting, shown: ShownText): void {
    const read = readShownText(shown.text)
    if (!read.ok) {
      refuse(waiting, read.refusal)
      return
    }
    verifying += 1
    verifier.verify(read.text).then(
      (verified) => {
        verifying -= 1
        if (!verified.ok) {
          if (verified.refusal === 'busy') settle(waiting, pushedBack('busy'))
          else refuse(waiting, verified.refusal)
          return
        }
        const { place, reader } = shown
        waiting.event = {
          ...headOf(waiting.request),
          body: { kind: 'scan', place, reader, token: verified.token, evidence: verified.text },
        }
        advance(waiting.request.source)
      },
      (error: unknown) => fail(error),
    )
  }

  /** Moves what is ready at the head of a source's line on to the queue: the order of a source is kept whatever its signatures take. */
  function advance(source: Principal): void {
    const line = sources.get(source)
    if (line === undefined) return
    let moved = 0
    for (const waiting of line) {
      if (!waiting.done && waiting.event === undefined) break
      if (!waiting.done) ready.push(waiting)
      moved += 1
    }
    if (moved === line.length) sources.delete(source)
    else line.splice(0, moved)
    schedule()
  }

  function schedule(): void {
    if (isScheduled || isBroken || ready.length === 0) return
    isScheduled = true
    if (trouble === undefined) clock.soon(commitGroup)
    else clock.after(settings.refusedPauseMs, commitGroup)
  }

  function commitGroup(): void {
    isScheduled = false
    if (isBroken) return
    const group = ready.slice(0, settings.groupMax)
    ready = ready.slice(group.length)
    const events = group.flatMap((waiting) => (waiting.event === undefined ? [] : [waiting.event]))
    let results: readonly Committed[]
    try {
      results = books.commit(events, clock.now())
      trouble = undefined
    } catch (error) {
      if (!(error instanceof BooksRefuseError)) {
        fail(error)
        return
      }
      trouble = error.message
      for (const waiting of group) settle(waiting, pushedBack('not-ready'))
      schedule()
      return
    }
    group.forEach((waiting, index) => {
      const result = results[index]
      const event = events[index]
      if (result === undefined || event === undefined) return
      if (result.kind === 'refused') {
        refuse(waiting, result.refusal)
        return
      }
      const { answer, outcome, repeated } = result
      settle(waiting, { kind: 'committed', answer, outcome, repeated })
      settings.onCommitted(event, result)
    })
    schedule()
  }

  function refuse(waiting: Waiting, refusal: Refusal): void {
    settings.onRefused(waiting.request, refusal)
    settle(waiting, { kind: 'refused', refusal, answer: refusalText(refusal) })
  }

  function settle(waiting: Waiting, reply: PathReply): void {
    if (waiting.done) return
    waiting.done = true
    pending -= 1
    waiting.resolve(reply)
    advance(waiting.request.source)
    if (pending === 0) {
      for (const wake of idle) wake()
      idle = []
    }
  }

  /** Nobody is answered from here on. */
  function fail(error: unknown): void {
    isBroken = true
    for (const wake of idle) wake()
    idle = []
    settings.onFatal(error)
  }
}

function headOf(request: PathRequest): Omit<SiteEvent, 'body'> {
  const { source, id, bytes, actor, mode, occurredAt, causedBy } = request
  return {
    key: eventKey(source, id),
    bodyHash: hash('sha256', bytes, 'base64url'),
    actor,
    mode,
    occurredAt,
    causedBy,
  }
}

function pushedBack(refusal: 'busy' | 'not-ready'): PathReply {
  return { kind: 'pushed-back', refusal, retryAfterMs: RETRY_AFTER_MS }
}
