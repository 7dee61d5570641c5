import { z } from '@hono/zod-openapi'
import { count, instant, slug } from '../fields.ts'
import { reason } from './fields.ts'

export const occupancyCorrection = z
  .strictObject({ place: slug, vehicleClass: slug, count, reason })
  .openapi('OccupancyCorrection')

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
