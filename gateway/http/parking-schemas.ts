import { z } from '@hono/zod-openapi'
import { KEYED_AMOUNT_MAX } from '../../core/money.ts'
import { RIGHT_HOURS_MAX, RIGHT_PLATES_MAX, RIGHT_SPACES_MAX, RIGHT_UNTIL_MAX } from '../../core/parking/rights.ts'
import { TICKET_DIGITS } from '../../core/parking/ticket-digits.ts'
import { TRANSFER_TEXT_CHARACTERS_MAX } from '../../core/transfer-reference.ts'
import {
  CASES_LISTED_MAX,
  CREDITS_LISTED_MAX,
  PLATES_FOUND_MAX,
  RIGHTS_LISTED_MAX,
  STAYS_LISTED_MAX,
  SUGGESTIONS_MAX,
  VALIDATIONS_LISTED_MAX,
} from '../../db/parking-reports.ts'
import { TARIFF_CHARACTERS_MAX } from '../bundles/tariff.ts'
import { LOCAL_TIME } from '../bundles/try-tariff.ts'
import {
  caseKind,
  count,
  instant,
  madeId,
  mode,
  money,
  orNull,
  outcome,
  REASON_CHARACTERS_MAX,
  sessionId,
  shownText,
  slug,
  takenMoney,
  wholeNumber,
} from './schemas.ts'

/** The wire forms of the car park: names of APDS (ISO/TS 5206-1) where it has one. */

const reason = z
  .string()
  .max(REASON_CHARACTERS_MAX)
  .openapi({ description: 'Why, in words; kept with who it was. Not empty.', example: 'Khách mất vé' })
/** Longer than any plate, so that one of 200 characters is told that it is none. */
const plate = z.string().max(256).openapi({ example: '30A-123.45' })
/** Ids of rights come from whoever issues passes. */
const rightId = z
  .string()
  .regex(/^[A-Za-z0-9._:~-]{1,128}$/)
  .openapi('RightId', { example: 've-thang-0042' })
const localTime = z
  .string()
  .regex(LOCAL_TIME)
  .openapi({ description: 'By the site’s clock.', example: '2026-11-22T07:30' })
const said = z
  .strictObject({ vi: z.array(z.string()), en: z.array(z.string()) })
  .openapi('Explained', { description: 'The bill for people, a line for each of its lines and the total last.' })

export const sessionParameter = z.object({ id: sessionId })
export const rightParameter = z.object({ id: rightId })

// Requests

const cursor = z
  .string()
  .regex(/^\d{1,16}~[\x21-\x7e]{1,128}$/)
  .optional()
  .openapi({ description: '`next` of the page before.' })
const limit = (max: number, usual: number) =>
  wholeNumber(1, max).default(usual).openapi({ type: 'integer', minimum: 1, maximum: max, default: usual })

export const sessionsQuery = z.strictObject({
  place: slug.optional().openapi({ description: 'The place in which they stand.' }),
  lane: slug.optional().openapi({ description: 'The lane by which they came in.' }),
  order: z
    .enum(['newest', 'oldest'])
    .default('newest')
    .openapi({ description: 'By the time of entry; a page’s `next` goes on in the same order.' }),
  after: cursor,
  limit: limit(STAYS_LISTED_MAX, 50),
})

export const plateSearch = z
  .strictObject({
    plate: plate.openapi({
      description: 'Four characters or more of a plate, as they stand there.',
      example: '123.45',
    }),
  })
  .openapi('PlateSearch')

export const ticketRequest = z
  .strictObject({
    vehicleClass: orNull(slug).openapi({
      description:
        '`null`: as the camera sees it, else the lane’s only class; of several the dearest, with a case `class-unclear`.',
    }),
  })
  .openapi('TicketRequest', { example: { vehicleClass: null } })

export const sessionChoice = z.strictObject({ session: sessionId, reason }).openapi('SessionChoice')
export const reasonRequest = z.strictObject({ reason }).openapi('ReasonRequest')

export const paymentRequest = z
  .strictObject({ text: shownText.openapi({ description: 'What the camera read, as it is.' }) })
  .openapi('PaymentRequest', { example: { text: 'eyJhbGciOiJFZERTQSIs…' } })

/** Of cash. */
const confirmed = z.boolean().optional().openapi({
  description: 'True: so much was really taken, though `cash-unlikely` was answered. Sent with a new Idempotency-Key.',
})

