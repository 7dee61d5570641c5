import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openBooks } from '../../../db/open.ts'
import { temporaryFolder } from '../../db/temporary-folder.ts'
import { environmentOf, tolbooth } from './kit.ts'

const others: Server[] = []
afterEach(() => {
  for (const other of others.splice(0)) other.close()
})

function takenPort(): Promise<number> {
  return new Promise((resolve) => {
    const other = createServer()
    others.push(other)
    other.listen(0, '127.0.0.1', () => {
      const address = other.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

test.each(['TOLBOOTH_MQTT_PORT', 'TOLBOOTH_HTTP_PORT'])(
  'a start that finds %s taken ends with what to do, and holds neither the books nor the process',
  async (setting) => {
    const folder = temporaryFolder()
    const environment = environmentOf(folder)
    await tolbooth(['keys'], environment)
    const port = await takenPort()
    const before = process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length

    const { status, err } = await tolbooth(['serve'], {
      ...environment,
      TOLBOOTH_LOG_LEVEL: 'fatal',
      [setting]: String(port),
    })
    expect(status).toBe(1)
    expect(err).toContain(`127.0.0.1:${port}`)
    expect(err).toContain('_PORT')
    expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap')).toHaveLength(before)
    openBooks(join(folder, 'books.db')).close()
  },
)
