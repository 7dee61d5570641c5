import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openApiText } from '../../gateway/http/openapi-document.ts'

/**
 * The OpenAPI 3.1 document of the HTTP side, made from the schemas that the gateway checks requests with. Run it to write it anew:
 * `node docs/wire/generate-openapi.ts`. A test compares.
 */
export const OPENAPI_FILE = join(import.meta.dirname, 'openapi.json')

if (process.argv[1] === import.meta.filename) {
  writeFileSync(OPENAPI_FILE, openApiText())
  console.log(`wrote ${OPENAPI_FILE}`)
}
