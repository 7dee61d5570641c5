import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { answerText } from '../../core/answer.ts'
import type { Change, Charge } from '../../core/changes.ts'
import { gatewayIssuer } from '../../core/decision.ts'
import type { ChargeId, DocumentId, Position, SessionId, TransferId } from '../../core/ids.ts'
import { deviceId, eventKey, idAt, principalOf } from '../../core/ids.ts'
import { merchantAccount } from '../../core/ledger.ts'
import { money, VND } from '../../core/money.ts'
import { tenderAccount } from '../../core/parking/accounts.ts'
import { quote } from '../../core/parking/quote.ts'
import type { PlateValue, Segment, Session, SessionCredential } from '../../core/parking/session.ts'
import type { Basis, DecisionBody, Outcome, RecordedEventBody } from '../../core/records.ts'
import type { Instant, LocalDay, Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS } from '../../core/time.ts'
import { createJournalWriter, readHead } from '../../db/journal.ts'
import type { OpenDb } from '../../db/open.ts'
import { openBooks, openForReading } from '../../db/open.ts'
import { createProjector } from '../../db/project.ts'
import { createPseudonyms } from '../../db/pseudonyms.ts'
import { transact } from '../../db/transaction.ts'
import { verifyJournal } from '../../db/verify.ts'
import { hashOf } from '../../gateway/bundles/bundles.ts'
import { tariffsFor } from '../../gateway/bundles/tariffs.ts'
import { openOfflineSite } from '../../gateway/cli/offline-site.ts'
import { checkpointReader } from '../../gateway/cli/signed-heads.ts'
import { dataFiles } from '../../gateway/config.ts'
import { loadOwnKeys } from '../../gateway/wiring/own-keys.ts'
import { randomOf } from '../../simulators/world/random.ts'
import { benchIssuers, payerOf, SITE } from '../site/bench-site.ts'
import { benchConfig } from '../site/provision.ts'
import type { ParkKit } from './park-site.ts'
import { CAR, LANE_IN, LOT, OPERATOR, PARK_POLICY, plateText } from './park-site.ts'

/**
 * How a vehicle that is inside will leave. `ticket`: it has been paid before, and its ticket opens. `payer`: it came in by its payer's code, and the next code of that payer
 * names the stay and pays. `plate`: the camera at the exit reads its plate and its amount is asked; any payer's code pays.
 */
export type Departure =
  | { readonly kind: 'ticket'; readonly text: string }
  | { readonly kind: 'payer'; readonly sub: string }
  | { readonly kind: 'plate'; readonly plate: string }

export type FillOptions = {
  readonly open: number
  readonly past: number
  readonly tariffs: { readonly name: string; readonly text: string }
  /** Where to write how the vehicles inside will leave, a JSON list, in no order: the stays of the list lie all over the books. */
  readonly departuresFile: string
}

/** So many are enough for any run: the file is read by another process as one text. */
const DEPARTURES_MAX = 60_000
const GROUP_STAYS = 5_000
/** Cars that have been here before, each some twenty times. */
const PAST_VEHICLES = 100_000
const PAST_DAYS = 30
const STAY_LEAST_MS = 30 * MINUTE_MS
const STAY_MOST_MS = 20 * HOUR_MS
const OPEN_SINCE_MOST_MS = 3 * DAY_MS
const CACHE_KB = 262_144
/** The zone of the site; it has no other time of year. */
const UTC_OFFSET_MS = 7 * HOUR_MS

/**
 * Fills the books of a provisioned folder with the stays of a car park: `past` that are over and paid in cash, over thirty days, and `open` whose vehicles are
 * inside since up to three days, one third of them for each kind of `Departure`. Every stay is one record with all of its changes, quoted by the site's tariff, chained by the journal's
 * own writer, projected by the one projector, and its answer is remembered. A gateway writes some ten records for an entry and ten for an exit, of loops and barrier too: so
 * the tables of stays, charges and money are as large as after so many stays, the journal is shorter, and there are no passages and no sightings of those that are over. Nothing is
 * synced: a fall ends the measurement.
 */
