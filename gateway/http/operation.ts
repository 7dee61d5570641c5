import type { z } from '@hono/zod-openapi'
import type { HttpRole } from './clients.ts'
import { outcome } from './outcome-schema.ts'
import type { Call } from './respond.ts'

/** What a row of the table of operations says. */

type Acting = Exclude<HttpRole, 'scraper'>
export type Access = 'anyone' | readonly HttpRole[]

export type Operation<Params = unknown, Query = unknown, Body = unknown> = {
  readonly method: 'get' | 'post'
  /** OpenAPI's spelling, `/v1/charges/{id}`. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  readonly tag: 'money' | 'lanes' | 'parking' | 'devices' | 'clients' | 'books' | 'service'
  /** Within its role, a vendor and an attendant see and do only what belongs to their stalls and lanes, a pay station what belongs to the stays that it has found. */
  readonly access: Access
  readonly params: z.ZodType<Params> | null
  readonly query: z.ZodType<Query> | null
  readonly body: z.ZodType<Body> | null
  /** Where it may be longer than others. */
  readonly bodyBytesMax?: number
  /** It enters the path, so it takes an Idempotency-Key; but for a word that is said anew each time. */
  readonly keyed: boolean
  readonly answers: readonly Answer[]
}

export type Answer = {
  readonly status: 200 | 201 | 503
  readonly says: string
  readonly type: string
  readonly schema: z.ZodType | null
}

/** What a handler is given: admitted, parsed, within the limits. */
export type Given<Params, Query, Body> = {
  readonly c: Call
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** For operations that enter the path: the key, and what its hash is made over. */
  readonly key: string
  readonly bytes: string
}

/** A handler for each of them: one that is forgotten does not compile. */
export type HandlersOf<Operations> = { readonly [Name in keyof Operations]: HandlerOf<Operations[Name]> }

/** What answers an operation. */
export type HandlerOf<It> =
  It extends Operation<infer Params, infer Query, infer Body>
    ? (given: Given<Params, Query, Body>) => Response | Promise<Response>
    : never

export const ALL_ACTING: readonly Acting[] = ['vendor', 'attendant', 'operator', 'admin']
export const WHO_TAKE_MONEY: readonly Acting[] = ['vendor', 'attendant', 'pay-station', 'operator', 'admin']
export const STALL_STAFF: readonly Acting[] = ['vendor', 'operator', 'admin']
export const LANE_STAFF: readonly Acting[] = ['attendant', 'operator', 'admin']
/** Whoever takes a driver's payment, a machine among them. */
export const PAY_DESKS: readonly Acting[] = ['attendant', 'pay-station', 'operator', 'admin']
export const OFFICE: readonly Acting[] = ['operator', 'admin']

export const json = (status: Answer['status'], says: string, schema: z.ZodType): Answer => ({
  status,
  says,
  type: 'application/json',
  schema,
})

/** What enters the path is answered with its outcome. */
export const asked = (says: string): readonly Answer[] => [json(200, says, outcome)]

/** Whatever only reads takes no more than its address. */
export const reading = { query: null, body: null, keyed: false } as const satisfies Partial<Operation>

/** Keeps the types of the schemas, so that a handler gets what they make. */
export function operation<Params, Query, Body>(it: Operation<Params, Query, Body>): Operation<Params, Query, Body> {
  return it
}
