import type { RightId } from '../../../core/ids.ts'
import type { AssignedRight } from '../../../core/parking/session.ts'
import type { PathReply, RequestBody } from '../../path/path.ts'
import type { PassCode } from '../../tokens/pass-codes.ts'
import type { Given } from '../operation.ts'
import type { SignPassCode } from '../ports.ts'
import { qrSvg } from '../qr-picture.ts'
import type { SiteReads } from '../reads.ts'
import type { Call } from '../respond.ts'
import { clientOf, json, refuse } from '../respond.ts'

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

  const signedOf = (signs: SignPassCode, { right, id, issuedAt, vehicleClass }: PassCode): SignedCode => ({
    right,
    id,
    issuedAt,
    ...signs({ right, id, issuedAt, vehicleClass }),
  })

  /** The code that is in force now. */
  const answer = (c: Call, id: string, say: (code: SignedCode) => Response): Response | Promise<Response> => {
    if (sign === null) return refuse(c, 'no-pass-key')
    const right = rightNow(c, id)
    if (right === null) return refuse(c, 'right-unknown')
    if (right.code === null) return refuse(c, 'pass-code-none')
    return say(signedOf(sign, { right: right.id, ...right.code, vehicleClass: right.vehicleClasses[0] ?? null }))
  }

  return {
    issuePassCode: async (given: OfRight) => {
      const { c, params } = given
      // Before the path: where nothing can be signed the code before it stays in force.
      if (sign === null) return refuse(c, 'no-pass-key')
      const reply = await ask(given, { kind: 'right-coded', right: params.id as RightId })
      if (reply.kind !== 'committed' || !reply.outcome.ok) return answerTo(c, reply)
      const { outcome } = reply
      // An answer of before names no code: then the one in force is as near as can be said.
      if (outcome.kind !== 'code-issued') return answer(c, params.id, (code) => json(code, 201))
      const { right, code: id, issuedAt, vehicleClass } = outcome
      // Asked again under its key it is this one, also when it has been called in since.
      return json(signedOf(sign, { right, id, issuedAt, vehicleClass }), 201)
    },
    readPassCode: ({ c, params }: OfRight) => answer(c, params.id, (code) => json(code)),
    readPassCodePicture: ({ c, params }: OfRight) =>
      answer(c, params.id, ({ text }) => new Response(qrSvg(text), { headers: { 'content-type': 'image/svg+xml' } })),
  }
}

type SignedCode = ReturnType<SignPassCode> & Pick<PassCode, 'right' | 'id' | 'issuedAt'>
