import { html } from 'hono/html'
import type { Language } from '../../../core/money-text.ts'
import type { Client } from '../clients.ts'
import type { PanelName } from './live-view.ts'
import type { Markup, PageFrame } from './shell.ts'
import { pageOf } from './shell.ts'
import { words } from './words.ts'

/** Rows that the page keeps in view; the script drops what is older. */
export const ROWS_MAX = 40
/** Without script the page asks again so often. */
const REFRESH_SECONDS = 10

export type LivePage = {
  readonly language: Language
  readonly site: string
  readonly client: Client
  readonly panels: ReadonlyMap<PanelName, Markup>
  /** Newest first. */
  readonly rows: readonly Markup[]
  /** The stream goes on after this seq. */
  readonly seq: number
}

/** What happens at the site, for a person who looks up for a second: what is wrong and what to do about it, then money, then the rest. */
export function livePage(page: LivePage): Markup {
  const of = words[page.language]
  const frame: PageFrame = {
    language: page.language,
    page: 'live',
    title: of.live,
    site: page.site,
    client: page.client,
    address: '/',
    refreshSeconds: REFRESH_SECONDS,
  }
  const panel = (name: PanelName): Markup | string => {
    const markup = page.panels.get(name)
    if (markup === undefined) return ''
    // What needs somebody is read out by a screen reader as it comes; the rest only when it is asked for.
    return name === 'attention'
      ? html`<section class="panel wide" data-panel="${name}" aria-live="polite">${markup}</section>`
      : html`<section class="panel" data-panel="${name}">${markup}</section>`
  }
  return pageOf(
    frame,
    html`
<h1 class="unseen">${of.live}: ${page.site}</h1>
<div class="state bad lost" id="lost" role="alert" hidden><h2>${of.lost} <span id="lost-since"></span></h2><p>${of.lostHelp}</p></div>
<p class="time" data-panel="time">${page.panels.get('time')}</p>
<div id="live" class="grid" data-seq="${page.seq}" data-language="${page.language}" data-rows-max="${ROWS_MAX}">
  ${panel('attention')}
  <div class="column">
    ${panel('figures')}
    ${panel('takings')}
    <section class="panel feed" aria-labelledby="feed-title">
      <h2 id="feed-title">${of.feed}</h2>
      <ol id="feed" reversed tabindex="0" aria-labelledby="feed-title">${page.rows}</ol>
      <p id="feed-empty" class="muted" ${page.rows.length > 0 ? 'hidden' : ''}>${of.feedEmpty}</p>
    </section>
    ${panel('lanes')}
    ${panel('occupancy')}
    ${panel('stays')}
  </div>
  <div class="column">
    ${panel('cases')}
    ${panel('refusals')}
    ${panel('exposure')}
    ${panel('devices')}
    ${panel('service')}
  </div>
</div>`,
  )
}
