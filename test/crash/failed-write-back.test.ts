import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLoadClient, topicBytes } from '../../bench/load/mqtt-client.ts'
import { VND } from '../../core/money.ts'
import { instant } from '../../core/time.ts'
import { RELIEF_EVERY_RECORDS } from '../../db/log-relief.ts'
import type { GatewayProcessSpec } from '../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import { createIssuers } from '../../simulators/wallet/issuers.ts'
import { randomOf } from '../../simulators/world/random.ts'
import type { TemporaryFolder } from '../support/temporary-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { diskImageOf, writeFolder } from './disk/disk-image.ts'
import type { DiskLibrary, FailsBeside } from './disk/disk-library.ts'
import { buildDiskLibrary, reasonForNoDiskLibrary, recordedDisk } from './disk/disk-library.ts'
import { readDiskLog } from './disk/disk-log.ts'
import { startGatewayProcess } from './gateway-process.ts'

const reason = reasonForNoDiskLibrary()
if (reason !== undefined) console.warn(`skipped: ${reason}`)

const SITE = 'write-back'
const IN_FLIGHT = 8
/** Several times what makes the thread begin; the process ends long before. */
const SAYS_MAX = 40 * RELIEF_EVERY_RECORDS

describe.skipIf(reason !== undefined)(
  'a gateway of which only the thread that writes the log back meets a failing disk',
  () => {
    let folder: TemporaryFolder
    let library: DiskLibrary

    beforeAll(() => {
      folder = temporaryFolder()
      library = buildDiskLibrary(folder.path)
    })
    afterAll(() => folder.remove())

    test.each<[string, FailsBeside]>([
      ['a write to the file', 'books-write'],
      ['the sync of the file', 'books-sync'],
      ['the sync of the log', 'log-sync'],
    ])(
      'at %s: it ends with the status for another start, and everything acknowledged is there after a power cut at that moment',
      async (_what, fails) => {
        const data = join(folder.path, `data-${fails}`)
        const work = join(folder.path, `work-${fails}`)
        mkdirSync(work)
        const spec = await site(data)
        const disk = recordedDisk(library, data, work)
        const image = diskImageOf(data)
        const gateway = startGatewayProcess({ ...spec.environment, ...disk.environment }, undefined)
        expect(await gateway.ready).toBe('ready')
        const till = await tillOf(spec)

        disk.failBeside(fails)
        const acknowledged = await till.sayUntilGone()
        const ending = await gateway.ended
        expect(disk.besideLeft(fails)).toBe(0)
        expect(ending.code, ending.said).toBe(70)
        expect(ending.said).toContain('the disk failed while the log was written back: SQLITE_IOERR')
        // What was said meanwhile was not all answered: it ended in mid-sentence, and answered nobody any more.
        expect(acknowledged.length).toBeGreaterThan(100)
        expect(acknowledged.length).toBeLessThan(SAYS_MAX)
        expect(till.waiting()).toBeGreaterThan(0)

        for (const operation of readDiskLog(disk.log)) image.apply(operation)
        image.reconcile(data)
        expectAllIn(data, acknowledged, till.boot)
        writeFolder(data, image.cut(randomOf(`cut-${fails}`)))

        const again = startGatewayProcess(spec.environment, undefined)
        expect(await again.ready).toBe('ready')
        expect((await again.stop()).code).toBe(0)
        expectAllIn(data, acknowledged, till.boot)
      },
      60_000,
    )
  },
)

/** Each acknowledged event is in the journal, once. */
function expectAllIn(data: string, acknowledged: readonly number[], boot: string): void {
  const books = new Database(join(data, 'books.db'), { fileMustExist: true })
  const keys = books
    .prepare<[], { key: string }>('SELECT key FROM journal')
    .all()
    .map(({ key }) => key)
  books.close()
  const missing = acknowledged.filter((seq) => keys.filter((key) => key.endsWith(`${boot}:${seq}`)).length !== 1)
  expect(missing).toEqual([])
}

async function site(dataDir: string): Promise<GatewayProcessSpec> {
  const now = instant(Date.now())
  const kit = siteKit({ site: SITE, stalls: 1 })
  const issuers = createIssuers({ site: SITE, currency: VND, random: randomBytes, from: instant(now - 60_000) })
  return provisionSite({
    dataDir,
    kit,
    issuers,
    now,
    environment: { TOLBOOTH_MESSAGES_PER_SECOND_MAX: '10000' },
  })
}

/** A till at which amounts are keyed one after another, until its line is gone. */
async function tillOf(spec: GatewayProcessSpec) {
  const name = [...spec.secrets.keys()].find((id) => id.startsWith('till'))
  if (name === undefined) throw new Error('the kit has no till')
  const boot = randomBytes(9).toString('base64url')
  const acknowledged: number[] = []
  const gone = Promise.withResolvers<void>()
  let seq = 0
  let waiting = 0
  const client = await openLoadClient({
    host: '127.0.0.1',
    port: Number(new URL(spec.mqttUrl).port),
    name,
    secret: spec.secrets.get(name),
    keepaliveS: 30,
    subscribes: [],
    will: undefined,
    onMessage: () => undefined,
    onClose: () => gone.resolve(),
  })
  const topic = topicBytes(`tolbooth/v1/${SITE}/${name}/event`)
  const say = (type: string, body: object, onAcknowledged: (seq: number) => void): void => {
    seq += 1
    const said = seq
    client.publish(topic, JSON.stringify({ v: 1, boot, seq, upMs: seq, type, data: body }), () => onAcknowledged(said))
  }
  const key = (): void => {
    if (seq >= SAYS_MAX) return
    waiting += 1
    say('amount-keyed', { amount: 1_000 + seq, currency: 'VND' }, (said) => {
      waiting -= 1
      acknowledged.push(said)
      key()
    })
  }
  return {
    boot,
    waiting: () => waiting,
    async sayUntilGone(): Promise<readonly number[]> {
      say('hello', { firmware: 'test 1.0' }, () => {
        for (let each = 0; each < IN_FLIGHT; each += 1) key()
      })
      await gone.promise
      return acknowledged
    },
  }
}
