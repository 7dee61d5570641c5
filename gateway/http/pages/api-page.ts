import { html } from 'hono/html'
import { z } from 'zod'
import { refusalTable } from '../../../core/refusals.ts'
import type { OpenApiDocument } from '../openapi-document.ts'
import type { Markup } from './shell.ts'
import { pageOf } from './shell.ts'
import type { Around } from './small-pages.ts'
import { words } from './words.ts'

/**
 * The description of the HTTP side for people, made from the OpenAPI document alone (docs/decisions/031-api-page.md): no script, no other host. It knows the part
 * of JSON Schema that the document uses; what it does not know it shows as it is.
 */
export function apiPage(around: Around, document: OpenApiDocument): Markup {
  const of = words[around.language]
  const api = described.parse(document)
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  return pageOf(
    { ...around, page: 'api', title: of.api, address: '/docs' },
    html`
<div class="api">
  <h1>${api.info.title}, API ${api.info.version}</h1>
  <p>${api.info.description}</p>
  <p><a href="/openapi.json">OpenAPI ${api.openapi} (JSON)</a></p>
  ${api.tags.map(
    (tag) => html`<section><h2>${tag.description}</h2>
    ${operations.filter(({ operation }) => operation.tags.includes(tag.name)).map(({ path, method, operation }) => operationCard(path, method, operation))}</section>`,
  )}
  <section><h2>${of.refusalCodes}</h2><p>${of.refusalHelp}</p>
  <dl class="facts">${Object.entries(refusalTable).map(
    ([code, row]) =>
      html`<div><dt><code>${code}</code> ${row.httpStatus} · ${row.tryAgain}</dt><dd>${row[around.language].short}. ${row[around.language].help}</dd></div>`,
  )}</dl></section>
  <section><h2>Schemas</h2>
  ${Object.entries(api.components.schemas).map(
    ([name, schema]) => html`<article id="schema-${name}"><h3>${name}</h3>
    ${schema.description === undefined ? '' : html`<p>${prose(schema.description)}</p>`}
    <div class="schema">${shapeOf(schema, true)}</div>
    ${schema.example === undefined ? '' : html`<pre tabindex="0">${JSON.stringify(schema.example, null, 2)}</pre>`}</article>`,
  )}</section>
</div>`,
  )
}

function operationCard(path: string, method: string, operation: Described): Markup {
  const body = operation.requestBody?.content['application/json']?.schema
  return html`<article id="${operation.operationId}">
  <h3><code class="method">${method}</code> <code>${path}</code></h3>
  <p><b>${operation.summary}</b></p>
  ${(operation.description ?? '').split('\n\n').map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
  <dl class="facts">
    ${operation.parameters.map(
      (parameter) =>
        html`<div><dt><code>${parameter.name}</code> <span class="muted">${parameter.in}${parameter.required === true ? ', required' : ''}</span></dt><dd>${parameter.schema === undefined ? '' : shapeOf(parameter.schema, false)}${noteOf(parameter.schema)}</dd></div>`,
    )}
    ${body === undefined ? '' : html`<div><dt>Body</dt><dd>${shapeOf(body, false)}</dd></div>`}
    ${Object.entries(operation.responses).map(
      ([status, response]) =>
        html`<div><dt>${status}</dt><dd>${prose(response.description)} ${Object.entries(response.content).map(
          ([type, { schema }]) =>
            html`<br><span class="muted">${type}</span> ${schema === undefined ? '' : shapeOf(schema, false)}`,
        )}</dd></div>`,
    )}
  </dl>
</article>`
}

/** The shape of a value in the spelling of TypeScript, with links to named schemas. */
function shapeOf(schema: Shape, wide: boolean): Markup {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return html`<a href="#schema-${name}"><code>${name}</code></a>`
  }
  // A named schema with words of its own about this use of it.
  const named = schema.allOf?.find((each) => each.$ref !== undefined)
  if (named !== undefined) return shapeOf(named, wide)
  const either = schema.oneOf ?? schema.anyOf
  if (either !== undefined) {
    return wide && either.every((each) => each.type === 'object')
      ? html`${either.map((each) => html`<div class="either">${shapeOf(each, true)}</div>`)}`
      : html`${either.map((each, index) => html`${index === 0 ? '' : ' | '}${shapeOf(each, false)}`)}`
  }
  if (schema.enum !== undefined) return html`<code class="values">${schema.enum.map(String).join(' | ')}</code>`
  if (schema.type === 'array' && schema.items !== undefined)
    return html`<code>array of</code> ${shapeOf(schema.items, wide)}`
  if (schema.type === 'object' && schema.properties !== undefined) return members(schema)
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'anything')
  return html`<code>${type}${limitsOf(schema)}</code>`
}

function members(schema: Shape): Markup {
  const required = new Set(schema.required)
  return html`<ul class="members">${Object.entries(schema.properties ?? {}).map(
    ([name, member]) =>
      html`<li><code>${name}${required.has(name) ? '' : '?'}</code>: ${shapeOf(member, false)}${noteOf(member)}</li>`,
  )}</ul>`
}

function noteOf(schema: Shape | undefined): Markup | string {
  const said = schema?.description ?? schema?.allOf?.find((each) => each.description !== undefined)?.description
  return said === undefined ? '' : html` <span class="muted">${prose(said)}</span>`
}

/** Text in which `code` stands between backticks. */
function prose(text: string): Markup {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
}

function limitsOf(schema: Shape): string {
  const limits = [
    schema.minimum === undefined ? '' : `≥ ${schema.minimum}`,
    schema.maximum === undefined ? '' : `≤ ${schema.maximum}`,
    schema.minLength === undefined ? '' : `≥ ${schema.minLength} characters`,
    schema.maxLength === undefined ? '' : `≤ ${schema.maxLength} characters`,
    schema.pattern === undefined ? '' : `/${schema.pattern}/`,
  ].filter((limit) => limit !== '')
  return limits.length === 0 ? '' : ` ${limits.join(', ')}`
}

type Shape = {
  $ref?: string | undefined
  type?: string | string[] | undefined
  description?: string | undefined
  example?: unknown
  enum?: unknown[] | undefined
  items?: Shape | undefined
  properties?: Record<string, Shape> | undefined
  required?: string[] | undefined
  oneOf?: Shape[] | undefined
  allOf?: Shape[] | undefined
  anyOf?: Shape[] | undefined
  minimum?: number | undefined
  maximum?: number | undefined
  minLength?: number | undefined
  maxLength?: number | undefined
  pattern?: string | undefined
}

const shape: z.ZodType<Shape> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    description: z.string().optional(),
    example: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    items: shape.optional(),
    properties: z.record(z.string(), shape).optional(),
    required: z.array(z.string()).optional(),
    oneOf: z.array(shape).optional(),
    allOf: z.array(shape).optional(),
    anyOf: z.array(shape).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    pattern: z.string().optional(),
  }),
)

const content = z.record(z.string(), z.object({ schema: shape.optional() }))

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: shape.optional() }))
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: content.default({}) })),
})

type Described = z.output<typeof operation>

const described = z.object({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), shape) }),
})
