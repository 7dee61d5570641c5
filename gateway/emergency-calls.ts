import type { Alarm, Clock } from './clock/clock.ts'
import type { PathReply, PathRequest } from './path/path.ts'

export type EmergencyCallParts = {
  readonly clock: Pick<Clock, 'after'>
  /** Tells every arm to open and stay open, without the books. */
  readonly holdOpen: () => void
  readonly submit: (request: PathRequest) => Promise<PathReply>
  /** So long after the books have refused they are asked again. */
  readonly retryMs: number
}

/**
 * What a person says of an emergency while the books cannot be written: fire does not wait for a disk. The arms are told at once, the person hears that it is in no book yet, and the books are asked again until they take it; letting go waits for them, in the
 * order in which it was said. Nothing here outlives the process: after a start a person says it again.
 */
export type EmergencyCalls = {
  /** The person's word, and what the books said to it. */
  answered(request: PathRequest, active: boolean, reply: PathReply): PathReply
  /** A person has called, and the books do not have it: an arm that comes back is to be held open, too. */
  isCalled(): boolean
  stop(): void
}

export function createEmergencyCalls({ clock, holdOpen, submit, retryMs }: EmergencyCallParts): EmergencyCalls {
  let call: PathRequest | undefined
  /** Said after the call: it is over. */
  let end: PathRequest | undefined
  let alarm: Alarm | undefined
  let isStopped = false

  return {
    answered(request, active, reply) {
      if (reply.kind !== 'pushed-back') {
        // What the books have heard since counts.
        call = undefined
        end = undefined
        return reply
      }
      if (!active) {
        if (call !== undefined) end = request
        return reply
      }
      call = request
      end = undefined
      holdOpen()
      askAgain()
      return { ...reply, refusal: 'emergency-not-booked' }
    },
    isCalled: () => call !== undefined,
    stop() {
      isStopped = true
      alarm?.cancel()
    },
  }

  function askAgain(): void {
    if (isStopped || alarm !== undefined) return
    alarm = clock.after(retryMs, () => {
      alarm = undefined
      void tell()
    })
  }

  async function tell(): Promise<void> {
    const asked = call ?? end
    if (asked === undefined) return
    const reply = await submit(asked)
    const isTaken = reply.kind !== 'pushed-back'
    if (isTaken && asked === call) call = undefined
    else if (isTaken && asked === end) end = undefined
    if (call !== undefined || end !== undefined) askAgain()
  }
}
