import { hash } from 'node:crypto'
import { refusalText } from '../../core/answer.ts'
import type { SiteEvent } from '../../core/events.ts'
import type { Principal } from '../../core/ids.ts'
import { eventKey, isEventId } from '../../core/ids.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Books, Committed } from '../../db/books.ts'
import { BooksRefuseError, sqliteCodeOf } from '../../db/faults.ts'
import type { Clock } from '../clock/clock.ts'
import { readShownText } from '../tokens/shown-text.ts'
import type { Verified, Verifier } from '../tokens/verify.ts'
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
  /** Refused before a record was made: for counting and sampling. `detail` is for a technician and holds nothing of what was sent. */
  readonly onRefused: (request: PathRequest, refusal: Refusal, detail: string) => void
  /** Once when the books begin to refuse, or refuse for another reason; and once, with `undefined`, when they take what comes again. */
  readonly onTrouble: (trouble: BooksTrouble | undefined) => void
  /** Whether the last group is on the disk is unknown, or our own code is broken: the process must end, and nobody is answered. */
  readonly onFatal: (error: unknown) => void
}

/** A path that can be stopped: what is queued is committed, what comes after is pushed back. */
export type RunningPath = Path & {
  stop(): Promise<void>
  /** Why the books were not written at the last try, or `undefined`. */
  trouble(): BooksTrouble | undefined
}

/** Why the books refuse to be written. `code` is SQLite's, where it is the storage that says no; `detail` is for a technician. */
export type BooksTrouble = { readonly code: string | null; readonly detail: string }

type Waiting = {
  readonly request: PathRequest
  readonly head: Omit<SiteEvent, 'body'>
  readonly resolve: (reply: PathReply) => void
  /** Set when the signature has been checked and the request may be decided; or where it may only have been decided before. */
  event: SiteEvent | OnlyAgain | undefined
  /** Answered already: only its place in the order is still held. */
  done: boolean
}

/** What was taken before is answered as it was then; what is new is refused with this. */
type OnlyAgain = { readonly onlyAgain: Refusal; readonly detail: string }

/** What one source has under way, in the order in which it came. */
type Line = { readonly verifying: Waiting[]; pending: number }

const RETRY_AFTER_MS = 1_000