export function fillPark(
  folder: string,
  { open: openStays, past, tariffs, departuresFile }: FillOptions,
  kit: ParkKit,
): void {
  const config = benchConfig(folder, SITE)
  const { signer } = loadOwnKeys(config)
  const made = tariffsFor([tariffs], kit.layout)
  if (!made.ok) throw new Error(made.problems.join('\n'))
  const { book, zone } = made.tariffs
  const { wallet } = benchIssuers()
  const random = randomOf('stays')

  const open = openBooks(dataFiles(folder).books)
  const client = open.db.$client
  client.pragma('synchronous = OFF')
  client.pragma(`cache_size = -${CACHE_KB}`)
  const journal = createJournalWriter(open.db)
  const projector = createProjector(open.db)
  const pseudonyms = createPseudonyms(open.db, randomBytes)
  const write = prepare(open)
  const startedAt = instant(Date.now())
  const plates = new Map<string, PlateValue>()
  const departures: Departure[] = []
  const writer = { site: config.site, gateway: config.gateway }
  const bodyHash = hashOf('filled')
  let head = readHead(open.db)

  for (let from = 0; from < past; from += GROUP_STAYS) {
    transact(client, () => {
      for (let stay = from; stay < Math.min(past, from + GROUP_STAYS); stay += 1) writePast(stay, past)
    })
  }
  for (let from = 0; from < openStays; from += GROUP_STAYS) {
    transact(client, () => {
      for (let stay = from; stay < Math.min(openStays, from + GROUP_STAYS); stay += 1) writeOpen(stay)
    })
  }
  open.close()
  writeFileSync(departuresFile, JSON.stringify(shuffled(departures, random.below).slice(0, DEPARTURES_MAX)))

  // The head that is left is signed and remembered as any other.
  openOfflineSite(config).close()

  function writePast(stay: number, of: number): void {
    const leftAt = later(startedAt, -Math.ceil(PAST_DAYS * DAY_MS * (1 - stay / of)))
    const enteredAt = later(leftAt, -random.between(STAY_LEAST_MS, STAY_MOST_MS))
    const at = nextPosition()
    const session = idAt<SessionId>(at, 's', 0)
    const plate = plateAt(stay % PAST_VEHICLES, enteredAt)
    const paid = paidInCash(at, session, enteredAt, leftAt)
    append(
      leftAt,
      { kind: 'cash-taken', charge: paid.charge.id, tender: 'cash', amount: paid.charge.due },
      { ok: true, kind: 'credited', charge: paid.charge.id, amount: paid.charge.due, rest: NOTHING, overpaid: NOTHING },
      paid.charge.id,
      session,
      [
        begun(session, enteredAt, 'plate', 'left', [plate], paid.charge.id, leftAt),
        ...paid.changes,
        { kind: 'segments-written', session, segments: paid.segments },
        { kind: 'charge-closed', charge: paid.charge.id, status: 'paid', at: leftAt },
      ],
    )
  }

  function writeOpen(stay: number): void {
    const enteredAt = later(startedAt, -random.between(STAY_LEAST_MS, OPEN_SINCE_MOST_MS))
    const at = nextPosition()
    const session = idAt<SessionId>(at, 's', 0)
    const vehicle = PAST_VEHICLES + stay
    const plate = plateAt(vehicle, enteredAt)
    const kind = KINDS[stay % KINDS.length] ?? 'plate'
    const ticket = idAt<DocumentId>(at, 'd', 0)
    const paid = kind === 'ticket' ? paidInCash(at, session, enteredAt, startedAt) : null
    const known = credentialsOf(kind, plate, ticket, stay, enteredAt)
    const jws = kind === 'ticket' ? ticketOf(ticket, session, enteredAt) : null
    append(
      enteredAt,
      {
        kind: 'plate-seen',
        lane: LANE_IN,
        device: CAMERA_IN,
        readings: [{ plate: plate.plate, confidencePermille: SURE }],
        picture: null,
        late: false,
      },
      { ok: true, kind: 'noted' },
      null,
      session,
      [
        sighted(session, plate, enteredAt),
        begun(session, enteredAt, 'plate', 'inside', known, paid?.charge.id ?? null, paid === null ? null : startedAt),
        { kind: 'occupancy-moved', mode: 'live', place: LOT, vehicleClass: CAR, by: 1 },
        ...(jws === null
          ? []
          : [{ kind: 'document-issued', id: ticket, typ: 'ticket+jwt', charge: null, session, jws } as const]),
        ...(paid?.changes ?? []),
      ],
    )
    if (jws !== null) departures.push({ kind: 'ticket', text: jws })
    else if (kind === 'payer') departures.push({ kind: 'payer', sub: parkerOf(stay) })
    else departures.push({ kind: 'plate', plate: plateText(vehicle) })
  }

  function credentialsOf(
    kind: Departure['kind'],
    plate: SessionCredential,
    ticket: DocumentId,
    stay: number,
    enteredAt: Instant,
  ): readonly SessionCredential[] {
    if (kind === 'ticket') return [plate, { kind: 'ticket', ticket }]
    if (kind === 'plate') return [plate]
    const now = monthOf(enteredAt)
    const text = JSON.stringify([wallet.iss, parkerOf(stay)])
    const payer = pseudonyms.payer(text, now, PARK_POLICY.plateKeepMs)
    write.keep.run(payer.ref, text, 'payer', eraseAtOf(now))
    return [plate, { kind: 'payer', payer }]
  }

  /** The same text has the same pseudonym in its month, and is kept once. */
  function plateAt(vehicle: number, at: Instant): Extract<SessionCredential, { kind: 'plate' }> {
    const now = monthOf(at)
    const key = `${now.local.day}:${vehicle}`
    let plate = plates.get(key)
    if (plate === undefined) {
      const named = pseudonyms.plate(plateText(vehicle))
      if (named === null) throw new Error(`${plateText(vehicle)} is no plate`)
      plate = named.ofPeriod(now, PARK_POLICY.plateKeepMs)
      write.keep.run(plate.ref, named.text, 'plate', eraseAtOf(now))
      if (vehicle < PAST_VEHICLES) plates.set(key, plate)
    }
    return { kind: 'plate', plate, confidencePermille: SURE }
  }

  function eraseAtOf(now: Now): Instant {
    return later(pseudonyms.periodEnd(now), PARK_POLICY.plateKeepMs)
  }

  function ticketOf(id: DocumentId, session: SessionId, enteredAt: Instant): string {
    const seconds = Math.floor(enteredAt / 1_000)
    return signer.sign('ticket+jwt', {
      iss: gatewayIssuer(config.site, config.gateway),
      sub: session,
      aud: `urn:tolbooth:${SITE}`,
      iat: seconds,
      nbf: seconds,
      exp: seconds + PARK_POLICY.ticketLifetimeMs / 1_000,
      jti: id,
      session,
      lane: LANE_IN,
      entered: seconds,
      class: CAR,
    })
  }

  /** What a stay costs at that moment by the site's tariff, asked and paid. Its charge is closed when its vehicle has left. */
  function paidInCash(at: Position, session: SessionId, enteredAt: Instant, paidAt: Instant) {
    const bill = quote({ vehicleClass: CAR, place: LOT, from: enteredAt, until: paidAt }, book, [], zone)
    if (!bill.ok) throw new Error(`a stay was not quoted: ${bill.refusal}`)
    const charge: Charge = {
      id: idAt<ChargeId>(at, 'g', 0),
      place: { kind: 'site' },
      merchant: OPERATOR,
      due: bill.total,
      mode: 'live',
      session,
      openedAt: paidAt,
      expiresAt: later(paidAt, PARK_POLICY.stayMaxMs),
    }
    const segments = bill.segments.map(
      ({ from, until, tariff, right, amount }, index): Segment => ({
        session,
        index,
        place: LOT,
        from,
        until,
        tariff,
        right,
        amount,
      }),
    )
    const changes: readonly Change[] = [
      { kind: 'charge-opened', charge },
      {
        kind: 'transfers',
        linked: [
          {
            id: idAt<TransferId>(at, 't', 0),
            debit: tenderAccount('live', SITE, 'cash'),
            credit: merchantAccount('live', OPERATOR),
            amount: charge.due,
            code: 'sale',
            charge: charge.id,
            phase: { kind: 'posted' },
          },
        ],
      },
      {
        kind: 'payment-taken',
        charge: charge.id,
        tender: 'cash',
        amount: charge.due,
        claim: null,
        payer: null,
        at: paidAt,
      },
    ]
    return { charge, segments, changes }
  }

  function nextPosition(): Position {
    return { gateway: config.gateway, epoch: head.epoch, seq: head.seq + 1 }
  }

  function append(
    at: Instant,
    event: RecordedEventBody,
    outcome: Outcome,
    charge: ChargeId | null,
    session: SessionId,
    changes: readonly Change[],
  ): void {
    const key = eventKey(principalOf('gateway', 'filling'), String(head.seq + 1).padStart(9, '0'))
    const body: DecisionBody = {
      kind: 'decision',
      event: {
        bodyHash,
        actor: { kind: 'gateway', id: 'filling', role: null },
        mode: 'live',
        occurredAt: { at, by: 'gateway' },
        causedBy: null,
        body: event,
      },
      basis: NO_BASIS,
      outcome,
      subject: { charge, passage: null, session },
      changes,
      effects: [],
    }
    const appended = journal.append(head, writer, { epoch: head.epoch, key, at, clock: SYNCED, body })
    head = appended.head
    projector.project(appended.record)
    write.see.run(key, bodyHash, answerText(outcome), head.seq, at)
  }
}

