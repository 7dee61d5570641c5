import type { Hono } from 'hono'
import type { SessionId } from '../../../core/ids.ts'
import { principalOf } from '../../../core/ids.ts'
import { isBankHeard, transferAccount } from '../../../core/parking/transfer-code.ts'
import type { SiteLayout } from '../../../core/site.ts'
import { MINUTE_MS } from '../../../core/time.ts'
import type { Path } from '../../path/path.ts'
import type { HttpClock } from '../clock.ts'
import type { Identify } from '../identify.ts'
import { unbookedAs } from '../parking/named-stay.ts'
import type { PlateLooks } from '../parking/plate-looks.ts'
import type { StayQuote } from '../parking/stay-quote.ts'
import { quoteStay } from '../parking/stay-quote.ts'
import { transferNow } from '../parking/transfer-now.ts'
import type { CheckTicket } from '../ports.ts'
import type { SiteReads } from '../reads.ts'
import type { Call, HttpEnv } from '../respond.ts'
import { refuse } from '../respond.ts'
import type { HttpSettings } from '../settings.ts'
import { aroundOf, beginPage, formOf, pageAnswer } from './add-pages.ts'
import type { DriverName } from './driver-page.ts'
import { driverPage, driverStartPage, isByPlateAlone } from './driver-page.ts'
import { zoneOf } from './live-view.ts'

export type DriverPageParts = {
  readonly path: Path
  readonly reads: SiteReads
  readonly clock: HttpClock
  readonly identify: Identify
  readonly checkTicket: CheckTicket
  readonly plateLooks: PlateLooks
  readonly settings: HttpSettings
}

/**
 * A driver's page, without an account: by the ticket's code, which comes in the body and is in no address and no log, or by a plate and the digits on its ticket (docs/decisions/075-a-driver-sees-one-stay.md); where the site lets it be paid so, by a plate alone that no ticket was given for. It tells of that one stay, and of
 * no other vehicle. Looks by plate are few: four digits can be guessed.
 */
export function addDriverPages(app: Hono<HttpEnv>, parts: DriverPageParts): void {
  const { reads, clock, identify, settings } = parts
  app.get('/parking', async (c) => {
    beginPage(c, 'parking', settings)
    const isPlateEnough = reads.parking.common(settings.mode)?.policy.payByPlateAlone === true
    return (await identify.stranger(c)) ?? pageAnswer(c, driverStartPage(aroundOf(c, settings), isPlateEnough))
  })

  app.post('/parking', (c) => shown(c, false))
  app.post('/parking/pay', (c) => shown(c, true))

  async function shown(c: Call, isPaying: boolean): Promise<Response> {
    beginPage(c, isPaying ? 'parking-pay' : 'parking-stay', settings)
    const tooMany = await identify.stranger(c)
    if (tooMany !== undefined) return tooMany
    const form = await formOf(c)
    if (form instanceof Response) return form
    const named = nameOf(form)
    const found = await sessionOf(c, named)
    if (found instanceof Response) return found
    const layout = reads.layout()
    const common = reads.parking.common(settings.mode)
    if (layout === undefined || common === null) return refuse(c, 'no-car-park')
    const known = reads.parking.stay(found, settings.mode)
    if (known === null) return refuse(c, unbookedAs(named.kind))
    const owing = known.charge?.status === 'owed'
    // Who still stands inside and pays, and is not let out, is worse off than who pays at the exit. Who has left waits for nothing.
    const isHeard = isBankHeard(common, clock.now()) || owing
    const account = isHeard ? transferAccount(layout, common.layout.merchant, settings.mode) : null
    const isAsked = isPaying && account !== null
    const refused = isAsked ? await asked(c, found) : undefined
    if (refused !== undefined) return refused
    // Read after it was asked for: the charge is then what the books say.
    const stay = reads.parking.stay(found, settings.mode)
    if (stay === null) return refuse(c, unbookedAs(named.kind))
    const quoted: StayQuote = quoteStay(stay, reads.parking.debtsOf(stay), common, zoneOf(layout), reads.lanes(), clock)
    if (!quoted.ok && quoted.refusal === 'stay-over') return refuse(c, 'stay-over')
    const { vehicleClass, place, entry } = stay.session
    const plate = reads.parking.plateText(stay.session)
    return pageAnswer(
      c,
      driverPage(aroundOf(c, settings), {
        named,
        zone: zoneOf(layout),
        enteredAt: entry.at,
        vehicle: common.layout.vehicleClasses.find(({ id }) => id === vehicleClass) ?? {
          vi: vehicleClass,
          en: vehicleClass,
        },
        place: common.layout.places.find(({ id }) => id === place)?.name ?? place,
        plateEnd: plate === null ? null : plate.slice(-4),
        quote: quoted,
        canTransfer: account !== null,
        takesCodes: reads.takesCodes() && layout.lanes.some(isPaidByCode),
        transfer: isAsked ? transferNow(stay, quoted, account, layout.site) : null,
      }),
    )
  }

  /** The one stay that was named. A wrong ticket, a wrong plate and wrong digits all look the same. */
  async function sessionOf(c: Call, named: DriverName): Promise<SessionId | Response> {
    if (named.kind === 'ticket') {
      const checked = parts.checkTicket(named.ticket)
      return checked.ok ? checked.session : refuse(c, checked.refusal)
    }
    const who = identify.addressOf(c)
    const found = isByPlateAlone(named)
      ? parts.plateLooks.lookByPlateAlone(who, named.plate, settings.mode)
      : parts.plateLooks.look(who, named.plate, named.digits, settings.mode)
    if (found.ok) return found.session
    return refuse(c, found.refusal, {}, found.retryAfterMs === undefined ? {} : { retryAfterMs: found.retryAfterMs })
  }

  /** Asks for the stay’s price through the path, so that a transfer has a charge to name: one record a minute at most, however often somebody presses. Its answer may be a minute old: what is due now, the books say. */
  async function asked(c: Call, session: SessionId): Promise<Response | undefined> {
    const { at } = clock.now()
    const id = `ask:${session}:${Math.floor(at / MINUTE_MS)}`
    const reply = await parts.path.submit({
      source: principalOf('gateway', 'driver-page'),
      id,
      bytes: id,
      actor: { kind: 'gateway', id: 'driver-page', role: null },
      mode: settings.mode,
      occurredAt: { at, by: 'gateway' },
      causedBy: null,
      body: { kind: 'session-quoted', session },
    })
    if (reply.kind === 'pushed-back') return refuse(c, reply.refusal, {}, { retryAfterMs: reply.retryAfterMs })
    if (reply.kind === 'refused') return refuse(c, reply.refusal)
    const { outcome } = reply
    // What a vehicle that has left still owes can be paid in the same way.
    if (outcome.ok || reads.parking.stay(session, settings.mode)?.charge?.status === 'owed') return undefined
    return refuse(c, outcome.refusal)
  }
}

/** At its readers somebody who leaves can pay with a code. */
function isPaidByCode({ direction, takes }: SiteLayout['lanes'][number]): boolean {
  return direction !== 'entry' && (takes.includes('pay') || takes.includes('holder'))
}

function nameOf(form: URLSearchParams): DriverName {
  const ticket = (form.get('ticket') ?? '').trim()
  // A whole link is what a phone's camera hands over.
  if (ticket !== '') return { kind: 'ticket', ticket: ticket.slice(ticket.lastIndexOf('#') + 1) }
  return { kind: 'plate', plate: form.get('plate') ?? '', digits: (form.get('digits') ?? '').trim() }
}
