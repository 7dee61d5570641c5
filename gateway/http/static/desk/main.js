/**
 * The attendant's page (docs/decisions/080-an-attendants-page.md): joins the parts, looks at the box again and again, and goes on without it.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { LaneNews } from './lanes-view.js'
 * @import { Case, Lane, LiveEvent, Occupancy, PassOnOffer, Quote, Session } from './wire.js'
 */

import { createActDialog } from './act-dialog.js'
import { createActs } from './acts.js'
import { createBox } from './box.js'
import { h } from './dom.js'
import { createKept } from './kept.js'
import { createLanesView } from './lanes-view.js'
import { createLateView } from './late-view.js'
import { createOpenStaysView } from './open-stays-view.js'
import { createParkView } from './park-view.js'
import { createPicturesView } from './pictures-view.js'
import { createSaid, filled } from './said.js'
import { createStaysView } from './stays-view.js'
import { createTicketsView } from './tickets-view.js'

const LOOK_EVERY_MS = 3_000
/** What changes slowly is asked each so many looks. */
const SLOW_LOOKS = 5
/** So many looks in a row without an answer: one lost packet is no dead box. */
const LOST_AFTER = 2
const SOON_MS = 150
const NEWS_FOR_MS = 90_000
/** What waits for its price is looked for in so many pages of cases. */
const RECKONING_PAGES_MAX = 5

const root = document.getElementById('desk')
const told = root?.dataset['desk']
if (root !== null && told !== undefined) start(root, JSON.parse(told))

/**
 * @param {HTMLElement} root
 * @param {DeskData} data
 */
