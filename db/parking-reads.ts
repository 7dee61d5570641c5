import type { Mode } from '../core/mode.ts'
import { CASES_READ_MAX, RIGHTS_READ_MAX, STAYS_READ_MAX } from '../core/parking/facts.ts'
import type { PlateValue } from '../core/parking/session.ts'
import { eventIs } from './former-kinds.ts'
import type { OnBehalfRow } from './on-behalf.ts'
import { IS_ON_BEHALF, ON_BEHALF_COLUMNS } from './on-behalf.ts'
import type { Db } from './open.ts'
import type {
  CaseRow,
  ChargeRow,
  CredentialRow,
  CreditRow,
  HeldRow,
  PassageRow,
  RightRow,
  SaleRow,
  SegmentRow,
  SessionRow,
} from './parking-rows.ts'

/** Bounded by what a stay is ever known by: several plates that were read, a ticket, a payer, a right. */
export const CREDENTIALS_READ_MAX = 32
/** Stays that are named anew in one record. */
export const RENAMED_AT_ONCE_MAX = 100
const SEGMENTS_READ_MAX = 512
const SIGHTINGS_READ_MAX = 64

/** Debts of one plate that are put in order here, so that the oldest are asked; a sort in SQL would be a table of its own at each reading. */
const DEBTS_SORTED_MAX = 1_000
/** Visits of one plate that are over, about one moment, of which the first is looked for here. */
const VISITS_SORTED_MAX = 1_000
/** Rights of one plate that are put in order here. */
const RIGHTS_SORTED_MAX = 1_000

/**
 * The lists of pseudonyms come as JSON: one statement for one salt and for twenty. Parameters stand behind `+`, and limits in the text, so that SQLite compiles each once
 * (db/facts.ts says why).
 */
