import { TARIFF_CHARACTERS_MAX } from '../../bundles/tariff.ts'
import { json, LANE_STAFF, OFFICE, operation, reading } from '../operation.ts'
import { tariffCheck, tariffChecked, tariffs, tariffTrial, tariffTried } from './tariff-schemas.ts'

/** A tariff as JSON text: every character may be escaped. */
const TARIFF_BODY_BYTES_MAX = 2 * TARIFF_CHARACTERS_MAX

/** Tariffs in force, and trying others. */
export const tariffOperations = {
  readTariffs: operation({
    method: 'get',
    path: '/v1/tariffs',
    summary: 'List the tariffs that the site uses, and the passes that they have on offer today',
    tag: 'parking',
    access: LANE_STAFF,
    params: null,
    ...reading,
    answers: [json(200, 'All versions, by their first days; and what each pass costs today.', tariffs)],
  }),
  checkTariff: operation({
    method: 'post',
    path: '/v1/tariffs/check',
    summary: 'Check a tariff’s file',
    description: 'Against this site’s places, classes and currency. Nothing is loaded.',
    tag: 'parking',
    access: OFFICE,
    params: null,
    query: null,
    body: tariffCheck,
    bodyBytesMax: TARIFF_BODY_BYTES_MAX,
    keyed: false,
    answers: [json(200, 'Every problem, with its line.', tariffChecked)],
  }),
  tryTariff: operation({
    method: 'post',
    path: '/v1/tariffs/try',
    summary: 'Try a tariff: what would this stay pay?',
    tag: 'parking',
    access: LANE_STAFF,
    params: null,
    query: null,
    body: tariffTrial,
    bodyBytesMax: TARIFF_BODY_BYTES_MAX,
    keyed: false,
    answers: [json(200, 'The bill, or why there is none.', tariffTried)],
  }),
}
