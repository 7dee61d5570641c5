import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { CaseEvent, StaffCaseKind } from '../core/parking/session.ts'

/**
 * The site's books. Amounts are whole numbers of the currency's smallest unit, instants are milliseconds since 1970 UTC. `journal`, `seen`, `vault`, `bundle`,
 * `epoch`, `checkpoint`, `device_credential`, `parked`, `client`, `cursor`, `pruned_segment`, `snapshot`, `snapshot_part` and `upstream_receipt` are kept for their own
 * sake; every other table is a projection: written by `project` alone, and the same again after a rebuild. db/table-sets.ts lists which is which.
 *
 * An index comes with the query that needs it: every one more is a page that each sale writes (docs/decisions/064-no-index-without-its-query.md).
 */

// --- kept for their own sake

export const journal = sqliteTable('journal', {
  seq: integer().primaryKey(),
  epoch: integer().notNull(),
  at: integer().notNull(),
  /** Canonical JSON of the clock's trust. */
  clock: text().notNull(),
  key: text().notNull(),
  kind: text({ enum: ['decision', 'fault', 'genesis', 'snapshot'] }).notNull(),
  /** The event's kind, for look-ups; `null` where the record is of no event. */
  event: text(),
  mode: text({ enum: ['live', 'training'] }).notNull(),
  charge: text(),
  passage: text(),
  session: text(),
  /** Canonical JSON of the record's body. */
  body: text().notNull(),
  hash: text().notNull(),
})

/** What was answered to whom: outlives pruning, up to its horizon. */
export const seen = sqliteTable('seen', {
  key: text().primaryKey(),
  /** As in its record: with `salt`, where it has one. */
  bodyHash: text('body_hash').notNull(),
  /** `null` in rows of before; empty where it was erased with a personal value of the record. */
  salt: text(),
  answer: text().notNull(),
  seq: integer().notNull(),
  at: integer().notNull(),
})

/** Personal values. Erasing empties `value` and `salt`; the records keep only the reference and the HMAC. */
export const vault = sqliteTable(
  'vault',
  {
    ref: text().primaryKey(),
    salt: text(),
    value: text(),
    purpose: text({
      enum: [
        'payer-day',
        'payer',
        'token',
        'period',
        'plate',
        'counter-account',
        'transfer-text',
        'picture',
        'holder',
        'reason',
      ],
    }).notNull(),
    eraseAt: integer('erase_at').notNull(),
    erasedSeq: integer('erased_seq'),
  },
  (table) => [index('vault_erase_at').on(table.eraseAt).where(sql`value is not null`)],
)

/** Bundles are named by their content (SHA-256, base64url) and flipped by a small record. */
export const bundle = sqliteTable('bundle', {
  hash: text().primaryKey(),
  kind: text({ enum: ['layout', 'policy', 'key-set', 'deny-list', 'tariffs'] }).notNull(),
  content: text().notNull(),
  storedAt: integer('stored_at').notNull(),
})

export const epoch = sqliteTable('epoch', {
  epoch: integer().primaryKey(),
  site: text().notNull(),
  gateway: text().notNull(),
  genesisSeq: integer('genesis_seq').notNull(),
  startedAt: integer('started_at').notNull(),
  reason: text({ enum: ['new', 'restored', 'behind-head'] }).notNull(),
  parentEpoch: integer('parent_epoch'),
  parentSeq: integer('parent_seq'),
  parentHash: text('parent_hash'),
  /** Upstream has returned what the lost branch had spent. */
  reconciledAt: integer('reconciled_at'),
})

export const checkpoint = sqliteTable('checkpoint', {
  seq: integer().primaryKey(),
  epoch: integer().notNull(),
  hash: text().notNull(),
  at: integer().notNull(),
  jws: text().notNull(),
})

/** What upstream has signed that it holds. */
export const upstreamReceipt = sqliteTable('upstream_receipt', {
  seq: integer().primaryKey(),
  epoch: integer().notNull(),
  hash: text().notNull(),
  durable: integer({ mode: 'boolean' }).notNull(),
  receivedAt: integer('received_at').notNull(),
  jws: text().notNull(),
})

/** Rows that were dropped, and the signed snapshot that stands for them. */
export const prunedSegment = sqliteTable('pruned_segment', {
  snapshotSeq: integer('snapshot_seq').primaryKey(),
  fromSeq: integer('from_seq').notNull(),
  toSeq: integer('to_seq').notNull(),
  lastHash: text('last_hash').notNull(),
  prunedAt: integer('pruned_at').notNull(),
})