export const cashRequest = z
  .strictObject({
    amount: takenMoney,
    tender: z.enum(['cash', 'cash-on-behalf']).openapi({
      description: '`cash-on-behalf`: staff keep the cash and transfer the amount themselves.',
    }),
    confirmed,
  })
  .openapi('CashRequest', { example: { amount: { amount: 60_000, currency: 'VND' }, tender: 'cash' } })

const phoneTime = z.iso.datetime({ offset: true }).openapi({ example: '2026-11-22T10:05:00+07:00' })

export const lateEventRequest = z
  .strictObject({
    kind: z.enum(['let-in', 'let-out']),
    occurredAt: phoneTime.openapi({ description: 'When it passed, by the phone’s clock.' }),
    handedInAt: phoneTime.openapi({ description: 'By the same clock, the moment of this request.' }),
    ticket: shownText
      .optional()
      .openapi({ description: 'What the camera read: the ticket’s text, or its link with it behind `#`.' }),
    plate: plate.optional(),
    vehicleClass: slug.optional().openapi({
      description:
        'For a let-in by plate; without it the lane’s only class; of several the dearest, with a case `class-unclear`.',
    }),
    cash: z.int().min(1).max(KEYED_AMOUNT_MAX).optional().openapi({
      description: 'What was taken at a let-out, in the smallest unit of the site’s currency (đồng).',
    }),
    tender: z.enum(['cash', 'cash-on-behalf']).optional().openapi({ description: 'How; without it `cash`.' }),
    confirmed,
    reason,
  })
  .openapi('LateEventRequest', {
    description: 'A ticket, a plate, or both.',
    example: {
      kind: 'let-out',
      occurredAt: '2026-11-22T10:05:00+07:00',
      handedInAt: '2026-11-22T11:20:00+07:00',
      plate: '30A-123.45',
      cash: 30_000,
      tender: 'cash',
      reason: 'Mất điện, mở tay',
    },
  })

const bankReference = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{3,63}$/)
  .openapi({ description: 'The bank’s own id of this transfer. It is taken once.', example: 'FT26326482910' })

export const creditRequest = z.strictObject({ amount: takenMoney, reference: bankReference }).openapi('CreditRequest')

export const bankCreditRequest = z
  .strictObject({
    reference: bankReference,
    amount: takenMoney,
    text: z.string().max(TRANSFER_TEXT_CHARACTERS_MAX).openapi({
      description: 'What the payer wrote, as the bank passes it on. Kept as a personal value.',
      example: 'NGUYEN VAN A chuyen tien TBKQZM1S4217G0C62',
    }),
    at: instant.optional().openapi({ description: 'When it came, by the bank.' }),
  })
  .openapi('BankCreditRequest')

export const creditAssignment = z
  .strictObject({ reference: bankReference, charge: madeId, reason })
  .openapi('CreditAssignment')
export const creditSent = z
  .strictObject({
    reference: bankReference,
    sent: bankReference.openapi({ description: 'The bank’s own reference of the transfer by which it went back.' }),
    reason,
  })
  .openapi('CreditSent')
export const creditReturn = z.strictObject({ reference: bankReference, reason }).openapi('CreditReturn')

export const refundRequest = z.strictObject({ amount: takenMoney, reason }).openapi('RefundRequest')

export const correctionRequest = z
  .strictObject({
    correction: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('close') }),
      z.strictObject({ kind: z.literal('class'), vehicleClass: slug }),
      z.strictObject({ kind: z.literal('plate'), plate }),
      z.strictObject({ kind: z.literal('passback-reset') }),
    ]),
    reason,
  })
  .openapi('CorrectionRequest', { example: { correction: { kind: 'close' }, reason: 'Xe đã ra bằng cổng phụ' } })

export const creditsQuery = z.strictObject({ limit: limit(CREDITS_LISTED_MAX, 50) })
export const casesQuery = z.strictObject({ after: madeId.optional(), limit: limit(CASES_LISTED_MAX, 50) })
export const rightsQuery = z.strictObject({ after: rightId.optional(), limit: limit(RIGHTS_LISTED_MAX, 50) })

const hours = z
  .array(
    z.strictObject({
      weekdays: z.array(z.int().min(1).max(7)).min(1).max(7),
      fromMinute: z.int().min(0).max(1_439),
      toMinute: z.int().min(0).max(1_440),
    }),
  )
  .max(RIGHT_HOURS_MAX)
  .openapi({ description: 'Monday is 1; minutes of the local day; empty: at all hours.' })

