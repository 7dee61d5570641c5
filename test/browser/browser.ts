import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'

const inPage = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8')
const FOUND_AT = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const PHONE = { width: 360, height: 740 }
export const DESK = { width: 1280, height: 800 }
/** What a page has to look right on. */
export const VIEWS = [
  ['phone', PHONE, 'dark'],
  ['phone', PHONE, 'light'],
  ['desk', DESK, 'dark'],
  ['desk', DESK, 'light'],
] as const

/**
 * Opens a browser, and what is looked at with it, for all tests of a `describe`, and closes both after them. Where there is no Chromium each test is skipped, and says so.
 */
export function withBrowser(
  open: (browser: Browser) => Promise<void>,
  close: () => Promise<void>,
  timeoutMs?: number,
): void {
  const path = chromiumPath()
  let browser: Browser | undefined
  beforeAll(async () => {
    if (path === undefined) return
    browser = await launch(path)
    await open(browser)
  }, timeoutMs)
  beforeEach((context) => {
    context.skip(path === undefined, 'Chromium is not on this machine: apt-get install chromium')
  })
  afterAll(async () => {
    if (browser === undefined) return
    // First the pages: a stream that one of them holds open would have to be waited for.
    await browser.close()
    await close()
  })
}

/** Where Chromium is on this machine, or `undefined`. `CHROMIUM` names another one. */
function chromiumPath(): string | undefined {
  const named = process.env['CHROMIUM']
  return [...(named === undefined ? [] : [named]), ...FOUND_AT].find((path) => existsSync(path))
}

function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking'],
  })
}

/** It fits its width, is in the language that was asked for, and can be read; a picture of it is kept under `shot`. */
export async function looksRight(page: Page, width: number, language: string, shot: string): Promise<void> {
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  expect(await page.locator('html').getAttribute('lang')).toBe(language)
  expect(await within(page, 'textOfLowContrast()')).toEqual([])
  await picture(page, shot)
  // Who reads badly makes the text twice as large (WCAG 2.2, 1.4.4): nothing is cut off, and nobody pushes the page from side to side.
  await page.evaluate("document.documentElement.style.fontSize = '200%'")
  expect(await within(page, 'wider()'), 'at twice the size of text').toEqual([])
  await page.evaluate("document.documentElement.style.fontSize = ''")
}

/** A page, and everything about it that ought not to be: errors, what its policy forbids (Chromium says so on the console), requests to elsewhere. */
export type Watched = { readonly page: Page; readonly wrongs: string[] }

/** The browser itself says on the console that an answer was 401, that a gateway is stopping (503) or a connection was lost: that is the network's state, not a fault of the page. */
const OF_THE_NETWORK = /^Failed to load resource: (the server responded with a status of (4|503)|net::ERR_)/

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