/** What the projections were when the journal stood at `seq`: a list of parts, named by its own SHA-256, which a snapshot record holds. */
export const snapshot = sqliteTable('snapshot', {
  digest: text().primaryKey(),
  seq: integer().notNull(),
  /** The record that names it; `null` while it is being made. */
  recordSeq: integer('record_seq'),
  /** JSON of the tables, their rows and the names of their parts. */
  manifest: text().notNull(),
})

/** Rows of projections, compressed; named by the SHA-256 of what they are uncompressed. */
export const snapshotPart = sqliteTable('snapshot_part', {
  hash: text().primaryKey(),
  content: blob({ mode: 'buffer' }).notNull(),
})

/** Events at which our own code threw, whole, so that they can be run again. Personal values among them go at `eraseAt`. */
export const parked = sqliteTable(
  'parked',
  {
    seq: integer().primaryKey(),
    key: text().notNull(),
    event: text(),
    eraseAt: integer('erase_at').notNull(),
    rerunSeq: integer('rerun_seq'),
  },
  (table) => [index('parked_erase_at').on(table.eraseAt).where(sql`event is not null`)],
)

/** Device secrets are hashed and never in a record. */
export const deviceCredential = sqliteTable('device_credential', {
  device: text().primaryKey(),
  hash: text().notNull(),
  setAt: integer('set_at').notNull(),
})

/** HTTP clients: SHA-256 of an opaque bearer token, base64url; the token itself is kept nowhere. */
export const client = sqliteTable('client', {
  id: text().primaryKey(),
  tokenHash: text('token_hash').notNull().unique(),
  role: text({ enum: ['vendor', 'attendant', 'pay-station', 'operator', 'admin', 'scraper'] }).notNull(),
  mode: text({ enum: ['live', 'training'] }).notNull(),
  /** JSON list of the stalls that a vendor may act at. */
  stalls: text().notNull(),
  /** JSON list of the lanes that an attendant may act at, or `"all"`. */
  lanes: text().notNull(),
  createdAt: integer('created_at').notNull(),
  revokedAt: integer('revoked_at'),
})

/** How far each sink has handed over the journal's effects. */
export const cursor = sqliteTable('cursor', {
  sink: text().primaryKey(),
  seq: integer().notNull(),
  index: integer('effect_index').notNull(),
})

// --- projections

export const charge = sqliteTable(
  'charge',
  {
    id: text().primaryKey(),
    placeKind: text('place_kind', { enum: ['stall', 'lane', 'site'] }).notNull(),
    placeId: text('place_id').notNull(),
    merchant: text().notNull(),
    due: integer().notNull(),
    currency: text().notNull(),
    paid: integer().notNull(),
    mode: text({ enum: ['live', 'training'] }).notNull(),
    status: text({ enum: ['open', 'paid', 'cancelled', 'expired', 'owed'] }).notNull(),
    /** The stay of which it is the one charge. */
    session: text(),
    openedAt: integer('opened_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    closedAt: integer('closed_at'),
    owedAt: integer('owed_at'),
    /** What came beyond what was due and is still to be given back, and what was given back of what was paid. */
    overpaid: integer().notNull().default(0),
    refunded: integer().notNull().default(0),
    /** Debts that were last asked together with it, and how much that was (JSON); `null`: it was asked alone. */
    askedWith: text('asked_with'),
    seq: integer().notNull(),
  },
  (table) => [index('charge_open').on(table.placeKind, table.placeId).where(sql`status in ('open', 'owed')`)],
)

export const payment = sqliteTable(
  'payment',
  {
    seq: integer().notNull(),
    index: integer('change_index').notNull(),
    charge: text().notNull(),
    placeKind: text('place_kind').notNull(),
    placeId: text('place_id').notNull(),
    tender: text({
      enum: [
        'token',
        'bank-transfer',
        'pass',
        'validation',
        'cash',
        'cash-on-behalf',
        'waiver',
        'late-evidence',
        'correction',
        'debt',
      ],
    }).notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    claim: text(),
    payer: text(),
    at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.seq, table.index] }),
    index('payment_charge').on(table.charge),
    index('payment_place').on(table.placeKind, table.placeId, table.seq),
  ],
)