const relief = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('covers') }),
  z.strictObject({ kind: z.literal('first-minutes'), minutes: z.int().min(1).max(527_040) }),
  z.strictObject({ kind: z.literal('amount'), amount: money }),
  z.strictObject({ kind: z.literal('share'), basisPoints: z.int().min(1).max(10_000) }),
])

const rightTime = z.int().min(0).max(RIGHT_UNTIL_MAX).openapi('RightTime', {
  description: 'Milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.',
  example: 1_795_300_000_000,
})

const rightTerms = {
  holder: z.string().trim().min(1).max(80).openapi({ description: 'To whom it was issued, in the site’s own words.' }),
  places: z.array(slug).max(64).openapi({ description: 'Empty: all.' }),
  vehicleClasses: z.array(slug).max(32).openapi({ description: 'Empty: all.' }),
  spaces: z.int().min(1).max(RIGHT_SPACES_MAX),
  validFrom: rightTime,
  validUntil: rightTime,
  hours,
}
const plates = z.array(plate).max(RIGHT_PLATES_MAX)

export const passRequest = z.strictObject({ id: rightId, ...rightTerms, plates }).openapi('PassRequest', {
  example: {
    id: 've-thang-0042',
    holder: 'Căn hộ 12A',
    places: [],
    vehicleClasses: ['car'],
    spaces: 1,
    validFrom: 1_795_300_000_000,
    validUntil: 1_797_900_000_000,
    hours: [],
    plates: ['30A-123.45'],
  },
})
export const renewRequest = z.strictObject({ validUntil: rightTime }).openapi('RenewRequest')
export const platesRequest = z.strictObject({ plates }).openapi('PlatesRequest')
export const rightStatusRequest = z
  .strictObject({ status: z.enum(['active', 'suspended', 'ended']), reason })
  .openapi('RightStatusRequest')

export const validationRequest = z
  .strictObject({
    id: rightId.openapi({ description: 'An id of yours for it: the number of the sale.' }),
    holder: rightTerms.holder.openapi({ description: 'Which merchant gives it.' }),
    relief,
  })
  .openapi('ValidationRequest', {
    example: { id: 'hd-20261122-118', holder: 'Siêu thị', relief: { kind: 'first-minutes', minutes: 120 } },
  })

export const merchantValidationRequest = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9._~-]{1,60}$/)
      .openapi({ description: 'The number of the sale: once for each stall.', example: 'hd-20261122-118' }),
    stay: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('ticket'),
        text: shownText.openapi({ description: 'What the camera read of the ticket’s code, or its link.' }),
      }),
      z.strictObject({ kind: z.literal('plate'), plate, digits: z.string().regex(/^\d{1,8}$/) }),
      z.strictObject({ kind: z.literal('session'), id: sessionId }),
    ]),
    relief,
  })
  .openapi('MerchantValidationRequest', {
    example: {
      id: 'hd-20261122-118',
      stay: { kind: 'plate', plate: '30A-123.45', digits: '0417' },
      relief: { kind: 'first-minutes', minutes: 60 },
    },
  })

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .openapi({ description: 'A local day.', example: '2026-11-22' })
export const validationsQuery = z.strictObject({ from: day, to: day, limit: limit(VALIDATIONS_LISTED_MAX, 200) })

export const validations = z
  .strictObject({
    validations: z.array(
      z
        .strictObject({
          day,
          merchant: slug,
          given: count.openapi({ description: 'Validations that it gave on that day.' }),
          borne: count.openapi({
            description:
              'What they have taken off so far, in the site’s currency: the merchant owes it to the car park.',
          }),
        })
        .openapi('MerchantValidations'),
    ),
  })
  .openapi('Validations')

export const occupancyCorrection = z
  .strictObject({ place: slug, vehicleClass: slug, count, reason })
  .openapi('OccupancyCorrection')

const tariffText = z.string().min(1).max(TARIFF_CHARACTERS_MAX)
export const tariffCheck = z
  .strictObject({ text: tariffText.openapi({ description: 'A tariff’s file, JSON5.' }) })
  .openapi('TariffCheck')
export const tariffTrial = z
  .strictObject({
    vehicleClass: slug,
    place: slug,
    from: localTime,
    until: localTime,
    text: tariffText.optional().openapi({ description: 'This tariff alone; without it those in force.' }),
  })
  .openapi('TariffTrial', {
    example: { vehicleClass: 'car', place: 'lot', from: '2026-11-22T07:30', until: '2026-11-22T19:10' },
  })

