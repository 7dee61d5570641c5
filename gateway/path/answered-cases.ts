import type { CaseId } from '../../core/ids.ts'
import { principalOf } from '../../core/ids.ts'
import type { AnsweredCase } from '../../db/answered-cases.ts'
import type { Books } from '../../db/books.ts'
import type { PathReply, PathRequest } from './path.ts'

/** Cases of one start. Each is a commit of its own beside the first vehicles; the next start goes on. */
export const ANSWERED_MAX = 500

/** What refuses so many at one start refuses all: a layout without a car park does. */
export const ANSWERED_REFUSED_MAX = 10

/**
 * Ends, by events of the path, the cases that a version before has left open though their debt is paid: the journal says so of each, so a rebuild makes the same books. One after another, behind one that is refused too,
 * and no further where the path takes none, or the books cannot be read: the next start goes on. Never rejects.
 */
export async function endAnsweredCases(
  books: Pick<Books, 'head' | 'nextAnsweredCase'>,
  submit: (request: Ending) => Promise<PathReply>,
  isStopped: () => boolean,
): Promise<void> {
  let last: AnsweredCase | null = null
  let refused = 0
  for (let n = 0; n < ANSWERED_MAX && refused < ANSWERED_REFUSED_MAX && !isStopped(); n += 1) {
    const next = nextOf(books, last)
    if (next === null) return
    const reply = await submit(next.ending)
    if (reply.kind === 'pushed-back') return
    if (reply.kind === 'refused' || !reply.outcome.ok) refused += 1
    last = next.answered
  }
}

type Ending = Omit<PathRequest, 'occurredAt' | 'causedBy' | 'mode'>

/** `null` also where the books cannot be read: nobody waits for this, and whoever waits for something there is told. */
function nextOf(
  books: Pick<Books, 'head' | 'nextAnsweredCase'>,
  after: AnsweredCase | null,
): { readonly answered: AnsweredCase; readonly ending: Ending } | null {
  try {
    const answered = books.nextAnsweredCase(after)
    return answered === null ? null : { answered, ending: endingOf(answered.id, books.head()) }
  } catch {
    return null
  }
}

/** In the words of both languages, for it stands where a person’s reason stands. */
const HAS_PAID = 'Đã trả / It has paid'

/** A new event at each start: one that was refused is asked again, and not answered as before. */
function endingOf(id: CaseId, { epoch, seq }: ReturnType<Books['head']>): Ending {
  return {
    source: principalOf('gateway', 'cases'),
    id: `answered:${epoch}:${seq}:${id}`,
    bytes: id,
    actor: { kind: 'gateway', id: 'cases', role: null },
    body: { kind: 'case-ended', case: id, reason: HAS_PAID },
  }
}
