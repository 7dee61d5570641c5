import type { RightId } from '../../core/ids.ts'
import type { AssignedRight } from '../../core/parking/session.ts'
import type { PathReply, RequestBody } from '../path/path.ts'
import type { Given } from './operation.ts'
import type { SignPassCode } from './ports.ts'
import { qrSvg } from './qr-picture.ts'
import type { SiteReads } from './reads.ts'
import type { Call } from './respond.ts'
import { clientOf, json, refuse } from './respond.ts'

export type PassCodeParts = {
  readonly reads: SiteReads
  /** `null` where the operator has given this box no key for passes. */
  readonly signPassCode: SignPassCode | null
  ask(given: Given<unknown, unknown, unknown>, body: RequestBody): Promise<PathReply>
  answerTo(c: Call, reply: PathReply): Response | Promise<Response>
}

type OfRight = Given<{ readonly id: string }, unknown, unknown>

/**
 * The signed codes of passes. None is kept: the books say which code of a right is in force and since when, and the key signs the same text of it each time that it is asked for
 * (docs/decisions/082-rights-on-record.md).
 */
export function createPassCodeHandlers({ reads, signPassCode: sign, ask, answerTo }: PassCodeParts) {
  const rightNow = (c: Call, id: string): AssignedRight | null =>
    reads.parking.right(id as RightId, clientOf(c).mode)?.right ?? null

  const answer = (c: Call, id: string, say: (code: SignedCode) => Response): Response | Promise<Response> => {
    if (sign === null) return refuse(c, 'no-pass-key')
    const right = rightNow(c, id)
    if (right === null) return refuse(c, 'right-unknown')
    if (right.code === null) return refuse(c, 'pass-code-none')
    const signed = sign({ right: right.id, ...right.code, vehicleClass: right.vehicleClasses[0] ?? null })
    return say({ right: right.id, ...right.code, ...signed })
  }

  return {
    issuePassCode: async (given: OfRight) => {
      const { c, params } = given
      // Before the path: where nothing can be signed the code before it stays in force.
      if (sign === null) return refuse(c, 'no-pass-key')
      const reply = await ask(given, { kind: 'right-coded', right: params.id as RightId })
      if (reply.kind !== 'committed' || !reply.outcome.ok) return answerTo(c, reply)
      return answer(c, params.id, (code) => json(code, 201))
    },
    readPassCode: ({ c, params }: OfRight) => answer(c, params.id, (code) => json(code)),
    readPassCodePicture: ({ c, params }: OfRight) =>
      answer(c, params.id, ({ text }) => new Response(qrSvg(text), { headers: { 'content-type': 'image/svg+xml' } })),
  }
}

type SignedCode = ReturnType<SignPassCode> & { readonly right: RightId; readonly id: string }
