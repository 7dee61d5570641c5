import { html } from 'hono/html'
import type { LaneAlarm } from '../../../core/lane/state.ts'
import type { LaneViewPhase } from '../../../core/lane/view.ts'
import { KEYED_AMOUNT_MAX } from '../../../core/money.ts'
import type { Language } from '../../../core/money-text.ts'
import type { ParkingPolicy } from '../../../core/parking/place.ts'
import type { StaffCaseKind } from '../../../core/parking/session.ts'
import type { Refusal, RefusalText } from '../../../core/refusals.ts'
import { refusalTable } from '../../../core/refusals.ts'
import type { SiteLayout } from '../../../core/site.ts'
import type { Client } from '../clients.ts'
import { mayActAt } from '../clients.ts'
import { TYPED_REASON_CHARACTERS_MAX } from '../fields.ts'
import { operations } from '../operations.ts'
import { caseWords } from '../parking/case-words.ts'
import { DESK_MAIN } from './desk-files.ts'
import type { DeskWord } from './desk-words.ts'
import { deskWordsOf } from './desk-words.ts'
import { wayBeside } from './lane-way.ts'
import { zoneOf } from './live-view.ts'
import type { Markup } from './shell.ts'
import { pageOf } from './shell.ts'
import { words } from './words.ts'

/** What the page offers, or shows the prices of, where the client's role may, by the table of operations. */
const ACTS = [
  'openLane',
  'declareEmergency',
  'searchSessions',
  'askSession',
  'correctSession',
  'validateSession',
  'askTicket',
  'chooseSession',
  'leaveOnDebt',
  'takeCash',
  'takeCashWithoutPrice',
  'reckonSession',
  'refundCharge',
  'endCase',
  'correctOccupancy',
  'sellPass',
  'sellRenewal',
] as const satisfies readonly (keyof typeof operations)[]

type Named = { readonly id: string; readonly name: string }

/** All that the page's script is told with the page: it must go on by this alone when the box does not answer. */
export type DeskData = {
  /** Sent as a bearer token with each act (docs/decisions/080-an-attendants-page.md). */
  readonly pass: string
  readonly client: { readonly id: string; readonly isTraining: boolean }
  readonly language: Language
  readonly site: string
  readonly zone: string
  readonly currency: string
  readonly lanes: readonly (Named & {
    readonly direction: 'entry' | 'exit' | 'both'
    readonly givesTickets: boolean
    /** Which way it leads; `null` where its name says so. */
    readonly way: string | null
    /** Motorbikes pass without one: nothing is opened there. */
    readonly hasArm: boolean
  })[]
  readonly vehicleClasses: readonly Named[]
  readonly places: readonly Named[]
  readonly may: Readonly<Record<(typeof ACTS)[number], boolean>>
  readonly amountMax: number
  /** Longer is marked; `null` where nothing is known of a car park. */
  readonly stayMaxMs: number | null
  /** What was done by hand longer ago is not taken any more; 0 where nothing is known of a car park. */
  readonly lateAgeMaxMs: number
  readonly reasonCharactersMax: number
  readonly words: Readonly<Record<DeskWord, string>>
  readonly phases: Readonly<Record<LaneViewPhase, string>>
  readonly alarms: Readonly<Record<LaneAlarm, RefusalText>>
  readonly cases: Readonly<Record<StaffCaseKind, RefusalText>>
  readonly refusals: Readonly<Record<Refusal, RefusalText>>
}

export type DeskPage = {
  readonly language: Language
  readonly site: string
  readonly client: Client
  readonly pass: string
  readonly layout: SiteLayout | undefined
  readonly limits: Pick<ParkingPolicy, 'stayMaxMs' | 'lateEvidenceAgeMaxMs'> | null
}

/** The attendant's page: what stands at the lanes, and every act of staff there. Its script draws it; all that comes from outside it shows as text. */
export function deskPage(page: DeskPage): Markup {
  const of = deskWordsOf[page.language]
  return pageOf(
    { ...page, page: 'desk', title: of.title, address: '/desk', module: DESK_MAIN },
    html`
<h1 class="unseen">${of.title}: ${page.site}</h1>
<noscript><p class="state bad">${of.noScript}</p></noscript>
<div id="desk" class="desk" data-desk="${JSON.stringify(deskData(page))}"><p class="muted" id="desk-loading">${of.loading}</p><p class="state bad" id="desk-stuck" role="alert" hidden>${of.notBegun}</p></div>`,
  )
}

function deskData({ language, site, client, pass, layout, limits }: DeskPage): DeskData {
  const of = words[language]
  const own = deskWordsOf[language]
  const parking = layout?.parking ?? null
  return {
    pass,
    client: { id: client.id, isTraining: client.mode === 'training' },
    language,
    site: layout?.site ?? site,
    zone: zoneOf(layout),
    currency: layout?.currency ?? 'VND',
    lanes: (layout?.lanes ?? [])
      .filter(({ id }) => mayActAt(client, { kind: 'lane', id }))
      .map(({ id, name, direction }) => ({
        id,
        name,
        direction,
        way: wayBeside({ name, direction }, language),
        givesTickets: parking?.lanes.some(({ lane, entryBy }) => lane === id && entryBy.includes('ticket')) === true,
        hasArm: parking?.lanes.some(({ lane, barrier }) => lane === id && barrier === 'none') !== true,
      })),
    vehicleClasses: (parking?.vehicleClasses ?? []).map((each) => ({ id: each.id, name: each[language] })),
    places: (parking?.places ?? []).map(({ id, name }) => ({ id, name })),
    may: mayOf(client),
    amountMax: KEYED_AMOUNT_MAX,
    stayMaxMs: limits?.stayMaxMs ?? null,
    lateAgeMaxMs: limits?.lateEvidenceAgeMaxMs ?? 0,
    reasonCharactersMax: TYPED_REASON_CHARACTERS_MAX,
    words: own,
    phases: {
      idle: of.phases.idle,
      'vehicle-present': of.phases['vehicle-present'],
      asking: own.laneAsking,
      'awaiting-payment': own.laneAwaiting,
      opening: of.phases.opening,
      open: of.phases.open,
      passing: of.phases.passing,
      closing: of.phases.closing,
      'held-open': of.phases['held-open'],
    },
    alarms: of.alarms,
    cases: caseWords[language],
    refusals: Object.fromEntries(
      Object.entries(refusalTable).map(([refusal, row]) => [refusal, row[language]]),
    ) as Record<Refusal, RefusalText>,
  }
}

function mayOf(client: Client): DeskData['may'] {
  const may = (name: (typeof ACTS)[number]): boolean => {
    const { access } = operations[name]
    return access !== 'anyone' && access.includes(client.role)
  }
  return Object.fromEntries(ACTS.map((name) => [name, may(name)])) as Record<(typeof ACTS)[number], boolean>
}
