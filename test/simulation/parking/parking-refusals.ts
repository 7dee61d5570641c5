import type { Refusal } from '../../../core/refusals.ts'

/** Refusals that the people of a simulated car park must meet, in months enough. Written out: a new refusal stands in none of the three lists until somebody says where it is tried. */
export const PARKING_REFUSALS = [
  'place-full',
  'place-unknown',
  'class-not-here',
  'class-mismatch',
  'entry-not-by-this',
  'stay-open-already',
  'stay-not-found',
  'stay-over',
  'stay-paid',
  'stay-leaving-elsewhere',
  'stay-time-unclear',
  'ticket-not-here',
  'plate-mismatch',
  'plate-unreadable',
  'plate-needed',
  'no-tariff',
  'debt-too-high',
  'refund-too-high',
  'cash-unlikely',
  'cash-too-high',
  'credit-known',
  'credit-unknown',
  'credit-not-movable',
  'credit-over-cap',
  'credit-waits',
  'right-exists',
  'right-unknown',
  'right-suspended',
  'right-ended',
  'right-invalid',
  'validation-not-allowed',
  'validation-given',
  'validation-day-full',
  'over-validation-limit',
  'evidence-not-here',
  'evidence-names-nothing',
  'evidence-from-future',
  'evidence-too-old',
  'case-unknown',
  'charge-unknown',
  'amount-zero',
  'amount-invalid',
  'amount-too-low',
  'reason-missing',
  'lane-unknown',
  'lane-held-open',
  'lane-busy',
  'no-vehicle',
  'barrier-away',
  'pass-already-inside',
  'pass-not-inside',
  'token-spent',
  'stale-scan',
  'busy',
  'fault',
  'clock-not-trusted',
] as const satisfies readonly Refusal[]

/** Those that have nothing to do with a car park, or are met here by chance alone: the market must meet them (`REFUSALS_MET`). */
export const MET_AT_A_MARKET = [
  'not-json',
  'wrong-schema',
  'too-large',
  'too-deep',
  'unknown-topic',
  'device-unknown',
  'device-exists',
  'device-place-taken',
  'key-reused',
  'too-old',
  'not-ready',
  'not-a-token',
  'id-card-shown',
  'bank-qr-shown',
  'token-too-long',
  'token-malformed',
  'token-not-canonical',
  'token-header-forbidden',
  'token-kind-unknown',
  'token-algorithm',
  'token-issuer-unknown',
  'token-key-unknown',
  'token-signature',
  'token-claims',
  'token-currency',
  'presentation-malformed',
  'token-expired',
  'token-not-yet',
  'token-issued-in-future',
  'token-before-epoch',
  'presentation-stale',
  'token-audience',
  'token-key-out-of-time',
  'token-key-revoked',
  'token-denied',
  'payer-denied',
  'token-kind-not-taken',
  'over-transaction-limit',
  'over-generic-limit',
  'over-payer-day-limit',
  'over-exposure-limit',
  'offline-too-long',
  'key-set-too-old',
  'deny-list-too-old',
  'stall-unknown',
  'no-open-charge',
  'charge-closed',
  'payer-just-paid',
  'no-price',
  'no-car-park',
  'pass-not-here',
  'pass-not-now',
  'pass-in-use',
  'mode-not-here',
  'bundle-older',
  'bundle-version-taken',
  'bundle-from-future',
  'bundle-invalid',
] as const satisfies readonly Refusal[]

type Elsewhere = { readonly file: string; readonly test: string }

const ACCESS: Elsewhere = {
  file: 'test/gateway/http/access.test.ts',
  test: 'nothing is decided for one who may not',
}
const ADDRESSES: Elsewhere = {
  file: 'test/gateway/http/problems.test.ts',
  test: 'an unknown address is 404 and a problem',
}
const CLIENTS: Elsewhere = {
  file: 'test/gateway/wiring/client-access.test.ts',
  test: 'is there once, also when two ask for it at the same time',
}

const NOT_SOLD: Elsewhere = {
  file: 'test/gateway/http/pass-sales.test.ts',
  test: 'the wrong cash, offer, class or number of months sells nothing, and says what is wrong in both languages',
}