export const spent = sqliteTable(
  'spent',
  {
    iss: text().notNull(),
    id: text().notNull(),
    kind: text({ enum: ['pay', 'holder', 'pass', 'ticket', 'receipt', 'override'] }).notNull(),
    placeKind: text('place_kind', { enum: ['stall', 'lane', 'site'] }).notNull(),
    placeId: text('place_id').notNull(),
    charge: text(),
    passage: text(),
    amount: integer(),
    currency: text(),
    until: integer().notNull(),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.iss, table.id] }),
    // What is past its end is forgotten while vehicles wait: a pass over the whole register would hold them up.
    index('spent_until').on(table.until),
  ],
)

export const account = sqliteTable('account', {
  id: text().primaryKey(),
  mode: text({ enum: ['live', 'training'] }).notNull(),
  currency: text().notNull(),
  debitsPosted: integer('debits_posted').notNull(),
  creditsPosted: integer('credits_posted').notNull(),
  debitsPending: integer('debits_pending').notNull(),
  creditsPending: integer('credits_pending').notNull(),
})

export const transfer = sqliteTable(
  'transfer',
  {
    id: text().primaryKey(),
    debit: text().notNull(),
    credit: text().notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    code: text().notNull(),
    charge: text(),
    phase: text({ enum: ['posted', 'pending', 'post', 'void'] }).notNull(),
    /** The pending transfer that this one resolves. */
    pending: text(),
    expiresAt: integer('expires_at'),
    /** How a pending transfer ended. */
    resolved: text({ enum: ['posted', 'voided'] }),
    seq: integer().notNull(),
    /** Transfers with the same seq and set stand or fall together. */
    linkedSet: integer('linked_set').notNull(),
  },
  (table) => [
    uniqueIndex('transfer_resolves_once').on(table.pending).where(sql`pending is not null`),
    // Cash that staff transfer themselves: db/on-behalf.ts.
    index('transfer_on_behalf')
      .on(table.charge, table.seq)
      .where(sql`(instr(debit, ':cash-on-behalf:') > 0 OR instr(credit, ':cash-on-behalf:') > 0)`),
  ],
)

export const claim = sqliteTable('claim', {
  id: text().primaryKey(),
  mode: text({ enum: ['live', 'training'] }).notNull(),
  issuer: text().notNull(),
  spentId: text('spent_id').notNull(),
  kind: text().notNull(),
  amount: integer().notNull(),
  currency: text().notNull(),
  charge: text().notNull(),
  evidenceRef: text('evidence_ref').notNull(),
  evidenceMac: text('evidence_mac').notNull(),
  presentBy: integer('present_by').notNull(),
  status: text({ enum: ['accepted', 'presented', 'settled', 'rejected'] }).notNull(),
  movedAt: integer('moved_at'),
  seq: integer().notNull(),
})

/** What is at risk: accepted and not yet settled, by issuer. */
export const exposure = sqliteTable(
  'exposure',
  {
    mode: text({ enum: ['live', 'training'] }).notNull(),
    issuer: text().notNull(),
    amount: integer().notNull(),
    claims: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.mode, table.issuer] })],
)

export const payerDay = sqliteTable(
  'payer_day',
  {
    payer: text().notNull(),
    mode: text({ enum: ['live', 'training'] }).notNull(),
    day: text().notNull(),
    amount: integer().notNull(),
    payments: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.payer, table.mode, table.day] })],
)

export const passage = sqliteTable(
  'passage',
  {
    id: text().primaryKey(),
    lane: text().notNull(),
    mode: text({ enum: ['live', 'training'] }).notNull(),
    /** JSON of the ground: payment, pass or override. */
    ground: text().notNull(),
    spentIss: text('spent_iss'),
    spentId: text('spent_id'),
    payer: text(),
    presence: integer(),
    /** The stay whose going in or out it is. */
    session: text(),
    grantedAt: integer('granted_at').notNull(),
    until: integer().notNull(),
    status: text({ enum: ['granted', 'opened', 'passing', 'used', 'lapsed'] }).notNull(),
    movedAt: integer('moved_at'),
    seq: integer().notNull(),
  },
  (table) => [
    index('passage_unused').on(table.lane, table.seq).where(sql`status in ('granted', 'opened', 'passing')`),
    index('passage_lapsed').on(table.seq).where(sql`status = 'lapsed'`),
    index('passage_session')
      .on(table.session)
      .where(sql`status in ('granted', 'opened', 'passing') and session is not null`),
  ],
)