/** Reads the whole journal as `tolbooth journal verify` does. Throws where it is not whole. */
export async function verifyPark(folder: string): Promise<{ readonly records: number }> {
  const signed = checkpointReader(benchConfig(folder, SITE))
  if (!signed.ok) throw new Error(signed.why)
  const open = openForReading(dataFiles(folder).books)
  try {
    const { isWhole, faults, records } = await verifyJournal(open, { checkpointOf: signed.read })
    if (!isWhole) throw new Error(`the journal that was loaded is not whole: ${JSON.stringify(faults[0])}`)
    return { records }
  } finally {
    open.close()
  }
}

const KINDS: readonly Departure['kind'][] = ['ticket', 'payer', 'plate']
const NOTHING = money(0, VND)
const SURE = 960
const CAMERA_IN = deviceId('camera-in-1')
const SYNCED = { state: 'synced', uncertaintyMs: 50 } as const
const NO_BASIS: Basis = {
  policy: null,
  layout: null,
  keySet: null,
  denyList: null,
  tariffs: null,
  barrierPresent: null,
}

/** Nobody else's: each of them has one vehicle inside. */
function parkerOf(stay: number): string {
  return `parker-${stay}-of-${payerOf(stay)}`
}

function begun(
  id: SessionId,
  enteredAt: Instant,
  by: Session['entry']['by'],
  status: Session['status'],
  credentials: readonly SessionCredential[],
  charge: ChargeId | null,
  settledAt: Instant | null,
): Change {
  return {
    kind: 'session-begun',
    session: {
      id,
      mode: 'live',
      vehicleClass: CAR,
      place: LOT,
      entry: { lane: LANE_IN, at: enteredAt, by, isFromTicket: false },
      credentials,
      status,
      charge,
      settledAt,
    },
  }
}

