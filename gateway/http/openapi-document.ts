import type { RouteConfig } from '@hono/zod-openapi'
import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'
import { PROBLEM_JSON } from './problems.ts'
import * as wire from './schemas.ts'

export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>

/** The description of the HTTP side, OpenAPI 3.1, made from the table of operations alone. */
export function openApiDocument(): OpenApiDocument {
  const app = new OpenAPIHono()
  const registry = app.openAPIRegistry
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An access token of a client, as the operator of the site gave it out.',
  })
  for (const [name, operation] of Object.entries(operations)) registry.registerPath(routeConfig(name, operation))
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Tolbooth gateway',
      version: '1',
      license: { name: 'Apache-2.0' },
      description:
        'What a market’s or a car park’s gateway says over HTTP. Answers to POST come after the books are on the disk. Every error is a Problem (RFC 9457) with a refusal code, in Vietnamese and English, and says whether to try again. 503 and 429 carry Retry-After. There is no CORS: programs ask, pages of other sites do not.',
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'money', description: 'Charges, codes that are shown, payments, receipts' },
      { name: 'lanes', description: 'Lanes and barriers' },
      { name: 'parking', description: 'Stays, quotes, passes, tariffs, occupancy, and what is told to others' },
      { name: 'devices', description: 'Devices of the site' },
      { name: 'clients', description: 'Who may use the pages and this API' },
      { name: 'books', description: 'The journal, what is at risk, and what happens now' },
      { name: 'service', description: 'The service itself' },
    ],
    security: [{ bearer: [] }],
  }
  return app.getOpenAPI31Document(document, { unionPreferredType: 'oneOf' })
}

/** The document as it is committed and served: one spelling, so that a difference is a difference. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`
}

function routeConfig(name: string, operation: Operation): RouteConfig {
  const { access } = operation
  const who = access === 'anyone' ? 'Open to anyone.' : `For: ${access.join(', ')}.`
  return {
    operationId: name,
    method: operation.method,
    path: operation.path,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description === undefined ? who : `${operation.description}\n\n${who}`,
    ...(access === 'anyone' ? { security: [] } : {}),
    request: requestOf(operation),
    responses: responsesOf(operation),
  }
}

function requestOf(operation: Operation): NonNullable<RouteConfig['request']> {
  return {
    ...(operation.params === null ? {} : { params: objectOf(operation.params) }),
    ...(operation.query === null ? {} : { query: objectOf(operation.query) }),
    ...(operation.keyed ? { headers: wire.idempotencyHeaders } : {}),
    ...(operation.body === null
      ? {}
      : { body: { required: true, content: { 'application/json': { schema: operation.body } } } }),
  }
}

function responsesOf(operation: Operation): RouteConfig['responses'] {
  const responses: RouteConfig['responses'] = {}
  for (const answer of operation.answers) {
    responses[String(answer.status)] = {
      description: answer.says,
      content: {
        [answer.type]: {
          schema: answer.schema ?? (answer.type === 'application/json' ? z.looseObject({}) : z.string()),
        },
      },
    }
  }
  responses['default'] = {
    description: operation.access === 'anyone' ? 'Refused.' : 'Refused; 401 without a token, 403 for another role.',
    content: { [PROBLEM_JSON]: { schema: wire.problem } },
  }
  return responses
}

function objectOf(schema: z.ZodType): z.ZodObject {
  if (!(schema instanceof z.ZodObject)) throw new TypeError('parameters are an object of parameters')
  return schema
}
