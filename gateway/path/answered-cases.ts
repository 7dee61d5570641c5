import type { CaseId } from '../../core/ids.ts'
import { principalOf } from '../../core/ids.ts'
import type { AnsweredCase } from '../../db/answered-cases.ts'
import type { Books } from '../../db/books.ts'
import type { PathReply, PathRequest } from './path.ts'

/** In the words of both languages, for it stands where a person’s reason stands. */
const HAS_PAID = 'Đã trả / It has paid'

/**
 * Ends, by events of the path, the cases that a version before has left open though their debt is paid: the journal says so of each, so a rebuild makes the same books. One after another, and no further where one is not taken: the next start goes on.
 */
export async function endAnsweredCases(
  books: Pick<Books, 'nextAnsweredCase'>,
  submit: (request: Omit<PathRequest, 'occurredAt' | 'causedBy' | 'mode'>) => Promise<PathReply>,
  isStopped: () => boolean,
): Promise<void> {
  let last: AnsweredCase | null = null
  while (!isStopped()) {
    last = books.nextAnsweredCase(last)
    if (last === null) return
    const reply = await submit(ending(last.id))
    if (reply.kind !== 'committed' || !reply.outcome.ok) return
  }
}

function ending(id: CaseId): Omit<PathRequest, 'occurredAt' | 'causedBy' | 'mode'> {
  return {
    source: principalOf('gateway', 'cases'),
    id: `answered:${id}`,
    bytes: id,
    actor: { kind: 'gateway', id: 'cases', role: null },
    body: { kind: 'case-ended', case: id, reason: HAS_PAID },
  }
}
