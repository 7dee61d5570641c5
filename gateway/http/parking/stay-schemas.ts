import { z } from '@hono/zod-openapi'
import { TICKET_DIGITS } from '../../../core/parking/ticket-digits.ts'
import { PLATES_FOUND_MAX, STAYS_LISTED_MAX } from '../../../db/parking-reports.ts'
import { instant, madeId, mode, money, orNull, shownText, slug, takenMoney } from '../fields.ts'
import { limit, plate, reason, rightId, said, sessionId } from './fields.ts'
import { stayByTicket, stayToPay } from './named-stay.ts'

export const sessionParameter = z.object({ id: sessionId })

const cursor = z
  .string()
  .regex(/^\d{1,16}~[\x21-\x7e]{1,128}$/)
  .optional()
  .openapi({ description: '`next` of the page before.' })

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

export const paymentRequest = z
  .strictObject({ text: shownText.openapi({ description: 'What the camera read, as it is.' }) })
  .openapi('PaymentRequest', { example: { text: 'eyJhbGciOiJFZERTQSIs…' } })

export const correctionRequest = z
  .strictObject({
    correction: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('close') }),
      z.strictObject({ kind: z.literal('class'), vehicleClass: slug }),
      z.strictObject({ kind: z.literal('plate'), plate }),
      z.strictObject({ kind: z.literal('passback-reset') }),
      z.strictObject({ kind: z.literal('debt-off') }),
    ]),
    reason,
  })
  .openapi('CorrectionRequest', { example: { correction: { kind: 'close' }, reason: 'Xe đã ra bằng cổng phụ' } })

export const cashWithoutPriceRequest = z
  .strictObject({
    amount: takenMoney,
    tender: z.enum(['cash', 'cash-on-behalf']),
    reason,
  })
  .openapi('CashWithoutPriceRequest', {
    example: { amount: { amount: 50_000, currency: 'VND' }, tender: 'cash', reason: 'Chưa có bảng giá, thu tạm' },
  })

export const reckoningRequest = z
  .strictObject({
    due: money.optional().openapi({
      description: 'What a supervisor says that the whole stay cost. Left out: it is reckoned by the tariffs.',
    }),
    reason,
  })
  .openapi('ReckoningRequest', { example: { reason: 'Đã nạp lại bảng giá' } })

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
      description:
        'False: of older stays only the ends of the plates were looked at, or more were found than are named. Type the end of the plate.',
    }),
  })
  .openapi('FoundPlates')

const stayCharge = z
  .strictObject({
    id: madeId,
    status: z.enum(['open', 'paid', 'cancelled', 'expired', 'owed']),
    due: money,
    paid: money,
    overpaid: money.openapi({ description: 'What came beyond what was due, and is still to be given back.' }),
    refunded: money.openapi({ description: 'What was given back of what was due.' }),
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

export const stayToFind = z
  .strictObject({ stay: z.discriminatedUnion('kind', [stayByTicket, stayToPay]) })
  .openapi('StayToFind', { example: { stay: { kind: 'plate', plate: '30A-123.45', digits: '0417' } } })

export const foundStay = z
  .strictObject({
    ...stayFields,
    entry: orNull(stayFields.entry).openapi({ description: '`null` of a stay that was found by its plate alone.' }),
    plateEnd: orNull(z.string()).openapi({ description: 'The last four characters of its plate.' }),
    charge: orNull(madeId).openapi({ description: 'What has been asked for it, if anything has.' }),
  })
  .openapi('FoundStay')

const transfer = z
  .strictObject({
    amount: money,
    account: z.strictObject({ bankBin: z.string(), number: z.string(), holder: z.string() }),
    reference: z.string().openapi({ description: 'What the payer’s bank is to write beside it.' }),
    code: z.string().openapi({ description: 'The text of the VietQR code that a bank’s app reads.' }),
  })
  .openapi('Transfer')

export const quote = z
  .strictObject({
    session: sessionId,
    at: instant,
    total: money.openapi({ description: 'What the whole stay costs by now.' }),
    paid: money,
    due: money.openapi({ description: 'What is still to be paid for the stay.' }),
    debts: orNull(money).openapi({
      description:
        '`null` of a stay that was found by its plate alone, whose `segments` and `explained` are empty too. What the plate owes from earlier visits, beside `due`: the exit asks both. Away from an exit it is paid at its own charge; a transfer of more than `due` pays it.',
    }),
    giveBack: money.openapi({ description: 'Paid beyond what it costs: staff give it back to its payer.' }),
    graceUntil: orNull(instant).openapi({ description: 'Paid: until then it leaves without paying more.' }),
    holdsUntil: orNull(instant).openapi({
      description: 'Its vehicle stands at a lane that has asked for it: until then this is all, also there.',
    }),
    transfer: orNull(transfer).openapi({
      description:
        'What is due as a bank transfer. Null where nothing is due, where no charge asks for as much yet (ask first), where the site has no account, and where no bank would tell of it in time.',
    }),
    segments: z.array(segment),
    explained: said,
  })
  .openapi('Quote')
