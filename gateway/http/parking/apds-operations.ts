import { json, operation, reading } from '../operation.ts'
import { apdsOccupancySchema, apdsPlacesSchema, apdsRatesSchema } from './apds.ts'

/** Other programs of the operator. */
const EXPORTED_TO = ['operator', 'admin', 'scraper'] as const

/** The export in the shape of APDS. */
export const apdsOperations = {
  apdsPlaces: operation({
    method: 'get',
    path: '/v1/apds/places',
    summary: 'Export the places, in the shape of APDS 4',
    description: 'Names and shapes of ISO/TS 5206-1; what it has no member for stands under `extensions`.',
    tag: 'parking',
    access: EXPORTED_TO,
    params: null,
    ...reading,
    answers: [json(200, 'A list of hierarchy elements with their supply.', apdsPlacesSchema)],
  }),
  apdsRates: operation({
    method: 'get',
    path: '/v1/apds/rates',
    summary: 'Export the rates, in the shape of APDS 4',
    tag: 'parking',
    access: EXPORTED_TO,
    params: null,
    ...reading,
    answers: [json(200, 'A list of rate tables.', apdsRatesSchema)],
  }),
  apdsOccupancy: operation({
    method: 'get',
    path: '/v1/apds/occupancy',
    summary: 'Export the occupancy, in the shape of APDS 4',
    tag: 'parking',
    access: EXPORTED_TO,
    params: null,
    ...reading,
    answers: [json(200, 'The demand of each hierarchy element.', apdsOccupancySchema)],
  }),
}
