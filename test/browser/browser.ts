import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

const inPage = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8')
const FOUND_AT = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where Chromium is on this machine, or `undefined`. `CHROMIUM` names another one. */
export function chromiumPath(): string | undefined {
  const named = process.env['CHROMIUM']
  return [...(named === undefined ? [] : [named]), ...FOUND_AT].find((path) => existsSync(path))
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking'],
  })
}

/** A page, and everything about it that ought not to be: errors, what its policy forbids (Chromium says so on the console), requests to elsewhere. */
export type Watched = { readonly page: Page; readonly wrongs: string[] }

/** The browser itself says on the console that an answer was 401 or a connection was lost: that is the network's state, not a fault of the page. */
const OF_THE_NETWORK = /^Failed to load resource: (the server responded with a status of 4|net::ERR_)/

export async function watched(context: BrowserContext, origin: string): Promise<Watched> {
  const page = await context.newPage()
  const wrongs: string[] = []
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (!OF_THE_NETWORK.test(message.text())) wrongs.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrongs.push(`script: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) wrongs.push(`asked elsewhere: ${request.url()}`)
  })
  await page.addInitScript({ content: inPage })
  return { page, wrongs }
}

/** Keeps a picture of the whole page when `SCREENSHOTS` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** Calls one of the functions of in-page.js. */
export function within<Result>(page: Page, call: string): Promise<Result> {
  return page.evaluate<Result>(`inPage.${call}`)
}
