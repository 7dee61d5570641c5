import type { NotTaken } from '../http/ports.ts'
import type { PathReply } from '../path/path.ts'

/** What a request of an admin is told where the path has refused it or pushed it back; `undefined` where it was booked. */
export function notTaken(reply: PathReply): NotTaken | undefined {
  switch (reply.kind) {
    case 'pushed-back':
      return reply
    case 'refused':
      return { kind: 'refused', refusal: reply.refusal, answer: reply.answer }
    case 'committed':
      return reply.outcome.ok ? undefined : { kind: 'refused', refusal: reply.outcome.refusal, answer: reply.answer }
  }
}
