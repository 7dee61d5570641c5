import { asked, json, LANE_STAFF, operation, reading } from '../operation.ts'
import { freeSpaces, occupancy, occupancyCorrection } from './occupancy-schemas.ts'

/** What stands where, and where there is room. */
export const occupancyOperations = {
  readOccupancy: operation({
    method: 'get',
    path: '/v1/occupancy',
    summary: 'Read what stands where',
    tag: 'parking',
    access: LANE_STAFF,
    params: null,
    ...reading,
    answers: [json(200, 'By place and class, as the books count.', occupancy)],
  }),
  correctOccupancy: operation({
    method: 'post',
    path: '/v1/occupancy',
    summary: 'Correct a count by what somebody has counted',
    tag: 'parking',
    access: LANE_STAFF,
    params: null,
    query: null,
    body: occupancyCorrection,
    keyed: true,
    answers: asked('Corrected, with who counted and why.'),
  }),
  freeSpaces: operation({
    method: 'get',
    path: '/v1/free-spaces',
    summary: 'Say where there is room',
    description:
      'For signs, maps and apps: it names no vehicle, needs no token, and may be kept for as long as `Cache-Control` says. Limited by address.',
    tag: 'parking',
    access: 'anyone',
    params: null,
    ...reading,
    answers: [json(200, 'Free spaces by place and class.', freeSpaces)],
  }),
}
