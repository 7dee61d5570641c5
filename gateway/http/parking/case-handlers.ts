import type { CaseId } from '../../../core/ids.ts'
import type { CaseReport, PictureReport } from '../../../db/parking-reports.ts'
import { mayActAt } from '../clients.ts'
import type { HandlersOf } from '../operation.ts'
import type { Call } from '../respond.ts'
import { clientOf, json, refuse } from '../respond.ts'
import type { caseOperations } from './case-operations.ts'
import { caseWords } from './case-words.ts'
import type { ParkingHandlerParts } from './parts.ts'
import { tendedStays } from './tended.ts'

export function createCaseHandlers(parts: ParkingHandlerParts): HandlersOf<typeof caseOperations> {
  const { submit, reads } = parts
  const { parking } = reads
  const tended = tendedStays(parts)

  return {
    readCases: ({ c, query }) => {
      const after = (query.after ?? null) as CaseId | null
      const { cases, next } = parking.openCases(clientOf(c).mode, query.kind ?? null, after, query.limit)
      return json({ cases: cases.filter((each) => maySee(c, each)).map(caseWire), next })
    },

    readPicture: async ({ c, params }) => {
      const name = seenPicture(c, params.ref)?.name ?? null
      const kept = name === null ? undefined : await parts.pictures.read(name)
      if (kept === undefined) return refuse(c, 'not-found')
      return new Response(kept.bytes, { headers: { 'content-type': kept.type, 'content-disposition': 'inline' } })
    },

    readPictureName: ({ c, params }) => {
      const known = seenPicture(c, params.ref)
      if (known === null) return refuse(c, 'not-found')
      const { name } = known
      const isKept = name !== null && parts.pictures.has(name)
      return json({ ref: params.ref, name, lane: known.lane, isKept })
    },

    endCase: (given) => {
      const known = parking.staffCase(given.params.id as CaseId, clientOf(given.c).mode)
      if (known === null || !maySee(given.c, known)) return refuse(given.c, 'case-unknown')
      return submit(given, { kind: 'case-ended', case: known.id, reason: given.body.reason.trim() })
    },
  }

  /** One of another lane, and one of another mode, looks like none at all. An attendant sees those whose lane the books still know. */
  function seenPicture(c: Call, ref: string): PictureReport | null {
    const client = clientOf(c)
    const known = parking.picture(ref)
    // Of what the books have dropped, only a live site's people ask.
    if (known === null || (known.mode ?? 'live') !== client.mode) return null
    if (client.role !== 'attendant') return known
    return known.lane !== null && mayActAt(client, { kind: 'lane', id: known.lane }) ? known : null
  }

  function maySee(c: Call, known: CaseReport): boolean {
    if (known.lane !== null) return mayActAt(clientOf(c), { kind: 'lane', id: known.lane })
    return known.session === null || tended.stay(c, known.session) !== null
  }
}

function caseWire({ id, kind, lane, session, isStayOver, charge, openedAt, pictures }: CaseReport): object {
  return {
    id,
    kind,
    lane,
    session,
    isStayOver,
    charge,
    openedAt,
    pictures,
    vi: caseWords.vi[kind].short,
    en: caseWords.en[kind].short,
  }
}
