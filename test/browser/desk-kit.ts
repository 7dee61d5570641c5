import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { sessions } from '../../gateway/http/parking/stay-schemas.ts'
import * as wire from '../../gateway/http/schemas.ts'
import type { Watched } from './browser.ts'
import { PHONE, watched, withBrowser } from './browser.ts'
import type { Gate, GateClient } from './gate.ts'
import { openGate } from './gate.ts'

/** Where the machine does much else, a start of the gateway takes its time. */
export const SLOW_MS = 60_000

/** What a test has in hand: a browser, the gate, and the attendant's page as one who has just signed in sees it. */
export type AtGate = {
  readonly browser: Browser
  readonly gate: Gate
  signedIn(client: GateClient, options?: BrowserContextOptions): Promise<Page>
}

/**
 * A browser and a gate for all tests of a `describe`, and how such a test is written. Every page that was signed in is closed after its test, and must have met no error, nothing that its policy forbids, and asked nobody else.
 */
export function withGate(
  opened: (at: { readonly browser: Browser; readonly gate: Gate }) => Promise<void> | void = () => {},
): (name: string, body: (at: AtGate) => Promise<void>, timeoutMs?: number) => void {
  let at: { readonly browser: Browser; readonly gate: Gate } | undefined
  withBrowser(
    async (browser) => {
      at = { browser, gate: await openGate() }
      await opened(at)
    },
    async () => at?.gate.close(),
    SLOW_MS,
  )
  return (name, body, timeoutMs = SLOW_MS) => {
    test(
      name,
      async () => {
        if (at === undefined) throw new Error('the gate was not opened')
        const { browser, gate } = at
        const seen: Watched[] = []
        try {
          await body({
            ...at,
            signedIn: async (client, options = {}) => {
              const signed = await signedIn(browser, gate, client, options)
              seen.push(signed)
              return signed.page
            },
          })
          expect(seen.flatMap(({ wrongs }) => wrongs)).toEqual([])
        } finally {
          for (const { page } of seen) await page.context().close()
        }
      },
      timeoutMs,
    )
  }
}

async function signedIn(
  browser: Browser,
  gate: Gate,
  client: GateClient,
  options: BrowserContextOptions,
): Promise<Watched> {
  const context = await browser.newContext({ locale: 'vi-VN', viewport: PHONE, colorScheme: 'dark', ...options })
  const seen = await watched(context, gate.address)
  await seen.page.goto(`${gate.address}/desk`)
  await seen.page.locator('#token').fill(gate.token(client))
  await seen.page.locator('form[action="/session"] button').first().click()
  await seen.page.waitForURL(`${gate.address}/desk`)
  await seen.page.locator('.desk-lanes article').first().waitFor()
  return seen
}

export const goOn = (page: Page): Promise<void> => page.locator('dialog button[type="submit"]').click()
export const agree = (page: Page): Promise<void> => page.locator('#act-do').click()
export const closeDialog = (page: Page): Promise<void> => page.locator('dialog .buttons button').first().click()

export async function result(page: Page): Promise<string> {
  await page.locator('#act-result').waitFor()
  return said(page.locator('#act-result'))
}

export async function said(element: ReturnType<Page['locator']>): Promise<string> {
  return (await element.innerText()).replaceAll('\u00a0', ' ')
}

export function lastTicket(gate: Gate): string {
  const ticket = gate.entry.tickets().at(-1)
  if (ticket === undefined) throw new Error('no ticket was given')
  return ticket.slice(ticket.indexOf('#') + 1)
}

/** A car comes in by a ticket, without the page. */
export async function comesIn(gate: Gate): Promise<void> {
  const [opened, tickets] = [gate.entry.opened(), gate.entry.tickets().length]
  await gate.entry.stands(true)
  await expect
    .poll(async () => (await gate.ask('POST', '/v1/lanes/in-1/ticket', { vehicleClass: 'car' })).status)
    .toBe(200)
  await expect.poll(() => [gate.entry.opened(), gate.entry.tickets().length]).toEqual([opened + 1, tickets + 1])
  await gate.entry.drivesThrough()
  await expect
    .poll(async () => wire.lanes.parse((await gate.ask('GET', '/v1/lanes')).json).lanes.map(({ phase }) => phase))
    .toEqual(['idle', 'idle'])
}

/** Open stays, as the box lists them. */
export async function staysOf(gate: Gate, order: 'newest' | 'oldest' = 'newest'): Promise<Stays> {
  return sessions.parse((await gate.ask('GET', `/v1/sessions?order=${order}`)).json).sessions
}

type Stays = z.output<typeof sessions>['sessions']