export const passSide = sqliteTable(
  'pass_side',
  {
    iss: text().notNull(),
    jti: text().notNull(),
    side: text({ enum: ['inside', 'outside'] }).notNull(),
    seq: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.iss, table.jti] })],
)

export const laneState = sqliteTable(
  'lane_state',
  {
    lane: text().primaryKey(),
    /** JSON of the state. */
    state: text().notNull(),
    alarm: text(),
    seq: integer().notNull(),
  },
  // Whether another lane asks for the same stay is a question of nearly every event.
  () => [
    index('lane_state_asked').on(sql`state ->> '$.visit.session'`).where(sql`state ->> '$.visit.asked' is not null`),
  ],
)

/** Timers: what is due enters the path as an event. */
export const due = sqliteTable(
  'due',
  {
    id: text().primaryKey(),
    dueAt: integer('due_at').notNull(),
    /** JSON of the timer. */
    timer: text().notNull(),
    seq: integer().notNull(),
  },
  (table) => [index('due_at').on(table.dueAt)],
)

export const document = sqliteTable(
  'document',
  {
    id: text().primaryKey(),
    typ: text({ enum: ['receipt+jwt', 'ticket+jwt'] }).notNull(),
    charge: text(),
    session: text(),
    jws: text().notNull(),
    seq: integer().notNull(),
  },
  (table) => [index('document_charge').on(table.charge)],
)

export const currentBundle = sqliteTable('current_bundle', {
  kind: text({ enum: ['layout', 'policy', 'key-set', 'deny-list', 'tariffs'] }).primaryKey(),
  hash: text().notNull(),
  versionEpoch: integer('version_epoch').notNull(),
  versionN: integer('version_n').notNull(),
  issuedAt: integer('issued_at').notNull(),
  seq: integer().notNull(),
})

export const device = sqliteTable('device', {
  id: text().primaryKey(),
  driver: text().notNull(),
  kind: text().notNull(),
  delivery: text({ enum: ['repeatable', 'once'] }).notNull(),
  placeKind: text('place_kind', { enum: ['stall', 'lane', 'site'] }).notNull(),
  placeId: text('place_id').notNull(),
  role: text({ enum: ['approach', 'safety'] }),
  status: text({ enum: ['active', 'revoked'] }).notNull(),
  seq: integer().notNull(),
})

export const contact = sqliteTable('contact', {
  name: text({ enum: ['upstream'] }).primaryKey(),
  at: integer().notNull(),
  seq: integer().notNull(),
})

/** Money that this site collected for another, and second collections that are due back: filled by parking and sync. */
export const collectedFor = sqliteTable('collected_for', {
  id: text().primaryKey(),
  site: text().notNull(),
  charge: text().notNull(),
  amount: integer().notNull(),
  currency: text().notNull(),
  status: text({ enum: ['open', 'settled', 'refund-due', 'refunded'] }).notNull(),
  seq: integer().notNull(),
})

/** Signed closings of business days: filled by settlement. */
export const closedDay = sqliteTable('closed_day', {
  day: text().primaryKey(),
  fromSeq: integer('from_seq').notNull(),
  toSeq: integer('to_seq').notNull(),
  closing: text().notNull(),
  seq: integer().notNull(),
})

// --- projections of a car park

/** Stays. Of those that are over there are many times more than of those that are open: whatever is read on the path is read by an index of the open ones. */
export const session = sqliteTable(
  'session',
  {
    id: text().primaryKey(),
    mode: text({ enum: ['live', 'training'] }).notNull(),
    vehicleClass: text('vehicle_class').notNull(),
    place: text().notNull(),
    entryLane: text('entry_lane').notNull(),
    enteredAt: integer('entered_at').notNull(),
    entryBy: text('entry_by', { enum: ['ticket', 'plate', 'payer', 'right', 'staff'] }).notNull(),
    isFromTicket: integer('is_from_ticket', { mode: 'boolean' }).notNull(),
    /** The clock was not trusted when it came in. */
    isEntryUnsure: integer('is_entry_unsure', { mode: 'boolean' }).notNull().default(false),
    status: text({ enum: ['entering', 'inside', 'leaving', 'left', 'void', 'closed'] }).notNull(),
    charge: text(),
    settledAt: integer('settled_at'),
    /** The grace of the tariff by which that was paid. */
    graceMs: integer('grace_ms'),
    /** When and where its status changed last. */
    movedAt: integer('moved_at').notNull(),
    movedLane: text('moved_lane'),
    passbackResetAt: integer('passback_reset_at'),
    seq: integer().notNull(),
  },
  (table) => [
    index('session_open').on(table.place, table.vehicleClass).where(sql`status in ('entering', 'inside', 'leaving')`),
    index('session_open_since').on(table.enteredAt).where(sql`status in ('entering', 'inside', 'leaving')`),
  ],
)

