import { html } from 'hono/html'
import type { ChatteringDevice } from '../../../core/lane/view.ts'
import { laneView } from '../../../core/lane/view.ts'
import { money } from '../../../core/money.ts'
import type { Language } from '../../../core/money-text.ts'
import { moneyText } from '../../../core/money-text.ts'
import type { ParkingCommon } from '../../../core/parking/facts.ts'
import type { LaneParking } from '../../../core/parking/place.ts'
import type { Refusal, RefusalText } from '../../../core/refusals.ts'
import { isRefusal, refusalTable } from '../../../core/refusals.ts'
import type { Place, SiteLayout } from '../../../core/site.ts'
import type { Instant } from '../../../core/time.ts'
import { isTrusted, uncertaintyMsOf } from '../../../core/time.ts'
import type { CaseReport, OpenStay } from '../../../db/parking-reports.ts'
import type { Client } from '../clients.ts'
import { mayActAt } from '../clients.ts'
import type { HttpClock } from '../clock.ts'
import type { LiveEvent } from '../live-events.ts'
import { caseWords } from '../parking/case-words.ts'
import { spacesOf } from '../parking/reads.ts'
import type { DeviceView, LaneView, SiteReads } from '../reads.ts'
import { wayBeside } from './lane-way.ts'
import { parkingWords } from './parking-words.ts'
import type { Markup } from './shell.ts'
import type { ChatteringKind } from './words.ts'
import { ageText, words } from './words.ts'

/** What the live page shows, as markup: made here for the first view and for the stream alike. */
export type LiveView = {
  /** The page's parts by name, in their order. Which there are depends on the role. */
  panels(client: Client, language: Language): ReadonlyMap<PanelName, Markup>
  /** One line of what just happened; `undefined` for what a person need not see. */
  row(event: LiveEvent, language: Language): Markup | undefined
}

export type PanelName =
  | 'time'
  | 'attention'
  | 'figures'
  | 'takings'
  | 'lanes'
  | 'cases'
  | 'occupancy'
  | 'stays'
  | 'refusals'
  | 'exposure'
  | 'devices'
  | 'service'

/** Named on the page; more are counted. */
const DEVICES_NAMED_MAX = 12
const REASONS_MAX = 12
const CHATTERING_KINDS: readonly ChatteringKind[] = ['loop', 'barrier', 'button', 'camera']
const CASES_SHOWN_MAX = 8
const CASES_LOOKED_AT_MAX = 100
const STAYS_SHOWN_MAX = 6
/** An attendant sees those that came in at their lanes. */
const STAYS_LOOKED_AT_MAX = 30
/** From this share of a limit on, somebody should do something. */
const NEAR = 0.8

export function createLiveView(reads: SiteReads, clock: HttpClock): LiveView {
  return {
    panels: (client, language) => {
      const now = clock.now()
      const panels = new Map<PanelName, Markup>([['time', timePanel(now.at, zoneOf(reads.layout()), language)]])
      switch (client.role) {
        case 'vendor':
        case 'pay-station':
        case 'scraper':
          return panels
        case 'attendant':
        case 'operator':
        case 'admin':
          break
      }
      const lanes = reads.lanes().filter(({ lane }) => mayActAt(client, { kind: 'lane', id: lane.id }))
      const devices = reads.devices().filter((device) => device.status === 'active')
      const common = reads.parking.common(client.mode)
      const cases = common === null ? [] : casesSeenBy(client, lanes, reads)
      panels.set('attention', attentionPanel(reads, clock, lanes, devices, { common, cases }, language))
      panels.set('lanes', lanesPanel(lanes, reads.layout(), language))
      if (common !== null) {
        panels.set('cases', casesPanel(cases, reads.layout(), language))
        panels.set('occupancy', occupancyPanel(common, language))
        panels.set('stays', staysPanel(newestStays(client, lanes, reads), reads.layout(), language))
      }
      if (client.role !== 'attendant') {
        panels.set('figures', figuresPanel(reads, language))
        panels.set('takings', takingsPanel(reads, language))
        panels.set('refusals', refusalsPanel(reads, language))
        panels.set('exposure', exposurePanel(reads, now.at, language))
      }
      panels.set('devices', devicesPanel(devices, reads.layout(), language))
      panels.set('service', servicePanel(reads, clock, language))
      return panels
    },
    row: (event, language) => rowOf(event, reads.layout(), language),
  }
}