// Answers

const status = z.enum(['entering', 'inside', 'leaving', 'left', 'void', 'closed'])
const entryBy = z.enum(['ticket', 'plate', 'payer', 'right', 'staff'])
const stayFields = {
  id: sessionId,
  vehicleClass: slug,
  place: slug,
  status,
  entry: z.strictObject({ lane: slug, at: instant, by: entryBy }),
}

export const sessions = z
  .strictObject({ sessions: z.array(z.strictObject(stayFields).openapi('OpenSession')), next: orNull(z.string()) })
  .openapi('Sessions', { description: 'Newest entry first. A page may be empty and have a next one.' })

export const foundPlates = z
  .strictObject({
    found: z
      .array(
        z
          .strictObject({
            ...stayFields,
            plate: z.string(),
            owes: z.boolean().openapi({ description: 'It has left, and owes.' }),
          })
          .openapi('FoundPlate'),
      )
      .max(PLATES_FOUND_MAX),
    isWhole: z.boolean().openapi({
      description: 'False: of older stays only the ends of the plates were looked at. Type the end of the plate.',
    }),
  })
  .openapi('FoundPlates')

const stayCharge = z
  .strictObject({
    id: madeId,
    status: z.enum(['open', 'paid', 'cancelled', 'expired', 'owed']),
    due: money,
    paid: money,
    overpaid: money,
    refunded: money,
  })
  .openapi('StayCharge')

const segment = z
  .strictObject({
    place: slug,
    from: instant,
    until: instant,
    tariff: orNull(z.strictObject({ id: z.string(), version: z.string() })),
    right: orNull(rightId),
    amount: money,
  })
  .openapi('Segment')

export const session = z
  .strictObject({
    ...stayFields,
    mode,
    movedAt: instant,
    plateEnd: orNull(z.string()).openapi({
      description: 'The last four characters of its plate; a search, which is recorded, shows all of it.',
    }),
    ticketDigits: orNull(z.string()).openapi({ description: `The ${TICKET_DIGITS} digits on its ticket.` }),
    rights: z.array(rightId),
    charge: orNull(stayCharge),
    segments: z.array(segment).openapi({ description: 'Written so far; all of them once it is over.' }),
    cases: z.array(madeId),
  })
  .openapi('Session')

export const quote = z
  .strictObject({
    session: sessionId,
    at: instant,
    total: money.openapi({ description: 'What the whole stay costs by now.' }),
    paid: money,
    due: money.openapi({ description: 'What is still to be paid.' }),
    graceUntil: orNull(instant).openapi({ description: 'Paid: until then it leaves without paying more.' }),
    holdsUntil: orNull(instant).openapi({
      description: 'Its vehicle stands at a lane that has asked for it: until then this is all, also there.',
    }),
    segments: z.array(segment),
    explained: said,
  })
  .openapi('Quote')

const pictureRef = z
  .string()
  .regex(/^picture:[a-z0-9-]{1,63}:\d{1,16}:\d{1,16}$/)
  .openapi({ description: 'The place of a picture in the vault.', example: 'picture:box-1:1:417' })

export const pictureParameter = z.object({ ref: pictureRef })

export const pictureName = z
  .strictObject({
    ref: pictureRef,
    name: orNull(z.string()).openapi({
      description: 'The file that the gateway keeps, or the camera’s own name of it.',
    }),
    lane: orNull(slug),
    isKept: z.boolean(),
  })
  .openapi('PictureName')

export const cases = z
  .strictObject({
    cases: z.array(
      z
        .strictObject({
          id: madeId,
          kind: caseKind,
          lane: orNull(slug),
          session: orNull(sessionId),
          charge: orNull(madeId),
          openedAt: instant,
          pictures: z
            .array(z.string())
            .openapi({ description: 'Places in the vault of the pictures, and of a plate that was written down.' }),
          vi: z.string(),
          en: z.string(),
        })
        .openapi('Case'),
    ),
    next: orNull(madeId),
  })
  .openapi('Cases')

