import type { Context } from 'hono'
import type { Language } from '../../core/money-text.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Client } from './clients.ts'
import type { Problem, ProblemExtras } from './problems.ts'
import { PROBLEM_JSON, problemOf } from './problems.ts'
import { readerWords } from './reader-words.ts'

export type HttpEnv = {
  Bindings: {
    readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined; destroy(): void } }
  }
  Variables: {
    language: Language
    /** The name in the table of operations, or of a page. */
    operation: string
    client: Client | undefined
    /** Set by pages: how they show a problem to a person. */
    showProblem: ((problem: Problem) => Response | Promise<Response>) | undefined
  }
}

export type Call = Context<HttpEnv>

export type RefusalHeaders = { readonly retryAfterMs?: number; readonly allow?: string; readonly authenticate?: string }

/** Says no: RFC 9457 for programs, a page for a person at a page. */
export async function refuse(
  c: Call,
  refusal: Refusal,
  extras: ProblemExtras = {},
  headers: RefusalHeaders = {},
): Promise<Response> {
  const language = c.get('language')
  const problem = problemOf(refusal, language, { ...extras, reader: readerWords(c.get('operation'), refusal) })
  const show = c.get('showProblem')
  const response =
    show === undefined
      ? new Response(JSON.stringify(problem), { headers: { 'content-type': PROBLEM_JSON } })
      : await show(problem)
  const answer = new Response(response.body, { status: problem.status, headers: response.headers })
  answer.headers.set('content-language', language)
  answer.headers.append('vary', 'accept-language')
  if (headers.retryAfterMs !== undefined) answer.headers.set('retry-after', secondsText(headers.retryAfterMs))
  if (headers.allow !== undefined) answer.headers.set('allow', headers.allow)
  if (headers.authenticate !== undefined) answer.headers.set('www-authenticate', headers.authenticate)
  return answer
}

/** Who asks. Only for operations that are not open to anyone: elsewhere it is a bug and throws. */
export function clientOf(c: Call): Client {
  const client = c.get('client')
  if (client === undefined) throw new Error('nobody is signed in here: the table of operations is wrong')
  return client
}

/** Ends the connection under a request without another word. */
export function cutConnection(c: Call): void {
  c.env?.incoming?.socket.destroy()
}

/** JSON that is stored already: sent as it is, byte for byte. */
export function jsonText(
  text: string,
  status: 200 | 201 | 503,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } })
}

export function json(value: unknown, status: 200 | 201 | 503 = 200): Response {
  return jsonText(JSON.stringify(value), status)
}

/** Whole seconds, at least 1 (RFC 9110, 10.2.3). */
function secondsText(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1_000)))
}
