import { principalOf, stallId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { PathReply } from '../../gateway/path/path.ts'
import type { Rig } from './rig.ts'
import { STALL } from './site.ts'

type Request = Parameters<Gateway['submit']>[0]

/** Requests of an app, straight to the path. */
export function chargeOf(app: string, id: string, amount: number, stall: string = STALL): Request {
  return {
    ...by(app, id),
    bytes: JSON.stringify({ amount, stall }),
    body: { kind: 'charge-open', stall: stallId(stall), amount: money(amount, VND) },
  }
}

export function scanOf(app: string, id: string, text: string, stall: string = STALL): Request {
  return {
    ...by(app, id),
    bytes: text,
    body: { kind: 'shown', place: { kind: 'stall', id: stallId(stall) }, reader: null, text },
  }
}

function by(app: string, id: string): Pick<Request, 'source' | 'id' | 'actor'> {
  return { source: principalOf('client', app), id, actor: { kind: 'client', id: app, role: 'vendor' } }
}

/** Of an administrator, at this moment. */
export function ownersRequest(rig: Rig, key: string) {
  return {
    source: principalOf('client', 'owner'),
    id: key,
    bytes: key,
    actor: { kind: 'client', id: 'owner', role: 'admin' },
    mode: 'live',
    occurredAt: { at: rig.now().clock.now().at, by: 'gateway' },
    causedBy: null,
  } as const
}

/** What a reply says, in a word: `paid`, `token-spent`, `pushed back: busy`. */
export function word(reply: PathReply): string {
  switch (reply.kind) {
    case 'committed':
      return reply.outcome.ok ? reply.outcome.kind : reply.outcome.refusal
    case 'refused':
      return `refused: ${reply.refusal}`
    case 'pushed-back':
      return `pushed back: ${reply.refusal}`
  }
}
