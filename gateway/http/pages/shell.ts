import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Language } from '../../../core/money-text.ts'
import type { Client } from '../clients.ts'
import { LANE_STAFF } from '../operation.ts'
import { words } from './words.ts'

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

export type Asset = { readonly name: string; readonly type: string; readonly text: string; readonly address: string }

const directory = join(import.meta.dirname, '../static')

/** The pages' own files, read once. The address carries the content's hash, so a browser keeps it for ever and never keeps an old one. */
export const assets: readonly Asset[] = [
  asset('page.css', 'text/css; charset=utf-8'),
  asset('page.js', 'text/javascript; charset=utf-8'),
  asset('icon.svg', 'image/svg+xml'),
]

export type PageFrame = {
  readonly language: Language
  /** The script looks here for what to do. */
  readonly page: 'live' | 'desk' | 'sign-in' | 'receipt' | 'parking' | 'api' | 'problem'
  readonly title: string
  readonly site: string
  readonly client: Client | undefined
  readonly address: string
  /** What else belongs to the address when the page is asked for in the other language. */
  readonly query?: Readonly<Record<string, string>>
  /** A page without script loads itself again so often. */
  readonly refreshSeconds?: number
  /** The address of the page's own script, where it has one. */
  readonly module?: string
}

/** One page: the head, the way around, and `main`. */
export function pageOf(frame: PageFrame, main: Markup): Markup {
  const of = words[frame.language]
  const { client } = frame
  return html`<!doctype html>
<html lang="${frame.language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="dark light">
    <title>${frame.title} · ${frame.site} · Tolbooth</title>
    <link rel="icon" href="${addressOf('icon.svg')}">
    <link rel="stylesheet" href="${addressOf('page.css')}">
    <script src="${addressOf('page.js')}" defer></script>
    ${frame.module === undefined ? '' : html`<script src="${frame.module}" type="module"></script>`}
    ${
      frame.refreshSeconds === undefined
        ? ''
        : html`<noscript><meta http-equiv="refresh" content="${frame.refreshSeconds}"></noscript>`
    }
  </head>
  <body data-page="${frame.page}">
    <a class="skip" href="#main">${of.skip}</a>
    <header class="top">
      <p class="brand"><strong>Tolbooth</strong> <span>${frame.site}</span></p>
      <nav>
        ${client === undefined ? '' : wayAround(frame)}
        <a href="${frame.address}?${new URLSearchParams({ ...frame.query, lang: of.other.language })}" lang="${of.other.language}" hreflang="${of.other.language}">${of.other.name}</a>
      </nav>
      ${client === undefined ? '' : signedIn(client, frame.language)}
    </header>
    <main id="main" tabindex="-1">
${main}
    </main>
  </body>
</html>
`
}

function wayAround(frame: PageFrame): Markup {
  const of = words[frame.language]
  const link = (address: string, name: string): Markup =>
    frame.address === address
      ? html`<a href="${address}" aria-current="page">${name}</a>`
      : html`<a href="${address}">${name}</a>`
  const atLanes = frame.client !== undefined && LANE_STAFF.some((role) => role === frame.client?.role)
  return html`${link('/', of.live)} ${atLanes ? link('/desk', of.desk) : ''} ${link('/receipts/check', of.receipts)} ${link('/docs', of.api)}`
}

function signedIn(client: Client, language: Language): Markup {
  const of = words[language]
  return html`<form class="who" method="post" action="/session/end">
        <span>${of.signedInAs} <b>${client.id}</b> (${of.roles[client.role]})</span>
        <button type="submit" class="quiet">${of.signOut}</button>
      </form>`
}

/** Markup as text, for a stream. Nothing in these pages waits, so it is there at once. */
export function textOf(markup: Markup): string {
  if (markup instanceof Promise) throw new Error('a part of a live page waits for something')
  return markup.toString()
}

function addressOf(name: string): string {
  const found = assets.find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no file ${name} for the pages`)
  return found.address
}

function asset(name: string, type: string): Asset {
  const text = readFileSync(join(directory, name), 'utf8')
  const version = createHash('sha256').update(text).digest('base64url').slice(0, 10)
  return { name, type, text, address: `/assets/${name}?v=${version}` }
}