const READS = {
  session: 'SELECT * FROM session WHERE id = ?',
  credentials: `SELECT *, rowid AS written FROM session_credential WHERE session = +? ORDER BY kind, value LIMIT ${CREDENTIALS_READ_MAX}`,
  openBy: `SELECT held.session AS session
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = +? AND held.value = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE held.held IS NOT NULL AND held.held = 'open' AND session.mode = +? LIMIT ${STAYS_READ_MAX}`,
  openLike: `SELECT held.session AS session
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.likeness = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE held.held IS NOT NULL AND held.likeness IS NOT NULL AND held.held = 'open' AND session.mode = +? LIMIT ${STAYS_READ_MAX}`,
  // Of one plate, and not of all that have left since: as many as that plate has had visits by one salt.
  leftBy: `SELECT session.id AS session, session.moved_at AS at
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = 'plate' AND held.value = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE session.status = 'left' AND session.moved_at >= +? AND session.entered_at <= +? AND session.mode = +?
    LIMIT ${VISITS_SORTED_MAX}`,
  owed: `SELECT session.charge AS charge, session.id AS session, session.entered_at AS at
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = 'plate' AND held.value = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE held.held IS NOT NULL AND held.held = 'owed' AND session.mode = +? LIMIT ${DEBTS_SORTED_MAX}`,
  owedSum: `SELECT coalesce(sum(max(charge.due - charge.paid, 0)), 0) AS owed
    FROM charge WHERE charge.id IN (SELECT session.charge
      FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = 'plate' AND held.value = asked.value
      CROSS JOIN session ON session.id = held.session
      WHERE held.held IS NOT NULL AND held.held = 'owed' AND session.mode = +?)`,
  charge: 'SELECT * FROM charge WHERE id = ?',
  came: `SELECT coalesce(sum(amount), 0) AS came,
      coalesce(sum(amount) FILTER (WHERE tender IN ('pass', 'validation', 'waiver', 'late-evidence', 'correction')), 0) AS relief
    FROM payment WHERE charge = +?`,
  onBehalf: `SELECT ${ON_BEHALF_COLUMNS} FROM transfer LEFT JOIN journal ON journal.seq = transfer.seq
    WHERE ${IS_ON_BEHALF} AND transfer.charge = +? ORDER BY transfer.seq`,
  keyedTogether: `SELECT beside.charge AS charge FROM payment AS one CROSS JOIN payment AS beside ON beside.seq = one.seq
    WHERE one.charge = +? AND one.tender = 'cash-on-behalf' AND beside.tender = 'cash-on-behalf'`,
  passages: `SELECT * FROM passage WHERE session = ? AND status IN ('granted', 'opened', 'passing')`,
  picture: `SELECT picture_ref, picture_mac FROM sighting
    WHERE session = +? AND picture_ref IS NOT NULL ORDER BY sighting.rowid DESC LIMIT 1`,
  segments: `SELECT * FROM segment WHERE session = +? ORDER BY segment_index LIMIT ${SEGMENTS_READ_MAX}`,
  // All that is written of a stay by its end is of the record that ended it.
  handedIn: `SELECT 1 AS yes FROM segment CROSS JOIN journal ON journal.seq = segment.seq
    WHERE segment.session = +? AND ${eventIs('late-evidence')} LIMIT 1`,
  // Those that were ended as mistakes take no place of one that holds: sorted by whoever asks.
  validations: `SELECT id, status FROM assigned_right WHERE session = +? LIMIT ${8 * RIGHTS_READ_MAX}`,
  // Two paths make a list of both: the charge that is asked first, and the debts that are asked with it.
  laneOf: `SELECT lane, json_extract(state, '$.visit.asked') IS NOT NULL AS asks FROM lane_state
    WHERE (json_extract(state, '$.visit.session') = ? OR instr(json_extract(state, '$.visit.asked.charge', '$.visit.asked.debts'), '"' || ? || '"') > 0) AND json_extract(state, '$.visit.presence') IS json_extract(state, '$.presence')`,
  lanesOfRight: `SELECT lane FROM lane_state
    WHERE (json_extract(state, '$.visit.asked') IS NOT NULL OR json_extract(state, '$.alarm') = 'loop-stuck') AND json_extract(state, '$.visit.presence') IS json_extract(state, '$.presence')
    AND (json_extract(state, '$.visit.session') = ? OR EXISTS (SELECT 1 FROM session_credential AS held
      WHERE held.session = json_extract(state, '$.visit.session') AND held.kind = 'right' AND held.value = ?))`,
  movedLane: 'SELECT moved_lane FROM session WHERE id = ?',
  cameAt: `SELECT max(json_extract(state, '$.visit.since')) AS since FROM lane_state
    WHERE json_extract(state, '$.visit.session') = ?`,
  readAt: 'SELECT max(at) AS at FROM sighting WHERE session = +? AND at > +?',
  // A transfer comes from anywhere, also when its vehicle has gone.
  paidAt: `SELECT max(payment.at) AS at FROM session CROSS JOIN payment ON payment.charge = session.charge
    WHERE session.id = ? AND payment.at > +? AND payment.tender IN ('cash', 'cash-on-behalf', 'token')`,
  right: 'SELECT * FROM assigned_right WHERE id = ?',
  // What was given in practice uses up nothing.
  givenOn: `SELECT count(*) AS count FROM assigned_right JOIN session ON session.id = assigned_right.session
    WHERE assigned_right.merchant IS NOT NULL AND assigned_right.merchant = ? AND given_on = ? AND session.mode = +?`,
  rightPlates: 'SELECT * FROM right_plate WHERE "right" = +? ORDER BY mac',
  rightsOfPlate: `SELECT right_plate."right" AS "right", assigned_right.valid_until AS until
    FROM json_each(+?) AS asked CROSS JOIN right_plate ON right_plate.mac = asked.value
    CROSS JOIN assigned_right ON assigned_right.id = right_plate."right"
    WHERE assigned_right.status NOT IN ('ended', 'unpaid') LIMIT ${RIGHTS_SORTED_MAX}`,
  othersUnder: `SELECT count(*) AS count
    FROM session_credential AS held CROSS JOIN session ON session.id = held.session
    WHERE held.kind = 'right' AND held.value = ? AND held.held IS NOT NULL AND held.held = 'open' AND session.mode = ? AND session.id <> ?`,
  upstreamHeard: "SELECT at FROM contact WHERE name = 'upstream'",
  occupancy: 'SELECT place, vehicle_class, count FROM occupancy WHERE mode = ?',
  sightings: `SELECT seq, at, session, plate_mac FROM sighting WHERE lane = +? AND at >= +? ORDER BY at DESC LIMIT ${SIGHTINGS_READ_MAX}`,
  laneCases: `SELECT * FROM staff_case
    WHERE lane = +? AND status = 'open' AND session IS NULL AND mode = +? ORDER BY staff_case.rowid DESC LIMIT ${CASES_READ_MAX}`,
  stayCases: `SELECT * FROM staff_case WHERE session = +? AND status = 'open' ORDER BY staff_case.rowid LIMIT ${CASES_READ_MAX}`,
  chargeCases: `SELECT * FROM staff_case
    WHERE charge = +? AND charge IS NOT NULL AND status = 'open' ORDER BY staff_case.rowid LIMIT ${CASES_READ_MAX}`,
  sale: `SELECT *, NOT EXISTS (SELECT 1 FROM pass_sale AS later WHERE later."right" = pass_sale."right"
      AND later.sold_seq > pass_sale.sold_seq AND later.status IN ('unpaid', 'paid')) AS is_last
    FROM pass_sale WHERE charge = ?`,
  isSaleOpen: `SELECT 1 AS open FROM pass_sale WHERE "right" = +? AND status = 'unpaid' LIMIT 1`,
  staffCase: 'SELECT * FROM staff_case WHERE id = ?',
  credit: 'SELECT * FROM bank_credit WHERE mode = ? AND reference = ?',
  saltsDue: `SELECT ref FROM vault WHERE value IS NOT NULL AND erase_at <= ? AND ref >= 'period:' AND ref < 'period;'`,
  heldOfPeriod: `SELECT held.kind, held.session, held.value, held.confidence_permille, vault.value AS text
    FROM session_credential AS held CROSS JOIN vault ON vault.ref = held.ref
    WHERE held.held IS NOT NULL AND held.ref IS NOT NULL AND held.ref >= +? AND held.ref < +? AND vault.value IS NOT NULL LIMIT ${RENAMED_AT_ONCE_MAX}`,
  vaultValue: 'SELECT salt, value FROM vault WHERE ref = ?',
} as const