/** The time of day in the site's zone, to the second. */
export function timeText(at: Instant, zone: string, language: Language): string {
  return formatOf(zone, language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(
    at,
  )
}

/** Day and time in the site's zone. */
export function momentText(at: number, zone: string, language: Language): string {
  return formatOf(zone, language, {
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at)
}

export function zoneOf(layout: SiteLayout | undefined): string {
  return layout?.zone ?? 'Asia/Ho_Chi_Minh'
}

export function placeText(place: Place | null, layout: SiteLayout | undefined, language: Language): string {
  if (place === null || place.kind === 'site') return words[language].wholeSite
  const list = place.kind === 'stall' ? layout?.stalls : layout?.lanes
  return list?.find((each) => each.id === place.id)?.name ?? place.id
}

// Panels

function timePanel(at: Instant, zone: string, language: Language): Markup {
  return html`<span class="muted">${words[language].gatewayTime}</span> <b>${timeText(at, zone, language)}</b>`
}

type Attention = { readonly level: 'bad' | 'warn'; readonly where: string; readonly text: RefusalText }

function attentionPanel(
  reads: SiteReads,
  clock: HttpClock,
  lanes: readonly LaneView[],
  devices: readonly DeviceView[],
  park: ParkSeen,
  language: Language,
): Markup {
  const of = words[language]
  const items = [
    ...notReady(reads, language),
    ...lanes.flatMap((view) => laneAttention(view, hasArm(view, reads.layout()), language)),
    ...clockAttention(clock, language),
    ...exposureAttention(reads, clock.now().at, language),
    ...deviceAttention(devices, language),
    ...parkingAttention(park, language),
  ]
  if (items.length === 0) {
    return html`<div class="state good"><h2><span aria-hidden="true">✓</span> ${of.allWell}</h2><p>${of.allWellHelp}</p></div>`
  }
  return html`<h2>${of.attention} (${items.length})</h2>
<ul class="attention">${items.map(
    ({ level, where, text }) =>
      html`<li class="state ${level}"><h3><span aria-hidden="true">${level === 'bad' ? '✕' : '!'}</span> ${where === '' ? '' : html`<span class="where">${where}:</span> `}${text.short}</h3><p>${text.help}</p></li>`,
  )}</ul>`
}

function notReady(reads: SiteReads, language: Language): readonly Attention[] {
  return reads
    .readiness()
    .filter((item) => !item.ok)
    .map((item) => ({
      level: 'bad',
      where: '',
      text: { short: `${words[language].notReady}: ${partName(item.what, language)}`, help: item.detail[language] },
    }))
}

function laneAttention(
  { lane, state, barrierPresent, devices }: LaneView,
  hasArm: boolean,
  language: Language,
): readonly Attention[] {
  const of = words[language]
  const alarms: Attention[] = []
  const { phase } = state
  if (phase.kind === 'held-open') {
    const isByItself = phase.failSafe === true && phase.by.length === 0
    alarms.push({ level: 'bad', where: lane.name, text: isByItself ? of.upByItself : of.emergencyOn })
  }
  if (state.alarm !== null) alarms.push({ level: 'bad', where: lane.name, text: of.alarms[state.alarm] })
  if (isBarrierLost(state, hasArm, barrierPresent))
    alarms.push({ level: 'bad', where: lane.name, text: of.barrierAway })
  const away = otherAway(devices)
  const silent = devices.filter((device) => device.present && device.silent === true).map(({ id }) => id)
  const lost = [
    ...(away.length === 0 ? [] : [of.awayHere(away.join(', '))]),
    ...(silent.length === 0 ? [] : [of.silentHere(silent.join(', '))]),
  ].map((text): Attention => ({ level: 'bad', where: lane.name, text }))
  const { alarm, chattering } = laneView(state, devices)
  const chatters = chatterTexts(chattering, language).map(
    (text): Attention => ({ level: 'bad', where: lane.name, text }),
  )
  if (alarm === 'device-chatters') alarms.unshift(...chatters)
  else alarms.push(...chatters)
  return alarm === 'device-away' ? [...lost, ...alarms] : [...alarms, ...lost]
}

/** One for each kind of device that says more than vehicles can cause. */
function chatterTexts(chattering: readonly ChatteringDevice[], language: Language): readonly RefusalText[] {
  const of = words[language].chattersHere
  return CHATTERING_KINDS.flatMap((kind) => {
    const names = chattering.filter((device) => chatteringKindOf(device) === kind).map(({ id }) => id)
    return names.length === 0 ? [] : [of[kind](names.join(', '))]
  })
}

function chatteringKindOf({ kind }: ChatteringDevice): ChatteringKind {
  return kind === 'barrier' || kind === 'button' || kind === 'camera' ? kind : 'loop'
}

/** Said beside whatever else is wrong there, unless that says it already: who stands before the arm waits for it. */
function isBarrierLost({ alarm }: LaneView['state'], hasArm: boolean, barrierPresent: boolean): boolean {
  return hasArm && !barrierPresent && alarm !== 'barrier-away' && alarm !== 'barrier-no-answer'
}

function clockAttention(clock: HttpClock, language: Language): readonly Attention[] {
  const { trust } = clock.now()
  return isTrusted(trust) ? [] : [{ level: 'bad', where: '', text: words[language].clock[trust.state] }]
}

function exposureAttention(reads: SiteReads, now: Instant, language: Language): readonly Attention[] {
  const of = words[language]
  const exposure = reads.exposure()
  if (exposure === undefined) return []
  const items: Attention[] = []
  const share = exposure.atRisk.amount / Math.max(1, exposure.limit.amount)
  if (share >= 1) items.push({ level: 'bad', where: '', text: of.exposureOver })
  else if (share >= NEAR) items.push({ level: 'warn', where: '', text: of.exposureNear })
  const ages = [
    [of.lastContact, exposure.lastContactAt, exposure.offlineMaxMs],
    [of.keySet, exposure.keySetIssuedAt, exposure.keySetAgeMaxMs],
    [of.denyList, exposure.denyListIssuedAt, exposure.denyListAgeMaxMs],
  ] as const
  for (const [what, since, maxMs] of ages) {
    if (since === null || now - since < maxMs * NEAR) continue
    items.push({ level: now - since > maxMs ? 'bad' : 'warn', where: '', text: of.tooOldSoon(what) })
  }
  return items
}

function deviceAttention(devices: readonly DeviceView[], language: Language): readonly Attention[] {
  const of = words[language]
  const away = devices.filter((device) => !device.present).length
  return away === 0
    ? []
    : [{ level: 'warn', where: '', text: { short: of.devicesAway(away), help: of.devicesAwayHelp } }]
}

/** A car park as one reader sees it; `common` is `null` where there is none. */
type ParkSeen = { readonly common: ParkingCommon | null; readonly cases: readonly CaseReport[] }

function parkingAttention({ common, cases }: ParkSeen, language: Language): readonly Attention[] {
  if (common === null) return []
  const of = parkingWords[language]
  const items: Attention[] = []
  if (cases.length > 0) items.push({ level: 'warn', where: '', text: of.casesWait(cases.length) })
  return items
}

function figuresPanel(reads: SiteReads, language: Language): Markup {
  const of = words[language]
  const { since, scans, accepted, taken, refused } = reads.counters()
  const refusedCount = Object.values(refused).reduce((sum, count) => sum + count, 0)
  const number = new Intl.NumberFormat(localeOf(language))
  return html`<dl class="figures">
  <div><dt>${of.payments}</dt><dd>${number.format(accepted)}</dd></div>
  <div><dt>${of.taken}</dt><dd>${taken === null ? '–' : moneyText(taken, language)}</dd></div>
  <div><dt>${of.refusals}</dt><dd>${number.format(refusedCount)}</dd></div>
  <div><dt>${of.shown}</dt><dd>${number.format(scans)}</dd></div>
</dl>
<p class="muted">${of.since(momentText(since, zoneOf(reads.layout()), language))}</p>`
}

/** What came today, by tender: of the whole day, or since the start where that was later. */
function takingsPanel(reads: SiteReads, language: Language): Markup {
  const of = words[language]
  const layout = reads.layout()
  const { since, tenders } = reads.counters().takings.today
  const currency = layout?.currency
  const text = (amount: number): string => (currency === undefined ? '–' : moneyText(money(amount, currency), language))
  return html`<h2>${of.takenToday}</h2>
${
  tenders.length === 0
    ? html`<p class="muted">${of.nothingTaken}</p>`
    : html`<table class="takings"><thead><tr><th scope="col">${of.tender}</th><th scope="col">${of.paymentsMade}</th><th scope="col">${of.came}</th><th scope="col">${of.givenBack}</th></tr></thead>
<tbody>${tenders.map(
        (each) =>
          html`<tr><th scope="row">${of.tenders[each.tender]}</th><td data-of="${of.paymentsMade}">${each.payments}</td><td data-of="${of.came}">${text(each.taken)}</td><td data-of="${of.givenBack}">${text(each.givenBack)}</td></tr>`,
      )}</tbody></table>`
}
<p class="muted">${since === null ? of.wholeDay : of.since(momentText(since, zoneOf(layout), language))}</p>`
}

function refusalsPanel(reads: SiteReads, language: Language): Markup {
  const of = words[language]
  const reasons = Object.entries(reads.counters().refused)
    .filter((entry): entry is [Refusal, number] => isRefusal(entry[0]) && entry[1] > 0)
    .sort(([, left], [, right]) => right - left)
  return html`<h2>${of.refusedWhy}</h2>
${
  reasons.length === 0
    ? html`<p class="muted">${of.noRefusals}</p>`
    : html`<ul class="reasons">${reasons.slice(0, REASONS_MAX).map(([refusal, count]) => {
        const text = refusalTable[refusal][language]
        return html`<li><h3>${text.short} <span class="count">${of.times(count)}</span></h3><p>${text.help}</p></li>`
      })}</ul>`
}
${reasons.length > REASONS_MAX ? html`<p class="muted">${of.andMore(reasons.length - REASONS_MAX)}</p>` : ''}`
}

function lanesPanel(lanes: readonly LaneView[], layout: SiteLayout | undefined, language: Language): Markup {
  const of = words[language]
  return html`<h2>${of.lanes}</h2>
${
  lanes.length === 0
    ? html`<p class="muted">${of.noLanes}</p>`
    : html`<ul class="lanes">${lanes.map((view) => laneCard(view, parkingLaneOf(view, layout), language))}</ul>`
}`
}

function parkingLaneOf({ lane }: LaneView, layout: SiteLayout | undefined): LaneParking | undefined {
  return layout?.parking?.lanes.find((each) => each.lane === lane.id)
}

/** What is not there beside the barrier, which has words of its own. */
function otherAway(devices: LaneView['devices']): readonly string[] {
  return devices.filter(({ kind, present }) => kind !== 'barrier' && !present).map(({ id }) => id)
}

/** A free-flow lane has none that could be away. */
function hasArm(view: LaneView, layout: SiteLayout | undefined): boolean {
  return parkingLaneOf(view, layout)?.barrier !== 'none'
}

/** In a car park a vehicle that stands there is asked something, or is to pay: that is what staff look for. */
function phaseText({ state, devices }: LaneView, isOfCarPark: boolean, language: Language): string {
  const { phase } = laneView(state, devices)
  const asked = state.visit?.asked ?? null
  if (isOfCarPark && phase === 'asking') return parkingWords[language].asking
  if (isOfCarPark && phase === 'awaiting-payment' && asked !== null)
    return parkingWords[language].awaitingPayment(moneyText(asked.due, language))
  return words[language].phases[state.phase.kind]
}

/** Where the vehicle stands, as its loops say; `null` while it passes and has left them both. */
function vehicleText(
  { safety, approach, phase }: LaneView['state'],
  isArmless: boolean,
  language: Language,
): string | null {
  const of = words[language]
  if (!safety && !approach) return phase.kind === 'passing' ? null : of.noVehicle
  if (isArmless) return of.vehicleAtReader
  return safety ? of.vehicleUnder : of.vehicleBefore
}

function laneCard(view: LaneView, parkingLane: LaneParking | undefined, language: Language): Markup {
  const of = words[language]
  const { lane, state, barrierPresent, devices } = view
  const away = otherAway(devices)
  const { chattering } = laneView(state, devices)
  const isArmless = parkingLane?.barrier === 'none'
  const alarms = [
    ...(state.alarm === null ? [] : [of.alarms[state.alarm].short]),
    ...(isBarrierLost(state, !isArmless, barrierPresent) ? [of.barrierAway.short] : []),
    ...chatterTexts(chattering, language).map(({ short }) => short),
  ]
  const way = wayBeside(lane, language)
  const where = [vehicleText(state, isArmless, language), isArmless ? of.noArm : of.arms[state.arm]]
  const bad = alarms.length > 0 || away.length > 0 || state.phase.kind === 'held-open'
  return html`<li class="lane ${bad ? 'bad' : ''}">
  <h3>${lane.name} ${way === null ? '' : html`<span class="muted">${way}</span>`}</h3>
  <p class="phase">${phaseText(view, parkingLane !== undefined, language)}</p>
  <p>${where.filter((part) => part !== null).join(' · ')}</p>
  ${alarms.map((alarm) => html`<p class="alarm"><span aria-hidden="true">✕</span> ${alarm}</p>`)}
  ${away.length === 0 ? '' : html`<p class="alarm"><span aria-hidden="true">✕</span> ${of.awayHere(away.join(', ')).short}</p>`}
</li>`
}

/** Open cases of the reader's lanes, and of none, the oldest first. */
function casesSeenBy(client: Client, lanes: readonly LaneView[], reads: SiteReads): readonly CaseReport[] {
  return reads.parking
    .openCases(client.mode, null, null, CASES_LOOKED_AT_MAX)
    .cases.filter(
      ({ lane }) => client.role !== 'attendant' || lane === null || lanes.some((view) => view.lane.id === lane),
    )
}

function casesPanel(cases: readonly CaseReport[], layout: SiteLayout | undefined, language: Language): Markup {
  const of = parkingWords[language]
  const zone = zoneOf(layout)
  const more = cases.length - CASES_SHOWN_MAX
  return html`<h2>${of.cases} (${cases.length === CASES_LOOKED_AT_MAX ? `${cases.length}+` : cases.length})</h2>
${
  cases.length === 0
    ? html`<p class="good">✓ ${of.noCases}</p>`
    : html`<ul class="reasons">${cases.slice(0, CASES_SHOWN_MAX).map(({ kind, lane, openedAt, id }) => {
        const text = caseWords[language][kind]
        const where = lane === null ? '' : placeText({ kind: 'lane', id: lane }, layout, language)
        return html`<li><h3>${where === '' ? '' : html`<span class="where">${where}:</span> `}${text.short}</h3><p>${text.help}</p><p class="muted">${momentText(openedAt, zone, language)} · ${id}</p></li>`
      })}</ul>`
}
${more > 0 ? html`<p class="muted">${words[language].andMore(more)}</p>` : ''}`
}

/** How full each place is, by class. */
function occupancyPanel(common: ParkingCommon, language: Language): Markup {
  const of = parkingWords[language]
  const spaces = spacesOf(common)
  const name = (id: string): string => common.layout.vehicleClasses.find((each) => each.id === id)?.[language] ?? id
  return html`<h2>${of.occupancy}</h2>
${common.layout.places.map(
  (place) => html`<h3 class="place">${place.name}</h3>
<ul class="spaces">${spaces
    .filter((each) => each.place === place.id)
    .map(
      (each) =>
        html`<li class="${each.state === 'full' ? 'bad' : each.state === 'few' ? 'warn' : ''}"><span>${name(each.vehicleClass)}</span> <b>${each.count}/${each.spaces}</b> <span>${of.spaceStates[each.state](each.free)}</span></li>`,
    )}</ul>`,
)}
`
}

function newestStays(client: Client, lanes: readonly LaneView[], reads: SiteReads): readonly OpenStay[] {
  const { stays } = reads.parking.openStays(client.mode, { place: null, lane: null }, null, STAYS_LOOKED_AT_MAX)
  const own = stays.filter(
    ({ entry }) => client.role !== 'attendant' || lanes.some((view) => view.lane.id === entry.lane),
  )
  return own.slice(0, STAYS_SHOWN_MAX)
}

/** Who came in last, and by what. No plate is named. */
function staysPanel(stays: readonly OpenStay[], layout: SiteLayout | undefined, language: Language): Markup {
  const of = parkingWords[language]
  const name = (id: string): string => layout?.parking?.vehicleClasses.find((each) => each.id === id)?.[language] ?? id
  return html`<h2>${of.stays}</h2>
${
  stays.length === 0
    ? html`<p class="muted">${of.noStays}</p>`
    : html`<ul class="spaces">${stays.map(({ vehicleClass, entry, status }) => {
        const where = placeText({ kind: 'lane', id: entry.lane }, layout, language)
        return html`<li><time datetime="${new Date(entry.at).toISOString()}">${timeText(entry.at, zoneOf(layout), language)}</time> <b>${name(vehicleClass)}</b> <span>${where}, ${of.enteredBy[entry.by]}</span> <span class="muted">${statusText(status, language)}</span></li>`
      })}</ul>`
}`
}

function statusText(status: OpenStay['status'], language: Language): string {
  const { stayStatus } = parkingWords[language]
  return status === 'entering' || status === 'leaving' ? stayStatus[status] : stayStatus.inside
}

function exposurePanel(reads: SiteReads, now: Instant, language: Language): Markup {
  const of = words[language]
  const exposure = reads.exposure()
  if (exposure === undefined) return html`<h2>${of.exposure}</h2><p>${of.exposureUnknown}</p>`
  const { atRisk, limit } = exposure
  const age = (since: Instant | null, maxMs: number): string =>
    since === null ? of.never : `${of.ago(ageText(now - since, language))} (${of.atMost(ageText(maxMs, language))})`
  const text = of.exposureOf(moneyText(atRisk, language), moneyText(limit, language))
  return html`<h2>${of.exposure}</h2>
<meter min="0" max="${limit.amount}" high="${Math.floor(limit.amount * NEAR)}" optimum="0" value="${Math.min(atRisk.amount, limit.amount)}" aria-label="${of.exposure}">${text}</meter>
<p>${text}</p>
<dl class="facts">
  <div><dt>${of.lastContact}</dt><dd>${age(exposure.lastContactAt, exposure.offlineMaxMs)}</dd></div>
  <div><dt>${of.keySet}</dt><dd>${age(exposure.keySetIssuedAt, exposure.keySetAgeMaxMs)}</dd></div>
  <div><dt>${of.denyList}</dt><dd>${age(exposure.denyListIssuedAt, exposure.denyListAgeMaxMs)}</dd></div>
</dl>`
}

function devicesPanel(devices: readonly DeviceView[], layout: SiteLayout | undefined, language: Language): Markup {
  const of = words[language]
  const away = devices.filter((device) => !device.present)
  return html`<h2>${of.devices}</h2>
<p>${of.devicesPresent(devices.length - away.length, devices.length)}</p>
${
  away.length === 0
    ? html`<p class="good">✓ ${of.devicesAllHere}</p>`
    : html`<ul class="away">${away
        .slice(0, DEVICES_NAMED_MAX)
        .map(
          (device) =>
            html`<li><b>${device.id}</b> <span class="muted">${placeText(device.place, layout, language)}</span></li>`,
        )}</ul>`
}
${away.length > DEVICES_NAMED_MAX ? html`<p class="muted">${of.andMore(away.length - DEVICES_NAMED_MAX)}</p>` : ''}`
}

function servicePanel(reads: SiteReads, clock: HttpClock, language: Language): Markup {
  const of = words[language]
  const { trust } = clock.now()
  const uncertainty = uncertaintyMsOf(trust)
  const items = reads.readiness()
  const ready = items.every((item) => item.ok)
  return html`<h2>${of.service}</h2>
<p class="${ready ? 'good' : 'bad'}">${ready ? '✓' : '✕'} ${ready ? of.ready : of.notReady}</p>
<p class="${isTrusted(trust) ? 'good' : 'bad'}">${isTrusted(trust) ? '✓' : '✕'} ${of.clock[trust.state].short}${uncertainty === undefined ? '' : ` (${of.uncertainty(uncertainty)})`}</p>
<ul class="parts">${items.map((item) =>
    item.ok
      ? html`<li><span aria-hidden="true">✓</span> ${item.detail[language]}</li>`
      : html`<li class="bad"><span aria-hidden="true">✕</span> ${partName(item.what, language)}: ${item.detail[language]}</li>`,
  )}</ul>`
}

function partName(what: string, language: Language): string {
  return Object.hasOwn(words[language].parts, what) ? (words[language].parts[what] ?? what) : what
}

// Rows

function rowOf(event: LiveEvent, layout: SiteLayout | undefined, language: Language): Markup | undefined {
  const of = words[language]
  const row = (level: 'good' | 'bad' | 'warn' | 'plain', what: Markup | string, help = ''): Markup =>
    html`<li class="row ${level}"><time datetime="${new Date(event.at).toISOString()}">${timeText(event.at, zoneOf(layout), language)}</time> <span class="where">${placeText(event.place, layout, language)}</span> <span class="what">${what}${event.mode === 'training' ? html` <span class="tag">${of.training}</span>` : ''}</span>${help === '' ? '' : html`<span class="help">${help}</span>`}</li>`

  switch (event.kind) {
    case 'payment':
      return row('good', html`${of.received} <b>${moneyText(event.amount, language)}</b>`)
    case 'refusal': {
      const text = refusalTable[event.refusal][language]
      return row('bad', html`${of.refused}: ${text.short}`, text.help)
    }
    case 'let-through':
      return row('good', of.letThrough)
    case 'opened-by-hand':
      return row('warn', of.openedByHand(event.by), event.reason ?? of.erased)
    case 'emergency':
      return event.active ? row('bad', of.emergencyOn.short, of.emergencyOn.help) : row('plain', of.emergencyOff)
    case 'device':
      return row('plain', `${event.status === 'active' ? of.deviceEnrolled : of.deviceRevoked}: ${event.device}`)
    case 'fault':
      return row('bad', of.fault.short, of.fault.help)
    case 'epoch':
      return row('warn', of.epoch)
    case 'lane': {
      const alarmed = event.lanes.find((moved) => moved.alarm !== null)
      if (alarmed === undefined || alarmed.alarm === null) return undefined
      const text = of.alarms[alarmed.alarm]
      return row('bad', text.short, text.help)
    }
    case 'charge':
      return undefined
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Made once: a format costs more than a thousand uses of it. */
function formatOf(zone: string, language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${language} ${zone} ${Object.keys(options).join()}`
  const format = formats.get(name) ?? new Intl.DateTimeFormat(localeOf(language), { ...options, timeZone: zone })
  formats.set(name, format)
  return format
}

function localeOf(language: Language): string {
  return language === 'vi' ? 'vi-VN' : 'en-GB'
}
