import { madeIdParameter } from '../fields.ts'
import { asked, json, LANE_STAFF, operation } from '../operation.ts'
import { cases, casesQuery, pictureName, pictureParameter } from './case-schemas.ts'
import { reasonRequest } from './fields.ts'

/** What somebody has to look at, with its pictures. */
export const caseOperations = {
  readCases: operation({
    method: 'get',
    path: '/v1/cases',
    summary: 'List what somebody has to look at',
    tag: 'parking',
    access: LANE_STAFF,
    params: null,
    query: casesQuery,
    body: null,
    keyed: false,
    answers: [
      json(
        200,
        'Open cases, oldest first; an attendant sees those of their lanes: their page may hold fewer than there are on it, or none, and have a next one.',
        cases,
      ),
    ],
  }),
  readPicture: operation({
    method: 'get',
    path: '/v1/pictures/{ref}',
    summary: 'Look at a picture',
    description:
      'A JPEG or a PNG that a camera sent along, by its place in the vault, as a case names it. It is there as long as the plates are, and no longer. Pictures that stay with the camera’s own recorder are not here: the name says which they are.',
    tag: 'parking',
    access: LANE_STAFF,
    params: pictureParameter,
    query: null,
    body: null,
    keyed: false,
    answers: [
      { status: 200, says: 'The picture; an attendant sees those of their lanes.', type: 'image/*', schema: null },
    ],
  }),
  readPictureName: operation({
    method: 'get',
    path: '/v1/pictures/{ref}/name',
    summary: 'Say what a picture is called',
    description:
      'For pictures that the gateway does not keep: by Frigate’s name it gives its own, at `/api/events/<name>/snapshot.jpg`.',
    tag: 'parking',
    access: LANE_STAFF,
    params: pictureParameter,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'Its name, `null` where it has been erased.', pictureName)],
  }),
  endCase: operation({
    method: 'post',
    path: '/v1/cases/{id}/end',
    summary: 'End a case, with a reason',
    tag: 'parking',
    access: LANE_STAFF,
    params: madeIdParameter,
    query: null,
    body: reasonRequest,
    keyed: true,
    answers: asked('Ended.'),
  }),
}