/** The statements by which the facts of a car park are read, each prepared once. */
export function prepareParkingReads(db: Db) {
  const { $client: client } = db
  return {
    session: client.prepare<[string], SessionRow>(READS.session),
    credentials: client.prepare<[string], CredentialRow>(READS.credentials),
    openBy: client.prepare<[string, string, Mode], { session: string }>(READS.openBy),
    openLike: client.prepare<[string, Mode], { session: string }>(READS.openLike),
    leftBy: client.prepare<[string, number, number, Mode], { session: string; at: number }>(READS.leftBy),
    owed: client.prepare<[string, Mode], { charge: string; session: string; at: number }>(READS.owed),
    owedSum: client.prepare<[string, Mode], { owed: number }>(READS.owedSum),
    charge: client.prepare<[string], ChargeRow>(READS.charge),
    came: client.prepare<[string], { came: number; relief: number }>(READS.came),
    onBehalf: client.prepare<[string], OnBehalfRow>(READS.onBehalf),
    keyedTogether: client.prepare<[string], { charge: string }>(READS.keyedTogether),
    passages: client.prepare<[string], PassageRow>(READS.passages),
    picture: client.prepare<[string], { picture_ref: string | null; picture_mac: string | null }>(READS.picture),
    segments: client.prepare<[string], SegmentRow>(READS.segments),
    handedIn: client.prepare<[string], { yes: 1 }>(READS.handedIn),
    validations: client.prepare<[string], { id: string; status: string }>(READS.validations),
    laneOf: client.prepare<[string | null, string | null], { lane: string; asks: 0 | 1 }>(READS.laneOf),
    lanesOfRight: client.prepare<[string | null, string], { lane: string }>(READS.lanesOfRight),
    movedLane: client.prepare<[string], { moved_lane: string | null }>(READS.movedLane),
    cameAt: client.prepare<[string], { since: number | null }>(READS.cameAt),
    readAt: client.prepare<[string, number], { at: number | null }>(READS.readAt),
    paidAt: client.prepare<[string, number], { at: number | null }>(READS.paidAt),
    right: client.prepare<[string], RightRow>(READS.right),
    givenOn: client.prepare<[string, string, Mode], { count: number }>(READS.givenOn),
    rightPlates: client.prepare<[string], PlateValue>(READS.rightPlates),
    rightsOfPlate: client.prepare<[string], { right: string; until: number }>(READS.rightsOfPlate),
    othersUnder: client.prepare<[string, Mode, string], { count: number }>(READS.othersUnder),
    upstreamHeard: client.prepare<[], { at: number }>(READS.upstreamHeard),
    occupancy: client.prepare<[Mode], { place: string; vehicle_class: string; count: number }>(READS.occupancy),
    sightings: client.prepare<[string, number], { seq: number; at: number; session: string | null; plate_mac: string }>(
      READS.sightings,
    ),
    laneCases: client.prepare<[string, Mode], CaseRow>(READS.laneCases),
    stayCases: client.prepare<[string], CaseRow>(READS.stayCases),
    chargeCases: client.prepare<[string], CaseRow>(READS.chargeCases),
    sale: client.prepare<[string], SaleRow>(READS.sale),
    isSaleOpen: client.prepare<[string], { open: 1 }>(READS.isSaleOpen),
    staffCase: client.prepare<[string], CaseRow>(READS.staffCase),
    credit: client.prepare<[Mode, string], CreditRow>(READS.credit),
    saltsDue: client.prepare<[number], { ref: string }>(READS.saltsDue),
    heldOfPeriod: client.prepare<[string, string], HeldRow>(READS.heldOfPeriod),
    vaultValue: client.prepare<[string], { salt: string | null; value: string | null }>(READS.vaultValue),
  }
}