/**
 * By what a stay is found. `held` says for what it is still looked up: the stay is open, or what it owes is. `value` is a pseudonym where it is a plate or a payer, or
 * else the id of a ticket or a right; `likeness` and `tail` are of plates (core/parking/plate.ts).
 */
export const sessionCredential = sqliteTable(
  'session_credential',
  {
    session: text().notNull(),
    kind: text({ enum: ['ticket', 'plate', 'payer', 'right'] }).notNull(),
    value: text().notNull(),
    ref: text(),
    likeness: text(),
    tail: text(),
    confidencePermille: integer('confidence_permille'),
    held: text({ enum: ['open', 'owed'] }),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.session, table.kind, table.value] }),
    index('session_credential_held').on(table.kind, table.value).where(sql`held is not null`),
    index('session_credential_likeness').on(table.likeness).where(sql`held is not null and likeness is not null`),
    index('session_credential_tail').on(table.tail).where(sql`held is not null and tail is not null`),
    // Also of stays that are over, for what is handed in late. Whoever left since a time would be 620,000 in a month.
    index('session_credential_plate').on(table.value).where(sql`kind = 'plate'`),
    index('session_credential_ref').on(table.ref).where(sql`held is not null and ref is not null`),
  ],
)

export const segment = sqliteTable(
  'segment',
  {
    session: text().notNull(),
    index: integer('segment_index').notNull(),
    place: text().notNull(),
    from: integer().notNull(),
    until: integer().notNull(),
    /** The clock was not trusted when this part ended. */
    isUntilUnsure: integer('is_until_unsure', { mode: 'boolean' }).notNull().default(false),
    tariff: text(),
    tariffVersion: text('tariff_version'),
    right: text(),
    amount: integer().notNull(),
    currency: text().notNull(),
    seq: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.session, table.index] })],
)

/** How many stand in a place: entries less exits and corrections. */
export const occupancy = sqliteTable(
  'occupancy',
  {
    mode: text({ enum: ['live', 'training'] }).notNull(),
    place: text().notNull(),
    vehicleClass: text('vehicle_class').notNull(),
    count: integer().notNull(),
    correctedAt: integer('corrected_at'),
    seq: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.mode, table.place, table.vehicleClass] })],
)

export const sighting = sqliteTable(
  'sighting',
  {
    seq: integer().notNull(),
    index: integer('change_index').notNull(),
    device: text().notNull(),
    lane: text().notNull(),
    confidencePermille: integer('confidence_permille').notNull(),
    plateRef: text('plate_ref').notNull(),
    plateMac: text('plate_mac').notNull(),
    session: text(),
    pictureRef: text('picture_ref'),
    pictureMac: text('picture_mac'),
    at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.seq, table.index] }),
    index('sighting_lane').on(table.lane, table.at),
    index('sighting_session').on(table.session).where(sql`session is not null`),
  ],
)

export const assignedRight = sqliteTable(
  'assigned_right',
  {
    id: text().primaryKey(),
    kind: text({ enum: ['pass', 'validation'] }).notNull(),
    status: text({ enum: ['active', 'suspended', 'ended', 'unpaid'] }).notNull(),
    holderRef: text('holder_ref'),
    holderMac: text('holder_mac'),
    /** JSON lists, as in the record. */
    places: text().notNull(),
    vehicleClasses: text('vehicle_classes').notNull(),
    spaces: integer().notNull(),
    validFrom: integer('valid_from').notNull(),
    validUntil: integer('valid_until').notNull(),
    hours: text().notNull(),
    /** When it was suspended or ended, JSON. Null: never that anybody knows of, or since `moved_at` where its status says so. */
    away: text(),
    session: text(),
    relief: text().notNull(),
    /** The code that stands for it, and when it was issued. */
    code: text(),
    codedAt: integer('coded_at'),
    /** The merchant that gave a validation, on which local day, and what it has borne of it. */
    merchant: text(),
    givenOn: text('given_on'),
    borne: integer().notNull().default(0),
    movedAt: integer('moved_at'),
    seq: integer().notNull(),
  },
  (table) => [
    index('assigned_right_holder').on(table.holderRef).where(sql`holder_ref is not null`),
    index('assigned_right_session').on(table.session).where(sql`session is not null`),
    index('assigned_right_merchant').on(table.merchant, table.givenOn).where(sql`merchant is not null`),
  ],
)

