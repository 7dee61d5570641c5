import { z } from 'zod'
import type { Language } from '../../core/money-text.ts'
import type { Refusal, RefusalText, TryAgain } from '../../core/refusals.ts'
import { isRefusal, refusalTable } from '../../core/refusals.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { ReaderWords } from './reader-words.ts'

/** RFC 9457. `title` and `detail` speak the language that was asked for; both are in the members. */
export type Problem = {
  readonly type: `urn:tolbooth:refusal:${string}`
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly refusal: Refusal
  readonly tryAgain: TryAgain
  readonly vi: RefusalText
  readonly en: RefusalText
  readonly due: { readonly amount: number; readonly currency: string } | null
  /** Where a request has the wrong form: never what stood there. */
  readonly errors?: readonly FormError[]
}

export type FormError = {
  readonly in: 'body' | 'query' | 'path' | 'header'
  readonly at: string
  readonly says: string
}

export const FORM_ERRORS_MAX = 16
export const PROBLEM_JSON = 'application/problem+json'

export type ProblemExtras = {
  readonly errors?: readonly FormError[]
  /** A stored answer of the path: its words win over the table's, so that a repeated request reads the same after an upgrade. */
  readonly stored?: StoredRefusal | undefined
  /** For whoever reads this answer: they win over both. */
  readonly reader?: ReaderWords | undefined
}

export function problemOf(refusal: Refusal, language: Language, extras: ProblemExtras = {}): Problem {
  const row = refusalTable[refusal]
  const words = { ...(extras.stored ?? { ...row, due: null }), ...extras.reader }
  return {
    type: `urn:tolbooth:refusal:${refusal}`,
    title: words[language].short,
    status: row.httpStatus,
    detail: words[language].help,
    refusal,
    tryAgain: words.tryAgain,
    vi: words.vi,
    en: words.en,
    due: words.due,
    ...(extras.errors === undefined ? {} : { errors: extras.errors.slice(0, FORM_ERRORS_MAX) }),
  }
}

const words = z.object({ short: z.string(), help: z.string() })

const storedRefusal = z.object({
  ok: z.literal(false),
  refusal: z.custom<Refusal>((code) => typeof code === 'string' && isRefusal(code)),
  tryAgain: z.enum(['never', 'later', 'new-token', 'staff']),
  vi: words,
  en: words,
  due: z.object({ amount: z.number(), currency: z.string() }).nullable(),
})

export type StoredRefusal = z.output<typeof storedRefusal>

/** Reads the stored text of a refusal; `undefined` for text of another form, such as an older gateway's. */
export function storedRefusalOf(answer: string): StoredRefusal | undefined {
  let json: unknown
  try {
    json = JSON.parse(answer)
  } catch {
    return undefined
  }
  return safeParse(storedRefusal, json).data
}

/** What zod found, without any value of the request: a QR's text or a token must not come back in an error. */
export function formErrors(where: FormError['in'], error: z.core.$ZodError): FormError[] {
  return error.issues.slice(0, FORM_ERRORS_MAX).map((issue) => ({
    in: where,
    at: `/${issue.path.map((step) => String(step).slice(0, 64)).join('/')}`,
    says: saysOf(issue),
  }))
}

/** True where all that is wrong is the amount of money: then that is what the person is told. */
export function isAboutAmount(errors: readonly FormError[]): boolean {
  return errors.length > 0 && errors.every((error) => error.at === '/amount/amount')
}

function saysOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? `missing or not ${issue.expected}` : `must be ${issue.expected}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'invalid_format':
      return 'must fit the documented pattern'
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'unrecognized_keys':
      return 'has members that are not documented'
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return 'is not as documented'
    case 'custom': {
      const says: unknown = issue.params?.['says']
      return typeof says === 'string' ? says : 'is not as documented'
    }
  }
}