export const credits = z
  .strictObject({
    credits: z.array(
      z
        .strictObject({
          reference: z.string(),
          amount: money,
          at: instant,
          toldAt: orNull(instant).openapi({ description: 'When it came, by the bank.' }),
          status: z.enum(['unmatched', 'refund-due']),
          text: orNull(z.string()).openapi({ description: 'What its payer wrote; `null` past its keeping time.' }),
          case: orNull(madeId),
          suggestions: z
            .array(z.strictObject({ charge: madeId, session: sessionId, openedAt: instant }))
            .max(SUGGESTIONS_MAX)
            .openapi({
              description: 'Stays that ask for this very amount, nearest in time first. Somebody has to look.',
            }),
        })
        .openapi('BankCredit'),
    ),
  })
  .openapi('BankCredits')

export const right = z
  .strictObject({
    id: rightId,
    kind: z.enum(['pass', 'validation']),
    status: z.enum(['active', 'suspended', 'ended']),
    ...rightTerms,
    holder: orNull(z.string()).openapi({ description: '`null`: past its keeping time.' }),
    session: orNull(sessionId),
    relief,
    plates: z.array(orNull(z.string())).openapi({ description: '`null`: past its keeping time.' }),
    inside: count.openapi({ description: 'Open stays under it.' }),
    merchant: orNull(slug).openapi({ description: 'Of a validation: who gave it and bears it; `null`: the site.' }),
    codeIssuedAt: orNull(instant).openapi({ description: 'When the signed code that stands for it was issued.' }),
  })
  .openapi('Right')
export const rights = z.strictObject({ rights: z.array(right), next: orNull(rightId) }).openapi('Rights')

export const issuedPass = z
  .strictObject({
    right: rightId,
    outcome,
    codeAt: orNull(z.string()).openapi({
      description: 'Where a signed code for a phone or a card is issued; `null`: this box holds no key for that.',
    }),
  })
  .openapi('IssuedPass')

export const passCode = z
  .strictObject({
    right: rightId,
    id: z.string().openapi({ description: 'Its `jti`: a deny list can name it.' }),
    issuedAt: instant,
    expiresAt: instant.openapi({
      description: 'Another one is needed by then. Whether the pass is good, the books say when it is shown.',
    }),
    text: z.string().openapi({ description: 'The signed token, alone in a QR code.' }),
  })
  .openapi('PassCode')

const freeFields = { place: slug, name: z.string(), vehicleClass: slug }
const freeState = z.enum(['free', 'few', 'full'])
export const occupancy = z
  .strictObject({
    occupancy: z.array(
      z
        .strictObject({
          ...freeFields,
          spaces: count.openapi({ description: 'Of its class, shared ones among them.' }),
          count: z.int().openapi({ description: 'What stands there by the books.' }),
          free: count,
          state: freeState,
        })
        .openapi('Occupancy'),
    ),
  })
  .openapi('Occupancies')

export const freeSpaces = z
  .strictObject({
    site: slug,
    at: instant,
    places: z.array(z.strictObject({ ...freeFields, free: count, state: freeState }).openapi('FreeSpaces')),
  })
  .openapi('FreeSpacesFeed')

export const ticketKeys = z
  .strictObject({
    keys: z.array(
      z
        .strictObject({
          kid: z.string(),
          jwk: z.record(z.string(), z.string()).openapi({ description: 'RFC 7517, the public part.' }),
          from: instant,
          until: orNull(instant).openapi({ description: '`null`: it is signed with today.' }),
        })
        .openapi('TicketKey'),
    ),
  })
  .openapi('TicketKeys')

const tariffProblem = z
  .strictObject({
    line: z.int().min(1),
    path: z.string().openapi({ description: 'The member; empty for the file itself.' }),
    problem: z.string(),
  })
  .openapi('TariffProblem')

export const tariffChecked = z
  .strictObject({ ok: z.boolean(), problems: z.array(tariffProblem) })
  .openapi('TariffChecked')

export const tariffTried = z
  .union([
    z.strictObject({ ok: z.literal(true), total: money, explained: said }),
    z.strictObject({
      ok: z.literal(false),
      problems: z.array(tariffProblem),
      explained: orNull(said).openapi({ description: 'Why there is no price, and what to do.' }),
    }),
  ])
  .openapi('TariffTried')

export const tariffs = z
  .strictObject({
    version: orNull(z.strictObject({ epoch: count, n: count })),
    tariffs: z.array(
      z
        .strictObject({
          id: slug,
          version: z.string(),
          name: z.strictObject({ vi: z.string(), en: z.string() }),
          validFrom: z.string(),
          validTo: orNull(z.string()),
          places: z.array(slug),
        })
        .openapi('TariffInForce'),
    ),
  })
  .openapi('Tariffs')
