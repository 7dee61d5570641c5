/**
 * Every act of staff, as what it asks and what it sends: a row each.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { BoxAct } from './act-dialog.js'
 * @import { Field } from './fields.js'
 * @import { Said } from './said.js'
 * @import { PassOnOffer } from './wire.js'
 */

import { filled } from './said.js'

const PLATE_CHARACTERS_MAX = 40
/** Of several, with commas between. */
const PLATES_CHARACTERS_MAX = 400
const RIGHT_ID_CHARACTERS_MAX = 128
const HOLDER_CHARACTERS_MAX = 80
/** As the gateway takes them: a year. */
const RELIEF_MINUTES_MAX = 527_040
const MINUTE_MS = 60_000

/**
 * @param {DeskData} data
 * @param {Said} said
 */
export function createActs(data, said) {
  const { words } = said
  const { currency } = data
  /** @type {Field} */
  const reason = { kind: 'reason', name: 'reason', label: words.reason }
  /** @type {Extract<Field, { kind: 'amount' }>} */
  const amount = { kind: 'amount', name: 'amount', label: words.amount, help: words.amountHelp }
  /** @type {Field} */
  const tender = {
    kind: 'choice',
    name: 'tender',
    label: words.tender,
    choices: [
      { id: 'cash', name: words.cash },
      { id: 'cash-on-behalf', name: words.cashOnBehalf },
    ],
  }
  /** @type {Field} */
  const vehicleClass = { kind: 'choice', name: 'vehicleClass', label: words.vehicleClass, choices: data.vehicleClasses }
  /** @param {string} id */
  const at = (id) => `/v1/lanes/${encodeURIComponent(id)}`
  /** @param {string} id */
  const ofStay = (id) => `/v1/sessions/${encodeURIComponent(id)}`

  /**
   * @param {string} title
   * @param {string} session
   * @param {readonly Field[]} fields
   * @param {(texts: Readonly<Record<string, string>>) => unknown} correction
   * @returns {BoxAct}
   */
  const correct = (title, session, fields, correction) => ({
    title,
    lines: [`${words.stay} ${session}`],
    fields: [...fields, reason],
    request: ({ texts }) => ({
      path: `${ofStay(session)}/corrections`,
      body: { correction: correction(texts), reason: texts['reason'] },
    }),
  })

  return {
    /** @type {(lane: string) => BoxAct} */
    openLane: (lane) => ({
      title: words.openByHand,
      lines: [said.lane(lane)],
      fields: [reason],
      request: ({ texts }) => ({ path: `${at(lane)}/open`, body: { reason: texts['reason'] } }),
    }),
    /** @type {(lane: string) => BoxAct} */
    askTicket: (lane) => ({
      title: words.giveTicket,
      lines: [said.lane(lane)],
      fields: data.vehicleClasses.length > 1 ? [vehicleClass] : [],
      request: ({ texts }) => ({ path: `${at(lane)}/ticket`, body: { vehicleClass: texts['vehicleClass'] ?? null } }),
    }),
    /** @type {(lane: string, session: string, shown: string) => BoxAct} */
    chooseSession: (lane, session, shown) => ({
      title: words.whichStay,
      lines: [said.lane(lane), shown],
      fields: [reason],
      request: ({ texts }) => ({ path: `${at(lane)}/session`, body: { session, reason: texts['reason'] } }),
    }),
    /** @type {(lane: string) => BoxAct} */
    leaveOnDebt: (lane) => ({
      title: words.leaveOnDebt,
      lines: [said.lane(lane)],
      fields: [reason],
      request: ({ texts }) => ({ path: `${at(lane)}/debt`, body: { reason: texts['reason'] } }),
    }),
    /** @type {(session: string, after?: (body: unknown) => void) => BoxAct} */
    askSession: (session, after) => ({
      title: words.askPrice,
      lines: [`${words.stay} ${session}`],
      fields: [],
      request: () => ({ path: `${ofStay(session)}/charge` }),
      ...(after === undefined ? {} : { after }),
    }),
    /** @type {(charge: string, lines: readonly string[]) => BoxAct} */
    takeCash: (charge, lines) => ({
      title: words.takeCash,
      lines,
      fields: [amount, tender],
      request: ({ texts, numbers }) => ({
        path: `/v1/charges/${encodeURIComponent(charge)}/cash`,
        body: { amount: { amount: numbers['amount'], currency }, tender: texts['tender'] },
      }),
    }),
    /** Nobody can say what it costs: it is booked as it was taken, and why. @type {(session: string, name: string) => BoxAct} */
    takeCashWithoutPrice: (session, name) => ({
      title: words.takeCashWithoutPrice,
      lines: [name],
      fields: [amount, tender, reason],
      request: ({ texts, numbers }) => ({
        path: `${ofStay(session)}/cash`,
        body: { amount: { amount: numbers['amount'], currency }, tender: texts['tender'], reason: texts['reason'] },
      }),
    }),
    /** What has ended without a price: by the tariffs, or as a supervisor says. @type {(session: string, shown: string) => BoxAct} */
    reckon: (session, shown) => ({
      title: words.reckon,
      lines: [`${words.stay} ${session}`, shown, words.reckonHelp],
      fields: [
        {
          kind: 'choice',
          name: 'how',
          label: words.reckonHow,
          choices: [
            { id: 'tariffs', name: words.reckonByTariffs },
            { id: 'set', name: words.reckonSet },
          ],
        },
        { ...amount, label: words.reckonAmount, mayBeZero: true, when: { name: 'how', is: 'set' } },
        reason,
      ],
      request: ({ texts, numbers }) => ({
        path: `${ofStay(session)}/reckoning`,
        body: {
          reason: texts['reason'],
          ...(texts['how'] === 'set' ? { due: { amount: numbers['amount'], currency } } : {}),
        },
      }),
    }),
    /** @type {(charge: string, lines: readonly string[]) => BoxAct} */
    refund: (charge, lines) => ({
      title: words.refund,
      lines,
      fields: [amount, reason],
      request: ({ texts, numbers }) => ({
        path: `/v1/charges/${encodeURIComponent(charge)}/refunds`,
        body: { amount: { amount: numbers['amount'], currency }, reason: texts['reason'] },
      }),
    }),
    /** The charge stands on what was said when it was sold. @type {() => BoxAct} */
    refundPass: () => ({
      title: words.refundPass,
      lines: [words.refundPassHelp],
      fields: [
        { kind: 'text', name: 'charge', label: words.passCharge, charactersMax: RIGHT_ID_CHARACTERS_MAX, isId: true },
        amount,
        reason,
      ],
      request: ({ texts, numbers }) => ({
        path: `/v1/charges/${encodeURIComponent(texts['charge'] ?? '')}/refunds`,
        body: { amount: { amount: numbers['amount'], currency }, reason: texts['reason'] },
      }),
    }),
    /** @type {(session: string) => BoxAct} */
    validate: (session) => ({
      title: words.validate,
      lines: [`${words.stay} ${session}`],
      fields: [
        { kind: 'text', name: 'id', label: words.validationId, charactersMax: RIGHT_ID_CHARACTERS_MAX, isId: true },
        { kind: 'text', name: 'holder', label: words.validationHolder, charactersMax: HOLDER_CHARACTERS_MAX },
        {
          kind: 'choice',
          name: 'relief',
          label: words.relief,
          choices: [
            { id: 'first-minutes', name: words.reliefMinutes },
            { id: 'amount', name: words.reliefAmount },
            { id: 'share', name: words.reliefShare },
            { id: 'covers', name: words.reliefCovers },
          ],
        },
        {
          kind: 'whole',
          name: 'minutes',
          label: words.reliefMinutes,
          from: 1,
          upTo: RELIEF_MINUTES_MAX,
          said: (minutes) => said.age(minutes * MINUTE_MS),
          when: { name: 'relief', is: 'first-minutes' },
        },
        { ...amount, when: { name: 'relief', is: 'amount' } },
        {
          kind: 'share',
          name: 'share',
          label: words.reliefShare,
          help: words.reliefShareHelp,
          when: { name: 'relief', is: 'share' },
        },
        reason,
      ],
      request: ({ texts, numbers }) => ({
        path: `${ofStay(session)}/validations`,
        body: {
          id: texts['id'],
          holder: texts['holder'],
          relief: reliefOf(texts['relief'], numbers, currency),
          reason: texts['reason'],
        },
      }),
    }),
    /** For cash, by what is on offer: all of it at once. @type {(offer: PassOnOffer, name: string) => BoxAct} */
    sellPass: ({ tariff, pass, vehicleClass: of, months, price }, name) => ({
      title: words.sellPass,
      lines: [name, filled(words.sellPassHelp, { amount: said.money(price) })],
      fields: [
        { kind: 'text', name: 'id', label: words.passId, charactersMax: RIGHT_ID_CHARACTERS_MAX, isId: true },
        { kind: 'text', name: 'holder', label: words.passHolder, charactersMax: HOLDER_CHARACTERS_MAX },
        {
          kind: 'text',
          name: 'plates',
          label: words.passPlates,
          help: words.passPlatesHelp,
          charactersMax: PLATES_CHARACTERS_MAX,
          isOptional: true,
        },
        tender,
      ],
      request: ({ texts }) => ({
        path: '/v1/pass-sales',
        body: {
          id: texts['id'],
          holder: texts['holder'],
          plates: (texts['plates'] ?? '')
            .split(',')
            .map((plate) => plate.trim())
            .filter((plate) => plate !== ''),
          offer: { tariff, pass, vehicleClass: of, months },
          cash: { tender: texts['tender'], amount: price },
        },
      }),
    }),
    /** For cash too; of which hours, places and class its pass must be says the offer. @type {(offer: PassOnOffer, name: string) => BoxAct} */
    renewPass: ({ tariff, pass, vehicleClass: of, months, price }, name) => ({
      title: words.renewPass,
      lines: [name, filled(words.renewPassHelp, { amount: said.money(price) })],
      fields: [
        { kind: 'text', name: 'id', label: words.passId, charactersMax: RIGHT_ID_CHARACTERS_MAX, isId: true },
        tender,
      ],
      request: ({ texts }) => ({
        path: `/v1/rights/${encodeURIComponent(texts['id'] ?? '')}/sales`,
        body: {
          offer: { tariff, pass, vehicleClass: of, months },
          cash: { tender: texts['tender'], amount: price },
        },
      }),
    }),
    /** @type {(session: string) => BoxAct} */
    close: (session) => correct(words.close, session, [], () => ({ kind: 'close' })),
    /** @type {(session: string) => BoxAct} */
    changePlate: (session) =>
      correct(
        words.changePlate,
        session,
        [{ kind: 'text', name: 'plate', label: words.plateNew, charactersMax: PLATE_CHARACTERS_MAX }],
        (texts) => ({ kind: 'plate', plate: texts['plate'] }),
      ),
    /** @type {(session: string) => BoxAct} */
    changeClass: (session) =>
      correct(words.changeClass, session, [vehicleClass], (texts) => ({
        kind: 'class',
        vehicleClass: texts['vehicleClass'],
      })),
    /** @type {(session: string) => BoxAct} */
    resetPassback: (session) => correct(words.passback, session, [], () => ({ kind: 'passback-reset' })),
    /** @type {(session: string) => BoxAct} */
    takeOffDebt: (session) => correct(words.debtOff, session, [], () => ({ kind: 'debt-off' })),
    /** @type {(id: string, shown: string) => BoxAct} */
    endCase: (id, shown) => ({
      title: words.endCase,
      lines: [shown],
      fields: [reason],
      request: ({ texts }) => ({ path: `/v1/cases/${encodeURIComponent(id)}/end`, body: { reason: texts['reason'] } }),
    }),
    /** @type {(place: string, of: string, shown: string) => BoxAct} */
    correctCount: (place, of, shown) => ({
      title: words.correctCount,
      lines: [shown],
      fields: [{ kind: 'count', name: 'count', label: words.count }, reason],
      request: ({ texts, numbers }) => ({
        path: '/v1/occupancy',
        body: { place, vehicleClass: of, count: numbers['count'], reason: texts['reason'] },
      }),
    }),
    /** @type {(active: boolean) => BoxAct} */
    emergency: (active) => ({
      title: active ? words.emergencyOn : words.emergencyOff,
      lines: [words.emergencyHelp],
      fields: [],
      request: () => ({ path: '/v1/emergency', body: { active } }),
    }),
  }
}

/** @typedef {ReturnType<typeof createActs>} Acts */

/**
 * @param {string | undefined} kind
 * @param {Readonly<Record<string, number>>} numbers
 * @param {string} currency
 */
function reliefOf(kind, numbers, currency) {
  if (kind === 'covers') return { kind }
  if (kind === 'amount') return { kind, amount: { amount: numbers['amount'], currency } }
  if (kind === 'share') return { kind, basisPoints: numbers['share'] }
  return { kind: 'first-minutes', minutes: numbers['minutes'] }
}
