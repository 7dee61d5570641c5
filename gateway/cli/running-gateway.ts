import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { isCurrencyCode } from '../../core/money.ts'
import type { Language } from '../../core/money-text.ts'
import { moneyText } from '../../core/money-text.ts'
import { BooksInUseError } from '../../db/faults.ts'
import { lockBooks } from '../../db/open.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { GatewayConfig } from '../config.ts'
import { CLIENT_VARIABLES, dataFiles } from '../config.ts'
import type { OfflineSite } from './offline-site.ts'
import { openOfflineSite } from './offline-site.ts'
import { configOrThrow, UsageError } from './terminal.ts'

/** Whether somebody has the books open for writing: a gateway that runs. */
export function isGatewayRunning({ dataDir }: GatewayConfig): boolean {
  const { books } = dataFiles(dataDir)
  if (!existsSync(books)) return false
  try {
    lockBooks(books).release()
    return false
  } catch (error) {
    if (error instanceof BooksInUseError) return true
    throw error
  }
}

/** Where a gateway that runs can be spoken to, and as whom. */
export type GatewayAccess = { readonly url: string; readonly token: string }

export type AccessOptions = { readonly url?: string; readonly token?: string }

const ANSWER_MAX_MS = 10_000

/** The options of commands that can also ask a gateway which runs. */
export function withAccess(command: Command): Command {
  return command
    .option('--url <url>', `ask the gateway that runs there, instead of opening its books (or ${CLIENT_VARIABLES.url})`)
    .option(
      '--token <token>',
      `an admin’s access token (or ${CLIENT_VARIABLES.token}, which no list of processes shows)`,
    )
}

/** The gateway to ask, or `undefined` where none was named. */
export function accessOf({
  url = process.env[CLIENT_VARIABLES.url],
  token = process.env[CLIENT_VARIABLES.token],
}: AccessOptions): GatewayAccess | undefined {
  if (url === undefined) return undefined
  if (!URL.canParse(url)) throw new UsageError('--url is an address such as http://127.0.0.1:8080')
  if (token === undefined)
    throw new UsageError(`--url needs --token, or ${CLIENT_VARIABLES.token}: tolbooth client add makes one`)
  return { url, token }
}

/** Asks a gateway that runs. Throws, with its words, for what it refuses. */
export async function ask(
  access: GatewayAccess,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(new URL(path, access.url), {
    method,
    headers: {
      authorization: `Bearer ${access.token}`,
      'idempotency-key': randomUUID(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Error(`no gateway answers at ${access.url}: ${causeOf(error)}`)
  })
  const said: unknown = await answer.json().catch(() => undefined)
  if (answer.ok) return said
  const problem = safeParse(problemSchema, said)
  throw new Error(problem.success ? problemText(problem.data) : `the gateway answered ${answer.status}`)
}

const words = z.object({ short: z.string(), help: z.string() })
const problemSchema = z.looseObject({
  vi: words,
  en: words,
  due: z.object({ amount: z.int(), currency: z.string().refine(isCurrencyCode) }).nullish(),
})

/** Why it is refused, and the amount of which that speaks, Vietnamese and English below it. */
function problemText({ vi, en, due }: z.infer<typeof problemSchema>): string {
  const sum = (language: Language): string => (due == null ? '' : `: ${moneyText(due, language)}`)
  return `${vi.short}${sum('vi')}. ${vi.help}\n  ${en.short}${sum('en')}. ${en.help}`
}

/** Opens the books for one piece of work and closes them again. While a gateway runs it says how that one is asked. */
export function atOfflineSite<Result>(work: (site: OfflineSite, config: GatewayConfig) => Result): Result {
  const config = configOrThrow()
  const site = openedSite(config)
  try {
    return work(site, config)
  } finally {
    site.close()
  }
}

function openedSite(config: GatewayConfig): OfflineSite {
  try {
    return openOfflineSite(config)
  } catch (error) {
    throw error instanceof BooksInUseError ? new Error(`${error.message} ${askIt(config)}`) : error
  }
}

/** How to have a thing done while the gateway runs. */
function askIt({ httpHost, httpPort, httpTlsCertFile }: GatewayConfig): string {
  const scheme = httpTlsCertFile === null ? 'http' : 'https'
  const host = ['0.0.0.0', '::'].includes(httpHost) ? '127.0.0.1' : httpHost
  const port = httpPort === 0 ? '<its port>' : String(httpPort)
  return `Or ask that gateway: --url ${scheme}://${host.includes(':') ? `[${host}]` : host}:${port} --token <an admin’s token>.`
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
