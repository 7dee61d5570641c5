import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { OPENAPI_FILE } from '../../../docs/wire/generate-openapi.ts'
import { openApiText } from '../../../gateway/http/openapi-document.ts'
import { operations } from '../../../gateway/http/operations.ts'
import { kit } from './kit.ts'

const schema: z.ZodType<unknown> = z.unknown()
const document = z
  .object({
    openapi: z.string(),
    paths: z.record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          operationId: z.string(),
          security: z.array(z.unknown()).optional(),
          responses: z.record(z.string(), schema),
        }),
      ),
    ),
    components: z.object({ schemas: z.record(z.string(), schema) }),
  })
  .parse(JSON.parse(openApiText()))

describe('the OpenAPI document', () => {
  test('in docs/wire is the one that the schemas make; if not: node docs/wire/generate-openapi.ts', () => {
    expect(readFileSync(OPENAPI_FILE, 'utf8')).toBe(openApiText())
  })

  test('is version 3.1 and names every operation once', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    const named = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((each) => each.operationId),
    )
    expect(named.sort()).toEqual(Object.keys(operations).sort())
  })

  test('leaves open only what is open', () => {
    const open = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods)
        .filter((each) => each.security?.length === 0)
        .map((each) => each.operationId),
    )
    expect(open.sort()).toEqual(['freeSpaces', 'health', 'ready'])
  })

  test('says of every operation that it may answer with a problem', () => {
    for (const methods of Object.values(document.paths)) {
      for (const each of Object.values(methods)) {
        expect(JSON.stringify(each.responses['default'])).toContain('#/components/schemas/Problem')
      }
    }
  })

  test('refers to nothing that is not in it', () => {
    for (const [, name] of openApiText().matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name)
    }
  })

  test('is served as it is committed', async () => {
    const answer = await kit().ask('GET', '/openapi.json', 'vendor')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.text()).toBe(readFileSync(OPENAPI_FILE, 'utf8'))
  })

  test('stands on a page that shows every operation and every schema', async () => {
    const page = await (await kit().ask('GET', '/docs', 'vendor')).text()
    for (const [name, operation] of Object.entries(operations)) {
      expect(page).toContain(`id="${name}"`)
      expect(page).toContain(operation.path)
    }
    for (const name of Object.keys(document.components.schemas)) expect(page).toContain(`id="schema-${name}"`)
    expect(page).not.toContain('<code>anything</code>')
  })
})
