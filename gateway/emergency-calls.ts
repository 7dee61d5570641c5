import type { Alarm, Clock } from './clock/clock.ts'
import type { PathReply, PathRequest } from './path/path.ts'

export type EmergencyCallParts = {
  readonly clock: Pick<Clock, 'after'>
  readonly submit: (request: PathRequest) => Promise<PathReply>
  /** It has been answered before: it is told its answer again, and moves nothing. */
  readonly isAnswered: (request: PathRequest) => boolean
  /** Tells every arm to open and stay open, without the books. */
  readonly holdOpen: () => void
  /** So long after the books have refused they are asked again. */
  readonly retryMs: number
}

/**
 * What people say of an emergency, in the order in which they say it. The arms are told to open before the books are asked, for fire does not wait for a disk: where those cannot be written the person hears that it is in no book yet, and they are asked again until
 * they take it. What is said after that waits behind it: nobody lets an arm go on a word that the books have not heard. Nothing here outlives the process.
 */
export type EmergencyCalls = {
  say(request: PathRequest, active: boolean): Promise<PathReply>
  /** A person has called, and the books do not have it: an arm that comes back is to be held open, too, and none is told to come down. */
  isCalled(): boolean
  stop(): void
}

/** People who say something of an emergency at the same time. */
export const EMERGENCY_WORDS_MAX = 16

/** `isCall`: that there is an emergency, and not that it is over. `settle`: its person waits for an answer; without it they have been told that the books refuse. */
type Word = {
  readonly request: PathRequest
  readonly isCall: boolean
  settle: ((reply: PathReply) => void) | undefined
}

export function createEmergencyCalls(parts: EmergencyCallParts): EmergencyCalls {
  const { clock, submit, isAnswered, holdOpen, retryMs } = parts
  /** The first is on its way to the books, or waits to be sent again. */
  let words: readonly Word[] = []
  let isSending = false
  let alarm: Alarm | undefined
  let isStopped = false

  return {
    say(request, active) {
      if (isStopped || isAnswered(request)) return submit(request)
      if (words.length >= EMERGENCY_WORDS_MAX && !(active && makesRoom())) {
        if (active) holdOpen()
        return Promise.resolve({ kind: 'pushed-back', refusal: 'busy', retryAfterMs: retryMs })
      }
      return new Promise((resolve) => {
        const word: Word = { request, isCall: active, settle: resolve }
        words = [...withoutOvertaken(word), word]
        // Once it counts as called: whoever is told to drive on is told so by that.
        if (active) holdOpen()
        if (alarm === undefined) send()
        else putOff(word)
      })
    },
    isCalled: () => words.some(({ isCall }) => isCall),
    stop() {
      isStopped = true
      alarm?.cancel()
      // What is on its way is answered by the path, which stops too.
      for (const { settle } of isSending ? words.slice(1) : words)
        settle?.({ kind: 'pushed-back', refusal: 'not-ready', retryAfterMs: retryMs })
    },
  }

  /** A call is never the one that is left out: the newest word that it is over is put off for it. Where all are calls, one is as good as another. */
  function makesRoom(): boolean {
    const last = words.findLastIndex(({ isCall }, at) => !isCall && !(at === 0 && isSending))
    const over = words[last]
    if (over === undefined) return false
    words = words.filter((each) => each !== over)
    putOff(over)
    return true
  }

  /** Without what waits for the books and counts no more: all of it once there is a new call, and what was said to be over once that is said again. */
  function withoutOvertaken(by: Word): readonly Word[] {
    return words.filter(
      (each, at) => (at === 0 && isSending) || each.settle !== undefined || (each.isCall && !by.isCall),
    )
  }

  function send(): void {
    const [word] = words
    if (isSending || isStopped || word === undefined) return
    isSending = true
    void submit(word.request).then((reply) => {
      isSending = false
      if (reply.kind !== 'pushed-back' || isStopped) {
        words = words.filter((each) => each !== word)
        word.settle?.(reply)
        send()
        return
      }
      for (const each of words) putOff(each)
      // That it is over, of which no call waits for the books, is for its person to say again.
      const call = words.findIndex(({ isCall }) => isCall)
      words = call < 0 ? [] : words.slice(call)
      if (words.length > 0) sendAgain()
    })
  }

  function sendAgain(): void {
    alarm ??= clock.after(retryMs, () => {
      alarm = undefined
      send()
    })
  }

  /** The books refuse: its person is told so, once. */
  function putOff(word: Word): void {
    const { settle, isCall } = word
    if (settle === undefined) return
    word.settle = undefined
    settle({ kind: 'pushed-back', refusal: isCall ? 'emergency-not-booked' : 'not-ready', retryAfterMs: retryMs })
  }
}