function start(root, data) {
  const said = createSaid(data)
  const { words } = said
  const kept = createKept(data.site)
  /** @type {readonly Lane[]} */
  let lanes = []
  /** @type {Map<string, Quote>} */
  let quotes = new Map()
  /** @type {Map<string, Session>} */
  let standing = new Map()
  /** Stays that have left and wait for their price. @type {ReadonlySet<string | null>} */
  let unreckoned = new Set()
  /** @type {Map<string, LaneNews>} */
  const news = new Map()
  let heardAtMs = Date.now()
  let missed = 0
  let isLost = false
  let isSignedOut = false
  let looks = 0
  let isLooking = false
  let isAskedAgain = false

  const box = createBox({ pass: data.pass, language: data.language, fetch: (...asked) => fetch(...asked), onHeard })
  const acts = createActs(data, said)
  const dialog = createActDialog({
    data,
    said,
    box,
    kept,
    onSettled: () => {
      looks = 0
      stays.refresh()
      lookSoon()
    },
    onSignedOut: signedOut,
  })
  const stays = createStaysView({
    data,
    said,
    box,
    acts,
    dialog,
    lanes: () => lanes,
    waits: (session) => unreckoned.has(session),
  })
  /** @param {string} session */
  const showStay = (session) => void stays.show(session)
  const lanesView = createLanesView({ data, said, acts, dialog, findFor: stays.findFor, showStay })
  const pictures = createPicturesView({ said, box })
  const park = createParkView({ data, said, acts, dialog, pictures, showStay })
  const openStays = createOpenStaysView({ data, said, box, showStay })
  const late = createLateView({ data, said, box, kept, dialog, onEnded: () => tickets.forget() })
  const tickets = createTicketsView({ data, said, box, kept, note: late.note })

  // The age changes each second and is not read out each second.
  const lostFor = h('p', { 'aria-live': 'off' })
  const lost = h(
    'div',
    { class: 'state bad lost', id: 'lost', role: 'alert', hidden: true },
    h('h2', {}, words.boxDead),
    lostFor,
  )
  const lostHelp = h('p', { class: 'state warn lost-help', hidden: true }, words.boxDeadHelp)
  const withBox = h(
    'div',
    { class: 'column' },
    stays.node,
    park.cases,
    park.reckonings,
    openStays.node,
    park.spaces,
    park.passes,
  )
  const over = h(
    'div',
    { class: 'state warn', id: 'signed-out', role: 'alert', hidden: true },
    h('h2', {}, words.signedOut),
    h('p', {}, words.signedOutHelp),
    h('p', {}, h('a', { href: '/sign-in?to=desk' }, words.signIn)),
  )
  const heard = h('p', { class: 'time', id: 'heard' })
  root.dataset['begun'] = 'yes'
  root.replaceChildren(
    ...[
      lost,
      lostHelp,
      over,
      dialog.bar,
      data.client.isTraining && h('p', { class: 'state warn' }, words.training),
      heard,
      lanesView.node,
      h(
        'div',
        { class: 'grid gate' },
        withBox,
        h('div', { class: 'column without-box' }, tickets.node, late.node, park.emergency),
      ),
    ].filter((part) => part !== false),
  )

  void look()
  void tickets.fetchKeys()
  dialog.resume()
  setInterval(() => void look(), LOOK_EVERY_MS)
  setInterval(sayLost, 1_000)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void look()
  })
  follow()

  /** What happens is heard at once; that nothing is heard is found by looking. */
  function follow() {
    const source = new EventSource('/v1/live')
    for (const kind of [
      'payment',
      'refusal',
      'let-through',
      'charge',
      'opened-by-hand',
      'emergency',
      'lane',
      'device',
      'fault',
      'epoch',
    ]) {
      source.addEventListener(kind, (event) => {
        tell(JSON.parse(event.data))
        // A refusal may have opened a case: whoever stands there now is not to wait for the next slow look.
        if (kind === 'refusal') looks = 0
        lookSoon()
      })
    }
    source.addEventListener('gap', lookSoon)
    source.addEventListener('error', () => {
      // Where the browser itself gives up, as after an answer that was no stream.
      if (source.readyState === EventSource.CLOSED && !isSignedOut) setTimeout(follow, LOOK_EVERY_MS)
    })
  }

  /** @param {LiveEvent} event */
  function tell(event) {
    const lane = event.place?.kind === 'lane' ? event.place.id : event.lanes[0]?.lane
    const what = lane === undefined ? undefined : newsOf(event)
    if (lane !== undefined && what !== undefined) news.set(lane, { ...what, at: event.at })
  }

  /**
   * @param {LiveEvent} event
   * @returns {Omit<LaneNews, 'at'> | undefined}
   */
  function newsOf(event) {
    switch (event.kind) {
      case 'payment':
        return { text: filled(words.eventPaid, { amount: said.money(event.amount) }), level: 'good' }
      case 'refusal': {
        const of = data.refusals[event.refusal]
        return { text: filled(words.eventRefused, { why: `${of.short}. ${of.help}` }), level: 'bad' }
      }
      case 'let-through':
        return { text: words.eventLetThrough, level: 'good' }
      case 'opened-by-hand':
        return {
          text: filled(words.eventOpened, { by: event.by, reason: event.reason ?? words.reasonErased }),
          level: 'warn',
        }
      case 'charge':
      case 'emergency':
      case 'device':
      case 'lane':
      case 'fault':
      case 'epoch':
        return undefined
    }
  }

  function lookSoon() {
    if (isAskedAgain) return
    isAskedAgain = true
    setTimeout(() => {
      isAskedAgain = false
      void look()
    }, SOON_MS)
  }

  async function look() {
    if (isLooking || isSignedOut) return
    isLooking = true
    try {
      const answer = await box.ask({ method: 'GET', path: '/v1/lanes' })
      if (answer.kind === 'signed-out') signedOut()
      if (answer.kind !== 'done') return
      lanes = /** @type {{ lanes: Lane[] }} */ (answer.body).lanes
      const isSlow = looks % SLOW_LOOKS === 0
      looks += 1
      await Promise.all([lookAtQuotes(), lookAtStanding(isSlow), ...(isSlow ? [lookAtPark()] : [])])
      draw()
      if (late.hasWaiting()) void late.handIn()
    } finally {
      isLooking = false
    }
  }

  async function lookAtQuotes() {
    const sessions = lanes.flatMap(({ visit }) => (visit?.session ? [visit.session] : []))
    const asked = await Promise.all(
      sessions.map(async (session) => {
        const answer = await box.ask({ method: 'GET', path: `/v1/sessions/${encodeURIComponent(session)}/quote` })
        return answer.kind === 'done' ? [{ session, quote: /** @type {Quote} */ (answer.body) }] : []
      }),
    )
    quotes = new Map(asked.flat().map(({ session, quote }) => [session, quote]))
  }

  /**
   * Who stands at the lanes: asked when they come, and each slow look, for a plate may be put right.
   * @param {boolean} isSlow
   */
  async function lookAtStanding(isSlow) {
    const sessions = lanes.flatMap(({ visit }) => (visit?.session ? [visit.session] : []))
    const asked = await Promise.all(
      sessions.map(async (session) => {
        const known = standing.get(session)
        if (known !== undefined && !isSlow) return [known]
        const answer = await box.ask({ method: 'GET', path: `/v1/sessions/${encodeURIComponent(session)}` })
        return answer.kind === 'done' ? [/** @type {Session} */ (answer.body)] : []
      }),
    )
    standing = new Map(asked.flat().map((session) => [session.id, session]))
  }

  async function lookAtPark() {
    const [spaces, cases, tariffs] = await Promise.all([
      box.ask({ method: 'GET', path: '/v1/occupancy' }),
      box.ask({ method: 'GET', path: '/v1/cases' }),
      data.may.sellPass ? box.ask({ method: 'GET', path: '/v1/tariffs' }) : undefined,
      data.may.reckonSession ? lookAtReckonings() : undefined,
    ])
    if (spaces.kind === 'done') park.showSpaces(/** @type {{ occupancy: Occupancy[] }} */ (spaces.body).occupancy)
    if (cases.kind === 'done') park.showCases(/** @type {{ cases: Case[] }} */ (cases.body).cases)
    if (tariffs?.kind === 'done') park.showPasses(/** @type {{ passes: PassOnOffer[] }} */ (tariffs.body).passes)
  }

  /** A page of the cases may have none of the kind, and a next one. */
  async function lookAtReckonings() {
    /** @type {Case[]} */
    const waiting = []
    let after = ''
    for (let page = 1; page <= RECKONING_PAGES_MAX; page += 1) {
      const answer = await box.ask({ method: 'GET', path: `/v1/cases?kind=not-reckoned&limit=200${after}` })
      if (answer.kind !== 'done') return
      const { cases, next } = /** @type {{ cases: Case[], next: string | null }} */ (answer.body)
      waiting.push(...cases)
      unreckoned = new Set(waiting.filter(({ isStayOver }) => isStayOver !== false).map(({ session }) => session))
      if (next === null) return park.showReckonings(waiting, true)
      after = `&after=${encodeURIComponent(next)}`
    }
    park.showReckonings(waiting, false)
  }

  function draw() {
    for (const [lane, { at }] of news) if (Date.now() - at > NEWS_FOR_MS) news.delete(lane)
    lanesView.show(lanes, quotes, standing, news)
  }

  /** @param {boolean} isAnswer */
  function onHeard(isAnswer) {
    if (!isAnswer) {
      missed += 1
      if (missed >= LOST_AFTER) isLost = true
      sayLost()
      return
    }
    const wasLost = isLost
    heardAtMs = Date.now()
    missed = 0
    isLost = false
    sayLost()
    if (!wasLost) return
    looks = 0
    void tickets.fetchKeys()
    void late.handIn()
    dialog.resume()
  }

  function sayLost() {
    document.body.classList.toggle('box-lost', isLost)
    lost.hidden = !isLost
    lostHelp.hidden = !isLost
    // What needs the box is not to be pressed in vain; the emergency is, for it may be heard all the same.
    withBox.inert = isLost
    lanesView.node.inert = isLost
    heard.textContent = isLost ? '' : `${words.boxAnswers} · ${said.time(heardAtMs)}`
    if (isLost)
      lostFor.textContent = filled(words.boxDeadFor, {
        time: said.time(heardAtMs),
        age: said.age(Date.now() - heardAtMs),
      })
  }

  function signedOut() {
    isSignedOut = true
    over.hidden = false
  }
}
