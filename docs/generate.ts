import { writeFileSync } from 'node:fs'
import { openApiText } from '../gateway/http/openapi-document.ts'
import { ASYNCAPI_FILE, asyncapiText } from './wire/generate-asyncapi.ts'
import { OPENAPI_FILE } from './wire/generate-openapi.ts'

/** Writes the descriptions of both wires anew, from the schemas that check them: `npm run docs`. */
for (const [file, text] of [
  [ASYNCAPI_FILE, asyncapiText()],
  [OPENAPI_FILE, openApiText()],
] as const) {
  writeFileSync(file, text)
  console.log(`wrote ${file}`)
}