function sighted(session: SessionId, { plate }: Extract<SessionCredential, { kind: 'plate' }>, at: Instant): Change {
  return {
    kind: 'sighted',
    sighting: { device: CAMERA_IN, lane: LANE_IN, confidencePermille: SURE },
    plate,
    session,
    picture: null,
    at,
  }
}

/** Pseudonyms ask for the month alone. */
function monthOf(at: Instant): Now {
  const month = new Date(at + UTC_OFFSET_MS).toISOString().slice(0, 7)
  return { at, trust: SYNCED, local: { day: `${month}-01` as LocalDay, weekday: 1, minuteOfDay: 0 } }
}

function shuffled<Item>(items: readonly Item[], below: (count: number) => number): readonly Item[] {
  const all = [...items]
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = below(last + 1)
    const [left, right] = [all[last], all[other]]
    if (left !== undefined && right !== undefined) {
      all[last] = right
      all[other] = left
    }
  }
  return all
}

function prepare({ db: { $client: client } }: OpenDb) {
  return {
    see: client.prepare<[string, string, string, number, number]>(
      'INSERT INTO seen (key, body_hash, answer, seq, at) VALUES (?, ?, ?, ?, ?)',
    ),
    keep: client.prepare<[string, string, string, number]>(
      'INSERT INTO vault (ref, value, purpose, erase_at) VALUES (?, ?, ?, ?) ON CONFLICT (ref) DO NOTHING',
    ),
  }
}