/** Those that nobody meets in either world, each with the test that tries it. */
export const PARKING_REFUSALS_ELSEWHERE = {
  // Whoever sets a site up is told at its edge.
  'barrier-not-in-layout': {
    file: 'test/gateway/cli/device-places.test.ts',
    test: 'a barrier is not enrolled where the layout has a lane without an arm, and no layout follows that has none where one is',
  },
  // Who sees smoke here and hears that nothing is ready says it again.
  'emergency-not-booked': {
    file: 'test/gateway/emergency.test.ts',
    test: 'opens every arm at once, says that it is in no book, and is booked when they can be',
  },
  // Whose code comes again too late while the books refuse has mostly driven on here.
  'books-unwritable': {
    file: 'test/gateway/sinks/trouble-words.test.ts',
    test: 'is said at once at the lane that asks, without its VietQR, once, and what was asked stands there again',
  },
  // A lane of both ways calls for a ticket here, and a payer's code is seldom the first thing that is shown there.
  'direction-unknown': {
    file: 'test/core/parking/heading.test.ts',
    test: 'comes in by its plate where the camera saw it come, and by no plate of which nobody knows the way',
  },
  // The ramp is one lane for both ways: it lets out whoever the books have upstairs, and nobody else.
  'stay-not-inside': {
    file: 'test/core/parking/nested.test.ts',
    test: 'by its ticket: anti-passback %s',
  },
  // The desk is answered so, and it is no refusal there.
  'nothing-due': {
    file: 'test/core/parking/money.test.ts',
    test: 'away from the lane, then leaving within the grace; after it all the time is asked, less what was paid',
  },
  // What attendants take here by the sign on the wall is never so far off.
  'evidence-cash-too-high': {
    file: 'test/core/parking/paid-stay.test.ts',
    test: 'is bounded for an attendant where it is handed in later',
  },
  // The clerk who sells passes does it by the price list: what is sold otherwise is tried by rules of its own.
  'pass-unpaid': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'is in no force at any lane, by its plate or its code, until all of it is paid',
  },
  'pass-not-on-offer': NOT_SOLD,
  'pass-price-differs': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'costs what the offer says: other cash is refused with the price, and so is another currency, and nothing is sold',
  },
  'pass-sale-open': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'goes on where the pass ends, once it is paid, at the price of today',
  },
  'pass-not-alike': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'is of what the pass is: another kind, class, place or space is refused, and so is one that is ended, unknown, or goes on for ever',
  },
  'pass-renewed-since': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'and was renewed since gives back the renewal first, which takes that time off it',
  },
  'refund-while-inside': {
    file: 'test/core/parking/beyond.test.ts',
    test: 'is given back by an attendant up to the cap in all while it is inside, however often its class is put right, and whole once it has left',
  },
  'refund-of-price': {
    file: 'test/core/parking/money.test.ts',
    test: 'what was too much is given back once: of who gives it back again it is asked whether it is to come off the price',
  },
  'pass-refund-part': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'is not ended for a part of its price by who has not said so: that is refused with all of it, and confirmed it ends',
  },
  'pass-refund-too-high': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'is given back beyond the cap by an operator or an admin alone, up to what was paid: by %s',
  },
  'ticket-not-booked': {
    file: 'test/gateway/http/real-car-park.test.ts',
    test: 'after a restore the code of a pass sold since the backup lets nobody in and calls staff once with a case, and a ticket of since is paid at the exit',
  },
  'pass-refund-over': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'is given back beyond the cap by an operator or an admin alone, up to what was paid: by %s',
  },
  'credit-sender-missing': {
    file: 'test/core/parking/on-behalf.test.ts',
    test: 'or the driver, of whom it was asked, transferred late: nobody says whose it is but a person, and it is a case of that charge until then',
  },
  'pass-sale-over': {
    file: 'test/gateway/http/pass-sales.test.ts',
    test: 'cash for a sale that is paid or taken back is refused by that, whatever its amount and whoever confirms it',
  },
  'pass-clock-not-trusted': {
    file: 'test/core/parking/pass-sale.test.ts',
    test: 'is not given back by a clock %s, neither new nor renewed: no time could be taken for it',
  },
  'pass-code-replaced': {
    file: 'test/core/parking/rights.test.ts',
    test: 'another code makes the one before worthless, and leaves the plates as they are',
  },
  'pass-code-none': {
    file: 'test/gateway/http/rights.test.ts',
    test: 'the code of a pass: issued by the path, read as text and as a picture, the same each time',
  },
  'no-pass-key': {
    file: 'test/gateway/http/rights.test.ts',
    test: 'a box without a key for passes issues no code, and leaves the one before in force',
  },
  'codes-unchecked': {
    file: 'test/gateway/unreadable.test.ts',
    test: 'a %s in force that cannot be read has codes refused by name, and nothing else: what was paid keeps its answer, and staff go on',
  },
  'price-known': {
    file: 'test/core/parking/without-price.test.ts',
    test: 'is taken for nothing else',
  },
  'asked-at-lane': {
    file: 'test/core/parking/without-price.test.ts',
    test: 'cash is taken so for nothing that a lane asks: paid there, it lets the vehicle out, also by a clock that nobody trusts',
  },
  'lane-without-arm': {
    file: 'test/core/parking/without-price.test.ts',
    test: 'at a lane without an arm there is nothing to open by hand: what was taken is booked, and the stay is ended and waits to be reckoned',
  },
  'ticket-too-old': {
    file: 'test/core/parking/bad-input.test.ts',
    test: '%s, and that is past its time, opens nothing: its own words send nobody to an app, and staff are called, with one case',
  },
  'nothing-owed': {
    file: 'test/core/parking/money.test.ts',
    test: 'a debt on the wrong plate is taken off by the office, once, with a reason: its case ends, and no vehicle is asked for it',
  },
  'nothing-to-reckon': {
    file: 'test/core/parking/without-price.test.ts',
    test: 'waits: its cash is booked as it was taken, it is reckoned when there is a tariff again, and nobody is asked twice',
  },
  'reckoning-waits': {
    file: 'test/core/parking/without-price.test.ts',
    test: 'ends in no other way: not by hand, and not as that of no stay that waits',
  },
  'no-key': { file: 'test/gateway/tokens/signer.test.ts', test: 'is never written over' },
  unauthorized: ACCESS,
  forbidden: ACCESS,
  'not-found': ADDRESSES,
  'method-not-allowed': ADDRESSES,
  'wrong-media-type': {
    file: 'test/devices/hikvision-camera.test.ts',
    test: 'is refused in another format, with what to set',
  },
  'too-many-requests': {
    file: 'test/gateway/http/limits.test.ts',
    test: 'a client has its burst, then waits for as long as Retry-After says; another is not held up by it',
  },
  'ticket-needed': {
    file: 'test/gateway/http/rights.test.ts',
    test: 'a vendor that guesses digits is held up as a driver is',
  },
  'idempotency-key-missing': { file: 'test/gateway/http/requests.test.ts', test: 'is refused before anything happens' },
  'client-exists': CLIENTS,
  'client-unknown': CLIENTS,
  'clients-full': {
    file: 'test/gateway/wiring/client-access.test.ts',
    test: 'others, for each request looks at all of them',
  },
} as const satisfies Partial<Record<Refusal, Elsewhere>>
