import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RECKONING_PAGES_MAX } from '../../../gateway/cli/reckon.ts'
import { tolbooth } from './kit.ts'

/** What a gateway answers that has so many pages of cases, each with one stay that waits. */
let pages = 0
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  const after = Number(new URL(request.url ?? '', 'http://gateway').searchParams.get('after') ?? '0')
  const cases = [{ session: `box-1:1:${after}:s0`, lane: 'out-1', isStayOver: true, openedAt: Date.UTC(2026, 10, 22) }]
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ cases, next: after + 1 < pages ? String(after + 1) : null }))
})
let access: readonly string[] = []
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  access = ['--url', `http://127.0.0.1:${port}`, '--token', 'x']
})
afterAll(() => server.close())

const list = (...more: string[]) => {
  asked.length = 0
  return tolbooth(['session', 'reckon', ...more, ...access], { TOLBOOTH_SITE: 'market-1' })
}

test('of the stays that wait for their price as many pages are asked for as the attendant’s page looks through, and that there are more is said in both languages', async () => {
  pages = RECKONING_PAGES_MAX + 1
  const ran = await list()
  expect([ran.status, ran.err, asked.length]).toEqual([0, '', RECKONING_PAGES_MAX])
  expect(ran.out.match(/box-1:1:\d+:s0/g)).toHaveLength(RECKONING_PAGES_MAX)
  expect(ran.out).toContain('2026-11-22 07:00 +07:00')
  expect(ran.out).toMatch(/! Còn nữa: .*\n {2}There are more: settle these first\.\n$/)
  const forPrograms = await list('--json')
  expect(forPrograms.json()).toHaveLength(RECKONING_PAGES_MAX)
  expect(forPrograms.err).toContain(`${RECKONING_PAGES_MAX} are listed, and there are more`)
})

test('of so many pages and no more all are listed, and nothing is said of others', async () => {
  pages = RECKONING_PAGES_MAX
  const ran = await list()
  expect(ran.out.match(/box-1:1:\d+:s0/g)).toHaveLength(RECKONING_PAGES_MAX)
  expect(ran.out).not.toContain('more')
  expect((await list('--json')).err).toBe('')
})