/** The one path: verify in parallel, decide in series, commit in groups, act after commit. */
export function createPath(settings: PathSettings): RunningPath {
  const { books, verifier, clock } = settings
  const lines = new Map<Principal, Line>()
  let ready: Waiting[] = []
  let pending = 0
  let verifying = 0
  let isScheduled = false
  let isStopping = false
  let isBroken = false
  let trouble: BooksTrouble | undefined
  let idle: (() => void)[] = []

  return {
    submit(request) {
      if (isStopping || isBroken) return Promise.resolve(pushedBack('not-ready'))
      if (!isEventId(request.id))
        return Promise.resolve(
          refusedReply(request, 'wrong-schema', 'an id of 1 to 128 printable characters is needed'),
        )
      const line = lineOf(request.source)
      if (pending >= settings.queueMax || line.pending >= settings.sourceQueueMax) {
        settings.onRefused(request, 'busy', 'the queue is full')
        return Promise.resolve(pushedBack('busy'))
      }
      return new Promise((resolve) => {
        const waiting: Waiting = { request, head: headOf(request), resolve, event: undefined, done: false }
        pending += 1
        line.pending += 1
        lines.set(request.source, line)
        line.verifying.push(waiting)
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
    const { body, source, refuseIfNew } = waiting.request
    if (body.kind === 'shown' && refuseIfNew === undefined) {
      verify(waiting, body)
      return
    }
    waiting.event =
      body.kind === 'shown' || refuseIfNew !== undefined
        ? { onlyAgain: refuseIfNew ?? 'too-old', detail: 'not taken before' }
        : { ...waiting.head, body }
    advance(source)
  }

  function verify(waiting: Waiting, shown: ShownText): void {
    const read = readShownText(shown.text)
    if (!read.ok) {
      refuse(waiting, read.refusal, 'not a token')
      return
    }
    verifying += 1
    verifier.verify(read.text).then(
      (verified) => {
        verifying -= 1
        checked(waiting, shown, verified)
      },
      // Our own code threw at a token of which nothing is believed yet: no message may end the process, or stop those behind it.
      (error: unknown) => {
        verifying -= 1
        refuse(waiting, 'fault', error instanceof Error ? error.name : 'thrown')
      },
    )
  }

  function checked(waiting: Waiting, shown: ShownText, verified: Verified): void {
    if (waiting.done) return
    if (verified.ok) {
      const { token, text } = verified
      const { place, reader, charge } = shown
      const named = charge === undefined ? {} : { charge }
      waiting.event = { ...waiting.head, body: { kind: 'scan', place, reader, token, evidence: text, ...named } }
      advance(waiting.request.source)
    } else if (verified.refusal === 'busy') {
      settings.onRefused(waiting.request, 'busy', verified.detail)
      pushBackFrom(waiting, 'busy')
    } else if (verified.refusal === 'codes-unchecked') {
      // Nothing is wrong with it that is known: what was taken while codes could be checked keeps its answer.
      waiting.event = { onlyAgain: verified.refusal, detail: verified.detail }
      advance(waiting.request.source)
    } else {
      refuse(waiting, verified.refusal, verified.detail)
    }
  }

  /** Moves what is ready at the head of a source's line on to the queue: the order of a source is kept whatever its signatures take. */
  function advance(source: Principal): void {
    const { verifying: line } = lineOf(source)
    for (let first = line[0]; first !== undefined && (first.done || first.event !== undefined); first = line[0]) {
      line.shift()
      if (!first.done) ready.push(first)
    }
    schedule()
  }

  /** What came after it from the same source goes back with it: taken alone it would overtake. */
  function pushBackFrom(waiting: Waiting, refusal: 'busy' | 'not-ready'): void {
    const { verifying: line } = lineOf(waiting.request.source)
    const place = line.indexOf(waiting)
    for (const later of line.slice(Math.max(place, 0))) settle(later, pushedBack(refusal))
    settle(waiting, pushedBack(refusal))
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
    const decided = group.flatMap((waiting) => {
      const { event } = waiting
      return event === undefined || 'onlyAgain' in event ? [] : [{ waiting, event }]
    })
    let results: readonly Committed[]
    try {
      const events = decided.map(({ event }) => event)
      results = events.length === 0 ? [] : books.commit(events, clock.now())
      if (events.length > 0) troubled(undefined)
    } catch (error) {
      if (error instanceof BooksRefuseError) refusedByBooks(group, error)
      else fail(error)
      return
    }
    decided.forEach(({ waiting }, index) => {
      answer(waiting, results[index])
    })
    for (const waiting of group)
      if (waiting.event !== undefined && 'onlyAgain' in waiting.event) answerAgain(waiting, waiting.event)
    // The senders hear first: what they wait for goes on in the turn that their answers have begun.
    queueMicrotask(() => tellAll(decided, results))
    schedule()
  }

  /** All that waits is pushed back: who is told soon tries again when there is room, and nobody overtakes anybody. */
  function refusedByBooks(group: readonly Waiting[], error: BooksRefuseError): void {
    troubled({ code: sqliteCodeOf(error.cause) ?? null, detail: error.message })
    const waiting = [...group, ...ready]
    ready = []
    for (const one of waiting) pushBackFrom(one, 'not-ready')
    schedule()
  }

  function troubled(now: BooksTrouble | undefined): void {
    const isNew = (trouble === undefined) !== (now === undefined) || trouble?.code !== now?.code
    trouble = now
    if (isNew) settings.onTrouble(now)
  }

  function answer(waiting: Waiting, result: Committed | undefined): void {
    if (result === undefined) return
    if (result.kind === 'refused') refuse(waiting, result.refusal, '')
    else settle(waiting, replyOf(result))
  }

  /** It came too late, or cannot be checked now; but its answer may have been lost on the way. Asked after the commit, for the first of the two may have been in this very group. */
  function answerAgain(waiting: Waiting, { onlyAgain, detail }: OnlyAgain): void {
    const known = books.answerTo(waiting.head.key, waiting.head.bodyHash)
    if (known === undefined) refuse(waiting, onlyAgain, detail)
    else if (known.kind === 'refused') refuse(waiting, known.refusal, '')
    else settle(waiting, replyOf(known))
  }

  function tellAll(decided: readonly { readonly event: SiteEvent }[], results: readonly Committed[]): void {
    try {
      decided.forEach(({ event }, index) => {
        const result = results[index]
        if (result?.kind === 'committed') settings.onCommitted(event, result)
      })
    } catch (error) {
      fail(error)
    }
  }

  function refuse(waiting: Waiting, refusal: Refusal, detail: string): void {
    if (waiting.done) return
    settle(waiting, refusedReply(waiting.request, refusal, detail))
  }

  function refusedReply(request: PathRequest, refusal: Refusal, detail: string): PathReply {
    settings.onRefused(request, refusal, detail)
    return { kind: 'refused', refusal, answer: refusalText(refusal) }
  }

  function settle(waiting: Waiting, reply: PathReply): void {
    if (waiting.done || isBroken) return
    const { source } = waiting.request
    waiting.done = true
    pending -= 1
    const line = lineOf(source)
    line.pending -= 1
    if (line.pending === 0) lines.delete(source)
    waiting.resolve(reply)
    advance(source)
    if (pending === 0) wakeIdle()
  }

  function lineOf(source: Principal): Line {
    return lines.get(source) ?? { verifying: [], pending: 0 }
  }

  function wakeIdle(): void {
    for (const wake of idle) wake()
    idle = []
  }

  /** Nobody is answered from here on. */
  function fail(error: unknown): void {
    if (isBroken) return
    isBroken = true
    wakeIdle()
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

function replyOf({ answer, outcome, repeated }: Extract<Committed, { kind: 'committed' }>): PathReply {
  return { kind: 'committed', answer, outcome, repeated }
}

function pushedBack(refusal: 'busy' | 'not-ready'): PathReply {
  return { kind: 'pushed-back', refusal, retryAfterMs: RETRY_AFTER_MS }
}