/** The plates that a right is for: pseudonyms under the salt of rights, which outlasts those of the months. */
export const rightPlate = sqliteTable(
  'right_plate',
  {
    right: text().notNull(),
    mac: text().notNull(),
    ref: text().notNull(),
    likeness: text().notNull(),
    tail: text().notNull(),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.right, table.mac] }),
    index('right_plate_mac').on(table.mac),
    index('right_plate_ref').on(table.ref),
    index('right_plate_tail').on(table.tail),
  ],
)

/** Passes that were sold by an offer of a tariff, and renewals: one for a charge. */
export const passSale = sqliteTable(
  'pass_sale',
  {
    charge: text().primaryKey(),
    right: text().notNull(),
    kind: text({ enum: ['issue', 'renewal'] }).notNull(),
    mode: text({ enum: ['live', 'training'] }).notNull(),
    tariff: text().notNull(),
    tariffVersion: text('tariff_version').notNull(),
    pass: text().notNull(),
    vehicleClass: text('vehicle_class').notNull(),
    months: integer().notNull(),
    soldAt: integer('sold_at').notNull(),
    dueAt: integer('due_at').notNull(),
    from: integer().notNull(),
    until: integer().notNull(),
    status: text({ enum: ['unpaid', 'paid', 'cancelled', 'lapsed', 'refunded'] }).notNull(),
    movedAt: integer('moved_at'),
    /** Of the record that sold it, and of the one that moved it last. */
    soldSeq: integer('sold_seq').notNull(),
    seq: integer().notNull(),
  },
  (table) => [index('pass_sale_right').on(table.right, table.soldSeq)],
)

/** Money that a bank has told of, by its own reference: taken once. */
export const bankCredit = sqliteTable(
  'bank_credit',
  {
    mode: text({ enum: ['live', 'training'] }).notNull(),
    reference: text().notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    textRef: text('text_ref'),
    textMac: text('text_mac'),
    toldAt: integer('told_at'),
    at: integer().notNull(),
    status: text({ enum: ['booked', 'unmatched', 'refund-due', 'returned'] }).notNull(),
    /** JSON list, as in the record. */
    parts: text().notNull(),
    overpaid: integer().notNull(),
    case: text(),
    sentBack: text('sent_back'),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.mode, table.reference] }),
    index('bank_credit_waiting').on(table.at).where(sql`status in ('unmatched', 'refund-due')`),
  ],
)

export const staffCase = sqliteTable(
  'staff_case',
  {
    id: text().primaryKey(),
    kind: text().$type<StaffCaseKind>().notNull(),
    mode: text({ enum: ['live', 'training'] }).notNull(),
    lane: text(),
    session: text(),
    charge: text(),
    openedAt: integer('opened_at').notNull(),
    /** JSON list of places in the vault. */
    pictures: text().notNull(),
    status: text({ enum: ['open', 'ended'] }).notNull(),
    endedAt: integer('ended_at'),
    /** What happened that answered it; or else the place in the vault of what somebody typed. */
    reason: text().$type<CaseEvent>(),
    reasonRef: text('reason_ref'),
    reasonMac: text('reason_mac'),
    seq: integer().notNull(),
  },
  (table) => [
    index('staff_case_open').on(table.openedAt, table.id).where(sql`status = 'open'`),
    index('staff_case_kind').on(table.kind, table.openedAt, table.id).where(sql`status = 'open'`),
    index('staff_case_session').on(table.session).where(sql`status = 'open' and session is not null`),
    index('staff_case_charge').on(table.charge).where(sql`status = 'open' and charge is not null`),
    index('staff_case_lane').on(table.lane).where(sql`status = 'open' and lane is not null`),
  ],
)
